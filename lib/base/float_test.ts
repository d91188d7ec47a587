import assert from "node:assert/strict";
import fc from "fast-check";
import { latin1, toAscii } from "./ascii.ts";
import { formatDouble, MAX_DOUBLE_LENGTH, parseDouble, parseRangeBound, writeDouble } from "./float.ts";

function parse(text: string): number {
  return parseDouble(toAscii(`1${text}1`), 1, text.length);
}

function bound(text: string): number {
  return parseRangeBound(toAscii(`1${text}1`), 1, text.length);
}

Deno.test("parseDouble: accepts what ZADD accepts", () => {
  const cases: [string, number][] = [
    ["0", 0],
    ["-0", -0],
    ["00012", 12],
    ["+1", 1],
    ["1.", 1],
    [".5", 0.5],
    ["-.5e1", -5],
    ["3.25", 3.25],
    ["1e3", 1000],
    ["1E-3", 0.001],
    ["1e+22", 1e22],
    ["123456789012345678901234567890", 123456789012345678901234567890],
    ["inf", Infinity],
    ["+INF", Infinity],
    ["-Infinity", -Infinity],
    ["0x10", 16],
    ["0X.8", 0.5],
    ["-0x1.8p1", -3],
    ["0x1p-1074", 5e-324],
    ["0x1.8p-1075", 5e-324],
    ["0x0p-99999", 0],
    ["0x1.fffffffffffff7fffp1023", Number.MAX_VALUE],
    ["0x1.00000000000008p0", 1],
    ["0x1.00000000000018p0", 1 + 2 ** -51],
    ["0x1.0000000000000800001p0", 1 + 2 ** -52],
    ["0e-999", 0],
    ["0e99999999999999999999", 0],
    ["2.4703282292062328e-324", 5e-324],
    ["1.7976931348623158e308", Number.MAX_VALUE],
  ];
  for (const [text, value] of cases) assert.ok(Object.is(parse(text), value), `"${text}" is ${parse(text)}`);
});

Deno.test("parseDouble: refuses what ZADD refuses", () => {
  const texts = [
    "",
    " 1",
    "1 ",
    "\t1",
    "1\n",
    "1\0",
    "nan",
    "-nan",
    "nan(1)",
    "infinit",
    "infinity1",
    "in",
    "-",
    "+",
  ];
  texts.push(
    ".",
    "-.",
    "e1",
    "1e",
    "1e+",
    "++1",
    "1..2",
    "1_0",
    "0x",
    "0x.",
    "0x1p",
    "0xg",
    "x",
    "1e5.",
    "--1",
    "1,5",
  );
  texts.push("1e400", "-1e400", "1.8e308", "0x1p1024", "0x1.fffffffffffff8p1023", "1e99999999999999999999");
  texts.push("1e-400", "2.4703282292062327e-324", "0x1p-1075", "0.1e-99999999999999999999", "\xd9\xa3");
  for (const text of texts) assert.ok(Number.isNaN(parse(text)), `"${text}" is ${parse(text)}`);
});

Deno.test("parseRangeBound: is as lenient as strtod", () => {
  const cases: [string, number][] = [["", 0], ["\0x", 0], [" 1", 1], ["\t\n\v\f\r-2.5", -2.5], [
    "1\0junk",
    1,
  ]];
  cases.push(["1e400", Infinity], ["-1e400", -Infinity], ["1e-400", 0], ["-inf", -Infinity], [
    "0x1p1024",
    Infinity,
  ]);
  for (const [text, value] of cases) assert.ok(Object.is(bound(text), value), `"${text}" is ${bound(text)}`);
  for (const text of [" ", "nan", "1 ", "(1", "1x", "\t"]) assert.ok(Number.isNaN(bound(text)), text);
});

Deno.test("parseDouble: reads decimals as the engine does, however they are written", () => {
  const check = (text: string) => assert.ok(Object.is(parse(text), Number(text)), text);
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.nat(20), (value, digits) => {
      check(String(value));
      check(value.toExponential(17));
      if (Math.abs(value) < 1e20) check(value.toFixed(digits));
    }),
    { numRuns: 2000 },
  );
  fc.assert(fc.property(fc.stringMatching(/^-?[0-9]{1,18}\.[0-9]{1,18}(e-?[0-9]{1,2})?$/), check));
  fc.assert(fc.property(fc.stringMatching(/^-?[0-9]{1,20}\.?[0-9]{0,4}$/), check));
});

