/**
 * A file as the AOF checker reads it: lines of limited length, and payloads
 * that are passed over.
 *
 * DESIGN. Over {@link ChunkReader}, whose buffer keeps its size here: no more
 * than a line or {@link WINDOW_BYTES} are ever wanted at once, so that a file
 * with payloads or lies of any size is checked in constant memory.
 */

import { type ReadFile } from "../platform/types.ts";
import { ChunkReader } from "./chunk_reader.ts";

/** What `ensure` can be asked for at most. */
export const WINDOW_BYTES = 64 * 1024;

const LF = 10;

/** The reader. Everything that reads throws {@link IoError}. */
export class CheckInput {
  /** The window: what was made available is `chunk.buf` from `chunk.pos` on. */
  readonly chunk: ChunkReader;
  /** Where the last line is in `chunk.buf`; until the next call. */
  lineStart = 0;
  /** …and its end, behind its LF if it has one. */
  lineEnd = 0;

  constructor(file: ReadFile) {
    this.chunk = new ChunkReader(file);
  }

  /** Offset in the file of what is read next. */
  get offset(): number {
    return this.chunk.offset;
  }

  /** Makes up to `n` bytes available, at most WINDOW_BYTES. @returns how many of them there are */
  ensure(n: number): number {
    const { chunk } = this;
    while (chunk.end - chunk.pos < n) {
      if (!chunk.fill(chunk.pos, 0)) return chunk.end - chunk.pos;
    }
    return n;
  }

  /** The next byte, which stays to be read; -1 at the end. */
  peek(): number {
    return this.ensure(1) === 0 ? -1 : this.chunk.buf[this.chunk.pos];
  }

  /**
   * Reads up to and including the next LF, but at most `max` bytes, into `lineStart` and `lineEnd`.
   * @returns false at the end of the file
   */
  line(max: number): boolean {
    const { chunk } = this;
    let searched = 0;
    for (;;) {
      const { buf, pos } = chunk;
      const limit = Math.min(chunk.end, pos + max);
      let at = pos + searched;
      while (at < limit && buf[at] !== LF) at++;
      if (at < limit) return this.#lineTo(at + 1);
      if (limit === pos + max) return this.#lineTo(limit);
      searched = limit - pos;
      if (!chunk.fill(pos, 0)) return this.#lineTo(chunk.end);
    }
  }

  #lineTo(end: number): boolean {
    this.lineStart = this.chunk.pos;
    this.lineEnd = this.chunk.pos = end;
    return end > this.lineStart;
  }

  /** Passes over `n` bytes. @returns how many there were, `n` unless the file ends */
  skip(n: number): number {
    const { chunk } = this;
    let left = n;
    for (;;) {
      const step = Math.min(left, chunk.end - chunk.pos);
      chunk.pos += step;
      left -= step;
      if (left === 0 || !chunk.fill(chunk.pos, 0)) return n - left;
    }
  }
}
