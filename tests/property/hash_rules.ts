/** Rules that make hashes of numbers, even ones and awkward ones, for tests of what is ordered by hash. */

/** A bijection of 32 bits. */
export function mix(key: number): number {
  let h = key | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** The rules by what they make; among them equal hashes, and such as differ in a few bits only. */
export const HASH_RULES = {
  spread: (key: number) => mix(key),
  "in groups of equal ones": (key: number) => mix(key >>> 3),
  "all at the bottom": (key: number) => key << 14,
  "all at the top": (key: number) => ~(key << 14),
  "with a crowd among them": (key: number) => key % 3 === 0 ? mix(key) : 0x12000000 + (key & 0xfff) * 0x1000,
};
