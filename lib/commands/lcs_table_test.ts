import assert from "node:assert/strict";
import fc from "fast-check";
import { LcsTable } from "./lcs_table.ts";

/** The textbook table, and the walk back that goes up only where up is longer than left. */
function model(a: Uint8Array, b: Uint8Array): { length: number; matches: [number, number][] } {
  const table = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      table[i][j] = a[i - 1] === b[j - 1]
        ? table[i - 1][j - 1] + 1
        : Math.max(table[i - 1][j], table[i][j - 1]);
    }
  }
  const matches: [number, number][] = [];
  for (let i = a.length, j = b.length; i > 0 && j > 0;) {
    if (a[i - 1] === b[j - 1]) matches.push([--i, --j]);
    else if (table[i - 1][j] > table[i][j - 1]) i--;
    else j--;
  }
  return { length: table[a.length][b.length], matches };
}

/** Few different bytes, so that there is much in common, and lengths around a word of columns. */
const text = fc.tuple(fc.constantFrom(1, 2, 4, 256), fc.array(fc.nat({ max: 255 }), { maxLength: 140 }))
  .map(([letters, bytes]) => Uint8Array.from(bytes, (byte) => byte % letters));

Deno.test("LcsTable: length and path of the textbook table", () => {
  fc.assert(
    fc.property(text, text, (a, b) => {
      const expected = model(a, b);
      const table = new LcsTable(a, b, true);
      const matches: [number, number][] = [];
      table.walk((i, j) => matches.push([i, j]));
      assert.equal(table.length, expected.length);
      assert.deepEqual(matches, expected.matches);
      assert.equal(new LcsTable(a, b, false).length, expected.length);
    }),
    { numRuns: 300 },
  );
});

Deno.test("LcsTable: equal strings are their own subsequence", () => {
  const a = Uint8Array.from({ length: 1000 }, (_, i) => i * 31);
  assert.equal(new LcsTable(a, a, false).length, 1000);
});
