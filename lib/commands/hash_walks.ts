/**
 * Hashes as wholes: HGETALL, HKEYS, HVALS, HSCAN.
 *
 * DESIGN. Fields go from the arena to the reply as ranges of bytes.
 */

import { NIL } from "../arena/layout.ts";
import { Slice } from "../base/slice.ts";
import { type ElementSink } from "../objects/collection.ts";
import { TYPE_HASH } from "../objects/entry.ts";
import { type ReplyBuffer } from "../resp/reply_buffer.ts";
import { type CommandContext, WRONG_TYPE } from "./context.ts";
import { scanElements, type ScannedType } from "./element_scan.ts";
import { type HandlerTable } from "./spec.ts";

const NAMES = 1;
const VALUES = 2;

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
const text = new Slice();

/** Fields as HSCAN walks them. */
const FIELDS: ScannedType = {
  type: TYPE_HASH,
  strings: 2,
  scan: (c, ref, cursor, count, out) => c.ks.hashes.scan(ref, cursor, count, out),
  name: (c, ref, item, out) => c.ks.hashes.name(ref, item, out),
  reply: (c, ref, item) => {
    c.ks.hashes.name(ref, item, text);
    c.out.bulk(text.buf, text.off, text.len);
    c.ks.hashes.value(ref, item, text);
    c.out.bulk(text.buf, text.off, text.len);
  },
};

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
  scanElements(c, FIELDS);
}

/** Part of the hash family, for hashes.ts. */
export const HASH_WALK_COMMANDS: HandlerTable = {
  hgetall: hgetallCommand,
  hkeys: hkeysCommand,
  hscan: hscanCommand,
  hvals: hvalsCommand,
};
