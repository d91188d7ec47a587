/**
 * Sets as wholes: SMEMBERS, SSCAN.
 *
 * DESIGN. Members go from the arena to the reply as ranges of bytes. SSCAN's
 * cursor is a position in hash space, as SCAN's; a set in one block is returned
 * at once, with cursor 0, whatever COUNT says.
 */

import { NIL, type Ref } from "../arena/layout.ts";
import { toAscii } from "../base/ascii.ts";
import { Slice } from "../base/slice.ts";
import { RefList } from "../dict/ref_list.ts";
import { type ElementSink } from "../objects/collection.ts";
import { TYPE_SET } from "../objects/entry.ts";
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

const EMPTY_SCAN = toAscii("*2\r\n$1\r\n0\r\n*0\r\n");

/** Writes members into a reply. */
class MemberReplies implements ElementSink {
  out: ReplyBuffer | null = null;

  item(member: Slice): void {
    this.out!.bulk(member.buf, member.off, member.len);
  }

  field(): void {
    throw new Error("Cannot reply a field as a set has members");
  }

  scored(): void {
    throw new Error("Cannot reply a score as a set has members");
  }
}

/** Scratch of a call: handlers are synchronous. */
const replies = new MemberReplies();
const found = new RefList();
const member = new Slice();
const options = new ScanOptions();

/** Replies all members of a set; `ref` may be 0. */
export function replyMembers(c: CommandContext, ref: Ref): void {
  c.out.setHeader(ref === NIL ? 0 : c.ks.sets.count(ref));
  if (ref === NIL) return;
  replies.out = c.out;
  c.ks.sets.emit(ref, replies);
  replies.out = null;
}

/** Replies all members. O(n). `SMEMBERS key` */
function smembersCommand(c: CommandContext): void {
  const ref = c.readTyped(1, TYPE_SET);
  if (ref !== WRONG_TYPE) replyMembers(c, ref);
}

/** Walks the members by steps. O(1) per call, O(n) for a whole walk. `SSCAN key cursor [MATCH pattern] [COUNT count]` */
function sscanCommand(c: CommandContext): void {
  const cursor = readCursor(c, 2);
  if (Number.isNaN(cursor)) return;
  const ref = c.readTyped(1, TYPE_SET);
  if (ref === WRONG_TYPE) return;
  if (ref === NIL) return c.out.raw(EMPTY_SCAN);
  if (!readScanOptions(c, 3, false, options)) return;
  const sets = c.ks.sets;
  found.clear();
  // A cursor from beyond hash space ends the scan of a large set; one in a single block knows no cursors.
  const beyond = cursor === SCAN_END && c.ks.entries.isLarge(ref);
  const next = beyond ? 0 : sets.scan(ref, cursor, options.count, found);
  let kept = 0;
  for (let i = 0; i < found.length; i++) {
    if (options.match !== MATCH_ALL) {
      sets.member(ref, found.refs[i], member);
      if (!matchesPattern(c, options.match, member)) continue;
    }
    found.refs[kept++] = found.refs[i];
  }
  c.out.arrayHeader(2);
  c.out.bulkInteger(next);
  c.out.arrayHeader(kept);
  for (let i = 0; i < kept; i++) {
    sets.member(ref, found.refs[i], member);
    c.out.bulk(member.buf, member.off, member.len);
  }
}

/** Part of the set family, for sets.ts. */
export const SET_WALK_COMMANDS: HandlerTable = {
  smembers: smembersCommand,
  sscan: sscanCommand,
};
