/**
 * Sorted sets that are made at one go: results of ZUNIONSTORE, ZRANGESTORE and
 * their like, and of those that only reply.
 *
 * DESIGN. Members come in any order and become elements at once; what is looked
 * for again while it comes in (a union's members) is also put in a trie. At the
 * end everything is sorted, unless it came in order, and handed over: packed, or
 * as a tree whose nodes are full. Nothing may be frozen meanwhile, that is, no
 * collection open but the one that will be filled.
 *
 * One object is used again and again; each use ends with `fill` or `discard`.
 */

import { NIL, type Ref } from "../arena/layout.ts";
import { compareBytes } from "../base/ascii.ts";
import { Slice } from "../base/slice.ts";
import { type ZSets } from "./zset.ts";

/** Room that is kept for the next use. */
const KEPT = 4096;

/** Collects members with scores; see the module's note. */
export class ZSetBuilder {
  /** The elements; after `sort`, in order, as their scores. */
  refs: Int32Array = new Int32Array(KEPT);
  scores: Float64Array = new Float64Array(KEPT);
  count = 0;
  readonly #zsets: ZSets;
  /** Of the elements that `addSought` added. */
  #trie = 0;
  #hash = 0;
  #longest = 0;
  #bytes = 0;
  readonly #a = new Slice();
  readonly #b = new Slice();

  constructor(zsets: ZSets) {
    this.#zsets = zsets;
  }

  /** Looks for a member among those that `addSought` added. @returns its element, or 0 */
  find(buf: Uint8Array, off: number, len: number): Ref {
    this.#hash = this.#zsets.entries.hash(buf, off, len);
    return this.#zsets.trie.find(this.#trie, this.#hash, buf, off, len);
  }

  /** Adds the member that the last `find` did not find. */
  addSought(score: number, buf: Uint8Array, off: number, len: number): void {
    const ref = this.add(score, buf, off, len);
    this.#trie = this.#zsets.trie.insert(this.#trie, this.#hash, ref);
  }

  /** Adds a member that is known to be absent. */
  add(score: number, buf: Uint8Array, off: number, len: number): Ref {
    if (this.count === this.refs.length) this.#grow();
    const ref = this.#zsets.elements.newScored(score, buf, off, len);
    this.refs[this.count++] = ref;
    if (len > this.#longest) this.#longest = len;
    this.#bytes += len;
    return ref;
  }

  score(ref: Ref): number {
    return this.#zsets.elements.score(ref);
  }

  setScore(ref: Ref, score: number): void {
    this.#zsets.elements.withScore(ref, score);
  }

  /** Puts everything in order, for `fill` or to be read. */
  sort(): void {
    const { elements } = this.#zsets;
    const { count, refs, scores } = this;
    for (let i = 0; i < count; i++) scores[i] = elements.score(refs[i]);
    let sorted = 1;
    while (sorted < count && this.#compare(sorted - 1, sorted) < 0) sorted++;
    if (sorted >= count) return;
    const order = new Int32Array(count);
    for (let i = 0; i < count; i++) order[i] = i;
    order.sort((i, j) => this.#compare(i, j));
    const oldScores = scores.slice(0, count);
    const oldRefs = refs.slice(0, count);
    for (let i = 0; i < count; i++) {
      scores[i] = oldScores[order[i]];
      refs[i] = oldRefs[order[i]];
    }
  }

  /** Points `out` at the member of the `i`-th element; valid until the next `free`. */
  member(i: number, out: Slice): void {
    this.#zsets.elements.scored.read(this.refs[i], out);
  }

  /** Hands everything, sorted, to a fresh sorted set that is open. */
  fill(ref: Ref): void {
    this.#zsets.fill(ref, this.scores, this.refs, this.count, this.#trie, this.#longest, this.#bytes);
    this.#reset();
  }

  /** Frees everything. */
  discard(): void {
    this.#zsets.discard(this.refs, this.count, this.#trie);
    this.#reset();
  }

  #compare(i: number, j: number): number {
    const a = this.scores[i];
    const b = this.scores[j];
    if (a !== b) return a < b ? -1 : 1;
    this.member(i, this.#a);
    this.member(j, this.#b);
    return compareBytes(this.#a.buf, this.#a.off, this.#a.len, this.#b.buf, this.#b.off, this.#b.len);
  }

  #grow(): void {
    const refs = new Int32Array(this.count * 2);
    refs.set(this.refs);
    this.refs = refs;
    this.scores = new Float64Array(this.count * 2);
  }

  #reset(): void {
    this.count = 0;
    this.#trie = NIL;
    this.#longest = 0;
    this.#bytes = 0;
    if (this.refs.length <= KEPT) return;
    this.refs = new Int32Array(KEPT);
    this.scores = new Float64Array(KEPT);
  }
}
