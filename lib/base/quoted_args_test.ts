import assert from "node:assert/strict";
import fc from "fast-check";
import { bytesToByteString, byteStringToBytes } from "./byte_string.ts";
import { needsRepr, repr, reprBytes, splitArgs, splitArgsBytes } from "./quoted_args.ts";

Deno.test("splitArgs: words and white space", () => {
  assert.deepEqual(splitArgs(""), []);
  assert.deepEqual(splitArgs(" \t\r\n\v\f "), []);
  assert.deepEqual(splitArgs("set k v"), ["set", "k", "v"]);
  assert.deepEqual(splitArgs("  set\t\tk\r\nv "), ["set", "k", "v"]);
  assert.deepEqual(splitArgs("a\vb \vc"), ["a\vb", "c"], "VT and FF separate only in front of a word");
  assert.deepEqual(splitArgs("\xff \x80"), ["\xff", "\x80"]);
});

Deno.test("splitArgs: double quotes", () => {
  assert.deepEqual(splitArgs('"a b" ""'), ["a b", ""]);
  assert.deepEqual(splitArgs(String.raw`"\n\r\t\b\a\q\"\\"`), ['\n\r\t\b\x07q"\\']);
  assert.deepEqual(splitArgs(String.raw`"\x41\xff\x4g\xZZ\x4"`), ["A\xffx4gxZZx4"]);
  assert.deepEqual(splitArgs(String.raw`"it's"`), ["it's"]);
  assert.deepEqual(splitArgs('ab"c d" e'), ["abc d", "e"], "a quote may open within a word");
});

Deno.test("splitArgs: single quotes", () => {
  assert.deepEqual(splitArgs(String.raw`'a\'b' '\n' '\\x'`), ["a'b", "\\n", "\\\\x"]);
  assert.deepEqual(splitArgs(`'say "x"'`), ['say "x"']);
});

Deno.test("splitArgs: unbalanced quotes", () => {
  for (const line of ['"a', "'a", '"a"b', "'a'b", '"', "a'", "'\\\\'", '"a\\"', `"a"'b'`, 'x "y']) {
    assert.equal(splitArgs(line), null, line);
  }
});

Deno.test("splitArgs: a NUL ends the line", () => {
  assert.deepEqual(splitArgs('a b\0c "'), ["a", "b"]);
  assert.equal(splitArgs('"a\0"'), null);
});

Deno.test("splitArgsBytes: only its range, and nothing shared with the buffer", () => {
  const buf = byteStringToBytes('xx"a b" cyy');
  const args = splitArgsBytes(buf, 2, 9)!;
  buf.fill(0);
  assert.deepEqual(args.map((arg) => bytesToByteString(arg)), ["a b", "c"]);
  assert.equal(splitArgsBytes(byteStringToBytes('"a"'), 0, 2), null);
});

Deno.test("repr: printable ASCII with escapes", () => {
  assert.equal(repr('a "b"\\\n\r\t\x07\b\0\x1b\x7f\xff'), String.raw`"a \"b\"\\\n\r\t\a\b\x00\x1b\x7f\xff"`);
  assert.equal(repr(""), '""');
  assert.equal(reprBytes(byteStringToBytes("xa\n"), 1, 3), String.raw`"a\n"`);
});

Deno.test("needsRepr: what would not stay one word", () => {
  for (const text of ["a b", 'a"', "a\\", "\n", "\x7f", "\xff", "\0"]) assert.ok(needsRepr(text), text);
  for (const text of ["", "abc", "a'b", "~!@#$%^&*()"]) assert.ok(!needsRepr(text), text);
});

Deno.test("repr and splitArgs undo each other", () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 5 }), (args) => {
    const line = args.map((arg) => reprBytes(arg, 0, arg.length)).join(" ");
    assert.match(line, /^[ -~]*$/);
    const bytes = byteStringToBytes(line);
    assert.deepEqual(
      splitArgsBytes(bytes, 0, bytes.length)!.map((arg) => [...arg]),
      args.map((arg) => [...arg]),
    );
    for (const arg of args) assert.equal(repr(bytesToByteString(arg)), reprBytes(arg, 0, arg.length));
  }));
});

Deno.test("splitArgs: whatever the line, it answers", () => {
  const char = fc.constantFrom(..." \t\n\v\"'\\xnab0\0\xff");
  fc.assert(
    fc.property(fc.array(char, { maxLength: 20 }), (chars) => {
      const args = splitArgs(chars.join(""));
      if (args !== null) assert.ok(args.join("").length <= chars.length);
    }),
    { numRuns: 3000 },
  );
});
