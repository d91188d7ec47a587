/**
 * Leaves of a score tree: runs of (score, element) in order.
 *
 * ```
 *   word 0  number of elements      2  epoch (lib/arena/nodes.ts)
 *   scores  84 doubles              refs  84 words         1 KiB together
 * ```
 *
 * DESIGN. Scores stand side by side, so that a binary search by score stays in
 * a few cache lines and reads no element; members are compared only among
 * equal scores.
 */

import { type Arena } from "../arena/arena.ts";
import * as layout from "../arena/layout.ts";
import { type Ref } from "../arena/layout.ts";
import { moveWords } from "./words.ts";

const { CHUNK_SHIFT, GRANULE_MASK } = layout;

/** Elements that a leaf can hold. */
export const LEAF_MAX = 84;
export const LEAF_BYTES: number = 16 + LEAF_MAX * 12;
const SCORE_DOUBLE = 2;
const SCORE_WORD = 4;
const REF_WORD: number = SCORE_WORD + LEAF_MAX * 2;

export function leafSize(arena: Arena, leaf: Ref): number {
  return arena.i32[leaf >>> CHUNK_SHIFT][(leaf & GRANULE_MASK) << 1];
}

export function setLeafSize(arena: Arena, leaf: Ref, size: number): void {
  arena.i32[leaf >>> CHUNK_SHIFT][(leaf & GRANULE_MASK) << 1] = size;
}

export function leafScore(arena: Arena, leaf: Ref, i: number): number {
  return arena.f64[leaf >>> CHUNK_SHIFT][(leaf & GRANULE_MASK) + SCORE_DOUBLE + i];
}

export function leafRef(arena: Arena, leaf: Ref, i: number): Ref {
  return arena.i32[leaf >>> CHUNK_SHIFT][((leaf & GRANULE_MASK) << 1) + REF_WORD + i];
}

/** Writes one element over another. */
export function setLeafAt(arena: Arena, leaf: Ref, i: number, score: number, ref: Ref): void {
  arena.f64[leaf >>> CHUNK_SHIFT][(leaf & GRANULE_MASK) + SCORE_DOUBLE + i] = score;
  arena.i32[leaf >>> CHUNK_SHIFT][((leaf & GRANULE_MASK) << 1) + REF_WORD + i] = ref;
}

/** Makes room and writes an element as the `i`-th; the leaf must not be full. */
export function insertIntoLeaf(arena: Arena, leaf: Ref, i: number, score: number, ref: Ref): void {
  const size = leafSize(arena, leaf);
  moveElements(arena, leaf, i, leaf, i + 1, size - i);
  setLeafAt(arena, leaf, i, score, ref);
  setLeafSize(arena, leaf, size + 1);
}

/** Takes `n` elements out from the `i`-th on. */
export function removeFromLeaf(arena: Arena, leaf: Ref, i: number, n: number): void {
  const size = leafSize(arena, leaf);
  moveElements(arena, leaf, i + n, leaf, i, size - i - n);
  setLeafSize(arena, leaf, size - n);
}

/** Copies all elements of `from`, from the `i`-th on, to the end of `to`; `from` stays as it is. */
export function appendToLeaf(arena: Arena, from: Ref, i: number, to: Ref): void {
  const n = leafSize(arena, from) - i;
  const size = leafSize(arena, to);
  moveElements(arena, from, i, to, size, n);
  setLeafSize(arena, to, size + n);
}

/** The first element with a score ≥ `score`; the leaf's size if there is none. */
export function firstNotBelow(arena: Arena, leaf: Ref, score: number): number {
  return lowerBound(
    arena.f64[leaf >>> CHUNK_SHIFT],
    (leaf & GRANULE_MASK) + SCORE_DOUBLE,
    leafSize(arena, leaf),
    score,
  );
}

/** The first element with a score > `score`; the leaf's size if there is none. */
export function firstAbove(arena: Arena, leaf: Ref, score: number): number {
  return upperBound(
    arena.f64[leaf >>> CHUNK_SHIFT],
    (leaf & GRANULE_MASK) + SCORE_DOUBLE,
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

function moveElements(arena: Arena, from: Ref, i: number, to: Ref, j: number, n: number): void {
  if (n <= 0) return;
  const source = arena.i32[from >>> CHUNK_SHIFT];
  const target = arena.i32[to >>> CHUNK_SHIFT];
  const s = (from & GRANULE_MASK) << 1;
  const t = (to & GRANULE_MASK) << 1;
  moveWords(source, s + SCORE_WORD + 2 * i, target, t + SCORE_WORD + 2 * j, 2 * n);
  moveWords(source, s + REF_WORD + i, target, t + REF_WORD + j, n);
}
