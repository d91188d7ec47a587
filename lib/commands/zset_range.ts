/**
 * Ranges of sorted sets: by rank, by score, by member; replied, counted, stored
 * and removed.
 *
 * DESIGN. Every range becomes ranks first (both ends in O(log n)), so that a
 * reply knows its length before it begins. The commands that are older than
 * ZRANGE's options are ZRANGE with these fixed.
 *
 * n is the number of members, m that of members within the range.
 */

import { NIL, type Ref } from "../arena/layout.ts";
import { toAscii } from "../base/ascii.ts";
import { TYPE_ZSET } from "../objects/entry.ts";
import { LexRange } from "../objects/zset_lex.ts";
import { ERR_SYNTAX, errorReply } from "../resp/errors.ts";
import { type CommandContext, WRONG_TYPE } from "./context.ts";
import { type HandlerTable } from "./spec.ts";
import { wideInteger } from "./string_values.ts";
import { hasRoomForMembers } from "./zset_inputs.ts";
import { ScoreRange } from "./zset_options.ts";

const ERR_LEX_BOUND = errorReply("ERR min or max not valid string range item");
const ERR_LIMIT = errorReply(
  "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX",
);
const ERR_SCORES = errorReply("ERR syntax error, WITHSCORES not supported in combination with BYLEX");

const TOKEN_WITHSCORES = toAscii("withscores");
const TOKEN_LIMIT = toAscii("limit");
const TOKEN_REV = toAscii("rev");
const TOKEN_BYLEX = toAscii("bylex");
const TOKEN_BYSCORE = toAscii("byscore");

/** What the bounds are… */
const BY_RANK = 0;
const BY_SCORE = 1;
const BY_LEX = 2;
/** …or whatever the options say. */
const BY_OPTION = -1;

/** No LIMIT. */
const UNLIMITED = -1;

/** The range of a call: what it is, and after `find` where. Handlers are synchronous. */
class Range {
  by = BY_RANK;
  reverse = false;
  withScores = false;
  offset = 0;
  limit = UNLIMITED;
  start = 0;
  end = 0;
  readonly scores = new ScoreRange();
  readonly lex = new LexRange();
  /** Rank of the first member (the last one if reverse), and how many there are. */
  first = 0;
  count = 0;

  /** Reads the bounds from arguments `min` and `max`. @returns false after replying an error */
  readBounds(c: CommandContext, min: number, max: number): boolean {
    if (this.by === BY_SCORE) return this.scores.read(c, min, max);
    if (this.by === BY_LEX) {
      const { buf, off, len } = c.args;
      const valid = this.lex.min.parse(buf, off[min], len[min]) &&
        this.lex.max.parse(buf, off[max], len[max]);
      if (!valid) c.out.error(ERR_LEX_BOUND);
      return valid;
    }
    this.start = wideInteger(c, min);
    if (Number.isNaN(this.start)) return false;
    this.end = wideInteger(c, max);
    return !Number.isNaN(this.end);
  }

  /** Finds the members of a sorted set that are within, LIMIT left out of account; `first` is the lowest rank. */
  find(c: CommandContext, ref: Ref): void {
    const { zsets } = c.ks;
    if (this.by === BY_LEX) {
      this.lex.find(zsets, ref, this.reverse);
      this.first = this.lex.first;
      this.count = this.lex.count;
    } else if (this.by === BY_SCORE) {
      const { min, max, minExclusive, maxExclusive } = this.scores;
      this.first = zsets.countBelow(ref, min, minExclusive);
      this.count = Math.max(0, zsets.countBelow(ref, max, !maxExclusive) - this.first);
    } else this.#findRanks(zsets.count(ref));
  }

  #findRanks(total: number): void {
    const start = Math.max(0, this.start < 0 ? this.start + total : this.start);
    const end = Math.min(total - 1, this.end < 0 ? this.end + total : this.end);
    this.count = Math.max(0, end - start + 1);
    this.first = this.reverse ? total - 1 - end : start;
  }

  /** Applies LIMIT, and turns `first` to where reading begins. */
  limitTo(): void {
    if (this.by === BY_RANK) this.offset = 0;
    const left = this.offset < 0 ? 0 : Math.max(0, this.count - this.offset);
    if (this.reverse) this.first += this.count - 1 - this.offset;
    else this.first += this.offset;
    this.count = this.limit < 0 ? left : Math.min(left, this.limit);
  }
}

const range = new Range();

