import assert from "node:assert/strict";
import fc from "fast-check";
import {
  formatDouble,
  formatMemory,
  LLONG_MAX,
  LLONG_MIN,
  parseDouble,
  parseInteger,
  parseMemory,
  strtoll,
  ULLONG_MAX,
} from "./numbers.ts";

Deno.test("parseMemory: units of a thousand and of 1024, any case", () => {
  const sizes: [string, bigint][] = [
    ["0", 0n],
    ["5", 5n],
    ["5b", 5n],
    ["1k", 1000n],
    ["1kb", 1024n],
    ["1KB", 1024n],
    ["3m", 3_000_000n],
    ["64mb", 64n << 20n],
    ["1G", 1_000_000_000n],
    ["1Gb", 1n << 30n],
    ["", 0n],
    ["mb", 0n],
    ["007", 7n],
  ];
  for (const [text, bytes] of sizes) assert.equal(parseMemory(text), bytes, text);
});

Deno.test("parseMemory: what is no size", () => {
  for (const text of ["-1", "1t", "1 kb", " 1", "1.5mb", "x", "1kbb", "9".repeat(128)]) {
    assert.equal(parseMemory(text), undefined, text);
  }
});

Deno.test("parseMemory: what exceeds 64 bits is cut before the unit and wraps after it", () => {
  assert.equal(parseMemory(String(ULLONG_MAX + 1n)), ULLONG_MAX);
  assert.equal(parseMemory("9".repeat(127)), ULLONG_MAX);
  assert.equal(parseMemory("18014398509481984kb"), 0n);
});

Deno.test("formatMemory: reads back to the same size", () => {
  assert.equal(formatMemory(0n), "0");
  assert.equal(formatMemory(1n << 30n), "1gb");
  assert.equal(formatMemory(1025n), "1025");
  fc.assert(fc.property(fc.bigInt(0n, ULLONG_MAX), (size) => parseMemory(formatMemory(size)) === size));
  fc.assert(fc.property(fc.bigInt(0n, 1n << 33n), fc.constantFrom(10n, 20n, 30n), (size, shift) => {
    return parseMemory(formatMemory(size << shift)) === size << shift;
  }));
});

Deno.test("parseInteger: strict", () => {
  assert.equal(parseInteger("0"), 0n);
  assert.equal(parseInteger("-1"), -1n);
  assert.equal(parseInteger(String(LLONG_MAX)), LLONG_MAX);
  assert.equal(parseInteger(String(LLONG_MIN)), LLONG_MIN);
  for (const text of ["", "-", "-0", "+1", " 1", "1 ", "01", "1.0", "1e3", "x", String(LLONG_MAX + 1n)]) {
    assert.equal(parseInteger(text), undefined, text);
  }
  fc.assert(fc.property(fc.bigInt(LLONG_MIN, LLONG_MAX), (value) => parseInteger(String(value)) === value));
});

Deno.test("strtoll: as C does it", () => {
  assert.deepEqual(strtoll(" \t+12x", 10), { value: 12n, complete: false, overflow: false });
  assert.deepEqual(strtoll("-12", 10), { value: -12n, complete: true, overflow: false });
  assert.deepEqual(strtoll("", 10), { value: 0n, complete: true, overflow: false });
  assert.deepEqual(strtoll(" ", 10), { value: 0n, complete: false, overflow: false });
  assert.deepEqual(strtoll("789", 8), { value: 7n, complete: false, overflow: false });
  assert.deepEqual(strtoll("0755", 8), { value: 0o755n, complete: true, overflow: false });
  assert.deepEqual(strtoll("9".repeat(30), 10), { value: LLONG_MAX, complete: true, overflow: true });
  assert.deepEqual(strtoll("-" + "9".repeat(30), 10), { value: LLONG_MIN, complete: true, overflow: true });
});

Deno.test("parseDouble and formatDouble", () => {
  assert.equal(parseDouble("99.9"), 99.9);
  assert.equal(parseDouble(".5"), 0.5);
  assert.equal(parseDouble("5."), 5);
  assert.equal(parseDouble("1e1"), 10);
  assert.equal(parseDouble("0x1f"), 31);
  assert.equal(parseDouble("-inf"), -Infinity);
  for (const text of ["", " 1", "1 ", "nan", "1e999", "1e-999", "x", "1,5"]) {
    assert.equal(parseDouble(text), undefined, text);
  }
  assert.equal(formatDouble(99.9), "99.9");
  assert.equal(formatDouble(100), "100");
  assert.equal(formatDouble(0), "0");
  assert.equal(formatDouble(0.1234567), "0.123457");
});
