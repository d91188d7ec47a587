/**
 * Sorted sets: members with a score, in order of score and bytes.
 *
 * DESIGN. A small one is *packed*: pairs in one block (zset_pack.ts). A larger
 * one has a root block with a hash trie (member to element) and a score tree
 * (order, ranks) over the same elements (element.ts). Which of the two it is
 * depends on its size alone (packed.ts), and is one way; the *name* that OBJECT ENCODING
 * shows follows Redis' limits and is kept beside it.
 *
 * A sorted set named listpack has no -0: Redis' form of it writes integers.
 *
 * Functions that change need the collection open (lib/keyspace/collections.ts).
 * Bytes handed in may lie in the arena, but not in the same sorted set.
 */

import { NIL, type Ref } from "../arena/layout.ts";
import { Slice } from "../base/slice.ts";
import { HashTrie } from "../dict/hash_trie.ts";
import { RefList } from "../dict/ref_list.ts";
import { PACK_HEADER_BYTES, PACK_INLINE_MAX, type Packs } from "../pack/pack.ts";
import { ScoreCursor, ScoreTree } from "../tree/score_tree.ts";
import { type CollectionType, type ElementSink } from "./collection.ts";
import { type Elements } from "./element.ts";
import { ENC_LARGE, ENC_NAME_MASK, type Entries } from "./entry.ts";
import { PACKED_MAX_BYTES, PACKED_MAX_ELEMENTS } from "./packed.ts";
import { type Roots } from "./root.ts";
import { POPS_AHEAD, ZSetAhead } from "./zset_ahead.ts";
import { ZSetBuilder } from "./zset_builder.ts";
import { ZSetCursor } from "./zset_cursor.ts";
import { pairBytes, ZSetPacks } from "./zset_pack.ts";

/** Names of the encoding. */
export const ZSET_LISTPACK = 0;
export const ZSET_SKIPLIST = 1;

/** Room of a new packed form: a member of some 20 bytes. */
const FIRST_BYTES = 48;

/** Conditions of {@link ZSets.add}: the score is an increment… */
export const ADD_INCR = 1;
/** …only members that are not there, only those that are… */
export const ADD_NX = 2;
export const ADD_XX = 4;
/** …only if the score becomes greater, or less; new members are added anyway. */
export const ADD_GT = 8;
export const ADD_LT = 16;

/** What {@link ZSets.add} did: nothing because of a condition… */
export const ZSET_NOP = 0;
/** …nothing because the score is the same, added, updated… */
export const ZSET_SAME = 1;
export const ZSET_ADDED = 2;
export const ZSET_UPDATED = 3;
/** …nothing because the sum is not a number. */
export const ZSET_NAN = 4;

/** A slice of a large sorted set for a snapshot ends after this many members or bytes. */
const SLICE_MEMBERS = 256;
const SLICE_BYTES = 64 * 1024;

/** Operations on the entries of sorted sets; see the module's note. */
export class ZSets implements CollectionType {
  /** Limits of what is called a listpack: `zset-max-listpack-entries` and `-value`. */
  maxListpackEntries = 128;
  maxListpackValue = 64;
  /** The score that the last {@link add} that was no NOP computed, as Redis replies it. */
  newScore = 0;
  readonly tree: ScoreTree;
  readonly trie: HashTrie;
  readonly packed: ZSetPacks;
  readonly elements: Elements;
  readonly entries: Entries;
  readonly roots: Roots;
  /** For whoever reads one sorted set at a time, or makes one. */
  readonly cursor: ZSetCursor;
  readonly builder: ZSetBuilder;
  readonly #packs: Packs;
  /** For `emitPacked`, whose sink may use the other one. */
  readonly #cursor: ZSetCursor;
  readonly #ordered: ScoreCursor;
  readonly #ahead: ZSetAhead;
  readonly #member = new Slice();
  /** What `openEnd` opened: which end, and where in a pack. */
  #first = false;
  #position = 0;
  readonly #list = new RefList();

  constructor(entries: Entries, roots: Roots, packs: Packs, elements: Elements) {
    this.entries = entries;
    this.#packs = packs;
    this.elements = elements;
    this.roots = roots;
    this.packed = new ZSetPacks(packs);
    this.trie = new HashTrie(packs.nodes, elements.scored);
    this.tree = new ScoreTree(packs.nodes, elements.scored);
    this.#ordered = new ScoreCursor(this.tree);
    this.#ahead = new ZSetAhead(this);
    this.#cursor = new ZSetCursor(this);
    this.cursor = new ZSetCursor(this);
    this.builder = new ZSetBuilder(this);
  }

