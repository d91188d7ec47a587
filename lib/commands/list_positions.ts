/** Where in a list an element is: LPOS. */

import { NIL, type Ref } from "../arena/layout.ts";
import { toAscii } from "../base/ascii.ts";
import { TYPE_LIST } from "../objects/entry.ts";
import { ERR_SYNTAX, errorReply } from "../resp/errors.ts";
import { type CommandContext, WRONG_TYPE } from "./context.ts";
import { type HandlerTable } from "./spec.ts";
import { exactInteger, wideInteger } from "./string_values.ts";

const RANK = toAscii("rank");
const COUNT = toAscii("count");
const MAXLEN = toAscii("maxlen");
const LONG_MAX = 2n ** 63n - 1n;
const ERR_RANK_RANGE = errorReply(
  `ERR value is out of range, value must between ${-LONG_MAX} and ${LONG_MAX}`,
);
const ERR_RANK_ZERO = errorReply(
  "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... " +
    "or use negative to start from the end of the list",
);
const ERR_COUNT = errorReply("ERR COUNT can't be negative");
const ERR_MAXLEN = errorReply("ERR MAXLEN can't be negative");

/** The options of the running LPOS. */
const options = { rank: 1, count: -1, maxlen: 0 };

/**
 * Replies the indexes of items that equal an element. O(n).
 *
 * `LPOS key element [RANK rank] [COUNT count] [MAXLEN len]`
 */
function lposCommand(c: CommandContext): void {
  if (!parseOptions(c)) return;
  const single = options.count < 0;
  const ref = c.readTyped(1, TYPE_LIST);
  if (ref === WRONG_TYPE) return;
  if (ref === NIL) {
    if (single) c.out.nil();
    else c.out.arrayHeader(0);
    return;
  }
  const found = findPositions(c, ref, single ? 1 : options.count);
  if (!single) c.out.arrayHeader(found.length);
  else if (found.length === 0) c.out.nil();
  for (const index of found) c.out.integer(index);
}

/** Reads the arguments from 3 on into `options`. @returns false after replying an error */
function parseOptions(c: CommandContext): boolean {
  options.rank = 1;
  options.count = -1;
  options.maxlen = 0;
  for (let i = 3; i < c.args.argc; i += 2) {
    const value = i + 1 < c.args.argc;
    if (value && c.is(i, RANK)) {
      if (!parseRank(c, i + 1)) return false;
    } else if (value && c.is(i, COUNT)) {
      options.count = wideInteger(c, i + 1, ERR_COUNT);
      if (!isCount(c, options.count, ERR_COUNT)) return false;
    } else if (value && c.is(i, MAXLEN)) {
      options.maxlen = wideInteger(c, i + 1, ERR_MAXLEN);
      if (!isCount(c, options.maxlen, ERR_MAXLEN)) return false;
    } else {
      c.out.error(ERR_SYNTAX);
      return false;
    }
  }
  return true;
}

function parseRank(c: CommandContext, i: number): boolean {
  const rank = wideInteger(c, i);
  if (Number.isNaN(rank)) return false;
  if (!Number.isSafeInteger(rank) && exactInteger(c, i) < -LONG_MAX) c.out.error(ERR_RANK_RANGE);
  else if (rank === 0) c.out.error(ERR_RANK_ZERO);
  else {
    options.rank = rank;
    return true;
  }
  return false;
}

/** Whether a number that `wideInteger` returned is one and not negative; replies `error` when it is negative. */
function isCount(c: CommandContext, value: number, error: Uint8Array): boolean {
  if (value < 0) c.out.error(error);
  return value >= 0;
}

/** The indexes of up to `count` (0: all) matches from the `rank`-th on. */
function findPositions(c: CommandContext, ref: Ref, count: number): number[] {
  const { lists } = c.ks;
  const { buf, off, len } = c.args;
  const at = off[2], size = len[2];
  const backward = options.rank < 0;
  const length = lists.count(ref);
  const looked = options.maxlen === 0 || options.maxlen > length ? length : options.maxlen;
  /** Matches that do not count yet. */
  let skipped = Math.abs(options.rank) - 1;
  const found: number[] = [];
  lists.seek(ref, backward ? -1 : 0);
  for (let i = 0; i < looked; i++) {
    if (lists.equals(buf, at, size) && skipped-- <= 0) {
      found.push(backward ? length - i - 1 : i);
      if (found.length === count) break;
    }
    if (backward) lists.prev();
    else lists.next();
  }
  return found;
}

/** Part of the list family, for lists.ts. */
export const LIST_POSITION_COMMANDS: HandlerTable = {
  lpos: lposCommand,
};
