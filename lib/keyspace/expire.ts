/**
 * Active expiry: finds and removes keys whose deadline has passed and that
 * nobody asks for.
 *
 * DESIGN. As in Redis, adaptive and bounded: a *slow* cycle with each tick of
 * the cron may take a quarter of the tick, a *fast* one before the loop sleeps
 * one millisecond. A cycle takes batches from the databases in turn, at the
 * cursor where it left each of them; it stays with a database as long as more
 * than a tenth of a batch was stale. While that is so the batches grow, because
 * a stale region is cheaper to clear a segment at a time. "Effort" (1 to 10)
 * widens all of these bounds.
 *
 * Each key goes through {@link Keyspace.expire}, which counts it and has its DEL
 * logged. The server decides *whether* a cycle runs (not while loading or
 * paused), and sets `ks.nowMs` before.
 */

import { RefList } from "../dict/ref_list.ts";
import { type Database } from "./database.ts";
import { type Keyspace } from "./keyspace.ts";

/** Kinds of cycle. */
export const EXPIRE_SLOW = 0;
export const EXPIRE_FAST = 1;

const KEYS_PER_BATCH = 20;
/** About a segment: more than that at once gains nothing. */
const LARGEST_BATCH = 448;
const FAST_US = 1000;
const SLOW_PERCENT = 25;
const ACCEPTABLE_STALE_PERCENT = 10;
const DATABASES_PER_CYCLE = 16;
/** The clock is read after this many removals: large values take a time to go. */
const KEYS_PER_TIME_CHECK = 16;

/** What a slow cycle may take, in microseconds, when the cron runs `hz` times per second. */
export function slowBudgetUs(hz: number, effort: number): number {
  return Math.max(Math.floor((SLOW_PERCENT + 2 * (effort - 1)) * 10_000 / hz), 1);
}

/** What a fast cycle may take, in microseconds. */
export function fastBudgetUs(effort: number): number {
  return FAST_US + (FAST_US / 4) * (effort - 1);
}

/** The active expiry of one keyspace; see the module's note. */
export class ActiveExpiry {
  /** `active-expire-effort`, 1 to 10. */
  effort = 1;
  /** INFO `expired_stale_perc`: running average of how many percent of the looked at were stale. */
  stalePercent = 0;
  /** INFO `expired_time_cap_reached_count`: cycles that ran out of time. */
  timeCapReached = 0;
  /** INFO `expire_cycle_cpu_milliseconds`, in microseconds. */
  usedUs = 0;
  readonly #ks: Keyspace;
  readonly #monotonicUs: () => number;
  readonly #batch = new RefList();
  #nextDatabase = 0;
  #ranOutOfTime = false;
  #lastFastUs = -Infinity;
  /** Of the running cycle. */
  #sampled = 0;
  #expired = 0;

  constructor(ks: Keyspace, monotonicUs: () => number) {
    this.#ks = ks;
    this.#monotonicUs = monotonicUs;
  }

  /**
   * Runs one cycle. A fast one returns at once unless there is reason to
   * believe in much to do, and not more often than every two of its durations.
   * @param kind EXPIRE_SLOW or EXPIRE_FAST
   * @param budgetUs the time it may take; see `slowBudgetUs` and `fastBudgetUs`
   */
  cycle(kind: number, budgetUs: number): void {
    if (this.#ks.removalsPaused) return;
    // Before the clock is read: this happens with every turn of the event loop.
    const needless = !this.#ranOutOfTime && this.stalePercent < this.#acceptableStale;
    if (kind === EXPIRE_FAST && needless) return;
    const start = this.#monotonicUs();
    if (kind === EXPIRE_FAST) {
      if (start < this.#lastFastUs + budgetUs * 2) return;
      this.#lastFastUs = start;
    }
    const databases = this.#ks.databases;
    // Out of time means that some database was not looked at: then all are, this time.
    const count = this.#ranOutOfTime ? databases.length : Math.min(DATABASES_PER_CYCLE, databases.length);
    this.#ranOutOfTime = false;
    this.#sampled = this.#expired = 0;
    for (let i = 0; i < count && !this.#ranOutOfTime; i++) {
      // Counted on first, so that a database that takes all the time does not come first again.
      const db = databases[this.#nextDatabase % databases.length];
      this.#nextDatabase = (this.#nextDatabase + 1) % databases.length;
      this.#expireDatabase(db, start + budgetUs);
    }
    this.usedUs += this.#monotonicUs() - start;
    const percent = this.#sampled === 0 ? 0 : this.#expired * 100 / this.#sampled;
    this.stalePercent = percent * 0.05 + this.stalePercent * 0.95;
  }

  get #acceptableStale(): number {
    return ACCEPTABLE_STALE_PERCENT - (this.effort - 1);
  }

  /** Batches of one database, until few of its keys are stale or the time is up. */
  #expireDatabase(db: Database, deadlineUs: number): void {
    const least = KEYS_PER_BATCH + (KEYS_PER_BATCH / 4) * (this.effort - 1);
    for (let size = least;; size = Math.min(size * 2, LARGEST_BATCH)) {
      if (db.expires.size === 0) {
        db.averageTtlMs = 0;
        return;
      }
      const expired = this.#expireBatch(db, size, deadlineUs);
      if (this.#monotonicUs() > deadlineUs) {
        this.#ranOutOfTime = true;
        this.timeCapReached++;
        return;
      }
      // An empty batch is the end of a walk: the next one starts again at the front.
      if (this.#batch.length > 0 && expired * 100 / this.#batch.length <= this.#acceptableStale) return;
    }
  }

  /** Looks at about `size` keys from the cursor on, fewer when the time is up. @returns how many were removed */
  #expireBatch(db: Database, size: number, deadlineUs: number): number {
    const ks = this.#ks;
    const batch = this.#batch;
    batch.clear();
    const next = db.expires.scan(db.expireCursor, size, batch);
    let expired = 0;
    let ttlSum = 0;
    let i = 0;
    for (; i < batch.length; i++) {
      const ref = batch.refs[i];
      if (!ks.isExpired(ref)) ttlSum += Math.max(ks.entries.expireMs(ref) - ks.nowMs, 0);
      else {
        ks.expire(db, ref);
        expired++;
        if (expired % KEYS_PER_TIME_CHECK === 0 && this.#monotonicUs() > deadlineUs) break;
      }
    }
    // What was not looked at comes again; what was removed does not, so this ends.
    if (i === batch.length) db.expireCursor = next;
    else batch.length = i + 1;
    this.#sampled += batch.length;
    this.#expired += expired;
    if (batch.length > expired) this.#noteTtl(db, ttlSum / (batch.length - expired));
    return expired;
  }

  /** Takes the average of a batch into that of its database, with a weight of 2 %. */
  #noteTtl(db: Database, ttlMs: number): void {
    if (db.averageTtlMs === 0) db.averageTtlMs = ttlMs;
    db.averageTtlMs = Math.floor(db.averageTtlMs * 0.98 + ttlMs * 0.02);
  }
}
