/**
 * Sets: members, each of them once.
 *
 * ```
 *   encoding  0 intset, 1 listpack, 2 hashtable: the name alone; ENC_INTS, ENC_LARGE the form
 *   ints      ENC_INTS: the members are integers in one int set (int_set.ts)
 *   packed    the members in one pack, in order of insertion
 *   large     a root (root.ts) whose trie holds member elements (element.ts)
 * ```
 *
 * DESIGN. The name follows Redis' limits and, as there, goes one way: from
 * intset to listpack or hashtable, from listpack to hashtable. The form follows
 * packed.ts: a set is born as an int set and stays one while all members are
 * integers and few enough, whatever its name; one named listpack never is one.
 * All forms are read through *items*: an item is one more than an integer's
 * index, a position in the pack or the ref of an element, never 0, valid until
 * the next change of the set.
 *
 * Whoever changes a set has opened it (lib/keyspace/collections.ts). Bytes to
 * be stored may lie anywhere but in the set itself.
 */

import { type Ref } from "../arena/layout.ts";
import { type Random } from "../base/random.ts";
import { INT64_DIGITS_MAX } from "../base/int64_words.ts";
import { Slice } from "../base/slice.ts";
import { HashTrie } from "../dict/hash_trie.ts";
import { RefList } from "../dict/ref_list.ts";
import { itemBytes, PACK_HEADER_BYTES, PACK_INLINE_MAX, type Packs } from "../pack/pack.ts";
import { type CollectionType, type ElementSink } from "./collection.ts";
import { type Elements } from "./element.ts";
import { ENC_INTS, ENC_LARGE, ENC_NAME_MASK, type Entries } from "./entry.ts";
import { INT_SET_MAX, IntSets } from "./int_set.ts";
import { PACKED_MAX_BYTES, PACKED_MAX_ELEMENTS } from "./packed.ts";
import { type Roots } from "./root.ts";
import { collectSlice } from "./trie_slice.ts";

/** Names of encodings, in the low bits of an entry's encoding. */
export const SET_INTS = 0;
export const SET_LISTPACK = 1;
export const SET_TABLE = 2;

const NAMES: readonly string[] = ["intset", "listpack", "hashtable"];

/** Makes, reads and changes sets; see the module's note. */
export class Sets implements CollectionType {
  /** `set-max-intset-entries`: with more members a set of integers is named hashtable. */
  maxIntsetEntries = 512;
  /** `set-max-listpack-entries`: so is any other set with more members than this… */
  maxListpackEntries = 128;
  /** …or one longer than `set-max-listpack-value`, in bytes. */
  maxListpackValue = 64;
  readonly #entries: Entries;
  readonly #roots: Roots;
  readonly #packs: Packs;
  readonly #elements: Elements;
  readonly #ints: IntSets;
  readonly #trie: HashTrie;
  readonly #bytesOf: (element: Ref) => number;
  readonly #list = new RefList();
  readonly #slice = new RefList();
  readonly #member = new Slice();
  /** Digits of the integer that was read last… */
  readonly #digits = new Uint8Array(INT64_DIGITS_MAX);
  /** …and of the one that moves to another form meanwhile. */
  readonly #movedDigits = new Uint8Array(INT64_DIGITS_MAX);
  /** What `random` picked last, and its hash. */
  #picked = 0;
  #pickedHash = 0;

  constructor(entries: Entries, roots: Roots, packs: Packs, elements: Elements) {
    this.#entries = entries;
    this.#roots = roots;
    this.#packs = packs;
    this.#elements = elements;
    this.#ints = new IntSets(packs.nodes);
    this.#trie = new HashTrie(packs.nodes, elements.members);
    this.#bytesOf = (element) => elements.memberBytes(element);
  }

