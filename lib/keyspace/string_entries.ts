/**
 * Entries of strings: where the value lies, and how it changes its length.
 *
 * DESIGN. A value of up to INLINE_VALUE_MAX bytes stands in its entry's block,
 * a longer one in a big block. A big block that a snapshot retains is never
 * changed: whoever must change it works on a copy.
 */

import { NIL, type Ref } from "../arena/layout.ts";
import { copyBytes } from "../base/ascii.ts";
import { Slice } from "../base/slice.ts";
import { ENC_BIG, type Entries, INLINE_VALUE_MAX, TYPE_STRING } from "../objects/entry.ts";

/** A big block grows by what it has, but by no more than this. */
const BIG_SPARE_MAX = 64 << 20;

/** Makes and resizes entries of strings; linking them is the keyspace's. */
export class StringEntries {
  readonly #entries: Entries;
  readonly #key = new Slice();
  readonly #value = new Slice();

  constructor(entries: Entries) {
    this.#entries = entries;
  }

  /** A new entry with the value `buf[off, off + len)`. */
  create(
    keyBuf: Uint8Array,
    keyOff: number,
    keyLen: number,
    buf: Uint8Array,
    off: number,
    len: number,
    encoding: number,
    expireMs: number,
  ): Ref {
    const entries = this.#entries;
    const { arena } = entries;
    if (len <= INLINE_VALUE_MAX) {
      const ref = entries.create(TYPE_STRING, encoding, keyBuf, keyOff, keyLen, expireMs, len);
      copyBytes(buf, off, arena.bytes(ref), entries.valueOffset(ref), len);
      return ref;
    }
    const index = arena.big.alloc(len);
    copyBytes(buf, off, arena.big.bytes(index), 0, len);
    return this.createBig(keyBuf, keyOff, keyLen, index, len, encoding, expireMs);
  }

  /** A new entry whose value is the first `len` bytes of a big block, which is its own from now on. */
  createBig(
    keyBuf: Uint8Array,
    keyOff: number,
    keyLen: number,
    index: number,
    len: number,
    encoding: number,
    expireMs: number,
  ): Ref {
    const ref = this.#entries.create(TYPE_STRING, encoding | ENC_BIG, keyBuf, keyOff, keyLen, expireMs, 4);
    this.#entries.setBigValue(ref, index);
    this.#entries.setWord2(ref, len);
    return ref;
  }

  /** Whether the value is in a big block that nobody else (a snapshot) still reads. */
  isChangeableBig(ref: Ref): boolean {
    const entries = this.#entries;
    return entries.isBigValue(ref) && !entries.arena.big.isRetained(entries.bigValue(ref));
  }

  /**
   * Changes the length of a big value within its buffer, doubling the buffer when it must grow.
   * @returns by how many bytes the buffer has grown
   */
  resizeBig(ref: Ref, len: number): number {
    const entries = this.#entries;
    const { big } = entries.arena;
    const index = entries.bigValue(ref);
    const oldLen = entries.word2(ref);
    const capacity = big.bytes(index).length;
    if (len > capacity) big.resize(index, len + Math.min(len, BIG_SPARE_MAX));
    else if (len < oldLen) big.bytes(index).fill(0, len, oldLen);
    entries.setWord2(ref, len);
    return big.bytes(index).length - capacity;
  }

  /** A new entry with the same key, deadline and clock, and the value cut or padded with zeros to `len` bytes. */
  resized(ref: Ref, len: number): Ref {
    const entries = this.#entries;
    const { arena } = entries;
    entries.key(ref, this.#key);
    entries.value(ref, this.#value);
    const encoding = entries.encoding(ref) & ~ENC_BIG;
    const kept = Math.min(len, this.#value.len);
    const { buf, off } = this.#value;
    const { buf: keyBuf, off: keyOff, len: keyLen } = this.#key;
    let moved: Ref = NIL;
    if (len <= INLINE_VALUE_MAX) {
      moved = entries.create(TYPE_STRING, encoding, keyBuf, keyOff, keyLen, entries.expireMs(ref), len);
      const at = entries.valueOffset(moved);
      copyBytes(buf, off, arena.bytes(moved), at, kept);
      arena.bytes(moved).fill(0, at + kept, at + len);
    } else {
      const index = arena.big.alloc(len);
      copyBytes(buf, off, arena.big.bytes(index), 0, kept);
      moved = this.createBig(keyBuf, keyOff, keyLen, index, len, encoding, entries.expireMs(ref));
    }
    entries.setLru(moved, entries.lru(ref));
    return moved;
  }
}
