/**
 * Freeing what was flushed, in slices.
 *
 * DESIGN. FLUSHALL detaches whole dicts in O(1); their entries are freed one
 * segment at a time, by the server's cron or whenever it has time. A dict that
 * a snapshot still walks waits until the walk is over. Bytes that wait count
 * as free: `pendingBytes` is what the keyspace subtracts.
 */

import { type Dict } from "../dict/dict.ts";
import { RefList } from "../dict/ref_list.ts";
import { SEGMENT_BYTES } from "../dict/segment.ts";
import { type Entries } from "../objects/entry.ts";

interface Detached {
  readonly dict: Dict;
  readonly expires: Dict;
}

/** A queue of detached dicts. */
export class LazyFree {
  /** Bytes of entries that are detached but not yet freed. */
  pendingBytes = 0;
  /** Entries freed since the start, for INFO `lazyfreed_objects`. */
  freedObjects = 0;
  readonly #entries: Entries;
  readonly #queue: Detached[] = [];
  readonly #list = new RefList();

  constructor(entries: Entries) {
    this.#entries = entries;
  }

  /** Entries that wait, for INFO `lazyfree_pending_objects`. */
  get pendingObjects(): number {
    return this.#queue.reduce((sum, item) => sum + item.dict.size, 0);
  }

  get isIdle(): boolean {
    return this.#queue.length === 0;
  }

  /** Takes over a detached database: `bytes` is what its entries take, segments come on top. */
  add(dict: Dict, expires: Dict, bytes: number): void {
    this.pendingBytes += bytes + (dict.segments + expires.segments) * SEGMENT_BYTES;
    this.#queue.push({ dict, expires });
  }

  /**
   * Frees one segment's entries, of the first dict that no snapshot walks.
   * @returns whether anything was freed
   */
  step(isWalking: (dict: Dict) => boolean): boolean {
    const at = this.#queue.findIndex((item) => !isWalking(item.dict));
    if (at < 0) return false;
    const { dict, expires } = this.#queue[at];
    const list = this.#list;
    list.clear();
    if (expires.takeSegment(list)) {
      this.pendingBytes -= SEGMENT_BYTES;
      return true;
    }
    if (!dict.takeSegment(list)) {
      this.#queue.splice(at, 1);
      return true;
    }
    this.pendingBytes -= SEGMENT_BYTES;
    for (let i = 0; i < list.length; i++) {
      this.pendingBytes -= this.#entries.bytesOf(list.refs[i]);
      this.#entries.free(list.refs[i]);
    }
    this.freedObjects += list.length;
    return true;
  }
}
