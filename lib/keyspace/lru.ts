/**
 * The LRU word: the seconds of the wall clock when the key was last used, in
 * 24 bits. It wraps every 194 days, which looks like a key used since.
 */

/** One tick of the LRU clock. */
export const LRU_CLOCK_RESOLUTION_MS = 1000;
const LRU_CLOCK_MAX = 0xffffff;

/** How long ago, in ms, an entry with the word `lru` was used when the clock shows `clock`. */
export function idleMs(lru: number, clock: number): number {
  const ticks = clock >= lru ? clock - lru : clock + LRU_CLOCK_MAX - lru;
  return ticks * LRU_CLOCK_RESOLUTION_MS;
}

/** The word of an entry that was used `seconds` ago when the clock shows `clock`. */
export function lruAfterIdle(clock: number, seconds: number): number {
  // Further back than the clock reaches is as far back as it reaches.
  const ticks = Math.min(seconds, LRU_CLOCK_MAX - 1);
  return clock >= ticks ? clock - ticks : clock + LRU_CLOCK_MAX - ticks;
}
