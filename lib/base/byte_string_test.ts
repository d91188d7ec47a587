import assert from "node:assert/strict";
import fc from "fast-check";
import { bytesToByteString, byteStringToBytes, byteStringToText, textToByteString } from "./byte_string.ts";

Deno.test("byte strings: all bytes go to and fro", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
    assert.deepEqual(byteStringToBytes(bytesToByteString(bytes)), bytes);
  }));
  const large = new Uint8Array(100_000).map((_, i) => i);
  assert.deepEqual(byteStringToBytes(bytesToByteString(large)), large);
  assert.equal(bytesToByteString(byteStringToBytes("xaby"), 1, 3), "ab");
});

Deno.test("byte strings: text is its UTF-8", () => {
  assert.equal(textToByteString("é€"), "\xc3\xa9\xe2\x82\xac");
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => {
    assert.equal(byteStringToText(textToByteString(text)), text);
  }));
});

Deno.test("byte strings: what is not UTF-8 comes back unchanged", () => {
  assert.equal(byteStringToText("a\xffb"), "a\xffb");
  assert.equal(byteStringToText("\xef\xbb\xbfx"), "\ufeffx");
});
