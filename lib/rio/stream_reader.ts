/**
 * Pulls bytes from a blocking source, any number at a time.
 *
 * DESIGN. One buffer is refilled as it empties; `need(n)` makes `n` bytes
 * contiguous at `position`, growing the buffer when one record is larger than
 * it. A length that was read from the stream may be a lie, so beyond
 * {@link AT_ONCE_BYTES} the buffer only doubles as it fills; and it is let go
 * again when the huge record is behind. For those who have nothing else to do
 * than read: the rewrite child, a server that loads.
 */

import { type Crc64 } from "../base/crc64.ts";

/** A buffer of up to this size is made on somebody's word. */
const AT_ONCE_BYTES = 64 * 1024 * 1024;
/** A larger buffer is let go when its content no longer needs it. */
const KEPT_BYTES = 16 * 1024 * 1024;

/** The stream ended where more had to come. */
export class UnexpectedEnd extends Error {
  constructor() {
    super("Unexpected end of the stream");
    this.name = "UnexpectedEnd";
  }
}

/** Reads into `buf[start, end)`; 0 at the end. */
export type BlockingRead = (buf: Uint8Array, start: number, end: number) => number;

/** A blocking reader with look-ahead. */
export class StreamReader {
  buf: Uint8Array;
  position = 0;
  end = 0;
  readonly #read: BlockingRead;
  readonly #capacity: number;
  readonly #crc: Crc64 | null;
  /** Up to where `#crc` took the bytes in. */
  #summed = 0;
  /** How many bytes of the stream lie before `buf`. */
  #base = 0;

  /** @param crc takes in what was read past, if given; see {@link checksum} */
  constructor(read: BlockingRead, capacity: number, crc: Crc64 | null = null) {
    this.#read = read;
    this.#capacity = capacity;
    this.#crc = crc;
    this.buf = new Uint8Array(capacity);
  }

  /** Bytes still to come: unknown, whence Infinity. */
  get left(): number {
    return Infinity;
  }

  /** How many bytes of the stream lie before `position`. */
  get offset(): number {
    return this.#base + this.position;
  }

  /** The checksum of all bytes before `position`, or null if none was asked for. */
  checksum(): Crc64 | null {
    this.#sum();
    return this.#crc;
  }

  /** Makes `n` bytes available at `buf[position]`. @throws {UnexpectedEnd} */
  need(n: number): void {
    while (this.end - this.position < n) {
      if (!this.#fill(n)) throw new UnexpectedEnd();
    }
  }

  /** Makes at least one byte available. @returns false at the end of the stream */
  more(): boolean {
    return this.end > this.position || this.#fill(1);
  }

  /** The next byte. @throws {UnexpectedEnd} */
  byte(): number {
    if (this.position >= this.end) this.need(1);
    return this.buf[this.position++];
  }

  #fill(n: number): boolean {
    this.#sum();
    const kept = this.end - this.position;
    const size = this.#sizeFor(n, kept);
    if (size !== this.buf.length) {
      const other = new Uint8Array(size);
      other.set(this.buf.subarray(this.position, this.end));
      this.#moved(other, kept);
    } else if (this.position > 0 && size - this.position < Math.max(n, size / 2)) {
      this.buf.copyWithin(0, this.position, this.end);
      this.#moved(this.buf, kept);
    }
    const got = this.#read(this.buf, this.end, this.buf.length);
    this.end += got;
    return got > 0;
  }

  /** How large the buffer should be to hold `n` bytes, of which `kept` are there. */
  #sizeFor(n: number, kept: number): number {
    const size = this.buf.length;
    if (n <= size) {
      return size > KEPT_BYTES && Math.max(n, kept) <= this.#capacity / 2 ? this.#capacity : size;
    }
    if (n <= AT_ONCE_BYTES) return Math.max(n, size * 2);
    if (size < AT_ONCE_BYTES) return AT_ONCE_BYTES;
    return kept === size ? Math.min(n, size * 2) : size;
  }

  /** What is unread is now at the front of `buf`. */
  #moved(buf: Uint8Array, kept: number): void {
    this.buf = buf;
    this.#base += this.position;
    this.position = this.#summed = 0;
    this.end = kept;
  }

  #sum(): void {
    if (this.#crc !== null) this.#crc.update(this.buf, this.#summed, this.position - this.#summed);
    this.#summed = this.position;
  }
}
