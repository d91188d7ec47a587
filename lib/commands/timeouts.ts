/** Timeouts of commands that wait. */

import { NEEDS_BIGINT, parseInt64, parseInt64Big } from "../base/ascii.ts";
import { parseDouble, parseRangeBound } from "../base/float.ts";
import { classifyLongDouble, LD_FINITE } from "../base/long_double.ts";
import { errorReply } from "../resp/errors.ts";
import { type CommandContext } from "./context.ts";

const INT64_MAX = 2n ** 63n - 1n;
const INT64_LIMIT = 2 ** 63;
const ERR_NOT_FLOAT = errorReply("ERR timeout is not a float or out of range");
const ERR_NOT_INTEGER = errorReply("ERR timeout is not an integer or out of range");
const ERR_NEGATIVE = errorReply("ERR timeout is negative");
const ERR_OUT_OF_RANGE = errorReply("ERR timeout is out of range");

/**
 * Argument `i` as a timeout in milliseconds.
 * @returns when it ends, in ms of the wall clock; 0 for never; NaN after replying why it is none
 */
export function readDeadlineMs(c: CommandContext, i: number): number {
  const { buf, off, len } = c.args;
  const value = parseInt64(buf, off[i], len[i]);
  if (Number.isNaN(value)) c.out.error(ERR_NOT_INTEGER);
  else if (value < 0) c.out.error(ERR_NEGATIVE);
  else if (value !== NEEDS_BIGINT) return value === 0 ? 0 : c.ks.nowMs + value;
  else {
    const exact = parseInt64Big(buf, off[i], len[i])! + BigInt(c.ks.nowMs);
    if (exact <= INT64_MAX) return Number(exact);
    c.out.error(ERR_OUT_OF_RANGE);
  }
  return NaN;
}

/**
 * Argument `i` as a timeout in seconds, fractions allowed.
 * @returns when it ends, in ms of the wall clock; 0 for never; NaN after replying why it is none
 */
export function readSecondsDeadlineMs(c: CommandContext, i: number): number {
  const seconds = readSeconds(c, i);
  const ms = Math.ceil(seconds * 1000);
  if (Number.isNaN(seconds)) c.out.error(ERR_NOT_FLOAT);
  else if (seconds * 1000 >= INT64_LIMIT) c.out.error(ERR_OUT_OF_RANGE);
  else if (ms < 0) c.out.error(ERR_NEGATIVE);
  else if (ms + c.ks.nowMs >= INT64_LIMIT) c.out.error(ERR_OUT_OF_RANGE);
  else return ms === 0 ? 0 : ms + c.ks.nowMs;
  return NaN;
}

/** Argument `i` as Redis' long double: what no double holds is an infinity, or next to nothing. NaN if it is no number. */
function readSeconds(c: CommandContext, i: number): number {
  const { buf, off, len } = c.args;
  const seconds = parseDouble(buf, off[i], len[i]);
  if (!Number.isNaN(seconds) || classifyLongDouble(buf, off[i], len[i]) !== LD_FINITE) return seconds;
  const beyond = parseRangeBound(buf, off[i], len[i]);
  if (beyond !== 0) return beyond;
  return Object.is(beyond, -0) ? 0 : Number.MIN_VALUE;
}
