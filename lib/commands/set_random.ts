/**
 * Members by chance, each with the same probability: SPOP, SRANDMEMBER.
 *
 * DESIGN. What SPOP takes is logged as SREM, in commands of at most
 * {@link SREM_MAX} members. Members are taken out one by one; only when far
 * fewer stay than go, those that stay are moved to a new set, which also gets
 * the name that Redis would give it.
 */

import { NIL, type Ref } from "../arena/layout.ts";
import { toAscii } from "../base/ascii.ts";
import { Slice } from "../base/slice.ts";
import { RefList } from "../dict/ref_list.ts";
import { NO_EXPIRE, TYPE_SET } from "../objects/entry.ts";
import { SET_INTS } from "../objects/set.ts";
import { ERR_SYNTAX, errorReply } from "../resp/errors.ts";
import { type CommandContext, WRONG_TYPE } from "./context.ts";
import { isRandomCountAllowed, readRandomCount } from "./random_count.ts";
import { replyMembers } from "./set_walks.ts";
import { type HandlerTable } from "./spec.ts";
import { readAtLeast } from "./zset_options.ts";

/** The most members of one SREM that is logged. */
const SREM_MAX = 1024;
/** When fewer than one in this many of those that go stay, they get a set of their own. */
const MOVE_BELOW = 5;
/** Drawing beats a pass over all members when less than one in this many is wanted. */
const DRAW_BELOW = 3;
const ERR_POSITIVE = errorReply("ERR value is out of range, must be positive");
const SREM = toAscii("SREM");
const DEL = toAscii("DEL");
const UNLINK = toAscii("UNLINK");

const member = new Slice();

/** Takes one member out, or some. O(n) in what is taken. `SPOP key [count]` */
function spopCommand(c: CommandContext): void {
  if (c.argc > 3) return c.out.error(ERR_SYNTAX);
  if (c.argc === 3) return popSome(c);
  const ref = c.writeTyped(1, TYPE_SET);
  if (ref === WRONG_TYPE) return;
  if (ref === NIL) return c.out.nil();
  beginSrem(c, 1);
  c.open(ref);
  pop(c, ref);
  c.close(ref, true);
  c.dirty++;
}

/** Begins to log that `members` members, which follow, are taken out of argument 1. */
function beginSrem(c: CommandContext, members: number): void {
  c.instead.begin(2 + members);
  c.instead.bulk(SREM, 0, SREM.length);
  c.insteadArg(1);
}

/** Replies and logs the member that was read. */
function handOut(c: CommandContext): void {
  c.out.bulk(member.buf, member.off, member.len);
  c.instead.bulk(member.buf, member.off, member.len);
}

/** Takes a member out of an open set, replies and logs it. */
function pop(c: CommandContext, ref: Ref): void {
  const { sets, random } = c.ks;
  const item = sets.random(ref, random);
  sets.member(ref, item, member);
  handOut(c);
  sets.removeItem(ref, item);
}

function popSome(c: CommandContext): void {
  const count = readAtLeast(c, 2, 0, ERR_POSITIVE);
  if (Number.isNaN(count)) return;
  const ref = c.writeTyped(1, TYPE_SET);
  if (ref === WRONG_TYPE) return;
  if (ref === NIL || count === 0) return c.out.setHeader(0);
  const size = c.ks.sets.count(ref);
  if (count >= size) return popAll(c, ref, size);
  c.out.setHeader(count);
  if ((size - count) * MOVE_BELOW <= count) moveRest(c, ref, size - count);
  else {
    c.open(ref);
    for (let i = 0; i < count; i++) {
      if (i % SREM_MAX === 0) beginSrem(c, Math.min(count - i, SREM_MAX));
      pop(c, ref);
    }
    c.close(ref, true);
  }
  c.dirty += count;
}

/** Replies all members and removes the key. */
function popAll(c: CommandContext, ref: Ref, size: number): void {
  replyMembers(c, ref);
  c.ks.removeRef(c.db, ref);
  const name = c.server.config.lazyfreeLazyServerDel ? UNLINK : DEL;
  c.instead.begin(2);
  c.instead.bulk(name, 0, name.length);
  c.insteadArg(1);
  c.dirty += size;
}

