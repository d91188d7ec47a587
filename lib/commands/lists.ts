/**
 * Lists from their ends: LPUSH and its relatives, LPOP and RPOP; LLEN, LINDEX,
 * LRANGE.
 *
 * DESIGN. A push opens the list, gives it all items, closes it. Items go from
 * the list to the reply as ranges of bytes. Which form a list has and when it
 * changes its name is lib/objects/list.ts's business.
 */

import { NIL, type Ref } from "../arena/layout.ts";
import { TYPE_LIST } from "../objects/entry.ts";
import { errorReply } from "../resp/errors.ts";
import { type CommandContext, WRONG_TYPE } from "./context.ts";
import { LIST_EDIT_COMMANDS } from "./list_edits.ts";
import { LIST_BLOCKING_COMMANDS } from "./list_blocking.ts";
import { LIST_MOVE_COMMANDS } from "./list_moves.ts";
import { LIST_POSITION_COMMANDS } from "./list_positions.ts";
import { popItem, popRange, replyRange } from "./list_values.ts";
import { type HandlerTable } from "./spec.ts";
import { replyWrongArity, wideInteger } from "./string_values.ts";

const ERR_POSITIVE = errorReply("ERR value is out of range, must be positive");

/** Adds items in front, the last one first. O(n). `LPUSH key element [element …]` */
function lpushCommand(c: CommandContext): void {
  const ref = c.openOrCreate(1, TYPE_LIST);
  if (ref !== NIL) push(c, ref, true);
}

/** Adds items at the end. O(n). `RPUSH key element [element …]` */
function rpushCommand(c: CommandContext): void {
  const ref = c.openOrCreate(1, TYPE_LIST);
  if (ref !== NIL) push(c, ref, false);
}

/** Adds items in front of a list that exists. O(n). `LPUSHX key element [element …]` */
function lpushxCommand(c: CommandContext): void {
  pushIfThere(c, true);
}

/** Adds items at the end of a list that exists. O(n). `RPUSHX key element [element …]` */
function rpushxCommand(c: CommandContext): void {
  pushIfThere(c, false);
}

function pushIfThere(c: CommandContext, atHead: boolean): void {
  const ref = c.writeTyped(1, TYPE_LIST);
  if (ref === WRONG_TYPE) return;
  if (ref === NIL) return c.out.integer(0);
  c.open(ref);
  push(c, ref, atHead);
}

/** Adds the arguments from 2 on to an opened list and replies its length. */
function push(c: CommandContext, ref: Ref, atHead: boolean): void {
  const { argc, buf, off, len } = c.args;
  const { lists } = c.ks;
  let bytes = 0;
  for (let i = 2; i < argc; i++) bytes += len[i];
  lists.growing(ref, bytes, argc - 2);
  for (let i = 2; i < argc; i++) {
    if (atHead) lists.pushHead(ref, buf, off[i], len[i]);
    else lists.pushTail(ref, buf, off[i], len[i]);
  }
  c.dirty += argc - 2;
  c.out.integer(c.close(ref, true));
}

/** Takes items from the head. O(n). `LPOP key [count]` */
function lpopCommand(c: CommandContext): void {
  pop(c, true);
}

/** Takes items from the end. O(n). `RPOP key [count]` */
function rpopCommand(c: CommandContext): void {
  pop(c, false);
}

function pop(c: CommandContext, fromHead: boolean): void {
  const argc = c.args.argc;
  if (argc > 3) return replyWrongArity(c);
  if (argc === 3) return popSeveral(c, fromHead);
  const ref = c.writeTyped(1, TYPE_LIST);
  if (ref === WRONG_TYPE) return;
  if (ref === NIL) return c.out.nil();
  popItem(c, ref, fromHead);
}

function popSeveral(c: CommandContext, fromHead: boolean): void {
  const count = wideInteger(c, 2, ERR_POSITIVE);
  if (Number.isNaN(count)) return;
  if (count < 0) return c.out.error(ERR_POSITIVE);
  const ref = c.writeTyped(1, TYPE_LIST);
  if (ref === WRONG_TYPE) return;
  if (ref === NIL) return c.out.nullArray();
  if (count === 0) return c.out.arrayHeader(0);
  popRange(c, ref, fromHead, count);
}

/** Replies the number of items. O(1). `LLEN key` */
function llenCommand(c: CommandContext): void {
  const ref = c.readTyped(1, TYPE_LIST);
  if (ref === WRONG_TYPE) return;
  c.out.integer(ref === NIL ? 0 : c.ks.lists.count(ref));
}

/** Replies one item. O(log n). `LINDEX key index` */
function lindexCommand(c: CommandContext): void {
  const ref = c.readTyped(1, TYPE_LIST);
  if (ref === WRONG_TYPE) return;
  if (ref === NIL) return c.out.nil();
  const index = wideInteger(c, 2);
  if (Number.isNaN(index)) return;
  const { lists } = c.ks;
  if (!lists.seek(ref, index)) return c.out.nil();
  const item = c.a;
  lists.read(item);
  c.out.bulk(item.buf, item.off, item.len);
}

/** Replies the items between two indexes. O(log n + m) for m items. `LRANGE key start stop` */
function lrangeCommand(c: CommandContext): void {
  let start = wideInteger(c, 2);
  if (Number.isNaN(start)) return;
  let end = wideInteger(c, 3);
  if (Number.isNaN(end)) return;
  const ref = c.readTyped(1, TYPE_LIST);
  if (ref === WRONG_TYPE) return;
  if (ref === NIL) return c.out.arrayHeader(0);
  const count = c.ks.lists.count(ref);
  if (start < 0) start = Math.max(0, start + count);
  if (end < 0) end += count;
  if (end >= count) end = count - 1;
  if (start > end) c.out.arrayHeader(0);
  else replyRange(c, ref, start, end - start + 1);
}

/** The list family. */
export const LIST_COMMANDS: HandlerTable = {
  lindex: lindexCommand,
  llen: llenCommand,
  lpop: lpopCommand,
  lpush: lpushCommand,
  lpushx: lpushxCommand,
  lrange: lrangeCommand,
  rpop: rpopCommand,
  rpush: rpushCommand,
  rpushx: rpushxCommand,
  ...LIST_EDIT_COMMANDS,
  ...LIST_BLOCKING_COMMANDS,
  ...LIST_MOVE_COMMANDS,
  ...LIST_POSITION_COMMANDS,
};
