/** The reply buffer: what is rolled back leaves no trace, in this connection or another. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { formatDouble } from "../base/float.ts";
import { latin1, toAscii } from "../base/ascii.ts";
import { giveBuffer } from "./buffer_pool.ts";
import { ReplyBuffer } from "./reply_buffer.ts";

/** Takes everything that waits, as text. */
function drain(out: ReplyBuffer): string {
  let text = "";
  for (let buf = out.take(); buf !== undefined; buf = out.take()) {
    text += latin1(buf, 0, out.takenLength);
    giveBuffer(buf);
  }
  return text;
}

function write(out: ReplyBuffer, text: string): string {
  const bytes = toAscii(text);
  out.bulk(bytes, 0, bytes.length);
  return `$${bytes.length}\r\n${text}\r\n`;
}

const step = fc.record({
  /** Which of two connections. */
  who: fc.nat(1),
  kept: fc.array(fc.constantFrom(0, 10, 5000, 16_000, 16_384, 40_000), { maxLength: 3 }),
  dropped: fc.array(fc.constantFrom(0, 10, 5000, 16_000, 16_384, 40_000), { maxLength: 4 }),
  drains: fc.boolean(),
});

Deno.test("ReplyBuffer: a buffer that went back to the pool is not used again after a rollback", () => {
  const muted = new ReplyBuffer();
  const other = new ReplyBuffer();
  const dropped = [[10], [20_000, 20_000]];
  for (const sizes of dropped) {
    const mark = muted.mark();
    for (const size of sizes) write(muted, "X".repeat(size));
    muted.rollback(mark);
  }
  const first = write(other, "other's");
  const second = write(muted, "its own");
  assert.equal(drain(other), first);
  assert.equal(drain(muted), second);
});

Deno.test("ReplyBuffer: rollback drops exactly what came behind the mark, whatever the pool does", () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
    const outs = [new ReplyBuffer(), new ReplyBuffer()];
    const expected = ["", ""];
    let letter = 0;
    for (const { who, kept, dropped, drains } of steps) {
      const out = outs[who];
      for (const size of kept) {
        expected[who] += write(out, String.fromCharCode(97 + letter++ % 26).repeat(size));
      }
      const mark = out.mark();
      for (const size of dropped) write(out, "X".repeat(size));
      out.rollback(mark);
      assert.equal(out.length, expected[who].length);
      if (!drains) continue;
      assert.equal(drain(out), expected[who]);
      expected[who] = "";
    }
    for (let who = 0; who < 2; who++) assert.equal(drain(outs[who]), expected[who]);
  }));
});

Deno.test("ReplyBuffer: a double is a bulk string in RESP2 and a double in RESP3, of any length", () => {
  const out = new ReplyBuffer();
  const numbers = [0, -0, 7, 1.5, 123456789, 1234567890, 0.1, -1.2345678901234567e-308, Infinity, -Infinity];
  fc.assert(fc.property(fc.oneof(fc.constantFrom(...numbers), fc.double({ noNaN: true })), (value) => {
    const text = formatDouble(value);
    out.resp3 = false;
    out.number(value);
    assert.equal(drain(out), `$${text.length}\r\n${text}\r\n`);
    out.resp3 = true;
    out.number(value);
    assert.equal(drain(out), `,${text}\r\n`);
  }));
});
