/**
 * SCAN and KEYS: walks over the keys of a database.
 *
 * DESIGN. A cursor is a position in the dict's 32-bit hash space (lib/dict),
 * so it survives growth and shrinking, and a key that is present throughout
 * comes exactly once. Cursor and options are read by scan_options.ts.
 *
 * SCAN deletes the expired keys it meets and does not return them; KEYS, which
 * must not change anything, only leaves them out.
 */

import { Slice } from "../base/slice.ts";
import { RefList } from "../dict/ref_list.ts";
import { type CommandContext } from "./context.ts";
import {
  ANY_TYPE,
  isStar,
  MATCH_ALL,
  matchesPattern,
  readCursor,
  readScanOptions,
  SCAN_END,
  ScanOptions,
} from "./scan_options.ts";
import { type HandlerTable } from "./spec.ts";

/** Scratch of a call: handlers are synchronous. */
const found = new RefList();
const key = new Slice();

const options = new ScanOptions();

/** `SCAN cursor [MATCH pattern] [COUNT count] [TYPE type]`. O(1) per call, O(n) for a whole walk. */
function scan(c: CommandContext): void {
  const cursor = readCursor(c, 1);
  if (Number.isNaN(cursor) || !readScanOptions(c, 2, true, options)) return;
  found.clear();
  const next = cursor < SCAN_END ? c.db.dict.scan(cursor, options.count, found) : 0;
  let kept = 0;
  for (let i = 0; i < found.length; i++) {
    const ref = found.refs[i];
    if (!matches(c, ref, options.match) || !isWanted(c, ref, options.type)) continue;
    found.refs[kept++] = ref;
  }
  found.length = kept;
  c.out.arrayHeader(2);
  c.out.bulkInteger(next);
  replyKeys(c, found);
}

/** `KEYS pattern`. O(n) in the number of keys. */
function keys(c: CommandContext): void {
  const match = isStar(c, 1) ? MATCH_ALL : 1;
  // A list of its own: it may get long, and must not stay so.
  const found = new RefList();
  let cursor = 0;
  let kept = 0;
  do {
    cursor = c.db.dict.collectSegment(cursor, found);
    for (let i = kept; i < found.length; i++) {
      const ref = found.refs[i];
      if (!c.ks.isExpired(ref) && matches(c, ref, match)) found.refs[kept++] = ref;
    }
    found.length = kept;
  } while (cursor !== 0);
  replyKeys(c, found);
}

/** Whether the key of `ref` matches the pattern in argument `match`. */
function matches(c: CommandContext, ref: number, match: number): boolean {
  if (match === MATCH_ALL) return true;
  c.ks.entries.key(ref, key);
  return matchesPattern(c, match, key);
}

/** Whether SCAN returns the entry: an expired one is removed, and TYPE counts as reading the key. */
function isWanted(c: CommandContext, ref: number, type: number): boolean {
  const ks = c.ks;
  if (ks.isExpired(ref)) {
    ks.expire(c.db, ref);
    if (type !== ANY_TYPE) ks.misses++;
    return false;
  }
  if (type === ANY_TYPE) return true;
  ks.hits++;
  return ks.entries.type(ref) === type;
}

/** Replies the keys of the entries. */
function replyKeys(c: CommandContext, list: RefList): void {
  c.out.arrayHeader(list.length);
  for (let i = 0; i < list.length; i++) {
    c.ks.entries.key(list.refs[i], key);
    c.out.bulk(key.buf, key.off, key.len);
  }
}

/** Commands that walk the keys, by name. */
export const SCAN_COMMANDS: HandlerTable = { scan, keys };
