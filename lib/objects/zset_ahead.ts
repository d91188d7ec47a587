/**
 * Fetching the memory that the next pops of a large sorted set will use.
 *
 * DESIGN. A pop waits for two cache misses: the element, and the segment of the
 * trie that has to forget it. Who pops one member will mostly pop the next, and
 * the tree tells which these are. So every {@link POPS_AHEAD} pops the elements
 * of as many to come are touched in one loop and their segments in another, and
 * the misses overlap (lib/arena/touch.ts).
 */

import { type Ref } from "../arena/layout.ts";
import { touch } from "../arena/touch.ts";
import { Slice } from "../base/slice.ts";
import { segmentOf } from "../dict/hash_trie.ts";
import { touchSlot } from "../dict/segment.ts";
import { ScoreCursor } from "../tree/score_tree.ts";
import { type ZSets } from "./zset.ts";

/** How many pops are looked ahead. */
export const POPS_AHEAD = 16;
/** The segments of longer members are left to the pop: to find them costs more than a miss. */
const HASHED_BYTES_MAX = 256;

/** Touches what stands at either end; see the module's note. */
export class ZSetAhead {
  readonly #zsets: ZSets;
  readonly #cursor: ScoreCursor;
  readonly #member = new Slice();
  readonly #refs = new Int32Array(POPS_AHEAD);
  readonly #hashes = new Int32Array(POPS_AHEAD);
  readonly #segments = new Int32Array(POPS_AHEAD);
  /** What was touched: kept, so that touching is not optimized away. */
  #touched = 0;

  constructor(zsets: ZSets) {
    this.#zsets = zsets;
    this.#cursor = new ScoreCursor(zsets.tree);
  }

  /** Touches the first members below a root block, or the last ones. */
  fetch(root: Ref, first: boolean): void {
    const { entries, roots, elements } = this.#zsets;
    const { arena } = entries;
    const { i32 } = arena;
    const top = roots.trie(root);
    const refs = this.#refs;
    const hashes = this.#hashes;
    const segments = this.#segments;
    const member = this.#member;
    const count = this.#collect(root, first);
    let hashed = 0;
    let touched = 0;
    for (let i = 0; i < count; i++) touched ^= touch(i32, refs[i]);
    for (let i = 0; i < count; i++) {
      elements.scored.read(refs[i], member);
      if (member.len > HASHED_BYTES_MAX) continue;
      hashes[hashed] = entries.hash(member.buf, member.off, member.len);
      segments[hashed] = segmentOf(arena, top, hashes[hashed]);
      hashed++;
    }
    for (let i = 0; i < hashed; i++) touched ^= touchSlot(i32, segments[i], hashes[i]);
    this.#touched ^= touched;
  }

  /** Notes the elements at one end. @returns how many */
  #collect(root: Ref, first: boolean): number {
    const { roots } = this.#zsets;
    const cursor = this.#cursor;
    let n = 0;
    let more = cursor.seek(roots.tree(root), first ? 0 : roots.count(root) - 1);
    while (more && n < POPS_AHEAD) {
      this.#refs[n++] = cursor.ref;
      more = first ? cursor.next() : cursor.prev();
    }
    return n;
  }
}
