/**
 * Sorted sets that clients wait for: BZPOPMIN, BZPOPMAX, BZMPOP.
 *
 * DESIGN. As with lists (list_blocking.ts): the plain form if there is a
 * member, and logged as that; else the request waits and is run again.
 */

import { NIL } from "../arena/layout.ts";
import { TYPE_ZSET } from "../objects/entry.ts";
import { type CommandContext, WRONG_TYPE } from "./context.ts";
import { replyNullArray } from "./list_blocking.ts";
import { type HandlerTable } from "./spec.ts";
import { readSecondsDeadlineMs } from "./timeouts.ts";
import { insteadPop, MultiPop, popFirst, popMembers, readMultiPop } from "./zset_pop.ts";

const multiPop = new MultiPop();

/** Pops the member with the lowest score of the first sorted set there is, or waits for one. O(k + log n). `BZPOPMIN key [key …] timeout` */
function bzpopminCommand(c: CommandContext): void {
  pop(c, false);
}

/** Pops the member with the greatest score of the first sorted set there is, or waits for one. O(k + log n). `BZPOPMAX key [key …] timeout` */
function bzpopmaxCommand(c: CommandContext): void {
  pop(c, true);
}

function pop(c: CommandContext, max: boolean): void {
  const last = c.argc - 2;
  const deadlineMs = readSecondsDeadlineMs(c, last + 1);
  if (Number.isNaN(deadlineMs)) return;
  for (let i = 1; i <= last; i++) {
    const ref = c.writeTyped(i, TYPE_ZSET);
    if (ref === WRONG_TYPE) return;
    if (ref === NIL) continue;
    const { buf, off, len } = c.args;
    c.out.arrayHeader(3);
    c.out.bulk(buf, off[i], len[i]);
    popMembers(c, ref, max, 1, false);
    return insteadPop(c, i, max, 0);
  }
  waitForZSets(c, 1, last, deadlineMs);
}

/** Pops off the first key that is there, or waits. O(k + m log n). `BZMPOP timeout numkeys key [key …] MIN | MAX [COUNT count]` */
function bzmpopCommand(c: CommandContext): void {
  if (!readMultiPop(c, 2, multiPop)) return;
  const deadlineMs = readSecondsDeadlineMs(c, 1);
  if (Number.isNaN(deadlineMs) || popFirst(c, multiPop)) return;
  waitForZSets(c, multiPop.firstKey, multiPop.firstKey + multiPop.keys - 1, deadlineMs);
}

function waitForZSets(c: CommandContext, first: number, last: number, deadlineMs: number): void {
  if (c.session.inExec) return c.out.nullArray();
  c.server.blockedKeys.wait(c, first, last, TYPE_ZSET, deadlineMs, replyNullArray);
}

/** Part of the family of sorted sets, for sorted_sets.ts. */
export const ZSET_BLOCKING_COMMANDS: HandlerTable = {
  bzmpop: bzmpopCommand,
  bzpopmax: bzpopmaxCommand,
  bzpopmin: bzpopminCommand,
};
