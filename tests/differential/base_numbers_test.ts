/**
 * Numbers as text against a real Redis 7.2: scores parsed and printed, and INCRBYFLOAT's arithmetic.
 *
 * Random texts go to the server and through lib/base, and must come back the same.
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { latin1, toAscii } from "../../lib/base/ascii.ts";
import { formatDouble, parseDouble } from "../../lib/base/float.ts";
import { addLongDouble, LD_NOT_FINITE, LONG_DOUBLE_TEXT_MAX } from "../../lib/base/long_double.ts";
import { findReferenceRedis, ReferenceRedis, type Reply } from "../support/reference_redis.ts";

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

function textOf(reply: Reply): string {
  assert.ok(reply.kind === "bulk" || reply.kind === "status" || reply.kind === "error", reply.kind);
  return reply.text;
}

const SPECIAL = [
  "inf",
  "-inf",
  "+INF",
  "Infinity",
  "nan",
  "",
  " 1",
  "1 ",
  "1e400",
  "1e-400",
  "0x1p-1075",
  "0x1p-1074",
];
SPECIAL.push(
  "1e4932",
  "1e4933",
  "1.18973149535723176502e+4932",
  "1e-4950",
  "3.6e-4951",
  "1e-5000",
  "0x1p16384",
  "-0.0",
);
SPECIAL.push(
  "9223372036854775807",
  "18446744073709551616",
  "18446744073709551617",
  "5e-18",
  "15e-18",
  "0x",
  "1e",
  ".",
);

/** Texts that are or nearly are numbers. */
const numberText = fc.oneof(
  fc.stringMatching(/^-?[0-9]{1,20}$/),
  fc.stringMatching(/^-?[0-9]{1,6}\.[0-9]{1,18}$/),
  fc.stringMatching(/^[-+]?[0-9]{0,3}\.?[0-9]{0,3}(e-?[0-9]{1,3})?$/),
  fc.stringMatching(/^-?0x[0-9a-f]{1,18}\.?[0-9a-f]{0,6}(p-?[0-9]{1,4})?$/),
  fc.double({ noNaN: true }).map(String),
  fc.constantFrom(...SPECIAL),
);

Deno.test("scores: parsed and printed as redis-server does", async () => {
  await withReference("scores", async (redis) => {
    // A listpack stores integral scores as integers and so forgets the sign of -0: keep to a skiplist.
    await redis.ask("CONFIG", "SET", "zset-max-listpack-entries", "0");
    await fc.assert(
      fc.asyncProperty(numberText, async (text) => {
        const added = await redis.ask("ZADD", "z", text, "m");
        const value = parseDouble(toAscii(text), 0, text.length);
        assert.equal(Number.isNaN(value), added.kind === "error", `validity of "${text}"`);
        if (added.kind === "error") return;
        assert.equal(formatDouble(value), textOf(await redis.ask("ZSCORE", "z", "m")), `score "${text}"`);
        await redis.ask("DEL", "z");
      }),
      { numRuns: 4000 },
    );
  });
});

Deno.test("INCRBYFLOAT: the sum or the error redis-server gives", async () => {
  const out = new Uint8Array(LONG_DOUBLE_TEXT_MAX);
  const sum = (left: string, right: string): string => {
    const length = addLongDouble(toAscii(left), 0, left.length, toAscii(right), 0, right.length, out);
    if (length >= 0) return latin1(out, 0, length);
    if (length === LD_NOT_FINITE) return "ERR increment would produce NaN or Infinity";
    return "ERR value is not a valid float";
  };
  await withReference("INCRBYFLOAT", async (redis) => {
    await fc.assert(
      fc.asyncProperty(numberText, numberText, async (left, right) => {
        await redis.ask("SET", "f", left);
        assert.equal(
          sum(left, right),
          textOf(await redis.ask("INCRBYFLOAT", "f", right)),
          `${left} + ${right}`,
        );
      }),
      { numRuns: 4000 },
    );
  });
});
