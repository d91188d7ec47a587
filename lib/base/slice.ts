/**
 * A reused view of bytes: buffer, offset and length.
 *
 * DESIGN. A `Slice` is a mutable register, not a value: whoever needs bytes
 * passes one in and has it filled, so that looking at bytes makes no object.
 * A Slice over arena memory is valid until the next `free` of the arena.
 */

const NO_BYTES = new Uint8Array(0);

/** A reused (buffer, offset, length) triple; see the module's note on lifetimes. */
export class Slice {
  buf: Uint8Array = NO_BYTES;
  off = 0;
  len = 0;

  /** Points this slice at `buf[off, off + len)`. */
  set(buf: Uint8Array, off: number, len: number): void {
    this.buf = buf;
    this.off = off;
    this.len = len;
  }

  /** A fresh copy of the bytes. */
  copy(): Uint8Array {
    return this.buf.slice(this.off, this.off + this.len);
  }
}
