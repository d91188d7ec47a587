import assert from "node:assert/strict";
import fc from "fast-check";
import { toAscii } from "./ascii.ts";
import { murmurHash64A } from "./murmur64.ts";

const M = 0xc6a4a7935bd1e995n;
const MASK = (1n << 64n) - 1n;

/** The algorithm as published, on BigInts. */
function expected(bytes: Uint8Array, seed: number): bigint {
  let h = BigInt(seed >>> 0) ^ ((BigInt(bytes.length) * M) & MASK);
  const word = (at: number, count: number) => {
    let value = 0n;
    for (let i = count - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[at + i]);
    return value;
  };
  const whole = bytes.length - (bytes.length & 7);
  for (let at = 0; at < whole; at += 8) {
    let k = (word(at, 8) * M) & MASK;
    k ^= k >> 47n;
    h = ((h ^ ((k * M) & MASK)) * M) & MASK;
  }
  if (whole < bytes.length) h = ((h ^ word(whole, bytes.length - whole)) * M) & MASK;
  h = ((h ^ (h >> 47n)) * M) & MASK;
  return h ^ (h >> 47n);
}

function actual(bytes: Uint8Array, start: number, len: number, seed: number): bigint {
  const out = new Int32Array(2);
  murmurHash64A(bytes, start, len, seed, out);
  return (BigInt(out[1] >>> 0) << 32n) | BigInt(out[0] >>> 0);
}

Deno.test("murmurHash64A: equals the published algorithm for any bytes, length and seed", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.integer(), fc.nat(7), (bytes, seed, before) => {
      const padded = new Uint8Array(before + bytes.length + 3).fill(0xa5);
      padded.set(bytes, before);
      assert.equal(actual(padded, before, bytes.length, seed), expected(bytes, seed));
    }),
    { numRuns: 2000 },
  );
});

Deno.test("murmurHash64A: words of all ones and of single bits", () => {
  const words = [
    new Uint8Array(16).fill(0xff),
    new Uint8Array(8),
    ...Array.from({ length: 64 }, (_, bit) => {
      const word = new Uint8Array(8);
      word[bit >> 3] = 1 << (bit & 7);
      return word;
    }),
  ];
  for (const word of words) {
    assert.equal(actual(word, 0, word.length, 0xadc83b19), expected(word, 0xadc83b19));
  }
  assert.equal(actual(toAscii(""), 0, 0, 0), 0n);
});
