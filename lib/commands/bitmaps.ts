/**
 * Strings as bitmaps: SETBIT, GETBIT, BITCOUNT, BITPOS, BITOP. BITFIELD is in
 * bitfield.ts, the loops over bytes are in bit_ranges.ts.
 *
 * DESIGN. BITOP goes through its operands block by block: a block of each is
 * read before that block of the destination is written, so that the
 * destination, prepared in place, may be an operand any number of times.
 */

import { NIL, type Ref } from "../arena/layout.ts";
import { copyBytes, parseInt64, toAscii } from "../base/ascii.ts";
import { ENC_BIG, ENC_RAW, NO_EXPIRE, TYPE_STRING } from "../objects/entry.ts";
import { ERR_SYNTAX, errorReply } from "../resp/errors.ts";
import {
  BITOP_AND,
  BITOP_NOT,
  BITOP_OR,
  BITOP_XOR,
  BLOCK_BYTES,
  combineBlock,
  countBits,
  findBit,
  invertBlock,
  resultBlock,
  startBlock,
} from "./bit_ranges.ts";
import { BITFIELD_COMMANDS, parseBitOffset } from "./bitfield.ts";
import { type CommandContext } from "./context.ts";
import { type HandlerTable } from "./spec.ts";
import { isReversedFromEnd, storeZeros, wideInteger } from "./string_values.ts";

const ERR_BIT_VALUE = errorReply("ERR bit is not an integer or out of range");
const ERR_BIT_ARGUMENT = errorReply("ERR The bit argument must be 1 or 0.");
const ERR_NOT_ARITY = errorReply("ERR BITOP NOT must be called with a single source key.");
const BIT = toAscii("bit");
const BYTE = toAscii("byte");
const AND = toAscii("and");
const OR = toAscii("or");
const XOR = toAscii("xor");
const NOT = toAscii("not");

/** Sets or clears a bit and replies what it was. O(1). `SETBIT key offset value` */
function setbitCommand(c: CommandContext): void {
  const offset = parseBitOffset(c, 2, 0);
  if (offset < 0) return;
  const { buf, off, len } = c.args;
  const bit = parseInt64(buf, off[3], len[3]);
  if (bit !== 0 && bit !== 1) return c.out.error(ERR_BIT_VALUE);
  let ref = c.write(1);
  if (!c.isStringOrNil(ref)) return;
  const entries = c.ks.entries;
  const byte = Math.floor(offset / 8);
  const mask = 0x80 >>> (offset % 8);
  const oldLen = ref === NIL ? 0 : entries.word2(ref);
  if (byte < oldLen) {
    entries.value(ref, c.a);
    const isSet = (c.a.buf[c.a.off + byte] & mask) !== 0;
    if (isSet === (bit === 1)) {
      // Nothing changes but what OBJECT ENCODING says: the string was made writable.
      entries.setEncoding(ref, (entries.encoding(ref) & ENC_BIG) | ENC_RAW);
      return c.out.integer(bit);
    }
  }
  if (ref === NIL) ref = storeZeros(c, 1, byte + 1);
  else ref = c.ks.prepareString(c.db, ref, Math.max(oldLen, byte + 1), ENC_RAW);
  entries.value(ref, c.a);
  const at = c.a.off + byte;
  const before = c.a.buf[at] & mask;
  if (bit === 1) c.a.buf[at] |= mask;
  else c.a.buf[at] &= ~mask;
  c.dirty++;
  c.out.integer(before === 0 ? 0 : 1);
}

/** Replies a bit; 0 behind the end. O(1). `GETBIT key offset` */
function getbitCommand(c: CommandContext): void {
  const offset = parseBitOffset(c, 2, 0);
  if (offset < 0) return;
  const ref = c.read(1);
  if (ref === NIL) return c.out.integer(0);
  if (!c.hasType(ref, TYPE_STRING)) return;
  const value = c.a;
  c.ks.entries.value(ref, value);
  const byte = Math.floor(offset / 8);
  const bits = byte < value.len ? value.buf[value.off + byte] : 0;
  c.out.integer((bits >>> (7 - offset % 8)) & 1);
}

/** First and last bit of a range that `clipRange` filled; none when `first > last`. */
const range = { first: 0, last: 0 };

/**
 * Brings a range of arguments into a string, in bits.
 * @param start of the range, and `end`: bits or bytes, inclusive, from the end when negative
 * @param total the string's length in that unit
 * @param unitBits 1 or 8
 */
function clipRange(start: number, end: number, total: number, unitBits: number): void {
  if (start < 0) start = Math.max(0, total + start);
  if (end < 0) end = Math.max(0, total + end);
  if (end >= total) end = total - 1;
  range.first = start * unitBits;
  range.last = end * unitBits + unitBits - 1;
}

/** Bits per unit as argument `i` names it; 0 after replying a syntax error. */
function parseUnit(c: CommandContext, i: number): number {
  if (c.is(i, BIT)) return 1;
  if (c.is(i, BYTE)) return 8;
  c.out.error(ERR_SYNTAX);
  return 0;
}

/** Counts set bits. O(n). `BITCOUNT key [start end [BYTE | BIT]]` */
function bitcountCommand(c: CommandContext): void {
  const ref = c.read(1);
  if (ref === NIL) return c.out.integer(0);
  if (!c.hasType(ref, TYPE_STRING)) return;
  const argc = c.args.argc;
  let start = 0;
  let end = -1;
  let unitBits = 8;
  if (argc === 4 || argc === 5) {
    start = wideInteger(c, 2);
    if (Number.isNaN(start)) return;
    end = wideInteger(c, 3);
    if (Number.isNaN(end)) return;
    if (isReversedFromEnd(c, 2, start, end)) return c.out.integer(0);
    if (argc === 5) unitBits = parseUnit(c, 4);
    if (unitBits === 0) return;
  } else if (argc !== 2) return c.out.error(ERR_SYNTAX);
  const value = c.a;
  c.ks.entries.value(ref, value);
  clipRange(start, end, unitBits === 1 ? value.len * 8 : value.len, unitBits);
  if (range.first > range.last) return c.out.integer(0);
  c.out.integer(countBits(value.buf, value.off, range.first, range.last));
}

