/**
 * The step that HSCAN, SSCAN and ZSCAN have in common.
 *
 * DESIGN. A cursor is a position in hash space, as SCAN's; a collection in one
 * block is returned at once, with cursor 0, whatever COUNT says. What matches
 * is known before the first byte of the reply, for a reply begins with its
 * length. Elements go from the arena to the reply as ranges of bytes.
 */

import { NIL, type Ref } from "../arena/layout.ts";
import { toAscii } from "../base/ascii.ts";
import { Slice } from "../base/slice.ts";
import { RefList } from "../dict/ref_list.ts";
import { type CommandContext, WRONG_TYPE } from "./context.ts";
import {
  MATCH_ALL,
  matchesPattern,
  readCursor,
  readScanOptions,
  SCAN_END,
  ScanOptions,
} from "./scan_options.ts";

const EMPTY_SCAN = toAscii("*2\r\n$1\r\n0\r\n*0\r\n");

/** What a scan has to know of a type; an *item* stands for one element until the next change. */
export interface ScannedType {
  /** TYPE_* of lib/objects/entry.ts. */
  readonly type: number;
  /** How many strings an element is replied as. */
  readonly strings: number;
  /** Appends the items of about `count` elements to `out`, as its refs. @returns the next cursor */
  scan(c: CommandContext, ref: Ref, cursor: number, count: number, out: RefList): number;
  /** Points `out` at what MATCH looks at. */
  name(c: CommandContext, ref: Ref, item: number, out: Slice): void;
  /** Replies the strings of an element. */
  reply(c: CommandContext, ref: Ref, item: number): void;
}

/** Scratch of a call: handlers are synchronous. */
const found = new RefList();
const name = new Slice();
const options = new ScanOptions();

/** Walks a collection by one step: `key cursor [MATCH pattern] [COUNT count]`. */
export function scanElements(c: CommandContext, scanned: ScannedType): void {
  const cursor = readCursor(c, 2);
  if (Number.isNaN(cursor)) return;
  const ref = c.readTyped(1, scanned.type);
  if (ref === WRONG_TYPE) return;
  if (ref === NIL) return c.out.raw(EMPTY_SCAN);
  if (!readScanOptions(c, 3, false, options)) return;
  found.clear();
  // A cursor from beyond hash space ends the scan of a large collection; one in a single block knows no cursors.
  const beyond = cursor === SCAN_END && c.ks.entries.isLarge(ref);
  const next = beyond ? 0 : scanned.scan(c, ref, cursor, options.count, found);
  const kept = options.match === MATCH_ALL ? found.length : keepMatching(c, scanned, ref);
  c.out.arrayHeader(2);
  c.out.bulkInteger(next);
  c.out.arrayHeader(kept * scanned.strings);
  for (let i = 0; i < kept; i++) scanned.reply(c, ref, found.refs[i]);
}

/** Moves the items that match to the front of `found`. @returns how many these are */
function keepMatching(c: CommandContext, scanned: ScannedType, ref: Ref): number {
  let kept = 0;
  for (let i = 0; i < found.length; i++) {
    scanned.name(c, ref, found.refs[i], name);
    if (matchesPattern(c, options.match, name)) found.refs[kept++] = found.refs[i];
  }
  return kept;
}
