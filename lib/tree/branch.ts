/**
 * The inner nodes of a counted B+-tree, for lists and for sorted sets.
 *
 * ```
 *   word 0  level (8 bits, 1 = above the leaves) │ number of children
 *   word 1  –      2  epoch (lib/arena/nodes.ts)      3  elements below
 *   [minScores  fanOut doubles]                       only with `scored`
 *    children   fanOut refs      counts  fanOut words
 *   [minRefs    fanOut refs]                          only with `scored`
 * ```
 *
 * DESIGN. What a leaf is knows its owner alone: here it is a ref and a count of
 * elements (never 0). Counts make "the n-th" O(log n); with `scored`, the first
 * score and element of each child stand beside it, so that a search by score
 * touches one block per level. The top of a tree is NIL or an inner node, with
 * one leaf too. Nodes have no parent and no sibling pointers: a {@link TreePath}
 * remembers the way down. That is what lets a snapshot keep an old top while
 * {@link Branches.open} copies, on the way down, what the old top still needs.
 *
 * A change: `open` (or a descent of the owner's own that makes each node
 * writable), change or replace the leaf (`nodes.writable` is its owner's to
 * ask), then exactly one of `setLeaf`, `insertLeaf`, `removeLeaf`; or `setLeaf`
 * first and then one of the other two. The path is used up by the last two.
 *
 * Invariants: no node is empty; the top has two children or is of level 1; a
 * node that shrinks below half joins a neighbour if both fill at most 3/4.
 */

import * as layout from "../arena/layout.ts";
import { type Ref } from "../arena/layout.ts";
import { type Nodes } from "../arena/nodes.ts";
import { moveWords } from "./words.ts";

const { CHUNK_SHIFT, GRANULE_MASK, NIL } = layout;

/** Children of a node without scores: 512 bytes. */
export const LIST_FAN_OUT = 62;
/** Children of a node with scores: 1 KiB. */
export const SCORE_FAN_OUT = 50;
/** More levels than 2^32 elements can need. */
const MAX_LEVELS = 16;

const HEADER_WORDS = 4;
const TOTAL_WORD = 3;
const LEVEL_MASK = 0xff;
const SIZE_SHIFT = 8;

/** A way from the top to a leaf; made once and used again and again. */
export class TreePath {
  /** The inner nodes, the top first, and which child was taken in each. */
  readonly nodes: Int32Array = new Int32Array(MAX_LEVELS);
  readonly at: Int32Array = new Int32Array(MAX_LEVELS);
  /** How many inner nodes there are. */
  depth = 0;
  /** Where the way ends. */
  leaf: Ref = NIL;
  /** The position within the leaf that was looked for; the leaf's count when it lies behind the end. */
  offset = 0;

  /** Starts a way at a top. */
  start(): void {
    this.depth = 0;
  }

  /** Adds an inner node and the child taken. */
  push(node: Ref, index: number): void {
    this.nodes[this.depth] = node;
    this.at[this.depth++] = index;
  }
}

/** Makes, reads and changes inner nodes; see the module's note. */
export class Branches {
  readonly nodes: Nodes;
  readonly scored: boolean;
  readonly fanOut: number;
  readonly #childWord: number;
  readonly #countWord: number;
  readonly #minRefWord: number;
  readonly #bytes: number;

  constructor(nodes: Nodes, scored: boolean, fanOut: number = scored ? SCORE_FAN_OUT : LIST_FAN_OUT) {
    this.nodes = nodes;
    this.scored = scored;
    this.fanOut = fanOut;
    this.#childWord = HEADER_WORDS + (scored ? fanOut * 2 : 0);
    this.#countWord = this.#childWord + fanOut;
    this.#minRefWord = this.#countWord + fanOut;
    this.#bytes = (scored ? this.#minRefWord + fanOut : this.#minRefWord) * 4;
  }

  /** Elements below a top, which may be NIL. */
  total(top: Ref): number {
    return top === NIL ? 0 : this.nodes.arena.i32[top >>> CHUNK_SHIFT][base(top) + TOTAL_WORD];
  }

  /** 1 for a node whose children are leaves. */
  level(node: Ref): number {
    return this.nodes.arena.i32[node >>> CHUNK_SHIFT][base(node)] & LEVEL_MASK;
  }

