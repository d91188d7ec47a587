import assert from "node:assert/strict";
import fc from "fast-check";
import {
  compareBytes,
  copyBytes,
  equalBytes,
  equalsFolded,
  intLength,
  latin1,
  NEEDS_BIGINT,
  parseInt64,
  parseInt64Big,
  toAscii,
  writeBigInt,
  writeInt,
} from "./ascii.ts";

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

/** The grammar as a regular expression, the range by BigInt. */
function referenceParse(text: string): bigint | undefined {
  if (!/^(0|-?[1-9][0-9]*)$/.test(text)) return undefined;
  const value = BigInt(text);
  return value > INT64_MAX || value < INT64_MIN ? undefined : value;
}

function checkParse(text: string): void {
  const buf = toAscii(`9${text}9`);
  const expected = referenceParse(text);
  assert.equal(parseInt64Big(buf, 1, text.length), expected, `big of "${text}"`);
  const n = parseInt64(buf, 1, text.length);
  if (expected === undefined) assert.ok(Number.isNaN(n), `"${text}" parsed as ${n}`);
  else if (Number.isSafeInteger(Number(expected))) assert.equal(n, Number(expected));
  else assert.equal(n, NEEDS_BIGINT, `"${text}" parsed as ${n}`);
}

Deno.test("parseInt64: what is and is not an integer", () => {
  const texts = [
    "",
    "0",
    "-0",
    "00",
    "01",
    "-01",
    "-",
    "--1",
    "+1",
    " 1",
    "1 ",
    "1.0",
    "1e3",
    "a",
    "-a",
    "1a",
    "0x1",
  ];
  texts.push(
    "1",
    "-1",
    "9",
    "10",
    "999999999",
    "-999999999",
    "1000000000",
    "-1000000000",
    "12345678a",
    "1234567890a",
  );
  texts.push(
    "1/",
    "1:",
    "/",
    ":",
    "-/",
    "123456789012345678/",
    "123456789012345678:",
    "1\0",
    "\0",
    "\xff",
    "1\xff",
  );
  for (const text of texts) checkParse(text);
});

Deno.test("parseInt64: the edges of 2^53 and int64", () => {
  const edges = [
    2n ** 31n,
    2n ** 32n,
    2n ** 53n,
    2n ** 54n,
    10n ** 15n,
    10n ** 16n,
    10n ** 18n,
    10n ** 19n,
    2n ** 63n,
  ];
  for (const edge of [...edges, 2n ** 64n, 10n ** 20n]) {
    for (let d = -12n; d <= 12n; d++) {
      checkParse(String(edge + d));
      checkParse(String(-edge + d));
    }
  }
});

Deno.test("parseInt64: equals the reference for any int64 and for near misses", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: INT64_MIN - 99n, max: INT64_MAX + 99n }), (v) => checkParse(String(v))),
  );
  fc.assert(fc.property(fc.integer(), (v) => checkParse(String(v))));
  fc.assert(
    fc.property(fc.stringMatching(/^-?[0-9 +.e]{0,22}$/), (text) => checkParse(text)),
    { numRuns: 1000 },
  );
});

function checkWrite(value: number): void {
  const out = new Uint8Array(24).fill(0xee);
  const end = writeInt(out, 3, value);
  const text = String(value);
  assert.equal(latin1(out, 3, end), text);
  assert.equal(intLength(value), text.length, `length of ${value}`);
  assert.ok(out.subarray(0, 3).every((b) => b === 0xee) && out.subarray(end).every((b) => b === 0xee));
}

Deno.test("writeInt, intLength: every digit count and both sides of every power of ten and two", () => {
  for (let e = 0; e <= 15; e++) {
    for (let d = -2; d <= 2; d++) checkWrite(10 ** e + d), checkWrite(-(10 ** e) + d);
  }
  for (let e = 0; e <= 52; e++) {
    for (let d = -2; d <= 2; d++) checkWrite(2 ** e + d), checkWrite(-(2 ** e) + d);
  }
  checkWrite(Number.MAX_SAFE_INTEGER);
  checkWrite(Number.MIN_SAFE_INTEGER);
  // The quotient by 10^9 of these is one below an integer, and may round up to it.
  for (let k = 9007190; k <= 9007199; k++) for (let d = 1; d < 4; d++) checkWrite(k * 1e9 - d);
});

