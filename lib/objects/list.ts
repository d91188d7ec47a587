/**
 * Lists.
 *
 * ```
 *   encoding  0 listpack, 1 quicklist: the name alone; ENC_LARGE the form
 *   packed    one pack (lib/pack) of at most 16 KiB, all items within
 *   large     a root (root.ts) with a tree of packs (lib/tree/list_tree.ts);
 *             word 0 of the root is the weight
 * ```
 *
 * DESIGN. The name follows Redis: `growing` is called before items are added,
 * `shrunk` after some were removed, and both decide by the size that the list
 * would have as a listpack. That size is the *weight*, kept with the pack or
 * root and changed with each item as long as it is known; 0 in a list with
 * items means that it is not, which is so in a quicklist until `shrunk` had to
 * count. Where Redis asks whether a quicklist has only one node, the total size
 * is compared. The form is another matter: a pack that becomes too large
 * becomes a tree, a tree with one small leaf becomes a pack.
 *
 * There is one cursor for reading, `seek`, `next`, `prev`, `read`, which the
 * next change of any list, or the next `free`, makes invalid. Whoever changes a
 * list has opened it (lib/keyspace/collections.ts). Bytes to be stored may lie
 * anywhere but in the list itself. Indexes count from 0 and are in range, but
 * for `seek`.
 */

import { type Arena } from "../arena/arena.ts";
import { NIL, type Ref } from "../arena/layout.ts";
import { Slice } from "../base/slice.ts";
import { SHORT_ITEM, SHORT_OVERHEAD } from "../pack/item.ts";
import { itemBytes, PACK_HEADER_BYTES, PACK_INLINE_MAX, type Packs } from "../pack/pack.ts";
import { removedItems, removeEqual } from "../pack/remove_equal.ts";
import { ListCursor } from "../tree/list_cursor.ts";
import { ListTree } from "../tree/list_tree.ts";
import { type CollectionType, type ElementSink } from "./collection.ts";
import { ENC_LARGE, ENC_NAME_MASK, type Entries } from "./entry.ts";
import { LISTPACK_ELEMENT_MIN, LISTPACK_EMPTY_BYTES, listpackElementBytes } from "./listpack_size.ts";
import { PACKED_MAX_BYTES } from "./packed.ts";
import { type Roots } from "./root.ts";

/** Names of encodings, in the low bits of an entry's encoding. */
export const LIST_LISTPACK = 0;
export const LIST_QUICKLIST = 1;

/** The encoding of a long list. */
const LONG = LIST_QUICKLIST | ENC_LARGE;
/** A tree of one leaf below this many bytes becomes a pack. */
const PACKED_AGAIN_BYTES = 2048;
/** How much `emitRoot` hands out at once. */
const EMIT_ITEMS = 256;
const EMIT_BYTES = 64 * 1024;
/** Word of a root. */
const WEIGHT_WORD = 0;
const PACK_WEIGHT_MAX = 0xffff;
/** No listpack is larger; what is filled without `growing` may be. */
const WEIGHT_MAX = 1 << 28;
/** Limits in bytes of `list-max-listpack-size` -1 to -5, and the one that holds where items are limited. */
const SIZE_LIMITS = [4096, 8192, 16384, 32768, 65536];
const SAFETY_BYTES = 8192;
const FEW_ITEMS = 8;
/** What is longer is too large for a listpack, and for one leaf. */
const LISTPACK_ITEMS_MAX = 65536 / LISTPACK_ELEMENT_MIN;
/** A listpack is never smaller than this part of a pack with the same items, outside ones not counted. */
const LISTPACK_PART = 0.4;

/** Receives items; a reply is one. */
export interface ItemSink {
  bulk(buf: Uint8Array, off: number, len: number): void;
}

/** Makes, reads and changes lists; see the module's note. */
export class Lists implements CollectionType {
  readonly tree: ListTree;
  /** What `list-max-listpack-size` stands for. */
  #maxBytes = SAFETY_BYTES;
  #maxItems = Infinity;
  /** Below this size or number of items, what shrinks is a listpack again. */
  #shrunkBytes = SAFETY_BYTES / 2;
  #shrunkItems = Infinity;
  readonly #entries: Entries;
  readonly #arena: Arena;
  readonly #roots: Roots;
  readonly #packs: Packs;
  readonly #cursor: ListCursor;
  /** For walks over a list while the cursor stands somewhere. */
  readonly #walk: ListCursor;
  readonly #item = new Slice();
  /** What `openEnd` opened: which end, and the item's weight if that of the list is known. */
  #first = false;
  #openedBytes = 0;

