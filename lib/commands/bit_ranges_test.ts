import assert from "node:assert/strict";
import fc from "fast-check";
import {
  BITOP_AND,
  BITOP_OR,
  BITOP_XOR,
  BLOCK_BYTES,
  combineBlock,
  countBits,
  countBytes,
  findBit,
  invertBlock,
  resultBlock,
  startBlock,
} from "./bit_ranges.ts";

function bitAt(bytes: Uint8Array, off: number, bit: number): number {
  return (bytes[off + (bit >>> 3)] >>> (7 - (bit & 7))) & 1;
}

/** Bytes with long runs of zeros and ones, of lengths around the thresholds, at any offset. */
const range = fc.record({
  off: fc.nat({ max: 9 }),
  runs: fc.array(
    fc.tuple(fc.constantFrom(0, 0, 255, 255, 1, 128, 254, 127, 0x5a), fc.constantFrom(1, 2, 3, 31, 33, 200)),
    { minLength: 1, maxLength: 8 },
  ),
  big: fc.constantFrom(0, 0, 0, BLOCK_BYTES - 1, BLOCK_BYTES + 3),
  bigByte: fc.constantFrom(0, 255, 0x33),
}).map(({ off, runs, big, bigByte }) => {
  const parts = [...new Array(big).fill(bigByte), ...runs.flatMap(([byte, n]) => new Array(n).fill(byte))];
  const buf = new Uint8Array(off + parts.length + 5).fill(0xa5);
  buf.set(parts, off);
  return { buf, off, len: parts.length };
});

Deno.test("countBytes, countBits: as counted bit by bit", () => {
  fc.assert(
    fc.property(range, fc.nat(), fc.nat(), ({ buf, off, len }, x, y) => {
      const first = Math.min(x % (len * 8), y % (len * 8));
      const last = Math.max(x % (len * 8), y % (len * 8));
      let inside = 0;
      let all = 0;
      for (let bit = 0; bit < len * 8; bit++) {
        const set = bitAt(buf, off, bit);
        all += set;
        if (bit >= first && bit <= last) inside += set;
      }
      assert.equal(countBytes(buf, off, len), all);
      assert.equal(countBits(buf, off, first, last), inside);
    }),
    { numRuns: 150 },
  );
});

Deno.test("findBit: as looked for bit by bit", () => {
  fc.assert(
    fc.property(range, fc.nat(), fc.nat(), fc.constantFrom(0, 1), ({ buf, off, len }, x, y, wanted) => {
      const first = Math.min(x % (len * 8), y % (len * 8));
      const last = Math.max(x % (len * 8), y % (len * 8));
      let expected = -1;
      for (let bit = first; bit <= last && expected < 0; bit++) {
        if (bitAt(buf, off, bit) === wanted) expected = bit;
      }
      assert.equal(findBit(buf, off, first, last, wanted), expected);
    }),
    { numRuns: 300 },
  );
});

Deno.test("combineBlock: each operation, shorter operands padded with zeros", () => {
  const operand = fc.uint8Array({ minLength: 0, maxLength: 70 });
  fc.assert(fc.property(
    fc.array(operand, { minLength: 1, maxLength: 4 }),
    fc.constantFrom(BITOP_AND, BITOP_OR, BITOP_XOR),
    (operands, op) => {
      const len = Math.max(...operands.map((bytes) => bytes.length));
      startBlock(operands[0], 0, operands[0].length, len);
      for (const bytes of operands.slice(1)) combineBlock(op, bytes, 0, bytes.length, len);
      for (let i = 0; i < len; i++) {
        const column = operands.map((bytes) => bytes[i] ?? 0);
        const expected = column.reduce((x, y) => op === BITOP_AND ? x & y : op === BITOP_OR ? x | y : x ^ y);
        assert.equal(resultBlock[i], expected, `byte ${i}`);
      }
    },
  ));
});

Deno.test("invertBlock: every byte of a block and of a part of one", () => {
  for (const len of [1, 3, 4, 5, 64, BLOCK_BYTES]) {
    const bytes = Uint8Array.from({ length: len }, (_, i) => i * 7);
    startBlock(bytes, 0, len, len);
    invertBlock(len);
    assert.deepEqual(resultBlock.slice(0, len), bytes.map((byte) => ~byte));
  }
});
