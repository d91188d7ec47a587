/**
 * Big blocks: values and keys too large for a page of the arena.
 *
 * DESIGN. Each has a buffer of its own, found by an index that is *not* a
 * `Ref`: the encoding in an entry's header tells which of the two a word is.
 * Memory is returned at once with `transfer(0)`, not by a garbage collection.
 * Capacity may exceed length, so that appending is amortized.
 */

/** What the big blocks add to and take from: the arena's exact figure. */
export interface UsedBytes {
  usedBytes: number;
}

const NO_BYTES = new Uint8Array(0);

/** A table of large buffers, indexed from 1; 0 is never used. */
export class BigBlocks {
  /** Bytes of all big blocks, their spare capacity included. */
  usedBytes = 0;
  /** Bytes of blocks that their owner has freed and a reader still retains: part of `usedBytes`. */
  lingeringBytes = 0;
  readonly #blocks: Uint8Array[] = [NO_BYTES];
  readonly #free: number[] = [];
  /** How many readers retain a block, and which of these blocks their owner has freed. */
  readonly #retained = new Map<number, number>();
  readonly #freed = new Set<number>();
  readonly #owner: UsedBytes;

  constructor(owner: UsedBytes) {
    this.#owner = owner;
  }

  /** A zeroed buffer of `capacity` bytes. @throws RangeError when the system has no memory */
  alloc(capacity: number): number {
    const bytes = new Uint8Array(capacity);
    const index = this.#free.pop() ?? this.#blocks.length;
    this.#blocks[index] = bytes;
    this.#count(capacity);
    return index;
  }

  /** The buffer; valid until `grow` or `free` of this index. */
  bytes(index: number): Uint8Array {
    return this.#blocks[index];
  }

  /** Changes the capacity, keeping what fits and zeroing what is new. */
  resize(index: number, capacity: number): void {
    const old = this.#blocks[index];
    // Counted first: `transfer` detaches the old view, whose length is 0 from then on.
    this.#count(capacity - old.length);
    this.#blocks[index] = new Uint8Array((old.buffer as ArrayBuffer).transfer(capacity));
  }

  /** Returns the memory to the system now; of a retained block, when it is released. */
  free(index: number): void {
    if (this.#retained.has(index)) {
      this.#freed.add(index);
      this.lingeringBytes += this.#blocks[index].length;
    } else this.#return(index);
  }

  /** Keeps a block and its content as they are until `release`, although its owner may free it. Several may retain it. */
  retain(index: number): void {
    this.#retained.set(index, (this.#retained.get(index) ?? 0) + 1);
  }

  /** Whether the block must not be changed in place. */
  isRetained(index: number): boolean {
    return this.#retained.has(index);
  }

  /** Undoes one `retain`; with the last one, a block that was freed meanwhile goes. */
  release(index: number): void {
    const left = this.#retained.get(index)! - 1;
    if (left > 0) return void this.#retained.set(index, left);
    this.#retained.delete(index);
    if (!this.#freed.delete(index)) return;
    this.lingeringBytes -= this.#blocks[index].length;
    this.#return(index);
  }

  #return(index: number): void {
    const bytes = this.#blocks[index];
    this.#count(-bytes.length);
    (bytes.buffer as ArrayBuffer).transfer(0);
    this.#blocks[index] = NO_BYTES;
    this.#free.push(index);
  }

  #count(bytes: number): void {
    this.usedBytes += bytes;
    this.#owner.usedBytes += bytes;
  }
}
