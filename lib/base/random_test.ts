import assert from "node:assert/strict";
import { Random } from "./random.ts";

/** Pearson's statistic for equally likely cells. */
function chiSquare(counts: Uint32Array, total: number): number {
  const expected = total / counts.length;
  return counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
}

Deno.test("Random: the same seed gives the same numbers, another seed others", () => {
  const numbers = (r: Random) => Array.from({ length: 50 }, () => r.uint32());
  assert.deepEqual(numbers(new Random(1, 2, 3, 4)), numbers(new Random(1, 2, 3, 4)));
  const seeds = [[1, 2, 3, 4], [0, 2, 3, 4], [1, 0, 3, 4], [1, 2, 0, 4], [1, 2, 3, 0], [0, 0, 0, 0]];
  const firsts = seeds.map(([a, b, c, d]) => new Random(a, b, c, d).uint32());
  assert.equal(new Set(firsts).size, seeds.length);
});

Deno.test("Random: every bit is set half of the time", () => {
  const random = new Random(0, 0, 0, 0);
  const ones = new Uint32Array(32);
  for (let i = 0; i < 20000; i++) {
    const value = random.uint32();
    assert.ok(Number.isInteger(value) && value >= 0 && value <= 0xffffffff);
    for (let bit = 0; bit < 32; bit++) ones[bit] += (value >>> bit) & 1;
  }
  // 10000 expected, standard deviation 71.
  for (const n of ones) assert.ok(Math.abs(n - 10000) < 425, `${n} of 20000`);
});

Deno.test("Random.below: is uniform and stays below n", () => {
  const random = new Random(7, 7, 7, 7);
  for (const n of [2, 3, 5, 6, 10, 16, 17, 100]) {
    const counts = new Uint32Array(n);
    const total = 2000 * n;
    for (let i = 0; i < total; i++) {
      const value = random.below(n);
      assert.ok(Number.isInteger(value) && value >= 0 && value < n);
      counts[value]++;
    }
    // n - 1 degrees of freedom: mean n - 1, standard deviation sqrt(2 (n - 1)); six of them and a little.
    assert.ok(chiSquare(counts, total) < n + 20 + 6 * Math.sqrt(2 * n), `below(${n})`);
  }
});

Deno.test("Random.below: is unbiased where a remainder would favour the low half", () => {
  const random = new Random(9, 8, 7, 6);
  const n = 3 * 2 ** 30;
  let low = 0;
  for (let i = 0; i < 30000; i++) if (random.below(n) < n / 3) low++;
  // A remainder of 32 bits would give a half, not a third.
  assert.ok(Math.abs(low - 10000) < 500, `${low} of 30000`);
});

Deno.test("Random.below: one and the whole range", () => {
  const random = new Random(1, 1, 1, 1);
  for (let i = 0; i < 10; i++) assert.equal(random.below(1), 0);
  let high = 0;
  for (let i = 0; i < 1000; i++) if (random.below(2 ** 32) >= 2 ** 31) high++;
  assert.ok(high > 400 && high < 600);
});
