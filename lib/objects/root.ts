/**
 * The root block of a large collection.
 *
 * ```
 *   words  0 –        1 frozen id   2 epoch (unused)   3 count
 *          4,5 bytes (double)       6 trie             7 tree
 * ```
 *
 * DESIGN. Word 2 of the collection's entry is the ref of this block while the
 * entry has ENC_LARGE; else it is the one block of the packed form. `trie` is
 * the top of the hash trie (hash, set, zset), `tree` that of the counted tree
 * (list, zset). A snapshot freezes the collection by copying these 32 bytes
 * (lib/keyspace/frozen.ts). The root block itself is never shared.
 */

import { type Arena } from "../arena/arena.ts";
import * as layout from "../arena/layout.ts";
import { type Ref } from "../arena/layout.ts";
import { type Nodes } from "../arena/nodes.ts";

const { CHUNK_SHIFT, GRANULE_MASK, NIL } = layout;

export const ROOT_BYTES = 32;
const FROZEN_WORD = 1;
const COUNT_WORD = 3;
/** Where `Entries.bytesOf` finds a large collection's bytes. */
export const BYTES_DOUBLE = 2;
const TRIE_WORD = 6;
const TREE_WORD = 7;

/** Reads and writes root blocks. */
export class Roots {
  readonly #nodes: Nodes;
  readonly #arena: Arena;

  constructor(nodes: Nodes) {
    this.#nodes = nodes;
    this.#arena = nodes.arena;
  }

  /** A root without elements. */
  create(): Ref {
    const root = this.#nodes.alloc(ROOT_BYTES);
    this.setFrozenId(root, 0);
    this.setCount(root, 0);
    this.setBytes(root, 0);
    this.setTrie(root, NIL);
    this.setTree(root, NIL);
    return root;
  }

  /** Another root block that leads to the same nodes. */
  copy(root: Ref): Ref {
    const copy = this.#nodes.alloc(ROOT_BYTES);
    this.setCount(copy, this.count(root));
    this.setBytes(copy, this.bytes(root));
    this.setTrie(copy, this.trie(root));
    this.setTree(copy, this.tree(root));
    this.setFrozenId(copy, 0);
    return copy;
  }

  /** Frees the block alone, not what it leads to. */
  free(root: Ref): void {
    this.#arena.free(root);
  }

  /** The number of elements: items, fields, members. */
  count(root: Ref): number {
    return this.#word(root, COUNT_WORD);
  }

  setCount(root: Ref, count: number): void {
    this.#setWord(root, COUNT_WORD, count);
  }

  /** Bytes of all blocks of the collection, this one included. The keyspace keeps it. */
  bytes(root: Ref): number {
    return this.#arena.double(root, BYTES_DOUBLE);
  }

  setBytes(root: Ref, bytes: number): void {
    this.#arena.setDouble(root, BYTES_DOUBLE, bytes);
  }

  /** The top of the hash trie, an int32 as lib/dict/hash_trie.ts makes it. */
  trie(root: Ref): number {
    return this.#word(root, TRIE_WORD);
  }

  setTrie(root: Ref, top: number): void {
    this.#setWord(root, TRIE_WORD, top);
  }

  /** The top of the counted tree. */
  tree(root: Ref): Ref {
    return this.#word(root, TREE_WORD);
  }

  setTree(root: Ref, top: Ref): void {
    this.#setWord(root, TREE_WORD, top);
  }

  /** Which frozen root shares the nodes; 0, or the id of one that is gone, for none. */
  frozenId(root: Ref): number {
    return this.#word(root, FROZEN_WORD);
  }

  setFrozenId(root: Ref, id: number): void {
    this.#setWord(root, FROZEN_WORD, id);
  }

  #word(root: Ref, index: number): number {
    return this.#arena.i32[root >>> CHUNK_SHIFT][((root & GRANULE_MASK) << 1) + index];
  }

  #setWord(root: Ref, index: number, value: number): void {
    this.#arena.i32[root >>> CHUNK_SHIFT][((root & GRANULE_MASK) << 1) + index] = value;
  }
}
