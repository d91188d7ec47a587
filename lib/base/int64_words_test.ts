import assert from "node:assert/strict";
import fc from "fast-check";
import { latin1, parseInt64Big, toAscii } from "./ascii.ts";
import { compareInt64, Int64, INT64_DIGITS_MAX } from "./int64_words.ts";

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

/** Integers of all sizes, near the places where something changes. */
const integer = fc.oneof(
  fc.bigInt({ min: MIN, max: MAX }),
  fc.maxSafeInteger().map(BigInt),
  fc.integer().map(BigInt),
  fc.record({
    bits: fc.integer({ min: 0, max: 62 }),
    by: fc.integer({ min: -2, max: 2 }),
    sign: fc.boolean(),
  })
    .map(({ bits, by, sign }) => {
      const value = (2n ** BigInt(bits) + BigInt(by)) * (sign ? 1n : -1n);
      return BigInt.asIntN(64, value);
    }),
  fc.record({ digits: fc.integer({ min: 0, max: 18 }), by: fc.integer({ min: -2, max: 2 }) })
    .map(({ digits, by }) => 10n ** BigInt(digits) + BigInt(by)),
  fc.constantFrom(MIN, MIN + 1n, MAX, MAX - 1n, 0n, -1n),
);

function parsed(text: string): Int64 | undefined {
  const bytes = toAscii(`9${text}9`);
  const value = new Int64();
  return value.parse(bytes, 1, text.length) ? value : undefined;
}

function bigOf({ high, low }: Int64): bigint {
  return (BigInt(high) << 32n) | BigInt(low >>> 0);
}

Deno.test("Int64 reads and writes any int64", () => {
  const out = new Uint8Array(INT64_DIGITS_MAX);
  fc.assert(
    fc.property(integer, (n) => {
      const value = parsed(`${n}`);
      assert.ok(value !== undefined);
      assert.equal(bigOf(value), n);
      assert.equal(value.isInt32, BigInt.asIntN(32, n) === n);
      assert.ok(
        Object.is(value.high, value.high | 0) && Object.is(value.low, value.low | 0),
        "both are int32",
      );
      assert.equal(latin1(out, 0, value.write(out)), `${n}`);
    }),
    { numRuns: 5000 },
  );
});

Deno.test("Int64 takes what parseInt64 takes, and nothing else", () => {
  const text = fc.oneof(
    fc.stringMatching(/^[-+0-9 ]{0,21}$/),
    fc.bigInt({ min: MAX - 5n, max: MAX + 5n }).map(String),
    fc.bigInt({ min: MIN - 5n, max: MIN + 5n }).map(String),
  );
  fc.assert(
    fc.property(text, (digits) => {
      const bytes = toAscii(digits);
      const value = parsed(digits);
      assert.equal(value === undefined ? undefined : bigOf(value), parseInt64Big(bytes, 0, bytes.length));
    }),
    { numRuns: 5000 },
  );
});

Deno.test("what is no integer leaves the words as they were", () => {
  const value = new Int64();
  const bytes = toAscii("-5x");
  assert.ok(value.parse(bytes, 0, 2));
  assert.ok(!value.parse(bytes, 0, 3));
  assert.deepEqual([value.high, value.low], [-1, -5]);
});

Deno.test("compareInt64 orders as numbers", () => {
  fc.assert(
    fc.property(integer, integer, (a, b) => {
      const x = parsed(`${a}`)!, y = parsed(`${b}`)!;
      assert.equal(Math.sign(compareInt64(x.high, x.low, y.high, y.low)), a < b ? -1 : a > b ? 1 : 0);
      assert.equal(compareInt64(x.high, x.low, x.high, x.low), 0);
    }),
    { numRuns: 5000 },
  );
});
