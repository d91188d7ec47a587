/**
 * The LFU word: 16 bits of minutes when last decayed, 8 bits of a logarithmic
 * counter, as Redis keeps them.
 */

import { type Random } from "../base/random.ts";

/** What a new key's counter starts with, so that it is not evicted at once. */
export const LFU_INITIAL = 5;

/** The counter after the decay that is due, without counting an access. */
export function decayedLfu(lru: number, minutes: number, decayTime: number): number {
  const counter = lru & 255;
  const last = lru >>> 8;
  const elapsed = minutes >= last ? minutes - last : 65535 - last + minutes;
  const periods = decayTime > 0 ? Math.floor(elapsed / decayTime) : 0;
  return periods > counter ? 0 : counter - periods;
}

/** The word after one access: decayed, then incremented with a chance that shrinks as the counter grows. */
export function nextLfu(
  lru: number,
  minutes: number,
  decayTime: number,
  logFactor: number,
  random: Random,
): number {
  let counter = decayedLfu(lru, minutes, decayTime);
  if (counter < 255) {
    const base = Math.max(counter - LFU_INITIAL, 0);
    if (random.uint32() / 2 ** 32 < 1 / (base * logFactor + 1)) counter++;
  }
  return (minutes << 8) | counter;
}
