import assert from "node:assert/strict";
import fc from "fast-check";
import { Crc64 } from "../base/crc64.ts";
import { StreamReader, UnexpectedEnd } from "./stream_reader.ts";

const MB = 1024 * 1024;

/** A stream of `total` bytes, each telling where it stands, in pieces of `piece`. */
function source(total: number, piece: number, capacity: number, crc: Crc64 | null = null): StreamReader {
  let read = 0;
  return new StreamReader(
    (buf, start, end) => {
      const n = Math.min(end - start, total - read, piece);
      for (let i = 0; i < n; i++) buf[start + i] = (read + i) % 251;
      read += n;
      return n;
    },
    capacity,
    crc,
  );
}

Deno.test("StreamReader: bytes come in order, however they are asked for, and the checksum is that of what was passed", () => {
  const steps = fc.array(fc.tuple(fc.nat(300), fc.nat(300)), { maxLength: 40 });
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 90 }), (asked, piece) => {
      const total = 3000;
      const stream = source(total, piece, 64, new Crc64());
      let at = 0;
      for (const [need, taken] of asked) {
        if (at + need > total) {
          assert.throws(() => stream.need(need), UnexpectedEnd);
          break;
        }
        stream.need(need);
        for (let i = 0; i < need; i++) assert.equal(stream.buf[stream.position + i], (at + i) % 251);
        const passed = Math.min(taken, need);
        stream.position += passed;
        at += passed;
      }
      const expected = new Crc64();
      expected.update(Uint8Array.from({ length: at }, (_, i) => i % 251), 0, at);
      assert.equal(stream.checksum()?.value(), expected.value());
    }),
    { numRuns: 300 },
  );
});

Deno.test("StreamReader: a huge length that is a lie takes a bounded buffer", () => {
  const stream = source(1000, 100, 64);
  assert.throws(() => stream.need(2 ** 45), UnexpectedEnd);
  assert.equal(stream.buf.length, 64 * MB);
});

Deno.test("StreamReader: what is larger than that comes, and its buffer goes when it was passed", () => {
  const total = 70 * MB;
  let read = 0;
  const stream = new StreamReader(
    (buf, start, end) => {
      const n = Math.min(end - start, total - read, 9 * MB);
      buf.fill(7, start, start + n);
      read += n;
      return n;
    },
    MB,
  );
  stream.need(total - 10);
  assert.equal(stream.end - stream.position >= total - 10, true);
  assert.ok(stream.buf.length < 2 * total);
  stream.position += total - 10;
  for (let i = 0; i < 10; i++) assert.equal(stream.byte(), 7);
  assert.equal(stream.more(), false);
  assert.equal(stream.buf.length, MB);
});
