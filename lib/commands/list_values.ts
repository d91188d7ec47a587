/**
 * What the list family, blocking or not, shares: items into a reply, items out
 * of a list, and which end an argument names.
 */

import { type Ref } from "../arena/layout.ts";
import { toAscii } from "../base/ascii.ts";
import { ERR_SYNTAX } from "../resp/errors.ts";
import { type CommandContext } from "./context.ts";

const LEFT = toAscii("left");
const RIGHT = toAscii("right");
const LPOP = toAscii("LPOP");
const RPOP = toAscii("RPOP");

/** What {@link readEnd} returns. */
export const END_HEAD = 1;
export const END_TAIL = 0;
export const END_NONE = -1;

/** The end that argument `i` names; {@link END_NONE} after replying a syntax error. */
export function readEnd(c: CommandContext, i: number): number {
  if (c.is(i, RIGHT)) return END_TAIL;
  if (c.is(i, LEFT)) return END_HEAD;
  c.out.error(ERR_SYNTAX);
  return END_NONE;
}

/** Replies `n` items from index `start` on, all of which are there, as an array. */
export function replyRange(c: CommandContext, ref: Ref, start: number, n: number): void {
  c.out.arrayHeader(n);
  c.ks.lists.emitRange(ref, start, n, c.out);
}

/** Takes the first or last item of a list and replies it. */
export function popItem(c: CommandContext, ref: Ref, fromHead: boolean): void {
  const { lists } = c.ks;
  const item = c.a;
  c.open(ref);
  lists.openEnd(ref, fromHead, item);
  c.out.bulk(item.buf, item.off, item.len);
  lists.removeOpened(ref);
  lists.shrunk(ref);
  c.close(ref, true);
  c.dirty++;
}

/**
 * Takes up to `count` items (1 or more) from an end of a list and replies them
 * as an array, the outermost first.
 * @returns how many it were
 */
export function popRange(c: CommandContext, ref: Ref, fromHead: boolean, count: number): number {
  const { lists } = c.ks;
  const length = lists.count(ref);
  const n = count < length ? count : length;
  if (fromHead) replyRange(c, ref, 0, n);
  else replyBackward(c, ref, n);
  c.open(ref);
  lists.removeRange(ref, fromHead ? 0 : length - n, n);
  lists.shrunk(ref);
  c.close(ref, true);
  c.dirty += n;
  return n;
}

/** Replies the last `n` items, the last one first. */
function replyBackward(c: CommandContext, ref: Ref, n: number): void {
  const { lists } = c.ks;
  const { a: item, out } = c;
  out.arrayHeader(n);
  lists.seek(ref, -1);
  for (;;) {
    lists.read(item);
    out.bulk(item.buf, item.off, item.len);
    if (--n === 0) return;
    lists.prev();
  }
}

/** Replies key argument `key` and an array of up to `count` items taken from its list; logs it as LPOP or RPOP with a count. */
export function popWithKey(c: CommandContext, key: number, ref: Ref, fromHead: boolean, count: number): void {
  const { buf, off, len } = c.args;
  c.out.arrayHeader(2);
  c.out.bulk(buf, off[key], len[key]);
  const n = popRange(c, ref, fromHead, count);
  c.instead.begin(3);
  logPop(c, key, fromHead);
  c.instead.integer(n);
}

/** Replies key argument `key` and the item taken from its list; logs it as LPOP or RPOP. */
export function popItemWithKey(c: CommandContext, key: number, ref: Ref, fromHead: boolean): void {
  const { buf, off, len } = c.args;
  c.out.arrayHeader(2);
  c.out.bulk(buf, off[key], len[key]);
  popItem(c, ref, fromHead);
  c.instead.begin(2);
  logPop(c, key, fromHead);
}

function logPop(c: CommandContext, key: number, fromHead: boolean): void {
  const name = fromHead ? LPOP : RPOP;
  c.instead.bulk(name, 0, name.length);
  c.insteadArg(key);
}
