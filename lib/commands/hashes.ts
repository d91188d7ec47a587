/**
 * Hashes field by field: HSET and its relatives, HGET and its relatives, HDEL.
 *
 * DESIGN. `HSET key field value` is the fast path: look the key up, look the
 * field up, one copy. Whether a hash is in one block or in many, and when it
 * changes its name, is lib/objects/hash.ts's business.
 */

import { NIL, type Ref } from "../arena/layout.ts";
import { TYPE_HASH } from "../objects/entry.ts";
import { itemBytes } from "../pack/pack.ts";
import { type CommandContext, WRONG_TYPE } from "./context.ts";
import { HASH_NUMBER_COMMANDS } from "./hash_numbers.ts";
import { HASH_RANDOM_COMMANDS } from "./hash_random.ts";
import { HASH_WALK_COMMANDS } from "./hash_walks.ts";
import { type HandlerTable } from "./spec.ts";
import { replyWrongArity } from "./string_values.ts";

/** Sets fields and replies how many are new. O(n). `HSET key field value [field value …]` */
function hsetCommand(c: CommandContext): void {
  const created = setFields(c);
  if (created >= 0) c.out.integer(created);
}

/** Sets fields. O(n). `HMSET key field value [field value …]` */
function hmsetCommand(c: CommandContext): void {
  if (setFields(c) >= 0) c.out.ok();
}

/** Sets the fields from argument 2 on. @returns how many are new, or -1 after replying an error */
function setFields(c: CommandContext): number {
  const { argc, buf, off, len } = c.args;
  if ((argc & 1) === 1) {
    replyWrongArity(c);
    return -1;
  }
  const ref = c.openOrCreate(1, TYPE_HASH);
  if (ref === NIL) return -1;
  const hashes = c.ks.hashes;
  prepareForArgs(c, ref, 2);
  let created = 0;
  for (let i = 2; i < argc; i += 2) {
    if (hashes.set(ref, buf, off[i], len[i], buf, off[i + 1], len[i + 1])) created++;
  }
  c.close(ref, true);
  c.dirty += (argc - 2) >> 1;
  return created;
}

/** Gets a hash ready for the fields from argument `first` on. */
function prepareForArgs(c: CommandContext, ref: Ref, first: number): void {
  const { argc, len } = c.args;
  let longest = 0;
  let bytes = 0;
  for (let i = first; i < argc; i++) {
    if (len[i] > longest) longest = len[i];
    bytes += itemBytes(len[i]);
  }
  c.ks.hashes.prepare(ref, (argc - first) >> 1, longest, bytes);
}

/** Sets a field unless it exists. O(1). `HSETNX key field value` */
function hsetnxCommand(c: CommandContext): void {
  const { buf, off, len } = c.args;
  const ref = c.openOrCreate(1, TYPE_HASH);
  if (ref === NIL) return;
  const absent = c.ks.hashes.find(ref, buf, off[2], len[2]) === 0;
  if (absent) {
    prepareForArgs(c, ref, 2);
    c.ks.hashes.insert(ref, buf, off[2], len[2], buf, off[3], len[3]);
    c.dirty++;
  }
  c.close(ref, absent);
  c.out.integer(absent ? 1 : 0);
}

/** Replies the value of a field. O(1). `HGET key field` */
function hgetCommand(c: CommandContext): void {
  const ref = c.readTyped(1, TYPE_HASH);
  if (ref !== WRONG_TYPE) replyField(c, ref, 2);
}

/** Replies the values of fields, null for what is absent. O(n). `HMGET key field [field …]` */
function hmgetCommand(c: CommandContext): void {
  const ref = c.readTyped(1, TYPE_HASH);
  if (ref === WRONG_TYPE) return;
  const argc = c.args.argc;
  c.out.arrayHeader(argc - 2);
  for (let i = 2; i < argc; i++) replyField(c, ref, i);
}

/** Replies the value of the field that argument `i` names; `ref` may be 0. */
function replyField(c: CommandContext, ref: Ref, i: number): void {
  const { buf, off, len } = c.args;
  const hashes = c.ks.hashes;
  const item = ref === NIL ? 0 : hashes.find(ref, buf, off[i], len[i]);
  if (item === 0) return c.out.nil();
  const value = c.a;
  hashes.value(ref, item, value);
  c.out.bulk(value.buf, value.off, value.len);
}

/** Removes fields and replies how many there were; with the last one goes the key. O(n). `HDEL key field [field …]` */
function hdelCommand(c: CommandContext): void {
  const ref = c.writeTyped(1, TYPE_HASH);
  if (ref === WRONG_TYPE) return;
  if (ref === NIL) return c.out.integer(0);
  const { argc, buf, off, len } = c.args;
  const hashes = c.ks.hashes;
  let removed = 0;
  c.open(ref);
  for (let i = 2; i < argc && hashes.count(ref) > 0; i++) {
    const item = hashes.find(ref, buf, off[i], len[i]);
    if (item === 0) continue;
    hashes.remove(ref, item);
    removed++;
  }
  c.close(ref, removed > 0);
  c.dirty += removed;
  c.out.integer(removed);
}

/** Replies the number of fields. O(1). `HLEN key` */
function hlenCommand(c: CommandContext): void {
  const ref = c.readTyped(1, TYPE_HASH);
  if (ref !== WRONG_TYPE) c.out.integer(ref === NIL ? 0 : c.ks.hashes.count(ref));
}

/** Replies whether a field exists. O(1). `HEXISTS key field` */
function hexistsCommand(c: CommandContext): void {
  const ref = c.readTyped(1, TYPE_HASH);
  if (ref === WRONG_TYPE) return;
  const { buf, off, len } = c.args;
  c.out.integer(ref !== NIL && c.ks.hashes.find(ref, buf, off[2], len[2]) !== 0 ? 1 : 0);
}

/** Replies the length of a field's value in bytes, 0 when there is none. O(1). `HSTRLEN key field` */
function hstrlenCommand(c: CommandContext): void {
  const ref = c.readTyped(1, TYPE_HASH);
  if (ref === WRONG_TYPE) return;
  const { buf, off, len } = c.args;
  const item = ref === NIL ? 0 : c.ks.hashes.find(ref, buf, off[2], len[2]);
  if (item === 0) return c.out.integer(0);
  c.ks.hashes.value(ref, item, c.a);
  c.out.integer(c.a.len);
}

/** The hash family. */
export const HASH_COMMANDS: HandlerTable = {
  hdel: hdelCommand,
  hexists: hexistsCommand,
  hget: hgetCommand,
  hlen: hlenCommand,
  hmget: hmgetCommand,
  hmset: hmsetCommand,
  hset: hsetCommand,
  hsetnx: hsetnxCommand,
  hstrlen: hstrlenCommand,
  ...HASH_NUMBER_COMMANDS,
  ...HASH_RANDOM_COMMANDS,
  ...HASH_WALK_COMMANDS,
};
