/** Globs and quoted arguments against a real redis-server: KEYS and inline commands. */

import assert from "node:assert/strict";
import { byteStringToBytes } from "../../lib/base/byte_string.ts";
import { globMatch } from "../../lib/base/glob.ts";
import { splitArgs } from "../../lib/base/quoted_args.ts";
import { textOf } from "../support/resp.ts";
import { chooseSeed, Random } from "../support/random.ts";
import { Redis72, withRedis72 } from "./redis_72.ts";
import process from "node:process";

const GLOB_ALPHABET = "aAbB*?[]^-\\\xff\x80";
const PATTERN_ALPHABET = GLOB_ALPHABET + "**abc[[";
const KEY_ALPHABET = "aAbBcC-]^\\\xff\x80";
const LINE_ALPHABET = " \t\v\f\"'\\xnrtbaA0fg\xffz";

/** A word of up to `limit` - 1 letters. */
function word(random: Random, limit: number, alphabet: string): string {
  return Array.from({ length: random.below(limit) }, () => random.pick([...alphabet])).join("");
}

/** Starts a server and hands it over with seeded random numbers; a failure names the seed. */
async function compare(what: string, body: (redis: Redis72, random: Random) => Promise<void>): Promise<void> {
  await withRedis72(what, async (executable) => {
    const random = new Random(chooseSeed(process.env.VELLUM_SEED));
    await using redis = await Redis72.start(
      executable,
      (dir, port) => ["--port", `${port}`, "--dir", dir, "--save", ""],
    );
    try {
      await body(redis, random);
    } catch (error) {
      console.error(`VELLUM_SEED=${random.seed}`);
      throw error;
    }
  });
}

Deno.test("globMatch: KEYS of a real redis-server finds the same keys", async () => {
  await compare("globs", async (redis, random) => {
    const keys = new Set([""]);
    for (let i = 0; i < 300; i++) keys.add(word(random, 8, KEY_ALPHABET));
    for (let i = 0; i < 100; i++) keys.add(word(random, 6, GLOB_ALPHABET));
    await redis.pipeline([...keys].map((key) => ["SET", key, "1"]));
    const patterns = Array.from({ length: 2000 }, () => word(random, 12, PATTERN_ALPHABET))
      .filter((pattern) => pattern !== "*"); // KEYS does not match it, it lists all
    const replies = await redis.pipeline(patterns.map((pattern) => ["KEYS", pattern]));
    const texts = [...keys].map((key) => ({ key, bytes: byteStringToBytes(key) }));
    patterns.forEach((pattern, i) => {
      const p = byteStringToBytes(pattern);
      const ours = texts
        .filter(({ bytes }) => globMatch(p, 0, p.length, bytes, 0, bytes.length, false))
        .map(({ key }) => key);
      assert.deepEqual(ours.sort(), (replies[i] as string[]).sort(), JSON.stringify(pattern));
    });
  });
});

Deno.test("globMatch: the guard of stars stands where a real redis-server has it", async () => {
  await compare("the guard of stars", async (redis) => {
    const key = "a".repeat(1500);
    await redis.command("SET", key, "1");
    const bytes = byteStringToBytes(key);
    for (const count of [999, 1000, 1001, 1002]) {
      for (const tail of ["", "*", "b"]) {
        const pattern = "a" + "*a".repeat(count) + tail;
        const p = byteStringToBytes(pattern);
        const found = await redis.command("KEYS", pattern);
        const ours = globMatch(p, 0, p.length, bytes, 0, bytes.length, false);
        assert.equal(ours, found.length === 1, `${count} stars, then ${tail}`);
      }
    }
  });
});

Deno.test("globMatch: CONFIG GET of a real redis-server ignores case likewise", async () => {
  await compare("globs ignoring case", async (redis, random) => {
    const names = [...(await redis.configGet("*")).keys()];
    const patterns = Array.from({ length: 500 }, () => {
      const name = random.pick(names);
      const letters = [...name].map((c) =>
        random.chance(0.3) ? random.pick([..."*?[]^-ABZaz"]) : c.toUpperCase()
      );
      return letters.join("") + "*";
    });
    const replies = await redis.pipeline(patterns.map((pattern) => ["CONFIG", "GET", pattern]));
    patterns.forEach((pattern, i) => {
      const p = byteStringToBytes(pattern);
      const ours = names.filter((name) => {
        const bytes = byteStringToBytes(name);
        return globMatch(p, 0, p.length, bytes, 0, bytes.length, true);
      });
      const theirs = (replies[i] as string[]).filter((_, at) => at % 2 === 0);
      assert.deepEqual(ours.sort(), theirs.sort(), pattern);
    });
  });
});

Deno.test("splitArgs: inline commands of a real redis-server have the same arguments", async () => {
  await compare("inline commands", async (redis, random) => {
    const lines = Array.from({ length: 3000 }, () => word(random, 14, LINE_ALPHABET));
    let unbalanced: string | undefined;
    for (const line of lines) {
      const ours = splitArgs(line);
      if (ours === null) unbalanced = line;
      if (ours === null || ours.length === 0) continue;
      const request = `DEL L\r\nRPUSH L ${line}\r\nLRANGE L 0 -1\r\n`;
      const replies = await redis.client.exchange(byteStringToBytes(request), 3);
      const theirs = replies[2];
      assert.ok(theirs.type === "array", line);
      assert.deepEqual(theirs.items.map(textOf), ours, JSON.stringify(line));
    }
    assert.ok(unbalanced !== undefined);
    const [reply] = await redis.client.exchange(byteStringToBytes(`ECHO ${unbalanced}\r\n`), 1);
    assert.equal(textOf(reply), "ERR Protocol error: unbalanced quotes in request");
  });
});
