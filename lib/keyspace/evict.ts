/**
 * Eviction: removes keys to keep the data set below `maxmemory`.
 *
 * DESIGN. As in Redis, an approximation: a few keys of every database are
 * sampled, the best candidates are kept in a pool of 16 across samples and
 * calls, and the best of all goes first. `Keyspace.usedBytes` is exact, so the
 * loop simply ends when it is low enough; what waits for lazy free does not
 * count. A call takes a limited time (`tenacity`); the server goes on calling
 * from a timer while the answer is EVICT_RUNNING.
 *
 * The pool holds refs, not keys. A candidate that was deleted, rewritten to
 * another block or used since it was sampled is dropped when its turn comes,
 * so a stale ref is never believed: it must still stand under its hash.
 */

import { type Ref } from "../arena/layout.ts";
import {
  MAXMEMORY_ALLKEYS_RANDOM,
  MAXMEMORY_FLAG_ALLKEYS,
  MAXMEMORY_FLAG_LFU,
  MAXMEMORY_FLAG_LRU,
  MAXMEMORY_NOEVICTION,
  MAXMEMORY_VOLATILE_RANDOM,
} from "../config/enums.ts";
import { type Dict } from "../dict/dict.ts";
import { RefList } from "../dict/ref_list.ts";
import { idleMs } from "./lru.ts";
import { type Database } from "./database.ts";
import { type Keyspace } from "./keyspace.ts";
import { decayedLfu } from "./lfu.ts";

/** Memory is below the limit. */
export const EVICT_OK = 0;
/** Memory is above the limit and the time is up: call again soon. */
export const EVICT_RUNNING = 1;
/** Memory is above the limit, and there is nothing that may be evicted. */
export const EVICT_FAIL = 2;

const POOL_SIZE = 16;
/** The clock is read after this many evictions. */
const KEYS_PER_TIME_CHECK = 16;

/** A key that may be evicted. */
interface Candidate {
  db: Database;
  hash: number;
  ref: Ref;
  /** The higher, the sooner it goes. */
  score: number;
}

/** The time in microseconds that one call may take at a tenacity of 0 to 100. */
export function evictionBudgetUs(tenacity: number): number {
  if (tenacity >= 100) return Infinity;
  return tenacity <= 10 ? 50 * tenacity : Math.floor(500 * 1.15 ** (tenacity - 10));
}

/** The eviction of one keyspace; see the module's note. */
export class Evictor {
  /** MAXMEMORY_*: `maxmemory-policy`. */
  policy = MAXMEMORY_NOEVICTION;
  /** `maxmemory-samples`. */
  samples = 5;
  /** `maxmemory-eviction-tenacity`. */
  tenacity = 10;
  /** Told how long each deletion took, in microseconds, while somebody wants to know. */
  onDeleted: ((usec: number) => void) | null = null;
  readonly #ks: Keyspace;
  readonly #monotonicUs: () => number;
  /** Candidates, best last. */
  readonly #pool: Candidate[] = [];
  #poolPolicy = MAXMEMORY_NOEVICTION;
  readonly #sampled = new RefList();
  /** Where the random policies go on. */
  #nextDatabase = 0;
  /** The key that goes next. */
  #pickedDb: Database | undefined = undefined;
  #pickedRef: Ref = 0;
  #exceededUs = 0;
  #exceededSinceUs = -1;

  constructor(ks: Keyspace, monotonicUs: () => number) {
    this.#ks = ks;
    this.#monotonicUs = monotonicUs;
  }

  /** INFO `total_eviction_exceeded_time`: microseconds above the limit, altogether. */
  get totalExceededUs(): number {
    return this.#exceededUs + this.currentExceededUs;
  }

  /** INFO `current_eviction_exceeded_time`: microseconds above the limit this time, 0 when below. */
  get currentExceededUs(): number {
    return this.#exceededSinceUs < 0 ? 0 : this.#monotonicUs() - this.#exceededSinceUs;
  }

