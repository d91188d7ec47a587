/**
 * Command metadata against a real Redis 7.2: COMMAND INFO, DOCS, LIST and GETKEYS, in both protocols.
 *
 * What is worded freely (summary, changes, notes of key specs, any complexity beyond a formula) is compared only
 * in being there; everything else must be equal, the kind of every list included.
 */

import assert from "node:assert/strict";
import { type CommandMeta } from "../../lib/commands/meta/types.ts";
import { ALL_COMMANDS, CommandDirectory } from "../../lib/commands/meta/table.ts";
import { getKeysOfLine } from "../../lib/commands/meta/keys.ts";
import { writeCommandDocs } from "../../lib/commands/meta/docs_reply.ts";
import { writeCommandInfos, writeKeys } from "../../lib/commands/meta/reply.ts";
import { findReferenceRedis, parseReply, ReferenceRedis, type Reply } from "../support/reference_redis.ts";
import { TextWriter } from "../support/reply_text.ts";

const directory = new CommandDirectory(ALL_COMMANDS);

function reply(protocol: 2 | 3, write: (out: TextWriter) => void): Reply {
  const out = new TextWriter(protocol);
  write(out);
  const parsed = parseReply(out.text);
  assert.ok(
    parsed !== undefined && parsed[1] === out.text.length,
    "a builder's counts do not fit what follows",
  );
  return parsed[0];
}

/** Runs a comparison with the reference server, or says aloud that there is none. */
async function withReference(what: string, compare: (redis: ReferenceRedis) => Promise<void>): Promise<void> {
  const path = findReferenceRedis();
  if (path === undefined) {
    console.log(`NOT COMPARED: ${what}: no redis-server 7.2 on PATH or in VELLUM_REF_REDIS`);
    return;
  }
  const redis = await ReferenceRedis.start(path);
  try {
    await compare(redis);
  } finally {
    await redis.stop();
  }
}

/** A map of either protocol as pairs. */
function pairsOf(value: Reply): [Reply, Reply][] {
  if (value.kind === "map") return value.pairs;
  assert.equal(value.kind, "array");
  const pairs: [Reply, Reply][] = [];
  for (let i = 0; i < value.items.length; i += 2) pairs.push([value.items[i], value.items[i + 1]]);
  return pairs;
}

function itemsOf(value: Reply): Reply[] {
  assert.ok(value.kind === "array" || value.kind === "set");
  return value.items;
}

function textOf(value: Reply): string {
  assert.ok(value.kind === "bulk" || value.kind === "status");
  return value.text;
}

const FREE: Reply = { kind: "bulk", text: "(our own words)" };

/** Sorts subcommands, drops those we do not describe, and hides the notes of key specs. */
function comparableInfo(info: Reply): Reply {
  const fields = itemsOf(info).slice();
  for (const spec of itemsOf(fields[8])) {
    for (const pair of pairsOf(spec)) if (textOf(pair[0]) === "notes") hide(spec, "notes");
  }
  const known = itemsOf(fields[9]).filter((sub) => directory.get(textOf(itemsOf(sub)[0])) !== undefined);
  known.sort((a, b) => textOf(itemsOf(a)[0]) < textOf(itemsOf(b)[0]) ? -1 : 1);
  fields[9] = { kind: fields[9].kind as "array" | "set", items: known.map(comparableInfo) };
  return { kind: "array", items: fields };
}

/** Overwrites the value of a field in a map of either protocol. */
function hide(map: Reply, field: string): void {
  if (map.kind === "map") {
    for (const pair of map.pairs) if (textOf(pair[0]) === field) pair[1] = FREE;
  } else if (map.kind === "array") {
    for (let i = 0; i < map.items.length; i += 2) {
      if (textOf(map.items[i]) === field) map.items[i + 1] = FREE;
    }
  }
}