/** Finds the first set or clear bit. O(n). `BITPOS key bit [start [end [BYTE | BIT]]]` */
function bitposCommand(c: CommandContext): void {
  const bit = wideInteger(c, 2);
  if (Number.isNaN(bit)) return;
  if (bit !== 0 && bit !== 1) return c.out.error(ERR_BIT_ARGUMENT);
  const ref = c.read(1);
  // An absent string is zeros without end.
  if (ref === NIL) return c.out.integer(bit === 1 ? -1 : 0);
  if (!c.hasType(ref, TYPE_STRING)) return;
  const argc = c.args.argc;
  if (argc > 6) return c.out.error(ERR_SYNTAX);
  const start = argc > 3 ? wideInteger(c, 3) : 0;
  if (Number.isNaN(start)) return;
  const unitBits = argc > 5 ? parseUnit(c, 5) : 8;
  if (unitBits === 0) return;
  const end = argc > 4 ? wideInteger(c, 4) : -1;
  if (Number.isNaN(end)) return;
  const value = c.a;
  c.ks.entries.value(ref, value);
  clipRange(start, end, unitBits === 1 ? value.len * 8 : value.len, unitBits);
  if (range.first > range.last) return c.out.integer(-1);
  const found = findBit(value.buf, value.off, range.first, range.last, bit);
  // Without an end, the zeros behind the string count.
  const isOpen = bit === 0 && argc < 5;
  c.out.integer(found < 0 && isOpen ? range.last + 1 : found);
}

/** Operands of the BITOP that runs; 0 for an absent key. */
let operands = new Int32Array(16);

/** The operation that argument 1 names, or -1. */
function parseBitop(c: CommandContext): number {
  if (c.is(1, AND)) return BITOP_AND;
  if (c.is(1, OR)) return BITOP_OR;
  if (c.is(1, XOR)) return BITOP_XOR;
  return c.is(1, NOT) ? BITOP_NOT : -1;
}

/** Combines strings bit by bit into another. O(n). `BITOP AND|OR|XOR|NOT destkey key [key …]` */
function bitopCommand(c: CommandContext): void {
  const op = parseBitop(c);
  if (op < 0) return c.out.error(ERR_SYNTAX);
  const argc = c.args.argc;
  if (op === BITOP_NOT && argc !== 4) return c.out.error(ERR_NOT_ARITY);
  const count = argc - 3;
  if (operands.length < count) operands = new Int32Array(count * 2);
  let maxLen = 0;
  for (let i = 0; i < count; i++) {
    const ref = c.read(i + 3);
    if (!c.isStringOrNil(ref)) return;
    operands[i] = ref;
    if (ref !== NIL) maxLen = Math.max(maxLen, c.ks.entries.word2(ref));
  }
  if (maxLen > 0) {
    const ref = prepareDestination(c, count, maxLen);
    for (let at = 0; at < maxLen; at += BLOCK_BYTES) {
      combine(c, op, count, ref, at, Math.min(BLOCK_BYTES, maxLen - at));
    }
    c.dirty++;
  } else if (c.remove(2)) c.dirty++;
  c.out.integer(maxLen);
}

/**
 * Makes argument 2 a string of `len` bytes without a deadline. If it is an
 * operand it keeps its bytes, and `operands` follow where it moves.
 */
function prepareDestination(c: CommandContext, count: number, len: number): Ref {
  const ks = c.ks;
  const old = c.peek(2);
  let isOperand = false;
  for (let i = 0; i < count && old !== NIL; i++) isOperand ||= operands[i] === old;
  if (!isOperand) return storeZeros(c, 2, len);
  let ref = ks.prepareString(c.db, old, len, ENC_RAW);
  if (ks.entries.hasExpire(ref)) ref = ks.setExpire(c.db, ref, NO_EXPIRE);
  ks.entries.setLru(ref, ks.entries.clock);
  for (let i = 0; i < count; i++) if (operands[i] === old) operands[i] = ref;
  return ref;
}

/** Computes bytes `at` to `at + len`, at most a block, of the destination. */
function combine(
  c: CommandContext,
  op: number,
  count: number,
  destination: Ref,
  at: number,
  len: number,
): void {
  for (let i = 0; i < count; i++) {
    let size = 0;
    if (operands[i] !== NIL) {
      c.ks.entries.value(operands[i], c.a);
      size = Math.max(0, Math.min(len, c.a.len - at));
    }
    if (i === 0) startBlock(c.a.buf, c.a.off + at, size, len);
    else if (size > 0 || op === BITOP_AND) combineBlock(op, c.a.buf, c.a.off + at, size, len);
  }
  if (op === BITOP_NOT) invertBlock(len);
  c.ks.entries.value(destination, c.b);
  copyBytes(resultBlock, 0, c.b.buf, c.b.off + at, len);
}

/** The bitmap family. */
export const BITMAP_COMMANDS: HandlerTable = {
  bitcount: bitcountCommand,
  bitop: bitopCommand,
  bitpos: bitposCommand,
  getbit: getbitCommand,
  setbit: setbitCommand,
  ...BITFIELD_COMMANDS,
};
