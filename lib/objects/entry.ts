/**
 * Entries: one arena block per key, header, key and (small) value together.
 *
 * ```
 *   word 0   epoch (24 bits) │ encoding (4) │ type (4)
 *   word 1   – │ has-expire (bit 30) │ key length (bits 0–29)
 *   word 2   value length in bytes (strings), or a collection's block
 *   word 3   – (8 bits) │ LRU clock or LFU counter (24 bits)
 *  [8 bytes  expiry, milliseconds since the epoch, a double]
 *   key      its bytes; or, above INLINE_KEY_MAX, 4 bytes of big-block index
 *   value    its bytes; or, when the encoding has ENC_BIG, 4 bytes of index
 * ```
 *
 * DESIGN. *Every* entry is born in {@link Entries.create}, which stamps the
 * current snapshot epoch; header words are never copied from another entry. An
 * entry whose epoch differs from the current one still has to go out with the
 * snapshot before it may change (lib/snapshot).
 *
 * Lifetimes: a Slice over a key or value is valid until the next `free`.
 */

import { type Arena } from "../arena/arena.ts";
import * as layout from "../arena/layout.ts";
import { type Ref, sizeClass } from "../arena/layout.ts";
import { copyBytes, equalBytes } from "../base/ascii.ts";
import { hashBytesInt32 } from "../base/halfsiphash.ts";
import { type Slice } from "../base/slice.ts";
import { KnownHashes } from "./known_hashes.ts";
import * as rootForm from "./root.ts";

const { CHUNK_SHIFT, GRANULE_MASK, NIL } = layout;
const { BYTES_DOUBLE } = rootForm;

/** Types, with the numbers that RDB gives to plain ones. */
export const TYPE_STRING = 0;
export const TYPE_LIST = 1;
export const TYPE_SET = 2;
export const TYPE_ZSET = 3;
export const TYPE_HASH = 4;
export const TYPE_STREAM = 6;

/** The name that TYPE replies, by type number. */
export const TYPE_NAMES: readonly string[] = ["string", "list", "set", "zset", "hash", "", "stream"];

/** String encodings. The content alone decides between `int`, `embstr` and `raw`… */
export const ENC_AUTO = 0;
/** …but for a string grown in place, which is `raw` however short… */
export const ENC_RAW = 1;
/** …and for a computed float, which is never `int`. */
export const ENC_TEXT = 2;
/** Bit of strings: the value is in a big block of its own. */
export const ENC_BIG = 8;

/** Bits of a collection's encoding that are its name, as OBJECT ENCODING has it; see each type's file. */
export const ENC_NAME_MASK = 3;
/** Bit of sets: the packed form is an int set. */
export const ENC_INTS = 4;
/** Bit of collections: word 2 is a root block (root.ts), not the one block of the packed form. */
export const ENC_LARGE = 8;

export const HEADER_BYTES = 16;
export const INLINE_KEY_MAX = 32 * 1024;
export const INLINE_VALUE_MAX = 64 * 1024;
export const KEY_LENGTH_MASK = 0x3fffffff;
const HAS_EXPIRE = 1 << 30;
/** The bits of word 0 that tell strings apart but not whether they are big. */
const ENC_LOW_MASK = 0x70;
const EPOCH_MASK = 0xffffff;
const LRU_MASK = 0xffffff;

/** No expiry, wherever a deadline in milliseconds is given. */
export const NO_EXPIRE = -1;

/** Makes, reads and frees entries; see the module's note. */
export class Entries {
  readonly arena: Arena;
  /** Seeds of the key hash: random per process, so that keys cannot be chosen to collide. */
  readonly seed0: number;
  readonly seed1: number;
  /** Hashes that were computed ahead. */
  readonly known: KnownHashes = new KnownHashes();
  /** The current snapshot epoch, 24 bits; stamped into every entry that is born. */
  epoch = 1;
  /** What word 3 of a new entry gets (LRU clock or initial LFU value). */
  clock = 0;

  constructor(arena: Arena, seed0: number, seed1: number) {
    this.arena = arena;
    this.seed0 = seed0 | 0;
    this.seed1 = seed1 | 0;
  }

  /** The keyed hash of a key or an element, an int32. */
  hash(buf: Uint8Array, off: number, len: number): number {
    const { known } = this;
    if (buf === known.buf) {
      const slot = known.find(off, len);
      if (slot >= 0) return known.hashes[slot];
    }
    return hashBytesInt32(buf, off, len, this.seed0, this.seed1);
  }

