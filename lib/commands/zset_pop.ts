/**
 * Pops: ZPOPMIN, ZPOPMAX, ZMPOP, and the cores of their blocking forms.
 *
 * n is the number of members, m that of those popped.
 */

import { NIL, type Ref } from "../arena/layout.ts";
import { toAscii } from "../base/ascii.ts";
import { type Slice } from "../base/slice.ts";
import { TYPE_ZSET } from "../objects/entry.ts";
import { ERR_SYNTAX, errorReply } from "../resp/errors.ts";
import { type CommandContext, WRONG_TYPE } from "./context.ts";
import { type HandlerTable } from "./spec.ts";
import { insteadInteger } from "./string_values.ts";
import { readAtLeast } from "./zset_options.ts";

const ERR_NOT_POSITIVE = errorReply("ERR value is out of range, must be positive");
const ERR_NUMKEYS = errorReply("ERR numkeys should be greater than 0");
const ERR_COUNT = errorReply("ERR count should be greater than 0");
const TOKEN_MIN = toAscii("min");
const TOKEN_MAX = toAscii("max");
const TOKEN_COUNT = toAscii("count");
const ZPOPMIN = toAscii("ZPOPMIN");
const ZPOPMAX = toAscii("ZPOPMAX");

/**
 * Pops `n` members, all of which are there, off a sorted set, and writes them
 * without a header: member and score one behind the other, each pair an array
 * if `nested`.
 */
export function popMembers(c: CommandContext, ref: Ref, max: boolean, n: number, nested: boolean): void {
  if (n === 1) popMember(c, ref, max, nested);
  else popSeveral(c, ref, max, n, nested);
  c.close(ref, true);
  c.dirty += n;
}

function popMember(c: CommandContext, ref: Ref, max: boolean, nested: boolean): void {
  const { zsets } = c.ks;
  c.open(ref);
  const score = zsets.openEnd(ref, !max, c.a);
  writePair(c, c.a, score, nested);
  zsets.removeOpened(ref);
}

function popSeveral(c: CommandContext, ref: Ref, max: boolean, n: number, nested: boolean): void {
  const { zsets } = c.ks;
  const { cursor } = zsets;
  const total = zsets.count(ref);
  cursor.seek(ref, max ? total - 1 : 0);
  for (let left = n; left > 0; left--) {
    writePair(c, cursor.member, cursor.score, nested);
    if (max) cursor.prev();
    else cursor.next();
  }
  c.open(ref);
  zsets.removeRange(ref, max ? total - n : 0, n);
}

function writePair(c: CommandContext, member: Slice, score: number, nested: boolean): void {
  const { out } = c;
  if (nested) out.arrayHeader(2);
  out.bulk(member.buf, member.off, member.len);
  out.number(score);
}

/** What ZMPOP and BZMPOP are asked for, filled by {@link readMultiPop}. */
export class MultiPop {
  firstKey = 0;
  keys = 0;
  max = false;
  count = 1;
}
const multiPop = new MultiPop();

/**
 * Reads `numkeys key [key …] MIN | MAX [COUNT count]` from argument `i` on.
 * @returns false after replying an error
 */
export function readMultiPop(c: CommandContext, i: number, out: MultiPop): boolean {
  out.keys = readAtLeast(c, i, 1, ERR_NUMKEYS);
  if (Number.isNaN(out.keys)) return false;
  out.firstKey = i + 1;
  out.count = 1;
  const where = out.firstKey + out.keys;
  if (where < c.args.argc) {
    out.max = c.is(where, TOKEN_MAX);
    if (out.max || c.is(where, TOKEN_MIN)) {
      if (where + 1 === c.args.argc) return true;
      if (where + 2 < c.args.argc && c.is(where + 1, TOKEN_COUNT)) {
        out.count = readAtLeast(c, where + 2, 1, ERR_COUNT);
        if (Number.isNaN(out.count)) return false;
        if (where + 3 === c.args.argc) return true;
      }
    }
  }
  c.out.error(ERR_SYNTAX);
  return false;
}

/**
 * Pops off the first of the keys that is there: replies `[key, [[member, score] …]]`
 * and logs the ZPOPMIN or ZPOPMAX that it is.
 * @returns false if none of them is there, with nothing replied; true else, also after WRONGTYPE
 */
export function popFirst(c: CommandContext, what: MultiPop): boolean {
  for (let i = what.firstKey; i < what.firstKey + what.keys; i++) {
    const ref = c.writeTyped(i, TYPE_ZSET);
    if (ref === WRONG_TYPE) return true;
    if (ref === NIL) continue;
    const { buf, off, len } = c.args;
    const n = Math.min(what.count, c.ks.zsets.count(ref));
    c.out.arrayHeader(2);
    c.out.bulk(buf, off[i], len[i]);
    c.out.arrayHeader(n);
    popMembers(c, ref, what.max, n, true);
    insteadPop(c, i, what.max, n);
    return true;
  }
  return false;
}

/** Logs a pop as ZPOPMIN or ZPOPMAX of argument `i`; `n` members, or 0 for the form without a count. */
export function insteadPop(c: CommandContext, i: number, max: boolean, n: number): void {
  const name = max ? ZPOPMAX : ZPOPMIN;
  c.instead.begin(n === 0 ? 2 : 3);
  c.instead.bulk(name, 0, name.length);
  c.insteadArg(i);
  if (n !== 0) insteadInteger(c, n);
}

/** Pops the members with the lowest scores. O(m log n). `ZPOPMIN key [count]` */
function zpopminCommand(c: CommandContext): void {
  pop(c, false);
}

/** Pops the members with the greatest scores. O(m log n). `ZPOPMAX key [count]` */
function zpopmaxCommand(c: CommandContext): void {
  pop(c, true);
}

function pop(c: CommandContext, max: boolean): void {
  const { argc } = c.args;
  if (argc > 3) return c.out.error(ERR_SYNTAX);
  const count = argc === 3 ? readAtLeast(c, 2, 0, ERR_NOT_POSITIVE) : 1;
  if (Number.isNaN(count)) return;
  const ref = c.writeTyped(1, TYPE_ZSET);
  if (ref === WRONG_TYPE) return;
  if (ref === NIL || count === 0) return c.out.arrayHeader(0);
  const nested = argc === 3 && c.out.resp3;
  const n = Math.min(count, c.ks.zsets.count(ref));
  c.out.arrayHeader(nested ? n : n * 2);
  popMembers(c, ref, max, n, nested);
}

/** Pops off the first key that is there. O(k + m log n). `ZMPOP numkeys key [key …] MIN | MAX [COUNT count]` */
function zmpopCommand(c: CommandContext): void {
  if (readMultiPop(c, 1, multiPop) && !popFirst(c, multiPop)) c.out.nullArray();
}

/** Part of the family of sorted sets, for sorted_sets.ts. */
export const ZSET_POP_COMMANDS: HandlerTable = {
  zmpop: zmpopCommand,
  zpopmax: zpopmaxCommand,
  zpopmin: zpopminCommand,
};
