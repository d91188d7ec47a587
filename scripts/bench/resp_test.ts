import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { encodeCommand, parseReply, ReplyCounter, ReplyError } from "./resp.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** Random replies: each with its bytes and with how many errors it holds. */
const leaf = fc.oneof(
  fc.constantFrom("OK", "", "PONG").map((text) => ({ wire: `+${text}\r\n`, errors: 0 })),
  fc.constantFrom("ERR no", "LOADING -1").map((text) => ({ wire: `-${text}\r\n`, errors: 1 })),
  fc.integer().map((n) => ({ wire: `:${n}\r\n`, errors: 0 })),
  fc.constantFrom("", "a", "\r\n", "$5\r\nx", "*3\r\n", "x".repeat(300)).map((text) => ({
    wire: `$${text.length}\r\n${text}\r\n`,
    errors: 0,
  })),
  fc.constantFrom("$-1\r\n", "*-1\r\n", "*0\r\n").map((wire) => ({ wire, errors: 0 })),
);
const pack = (items: { wire: string; errors: number }[]) => ({
  wire: `*${items.length}\r\n` + items.map((item) => item.wire).join(""),
  errors: items.reduce((sum, item) => sum + item.errors, 0),
});
const array = fc.array(leaf, { maxLength: 4 }).map(pack);
const reply = fc.oneof(leaf, array, fc.array(fc.oneof(leaf, array), { maxLength: 4 }).map(pack));

Deno.test("ReplyCounter counts any replies, cut anywhere", () => {
  fc.assert(fc.property(fc.array(reply), fc.array(fc.nat(40), { minLength: 1 }), (replies, cuts) => {
    const wire = bytes(replies.map((one) => one.wire).join(""));
    const counter = new ReplyCounter();
    for (let at = 0, cut = 0; at < wire.length; cut++) {
      const end = Math.min(wire.length, at + 1 + cuts[cut % cuts.length]);
      counter.feed(wire, at, end);
      at = end;
    }
    strictEqual(counter.replies, replies.length);
    strictEqual(counter.errors, replies.reduce((sum, one) => sum + one.errors, 0));
  }));
});

Deno.test("ReplyCounter counts a reply only when its last byte is in", () => {
  const wire = bytes("*2\r\n$3\r\nabc\r\n*1\r\n:12\r\n");
  for (let end = 0; end < wire.length; end++) {
    const counter = new ReplyCounter();
    counter.feed(wire, 0, end);
    strictEqual(counter.replies, 0, `after ${end} bytes`);
  }
});

Deno.test("ReplyCounter keeps the first error's text", () => {
  const counter = new ReplyCounter();
  const wire = bytes("+OK\r\n-ERR first\r\n-ERR second\r\n");
  counter.feed(wire, 0, wire.length);
  strictEqual(counter.firstError, "ERR first");
  strictEqual(counter.errors, 2);
});

Deno.test("ReplyCounter refuses a stream that is not RESP2", () => {
  throws(() => new ReplyCounter().feed(bytes("HTTP"), 0, 4), /begins with byte 72/);
});

Deno.test("parseReply builds nested replies and wants them whole", () => {
  const wire = bytes("*4\r\n$2\r\nhi\r\n$-1\r\n:-7\r\n*1\r\n-ERR x\r\n");
  const parsed = parseReply(wire);
  ok(parsed !== null);
  deepStrictEqual(parsed.reply, ["hi", null, -7, [new ReplyError("ERR x")]]);
  strictEqual(parsed.end, wire.length);
  for (let end = 0; end < wire.length; end++) strictEqual(parseReply(wire.subarray(0, end)), null);
});

Deno.test("encodeCommand counts bytes, not characters", () => {
  deepStrictEqual(encodeCommand(["GET", "é"]), bytes("*2\r\n$3\r\nGET\r\n$2\r\né\r\n"));
});
