/**
 * Reading packs; the format is in the note of pack.ts.
 *
 * Positions are offsets in bytes from the start of the block, 0 for none, valid
 * until the next change of the pack.
 */

import { type Arena } from "../arena/arena.ts";
import * as layout from "../arena/layout.ts";
import { type Ref } from "../arena/layout.ts";
import { equalBytes } from "../base/ascii.ts";
import { type Slice } from "../base/slice.ts";
import * as itemForm from "./item.ts";
import { backSize, bigOf, isOutside, lengthOf, readWord, sizeAt, startOf } from "./item.ts";

const { CHUNK_SHIFT, GRANULE_MASK } = layout;
const { HEADER_BYTES, OUTSIDE_BLOCK } = itemForm;

/** Bit of word 0: some item may be outside. */
export const OUTSIDE = 0x8000;
/** Bits of word 0 that are the number of items. */
export const COUNT_MASK = 0x7fff;

/** The reading half of {@link Packs}. */
export class PackReader {
  readonly #arena: Arena;
  readonly #scratch = new Uint8Array(8);
  readonly #scratchDouble = new Float64Array(this.#scratch.buffer);

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  /** Number of items. */
  count(p: Ref): number {
    return this.#arena.i32[p >>> CHUNK_SHIFT][(p & GRANULE_MASK) << 1] & COUNT_MASK;
  }

  /** Bytes that the items take in the block. */
  bytes(p: Ref): number {
    const words = this.#arena.i32[p >>> CHUNK_SHIFT];
    const at = (p & GRANULE_MASK) << 1;
    return (words[at + 1] & 0xffff) - (words[at] >>> 16);
  }

  /** A number up to 65535 that the owner of the pack keeps with it; 0 at first. */
  weight(p: Ref): number {
    return this.#arena.i32[p >>> CHUNK_SHIFT][((p & GRANULE_MASK) << 1) + 1] >>> 16;
  }

