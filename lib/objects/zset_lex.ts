/**
 * Ranges of members by their bytes: ZRANGEBYLEX and its like.
 *
 * DESIGN. Such a range means something only where all scores are equal. A tree
 * relies on it; a packed sorted set is walked from the end where the range
 * begins until a member lies outside, as Redis does, so that even mixed scores
 * give the same there.
 */

import { type Ref } from "../arena/layout.ts";
import { compareBytes } from "../base/ascii.ts";
import { Slice } from "../base/slice.ts";
import { type ZSets } from "./zset.ts";

/** Before, within or behind all strings. */
const LOWEST = -1;
const WITHIN = 0;
const HIGHEST = 1;

const PLUS = 43;
const MINUS = 45;
const OPEN = 40;
const CLOSED = 91;

/** One end of a range. */
export class LexBound {
  readonly #bytes = new Slice();
  #place = WITHIN;
  #exclusive = false;

  /** Reads `-`, `+`, `(bytes` or `[bytes`, and keeps pointing at the bytes. @returns whether it is one of these */
  parse(buf: Uint8Array, off: number, len: number): boolean {
    const first = len === 0 ? 0 : buf[off];
    if (first === OPEN || first === CLOSED) {
      this.#place = WITHIN;
      this.#exclusive = first === OPEN;
      this.#bytes.set(buf, off + 1, len - 1);
      return true;
    }
    this.#place = first === PLUS ? HIGHEST : LOWEST;
    this.#exclusive = true;
    return (first === PLUS || first === MINUS) && (len === 1 || buf[off + 1] === 0);
  }

  /** The order of a member against this bound. */
  #compare(member: Slice): number {
    if (this.#place !== WITHIN) return -this.#place;
    const b = this.#bytes;
    return compareBytes(member.buf, member.off, member.len, b.buf, b.off, b.len);
  }

  /** Whether a member is not before the range that begins here. */
  admitsFromBelow(member: Slice): boolean {
    return this.#exclusive ? this.#compare(member) > 0 : this.#compare(member) >= 0;
  }

  /** Whether a member is not behind the range that ends here. */
  admitsFromAbove(member: Slice): boolean {
    return this.#exclusive ? this.#compare(member) < 0 : this.#compare(member) <= 0;
  }

  /** Whether the range from here to `end` is empty whatever there is. */
  isBehind(end: LexBound): boolean {
    let order = this.#place - end.#place;
    if (order === 0 && this.#place === WITHIN) {
      const a = this.#bytes;
      const b = end.#bytes;
      order = compareBytes(a.buf, a.off, a.len, b.buf, b.off, b.len);
    }
    return order > 0 || (order === 0 && (this.#exclusive || end.#exclusive));
  }

  /** How many members of a tree of `count` come before a range that begins here, or up to the end of one that ends here. */
  countBelow(zsets: ZSets, top: Ref, count: number, isEnd: boolean): number {
    if (this.#place !== WITHIN) return this.#place === LOWEST ? 0 : count;
    const { buf, off, len } = this.#bytes;
    return zsets.tree.lexCountBelow(top, buf, off, len, isEnd !== this.#exclusive);
  }
}

/** A range and, after `find`, where it is; used again and again. */
export class LexRange {
  readonly min = new LexBound();
  readonly max = new LexBound();
  /** Rank of the first member within, and how many there are. */
  first = 0;
  count = 0;

  /** Finds out which members are within; `fromEnd` tells from which side Redis would look. */
  find(zsets: ZSets, ref: Ref, fromEnd: boolean): void {
    this.first = this.count = 0;
    const count = zsets.count(ref);
    if (count === 0 || this.min.isBehind(this.max)) return;
    if (!zsets.entries.isLarge(ref)) {
      return fromEnd ? this.#findLast(zsets, ref) : this.#findFirst(zsets, ref);
    }
    const top = zsets.roots.tree(zsets.entries.word2(ref));
    this.first = this.min.countBelow(zsets, top, count, false);
    this.count = Math.max(0, this.max.countBelow(zsets, top, count, true) - this.first);
  }

  /** Whether the ends of a packed sorted set let Redis look at all. */
  #mayContain(zsets: ZSets, ref: Ref): boolean {
    const { cursor } = zsets;
    cursor.seek(ref, zsets.count(ref) - 1);
    if (!this.min.admitsFromBelow(cursor.member)) return false;
    cursor.seek(ref, 0);
    return this.max.admitsFromAbove(cursor.member);
  }

  #findFirst(zsets: ZSets, ref: Ref): void {
    const { cursor } = zsets;
    if (!this.#mayContain(zsets, ref)) return;
    let more = cursor.seek(ref, 0);
    for (; more && !this.min.admitsFromBelow(cursor.member); more = cursor.next()) this.first++;
    for (; more && this.max.admitsFromAbove(cursor.member); more = cursor.next()) this.count++;
  }

  #findLast(zsets: ZSets, ref: Ref): void {
    const { cursor } = zsets;
    if (!this.#mayContain(zsets, ref)) return;
    this.first = zsets.count(ref);
    let more = cursor.seek(ref, this.first - 1);
    for (; more && !this.max.admitsFromAbove(cursor.member); more = cursor.prev()) this.first--;
    for (; more && this.min.admitsFromBelow(cursor.member); more = cursor.prev()) this.count++;
    this.first -= this.count;
  }
}
