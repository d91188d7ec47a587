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

import { type Arena } from "../arena/arena.ts";
import * as layout from "../arena/layout.ts";
import { type Ref } from "../arena/layout.ts";
import { compareBytes } from "../base/ascii.ts";
import { Slice } from "../base/slice.ts";
import { readWord, sizeAt, writeItem } from "../pack/item.ts";
import { itemBytes, type Packs } from "../pack/pack.ts";

const { CHUNK_SHIFT, GRANULE_MASK } = layout;

const SCORE_BYTES = 8;
/** What a score takes in the pack. */
export const SCORE_ITEM_BYTES: number = itemBytes(SCORE_BYTES);
/** The sortable upper word of -0 and of the negative numbers next to it. */
const MINUS_ZERO_HIGH = -1;
/** What a member of `len` bytes takes together with its score. */
export function pairBytes(len: number): number {
  return itemBytes(len) + SCORE_ITEM_BYTES;
}

/**
 * Doubles as two words whose order, the first signed, the second not, is theirs:
 * packed scores are compared so, for reading them byte by byte as doubles is slow.
 * 0 and -0 give the same.
 */
function sortableHigh(high: number): number {
  return high ^ ((high >> 31) & 0x7fffffff);
}

/** Reads and changes packs of pairs; see the module's note. */
export class ZSetPacks {
  readonly packs: Packs;
  readonly #scoreBytes = new Uint8Array(SCORE_BYTES);
  readonly #scoreDouble = new Float64Array(this.#scoreBytes.buffer);
  readonly #scoreWords = new Int32Array(this.#scoreBytes.buffer);
  readonly #arena: Arena;
  readonly #member = new Slice();
  /** The score that is looked for, as sortable words. */
  #high = 0;
  #low = 0;

  constructor(packs: Packs) {
    this.packs = packs;
    this.#arena = packs.nodes.arena;
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
    const { packs } = this;
    const place = this.#place(p, score, buf, off, len);
    const behind = this.next(p, pos);
    if (packs.nodes.frozen !== null) return this.insert(packs.remove(p, pos, 2), score, buf, off, len);
    const u8 = this.#arena.u8[p >>> CHUNK_SHIFT];
    const base = (p & GRANULE_MASK) << 3;
    const bytes = behind - pos;
    let to = pos;
    // All other pairs keep their bytes: those between the old and the new place move up or down.
    if (place > behind) {
      to = place - bytes;
      u8.copyWithin(base + pos, base + behind, base + place);
    } else if (place < pos) {
      to = place;
      u8.copyWithin(base + place + bytes, base + place, base + pos);
    }
    this.#scoreDouble[0] = score;
    if (to !== pos) writeItem(u8, base + to, buf, off, len);
    writeItem(u8, base + to + itemBytes(len), this.#scoreBytes, 0, SCORE_BYTES);
    return p;
  }

  /** How many scores are < `score`, or ≤ it if `inclusive`. */
  countBelow(p: Ref, score: number, inclusive: boolean): number {
    this.#look(score);
    const u8 = this.#arena.u8[p >>> CHUNK_SHIFT];
    const base = (p & GRANULE_MASK) << 3;
    const end = base + this.packs.end(p);
    const limit = inclusive ? 0 : -1;
    let count = 0;
    for (let at = base + this.packs.first(p); at < end; count++) {
      at += sizeAt(u8, at);
      if (this.#order(u8, at) > limit) break;
      at += SCORE_ITEM_BYTES;
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
    this.#look(score);
    const u8 = this.#arena.u8[p >>> CHUNK_SHIFT];
    const base = (p & GRANULE_MASK) << 3;
    const end = this.packs.end(p);
    if (end === this.packs.first(p)) return end;
    // Scores often grow.
    const last = this.#order(u8, base + end - SCORE_ITEM_BYTES);
    if (last < 0) return end;
    for (let at = base + this.packs.first(p); at < base + end;) {
      const score = at + sizeAt(u8, at);
      const order = this.#order(u8, score);
      if (order > 0 || (order === 0 && this.#isBehind(p, at - base, buf, off, len))) return at - base;
      at = score + SCORE_ITEM_BYTES;
    }
    return end;
  }

  /** Whether the member at `pos` comes behind another of the same score. */
  #isBehind(p: Ref, pos: number, buf: Uint8Array, off: number, len: number): boolean {
    const member = this.#member;
    this.packs.read(p, pos, member);
    return compareBytes(member.buf, member.off, member.len, buf, off, len) > 0;
  }

  /** Sets the score that {@link #order} compares with. */
  #look(score: number): void {
    this.#scoreDouble[0] = score + 0;
    this.#high = sortableHigh(this.#scoreWords[1]);
    this.#low = this.#high < 0 ? ~this.#scoreWords[0] : this.#scoreWords[0];
  }

  /** The order of the score whose item is at `at` against the one that is looked for: negative, 0 or positive. */
  #order(u8: Uint8Array, at: number): number {
    let high = sortableHigh(readWord(u8, at + 5));
    if (high !== this.#high && high !== MINUS_ZERO_HIGH) return high < this.#high ? -1 : 1;
    const low = readWord(u8, at + 1);
    if (high === MINUS_ZERO_HIGH && low === 0) high = 0;
    if (high !== this.#high) return high < this.#high ? -1 : 1;
    return ((high < 0 ? ~low : low) >>> 0) - (this.#low >>> 0);
  }
}
