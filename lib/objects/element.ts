/**
 * Elements: the members of large sets and sorted sets, and the fields of large
 * hashes, one arena block each; segments and trees hold their refs.
 *
 * ```
 *   set member     [length u32]                      member
 *   hash field     [length u32][value length u32]    field, value
 *   zset member    [score f64] [length u32]          member
 *   bit 31 of a length: the bytes are in a big block, whose index (4 bytes) stands in their place
 * ```
 *
 * DESIGN. An element does not move while it is in its collection, so the dict
 * and the tree of a sorted set share it. It has no epoch: while the collection
 * shares nodes with a frozen root (lib/arena/nodes.ts) an element is replaced,
 * never changed.
 *
 * Lifetimes: a Slice over an element is valid until the next `free`.
 */

import { type Arena } from "../arena/arena.ts";
import * as layout from "../arena/layout.ts";
import { type Ref, sizeClass } from "../arena/layout.ts";
import { type Nodes } from "../arena/nodes.ts";
import { copyBytes, equalBytes } from "../base/ascii.ts";
import { type Slice } from "../base/slice.ts";
import { type KeyReader } from "../dict/dict.ts";

const { CHUNK_SHIFT, GRANULE_MASK } = layout;

/** The longest name or value that is stored within an element's block. */
export const ELEMENT_INLINE_MAX = 32 * 1024;
const BIG = 1 << 31;
const LENGTH_MASK = 0x7fffffff;

/** Header bytes of each kind, which also tell the word of the name's length. */
const MEMBER_HEADER = 4;
const FIELD_HEADER = 8;
const SCORED_HEADER = 12;

/** Reads names of one kind of element. */
class Names implements KeyReader {
  readonly #arena: Arena;
  readonly #header: number;
  readonly #lengthWord: number;

  constructor(arena: Arena, header: number, lengthWord: number) {
    this.#arena = arena;
    this.#header = header;
    this.#lengthWord = lengthWord;
  }