  /** Whether some item may have its bytes outside. */
  hasOutside(p: Ref): boolean {
    return (this.#arena.i32[p >>> CHUNK_SHIFT][(p & GRANULE_MASK) << 1] & OUTSIDE) !== 0;
  }

  /** Position of the first item; {@link end} when there is none. */
  first(p: Ref): number {
    return this.#arena.i32[p >>> CHUNK_SHIFT][(p & GRANULE_MASK) << 1] >>> 16;
  }

  /** Position behind the last item. */
  end(p: Ref): number {
    return this.#arena.i32[p >>> CHUNK_SHIFT][((p & GRANULE_MASK) << 1) + 1] & 0xffff;
  }

  /** Position behind the item at `pos`: of the next one, or {@link end}. */
  next(p: Ref, pos: number): number {
    return pos + sizeAt(this.#arena.u8[p >>> CHUNK_SHIFT], ((p & GRANULE_MASK) << 3) + pos);
  }

  /** Position of the item before `pos` (which may be {@link end}), or 0 when there is none. */
  prev(p: Ref, pos: number): number {
    if (pos === this.first(p)) return 0;
    return pos - backSize(this.#arena.u8[p >>> CHUNK_SHIFT], ((p & GRANULE_MASK) << 3) + pos);
  }

  /** Position of item `index`, counted from the end when negative; 0 when there is no such item. Walks from the nearer end. */
  at(p: Ref, index: number): number {
    const count = this.count(p);
    if (index < 0) index += count;
    if (index < 0 || index >= count) return 0;
    const u8 = this.#arena.u8[p >>> CHUNK_SHIFT];
    const base = (p & GRANULE_MASK) << 3;
    if (index <= count >>> 1) {
      let at = base + this.first(p);
      while (index-- > 0) at += sizeAt(u8, at);
      return at - base;
    }
    let at = base + this.end(p);
    for (; index < count; index++) at -= backSize(u8, at);
    return at - base;
  }

  /** Length of the item at `pos` in bytes. */
  length(p: Ref, pos: number): number {
    return lengthOf(this.#arena.u8[p >>> CHUNK_SHIFT], ((p & GRANULE_MASK) << 3) + pos);
  }

  /** Points `out` at the bytes of the item at `pos`; valid until the next `free` of the arena or change of the pack. */
  read(p: Ref, pos: number, out: Slice): void {
    const u8 = this.#arena.u8[p >>> CHUNK_SHIFT];
    const at = ((p & GRANULE_MASK) << 3) + pos;
    if (u8[at] < 0x80) return out.set(u8, at + 1, u8[at]);
    const len = lengthOf(u8, at);
    if (!isOutside(u8, at)) return out.set(u8, startOf(u8, at), len);
    const word = readWord(u8, at + 5);
    if (u8[at] === OUTSIDE_BLOCK) out.set(this.#arena.bytes(word), this.#arena.offset(word), len);
    else out.set(this.#arena.big.bytes(word), 0, len);
  }

  /** The item of 8 bytes at `pos` as a double, little endian. */
  double(p: Ref, pos: number): number {
    const u8 = this.#arena.u8[p >>> CHUNK_SHIFT];
    const from = ((p & GRANULE_MASK) << 3) + pos + 1;
    for (let i = 0; i < 8; i++) this.#scratch[i] = u8[from + i];
    return this.#scratchDouble[0];
  }

  /** The big block that the item at `pos` is in, or 0. */
  bigIndex(p: Ref, pos: number): number {
    return bigOf(this.#arena.u8[p >>> CHUNK_SHIFT], ((p & GRANULE_MASK) << 3) + pos);
  }

  /** Whether the item at `pos` has the given bytes. */
  equals(p: Ref, pos: number, buf: Uint8Array, off: number, len: number): boolean {
    const u8 = this.#arena.u8[p >>> CHUNK_SHIFT];
    const at = ((p & GRANULE_MASK) << 3) + pos;
    if (u8[at] < 0x80) return u8[at] === len && equalBytes(u8, at + 1, buf, off, len);
    if (lengthOf(u8, at) !== len) return false;
    if (!isOutside(u8, at)) return equalBytes(u8, startOf(u8, at), buf, off, len);
    const word = readWord(u8, at + 5);
    const arena = this.#arena;
    if (u8[at] !== OUTSIDE_BLOCK) return equalBytes(arena.big.bytes(word), 0, buf, off, len);
    return equalBytes(arena.bytes(word), arena.offset(word), buf, off, len);
  }

  /**
   * The first item that has the given bytes, among items 0, `stride`, 2 `stride`, …
   * @returns its position, or 0
   */
  find(p: Ref, buf: Uint8Array, off: number, len: number, stride: number): number {
    const u8 = this.#arena.u8[p >>> CHUNK_SHIFT];
    const base = (p & GRANULE_MASK) << 3;
    const end = base + this.end(p);
    // Names often start alike: the last byte tells more of them apart. Of an empty item it is its length, 0.
    const last = len > 0 ? buf[off + len - 1] : 0;
    for (let at = base + this.first(p); at < end;) {
      const head = u8[at];
      // The length is compared first; only an item with a long one needs a closer look.
      if (
        head < 0x80
          ? head === len && u8[at + len] === last && equalBytes(u8, at + 1, buf, off, len)
          : this.equals(p, at - base, buf, off, len)
      ) {
        return at - base;
      }
      at += sizeAt(u8, at);
      for (let skip = stride; skip > 1; skip--) at += sizeAt(u8, at);
    }
    return 0;
  }

  /** Throws on the first broken invariant. For tests. @returns the number of items */
  verify(p: Ref): number {
    const arena = this.#arena;
    const u8 = arena.bytes(p), base = arena.offset(p);
    const end = this.end(p);
    let pos = this.first(p);
    if (pos < HEADER_BYTES || end < pos || end > arena.sizeOf(p)) {
      throw new Error(`Cannot verify pack ${p}: items from ${pos} to ${end}`);
    }
    let items = 0;
    for (; pos < end; items++) {
      const size = sizeAt(u8, base + pos);
      if (backSize(u8, base + pos + size) !== size) {
        throw new Error(`Cannot verify pack ${p}: item at ${pos} has ${size} bytes and another back size`);
      }
      if (isOutside(u8, base + pos) && (arena.u32(p, 0) & OUTSIDE) === 0) {
        throw new Error(`Cannot verify pack ${p}: item at ${pos} is outside, and the pack does not know`);
      }
      pos += size;
    }
    if (pos !== end || items !== this.count(p)) {
      throw new Error(`Cannot verify pack ${p}: ${items} items up to ${pos}, not ${this.count(p)} to ${end}`);
    }
    return items;
  }
}
