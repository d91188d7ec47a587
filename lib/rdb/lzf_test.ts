import assert from "node:assert/strict";
import fc from "fast-check";
import { toAscii } from "../base/ascii.ts";
import { lzfCompress, lzfExpand, lzfMeasure } from "./lzf.ts";

/** Compresses and expands again; undefined if it could not be compressed to `max` bytes. */
function roundTrip(bytes: Uint8Array, max: number): { size: number; back: Uint8Array } | undefined {
  const src = new Uint8Array(bytes.length + 4).fill(0x55);
  src.set(bytes, 2);
  const out = new Uint8Array(max + 6).fill(0xee);
  const size = lzfCompress(src, 2, bytes.length, out, 3, max);
  assert.deepEqual([...out.subarray(0, 3), ...out.subarray(3 + max)], [0xee, 0xee, 0xee, 0xee, 0xee, 0xee]);
  if (size === 0) return undefined;
  assert.equal(lzfMeasure(out, 3, size), bytes.length);
  const back = new Uint8Array(bytes.length);
  lzfExpand(out, 3, size, back);
  return { size, back };
}

/** Bytes in which nothing repeats. */
function noiseOf(length: number): Uint8Array {
  let state = 12345;
  return Uint8Array.from({ length }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state & 255;
  });
}

function expand(...src: number[]): string {
  const bytes = Uint8Array.from(src);
  const size = lzfMeasure(bytes, 0, bytes.length);
  const out = new Uint8Array(size);
  lzfExpand(bytes, 0, bytes.length, out);
  return String.fromCharCode(...out);
}

Deno.test("lzf: literals, short and long matches, matches that overlap themselves", () => {
  assert.equal(expand(2, 97, 98, 99), "abc");
  assert.equal(expand(2, 97, 98, 99, 0x20, 2), "abcabc");
  assert.equal(expand(0, 97, 0xc0, 0), "a".repeat(9));
  assert.equal(expand(1, 97, 98, 0xe0, 1, 1), "ab".repeat(6));
  assert.equal(expand(0, 97, 0xe0, 255, 0), "a".repeat(265));
  assert.equal(expand(), "");
});

Deno.test("lzfMeasure: what is cut off or reaches before the start is not valid", () => {
  const measure = (...src: number[]) => lzfMeasure(Uint8Array.from([...src, 0, 0, 0]), 0, src.length);
  for (
    const bad of [[0], [3, 97], [0x20, 0], [0, 97, 0x20], [0, 97, 0x20, 1], [0, 97, 0xe0], [0, 97, 0xe0, 5]]
  ) {
    assert.equal(measure(...bad), -1, `${bad}`);
  }
});

Deno.test("lzfCompress: repetition shrinks, as far back as an offset reaches", () => {
  const text = toAscii("abcdefghij".repeat(1000));
  const result = roundTrip(text, text.length - 4);
  assert.ok(result !== undefined && result.size < 200, `${result?.size}`);
  assert.deepEqual(result.back, text);
  const noise = noiseOf(8192);
  const twice = new Uint8Array(8192 + 100);
  twice.set(noise);
  twice.set(noise.subarray(0, 100), 8192);
  const far = roundTrip(twice, twice.length + 400);
  assert.deepEqual(far?.back, twice);
});

Deno.test("lzfCompress: gives up where nothing is saved, and says so", () => {
  const noise = noiseOf(500);
  assert.equal(roundTrip(noise, 496), undefined);
  assert.equal(roundTrip(toAscii("a".repeat(100)), 2), undefined);
});

Deno.test("lzfCompress: what is compressed expands to the same, for any bytes and limit", () => {
  const word = fc.uint8Array({ minLength: 1, maxLength: 12 });
  const text = fc.tuple(
    fc.array(word, { minLength: 1, maxLength: 6 }),
    fc.array(fc.nat(5), { maxLength: 300 }),
  );
  fc.assert(
    fc.property(text, fc.nat(60), ([words, picks], slack) => {
      const bytes = Uint8Array.from(picks.flatMap((pick) => [...words[pick % words.length]]));
      const result = roundTrip(bytes, Math.max(0, bytes.length + 30 - slack));
      if (result !== undefined) assert.deepEqual(result.back, bytes);
    }),
    { numRuns: 1000 },
  );
});
