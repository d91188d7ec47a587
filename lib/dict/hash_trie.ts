/**
 * The hash trie: the hash table of large hashes, sets and sorted sets, whose
 * past a snapshot can keep.
 *
 * DESIGN. Extendible hashing as in dict.ts, with the same segments, but all of
 * it in nodes of the arena (lib/arena/nodes.ts), so that it is path-copyable:
 * directories (directory.ts) of at most 256 slots lead to segments or, where
 * eight bits are not enough, to directories for the next eight. A change
 * touches one segment and at most four directories. Segments split one at a
 * time and merge when sparse; there is no rehash, hence no pause, and a cursor
 * is a position in hash space.
 *
 * A trie is nothing but its *top*, an int32 that its owner keeps: 0 when it is
 * empty, a segment's ref, or ~ref of a directory. Whoever changes the trie gets
 * the new top back and must keep that one. One object of this class serves all
 * tries whose elements one {@link KeyReader} reads.
 *
 * The trie owns its nodes, never the elements.
 */

import { type Arena } from "../arena/arena.ts";
import * as layout from "../arena/layout.ts";
import { type Ref } from "../arena/layout.ts";
import { type Nodes } from "../arena/nodes.ts";
import { type Random } from "../base/random.ts";
import { type KeyReader } from "./dict.ts";
import * as directoryForm from "./directory.ts";
import { canHalve, directoryAbove, doubleDirectory, halveDirectory, slotOfHash } from "./directory.ts";
import { cutAtHash, RefList } from "./ref_list.ts";
import * as segmentForm from "./segment.ts";
import {
  collectSlots,
  cursorBehind,
  homeSlot,
  initSegment,
  insertSlot,
  mergeSegment,
  nthOccupied,
  removeSlot,
  splitSegment,
  verifySegment,
  wordBase,
} from "./segment.ts";

const { CHUNK_SHIFT, GRANULE_MASK, NIL } = layout;
const { BITS_WORD, CHILDREN, DIRECTORY_BITS_MAX, ENTRIES_WORD, USED_WORD } = directoryForm;
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

/** The top of a trie: 0, a segment's ref, or ~ref of a directory. */
export type TrieTop = number;

/** Bits of a hash. */
const DEPTH_MAX = 32;
/** Fewer entries in a segment than this are counted through, not guessed at. */
const DENSE = SEGMENT_SLOTS / 8;

/** The segment that has the entry with this hash, if there is one; 0 in an empty trie. */
export function segmentOf(arena: Arena, top: TrieTop, hash: number): Ref {
  while (top < 0) {
    const words = arena.i32[~top >>> CHUNK_SHIFT];
    const base = wordBase(~top);
    top = words[base + CHILDREN + (hash >>> (32 - words[base + BITS_WORD]))];
    hash <<= DIRECTORY_BITS_MAX;
  }
  return top;
}

/** Path-copyable extendible hashing; see the module's note. */
export class HashTrie {
  /** The hash of what `random` returned last, an int32. */
  pickedHash = 0;
  readonly #nodes: Nodes;
  readonly #keys: KeyReader;

  constructor(nodes: Nodes, keys: KeyReader) {
    this.#nodes = nodes;
    this.#keys = keys;
  }

  /** Number of entries. */
  count(top: TrieTop): number {
    if (top === 0) return 0;
    return this.#nodes.arena.u32(top < 0 ? ~top : top, top < 0 ? ENTRIES_WORD : WORD_COUNT);
  }

