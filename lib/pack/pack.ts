/**
 * Packs: runs of byte strings in one block each; what small collections and
 * the leaves of lists are made of.
 *
 * ```
 *   word 0   head (16 bits) │ outside (1) │ count (15)
 *   word 1   weight (16)    │ end (16)
 *   word 2   epoch (lib/arena/nodes.ts)
 *   free │ item │ item │ … │ item │ free          from byte 12
 *          ^head                  ^end
 *
 *   item     length, bytes, back size
 *     length     0xxxxxxx              up to 127
 *                10xxxxxx xxxxxxxx     up to 16383, high bits first
 *                11000000 len32 ref32  the bytes are in an arena block of their own
 *                11000001 len32 idx32  … in a big block
 *     back size  size of length and bytes together: one byte up to 127, else
 *                low byte, then 0x80 │ high bits; read from the item's end
 * ```
 *
 * DESIGN. Room may be free on both sides, so a pack is a deque: pushes and pops
 * at its ends move nothing, but for one move of everything when a side is used
 * up. A block grows by an eighth and shrinks when less than half of it is used.
 * Blocks are nodes: {@link Nodes.writable} decides whether one is changed in
 * place; functions that change a pack return where it is now, and note in
 * {@link Packs.position} where they worked.
 *
 * Units: positions are offsets in bytes from the start of the block, 0 for none.
 * A position is valid until the next change of the pack. Source bytes may lie in
 * the arena, but not in the pack that is changed nor in what it holds outside.
 */

import { type Arena } from "../arena/arena.ts";
import * as layout from "../arena/layout.ts";
import { blockBytes, type Ref } from "../arena/layout.ts";
import { type Nodes } from "../arena/nodes.ts";
import { copyBytes } from "../base/ascii.ts";
import * as itemForm from "./item.ts";
import {
  backSize,
  bigOf,
  isOutside,
  itemBytes,
  lengthOf,
  moveBytes,
  readWord,
  sizeAt,
  writeItem,
  writeOutside,
} from "./item.ts";
import * as packForm from "./reader.ts";
import { PackReader } from "./reader.ts";

export { itemBytes, PACK_HEADER_BYTES, PACK_INLINE_MAX } from "./item.ts";

const { CHUNK_SHIFT, GRANULE_MASK } = layout;
const {
  HEADER_BYTES,
  OUTSIDE_BLOCK,
  OUTSIDE_BLOCK_MAX,
  OUTSIDE_ITEM_BYTES,
  PACK_BLOCK_MAX,
  PACK_INLINE_MAX,
} = itemForm;
const { COUNT_MASK, OUTSIDE } = packForm;

/** Below this size a block is not worth shrinking. */
const SHRINK_ABOVE_BYTES = 64;
/** Room to grow never takes a block across this size, that of a full leaf of a list. */
const COMFORTABLE_BYTES = 4096;

/** Makes and changes packs, and reads them; see the module's note. */
export class Packs extends PackReader {
  readonly nodes: Nodes;
  /** Where the last change worked: the inserted or replaced item, or what stands now where the removed stood. */
  position = 0;
  /** The right half that the last {@link split} made. */
  right: Ref = 0;
  readonly #arena: Arena;

  constructor(nodes: Nodes) {
    super(nodes.arena);
    this.nodes = nodes;
    this.#arena = nodes.arena;
  }

  /** An empty pack whose block has at least `capacityBytes` bytes, its header of 12 included. */
  create(capacityBytes: number): Ref {
    const p = this.nodes.alloc(capacityBytes < HEADER_BYTES ? HEADER_BYTES : capacityBytes);
    const words = this.#arena.i32[p >>> CHUNK_SHIFT];
    const at = (p & GRANULE_MASK) << 1;
    words[at] = HEADER_BYTES << 16;
    words[at + 1] = HEADER_BYTES;
    return p;
  }

  /** Sets the weight of a pack that is the caller's to change in place. */
  setWeight(p: Ref, weight: number): void {
    const words = this.#arena.i32[p >>> CHUNK_SHIFT];
    const at = ((p & GRANULE_MASK) << 1) + 1;
    words[at] = (words[at] & 0xffff) | (weight << 16);
  }

  /** Inserts an item so that it stands at `pos`: before the item there, or at the {@link end}. @returns the pack, maybe moved */
  insert(p: Ref, pos: number, buf: Uint8Array, off: number, len: number): Ref {
    if (len > PACK_INLINE_MAX) return this.insertOutside(p, pos, buf, off, len);
    p = this.#splice(p, pos, 0, itemBytes(len));
    this.#arena.i32[p >>> CHUNK_SHIFT][(p & GRANULE_MASK) << 1]++;
    writeItem(
      this.#arena.u8[p >>> CHUNK_SHIFT],
      ((p & GRANULE_MASK) << 3) + this.position,
      buf,
      off,
      len,
    );
    return p;
  }

