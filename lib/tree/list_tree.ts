/**
 * Long lists: a counted tree whose leaves are packs.
 *
 * DESIGN. A leaf is a pack of at most 4 KiB; items above 1 KiB stand outside of
 * it. Counts lead to any index in O(log n) and a walk within one leaf; the ends
 * are reached without looking at counts, and as a push or pop there usually
 * stays within its leaf, it is O(1) amortized. What is added at an end fills
 * leaves up; a full leaf is split only in the middle. A leaf that has become
 * small joins a neighbour that has room for it.
 *
 * A tree is known by its top, NIL when empty; functions that change one return
 * the new top. They copy what a frozen root still needs (lib/arena/nodes.ts).
 *
 * Units: an index counts from 0; the callers keep it in range.
 */

import { NIL, type Ref } from "../arena/layout.ts";
import { type Nodes } from "../arena/nodes.ts";
import { itemBytes, OUTSIDE_ITEM_BYTES, PACK_HEADER_BYTES } from "../pack/item.ts";
import { type Packs } from "../pack/pack.ts";
import { removedItems, removeEqual } from "../pack/remove_equal.ts";
import { Branches, TreePath } from "./branch.ts";

/** The block of a leaf. */
export const LEAF_BYTES = 4096;
/** The longest item within a leaf. */
export const LEAF_INLINE_MAX = 1024;
/** Bytes that a leaf has for items. */
const LEAF_ROOM = LEAF_BYTES - PACK_HEADER_BYTES;
/** A leaf below this looks for a neighbour to join… */
const LEAF_SMALL = LEAF_BYTES / 4;
/** …if together they have at most this. */
const LEAF_JOINED_MAX = (LEAF_BYTES / 4) * 3;

/** Reads and changes trees; see the module's note. */
export class ListTree {
  readonly branches: Branches;
  /** How many items the last {@link removeEqual} took. */
  removed = 0;
  readonly #nodes: Nodes;
  readonly #packs: Packs;
  readonly #path = new TreePath();
  /** What {@link openEnd} opened: the leaf and the item's position there… */
  endLeaf: Ref = NIL;
  endPosition = 0;
  /** …and whether it is the first. */
  #first = false;

  constructor(nodes: Nodes, packs: Packs) {
    this.#nodes = nodes;
    this.#packs = packs;
    this.branches = new Branches(nodes, false);
  }

  /** Number of items. */
  count(top: Ref): number {
    return this.branches.total(top);
  }

