/**
 * One segment of the dict: an open-addressing table in one arena block.
 *
 * ```
 *   4096-byte block, words (int32)
 *   ┌───────┬───────┬──────────┬──────┬────────┬───────┬────────┬───────┬──
 *   │ count │ depth │ epoch    │ –    │ hash 0 │ ref 0 │ hash 1 │ ref 1 │ …  510 slots
 *   └───────┴───────┴──────────┴──────┴────────┴───────┴────────┴───────┴──
 * ```
 *
 * DESIGN. Linear probing from a home slot, the 32-bit hash compared before the
 * key, no tombstones: a removal shifts the run behind it back. `ref` 0 marks a
 * free slot. A segment of local depth d owns the hashes that share its top d
 * bits, hence a contiguous range. The home slot is taken from a multiplied
 * hash, because the top bits are the same for all of a deep segment.
 *
 * The functions here are free of directories, so that the keyspace (dict.ts)
 * and the collections (hash_trie.ts) can share them. Only collections use the
 * epoch: their segments are nodes (lib/arena/nodes.ts).
 */

import { type Arena } from "../arena/arena.ts";
import * as layout from "../arena/layout.ts";
import { type Ref } from "../arena/layout.ts";
import { type RefList } from "./ref_list.ts";

const { CHUNK_SHIFT, GRANULE_MASK } = layout;

export const SEGMENT_BYTES = 4096;
export const SEGMENT_SLOTS = 510;
/** Entries at which a segment is split: 7/8 full. */
export const SEGMENT_SPLIT_AT = 446;
/** A segment with fewer entries looks whether its buddy has room for them. */
export const SEGMENT_MERGE_BELOW = 64;
/** Two buddies are merged when together they have at most this many entries. */
export const SEGMENT_MERGED_MAX = 224;

/** Word indexes in a segment's header. */
export const WORD_COUNT = 0;
export const WORD_DEPTH = 1;
/** First word of the slots. */
export const FIRST_SLOT = 4;

/** The end of hash space, where a cursor wraps to 0. */
const HASH_SPACE = 0x1_0000_0000;
const HASH_MULTIPLIER = 0x9e3779b1 | 0;

/** The slot where the search for `hash` begins, 0 to 509. */
export function homeSlot(hash: number): number {
  return Math.imul(Math.imul(hash, HASH_MULTIPLIER) >>> 9, SEGMENT_SLOTS) >>> 23;
}

/** Index of a block's first word within its chunk's word view. */
export function wordBase(ref: Ref): number {
  return (ref & GRANULE_MASK) << 1;
}

/** Makes a block of {@link SEGMENT_BYTES} an empty segment of local depth `depth`; the epoch is left as it is. */
export function initSegment(arena: Arena, segment: Ref, depth: number): Ref {
  const words = arena.i32[segment >>> CHUNK_SHIFT];
  const base = wordBase(segment);
  words[base + WORD_COUNT] = 0;
  words[base + WORD_DEPTH] = depth;
  words.fill(0, base + FIRST_SLOT, base + FIRST_SLOT + SEGMENT_SLOTS * 2);
  return segment;
}

/** Reads the slot where the search for `hash` begins, so that it is in the cache. */
export function touchSlot(i32: readonly Int32Array[], segment: Ref, hash: number): number {
  return i32[segment >>> CHUNK_SHIFT][wordBase(segment) + FIRST_SLOT + (homeSlot(hash) << 1)];
}

/** The ref that a look-up of `hash` reads first, its key unread; 0 if there is none. */
export function candidateIn(i32: readonly Int32Array[], segment: Ref, hash: number): Ref {
  const words = i32[segment >>> CHUNK_SHIFT];
  const slots = wordBase(segment) + FIRST_SLOT;
  let slot = homeSlot(hash);
  for (;;) {
    const at = slots + (slot << 1);
    const ref = words[at + 1];
    if (ref === 0 || words[at] === hash) return ref;
    if (++slot === SEGMENT_SLOTS) slot = 0;
  }
}

/** Puts (hash, ref) into a segment that has a free slot; duplicates are the caller's to exclude. */
export function insertSlot(words: Int32Array, base: number, hash: number, ref: Ref): void {
  const slots = base + FIRST_SLOT;
  let slot = homeSlot(hash);
  while (words[slots + (slot << 1) + 1] !== 0) {
    if (++slot === SEGMENT_SLOTS) slot = 0;
  }
  words[slots + (slot << 1)] = hash;
  words[slots + (slot << 1) + 1] = ref;
  words[base + WORD_COUNT]++;
}

/** Empties slot `slot` and closes the gap, so that every run stays whole. */
export function removeSlot(words: Int32Array, base: number, slot: number): void {
  const slots = base + FIRST_SLOT;
  let gap = slot;
  let next = slot;
  for (;;) {
    if (++next === SEGMENT_SLOTS) next = 0;
    const ref = words[slots + (next << 1) + 1];
    if (ref === 0) break;
    const hash = words[slots + (next << 1)];
    const home = homeSlot(hash);
    // An entry may move back into the gap unless its home lies cyclically in (gap, next].
    const stays = gap <= next ? (gap < home && home <= next) : (gap < home || home <= next);
    if (stays) continue;
    words[slots + (gap << 1)] = hash;
    words[slots + (gap << 1) + 1] = ref;
    gap = next;
  }
  words[slots + (gap << 1) + 1] = 0;
  words[base + WORD_COUNT]--;
}

