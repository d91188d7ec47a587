import assert from "node:assert/strict";
import fc from "fast-check";
import { latin1 } from "./ascii.ts";
import {
  formatFixed,
  MAX_COORDINATE_LENGTH,
  MAX_DISTANCE_LENGTH,
  writeCoordinate,
  writeDistance,
} from "./fixed_point.ts";

const out = new Uint8Array(400);

function coordinate(value: number): string {
  return latin1(out, 0, writeCoordinate(out, 0, value));
}

function distance(value: number): string {
  return latin1(out, 0, writeDistance(out, 0, value));
}

Deno.test("formatFixed: as printf, half to even", () => {
  const cases: [number, number, string][] = [
    [0, 6, "0.000000"],
    [-0, 6, "-0.000000"],
    [200.0078125, 6, "200.007812"],
    [200.0234375, 6, "200.023438"],
    [-1.5, 0, "-2"],
    [0.5, 0, "0"],
    [1e30, 6, "1000000000000000019884624838656.000000"],
    [5e-324, 6, "0.000000"],
    [999999.9999999, 6, "1000000.000000"],
    [0.1, 20, "0.10000000000000000555"],
    [Infinity, 6, "inf"],
    [-Infinity, 6, "-inf"],
    [NaN, 6, "nan"],
  ];
  for (const [value, digits, text] of cases) assert.equal(formatFixed(value, digits), text);
});

Deno.test("formatFixed: toFixed where nothing is halfway", () => {
  fc.assert(fc.property(fc.double({ min: -1e15, max: 1e15, noNaN: true }), fc.nat(17), (value, digits) => {
    const exact = formatFixed(value, 1100);
    // Halfway: a 5 and nothing behind it.
    if (/^50*$/.test(exact.split(".")[1].slice(digits))) return;
    const sign = Object.is(value, -0) ? "-" : "";
    assert.equal(formatFixed(value, digits), sign + value.toFixed(digits));
  }));
});

Deno.test("writeCoordinate: the exact value, half to even at 17 digits, no zeros at the end", () => {
  const cases: [number, string][] = [
    [0, "0"],
    [-0, "0"],
    [180, "180"],
    [-180, "-180"],
    [100, "100"],
    [-0.5, "-0.5"],
    [1e-20, "0"],
    [-1e-20, "0"],
    [0.1, "0.10000000000000001"],
    // 2^-18 has 18 digits, the last of them a 5.
    [2 ** -18, "0.00000381469726562"],
    [3 * 2 ** -18, "0.00001144409179688"],
    [-(2 ** -18), "-0.00000381469726562"],
    [1 - 2 ** -48, "0.99999999999999645"],
  ];
  for (const [value, text] of cases) assert.equal(coordinate(value), text);
});

Deno.test("writeCoordinate: equals the general way for all multiples of 2^-48", () => {
  const multiples = fc.tuple(fc.integer({ min: -180, max: 180 }), fc.maxSafeNat(), fc.nat(48));
  fc.assert(
    fc.property(multiples, ([whole, bits, places]) => {
      const value = whole + Math.floor(bits / 32) % 2 ** places / 2 ** places;
      const general = formatFixed(value, 17).replace(/0+$/, "").replace(/\.$/, "");
      assert.equal(coordinate(value), general === "-0" ? "0" : general);
      assert.ok(coordinate(value).length <= MAX_COORDINATE_LENGTH);
    }),
    { numRuns: 3000 },
  );
});

Deno.test("writeDistance: four digits, scaled first and rounded half to even", () => {
  const cases: [number, string][] = [
    [0, "0.0000"],
    [0.0001, "0.0001"],
    [0.00005, "0.0000"],
    [0.00025, "0.0002"],
    [0.00035, "0.0004"],
    [1, "1.0000"],
    [12.3456, "12.3456"],
    [20020733.62024, "20020733.6202"],
    [-0.01, "-0.0100"],
    [-12.00004, "-12.0000"],
    [4503599627370.5, "4503599627370.5000"],
    [1e14, "100000000000000.0000"],
    [1e15, "-922337203685477.5808"],
    [NaN, "-922337203685477.5808"],
    [Infinity, "-922337203685477.5808"],
  ];
  for (const [value, text] of cases) {
    assert.equal(distance(value), text);
    assert.ok(text.length <= MAX_DISTANCE_LENGTH);
  }
});

Deno.test("writeDistance: nothing is written behind what is returned", () => {
  out.fill(7);
  assert.equal(writeDistance(out, 3, 1234.5), 12);
  assert.equal(latin1(out, 3, 12), "1234.5000");
  assert.deepEqual([out[2], out[12]], [7, 7]);
});
