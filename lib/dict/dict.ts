/**
 * The dict: a hash table of refs by extendible hashing.
 *
 * DESIGN. A directory, indexed by the top bits of a keyed 32-bit hash, leads
 * to segments (segment.ts) that are split one at a time when 7/8 full and
 * merged when sparse. There is no global rehash, hence no pause while it
 * grows. A segment owns a contiguous range of hashes, so a cursor is simply a
 * position in hash space: it stays true across splits and merges, and every
 * element that is present throughout a scan is returned exactly once.
 *
 * The dict owns its segments, never the entries: what a ref means is known to
 * the {@link KeyReader} alone.
 *
 * Lifetimes: what `find` found (`foundHash`, and the slot behind `replaceFound`
 * and `removeFound`) is valid until the next mutation of this dict.
 */

import { type Arena } from "../arena/arena.ts";
import * as layout from "../arena/layout.ts";
import { type Ref } from "../arena/layout.ts";
import { type Random } from "../base/random.ts";
import { cutAtHash, RefList } from "./ref_list.ts";
import * as segmentForm from "./segment.ts";
import {
  candidateIn,
  collectSlots,
  cursorBehind,
  homeSlot,
  initSegment,
  insertSlot,
  mergeSegment,
  nthOccupied,
  removeSlot,
  splitSegment,
  touchSlot,
  verifySegment,
  wordBase,
} from "./segment.ts";

const { CHUNK_SHIFT, GRANULE_MASK, NIL } = layout;
const {
  FIRST_SLOT,
  SEGMENT_BYTES,
  SEGMENT_MERGE_BELOW,
  SEGMENT_MERGED_MAX,
  SEGMENT_SLOTS,
  SEGMENT_SPLIT_AT,
  WORD_COUNT,
  WORD_DEPTH,
} = segmentForm;

/** Compares the key behind a ref with bytes. */
export interface KeyReader {
  /** Whether the entry at `ref` has the key `buf[off, off + len)`. */
  keyEquals(ref: Ref, buf: Uint8Array, off: number, len: number): boolean;
}

/** An extendible hash table of refs; see the module's note. */
export class Dict {
  readonly #arena: Arena;
  readonly #keys: KeyReader;
  /** Segment of each prefix of `#depth` bits; empty until the first insert. */
  #directory = new Int32Array(0);
  /** Bits of the directory's index. */
  #depth = 0;
  /** How many segments have each local depth, to know when the directory can halve. */
  readonly #segmentsOfDepth = new Int32Array(33);
  #size = 0;
  #foundSegment: Ref = NIL;
  #foundSlot = 0;

  constructor(arena: Arena, keys: KeyReader) {
    this.#arena = arena;
    this.#keys = keys;
  }

  /** Number of entries. */
  get size(): number {
    return this.#size;
  }

