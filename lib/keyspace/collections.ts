/**
 * Collections, whatever their type: opened for change, accounted, frozen, freed.
 *
 * DESIGN. One collection at a time is *open*: from `open` to `close` its nodes
 * may change and nothing else. `open` tells the nodes whether a frozen root
 * shares them; `close` takes the difference of all live bytes, which is exact
 * because only one thing changed, and keeps it in the root block, so that the
 * size of a collection is known in O(1) to eviction, FLUSHALL and MEMORY USAGE.
 *
 * Freeing a large collection is lazy free's work: `free` hands its root over.
 */

import { type Ref } from "../arena/layout.ts";
import { Nodes } from "../arena/nodes.ts";
import { type CollectionType, type ElementSink } from "../objects/collection.ts";
import { Elements } from "../objects/element.ts";
import { encodingName } from "../objects/encoding.ts";
import { type Entries, TYPE_HASH, TYPE_LIST, TYPE_SET, TYPE_STRING, TYPE_ZSET } from "../objects/entry.ts";
import { Hashes } from "../objects/hash.ts";
import { Lists } from "../objects/list.ts";
import { Roots } from "../objects/root.ts";
import { Sets } from "../objects/set.ts";
import { ZSets } from "../objects/zset.ts";
import { Packs } from "../pack/pack.ts";
import { type FrozenRoot, FrozenRoots } from "./frozen.ts";
import { LazyFree } from "./lazy_free.ts";

/** Large collections up to this many elements are freed at once where a command deletes them. */
const FREE_AT_ONCE = 256;

/** What the collections of all types share; see the module's note. */
export class Collections {
  readonly nodes: Nodes;
  readonly elements: Elements;
  readonly roots: Roots;
  readonly packs: Packs;
  readonly lists: Lists;
  readonly hashes: Hashes;
  readonly sets: Sets;
  readonly zsets: ZSets;
  readonly frozen: FrozenRoots;
  /** Dicts and roots that are freed in slices. */
  readonly lazyFree: LazyFree;
  /** The implementation of each type, by TYPE_ number. */
  readonly types: CollectionType[] = [];
  /** How many elements the collection has that was accounted last. */
  counted = 0;
  readonly #entries: Entries;
  #mark = 0;
  #bytesAtOpen = 0;

  constructor(entries: Entries) {
    this.#entries = entries;
    this.nodes = new Nodes(entries.arena, entries);
    this.elements = new Elements(this.nodes);
    this.roots = new Roots(this.nodes);
    this.packs = new Packs(this.nodes);
    this.lists = new Lists(entries, this.roots, this.packs);
    this.types[TYPE_LIST] = this.lists;
    this.hashes = new Hashes(entries, this.roots, this.packs, this.elements);
    this.types[TYPE_HASH] = this.hashes;
    this.sets = new Sets(entries, this.roots, this.packs, this.elements);
    this.types[TYPE_SET] = this.sets;
    this.zsets = new ZSets(entries, this.roots, this.packs, this.elements);
    this.types[TYPE_ZSET] = this.zsets;
    this.frozen = new FrozenRoots(this.nodes, this.roots);
    this.lazyFree = new LazyFree(entries, this);
  }

  /** Number of elements of a collection's entry. */
  count(ref: Ref): number {
    const entries = this.#entries;
    return entries.isLarge(ref)
      ? this.roots.count(entries.word2(ref))
      : this.types[entries.type(ref)].count(ref);
  }

  /** The name of the encoding that the value of any entry has in Redis. */
  encodingName(ref: Ref): string {
    const type = this.#entries.type(ref);
    return type === TYPE_STRING ? encodingName(this.#entries, ref) : this.types[type].encodingName(ref);
  }

  /** Hands all elements of a collection to `sink`. O(n). */
  emit(ref: Ref, sink: ElementSink): void {
    const type = this.types[this.#entries.type(ref)];
    if (!this.#entries.isLarge(ref)) return type.emitPacked(ref, sink);
    const root = this.#entries.word2(ref);
    let position = 0;
    do position = type.emitRoot(root, position, sink); while (position !== 0);
  }

  /** Gives a fresh entry an empty collection. */
  init(ref: Ref): void {
    this.types[this.#entries.type(ref)].init(ref);
  }

  /** From now on the collection of `ref` may change, until `account`. */
  open(ref: Ref): void {
    const entries = this.#entries;
    const block = entries.word2(ref);
    if (entries.isLarge(ref)) {
      this.nodes.frozen = this.frozen.of(block);
      this.#bytesAtOpen = this.roots.bytes(block);
    } else {
      this.nodes.frozen = null;
      this.#bytesAtOpen = entries.arena.sizeOf(block);
    }
    this.#mark = this.nodes.liveBytes;
  }

  /** Ends what `open` began; {@link counted} tells the elements. @returns by how many bytes the collection has grown */
  account(ref: Ref): number {
    const entries = this.#entries;
    const grown = this.nodes.liveBytes - this.#mark;
    this.nodes.frozen = null;
    if (!entries.isLarge(ref)) {
      this.counted = this.types[entries.type(ref)].count(ref);
      return grown;
    }
    const root = entries.word2(ref);
    // A root that was made meanwhile has no figure yet.
    if (grown !== 0 || this.roots.bytes(root) === 0) this.roots.setBytes(root, this.#bytesAtOpen + grown);
    this.counted = this.roots.count(root);
    return grown;
  }

  /** Gives the fresh entry `target` a copy of the collection of `source`. O(n). */
  copy(source: Ref, target: Ref): void {
    const type = this.types[this.#entries.type(source)];
    type.init(target);
    this.open(target);
    type.copyInto(source, target);
    this.account(target);
  }

  /** Freezes a large collection as it is, for a snapshot. O(1). */
  freeze(ref: Ref): FrozenRoot {
    return this.frozen.freeze(this.#entries.word2(ref));
  }

  /** The snapshot has done with a frozen root. */
  release(frozen: FrozenRoot): void {
    this.frozen.release(frozen);
    this.lazyFree.addOrphans(frozen);
  }

  /** Frees what the entry's word 2 leads to; of a large collection, in slices. The entry itself is the caller's. */
  free(ref: Ref): void {
    this.freeLater(ref);
    const { lazyFree, roots } = this;
    if (this.#entries.isLarge(ref) && roots.count(this.#entries.word2(ref)) <= FREE_AT_ONCE) {
      lazyFree.freeLastRoot();
    }
  }

  /** As `free`, but nothing of a large collection goes at once: for whoever frees many. */
  freeLater(ref: Ref): void {
    const entries = this.#entries;
    const type = entries.type(ref);
    if (!entries.isLarge(ref)) return this.types[type].freePacked(ref);
    const root = entries.word2(ref);
    this.lazyFree.addRoot(type, root, this.roots.bytes(root));
  }

  /** Frees about one node of a root that nobody uses any more; the root block itself at last. @returns false when it is gone */
  reclaim(type: number, root: Ref): boolean {
    this.nodes.frozen = this.frozen.of(root);
    const more = this.types[type].reclaimRoot(root);
    this.nodes.frozen = null;
    if (!more) this.roots.free(root);
    return more;
  }
}
