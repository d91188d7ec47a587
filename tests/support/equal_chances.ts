/** Tells whether picks at random were fair, for tests. */

import assert from "node:assert/strict";

/** Checks that all were hit `expected` times each, as far as chance allows: neither too unevenly nor too evenly. */
export function checkEqualChances(hits: ReadonlyMap<unknown, number>, expected: number): void {
  let chiSquare = 0;
  for (const n of hits.values()) chiSquare += (n - expected) ** 2 / expected;
  // The statistic has mean n - 1 and variance 2(n - 1); five deviations are beyond chance.
  const freedom = hits.size - 1;
  assert.ok(
    Math.abs(chiSquare - freedom) <= 5 * Math.sqrt(2 * freedom),
    `chi square is ${chiSquare} for ${freedom} degrees of freedom`,
  );
}
