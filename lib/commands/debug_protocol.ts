/** DEBUG PROTOCOL: one reply of each kind, for the tests of clients. */

import { toAscii } from "../base/ascii.ts";
import { errorReply } from "../resp/errors.ts";
import { type ReplyBuffer } from "../resp/reply_buffer.ts";
import { type CommandContext } from "./context.ts";

const ERR_RESP2 = errorReply("ERR RESP2 is not supported by this command");
const BIG_NUMBER = "1234567999999999999999999999999999999";
const ATTRIBUTE_OF_ONE = toAscii("|1\r\n");

function numbers(out: ReplyBuffer): void {
  for (let i = 0; i < 3; i++) out.integer(i);
}

const KINDS: Readonly<Record<string, (out: ReplyBuffer) => void>> = {
  string: (out) => out.bulkText("Hello World"),
  integer: (out) => out.integer(12345),
  double: (out) => out.double("3.141"),
  bignum: (out) => out.resp3 ? out.raw(toAscii(`(${BIG_NUMBER}\r\n`)) : out.bulkText(BIG_NUMBER),
  null: (out) => out.nil(),
  array: (out) => {
    out.arrayHeader(3);
    numbers(out);
  },
  set: (out) => {
    out.setHeader(3);
    numbers(out);
  },
  map: (out) => {
    out.mapHeader(3);
    for (let i = 0; i < 3; i++) {
      out.integer(i);
      out.bool(i === 1);
    }
  },
  attrib: (out) => {
    if (out.resp3) {
      out.raw(ATTRIBUTE_OF_ONE);
      out.bulkText("key-popularity");
      out.arrayHeader(2);
      out.bulkText("key:123");
      out.integer(90);
    }
    out.bulkText("Some real reply following the attribute");
  },
  push: (out) => {
    if (!out.resp3) return out.error(ERR_RESP2);
    // Redis sends a push that comes up during a command behind the command's reply.
    out.bulkText("Some real reply following the push reply");
    out.pushHeader(2);
    out.bulkText("server-cpu-usage");
    out.integer(42);
  },
  verbatim: (out) => out.verbatim("This is a verbatim\nstring"),
  true: (out) => out.bool(true),
  false: (out) => out.bool(false),
};

const ERR_KIND = errorReply(
  "ERR Wrong protocol type name. Please use one of the following: " +
    "string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false",
);

/** `DEBUG PROTOCOL kind`. */
export function debugProtocol(c: CommandContext): void {
  const kind = c.text(2).toLowerCase();
  if (Object.hasOwn(KINDS, kind)) KINDS[kind](c.out);
  else c.out.error(ERR_KIND);
}