  /**
   * Evicts until the data set takes at most `limitBytes`, or the time is up.
   * `ks.nowMs` and the access clock are the caller's to set. While removals are
   * paused nothing is evicted, and no command refused for that.
   * @param limitBytes for the data set alone: maxmemory, less what else counts
   * @returns EVICT_OK, EVICT_RUNNING or EVICT_FAIL
   */
  evict(limitBytes: number): number {
    if (this.#ks.removalsPaused) return EVICT_OK;
    if (this.#ks.usedBytes <= limitBytes) {
      if (this.#exceededSinceUs >= 0) this.#noteResult(EVICT_OK);
      return EVICT_OK;
    }
    const result = this.policy === MAXMEMORY_NOEVICTION ? EVICT_FAIL : this.#evictDownTo(limitBytes);
    this.#noteResult(result);
    return result;
  }

  /** CONFIG RESETSTAT: counts the time above the limit from now on. */
  resetStats(): void {
    this.#exceededUs = 0;
    this.#exceededSinceUs = -1;
  }

  /** Forgets the candidates: the refs of a data set that was thrown away. */
  reset(): void {
    this.#pool.length = 0;
  }

  #evictDownTo(limitBytes: number): number {
    const ks = this.#ks;
    const end = this.#monotonicUs() + evictionBudgetUs(this.tenacity);
    for (let evicted = 1; ks.usedBytes > limitBytes; evicted++) {
      if (!this.#pick()) return EVICT_FAIL;
      this.#delete(this.#pickedDb!, this.#pickedRef);
      if (evicted % KEYS_PER_TIME_CHECK === 0 && this.#monotonicUs() > end) {
        return ks.usedBytes > limitBytes ? EVICT_RUNNING : EVICT_OK;
      }
    }
    return EVICT_OK;
  }

  #delete(db: Database, ref: Ref): void {
    if (this.onDeleted === null) return this.#ks.evict(db, ref);
    const started = this.#monotonicUs();
    this.#ks.evict(db, ref);
    this.onDeleted(this.#monotonicUs() - started);
  }

  #noteResult(result: number): void {
    if (result !== EVICT_OK) {
      if (this.#exceededSinceUs < 0) this.#exceededSinceUs = this.#monotonicUs();
    } else if (this.#exceededSinceUs >= 0) {
      this.#exceededUs += this.#monotonicUs() - this.#exceededSinceUs;
      this.#exceededSinceUs = -1;
    }
  }

  /** Chooses the key that goes next. @returns false when there is none */
  #pick(): boolean {
    if (this.policy === MAXMEMORY_ALLKEYS_RANDOM || this.policy === MAXMEMORY_VOLATILE_RANDOM) {
      return this.#pickRandom();
    }
    if (this.#poolPolicy !== this.policy) {
      this.#poolPolicy = this.policy;
      this.reset();
    }
    while (this.#fillPool()) {
      for (let best = this.#pool.pop(); best !== undefined; best = this.#pool.pop()) {
        if (!this.#isStillGood(best)) continue;
        this.#pickedDb = best.db;
        this.#pickedRef = best.ref;
        return true;
      }
    }
    return false;
  }

  /** A random key of the next database that has one. */
  #pickRandom(): boolean {
    const databases = this.#ks.databases;
    for (let i = 0; i < databases.length; i++) {
      this.#nextDatabase = (this.#nextDatabase + 1) % databases.length;
      const db = databases[this.#nextDatabase];
      const ref = this.#evictable(db).random(this.#ks.random);
      if (ref === 0) continue;
      this.#pickedDb = db;
      this.#pickedRef = ref;
      return true;
    }
    return false;
  }

  /** The keys of a database that the policy may evict. */
  #evictable(db: Database): Dict {
    return (this.policy & MAXMEMORY_FLAG_ALLKEYS) !== 0 ? db.dict : db.expires;
  }

  /** Samples every database, so that the choice is made among all keys. @returns false when there are none */
  #fillPool(): boolean {
    let any = false;
    for (const db of this.#ks.databases) {
      const dict = this.#evictable(db);
      if (dict.size === 0) continue;
      any = true;
      this.#sampled.clear();
      dict.sample(this.#ks.random, this.samples, this.#sampled);
      for (let i = 0; i < this.#sampled.length; i++) {
        this.#offer(db, this.#sampled.hashes[i], this.#sampled.refs[i]);
      }
    }
    return any;
  }

  /** Puts a key into the pool if it is better than the worst there, or there is room. */
  #offer(db: Database, hash: number, ref: Ref): void {
    const pool = this.#pool;
    const score = this.#score(ref);
    if (pool.length === POOL_SIZE && score <= pool[0].score) return;
    for (const candidate of pool) {
      if (candidate.ref === ref) return;
    }
    const full = pool.length === POOL_SIZE;
    const candidate = full ? pool.shift()! : { db, hash, ref, score };
    candidate.db = db;
    candidate.hash = hash;
    candidate.ref = ref;
    candidate.score = score;
    let at = pool.length;
    while (at > 0 && pool[at - 1].score > score) at--;
    pool.splice(at, 0, candidate);
  }

  /** How much the policy wants the key to go. */
  #score(ref: Ref): number {
    const { entries, lruClock, lfuDecayTime } = this.#ks;
    if ((this.policy & MAXMEMORY_FLAG_LRU) !== 0) return idleMs(entries.lru(ref), lruClock);
    if ((this.policy & MAXMEMORY_FLAG_LFU) !== 0) {
      return 255 - decayedLfu(entries.lru(ref), lruClock, lfuDecayTime);
    }
    return -entries.expireMs(ref);
  }

  /** Whether the candidate is the key that was sampled, and no worse than it was then. */
  #isStillGood({ db, hash, ref, score }: Candidate): boolean {
    return this.#evictable(db).findRef(hash, ref) && this.#score(ref) >= score;
  }
}
