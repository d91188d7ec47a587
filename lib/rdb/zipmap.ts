/**
 * Zipmaps: the packed hashes of Redis before 2.6.
 *
 * ```
 * count(1)  pairs…  FF
 * pair: length field length free(1) value free…       length: 1 byte, or FE + 4 LE
 * ```
 * `free` bytes behind a value are unused. A count of 254 means that only
 * walking tells. An empty one is never stored.
 */

import { type Slice } from "../base/slice.ts";
import { CorruptRdb } from "./errors.ts";
import { u32le } from "./int64.ts";
import { type PackedReader } from "./packed.ts";

const END = 0xff;
const LONG_LENGTH = 0xfe;
const COUNT_UNKNOWN = 0xfe;

const NO_BYTES = new Uint8Array(0);

/** Walks a zipmap, field and value in turn; see lib/rdb/packed.ts. */
export class ZipmapReader implements PackedReader {
  #buf: Uint8Array = NO_BYTES;
  #start = 0;
  #at = 0;
  /** Offset of the end mark. */
  #end = 0;
  #seen = 0;
  #length = 0;

  open(buf: Uint8Array, off: number, len: number): number {
    if (len < 2) throw new CorruptRdb(`zipmap of ${len} bytes`);
    if (buf[off + len - 1] !== END) throw new CorruptRdb("zipmap without end mark");
    this.#buf = buf;
    this.#start = off;
    this.#at = off + 1;
    this.#end = off + len - 1;
    this.#seen = 0;
    const count = buf[off];
    return count >= COUNT_UNKNOWN ? -1 : count * 2;
  }

  next(out: Slice, _digits: Uint8Array): boolean {
    const isValue = (this.#seen & 1) === 1;
    if (this.#at === this.#end && !isValue) return this.#finish();
    let at = this.#lengthAt(this.#at);
    let free = 0;
    if (isValue) {
      if (at >= this.#end) throw cut();
      free = this.#buf[at++];
    }
    const length = this.#length;
    if (length + free > this.#end - at) throw cut();
    out.set(this.#buf, at, length);
    this.#at = at + length + free;
    this.#seen++;
    return true;
  }

  /** Reads a length. @returns the offset after it */
  #lengthAt(at: number): number {
    if (at >= this.#end) throw cut();
    const first = this.#buf[at];
    if (first === END) throw new CorruptRdb("zipmap that ends early");
    if (first < LONG_LENGTH) {
      this.#length = first;
      return at + 1;
    }
    if (at + 5 > this.#end) throw cut();
    this.#length = u32le(this.#buf, at + 1);
    return at + 5;
  }

  #finish(): boolean {
    if (this.#seen === 0) throw new CorruptRdb("zipmap without fields");
    const count = this.#buf[this.#start];
    if (count !== COUNT_UNKNOWN && count * 2 !== this.#seen) {
      throw new CorruptRdb("zipmap with a wrong count");
    }
    return false;
  }
}

function cut(): CorruptRdb {
  return new CorruptRdb("zipmap entry beyond the end");
}
