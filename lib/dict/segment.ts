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
 * The functions here are free of the dict's directory, so that the keyspace
 * and the collections can share them.
 */

import { type Arena } from "../arena/arena.ts";
import { CHUNK_SHIFT, GRANULE_MASK, type Ref } from "../arena/layout.ts";

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

const HASH_MULTIPLIER = 0x9e3779b1 | 0;

/** The slot where the search for `hash` begins, 0 to 509. */
export function homeSlot(hash: number): number {
  return Math.imul(Math.imul(hash, HASH_MULTIPLIER) >>> 9, SEGMENT_SLOTS) >>> 23;
}

/** Index of a block's first word within its chunk's word view. */
export function wordBase(ref: Ref): number {
  return (ref & GRANULE_MASK) << 1;
}

/** A new empty segment of local depth `depth`. */
export function newSegment(arena: Arena, depth: number): Ref {
  const segment = arena.alloc(SEGMENT_BYTES);
  const words = arena.i32[segment >>> CHUNK_SHIFT];
  const base = wordBase(segment);
  words.fill(0, base, base + SEGMENT_BYTES / 4);
  words[base + WORD_DEPTH] = depth;
  return segment;
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
 * into a new segment; both get depth + 1.
 * @returns the new segment, owner of the upper half of the range
 */
export function splitSegment(arena: Arena, segment: Ref): Ref {
  const depth = arena.u32(segment, WORD_DEPTH) + 1;
  const upper = newSegment(arena, depth);
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
  return upper;
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
