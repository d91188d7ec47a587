/**
 * The access clock: what the LRU word of an entry is compared with.
 *
 * Units: LRU counts seconds in 24 bits, wrapping every 194 days; LFU counts
 * minutes in 16 bits, beside the counter (lfu.ts).
 */

import { type Keyspace } from "./keyspace.ts";
import { LFU_INITIAL } from "./lfu.ts";

/** One tick of the LRU clock. */
export const LRU_CLOCK_RESOLUTION_MS = 1000;
const LRU_CLOCK_MAX = 0xffffff;
const LFU_MINUTES_MAX = 0xffff;

/** The LRU clock at a wall time in ms. */
export function lruClockAt(nowMs: number): number {
  return Math.floor(nowMs / LRU_CLOCK_RESOLUTION_MS) % (LRU_CLOCK_MAX + 1);
}

/** The LFU clock at a wall time in ms. */
export function lfuMinutesAt(nowMs: number): number {
  return Math.floor(nowMs / 60_000) & LFU_MINUTES_MAX;
}

/** Sets the keyspace's access clock, and what new entries start with, from `ks.nowMs` and `ks.lfu`. */
export function updateAccessClock(ks: Keyspace): void {
  if (ks.lfu) {
    ks.lruClock = lfuMinutesAt(ks.nowMs);
    ks.entries.clock = (ks.lruClock << 8) | LFU_INITIAL;
  } else ks.entries.clock = ks.lruClock = lruClockAt(ks.nowMs);
}

/** How long ago, in ms, an entry with this LRU word was used; it may have wrapped once. */
export function idleMs(lru: number, clock: number): number {
  const ticks = clock >= lru ? clock - lru : clock + LRU_CLOCK_MAX - lru;
  return ticks * LRU_CLOCK_RESOLUTION_MS;
}
