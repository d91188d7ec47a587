/**
 * Items of packs as bytes: lengths, sizes, reading and writing; the format is
 * in the note of pack.ts.
 */

import { copyBytes } from "../base/ascii.ts";

/** Bytes before the items of a pack. */
export const PACK_HEADER_BYTES = 12;
export const HEADER_BYTES = PACK_HEADER_BYTES;
/** The largest end of items in a block: positions have 16 bits. */
export const PACK_BLOCK_MAX = 65535;
/** The longest item that is within the pack. */
export const PACK_INLINE_MAX = 16383;
/** The longest item outside that has an arena block; above it has a big block. */
export const OUTSIDE_BLOCK_MAX = 64 * 1024;
/** First byte of an item in an arena block of its own… */
export const OUTSIDE_BLOCK = 0xc0;
/** …and of one in a big block. */
export const OUTSIDE_BIG = 0xc1;
/** What an item that is outside takes in the pack. */
export const OUTSIDE_ITEM_BYTES = 10;

/** What an item of `len` bytes takes when it is within the pack. */
export function itemBytes(len: number): number {
  return len < 127 ? len + 2 : len === 127 ? 130 : len + 4;
}

/** Whether the item at `at` has its bytes elsewhere. */
export function isOutside(u8: Uint8Array, at: number): boolean {
  return u8[at] >= OUTSIDE_BLOCK;
}

/** The big block of the item at `at`, or 0. */
export function bigOf(u8: Uint8Array, at: number): number {
  return u8[at] === OUTSIDE_BIG ? readWord(u8, at + 5) : 0;
}

/** The length in bytes of the item at `at`. */
export function lengthOf(u8: Uint8Array, at: number): number {
  const head = u8[at];
  if (head < 0x80) return head;
  return head < OUTSIDE_BLOCK ? ((head & 0x3f) << 8) | u8[at + 1] : readWord(u8, at + 1);
}

/** Where the bytes of the item at `at` start, if they are within the pack. */
export function startOf(u8: Uint8Array, at: number): number {
  return u8[at] < 0x80 ? at + 1 : at + 2;
}

/** An item whose first byte is less than this is that byte, so many bytes, and one byte more. */
export const SHORT_ITEM = 127;
/** What a short item takes besides its bytes. */
export const SHORT_OVERHEAD = 2;

/** The size of the whole item at `at`. */
export function sizeAt(u8: Uint8Array, at: number): number {
  const head = u8[at];
  if (head < SHORT_ITEM) return head + SHORT_OVERHEAD;
  if (head === 127) return 130;
  return head < OUTSIDE_BLOCK ? (((head & 0x3f) << 8) | u8[at + 1]) + 4 : OUTSIDE_ITEM_BYTES;
}

/** The size of the whole item that ends before `at`. */
export function backSize(u8: Uint8Array, at: number): number {
  const last = u8[at - 1];
  return last < 0x80 ? last + 1 : (((last & 0x7f) << 8) | u8[at - 2]) + 2;
}

/** Writes an item of at most {@link PACK_INLINE_MAX} bytes. */
export function writeItem(u8: Uint8Array, at: number, buf: Uint8Array, off: number, len: number): void {
  if (len < 127) {
    u8[at] = len;
    copyBytes(buf, off, u8, at + 1, len);
    u8[at + len + 1] = len + 1;
    return;
  }
  let size = len + 1;
  if (len === 127) u8[at] = len;
  else {
    u8[at] = 0x80 | (len >>> 8);
    u8[at + 1] = len;
    size++;
  }
  copyBytes(buf, off, u8, at + size - len, len);
  u8[at + size] = size;
  u8[at + size + 1] = 0x80 | (size >>> 8);
}

/** Writes an item whose bytes are in the arena block or big block `word`. */
export function writeOutside(u8: Uint8Array, at: number, len: number, word: number): void {
  u8[at] = len > OUTSIDE_BLOCK_MAX ? OUTSIDE_BIG : OUTSIDE_BLOCK;
  for (let i = 0; i < 4; i++) {
    u8[at + 1 + i] = len >>> (8 * i);
    u8[at + 5 + i] = word >>> (8 * i);
  }
  u8[at + OUTSIDE_ITEM_BYTES - 1] = OUTSIDE_ITEM_BYTES - 1;
}

/** Four bytes as an int32. */
export function readWord(u8: Uint8Array, at: number): number {
  return u8[at] | (u8[at + 1] << 8) | (u8[at + 2] << 16) | (u8[at + 3] << 24);
}

/** Below this many bytes a loop beats `copyWithin`. */
const MOVE_LOOP_MAX = 48;

/** Moves `len` bytes within a buffer; the ranges may overlap. */
export function moveBytes(u8: Uint8Array, from: number, to: number, len: number): void {
  if (len >= MOVE_LOOP_MAX) u8.copyWithin(to, from, from + len);
  else if (to < from) { for (let i = 0; i < len; i++) u8[to + i] = u8[from + i]; }
  else for (let i = len - 1; i >= 0; i--) u8[to + i] = u8[from + i];
}
