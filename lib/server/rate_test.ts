import assert from "node:assert/strict";
import { Rate } from "./rate.ts";

Deno.test("rate: the average of sixteen samples, the first of which only sets the start", () => {
  const rate = new Rate(1000);
  rate.sample(500, 1000);
  assert.equal(rate.average, 0);
  for (let i = 1; i <= 16; i++) rate.sample(500 + 50 * i, 1000 + 100 * i);
  assert.equal(rate.average, 500);
  for (let i = 17; i <= 24; i++) rate.sample(1300, 1000 + 100 * i);
  assert.equal(rate.average, 250);
  rate.reset();
  assert.equal(rate.average, 0);
});

Deno.test("rate: a base that stands still gives nothing", () => {
  const rate = new Rate(1);
  rate.sample(10, 5);
  rate.sample(20, 5);
  assert.equal(rate.average, 0);
});
