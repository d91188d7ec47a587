/**
 * Ziplists: the packed lists, hashes and sorted sets of Redis before 7.0.
 *
 * ```
 * bytes(4) tail(4) count(2)  entries…  FF            all little endian
 * entry: length of the entry before (1 byte, or FE + 4), encoding, data
 *   00nnnnnn               string of n bytes
 *   01nnnnnn n             string, 14 bits, big endian
 *   10______ nnnn          string, 32 bits, big endian
 *   C0 D0 E0 F0 FE         int16, int32, int64, int24, int8
 *   F1..FD                 the integers 0..12
 * ```
 * A count of 65535 means that only walking tells. `tail` is where the last
 * entry begins.
 */

import { writeInt } from "../base/ascii.ts";
import { type Slice } from "../base/slice.ts";
import { CorruptRdb } from "./errors.ts";
import { i16le, i24le, i32le, u32be, u32le, writeInt64 } from "./int64.ts";
import { type PackedReader } from "./packed.ts";

const HEADER_BYTES = 10;
const END = 0xff;
const LONG_PREVIOUS = 0xfe;
const COUNT_UNKNOWN = 0xffff;

const INT16 = 0xc0;
const INT32 = 0xd0;
const INT64 = 0xe0;
const INT24 = 0xf0;
const INT8 = 0xfe;

const NO_BYTES = new Uint8Array(0);

/** Walks a ziplist; see lib/rdb/packed.ts. */
export class ZiplistReader implements PackedReader {
  #buf: Uint8Array = NO_BYTES;
  #start = 0;
  #at = 0;
  /** Offset of the end mark. */
  #end = 0;
  #previous = 0;
  #last = 0;
  #seen = 0;

  open(buf: Uint8Array, off: number, len: number): number {
    if (len < HEADER_BYTES + 1) throw new CorruptRdb(`ziplist of ${len} bytes`);
    if (u32le(buf, off) !== len) throw new CorruptRdb("ziplist of another size than it says");
    if (buf[off + len - 1] !== END) throw new CorruptRdb("ziplist without end mark");
    this.#buf = buf;
    this.#start = off;
    this.#at = off + HEADER_BYTES;
    this.#end = off + len - 1;
    this.#previous = 0;
    this.#last = 0;
    this.#seen = 0;
    const count = this.#count();
    // The shortest entry has two bytes.
    if (count >= 0 && count * 2 > len) throw new CorruptRdb("ziplist with more entries than room");
    return count;
  }

  next(out: Slice, digits: Uint8Array): boolean {
    const buf = this.#buf;
    let at = this.#at;
    if (at === this.#end) return this.#finish();
    // An end mark elsewhere than at the end: `previous` of 255 does not exist.
    if (buf[at] === END) throw new CorruptRdb("ziplist that ends early");
    const entry = at;
    let previous = buf[at++];
    if (previous === LONG_PREVIOUS) {
      if (at + 4 > this.#end) throw cut();
      previous = u32le(buf, at);
      at += 4;
    }
    if (previous !== this.#previous) throw new CorruptRdb("ziplist with a wrong back link");
    if (at >= this.#end) throw cut();
    const encoding = buf[at++];
    at = encoding < INT16 ? this.#text(encoding, at, out) : this.#integer(encoding, at, out, digits);
    this.#last = entry;
    this.#previous = at - entry;
    this.#at = at;
    this.#seen++;
    return true;
  }

  /** A string entry. @returns the offset after it */
  #text(encoding: number, at: number, out: Slice): number {
    const buf = this.#buf;
    let len = encoding & 63;
    if (encoding >= 0x80) {
      if (at + 4 > this.#end) throw cut();
      len = u32be(buf, at);
      at += 4;
    } else if (encoding >= 0x40) {
      if (at >= this.#end) throw cut();
      len = (len << 8) | buf[at++];
    }
    if (len > this.#end - at) throw cut();
    out.set(buf, at, len);
    return at + len;
  }

  /** An integer entry. @returns the offset after it */
  #integer(encoding: number, at: number, out: Slice, digits: Uint8Array): number {
    const size = integerBytes(encoding);
    if (size < 0) throw new CorruptRdb(`ziplist entry of unknown encoding ${encoding}`);
    if (size > this.#end - at) throw cut();
    const len = encoding === INT64
      ? writeInt64(digits, this.#buf, at)
      : writeInt(digits, 0, integerOf(encoding, this.#buf, at));
    out.set(digits, 0, len);
    return at + size;
  }

  #finish(): boolean {
    const count = this.#count();
    if (count >= 0 && count !== this.#seen) throw new CorruptRdb("ziplist with a wrong count");
    const tail = this.#start + u32le(this.#buf, this.#start + 4);
    if (this.#seen === 0 ? tail > this.#end : tail !== this.#last) {
      throw new CorruptRdb("ziplist with a wrong tail");
    }
    return false;
  }

  #count(): number {
    const count = this.#buf[this.#start + 8] | (this.#buf[this.#start + 9] << 8);
    return count === COUNT_UNKNOWN ? -1 : count;
  }
}

function cut(): CorruptRdb {
  return new CorruptRdb("ziplist entry beyond the end");
}

/** How many bytes an integer has behind its encoding, -1 if that is none. */
function integerBytes(encoding: number): number {
  switch (encoding) {
    case INT8:
      return 1;
    case INT16:
      return 2;
    case INT24:
      return 3;
    case INT32:
      return 4;
    case INT64:
      return 8;
  }
  return encoding > INT24 && encoding < INT8 ? 0 : -1;
}

/** An integer of less than 64 bits. */
function integerOf(encoding: number, buf: Uint8Array, at: number): number {
  switch (encoding) {
    case INT8:
      return (buf[at] << 24) >> 24;
    case INT16:
      return i16le(buf, at);
    case INT24:
      return i24le(buf, at);
    case INT32:
      return i32le(buf, at);
  }
  return (encoding & 15) - 1;
}