  /**
   * Inserts two items of at most {@link PACK_INLINE_MAX} bytes one behind the
   * other, so that the first stands at `pos`. @returns the pack, maybe moved
   */
  insertPair(
    p: Ref,
    pos: number,
    aBuf: Uint8Array,
    aOff: number,
    aLen: number,
    bBuf: Uint8Array,
    bOff: number,
    bLen: number,
  ): Ref {
    const aBytes = itemBytes(aLen);
    p = this.#splice(p, pos, 0, aBytes + itemBytes(bLen));
    const at = (p & GRANULE_MASK) << 1;
    this.#arena.i32[p >>> CHUNK_SHIFT][at] += 2;
    const u8 = this.#arena.u8[p >>> CHUNK_SHIFT];
    writeItem(u8, (at << 2) + this.position, aBuf, aOff, aLen);
    writeItem(u8, (at << 2) + this.position + aBytes, bBuf, bOff, bLen);
    return p;
  }

  /** Adds an item in front. @returns the pack, maybe moved */
  pushHead(p: Ref, buf: Uint8Array, off: number, len: number): Ref {
    const arena = this.#arena;
    const words = arena.i32[p >>> CHUNK_SHIFT];
    const at = (p & GRANULE_MASK) << 1;
    const head = words[at] >>> 16;
    const size = itemBytes(len);
    // The usual case, without a look at what else may have to move.
    if (
      this.nodes.frozen !== null || len > PACK_INLINE_MAX || head - HEADER_BYTES < size ||
      (words[at] & COUNT_MASK) === 0
    ) return this.insert(p, head, buf, off, len);
    words[at] = words[at] - (size << 16) + 1;
    this.position = head - size;
    writeItem(arena.u8[p >>> CHUNK_SHIFT], (at << 2) + head - size, buf, off, len);
    return p;
  }

  /** Adds an item at the end. @returns the pack, maybe moved */
  pushTail(p: Ref, buf: Uint8Array, off: number, len: number): Ref {
    const arena = this.#arena;
    const words = arena.i32[p >>> CHUNK_SHIFT];
    const at = (p & GRANULE_MASK) << 1;
    const end = words[at + 1] & 0xffff;
    const size = itemBytes(len);
    const capacity = arena.sizeOf(p);
    if (
      this.nodes.frozen !== null || len > PACK_INLINE_MAX ||
      (capacity > PACK_BLOCK_MAX ? PACK_BLOCK_MAX : capacity) - end < size
    ) return this.insert(p, end, buf, off, len);
    words[at]++;
    words[at + 1] += size;
    this.position = end;
    writeItem(arena.u8[p >>> CHUNK_SHIFT], (at << 2) + end, buf, off, len);
    return p;
  }

