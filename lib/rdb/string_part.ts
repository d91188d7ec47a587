/**
 * One string of a record, in any of the forms RDB has for it.
 *
 * DESIGN. In two steps, as lengths.ts explains: `look` makes the string's bytes
 * available and notes where they are, `resolve` points a slice at them once the
 * whole record is there. A plain string stays where it is in the source;
 * integers become digits and compressed strings are expanded in a buffer of
 * this object, so each of the strings that are wanted together needs its own.
 */

import { writeInt } from "../base/ascii.ts";
import { type Slice } from "../base/slice.ts";
import { CorruptRdb } from "./errors.ts";
import { RDB_ENC_INT16, RDB_ENC_INT32, RDB_ENC_INT8, RDB_ENC_LZF, RDB_STRING_MAX } from "./format.ts";
import { i16le, i32le, INT64_DIGITS_MAX } from "./int64.ts";
import { length, lengthAt, lengthOrEncodingAt } from "./lengths.ts";
import { lzfExpand, lzfMeasure } from "./lzf.ts";
import { type RdbSource } from "./source.ts";

/** A larger buffer is let go by {@link StringPart.shrink}. */
const KEPT_BYTES = 1 << 20;
const PLAIN = 0;

/** A string that is being read; see the module's note. */
export class StringPart {
  /** Digits of integers: also for others who have to print one into this string. */
  readonly digits: Uint8Array = new Uint8Array(INT64_DIGITS_MAX + 4);
  #expanded: Uint8Array = this.digits;
  /** Encoding byte, or {@link PLAIN}. */
  #encoding = PLAIN;
  /** Where the bytes are, relative to the source's position, and how many. */
  #ahead = 0;
  #len = 0;
  /** Length after expansion. */
  #rawLen = 0;

  /**
   * Makes the string that begins `ahead` bytes from the source's position available.
   *
   * @returns the offset after it, relative to the position
   * @throws {CorruptRdb}
   */
  look(source: RdbSource, ahead: number): number {
    lengthOrEncodingAt(source, ahead);
    this.#encoding = PLAIN;
    if (length.isEncoding) this.#lookEncoded(source);
    else this.#len = length.value;
    this.#ahead = length.after;
    if (this.#len > RDB_STRING_MAX) throw new CorruptRdb(`string of ${this.#len} bytes`);
    const after = length.after + this.#len;
    source.need(after);
    return after;
  }

  /**
   * Points `out` at the string. The source's position must be where it was at `look`.
   * `out` is valid until the source is asked for more and until the next `resolve`.
   *
   * @throws {CorruptRdb}
   */
  resolve(source: RdbSource, out: Slice): void {
    const at = source.position + this.#ahead;
    const encoding = this.#encoding;
    if (encoding === PLAIN) return out.set(source.buf, at, this.#len);
    if (encoding === RDB_ENC_LZF) return this.#expand(source.buf, at, out);
    const { buf } = source;
    let value: number;
    if (encoding === RDB_ENC_INT8) value = (buf[at] << 24) >> 24;
    else if (encoding === RDB_ENC_INT16) value = i16le(buf, at);
    else value = i32le(buf, at);
    out.set(this.digits, 0, writeInt(this.digits, 0, value));
  }

  /** Lets a large buffer go: slices over it keep it as long as they want. */
  shrink(): void {
    if (this.#expanded.length > KEPT_BYTES) this.#expanded = this.digits;
  }

  #lookEncoded(source: RdbSource): void {
    const encoding = length.value;
    this.#encoding = encoding;
    switch (encoding) {
      case RDB_ENC_INT8:
        this.#len = 1;
        return;
      case RDB_ENC_INT16:
        this.#len = 2;
        return;
      case RDB_ENC_INT32:
        this.#len = 4;
        return;
      case RDB_ENC_LZF:
        lengthAt(source, length.after);
        this.#len = length.value;
        lengthAt(source, length.after);
        this.#rawLen = length.value;
        return;
    }
    throw new CorruptRdb(`string of unknown encoding ${encoding & 63}`);
  }

  #expand(buf: Uint8Array, at: number, out: Slice): void {
    const rawLen = this.#rawLen;
    if (rawLen > RDB_STRING_MAX || lzfMeasure(buf, at, this.#len) !== rawLen) {
      throw new CorruptRdb("invalid compressed string");
    }
    if (this.#expanded.length < rawLen) {
      this.#expanded = new Uint8Array(Math.max(rawLen, Math.min(this.#expanded.length * 2, KEPT_BYTES)));
    }
    lzfExpand(buf, at, this.#len, this.#expanded);
    out.set(this.#expanded, 0, rawLen);
  }
}
