/**
 * Hashes of byte strings in the request buffer, computed before they are used.
 *
 * DESIGN. Prefetching (lib/keyspace/prefetch.ts) hashes keys and elements of a
 * pipeline some commands ahead; `Entries.hash` finds them here instead of
 * computing them again. They are known by their place in one buffer, in a table
 * that one offset may push another out of: then the hash is computed again. A
 * hash is good from `put` to `forget`, which must be called before the buffer
 * can have other content.
 */

/** A power of two: more bytes than a batch of short requests has, so that their places do not collide. */
const SLOTS = 1024;
const SLOT_MASK = SLOTS - 1;
const NO_BYTES = new Uint8Array(0);

/** Hashes by place; see the module's note. */
export class KnownHashes {
  /** The buffer whose hashes are known; empty when none are. */
  buf: Uint8Array = NO_BYTES;
  readonly hashes: Int32Array = new Int32Array(SLOTS);
  readonly #offsets = new Int32Array(SLOTS);
  readonly #lengths = new Int32Array(SLOTS);
  /** In which generation a slot was filled; those of others count as empty. */
  readonly #filled = new Int32Array(SLOTS);
  #generation = 1;

  /** Notes the hash of `buf[off, off + len)`; until `forget` all must be of the same buffer. */
  put(buf: Uint8Array, off: number, len: number, hash: number): void {
    this.buf = buf;
    const slot = off & SLOT_MASK;
    this.#offsets[slot] = off;
    this.#lengths[slot] = len;
    this.#filled[slot] = this.#generation;
    this.hashes[slot] = hash;
  }

  /** The slot of {@link hashes} that has the hash of `buf[off, off + len)`, or -1. */
  find(off: number, len: number): number {
    const slot = off & SLOT_MASK;
    const known = this.#filled[slot] === this.#generation && this.#offsets[slot] === off &&
      this.#lengths[slot] === len;
    return known ? slot : -1;
  }

  /** Forgets all hashes. */
  forget(): void {
    this.buf = NO_BYTES;
    this.#generation = (this.#generation + 1) | 0;
    if (this.#generation !== 0) return;
    // Once in 2^32 times: what was filled long ago must not look new.
    this.#filled.fill(0);
    this.#generation = 1;
  }
}