  /** Number of members. */
  count(ref: Ref): number {
    const block = this.entries.word2(ref);
    return this.entries.isLarge(ref) ? this.roots.count(block) : this.packed.count(block);
  }

  encodingName(ref: Ref): string {
    return this.#name(ref) === ZSET_LISTPACK ? "listpack" : "skiplist";
  }

  init(ref: Ref): void {
    this.entries.setEncoding(ref, ZSET_LISTPACK);
    this.entries.setWord2(ref, this.#packs.create(FIRST_BYTES));
  }

  /**
   * Lets the name follow what is about to be added: `members` of them, the first
   * of `length` bytes. Redis looks at these before it looks at the members.
   */
  expect(ref: Ref, members: number, length: number): void {
    if (members > this.maxListpackEntries || length > this.maxListpackValue) this.#rename(ref);
  }

  /** The score of a member; NaN if it is not there. */
  score(ref: Ref, buf: Uint8Array, off: number, len: number): number {
    const block = this.entries.word2(ref);
    if (this.entries.isLarge(ref)) {
      const element = this.#find(block, buf, off, len);
      return element === NIL ? NaN : this.elements.score(element);
    }
    const pos = this.packed.find(block, buf, off, len);
    return pos === 0 ? NaN : this.packed.score(block, pos);
  }

  /**
   * How many members come before this one, -1 if it is not there; its score is
   * left in {@link newScore}.
   */
  rank(ref: Ref, buf: Uint8Array, off: number, len: number): number {
    const block = this.entries.word2(ref);
    if (this.entries.isLarge(ref)) {
      const element = this.#find(block, buf, off, len);
      if (element === NIL) return -1;
      this.newScore = this.elements.score(element);
      return this.tree.rank(this.roots.tree(block), this.newScore, element);
    }
    const pos = this.packed.find(block, buf, off, len);
    if (pos === 0) return -1;
    this.newScore = this.packed.score(block, pos);
    return this.packed.rank(block, pos);
  }

  /**
   * Adds a member, or changes its score.
   * @param conditions ADD_ bits
   * @returns one of the ZSET_ results
   */
  add(ref: Ref, buf: Uint8Array, off: number, len: number, score: number, conditions: number): number {
    const large = this.entries.isLarge(ref);
    const block = this.entries.word2(ref);
    const hash = large ? this.entries.hash(buf, off, len) : 0;
    // An element of a large one, a position of a packed one.
    const found = large
      ? this.trie.find(this.roots.trie(block), hash, buf, off, len)
      : this.packed.find(block, buf, off, len);
    if (found === 0) {
      if ((conditions & ADD_XX) !== 0) return ZSET_NOP;
      this.newScore = score;
      this.#addNew(ref, buf, off, len, score, hash);
      return ZSET_ADDED;
    }
    if ((conditions & ADD_NX) !== 0) return ZSET_NOP;
    const current = large ? this.elements.score(found) : this.packed.score(block, found);
    if ((conditions & ADD_INCR) !== 0) {
      score += current;
      if (Number.isNaN(score)) return ZSET_NAN;
    }
    if ((conditions & ADD_LT) !== 0 && score >= current) return ZSET_NOP;
    if ((conditions & ADD_GT) !== 0 && score <= current) return ZSET_NOP;
    this.newScore = score;
    if (score === current) return ZSET_SAME;
    const stored = this.#stored(ref, score);
    if (large) this.#update(block, hash, found, current, stored);
    else this.entries.setWord2(ref, this.packed.update(block, found, stored, buf, off, len));
    return ZSET_UPDATED;
  }

  /** Removes a member. @returns whether it was there */
  remove(ref: Ref, buf: Uint8Array, off: number, len: number): boolean {
    const block = this.entries.word2(ref);
    if (!this.entries.isLarge(ref)) {
      const pos = this.packed.find(block, buf, off, len);
      if (pos !== 0) this.entries.setWord2(ref, this.#packs.remove(block, pos, 2));
      return pos !== 0;
    }
    const hash = this.entries.hash(buf, off, len);
    const element = this.trie.find(this.roots.trie(block), hash, buf, off, len);
    if (element === NIL) return false;
    this.roots.setTrie(block, this.trie.remove(this.roots.trie(block), hash, element));
    const score = this.elements.score(element);
    this.roots.setTree(block, this.tree.remove(this.roots.tree(block), score, element));
    this.roots.setCount(block, this.roots.count(block) - 1);
    this.elements.freeScored(element);
    return true;
  }

  /** Removes `n` members from `rank` on, all of which are there. */
  removeRange(ref: Ref, rank: number, n: number): void {
    if (n === 0) return;
    const block = this.entries.word2(ref);
    if (!this.entries.isLarge(ref)) {
      this.entries.setWord2(ref, this.#packs.remove(block, this.packed.at(block, rank), n * 2));
      return;
    }
    const { tree, roots } = this;
    let left = n;
    while (left > 0) {
      roots.setTree(block, tree.removeRun(roots.tree(block), rank, left));
      for (let i = 0; i < tree.takenCount; i++) this.#forget(block, tree.taken[i]);
      left -= tree.takenCount;
    }
    roots.setCount(block, roots.count(block) - n);
  }

  /**
   * Points `out` at the first or last member of an opened sorted set that has
   * one, for {@link removeOpened}; valid until then.
   * @returns its score
   */
  openEnd(ref: Ref, first: boolean, out: Slice): number {
    const { packed, roots, tree } = this;
    const packs = this.#packs;
    const block = this.entries.word2(ref);
    this.#first = first;
    if (!this.entries.isLarge(ref)) {
      this.#position = first ? packs.first(block) : packed.prev(block, packs.end(block));
      packs.read(block, this.#position, out);
      return packed.score(block, this.#position);
    }
    const top = roots.tree(block);
    const opened = tree.openEnd(top, first);
    if (opened !== top) roots.setTree(block, opened);
    this.elements.scored.read(tree.endRef, out);
    return tree.endScore;
  }

  /** Removes the member that `openEnd` has just returned. */
  removeOpened(ref: Ref): void {
    const { roots, tree } = this;
    const block = this.entries.word2(ref);
    if (!this.entries.isLarge(ref)) {
      this.entries.setWord2(ref, this.#packs.remove(block, this.#position, 2));
      return;
    }
    const top = roots.tree(block);
    const left = tree.removeOpened(top);
    if (left !== top) roots.setTree(block, left);
    this.#forget(block, tree.endRef);
    const kept = roots.count(block) - 1;
    roots.setCount(block, kept);
    if (kept % POPS_AHEAD === 0) this.#ahead.fetch(block, this.#first);
  }

  /** Takes an element that the tree no longer has out of the trie, and frees it. */
  #forget(root: Ref, element: Ref): void {
    const { elements, roots, trie } = this;
    const member = this.#member;
    elements.scored.read(element, member);
    const hash = this.entries.hash(member.buf, member.off, member.len);
    const top = roots.trie(root);
    const left = trie.remove(top, hash, element);
    if (left !== top) roots.setTrie(root, left);
    elements.freeScored(element);
  }

  /** How many members have a score < `score`, or ≤ it if `inclusive`. */
  countBelow(ref: Ref, score: number, inclusive: boolean): number {
    const block = this.entries.word2(ref);
    return this.entries.isLarge(ref)
      ? this.tree.countBelow(this.roots.tree(block), score, inclusive)
      : this.packed.countBelow(block, score, inclusive);
  }

  /**
   * One step of a scan: appends the items of about `count` members to `out`, as
   * its refs; of a packed sorted set, all. An item is an element, or a position
   * in the pack, valid until the next change.
   * @returns the next cursor, 0 when the scan is complete
   */
  scan(ref: Ref, cursor: number, count: number, out: RefList): number {
    const block = this.entries.word2(ref);
    if (this.entries.isLarge(ref)) return this.trie.scan(this.roots.trie(block), cursor, count, out);
    const end = this.#packs.end(block);
    for (let pos = this.#packs.first(block); pos < end; pos = this.packed.next(block, pos)) out.push(0, pos);
    return 0;
  }

  /** Points `out` at the member of an item of {@link scan}; valid until the next `free`. */
  itemMember(ref: Ref, item: number, out: Slice): void {
    if (this.entries.isLarge(ref)) this.elements.scored.read(item, out);
    else this.#packs.read(this.entries.word2(ref), item, out);
  }

  /** The score of an item of {@link scan}. */
  itemScore(ref: Ref, item: number): number {
    return this.entries.isLarge(ref)
      ? this.elements.score(item)
      : this.packed.score(this.entries.word2(ref), item);
  }

  copyInto(source: Ref, target: Ref): void {
    const { entries, roots, elements } = this;
    const block = entries.word2(source);
    this.freePacked(target);
    entries.setEncoding(target, entries.encoding(source));
    if (!entries.isLarge(source)) return entries.setWord2(target, this.#packs.copy(block));
    const count = roots.count(block);
    const scores = new Float64Array(count);
    const refs = new Int32Array(count);
    const cursor = this.#ordered;
    const member = this.#member;
    let n = 0;
    for (let more = cursor.seek(roots.tree(block), 0); more; more = cursor.next()) {
      elements.scored.read(cursor.ref, member);
      scores[n] = cursor.score;
      refs[n++] = elements.newScored(cursor.score, member.buf, member.off, member.len);
    }
    entries.setWord2(target, this.#newRoot(scores, refs, n, NIL));
  }

  emitPacked(ref: Ref, sink: ElementSink): void {
    const cursor = this.#cursor;
    for (let more = cursor.seek(ref, 0); more; more = cursor.next()) {
      sink.scored(cursor.member, 0, cursor.score);
    }
  }

  emitRoot(root: Ref, position: number, sink: ElementSink): number {
    const cursor = this.#ordered;
    const member = this.#member;
    const names = this.elements.scored;
    let bytes = 0;
    let members = 0;
    for (let more = cursor.seek(this.roots.tree(root), position); more; more = cursor.next()) {
      if (members === SLICE_MEMBERS || bytes >= SLICE_BYTES) return position + members;
      names.read(cursor.ref, member);
      bytes += member.len;
      members++;
      sink.scored(member, names.bigIndex(cursor.ref), cursor.score);
    }
    return 0;
  }

  reclaimRoot(root: Ref): boolean {
    const { tree, trie, roots } = this;
    const top = roots.tree(root);
    if (top !== NIL) {
      roots.setTree(root, tree.takeLeaf(top));
      for (let i = 0; i < tree.takenCount; i++) this.elements.freeScored(tree.taken[i]);
      return true;
    }
    const table = roots.trie(root);
    if (table === 0) return false;
    this.#list.clear();
    roots.setTrie(root, trie.takeSegment(table, this.#list));
    return roots.trie(root) !== 0;
  }

  freePacked(ref: Ref): void {
    this.#packs.free(this.entries.word2(ref));
  }

  verify(ref: Ref): void {
    const block = this.entries.word2(ref);
    const count = this.count(ref);
    if (!this.entries.isLarge(ref)) {
      if (this.packed.verify(block) > PACKED_MAX_ELEMENTS) {
        throw new Error(`Cannot verify zset: ${count} members are packed`);
      }
      return;
    }
    const { trie, tree, roots } = this;
    if (trie.verify(roots.trie(block)) !== count || tree.verify(roots.tree(block)) !== count) {
      throw new Error(`Cannot verify zset: root counts ${count}, trie or tree do not`);
    }
    const member = new Slice();
    for (let more = this.#ordered.seek(roots.tree(block), 0); more; more = this.#ordered.next()) {
      this.elements.scored.read(this.#ordered.ref, member);
      const found = this.#find(block, member.buf, member.off, member.len);
      if (found !== this.#ordered.ref || this.elements.score(found) !== this.#ordered.score) {
        throw new Error(`Cannot verify zset: element ${this.#ordered.ref} is not in the trie as in the tree`);
      }
    }
  }

  /**
   * Fills a fresh sorted set with elements that are in order: takes them over,
   * packed or as they are.
   * @param trie of these elements, or 0 if it is still to be made
   * @param longest length of the longest member in bytes
   */
  fill(
    ref: Ref,
    scores: Float64Array,
    refs: Int32Array,
    count: number,
    trie: number,
    longest: number,
    bytes: number,
  ): void {
    const named = count <= this.maxListpackEntries && longest <= this.maxListpackValue;
    const name = named ? ZSET_LISTPACK : ZSET_SKIPLIST;
    const packedBytes = PACK_HEADER_BYTES + bytes + count * pairBytes(0);
    if (count > PACKED_MAX_ELEMENTS || packedBytes > PACKED_MAX_BYTES) {
      this.freePacked(ref);
      // -0 stays only where Redis keeps it.
      for (let i = 0; named && i < count; i++) {
        scores[i] += 0;
        this.elements.withScore(refs[i], scores[i]);
      }
      this.entries.setWord2(ref, this.#newRoot(scores, refs, count, trie));
      return this.entries.setEncoding(ref, name | ENC_LARGE);
    }
    const member = this.#member;
    let pack = this.entries.word2(ref);
    for (let i = 0; i < count; i++) {
      this.elements.scored.read(refs[i], member);
      const score = named ? scores[i] + 0 : scores[i];
      pack = this.packed.append(pack, score, member.buf, member.off, member.len);
    }
    this.entries.setWord2(ref, pack);
    this.entries.setEncoding(ref, name);
    this.discard(refs, count, trie);
  }

  /** Frees elements that nobody took over, and the trie of them. */
  discard(refs: Int32Array, count: number, trie: number): void {
    for (let i = 0; i < count; i++) this.elements.freeScored(refs[i]);
    while (trie !== 0) {
      this.#list.clear();
      trie = this.trie.takeSegment(trie, this.#list);
    }
  }

  #newRoot(scores: Float64Array, refs: Int32Array, count: number, trie: number): Ref {
    const { roots, elements, entries } = this;
    const member = this.#member;
    for (let i = trie === 0 ? 0 : count; i < count; i++) {
      elements.scored.read(refs[i], member);
      trie = this.trie.insert(trie, entries.hash(member.buf, member.off, member.len), refs[i]);
    }
    const root = roots.create();
    roots.setTrie(root, trie);
    roots.setTree(root, this.tree.build(scores, refs, count));
    roots.setCount(root, count);
    return root;
  }

  #name(ref: Ref): number {
    return this.entries.encoding(ref) & ENC_NAME_MASK;
  }

  #rename(ref: Ref): void {
    this.entries.setEncoding(ref, this.entries.encoding(ref) | ZSET_SKIPLIST);
  }

  /** A score as it is kept. */
  #stored(ref: Ref, score: number): number {
    return this.#name(ref) === ZSET_LISTPACK ? score + 0 : score;
  }

  #find(root: Ref, buf: Uint8Array, off: number, len: number): Ref {
    return this.trie.find(this.roots.trie(root), this.entries.hash(buf, off, len), buf, off, len);
  }

  #addNew(ref: Ref, buf: Uint8Array, off: number, len: number, score: number, hash: number): void {
    const { entries } = this;
    if (this.#name(ref) === ZSET_LISTPACK) this.expect(ref, this.count(ref) + 1, len);
    const stored = this.#stored(ref, score);
    if (!entries.isLarge(ref)) {
      const pack = entries.word2(ref);
      const bytes = PACK_HEADER_BYTES + this.#packs.bytes(pack) + pairBytes(len);
      const fits = len <= PACK_INLINE_MAX && bytes <= PACKED_MAX_BYTES;
      if (fits && this.packed.count(pack) < PACKED_MAX_ELEMENTS) {
        return entries.setWord2(ref, this.packed.insert(pack, stored, buf, off, len));
      }
      this.#enlarge(ref);
      hash = entries.hash(buf, off, len);
    }
    const root = entries.word2(ref);
    const element = this.elements.newScored(stored, buf, off, len);
    this.roots.setTrie(root, this.trie.insert(this.roots.trie(root), hash, element));
    this.roots.setTree(root, this.tree.insert(this.roots.tree(root), stored, element));
    this.roots.setCount(root, this.roots.count(root) + 1);
  }

  /** From one block to trie and tree. */
  #enlarge(ref: Ref): void {
    const { entries, packed } = this;
    const pack = entries.word2(ref);
    const count = packed.count(pack);
    const scores = new Float64Array(count);
    const refs = new Int32Array(count);
    const member = this.#member;
    for (let i = 0, pos = this.#packs.first(pack); i < count; i++, pos = packed.next(pack, pos)) {
      this.#packs.read(pack, pos, member);
      scores[i] = packed.score(pack, pos);
      refs[i] = this.elements.newScored(scores[i], member.buf, member.off, member.len);
    }
    entries.setWord2(ref, this.#newRoot(scores, refs, count, 0));
    entries.setEncoding(ref, this.#name(ref) | ENC_LARGE);
    this.#packs.free(pack);
  }

  #update(root: Ref, hash: number, element: Ref, current: number, score: number): void {
    const { roots } = this;
    const moved = this.elements.withScore(element, score);
    roots.setTree(root, this.tree.update(roots.tree(root), current, element, score, moved));
    if (moved !== element) {
      roots.setTrie(root, this.trie.replace(roots.trie(root), hash, element, moved));
    }
  }
}
