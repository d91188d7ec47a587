/**
 * HRANDFIELD: fields by chance, each with the same probability.
 *
 * DESIGN. With a count above 0 no field comes twice. Of a hash in one block, or
 * when much of a large one is wanted, one pass decides for every field with
 * the right probability whether it is taken (selection sampling); when little
 * is wanted of a large one, fields are drawn until enough different ones came.
 */

import { NIL, type Ref } from "../arena/layout.ts";
import { toAscii } from "../base/ascii.ts";
import { Slice } from "../base/slice.ts";
import { RefList } from "../dict/ref_list.ts";
import { TYPE_HASH } from "../objects/entry.ts";
import { ERR_SYNTAX } from "../resp/errors.ts";
import { type CommandContext, WRONG_TYPE } from "./context.ts";
import { isRandomCountAllowed, readRandomCount } from "./random_count.ts";
import { type HandlerTable } from "./spec.ts";

const TOKEN_WITHVALUES = toAscii("withvalues");
/** Drawing beats a pass over all fields when less than one in this many is wanted. */
const DRAW_BELOW = 3;

const bytes = new Slice();

/** Replies one field, or some. O(n) in what is replied, or in the hash. `HRANDFIELD key [count [WITHVALUES]]` */
function hrandfieldCommand(c: CommandContext): void {
  if (c.argc > 2) return drawSome(c);
  const ref = c.readTyped(1, TYPE_HASH);
  if (ref === WRONG_TYPE) return;
  if (ref === NIL) return c.out.nil();
  reply(c, ref, c.ks.hashes.random(ref, c.ks.random), false);
}

function drawSome(c: CommandContext): void {
  const count = readRandomCount(c, 2);
  if (Number.isNaN(count)) return;
  const withValues = c.argc === 4 && c.is(3, TOKEN_WITHVALUES);
  if (c.argc > 3 && !withValues) return c.out.error(ERR_SYNTAX);
  if (!isRandomCountAllowed(c, 2, withValues)) return;
  const ref = c.readTyped(1, TYPE_HASH);
  if (ref === WRONG_TYPE) return;
  if (ref === NIL || count === 0) return c.out.arrayHeader(0);
  const size = c.ks.hashes.count(ref);
  const replied = count < 0 ? -count : Math.min(count, size);
  c.out.arrayHeader(withValues && !c.out.resp3 ? replied * 2 : replied);
  if (count < 0) drawRepeatedly(c, ref, replied, withValues);
  else if (replied * DRAW_BELOW > size || !c.ks.entries.isLarge(ref)) select(c, ref, replied, withValues);
  else drawDistinct(c, ref, replied, withValues);
}

/** Replies `count` fields, any of them more than once. */
function drawRepeatedly(c: CommandContext, ref: Ref, count: number, withValues: boolean): void {
  const { hashes, random } = c.ks;
  if (c.ks.entries.isLarge(ref)) {
    for (let i = 0; i < count; i++) reply(c, ref, hashes.random(ref, random), withValues);
    return;
  }
  const all = new RefList();
  hashes.collect(ref, all);
  for (let i = 0; i < count; i++) reply(c, ref, all.refs[random.below(all.length)], withValues);
}

/** Replies `count` different fields out of a pass over all. */
function select(c: CommandContext, ref: Ref, count: number, withValues: boolean): void {
  const all = new RefList();
  c.ks.hashes.collect(ref, all);
  for (let i = 0, left = count; left > 0; i++) {
    if (c.ks.random.below(all.length - i) >= left) continue;
    reply(c, ref, all.refs[i], withValues);
    left--;
  }
}

/** Replies `count` different fields, drawn one by one. */
function drawDistinct(c: CommandContext, ref: Ref, count: number, withValues: boolean): void {
  const drawn = new Set<number>();
  while (drawn.size < count) {
    const item = c.ks.hashes.random(ref, c.ks.random);
    if (drawn.has(item)) continue;
    drawn.add(item);
    reply(c, ref, item, withValues);
  }
}

/** Replies a field, with its value as a pair of its own in RESP3. */
function reply(c: CommandContext, ref: Ref, item: number, withValue: boolean): void {
  if (withValue && c.out.resp3) c.out.arrayHeader(2);
  c.ks.hashes.name(ref, item, bytes);
  c.out.bulk(bytes.buf, bytes.off, bytes.len);
  if (!withValue) return;
  c.ks.hashes.value(ref, item, bytes);
  c.out.bulk(bytes.buf, bytes.off, bytes.len);
}

/** Part of the hash family, for hashes.ts. */
export const HASH_RANDOM_COMMANDS: HandlerTable = { hrandfield: hrandfieldCommand };
