/**
 * The AOF buffer: bytes that were logged and not yet written to the file.
 *
 * DESIGN. One array that doubles, so that a command costs a copy and no
 * allocation; it is kept between flushes unless a burst has made it large.
 */

import { copyBytes } from "../base/ascii.ts";

const INITIAL_BYTES = 64 * 1024;
/** An array larger than this is let go when it was written… */
const KEPT_BYTES = 4 * 1024 * 1024;
/** …and grows by a half, not twofold, from here on. */
const DOUBLING_BYTES = 64 * 1024 * 1024;

/** Bytes `[0, length)` of `bytes`; see the module's note. */
export class AofBuffer {
  bytes: Uint8Array = new Uint8Array(INITIAL_BYTES);
  length = 0;

  /** Appends `buf[start, end)`. */
  append(buf: Uint8Array, start: number, end: number): void {
    const len = end - start;
    if (this.length + len > this.bytes.length) this.#grow(len);
    copyBytes(buf, start, this.bytes, this.length, len);
    this.length += len;
  }

  /** Drops the first `count` bytes. */
  dropFront(count: number): void {
    this.bytes.copyWithin(0, count, this.length);
    this.length -= count;
  }

  /** Forgets everything. */
  clear(): void {
    this.length = 0;
    if (this.bytes.length > KEPT_BYTES) this.bytes = new Uint8Array(INITIAL_BYTES);
  }

  #grow(more: number): void {
    const old = this.bytes.length;
    const larger = old < DOUBLING_BYTES ? old * 2 : Math.ceil(old * 1.5);
    const grown = new Uint8Array(Math.max(larger, this.length + more));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }
}
