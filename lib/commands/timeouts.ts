/** Timeouts of commands that wait. */

import { NEEDS_BIGINT, parseInt64, parseInt64Big } from "../base/ascii.ts";
import { errorReply } from "../resp/errors.ts";
import { type CommandContext } from "./context.ts";

const INT64_MAX = 2n ** 63n - 1n;
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
