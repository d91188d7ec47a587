/**
 * Prefetching: the memory of keys that are about to be used, fetched together.
 *
 * DESIGN. A look-up in a large data set waits for two cache misses, the dict's
 * segment and the entry, one after the other. A pipeline says in advance which
 * keys come next: their hashes are computed, and their segments touched in one
 * loop and their entries in another, so that the processor overlaps the misses
 * of up to {@link PREFETCH_MAX} keys. It overlaps as many as fit into its
 * window of instructions: the loops that touch do nothing else. Nothing is
 * promised by it: every command still looks its key up, but finds the hash
 * here and the memory in the cache.
 *
 * The hashes belong to byte positions of one buffer: `clear` must be called
 * before that buffer can have other content.
 */

import { CHUNK_SHIFT, GRANULE_MASK } from "../arena/layout.ts";
import { type Entries } from "../objects/entry.ts";
import { type Database } from "./database.ts";

/** Most keys that are fetched together. */
export const PREFETCH_MAX = 16;
/** Keys longer than this are hashed when they are used. */
const KEY_BYTES_MAX = 256;

/** Granules between the two touches of an entry: half of the small ones reach into a second cache line. */
const NEXT_LINE = 6;

const NO_BYTES = new Uint8Array(0);

/** Hashes known in advance; see the module's note. */
export class Prefetch {
  readonly #entries: Entries;
  readonly #offsets = new Int32Array(PREFETCH_MAX);
  readonly #lengths = new Int32Array(PREFETCH_MAX);
  readonly #hashes = new Int32Array(PREFETCH_MAX);
  readonly #refs = new Int32Array(PREFETCH_MAX);
  #buf: Uint8Array = NO_BYTES;
  #count = 0;
  /** The key that is expected next. */
  #next = 0;
  /** What was touched: kept, so that touching is not optimized away. */
  #touched = 0;

  constructor(entries: Entries) {
    this.#entries = entries;
  }

  /** Forgets all hashes. */
  clear(): void {
    this.#count = this.#next = 0;
    this.#buf = NO_BYTES;
  }

  /** Announces the key `buf[off, off + len)`; all keys until `clear` are of the same buffer, in order of use. */
  add(buf: Uint8Array, off: number, len: number): void {
    if (this.#count === PREFETCH_MAX || len > KEY_BYTES_MAX) return;
    this.#buf = buf;
    this.#offsets[this.#count] = off;
    this.#lengths[this.#count] = len;
    this.#hashes[this.#count++] = this.#entries.hash(buf, off, len);
  }

  /** Touches the memory of all announced keys. */
  fetch(db: Database): void {
    const { dict } = db;
    if (dict.size === 0) return;
    const hashes = this.#hashes;
    const count = this.#count;
    let touched = 0;
    for (let i = 0; i < count; i++) touched ^= dict.touch(hashes[i]);
    const refs = this.#refs;
    for (let i = 0; i < count; i++) refs[i] = dict.candidate(hashes[i]);
    const { i32 } = this.#entries.arena;
    for (let i = 0; i < count; i++) {
      const ref = refs[i];
      const words = i32[ref >>> CHUNK_SHIFT];
      touched ^= words[(ref & GRANULE_MASK) << 1] ^ words[((ref + NEXT_LINE) & GRANULE_MASK) << 1];
    }
    this.#touched ^= touched;
  }

  /** The hash of a key: the one known in advance, or computed now. */
  hash(buf: Uint8Array, off: number, len: number): number {
    const next = this.#next;
    if (next < this.#count && buf === this.#buf) {
      if (off === this.#offsets[next] && len === this.#lengths[next]) return this.#hashes[next];
      // A command that used no key, or the announced one twice, leaves the expected key where it is.
      if (
        next + 1 < this.#count && off === this.#offsets[next + 1] && len === this.#lengths[next + 1]
      ) {
        this.#next = next + 1;
        return this.#hashes[next + 1];
      }
    }
    return this.#entries.hash(buf, off, len);
  }
}