  /** Adds an item in front. */
  pushHead(top: Ref, buf: Uint8Array, off: number, len: number): Ref {
    if (top === NIL) return this.#start(buf, off, len);
    const path = this.#path;
    top = this.branches.openEnd(top, true, path);
    const leaf = path.leaf;
    if (!this.#fits(leaf, len)) return this.#insertLeaf(0, buf, off, len);
    if (len > LEAF_INLINE_MAX) this.#insertItem(this.#packs.first(leaf), buf, off, len);
    else this.#added(this.#packs.pushHead(leaf, buf, off, len));
    return top;
  }

  /** Adds an item at the end. */
  pushTail(top: Ref, buf: Uint8Array, off: number, len: number): Ref {
    if (top === NIL) return this.#start(buf, off, len);
    const path = this.#path;
    top = this.branches.openEnd(top, false, path);
    const leaf = path.leaf;
    if (!this.#fits(leaf, len)) return this.#insertLeaf(1, buf, off, len);
    if (len > LEAF_INLINE_MAX) this.#insertItem(this.#packs.end(leaf), buf, off, len);
    else this.#added(this.#packs.pushTail(leaf, buf, off, len));
    return top;
  }

  /**
   * Opens the first or the last item of a tree that has one, to be read at
   * {@link endLeaf}, {@link endPosition}, and removed by {@link removeOpened}.
   * @returns the top
   */
  openEnd(top: Ref, first: boolean): Ref {
    const path = this.#path;
    top = this.branches.openEnd(top, first, path);
    this.#first = first;
    this.endLeaf = path.leaf;
    this.endPosition = first
      ? this.#packs.first(path.leaf)
      : this.#packs.prev(path.leaf, this.#packs.end(path.leaf));
    return top;
  }

  /** Removes the item that `openEnd` has just opened. */
  removeOpened(top: Ref): Ref {
    const { branches } = this;
    const packs = this.#packs;
    const path = this.#path;
    const leaf = path.leaf;
    if (packs.count(leaf) === 1) {
      packs.free(leaf);
      return branches.removeLeaf(path);
    }
    const left = packs.removeEnd(leaf, this.#first);
    if (left === leaf) branches.addToLeaf(path, -1);
    else branches.setLeaf(path, left, packs.count(left), 0, NIL);
    return packs.bytes(left) < LEAF_SMALL ? this.#join(top, left, true, true) : top;
  }

  /** Adds an item so that it has `index`, from 0 up to the number of items. */
  insert(top: Ref, index: number, buf: Uint8Array, off: number, len: number): Ref {
    const { branches } = this;
    if (index === branches.total(top)) return this.pushTail(top, buf, off, len);
    const path = this.#path;
    top = branches.open(top, index, path);
    if (this.#fits(path.leaf, len)) {
      this.#insertItem(this.#packs.at(path.leaf, path.offset), buf, off, len);
      return top;
    }
    if (path.offset > 0) return this.#insertSplitting(buf, off, len);
    // The place between two leaves is also the end of the first.
    const left = branches.sibling(path, -1);
    if (left === NIL || !this.#fits(left, len)) return this.#insertLeaf(0, buf, off, len);
    branches.toSibling(path, -1);
    this.#insertItem(this.#packs.end(left), buf, off, len);
    return top;
  }

  /** Gives item `index` other bytes. */
  set(top: Ref, index: number, buf: Uint8Array, off: number, len: number): Ref {
    const { branches } = this;
    const packs = this.#packs;
    const path = this.#path;
    top = branches.open(top, index, path);
    const leaf = path.leaf;
    const pos = packs.at(leaf, path.offset);
    const grown = leafItemBytes(len) - (packs.next(leaf, pos) - pos);
    if (packs.bytes(leaf) + grown > LEAF_ROOM) {
      return this.insert(this.removeRange(top, index, 1), index, buf, off, len);
    }
    const count = branches.leafCount(path);
    const replaced = len <= LEAF_INLINE_MAX
      ? packs.replace(leaf, pos, buf, off, len)
      : packs.replaceOutside(leaf, pos, buf, off, len);
    if (replaced !== leaf) branches.setLeaf(path, replaced, count, 0, NIL);
    return top;
  }

  /** Removes `n` items from `index` on, all of which are there. */
  removeRange(top: Ref, index: number, n: number): Ref {
    const { branches } = this;
    const packs = this.#packs;
    const path = this.#path;
    // Whole leaves go from the end, where no neighbour has to move.
    const fromEnd = index + n === branches.total(top);
    while (n > 0) {
      top = fromEnd ? branches.openEnd(top, false, path) : branches.open(top, index, path);
      const leaf = path.leaf;
      const count = branches.leafCount(path);
      if (fromEnd) path.offset = n < count ? count - n : 0;
      const taken = Math.min(n, count - path.offset);
      n -= taken;
      if (taken === count) {
        packs.free(leaf);
        top = branches.removeLeaf(path);
        continue;
      }
      const left = packs.remove(leaf, packs.at(leaf, path.offset), taken);
      branches.setLeaf(path, left, count - taken, 0, NIL);
      if (packs.bytes(left) < LEAF_SMALL) top = this.#join(top, left, true, true);
    }
    return top;
  }

  /** Index of the first item with the given bytes, or -1. */
  indexOf(top: Ref, buf: Uint8Array, off: number, len: number): number {
    if (top === NIL) return -1;
    const { branches } = this;
    const packs = this.#packs;
    const path = this.#path;
    let index = 0;
    branches.seek(top, 0, path);
    do {
      const found = packs.find(path.leaf, buf, off, len, 1);
      if (found !== 0) {
        for (let pos = packs.first(path.leaf); pos !== found; pos = packs.next(path.leaf, pos)) index++;
        return index;
      }
      index += branches.leafCount(path);
    } while (branches.step(path, 1));
    return -1;
  }

  /**
   * Removes the first `limit` items with the given bytes, or the last ones.
   * Notes how many it were in {@link removed}.
   */
  removeEqual(
    top: Ref,
    buf: Uint8Array,
    off: number,
    len: number,
    limit: number,
    fromTail: boolean,
  ): Ref {
    const { branches } = this;
    const packs = this.#packs;
    const path = this.#path;
    this.removed = 0;
    /** How many items lie before, or, from the tail, in and before the leaf to look at. */
    let index = fromTail ? branches.total(top) : 0;
    while (top !== NIL && this.removed < limit && (fromTail ? index > 0 : index < branches.total(top))) {
      const at = fromTail ? index - 1 : index;
      branches.seek(top, at, path);
      const count = branches.leafCount(path);
      if (packs.find(path.leaf, buf, off, len, 1) === 0) {
        index += fromTail ? -count : count;
        continue;
      }
      top = branches.open(top, at, path);
      const leaf = removeEqual(packs, path.leaf, buf, off, len, limit - this.removed, fromTail);
      const left = count - removedItems();
      this.removed += removedItems();
      index += fromTail ? -count : left;
      if (left === 0) {
        packs.free(leaf);
        top = branches.removeLeaf(path);
        continue;
      }
      branches.setLeaf(path, leaf, left, 0, NIL);
      // Only a neighbour that has been looked at: the others' indexes stay as they are.
      if (packs.bytes(leaf) < LEAF_SMALL) top = this.#join(top, leaf, !fromTail, fromTail);
    }
    return top;
  }

  /** Adds a pack with items, which is the tree's from now on, at the end. */
  appendLeaf(top: Ref, leaf: Ref): Ref {
    const count = this.#packs.count(leaf);
    if (top === NIL) return this.branches.start(leaf, count, 0, NIL);
    this.branches.openEnd(top, false, this.#path);
    return this.branches.insertLeaf(this.#path, 1, leaf, count, 0, NIL);
  }

  /** Frees the last leaf and its items. @returns the top, NIL when that was all */
  takeLeaf(top: Ref): Ref {
    this.branches.openEnd(top, false, this.#path);
    this.#packs.free(this.#path.leaf);
    return this.branches.removeLeaf(this.#path);
  }

  /** The only leaf of a tree that has one; else NIL. */
  onlyLeaf(top: Ref): Ref {
    const { branches } = this;
    return top !== NIL && branches.level(top) === 1 && branches.size(top) === 1
      ? branches.child(top, 0)
      : NIL;
  }

  /** Frees the inner node above {@link onlyLeaf}, which is the caller's from now on. */
  dropTop(top: Ref): void {
    this.#nodes.free(top);
  }

  /** Throws on the first broken invariant. For tests. @returns the number of items */
  verify(top: Ref): number {
    return this.branches.verify(top, (leaf, count) => {
      if (this.#packs.verify(leaf) !== count) {
        throw new Error(`Cannot verify list: leaf ${leaf} has not the ${count} items that are counted`);
      }
      if (this.#packs.bytes(leaf) > LEAF_ROOM) {
        throw new Error(`Cannot verify list: leaf ${leaf} is too large`);
      }
    });
  }

  #fits(leaf: Ref, len: number): boolean {
    return this.#packs.bytes(leaf) + leafItemBytes(len) <= LEAF_ROOM;
  }

  /** Puts an item into the path's leaf, which has room. */
  #insertItem(pos: number, buf: Uint8Array, off: number, len: number): void {
    this.#added(this.#put(this.#path.leaf, pos, buf, off, len));
  }

  /** An item was added to the path's leaf, which is `leaf` now. */
  #added(leaf: Ref): void {
    const path = this.#path;
    if (leaf === path.leaf) this.branches.addToLeaf(path, 1);
    else this.branches.setLeaf(path, leaf, this.#packs.count(leaf), 0, NIL);
  }

  #put(leaf: Ref, pos: number, buf: Uint8Array, off: number, len: number): Ref {
    if (len <= LEAF_INLINE_MAX) return this.#packs.insert(leaf, pos, buf, off, len);
    return this.#packs.insertOutside(leaf, pos, buf, off, len);
  }

  #start(buf: Uint8Array, off: number, len: number): Ref {
    return this.branches.start(this.#newLeaf(buf, off, len), 1, 0, NIL);
  }

  /** A leaf of one item, with room for more. */
  #newLeaf(buf: Uint8Array, off: number, len: number): Ref {
    const leaf = this.#packs.create(LEAF_BYTES);
    return this.#put(leaf, this.#packs.first(leaf), buf, off, len);
  }

  /** Puts an item into a new leaf before (0) or behind (1) the path's. @returns the top */
  #insertLeaf(after: number, buf: Uint8Array, off: number, len: number): Ref {
    return this.branches.insertLeaf(this.#path, after, this.#newLeaf(buf, off, len), 1, 0, NIL);
  }

  /** Splits the path's leaf, which is full, and puts an item before its `path.offset`-th. @returns the top */
  #insertSplitting(buf: Uint8Array, off: number, len: number): Ref {
    const { branches } = this;
    const packs = this.#packs;
    const path = this.#path;
    const leaf = path.leaf;
    const count = branches.leafCount(path);
    const middle = packs.first(leaf) + (packs.bytes(leaf) >>> 1);
    let half = packs.first(leaf);
    let kept = 0;
    for (; half < middle; kept++) half = packs.next(leaf, half);
    let left = packs.split(leaf, half, kept, 0);
    let right = packs.right;
    const offset = path.offset;
    if (offset < kept) left = this.#put(left, packs.at(left, offset), buf, off, len);
    else {
      const behind = offset === count ? packs.end(right) : packs.at(right, offset - kept);
      right = this.#put(right, behind, buf, off, len);
    }
    branches.setLeaf(path, left, packs.count(left), 0, NIL);
    return branches.insertLeaf(path, 1, right, packs.count(right), 0, NIL);
  }

  /** Joins the path's leaf with the neighbour before or behind it if both are small. @returns the top */
  #join(top: Ref, leaf: Ref, before: boolean, behind: boolean): Ref {
    const { branches } = this;
    const packs = this.#packs;
    const path = this.#path;
    const room = LEAF_JOINED_MAX - packs.bytes(leaf);
    let right = behind ? branches.sibling(path, 1) : NIL;
    if (right === NIL || packs.bytes(right) > room) {
      const left = before ? branches.sibling(path, -1) : NIL;
      if (left === NIL || packs.bytes(left) > room) return top;
      right = leaf;
      branches.toSibling(path, -1);
      leaf = left;
    }
    const joined = packs.merge(leaf, right);
    branches.setLeaf(path, joined, packs.count(joined), 0, NIL);
    branches.toSibling(path, 1);
    return branches.removeLeaf(path);
  }
}

/** What an item of `len` bytes takes in a leaf. */
function leafItemBytes(len: number): number {
  return len <= LEAF_INLINE_MAX ? itemBytes(len) : OUTSIDE_ITEM_BYTES;
}
