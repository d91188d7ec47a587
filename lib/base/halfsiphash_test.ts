import assert from "node:assert/strict";
import fc from "fast-check";
import { hashBytes, hashBytesInt32 } from "./halfsiphash.ts";

/** HalfSipHash-c-d as its definition reads, in BigInt, for any number of rounds. */
function reference(bytes: Uint8Array, k0: bigint, k1: bigint, c: number, d: number): number {
  const mask = 0xffffffffn;
  const rotl = (x: bigint, n: bigint) => ((x << n) | (x >> (32n - n))) & mask;
  const v = [k0, k1, k0 ^ 0x6c796765n, k1 ^ 0x74656462n];
  const rounds = (count: number) => {
    for (let i = 0; i < count; i++) {
      v[0] = (v[0] + v[1]) & mask;
      v[1] = rotl(v[1], 5n) ^ v[0];
      v[0] = rotl(v[0], 16n);
      v[2] = (v[2] + v[3]) & mask;
      v[3] = rotl(v[3], 8n) ^ v[2];
      v[0] = (v[0] + v[3]) & mask;
      v[3] = rotl(v[3], 7n) ^ v[0];
      v[2] = (v[2] + v[1]) & mask;
      v[1] = rotl(v[1], 13n) ^ v[2];
      v[2] = rotl(v[2], 16n);
    }
  };
  const padded = [...bytes];
  while (padded.length % 4 !== 3) padded.push(0);
  padded.push(bytes.length & 255);
  for (let i = 0; i < padded.length; i += 4) {
    let m = 0n;
    for (let j = 3; j >= 0; j--) m = (m << 8n) | BigInt(padded[i + j]);
    v[3] ^= m;
    rounds(c);
    v[0] ^= m;
  }
  v[2] ^= 0xffn;
  rounds(d);
  return Number(v[1] ^ v[3]);
}

const KEY0 = 0x03020100;
const KEY1 = 0x07060504;
const counting = Uint8Array.from({ length: 64 }, (_, i) => i);

Deno.test("the reference itself: published HalfSipHash-2-4 values for key 00..07", () => {
  const hex = ["a9359f5b", "27475ab8", "fa62a603", "8afee704", "2a6e4689"];
  hex.forEach((text, len) => {
    const value = reference(counting.subarray(0, len), BigInt(KEY0), BigInt(KEY1), 2, 4);
    const littleEndian = [0, 8, 16, 24].map((s) => ((value >>> s) & 255).toString(16).padStart(2, "0"));
    assert.equal(littleEndian.join(""), text);
  });
});

Deno.test("hashBytes: published HalfSipHash-1-3 values for key 00..07", () => {
  const expected: [number, number][] = [[0, 0x5814c896], [1, 0xe7e864ca], [2, 0xbc4b0e30], [3, 0x01539939]];
  expected.push([4, 0x7e059ea6], [5, 0x88e3d89b], [16, 0x8b31d501], [62, 0x74c1ebf8], [63, 0x87178304]);
  for (const [len, hash] of expected) {
    assert.equal(hashBytes(counting, 0, len, KEY0, KEY1), hash, `len ${len}`);
  }
});

Deno.test("hashBytes: equals the reference for any bytes, offset and key", () => {
  const word = fc.integer({ min: 0, max: 0xffffffff });
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.nat(9),
      fc.nat(9),
      word,
      word,
      (bytes, before, after, k0, k1) => {
        const buf = new Uint8Array(before + bytes.length + after).fill(0xa5);
        buf.set(bytes, before);
        const expected = reference(bytes, BigInt(k0), BigInt(k1), 1, 3);
        assert.equal(hashBytes(buf, before, bytes.length, k0, k1), expected);
        assert.equal(hashBytes(buf, before, bytes.length, k0 | 0, k1 | 0), expected);
        assert.equal(hashBytesInt32(buf, before, bytes.length, k0, k1), expected | 0);
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("hashBytes: spreads sequential keys evenly over the top bits", () => {
  const buckets = new Uint32Array(256);
  const key = new TextEncoder().encode("key:000000000000");
  for (let i = 0; i < 256 * 256; i++) {
    const digits = String(i).padStart(12, "0");
    for (let j = 0; j < 12; j++) key[4 + j] = digits.charCodeAt(j);
    buckets[hashBytes(key, 0, 16, 123, 456) >>> 24]++;
  }
  // 256 expected per bucket, standard deviation 16: six of them is beyond chance.
  for (const n of buckets) assert.ok(Math.abs(n - 256) < 96, `a bucket holds ${n}`);
});
