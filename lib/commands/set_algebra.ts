/**
 * Intersections, unions and differences of sets.
 *
 * DESIGN. An intersection walks the smallest set and asks the others, from the
 * small to the large; a difference walks the first set and asks the others,
 * from the large to the small, or, where that is more work, adds and removes.
 * Sets whose members have to be made out first are made with `ks.build`, as are
 * those that are stored: nothing is looked up from then on, the sources may be
 * read, and the old value goes only when the new one is installed.
 *
 * n is the number of members of all sets, k that of sets.
 */

import { NIL, type Ref } from "../arena/layout.ts";
import { parseInt64, toAscii } from "../base/ascii.ts";
import { Slice } from "../base/slice.ts";
import { RefList } from "../dict/ref_list.ts";
import { TYPE_SET } from "../objects/entry.ts";
import { SET_INTS } from "../objects/set.ts";
import { ERR_SYNTAX, errorReply } from "../resp/errors.ts";
import { type CommandContext, WRONG_TYPE } from "./context.ts";
import { replyMembers } from "./set_walks.ts";
import { type HandlerTable } from "./spec.ts";
import { readAtLeast } from "./zset_options.ts";

const TOKEN_LIMIT = toAscii("limit");
const ERR_NUMBER_OF_KEYS = errorReply("ERR numkeys should be greater than 0");
const ERR_TOO_MANY_KEYS = errorReply("ERR Number of keys can't be greater than number of args");
const ERR_LIMIT = errorReply("ERR LIMIT can't be negative");

/** A set of members of others takes no more than so many times their bytes. */
const SET_FACTOR = 2;

/** Scratch of a call: handlers are synchronous. */
const slice = new RefList();
const member = new Slice();

/** Looks `n` keys up from argument `first` on. @returns their refs, NIL for what is absent; undefined after replying WRONGTYPE */
function readSets(c: CommandContext, first: number, n: number): Ref[] | undefined {
  const refs: Ref[] = [];
  for (let i = first; i < first + n; i++) {
    const ref = c.readTyped(i, TYPE_SET);
    if (ref === WRONG_TYPE) return undefined;
    refs.push(ref);
  }
  return refs;
}

/** Hands the items of a set to `visit`, each of them read into `member`, until it returns false. */
function walk(c: CommandContext, ref: Ref, visit: (item: number) => boolean): void {
  const { sets } = c.ks;
  let position = 0;
  do {
    slice.clear();
    position = sets.collectSlice(ref, position, slice);
    for (let i = 0; i < slice.length; i++) {
      sets.member(ref, slice.refs[i], member);
      if (!visit(slice.refs[i])) return;
    }
  } while (position !== 0);
}

/** Whether all of `refs`, from the second on, have `member`, which is from the first. */
function isInAll(c: CommandContext, refs: readonly Ref[]): boolean {
  for (let i = 1; i < refs.length; i++) {
    if (refs[i] !== refs[0] && !c.ks.sets.has(refs[i], member.buf, member.off, member.len)) return false;
  }
  return true;
}

/** Whether none of `refs`, from the second on, has `member`. */
function isInNoOther(c: CommandContext, refs: readonly Ref[]): boolean {
  for (let i = 1; i < refs.length; i++) {
    if (c.ks.sets.has(refs[i], member.buf, member.off, member.len)) return false;
  }
  return true;
}

/** Adds `member` to a set. */
function addMember(c: CommandContext, target: Ref): void {
  c.ks.sets.add(target, member.buf, member.off, member.len);
}

/** Replies the given items of a set as a set. */
function replyItems(c: CommandContext, ref: Ref, items: RefList): void {
  c.out.setHeader(items.length);
  for (let i = 0; i < items.length; i++) {
    c.ks.sets.member(ref, items.refs[i], member);
    c.out.bulk(member.buf, member.off, member.len);
  }
}

/**
 * An empty set that will take the place of argument 1, and be filled with members of `sources`.
 * @returns NIL after replying that there may be no room for them
 */
function buildTarget(c: CommandContext, sources: readonly Ref[]): Ref {
  let bytes = 0;
  for (const ref of sources) if (ref !== NIL) bytes += c.ks.entries.collectionBytes(ref);
  if (!c.hasRoomFor(SET_FACTOR * bytes)) return NIL;
  const { buf, off, len } = c.args;
  return c.ks.build(buf, off[1], len[1], TYPE_SET);
}

