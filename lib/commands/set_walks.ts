/**
 * Sets as wholes: SMEMBERS, SSCAN.
 *
 * DESIGN. Members go from the arena to the reply as ranges of bytes.
 */

import { NIL, type Ref } from "../arena/layout.ts";
import { Slice } from "../base/slice.ts";
import { type ElementSink } from "../objects/collection.ts";
import { TYPE_SET } from "../objects/entry.ts";
import { type ReplyBuffer } from "../resp/reply_buffer.ts";
import { type CommandContext, WRONG_TYPE } from "./context.ts";
import { scanElements, type ScannedType } from "./element_scan.ts";
import { type HandlerTable } from "./spec.ts";

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
const member = new Slice();

/** Members as SSCAN walks them. */
const MEMBERS: ScannedType = {
  type: TYPE_SET,
  strings: 1,
  scan: (c, ref, cursor, count, out) => c.ks.sets.scan(ref, cursor, count, out),
  name: (c, ref, item, out) => c.ks.sets.member(ref, item, out),
  reply: (c, ref, item) => {
    c.ks.sets.member(ref, item, member);
    c.out.bulk(member.buf, member.off, member.len);
  },
};

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
  scanElements(c, MEMBERS);
}

/** Part of the set family, for sets.ts. */
export const SET_WALK_COMMANDS: HandlerTable = {
  smembers: smembersCommand,
  sscan: sscanCommand,
};
