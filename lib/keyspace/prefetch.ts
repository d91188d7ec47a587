/**
 * Prefetching: the memory of keys and elements that are about to be used,
 * fetched together.
 *
 * DESIGN. A look-up in a large data set waits for two cache misses, the dict's
 * segment and the entry, one after the other; one in a large hash, set or
 * sorted set waits for its trie's segment and the element. A pipeline says in
 * advance what comes next: hashes are computed, and all segments touched in one
 * loop and all entries in another, so that the misses of up to
 * {@link PREFETCH_MAX} commands overlap (lib/arena/touch.ts). Nothing is
 * promised by it: every command still looks up what it needs, but finds the
 * hash (lib/objects/known_hashes.ts) and the memory in the cache.
 *
 * What a command will ask a collection for is guessed from the place of the
 * argument alone: a wrong guess costs a hash and a cache line.
 *
 * The hashes belong to byte positions of one buffer: `clear` must be called
 * before that buffer can have other content.
 */

import { NIL, type Ref } from "../arena/layout.ts";
import { touch } from "../arena/touch.ts";
import { segmentOf } from "../dict/hash_trie.ts";
import { candidateIn, touchSlot } from "../dict/segment.ts";
import { type Entries, TYPE_LIST, TYPE_STRING, TYPE_ZSET } from "../objects/entry.ts";
import { type Roots } from "../objects/root.ts";
import { type Database } from "./database.ts";

/** Most commands whose memory is fetched together. */
export const PREFETCH_MAX = 16;
/** Keys and elements longer than this are hashed when they are used. */
const HASHED_BYTES_MAX = 256;

/** Touches memory in advance; see the module's note. */
export class Prefetch {
  readonly #entries: Entries;
  readonly #roots: Roots;
  /** Of each command its arguments' places in the buffer, and how many there are. */
  readonly #offsets: Int32Array[] = [];
  readonly #lengths: Int32Array[] = [];
  readonly #argc = new Int32Array(PREFETCH_MAX);
  readonly #hashes = new Int32Array(PREFETCH_MAX);
  /** The entries of the keys, then elements. */
  readonly #refs = new Int32Array(PREFETCH_MAX);
  readonly #segments = new Int32Array(PREFETCH_MAX);
  #count = 0;
  /** What was touched: kept, so that touching is not optimized away. */
  #touched = 0;

  constructor(entries: Entries, roots: Roots) {
    this.#entries = entries;
    this.#roots = roots;
  }

  /** Forgets all hashes. */
  clear(): void {
    this.#count = 0;
    this.#entries.known.forget();
  }

  /**
   * Announces a command with its key in argument 1. All until `clear` have
   * their arguments in the same buffer; the arrays are kept as long.
   */
  add(buf: Uint8Array, off: Int32Array, len: Int32Array, argc: number): void {
    const count = this.#count;
    if (count === PREFETCH_MAX || len[1] > HASHED_BYTES_MAX) return;
    this.#offsets[count] = off;
    this.#lengths[count] = len;
    this.#argc[count] = argc;
    this.#hashes[count] = this.#hash(buf, off[1], len[1]);
    this.#count = count + 1;
  }

  /** Touches the memory of all announced commands, whose arguments are in `buf`. */
  fetch(db: Database, buf: Uint8Array): void {
    const { dict } = db;
    if (dict.size === 0) return;
    const hashes = this.#hashes;
    const count = this.#count;
    let touched = 0;
    for (let i = 0; i < count; i++) touched ^= dict.touch(hashes[i]);
    const refs = this.#refs;
    for (let i = 0; i < count; i++) refs[i] = dict.candidate(hashes[i]);
    const { i32 } = this.#entries.arena;
    for (let i = 0; i < count; i++) touched ^= touch(i32, refs[i]);
    this.#touched ^= touched;
    const elements = this.#findTries(buf, count);
    if (elements > 1) this.#fetchElements(elements);
  }

  /**
   * Of the commands whose key is a large hash, set or sorted set: hashes the
   * element and finds the segment that it is in, or would be.
   * @returns how many there are
   */
  #findTries(buf: Uint8Array, count: number): number {
    const entries = this.#entries;
    let n = 0;
    // Most pipelines use one key, so what it is, is looked at once.
    let last: Ref = NIL;
    let type = 0;
    let trie = 0;
    for (let i = 0; i < count; i++) {
      const ref = this.#refs[i];
      const argc = this.#argc[i];
      if (ref === NIL || argc === 2) continue;
      if (ref !== last) {
        last = ref;
        type = entries.type(ref);
        const hasTrie = type !== TYPE_STRING && type !== TYPE_LIST && entries.isLarge(ref);
        trie = hasTrie ? this.#roots.trie(entries.word2(ref)) : 0;
      }
      if (trie === 0) continue;
      // ZADD and ZINCRBY have a score before the member.
      const element = type === TYPE_ZSET && argc > 3 ? 3 : 2;
      const len = this.#lengths[i][element];
      if (len > HASHED_BYTES_MAX) continue;
      const hash = this.#hash(buf, this.#offsets[i][element], len);
      const segment = segmentOf(entries.arena, trie, hash);
      if (segment === NIL) continue;
      // Not ahead of `i`: what was noted there has been read.
      this.#hashes[n] = hash;
      this.#segments[n++] = segment;
    }
    return n;
  }

  #fetchElements(count: number): void {
    const { i32 } = this.#entries.arena;
    const hashes = this.#hashes;
    const segments = this.#segments;
    const refs = this.#refs;
    let touched = 0;
    for (let i = 0; i < count; i++) touched ^= touchSlot(i32, segments[i], hashes[i]);
    for (let i = 0; i < count; i++) refs[i] = candidateIn(i32, segments[i], hashes[i]);
    for (let i = 0; i < count; i++) touched ^= touch(i32, refs[i]);
    this.#touched ^= touched;
  }

  /** Hashes a part of the buffer, once for the command that will use it too. */
  #hash(buf: Uint8Array, off: number, len: number): number {
    const entries = this.#entries;
    const hash = entries.hash(buf, off, len);
    entries.known.put(buf, off, len, hash);
    return hash;
  }
}
