/**
 * Patterns of SORT: keys, or fields of hashes, that an element names.
 *
 * DESIGN. `prefix*suffix` is the name of a string, `prefix*suffix->field` that of a
 * hash and its field; the first `*` stands for the element. Where Redis looks
 * for `*` and `->` a zero byte ends the pattern.
 */

import { NIL, type Ref } from "../arena/layout.ts";
import { copyBytes } from "../base/ascii.ts";
import { type Slice } from "../base/slice.ts";
import { TYPE_HASH, TYPE_STRING } from "../objects/entry.ts";
import { type CommandContext } from "./context.ts";

const HASH_SIGN = 35;
const STAR = 42;
const MINUS = 45;
const GREATER = 62;

let keyBuffer = new Uint8Array(256);

/** Whether the pattern in argument `i` has a `*` that an element can stand for. */
export function hasStar(c: CommandContext, i: number): boolean {
  const { buf, off, len } = c.args;
  return starOf(buf, off[i], off[i] + len[i]) >= 0;
}

/** Where the first `*` of `buf[start, end)` is, -1 if there is none before a zero byte. */
function starOf(buf: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end && buf[at] !== 0; at++) if (buf[at] === STAR) return at;
  return -1;
}

/** Where the first `->` of `buf[start, end)` is, if something follows it; else `end`. */
function arrowOf(buf: Uint8Array, start: number, end: number): number {
  for (let at = start; at + 1 < end && buf[at] !== 0; at++) {
    if (buf[at] !== MINUS || buf[at + 1] !== GREATER) continue;
    return at + 2 < end && buf[at + 2] !== 0 ? at : end;
  }
  return end;
}

/**
 * Looks for what the pattern in argument `i` means for an element. A look-up
 * may remove an expired key, so Slices over the arena are not valid afterwards.
 * @param out is pointed at the value: valid until the next change of anything
 * @returns whether there is one
 */
export function lookupPattern(c: CommandContext, i: number, element: Slice, out: Slice): boolean {
  const { buf, off, len } = c.args;
  const start = off[i], end = start + len[i];
  if (len[i] > 0 && buf[start] === HASH_SIGN && (len[i] === 1 || buf[start + 1] === 0)) {
    out.set(element.buf, element.off, element.len);
    return true;
  }
  const star = starOf(buf, start, end);
  if (star < 0) return false;
  const arrow = arrowOf(buf, star + 1, end);
  const prefix = star - start;
  const suffix = arrow - star - 1;
  const total = prefix + element.len + suffix;
  if (keyBuffer.length < total) keyBuffer = new Uint8Array(total * 2);
  copyBytes(buf, start, keyBuffer, 0, prefix);
  copyBytes(element.buf, element.off, keyBuffer, prefix, element.len);
  copyBytes(buf, star + 1, keyBuffer, prefix + element.len, suffix);
  const ref = readKey(c, total);
  if (ref === NIL) return false;
  return arrow === end ? readString(c, ref, out) : readField(c, ref, arrow + 2, end, out);
}

/** Looks the first `len` bytes of the key buffer up, as `CommandContext.read` does. */
function readKey(c: CommandContext, len: number): Ref {
  const { ks } = c;
  if (!c.session.noTouch) return ks.lookupRead(c.db, keyBuffer, 0, len);
  const ref = ks.peek(c.db, keyBuffer, 0, len);
  if (ref === NIL) ks.misses++;
  else ks.hits++;
  return ref;
}

function readString(c: CommandContext, ref: Ref, out: Slice): boolean {
  if (c.ks.entries.type(ref) !== TYPE_STRING) return false;
  c.ks.entries.value(ref, out);
  return true;
}

/** Points `out` at the field whose name is `buf[start, end)` of the arguments. */
function readField(c: CommandContext, ref: Ref, start: number, end: number, out: Slice): boolean {
  if (c.ks.entries.type(ref) !== TYPE_HASH) return false;
  const { hashes } = c.ks;
  const item = hashes.find(ref, c.args.buf, start, end - start);
  if (item !== 0) hashes.value(ref, item, out);
  return item !== 0;
}