Deno.test("parseDouble: reads hexadecimal floats exactly", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 2n ** 53n - 1n }), fc.integer({ min: -1074, max: 971 }), (m, e) => {
      const value = Number(m) * 2 ** Math.trunc(e / 2) * 2 ** (e - Math.trunc(e / 2));
      assert.equal(parse(`0x${m.toString(16)}p${e}`), value);
      assert.equal(parse(`-0x.${m.toString(16)}p${e + 4 * m.toString(16).length}`), -value);
    }),
  );
});

Deno.test("formatDouble: prints what redis-server 7.2.6 answers to ZSCORE", () => {
  const cases: [number, string][] = [
    [0, "0"],
    [-0, "-0"],
    [3, "3"],
    [-3, "-3"],
    [0.1, "0.1"],
    [1 / 3, "0.3333333333333333"],
    [123456.789, "123456.789"],
    [1e17, "100000000000000000"],
    [2 ** 60, "1152921504606846976"],
    [-(2 ** 62), "-4611686018427387904"],
    [2 ** 63, "9223372036854776000"],
    [1e19, "1e+19"],
    [1e20, "1e+20"],
    [123e20, "12300000000000001000000"],
    [1e21, "1e+21"],
    [1.5e-7, "1.5e-7"],
    [1e-6, "0.000001"],
    [1e-7, "1e-7"],
    [123e-9, "1.23e-7"],
    [1.234e-5, "1.234e-5"],
    [5e-324, "5e-324"],
    [2 ** -1022, "2.2250738585072014e-308"],
    [Number.MAX_VALUE, "1.7976931348623157e+308"],
    [Infinity, "inf"],
    [-Infinity, "-inf"],
    [NaN, "nan"],
  ];
  for (const [value, text] of cases) assert.equal(formatDouble(value), text);
});

Deno.test("formatDouble: always reads back as the same double, and fits", () => {
  const bits = new Float64Array(1);
  const words = new Uint32Array(bits.buffer);
  const word = fc.integer({ min: 0, max: 0xffffffff });
  fc.assert(
    fc.property(word, word, (low, high) => {
      words[0] = low;
      words[1] = high;
      const value = bits[0];
      if (!Number.isFinite(value)) return;
      const text = formatDouble(value);
      assert.ok(Object.is(Number(text), value), `${value} printed as ${text}`);
      assert.ok(text.length <= MAX_DOUBLE_LENGTH);
    }),
    { numRuns: 5000 },
  );
});

Deno.test("writeDouble: prints short decimals as the engine does, in place", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 6 }), (n, decimals) => {
      const value = n / 10 ** decimals;
      if (value !== 0 && Math.abs(value) < 1e-6) return;
      const out = new Uint8Array(40).fill(0xee);
      const end = writeDouble(out, 2, value);
      const text = latin1(out, 2, end);
      // Grisu2 may add digits, never change the value.
      assert.equal(Number(text), value);
      assert.ok(text === String(value) || text.length >= 16, `${value} printed as ${text}`);
      assert.ok(out[1] === 0xee && out[end] === 0xee);
    }),
    { numRuns: 5000 },
  );
});

Deno.test("parseDouble: texts of many digits round correctly and cost little", () => {
  const zeros = "0".repeat(100_000);
  assert.equal(parse(`1${zeros}e-100000`), 1);
  assert.equal(parse(`0.${zeros}1e100001`), 1);
  assert.equal(parse(`-${zeros}.5`), -0.5);
  assert.equal(parse(`9007199254740993.${zeros}`), 9007199254740992);
  assert.equal(parse(`9007199254740993.${zeros}1`), 9007199254740994);
  assert.equal(parse(`0x1${zeros}p-400000`), 1);
  assert.equal(parse(`0x20000000000001.${zeros}`), 9007199254740992);
  assert.equal(parse(`0x20000000000001.${zeros}1`), 9007199254740994);
  assert.ok(Number.isNaN(parse(`1${zeros}`)));
  assert.ok(Number.isNaN(parse(`0.${zeros}1`)));
});
