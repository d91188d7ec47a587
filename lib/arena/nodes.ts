/**
 * Nodes: the blocks that large collections are made of, shared with a frozen
 * past where there is one.
 *
 * ```
 *   word 2 of every node: the epoch in which it was made or last copied
 * ```
 *
 * DESIGN. A snapshot freezes a large collection in O(1): it keeps a copy of the
 * root block, and from then on both roots lead to the same nodes. Whoever
 * changes the collection asks {@link Nodes.writable} for every node on the
 * path: a node of an older epoch is copied and the copy changed, the original
 * is *orphaned*, that is, left to the frozen root. {@link Nodes.free},
 * `freeBlock` and `freeBig` orphan too: while a frozen root exists, nothing
 * that it may still read goes back to the arena. Elements have no epoch: while
 * `frozen` is set they are never changed in place, and always orphaned.
 *
 * `frozen` is set by the keyspace while a collection is open for change
 * (lib/keyspace/collections.ts); null, the usual case, costs one comparison.
 */

import { type Arena } from "./arena.ts";
import * as layout from "./layout.ts";
import { type Ref } from "./layout.ts";

const { CHUNK_SHIFT, GRANULE_MASK } = layout;

/** The word of a node that holds its epoch. */
export const NODE_EPOCH_WORD = 2;

/** Takes blocks that a live collection has dropped and a frozen root still reads. */
export interface Orphanage {
  /** Takes a block. */
  block(ref: Ref): void;
  /** Takes a big block. */
  big(index: number): void;
}

/** Whoever knows the current epoch (`Entries`). */
export interface EpochSource {
  readonly epoch: number;
}

/** Allocates, copies and frees nodes; see the module's note. */
export class Nodes {
  readonly arena: Arena;
  /** Where dropped blocks go while the open collection shares nodes with a frozen root; null otherwise. */
  frozen: Orphanage | null = null;
  /** Bytes that were orphaned and not yet freed: part of the arena's used bytes, but of no collection. */
  orphanedBytes = 0;
  readonly #epochs: EpochSource;

  constructor(arena: Arena, epochs: EpochSource) {
    this.arena = arena;
    this.#epochs = epochs;
  }

  /** Bytes that belong to live data, not to the past that a snapshot keeps: what to take differences of. */
  get liveBytes(): number {
    return this.arena.usedBytes - this.orphanedBytes - this.arena.big.lingeringBytes;
  }

  /** A new node of at least `bytes` bytes with the current epoch, its other content undefined. */
  alloc(bytes: number): Ref {
    const ref = this.arena.alloc(bytes);
    this.arena.i32[ref >>> CHUNK_SHIFT][((ref & GRANULE_MASK) << 1) + NODE_EPOCH_WORD] = this.#epochs.epoch;
    return ref;
  }

  /** The node itself if it may be changed in place, else a copy that takes its place; whoever links to it must link to the result. */
  writable(node: Ref): Ref {
    if (this.frozen === null || !this.isShared(node)) return node;
    const arena = this.arena;
    const bytes = arena.sizeOf(node);
    const copy = this.alloc(bytes);
    const words = arena.i32[node >>> CHUNK_SHIFT];
    const from = (node & GRANULE_MASK) << 1;
    const into = arena.i32[copy >>> CHUNK_SHIFT];
    const to = (copy & GRANULE_MASK) << 1;
    const epoch = into[to + NODE_EPOCH_WORD];
    into.set(words.subarray(from, from + (bytes >>> 2)), to);
    into[to + NODE_EPOCH_WORD] = epoch;
    this.freeBlock(node);
    return copy;
  }

  /** Whether a frozen root may lead to this node too, so that it must not change. Only asked while `frozen` is set. */
  isShared(node: Ref): boolean {
    const words = this.arena.i32[node >>> CHUNK_SHIFT];
    return this.frozen !== null &&
      words[((node & GRANULE_MASK) << 1) + NODE_EPOCH_WORD] !== this.#epochs.epoch;
  }

  /** Gives a node back, or leaves it to the frozen root that shares it. */
  free(node: Ref): void {
    // A node of the current epoch was made after the freeze: nobody else knows it.
    if (this.frozen !== null && this.isShared(node)) this.freeBlock(node);
    else this.arena.free(node);
  }

  /** Gives a block without an epoch back (an element); while anything is frozen it is orphaned. */
  freeBlock(ref: Ref): void {
    if (this.frozen === null) return this.arena.free(ref);
    this.orphanedBytes += this.arena.sizeOf(ref);
    this.frozen.block(ref);
  }

  /** Gives a big block back; while anything is frozen it is orphaned. */
  freeBig(index: number): void {
    const big = this.arena.big;
    if (this.frozen === null) return big.free(index);
    this.orphanedBytes += big.bytes(index).length;
    this.frozen.big(index);
  }
}
