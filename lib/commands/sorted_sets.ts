/**
 * Sorted sets: adding, removing and looking up members.
 *
 * DESIGN. What a sorted set does is lib/objects/zset.ts; here are arguments,
 * replies and what is logged. Ranges, results of several sorted sets, pops and
 * the rest have files of their own (zset_*.ts).
 *
 * n is the number of members everywhere.
 */

import { NIL } from "../arena/layout.ts";
import { toAscii } from "../base/ascii.ts";
import { parseDouble } from "../base/float.ts";
import { TYPE_ZSET } from "../objects/entry.ts";
import {
  ADD_GT,
  ADD_INCR,
  ADD_LT,
  ADD_NX,
  ADD_XX,
  ZSET_ADDED,
  ZSET_NAN,
  ZSET_NOP,
  ZSET_UPDATED,
} from "../objects/zset.ts";
import { ERR_NOT_FLOAT, ERR_SYNTAX, errorReply } from "../resp/errors.ts";
import { type CommandContext, WRONG_TYPE } from "./context.ts";
import { type HandlerTable } from "./spec.ts";
import { replyWrongArity } from "./string_values.ts";
import { ADD_CHANGED, addOption } from "./zset_options.ts";
import { ZSET_BLOCKING_COMMANDS } from "./zset_blocking.ts";
import { ZSET_POP_COMMANDS } from "./zset_pop.ts";
import { ZSET_RANDOM_COMMANDS } from "./zset_random.ts";
import { ZSET_RANGE_COMMANDS } from "./zset_range.ts";
import { ZSET_SCAN_COMMANDS } from "./zset_scan.ts";
import { ZSET_STORE_COMMANDS } from "./zset_store.ts";

const ERR_XX_NX = errorReply("ERR XX and NX options at the same time are not compatible");
const ERR_GT_LT_NX = errorReply("ERR GT, LT, and/or NX options at the same time are not compatible");
const ERR_INCR_PAIRS = errorReply("ERR INCR option supports a single increment-element pair");
const ERR_NAN = errorReply("ERR resulting score is not a number (NaN)");
const WITHSCORE = toAscii("withscore");

/** Scores of a ZADD: all are read before anything changes. */
let scores = new Float64Array(16);

/**
 * Adds members or changes their scores. O(log n) for each.
 *
 * `ZADD key [NX | XX] [GT | LT] [CH] [INCR] score member [score member …]`
 */
function zaddCommand(c: CommandContext): void {
  add(c, 0);
}

/** Adds to the score of a member. O(log n). `ZINCRBY key increment member` */
function zincrbyCommand(c: CommandContext): void {
  add(c, ADD_INCR);
}

/** Whether the options go together; replies an error if not. */
function areCompatible(c: CommandContext, options: number, pairs: number): boolean {
  const one = options & (ADD_NX | ADD_GT | ADD_LT);
  if ((options & ADD_NX) !== 0 && (options & ADD_XX) !== 0) c.out.error(ERR_XX_NX);
  else if ((one & (one - 1)) !== 0) c.out.error(ERR_GT_LT_NX);
  else if ((options & ADD_INCR) !== 0 && pairs > 1) c.out.error(ERR_INCR_PAIRS);
  else return true;
  return false;
}

/** Reads more options and the pairs, and adds these. ZINCRBY takes ZADD's options too, though none that helps. */
function add(c: CommandContext, options: number): void {
  const { buf, off, len, argc } = c.args;
  let first = 2;
  for (let option = addOption(c, 2); option !== 0; option = first < argc ? addOption(c, first) : 0) {
    options |= option;
    first++;
  }
  const pairs = (argc - first) >> 1;
  if (pairs === 0 || ((argc - first) & 1) !== 0) return c.out.error(ERR_SYNTAX);
  if (options !== 0 && !areCompatible(c, options, pairs)) return;
  if (pairs > scores.length) scores = new Float64Array(pairs * 2);
  for (let i = 0; i < pairs; i++) {
    scores[i] = parseDouble(buf, off[first + i * 2], len[first + i * 2]);
    if (Number.isNaN(scores[i])) return c.out.error(ERR_NOT_FLOAT);
  }
  let ref = c.writeTyped(1, TYPE_ZSET);
  if (ref === WRONG_TYPE) return;
  const { zsets } = c.ks;
  if (ref !== NIL) {
    c.open(ref);
    zsets.expect(ref, pairs, 0);
  } else if ((options & ADD_XX) !== 0) {
    return (options & ADD_INCR) !== 0 ? c.out.nil() : c.out.integer(0);
  } else {
    ref = c.ks.create(c.db, buf, off[1], len[1], TYPE_ZSET);
    zsets.expect(ref, pairs, len[first + 1]);
  }
  let added = 0;
  let updated = 0;
  let did = ZSET_NOP;
  for (let i = 0, at = first + 1; i < pairs; i++, at += 2) {
    did = zsets.add(ref, buf, off[at], len[at], scores[i], options);
    if (did === ZSET_ADDED) added++;
    else if (did === ZSET_UPDATED) updated++;
  }
  c.close(ref, added + updated > 0);
  c.dirty += added + updated;
  if ((options & ADD_INCR) === 0) c.out.integer((options & ADD_CHANGED) !== 0 ? added + updated : added);
  else if (did === ZSET_NAN) c.out.error(ERR_NAN);
  else if (did === ZSET_NOP) c.out.nil();
  else c.out.number(zsets.newScore);
}

