/** SHA-1 against the runtime's own. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { sha1, SHA1_BYTES } from "./sha1.ts";

function hex(buf: Uint8Array, off: number, len: number): string {
  const out = new Uint8Array(SHA1_BYTES);
  sha1(buf, off, len, out);
  return Array.from(out, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

Deno.test("sha1: every length around the ends of blocks", () => {
  const buf = Uint8Array.from({ length: 300 }, (_, i) => i * 7);
  for (let len = 0; len <= 290; len++) {
    const expected = createHash("sha1").update(buf.subarray(5, 5 + len)).digest("hex");
    assert.equal(hex(buf, 5, len), expected, `length ${len}`);
  }
});

Deno.test("sha1: any bytes", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 5000 }), (bytes) => {
    assert.equal(hex(bytes, 0, bytes.length), createHash("sha1").update(bytes).digest("hex"));
  }));
});

Deno.test("sha1: output over its own input", () => {
  const buf = new Uint8Array(20).fill(9);
  const expected = createHash("sha1").update(buf).digest("hex");
  sha1(buf, 0, 20, buf);
  assert.equal(Array.from(buf, (byte) => byte.toString(16).padStart(2, "0")).join(""), expected);
});