/**
 * Puts what `buildTarget` made in its place and replies its size.
 * @param existed whether the key was there
 */
function installTarget(c: CommandContext, target: Ref, existed: boolean): void {
  const count = c.ks.sets.count(target);
  c.ks.install(c.db, target);
  if (count > 0 || existed) c.dirty++;
  c.out.integer(count);
}

/** The sets from the smallest to the largest, equal ones as they are given. */
function sortBySize(c: CommandContext, refs: Ref[]): void {
  const { sets } = c.ks;
  refs.sort((a, b) => sets.count(a) - sets.count(b));
}

/** Replies the intersection of sets. O(n k), n that of the smallest. `SINTER key [key …]` */
function sinterCommand(c: CommandContext): void {
  const refs = readSets(c, 1, c.argc - 1);
  if (refs === undefined) return;
  if (refs.includes(NIL)) return c.out.setHeader(0);
  if (refs.length === 1) return replyMembers(c, refs[0]);
  sortBySize(c, refs);
  const common = new RefList();
  walk(c, refs[0], (item) => {
    if (isInAll(c, refs)) common.push(0, item);
    return true;
  });
  replyItems(c, refs[0], common);
}

/** Replies how many members an intersection has. O(n k), n that of the smallest. `SINTERCARD numkeys key [key …] [LIMIT limit]` */
function sintercardCommand(c: CommandContext): void {
  const n = readAtLeast(c, 1, 1, ERR_NUMBER_OF_KEYS);
  if (Number.isNaN(n)) return;
  if (n > c.argc - 2) return c.out.error(ERR_TOO_MANY_KEYS);
  let limit = 0;
  for (let i = 2 + n; i < c.argc; i += 2) {
    if (i + 1 >= c.argc || !c.is(i, TOKEN_LIMIT)) return c.out.error(ERR_SYNTAX);
    limit = readAtLeast(c, i + 1, 0, ERR_LIMIT);
    if (Number.isNaN(limit)) return;
  }
  const refs = readSets(c, 2, n);
  if (refs === undefined) return;
  let common = 0;
  if (!refs.includes(NIL)) {
    sortBySize(c, refs);
    walk(c, refs[0], () => {
      if (isInAll(c, refs)) common++;
      // 0 stands for no limit, and is never reached.
      return common !== limit || common === 0;
    });
  }
  c.out.integer(common);
}

/** Stores the intersection of sets. O(n k), n that of the smallest. `SINTERSTORE destination key [key …]` */
function sinterstoreCommand(c: CommandContext): void {
  const refs = readSets(c, 2, c.argc - 2);
  if (refs === undefined) return;
  if (refs.includes(NIL)) {
    if (c.remove(1)) c.dirty++;
    return c.out.integer(0);
  }
  const { sets } = c.ks;
  const existed = c.peek(1) !== NIL;
  sortBySize(c, refs);
  const target = buildTarget(c, [refs[0]]);
  if (target === NIL) return;
  // As in Redis: members of anything but an intset are put in a listpack first, and named intset if all are integers.
  const fromInts = sets.name(refs[0]) === SET_INTS;
  if (!fromInts) sets.initListpack(target);
  let onlyIntegers = !fromInts;
  walk(c, refs[0], () => {
    if (!isInAll(c, refs)) return true;
    onlyIntegers &&= !Number.isNaN(parseInt64(member.buf, member.off, member.len));
    addMember(c, target);
    return true;
  });
  if (onlyIntegers && sets.count(target) > 0) sets.nameIntset(target);
  installTarget(c, target, existed);
}

/** Adds all members of all sets to `target`. */
function unite(c: CommandContext, refs: readonly Ref[], target: Ref): void {
  for (const ref of refs) {
    if (ref === NIL) continue;
    walk(c, ref, () => {
      addMember(c, target);
      return true;
    });
  }
}

