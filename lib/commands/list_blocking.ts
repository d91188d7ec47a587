/**
 * Lists that clients wait for: BLPOP, BRPOP, BLMPOP, BLMOVE, BRPOPLPUSH.
 *
 * DESIGN. Each is its plain form if there is an item, and is logged as that;
 * else the request waits (blocked_keys.ts) and is run again when a list comes.
 * Inside EXEC nobody waits: there it is as if the time were over.
 */

import { NIL } from "../arena/layout.ts";
import { toAscii } from "../base/ascii.ts";
import { TYPE_LIST } from "../objects/entry.ts";
import { type CommandContext, WRONG_TYPE } from "./context.ts";
import { move, MOVED_ITEM, MOVED_NOTHING, parsedPop, parsePop, popFirst } from "./list_moves.ts";
import { END_HEAD, END_NONE, popItemWithKey, readEnd } from "./list_values.ts";
import { type Session } from "./session.ts";
import { type HandlerTable } from "./spec.ts";
import { readSecondsDeadlineMs } from "./timeouts.ts";

const LMOVE = toAscii("LMOVE");
const RPOPLPUSH = toAscii("RPOPLPUSH");

/** What every one of them is told when its time is over. */
export function replyNullArray(session: Session): void {
  session.out.nullArray();
}

/** Takes the first item of the first list that has one, or waits for it. O(number of keys). `BLPOP key [key …] timeout` */
function blpopCommand(c: CommandContext): void {
  pop(c, true);
}

/** Takes the last item of the first list that has one, or waits for it. O(number of keys). `BRPOP key [key …] timeout` */
function brpopCommand(c: CommandContext): void {
  pop(c, false);
}

function pop(c: CommandContext, fromHead: boolean): void {
  const last = c.argc - 2;
  const deadlineMs = readSecondsDeadlineMs(c, last + 1);
  if (Number.isNaN(deadlineMs)) return;
  for (let i = 1; i <= last; i++) {
    const ref = c.writeTyped(i, TYPE_LIST);
    if (ref === WRONG_TYPE) return;
    if (ref !== NIL) return popItemWithKey(c, i, ref, fromHead);
  }
  waitForLists(c, 1, last, deadlineMs);
}

/** Takes items from the first list that has any, or waits. O(n + m). `BLMPOP timeout numkeys key [key …] LEFT|RIGHT [COUNT count]` */
function blmpopCommand(c: CommandContext): void {
  if (!parsePop(c, 2)) return;
  const { firstKey, lastKey } = parsedPop;
  const deadlineMs = readSecondsDeadlineMs(c, 1);
  if (Number.isNaN(deadlineMs) || popFirst(c, firstKey, lastKey)) return;
  waitForLists(c, firstKey, lastKey, deadlineMs);
}

function waitForLists(c: CommandContext, first: number, last: number, deadlineMs: number): void {
  if (c.session.inExec) return c.out.nullArray();
  c.server.blockedKeys.wait(c, first, last, TYPE_LIST, deadlineMs, replyNullArray);
}

/** Moves an item from one list to another, or waits for it. O(1). `BLMOVE source destination LEFT|RIGHT LEFT|RIGHT timeout` */
function blmoveCommand(c: CommandContext): void {
  const from = readEnd(c, 3);
  if (from === END_NONE) return;
  const to = readEnd(c, 4);
  if (to === END_NONE) return;
  moveOrWait(c, from === END_HEAD, to === END_HEAD, LMOVE);
}

/** Moves the last item of a list to the head of another, or waits for it. O(1). `BRPOPLPUSH source destination timeout` */
function brpoplpushCommand(c: CommandContext): void {
  moveOrWait(c, false, true, RPOPLPUSH);
}

/** Moves and logs it as `name`, or waits; the timeout is the last argument. */
function moveOrWait(c: CommandContext, fromHead: boolean, toHead: boolean, name: Uint8Array): void {
  const timeout = c.argc - 1;
  const deadlineMs = readSecondsDeadlineMs(c, timeout);
  if (Number.isNaN(deadlineMs)) return;
  const moved = move(c, fromHead, toHead);
  if (moved === MOVED_ITEM) {
    c.instead.begin(timeout);
    c.instead.bulk(name, 0, name.length);
    for (let i = 1; i < timeout; i++) c.insteadArg(i);
  } else if (moved === MOVED_NOTHING) {
    if (c.session.inExec) c.out.nil();
    else c.server.blockedKeys.wait(c, 1, 1, TYPE_LIST, deadlineMs, replyNullArray);
  }
}

/** Part of the list family, for lists.ts. */
export const LIST_BLOCKING_COMMANDS: HandlerTable = {
  blmove: blmoveCommand,
  blmpop: blmpopCommand,
  blpop: blpopCommand,
  brpop: brpopCommand,
  brpoplpush: brpoplpushCommand,
};
