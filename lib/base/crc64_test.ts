import assert from "node:assert/strict";
import fc from "fast-check";
import { toAscii } from "./ascii.ts";
import { Crc64 } from "./crc64.ts";

/** The definition, a bit at a time. */
function reference(bytes: Uint8Array): bigint {
  let crc = 0n;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = (crc >> 1n) ^ (crc & 1n ? 0x95ac9329ac4bc9b5n : 0n);
  }
  return crc;
}

function crcOf(bytes: Uint8Array): Crc64 {
  const crc = new Crc64();
  crc.update(bytes, 0, bytes.length);
  return crc;
}

Deno.test("Crc64: the check value of CRC-64/Jones", () => {
  assert.equal(crcOf(toAscii("123456789")).value(), 0xe9c6d914c4b8d9can);
  assert.equal(crcOf(new Uint8Array(0)).value(), 0n);
});

Deno.test("Crc64: equals the definition for any bytes, at any offset, in any pieces", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(9), fc.nat(100), (bytes, before, cut) => {
      const buf = new Uint8Array(before + bytes.length + 3).fill(0xa5);
      buf.set(bytes, before);
      const crc = new Crc64();
      const first = Math.min(cut, bytes.length);
      crc.update(buf, before, first);
      crc.update(buf, before + first, bytes.length - first);
      assert.equal(crc.value(), reference(bytes));
      crc.reset();
      assert.equal(crc.value(), 0n);
    }),
    { numRuns: 500 },
  );
});

Deno.test("Crc64: writeTo is little endian, and matches tells it from any other eight bytes", () => {
  const crc = crcOf(toAscii("123456789"));
  const out = new Uint8Array(12).fill(0xee);
  assert.equal(crc.writeTo(out, 2), 10);
  assert.deepEqual([...out], [0xee, 0xee, 0xca, 0xd9, 0xb8, 0xc4, 0x14, 0xd9, 0xc6, 0xe9, 0xee, 0xee]);
  assert.equal(crc.matches(out, 2), true);
  for (let i = 2; i < 10; i++) {
    out[i] ^= 0x10;
    assert.equal(crc.matches(out, 2), false, `byte ${i}`);
    out[i] ^= 0x10;
  }
});
