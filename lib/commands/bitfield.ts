/**
 * BITFIELD and BITFIELD_RO: several integers in one string. The arithmetic is
 * in bit_fields.ts.
 *
 * DESIGN. All operations are parsed before the first one runs, into a flat
 * list of numbers that is used again. The string is made writable when it must
 * grow, else by the first operation that changes a bit, so that one that
 * changes nothing disturbs neither watchers nor a snapshot.
 */

import { NIL, type Ref } from "../arena/layout.ts";
import { NEEDS_BIGINT, parseInt64, toAscii } from "../base/ascii.ts";
import { ENC_BIG, ENC_RAW } from "../objects/entry.ts";
import { ERR_SYNTAX, errorReply } from "../resp/errors.ts";
import {
  fitBig,
  fitPlain,
  OVERFLOW_FAIL,
  OVERFLOW_SAT,
  OVERFLOW_WRAP,
  PLAIN_BITS,
  readBig,
  readSigned,
  readUnsigned,
  writeBig,
  writeField,
} from "./bit_fields.ts";
import { type CommandContext } from "./context.ts";
import { type HandlerTable } from "./spec.ts";
import { exactInteger, maxStringBytes, storeZeros, wideInteger } from "./string_values.ts";

const ERR_BIT_OFFSET = errorReply("ERR bit offset is not an integer or out of range");
const ERR_TYPE = errorReply(
  "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.",
);
const ERR_OVERFLOW_TYPE = errorReply("ERR Invalid OVERFLOW type specified");
const ERR_READ_ONLY = errorReply("ERR BITFIELD_RO only supports the GET subcommand");

const GET = toAscii("get");
const SET = toAscii("set");
const INCRBY = toAscii("incrby");
const OVERFLOW = toAscii("overflow");
const WRAP = toAscii("wrap");
const SAT = toAscii("sat");
const FAIL = toAscii("fail");
const NO_BYTES = new Uint8Array(0);

const HASH = 35;
const LETTER_I = 105;
const LETTER_U = 117;

const OP_GET = 0;
const OP_SET = 1;
const OP_INCRBY = 2;
/** Operands up to this size can be added to a plain field exactly. */
const PLAIN_MAX = 2 ** 52;

/** The operations, {@link OP_WORDS} numbers each, in the order of the OP_AT_ offsets. */
const ops: number[] = [];
const OP_WORDS = 6;
const OP_AT_KIND = 0;
const OP_AT_OVERFLOW = 1;
/** Width in bits, negative for a signed field. */
const OP_AT_TYPE = 2;
const OP_AT_OFFSET = 3;
/** The value or increment, Infinity when it is no safe integer… */
const OP_AT_VALUE = 4;
/** …and the argument that has it. */
const OP_AT_ARG = 5;

/** The string that operations work on; `c.a` is its value. */
const target = { ref: NIL as Ref, writable: false };

/**
 * The bit offset in argument `i`.
 * @param fieldBits width of the field for the form `#n`, 0 where that is not allowed
 * @returns -1 after replying an error
 */
export function parseBitOffset(c: CommandContext, i: number, fieldBits: number): number {
  const { buf, off, len } = c.args;
  const counted = fieldBits > 0 && len[i] > 0 && buf[off[i]] === HASH ? 1 : 0;
  const n = parseInt64(buf, off[i] + counted, len[i] - counted);
  const offset = counted === 1 ? n * fieldBits : n;
  if (offset >= 0 && Math.floor(offset / 8) < maxStringBytes(c)) return offset;
  c.out.error(ERR_BIT_OFFSET);
  return -1;
}

/** The type in argument `i`: its width, negative when signed; 0 after replying an error. */
function parseType(c: CommandContext, i: number): number {
  const { buf, off, len } = c.args;
  const letter = len[i] > 0 ? buf[off[i]] : 0;
  if (letter === LETTER_I || letter === LETTER_U) {
    const bits = parseInt64(buf, off[i] + 1, len[i] - 1);
    if (bits >= 1 && bits <= (letter === LETTER_I ? 64 : 63)) return letter === LETTER_I ? -bits : bits;
  }
  c.out.error(ERR_TYPE);
  return 0;
}

