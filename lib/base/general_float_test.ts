import assert from "node:assert/strict";
import fc from "fast-check";
import { formatGeneral } from "./general_float.ts";

Deno.test("formatGeneral: as C's %.17g", () => {
  const cases: [number, string][] = [
    [0, "0"],
    [-0, "-0"],
    [3, "3"],
    [-1.5, "-1.5"],
    [0.1, "0.10000000000000001"],
    [3.14, "3.1400000000000001"],
    [100, "100"],
    [1e16, "10000000000000000"],
    [1e17, "1e+17"],
    [1e20, "1e+20"],
    [1.5e300, "1.5000000000000001e+300"],
    [0.0001, "0.0001"],
    [0.00001, "1.0000000000000001e-05"],
    [5e-324, "4.9406564584124654e-324"],
    [1.7976931348623157e308, "1.7976931348623157e+308"],
    [123456789.125, "123456789.125"],
    [9007199254740993, "9007199254740992"],
    // Exact ties go to the even digit.
    [131073 / 131072, "1.0000076293945312"],
    [131075 / 131072, "1.0000228881835938"],
    [Infinity, "inf"],
    [-Infinity, "-inf"],
    [NaN, "nan"],
  ];
  for (const [value, text] of cases) assert.equal(formatGeneral(value), text);
});

Deno.test("formatGeneral: seventeen digits bring the same double back", () => {
  fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
    assert.ok(Object.is(Number(formatGeneral(value)), value));
  }));
});