  /** Number of members. */
  count(ref: Ref): number {
    const encoding = this.#entries.encoding(ref);
    const block = this.#entries.word2(ref);
    if ((encoding & ENC_LARGE) !== 0) return this.#roots.count(block);
    return (encoding & ENC_INTS) !== 0 ? this.#ints.count(block) : this.#packs.count(block);
  }

  /** The name of the encoding: SET_INTS, SET_LISTPACK or SET_TABLE. */
  name(ref: Ref): number {
    return this.#entries.encoding(ref) & ENC_NAME_MASK;
  }

  encodingName(ref: Ref): string {
    return NAMES[this.name(ref)];
  }

  init(ref: Ref): void {
    this.#entries.setEncoding(ref, SET_INTS | ENC_INTS);
    this.#entries.setWord2(ref, this.#ints.create());
  }

  /** Makes an empty set one that is named listpack, so that integers do not make it an intset. */
  initListpack(ref: Ref, bytes = 0): void {
    this.#ints.free(this.#entries.word2(ref));
    this.#entries.setEncoding(ref, SET_LISTPACK);
    this.#entries.setWord2(ref, this.#packs.create(PACK_HEADER_BYTES + bytes));
  }

  /**
   * Gets a set ready for a command that adds `members` members, as Redis does
   * before it looks at the first: many of them change its name.
   * @param buf the first of them, which tells what an empty set becomes
   */
  prepare(ref: Ref, members: number, buf: Uint8Array, off: number, len: number): void {
    const name = this.name(ref);
    if (this.count(ref) > 0) {
      if (
        (name === SET_LISTPACK && members > this.maxListpackEntries) ||
        (name === SET_INTS && members > this.maxIntsetEntries)
      ) this.#setName(ref, SET_TABLE);
      return;
    }
    const isInteger = this.#ints.value.parse(buf, off, len);
    if (isInteger && members <= this.maxIntsetEntries) return;
    const fits = members <= this.maxListpackEntries;
    if (!isInteger || fits) this.initListpack(ref, len <= PACK_INLINE_MAX ? itemBytes(len) : 0);
    if (!fits) this.#setName(ref, SET_TABLE);
  }