/** The rule in argument `i`, or -1 after replying an error. */
function parseOverflow(c: CommandContext, i: number): number {
  if (c.is(i, WRAP)) return OVERFLOW_WRAP;
  if (c.is(i, SAT)) return OVERFLOW_SAT;
  if (c.is(i, FAIL)) return OVERFLOW_FAIL;
  c.out.error(ERR_OVERFLOW_TYPE);
  return -1;
}

/** The operation that argument `i` names with all its arguments there, or -1. */
function parseKind(c: CommandContext, i: number): number {
  const following = c.args.argc - i - 1;
  if (c.is(i, GET) && following >= 2) return OP_GET;
  if (c.is(i, SET) && following >= 3) return OP_SET;
  return c.is(i, INCRBY) && following >= 3 ? OP_INCRBY : -1;
}

/** Fills `ops`. @returns the last bit written to, -1 when all only read, -2 after replying an error */
function parseOps(c: CommandContext): number {
  ops.length = 0;
  let lastBit = -1;
  let overflow = OVERFLOW_WRAP;
  for (let i = 2; i < c.args.argc;) {
    if (c.is(i, OVERFLOW) && i + 1 < c.args.argc) {
      overflow = parseOverflow(c, i + 1);
      if (overflow < 0) return -2;
      i += 2;
      continue;
    }
    const kind = parseKind(c, i);
    if (kind < 0) {
      c.out.error(ERR_SYNTAX);
      return -2;
    }
    const type = parseType(c, i + 1);
    if (type === 0) return -2;
    const offset = parseBitOffset(c, i + 2, Math.abs(type));
    if (offset < 0) return -2;
    let value = 0;
    if (kind !== OP_GET) {
      if (Number.isNaN(wideInteger(c, i + 3))) return -2;
      value = parseInt64(c.args.buf, c.args.off[i + 3], c.args.len[i + 3]);
      lastBit = Math.max(lastBit, offset + Math.abs(type) - 1);
    }
    ops.push(kind, overflow, type, offset, value, i + 3);
    i += kind === OP_GET ? 3 : 4;
  }
  return lastBit;
}

/**
 * Reads and writes integers of any width. O(1) for each.
 *
 * `BITFIELD key [GET type offset] [OVERFLOW WRAP|SAT|FAIL] [SET type offset value] [INCRBY type offset n] …`
 */
function bitfieldCommand(c: CommandContext): void {
  const lastBit = parseOps(c);
  if (lastBit === -1) return runReads(c);
  if (lastBit >= 0) runWrites(c, Math.floor(lastBit / 8) + 1);
}

/** Reads integers of any width. O(1) for each. `BITFIELD_RO key [GET type offset …]` */
function bitfieldRoCommand(c: CommandContext): void {
  const lastBit = parseOps(c);
  if (lastBit === -1) return runReads(c);
  if (lastBit >= 0) c.out.error(ERR_READ_ONLY);
}

function runReads(c: CommandContext): void {
  const ref = c.read(1);
  if (!c.isStringOrNil(ref)) return;
  if (ref === NIL) c.a.set(NO_BYTES, 0, 0);
  else c.ks.entries.value(ref, c.a);
  c.out.arrayHeader(ops.length / OP_WORDS);
  for (let at = 0; at < ops.length; at += OP_WORDS) runGet(c, at);
}

/** Runs operations some of which write, within the first `needed` bytes. */
function runWrites(c: CommandContext, needed: number): void {
  const old = c.write(1);
  if (!c.isStringOrNil(old)) return;
  const entries = c.ks.entries;
  const grows = old === NIL || entries.word2(old) < needed;
  if (old === NIL) target.ref = storeZeros(c, 1, needed);
  else if (grows) target.ref = c.ks.prepareString(c.db, old, needed, ENC_RAW);
  else {
    target.ref = old;
    entries.setEncoding(old, (entries.encoding(old) & ENC_BIG) | ENC_RAW);
  }
  target.writable = grows;
  entries.value(target.ref, c.a);
  c.out.arrayHeader(ops.length / OP_WORDS);
  let changes = 0;
  for (let at = 0; at < ops.length; at += OP_WORDS) {
    if (ops[at + OP_AT_KIND] === OP_GET) runGet(c, at);
    else if (runWrite(c, at, grows)) changes++;
  }
  // A string that only grew, every operation having failed, is a change to be logged too.
  c.dirty += grows ? Math.max(1, changes) : changes;
}