/** Puts `kept` members in the place of the set; replies and logs the others. */
function moveRest(c: CommandContext, ref: Ref, kept: number): void {
  const { sets, entries, random } = c.ks;
  const all = new RefList();
  sets.collect(ref, all);
  const { refs, length } = all;
  const { buf, off, len } = c.args;
  const deadline = entries.expireMs(ref);
  const lru = entries.lru(ref);
  const rest = c.ks.build(buf, off[1], len[1], TYPE_SET);
  if (sets.name(ref) !== SET_INTS) sets.initListpack(rest);
  for (let i = 0; i < length; i++) {
    if (i < kept) {
      const other = i + random.below(length - i);
      const item = refs[other];
      refs[other] = refs[i];
      sets.member(ref, item, member);
      sets.add(rest, member.buf, member.off, member.len);
      continue;
    }
    if ((i - kept) % SREM_MAX === 0) beginSrem(c, Math.min(length - i, SREM_MAX));
    sets.member(ref, refs[i], member);
    handOut(c);
  }
  c.ks.install(c.db, rest);
  entries.setLru(rest, lru);
  if (deadline !== NO_EXPIRE) c.ks.setExpire(c.db, rest, deadline);
}

/** Replies one member, or some. O(n) in what is replied, or in the set. `SRANDMEMBER key [count]` */
function srandmemberCommand(c: CommandContext): void {
  if (c.argc > 3) return c.out.error(ERR_SYNTAX);
  if (c.argc === 3) return drawSome(c);
  const ref = c.readTyped(1, TYPE_SET);
  if (ref === WRONG_TYPE) return;
  if (ref === NIL) return c.out.nil();
  reply(c, ref, c.ks.sets.random(ref, c.ks.random));
}

function reply(c: CommandContext, ref: Ref, item: number): void {
  c.ks.sets.member(ref, item, member);
  c.out.bulk(member.buf, member.off, member.len);
}

function drawSome(c: CommandContext): void {
  const count = readRandomCount(c, 2);
  if (Number.isNaN(count) || !isRandomCountAllowed(c, 2, false)) return;
  const ref = c.readTyped(1, TYPE_SET);
  if (ref === WRONG_TYPE) return;
  if (ref === NIL || count === 0) return c.out.arrayHeader(0);
  const size = c.ks.sets.count(ref);
  const replied = count < 0 ? -count : Math.min(count, size);
  c.out.arrayHeader(replied);
  if (count < 0) drawRepeatedly(c, ref, replied);
  else if (replied * DRAW_BELOW > size || !c.ks.entries.isLarge(ref)) select(c, ref, replied);
  else drawDistinct(c, ref, replied);
}

/** Replies `count` members, any of them more than once. */
function drawRepeatedly(c: CommandContext, ref: Ref, count: number): void {
  const { sets, random } = c.ks;
  if (c.ks.entries.isLarge(ref)) {
    for (let i = 0; i < count; i++) reply(c, ref, sets.random(ref, random));
    return;
  }
  const all = new RefList();
  sets.collect(ref, all);
  for (let i = 0; i < count; i++) reply(c, ref, all.refs[random.below(all.length)]);
}

/** Replies `count` different members out of a pass over all: each is taken with the right probability. */
function select(c: CommandContext, ref: Ref, count: number): void {
  const all = new RefList();
  c.ks.sets.collect(ref, all);
  for (let i = 0, left = count; left > 0; i++) {
    if (c.ks.random.below(all.length - i) >= left) continue;
    reply(c, ref, all.refs[i]);
    left--;
  }
}

/** Replies `count` different members, drawn one by one. */
function drawDistinct(c: CommandContext, ref: Ref, count: number): void {
  const drawn = new Set<number>();
  while (drawn.size < count) {
    const item = c.ks.sets.random(ref, c.ks.random);
    if (drawn.has(item)) continue;
    drawn.add(item);
    reply(c, ref, item);
  }
}

/** Part of the set family, for sets.ts. */
export const SET_RANDOM_COMMANDS: HandlerTable = {
  spop: spopCommand,
  srandmember: srandmemberCommand,
};