  constructor(entries: Entries, roots: Roots, packs: Packs) {
    this.#entries = entries;
    this.#arena = entries.arena;
    this.#roots = roots;
    this.#packs = packs;
    this.tree = new ListTree(packs.nodes, packs);
    this.#cursor = new ListCursor(packs, this.tree.branches);
    this.#walk = new ListCursor(packs, this.tree.branches);
  }

  /** `list-max-listpack-size`: items if positive, a step of sizes if negative. */
  set maxListpackSize(value: number) {
    if (value >= 0) {
      this.#maxItems = Math.max(1, value);
      this.#shrunkItems = this.#maxItems >>> 1;
      this.#maxBytes = this.#shrunkBytes = SAFETY_BYTES;
    } else {
      this.#maxItems = this.#shrunkItems = Infinity;
      this.#maxBytes = SIZE_LIMITS[Math.min(-value, SIZE_LIMITS.length) - 1];
      this.#shrunkBytes = this.#maxBytes >>> 1;
    }
  }

  /** Number of items. */
  count(ref: Ref): number {
    const block = this.#entries.word2(ref);
    return this.#entries.isLarge(ref) ? this.#roots.count(block) : this.#packs.count(block);
  }

  encodingName(ref: Ref): string {
    return this.#isListpack(ref) ? "listpack" : "quicklist";
  }

  init(ref: Ref): void {
    this.#entries.setEncoding(ref, LIST_LISTPACK);
    this.#entries.setWord2(ref, this.#packs.create(PACK_HEADER_BYTES));
  }