/** Reads the options behind the bounds. @returns false after replying an error */
function readOptions(c: CommandContext, first: number, by: number, reverse: number, store: boolean): boolean {
  range.by = by;
  range.reverse = reverse === 1;
  range.withScores = false;
  range.offset = 0;
  range.limit = UNLIMITED;
  for (let i = first; i < c.args.argc; i++) {
    if (!store && c.is(i, TOKEN_WITHSCORES)) range.withScores = true;
    else if (i + 2 < c.args.argc && c.is(i, TOKEN_LIMIT)) {
      range.offset = wideInteger(c, i + 1);
      if (Number.isNaN(range.offset)) return false;
      range.limit = wideInteger(c, i + 2);
      if (Number.isNaN(range.limit)) return false;
      i += 2;
    } else if (reverse === BY_OPTION && !range.reverse && c.is(i, TOKEN_REV)) range.reverse = true;
    else if (range.by === BY_OPTION && c.is(i, TOKEN_BYLEX)) range.by = BY_LEX;
    else if (range.by === BY_OPTION && c.is(i, TOKEN_BYSCORE)) range.by = BY_SCORE;
    else {
      c.out.error(ERR_SYNTAX);
      return false;
    }
  }
  if (range.by === BY_OPTION) range.by = BY_RANK;
  if (range.limit !== UNLIMITED && range.by === BY_RANK) c.out.error(ERR_LIMIT);
  else if (range.withScores && range.by === BY_LEX) c.out.error(ERR_SCORES);
  else return true;
  return false;
}

/** Reads everything behind the key in argument `key`. @returns false after replying an error */
function readRange(c: CommandContext, key: number, by: number, reverse: number, store: boolean): boolean {
  if (!readOptions(c, key + 3, by, reverse, store)) return false;
  const swapped = range.reverse && range.by !== BY_RANK;
  return range.readBounds(c, swapped ? key + 2 : key + 1, swapped ? key + 1 : key + 2);
}

/** Replies a range of argument 1. */
function replyRange(c: CommandContext, by: number, reverse: number): void {
  if (!readRange(c, 1, by, reverse, false)) return;
  const ref = c.readTyped(1, TYPE_ZSET);
  if (ref === WRONG_TYPE) return;
  if (ref === NIL) return c.out.arrayHeader(0);
  range.find(c, ref);
  range.limitTo();
  const { out } = c;
  const { withScores, reverse: backwards } = range;
  const nested = withScores && out.resp3;
  let left = range.count;
  out.arrayHeader(withScores && !nested ? left * 2 : left);
  const { cursor } = c.ks.zsets;
  let more = left > 0 && cursor.seek(ref, range.first);
  while (more) {
    if (nested) out.arrayHeader(2);
    out.bulk(cursor.member.buf, cursor.member.off, cursor.member.len);
    if (withScores) out.number(cursor.score);
    more = --left > 0 && (backwards ? cursor.prev() : cursor.next());
  }
}

/**
 * Replies a range. O(log n + m).
 *
 * `ZRANGE key start stop [BYSCORE | BYLEX] [REV] [LIMIT offset count] [WITHSCORES]`
 */
function zrangeCommand(c: CommandContext): void {
  replyRange(c, BY_OPTION, BY_OPTION);
}

/** Replies a range of ranks, from the greatest. O(log n + m). `ZREVRANGE key start stop [WITHSCORES]` */
function zrevrangeCommand(c: CommandContext): void {
  replyRange(c, BY_RANK, 1);
}

/** Replies a range of scores. O(log n + m). `ZRANGEBYSCORE key min max [WITHSCORES] [LIMIT offset count]` */
function zrangebyscoreCommand(c: CommandContext): void {
  replyRange(c, BY_SCORE, 0);
}

/** Replies a range of scores, from the greatest. O(log n + m). `ZREVRANGEBYSCORE key max min [WITHSCORES] [LIMIT offset count]` */
function zrevrangebyscoreCommand(c: CommandContext): void {
  replyRange(c, BY_SCORE, 1);
}

/** Replies a range of members. O(log n + m). `ZRANGEBYLEX key min max [LIMIT offset count]` */
function zrangebylexCommand(c: CommandContext): void {
  replyRange(c, BY_LEX, 0);
}

/** Replies a range of members, from the greatest. O(log n + m). `ZREVRANGEBYLEX key max min [LIMIT offset count]` */
function zrevrangebylexCommand(c: CommandContext): void {
  replyRange(c, BY_LEX, 1);
}

/**
 * Stores a range in another key. O(log n + m).
 *
 * `ZRANGESTORE dst src min max [BYSCORE | BYLEX] [REV] [LIMIT offset count]`
 */
