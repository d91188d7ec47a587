/**
 * Hashes as wholes: HGETALL, HKEYS, HVALS, HSCAN.
 *
 * DESIGN. Fields go from the arena to the reply as ranges of bytes. HSCAN's
 * cursor is a position in hash space, as SCAN's; a hash in one block is
 * returned at once, with cursor 0, whatever COUNT says.
 */

import { NIL } from "../arena/layout.ts";
import { toAscii } from "../base/ascii.ts";
import { Slice } from "../base/slice.ts";
import { RefList } from "../dict/ref_list.ts";
import { type ElementSink } from "../objects/collection.ts";
import { TYPE_HASH } from "../objects/entry.ts";
import { type ReplyBuffer } from "../resp/reply_buffer.ts";
import { type CommandContext, WRONG_TYPE } from "./context.ts";
import {
  MATCH_ALL,
  matchesPattern,
  readCursor,
  readScanOptions,
  SCAN_END,
  ScanOptions,
} from "./scan_options.ts";
import { type HandlerTable } from "./spec.ts";

const NAMES = 1;
const VALUES = 2;
const EMPTY_SCAN = toAscii("*2\r\n$1\r\n0\r\n*0\r\n");

/** Writes fields into a reply. */
class FieldReplies implements ElementSink {
  out: ReplyBuffer | null = null;
  /** NAMES, VALUES or both. */
  parts = 0;

  field(name: Slice, _nameBig: number, value: Slice): void {
    const out = this.out!;
    if ((this.parts & NAMES) !== 0) out.bulk(name.buf, name.off, name.len);
    if ((this.parts & VALUES) !== 0) out.bulk(value.buf, value.off, value.len);
  }

  item(): void {
    throw new Error("Cannot reply an item as a hash has fields");
  }

  scored(): void {
    throw new Error("Cannot reply a score as a hash has fields");
  }
}

/** Scratch of a call: handlers are synchronous. */
const replies = new FieldReplies();
const found = new RefList();
const name = new Slice();
const options = new ScanOptions();

/** Replies all fields with their values. O(n). `HGETALL key` */
function hgetallCommand(c: CommandContext): void {
  replyAll(c, NAMES | VALUES);
}

/** Replies the names of all fields. O(n). `HKEYS key` */
function hkeysCommand(c: CommandContext): void {
  replyAll(c, NAMES);
}

/** Replies the values of all fields. O(n). `HVALS key` */
function hvalsCommand(c: CommandContext): void {
  replyAll(c, VALUES);
}

function replyAll(c: CommandContext, parts: number): void {
  const ref = c.readTyped(1, TYPE_HASH);
  if (ref === WRONG_TYPE) return;
  const count = ref === NIL ? 0 : c.ks.hashes.count(ref);
  if (parts === (NAMES | VALUES)) c.out.mapHeader(count);
  else c.out.arrayHeader(count);
  if (ref === NIL) return;
  replies.out = c.out;
  replies.parts = parts;
  c.ks.hashes.emit(ref, replies);
  replies.out = null;
}

/** Walks the fields by steps. O(1) per call, O(n) for a whole walk. `HSCAN key cursor [MATCH pattern] [COUNT count]` */
function hscanCommand(c: CommandContext): void {
  const cursor = readCursor(c, 2);
  if (Number.isNaN(cursor)) return;
  const ref = c.readTyped(1, TYPE_HASH);
  if (ref === WRONG_TYPE) return;
  if (ref === NIL) return c.out.raw(EMPTY_SCAN);
  if (!readScanOptions(c, 3, false, options)) return;
  const hashes = c.ks.hashes;
  found.clear();
  // A cursor from beyond hash space ends the scan of a large hash; one in a single block knows no cursors.
  const beyond = cursor === SCAN_END && c.ks.entries.isLarge(ref);
  const next = beyond ? 0 : hashes.scan(ref, cursor, options.count, found);
  let kept = 0;
  for (let i = 0; i < found.length; i++) {
    if (options.match !== MATCH_ALL) {
      hashes.name(ref, found.refs[i], name);
      if (!matchesPattern(c, options.match, name)) continue;
    }
    found.refs[kept++] = found.refs[i];
  }
  c.out.arrayHeader(2);
  c.out.bulkInteger(next);
  c.out.arrayHeader(kept * 2);
  for (let i = 0; i < kept; i++) {
    hashes.name(ref, found.refs[i], name);
    c.out.bulk(name.buf, name.off, name.len);
    hashes.value(ref, found.refs[i], name);
    c.out.bulk(name.buf, name.off, name.len);
  }
}

/** Part of the hash family, for hashes.ts. */
export const HASH_WALK_COMMANDS: HandlerTable = {
  hgetall: hgetallCommand,
  hkeys: hkeysCommand,
  hscan: hscanCommand,
  hvals: hvalsCommand,
};
