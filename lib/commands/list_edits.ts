/** Lists in their middle: LSET, LINSERT, LREM, LTRIM. */

import { NIL } from "../arena/layout.ts";
import { toAscii } from "../base/ascii.ts";
import { TYPE_LIST } from "../objects/entry.ts";
import { ERR_NO_KEY, ERR_OUT_OF_RANGE, ERR_SYNTAX } from "../resp/errors.ts";
import { type CommandContext, WRONG_TYPE } from "./context.ts";
import { type HandlerTable } from "./spec.ts";
import { exactInteger, wideInteger } from "./string_values.ts";

const BEFORE = toAscii("before");
const AFTER = toAscii("after");

/** Gives an item other bytes. O(log n). `LSET key index element` */
function lsetCommand(c: CommandContext): void {
  const ref = c.writeTyped(1, TYPE_LIST);
  if (ref === WRONG_TYPE) return;
  if (ref === NIL) return c.out.error(ERR_NO_KEY);
  const wide = wideInteger(c, 2);
  if (Number.isNaN(wide)) return;
  // Redis has an int here: of a larger number the low 32 bits count.
  let index = Number.isSafeInteger(wide) ? wide | 0 : Number(BigInt.asIntN(32, exactInteger(c, 2)));
  const { lists } = c.ks;
  const { buf, off, len } = c.args;
  lists.growing(ref, len[3], 1);
  const count = lists.count(ref);
  if (index < 0) index += count;
  if (index < 0 || index >= count) return c.out.error(ERR_OUT_OF_RANGE);
  c.open(ref);
  lists.set(ref, index, buf, off[3], len[3]);
  lists.shrunk(ref);
  c.close(ref, true);
  c.dirty++;
  c.out.ok();
}

/** Adds an item beside the first one that equals the pivot. O(n). `LINSERT key BEFORE|AFTER pivot element` */
function linsertCommand(c: CommandContext): void {
  const after = c.is(2, AFTER);
  if (!after && !c.is(2, BEFORE)) return c.out.error(ERR_SYNTAX);
  const ref = c.writeTyped(1, TYPE_LIST);
  if (ref === WRONG_TYPE) return;
  if (ref === NIL) return c.out.integer(0);
  const { lists } = c.ks;
  const { buf, off, len } = c.args;
  // Before it is known whether anything will be inserted, as in Redis.
  lists.growing(ref, len[4], 1);
  const pivot = lists.indexOf(ref, buf, off[3], len[3]);
  if (pivot < 0) return c.out.integer(-1);
  c.open(ref);
  lists.insert(ref, after ? pivot + 1 : pivot, buf, off[4], len[4]);
  c.dirty++;
  c.out.integer(c.close(ref, true));
}

/** Removes items that equal an element: the first, the last, or all. O(n). `LREM key count element` */
function lremCommand(c: CommandContext): void {
  const count = wideInteger(c, 2);
  if (Number.isNaN(count)) return;
  const ref = c.writeTyped(1, TYPE_LIST);
  if (ref === WRONG_TYPE) return;
  if (ref === NIL) return c.out.integer(0);
  const { lists } = c.ks;
  const { buf, off, len } = c.args;
  const limit = count === 0 ? Infinity : Math.abs(count);
  c.open(ref);
  const removed = lists.removeEqual(ref, buf, off[3], len[3], limit, count < 0);
  if (removed > 0) lists.shrunk(ref);
  c.close(ref, removed > 0);
  c.dirty += removed;
  c.out.integer(removed);
}

/** Removes what is not between two indexes. O(n) for n removed. `LTRIM key start stop` */
function ltrimCommand(c: CommandContext): void {
  let start = wideInteger(c, 2);
  if (Number.isNaN(start)) return;
  let end = wideInteger(c, 3);
  if (Number.isNaN(end)) return;
  const ref = c.writeTyped(1, TYPE_LIST);
  if (ref === WRONG_TYPE) return;
  if (ref === NIL) return c.out.ok();
  const { lists } = c.ks;
  const count = lists.count(ref);
  if (start < 0) start = Math.max(0, start + count);
  if (end < 0) end += count;
  if (end >= count) end = count - 1;
  // Nothing stays: all of it lies before the start.
  if (start > end) {
    start = count;
    end = count - 1;
  }
  c.open(ref);
  lists.removeRange(ref, end + 1, count - end - 1);
  lists.removeRange(ref, 0, start);
  lists.shrunk(ref);
  c.close(ref, true);
  c.dirty += start + count - end - 1;
  c.out.ok();
}

/** Part of the list family, for lists.ts. */
export const LIST_EDIT_COMMANDS: HandlerTable = {
  linsert: linsertCommand,
  lrem: lremCommand,
  lset: lsetCommand,
  ltrim: ltrimCommand,
};
