/** Reading a sorted set in order, packed or large. */

import { NIL, type Ref } from "../arena/layout.ts";
import { Slice } from "../base/slice.ts";
import { ScoreCursor } from "../tree/score_tree.ts";
import { type ZSets } from "./zset.ts";
import { SCORE_ITEM_BYTES } from "./zset_pack.ts";

/**
 * A place in a sorted set, to read from in both directions; made once and used
 * again and again. Valid until the next change.
 */
export class ZSetCursor {
  /** The member here, valid until the next move of the cursor or change of anything. */
  readonly member = new Slice();
  readonly #zsets: ZSets;
  readonly #ordered: ScoreCursor;
  /** The pack; 0 in a large sorted set. */
  #pack: Ref = NIL;
  /** Positions of the member and of its score. */
  #pos = 0;
  #scorePos = 0;

  constructor(zsets: ZSets) {
    this.#zsets = zsets;
    this.#ordered = new ScoreCursor(zsets.tree);
  }

  /** The score of the member. */
  get score(): number {
    if (this.#pack === NIL) return this.#ordered.score;
    return this.#zsets.packed.packs.double(this.#pack, this.#scorePos);
  }

  /** Goes to the member with the given rank. @returns whether there is one */
  seek(ref: Ref, rank: number): boolean {
    const { entries, packed, roots } = this.#zsets;
    const block = entries.word2(ref);
    if (entries.isLarge(ref)) {
      this.#pack = NIL;
      return this.#ordered.seek(roots.tree(block), rank) && this.#loadElement();
    }
    this.#pack = block;
    if (rank < 0 || rank >= packed.count(block)) return false;
    this.#pos = packed.at(block, rank);
    return this.#loadPair();
  }

  /** Goes to the next member. @returns whether there is one */
  next(): boolean {
    if (this.#pack === NIL) return this.#ordered.next() && this.#loadElement();
    const pos = this.#scorePos + SCORE_ITEM_BYTES;
    if (pos >= this.#zsets.packed.packs.end(this.#pack)) return false;
    this.#pos = pos;
    return this.#loadPair();
  }

  /** Goes to the previous member. @returns whether there is one */
  prev(): boolean {
    if (this.#pack === NIL) return this.#ordered.prev() && this.#loadElement();
    const pos = this.#zsets.packed.prev(this.#pack, this.#pos);
    if (pos === 0) return false;
    this.#pos = pos;
    return this.#loadPair();
  }

  #loadPair(): boolean {
    const { packs } = this.#zsets.packed;
    packs.read(this.#pack, this.#pos, this.member);
    this.#scorePos = packs.next(this.#pack, this.#pos);
    return true;
  }

  #loadElement(): boolean {
    this.#zsets.elements.scored.read(this.#ordered.ref, this.member);
    return true;
  }
}