  /** Adds a member. @returns whether it is new */
  add(ref: Ref, buf: Uint8Array, off: number, len: number): boolean {
    const encoding = this.#entries.encoding(ref);
    const block = this.#entries.word2(ref);
    if ((encoding & ENC_LARGE) !== 0) return this.#addToTrie(ref, buf, off, len);
    if ((encoding & ENC_INTS) !== 0) return this.#addToInts(ref, buf, off, len);
    if (this.#packs.find(block, buf, off, len, 1) !== 0) return false;
    this.#nameFor(ref, false, len);
    this.#insertPacked(ref, buf, off, len);
    return true;
  }

  /** Whether there is such a member. */
  has(ref: Ref, buf: Uint8Array, off: number, len: number): boolean {
    return this.find(ref, buf, off, len) !== 0;
  }

  /** Looks for a member. @returns its item, or 0 */
  find(ref: Ref, buf: Uint8Array, off: number, len: number): number {
    const encoding = this.#entries.encoding(ref);
    const block = this.#entries.word2(ref);
    if ((encoding & ENC_LARGE) !== 0) {
      return this.#trie.find(this.#roots.trie(block), this.#entries.hash(buf, off, len), buf, off, len);
    }
    if ((encoding & ENC_INTS) === 0) return this.#packs.find(block, buf, off, len, 1);
    return this.#ints.value.parse(buf, off, len) && this.#ints.find(block) ? this.#ints.place + 1 : 0;
  }

  /** Removes a member. @returns whether it was there */
  remove(ref: Ref, buf: Uint8Array, off: number, len: number): boolean {
    if (this.#entries.isLarge(ref)) {
      const hash = this.#entries.hash(buf, off, len);
      const top = this.#roots.trie(this.#entries.word2(ref));
      const element = this.#trie.find(top, hash, buf, off, len);
      if (element !== 0) this.#removeElement(ref, hash, element);
      return element !== 0;
    }
    const item = this.find(ref, buf, off, len);
    if (item !== 0) this.removeItem(ref, item);
    return item !== 0;
  }

  /** Removes the member of an item. */
  removeItem(ref: Ref, item: number): void {
    const encoding = this.#entries.encoding(ref);
    const block = this.#entries.word2(ref);
    if ((encoding & ENC_LARGE) !== 0) return this.#removeElement(ref, this.#hashOf(item), item);
    const moved = (encoding & ENC_INTS) !== 0
      ? this.#ints.removeAt(block, item - 1)
      : this.#packs.remove(block, item, 1);
    if (moved !== block) this.#entries.setWord2(ref, moved);
  }

  /** Points `out` at the bytes of a member; valid until the next `free` or the next member that is read. */
  member(ref: Ref, item: number, out: Slice): void {
    const encoding = this.#entries.encoding(ref);
    if ((encoding & ENC_LARGE) !== 0) return this.#elements.members.read(item, out);
    const block = this.#entries.word2(ref);
    if ((encoding & ENC_INTS) === 0) return this.#packs.read(block, item, out);
    this.#ints.load(block, item - 1);
    out.set(this.#digits, 0, this.#ints.value.write(this.#digits));
  }

  /** A member, each with the same probability. The set must not be empty. @returns its item */
  random(ref: Ref, random: Random): number {
    const encoding = this.#entries.encoding(ref);
    const block = this.#entries.word2(ref);
    if ((encoding & ENC_LARGE) !== 0) {
      this.#picked = this.#trie.random(this.#roots.trie(block), random);
      this.#pickedHash = this.#trie.pickedHash;
      return this.#picked;
    }
    if ((encoding & ENC_INTS) !== 0) return 1 + random.below(this.#ints.count(block));
    return this.#packs.at(block, random.below(this.#packs.count(block)));
  }

  /** Appends the items of all members to `out`, as its refs; integers of an int set in ascending order. */
  collect(ref: Ref, out: RefList): void {
    let position = 0;
    do position = this.collectSlice(ref, position, out); while (position !== 0);
  }

  /**
   * Appends the items of some members to `out`, as its refs: of a large set, of
   * one segment; else of all.
   * @param position where to go on, 0 to begin with; the set must not change meanwhile
   * @returns the next position, 0 at the end
   */
  collectSlice(ref: Ref, position: number, out: RefList): number {
    const block = this.#entries.word2(ref);
    if (this.#entries.isLarge(ref)) return this.#trie.collectSegment(this.#roots.trie(block), position, out);
    this.#collectPacked(ref, out);
    return 0;
  }

  /**
   * One step of a scan: appends the items of about `count` members to `out`, as
   * its refs; of a packed set, all.
   * @returns the next cursor, 0 when the scan is complete
   */
  scan(ref: Ref, cursor: number, count: number, out: RefList): number {
    if (this.#entries.isLarge(ref)) {
      return this.#trie.scan(this.#roots.trie(this.#entries.word2(ref)), cursor, count, out);
    }
    this.#collectPacked(ref, out);
    return 0;
  }

  /**
   * Names a set of integers, whose name some other set has told, intset, unless it has too many members.
   */
  nameIntset(ref: Ref): void {
    if (this.name(ref) === SET_INTS || this.count(ref) > this.maxIntsetEntries) return;
    this.#setName(ref, SET_INTS);
    if ((this.#entries.encoding(ref) & (ENC_LARGE | ENC_INTS)) === 0) this.#packToInts(ref);
  }

  /** Hands all members to `sink`. */
  emit(ref: Ref, sink: ElementSink): void {
    if (!this.#entries.isLarge(ref)) return this.emitPacked(ref, sink);
    let position = 0;
    do position = this.emitRoot(this.#entries.word2(ref), position, sink); while (position !== 0);
  }

  copyInto(source: Ref, target: Ref): void {
    const block = this.#entries.word2(source);
    const encoding = this.#entries.encoding(source);
    this.#ints.free(this.#entries.word2(target));
    this.#entries.setEncoding(target, encoding);
    if ((encoding & ENC_LARGE) === 0) {
      const copy = (encoding & ENC_INTS) !== 0 ? this.#ints.copy(block) : this.#packs.copy(block);
      return this.#entries.setWord2(target, copy);
    }
    let top = 0;
    this.#trie.forEach(this.#roots.trie(block), (hash, element) => {
      this.#elements.members.read(element, this.#member);
      top = this.#trie.insert(top, hash, this.#newMember(this.#member));
    });
    this.#entries.setWord2(target, this.#newRoot(top, this.#roots.count(block)));
  }

  emitPacked(ref: Ref, sink: ElementSink): void {
    const block = this.#entries.word2(ref);
    if ((this.#entries.encoding(ref) & ENC_INTS) !== 0) {
      for (let item = 1; item <= this.#ints.count(block); item++) {
        this.member(ref, item, this.#member);
        sink.item(this.#member, 0);
      }
      return;
    }
    const end = this.#packs.end(block);
    for (let at = this.#packs.first(block); at < end; at = this.#packs.next(block, at)) {
      this.#packs.read(block, at, this.#member);
      sink.item(this.#member, 0);
    }
  }

  emitRoot(root: Ref, position: number, sink: ElementSink): number {
    const list = this.#slice;
    const members = this.#elements.members;
    const next = collectSlice(this.#trie, this.#roots.trie(root), position, list, this.#bytesOf);
    for (let i = 0; i < list.length; i++) {
      members.read(list.refs[i], this.#member);
      sink.item(this.#member, members.bigIndex(list.refs[i]));
    }
    return next;
  }

  reclaimRoot(root: Ref): boolean {
    const list = this.#slice;
    list.clear();
    const top = this.#trie.takeSegment(this.#roots.trie(root), list);
    this.#roots.setTrie(root, top);
    for (let i = 0; i < list.length; i++) this.#elements.freeMember(list.refs[i]);
    // What was picked may be gone, and its block be another member soon.
    this.#picked = 0;
    return top !== 0;
  }

  freePacked(ref: Ref): void {
    const block = this.#entries.word2(ref);
    if ((this.#entries.encoding(ref) & ENC_INTS) !== 0) this.#ints.free(block);
    else this.#packs.free(block);
  }

  verify(ref: Ref): void {
    const encoding = this.#entries.encoding(ref);
    const block = this.#entries.word2(ref);
    const broken = (what: string) => new Error(`Cannot verify set ${ref}: ${what}`);
    if ((encoding & ENC_INTS) !== 0) {
      if ((encoding & ENC_LARGE) !== 0 || this.name(ref) === SET_LISTPACK) throw broken("it is no int set");
      this.#ints.verify(block);
      return;
    }
    if ((encoding & ENC_LARGE) === 0) {
      if (this.#packs.verify(block) > PACKED_MAX_ELEMENTS || this.name(ref) === SET_INTS) {
        throw broken(`it has ${this.#packs.count(block)} members and encoding ${encoding}`);
      }
    } else if (this.#trie.verify(this.#roots.trie(block)) !== this.#roots.count(block)) {
      throw broken(`it counts ${this.#roots.count(block)} members`);
    }
    const list = new RefList();
    this.collect(ref, list);
    for (let i = 0; i < list.length; i++) {
      this.member(ref, list.refs[i], this.#member);
      const { buf, off, len } = this.#member;
      if (this.find(ref, buf, off, len) !== list.refs[i]) throw broken(`item ${list.refs[i]} is there twice`);
    }
  }

  #setName(ref: Ref, name: number): void {
    this.#entries.setEncoding(ref, (this.#entries.encoding(ref) & ~ENC_NAME_MASK) | name);
  }

  /** Names a set anew, if it must be, for one more member. */
  #nameFor(ref: Ref, isInteger: boolean, len: number): void {
    const name = this.name(ref);
    if (name === SET_TABLE) return;
    const count = this.count(ref);
    if (name === SET_INTS && isInteger) {
      if (count >= this.maxIntsetEntries) this.#setName(ref, SET_TABLE);
      return;
    }
    const fits = count < this.maxListpackEntries && len <= this.maxListpackValue;
    if (!fits || (name === SET_INTS && this.#longest(ref) > this.maxListpackValue)) {
      this.#setName(ref, SET_TABLE);
    } else if (name === SET_INTS) this.#setName(ref, SET_LISTPACK);
  }

  /** The length of the longest member of a set of integers. */
  #longest(ref: Ref): number {
    if (this.maxListpackValue >= INT64_DIGITS_MAX) return 0;
    const list = this.#list;
    list.clear();
    this.collect(ref, list);
    let longest = 0;
    for (let i = 0; i < list.length; i++) {
      // The bytes that are to be added may be digits that were read.
      longest = Math.max(longest, this.#readMoved(ref, list.refs[i]));
    }
    return longest;
  }

  #addToTrie(ref: Ref, buf: Uint8Array, off: number, len: number): boolean {
    const hash = this.#entries.hash(buf, off, len);
    const top = this.#roots.trie(this.#entries.word2(ref));
    if (this.#trie.find(top, hash, buf, off, len) !== 0) return false;
    if (this.name(ref) !== SET_TABLE) {
      this.#nameFor(ref, this.name(ref) === SET_INTS && this.#ints.value.parse(buf, off, len), len);
    }
    this.#insertElement(ref, hash, buf, off, len);
    return true;
  }

  #addToInts(ref: Ref, buf: Uint8Array, off: number, len: number): boolean {
    const ints = this.#ints;
    const block = this.#entries.word2(ref);
    const isInteger = ints.value.parse(buf, off, len);
    if (isInteger && ints.find(block)) return false;
    this.#nameFor(ref, isInteger, len);
    if (!isInteger && ints.count(block) < PACKED_MAX_ELEMENTS) {
      this.#intsToPack(ref, len <= PACK_INLINE_MAX ? itemBytes(len) : 0);
      this.#insertPacked(ref, buf, off, len);
    } else if (isInteger && ints.count(block) < INT_SET_MAX) {
      const moved = ints.insert(block);
      if (moved !== block) this.#entries.setWord2(ref, moved);
    } else {
      this.#makeLarge(ref);
      this.#insertElement(ref, this.#entries.hash(buf, off, len), buf, off, len);
    }
    return true;
  }

  /** Adds a new member to a pack, or to what it becomes. */
  #insertPacked(ref: Ref, buf: Uint8Array, off: number, len: number): void {
    const pack = this.#entries.word2(ref);
    const bytes = PACK_HEADER_BYTES + this.#packs.bytes(pack) + itemBytes(len);
    if (
      len <= PACK_INLINE_MAX && bytes <= PACKED_MAX_BYTES && this.#packs.count(pack) < PACKED_MAX_ELEMENTS
    ) {
      const moved = this.#packs.pushTail(pack, buf, off, len);
      if (moved !== pack) this.#entries.setWord2(ref, moved);
      return;
    }
    this.#makeLarge(ref);
    this.#insertElement(ref, this.#entries.hash(buf, off, len), buf, off, len);
  }

  #insertElement(ref: Ref, hash: number, buf: Uint8Array, off: number, len: number): void {
    const root = this.#entries.word2(ref);
    const element = this.#elements.newMember(buf, off, len);
    this.#roots.setTrie(root, this.#trie.insert(this.#roots.trie(root), hash, element));
    this.#roots.setCount(root, this.#roots.count(root) + 1);
  }

  #removeElement(ref: Ref, hash: number, element: Ref): void {
    const root = this.#entries.word2(ref);
    this.#roots.setTrie(root, this.#trie.remove(this.#roots.trie(root), hash, element));
    this.#roots.setCount(root, this.#roots.count(root) - 1);
    this.#elements.freeMember(element);
    this.#picked = 0;
  }

  /** The hash of an element. */
  #hashOf(element: Ref): number {
    if (element === this.#picked) return this.#pickedHash;
    this.#elements.members.read(element, this.#member);
    return this.#entries.hash(this.#member.buf, this.#member.off, this.#member.len);
  }

  #newMember(member: Slice): Ref {
    return this.#elements.newMember(member.buf, member.off, member.len);
  }

  #newRoot(top: number, count: number): Ref {
    const root = this.#roots.create();
    this.#roots.setTrie(root, top);
    this.#roots.setCount(root, count);
    return root;
  }

  /** Reads a member that is about to move, where bytes that were read before stay as they are. @returns its length */
  #readMoved(ref: Ref, item: number): number {
    if ((this.#entries.encoding(ref) & ENC_INTS) === 0) this.member(ref, item, this.#member);
    else {
      this.#ints.load(this.#entries.word2(ref), item - 1);
      this.#member.set(this.#movedDigits, 0, this.#ints.value.write(this.#movedDigits));
    }
    return this.#member.len;
  }

  /** Makes a packed set large. */
  #makeLarge(ref: Ref): void {
    const list = this.#list;
    list.clear();
    this.#collectPacked(ref, list);
    let top = 0;
    for (let i = 0; i < list.length; i++) {
      this.#readMoved(ref, list.refs[i]);
      const { buf, off, len } = this.#member;
      top = this.#trie.insert(top, this.#entries.hash(buf, off, len), this.#newMember(this.#member));
    }
    this.freePacked(ref);
    this.#entries.setWord2(ref, this.#newRoot(top, list.length));
    this.#entries.setEncoding(ref, (this.#entries.encoding(ref) & ~ENC_INTS) | ENC_LARGE);
  }

  /** Makes an int set a pack with room for `bytes` bytes more. */
  #intsToPack(ref: Ref, bytes: number): void {
    const ints = this.#entries.word2(ref);
    let pack = this.#packs.create(PACK_HEADER_BYTES + bytes);
    for (let i = 0; i < this.#ints.count(ints); i++) {
      this.#readMoved(ref, i + 1);
      pack = this.#packs.pushTail(pack, this.#movedDigits, 0, this.#member.len);
    }
    this.#ints.free(ints);
    this.#entries.setWord2(ref, pack);
    this.#entries.setEncoding(ref, this.#entries.encoding(ref) & ~ENC_INTS);
  }

  /** Makes a pack of integers an int set. */
  #packToInts(ref: Ref): void {
    const pack = this.#entries.word2(ref);
    let ints = this.#ints.create();
    for (let at = this.#packs.first(pack); at < this.#packs.end(pack); at = this.#packs.next(pack, at)) {
      this.#packs.read(pack, at, this.#member);
      this.#ints.value.parse(this.#member.buf, this.#member.off, this.#member.len);
      if (!this.#ints.find(ints)) ints = this.#ints.insert(ints);
    }
    this.#packs.free(pack);
    this.#entries.setWord2(ref, ints);
    this.#entries.setEncoding(ref, this.#entries.encoding(ref) | ENC_INTS);
  }

  #collectPacked(ref: Ref, out: RefList): void {
    const block = this.#entries.word2(ref);
    if ((this.#entries.encoding(ref) & ENC_INTS) !== 0) {
      for (let item = 1; item <= this.#ints.count(block); item++) out.push(0, item);
      return;
    }
    const packs = this.#packs;
    const end = packs.end(block);
    for (let at = packs.first(block); at < end; at = packs.next(block, at)) out.push(0, at);
  }
}
