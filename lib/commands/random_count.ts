/**
 * The count of HRANDFIELD, SRANDMEMBER and ZRANDMEMBER: how many elements to
 * draw, each once; or, when it is negative, how many times to draw.
 *
 * DESIGN. Redis serves any negative count, and dies of the reply. More than
 * {@link DRAWS_MAX} are refused here, with the error of a count that is too large.
 */

import { NEEDS_BIGINT, parseInt64 } from "../base/ascii.ts";
import { errorReply } from "../resp/errors.ts";
import { type CommandContext } from "./context.ts";
import { exactInteger, wideInteger } from "./string_values.ts";

const LONG_MAX = 2n ** 63n - 1n;
/** How often one command may draw with repetition. */
const DRAWS_MAX = 2 ** 28;
const ERR_LONG_RANGE = errorReply(
  `ERR value is out of range, value must between ${-LONG_MAX} and ${LONG_MAX}`,
);
const ERR_RANGE = errorReply("ERR value is out of range");

/**
 * Argument `i` as a count, rounded to a double beyond 2^53.
 * @returns NaN after replying that it is none
 */
export function readRandomCount(c: CommandContext, i: number): number {
  const count = wideInteger(c, i);
  if (count > -Number.MAX_SAFE_INTEGER || Number.isNaN(count)) return count;
  if (exactInteger(c, i) >= -LONG_MAX) return count;
  c.out.error(ERR_LONG_RANGE);
  return NaN;
}

/** Whether the count in argument `i` can be served, of elements with their values or scores if `paired`; replies the error when not. */
export function isRandomCountAllowed(c: CommandContext, i: number, paired: boolean): boolean {
  const { buf, off, len } = c.args;
  const count = parseInt64(buf, off[i], len[i]);
  if (count !== NEEDS_BIGINT && count >= -DRAWS_MAX) return true;
  const exact = exactInteger(c, i);
  if (exact >= 0n && !(paired && exact > LONG_MAX / 2n)) return true;
  c.out.error(ERR_RANGE);
  return false;
}
