/**
 * What SORT sorts: byte strings in one buffer, and numbers beside them.
 *
 * DESIGN. Looking up BY and GET patterns may free memory (a key expires), so
 * elements are copied out of the arena first: one after the other into one
 * growing buffer. Sorting moves indexes by numeric keys (base/key_sort.ts);
 * the key of a string is six of its bytes, behind what all of them start with,
 * and only what has equal keys is compared byte by byte. Orders are those of
 * Redis, of equal elements too where it defines one: its sort is stable, but
 * for the one that LIMIT of an order by patterns uses.
 */

import { compareBytes, copyBytes } from "../base/ascii.ts";
import { sortByKeys, sortFirstByKeys } from "../base/key_sort.ts";
import { type Slice } from "../base/slice.ts";

/** Bytes of a string in its key: as many as a double holds exactly. */
const KEY_BYTES = 6;
/** Key of what is not there: before all strings. */
const NO_STRING = -1;

/** A growing row of byte strings. */
export class ByteStrings {
  /** How many there are. */
  count = 0;
  #bytes = new Uint8Array(1024);
  /** Where string `i` starts and, if it is there, ends: offsets 2 `i` and 2 `i` + 1; the end is -1 if not. */
  #offsets = new Float64Array(128);
  #used = 0;

  /** Bytes of all strings. */
  get bytes(): number {
    return this.#used;
  }

  /** Adds a string. */
  push(buf: Uint8Array, off: number, len: number): void {
    if (this.#bytes.length - this.#used < len) {
      const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#used + len));
      copyBytes(this.#bytes, 0, grown, 0, this.#used);
      this.#bytes = grown;
    }
    copyBytes(buf, off, this.#bytes, this.#used, len);
    this.#add(this.#used + len);
    this.#used += len;
  }

  /** Adds a place without a string. */
  pushNone(): void {
    this.#add(-1);
  }

  #add(end: number): void {
    if (this.#offsets.length < 2 * this.count + 2) {
      const grown = new Float64Array(this.#offsets.length * 2);
      grown.set(this.#offsets);
      this.#offsets = grown;
    }
    this.#offsets[2 * this.count] = this.#used;
    this.#offsets[2 * this.count + 1] = end;
    this.count++;
  }

  /** Points `out` at string `i`, which is there. */
  read(i: number, out: Slice): void {
    const start = this.#offsets[2 * i];
    out.set(this.#bytes, start, this.#offsets[2 * i + 1] - start);
  }

  /** Orders two strings by their bytes, a missing one first. */
  compare(a: number, b: number): number {
    const offsets = this.#offsets;
    const endA = offsets[2 * a + 1], endB = offsets[2 * b + 1];
    if (endA < 0 || endB < 0) return endA < 0 ? (endB < 0 ? 0 : -1) : 1;
    const startA = offsets[2 * a], startB = offsets[2 * b];
    return compareBytes(this.#bytes, startA, endA - startA, this.#bytes, startB, endB - startB);
  }

  /** Numbers of which one is less than another only if its string comes first; they may be equal for any two. */
  keys(): Float64Array {
    const keys = new Float64Array(this.count);
    const shared = this.#sharedBytes();
    for (let i = 0; i < this.count; i++) {
      const start = this.#offsets[2 * i] + shared, end = this.#offsets[2 * i + 1];
      let key = 0;
      for (let at = start; at < start + KEY_BYTES; at++) key = key * 256 + (at < end ? this.#bytes[at] : 0);
      keys[i] = end < 0 ? NO_STRING : key;
    }
    return keys;
  }

  /** With how many bytes all strings start that are the same. */
  #sharedBytes(): number {
    let first = -1;
    let shared = 0;
    for (let i = 0; i < this.count; i++) {
      const start = this.#offsets[2 * i], end = this.#offsets[2 * i + 1];
      if (end < 0) continue;
      if (first < 0) {
        first = start;
        shared = end - start;
      }
      if (end - start < shared) shared = end - start;
      for (let at = 0; at < shared; at++) {
        if (this.#bytes[first + at] !== this.#bytes[start + at]) shared = at;
      }
    }
    return shared;
  }

  /** Ends every string before its first zero byte, as C does. */
  cutAtZero(): void {
    for (let i = 0; i < this.count; i++) {
      const start = this.#offsets[2 * i], end = this.#offsets[2 * i + 1];
      if (end < 0) continue;
      const zero = this.#bytes.subarray(start, end).indexOf(0);
      if (zero >= 0) this.#offsets[2 * i + 1] = start + zero;
    }
  }
}

/**
 * The order of `count` elements by `keys` and, where those are equal, by
 * `compare`; what is equal in both stays in order.
 * @param keys are changed
 * @returns their indexes
 */
export function sortedOrder(
  keys: Float64Array,
  count: number,
  descending: boolean,
  compare: (a: number, b: number) => number,
): Int32Array {
  const order = new Int32Array(count);
  for (let i = 0; i < count; i++) order[i] = i;
  if (descending) { for (let i = 0; i < count; i++) keys[i] = -keys[i]; }
  const sorted = sortByKeys(order, keys, count, new Int32Array(count));
  const compareEqual = descending ? (a: number, b: number) => -compare(a, b) : compare;
  for (let from = 0; from < count;) {
    let end = from + 1;
    // 0 and -0 are equal, as they are to the sort.
    while (end < count && keys[sorted[end]] === keys[sorted[from]]) end++;
    if (end - from > 1) sorted.subarray(from, end).sort(compareEqual);
    from = end;
  }
  return sorted;
}

/**
 * The order that Redis' partial sort gives the first `wanted` elements: as
 * `sorted`, but that what is equal comes in another order.
 * @param isEqual whether two elements are
 */
export function partialOrder(
  sorted: Int32Array,
  wanted: number,
  isEqual: (a: number, b: number) => boolean,
): Int32Array {
  const count = sorted.length;
  const ranks = new Float64Array(count);
  for (let i = 1; i < count; i++) {
    ranks[sorted[i]] = ranks[sorted[i - 1]] + (isEqual(sorted[i - 1], sorted[i]) ? 0 : 1);
  }
  for (let i = 0; i < count; i++) sorted[i] = i;
  sortFirstByKeys(sorted, ranks, count, wanted);
  return sorted;
}
