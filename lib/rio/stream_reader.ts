/**
 * Pulls bytes from a blocking source, any number at a time.
 *
 * DESIGN. One buffer is refilled as it empties; `need(n)` makes `n` bytes
 * contiguous at `position`, growing the buffer when one record is larger than
 * it. For processes that have nothing else to do than read: the rewrite child.
 */

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

  constructor(read: BlockingRead, capacity: number) {
    this.#read = read;
    this.buf = new Uint8Array(capacity);
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
    if (this.position > 0 && this.buf.length - this.position < Math.max(n, this.buf.length / 2)) {
      this.buf.copyWithin(0, this.position, this.end);
      this.end -= this.position;
      this.position = 0;
    }
    if (n > this.buf.length) {
      const grown = new Uint8Array(Math.max(n, this.buf.length * 2));
      grown.set(this.buf.subarray(0, this.end));
      this.buf = grown;
    }
    const got = this.#read(this.buf, this.end, this.buf.length);
    this.end += got;
    return got > 0;
  }
}
