import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { median, pairedRatios, quantile, summarize } from "./stats.ts";

Deno.test("median of an odd and of an even number of values", () => {
  strictEqual(median([9, 1, 5]), 5);
  strictEqual(median([4, 1, 3, 2]), 2.5);
  ok(Number.isNaN(median([])));
});

Deno.test("median sorts by value and leaves its argument alone", () => {
  const values = [100, 9, 20];
  strictEqual(median(values), 20);
  deepStrictEqual(values, [100, 9, 20]);
});

Deno.test("quantile takes the nearest rank", () => {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i);
  strictEqual(quantile(values, 0.99), 99);
  strictEqual(quantile(values, 1), 100);
  strictEqual(quantile(values, 0), 1);
  strictEqual(quantile([7], 0.5), 7);
  ok(Number.isNaN(quantile([], 0.5)));
});

Deno.test("pairedRatios pairs by round and drops the unpaired ones", () => {
  deepStrictEqual(pairedRatios([2, 9, 4], [1, 3]), [2, 3]);
});

Deno.test("summarize gives the middle and both ends", () => {
  deepStrictEqual(summarize([3, 1, 2]), { median: 2, min: 1, max: 3 });
});
