/**
 * ZRANDMEMBER: members picked at random, each with the same probability.
 *
 * DESIGN. A member is picked by its rank, which is O(log n) and exactly
 * uniform. Different ones are picked in order by one walk over all (each is
 * taken with the probability that the count is still reached) or, where few
 * are wanted of many, by ranks that are drawn until enough are different.
 */

import { NIL, type Ref } from "../arena/layout.ts";
import { toAscii } from "../base/ascii.ts";
import { TYPE_ZSET } from "../objects/entry.ts";
import { ERR_SYNTAX } from "../resp/errors.ts";
import { type CommandContext, WRONG_TYPE } from "./context.ts";
import { isRandomCountAllowed, readRandomCount } from "./random_count.ts";
import { type HandlerTable } from "./spec.ts";

const TOKEN_WITHSCORES = toAscii("withscores");
/** From this share of the members on, a walk over all beats picking: n / count. */
const WALK_BELOW = 3;

/** Picks members at random. O(m log n). `ZRANDMEMBER key [count [WITHSCORES]]` */
function zrandmemberCommand(c: CommandContext): void {
  const { argc } = c.args;
  if (argc === 2) return replyOne(c);
  const count = readRandomCount(c, 2);
  if (Number.isNaN(count)) return;
  const withScores = argc === 4 && c.is(3, TOKEN_WITHSCORES);
  if (argc > 3 && !withScores) return c.out.error(ERR_SYNTAX);
  if (!isRandomCountAllowed(c, 2, withScores)) return;
  const ref = c.readTyped(1, TYPE_ZSET);
  if (ref === WRONG_TYPE) return;
  if (ref === NIL || count === 0) return c.out.arrayHeader(0);
  const total = c.ks.zsets.count(ref);
  const n = count < 0 ? -count : Math.min(count, total);
  c.out.arrayHeader(withScores && !c.out.resp3 ? n * 2 : n);
  if (count < 0 || n === 1) replyAny(c, ref, n, total, withScores);
  else if (n * WALK_BELOW > total || !c.ks.entries.isLarge(ref)) walk(c, ref, n, total, withScores);
  else replyDifferent(c, ref, n, total, withScores);
}

function replyOne(c: CommandContext): void {
  const ref = c.readTyped(1, TYPE_ZSET);
  if (ref === WRONG_TYPE) return;
  if (ref === NIL) return c.out.nil();
  const { zsets, random } = c.ks;
  zsets.cursor.seek(ref, random.below(zsets.count(ref)));
  replyMember(c, false);
}

/** Replies the member at the cursor. */
function replyMember(c: CommandContext, withScores: boolean): void {
  const { member, score } = c.ks.zsets.cursor;
  if (withScores && c.out.resp3) c.out.arrayHeader(2);
  c.out.bulk(member.buf, member.off, member.len);
  if (withScores) c.out.number(score);
}

/** Members that may come more than once. */
function replyAny(c: CommandContext, ref: Ref, n: number, total: number, withScores: boolean): void {
  const { zsets, random } = c.ks;
  for (let i = 0; i < n; i++) {
    zsets.cursor.seek(ref, random.below(total));
    replyMember(c, withScores);
  }
}

/** Different members, in order. */
function walk(c: CommandContext, ref: Ref, n: number, total: number, withScores: boolean): void {
  const { zsets, random } = c.ks;
  zsets.cursor.seek(ref, 0);
  for (let left = total; n > 0; left--) {
    if (random.below(left) < n) {
      replyMember(c, withScores);
      n--;
    }
    zsets.cursor.next();
  }
}

/** Different members, in the order in which they were drawn. */
function replyDifferent(c: CommandContext, ref: Ref, n: number, total: number, withScores: boolean): void {
  const { zsets, random } = c.ks;
  const drawn = new Set<number>();
  while (drawn.size < n) {
    const rank = random.below(total);
    if (drawn.has(rank)) continue;
    drawn.add(rank);
    zsets.cursor.seek(ref, rank);
    replyMember(c, withScores);
  }
}

/** Part of the family of sorted sets, for sorted_sets.ts. */
export const ZSET_RANDOM_COMMANDS: HandlerTable = { zrandmember: zrandmemberCommand };