Deno.test("writeInt: equals String() for any safe integer", () => {
  fc.assert(fc.property(fc.maxSafeInteger(), checkWrite), { numRuns: 2000 });
  fc.assert(fc.property(fc.integer(), checkWrite), { numRuns: 1000 });
  const out = new Uint8Array(1);
  assert.equal(writeInt(out, 0, -0), 1);
  assert.equal(latin1(out, 0, 1), "0");
});

Deno.test("writeBigInt: writes any int64 and returns the end", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: INT64_MIN, max: INT64_MAX }), (value) => {
      const out = new Uint8Array(30);
      const end = writeBigInt(out, 5, value);
      assert.equal(latin1(out, 5, end), String(value));
      assert.equal(parseInt64Big(out, 5, end - 5), value);
    }),
  );
});

Deno.test("equalsFolded: folds letters only, and only of ASCII", () => {
  const word = toAscii("get{@[`\xe0");
  const test = (text: string) => equalsFolded(toAscii(`x${text}x`), 1, text.length, word);
  assert.equal(test("GET{@[`\xe0"), true);
  assert.equal(test("gEt{@[`\xe0"), true);
  assert.equal(test("GET[@[`\xe0"), false);
  assert.equal(test("GET{`[`\xe0"), false);
  assert.equal(test("GET{@{`\xe0"), false);
  assert.equal(test("GET{@[`\xc0"), false);
  assert.equal(test("GET{@[`"), false);
  for (let c = 0; c < 128; c++) {
    const ch = String.fromCharCode(c);
    assert.equal(equalsFolded(toAscii(ch), 0, 1, toAscii(ch.toLowerCase())), true);
    assert.equal(equalsFolded(toAscii(ch), 0, 1, toAscii("k")), ch.toLowerCase() === "k");
  }
});

Deno.test("equalBytes and compareBytes: agree with an order by elements", () => {
  const short = fc.uint8Array({ maxLength: 12, max: 3 });
  fc.assert(
    fc.property(short, short, fc.nat(5), fc.nat(5), (x, y, x0, y0) => {
      const a = new Uint8Array(x0 + x.length + 1).fill(9);
      const b = new Uint8Array(y0 + y.length + 1).fill(7);
      a.set(x, x0);
      b.set(y, y0);
      const xs = latin1(x, 0, x.length);
      const ys = latin1(y, 0, y.length);
      const expected = xs < ys ? -1 : xs > ys ? 1 : 0;
      assert.equal(Math.sign(compareBytes(a, x0, x.length, b, y0, y.length)), expected);
      if (x.length === y.length) assert.equal(equalBytes(a, x0, b, y0, x.length), expected === 0);
    }),
    { numRuns: 1000 },
  );
  assert.ok(compareBytes(Uint8Array.of(0x80), 0, 1, Uint8Array.of(0x7f), 0, 1) > 0, "bytes are unsigned");
});

Deno.test("copyBytes: copies exactly the range, on both sides of the crossover", () => {
  const src = Uint8Array.from({ length: 400 }, (_, i) => (i * 7 + 1) & 255);
  for (let len = 0; len <= 260; len++) {
    const dst = new Uint8Array(300).fill(0xee);
    copyBytes(src, 11, dst, 20, len);
    assert.deepEqual(dst.subarray(20, 20 + len), src.subarray(11, 11 + len));
    assert.ok(
      dst.subarray(0, 20).every((b) => b === 0xee) && dst.subarray(20 + len).every((b) => b === 0xee),
    );
    const moved = src.slice();
    copyBytes(moved, 11, moved, 4, len);
    assert.deepEqual(moved.subarray(4, 4 + len), src.subarray(11, 11 + len), "moving down may overlap");
  }
});

Deno.test("toAscii and latin1: are inverse, and refuse what is no byte", () => {
  const all = Uint8Array.from({ length: 256 }, (_, i) => i);
  assert.deepEqual(toAscii(latin1(all, 0, 256)), all);
  assert.equal(latin1(all, 65, 68), "ABC");
  assert.equal(latin1(all, 65, 65), "");
  const long = new Uint8Array(20000).map((_, i) => i & 255);
  assert.deepEqual(toAscii(latin1(long, 0, long.length)), long);
  assert.throws(() => toAscii("\u0100"), RangeError);
});
