/**
 * Where RDB bytes come from: a stream, or a range of bytes that is all there is.
 *
 * DESIGN. Readers look at `buf` from `position` on after asking for as many
 * bytes as they want to see at once, and move `position` themselves. Asking may
 * replace `buf` and move what is in it, so offsets are kept relative to
 * `position`. `StreamReader` (lib/rio/stream_reader.ts) is one source,
 * {@link ByteRange} the other.
 */

import { CorruptRdb } from "./errors.ts";

const NO_BYTES = new Uint8Array(0);

/** Bytes to be read in order; see the module's note. */
export interface RdbSource {
  buf: Uint8Array;
  position: number;
  /** Bytes that are still to come at most; Infinity if nobody knows. */
  readonly left: number;
  /** Makes `n` bytes available at `buf[position]`. Throws if there are not that many. */
  need(n: number): void;
  /** The next byte, moving on. Throws at the end. */
  byte(): number;
}

/** A range of a buffer as a source; reading past its end is {@link CorruptRdb}. Reusable. */
export class ByteRange implements RdbSource {
  buf: Uint8Array = NO_BYTES;
  position = 0;
  /** Offset after the last byte. */
  end = 0;

  /** Starts over with `buf[off, off + len)`. */
  set(buf: Uint8Array, off: number, len: number): this {
    this.buf = buf;
    this.position = off;
    this.end = off + len;
    return this;
  }

  get left(): number {
    return this.end - this.position;
  }

  /** @throws {CorruptRdb} */
  need(n: number): void {
    if (n > this.end - this.position) {
      throw new CorruptRdb(`${n} bytes expected where ${this.end - this.position} are left`);
    }
  }

  /** @throws {CorruptRdb} */
  byte(): number {
    if (this.position >= this.end) this.need(1);
    return this.buf[this.position++];
  }
}
