/**
 * Sets member by member: SADD, SREM, SMOVE, and what asks for members.
 *
 * DESIGN. `SADD key member` is the fast path: look the key up, look the member
 * up, one copy. Which form a set has and when it changes its name is
 * lib/objects/set.ts's business.
 */

import { NIL } from "../arena/layout.ts";
import { TYPE_SET } from "../objects/entry.ts";
import { type CommandContext, WRONG_TYPE } from "./context.ts";
import { SET_ALGEBRA_COMMANDS } from "./set_algebra.ts";
import { SET_RANDOM_COMMANDS } from "./set_random.ts";
import { SET_WALK_COMMANDS } from "./set_walks.ts";
import { type HandlerTable } from "./spec.ts";

/** Adds members and replies how many are new. O(n). `SADD key member [member …]` */
function saddCommand(c: CommandContext): void {
  const ref = c.openOrCreate(1, TYPE_SET);
  if (ref === NIL) return;
  const { argc, buf, off, len } = c.args;
  const sets = c.ks.sets;
  sets.prepare(ref, argc - 2, buf, off[2], len[2]);
  let added = 0;
  for (let i = 2; i < argc; i++) if (sets.add(ref, buf, off[i], len[i])) added++;
  c.close(ref, added > 0);
  c.dirty += added;
  c.out.integer(added);
}

/** Removes members and replies how many there were; with the last one goes the key. O(n). `SREM key member [member …]` */
function sremCommand(c: CommandContext): void {
  const ref = c.writeTyped(1, TYPE_SET);
  if (ref === WRONG_TYPE) return;
  if (ref === NIL) return c.out.integer(0);
  const { argc, buf, off, len } = c.args;
  const sets = c.ks.sets;
  let removed = 0;
  c.open(ref);
  for (let i = 2; i < argc && sets.count(ref) > 0; i++) {
    if (sets.remove(ref, buf, off[i], len[i])) removed++;
  }
  c.close(ref, removed > 0);
  c.dirty += removed;
  c.out.integer(removed);
}

/** Moves a member to another set and replies whether it was there. O(1). `SMOVE source destination member` */
function smoveCommand(c: CommandContext): void {
  const source = c.write(1);
  const target = c.write(2);
  if (source === NIL) return c.out.integer(0);
  if (!c.hasType(source, TYPE_SET) || (target !== NIL && !c.hasType(target, TYPE_SET))) return;
  const { buf, off, len } = c.args;
  const sets = c.ks.sets;
  const isMember = sets.has(source, buf, off[3], len[3]);
  if (!isMember || source === target) return c.out.integer(isMember ? 1 : 0);
  c.open(source);
  sets.remove(source, buf, off[3], len[3]);
  c.close(source, true);
  let moved = target;
  if (target !== NIL) c.open(target);
  else {
    moved = c.ks.create(c.db, buf, off[2], len[2], TYPE_SET);
    sets.prepare(moved, 1, buf, off[3], len[3]);
  }
  const added = sets.add(moved, buf, off[3], len[3]);
  c.close(moved, added);
  c.dirty += added ? 2 : 1;
  c.out.integer(1);
}

/** Replies whether the set has a member. O(1). `SISMEMBER key member` */
function sismemberCommand(c: CommandContext): void {
  const ref = c.readTyped(1, TYPE_SET);
  if (ref === WRONG_TYPE) return;
  const { buf, off, len } = c.args;
  c.out.integer(ref !== NIL && c.ks.sets.has(ref, buf, off[2], len[2]) ? 1 : 0);
}

/** Replies which of some members the set has. O(n). `SMISMEMBER key member [member …]` */
function smismemberCommand(c: CommandContext): void {
  const ref = c.readTyped(1, TYPE_SET);
  if (ref === WRONG_TYPE) return;
  const { argc, buf, off, len } = c.args;
  c.out.arrayHeader(argc - 2);
  for (let i = 2; i < argc; i++) {
    c.out.integer(ref !== NIL && c.ks.sets.has(ref, buf, off[i], len[i]) ? 1 : 0);
  }
}

/** Replies the number of members. O(1). `SCARD key` */
function scardCommand(c: CommandContext): void {
  const ref = c.readTyped(1, TYPE_SET);
  if (ref !== WRONG_TYPE) c.out.integer(ref === NIL ? 0 : c.ks.sets.count(ref));
}

/** The set family. */
export const SET_COMMANDS: HandlerTable = {
  sadd: saddCommand,
  scard: scardCommand,
  sismember: sismemberCommand,
  smismember: smismemberCommand,
  smove: smoveCommand,
  srem: sremCommand,
  ...SET_ALGEBRA_COMMANDS,
  ...SET_RANDOM_COMMANDS,
  ...SET_WALK_COMMANDS,
};
