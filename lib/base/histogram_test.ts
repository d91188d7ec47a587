import assert from "node:assert/strict";
import fc from "fast-check";
import { Histogram } from "./histogram.ts";

function of(nanoseconds: number[]): Histogram {
  const histogram = new Histogram();
  for (const ns of nanoseconds) histogram.record(ns / 1000);
  return histogram;
}

const PERCENTILES = [0, 1, 25, 50, 90, 99, 99.9, 100];

/** Recorded from the HDR histogram of Redis 7.2.6 with its parameters: distribution and percentiles. */
function check(histogram: Histogram, distribution: number[], percentiles: number[]): void {
  assert.deepEqual(histogram.cumulative(), distribution);
  assert.deepEqual(PERCENTILES.map((p) => histogram.percentile(p)), percentiles);
}

Deno.test("Histogram: 0, 1 and 2 microseconds", () => {
  const percentiles = [0.001, 0.001, 0.001, 1.003, 2.007, 2.007, 2.007, 2.007];
  check(of([0, 1000, 2000]), [1, 2, 2, 3], percentiles);
});

Deno.test("Histogram: every microsecond below 3000", () => {
  const distribution = [1, 2, 2, 3, 4, 5, 8, 9, 16, 17, 33, 34, 66, 67, 132, 133, 264, 265, 528, 529];
  distribution.push(1056, 1057, 2113, 2114, 4227, 3000);
  const percentiles = [0.001, 29.055, 749.567, 1499.135, 2703.359, 2981.887, 2998.271, 3014.655];
  check(of(Array.from({ length: 3000 }, (_, i) => i * 1000)), distribution, percentiles);
});

Deno.test("Histogram: values of every magnitude, the clamped ones included", () => {
  // A linear congruential sequence: the values the recorded answer was computed from.
  let x = 42n;
  const next = () => x = (x * 1103515245n + 12345n) % 2n ** 31n;
  const values = Array.from({ length: 2000 }, () => {
    const shift = next() % 31n;
    return Number(next() >> shift);
  });
  const distribution = [
    1,
    709,
    2,
    773,
    4,
    850,
    8,
    918,
    16,
    974,
    33,
    1037,
    66,
    1102,
    132,
    1161,
    264,
    1235,
    528,
    1286,
  ];
  distribution.push(1056, 1348, 2113, 1402, 4227, 1457, 8454, 1528, 16908, 1607, 33816, 1677, 67633, 1748);
  distribution.push(135266, 1802, 270532, 1856, 541065, 1907, 1073741, 2000);
  const percentiles = [0.001, 0.001, 0.116, 24.191, 129499.135, 1002438.655, 1002438.655, 1002438.655];
  check(of(values), distribution, percentiles);
});

Deno.test("Histogram: both sides of slot and boundary edges", () => {
  const values = [1e9, 1e9 + 5, 1023, 1024, 1025, 1031, 1032, 2047, 2048, 536870911, 536870912];
  const percentiles = [1.02, 1.023, 1.031, 2.047, 1002438.655, 1002438.655, 1002438.655, 1002438.655];
  check(of(values), [1, 4, 2, 7, 541065, 9, 1073741, 11], percentiles);
  assert.deepEqual(of([1031]).cumulative(), [1, 1]);
  assert.deepEqual(of([1032]).cumulative(), [2, 1]);
  assert.deepEqual(of([-5, NaN, 0.2, Infinity]).cumulative(), [1, 3, 1073741, 4]);
});

Deno.test("Histogram: empty, and empty again after reset", () => {
  const histogram = new Histogram();
  const expectEmpty = () => {
    assert.equal(histogram.count, 0);
    assert.equal(histogram.percentile(50), 0);
    assert.deepEqual(histogram.cumulative(), []);
  };
  expectEmpty();
  histogram.record(5);
  assert.equal(histogram.count, 1);
  histogram.reset();
  expectEmpty();
  histogram.record(7);
  assert.deepEqual(histogram.cumulative(), [8, 1]);
});

Deno.test("Histogram: a percentile is within one percent of the exact one", () => {
  const value = fc.integer({ min: 1, max: 1e9 });
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 1, maxLength: 200 }),
      fc.integer({ min: 1, max: 100 }),
      (values, p) => {
        const histogram = of(values);
        assert.equal(histogram.count, values.length);
        const rank = Math.max(1, Math.floor((p / 100) * values.length + 0.5));
        const exact = values.toSorted((a, b) => a - b)[rank - 1];
        const found = histogram.percentile(p) * 1000;
        assert.ok(found > exact - 0.5 && found <= exact * 1.01 + 0.5, `${found} for ${exact}`);
        assert.equal(histogram.cumulative().at(-1), values.length);
      },
    ),
  );
});
