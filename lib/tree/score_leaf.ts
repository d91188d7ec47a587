/**
 * Leaves of a score tree: runs of (score, element) in order.
 *
 * ```
 *   word 0  number of elements   1  slot of the first   2  epoch (lib/arena/nodes.ts)
 *   scores  84 doubles           refs  84 words         1 KiB together
 * ```
 *
 * DESIGN. Scores stand side by side, so that a binary search by score stays in
 * a few cache lines and reads no element; members are compared only among
 * equal scores. Slots may be free on both sides: what is popped at an end moves
 * nothing, and elsewhere the smaller part moves.
 *
 * Units: an index counts elements from the leaf's first, a slot from the block's.
 */

import { type Arena } from "../arena/arena.ts";
import * as layout from "../arena/layout.ts";
import { type Ref } from "../arena/layout.ts";
import { moveWords } from "./words.ts";

const { CHUNK_SHIFT, GRANULE_MASK } = layout;

/** Elements that a leaf can hold. */
export const LEAF_MAX = 84;
export const LEAF_BYTES: number = 16 + LEAF_MAX * 12;
const FIRST_WORD = 1;
const SCORE_DOUBLE = 2;
const SCORE_WORD = 4;
const REF_WORD: number = SCORE_WORD + LEAF_MAX * 2;

/** Makes a fresh block a leaf without elements. */
export function initLeaf(arena: Arena, leaf: Ref): void {
  const words = arena.i32[leaf >>> CHUNK_SHIFT];
  const at = (leaf & GRANULE_MASK) << 1;
  words[at] = words[at + 1] = 0;
}

/** Number of elements. */
export function leafSize(arena: Arena, leaf: Ref): number {
  return arena.i32[leaf >>> CHUNK_SHIFT][(leaf & GRANULE_MASK) << 1];
}

/** The score of the `i`-th element. */
export function leafScore(arena: Arena, leaf: Ref, i: number): number {
  return arena.f64[leaf >>> CHUNK_SHIFT][(leaf & GRANULE_MASK) + SCORE_DOUBLE + firstSlot(arena, leaf) + i];
}

/** The `i`-th element. */
export function leafRef(arena: Arena, leaf: Ref, i: number): Ref {
  const words = arena.i32[leaf >>> CHUNK_SHIFT];
  const at = (leaf & GRANULE_MASK) << 1;
  return words[at + REF_WORD + words[at + FIRST_WORD] + i];
}

/** Makes room and writes an element as the `i`-th; the leaf must not be full. */
export function insertIntoLeaf(arena: Arena, leaf: Ref, i: number, score: number, ref: Ref): void {
  const words = arena.i32[leaf >>> CHUNK_SHIFT];
  const at = (leaf & GRANULE_MASK) << 1;
  const size = words[at];
  const first = words[at + FIRST_WORD];
  if (first > 0 && (i < size >>> 1 || first + size === LEAF_MAX)) {
    moveSlots(arena, leaf, first, leaf, first - 1, i);
    words[at + FIRST_WORD] = first - 1;
  } else moveSlots(arena, leaf, first + i, leaf, first + i + 1, size - i);
  words[at] = size + 1;
  setLeafAt(arena, leaf, i, score, ref);
}

/** Takes `n` elements out from the `i`-th on. */
export function removeFromLeaf(arena: Arena, leaf: Ref, i: number, n: number): void {
  const words = arena.i32[leaf >>> CHUNK_SHIFT];
  const at = (leaf & GRANULE_MASK) << 1;
  const first = words[at + FIRST_WORD];
  const behind = words[at] - i - n;
  if (i < behind) {
    moveSlots(arena, leaf, first, leaf, first + n, i);
    words[at + FIRST_WORD] = first + n;
  } else moveSlots(arena, leaf, first + i + n, leaf, first + i, behind);
  words[at] -= n;
}

/** Takes out the elements from the `i`-th on. */
export function cutLeaf(arena: Arena, leaf: Ref, i: number): void {
  arena.i32[leaf >>> CHUNK_SHIFT][(leaf & GRANULE_MASK) << 1] = i;
}

/** Copies all elements of `from`, from the `i`-th on, to the end of `to`, which has room for them; `from` stays as it is. */
export function appendToLeaf(arena: Arena, from: Ref, i: number, to: Ref): void {
  const words = arena.i32[to >>> CHUNK_SHIFT];
  const at = (to & GRANULE_MASK) << 1;
  const n = leafSize(arena, from) - i;
  const size = words[at];
  if (words[at + FIRST_WORD] + size + n > LEAF_MAX) {
    moveSlots(arena, to, words[at + FIRST_WORD], to, 0, size);
    words[at + FIRST_WORD] = 0;
  }
  moveSlots(arena, from, firstSlot(arena, from) + i, to, words[at + FIRST_WORD] + size, n);
  words[at] = size + n;
}

/** The first element with a score ≥ `score`; the leaf's size if there is none. */
export function firstNotBelow(arena: Arena, leaf: Ref, score: number): number {
  return lowerBound(
    arena.f64[leaf >>> CHUNK_SHIFT],
    (leaf & GRANULE_MASK) + SCORE_DOUBLE + firstSlot(arena, leaf),
    leafSize(arena, leaf),
    score,
  );
}

/** The first element with a score > `score`; the leaf's size if there is none. */
export function firstAbove(arena: Arena, leaf: Ref, score: number): number {
  return upperBound(
    arena.f64[leaf >>> CHUNK_SHIFT],
    (leaf & GRANULE_MASK) + SCORE_DOUBLE + firstSlot(arena, leaf),
    leafSize(arena, leaf),
    score,
  );
}

/** How many of the ascending `values[first, first + n)` are below `score`. */
export function lowerBound(values: Float64Array, first: number, n: number, score: number): number {
  let low = 0;
  while (low < n) {
    const middle = (low + n) >>> 1;
    if (values[first + middle] < score) low = middle + 1;
    else n = middle;
  }
  return low;
}

/** How many of the ascending `values[first, first + n)` are not above `score`. */
export function upperBound(values: Float64Array, first: number, n: number, score: number): number {
  let low = 0;
  while (low < n) {
    const middle = (low + n) >>> 1;
    if (values[first + middle] <= score) low = middle + 1;
    else n = middle;
  }
  return low;
}

function firstSlot(arena: Arena, leaf: Ref): number {
  return arena.i32[leaf >>> CHUNK_SHIFT][((leaf & GRANULE_MASK) << 1) + FIRST_WORD];
}

/** Writes an element as the `i`-th, over what stands there. */
function setLeafAt(arena: Arena, leaf: Ref, i: number, score: number, ref: Ref): void {
  const slot = firstSlot(arena, leaf) + i;
  arena.f64[leaf >>> CHUNK_SHIFT][(leaf & GRANULE_MASK) + SCORE_DOUBLE + slot] = score;
  arena.i32[leaf >>> CHUNK_SHIFT][((leaf & GRANULE_MASK) << 1) + REF_WORD + slot] = ref;
}

function moveSlots(arena: Arena, from: Ref, i: number, to: Ref, j: number, n: number): void {
  if (n <= 0) return;
  const source = arena.i32[from >>> CHUNK_SHIFT];
  const target = arena.i32[to >>> CHUNK_SHIFT];
  const s = (from & GRANULE_MASK) << 1;
  const t = (to & GRANULE_MASK) << 1;
  moveWords(source, s + SCORE_WORD + 2 * i, target, t + SCORE_WORD + 2 * j, 2 * n);
  moveWords(source, s + REF_WORD + i, target, t + REF_WORD + j, n);
}