  /** Number of segments, each of {@link SEGMENT_BYTES}. */
  get segments(): number {
    let sum = 0;
    for (const n of this.#segmentsOfDepth) sum += n;
    return sum;
  }

  /**
   * Looks for a key.
   * @param hash of the key, as int32 or uint32
   * @returns the ref, or 0; the slot is remembered for `replaceFound` and `removeFound`
   */
  find(hash: number, buf: Uint8Array, off: number, len: number): Ref {
    if (this.#size === 0) return NIL;
    hash |= 0;
    const segment = this.#directory[(hash >>> 1) >>> (31 - this.#depth)];
    const words = this.#arena.i32[segment >>> CHUNK_SHIFT];
    const slots = ((segment & GRANULE_MASK) << 1) + FIRST_SLOT;
    let slot = homeSlot(hash);
    for (;;) {
      const at = slots + (slot << 1);
      const ref = words[at + 1];
      if (ref === 0) return NIL;
      if (words[at] === hash && this.#keys.keyEquals(ref, buf, off, len)) {
        this.#foundSegment = segment;
        this.#foundSlot = slot;
        return ref;
      }
      if (++slot === SEGMENT_SLOTS) slot = 0;
    }
  }

  /** Reads the slot where the search for `hash` begins, so that it is in the cache; the dict must not be empty. */
  touch(hash: number): number {
    return touchSlot(this.#arena.i32, this.#directory[(hash >>> 1) >>> (31 - this.#depth)], hash);
  }

  /** The ref that `find` would look at first, its key unread; 0 if there is none. The dict must not be empty. */
  candidate(hash: number): Ref {
    return candidateIn(this.#arena.i32, this.#directory[(hash >>> 1) >>> (31 - this.#depth)], hash);
  }

  /**
   * Looks for a known ref; its key is not read, so it may be one that is gone.
   * @returns whether it is there under this hash; the slot is remembered as by `find`
   */
  findRef(hash: number, ref: Ref): boolean {
    if (this.#size === 0) return false;
    hash |= 0;
    const segment = this.#directory[(hash >>> 1) >>> (31 - this.#depth)];
    const words = this.#arena.i32[segment >>> CHUNK_SHIFT];
    const slots = wordBase(segment) + FIRST_SLOT;
    let slot = homeSlot(hash);
    for (;;) {
      const at = slots + (slot << 1);
      if (words[at + 1] === 0) return false;
      if (words[at + 1] === ref && words[at] === hash) {
        this.#foundSegment = segment;
        this.#foundSlot = slot;
        return true;
      }
      if (++slot === SEGMENT_SLOTS) slot = 0;
    }
  }

  /** Puts another ref into the slot that the last find found. The key must be the same. */
  replaceFound(ref: Ref): void {
    const words = this.#arena.i32[this.#foundSegment >>> CHUNK_SHIFT];
    words[wordBase(this.#foundSegment) + FIRST_SLOT + (this.#foundSlot << 1) + 1] = ref;
  }

  /** Removes what the last find found. The entry itself is the caller's to free. */
  removeFound(): void {
    const segment = this.#foundSegment;
    const words = this.#arena.i32[segment >>> CHUNK_SHIFT];
    const base = wordBase(segment);
    const slot = this.#foundSlot;
    const hash = words[base + FIRST_SLOT + (slot << 1)];
    removeSlot(words, base, slot);
    this.#size--;
    if (words[base + WORD_COUNT] < SEGMENT_MERGE_BELOW) this.#merge(hash, segment);
  }

  /** Adds an entry whose key is known to be absent. */
  insert(hash: number, ref: Ref): void {
    hash |= 0;
    if (this.#directory.length === 0) this.#addFirstSegment();
    let segment = this.#directory[(hash >>> 1) >>> (31 - this.#depth)];
    let words = this.#arena.i32[segment >>> CHUNK_SHIFT];
    while (words[wordBase(segment) + WORD_COUNT] >= SEGMENT_SPLIT_AT) {
      // Past 31 bits there is nothing left to split by; only equal hashes get there.
      if (words[wordBase(segment) + WORD_DEPTH] >= 31) break;
      this.#split(hash, segment);
      segment = this.#directory[(hash >>> 1) >>> (31 - this.#depth)];
      words = this.#arena.i32[segment >>> CHUNK_SHIFT];
    }
    if (words[wordBase(segment) + WORD_COUNT] >= SEGMENT_SLOTS - 1) {
      throw new RangeError("Cannot insert into dict as too many keys have the same hash");
    }
    insertSlot(words, wordBase(segment), hash, ref);
    this.#size++;
  }

  /**
   * One step of a scan: appends about `count` entries (at least one segment's
   * share of them) with a hash ≥ `cursor` to `out`, equal hashes together.
   * @returns the next cursor, 0 when the scan is complete
   */
  scan(cursor: number, count: number, out: RefList): number {
    if (this.#size === 0) return 0;
    const wanted = out.length + count;
    while (out.length < wanted) {
      const first = out.length;
      const next = this.collectSegment(cursor, out);
      if (out.length > wanted && out.length > first + 1) return cutAtHash(out, first, wanted - first, next);
      if (next === 0) return 0;
      cursor = next;
    }
    return cursor;
  }

  /**
   * Appends all entries of the segment that owns `cursor` whose hash is ≥ it.
   * @returns the first hash of the next segment, 0 after the last
   */
  collectSegment(cursor: number, out: RefList): number {
    if (this.#directory.length === 0) return 0;
    const segment = this.#directory[((cursor | 0) >>> 1) >>> (31 - this.#depth)];
    const words = this.#arena.i32[segment >>> CHUNK_SHIFT];
    const base = wordBase(segment);
    collectSlots(words, base, cursor, out);
    return cursorBehind(cursor, words[base + WORD_DEPTH]);
  }

  /** A uniformly random entry, 0 when there is none. */
  random(random: Random): Ref {
    if (this.#size === 0) return NIL;
    for (;;) {
      const segment = this.#directory[random.below(this.#directory.length)];
      const words = this.#arena.i32[segment >>> CHUNK_SHIFT];
      const base = wordBase(segment);
      // A shallow segment stands in the directory more often, a full one has more to give.
      const shallower = this.#depth - words[base + WORD_DEPTH];
      if (shallower > 0 && random.below(2 ** shallower) !== 0) continue;
      const ref = words[base + FIRST_SLOT + (random.below(SEGMENT_SLOTS) << 1) + 1];
      if (ref !== NIL) return ref;
      if (this.#directory.length === 1 && this.#size < SEGMENT_MERGE_BELOW) {
        const slot = nthOccupied(words, base, random.below(this.#size));
        return words[base + FIRST_SLOT + (slot << 1) + 1];
      }
    }
  }

  /**
   * Appends `count` entries (fewer if there are not so many) that stand side by
   * side from a random place on: cheaper than as many random picks, not as uniform.
   */
  sample(random: Random, count: number, out: RefList): void {
    const wanted = out.length + Math.min(count, this.#size);
    let index = this.#size === 0 ? 0 : random.below(this.#directory.length);
    let slot = random.below(SEGMENT_SLOTS);
    while (out.length < wanted) {
      const segment = this.#directory[index];
      const words = this.#arena.i32[segment >>> CHUNK_SHIFT];
      const base = wordBase(segment);
      for (let n = 0; n < SEGMENT_SLOTS && out.length < wanted; n++) {
        const at = base + FIRST_SLOT + (slot << 1);
        if (words[at + 1] !== NIL) out.push(words[at] >>> 0, words[at + 1]);
        if (++slot === SEGMENT_SLOTS) slot = 0;
      }
      // On to the next segment, past all places that this one has in the directory.
      const places = 2 ** (this.#depth - words[base + WORD_DEPTH]);
      index = (index - (index % places) + places) % this.#directory.length;
    }
  }

  /**
   * Empties the dict by steps: forgets one segment and appends its entries to
   * `out`. For dicts that no reader uses any more.
   * @returns false when nothing was left
   */
  takeSegment(out: RefList): boolean {
    const last = this.#directory.length - 1;
    if (last < 0) return false;
    const segment = this.#directory[last];
    const words = this.#arena.i32[segment >>> CHUNK_SHIFT];
    const base = wordBase(segment);
    collectSlots(words, base, 0, out);
    const entries = 2 ** (this.#depth - words[base + WORD_DEPTH]);
    this.#size -= words[base + WORD_COUNT];
    this.#segmentsOfDepth[words[base + WORD_DEPTH]]--;
    this.#directory = this.#directory.subarray(0, last + 1 - entries);
    this.#arena.free(segment);
    return true;
  }

  /** Calls `visit` for every entry; the dict must not change meanwhile. */
  forEach(visit: (hash: number, ref: Ref) => void): void {
    const list = new RefList();
    let cursor = 0;
    if (this.#size === 0) return;
    do {
      list.clear();
      cursor = this.collectSegment(cursor, list);
      for (let i = 0; i < list.length; i++) visit(list.hashes[i], list.refs[i]);
    } while (cursor !== 0);
  }

  /**
   * Walks directory, segments and slots and throws on the first broken
   * invariant: each segment owns exactly its range, every entry is reachable
   * from its home slot, counts are exact. For tests.
   */
  verify(): void {
    let size = 0;
    const perDepth = new Int32Array(33);
    for (let i = 0; i < this.#directory.length;) {
      const segment = this.#directory[i];
      const depth = this.#arena.u32(segment, WORD_DEPTH);
      const entries = 2 ** (this.#depth - depth);
      if (entries < 1 || i % entries !== 0) {
        throw new Error(`Cannot verify dict: segment ${segment} has depth ${depth}`);
      }
      for (let j = i; j < i + entries; j++) {
        if (this.#directory[j] !== segment) {
          throw new Error(`Cannot verify dict: directory is broken at ${j}`);
        }
      }
      size += verifySegment(this.#arena, segment, depth, i / entries);
      perDepth[depth]++;
      i += entries;
    }
    if (size !== this.#size) {
      throw new Error(`Cannot verify dict: size is ${this.#size}, segments hold ${size}`);
    }
    perDepth.forEach((n, depth) => {
      if (n !== this.#segmentsOfDepth[depth]) {
        throw new Error(`Cannot verify dict: ${n} segments of depth ${depth}`);
      }
    });
  }

  #addFirstSegment(): void {
    this.#directory = Int32Array.of(initSegment(this.#arena, this.#arena.alloc(SEGMENT_BYTES), 0));
    this.#depth = 0;
    this.#segmentsOfDepth[0] = 1;
  }

  #split(hash: number, segment: Ref): void {
    const depth = this.#arena.u32(segment, WORD_DEPTH);
    if (depth === this.#depth) this.#doubleDirectory();
    const upper = this.#arena.alloc(SEGMENT_BYTES);
    splitSegment(this.#arena, segment, upper);
    this.#segmentsOfDepth[depth]--;
    this.#segmentsOfDepth[depth + 1] += 2;
    const entries = 2 ** (this.#depth - depth);
    const index = (hash >>> 1) >>> (31 - this.#depth);
    const first = index - (index % entries);
    this.#directory.fill(upper, first + entries / 2, first + entries);
  }

  #doubleDirectory(): void {
    const old = this.#directory;
    const directory = new Int32Array(old.length * 2);
    for (let i = 0; i < old.length; i++) directory[i * 2] = directory[i * 2 + 1] = old[i];
    this.#directory = directory;
    this.#depth++;
  }

  /** Joins a sparse segment with its buddy while both fit well into one. */
  #merge(hash: number, segment: Ref): void {
    const arena = this.#arena;
    for (;;) {
      const depth = arena.u32(segment, WORD_DEPTH);
      if (depth === 0) return;
      const entries = 2 ** (this.#depth - depth);
      const index = (hash >>> 1) >>> (31 - this.#depth);
      const own = index - (index % entries);
      const first = own - (own % (entries * 2));
      const lower = this.#directory[first];
      const upper = this.#directory[first + entries];
      const buddy = lower === segment ? upper : lower;
      if (arena.u32(buddy, WORD_DEPTH) !== depth) return;
      if (arena.u32(buddy, WORD_COUNT) + arena.u32(segment, WORD_COUNT) > SEGMENT_MERGED_MAX) return;
      mergeSegment(arena, lower, upper);
      arena.free(upper);
      this.#directory.fill(lower, first, first + entries * 2);
      this.#segmentsOfDepth[depth] -= 2;
      this.#segmentsOfDepth[depth - 1]++;
      while (this.#depth > 0 && this.#segmentsOfDepth[this.#depth] === 0) this.#halveDirectory();
      segment = lower;
    }
  }

  #halveDirectory(): void {
    const old = this.#directory;
    const directory = new Int32Array(old.length / 2);
    for (let i = 0; i < directory.length; i++) directory[i] = old[i * 2];
    this.#directory = directory;
    this.#depth--;
  }
}
