import assert from "node:assert/strict";
import fc from "fast-check";
import { sortByKeys, sortFirstByKeys } from "./key_sort.ts";

/** Keys of which many are equal, in all lengths around the thresholds of the algorithms. */
const lists = fc.oneof(
  fc.array(fc.nat(3), { maxLength: 60 }),
  fc.array(fc.nat(1000), { maxLength: 300 }),
  fc.array(fc.double({ noNaN: true }), { maxLength: 100 }),
);

function identity(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => i);
}

Deno.test("sortByKeys: sorted, equal keys in their order", () => {
  fc.assert(fc.property(lists, (list) => {
    const keys = Float64Array.from(list, (key) => key + 0);
    const sorted = sortByKeys(identity(keys.length), keys, keys.length, new Int32Array(keys.length));
    const expected = [...identity(keys.length)].sort((i, j) =>
      keys[i] < keys[j] ? -1 : keys[i] > keys[j] ? 1 : i - j
    );
    assert.deepEqual([...sorted.subarray(0, keys.length)], expected);
  }));
});

Deno.test("sortFirstByKeys: the first ones are the smallest in order, the rest is all the others", () => {
  fc.assert(fc.property(lists, fc.nat(320), (list, part) => {
    const keys = Float64Array.from(list, (key) => key + 0);
    const wanted = Math.min(part, keys.length);
    const order = identity(keys.length);
    sortFirstByKeys(order, keys, keys.length, wanted);
    const expected = keys.slice().sort();
    for (let i = 0; i < wanted; i++) assert.equal(keys[order[i]], expected[i]);
    assert.deepEqual(order.slice().sort(), identity(keys.length));
  }));
});

Deno.test("sortFirstByKeys: equal keys come out as from Redis", () => {
  // GEOSEARCH COUNT … ASC of a Redis 7.2: distances in the order of the search, and which members were replied.
  const cases: readonly (readonly [keys: readonly number[], first: readonly number[]])[] = [
    [[0, 0, 0, 0, 1, 1], [0, 1, 2]],
    [[0, 0, 0, 1, 1, 1, 1], [1, 2, 0, 6]],
    [[1, 1, 1, 0, 0, 0, 0, 0, 0, 2, 2, 2], [6, 7, 8, 3, 4]],
    [[3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2], [
      13,
      17,
      16,
      15,
      14,
      18,
      22,
      21,
      20,
      19,
      29,
      23,
    ]],
    [[
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      1,
      1,
      1,
      1,
      1,
      1,
      1,
      1,
      1,
      1,
      1,
      1,
      2,
      2,
      2,
      2,
      2,
      2,
      2,
      2,
      3,
      3,
      3,
      3,
      3,
      3,
      3,
      3,
      3,
      3,
      3,
      4,
      4,
      4,
      4,
      4,
      4,
      4,
      4,
      4,
      4,
      4,
      4,
      4,
      4,
      4,
      4,
      4,
      4,
      4,
    ], [3, 5, 6, 1, 7, 0, 8, 9, 2, 4, 20, 21, 15, 10, 11, 12, 13, 14, 16, 17]],
  ];
  for (const [list, first] of cases) {
    const order = identity(list.length);
    sortFirstByKeys(order, Float64Array.from(list), list.length, first.length);
    assert.deepEqual([...order.subarray(0, first.length)], first);
  }
});
