/**
 * ZSCAN: a walk over the members of a sorted set.
 *
 * DESIGN. As SCAN (scan.ts): a cursor of a large sorted set is a position in its
 * trie's hash space; a packed one comes as a whole. Scores are text in either
 * protocol; Redis prints those of a skiplist with 17 digits.
 */

import { NIL } from "../arena/layout.ts";
import { Slice } from "../base/slice.ts";
import { formatGeneral } from "../base/general_float.ts";
import { MAX_DOUBLE_LENGTH, writeDouble } from "../base/float.ts";
import { RefList } from "../dict/ref_list.ts";
import { TYPE_ZSET } from "../objects/entry.ts";
import { type CommandContext, WRONG_TYPE } from "./context.ts";
import { matchesPattern, readCursor, readScanOptions, SCAN_END, ScanOptions } from "./scan_options.ts";
import { type HandlerTable } from "./spec.ts";

/** Scratch of a call: handlers are synchronous. */
const found = new RefList();
const options = new ScanOptions();
const member = new Slice();
const digits = new Uint8Array(MAX_DOUBLE_LENGTH);

/** `ZSCAN key cursor [MATCH pattern] [COUNT count]`. O(1) per call, O(n) for a whole walk. */
function zscanCommand(c: CommandContext): void {
  const cursor = readCursor(c, 2);
  if (Number.isNaN(cursor)) return;
  const ref = c.readTyped(1, TYPE_ZSET);
  if (ref === WRONG_TYPE) return;
  if (ref === NIL) {
    c.out.arrayHeader(2);
    c.out.bulkInteger(0);
    return c.out.arrayHeader(0);
  }
  if (!readScanOptions(c, 3, false, options)) return;
  if (c.ks.entries.isLarge(ref)) scanLarge(c, ref, cursor);
  else replyAll(c, ref);
}

function scanLarge(c: CommandContext, ref: number, cursor: number): void {
  const { zsets } = c.ks;
  const names = zsets.elements.scored;
  found.clear();
  const next = cursor < SCAN_END ? zsets.scan(ref, cursor, options.count, found) : 0;
  let kept = 0;
  for (let i = 0; i < found.length; i++) {
    names.read(found.refs[i], member);
    if (matchesPattern(c, options.match, member)) found.refs[kept++] = found.refs[i];
  }
  const exact = zsets.encodingName(ref) === "skiplist";
  c.out.arrayHeader(2);
  c.out.bulkInteger(next);
  c.out.arrayHeader(kept * 2);
  for (let i = 0; i < kept; i++) {
    names.read(found.refs[i], member);
    c.out.bulk(member.buf, member.off, member.len);
    replyScore(c, zsets.elements.score(found.refs[i]), exact);
  }
}

function replyAll(c: CommandContext, ref: number): void {
  const { zsets } = c.ks;
  const { cursor } = zsets;
  let kept = 0;
  for (let more = cursor.seek(ref, 0); more; more = cursor.next()) {
    if (matchesPattern(c, options.match, cursor.member)) kept++;
  }
  const exact = zsets.encodingName(ref) === "skiplist";
  c.out.arrayHeader(2);
  c.out.bulkInteger(0);
  c.out.arrayHeader(kept * 2);
  for (let more = cursor.seek(ref, 0); more; more = cursor.next()) {
    if (!matchesPattern(c, options.match, cursor.member)) continue;
    c.out.bulk(cursor.member.buf, cursor.member.off, cursor.member.len);
    replyScore(c, cursor.score, exact);
  }
}

function replyScore(c: CommandContext, score: number, exact: boolean): void {
  if (exact && !Number.isSafeInteger(score)) return c.out.bulkText(formatGeneral(score));
  c.out.bulk(digits, 0, writeDouble(digits, 0, score));
}

/** Part of the family of sorted sets, for sorted_sets.ts. */
export const ZSET_SCAN_COMMANDS: HandlerTable = { zscan: zscanCommand };
