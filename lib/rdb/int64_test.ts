import assert from "node:assert/strict";
import fc from "fast-check";
import { latin1 } from "../base/ascii.ts";
import { INT64_DIGITS_MAX, writeInt64 } from "./int64.ts";

function digitsOf(value: bigint): string {
  const bytes = new Uint8Array(12);
  new DataView(bytes.buffer).setBigInt64(3, value, true);
  const out = new Uint8Array(INT64_DIGITS_MAX);
  return latin1(out, 0, writeInt64(out, bytes, 3));
}

Deno.test("writeInt64: the edges of what halves and doubles can hold", () => {
  const powers = [0n, 31n, 32n, 33n, 52n, 53n, 54n, 62n, 63n].map((bits) => 1n << bits);
  const tens = Array.from({ length: 19 }, (_, i) => 10n ** BigInt(i));
  for (const base of [...powers, ...tens]) {
    for (const value of [base - 1n, base, base + 1n]) {
      const fitting = BigInt.asIntN(64, value);
      assert.equal(digitsOf(fitting), String(fitting));
      assert.equal(digitsOf(BigInt.asIntN(64, -value)), String(BigInt.asIntN(64, -value)));
    }
  }
});

Deno.test("writeInt64: any int64", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }), (value) => {
      assert.equal(digitsOf(value), String(value));
    }),
    { numRuns: 2000 },
  );
});
