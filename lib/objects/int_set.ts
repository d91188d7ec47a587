/**
 * Int sets: sorted integers in one block; what small sets of integers are.
 *
 * ```
 *   word 0   width (16 bits: 2, 4 or 8) │ count (16)
 *   word 1   –
 *   word 2   epoch (lib/arena/nodes.ts)
 *   words 3… the integers in ascending order, each of `width` bytes, little endian
 * ```
 *
 * DESIGN. All integers have the width that the widest needs; the block is
 * rewritten when a wider one comes, and never gets narrower. Search is binary;
 * values are numbers where int32 is enough, else two words (base/int64_words.ts).
 * The value that a function works on is in the register {@link IntSets.value}.
 *
 * Functions that change an int set return where it is now. Int sets are only
 * ever the packed form of a set, which no snapshot shares: they are changed in place.
 */

import { type Arena } from "../arena/arena.ts";
import * as layout from "../arena/layout.ts";
import { type Ref, sizeClass } from "../arena/layout.ts";
import { type Nodes } from "../arena/nodes.ts";
import { copyBytes } from "../base/ascii.ts";
import { compareInt64, Int64 } from "../base/int64_words.ts";

const { CHUNK_SHIFT, GRANULE_MASK } = layout;

/** The most integers of one block: an insert may move all of them. */
export const INT_SET_MAX = 512;

const HEADER_BYTES = 12;
const HEADER_WORDS = 3;
const COUNT_MASK = 0xffff;
const WIDTH_SHIFT = 16;
/** Below this size a block is not worth shrinking. */
const SHRINK_ABOVE_BYTES = 64;

/** Makes, reads and changes int sets; see the module's note. */
export class IntSets {
  /** The integer to look for or to insert; or what `load` has read. */
  readonly value = new Int64();
  /** Where the value of the last `find` is, or would have to be. */
  place = 0;
  readonly #nodes: Nodes;
  readonly #arena: Arena;

  constructor(nodes: Nodes) {
    this.#nodes = nodes;
    this.#arena = nodes.arena;
  }

  /** An empty int set. */
  create(): Ref {
    return this.#alloc(0, 2, 0);
  }

  /** Number of integers. */
  count(p: Ref): number {
    return this.#arena.i32[p >>> CHUNK_SHIFT][(p & GRANULE_MASK) << 1] & COUNT_MASK;
  }

  /** Bytes per integer. */
  width(p: Ref): number {
    return this.#arena.i32[p >>> CHUNK_SHIFT][(p & GRANULE_MASK) << 1] >>> WIDTH_SHIFT;
  }

  /** Looks for {@link value}; its place is noted. @returns whether it is there */
  find(p: Ref): boolean {
    const arena = this.#arena;
    const at = (p & GRANULE_MASK) << 1;
    const words = arena.i32[p >>> CHUNK_SHIFT];
    const count = words[at] & COUNT_MASK;
    const width = words[at] >>> WIDTH_SHIFT;
    if (width === 8) return this.#findLong(words, at + HEADER_WORDS, count);
    if (!this.value.isInt32) {
      this.place = this.value.high < 0 ? 0 : count;
      return false;
    }
    if (width === 4) return this.#findWord(words, at + HEADER_WORDS, count);
    return this.#findShort(arena.u8[p >>> CHUNK_SHIFT], (at << 2) + HEADER_BYTES, count);
  }

