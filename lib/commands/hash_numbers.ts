/**
 * Fields as numbers: HINCRBY and HINCRBYFLOAT.
 *
 * DESIGN. As in counters.ts a number is its decimal digits. Sums beyond 2^53 go
 * through BigInt. The sum of floats is computed as Redis does it (long_double.ts),
 * and it is the sum that is logged: a float must not be computed twice.
 */

import { NIL, type Ref } from "../arena/layout.ts";
import { NEEDS_BIGINT, parseInt64, parseInt64Big, toAscii, writeBigInt, writeInt } from "../base/ascii.ts";
import {
  addLongDouble,
  classifyLongDouble,
  LD_INFINITE,
  LD_INVALID,
  LD_NOT_FINITE,
  LONG_DOUBLE_TEXT_MAX,
} from "../base/long_double.ts";
import { TYPE_HASH } from "../objects/entry.ts";
import { ERR_NOT_FLOAT, ERR_NOT_INTEGER, ERR_OVERFLOW, errorReply } from "../resp/errors.ts";
import { type CommandContext } from "./context.ts";
import { type HandlerTable } from "./spec.ts";
import { exactInteger } from "./string_values.ts";

const ERR_VALUE_NOT_INTEGER = errorReply("ERR hash value is not an integer");
const ERR_VALUE_NOT_FLOAT = errorReply("ERR hash value is not a float");
const ERR_INFINITE = errorReply("ERR value is NaN or Infinity");
const ERR_NOT_FINITE = errorReply("ERR increment would produce NaN or Infinity");
const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);
const MAX_SAFE = Number.MAX_SAFE_INTEGER;
const ZERO = toAscii("0");
const HSET = toAscii("HSET");
/** Digits on their way to a field; floats as long as they get. */
const digits = new Uint8Array(LONG_DOUBLE_TEXT_MAX);

/** Adds an integer to a field. O(1). `HINCRBY key field increment` */
function hincrbyCommand(c: CommandContext): void {
  const { buf, off, len } = c.args;
  const increment = parseInt64(buf, off[3], len[3]);
  if (Number.isNaN(increment)) return c.out.error(ERR_NOT_INTEGER);
  const ref = c.openOrCreate(1, TYPE_HASH);
  if (ref === NIL) return;
  const item = c.ks.hashes.find(ref, buf, off[2], len[2]);
  readNumber(c, ref, item);
  const value = parseInt64(c.a.buf, c.a.off, c.a.len);
  const sum = value + increment;
  let size = 0;
  if (Number.isNaN(value)) c.out.error(ERR_VALUE_NOT_INTEGER);
  else if (
    value === NEEDS_BIGINT || increment === NEEDS_BIGINT || sum > MAX_SAFE || sum < -MAX_SAFE
  ) size = addExactly(c);
  else {
    c.out.integer(sum);
    size = writeInt(digits, 0, sum);
  }
  storeNumber(c, ref, item, size);
}

/** Points `c.a` at a field's value, or at "0" when there is none. */
function readNumber(c: CommandContext, ref: Ref, item: number): void {
  if (item === 0) c.a.set(ZERO, 0, 1);
  else c.ks.hashes.value(ref, item, c.a);
}

/** Makes `digits[0, size)` the value of the field in argument 2, if `size` is not 0, and closes the hash. */
function storeNumber(c: CommandContext, ref: Ref, item: number, size: number): void {
  const { buf, off, len } = c.args;
  if (size > 0) {
    if (item === 0) c.ks.hashes.insert(ref, buf, off[2], len[2], digits, 0, size);
    else c.ks.hashes.replace(ref, item, digits, 0, size);
    c.dirty++;
  }
  c.close(ref, size > 0);
}

/** Writes the sum of the int64 at `c.a` and that in argument 3 to `digits` and replies it. @returns its size, 0 after an overflow */
function addExactly(c: CommandContext): number {
  const value = parseInt64Big(c.a.buf, c.a.off, c.a.len) ?? 0n;
  const sum = value + exactInteger(c, 3);
  if (sum > INT64_MAX || sum < INT64_MIN) {
    c.out.error(ERR_OVERFLOW);
    return 0;
  }
  c.out.bigInteger(sum);
  return writeBigInt(digits, 0, sum);
}

/** Adds a float to a field. O(1). `HINCRBYFLOAT key field increment` */
function hincrbyfloatCommand(c: CommandContext): void {
  const { buf, off, len } = c.args;
  const kind = classifyLongDouble(buf, off[3], len[3]);
  if (kind === LD_INVALID) return c.out.error(ERR_NOT_FLOAT);
  if (kind === LD_INFINITE) return c.out.error(ERR_INFINITE);
  const ref = c.openOrCreate(1, TYPE_HASH);
  if (ref === NIL) return;
  const item = c.ks.hashes.find(ref, buf, off[2], len[2]);
  readNumber(c, ref, item);
  const size = addLongDouble(c.a.buf, c.a.off, c.a.len, buf, off[3], len[3], digits);
  if (size < 0) c.out.error(size === LD_NOT_FINITE ? ERR_NOT_FINITE : ERR_VALUE_NOT_FLOAT);
  else {
    c.out.bulk(digits, 0, size);
    c.instead.begin(4);
    c.instead.bulk(HSET, 0, HSET.length);
    c.insteadArg(1);
    c.insteadArg(2);
    c.instead.bulk(digits, 0, size);
  }
  storeNumber(c, ref, item, Math.max(size, 0));
}

/** Part of the hash family, for hashes.ts. */
export const HASH_NUMBER_COMMANDS: HandlerTable = {
  hincrby: hincrbyCommand,
  hincrbyfloat: hincrbyfloatCommand,
};
