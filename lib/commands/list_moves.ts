/**
 * From one list to another, and from the first of several: LMOVE, RPOPLPUSH,
 * LMPOP.
 */

import { NIL, type Ref } from "../arena/layout.ts";
import { copyBytes, toAscii } from "../base/ascii.ts";
import { TYPE_LIST } from "../objects/entry.ts";
import { ERR_SYNTAX, errorReply } from "../resp/errors.ts";
import { type CommandContext, WRONG_TYPE } from "./context.ts";
import { END_HEAD, END_NONE, popWithKey, readEnd } from "./list_values.ts";
import { type HandlerTable } from "./spec.ts";
import { wideInteger } from "./string_values.ts";

const COUNT = toAscii("count");
const ERR_NUMKEYS = errorReply("ERR numkeys should be greater than 0");
const ERR_COUNT = errorReply("ERR count should be greater than 0");

/** Holds an item on its way, if it is not longer than this. */
const held = new Uint8Array(16 * 1024);

/** Moves an item from an end of one list to an end of another. O(1). `LMOVE source destination LEFT|RIGHT LEFT|RIGHT` */
function lmoveCommand(c: CommandContext): void {
  const from = readEnd(c, 3);
  if (from === END_NONE) return;
  const to = readEnd(c, 4);
  if (to === END_NONE) return;
  if (move(c, from === END_HEAD, to === END_HEAD) === MOVED_NOTHING) c.out.nil();
}

/** Moves the last item of one list to the head of another. O(1). `RPOPLPUSH source destination` */
function rpoplpushCommand(c: CommandContext): void {
  if (move(c, false, true) === MOVED_NOTHING) c.out.nil();
}

/** What {@link move} returns: there is no source, an error was replied, the item was. */
export const MOVED_NOTHING = 0;
export const MOVED_ERROR = 1;
export const MOVED_ITEM = 2;

/**
 * Moves an item from the list of key argument 1 to that of key argument 2 and
 * replies it; nothing is replied when there is no source.
 */
export function move(c: CommandContext, fromHead: boolean, toHead: boolean): number {
  const source = c.writeTyped(1, TYPE_LIST);
  if (source === WRONG_TYPE) return MOVED_ERROR;
  if (source === NIL) return MOVED_NOTHING;
  const target = c.writeTyped(2, TYPE_LIST);
  if (target === WRONG_TYPE) return MOVED_ERROR;
  const { lists } = c.ks;
  const item = c.a;
  c.open(source);
  lists.openEnd(source, fromHead, item);
  const len = item.len;
  // It goes from here before it goes there, for both may be one list, and only one may be open.
  const bytes = len <= held.length ? held : new Uint8Array(len);
  copyBytes(item.buf, item.off, bytes, 0, len);
  c.out.bulk(bytes, 0, len);
  lists.removeOpened(source);
  if (source === target) {
    lists.growing(source, len, 1);
    push(c, source, toHead, bytes, len);
    lists.shrunk(source);
    c.close(source, true);
  } else {
    lists.shrunk(source);
    c.close(source, true);
    pushTo(c, target, toHead, bytes, len);
  }
  c.dirty++;
  return MOVED_ITEM;
}

/** Adds an item to the list of key argument 2, which is made if `target` is NIL. */
function pushTo(c: CommandContext, target: Ref, toHead: boolean, bytes: Uint8Array, len: number): void {
  const { args, ks } = c;
  if (target !== NIL) c.open(target);
  else target = ks.create(c.db, args.buf, args.off[2], args.len[2], TYPE_LIST);
  ks.lists.growing(target, len, 1);
  push(c, target, toHead, bytes, len);
  c.close(target, true);
}

function push(c: CommandContext, ref: Ref, toHead: boolean, bytes: Uint8Array, len: number): void {
  if (toHead) c.ks.lists.pushHead(ref, bytes, 0, len);
  else c.ks.lists.pushTail(ref, bytes, 0, len);
}

/**
 * Takes items from the first list of several that exists. O(n + m).
 *
 * `LMPOP numkeys key [key …] LEFT|RIGHT [COUNT count]`
 */
function lmpopCommand(c: CommandContext): void {
  if (parsePop(c, 1) && !popFirst(c, parsedPop.firstKey, parsedPop.lastKey)) c.out.nullArray();
}

/** What {@link parsePop} read: key arguments, end, number of items. */
export const parsedPop = { firstKey: 0, lastKey: 0, fromHead: false, count: 1 };

/**
 * Reads `numkeys key [key …] LEFT|RIGHT [COUNT count]` from argument `at` on into {@link parsedPop}.
 * @returns false after replying an error
 */
export function parsePop(c: CommandContext, at: number): boolean {
  const argc = c.args.argc;
  const keys = wideInteger(c, at, ERR_NUMKEYS);
  if (!isPositive(c, keys, ERR_NUMKEYS)) return false;
  const where = at + keys + 1;
  if (where >= argc) {
    c.out.error(ERR_SYNTAX);
    return false;
  }
  const end = readEnd(c, where);
  if (end === END_NONE) return false;
  parsedPop.firstKey = at + 1;
  parsedPop.lastKey = where - 1;
  parsedPop.fromHead = end === END_HEAD;
  parsedPop.count = 1;
  if (where + 1 === argc) return true;
  if (!c.is(where + 1, COUNT) || where + 2 >= argc) {
    c.out.error(ERR_SYNTAX);
    return false;
  }
  parsedPop.count = wideInteger(c, where + 2, ERR_COUNT);
  if (!isPositive(c, parsedPop.count, ERR_COUNT)) return false;
  if (where + 3 === argc) return true;
  c.out.error(ERR_SYNTAX);
  return false;
}

/** Whether a number that `wideInteger` returned is one above 0; replies `error` when it is not above. */
function isPositive(c: CommandContext, value: number, error: Uint8Array): boolean {
  if (value <= 0) c.out.error(error);
  return value > 0;
}

/**
 * Takes what {@link parsedPop} says from the first of the key arguments that is
 * there, and replies key and items.
 * @returns false, nothing replied, when none is there
 */
export function popFirst(c: CommandContext, firstKey: number, lastKey: number): boolean {
  for (let i = firstKey; i <= lastKey; i++) {
    const ref = c.writeTyped(i, TYPE_LIST);
    if (ref === WRONG_TYPE) return true;
    if (ref === NIL) continue;
    popWithKey(c, i, ref, parsedPop.fromHead, parsedPop.count);
    return true;
  }
  return false;
}

/** Part of the list family, for lists.ts. */
export const LIST_MOVE_COMMANDS: HandlerTable = {
  lmove: lmoveCommand,
  lmpop: lmpopCommand,
  rpoplpush: rpoplpushCommand,
};
