/**
 * A file read front to back through one buffer.
 *
 * DESIGN. Readers parse in place, `buf[pos, end)`, and ask for more when what
 * they parse is incomplete: what they keep moves to the front, more is read
 * behind it. The buffer doubles when what is kept fills it, so that a value of
 * any size is copied a bounded number of times, and shrinks again afterwards.
 */

import { type IoError, type ReadFile } from "../platform/types.ts";

const CHUNK_BYTES = 1024 * 1024;
/** A larger buffer is let go when its content no longer needs it. */
const KEPT_BYTES = 16 * 1024 * 1024;
/** One read is at most this long, so that nobody waits for a huge value to be read in one go. */
const READ_BYTES = 4 * 1024 * 1024;

/** The window over the file; see the module's note. */
export class ChunkReader {
  buf: Uint8Array = new Uint8Array(CHUNK_BYTES);
  /** Where the reader stands. */
  pos = 0;
  /** Bytes of `buf` that are of the file. */
  end = 0;
  readonly #file: ReadFile;
  #base = 0;

  constructor(file: ReadFile) {
    this.#file = file;
  }

  /** Offset of `pos` in the file. */
  get offset(): number {
    return this.#base + this.pos;
  }

  /** Offset up to which the file was read. */
  get readOffset(): number {
    return this.#base + this.end;
  }

  /**
   * Makes `buf[keep, end)` the front of the buffer, which may be another one
   * afterwards, and reads more behind it. Positions move down by `keep` in any case.
   * @param needed bytes from `keep` on that are surely needed; 0 when unknown
   * @returns false at the end of the file
   * @throws {IoError}
   */
  fill(keep: number, needed: number): boolean {
    const kept = this.end - keep;
    let size = this.buf.length;
    if (needed > size) size = Math.max(needed, size * 2);
    else if (kept === size) size *= 2;
    else if (size > KEPT_BYTES && Math.max(kept, needed) <= CHUNK_BYTES / 2) size = CHUNK_BYTES;
    if (size !== this.buf.length) {
      const other = new Uint8Array(size);
      other.set(this.buf.subarray(keep, this.end));
      this.buf = other;
    } else if (keep > 0) {
      this.buf.copyWithin(0, keep, this.end);
    }
    this.#base += keep;
    this.pos -= keep;
    this.end = kept;
    const taken = this.#read(kept, Math.min(size, kept + READ_BYTES));
    this.end += taken;
    return taken > 0;
  }

  /**
   * Moves bytes from `pos` on to `out[start, end)`, for a reader with a buffer of its own. What it does not use of
   * them it gives back by setting `pos` down, before anything else is read.
   * @returns how many; 0 at the end of the file
   * @throws {IoError}
   */
  take(out: Uint8Array, start: number, end: number): number {
    if (this.pos === this.end && !this.fill(this.end, 0)) return 0;
    const n = Math.min(end - start, this.end - this.pos);
    out.set(this.buf.subarray(this.pos, this.pos + n), start);
    this.pos += n;
    return n;
  }

  #read(start: number, end: number): number {
    for (;;) {
      try {
        return this.#file.read(this.buf, start, end);
      } catch (error) {
        if ((error as IoError).code !== "EINTR") throw error;
      }
    }
  }
}