function runGet(c: CommandContext, at: number): void {
  const { buf, off, len } = c.a;
  const type = ops[at + OP_AT_TYPE];
  const bits = Math.abs(type);
  const offset = ops[at + OP_AT_OFFSET];
  if (bits > PLAIN_BITS) c.out.bigInteger(readBig(buf, off, off + len, offset, bits, type < 0));
  else if (type < 0) c.out.integer(readSigned(buf, off, off + len, offset, bits));
  else c.out.integer(readUnsigned(buf, off, off + len, offset, bits));
}

/** @returns whether it counts as a change */
function runWrite(c: CommandContext, at: number, grew: boolean): boolean {
  const value = ops[at + OP_AT_VALUE];
  if (Math.abs(ops[at + OP_AT_TYPE]) > PLAIN_BITS || Math.abs(value) > PLAIN_MAX) {
    return runBigWrite(c, at, grew);
  }
  const { buf, off, len } = c.a;
  const signed = ops[at + OP_AT_TYPE] < 0;
  const bits = Math.abs(ops[at + OP_AT_TYPE]);
  const offset = ops[at + OP_AT_OFFSET];
  const isSet = ops[at + OP_AT_KIND] === OP_SET;
  const old = signed
    ? readSigned(buf, off, off + len, offset, bits)
    : readUnsigned(buf, off, off + len, offset, bits);
  const wanted = isSet ? asUnsigned(value, signed) : old + value;
  const fitted = fitPlain(wanted, bits, signed, ops[at + OP_AT_OVERFLOW]);
  if (Number.isNaN(fitted)) {
    c.out.nil();
    return false;
  }
  c.out.integer(isSet ? old : fitted);
  if (fitted === old) return grew;
  makeWritable(c);
  writeField(c.a.buf, c.a.off, offset, bits, fitted);
  return true;
}

/** A negative value for an unsigned field counts as one too large: it saturates at the top. */
function asUnsigned(value: number, signed: boolean): number {
  return value < 0 && !signed ? value + 2 ** 53 : value;
}

function runBigWrite(c: CommandContext, at: number, grew: boolean): boolean {
  const { buf, off, len } = c.a;
  const signed = ops[at + OP_AT_TYPE] < 0;
  const bits = Math.abs(ops[at + OP_AT_TYPE]);
  const offset = ops[at + OP_AT_OFFSET];
  const isSet = ops[at + OP_AT_KIND] === OP_SET;
  const value = ops[at + OP_AT_VALUE] === NEEDS_BIGINT
    ? exactInteger(c, ops[at + OP_AT_ARG])
    : BigInt(ops[at + OP_AT_VALUE]);
  const old = readBig(buf, off, off + len, offset, bits, signed);
  const wanted = isSet ? farBelowIsAbove(value, bits, signed) : old + value;
  const fitted = fitBig(wanted, bits, signed, ops[at + OP_AT_OVERFLOW]);
  if (fitted === undefined) {
    c.out.nil();
    return false;
  }
  c.out.bigInteger(isSet ? old : fitted);
  if (fitted === old) return grew;
  makeWritable(c);
  writeBig(c.a.buf, c.a.off, offset, bits, fitted);
  return true;
}

/**
 * Redis tells in 64-bit arithmetic whether a value to SET is too large or too
 * small. What is so far below a field that the difference to its maximum
 * passes int64 counts as too large, and saturates at the top.
 */
function farBelowIsAbove(value: bigint, bits: number, signed: boolean): bigint {
  if (!signed) return BigInt.asUintN(64, value);
  const max = (1n << BigInt(bits - 1)) - 1n;
  return bits < 64 && max - value >= 1n << 63n ? value + (1n << 64n) : value;
}

function makeWritable(c: CommandContext): void {
  if (target.writable) return;
  target.ref = c.ks.prepareString(c.db, target.ref, c.a.len, ENC_RAW);
  target.writable = true;
  c.ks.entries.value(target.ref, c.a);
}

/** Part of the bitmap family, for bitmaps.ts. */
export const BITFIELD_COMMANDS: HandlerTable = {
  bitfield: bitfieldCommand,
  bitfield_ro: bitfieldRoCommand,
};
