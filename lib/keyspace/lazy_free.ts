/**
 * Freeing what is large, in slices.
 *
 * DESIGN. FLUSHALL detaches whole dicts in O(1), DEL of a large collection its
 * root, and a snapshot leaves what only it still needed (frozen.ts). All are
 * freed about one node at a time, by the server's cron or whenever it has time.
 * A dict that a snapshot still walks waits until the walk is over; a root that
 * shares nodes with a frozen one need not: those nodes are left to it. Bytes
 * that wait count as free: `pendingBytes` is what the keyspace subtracts.
 */

import { type Ref } from "../arena/layout.ts";
import { Fifo } from "../base/fifo.ts";
import { type Dict } from "../dict/dict.ts";
import { RefList } from "../dict/ref_list.ts";
import { SEGMENT_BYTES } from "../dict/segment.ts";
import { type Entries, TYPE_STRING } from "../objects/entry.ts";
import { type Collections } from "./collections.ts";
import { type FrozenRoot } from "./frozen.ts";

interface Detached {
  readonly dict: Dict;
  readonly expires: Dict;
}

/** The root of a collection that was deleted. */
interface DetachedRoot {
  readonly type: number;
  readonly root: Ref;
}

/** Orphaned blocks are freed this many at a time. */
const ORPHANS_PER_STEP = 256;

/** A queue of detached dicts, roots and blocks. */
export class LazyFree {
  /** Bytes of entries and collections that are detached but not yet freed. */
  pendingBytes = 0;
  /** Entries freed since the start, for INFO `lazyfreed_objects`. */
  freedObjects = 0;
  readonly #entries: Entries;
  readonly #collections: Collections;
  readonly #dicts: Detached[] = [];
  readonly #roots: DetachedRoot[] = [];
  readonly #orphans = new Fifo<FrozenRoot>();
  readonly #list = new RefList();

  constructor(entries: Entries, collections: Collections) {
    this.#entries = entries;
    this.#collections = collections;
  }

  /** Entries that wait, for INFO `lazyfree_pending_objects`. */
  get pendingObjects(): number {
    return this.#dicts.reduce((sum, item) => sum + item.dict.size, this.#roots.length);
  }

  get isIdle(): boolean {
    return this.#dicts.length === 0 && this.#roots.length === 0 && this.#orphans.length === 0;
  }

  /** Takes over a detached database: `bytes` is what its entries take, segments come on top. */
  add(dict: Dict, expires: Dict, bytes: number): void {
    this.pendingBytes += bytes + (dict.segments + expires.segments) * SEGMENT_BYTES;
    this.#dicts.push({ dict, expires });
  }

  /** Takes over the root of a large collection of `bytes` bytes. */
  addRoot(type: number, root: Ref, bytes: number): void {
    this.pendingBytes += bytes;
    this.#roots.push({ type, root });
  }

  /** Takes over what only a released frozen root needed. */
  addOrphans(frozen: FrozenRoot): void {
    this.#orphans.push(frozen);
  }

  /** Frees the root that was added last, all of it. */
  freeLastRoot(): void {
    while (this.#reclaimLast());
  }

  /**
   * Frees about one node, or one segment's entries of the first dict that no snapshot walks.
   * @returns whether anything was freed
   */
  step(isWalking: (dict: Dict) => boolean): boolean {
    const orphans = this.#orphans.first;
    if (orphans !== undefined) {
      this.#freeOrphans(orphans);
      return true;
    }
    if (this.#roots.length > 0) {
      this.#reclaimLast();
      return true;
    }
    const at = this.#dicts.findIndex((item) => !isWalking(item.dict));
    if (at < 0) return false;
    this.#freeSegment(at);
    return true;
  }

  #freeSegment(at: number): void {
    const { dict, expires } = this.#dicts[at];
    const list = this.#list;
    list.clear();
    if (expires.takeSegment(list)) {
      this.pendingBytes -= SEGMENT_BYTES;
      return;
    }
    if (!dict.takeSegment(list)) {
      this.#dicts.splice(at, 1);
      return;
    }
    this.pendingBytes -= SEGMENT_BYTES;
    for (let i = 0; i < list.length; i++) {
      const ref = list.refs[i];
      this.pendingBytes -= this.#entries.bytesOf(ref);
      if (this.#entries.type(ref) !== TYPE_STRING) this.#collections.freeLater(ref);
      this.#entries.free(ref);
    }
    this.freedObjects += list.length;
  }

  /** Frees a node of the root that was added last. @returns whether more are left */
  #reclaimLast(): boolean {
    const { type, root } = this.#roots[this.#roots.length - 1];
    const { nodes } = this.#collections;
    const before = nodes.liveBytes;
    const more = this.#collections.reclaim(type, root);
    this.pendingBytes -= before - nodes.liveBytes;
    if (more) return true;
    this.#roots.pop();
    this.freedObjects++;
    return false;
  }

  #freeOrphans(frozen: FrozenRoot): void {
    const { nodes } = this.#collections;
    const { arena } = nodes;
    for (let n = 0; n < ORPHANS_PER_STEP && frozen.blocks.length > 0; n++) {
      const ref = frozen.blocks.pop()!;
      nodes.orphanedBytes -= arena.sizeOf(ref);
      arena.free(ref);
    }
    for (let n = 0; n < ORPHANS_PER_STEP && frozen.bigs.length > 0; n++) {
      const index = frozen.bigs.pop()!;
      nodes.orphanedBytes -= arena.big.bytes(index).length;
      arena.big.free(index);
    }
    if (frozen.blocks.length === 0 && frozen.bigs.length === 0) this.#orphans.shift();
  }
}
