import assert from "node:assert/strict";
import fc from "fast-check";
import { latin1, toAscii } from "./ascii.ts";
import {
  addLongDouble,
  classifyLongDouble,
  LD_FINITE,
  LD_INFINITE,
  LD_INVALID,
  LD_LEFT_INVALID,
  LD_NOT_FINITE,
  LD_RIGHT_INVALID,
  LONG_DOUBLE_TEXT_MAX,
} from "./long_double.ts";

const out = new Uint8Array(LONG_DOUBLE_TEXT_MAX);

function sum(left: string, right: string): string | number {
  const length = addLongDouble(toAscii(`9${left}9`), 1, left.length, toAscii(right), 0, right.length, out);
  return length < 0 ? length : latin1(out, 0, length);
}

/** Operands and the answer of redis-server 7.2.6 (x86-64) to INCRBYFLOAT. */
const RECORDED: [string, string, string][] = [
  ["10.5", "0.1", "10.6"],
  ["1234.56", "0.1", "1234.66000000000000003"],
  ["100.1", "0.1", "100.2"],
  ["5.0e3", "200", "5200"],
  ["3", "1.1", "4.1"],
  ["0.1", "0.2", "0.3"],
  ["45.9", "0.05", "45.95"],
  ["46", "0.000000000000001", "46.000000000000001"],
  ["9007199254740991", "1", "9007199254740992"],
  ["9007199254740993", "0.5", "9007199254740993.5"],
  ["18446744073709551615", "1", "18446744073709551616"],
  ["18446744073709551616", "1", "18446744073709551616"],
  ["18446744073709551617", "0", "18446744073709551616"],
  ["-9223372036854775808", "-1", "-9223372036854775809"],
  ["0", "-0", "0"],
  ["-0", "0", "0"],
  ["-1e-30", "0", "0"],
  ["5e-18", "0", "0"],
  ["15e-18", "0", "0.00000000000000002"],
  ["25e-18", "0", "0.00000000000000002"],
  ["0x1p-18", "0", "0.00000381469726562"],
  ["0x3p-18", "0", "0.00001144409179688"],
  ["-0x1p-18", "0x1p-19", "-0.00000190734863281"],
  ["0x10", "0x.8p1", "17"],
  ["1e20", "-1e20", "0"],
  ["1e20", "1", "100000000000000000000"],
  ["1e19", "0.3", "10000000000000000000"],
  ["0x1p63", "0.5", "9223372036854775808"],
  ["0x1.0000000000000002p64", "1", "18446744073709551620"],
  ["0x1.0000000000000002p63", "0.5", "9223372036854775810"],
  ["0x1.0000000000000004p63", "0.5", "9223372036854775810"],
  ["3.14159265358979323846", "2.71828182845904523536", "5.85987448204883847"],
  ["999999999999999999", "0.999999999999999999", "1000000000000000000"],
  ["0x1p-16445", "0", "0"],
  ["1.18973149535723176502e+4932", "-1.18973149535723176502e+4932", "0"],
  ["+1", "1.", "2"],
  [".5", "-.25", "0.25"],
  ["007", "0.70", "7.7"],
  ["1e-17", "1e-17", "0.00000000000000002"],
  ["-10.00", "5.25", "-4.75"],
];

Deno.test("addLongDouble: answers recorded from redis-server 7.2.6", () => {
  for (const [left, right, answer] of RECORDED) {
    assert.equal(sum(left, right), answer, `${left} + ${right}`);
    assert.equal(sum(right, left), answer, `${right} + ${left}`);
  }
});

Deno.test("addLongDouble: prints all 4933 digits of a huge sum", () => {
  const text = sum("1e4932", "1") as string;
  assert.equal(text.length, 4933);
  // 1e4932 rounded to 64 bits is exactly this integer, and 1 is lost in it.
  const bits = (10n ** 4932n).toString(2).length - 64;
  const expected = ((10n ** 4932n >> BigInt(bits - 1)) + 1n >> 1n) << BigInt(bits);
  assert.equal(text, String(expected));
  assert.equal(sum("1.18973149535723176502e+4932", "-1.18973149535723176502e+4932"), "0");
});

Deno.test("addLongDouble: names the operand at fault, and refuses a sum that is not finite", () => {
  const invalid = [
    "",
    " 1",
    "1 ",
    "abc",
    "nan",
    "1e",
    "0x",
    "1e4933",
    "1e-5000",
    "0x1p16384",
    "0x1p-16446",
    "1\0",
  ];
  invalid.push("1e99999999999999999999", "0x1p99999999999", "1e-99999999999999999999", "0".repeat(5120));
  for (const text of invalid) {
    assert.equal(sum(text, "1"), LD_LEFT_INVALID, text);
    assert.equal(sum("1", text), LD_RIGHT_INVALID, text);
    assert.equal(classifyLongDouble(toAscii(text), 0, text.length), LD_INVALID, text);
  }
  for (const text of ["inf", "-inf", "+Infinity"]) {
    assert.equal(sum(text, "1"), LD_NOT_FINITE);
    assert.equal(sum("1", text), LD_NOT_FINITE);
    assert.equal(sum("-inf", text), LD_NOT_FINITE);
    assert.equal(classifyLongDouble(toAscii(text), 0, text.length), LD_INFINITE);
  }
  assert.equal(sum("1.18973149535723176502e+4932", "1.18973149535723176502e+4932"), LD_NOT_FINITE);
  for (const text of ["1", "-1.5", "0x1p16383", "1e-4950", "0".repeat(5119)]) {
    assert.equal(classifyLongDouble(toAscii(text), 0, text.length), LD_FINITE, text);
  }
});

Deno.test("addLongDouble: the fast path agrees with the emulation", () => {
  // A plus sign or an exponent keeps an operand off the fast path.
  const slow = (left: string, right: string) => sum(left, `${right}e0`);
  const operand = fc.oneof(
    fc.stringMatching(/^-?[0-4]?[0-9](\.[0-9]{1,14})?$/),
    fc.stringMatching(/^-?[0-9]{1,8}\.[0-9]{1,8}$/),
    fc.integer().map(String),
    fc.maxSafeInteger().map(String),
  );
  fc.assert(
    fc.property(operand, operand, (left, right) => assert.equal(sum(left, right), slow(left, right))),
    { numRuns: 3000 },
  );
});

Deno.test("addLongDouble: adding zero to a 64-bit integer returns it", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 64n) + 1n, max: 2n ** 64n - 1n }), (n) => {
      assert.equal(sum(String(n), "0"), String(n));
      assert.equal(sum("0.0", String(n)), String(n));
    }),
  );
});