  /** As {@link insert}; the bytes get a block of their own, a big one above 64 KiB. */
  insertOutside(p: Ref, pos: number, buf: Uint8Array, off: number, len: number): Ref {
    const word = this.#store(buf, off, len);
    p = this.#splice(p, pos, 0, OUTSIDE_ITEM_BYTES);
    const words = this.#arena.i32[p >>> CHUNK_SHIFT];
    const at = (p & GRANULE_MASK) << 1;
    words[at] = (words[at] + 1) | OUTSIDE;
    writeOutside(this.#arena.u8[p >>> CHUNK_SHIFT], (at << 2) + this.position, len, word);
    return p;
  }

  /** Gives the item at `pos` other bytes. @returns the pack, maybe moved */
  replace(p: Ref, pos: number, buf: Uint8Array, off: number, len: number): Ref {
    if (len > PACK_INLINE_MAX) return this.replaceOutside(p, pos, buf, off, len);
    const old = this.#sizeForReplacement(p, pos);
    const outside = this.#outsideBlock, big = this.#outsideBig;
    p = this.#splice(p, pos, old, itemBytes(len));
    writeItem(
      this.#arena.u8[p >>> CHUNK_SHIFT],
      ((p & GRANULE_MASK) << 3) + this.position,
      buf,
      off,
      len,
    );
    this.#freeOutside(outside, big);
    return p;
  }

  /** As {@link replace}; the bytes get a block of their own, a big one above 64 KiB. */
  replaceOutside(p: Ref, pos: number, buf: Uint8Array, off: number, len: number): Ref {
    const word = this.#store(buf, off, len);
    const old = this.#sizeForReplacement(p, pos);
    const outside = this.#outsideBlock, big = this.#outsideBig;
    p = this.#splice(p, pos, old, OUTSIDE_ITEM_BYTES);
    const at = (p & GRANULE_MASK) << 1;
    this.#arena.i32[p >>> CHUNK_SHIFT][at] |= OUTSIDE;
    writeOutside(this.#arena.u8[p >>> CHUNK_SHIFT], (at << 2) + this.position, len, word);
    this.#freeOutside(outside, big);
    return p;
  }

  /** Removes `items` items from `pos` on, all of which are there. @returns the pack, maybe moved */
  remove(p: Ref, pos: number, items: number): Ref {
    const arena = this.#arena;
    const at = (p & GRANULE_MASK) << 1;
    const base = at << 2;
    const outside = (arena.i32[p >>> CHUNK_SHIFT][at] & OUTSIDE) !== 0;
    const u8 = arena.u8[p >>> CHUNK_SHIFT];
    let end = base + pos;
    if (items === this.count(p)) end = base + this.end(p);
    else for (let left = items; left > 0; left--) end += sizeAt(u8, end);
    if (outside) this.#freeItems(p, pos, end - base);
    p = this.#splice(p, pos, end - base - pos, 0);
    arena.i32[p >>> CHUNK_SHIFT][(p & GRANULE_MASK) << 1] -= items;
    return p;
  }

  /** Removes the first or the last item. @returns the pack, maybe moved */
  removeEnd(p: Ref, first: boolean): Ref {
    const arena = this.#arena;
    const words = arena.i32[p >>> CHUNK_SHIFT];
    const at = (p & GRANULE_MASK) << 1;
    const head = words[at] >>> 16;
    const end = words[at + 1] & 0xffff;
    const u8 = arena.u8[p >>> CHUNK_SHIFT];
    const size = first ? sizeAt(u8, (at << 2) + head) : backSize(u8, (at << 2) + end);
    const left = end - head - size + HEADER_BYTES;
    const capacity = arena.sizeOf(p);
    // The usual case: nothing shared, nothing outside, no need to shrink.
    if (
      this.nodes.frozen !== null || (words[at] & OUTSIDE) !== 0 ||
      (capacity > SHRINK_ABOVE_BYTES && left * 2 < capacity)
    ) return this.remove(p, first ? head : end - size, 1);
    if (first) {
      words[at] = words[at] + (size << 16) - 1;
      this.position = head + size;
    } else {
      words[at]--;
      words[at + 1] -= size;
      this.position = end - size;
    }
    return p;
  }

  /** Frees a pack and what its items have outside. */
  free(p: Ref): void {
    if (this.hasOutside(p)) {
      this.#freeItems(p, this.first(p), this.end(p));
    }
    this.nodes.free(p);
  }

  /** A copy that shares nothing with the pack, in a block that fits; the weight is copied too. */
  copy(p: Ref): Ref {
    const bytes = this.bytes(p);
    const copy = this.create(HEADER_BYTES + bytes);
    this.#append(copy, p, this.first(p), this.end(p), this.count(p));
    this.setWeight(copy, this.weight(p));
    if (!this.hasOutside(p)) return copy;
    const end = this.end(copy);
    for (let pos = this.first(copy); pos < end; pos = this.next(copy, pos)) this.#copyOutside(copy, pos);
    return copy;
  }

  /**
   * Splits a pack before `pos`, which is behind `items` items: the items from
   * there on become {@link right}, a new pack in a block of `capacityBytes` or
   * what it needs. @returns the pack with the items before, maybe moved
   */
  split(p: Ref, pos: number, items: number, capacityBytes: number): Ref {
    const moved = this.count(p) - items;
    const end = this.end(p);
    const fit = HEADER_BYTES + end - pos;
    this.right = this.create(capacityBytes > fit ? capacityBytes : fit);
    this.#append(this.right, p, pos, end, moved);
    p = this.#splice(p, pos, end - pos, 0);
    this.#arena.i32[p >>> CHUNK_SHIFT][(p & GRANULE_MASK) << 1] -= moved;
    return p;
  }

  /** Appends the items of `q` to `p` and frees the block of `q`. @returns the pack with all of them */
  merge(p: Ref, q: Ref): Ref {
    const first = this.first(q), end = this.end(q), items = this.count(q);
    p = this.#splice(p, this.end(p), 0, end - first);
    this.#setEnd(p, this.position);
    this.#append(p, q, first, end, items);
    this.nodes.free(q);
    return p;
  }

  /** What {@link #sizeForReplacement} found outside: a block and a big block, 0 for none. */
  #outsideBlock: Ref = 0;
  #outsideBig = 0;

  /** The size of the item at `pos`, and what it has outside. */
  #sizeForReplacement(p: Ref, pos: number): number {
    const u8 = this.#arena.u8[p >>> CHUNK_SHIFT];
    const at = ((p & GRANULE_MASK) << 3) + pos;
    this.#outsideBlock = u8[at] === OUTSIDE_BLOCK ? readWord(u8, at + 5) : 0;
    this.#outsideBig = bigOf(u8, at);
    return sizeAt(u8, at);
  }

  #freeOutside(block: Ref, big: number): void {
    if (block !== 0) this.nodes.freeBlock(block);
    if (big !== 0) this.nodes.freeBig(big);
  }