  /** Number of children. */
  size(node: Ref): number {
    return this.nodes.arena.i32[node >>> CHUNK_SHIFT][base(node)] >>> SIZE_SHIFT;
  }

  child(node: Ref, i: number): Ref {
    return this.nodes.arena.i32[node >>> CHUNK_SHIFT][base(node) + this.#childWord + i];
  }

  /** Elements below child `i`. */
  count(node: Ref, i: number): number {
    return this.nodes.arena.i32[node >>> CHUNK_SHIFT][base(node) + this.#countWord + i];
  }

  /** The score of the first element below child `i`. Scored trees only, as all `min…`. */
  minScore(node: Ref, i: number): number {
    return this.nodes.arena.f64[node >>> CHUNK_SHIFT][(node & GRANULE_MASK) + HEADER_WORDS / 2 + i];
  }

  /** The first element below child `i`. */
  minRef(node: Ref, i: number): Ref {
    return this.nodes.arena.i32[node >>> CHUNK_SHIFT][base(node) + this.#minRefWord + i];
  }

  /** Elements below the children before `i`. */
  countBefore(node: Ref, i: number): number {
    const words = this.nodes.arena.i32[node >>> CHUNK_SHIFT];
    const first = base(node) + this.#countWord;
    let sum = 0;
    for (let at = first; at < first + i; at++) sum += words[at];
    return sum;
  }

  /** Which child has the element at `position`, which is left in {@link offsetInChild}. */
  childAt(node: Ref, position: number): number {
    const words = this.nodes.arena.i32[node >>> CHUNK_SHIFT];
    const at = base(node);
    const counts = at + this.#countWord;
    const last = (words[at] >>> SIZE_SHIFT) - 1;
    let i = 0;
    while (i < last && position >= words[counts + i]) position -= words[counts + i++];
    this.offsetInChild = position;
    return i;
  }
  /** What {@link childAt} left of the position. */
  offsetInChild = 0;

  /**
   * Finds the leaf of the element at `position`, for reading; the end (`total`)
   * is behind the last leaf's last element. The top must not be NIL.
   * @returns the leaf
   */
  seek(top: Ref, position: number, path: TreePath): Ref {
    path.start();
    let node = top;
    for (let level = this.level(top); level > 0; level--) {
      const i = this.childAt(node, position);
      position = this.offsetInChild;
      path.push(node, i);
      node = this.child(node, i);
    }
    path.leaf = node;
    path.offset = position;
    return node;
  }

  /**
   * As {@link seek}, for a change: every inner node on the path may be written.
   * The leaf is left as it is. The top must not be NIL.
   * @returns the top of the changed tree
   */
  open(top: Ref, position: number, path: TreePath): Ref {
    top = this.nodes.writable(top);
    path.start();
    let node = top;
    for (let level = this.level(top);; level--) {
      const i = this.childAt(node, position);
      position = this.offsetInChild;
      path.push(node, i);
      if (level === 1) break;
      node = this.writableChild(node, i);
    }
    path.leaf = this.child(node, path.at[path.depth - 1]);
    path.offset = position;
    return top;
  }

  /**
   * As {@link open}, to the first or the last leaf; the offset is that of its
   * first or last element. The top must not be NIL.
   * @returns the top of the changed tree
   */
  openEnd(top: Ref, first: boolean, path: TreePath): Ref {
    const { arena, frozen } = this.nodes;
    if (frozen !== null) top = this.nodes.writable(top);
    path.start();
    for (let node = top;;) {
      const words = arena.i32[node >>> CHUNK_SHIFT];
      const at = base(node);
      const i = first ? 0 : (words[at] >>> SIZE_SHIFT) - 1;
      path.push(node, i);
      const child = words[at + this.#childWord + i];
      if ((words[at] & LEVEL_MASK) > 1) {
        node = frozen === null ? child : this.writableChild(node, i);
        continue;
      }
      path.leaf = child;
      path.offset = first ? 0 : words[at + this.#countWord + i] - 1;
      return top;
    }
  }

  /** The leaf of an opened path, unmoved, has `by` elements more. Not for scored trees. */
  addToLeaf(path: TreePath, by: number): void {
    for (let d = path.depth - 1; d >= 0; d--) {
      const node = path.nodes[d];
      const words = this.nodes.arena.i32[node >>> CHUNK_SHIFT];
      const at = base(node);
      words[at + TOTAL_WORD] += by;
      words[at + this.#countWord + path.at[d]] += by;
    }
  }

  /** Makes the inner child `i` of a writable node writable. @returns it */
  writableChild(node: Ref, i: number): Ref {
    const child = this.child(node, i);
    const writable = this.nodes.writable(child);
    if (writable !== child) {
      this.nodes.arena.i32[node >>> CHUNK_SHIFT][base(node) + this.#childWord + i] = writable;
    }
    return writable;
  }

  /** Elements of the leaf that the path leads to. */
  leafCount(path: TreePath): number {
    return this.count(path.nodes[path.depth - 1], path.at[path.depth - 1]);
  }

  /**
   * Goes to the next (`by` = 1) or previous (-1) leaf of the tree, for reading;
   * `path.offset` is its first or last element then.
   * @returns false at the end, where the path stays as it is
   */
  step(path: TreePath, by: number): boolean {
    let d = path.depth - 1;
    for (;; d--) {
      if (d < 0) return false;
      const i = path.at[d] + by;
      if (i >= 0 && i < this.size(path.nodes[d])) break;
    }
    path.at[d] += by;
    let node = this.child(path.nodes[d], path.at[d]);
    while (++d < path.depth) {
      path.nodes[d] = node;
      path.at[d] = by > 0 ? 0 : this.size(node) - 1;
      node = this.child(node, path.at[d]);
    }
    path.leaf = node;
    path.offset = by > 0 ? 0 : this.leafCount(path) - 1;
    return true;
  }

  /** The leaf before (-1) or behind (1) the path's, if both have the same parent; else NIL. */
  sibling(path: TreePath, by: number): Ref {
    const node = path.nodes[path.depth - 1];
    const i = path.at[path.depth - 1] + by;
    return i >= 0 && i < this.size(node) ? this.child(node, i) : NIL;
  }

  /** Elements of the leaf that {@link sibling} returned. */
  siblingCount(path: TreePath, by: number): number {
    return this.count(path.nodes[path.depth - 1], path.at[path.depth - 1] + by);
  }

  /** Leads an opened path to the leaf that {@link sibling} returned. */
  toSibling(path: TreePath, by: number): void {
    path.at[path.depth - 1] += by;
    path.leaf = this.child(path.nodes[path.depth - 1], path.at[path.depth - 1]);
  }

  /** A tree of one leaf. @returns its top */
  start(leaf: Ref, count: number, minScore: number, minRef: Ref): Ref {
    const top = this.#create(1);
    this.#insertChild(top, 0, leaf, count, minScore, minRef);
    return top;
  }

  /** Says what the path's leaf is now: the block itself if it moved, its count, and (scored) its first element. */
  setLeaf(path: TreePath, leaf: Ref, count: number, minScore: number, minRef: Ref): void {
    const d = path.depth - 1;
    path.leaf = leaf;
    this.#setChild(path.nodes[d], path.at[d], leaf, count, minScore, minRef);
    this.#refreshAbove(path, d);
  }

  /**
   * Adds a leaf before (`after` = 0) or behind (1) the path's, which is used up.
   * @returns the tree's top
   */
  insertLeaf(
    path: TreePath,
    after: number,
    leaf: Ref,
    count: number,
    minScore: number,
    minRef: Ref,
  ): Ref {
    for (let d = path.depth - 1; d >= 0; d--) {
      const node = path.nodes[d];
      const at = path.at[d] + after;
      if (this.size(node) < this.fanOut) {
        this.#insertChild(node, at, leaf, count, minScore, minRef);
        this.#refreshAbove(path, d);
        return path.nodes[0];
      }
      const right = this.#split(node, at, leaf, count, minScore, minRef);
      // One level up, the right half is what is to be inserted behind the left one.
      if (d > 0) this.#refreshChild(path.nodes[d - 1], path.at[d - 1], node);
      after = 1;
      leaf = right;
      count = this.total(right);
      if (this.scored) {
        minScore = this.minScore(right, 0);
        minRef = this.minRef(right, 0);
      }
    }
    const left = path.nodes[0];
    const top = this.#create(this.level(left) + 1);
    this.#insertChild(top, 0, left, 0, 0, NIL);
    this.#refreshChild(top, 0, left);
    this.#insertChild(top, 1, leaf, count, minScore, minRef);
    return top;
  }

  /**
   * Takes the path's leaf out of the tree; the leaf is the caller's to free. The path is used up.
   * @returns the tree's top, NIL if that was the last leaf
   */
  removeLeaf(path: TreePath): Ref {
    let d = path.depth - 1;
    this.#removeChild(path.nodes[d], path.at[d]);
    for (; d > 0; d--) {
      const node = path.nodes[d];
      const parent = path.nodes[d - 1];
      const i = path.at[d - 1];
      const size = this.size(node);
      if (size === 0) {
        this.nodes.free(node);
        this.#removeChild(parent, i);
        continue;
      }
      this.#refreshChild(parent, i, node);
      if (size >= this.fanOut >> 1) continue;
      if (!this.#join(parent, i)) this.#join(parent, i - 1);
    }
    return this.#lower(path.nodes[0]);
  }

  /**
   * Walks all inner nodes and throws on the first broken invariant; the leaves are the visitor's to check.
   * @param visit is called for each leaf in order, with what its parent says of it
   * @returns the number of elements
   */
  verify(top: Ref, visit: (leaf: Ref, count: number, minScore: number, minRef: Ref) => void): number {
    if (top === NIL) return 0;
    if (this.level(top) > 1 && this.size(top) < 2) {
      throw new Error(`Cannot verify tree: its top ${top} has one child`);
    }
    return this.#verify(top, this.level(top), visit);
  }

  #verify(
    node: Ref,
    level: number,
    visit: (leaf: Ref, count: number, minScore: number, minRef: Ref) => void,
  ): number {
    const size = this.size(node);
    if (size < 1 || size > this.fanOut || this.level(node) !== level) {
      throw new Error(`Cannot verify tree: node ${node} has ${size} children at level ${this.level(node)}`);
    }
    let total = 0;
    for (let i = 0; i < size; i++) {
      const child = this.child(node, i);
      const count = this.count(node, i);
      if (count < 1) throw new Error(`Cannot verify tree: child ${i} of ${node} counts ${count}`);
      total += count;
      const minScore = this.scored ? this.minScore(node, i) : 0;
      const minRef = this.scored ? this.minRef(node, i) : NIL;
      if (level === 1) {
        visit(child, count, minScore, minRef);
        continue;
      }
      if (this.#verify(child, level - 1, visit) !== count) {
        throw new Error(`Cannot verify tree: child ${i} of ${node} counts ${count}`);
      }
      if (this.scored && (minScore !== this.minScore(child, 0) || minRef !== this.minRef(child, 0))) {
        throw new Error(`Cannot verify tree: child ${i} of ${node} begins elsewhere`);
      }
    }
    if (total !== this.total(node)) throw new Error(`Cannot verify tree: node ${node} counts ${total}`);
    return total;
  }

  #create(level: number): Ref {
    const node = this.nodes.alloc(this.#bytes);
    const words = this.nodes.arena.i32[node >>> CHUNK_SHIFT];
    words[base(node)] = level;
    words[base(node) + TOTAL_WORD] = 0;
    return node;
  }

  #setChild(node: Ref, i: number, child: Ref, count: number, minScore: number, minRef: Ref): void {
    const words = this.nodes.arena.i32[node >>> CHUNK_SHIFT];
    const at = base(node);
    words[at + TOTAL_WORD] += count - words[at + this.#countWord + i];
    words[at + this.#countWord + i] = count;
    words[at + this.#childWord + i] = child;
    if (!this.scored) return;
    words[at + this.#minRefWord + i] = minRef;
    this.nodes.arena.f64[node >>> CHUNK_SHIFT][(at >> 1) + HEADER_WORDS / 2 + i] = minScore;
  }

  /** Copies what `parent` says of its inner child `i` from the child. */
  #refreshChild(parent: Ref, i: number, child: Ref): void {
    if (!this.scored) this.#setChild(parent, i, child, this.total(child), 0, NIL);
    else this.#setChild(parent, i, child, this.total(child), this.minScore(child, 0), this.minRef(child, 0));
  }

  /** Node `d` of the path changed: its ancestors take that over. */
  #refreshAbove(path: TreePath, d: number): void {
    for (; d > 0; d--) this.#refreshChild(path.nodes[d - 1], path.at[d - 1], path.nodes[d]);
  }

  #insertChild(node: Ref, i: number, child: Ref, count: number, minScore: number, minRef: Ref): void {
    const size = this.size(node);
    this.#moveChildren(node, i, node, i + 1, size - i);
    const words = this.nodes.arena.i32[node >>> CHUNK_SHIFT];
    words[base(node)] += 1 << SIZE_SHIFT;
    words[base(node) + this.#countWord + i] = 0;
    this.#setChild(node, i, child, count, minScore, minRef);
  }

  #removeChild(node: Ref, i: number): void {
    const words = this.nodes.arena.i32[node >>> CHUNK_SHIFT];
    const at = base(node);
    words[at + TOTAL_WORD] -= words[at + this.#countWord + i];
    this.#moveChildren(node, i + 1, node, i, this.size(node) - i - 1);
    words[at] -= 1 << SIZE_SHIFT;
  }

  /** Copies `n` children with all that is said of them; sizes and totals are the caller's. */
  #moveChildren(from: Ref, i: number, to: Ref, j: number, n: number): void {
    if (n <= 0) return;
    const source = this.nodes.arena.i32[from >>> CHUNK_SHIFT];
    const target = this.nodes.arena.i32[to >>> CHUNK_SHIFT];
    const s = base(from);
    const t = base(to);
    moveWords(source, s + this.#childWord + i, target, t + this.#childWord + j, n);
    moveWords(source, s + this.#countWord + i, target, t + this.#countWord + j, n);
    if (!this.scored) return;
    moveWords(source, s + this.#minRefWord + i, target, t + this.#minRefWord + j, n);
    moveWords(source, s + HEADER_WORDS + 2 * i, target, t + HEADER_WORDS + 2 * j, 2 * n);
  }

  /** Splits a full node and inserts a child that would have been its `at`-th. @returns the new right half */
  #split(node: Ref, at: number, child: Ref, count: number, minScore: number, minRef: Ref): Ref {
    const right = this.#create(this.level(node));
    const size = this.size(node);
    // What grows at one end leaves full nodes behind; at the left end, 1 is the place beside a node just split.
    const kept = at === size || at <= 1 ? at : size >> 1;
    this.#moveTail(node, kept, right);
    if (at < kept || at === 0) this.#insertChild(node, at, child, count, minScore, minRef);
    else this.#insertChild(right, at - kept, child, count, minScore, minRef);
    return right;
  }

  /** Moves the children from `i` on to the end of `to`. */
  #moveTail(from: Ref, i: number, to: Ref): void {
    const n = this.size(from) - i;
    const moved = this.total(from) - this.countBefore(from, i);
    this.#moveChildren(from, i, to, this.size(to), n);
    const arena = this.nodes.arena;
    arena.i32[from >>> CHUNK_SHIFT][base(from)] -= n << SIZE_SHIFT;
    arena.i32[from >>> CHUNK_SHIFT][base(from) + TOTAL_WORD] -= moved;
    arena.i32[to >>> CHUNK_SHIFT][base(to)] += n << SIZE_SHIFT;
    arena.i32[to >>> CHUNK_SHIFT][base(to) + TOTAL_WORD] += moved;
  }

  /** Joins the inner children `i` and `i + 1` if both are there and fill at most 3/4 of a node. @returns whether it did */
  #join(parent: Ref, i: number): boolean {
    if (i < 0 || i + 1 >= this.size(parent)) return false;
    const right = this.child(parent, i + 1);
    if (this.size(this.child(parent, i)) + this.size(right) > (this.fanOut * 3) >> 2) return false;
    const left = this.writableChild(parent, i);
    const size = this.size(right);
    // Copied, not moved: a frozen root may still read the right one.
    this.#moveChildren(right, 0, left, this.size(left), size);
    const words = this.nodes.arena.i32[left >>> CHUNK_SHIFT];
    words[base(left)] += size << SIZE_SHIFT;
    words[base(left) + TOTAL_WORD] += this.total(right);
    this.nodes.free(right);
    this.#removeChild(parent, i + 1);
    this.#refreshChild(parent, i, left);
    return true;
  }

  /** Drops tops with nothing to choose from. */
  #lower(top: Ref): Ref {
    if (this.size(top) === 0) {
      this.nodes.free(top);
      return NIL;
    }
    while (this.level(top) > 1 && this.size(top) === 1) {
      const child = this.child(top, 0);
      this.nodes.free(top);
      top = child;
    }
    return top;
  }
}

function base(node: Ref): number {
  return (node & GRANULE_MASK) << 1;
}
