import assert from "node:assert/strict";
import { PAYLOADS } from "../../tests/support/rdb_payloads.ts";
import { canonical, decodePayload, fromHex, toHex } from "../../tests/support/rdb_values.ts";
import { Crc64 } from "../base/crc64.ts";
import { checkPayload, sealPayload } from "./dump_payload.ts";
import { RDB_TYPE_LIST, RDB_TYPE_STRING } from "./format.ts";
import { RdbWriter } from "./writer.ts";

/** A payload with a footer of that version and the right checksum. */
function withVersion(bytes: Uint8Array, version: number): Uint8Array {
  const copy = bytes.slice();
  copy[copy.length - 10] = version & 255;
  copy[copy.length - 9] = version >>> 8;
  const crc = new Crc64();
  crc.update(copy, 0, copy.length - 8);
  crc.writeTo(copy, copy.length - 8);
  return copy;
}

Deno.test("sealPayload: makes byte for byte what Redis 7.2 dumps for a string", () => {
  for (const { version, name, hex } of PAYLOADS) {
    if (version !== "7.2.6" || !/^string \d$/.test(name)) continue;
    const text = decodePayload(fromHex(hex)).elements[0] as string;
    const writer = new RdbWriter(4, { integers: true, compress: true });
    writer.byte(RDB_TYPE_STRING);
    writer.text(text);
    sealPayload(writer);
    assert.equal(toHex(writer.take(0)), hex, name);
  }
});

Deno.test("checkPayload: tells how long the value is, wherever the payload lies", () => {
  const writer = new RdbWriter(4);
  writer.byte(RDB_TYPE_LIST);
  writer.lengthOf(2);
  writer.text("a");
  writer.text("12");
  sealPayload(writer);
  const bytes = writer.take(0);
  assert.equal(checkPayload(bytes, 0, bytes.length), bytes.length - 10);
  assert.deepEqual(decodePayload(bytes), canonical("list", ["a", "12"]));
});

Deno.test("checkPayload: a payload of another version, a wrong or missing checksum", () => {
  const good = fromHex(PAYLOADS[1].hex);
  const check = (bytes: Uint8Array) => checkPayload(bytes, 0, bytes.length);
  for (const version of [0, 6, 9, 10, 11]) {
    assert.equal(check(withVersion(good, version)), good.length - 10, `${version}`);
  }
  for (const version of [12, 256, 65535]) assert.equal(check(withVersion(good, version)), -1, `${version}`);
  for (let i = 0; i < good.length; i++) {
    const bad = good.slice();
    bad[i] ^= 1;
    assert.equal(check(bad), -1, `${i}`);
  }
  const flipped = good.slice();
  flipped[good.length - 1] ^= 1;
  assert.equal(checkPayload(flipped, 0, flipped.length, true), good.length - 10);
  assert.equal(checkPayload(withVersion(flipped, 12), 0, flipped.length, true), -1);
  // Zero is no way round the check.
  assert.equal(check(good.slice().fill(0, good.length - 8)), -1);
  for (let length = 0; length < good.length; length++) assert.equal(check(good.subarray(0, length)), -1);
});

Deno.test("checkPayload: a footer alone is a value of no bytes", () => {
  const writer = new RdbWriter(0);
  sealPayload(writer);
  const bytes = writer.take(0);
  assert.equal(checkPayload(bytes, 0, bytes.length), 0);
});
