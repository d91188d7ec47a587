/**
 * Parts of strings: APPEND, GETRANGE, SETRANGE, STRLEN.
 *
 * DESIGN. A string grows in place: `prepareString` gives it room (geometric
 * for large ones) and fills it with zeros, then the handler writes its bytes.
 */

import { NIL } from "../arena/layout.ts";
import { copyBytes } from "../base/ascii.ts";
import { ENC_RAW, NO_EXPIRE, TYPE_STRING } from "../objects/entry.ts";
import { errorReply } from "../resp/errors.ts";
import { type CommandContext } from "./context.ts";
import { type HandlerTable } from "./spec.ts";
import { isLengthAllowed, isReversedFromEnd, storeArg, storeZeros, wideInteger } from "./string_values.ts";

const NO_BYTES = new Uint8Array(0);
const ERR_OFFSET = errorReply("ERR offset is out of range");

/** Appends to a string, or makes it. O(1) amortized, in the number of bytes appended. `APPEND key value` */
function appendCommand(c: CommandContext): void {
  const old = c.write(1);
  const { buf, off, len } = c.args;
  if (old === NIL) {
    storeArg(c, 1, 2, NO_EXPIRE);
    c.dirty++;
    return c.out.integer(len[2]);
  }
  if (!c.hasType(old, TYPE_STRING)) return;
  const oldLen = c.ks.entries.word2(old);
  const total = oldLen + len[2];
  if (!isLengthAllowed(c, total)) return;
  const ref = c.ks.prepareString(c.db, old, total, ENC_RAW);
  c.ks.entries.value(ref, c.a);
  copyBytes(buf, off[2], c.a.buf, c.a.off + oldLen, len[2]);
  c.dirty++;
  c.out.integer(total);
}

/** Replies the length of a string. O(1). `STRLEN key` */
function strlenCommand(c: CommandContext): void {
  const ref = c.read(1);
  if (ref === NIL) return c.out.integer(0);
  if (c.hasType(ref, TYPE_STRING)) c.out.integer(c.ks.entries.word2(ref));
}

/** Replies bytes `start` to `end`; negative ones count from the end. O(n). `GETRANGE key start end` */
function getrangeCommand(c: CommandContext): void {
  let start = wideInteger(c, 2);
  if (Number.isNaN(start)) return;
  let end = wideInteger(c, 3);
  if (Number.isNaN(end)) return;
  const ref = c.read(1);
  if (ref === NIL) return c.out.bulk(NO_BYTES, 0, 0);
  if (!c.hasType(ref, TYPE_STRING)) return;
  if (isReversedFromEnd(c, 2, start, end)) return c.out.bulk(NO_BYTES, 0, 0);
  const value = c.a;
  c.ks.entries.value(ref, value);
  if (start < 0) start = Math.max(0, value.len + start);
  if (end < 0) end = Math.max(0, value.len + end);
  if (end >= value.len) end = value.len - 1;
  if (start > end) return c.out.bulk(NO_BYTES, 0, 0);
  c.out.bulk(value.buf, value.off + start, end - start + 1);
}

/** Overwrites bytes from `offset` on, padding with zeros. O(n). `SETRANGE key offset value` */
function setrangeCommand(c: CommandContext): void {
  const offset = wideInteger(c, 2);
  if (Number.isNaN(offset)) return;
  if (offset < 0) return c.out.error(ERR_OFFSET);
  let ref = c.write(1);
  if (!c.isStringOrNil(ref)) return;
  const { buf, off, len } = c.args;
  const oldLen = ref === NIL ? 0 : c.ks.entries.word2(ref);
  if (len[3] === 0) return c.out.integer(oldLen);
  if (!isLengthAllowed(c, offset + len[3])) return;
  const total = Math.max(oldLen, offset + len[3]);
  if (ref === NIL) ref = storeZeros(c, 1, total);
  else ref = c.ks.prepareString(c.db, ref, total, ENC_RAW);
  c.ks.entries.value(ref, c.a);
  copyBytes(buf, off[3], c.a.buf, c.a.off + offset, len[3]);
  c.dirty++;
  c.out.integer(total);
}

/** Part of the string family, for strings.ts. */
export const STRING_RANGE_COMMANDS: HandlerTable = {
  append: appendCommand,
  getrange: getrangeCommand,
  setrange: setrangeCommand,
  strlen: strlenCommand,
  substr: getrangeCommand,
};
