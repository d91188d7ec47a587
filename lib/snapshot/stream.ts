/**
 * What a snapshot has serialized and nobody has taken yet.
 *
 * DESIGN. Records gather in a buffer. A big value is not copied into it: its
 * block is retained (lib/arena/big_blocks.ts) and handed out in slices, in its
 * place among the records, so that a value of 512 MB neither stalls the loop
 * nor doubles in memory. Whoever overwrites or deletes the value meanwhile
 * leaves the block to us; whoever changes it in place gets a copy.
 */

import { type BigBlocks } from "../arena/big_blocks.ts";
import { Fifo } from "../base/fifo.ts";
import { RdbWriter } from "../rdb/writer.ts";

/** Bytes are handed on in pieces of about this much. */
export const SNAPSHOT_CHUNK_BYTES = 256 * 1024;
const BUFFER_BYTES = SNAPSHOT_CHUNK_BYTES + 4096;

/** A big value in the queue. */
interface BigPart {
  readonly index: number;
  readonly length: number;
}

/** A queue of serialized bytes; see the module's note. */
export class SnapshotStream {
  /** Where records are written: the end of the queue. */
  readonly writer = new RdbWriter(BUFFER_BYTES);
  readonly #big: BigBlocks;
  /** What comes before the writer's bytes, oldest first. */
  readonly #parts = new Fifo<Uint8Array | BigPart>();
  #partsLength = 0;
  /** How much of the first part, if it is big, was handed out. */
  #taken = 0;
  /** A block whose last slice was handed out: released at the next `take`. */
  #lent = 0;

  constructor(big: BigBlocks) {
    this.#big = big;
  }

  /** Bytes that wait. */
  get length(): number {
    return this.#partsLength + this.writer.length;
  }

  /** Appends the first `length` bytes of a big block as a string. */
  bigString(index: number, length: number): void {
    this.writer.lengthOf(length);
    this.#seal();
    this.#big.retain(index);
    this.#parts.push({ index, length });
    this.#partsLength += length;
  }

  /** Called behind each record: while nobody takes anything, the writer's buffer shall not grow and be copied. */
  endRecord(): void {
    if (this.writer.length >= SNAPSHOT_CHUNK_BYTES) this.#seal();
  }

  /** Appends all that waits in `other`, which is empty then. */
  append(other: SnapshotStream): void {
    if (other.length === 0) return;
    this.#seal();
    other.#seal();
    other.#parts.forEach((part) => this.#parts.push(part));
    this.#partsLength += other.#partsLength;
    other.#parts.clear();
    other.#partsLength = 0;
  }

  /**
   * The next bytes to be sent, undefined when none wait. They must have been
   * used when `take` is called again, or `clear`.
   */
  take(): Uint8Array | undefined {
    this.#releaseLent();
    const { first } = this.#parts;
    if (first === undefined) return this.writer.length > 0 ? this.writer.take(BUFFER_BYTES) : undefined;
    if (first instanceof Uint8Array) {
      this.#parts.shift();
      this.#partsLength -= first.length;
      return first;
    }
    const end = Math.min(first.length, this.#taken + SNAPSHOT_CHUNK_BYTES);
    const slice = this.#big.bytes(first.index).subarray(this.#taken, end);
    this.#partsLength -= slice.length;
    this.#taken = end;
    if (end === first.length) {
      this.#parts.shift();
      this.#taken = 0;
      this.#lent = first.index;
    }
    return slice;
  }

  /** Drops everything and lets all blocks go. */
  clear(): void {
    this.#releaseLent();
    this.#parts.forEach((part) => {
      if (!(part instanceof Uint8Array)) this.#big.release(part.index);
    });
    this.#parts.clear();
    this.#partsLength = 0;
    this.writer.length = 0;
  }

  /** Makes a part of what stands in the writer. */
  #seal(): void {
    if (this.writer.length === 0) return;
    const bytes = this.writer.take(BUFFER_BYTES);
    this.#parts.push(bytes);
    this.#partsLength += bytes.length;
  }

  #releaseLent(): void {
    if (this.#lent === 0) return;
    this.#big.release(this.#lent);
    this.#lent = 0;
  }
}