/** Sorts subcommands, drops those we do not describe, and hides what is worded freely. */
function comparableDocs(docs: Reply): unknown {
  const fields = pairsOf(docs).map(([name, value]): [string, unknown] => {
    const field = textOf(name);
    if (field === "summary") return [field, FREE];
    if (field === "complexity") return [field, /^O\([^ ]*\)$/.test(textOf(value)) ? value : FREE];
    if (field === "history") {
      return [field, { kind: value.kind, versions: itemsOf(value).map((change) => itemsOf(change)[0]) }];
    }
    if (field !== "subcommands") return [field, value];
    const subs = pairsOf(value).map(([sub, its]): [string, unknown] => [textOf(sub), its]);
    const known = subs.filter(([sub]) => directory.get(sub) !== undefined);
    known.sort((a, b) => a[0] < b[0] ? -1 : 1);
    return [field, {
      kind: value.kind,
      subs: known.map(([sub, its]) => [sub, comparableDocs(its as Reply)]),
    }];
  });
  return { kind: docs.kind, fields };
}

async function eachProtocol(redis: ReferenceRedis, run: (protocol: 2 | 3) => Promise<void>): Promise<void> {
  for (const protocol of [2, 3] as const) {
    await redis.ask("HELLO", String(protocol));
    await run(protocol);
  }
}

/** All full names: commands and subcommands. */
function everyCommand(): CommandMeta[] {
  return ALL_COMMANDS.flatMap((command) => [command, ...command.subcommands]);
}

Deno.test("COMMAND INFO equals Redis 7.2 for every command and subcommand", async () => {
  await withReference("COMMAND INFO", (redis) =>
    eachProtocol(redis, async (protocol) => {
      for (const command of everyCommand()) {
        const theirs = itemsOf(await redis.ask("COMMAND", "INFO", command.name))[0];
        const ours = itemsOf(reply(protocol, (out) => writeCommandInfos(out, [command])))[0];
        assert.deepEqual(comparableInfo(ours), comparableInfo(theirs), command.name);
      }
      const unknown = await redis.ask("COMMAND", "INFO", "nosuch", "get|x", "config|nosuch", "a|b|c");
      const missing = ["nosuch", "get|x", "config|nosuch", "a|b|c"].map((name) => directory.get(name));
      assert.deepEqual(reply(protocol, (out) => writeCommandInfos(out, missing)), unknown);
    }));
});

Deno.test("COMMAND DOCS equals Redis 7.2 for every command but for free wording", async () => {
  await withReference("COMMAND DOCS", (redis) =>
    eachProtocol(redis, async (protocol) => {
      for (const command of everyCommand()) {
        const [[theirName, theirs]] = pairsOf(await redis.ask("COMMAND", "DOCS", command.name));
        const [[name, ours]] = pairsOf(reply(protocol, (out) => writeCommandDocs(out, [command])));
        assert.deepEqual(name, theirName);
        assert.deepEqual(comparableDocs(ours), comparableDocs(theirs), command.name);
      }
    }));
});

