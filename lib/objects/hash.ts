/**
 * Hashes: fields with values.
 *
 * ```
 *   encoding  0 listpack, 1 hashtable: the name alone; ENC_LARGE the form
 *   packed    name, value, name, value… in one pack, in order of insertion
 *   large     a root (root.ts) whose trie holds field elements (element.ts)
 * ```
 *
 * DESIGN. The name follows Redis' limits and, as there, never goes back from
 * hashtable; the form follows packed.ts. Both forms are read through *items*:
 * an item is a field's position in the pack or the ref of its element, never 0,
 * valid until the next change of the hash. `find` notes the field's hash, so
 * that the change that usually follows need not compute it again.
 *
 * Whoever changes a hash has opened it (lib/keyspace/collections.ts). Bytes to
 * be stored may lie anywhere but in the hash itself.
 */

import { NIL, type Ref } from "../arena/layout.ts";
import { type Random } from "../base/random.ts";
import { Slice } from "../base/slice.ts";
import { HashTrie } from "../dict/hash_trie.ts";
import { RefList } from "../dict/ref_list.ts";
import { itemBytes, PACK_HEADER_BYTES, PACK_INLINE_MAX, type Packs } from "../pack/pack.ts";
import { type CollectionType, type ElementSink } from "./collection.ts";
import { type Elements } from "./element.ts";
import { ENC_LARGE, ENC_NAME_MASK, type Entries } from "./entry.ts";
import { PACKED_MAX_BYTES, PACKED_MAX_ELEMENTS } from "./packed.ts";
import { type Roots } from "./root.ts";
import { collectSlice } from "./trie_slice.ts";

/** Names of encodings, in the low bits of an entry's encoding. */
export const HASH_LISTPACK = 0;
export const HASH_TABLE = 1;

/** Makes, reads and changes hashes; see the module's note. */
export class Hashes implements CollectionType {
  /** `hash-max-listpack-entries`: with more fields a hash is named hashtable. */
  maxListpackEntries = 512;
  /** `hash-max-listpack-value`: with a longer name or value, in bytes, too. */
  maxListpackValue = 64;
  readonly #entries: Entries;
  readonly #roots: Roots;
  readonly #packs: Packs;
  readonly #elements: Elements;
  readonly #trie: HashTrie;
  readonly #bytesOf: (element: Ref) => number;
  readonly #list = new RefList();
  readonly #name = new Slice();
  readonly #value = new Slice();
  /** The hash that `find` computed last, and what it found with it. */
  #foundHash = 0;
  #found = 0;

  constructor(entries: Entries, roots: Roots, packs: Packs, elements: Elements) {
    this.#entries = entries;
    this.#roots = roots;
    this.#packs = packs;
    this.#elements = elements;
    this.#trie = new HashTrie(packs.nodes, elements.fields);
    this.#bytesOf = (element) => elements.fieldBytes(element);
  }

  /** Number of fields. */
  count(ref: Ref): number {
    const block = this.#entries.word2(ref);
    return this.#entries.isLarge(ref) ? this.#roots.count(block) : this.#packs.count(block) >>> 1;
  }

  encodingName(ref: Ref): string {
    return this.#isNamedListpack(ref) ? "listpack" : "hashtable";
  }

  init(ref: Ref): void {
    this.#entries.setEncoding(ref, HASH_LISTPACK);
    this.#entries.setWord2(ref, this.#packs.create(PACK_HEADER_BYTES));
  }

