/**
 * The score tree: the members of a large sorted set in order of score and, among
 * equal scores, of their bytes.
 *
 * DESIGN. A counted B+-tree (branch.ts) with leaves of (score, element ref)
 * pairs (score_leaf.ts). The elements are the collection's: the tree frees
 * nodes only. 0 and -0 are equal scores, NaN never comes here. Every operation
 * takes the top and returns the new one; all are O(log n).
 *
 * Lifetimes: `taken` and cursors are valid until the next change of a tree.
 */

import * as layout from "../arena/layout.ts";
import { type Ref } from "../arena/layout.ts";
import { type Nodes } from "../arena/nodes.ts";
import { compareBytes } from "../base/ascii.ts";
import { Slice } from "../base/slice.ts";
import * as branchForm from "./branch.ts";
import { Branches, TreePath } from "./branch.ts";
import * as leafForm from "./score_leaf.ts";
import {
  appendToLeaf,
  cutLeaf,
  firstAbove,
  firstNotBelow,
  initLeaf,
  insertIntoLeaf,
  leafRef,
  leafScore,
  leafSize,
  lowerBound,
  removeFromLeaf,
  upperBound,
} from "./score_leaf.ts";

const { CHUNK_SHIFT, GRANULE_MASK, NIL } = layout;
const { SCORE_FAN_OUT } = branchForm;
const { LEAF_BYTES, LEAF_MAX } = leafForm;

/** Reads the bytes that order elements of equal score. */
export interface MemberReader {
  /** Points `out` at the member of an element. */
  read(ref: Ref, out: Slice): void;
}

/** Two leaves join when one is below this and both together fill at most 3/4. */
const JOIN_BELOW = LEAF_MAX >> 1;
const JOINED_MAX = (LEAF_MAX * 3) >> 2;
/** Granules before the first score of an inner node. */
const MIN_SCORES = 2;

/** An ordered tree of (score, element); see the module's note. */
export class ScoreTree {
  readonly branches: Branches;
  /** The elements that {@link removeRun} and {@link takeLeaf} took out, in order. */
  readonly taken: Int32Array = new Int32Array(LEAF_MAX);
  takenCount = 0;
  /** What {@link openEnd} opened. */
  endRef: Ref = NIL;
  endScore = 0;
  readonly #nodes: Nodes;
  readonly #members: MemberReader;
  readonly #path = new TreePath();
  readonly #key = new Slice();
  readonly #other = new Slice();

  /** @param fanOut children of an inner node; tests want deep trees */
  constructor(nodes: Nodes, members: MemberReader, fanOut: number = SCORE_FAN_OUT) {
    this.#nodes = nodes;
    this.#members = members;
    this.branches = new Branches(nodes, true, fanOut);
  }

  /** Number of elements. */
  count(top: Ref): number {
    return this.branches.total(top);
  }

