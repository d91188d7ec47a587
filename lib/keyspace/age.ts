/**
 * How long ago, or how often, keys were used: what dumps carry of it and what
 * they restore. Only what the eviction policy looks at is kept.
 */

import { type Ref } from "../arena/layout.ts";
import { type Keyspace } from "./keyspace.ts";
import { decayedLfu } from "./lfu.ts";
import { idleMs, lruAfterIdle } from "./lru.ts";

/** Seconds since the key was used, if the policy is of the LRU kind, else -1. */
export function idleToSave(ks: Keyspace, ref: Ref): number {
  return ks.savesIdle ? Math.floor(idleMs(ks.entries.lru(ref), ks.lruClock) / 1000) : -1;
}

/** The access counter, 0 to 255, if the policy is of the LFU kind, else -1. */
export function frequencyToSave(ks: Keyspace, ref: Ref): number {
  return ks.lfu ? decayedLfu(ks.entries.lru(ref), ks.lruClock, ks.lfuDecayTime) : -1;
}

/** Sets the age of a key from a dump: seconds idle or a frequency, -1 for what the dump does not say. */
export function restoreAge(ks: Keyspace, ref: Ref, idleSeconds: number, frequency: number): void {
  if (ks.lfu) {
    if (frequency >= 0) ks.entries.setLru(ref, (ks.lruClock << 8) | frequency);
  } else if (idleSeconds >= 0) ks.entries.setLru(ref, lruAfterIdle(ks.lruClock, idleSeconds));
}