/** Removes members. O(log n) for each. `ZREM key member [member …]` */
function zremCommand(c: CommandContext): void {
  const ref = c.writeTyped(1, TYPE_ZSET);
  if (ref === WRONG_TYPE) return;
  if (ref === NIL) return c.out.integer(0);
  const { buf, off, len, argc } = c.args;
  const { zsets } = c.ks;
  let removed = 0;
  c.open(ref);
  for (let i = 2; i < argc; i++) if (zsets.remove(ref, buf, off[i], len[i])) removed++;
  c.close(ref, removed > 0);
  c.dirty += removed;
  c.out.integer(removed);
}

/** Replies the number of members. O(1). `ZCARD key` */
function zcardCommand(c: CommandContext): void {
  const ref = c.readTyped(1, TYPE_ZSET);
  if (ref !== WRONG_TYPE) c.out.integer(ref === NIL ? 0 : c.ks.zsets.count(ref));
}

/** Replies the score of a member. O(1). `ZSCORE key member` */
function zscoreCommand(c: CommandContext): void {
  const ref = c.readTyped(1, TYPE_ZSET);
  if (ref !== WRONG_TYPE) replyScore(c, ref, 2);
}

/** Replies the scores of members. O(m). `ZMSCORE key member [member …]` */
function zmscoreCommand(c: CommandContext): void {
  const ref = c.readTyped(1, TYPE_ZSET);
  if (ref === WRONG_TYPE) return;
  c.out.arrayHeader(c.args.argc - 2);
  for (let i = 2; i < c.args.argc; i++) replyScore(c, ref, i);
}

/** Replies the score that argument `i` has in a sorted set, which may be missing. */
function replyScore(c: CommandContext, ref: number, i: number): void {
  const { buf, off, len } = c.args;
  const score = ref === NIL ? NaN : c.ks.zsets.score(ref, buf, off[i], len[i]);
  if (Number.isNaN(score)) c.out.nil();
  else c.out.number(score);
}

/** Replies how many members come before a member. O(log n). `ZRANK key member [WITHSCORE]` */
function zrankCommand(c: CommandContext): void {
  replyRank(c, false);
}

/** As ZRANK, from the greatest. O(log n). `ZREVRANK key member [WITHSCORE]` */
function zrevrankCommand(c: CommandContext): void {
  replyRank(c, true);
}

function replyRank(c: CommandContext, reverse: boolean): void {
  const { buf, off, len, argc } = c.args;
  if (argc > 4) return replyWrongArity(c);
  const withScore = argc === 4;
  if (withScore && !c.is(3, WITHSCORE)) return c.out.error(ERR_SYNTAX);
  const ref = c.readTyped(1, TYPE_ZSET);
  if (ref === WRONG_TYPE) return;
  const { zsets } = c.ks;
  const rank = ref === NIL ? -1 : zsets.rank(ref, buf, off[2], len[2]);
  if (rank < 0) return withScore ? c.out.nullArray() : c.out.nil();
  if (withScore) c.out.arrayHeader(2);
  c.out.integer(reverse ? zsets.count(ref) - 1 - rank : rank);
  if (withScore) c.out.number(zsets.newScore);
}

/** The family of sorted sets. */
export const SORTED_SET_COMMANDS: HandlerTable = {
  zadd: zaddCommand,
  zcard: zcardCommand,
  zincrby: zincrbyCommand,
  zmscore: zmscoreCommand,
  zrank: zrankCommand,
  zrem: zremCommand,
  zrevrank: zrevrankCommand,
  zscore: zscoreCommand,
  ...ZSET_BLOCKING_COMMANDS,
  ...ZSET_POP_COMMANDS,
  ...ZSET_RANDOM_COMMANDS,
  ...ZSET_RANGE_COMMANDS,
  ...ZSET_SCAN_COMMANDS,
  ...ZSET_STORE_COMMANDS,
};
