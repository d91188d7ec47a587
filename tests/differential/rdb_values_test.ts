/**
 * Values of RDB against a real Redis 7.2, both ways: what it dumps under random settings is decoded, and what the
 * writer makes is restored there.
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { toAscii } from "../../lib/base/ascii.ts";
import { sealPayload } from "../../lib/rdb/dump_payload.ts";
import * as F from "../../lib/rdb/format.ts";
import { RdbWriter, type StringEncoding } from "../../lib/rdb/writer.ts";
import {
  canonical,
  decodePayload,
  EDGES,
  type Kind,
  LENGTHS,
  makeCommand,
  VALUE_CASES,
} from "../support/rdb_values.ts";
import { findReferenceRedis, ReferenceRedis, type Reply } from "../support/reference_redis.ts";

const TYPES: Record<Kind, number> = {
  string: F.RDB_TYPE_STRING,
  list: F.RDB_TYPE_LIST,
  set: F.RDB_TYPE_SET,
  zset: F.RDB_TYPE_ZSET_2,
  hash: F.RDB_TYPE_HASH,
};
const READ: Record<Kind, string[]> = {
  string: ["GET", "k"],
  list: ["LRANGE", "k", "0", "-1"],
  set: ["SMEMBERS", "k"],
  zset: ["ZRANGE", "k", "0", "-1", "WITHSCORES"],
  hash: ["HGETALL", "k"],
};

type Elements = (string | [string, string])[];

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

const text = fc.oneof(
  fc.constantFrom(...EDGES),
  fc.constantFrom(...LENGTHS),
  fc.integer().map(String),
  fc.string({ maxLength: 40 }),
  fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }).map(String),
  fc.tuple(fc.constantFrom("x", "ab", "key:"), fc.nat(400)).map(([word, times]) => word.repeat(times)),
);
const score = fc.oneof(
  fc.double({ noNaN: true }),
  fc.integer(),
  fc.constantFrom(Infinity, -Infinity, 0.1, 5e-324),
).map((value) => String(value));
const elements: Record<Kind, fc.Arbitrary<Elements>> = {
  string: text.map((one) => [one]),
  list: fc.array(text, { minLength: 1, maxLength: 60 }),
  set: fc.oneof(
    fc.uniqueArray(text, { minLength: 1, maxLength: 60 }),
    fc.uniqueArray(fc.integer().map(String), { minLength: 1 }),
  ),
  hash: fc.uniqueArray(fc.tuple(text, text), { minLength: 1, maxLength: 60, selector: ([field]) => field }),
  zset: fc.uniqueArray(fc.tuple(text, score), {
    minLength: 1,
    maxLength: 60,
    selector: ([member]) => member,
  }),
};
const value = fc.constantFrom<Kind>("string", "list", "set", "zset", "hash").chain((kind) =>
  elements[kind].map((some) => ({ kind, elements: some }))
);
const settings = fc.record({
  "list-max-listpack-size": fc.constantFrom("-5", "-1", "1", "3", "20"),
  "list-compress-depth": fc.constantFrom("0", "1", "2"),
  "hash-max-listpack-entries": fc.constantFrom("0", "20", "512"),
  "hash-max-listpack-value": fc.constantFrom("10", "64", "9999"),
  "zset-max-listpack-entries": fc.constantFrom("0", "20", "512"),
  "zset-max-listpack-value": fc.constantFrom("10", "64", "9999"),
  "set-max-intset-entries": fc.constantFrom("0", "20", "512"),
  "set-max-listpack-entries": fc.constantFrom("0", "20", "512"),
  "set-max-listpack-value": fc.constantFrom("10", "64", "9999"),
  "rdbcompression": fc.constantFrom("yes", "no"),
});

function makePayload(kind: Kind, some: Elements, encoding: StringEncoding): string {
  const writer = new RdbWriter(16, encoding);
  writer.byte(TYPES[kind]);
  if (kind !== "string") writer.lengthOf(some.length);
  for (const element of some) {
    writer.text(typeof element === "string" ? element : element[0]);
    if (typeof element === "string") continue;
    if (kind === "zset") writer.double(Number(element[1]));
    else writer.text(element[1]);
  }
  sealPayload(writer);
  return String.fromCharCode(...writer.take(0));
}

/** A reply as elements. */
function elementsOf(kind: Kind, reply: Reply): Elements {
  if (reply.kind === "bulk") return [reply.text];
  assert.ok(reply.kind === "array", JSON.stringify(reply));
  const flat = reply.items.map((item) => item.kind === "bulk" ? item.text : assert.fail(item.kind));
  if (kind === "list" || kind === "set") return flat;
  const pairs: [string, string][] = [];
  for (let i = 0; i < flat.length; i += 2) {
    const second = kind === "zset" ? String(scoreOf(flat[i + 1])) : flat[i + 1];
    pairs.push([flat[i], second]);
  }
  return pairs;
}

function scoreOf(reply: string): number {
  return reply === "inf" ? Infinity : reply === "-inf" ? -Infinity : Number(reply);
}

Deno.test("rdb values: what Redis dumps under any settings is decoded", async () => {
  await withReference("DUMP", async (redis) => {
    const types = new Set<number>();
    await fc.assert(
      fc.asyncProperty(value, settings, async ({ kind, elements: some }, set) => {
        const configured = await redis.ask("CONFIG", "SET", ...Object.entries(set).flat());
        assert.equal(configured.kind, "status");
        await redis.ask("DEL", "k");
        const made = await redis.ask(...makeCommand("k", kind, some));
        assert.notEqual(made.kind, "error", JSON.stringify(made));
        const dumped = await redis.ask("DUMP", "k");
        assert.ok(dumped.kind === "bulk");
        const bytes = toAscii(dumped.text);
        types.add(bytes[0]);
        assert.deepEqual(decodePayload(bytes), canonical(kind, some));
      }),
      { numRuns: 600 },
    );
    assert.deepEqual([...types].sort((a, b) => a - b), [0, 2, 4, 5, 11, 16, 17, 18, 20]);
  });
});

Deno.test("rdb values: what is written is restored by Redis", async () => {
  await withReference("RESTORE", async (redis) => {
    const check = async (kind: Kind, some: Elements, encoding: StringEncoding): Promise<void> => {
      const restored = await redis.ask("RESTORE", "k", "0", makePayload(kind, some, encoding), "REPLACE");
      assert.equal(restored.kind, "status", JSON.stringify(restored));
      const read = await redis.ask(...READ[kind]);
      assert.deepEqual(canonical(kind, elementsOf(kind, read)), canonical(kind, some));
    };
    for (const { kind, elements: some } of VALUE_CASES) {
      await check(kind, some, { integers: true, compress: true });
      await check(kind, some, { integers: false, compress: false });
    }
    await fc.assert(
      fc.asyncProperty(
        value,
        fc.boolean(),
        fc.boolean(),
        async ({ kind, elements: some }, integers, compress) => {
          await check(kind, some, { integers, compress });
        },
      ),
      { numRuns: 300 },
    );
  });
});