  #findShort(bytes: Uint8Array, from: number, count: number): boolean {
    const value = this.value.low;
    let low = 0, high = count;
    // New integers are often the greatest, as ids are.
    if (count > 0 && shortAt(bytes, from + ((count - 1) << 1)) < value) low = count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (shortAt(bytes, from + (middle << 1)) < value) low = middle + 1;
      else high = middle;
    }
    this.place = low;
    return low < count && shortAt(bytes, from + (low << 1)) === value;
  }

  #findWord(words: Int32Array, from: number, count: number): boolean {
    const value = this.value.low;
    let low = 0, high = count;
    if (count > 0 && words[from + count - 1] < value) low = count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (words[from + middle] < value) low = middle + 1;
      else high = middle;
    }
    this.place = low;
    return low < count && words[from + low] === value;
  }

  #findLong(words: Int32Array, from: number, count: number): boolean {
    const { high: valueHigh, low: valueLow } = this.value;
    let low = 0, high = count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = from + (middle << 1);
      if (compareInt64(words[at + 1], words[at], valueHigh, valueLow) < 0) low = middle + 1;
      else high = middle;
    }
    this.place = low;
    const at = from + (low << 1);
    return low < count && words[at] === valueLow && words[at + 1] === valueHigh;
  }

  /** Inserts {@link value}, which `find` has just not found. @returns the int set, maybe moved */
  insert(p: Ref): Ref {
    const width = this.width(p);
    const needed = !this.value.isInt32 ? 8 : this.value.low << 16 >> 16 === this.value.low ? 2 : 4;
    const wanted = needed > width ? needed : width;
    const count = this.count(p);
    const bytes = HEADER_BYTES + (count + 1) * wanted;
    const place = this.place;
    if (wanted > width) p = this.#widen(p, wanted, bytes);
    else if (bytes > this.#arena.sizeOf(p)) p = this.#resize(p, bytes);
    const u8 = this.#arena.u8[p >>> CHUNK_SHIFT];
    const from = ((p & GRANULE_MASK) << 3) + HEADER_BYTES + place * wanted;
    if (place < count) u8.copyWithin(from + wanted, from, from + (count - place) * wanted);
    this.#store(p, place, wanted);
    this.#arena.i32[p >>> CHUNK_SHIFT][(p & GRANULE_MASK) << 1]++;
    return p;
  }

  /** Removes the integer at `index`. @returns the int set, maybe moved */
  removeAt(p: Ref, index: number): Ref {
    const width = this.width(p);
    const count = this.count(p);
    const u8 = this.#arena.u8[p >>> CHUNK_SHIFT];
    const from = ((p & GRANULE_MASK) << 3) + HEADER_BYTES + index * width;
    if (index < count - 1) u8.copyWithin(from, from + width, from + (count - index) * width);
    this.#arena.i32[p >>> CHUNK_SHIFT][(p & GRANULE_MASK) << 1]--;
    const bytes = HEADER_BYTES + (count - 1) * width;
    const size = this.#arena.sizeOf(p);
    return size > SHRINK_ABOVE_BYTES && bytes * 2 < size ? this.#resize(p, bytes) : p;
  }

  /** Reads the integer at `index` into {@link value}. */
  load(p: Ref, index: number): void {
    const at = (p & GRANULE_MASK) << 1;
    const words = this.#arena.i32[p >>> CHUNK_SHIFT];
    const width = words[at] >>> WIDTH_SHIFT;
    const value = this.value;
    if (width === 8) {
      value.low = words[at + HEADER_WORDS + (index << 1)];
      value.high = words[at + HEADER_WORDS + (index << 1) + 1];
      return;
    }
    value.low = width === 4
      ? words[at + HEADER_WORDS + index]
      : shortAt(this.#arena.u8[p >>> CHUNK_SHIFT], (at << 2) + HEADER_BYTES + (index << 1));
    value.high = value.low >> 31;
  }

  /** A copy that shares nothing with the int set. */
  copy(p: Ref): Ref {
    const width = this.width(p);
    const count = this.count(p);
    const copy = this.#alloc(count, width, HEADER_BYTES + count * width);
    this.#copyIntegers(p, copy, count * width);
    return copy;
  }

  /** Frees an int set. */
  free(p: Ref): void {
    this.#nodes.free(p);
  }

  /** Throws on the first broken invariant. For tests. @returns the number of integers */
  verify(p: Ref): number {
    const count = this.count(p);
    const width = this.width(p);
    if ((width !== 2 && width !== 4 && width !== 8) || count > INT_SET_MAX) {
      throw new Error(`Cannot verify int set ${p}: ${count} integers of ${width} bytes`);
    }
    if (HEADER_BYTES + count * width > this.#arena.sizeOf(p)) {
      throw new Error(`Cannot verify int set ${p}: its block is too small for ${count} integers`);
    }
    const value = this.value;
    for (let i = 1; i < count; i++) {
      this.load(p, i - 1);
      const { high, low } = value;
      this.load(p, i);
      if (compareInt64(high, low, value.high, value.low) >= 0) {
        throw new Error(`Cannot verify int set ${p}: integer ${i} is not greater than the one before`);
      }
    }
    return count;
  }

  #alloc(count: number, width: number, bytes: number): Ref {
    const p = this.#nodes.alloc(bytes < HEADER_BYTES ? HEADER_BYTES : bytes);
    this.#arena.i32[p >>> CHUNK_SHIFT][(p & GRANULE_MASK) << 1] = count | (width << WIDTH_SHIFT);
    return p;
  }

  #copyIntegers(from: Ref, to: Ref, bytes: number): void {
    copyBytes(
      this.#arena.u8[from >>> CHUNK_SHIFT],
      ((from & GRANULE_MASK) << 3) + HEADER_BYTES,
      this.#arena.u8[to >>> CHUNK_SHIFT],
      ((to & GRANULE_MASK) << 3) + HEADER_BYTES,
      bytes,
    );
  }

  /** The same integers in a block for `bytes` bytes. */
  #resize(p: Ref, bytes: number): Ref {
    if (sizeClass(bytes) === this.#arena.classOf(p)) return p;
    const width = this.width(p);
    const count = this.count(p);
    const moved = this.#alloc(count, width, bytes);
    this.#copyIntegers(p, moved, count * width);
    this.#nodes.free(p);
    return moved;
  }

  /** The same integers, each of `width` bytes, in a block for `bytes` bytes. */
  #widen(p: Ref, width: number, bytes: number): Ref {
    const { high, low } = this.value;
    const count = this.count(p);
    const moved = this.#alloc(count, width, bytes);
    for (let i = 0; i < count; i++) {
      this.load(p, i);
      this.#store(moved, i, width);
    }
    this.#nodes.free(p);
    this.value.high = high;
    this.value.low = low;
    return moved;
  }

  /** Writes {@link value} at `index` of an int set of `width`. */
  #store(p: Ref, index: number, width: number): void {
    const at = (p & GRANULE_MASK) << 1;
    const { high, low } = this.value;
    if (width === 2) {
      const bytes = this.#arena.u8[p >>> CHUNK_SHIFT];
      const to = (at << 2) + HEADER_BYTES + (index << 1);
      bytes[to] = low;
      bytes[to + 1] = low >> 8;
      return;
    }
    const words = this.#arena.i32[p >>> CHUNK_SHIFT];
    if (width === 4) words[at + HEADER_WORDS + index] = low;
    else {
      words[at + HEADER_WORDS + (index << 1)] = low;
      words[at + HEADER_WORDS + (index << 1) + 1] = high;
    }
  }
}

/** The signed 16-bit integer at `bytes[at]`. */
function shortAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 16) | (bytes[at + 1] << 24)) >> 16;
}
