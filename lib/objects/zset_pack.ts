/**
 * The packed form of sorted sets: pairs of member and score in one pack, in order.
 *
 * DESIGN. A score is an item of 8 raw bytes (a little-endian double), so that it
 * can be changed in place. Everything is a walk over at most a few kilobytes;
 * an insert looks at the last pair first, since scores often grow.
 *
 * Positions are those of members, as in lib/pack; functions that change a pack
 * return where it is now.
 */

import { type Ref } from "../arena/layout.ts";
import { compareBytes } from "../base/ascii.ts";
import { Slice } from "../base/slice.ts";
import { itemBytes, type Packs } from "../pack/pack.ts";

const SCORE_BYTES = 8;
/** What a member of `len` bytes takes together with its score. */
export function pairBytes(len: number): number {
  return itemBytes(len) + itemBytes(SCORE_BYTES);
}

/** Reads and changes packs of pairs; see the module's note. */
export class ZSetPacks {
  readonly packs: Packs;
  readonly #scoreBytes = new Uint8Array(SCORE_BYTES);
  readonly #scoreDouble = new Float64Array(this.#scoreBytes.buffer);
  readonly #member = new Slice();

  constructor(packs: Packs) {
    this.packs = packs;
  }

  /** Number of pairs. */
  count(p: Ref): number {
    return this.packs.count(p) >> 1;
  }

  /** The position of a member, or 0. */
  find(p: Ref, buf: Uint8Array, off: number, len: number): number {
    return this.packs.find(p, buf, off, len, 2);
  }

  /** The score of the member at `pos`. */
  score(p: Ref, pos: number): number {
    return this.packs.double(p, this.packs.next(p, pos));
  }

  /** The position of the pair with the given rank, which is there. */
  at(p: Ref, rank: number): number {
    return this.packs.at(p, rank * 2);
  }

  /** How many pairs come before the one at `pos`. */
  rank(p: Ref, pos: number): number {
    let rank = 0;
    for (let at = this.packs.first(p); at < pos; at = this.next(p, at)) rank++;
    return rank;
  }

  /** The position behind the pair at `pos`. */
  next(p: Ref, pos: number): number {
    return this.packs.next(p, this.packs.next(p, pos));
  }

  /** The position of the pair before `pos`, or 0. */
  prev(p: Ref, pos: number): number {
    const score = this.packs.prev(p, pos);
    return score === 0 ? 0 : this.packs.prev(p, score);
  }

  /** Adds a member that is not there. */
  insert(p: Ref, score: number, buf: Uint8Array, off: number, len: number): Ref {
    return this.#insertAt(p, this.#place(p, score, buf, off, len), score, buf, off, len);
  }

  /** Adds a pair that is greater than all that are there. */
  append(p: Ref, score: number, buf: Uint8Array, off: number, len: number): Ref {
    return this.#insertAt(p, this.packs.end(p), score, buf, off, len);
  }

  /** Gives the member at `pos`, whose bytes are handed in from elsewhere, another score. */
  update(p: Ref, pos: number, score: number, buf: Uint8Array, off: number, len: number): Ref {
    const place = this.#place(p, score, buf, off, len);
    if (place === pos || place === this.next(p, pos)) {
      this.#scoreDouble[0] = score;
      return this.packs.replace(p, this.packs.next(p, pos), this.#scoreBytes, 0, SCORE_BYTES);
    }
    return this.insert(this.packs.remove(p, pos, 2), score, buf, off, len);
  }

  /** How many scores are < `score`, or ≤ it if `inclusive`. */
  countBelow(p: Ref, score: number, inclusive: boolean): number {
    const end = this.packs.end(p);
    let count = 0;
    for (let pos = this.packs.first(p); pos < end; count++) {
      const at = this.packs.next(p, pos);
      const other = this.packs.double(p, at);
      if (inclusive ? other > score : other >= score) break;
      pos = this.packs.next(p, at);
    }
    return count;
  }

  /** Throws on the first broken invariant: pairs, in strict order, each member once. For tests. @returns the number of pairs */
  verify(p: Ref): number {
    const { packs } = this;
    const items = packs.verify(p);
    const end = packs.end(p);
    const before = new Slice();
    const member = new Slice();
    let last = NaN;
    for (let pos = packs.first(p); pos < end; pos = this.next(p, pos)) {
      const at = packs.next(p, pos);
      if (at >= end || packs.length(p, at) !== SCORE_BYTES) {
        throw new Error(`Cannot verify packed zset ${p}: no score behind ${pos}`);
      }
      const score = packs.double(p, at);
      packs.read(p, pos, member);
      const order = compareBytes(before.buf, before.off, before.len, member.buf, member.off, member.len);
      if (last > score || (last === score && order >= 0) || Number.isNaN(score)) {
        throw new Error(`Cannot verify packed zset ${p}: pair at ${pos} is out of order`);
      }
      if (this.find(p, member.buf, member.off, member.len) !== pos) {
        throw new Error(`Cannot verify packed zset ${p}: member at ${pos} is there twice`);
      }
      last = score;
      before.set(member.buf, member.off, member.len);
    }
    return items >> 1;
  }

  #insertAt(p: Ref, pos: number, score: number, buf: Uint8Array, off: number, len: number): Ref {
    this.#scoreDouble[0] = score;
    return this.packs.insertPair(p, pos, buf, off, len, this.#scoreBytes, 0, SCORE_BYTES);
  }

  /** The position of the first pair behind (`score`, member); the end if there is none. */
  #place(p: Ref, score: number, buf: Uint8Array, off: number, len: number): number {
    const { packs } = this;
    const end = packs.end(p);
    const last = this.prev(p, end);
    if (last === 0 || !this.#isBehind(p, last, this.score(p, last), score, buf, off, len)) return end;
    for (let pos = packs.first(p);;) {
      const at = packs.next(p, pos);
      if (this.#isBehind(p, pos, packs.double(p, at), score, buf, off, len)) return pos;
      pos = packs.next(p, at);
    }
  }

  /** Whether the pair at `pos`, which has the score `other`, belongs behind (`score`, member). */
  #isBehind(
    p: Ref,
    pos: number,
    other: number,
    score: number,
    buf: Uint8Array,
    off: number,
    len: number,
  ): boolean {
    if (other !== score) return other > score;
    const member = this.#member;
    this.packs.read(p, pos, member);
    return compareBytes(member.buf, member.off, member.len, buf, off, len) > 0;
  }
}