  /** Looks for a field. @returns its item, or 0 */
  find(ref: Ref, buf: Uint8Array, off: number, len: number): number {
    const block = this.#entries.word2(ref);
    if (!this.#entries.isLarge(ref)) return this.#packs.find(block, buf, off, len, 2);
    this.#foundHash = this.#entries.hash(buf, off, len);
    return this.#found = this.#trie.find(this.#roots.trie(block), this.#foundHash, buf, off, len);
  }

  /** Points `out` at the name of a field; valid until the next `free`. */
  name(ref: Ref, item: number, out: Slice): void {
    if (this.#entries.isLarge(ref)) this.#elements.fields.read(item, out);
    else this.#packs.read(this.#entries.word2(ref), item, out);
  }

  /** Points `out` at the value of a field; valid until the next `free`. */
  value(ref: Ref, item: number, out: Slice): void {
    if (this.#entries.isLarge(ref)) return this.#elements.value(item, out);
    const pack = this.#entries.word2(ref);
    this.#packs.read(pack, this.#packs.next(pack, item), out);
  }

  /**
   * Gets a hash ready for a command that sets `fields` fields, as Redis does
   * before it looks at the first: too many of them or too long ones change its name.
   * @param longest the longest of their names and values, in bytes
   * @param bytes what they take in a pack (`itemBytes`): an empty hash reserves it
   */
  prepare(ref: Ref, fields: number, longest: number, bytes: number): void {
    if (fields > this.maxListpackEntries || longest > this.maxListpackValue) this.#nameHashtable(ref);
    if (this.#entries.isLarge(ref) || fields > PACKED_MAX_ELEMENTS) return;
    const pack = this.#entries.word2(ref);
    if (this.#packs.count(pack) > 0 || PACK_HEADER_BYTES + bytes > PACKED_MAX_BYTES) return;
    this.#packs.free(pack);
    this.#entries.setWord2(ref, this.#packs.create(PACK_HEADER_BYTES + bytes));
  }

  /** Sets a field. @returns whether it is new */
  set(
    ref: Ref,
    nameBuf: Uint8Array,
    nameOff: number,
    nameLen: number,
    buf: Uint8Array,
    off: number,
    len: number,
  ): boolean {
    const item = this.find(ref, nameBuf, nameOff, nameLen);
    if (item === 0) this.insert(ref, nameBuf, nameOff, nameLen, buf, off, len);
    else this.replace(ref, item, buf, off, len);
    return item === 0;
  }

  /** Adds a field for which `find` has just returned 0. */
  insert(
    ref: Ref,
    nameBuf: Uint8Array,
    nameOff: number,
    nameLen: number,
    buf: Uint8Array,
    off: number,
    len: number,
  ): void {
    if (this.#isNamedListpack(ref)) this.#nameFor(ref, nameLen, len, this.count(ref) + 1);
    if (this.#entries.isLarge(ref)) {
      this.#insertElement(ref, this.#elements.newField(nameBuf, nameOff, nameLen, buf, off, len));
    } else if (this.#fits(ref, nameLen, len)) {
      const pack = this.#entries.word2(ref);
      const moved = this.#packs.insertPair(
        pack,
        this.#packs.end(pack),
        nameBuf,
        nameOff,
        nameLen,
        buf,
        off,
        len,
      );
      if (moved !== pack) this.#entries.setWord2(ref, moved);
    } else {
      this.#makeLarge(ref, 0);
      this.#foundHash = this.#entries.hash(nameBuf, nameOff, nameLen);
      this.#insertElement(ref, this.#elements.newField(nameBuf, nameOff, nameLen, buf, off, len));
    }
  }

  /** Gives the field of an item another value. */
  replace(ref: Ref, item: number, buf: Uint8Array, off: number, len: number): void {
    if (this.#isNamedListpack(ref)) {
      this.name(ref, item, this.#name);
      this.#nameFor(ref, this.#name.len, len, this.count(ref));
    }
    if (!this.#entries.isLarge(ref)) {
      const pack = this.#entries.word2(ref);
      const at = this.#packs.next(pack, item);
      const grown = itemBytes(len) - itemBytes(this.#packs.length(pack, at));
      if (
        len <= PACK_INLINE_MAX &&
        (grown <= 0 || PACK_HEADER_BYTES + this.#packs.bytes(pack) + grown <= PACKED_MAX_BYTES)
      ) {
        const moved = this.#packs.replace(pack, at, buf, off, len);
        if (moved !== pack) this.#entries.setWord2(ref, moved);
        return;
      }
      item = this.#makeLarge(ref, item);
    }
    const root = this.#entries.word2(ref);
    // The old element may be gone afterwards: its hash is needed before.
    const hash = this.#hashOf(item);
    const moved = this.#elements.withValue(item, buf, off, len);
    if (moved === item) return;
    this.#roots.setTrie(root, this.#trie.replace(this.#roots.trie(root), hash, item, moved));
    this.#found = 0;
  }

  /** Removes the field of an item. */
  remove(ref: Ref, item: number): void {
    const block = this.#entries.word2(ref);
    if (!this.#entries.isLarge(ref)) {
      this.#entries.setWord2(ref, this.#packs.remove(block, item, 2));
      return;
    }
    this.#roots.setTrie(block, this.#trie.remove(this.#roots.trie(block), this.#hashOf(item), item));
    this.#roots.setCount(block, this.#roots.count(block) - 1);
    this.#elements.freeField(item);
    this.#found = 0;
  }

  /** A field, each with the same probability. The hash must not be empty. @returns its item */
  random(ref: Ref, random: Random): number {
    const block = this.#entries.word2(ref);
    if (this.#entries.isLarge(ref)) return this.#trie.random(this.#roots.trie(block), random);
    return this.#packs.at(block, random.below(this.#packs.count(block) >>> 1) << 1);
  }

  /** Appends the items of all fields to `out`, as its refs. */
  collect(ref: Ref, out: RefList): void {
    if (!this.#entries.isLarge(ref)) return this.#collectPacked(this.#entries.word2(ref), out);
    const top = this.#roots.trie(this.#entries.word2(ref));
    let cursor = 0;
    do cursor = this.#trie.collectSegment(top, cursor, out); while (cursor !== 0);
  }

  /**
   * One step of a scan: appends the items of about `count` fields to `out`, as
   * its refs; of a packed hash, all.
   * @returns the next cursor, 0 when the scan is complete
   */
  scan(ref: Ref, cursor: number, count: number, out: RefList): number {
    const block = this.#entries.word2(ref);
    if (this.#entries.isLarge(ref)) return this.#trie.scan(this.#roots.trie(block), cursor, count, out);
    this.#collectPacked(block, out);
    return 0;
  }

  /** Hands all fields to `sink`. */
  emit(ref: Ref, sink: ElementSink): void {
    if (!this.#entries.isLarge(ref)) return this.emitPacked(ref, sink);
    let position = 0;
    do position = this.emitRoot(this.#entries.word2(ref), position, sink); while (position !== 0);
  }

  copyInto(source: Ref, target: Ref): void {
    const block = this.#entries.word2(source);
    this.#packs.free(this.#entries.word2(target));
    this.#entries.setEncoding(target, this.#entries.encoding(source));
    if (!this.#entries.isLarge(source)) return this.#entries.setWord2(target, this.#packs.copy(block));
    let top = 0;
    this.#trie.forEach(this.#roots.trie(block), (hash, element) => {
      this.#elements.fields.read(element, this.#name);
      this.#elements.value(element, this.#value);
      top = this.#trie.insert(top, hash, this.#newField(this.#name, this.#value));
    });
    const root = this.#roots.create();
    this.#roots.setTrie(root, top);
    this.#roots.setCount(root, this.#roots.count(block));
    this.#entries.setWord2(target, root);
  }

  emitPacked(ref: Ref, sink: ElementSink): void {
    const packs = this.#packs;
    const pack = this.#entries.word2(ref);
    const end = packs.end(pack);
    for (let at = packs.first(pack); at < end;) {
      packs.read(pack, at, this.#name);
      at = packs.next(pack, at);
      packs.read(pack, at, this.#value);
      at = packs.next(pack, at);
      sink.field(this.#name, 0, this.#value, 0);
    }
  }

  emitRoot(root: Ref, position: number, sink: ElementSink): number {
    const list = this.#list;
    const elements = this.#elements;
    const next = collectSlice(this.#trie, this.#roots.trie(root), position, list, this.#bytesOf);
    for (let i = 0; i < list.length; i++) {
      const element = list.refs[i];
      elements.fields.read(element, this.#name);
      elements.value(element, this.#value);
      sink.field(this.#name, elements.fields.bigIndex(element), this.#value, elements.bigValue(element));
    }
    return next;
  }

  reclaimRoot(root: Ref): boolean {
    const list = this.#list;
    list.clear();
    const top = this.#trie.takeSegment(this.#roots.trie(root), list);
    this.#roots.setTrie(root, top);
    for (let i = 0; i < list.length; i++) this.#elements.freeField(list.refs[i]);
    // What was found may be gone, and its block be another field soon.
    this.#found = 0;
    return top !== 0;
  }

  freePacked(ref: Ref): void {
    this.#packs.free(this.#entries.word2(ref));
  }

  verify(ref: Ref): void {
    const block = this.#entries.word2(ref);
    if (!this.#entries.isLarge(ref)) return this.#verifyPacked(ref, block);
    const top = this.#roots.trie(block);
    if (this.#trie.verify(top) !== this.#roots.count(block)) {
      throw new Error(`Cannot verify hash ${ref}: it counts ${this.#roots.count(block)} fields`);
    }
    this.#trie.forEach(top, (hash, element) => {
      this.#elements.fields.read(element, this.#name);
      const { buf, off, len } = this.#name;
      if (this.#entries.hash(buf, off, len) !== (hash | 0)) {
        throw new Error(`Cannot verify hash ${ref}: element ${element} has another hash`);
      }
      if (this.#trie.find(top, hash, buf, off, len) !== element) {
        throw new Error(`Cannot verify hash ${ref}: element ${element} is there twice`);
      }
    });
  }

  #verifyPacked(ref: Ref, pack: Ref): void {
    const items = this.#packs.verify(pack);
    if ((items & 1) !== 0 || items > 2 * PACKED_MAX_ELEMENTS) {
      throw new Error(`Cannot verify hash ${ref}: its pack has ${items} items`);
    }
    const list = new RefList();
    this.#collectPacked(pack, list);
    for (let i = 0; i < list.length; i++) {
      this.#packs.read(pack, list.refs[i], this.#name);
      if (this.#packs.find(pack, this.#name.buf, this.#name.off, this.#name.len, 2) !== list.refs[i]) {
        throw new Error(`Cannot verify hash ${ref}: field at ${list.refs[i]} is there twice`);
      }
    }
  }

  #isNamedListpack(ref: Ref): boolean {
    return (this.#entries.encoding(ref) & ENC_NAME_MASK) === HASH_LISTPACK;
  }

  #nameHashtable(ref: Ref): void {
    this.#entries.setEncoding(ref, (this.#entries.encoding(ref) & ~ENC_NAME_MASK) | HASH_TABLE);
  }

  /** Names a listpack anew, if it does not stay one with `count` fields and a field of these lengths set. */
  #nameFor(ref: Ref, nameLen: number, len: number, count: number): void {
    const max = this.maxListpackValue;
    if (nameLen > max || len > max || count > this.maxListpackEntries) this.#nameHashtable(ref);
  }

  /** Whether a packed hash stays packed with one more field. */
  #fits(ref: Ref, nameLen: number, valueLen: number): boolean {
    if (nameLen > PACK_INLINE_MAX || valueLen > PACK_INLINE_MAX) return false;
    const pack = this.#entries.word2(ref);
    const bytes = PACK_HEADER_BYTES + this.#packs.bytes(pack) + itemBytes(nameLen) + itemBytes(valueLen);
    return bytes <= PACKED_MAX_BYTES && this.#packs.count(pack) < 2 * PACKED_MAX_ELEMENTS;
  }

  /** The hash of an element of a large hash. */
  #hashOf(element: Ref): number {
    if (element === this.#found) return this.#foundHash;
    this.#elements.fields.read(element, this.#name);
    return this.#entries.hash(this.#name.buf, this.#name.off, this.#name.len);
  }

  /** Adds an element whose hash is {@link #foundHash}. */
  #insertElement(ref: Ref, element: Ref): void {
    const root = this.#entries.word2(ref);
    this.#roots.setTrie(root, this.#trie.insert(this.#roots.trie(root), this.#foundHash, element));
    this.#roots.setCount(root, this.#roots.count(root) + 1);
    this.#found = 0;
  }

  #newField(name: Slice, value: Slice): Ref {
    return this.#elements.newField(name.buf, name.off, name.len, value.buf, value.off, value.len);
  }

  /** Makes a packed hash large. @returns the element of the field that was at `item`, or 0 */
  #makeLarge(ref: Ref, item: number): Ref {
    const packs = this.#packs;
    const pack = this.#entries.word2(ref);
    const end = packs.end(pack);
    let top = 0;
    let element = NIL;
    for (let at = packs.first(pack); at < end;) {
      packs.read(pack, at, this.#name);
      const valueAt = packs.next(pack, at);
      packs.read(pack, valueAt, this.#value);
      const field = this.#newField(this.#name, this.#value);
      if (at === item) element = field;
      top = this.#trie.insert(top, this.#entries.hash(this.#name.buf, this.#name.off, this.#name.len), field);
      at = packs.next(pack, valueAt);
    }
    const root = this.#roots.create();
    this.#roots.setTrie(root, top);
    this.#roots.setCount(root, packs.count(pack) >>> 1);
    packs.free(pack);
    this.#entries.setWord2(ref, root);
    this.#entries.setEncoding(ref, this.#entries.encoding(ref) | ENC_LARGE);
    this.#found = 0;
    return element;
  }

  #collectPacked(pack: Ref, out: RefList): void {
    const packs = this.#packs;
    const end = packs.end(pack);
    for (let at = packs.first(pack); at < end; at = packs.next(pack, packs.next(pack, at))) out.push(0, at);
  }
}