/** Command lines for GETKEYS, words separated by one space. */
const LINES = [
  "GET k",
  "get",
  "GET a b",
  "SET k v",
  "SET k v GET",
  "set k v ex 10 get",
  "SET k get",
  "SET get v",
  "SET k",
  "MSET a 1 b 2 c 3",
  "MSET a 1 b",
  "MGET a b c",
  "MGET",
  "LCS a b IDX",
  "DEL a",
  "DEL a b c",
  "BITOP AND d a b",
  "BITOP NOT d a",
  "BITOP AND d",
  "BITFIELD k",
  "BITFIELD k GET u8 0",
  "BITFIELD k GET u8 0 GET u8 8",
  "BITFIELD k GET u8 0 SET u8 0 1",
  "BITFIELD k OVERFLOW SAT GET u8 0",
  "BITFIELD k OVERFLOW SAT INCRBY u8 0 1",
  "BITFIELD k OVERFLOW",
  "BITFIELD k GET u8",
  "BITFIELD k SET u8 0",
  "BITFIELD k NONSENSE",
  "BITFIELD_RO k GET u8 0",
  "RENAME a b",
  "COPY a b DB 3",
  "OBJECT ENCODING k",
  "OBJECT FREQ k",
  "OBJECT HELP",
  "OBJECT",
  "OBJECT NOSUCH k",
  "object encoding",
  "MEMORY USAGE k SAMPLES 3",
  "MEMORY STATS",
  "CONFIG",
  "CONFIG GET x",
  "CONFIG NOSUCH",
  "config|get x",
  "object|encoding k",
  "PING",
  "ECHO x",
  "EXEC",
  "WATCH a b",
  "NOSUCH a",
  "KEYS *",
  "SCAN 0",
  "FLUSHALL",
  "SORT k",
  "SORT k STORE d",
  "SORT k BY w LIMIT 0 10 GET g1 GET g2 ASC ALPHA STORE d1 STORE d2",
  "SORT k BY STORE d",
  "SORT k LIMIT STORE x STORE d",
  "SORT k STORE",
  "SORT k STORE limit x y",
  "SORT",
  "SORT_RO k BY w GET g",
  "ZUNIONSTORE d 2 a b WEIGHTS 1 2",
  "ZUNIONSTORE d 3 a b",
  "ZUNIONSTORE d 0 a",
  "ZUNIONSTORE d -1 a",
  "ZUNIONSTORE d x a",
  "ZUNIONSTORE d 2x a b",
  "ZUNIONSTORE d 02 a b",
  "ZUNIONSTORE d 4294967298 a b",
  "ZINTERSTORE d 1 a",
  "ZDIFFSTORE d 2 a b",
  "ZUNION 2 a b",
  "ZUNION 3 a b",
  "ZUNION 1x a b",
  "ZINTER 2 a b WITHSCORES",
  "ZINTERCARD 2 a b LIMIT 1",
  "ZDIFF 2 a b",
  "ZMPOP 2 a b MIN",
  "ZMPOP 9 a b MIN",
  "BZMPOP 0 2 a b MAX",
  "BZMPOP 0 2+ a b MAX",
  "LMPOP 1 a LEFT",
  "BLMPOP 1.5 2 a b LEFT COUNT 1",
  "SINTERCARD 2 a b",
  "SINTERCARD 0 a",
  "SINTERSTORE d a b",
  "SMOVE a b m",
  "BLPOP a b c 0",
  "BLPOP 0",
  "BLMOVE a b LEFT RIGHT 0",
  "BRPOPLPUSH a b 0",
  "ZRANGESTORE d s 0 -1",
  "BZPOPMIN a b 0",
  "GEORADIUS k 1 2 3 m",
  "GEORADIUS k 1 2 3 m STORE d",
  "GEORADIUS k 1 2 3 m STORE d STOREDIST e",
  "GEORADIUS k 1 2 3 m COUNT 1 STOREDIST e",
  "GEORADIUS k 1 2 3 m STORE",
  "GEORADIUS k 1 2 3 m STORE STORE",
  "GEORADIUSBYMEMBER k m 3 km STORE d",
  "GEORADIUSBYMEMBER k m 3 km",
  "GEORADIUS_RO k 1 2 3 m",
  "GEOSEARCHSTORE d s FROMMEMBER m BYRADIUS 1 m",
  "PFCOUNT a b",
  "PFMERGE d a b",
  "PFMERGE d",
  "RESTORE k 0 payload",
  "EXISTS a b",
  "LPOS k e",
  "HSET h f v",
  "SADD s a b",
  "ZADD z 1 a",
  "ZADD z",
];

Deno.test("COMMAND GETKEYS and GETKEYSANDFLAGS equal Redis 7.2", async () => {
  await withReference("COMMAND GETKEYS", (redis) =>
    eachProtocol(redis, async (protocol) => {
      for (const text of LINES) {
        const line = text.split(" ");
        for (const subcommand of ["GETKEYS", "GETKEYSANDFLAGS"]) {
          const ours = reply(protocol, (out) => {
            const keys = getKeysOfLine(directory, line);
            if (typeof keys === "string") out.text = `-${keys}\r\n`;
            else writeKeys(out, keys, subcommand === "GETKEYSANDFLAGS", (at) => out.bulkText(line[at]));
          });
          assert.deepEqual(ours, await redis.ask("COMMAND", subcommand, ...line), `${subcommand} ${text}`);
        }
      }
    }));
});

Deno.test("ACL categories list the same commands as COMMAND LIST of Redis 7.2", async () => {
  await withReference("COMMAND LIST", async (redis) => {
    const categories = new Set(everyCommand().flatMap((command) => command.aclCategories));
    for (const category of categories) {
      const listed = itemsOf(await redis.ask("COMMAND", "LIST", "FILTERBY", "ACLCAT", category.slice(1)));
      const theirs = listed.map(textOf).filter((name) => directory.get(name) !== undefined).sort();
      const ours = everyCommand().filter((command) => command.aclCategories.includes(category));
      assert.deepEqual(ours.map((command) => command.name).sort(), theirs, category);
    }
  });
});