function zrangestoreCommand(c: CommandContext): void {
  if (!readRange(c, 2, BY_OPTION, BY_OPTION, true)) return;
  const ref = c.readTyped(2, TYPE_ZSET);
  if (ref === WRONG_TYPE) return;
  let left = 0;
  if (ref !== NIL) {
    range.find(c, ref);
    range.limitTo();
    left = range.count;
  }
  if (!hasRoomForMembers(c, ref, left)) return;
  const { buf, off, len } = c.args;
  const existed = c.write(1) !== NIL;
  const { cursor, builder, maxListpackEntries, maxListpackValue } = c.ks.zsets;
  const target = c.ks.build(buf, off[1], len[1], TYPE_ZSET);
  // As in Redis: unless it is known to be too large this begins as a listpack, in which a zero has no sign.
  let room = range.by === BY_RANK && left > maxListpackEntries ? 0 : maxListpackEntries;
  let more = left > 0 && cursor.seek(ref, range.first);
  while (more) {
    room = cursor.member.len > maxListpackValue ? -1 : room - 1;
    const score = room >= 0 ? cursor.score + 0 : cursor.score;
    builder.add(score, cursor.member.buf, cursor.member.off, cursor.member.len);
    more = --left > 0 && (range.reverse ? cursor.prev() : cursor.next());
  }
  installBuilt(c, target, existed);
}

/**
 * Ends a command that stores what it has put in the builder: hands it to
 * `target`, which `ks.build` made, puts that in its place and replies its size.
 * @param existed whether the key was there
 */
export function installBuilt(c: CommandContext, target: Ref, existed: boolean): void {
  const { builder } = c.ks.zsets;
  const { count } = builder;
  builder.sort();
  builder.fill(target);
  c.ks.install(c.db, target);
  if (count > 0 || existed) c.dirty++;
  c.out.integer(count);
}

/** Replies how many members are within argument 1's range. */
function replyCount(c: CommandContext, by: number): void {
  range.by = by;
  range.reverse = false;
  if (!range.readBounds(c, 2, 3)) return;
  const ref = c.readTyped(1, TYPE_ZSET);
  if (ref === WRONG_TYPE) return;
  if (ref === NIL) return c.out.integer(0);
  range.find(c, ref);
  c.out.integer(range.count);
}

/** Replies how many scores are within a range. O(log n). `ZCOUNT key min max` */
function zcountCommand(c: CommandContext): void {
  replyCount(c, BY_SCORE);
}

/** Replies how many members are within a range. O(log n). `ZLEXCOUNT key min max` */
function zlexcountCommand(c: CommandContext): void {
  replyCount(c, BY_LEX);
}

/** Removes the members within argument 1's range. */
function removeRange(c: CommandContext, by: number): void {
  range.by = by;
  range.reverse = false;
  if (!range.readBounds(c, 2, 3)) return;
  const ref = c.writeTyped(1, TYPE_ZSET);
  if (ref === WRONG_TYPE) return;
  if (ref === NIL) return c.out.integer(0);
  range.find(c, ref);
  const { first, count } = range;
  if (count > 0) {
    c.open(ref);
    c.ks.zsets.removeRange(ref, first, count);
    c.close(ref, true);
    c.dirty += count;
  }
  c.out.integer(count);
}

/** Removes a range of ranks. O(log n + m). `ZREMRANGEBYRANK key start stop` */
function zremrangebyrankCommand(c: CommandContext): void {
  removeRange(c, BY_RANK);
}

/** Removes a range of scores. O(log n + m). `ZREMRANGEBYSCORE key min max` */
function zremrangebyscoreCommand(c: CommandContext): void {
  removeRange(c, BY_SCORE);
}

/** Removes a range of members. O(log n + m). `ZREMRANGEBYLEX key min max` */
function zremrangebylexCommand(c: CommandContext): void {
  removeRange(c, BY_LEX);
}

/** Part of the family of sorted sets, for sorted_sets.ts. */
export const ZSET_RANGE_COMMANDS: HandlerTable = {
  zcount: zcountCommand,
  zlexcount: zlexcountCommand,
  zrange: zrangeCommand,
  zrangebylex: zrangebylexCommand,
  zrangebyscore: zrangebyscoreCommand,
  zrangestore: zrangestoreCommand,
  zremrangebylex: zremrangebylexCommand,
  zremrangebyrank: zremrangebyrankCommand,
  zremrangebyscore: zremrangebyscoreCommand,
  zrevrange: zrevrangeCommand,
  zrevrangebylex: zrevrangebylexCommand,
  zrevrangebyscore: zrevrangebyscoreCommand,
};
