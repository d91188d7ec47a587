/**
 * Intsets: sets of integers in ascending order.
 *
 * ```
 * width(4) count(4)  integers…                        all little endian
 * ```
 * `width` is 2, 4 or 8 bytes. An empty one is never stored.
 */

import { writeInt } from "../base/ascii.ts";
import { type Slice } from "../base/slice.ts";
import { CorruptRdb } from "./errors.ts";
import { i16le, i32le, u32le, writeInt64 } from "./int64.ts";
import { type PackedReader } from "./packed.ts";

const HEADER_BYTES = 8;
const NO_BYTES = new Uint8Array(0);

/** Walks an intset; see lib/rdb/packed.ts. That members ascend, so that none is twice, is checked. */
export class IntsetReader implements PackedReader {
  #buf: Uint8Array = NO_BYTES;
  #at = 0;
  #first = 0;
  #end = 0;
  #width = 0;

  open(buf: Uint8Array, off: number, len: number): number {
    if (len < HEADER_BYTES) throw new CorruptRdb(`intset of ${len} bytes`);
    const width = u32le(buf, off);
    if (width !== 2 && width !== 4 && width !== 8) throw new CorruptRdb(`intset of width ${width}`);
    const count = u32le(buf, off + 4);
    if (count === 0) throw new CorruptRdb("intset without members");
    if (HEADER_BYTES + count * width !== len) throw new CorruptRdb("intset of another size than it says");
    this.#buf = buf;
    this.#width = width;
    this.#at = this.#first = off + HEADER_BYTES;
    this.#end = off + len;
    return count;
  }

  next(out: Slice, digits: Uint8Array): boolean {
    const buf = this.#buf;
    const at = this.#at;
    if (at === this.#end) return false;
    if (at > this.#first && !this.#ascends(at)) throw new CorruptRdb("intset out of order");
    let len: number;
    if (this.#width === 2) len = writeInt(digits, 0, i16le(buf, at));
    else if (this.#width === 4) len = writeInt(digits, 0, i32le(buf, at));
    else len = writeInt64(digits, buf, at);
    out.set(digits, 0, len);
    this.#at = at + this.#width;
    return true;
  }

  /** Whether the integer at `at` is greater than the one before it. */
  #ascends(at: number): boolean {
    const buf = this.#buf;
    if (this.#width === 2) return i16le(buf, at) > i16le(buf, at - 2);
    if (this.#width === 4) return i32le(buf, at) > i32le(buf, at - 4);
    const high = i32le(buf, at + 4);
    const before = i32le(buf, at - 4);
    return high !== before ? high > before : u32le(buf, at) > u32le(buf, at - 8);
  }
}