  /** Adds an element that is not there. @returns the new top */
  insert(top: Ref, score: number, ref: Ref): Ref {
    if (top === NIL) return this.branches.start(this.#newLeaf(score, ref), 1, score, ref);
    this.#members.read(ref, this.#key);
    top = this.#open(top, score);
    const leaf = this.#writableLeaf();
    const at = this.#position(leaf, score);
    if (leafSize(this.#nodes.arena, leaf) === LEAF_MAX) return this.#insertSplitting(leaf, at, score, ref);
    insertIntoLeaf(this.#nodes.arena, leaf, at, score, ref);
    this.#setLeaf(leaf);
    return top;
  }

  /** Takes out an element that is there with this score; the element is the caller's to free. @returns the new top */
  remove(top: Ref, score: number, ref: Ref): Ref {
    top = this.#openElement(top, score, ref);
    return this.#removeFromOpen(top, this.#path.offset, 1);
  }

  /**
   * Gives an element another score, and another ref if it moved (with the same
   * member); both refs must be readable.
   * @returns the new top
   */
  update(top: Ref, score: number, ref: Ref, newScore: number, newRef: Ref): Ref {
    top = this.#openElement(top, score, ref);
    const arena = this.#nodes.arena;
    const leaf = this.#path.leaf;
    const at = this.#path.offset;
    const size = leafSize(arena, leaf);
    if (newScore > leafScore(arena, leaf, 0) && newScore < leafScore(arena, leaf, size - 1)) {
      const writable = this.#writableLeaf();
      removeFromLeaf(arena, writable, at, 1);
      insertIntoLeaf(arena, writable, this.#position(writable, newScore), newScore, newRef);
      this.#setLeaf(writable);
      return top;
    }
    return this.insert(this.#removeFromOpen(top, at, 1), newScore, newRef);
  }

  /**
   * Takes out up to `count` elements from `rank` on, as many as are in one leaf;
   * they are left in {@link taken}.
   * @returns the new top
   */
  removeRun(top: Ref, rank: number, count: number): Ref {
    const arena = this.#nodes.arena;
    top = this.branches.open(top, rank, this.#path);
    const leaf = this.#path.leaf;
    const first = this.#path.offset;
    const n = Math.min(count, leafSize(arena, leaf) - first);
    for (let i = 0; i < n; i++) this.taken[i] = leafRef(arena, leaf, first + i);
    this.takenCount = n;
    return n === 0 ? top : this.#removeFromOpen(top, first, n);
  }

  /**
   * Opens the first or the last element of a tree that has one, to be read at
   * {@link endRef}, {@link endScore}, and removed by {@link removeOpened}.
   * @returns the top
   */
  openEnd(top: Ref, first: boolean): Ref {
    const arena = this.#nodes.arena;
    const path = this.#path;
    top = this.branches.openEnd(top, first, path);
    this.endRef = leafRef(arena, path.leaf, path.offset);
    this.endScore = leafScore(arena, path.leaf, path.offset);
    return top;
  }

  /** Takes out the element that `openEnd` has just opened. @returns the new top */
  removeOpened(top: Ref): Ref {
    return this.#removeFromOpen(top, this.#path.offset, 1);
  }

  /** Takes out the last leaf with its elements, which are left in {@link taken}. The top must not be NIL. @returns the new top */
  takeLeaf(top: Ref): Ref {
    const arena = this.#nodes.arena;
    top = this.branches.open(top, this.count(top), this.#path);
    const leaf = this.#path.leaf;
    this.takenCount = leafSize(arena, leaf);
    for (let i = 0; i < this.takenCount; i++) this.taken[i] = leafRef(arena, leaf, i);
    this.#nodes.free(leaf);
    return this.branches.removeLeaf(this.#path);
  }

  /** How many elements come before an element that is there with this score. */
  rank(top: Ref, score: number, ref: Ref): number {
    this.#members.read(ref, this.#key);
    let rank = 0;
    let node = top;
    for (let level = this.branches.level(top); level > 0; level--) {
      const i = this.#childOf(node, score);
      rank += this.branches.countBefore(node, i);
      node = this.branches.child(node, i);
    }
    return rank + this.#position(node, score);
  }

  /** How many elements have a score < `score`, or ≤ it if `inclusive`. */
  countBelow(top: Ref, score: number, inclusive: boolean): number {
    if (top === NIL) return 0;
    const arena = this.#nodes.arena;
    let below = 0;
    let node = top;
    for (let level = this.branches.level(top); level > 0; level--) {
      const mins = arena.f64[node >>> CHUNK_SHIFT];
      const first = (node & GRANULE_MASK) + MIN_SCORES;
      const size = this.branches.size(node);
      const children = inclusive
        ? upperBound(mins, first, size, score)
        : lowerBound(mins, first, size, score);
      if (children === 0) return below;
      below += this.branches.countBefore(node, children - 1);
      node = this.branches.child(node, children - 1);
    }
    return below + (inclusive ? firstAbove(arena, node, score) : firstNotBelow(arena, node, score));
  }

  /**
   * How many elements have a member < the given bytes, or ≤ them if
   * `inclusive`, where all scores are equal (else what comes out means nothing).
   */
  lexCountBelow(top: Ref, buf: Uint8Array, off: number, len: number, inclusive: boolean): number {
    if (top === NIL) return 0;
    const { branches } = this;
    const arena = this.#nodes.arena;
    this.#key.set(buf, off, len);
    const limit = inclusive ? 0 : -1;
    let below = 0;
    let node = top;
    for (let level = branches.level(top); level > 0; level--) {
      let low = 0;
      let high = branches.size(node);
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (this.#compare(branches.minRef(node, middle)) <= limit) low = middle + 1;
        else high = middle;
      }
      if (low === 0) return below;
      below += branches.countBefore(node, low - 1);
      node = branches.child(node, low - 1);
    }
    let low = 0;
    let high = leafSize(arena, node);
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(leafRef(arena, node, middle)) <= limit) low = middle + 1;
      else high = middle;
    }
    return below + low;
  }

  /**
   * Makes a tree of `count` elements that are in order already. O(n).
   * @returns its top
   */
  build(scores: Float64Array, refs: Int32Array, count: number): Ref {
    let top = NIL;
    for (let from = 0; from < count; from += LEAF_MAX) {
      const leaf = this.#nodes.alloc(LEAF_BYTES);
      const n = Math.min(LEAF_MAX, count - from);
      initLeaf(this.#nodes.arena, leaf);
      for (let i = 0; i < n; i++) {
        insertIntoLeaf(this.#nodes.arena, leaf, i, scores[from + i], refs[from + i]);
      }
      if (top === NIL) top = this.branches.start(leaf, n, scores[from], refs[from]);
      else {
        top = this.branches.open(top, from, this.#path);
        top = this.branches.insertLeaf(this.#path, 1, leaf, n, scores[from], refs[from]);
      }
    }
    return top;
  }

  /**
   * Walks the tree and throws on the first broken invariant: strict order,
   * counts, first scores. For tests.
   * @returns the number of elements
   */
  verify(top: Ref): number {
    const arena = this.#nodes.arena;
    let lastScore = -Infinity;
    let last: Ref = NIL;
    return this.branches.verify(top, (leaf, count, minScore, minRef) => {
      if (leafSize(arena, leaf) !== count) {
        throw new Error(`Cannot verify score tree: leaf ${leaf} counts ${count}`);
      }
      if (leafScore(arena, leaf, 0) !== minScore || leafRef(arena, leaf, 0) !== minRef) {
        throw new Error(`Cannot verify score tree: leaf ${leaf} begins elsewhere`);
      }
      for (let i = 0; i < count; i++) {
        const score = leafScore(arena, leaf, i);
        const ref = leafRef(arena, leaf, i);
        this.#members.read(ref, this.#key);
        const isBehind = score > lastScore || last === NIL ||
          (score === lastScore && this.#compare(last) < 0);
        if (!isBehind) throw new Error(`Cannot verify score tree: element ${ref} is out of order`);
        lastScore = score;
        last = ref;
      }
    });
  }

  /** The order of an element's member against `#key`. */
  #compare(ref: Ref): number {
    const other = this.#other;
    this.#members.read(ref, other);
    return compareBytes(other.buf, other.off, other.len, this.#key.buf, this.#key.off, this.#key.len);
  }

  /** Opens the path to where (`score`, `#key`) is or belongs. */
  #open(top: Ref, score: number): Ref {
    const { branches } = this;
    const path = this.#path;
    top = this.#nodes.writable(top);
    path.start();
    let node = top;
    for (let level = branches.level(top);; level--) {
      const i = this.#childOf(node, score);
      path.push(node, i);
      if (level === 1) {
        path.leaf = branches.child(node, i);
        return top;
      }
      node = branches.writableChild(node, i);
    }
  }

  /** Opens the path to an element that is there, its position in `offset`. */
  #openElement(top: Ref, score: number, ref: Ref): Ref {
    if (top !== NIL) {
      this.#members.read(ref, this.#key);
      top = this.#open(top, score);
      const at = this.#position(this.#path.leaf, score);
      this.#path.offset = at;
      const leaf = this.#path.leaf;
      if (at < leafSize(this.#nodes.arena, leaf) && leafRef(this.#nodes.arena, leaf, at) === ref) return top;
    }
    throw new Error(`Cannot find element in score tree: ref is ${ref}, score ${score}`);
  }

  /** The last child that begins at or before (`score`, `#key`), or the first. */
  #childOf(node: Ref, score: number): number {
    const mins = this.#nodes.arena.f64[node >>> CHUNK_SHIFT];
    const first = (node & GRANULE_MASK) + MIN_SCORES;
    let high = upperBound(mins, first, this.branches.size(node), score);
    if (high > 0 && mins[first + high - 1] === score) {
      let low = lowerBound(mins, first, high, score);
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (this.#compare(this.branches.minRef(node, middle)) <= 0) low = middle + 1;
        else high = middle;
      }
    }
    return high === 0 ? 0 : high - 1;
  }

  /** The first position in a leaf that is not before (`score`, `#key`). */
  #position(leaf: Ref, score: number): number {
    const arena = this.#nodes.arena;
    const size = leafSize(arena, leaf);
    let low = firstNotBelow(arena, leaf, score);
    if (low === size || leafScore(arena, leaf, low) !== score) return low;
    let high = firstAbove(arena, leaf, score);
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(leafRef(arena, leaf, middle)) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #newLeaf(score: number, ref: Ref): Ref {
    const leaf = this.#nodes.alloc(LEAF_BYTES);
    initLeaf(this.#nodes.arena, leaf);
    insertIntoLeaf(this.#nodes.arena, leaf, 0, score, ref);
    return leaf;
  }

  /** The leaf of the open path, or its copy, which the path does not know yet. */
  #writableLeaf(): Ref {
    return this.#nodes.writable(this.#path.leaf);
  }

  /** Tells the open path what its leaf is now. */
  #setLeaf(leaf: Ref): void {
    const arena = this.#nodes.arena;
    this.branches.setLeaf(
      this.#path,
      leaf,
      leafSize(arena, leaf),
      leafScore(arena, leaf, 0),
      leafRef(arena, leaf, 0),
    );
  }

  /** Splits the full, writable leaf of the open path and inserts an element that would have been its `at`-th. */
  #insertSplitting(leaf: Ref, at: number, score: number, ref: Ref): Ref {
    const arena = this.#nodes.arena;
    // Scores that only grow, or only fall, leave full leaves behind.
    if (at === LEAF_MAX || at === 0) {
      const fresh = this.#newLeaf(score, ref);
      this.#setLeaf(leaf);
      return this.branches.insertLeaf(this.#path, at === 0 ? 0 : 1, fresh, 1, score, ref);
    }
    const kept = LEAF_MAX >> 1;
    const right = this.#nodes.alloc(LEAF_BYTES);
    initLeaf(arena, right);
    appendToLeaf(arena, leaf, kept, right);
    cutLeaf(arena, leaf, kept);
    if (at <= kept) insertIntoLeaf(arena, leaf, at, score, ref);
    else insertIntoLeaf(arena, right, at - kept, score, ref);
    this.#setLeaf(leaf);
    return this.branches.insertLeaf(
      this.#path,
      1,
      right,
      leafSize(arena, right),
      leafScore(arena, right, 0),
      leafRef(arena, right, 0),
    );
  }

  /** Takes `n` elements from the `at`-th on out of the open path's leaf. @returns the new top */
  #removeFromOpen(top: Ref, at: number, n: number): Ref {
    const { branches } = this;
    const arena = this.#nodes.arena;
    const path = this.#path;
    const size = leafSize(arena, path.leaf) - n;
    if (size === 0) {
      this.#nodes.free(path.leaf);
      return branches.removeLeaf(path);
    }
    const leaf = this.#writableLeaf();
    removeFromLeaf(arena, leaf, at, n);
    this.#setLeaf(leaf);
    if (size >= JOIN_BELOW) return top;
    if (branches.sibling(path, 1) !== NIL && size + branches.siblingCount(path, 1) <= JOINED_MAX) {
      return this.#joinNext(leaf);
    }
    if (branches.sibling(path, -1) !== NIL && size + branches.siblingCount(path, -1) <= JOINED_MAX) {
      branches.toSibling(path, -1);
      return this.#joinNext(this.#writableLeaf());
    }
    return top;
  }

  /** Appends the next leaf to the (writable) leaf of the open path. @returns the new top */
  #joinNext(leaf: Ref): Ref {
    const next = this.branches.sibling(this.#path, 1);
    appendToLeaf(this.#nodes.arena, next, 0, leaf);
    this.#setLeaf(leaf);
    this.branches.toSibling(this.#path, 1);
    this.#nodes.free(next);
    return this.branches.removeLeaf(this.#path);
  }
}

/** A place in a score tree, to read from in both directions; made once and used again and again. */
export class ScoreCursor {
  score = 0;
  ref: Ref = NIL;
  readonly #tree: ScoreTree;
  readonly #nodes: Nodes;
  readonly #path = new TreePath();

  constructor(tree: ScoreTree) {
    this.#tree = tree;
    this.#nodes = tree.branches.nodes;
  }

  /** Goes to the element at `rank`. @returns whether there is one */
  seek(top: Ref, rank: number): boolean {
    if (rank < 0 || rank >= this.#tree.count(top)) return false;
    this.#tree.branches.seek(top, rank, this.#path);
    this.#load();
    return true;
  }

  /** Goes to the next element. @returns whether there is one */
  next(): boolean {
    const path = this.#path;
    if (path.offset + 1 < leafSize(this.#nodes.arena, path.leaf)) path.offset++;
    else if (!this.#tree.branches.step(path, 1)) return false;
    this.#load();
    return true;
  }

  /** Goes to the previous element. @returns whether there is one */
  prev(): boolean {
    const path = this.#path;
    if (path.offset > 0) path.offset--;
    else if (!this.#tree.branches.step(path, -1)) return false;
    this.#load();
    return true;
  }

  #load(): void {
    this.score = leafScore(this.#nodes.arena, this.#path.leaf, this.#path.offset);
    this.ref = leafRef(this.#nodes.arena, this.#path.leaf, this.#path.offset);
  }
}
