/**
 * Options and numbers that the commands of sorted sets take.
 *
 * DESIGN. All parse bytes into reused registers; whoever gets false or NaN
 * returns, the error is replied already.
 */

import { toAscii } from "../base/ascii.ts";
import { parseRangeBound } from "../base/float.ts";
import { ADD_GT, ADD_INCR, ADD_LT, ADD_NX, ADD_XX } from "../objects/zset.ts";
import { errorReply } from "../resp/errors.ts";
import { type CommandContext } from "./context.ts";
import { wideInteger } from "./string_values.ts";

const ERR_RANGE_BOUND = errorReply("ERR min or max is not a float");
const OPEN = 40;

/** ZADD's CH, besides the conditions of `ZSets.add`. */
export const ADD_CHANGED = 1 << 8;

const ADD_OPTIONS: readonly (readonly [Uint8Array, number])[] = [
  [toAscii("nx"), ADD_NX],
  [toAscii("xx"), ADD_XX],
  [toAscii("ch"), ADD_CHANGED],
  [toAscii("incr"), ADD_INCR],
  [toAscii("gt"), ADD_GT],
  [toAscii("lt"), ADD_LT],
];

/** The bit of ZADD's option in argument `i`, 0 if it is none. */
export function addOption(c: CommandContext, i: number): number {
  const len = c.args.len[i];
  if (len !== 2 && len !== 4) return 0;
  for (const [token, bit] of ADD_OPTIONS) if (c.is(i, token)) return bit;
  return 0;
}

/** An integer of at least `least`; one error for whatever is wrong with it. */
export function readAtLeast(c: CommandContext, i: number, least: number, error: Uint8Array): number {
  const value = wideInteger(c, i, error);
  if (!(value < least)) return value;
  c.out.error(error);
  return NaN;
}

/** A range of scores; used again and again. */
export class ScoreRange {
  min = 0;
  max = 0;
  minExclusive = false;
  maxExclusive = false;

  /** Reads the bounds from two arguments. @returns false after replying an error */
  read(c: CommandContext, min: number, max: number): boolean {
    this.minExclusive = isExclusive(c, min);
    this.min = readBound(c, min, this.minExclusive);
    this.maxExclusive = isExclusive(c, max);
    this.max = readBound(c, max, this.maxExclusive);
    if (!Number.isNaN(this.min) && !Number.isNaN(this.max)) return true;
    c.out.error(ERR_RANGE_BOUND);
    return false;
  }
}

function isExclusive(c: CommandContext, i: number): boolean {
  return c.args.len[i] > 0 && c.args.buf[c.args.off[i]] === OPEN;
}

function readBound(c: CommandContext, i: number, exclusive: boolean): number {
  const { buf, off, len } = c.args;
  return exclusive ? parseRangeBound(buf, off[i] + 1, len[i] - 1) : parseRangeBound(buf, off[i], len[i]);
}
