/**
 * What the string and bitmap families share: whole values in and out, zeroed
 * values to write into, the limit on a value's size, and int64 arguments.
 *
 * DESIGN. Nothing here makes an object: a value goes from the arena to the
 * reply, or from the input buffer to the arena, as a range of bytes.
 */

import { type Ref } from "../arena/layout.ts";
import { NEEDS_BIGINT, parseInt64, parseInt64Big, writeInt } from "../base/ascii.ts";
import { ENC_AUTO, ENC_RAW, NO_EXPIRE } from "../objects/entry.ts";
import { ERR_NOT_INTEGER, ERR_STRING_TOO_LONG, errorReply } from "../resp/errors.ts";
import { type CommandContext } from "./context.ts";

const NO_BYTES = new Uint8Array(0);
/** Zeroed values up to this size are made in one step. */
const ZEROS = new Uint8Array(4096);
/** With the longest key, a `SET` of 2^30 bytes more, the value can still be loaded from an AOF, whose offsets are int32. */
const MAX_VALUE_BYTES = 2 ** 30 - 1024;
const digits = new Uint8Array(20);

/** Replies the value of a string. */
export function replyValue(c: CommandContext, ref: Ref): void {
  const value = c.a;
  c.ks.entries.value(ref, value);
  c.out.bulk(value.buf, value.off, value.len);
}

/**
 * Makes argument `value` the string at key argument `key`.
 * @param expireMs a deadline, `NO_EXPIRE` or `KEEP_EXPIRE`
 */
export function storeArg(c: CommandContext, key: number, value: number, expireMs: number): void {
  const { buf, off, len } = c.args;
  c.ks.setString(c.db, buf, off[key], len[key], buf, off[value], len[value], ENC_AUTO, expireMs);
}

/** Makes `buf[0, valueLen)` the string at key argument `key`, without a deadline. */
export function storeBytes(
  c: CommandContext,
  key: number,
  value: Uint8Array,
  valueLen: number,
  encoding: number,
): void {
  const { buf, off, len } = c.args;
  c.ks.setString(c.db, buf, off[key], len[key], value, 0, valueLen, encoding, NO_EXPIRE);
}

/** Makes `valueLen` zero bytes the string at key argument `key`. @returns the entry, to be written to */
export function storeZeros(c: CommandContext, key: number, valueLen: number): Ref {
  const { buf, off, len } = c.args;
  const atOnce = valueLen <= ZEROS.length;
  const zeros = atOnce ? ZEROS : NO_BYTES;
  const first = atOnce ? valueLen : 0;
  const ref = c.ks.setString(c.db, buf, off[key], len[key], zeros, 0, first, ENC_RAW, NO_EXPIRE);
  return atOnce ? ref : c.ks.prepareString(c.db, ref, valueLen, ENC_RAW);
}

/**
 * The most bytes that a string may have: `proto-max-bulk-len`, which does not
 * bind what is read from the AOF.
 */
export function maxStringBytes(c: CommandContext): number {
  return c.server.loading ? MAX_VALUE_BYTES : Math.min(c.server.config.protoMaxBulkLen, MAX_VALUE_BYTES);
}

/** Whether a string may have `bytes` bytes; replies the error when it may not. */
export function isLengthAllowed(c: CommandContext, bytes: number): boolean {
  if (bytes <= maxStringBytes(c)) return true;
  c.out.error(ERR_STRING_TOO_LONG);
  return false;
}

/**
 * Argument `i` as an int64; replies the error and returns NaN when it is none.
 * Beyond ±2^53 it is the nearest double: for positions, where such a number is
 * only very large.
 * @param error the reply, when it is not the usual one
 */
export function wideInteger(c: CommandContext, i: number, error: Uint8Array = ERR_NOT_INTEGER): number {
  const { buf, off, len } = c.args;
  const value = parseInt64(buf, off[i], len[i]);
  if (value === NEEDS_BIGINT) return Number(parseInt64Big(buf, off[i], len[i]));
  if (Number.isNaN(value)) c.out.error(error);
  return value;
}

/** The int64 in argument `i`, which `wideInteger` took, exactly. */
export function exactInteger(c: CommandContext, i: number): bigint {
  const { buf, off, len } = c.args;
  return parseInt64Big(buf, off[i], len[i]) ?? 0n;
}

/**
 * Whether arguments `from` and `to`, which are int64 and were rounded to
 * `start` and `end`, both count from the end and name nothing.
 */
export function isReversedFromEnd(c: CommandContext, from: number, start: number, end: number): boolean {
  if (start >= 0 || end >= 0) return false;
  if (start !== end || start >= -Number.MAX_SAFE_INTEGER) return start > end;
  return exactInteger(c, from) > exactInteger(c, from + 1);
}

/** Adds an integer to what is logged instead of the command. */
export function insteadInteger(c: CommandContext, value: number): void {
  if (Number.isSafeInteger(value)) c.instead.bulk(digits, 0, writeInt(digits, 0, value));
  else c.instead.text(String(value));
}

/** Replies that the command's arguments do not pair up. */
export function replyWrongArity(c: CommandContext): void {
  c.out.error(errorReply(`ERR wrong number of arguments for '${c.spec.name}' command`));
}