  /** Frees what the items between two positions have outside. */
  #freeItems(p: Ref, pos: number, end: number): void {
    while (pos < end) {
      pos += this.#sizeForReplacement(p, pos);
      this.#freeOutside(this.#outsideBlock, this.#outsideBig);
    }
  }

  /** Puts bytes in a block of their own. @returns its ref, or the index of the big block */
  #store(buf: Uint8Array, off: number, len: number): number {
    const arena = this.#arena;
    if (len > OUTSIDE_BLOCK_MAX) {
      const index = arena.big.alloc(len);
      copyBytes(buf, off, arena.big.bytes(index), 0, len);
      return index;
    }
    const ref = arena.alloc(len);
    copyBytes(buf, off, arena.bytes(ref), arena.offset(ref), len);
    return ref;
  }

  /** Gives the item at `pos`, a copied one, its own copy of what is outside. */
  #copyOutside(p: Ref, pos: number): void {
    const arena = this.#arena;
    const at = arena.offset(p) + pos;
    if (!isOutside(arena.bytes(p), at)) return;
    const len = lengthOf(arena.bytes(p), at);
    const source = readWord(arena.bytes(p), at + 5);
    const isBlock = arena.bytes(p)[at] === OUTSIDE_BLOCK;
    const word = isBlock
      ? this.#store(arena.bytes(source), arena.offset(source), len)
      : this.#store(arena.big.bytes(source), 0, len);
    writeOutside(arena.bytes(p), at, len, word);
  }

  /** Copies items to the end of `p`, whose block has room; nothing outside is copied. */
  #append(p: Ref, from: Ref, start: number, end: number, items: number): void {
    const arena = this.#arena;
    const words = arena.i32[p >>> CHUNK_SHIFT];
    const at = (p & GRANULE_MASK) << 1;
    const to = words[at + 1] & 0xffff;
    copyBytes(arena.bytes(from), arena.offset(from) + start, arena.bytes(p), (at << 2) + to, end - start);
    words[at] = (words[at] + items) | (arena.u32(from, 0) & OUTSIDE);
    words[at + 1] += end - start;
  }

  #setEnd(p: Ref, end: number): void {
    const words = this.#arena.i32[p >>> CHUNK_SHIFT];
    const at = ((p & GRANULE_MASK) << 1) + 1;
    words[at] = (words[at] & ~0xffff) | end;
  }

  /**
   * Makes the `old` bytes at `pos` a gap of `now` bytes, whose content is the
   * caller's to write. Notes the gap in {@link position}.
   */
  #splice(p: Ref, pos: number, old: number, now: number): Ref {
    if (this.nodes.frozen !== null && this.nodes.isShared(p)) return this.#rebuild(p, pos, old, now);
    const arena = this.#arena;
    const words = arena.i32[p >>> CHUNK_SHIFT];
    const at = (p & GRANULE_MASK) << 1;
    const head = words[at] >>> 16;
    const end = words[at + 1] & 0xffff;
    const delta = now - old;
    if (delta <= 0) return this.#contract(p, pos, old, now);
    const size = arena.sizeOf(p);
    const room = (size > PACK_BLOCK_MAX ? PACK_BLOCK_MAX : size) - end;
    const right = end - pos - old;
    const left = pos - head;
    const base = at << 2;
    const headRoom = head - HEADER_BYTES;
    if (right <= left ? room >= delta : left > 0 && headRoom < delta && room >= delta) {
      if (right > 0) moveBytes(arena.u8[p >>> CHUNK_SHIFT], base + pos + old, base + pos + now, right);
      words[at + 1] += delta;
      this.position = pos;
      return p;
    }
    // A push at the end does not use up the room in front byte by byte, it takes it all at once, and vice versa.
    if (headRoom >= delta && right > 0) {
      if (left > 0) moveBytes(arena.u8[p >>> CHUNK_SHIFT], base + head, base + head - delta, left);
      words[at] -= delta << 16;
      this.position = pos - delta;
      return p;
    }
    if (room + headRoom - delta < (end - head) >>> 4) return this.#rebuild(p, pos, old, now);
    return this.#shift(p, pos, old, now);
  }

  /** {@link #splice} where the gap becomes smaller. */
  #contract(p: Ref, pos: number, old: number, now: number): Ref {
    const delta = old - now;
    this.position = pos;
    if (delta === 0) return p;
    const arena = this.#arena;
    const words = arena.i32[p >>> CHUNK_SHIFT];
    const at = (p & GRANULE_MASK) << 1;
    const head = words[at] >>> 16;
    const end = words[at + 1] & 0xffff;
    const right = end - pos - old;
    const left = pos - head;
    const base = at << 2;
    if (right <= left) {
      if (right > 0) moveBytes(arena.u8[p >>> CHUNK_SHIFT], base + pos + old, base + pos + now, right);
      words[at + 1] -= delta;
    } else {
      if (left > 0) moveBytes(arena.u8[p >>> CHUNK_SHIFT], base + head, base + head + delta, left);
      words[at] += delta << 16;
      this.position = pos + delta;
    }
    const used = end - head - delta;
    const size = arena.sizeOf(p);
    if (size > SHRINK_ABOVE_BYTES && (used + HEADER_BYTES) * 2 < size) {
      return this.#rebuild(p, this.position, 0, 0);
    }
    return p;
  }

  /** {@link #splice} where all free room goes to the side that is pushed at. */
  #shift(p: Ref, pos: number, old: number, now: number): Ref {
    const arena = this.#arena;
    const words = arena.i32[p >>> CHUNK_SHIFT];
    const at = (p & GRANULE_MASK) << 1;
    const head = words[at] >>> 16;
    const end = words[at + 1] & 0xffff;
    const right = end - pos - old;
    const left = pos - head;
    const used = left + now + right;
    const size = arena.sizeOf(p);
    const capacity = size > PACK_BLOCK_MAX ? PACK_BLOCK_MAX : size;
    const start = right > left ? capacity - used : HEADER_BYTES;
    const base = at << 2;
    const u8 = arena.u8[p >>> CHUNK_SHIFT];
    // Down: the left part first, up: the right part first, so that neither overwrites the other.
    if (start < head) moveBytes(u8, base + head, base + start, left);
    moveBytes(u8, base + pos + old, base + start + left + now, right);
    if (start > head) moveBytes(u8, base + head, base + start, left);
    words[at] = (words[at] & 0xffff) | (start << 16);
    words[at + 1] = (words[at + 1] & ~0xffff) | (start + used);
    this.position = start + left;
    return p;
  }

  /** {@link #splice} into another block: with room to grow when the gap becomes larger, else one that fits. */
  #rebuild(p: Ref, pos: number, old: number, now: number): Ref {
    const arena = this.#arena;
    const from = (p & GRANULE_MASK) << 1;
    const head = arena.i32[p >>> CHUNK_SHIFT][from] >>> 16;
    const end = arena.i32[p >>> CHUNK_SHIFT][from + 1] & 0xffff;
    const left = pos - head;
    const right = end - pos - old;
    const used = left + now + right;
    const fit = HEADER_BYTES + used;
    if (fit > PACK_BLOCK_MAX) throw new RangeError(`Cannot grow pack to ${fit} bytes`);
    let capacity = now > old ? fit + (used >>> 3) : fit;
    if (fit <= COMFORTABLE_BYTES && capacity > COMFORTABLE_BYTES) capacity = COMFORTABLE_BYTES;
    capacity = Math.min(blockBytes(capacity), PACK_BLOCK_MAX);
    const q = this.nodes.alloc(capacity);
    const words = arena.i32[q >>> CHUNK_SHIFT];
    const at = (q & GRANULE_MASK) << 1;
    const start = now > old && left === 0 && right > 0 ? capacity - used : HEADER_BYTES;
    const source = arena.i32[p >>> CHUNK_SHIFT];
    words[at] = (source[from] & 0xffff) | (start << 16);
    words[at + 1] = (source[from + 1] & ~0xffff) | (start + used);
    const u8 = arena.u8[p >>> CHUNK_SHIFT];
    const into = arena.u8[q >>> CHUNK_SHIFT];
    const base = from << 2, to = (at << 2) + start;
    copyBytes(u8, base + head, into, to, left);
    copyBytes(u8, base + pos + old, into, to + left + now, right);
    this.nodes.free(p);
    this.position = start + left;
    return q;
  }
}