  /** Items are about to be added: names the list quicklist if their bytes and number would exceed a listpack. */
  growing(ref: Ref, addedBytes: number, addedItems: number): void {
    if (!this.#isListpack(ref)) return;
    if (this.count(ref) === 0) this.#reserve(ref, addedBytes + addedItems * 4);
    const bytes = LISTPACK_EMPTY_BYTES + this.#weight(ref) + addedBytes;
    if (bytes <= this.#maxBytes && this.count(ref) + addedItems <= this.#maxItems) return;
    this.#nameQuicklist(ref);
  }

  /** Items were removed: names the list listpack again if it is small enough, and packs it if it is smaller still. */
  shrunk(ref: Ref): void {
    if (this.#entries.isLarge(ref)) {
      // Nothing can be done about a list that is so long.
      if (this.#roots.count(this.#entries.word2(ref)) > LISTPACK_ITEMS_MAX) return;
      this.#packAgain(ref);
    }
    if (this.#isListpack(ref)) return;
    // Redis has no limit in bytes where items are limited. More than a few large ones would not be in one node.
    const unlimited = this.#shrunkItems < Infinity && this.count(ref) <= FEW_ITEMS;
    this.#nameListpack(ref, unlimited ? Infinity : this.#shrunkBytes, this.#shrunkItems);
  }

  /** A list was filled without `growing`: gives it the name that it should have. */
  filled(ref: Ref): void {
    this.growing(ref, 0, 0);
    if (!this.#isListpack(ref)) this.#nameListpack(ref, this.#maxBytes, this.#maxItems);
  }

  /** Adds an item in front. */
  pushHead(ref: Ref, buf: Uint8Array, off: number, len: number): void {
    let block = this.#entries.word2(ref);
    // Long lists have no weight to keep, and are what is pushed to most.
    if (this.#entries.encoding(ref) !== LONG || this.#arena.u32(block, WEIGHT_WORD) !== 0) {
      this.#weigh(ref, buf, off, len);
      block = this.#makeRoom(ref, len);
      if (!this.#entries.isLarge(ref)) {
        const pack = this.#packs.pushHead(block, buf, off, len);
        if (pack !== block) this.#entries.setWord2(ref, pack);
        return;
      }
    }
    const top = this.#roots.tree(block);
    this.#setTree(block, top, this.tree.pushHead(top, buf, off, len), 1);
  }

  /** Adds an item at the end. */
  pushTail(ref: Ref, buf: Uint8Array, off: number, len: number): void {
    let block = this.#entries.word2(ref);
    // Long lists have no weight to keep, and are what is pushed to most.
    if (this.#entries.encoding(ref) !== LONG || this.#arena.u32(block, WEIGHT_WORD) !== 0) {
      this.#weigh(ref, buf, off, len);
      block = this.#makeRoom(ref, len);
      if (!this.#entries.isLarge(ref)) {
        const pack = this.#packs.pushTail(block, buf, off, len);
        if (pack !== block) this.#entries.setWord2(ref, pack);
        return;
      }
    }
    const top = this.#roots.tree(block);
    this.#setTree(block, top, this.tree.pushTail(top, buf, off, len), 1);
  }

  /**
   * Points `out` at the first or last item of an opened list that has one, for
   * {@link removeOpened}; valid until then.
   */
  openEnd(ref: Ref, first: boolean, out: Slice): void {
    const packs = this.#packs;
    const block = this.#entries.word2(ref);
    const large = this.#entries.isLarge(ref);
    this.#first = first;
    if (large) {
      const top = this.#roots.tree(block);
      const opened = this.tree.openEnd(top, first);
      if (opened !== top) this.#roots.setTree(block, opened);
      packs.read(this.tree.endLeaf, this.tree.endPosition, out);
    } else packs.read(block, first ? packs.first(block) : packs.prev(block, packs.end(block)), out);
    const weight = large ? this.#arena.u32(block, WEIGHT_WORD) : packs.weight(block);
    this.#openedBytes = weight === 0 ? 0 : listpackElementBytes(out.buf, out.off, out.len);
  }

  /** Removes the item that `openEnd` has just returned. */
  removeOpened(ref: Ref): void {
    if (this.#openedBytes !== 0) this.#setWeight(ref, this.#weight(ref) - this.#openedBytes);
    const block = this.#entries.word2(ref);
    if (this.#entries.isLarge(ref)) {
      const top = this.#roots.tree(block);
      this.#setTree(block, top, this.tree.removeOpened(top), -1);
    } else {
      const pack = this.#packs.removeEnd(block, this.#first);
      if (pack !== block) this.#entries.setWord2(ref, pack);
    }
  }

  /** Adds an item so that it has `index`, from 0 up to the number of items. */
  insert(ref: Ref, index: number, buf: Uint8Array, off: number, len: number): void {
    this.#weigh(ref, buf, off, len);
    const pack = this.#makeRoom(ref, len);
    if (this.#entries.isLarge(ref)) {
      const top = this.#roots.tree(pack);
      return this.#setTree(pack, top, this.tree.insert(top, index, buf, off, len), 1);
    }
    const pos = index === this.#packs.count(pack) ? this.#packs.end(pack) : this.#packs.at(pack, index);
    this.#entries.setWord2(ref, this.#packs.insert(pack, pos, buf, off, len));
  }

  /** Gives item `index` other bytes. */
  set(ref: Ref, index: number, buf: Uint8Array, off: number, len: number): void {
    const weight = this.#weight(ref);
    if (weight !== 0) {
      this.#setWeight(ref, weight - this.#weightOf(ref, index, 1) + listpackElementBytes(buf, off, len));
    }
    const pack = this.#makeRoom(ref, len);
    if (this.#entries.isLarge(ref)) {
      const top = this.#roots.tree(pack);
      return this.#setTree(pack, top, this.tree.set(top, index, buf, off, len), 0);
    }
    this.#entries.setWord2(ref, this.#packs.replace(pack, this.#packs.at(pack, index), buf, off, len));
  }

  /** Removes `n` items from `index` on. */
  removeRange(ref: Ref, index: number, n: number): void {
    if (n === 0) return;
    const weight = this.#weight(ref);
    if (weight !== 0) this.#setWeight(ref, weight - this.#weightOf(ref, index, n));
    const block = this.#entries.word2(ref);
    if (this.#entries.isLarge(ref)) {
      const top = this.#roots.tree(block);
      this.#setTree(block, top, this.tree.removeRange(top, index, n), -n);
    } else {
      const packs = this.#packs;
      this.#entries.setWord2(ref, packs.remove(block, packs.at(block, index), n));
    }
  }

  /** Removes the first `limit` items with the given bytes, or the last ones. @returns how many there were */
  removeEqual(
    ref: Ref,
    buf: Uint8Array,
    off: number,
    len: number,
    limit: number,
    fromTail: boolean,
  ): number {
    const block = this.#entries.word2(ref);
    let removed: number;
    if (this.#entries.isLarge(ref)) {
      const top = this.#roots.tree(block);
      const left = this.tree.removeEqual(top, buf, off, len, limit, fromTail);
      removed = this.tree.removed;
      this.#setTree(block, top, left, -removed);
    } else {
      this.#entries.setWord2(ref, removeEqual(this.#packs, block, buf, off, len, limit, fromTail));
      removed = removedItems();
    }
    const weight = this.#weight(ref);
    if (weight !== 0) this.#setWeight(ref, weight - removed * listpackElementBytes(buf, off, len));
    return removed;
  }

  /** Index of the first item with the given bytes, or -1. */
  indexOf(ref: Ref, buf: Uint8Array, off: number, len: number): number {
    const block = this.#entries.word2(ref);
    if (this.#entries.isLarge(ref)) return this.tree.indexOf(this.#roots.tree(block), buf, off, len);
    const packs = this.#packs;
    const found = packs.find(block, buf, off, len, 1);
    if (found === 0) return -1;
    let index = 0;
    for (let pos = packs.first(block); pos !== found; pos = packs.next(block, pos)) index++;
    return index;
  }

  /** Puts the cursor on item `index`, counted from the end when negative. @returns whether there is one */
  seek(ref: Ref, index: number): boolean {
    return this.#seek(this.#cursor, ref, index);
  }

  /** Hands `n` items from `index` on to `sink`. */
  emitRange(ref: Ref, index: number, n: number, sink: ItemSink): void {
    const cursor = this.#cursor;
    const packs = this.#packs;
    const item = this.#item;
    this.#seek(cursor, ref, index);
    for (;;) {
      const pack = cursor.pack;
      const end = packs.end(pack);
      const u8 = this.#arena.bytes(pack);
      const base = this.#arena.offset(pack);
      for (let pos = cursor.position; pos !== end;) {
        const head = u8[base + pos];
        if (head < SHORT_ITEM) {
          sink.bulk(u8, base + pos + 1, head);
          pos += head + SHORT_OVERHEAD;
        } else {
          packs.read(pack, pos, item);
          sink.bulk(item.buf, item.off, item.len);
          pos = packs.next(pack, pos);
        }
        if (--n === 0) return;
      }
      cursor.nextLeaf();
    }
  }

  /** Moves the cursor to the next item. @returns false behind the last */
  next(): boolean {
    return this.#cursor.next();
  }

  /** Moves the cursor to the previous item. @returns false before the first */
  prev(): boolean {
    return this.#cursor.prev();
  }

  /** Points `out` at the item that the cursor is on. */
  read(out: Slice): void {
    this.#cursor.read(out);
  }

  /** Whether the item that the cursor is on has the given bytes. */
  equals(buf: Uint8Array, off: number, len: number): boolean {
    return this.#cursor.equals(buf, off, len);
  }

  copyInto(source: Ref, target: Ref): void {
    const packs = this.#packs;
    const block = this.#entries.word2(source);
    const encoding = this.#entries.encoding(source);
    packs.free(this.#entries.word2(target));
    this.#entries.setEncoding(target, encoding);
    if ((encoding & ENC_LARGE) === 0) {
      this.#entries.setWord2(target, packs.copy(block));
      return;
    }
    let top: Ref = NIL;
    const { branches } = this.tree;
    this.#seek(this.#walk, source, 0);
    do top = this.tree.appendLeaf(top, packs.copy(this.#walk.pack)); while (this.#walk.nextLeaf());
    const root = this.#roots.create();
    this.#entries.setWord2(target, root);
    this.#roots.setTree(root, top);
    this.#roots.setCount(root, branches.total(top));
    this.#setWeight(target, this.#weight(source));
  }

  emitPacked(ref: Ref, sink: ElementSink): void {
    const pack = this.#entries.word2(ref);
    const end = this.#packs.end(pack);
    for (let pos = this.#packs.first(pack); pos !== end; pos = this.#packs.next(pack, pos)) {
      this.#packs.read(pack, pos, this.#item);
      sink.item(this.#item, 0);
    }
  }

  emitRoot(root: Ref, position: number, sink: ElementSink): number {
    const walk = this.#walk;
    if (!walk.seekTree(this.#roots.tree(root), position)) return 0;
    let bytes = 0;
    for (let items = 1;; items++) {
      walk.read(this.#item);
      sink.item(this.#item, walk.bigIndex());
      bytes += this.#item.len;
      if (!walk.next()) return 0;
      if (items === EMIT_ITEMS || bytes >= EMIT_BYTES) return position + items;
    }
  }

  reclaimRoot(root: Ref): boolean {
    const top = this.#roots.tree(root);
    if (top === NIL) return false;
    const left = this.tree.takeLeaf(top);
    this.#setTree(root, top, left, this.tree.count(left) - this.#roots.count(root));
    return true;
  }

  freePacked(ref: Ref): void {
    this.#packs.free(this.#entries.word2(ref));
  }

  verify(ref: Ref): void {
    const block = this.#entries.word2(ref);
    const large = this.#entries.isLarge(ref);
    const count = large ? this.tree.verify(this.#roots.tree(block)) : this.#packs.verify(block);
    if (count !== this.count(ref)) throw new Error(`Cannot verify list ${ref}: it counts ${count} items`);
    const weight = this.#weight(ref);
    if (weight === 0 && !this.#isListpack(ref)) return;
    const sum = this.#weightOf(ref, 0, count);
    if (weight !== sum) throw new Error(`Cannot verify list ${ref}: its weight is ${weight}, not ${sum}`);
  }

  #seek(cursor: ListCursor, ref: Ref, index: number): boolean {
    const block = this.#entries.word2(ref);
    if (!this.#entries.isLarge(ref)) return cursor.seekPack(block, index);
    if (index < 0) index += this.#roots.count(block);
    return index >= 0 && cursor.seekTree(this.#roots.tree(block), index);
  }

  #isListpack(ref: Ref): boolean {
    return (this.#entries.encoding(ref) & ENC_NAME_MASK) === LIST_LISTPACK;
  }

  /** Makes the list a tree if its pack has no room for another item. @returns the pack, or the root */
  #makeRoom(ref: Ref, len: number): Ref {
    const block = this.#entries.word2(ref);
    if (this.#entries.isLarge(ref)) return block;
    const bytes = PACK_HEADER_BYTES + this.#packs.bytes(block);
    if (len <= PACK_INLINE_MAX && bytes + itemBytes(len) <= PACKED_MAX_BYTES) return block;
    this.#plant(ref);
    return this.#entries.word2(ref);
  }

  /** Makes a pack a tree. */
  #plant(ref: Ref): void {
    const packs = this.#packs;
    const pack = this.#entries.word2(ref);
    const weight = this.#weight(ref);
    const root = this.#roots.create();
    let top: Ref = NIL;
    const end = packs.end(pack);
    for (let pos = packs.first(pack); pos !== end; pos = packs.next(pack, pos)) {
      packs.read(pack, pos, this.#item);
      top = this.tree.pushTail(top, this.#item.buf, this.#item.off, this.#item.len);
    }
    packs.free(pack);
    this.#setTree(root, NIL, top, this.tree.count(top));
    this.#entries.setWord2(ref, root);
    this.#entries.setEncoding(ref, this.#entries.encoding(ref) | ENC_LARGE);
    this.#setWeight(ref, weight);
  }

  /** Makes a tree that has only one small leaf, and nothing outside, a pack. */
  #packAgain(ref: Ref): void {
    const packs = this.#packs;
    const root = this.#entries.word2(ref);
    const top = this.#roots.tree(root);
    const leaf = this.tree.onlyLeaf(top);
    if (leaf === NIL || packs.bytes(leaf) > PACKED_AGAIN_BYTES || packs.hasOutside(leaf)) return;
    const weight = this.#weight(ref);
    // A packed list shares nothing with a frozen root.
    const pack = packs.nodes.writable(leaf);
    this.tree.dropTop(top);
    this.#roots.free(root);
    this.#entries.setWord2(ref, pack);
    this.#entries.setEncoding(ref, this.#entries.encoding(ref) & ~ENC_LARGE);
    this.#setWeight(ref, weight);
  }

  /** Gives an empty pack a block that has room for so many bytes of items, if it stays a pack with them. */
  #reserve(ref: Ref, bytes: number): void {
    if (this.#entries.isLarge(ref) || PACK_HEADER_BYTES + bytes > PACKED_MAX_BYTES) return;
    const pack = this.#entries.word2(ref);
    if (this.#arena.sizeOf(pack) >= PACK_HEADER_BYTES + bytes) return;
    this.#packs.free(pack);
    this.#entries.setWord2(ref, this.#packs.create(PACK_HEADER_BYTES + bytes));
  }

  #nameQuicklist(ref: Ref): void {
    this.#entries.setEncoding(ref, (this.#entries.encoding(ref) & ~ENC_NAME_MASK) | LIST_QUICKLIST);
    this.#setWeight(ref, 0);
  }

  /** Names a quicklist listpack if it is within the given limits. */
  #nameListpack(ref: Ref, maxBytes: number, maxItems: number): void {
    const count = this.count(ref);
    if (count === 0 || count > maxItems) return;
    if (LISTPACK_EMPTY_BYTES + count * LISTPACK_ELEMENT_MIN > maxBytes) return;
    let weight = this.#weight(ref);
    if (weight === 0) {
      if (LISTPACK_EMPTY_BYTES + this.#leastWeight(ref, maxBytes) > maxBytes) return;
      weight = this.#weightOf(ref, 0, count);
      this.#setWeight(ref, weight);
    }
    if (LISTPACK_EMPTY_BYTES + weight > maxBytes) return;
    this.#entries.setEncoding(ref, (this.#entries.encoding(ref) & ~ENC_NAME_MASK) | LIST_LISTPACK);
  }

  /** What the weight is at least, found in a time that does not depend on the list's length; Infinity for "more than `enough`". */
  #leastWeight(ref: Ref, enough: number): number {
    const block = this.#entries.word2(ref);
    if (!this.#entries.isLarge(ref)) return this.#packs.bytes(block) * LISTPACK_PART;
    const top = this.#roots.tree(block);
    const { branches } = this.tree;
    // As many leaves as can hold so little, if they are not sparse.
    if (branches.level(top) > 1 || branches.size(top) > 2 + enough / 1024) return Infinity;
    let bytes = 0;
    for (let i = branches.size(top) - 1; i >= 0; i--) bytes += this.#packs.bytes(branches.child(top, i));
    return bytes * LISTPACK_PART;
  }

  /** The sum of what some items would take in a listpack. */
  #weightOf(ref: Ref, index: number, n: number): number {
    if (n === 0) return 0;
    const walk = this.#walk;
    this.#seek(walk, ref, index);
    let sum = 0;
    for (;;) {
      walk.read(this.#item);
      sum += listpackElementBytes(this.#item.buf, this.#item.off, this.#item.len);
      if (--n === 0) return sum;
      walk.next();
    }
  }

  /** Adds an item to the weight, if that is known. */
  #weigh(ref: Ref, buf: Uint8Array, off: number, len: number): void {
    const weight = this.#weight(ref);
    if (weight === 0 && (!this.#isListpack(ref) || this.count(ref) > 0)) return;
    if (weight > WEIGHT_MAX) return this.#nameQuicklist(ref);
    this.#setWeight(ref, weight + listpackElementBytes(buf, off, len));
  }

  #weight(ref: Ref): number {
    const block = this.#entries.word2(ref);
    return this.#entries.isLarge(ref) ? this.#arena.u32(block, WEIGHT_WORD) : this.#packs.weight(block);
  }

  #setWeight(ref: Ref, weight: number): void {
    // In a pack the weight has 16 bits: before it could have more, the pack becomes a tree.
    if (weight > PACK_WEIGHT_MAX && !this.#entries.isLarge(ref)) this.#plant(ref);
    const block = this.#entries.word2(ref);
    if (this.#entries.isLarge(ref)) this.#arena.setU32(block, WEIGHT_WORD, weight);
    else this.#packs.setWeight(block, weight);
  }

  /** The tree of a root has `by` items more, and another top perhaps. */
  #setTree(root: Ref, top: Ref, changed: Ref, by: number): void {
    if (changed !== top) this.#roots.setTree(root, changed);
    if (by !== 0) this.#roots.setCount(root, this.#roots.count(root) + by);
  }
}