const splitScratch = new Int32Array(SEGMENT_SLOTS * 2);

/**
 * Moves the entries of `segment` whose hash has the bit below its depth set
 * into `upper`, a block of {@link SEGMENT_BYTES} that becomes the segment of
 * the upper half of the range; both get depth + 1.
 */
export function splitSegment(arena: Arena, segment: Ref, upper: Ref): void {
  const depth = arena.u32(segment, WORD_DEPTH) + 1;
  initSegment(arena, upper, depth);
  const words = arena.i32[segment >>> CHUNK_SHIFT];
  const base = wordBase(segment);
  const upperWords = arena.i32[upper >>> CHUNK_SHIFT];
  const upperBase = wordBase(upper);
  splitScratch.set(words.subarray(base + FIRST_SLOT, base + FIRST_SLOT + SEGMENT_SLOTS * 2));
  words.fill(0, base + FIRST_SLOT, base + FIRST_SLOT + SEGMENT_SLOTS * 2);
  words[base + WORD_COUNT] = 0;
  words[base + WORD_DEPTH] = depth;
  const bit = 1 << (32 - depth);
  for (let i = 0; i < SEGMENT_SLOTS * 2; i += 2) {
    const ref = splitScratch[i + 1];
    if (ref === 0) continue;
    const hash = splitScratch[i];
    if (hash & bit) insertSlot(upperWords, upperBase, hash, ref);
    else insertSlot(words, base, hash, ref);
  }
}

/** Moves every entry of `from` into `into`, which has room; the caller frees `from`. */
export function mergeSegment(arena: Arena, into: Ref, from: Ref): void {
  const words = arena.i32[into >>> CHUNK_SHIFT];
  const base = wordBase(into);
  const source = arena.i32[from >>> CHUNK_SHIFT];
  const first = wordBase(from) + FIRST_SLOT;
  for (let i = first; i < first + SEGMENT_SLOTS * 2; i += 2) {
    if (source[i + 1] !== 0) insertSlot(words, base, source[i], source[i + 1]);
  }
  words[base + WORD_DEPTH]--;
}

/** Appends the entries of a segment whose hash is ≥ `cursor` (unsigned) to `out`. */
export function collectSlots(words: Int32Array, base: number, cursor: number, out: RefList): void {
  const first = base + FIRST_SLOT;
  for (let at = first; at < first + SEGMENT_SLOTS * 2; at += 2) {
    const ref = words[at + 1];
    if (ref !== 0 && (words[at] >>> 0) >= cursor) out.push(words[at] >>> 0, ref);
  }
}

/** The first hash behind the range of the segment of `depth` that owns `cursor`; 0 behind the last. */
export function cursorBehind(cursor: number, depth: number): number {
  const span = HASH_SPACE / 2 ** depth;
  const next = Math.floor(cursor / span) * span + span;
  return next >= HASH_SPACE ? 0 : next;
}

/** Slot of the n-th occupied one of a segment, which has more than `n`. */
export function nthOccupied(words: Int32Array, base: number, n: number): number {
  for (let slot = 0;; slot++) {
    if (words[base + FIRST_SLOT + (slot << 1) + 1] !== 0 && n-- === 0) return slot;
  }
}

/**
 * Checks that a segment has the given depth, owns exactly the hashes that start
 * with the `depth` bits of `prefix`, reaches all of them from their home slots,
 * and counts right. For tests.
 * @returns the number of its entries
 * @throws Error on the first broken invariant
 */
export function verifySegment(arena: Arena, segment: Ref, depth: number, prefix: number): number {
  const words = arena.i32[segment >>> CHUNK_SHIFT];
  const base = wordBase(segment);
  let count = 0;
  if (words[base + WORD_DEPTH] !== depth) throw new Error(`Cannot verify segment: depth is not ${depth}`);
  for (let slot = 0; slot < SEGMENT_SLOTS; slot++) {
    const at = base + FIRST_SLOT + (slot << 1);
    if (words[at + 1] === 0) continue;
    count++;
    if (Math.floor((words[at] >>> 0) / 2 ** (32 - depth)) !== prefix) {
      throw new Error(`Cannot verify segment: hash ${words[at] >>> 0} is in the wrong segment`);
    }
    for (let s = homeSlot(words[at]); s !== slot; s = (s + 1) % SEGMENT_SLOTS) {
      if (words[base + FIRST_SLOT + (s << 1) + 1] === 0) {
        throw new Error(`Cannot verify segment: slot ${slot} is cut off from its home`);
      }
    }
  }
  if (count !== words[base + WORD_COUNT]) throw new Error(`Cannot verify segment: it holds ${count}`);
  return count;
}