/** Replies the union of sets. O(n). `SUNION key [key …]` */
function sunionCommand(c: CommandContext): void {
  const refs = readSets(c, 1, c.argc - 1);
  if (refs === undefined) return;
  const present = refs.filter((ref) => ref !== NIL);
  if (present.length <= 1) return replyMembers(c, present.length === 0 ? NIL : present[0]);
  const union = buildTarget(c, present);
  if (union === NIL) return;
  unite(c, present, union);
  replyMembers(c, union);
  c.ks.discard(union);
}

/** Stores the union of sets. O(n). `SUNIONSTORE destination key [key …]` */
function sunionstoreCommand(c: CommandContext): void {
  const refs = readSets(c, 2, c.argc - 2);
  if (refs === undefined) return;
  const existed = c.peek(1) !== NIL;
  const target = buildTarget(c, refs);
  if (target === NIL) return;
  unite(c, refs, target);
  installTarget(c, target, existed);
}

/**
 * Whether a difference is had for less by adding the members of the first set
 * and removing those of all others than by asking the others for each of its
 * members. Redis' rule, since the name of a stored set depends on it.
 */
function removesFromFirst(c: CommandContext, refs: readonly Ref[]): boolean {
  const { sets } = c.ks;
  const present = refs.filter((ref) => ref !== NIL);
  const asking = Math.floor(sets.count(refs[0]) * present.length / 2);
  const removing = present.reduce((sum, ref) => sum + sets.count(ref), 0);
  return asking > removing;
}

/** The first set, and the others that are there from the largest to the smallest. */
function subtrahends(c: CommandContext, refs: readonly Ref[]): Ref[] {
  const others = refs.slice(1).filter((ref) => ref !== NIL);
  return [refs[0], ...others.sort((a, b) => c.ks.sets.count(b) - c.ks.sets.count(a))];
}

/** Adds the members of the first set to `target` that no other has. */
function subtract(c: CommandContext, refs: readonly Ref[], target: Ref): void {
  if (refs[0] === NIL || refs.indexOf(refs[0], 1) > 0) return;
  const { sets } = c.ks;
  if (!removesFromFirst(c, refs)) {
    const ordered = subtrahends(c, refs);
    walk(c, refs[0], () => {
      if (isInNoOther(c, ordered)) addMember(c, target);
      return true;
    });
    return;
  }
  unite(c, [refs[0]], target);
  for (let i = 1; i < refs.length && sets.count(target) > 0; i++) {
    if (refs[i] === NIL) continue;
    walk(c, refs[i], () => {
      sets.remove(target, member.buf, member.off, member.len);
      return true;
    });
  }
}

/** Replies the members of the first set that no other has. O(n), or O(n k) with n that of the first. `SDIFF key [key …]` */
function sdiffCommand(c: CommandContext): void {
  const refs = readSets(c, 1, c.argc - 1);
  if (refs === undefined) return;
  if (refs[0] === NIL || refs.indexOf(refs[0], 1) > 0) return c.out.setHeader(0);
  if (removesFromFirst(c, refs)) {
    const difference = buildTarget(c, [refs[0]]);
    if (difference === NIL) return;
    subtract(c, refs, difference);
    replyMembers(c, difference);
    return c.ks.discard(difference);
  }
  const ordered = subtrahends(c, refs);
  const left = new RefList();
  walk(c, refs[0], (item) => {
    if (isInNoOther(c, ordered)) left.push(0, item);
    return true;
  });
  replyItems(c, refs[0], left);
}

/** Stores the members of the first set that no other has. O(n), or O(n k). `SDIFFSTORE destination key [key …]` */
function sdiffstoreCommand(c: CommandContext): void {
  const refs = readSets(c, 2, c.argc - 2);
  if (refs === undefined) return;
  const existed = c.peek(1) !== NIL;
  const target = buildTarget(c, [refs[0]]);
  if (target === NIL) return;
  subtract(c, refs, target);
  installTarget(c, target, existed);
}

/** Part of the set family, for sets.ts. */
export const SET_ALGEBRA_COMMANDS: HandlerTable = {
  sdiff: sdiffCommand,
  sdiffstore: sdiffstoreCommand,
  sinter: sinterCommand,
  sintercard: sintercardCommand,
  sinterstore: sinterstoreCommand,
  sunion: sunionCommand,
  sunionstore: sunionstoreCommand,
};
