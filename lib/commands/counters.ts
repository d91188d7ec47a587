/**
 * Strings as numbers: INCR, DECR, INCRBY, DECRBY, INCRBYFLOAT.
 *
 * DESIGN. A counter is its decimal digits: they are parsed, and the sum is
 * written over them where it fits, so that counting allocates nothing. Sums
 * beyond 2^53 go through BigInt, which alone knows int64's limits.
 */

import { NIL, type Ref } from "../arena/layout.ts";
import {
  copyBytes,
  intLength,
  NEEDS_BIGINT,
  parseInt64,
  parseInt64Big,
  toAscii,
  writeBigInt,
  writeInt,
} from "../base/ascii.ts";
import { addLongDouble, LD_NOT_FINITE, LONG_DOUBLE_TEXT_MAX } from "../base/long_double.ts";
import { ENC_AUTO, ENC_TEXT } from "../objects/entry.ts";
import { ERR_NOT_FLOAT, ERR_NOT_INTEGER, ERR_OVERFLOW, errorReply } from "../resp/errors.ts";
import { type CommandContext } from "./context.ts";
import { type HandlerTable } from "./spec.ts";
import { exactInteger, storeBytes } from "./string_values.ts";

const ERR_DECREMENT = errorReply("ERR decrement would overflow");
const ERR_NOT_FINITE = errorReply("ERR increment would produce NaN or Infinity");
const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);
const MAX_SAFE = Number.MAX_SAFE_INTEGER;
const ZERO = toAscii("0");
const SET = toAscii("SET");
const KEEPTTL = toAscii("KEEPTTL");
/** Digits on their way to a new entry; floats as long as they get. */
const digits = new Uint8Array(LONG_DOUBLE_TEXT_MAX);

/** Adds one. O(1). `INCR key` */
function incrCommand(c: CommandContext): void {
  add(c, 1);
}

/** Takes one away. O(1). `DECR key` */
function decrCommand(c: CommandContext): void {
  add(c, -1);
}

/** Adds an integer. O(1). `INCRBY key increment` */
function incrbyCommand(c: CommandContext): void {
  const { buf, off, len } = c.args;
  const increment = parseInt64(buf, off[2], len[2]);
  if (Number.isNaN(increment)) return c.out.error(ERR_NOT_INTEGER);
  if (increment === NEEDS_BIGINT) return addBig(c, exactInteger(c, 2));
  add(c, increment);
}

/** Takes an integer away. O(1). `DECRBY key decrement` */
function decrbyCommand(c: CommandContext): void {
  const { buf, off, len } = c.args;
  const decrement = parseInt64(buf, off[2], len[2]);
  if (Number.isNaN(decrement)) return c.out.error(ERR_NOT_INTEGER);
  if (decrement !== NEEDS_BIGINT) return add(c, -decrement);
  const exact = exactInteger(c, 2);
  if (exact === INT64_MIN) return c.out.error(ERR_DECREMENT);
  addBig(c, -exact);
}

/** Adds a safe integer to the counter at argument 1. */
function add(c: CommandContext, increment: number): void {
  const ref = c.write(1);
  if (!c.isStringOrNil(ref)) return;
  let sum = increment;
  if (ref !== NIL) {
    c.ks.entries.value(ref, c.a);
    const value = parseInt64(c.a.buf, c.a.off, c.a.len);
    if (Number.isNaN(value)) return c.out.error(ERR_NOT_INTEGER);
    sum += value;
    if (sum > MAX_SAFE || sum < -MAX_SAFE) return addExactly(c, ref, BigInt(increment));
    const moved = c.ks.prepareString(c.db, ref, intLength(sum), ENC_AUTO);
    writeInt(c.ks.arena.bytes(moved), c.ks.entries.valueOffset(moved), sum);
  } else storeBytes(c, 1, digits, writeInt(digits, 0, sum), ENC_AUTO);
  c.dirty++;
  c.out.integer(sum);
}

/** Adds any int64 to the counter at argument 1. */
function addBig(c: CommandContext, increment: bigint): void {
  const ref = c.write(1);
  if (c.isStringOrNil(ref)) addExactly(c, ref, increment);
}

function addExactly(c: CommandContext, ref: Ref, increment: bigint): void {
  let value: bigint | undefined = 0n;
  if (ref !== NIL) {
    c.ks.entries.value(ref, c.a);
    value = parseInt64Big(c.a.buf, c.a.off, c.a.len);
    if (value === undefined) return c.out.error(ERR_NOT_INTEGER);
  }
  const sum = value + increment;
  if (sum > INT64_MAX || sum < INT64_MIN) return c.out.error(ERR_OVERFLOW);
  storeDigits(c, ref, writeBigInt(digits, 0, sum), ENC_AUTO);
  c.dirty++;
  c.out.bigInteger(sum);
}

/** Writes `digits[0, len)` over the string `ref`, keeping its deadline, or makes the string. */
function storeDigits(c: CommandContext, ref: Ref, len: number, encoding: number): void {
  if (ref === NIL) return storeBytes(c, 1, digits, len, encoding);
  const moved = c.ks.prepareString(c.db, ref, len, encoding);
  c.ks.entries.value(moved, c.a);
  copyBytes(digits, 0, c.a.buf, c.a.off, len);
}

/** Adds a float. O(1). `INCRBYFLOAT key increment` */
function incrbyfloatCommand(c: CommandContext): void {
  const ref = c.write(1);
  if (!c.isStringOrNil(ref)) return;
  if (ref === NIL) c.a.set(ZERO, 0, 1);
  else c.ks.entries.value(ref, c.a);
  const { buf, off, len } = c.args;
  const size = addLongDouble(c.a.buf, c.a.off, c.a.len, buf, off[2], len[2], digits);
  if (size < 0) return c.out.error(size === LD_NOT_FINITE ? ERR_NOT_FINITE : ERR_NOT_FLOAT);
  storeDigits(c, ref, size, ENC_TEXT);
  c.dirty++;
  c.out.bulk(digits, 0, size);
  // The sum is logged, not the addition: a float must not be computed twice.
  c.instead.begin(4);
  c.instead.bulk(SET, 0, SET.length);
  c.insteadArg(1);
  c.instead.bulk(digits, 0, size);
  c.instead.bulk(KEEPTTL, 0, KEEPTTL.length);
}

/** Part of the string family, for strings.ts. */
export const COUNTER_COMMANDS: HandlerTable = {
  decr: decrCommand,
  decrby: decrbyCommand,
  incr: incrCommand,
  incrby: incrbyCommand,
  incrbyfloat: incrbyfloatCommand,
};
