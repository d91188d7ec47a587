/**
 * Listpacks: the packed lists, hashes, sets and sorted sets since Redis 7.0.
 *
 * ```
 * bytes(4) count(2)  entries…  FF                     all little endian
 * entry: encoding, data, back length (of both, 7 bits a byte, to be read backwards)
 *   0nnnnnnn               the integers 0..127
 *   10nnnnnn               string of n bytes
 *   110nnnnn n             int13, big endian
 *   1110nnnn n             string, 12 bits, big endian
 *   F0 nnnn                string, 32 bits
 *   F1 F2 F3 F4            int16, int24, int32, int64
 * ```
 * A count of 65535 means that only walking tells.
 */

import { writeInt } from "../base/ascii.ts";
import { type Slice } from "../base/slice.ts";
import { CorruptRdb } from "./errors.ts";
import { i16le, i24le, i32le, u32le, writeInt64 } from "./int64.ts";
import { type PackedReader } from "./packed.ts";

const HEADER_BYTES = 6;
const END = 0xff;
const COUNT_UNKNOWN = 0xffff;

const STR32 = 0xf0;
const INT16 = 0xf1;
const INT24 = 0xf2;
const INT32 = 0xf3;
const INT64 = 0xf4;

const NO_BYTES = new Uint8Array(0);

/** Walks a listpack; see lib/rdb/packed.ts. */
export class ListpackReader implements PackedReader {
  #buf: Uint8Array = NO_BYTES;
  #start = 0;
  #at = 0;
  /** Offset of the end mark. */
  #end = 0;
  #seen = 0;

  open(buf: Uint8Array, off: number, len: number): number {
    if (len < HEADER_BYTES + 1) throw new CorruptRdb(`listpack of ${len} bytes`);
    if (u32le(buf, off) !== len) throw new CorruptRdb("listpack of another size than it says");
    if (buf[off + len - 1] !== END) throw new CorruptRdb("listpack without end mark");
    this.#buf = buf;
    this.#start = off;
    this.#at = off + HEADER_BYTES;
    this.#end = off + len - 1;
    this.#seen = 0;
    const count = this.#count();
    // The shortest entry has two bytes.
    if (count >= 0 && count * 2 > len) throw new CorruptRdb("listpack with more entries than room");
    return count;
  }

  next(out: Slice, digits: Uint8Array): boolean {
    const buf = this.#buf;
    const at = this.#at;
    if (at === this.#end) {
      const count = this.#count();
      if (count >= 0 && count !== this.#seen) throw new CorruptRdb("listpack with a wrong count");
      return false;
    }
    const encoding = buf[at];
    let after: number;
    if (encoding < 0x80) {
      out.set(digits, 0, writeInt(digits, 0, encoding));
      after = at + 1;
    } else if (encoding < 0xc0) {
      after = this.#text(at + 1, encoding & 63, out);
    } else {
      after = this.#long(encoding, at, out, digits);
    }
    this.#at = this.#backLength(after, after - at);
    this.#seen++;
    return true;
  }

  /** Entries whose encoding does not say it all in one byte. @returns the offset after data */
  #long(encoding: number, at: number, out: Slice, digits: Uint8Array): number {
    const buf = this.#buf;
    if (encoding < 0xe0) {
      this.#room(at + 2);
      // 13 bits, the highest is the sign.
      const value = ((((encoding & 31) << 8) | buf[at + 1]) << 19) >> 19;
      out.set(digits, 0, writeInt(digits, 0, value));
      return at + 2;
    }
    if (encoding < STR32) {
      this.#room(at + 2);
      return this.#text(at + 2, ((encoding & 15) << 8) | buf[at + 1], out);
    }
    if (encoding === STR32) {
      this.#room(at + 5);
      return this.#text(at + 5, u32le(buf, at + 1), out);
    }
    return this.#integer(encoding, at + 1, out, digits);
  }

  #integer(encoding: number, at: number, out: Slice, digits: Uint8Array): number {
    const buf = this.#buf;
    let len: number;
    let size: number;
    switch (encoding) {
      case INT16:
        this.#room(at + (size = 2));
        len = writeInt(digits, 0, i16le(buf, at));
        break;
      case INT24:
        this.#room(at + (size = 3));
        len = writeInt(digits, 0, i24le(buf, at));
        break;
      case INT32:
        this.#room(at + (size = 4));
        len = writeInt(digits, 0, i32le(buf, at));
        break;
      case INT64:
        this.#room(at + (size = 8));
        len = writeInt64(digits, buf, at);
        break;
      case END:
        throw new CorruptRdb("listpack that ends early");
      default:
        throw new CorruptRdb(`listpack entry of unknown encoding ${encoding}`);
    }
    out.set(digits, 0, len);
    return at + size;
  }

  #text(at: number, len: number, out: Slice): number {
    this.#room(at + len);
    out.set(this.#buf, at, len);
    return at + len;
  }

  /** Checks the back length at `at` of an entry of `len` bytes. @returns the offset after it */
  #backLength(at: number, len: number): number {
    const size = len <= 127 ? 1 : len < 16383 ? 2 : len < 2097151 ? 3 : len < 268435455 ? 4 : 5;
    const after = at + size;
    this.#room(after);
    const buf = this.#buf;
    let value = 0;
    let scale = 1;
    for (let p = after - 1; p >= at; p--) {
      value += (buf[p] & 127) * scale;
      scale *= 128;
      if (buf[p] < 0x80) break;
    }
    // Who reads it backwards must stop in it: at its first byte at the latest.
    if (value !== len || buf[at] >= 0x80) throw new CorruptRdb("listpack with a wrong back length");
    return after;
  }

  #room(upTo: number): void {
    if (upTo > this.#end) throw new CorruptRdb("listpack entry beyond the end");
  }

  #count(): number {
    const count = this.#buf[this.#start + 4] | (this.#buf[this.#start + 5] << 8);
    return count === COUNT_UNKNOWN ? -1 : count;
  }
}