  /**
   * Looks for a key.
   * @param hash of the key, as int32 or uint32
   * @returns the ref, or 0
   */
  find(top: TrieTop, hash: number, buf: Uint8Array, off: number, len: number): Ref {
    if (top === 0) return NIL;
    hash |= 0;
    const segment = segmentOf(this.#nodes.arena, top, hash);
    const words = this.#nodes.arena.i32[segment >>> CHUNK_SHIFT];
    const slots = ((segment & GRANULE_MASK) << 1) + FIRST_SLOT;
    let slot = homeSlot(hash);
    for (;;) {
      const at = slots + (slot << 1);
      const ref = words[at + 1];
      if (ref === 0) return NIL;
      if (words[at] === hash && this.#keys.keyEquals(ref, buf, off, len)) return ref;
      if (++slot === SEGMENT_SLOTS) slot = 0;
    }
  }

  /**
   * Adds an entry whose key is known to be absent.
   * @returns the new top
   * @throws RangeError when more than a segment's worth of keys have the same hash
   */
  insert(top: TrieTop, hash: number, ref: Ref): TrieTop {
    return this.#insert(top === 0 ? this.#newSegment(0) : top, 0, hash | 0, ref);
  }

  /**
   * Removes an entry that is there; the element itself is the caller's to free.
   * @returns the new top
   */
  remove(top: TrieTop, hash: number, ref: Ref): TrieTop {
    const changed = this.#remove(top, 0, hash | 0, ref);
    if (this.count(changed) > 0) return changed;
    // The last entries are all in one segment, since sparse ones merge.
    this.#nodes.free(changed);
    return 0;
  }

  /**
   * Puts another ref in the place of one that is there; both have the same key.
   * @returns the new top
   */
  replace(top: TrieTop, hash: number, oldRef: Ref, newRef: Ref): TrieTop {
    return this.#replace(top, 0, hash | 0, oldRef, newRef);
  }

  /**
   * One step of a scan: appends about `count` entries (at least one segment's
   * share of them) with a hash ≥ `cursor` to `out`, equal hashes together. What
   * is there during all of a scan is returned exactly once.
   * @param cursor 0 to begin with, or what the step before returned
   * @returns the next cursor, 0 when the scan is complete
   */
  scan(top: TrieTop, cursor: number, count: number, out: RefList): number {
    if (top === 0) return 0;
    const wanted = out.length + count;
    while (out.length < wanted) {
      const first = out.length;
      const next = this.collectSegment(top, cursor, out);
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
  collectSegment(top: TrieTop, cursor: number, out: RefList): number {
    if (top === 0) return 0;
    const segment = segmentOf(this.#nodes.arena, top, cursor | 0);
    const words = this.#nodes.arena.i32[segment >>> CHUNK_SHIFT];
    const base = wordBase(segment);
    collectSlots(words, base, cursor, out);
    return cursorBehind(cursor, words[base + WORD_DEPTH]);
  }

  /** Calls `visit` for every entry, in no order; the trie must not change meanwhile. */
  forEach(top: TrieTop, visit: (hash: number, ref: Ref) => void): void {
    const list = new RefList();
    let cursor = 0;
    do {
      list.clear();
      cursor = this.collectSegment(top, cursor, list);
      for (let i = 0; i < list.length; i++) visit(list.hashes[i], list.refs[i]);
    } while (cursor !== 0);
  }

  /** An entry, each with exactly the same probability; its hash is in `pickedHash`. 0 when the trie is empty. */
  random(top: TrieTop, random: Random): Ref {
    if (top === 0) return NIL;
    let rank = top < 0 ? random.below(this.count(top)) : 0;
    while (top < 0) {
      const words = this.#nodes.arena.i32[~top >>> CHUNK_SHIFT];
      const base = wordBase(~top);
      const slots = 1 << words[base + BITS_WORD];
      let at = base + CHILDREN + slots;
      // From the nearer end: what is walked through is half of a half.
      let behind = words[base + ENTRIES_WORD] - 1 - rank;
      if (rank <= behind) { while (rank >= words[at]) rank -= words[at++]; }
      else {
        at += slots - 1;
        while (behind >= words[at]) behind -= words[at--];
        rank = words[at] - 1 - behind;
      }
      top = words[at - slots];
    }
    const words = this.#nodes.arena.i32[top >>> CHUNK_SHIFT];
    const base = wordBase(top);
    const count = words[base + WORD_COUNT];
    let slot: number;
    if (count < DENSE) slot = nthOccupied(words, base, random.below(count));
    else {
      do slot = random.below(SEGMENT_SLOTS); while (words[base + FIRST_SLOT + (slot << 1) + 1] === 0);
    }
    this.pickedHash = words[base + FIRST_SLOT + (slot << 1)];
    return words[base + FIRST_SLOT + (slot << 1) + 1];
  }

  /**
   * Takes a trie apart that nobody reads any more, by steps: appends the
   * entries of one segment to `out`, forgets the segment and frees its node.
   * @returns the new top, good for nothing but the next step; 0 when nothing is left
   */
  takeSegment(top: TrieTop, out: RefList): TrieTop {
    const nodes = this.#nodes;
    if (top === 0) return 0;
    if (top > 0) {
      collectSlots(nodes.arena.i32[top >>> CHUNK_SHIFT], wordBase(top), 0, out);
      nodes.free(top);
      return 0;
    }
    const directory = nodes.writable(~top);
    const words = nodes.arena.i32[directory >>> CHUNK_SHIFT];
    const base = wordBase(directory);
    const last = base + CHILDREN + words[base + USED_WORD] - 1;
    const child = words[last];
    const left = this.takeSegment(child, out);
    if (left !== 0) {
      words[last] = left;
      return ~directory;
    }
    // Off with all slots of the child.
    while (words[base + USED_WORD] > 0 && words[base + CHILDREN + words[base + USED_WORD] - 1] === child) {
      words[base + USED_WORD]--;
    }
    if (words[base + USED_WORD] > 0) return ~directory;
    nodes.free(directory);
    return 0;
  }

  /** Number of segments, each of 4 KiB. */
  segments(top: TrieTop): number {
    if (top >= 0) return top === 0 ? 0 : 1;
    const words = this.#nodes.arena.i32[~top >>> CHUNK_SHIFT];
    const first = wordBase(~top) + CHILDREN;
    let sum = 0;
    for (let at = first; at < first + (1 << words[first - CHILDREN + BITS_WORD]); at++) {
      if (at === first || words[at] !== words[at - 1]) sum += this.segments(words[at]);
    }
    return sum;
  }

  /**
   * Walks all nodes: each segment owns exactly its range, every entry is
   * reachable from its home slot, all counts are exact, no directory has more
   * bits than it needs. For tests.
   * @returns the number of entries
   * @throws Error on the first broken invariant
   */
  verify(top: TrieTop): number {
    if (top === 0) return 0;
    const count = top > 0 ? verifySegment(this.#nodes.arena, top, 0, 0) : this.#verify(~top, 0, 0);
    if (count === 0) throw new Error("Cannot verify trie: an empty one has nodes");
    return count;
  }

  #newSegment(depth: number): Ref {
    return initSegment(this.#nodes.arena, this.#nodes.alloc(SEGMENT_BYTES), depth);
  }

  /** The segment that owns `hash`. */
  /** Inserts below `node`, which is at `level`. @returns what takes its place */
  #insert(node: TrieTop, level: number, hash: number, ref: Ref): TrieTop {
    const nodes = this.#nodes;
    const arena = nodes.arena;
    if (node > 0) {
      if (!this.#mustSplit(node)) return this.#insertInto(node, hash, ref);
      node = ~directoryAbove(nodes, node, arena.u32(node, WORD_COUNT));
    }
    let directory = nodes.writable(~node);
    for (;;) {
      const words = arena.i32[directory >>> CHUNK_SHIFT];
      const base = wordBase(directory);
      const bits = words[base + BITS_WORD];
      const slot = slotOfHash(hash, level, bits);
      const child = words[base + CHILDREN + slot];
      if (child < 0) {
        words[base + CHILDREN + slot] = this.#insert(child, level + 1, hash, ref);
        words[base + CHILDREN + (1 << bits) + slot]++;
        words[base + ENTRIES_WORD]++;
        return ~directory;
      }
      const depth = arena.u32(child, WORD_DEPTH) - (level << 3);
      if (!this.#mustSplit(child)) {
        const places = 1 << (bits - depth);
        const first = slot & -places;
        const changed = this.#insertInto(child, hash, ref);
        if (changed !== child) fillSlots(words, base + CHILDREN + first, places, changed);
        words[base + CHILDREN + (1 << bits) + first]++;
        words[base + ENTRIES_WORD]++;
        return ~directory;
      }
      if (depth < bits) this.#split(directory, slot, depth);
      else if (bits < DIRECTORY_BITS_MAX) directory = doubleDirectory(nodes, directory);
      else {
        words[base + CHILDREN + slot] = ~directoryAbove(nodes, child, arena.u32(child, WORD_COUNT));
      }
    }
  }

  /** Whether a segment has to be split before the next insert. */
  #mustSplit(segment: Ref): boolean {
    const words = this.#nodes.arena.i32[segment >>> CHUNK_SHIFT];
    const base = wordBase(segment);
    // Only equal hashes get a segment to the greatest depth.
    return words[base + WORD_COUNT] >= SEGMENT_SPLIT_AT && words[base + WORD_DEPTH] < DEPTH_MAX;
  }

  #insertInto(segment: Ref, hash: number, ref: Ref): Ref {
    if (this.#nodes.arena.u32(segment, WORD_COUNT) >= SEGMENT_SLOTS - 1) {
      throw new RangeError("Cannot insert into trie as too many keys have the same hash");
    }
    segment = this.#nodes.writable(segment);
    insertSlot(this.#nodes.arena.i32[segment >>> CHUNK_SHIFT], wordBase(segment), hash, ref);
    return segment;
  }

  /** Splits the segment in `slot` of a writable directory, which has several slots. */
  #split(directory: Ref, slot: number, depth: number): void {
    const nodes = this.#nodes;
    const words = nodes.arena.i32[directory >>> CHUNK_SHIFT];
    const base = wordBase(directory);
    const bits = words[base + BITS_WORD];
    const half = 1 << (bits - depth - 1);
    const first = slot & (-2 * half);
    const lower = nodes.writable(words[base + CHILDREN + slot]);
    const upper = nodes.alloc(SEGMENT_BYTES);
    splitSegment(nodes.arena, lower, upper);
    fillSlots(words, base + CHILDREN + first, half, lower);
    fillSlots(words, base + CHILDREN + first + half, half, upper);
    const counts = base + CHILDREN + (1 << bits);
    words[counts + first] = nodes.arena.u32(lower, WORD_COUNT);
    words[counts + first + half] = nodes.arena.u32(upper, WORD_COUNT);
  }

  /** Removes below `node`, which is at `level`. @returns what takes its place */
  #remove(node: TrieTop, level: number, hash: number, ref: Ref): TrieTop {
    const nodes = this.#nodes;
    if (node >= 0) return this.#removeFrom(node, hash, ref);
    const directory = nodes.writable(~node);
    const words = nodes.arena.i32[directory >>> CHUNK_SHIFT];
    const base = wordBase(directory);
    const bits = words[base + BITS_WORD];
    const slot = slotOfHash(hash, level, bits);
    const child = words[base + CHILDREN + slot];
    const changed = child < 0
      ? this.#remove(child, level + 1, hash, ref)
      : this.#removeFrom(child, hash, ref);
    const places = this.#places(changed, level, bits);
    const first = slot & -places;
    if (changed !== child) fillSlots(words, base + CHILDREN + first, places, changed);
    words[base + CHILDREN + (1 << bits) + first]--;
    words[base + ENTRIES_WORD]--;
    if (changed > 0 && (child < 0 || nodes.arena.u32(changed, WORD_COUNT) < SEGMENT_MERGE_BELOW)) {
      return this.#merge(directory, level, slot);
    }
    return ~directory;
  }

  #removeFrom(segment: Ref, hash: number, ref: Ref): Ref {
    segment = this.#nodes.writable(segment);
    const words = this.#nodes.arena.i32[segment >>> CHUNK_SHIFT];
    removeSlot(words, wordBase(segment), slotOfRef(words, wordBase(segment), hash, ref));
    return segment;
  }

  /** How many slots a child has in a directory of `level` and `bits`. */
  #places(child: TrieTop, level: number, bits: number): number {
    if (child < 0) return 1;
    return 1 << (bits + (level << 3) - this.#nodes.arena.u32(child, WORD_DEPTH));
  }

  /**
   * Joins the segment in `slot` of a writable directory with its buddy while
   * both fit well into one, and lets the directory shrink with them.
   * @returns what takes the directory's place: itself, a smaller one, or the last segment
   */
  #merge(directory: Ref, level: number, slot: number): TrieTop {
    const nodes = this.#nodes;
    const arena = nodes.arena;
    const words = arena.i32[directory >>> CHUNK_SHIFT];
    const children = wordBase(directory) + CHILDREN;
    const bits = words[children - CHILDREN + BITS_WORD];
    let merged = false;
    for (;;) {
      const segment = words[children + slot];
      const places = this.#places(segment, level, bits);
      if (places === 1 << bits) {
        nodes.free(directory);
        return segment;
      }
      const first = slot & (-2 * places);
      const buddy = words[children + ((slot & -places) ^ places)];
      if (buddy < 0 || this.#places(buddy, level, bits) !== places) break;
      const sum = arena.u32(buddy, WORD_COUNT) + arena.u32(segment, WORD_COUNT);
      if (sum > SEGMENT_MERGED_MAX) break;
      const upper = words[children + first + places];
      const lower = nodes.writable(words[children + first]);
      mergeSegment(arena, lower, upper);
      nodes.free(upper);
      fillSlots(words, children + first, 2 * places, lower);
      words[children + (1 << bits) + first] = sum;
      words[children + (1 << bits) + first + places] = 0;
      merged = true;
    }
    while (merged && canHalve(nodes, directory)) directory = halveDirectory(nodes, directory);
    return ~directory;
  }

  #replace(node: TrieTop, level: number, hash: number, oldRef: Ref, newRef: Ref): TrieTop {
    const nodes = this.#nodes;
    const own = nodes.writable(node < 0 ? ~node : node);
    const words = nodes.arena.i32[own >>> CHUNK_SHIFT];
    const base = wordBase(own);
    if (node >= 0) {
      const slot = slotOfRef(words, base, hash, oldRef);
      words[base + FIRST_SLOT + (slot << 1) + 1] = newRef;
      return own;
    }
    const bits = words[base + BITS_WORD];
    const slot = slotOfHash(hash, level, bits);
    const child = words[base + CHILDREN + slot];
    const changed = this.#replace(child, level + 1, hash, oldRef, newRef);
    if (changed !== child) {
      const places = this.#places(changed, level, bits);
      fillSlots(words, base + CHILDREN + (slot & -places), places, changed);
    }
    return ~own;
  }

  #verify(directory: Ref, level: number, prefix: number): number {
    const arena = this.#nodes.arena;
    const words = arena.i32[directory >>> CHUNK_SHIFT];
    const base = wordBase(directory);
    const bits = words[base + BITS_WORD];
    const slots = 1 << bits;
    const broken = (what: string) => new Error(`Cannot verify trie: directory of level ${level} ${what}`);
    if (bits < 1 || bits > DIRECTORY_BITS_MAX) throw broken(`has ${bits} bits`);
    if (words[base + USED_WORD] !== slots) throw broken("is taken apart");
    let sum = 0;
    let single = false;
    for (let slot = 0, places = 1; slot < slots; slot += places) {
      const child = words[base + CHILDREN + slot];
      if (child < 0 && bits !== DIRECTORY_BITS_MAX) throw broken("has a directory too early");
      places = this.#places(child, level, bits);
      if (places < 1 || slot % places !== 0) throw broken(`has a child of wrong depth in slot ${slot}`);
      if (places === 1) single = true;
      const below = (prefix * slots + slot) / places;
      const depth = child < 0 ? 0 : arena.u32(child, WORD_DEPTH);
      const count = child < 0
        ? this.#verify(~child, level + 1, below)
        : verifySegment(arena, child, depth, below);
      for (let i = 0; i < places; i++) {
        if (words[base + CHILDREN + slot + i] !== child) throw broken(`is broken at slot ${slot + i}`);
        if (words[base + CHILDREN + slots + slot + i] !== (i === 0 ? count : 0)) {
          throw broken(`counts wrong at slot ${slot + i}`);
        }
      }
      sum += count;
    }
    if (!single) throw broken("has a bit too many");
    if (sum !== words[base + ENTRIES_WORD]) {
      throw broken(`holds ${sum}, counts ${words[base + ENTRIES_WORD]}`);
    }
    return sum;
  }
}

function fillSlots(words: Int32Array, at: number, places: number, child: TrieTop): void {
  for (let i = 0; i < places; i++) words[at + i] = child;
}

/** The slot of a segment that holds `ref` under `hash`. */
function slotOfRef(words: Int32Array, base: number, hash: number, ref: Ref): number {
  let slot = homeSlot(hash);
  while (words[base + FIRST_SLOT + (slot << 1) + 1] !== ref) {
    if (words[base + FIRST_SLOT + (slot << 1) + 1] === 0) {
      throw new Error(`Cannot find entry as ref must be in the trie: ref is ${ref}`);
    }
    if (++slot === SEGMENT_SLOTS) slot = 0;
  }
  return slot;
}