  keyEquals(ref: Ref, buf: Uint8Array, off: number, len: number): boolean {
    const at = (ref & GRANULE_MASK) << 1;
    const word = this.#arena.i32[ref >>> CHUNK_SHIFT][at + this.#lengthWord];
    if ((word & LENGTH_MASK) !== len) return false;
    const bytes = this.#arena.u8[ref >>> CHUNK_SHIFT];
    const from = (at << 2) + this.#header;
    if (word >= 0) return equalBytes(bytes, from, buf, off, len);
    return equalBytes(this.#arena.big.bytes(readIndex(bytes, from)), 0, buf, off, len);
  }

  /** Points `out` at the name. */
  read(ref: Ref, out: Slice): void {
    const at = (ref & GRANULE_MASK) << 1;
    const word = this.#arena.i32[ref >>> CHUNK_SHIFT][at + this.#lengthWord];
    const bytes = this.#arena.u8[ref >>> CHUNK_SHIFT];
    const from = (at << 2) + this.#header;
    if (word >= 0) out.set(bytes, from, word);
    else out.set(this.#arena.big.bytes(readIndex(bytes, from)), 0, word & LENGTH_MASK);
  }

  /** The big block that the name is in, or 0. */
  bigIndex(ref: Ref): number {
    const at = (ref & GRANULE_MASK) << 1;
    if (this.#arena.i32[ref >>> CHUNK_SHIFT][at + this.#lengthWord] >= 0) return 0;
    return readIndex(this.#arena.u8[ref >>> CHUNK_SHIFT], (at << 2) + this.#header);
  }
}

/** Makes, reads and frees elements of all three kinds; see the module's note. */
export class Elements {
  /** Names of set members, hash fields, zset members: `keyEquals` for the dict, `read` for everybody. */
  readonly members: Names;
  readonly fields: Names;
  readonly scored: Names;
  readonly #nodes: Nodes;
  readonly #arena: Arena;

  constructor(nodes: Nodes) {
    this.#nodes = nodes;
    this.#arena = nodes.arena;
    this.members = new Names(nodes.arena, MEMBER_HEADER, 0);
    this.fields = new Names(nodes.arena, FIELD_HEADER, 0);
    this.scored = new Names(nodes.arena, SCORED_HEADER, 2);
  }

  /** A set member. */
  newMember(buf: Uint8Array, off: number, len: number): Ref {
    const ref = this.#arena.alloc(MEMBER_HEADER + storedBytes(len));
    this.#put(ref, 0, MEMBER_HEADER, buf, off, len);
    return ref;
  }

  /** A zset member. */
  newScored(score: number, buf: Uint8Array, off: number, len: number): Ref {
    const ref = this.#arena.alloc(SCORED_HEADER + storedBytes(len));
    this.#arena.setDouble(ref, 0, score);
    this.#put(ref, 2, SCORED_HEADER, buf, off, len);
    return ref;
  }

  /** A hash field with its value. */
  newField(
    nameBuf: Uint8Array,
    nameOff: number,
    nameLen: number,
    valueBuf: Uint8Array,
    valueOff: number,
    valueLen: number,
  ): Ref {
    const nameBytes = storedBytes(nameLen);
    const ref = this.#arena.alloc(FIELD_HEADER + nameBytes + storedBytes(valueLen));
    this.#put(ref, 0, FIELD_HEADER, nameBuf, nameOff, nameLen);
    this.#put(ref, 1, FIELD_HEADER + nameBytes, valueBuf, valueOff, valueLen);
    return ref;
  }

  /** The score of a zset member. */
  score(ref: Ref): number {
    return this.#arena.f64[ref >>> CHUNK_SHIFT][ref & GRANULE_MASK];
  }

  /**
   * Changes the score of a zset member: in place, or, while anything is frozen, in a new element.
   * @returns the element that has the score now; whoever holds the old ref must take this one
   */
  withScore(ref: Ref, score: number): Ref {
    if (this.#nodes.frozen === null) {
      this.#arena.setDouble(ref, 0, score);
      return ref;
    }
    const moved = this.#copyBlock(ref);
    this.#arena.setDouble(moved, 0, score);
    this.#nodes.freeBlock(ref);
    return moved;
  }

  /** Points `out` at the value of a hash field. */
  value(ref: Ref, out: Slice): void {
    const at = (ref & GRANULE_MASK) << 1;
    const words = this.#arena.i32[ref >>> CHUNK_SHIFT];
    const bytes = this.#arena.u8[ref >>> CHUNK_SHIFT];
    const from = (at << 2) + FIELD_HEADER + (words[at] < 0 ? 4 : words[at]);
    const word = words[at + 1];
    if (word >= 0) out.set(bytes, from, word);
    else out.set(this.#arena.big.bytes(readIndex(bytes, from)), 0, word & LENGTH_MASK);
  }

  /** The big block that a hash field's value is in, or 0. */
  bigValue(ref: Ref): number {
    const at = (ref & GRANULE_MASK) << 1;
    const words = this.#arena.i32[ref >>> CHUNK_SHIFT];
    if (words[at + 1] >= 0) return 0;
    const from = (at << 2) + FIELD_HEADER + (words[at] < 0 ? 4 : words[at]);
    return readIndex(this.#arena.u8[ref >>> CHUNK_SHIFT], from);
  }

  /**
   * Gives a hash field another value, which must not lie in the element itself:
   * in place where it fits and nothing is frozen, else in a new element.
   * @returns the element that has the value now; whoever holds the old ref must take this one
   */
  withValue(ref: Ref, buf: Uint8Array, off: number, len: number): Ref {
    const at = (ref & GRANULE_MASK) << 1;
    const words = this.#arena.i32[ref >>> CHUNK_SHIFT];
    const nameWord = words[at];
    const nameBytes = nameWord < 0 ? 4 : nameWord;
    const oldBig = this.bigValue(ref);
    const total = FIELD_HEADER + nameBytes + storedBytes(len);
    if (this.#nodes.frozen === null && sizeClass(total) === this.#arena.classOf(ref)) {
      if (oldBig !== 0) this.#nodes.freeBig(oldBig);
      this.#put(ref, 1, FIELD_HEADER + nameBytes, buf, off, len);
      return ref;
    }
    const moved = this.#arena.alloc(total);
    const movedAt = (moved & GRANULE_MASK) << 1;
    this.#arena.i32[moved >>> CHUNK_SHIFT][movedAt] = nameWord;
    // The name's bytes, or the index of its big block, which has a new owner now.
    copyBytes(
      this.#arena.u8[ref >>> CHUNK_SHIFT],
      (at << 2) + FIELD_HEADER,
      this.#arena.u8[moved >>> CHUNK_SHIFT],
      (movedAt << 2) + FIELD_HEADER,
      nameBytes,
    );
    this.#put(moved, 1, FIELD_HEADER + nameBytes, buf, off, len);
    if (oldBig !== 0) this.#nodes.freeBig(oldBig);
    this.#nodes.freeBlock(ref);
    return moved;
  }

  /** Frees a set member. */
  freeMember(ref: Ref): void {
    const big = this.members.bigIndex(ref);
    if (big !== 0) this.#nodes.freeBig(big);
    this.#nodes.freeBlock(ref);
  }

  /** Frees a zset member. */
  freeScored(ref: Ref): void {
    const big = this.scored.bigIndex(ref);
    if (big !== 0) this.#nodes.freeBig(big);
    this.#nodes.freeBlock(ref);
  }

  /** Frees a hash field and its value. */
  freeField(ref: Ref): void {
    const bigName = this.fields.bigIndex(ref);
    if (bigName !== 0) this.#nodes.freeBig(bigName);
    const bigValue = this.bigValue(ref);
    if (bigValue !== 0) this.#nodes.freeBig(bigValue);
    this.#nodes.freeBlock(ref);
  }

  /** The bytes that a set member takes: its block and its big block. */
  memberBytes(ref: Ref): number {
    const big = this.members.bigIndex(ref);
    return this.#arena.sizeOf(ref) + (big === 0 ? 0 : this.#arena.big.bytes(big).length);
  }

  /** The bytes that a hash field takes: its block and its big blocks. */
  fieldBytes(ref: Ref): number {
    const { big } = this.#arena;
    const bigName = this.fields.bigIndex(ref);
    const bigValue = this.bigValue(ref);
    return this.#arena.sizeOf(ref) + (bigName === 0 ? 0 : big.bytes(bigName).length) +
      (bigValue === 0 ? 0 : big.bytes(bigValue).length);
  }

  #copyBlock(ref: Ref): Ref {
    const bytes = this.#arena.sizeOf(ref);
    const copy = this.#arena.alloc(bytes);
    copyBytes(
      this.#arena.bytes(ref),
      this.#arena.offset(ref),
      this.#arena.bytes(copy),
      this.#arena.offset(copy),
      bytes,
    );
    return copy;
  }

  /** Writes a length word and, at byte `at` of the block, the bytes or the index of a big block with them. */
  #put(ref: Ref, word: number, at: number, buf: Uint8Array, off: number, len: number): void {
    const arena = this.#arena;
    const base = arena.offset(ref);
    if (len <= ELEMENT_INLINE_MAX) {
      arena.setU32(ref, word, len);
      copyBytes(buf, off, arena.bytes(ref), base + at, len);
      return;
    }
    const index = arena.big.alloc(len);
    copyBytes(buf, off, arena.big.bytes(index), 0, len);
    arena.setU32(ref, word, len | BIG);
    const bytes = arena.bytes(ref);
    for (let i = 0; i < 4; i++) bytes[base + at + i] = index >>> (8 * i);
  }
}

/** What a name or value takes within a block. */
function storedBytes(len: number): number {
  return len <= ELEMENT_INLINE_MAX ? len : 4;
}

function readIndex(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
}