  /** The hash of the key that the entry has. */
  hashOf(ref: Ref): number {
    const len = this.keyLength(ref);
    if (len > INLINE_KEY_MAX) return this.hash(this.arena.big.bytes(this.#bigKey(ref)), 0, len);
    return this.hash(this.arena.u8[ref >>> CHUNK_SHIFT], this.#keyOffset(ref), len);
  }

  /**
   * A new entry with the given key and `valueBytes` bytes of room for its
   * value, which the caller writes at once (see {@link valueOffset}).
   * Word 2 is set to `valueBytes`.
   * @param expireMs a deadline, or {@link NO_EXPIRE}
   */
  create(
    type: number,
    encoding: number,
    keyBuf: Uint8Array,
    keyOff: number,
    keyLen: number,
    expireMs: number,
    valueBytes: number,
  ): Ref {
    const arena = this.arena;
    const keyBytes = keyLen > INLINE_KEY_MAX ? 4 : keyLen;
    const head = expireMs === NO_EXPIRE ? HEADER_BYTES : HEADER_BYTES + 8;
    const ref = arena.alloc(head + keyBytes + valueBytes);
    const words = arena.i32[ref >>> CHUNK_SHIFT];
    const at = (ref & GRANULE_MASK) << 1;
    words[at] = type | (encoding << 4) | (this.epoch << 8);
    words[at + 1] = head === HEADER_BYTES ? keyLen : keyLen | HAS_EXPIRE;
    words[at + 2] = valueBytes;
    words[at + 3] = this.clock;
    if (head !== HEADER_BYTES) arena.f64[ref >>> CHUNK_SHIFT][(ref & GRANULE_MASK) + 2] = expireMs;
    const keyAt = (at << 2) + head;
    if (keyLen <= INLINE_KEY_MAX) copyBytes(keyBuf, keyOff, arena.u8[ref >>> CHUNK_SHIFT], keyAt, keyLen);
    else this.#writeIndex(ref, keyAt, this.#newBigKey(keyBuf, keyOff, keyLen));
    return ref;
  }

  /** Frees an entry with its key and, when big, its string value. What a collection's word 2 leads to is freed by others. */
  free(ref: Ref): void {
    if (this.isBigValue(ref)) this.arena.big.free(this.bigValue(ref));
    if (this.keyLength(ref) > INLINE_KEY_MAX) this.arena.big.free(this.#bigKey(ref));
    this.arena.free(ref);
  }

  /** The bytes that an entry takes: its block, its big blocks, and all blocks of its collection. */
  bytesOf(ref: Ref): number {
    let bytes = this.arena.sizeOf(ref) + this.collectionBytes(ref);
    if (this.isBigValue(ref)) bytes += this.arena.big.bytes(this.bigValue(ref)).length;
    if (this.keyLength(ref) > INLINE_KEY_MAX) bytes += this.keyLength(ref);
    return bytes;
  }

  /** The bytes of all blocks that word 2 of a collection leads to; 0 for a string. */
  collectionBytes(ref: Ref): number {
    if (this.type(ref) === TYPE_STRING) return 0;
    const block = this.word2(ref);
    if (block === NIL) return 0;
    return this.isLarge(ref) ? this.arena.double(block, BYTES_DOUBLE) : this.arena.sizeOf(block);
  }

  type(ref: Ref): number {
    return this.arena.i32[ref >>> CHUNK_SHIFT][(ref & GRANULE_MASK) << 1] & 15;
  }

  /** The encoding, with ENC_BIG. */
  encoding(ref: Ref): number {
    return (this.arena.i32[ref >>> CHUNK_SHIFT][(ref & GRANULE_MASK) << 1] >>> 4) & 15;
  }

  setEncoding(ref: Ref, encoding: number): void {
    const words = this.arena.i32[ref >>> CHUNK_SHIFT];
    const at = (ref & GRANULE_MASK) << 1;
    words[at] = (words[at] & ~0xf0) | (encoding << 4);
  }

  /** The epoch in which the entry was born or last went out with a snapshot. */
  epochOf(ref: Ref): number {
    return this.arena.i32[ref >>> CHUNK_SHIFT][(ref & GRANULE_MASK) << 1] >>> 8;
  }

  /** Marks the entry as belonging to the current epoch. */
  stampEpoch(ref: Ref): void {
    const words = this.arena.i32[ref >>> CHUNK_SHIFT];
    const at = (ref & GRANULE_MASK) << 1;
    words[at] = (words[at] & 0xff) | (this.epoch << 8);
  }

  /** Starts the next epoch: every present entry is old from now on. */
  nextEpoch(): void {
    // 0 is skipped, so that an entry can never look current by having no epoch.
    this.epoch = (this.epoch & EPOCH_MASK) === EPOCH_MASK ? 1 : this.epoch + 1;
  }

  keyLength(ref: Ref): number {
    return this.arena.i32[ref >>> CHUNK_SHIFT][((ref & GRANULE_MASK) << 1) + 1] & KEY_LENGTH_MASK;
  }

  hasExpire(ref: Ref): boolean {
    return (this.arena.i32[ref >>> CHUNK_SHIFT][((ref & GRANULE_MASK) << 1) + 1] & HAS_EXPIRE) !== 0;
  }

  /** The deadline in milliseconds, or {@link NO_EXPIRE}. */
  expireMs(ref: Ref): number {
    return this.hasExpire(ref) ? this.arena.f64[ref >>> CHUNK_SHIFT][(ref & GRANULE_MASK) + 2] : NO_EXPIRE;
  }

  /** Sets the deadline of an entry that was created with one. */
  setExpireMs(ref: Ref, ms: number): void {
    this.arena.f64[ref >>> CHUNK_SHIFT][(ref & GRANULE_MASK) + 2] = ms;
  }

  /** Word 2: the value's length, or a collection's root. */
  word2(ref: Ref): number {
    return this.arena.i32[ref >>> CHUNK_SHIFT][((ref & GRANULE_MASK) << 1) + 2];
  }

  setWord2(ref: Ref, value: number): void {
    this.arena.i32[ref >>> CHUNK_SHIFT][((ref & GRANULE_MASK) << 1) + 2] = value;
  }

  /** The LRU clock or LFU value, 24 bits. */
  lru(ref: Ref): number {
    return this.arena.i32[ref >>> CHUNK_SHIFT][((ref & GRANULE_MASK) << 1) + 3] & LRU_MASK;
  }

  setLru(ref: Ref, value: number): void {
    this.arena.i32[ref >>> CHUNK_SHIFT][((ref & GRANULE_MASK) << 1) + 3] = value & LRU_MASK;
  }

  /** Points `out` at the key. */
  key(ref: Ref, out: Slice): void {
    const len = this.keyLength(ref);
    if (len > INLINE_KEY_MAX) out.set(this.arena.big.bytes(this.#bigKey(ref)), 0, len);
    else out.set(this.arena.u8[ref >>> CHUNK_SHIFT], this.#keyOffset(ref), len);
  }

  /** Points `out` at a string's value. */
  value(ref: Ref, out: Slice): void {
    if (this.isBigValue(ref)) out.set(this.arena.big.bytes(this.bigValue(ref)), 0, this.word2(ref));
    else out.set(this.arena.u8[ref >>> CHUNK_SHIFT], this.valueOffset(ref), this.word2(ref));
  }

  /** Where the value region starts within the chunk's bytes. */
  valueOffset(ref: Ref): number {
    const keyLen = this.keyLength(ref);
    return this.#keyOffset(ref) + (keyLen > INLINE_KEY_MAX ? 4 : keyLen);
  }

  /** Whether it is a string in a big block. */
  isBigValue(ref: Ref): boolean {
    return (this.arena.i32[ref >>> CHUNK_SHIFT][(ref & GRANULE_MASK) << 1] & 0xff & ~ENC_LOW_MASK) ===
      ENC_BIG << 4;
  }

  /** Whether it is a collection with a root block. */
  isLarge(ref: Ref): boolean {
    const word = this.arena.i32[ref >>> CHUNK_SHIFT][(ref & GRANULE_MASK) << 1];
    return (word & (ENC_LARGE << 4)) !== 0 && (word & 15) !== TYPE_STRING;
  }

  /** The big-block index of a value with ENC_BIG. */
  bigValue(ref: Ref): number {
    return this.#readIndex(ref, this.valueOffset(ref));
  }

  setBigValue(ref: Ref, index: number): void {
    this.#writeIndex(ref, this.valueOffset(ref), index);
  }

  /** Whether a value of `valueBytes` inline bytes would need a block of the size that `ref` has. */
  fits(ref: Ref, valueBytes: number): boolean {
    const total = this.valueOffset(ref) - this.arena.offset(ref) + valueBytes;
    return sizeClass(total) === this.arena.classOf(ref);
  }

  keyEquals(ref: Ref, buf: Uint8Array, off: number, len: number): boolean {
    const words = this.arena.i32[ref >>> CHUNK_SHIFT];
    const at = (ref & GRANULE_MASK) << 1;
    const lengthWord = words[at + 1];
    if ((lengthWord & KEY_LENGTH_MASK) !== len) return false;
    if (len > INLINE_KEY_MAX) return equalBytes(this.arena.big.bytes(this.#bigKey(ref)), 0, buf, off, len);
    const keyAt = (at << 2) + ((lengthWord & HAS_EXPIRE) === 0 ? HEADER_BYTES : HEADER_BYTES + 8);
    return equalBytes(this.arena.u8[ref >>> CHUNK_SHIFT], keyAt, buf, off, len);
  }

  #keyOffset(ref: Ref): number {
    return ((ref & GRANULE_MASK) << 3) + (this.hasExpire(ref) ? HEADER_BYTES + 8 : HEADER_BYTES);
  }

  #newBigKey(buf: Uint8Array, off: number, len: number): number {
    const index = this.arena.big.alloc(len);
    copyBytes(buf, off, this.arena.big.bytes(index), 0, len);
    return index;
  }

  #bigKey(ref: Ref): number {
    return this.#readIndex(ref, this.#keyOffset(ref));
  }

  #readIndex(ref: Ref, at: number): number {
    const bytes = this.arena.u8[ref >>> CHUNK_SHIFT];
    return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
  }

  #writeIndex(ref: Ref, at: number, index: number): void {
    const bytes = this.arena.u8[ref >>> CHUNK_SHIFT];
    bytes[at] = index;
    bytes[at + 1] = index >>> 8;
    bytes[at + 2] = index >>> 16;
    bytes[at + 3] = index >>> 24;
  }
}
