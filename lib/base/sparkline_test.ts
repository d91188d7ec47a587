import assert from "node:assert/strict";
import { sparkline } from "./sparkline.ts";

Deno.test("sparkline: bars between the smallest and the largest, labels downwards", () => {
  const samples = [20, 50, 30].map((value, i) => ({ value, label: `${i}s` }));
  assert.equal(sparkline(samples, 80), " # \n | \n |o\n_||\n   \n012\nsss\n");
});

Deno.test("sparkline: equal values lie low, and what does not fit goes on below", () => {
  const samples = [7, 7, 7].map((value) => ({ value, label: "1m" }));
  const row = (width: number): string => {
    const line = (char: string): string => char.repeat(width) + "\n";
    return line(" ").repeat(3) + line("_") + line(" ") + line("1") + line("m");
  };
  assert.equal(sparkline(samples, 2), `${row(2)}\n${row(1)}`);
});
