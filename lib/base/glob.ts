/**
 * Glob matching on bytes, as KEYS, SCAN, PSUBSCRIBE and CONFIG GET do it.
 *
 * DESIGN. `*` any run, `?` any one byte, `[a-c]`, `[^a]`, `\x` literally x.
 * No recursion: a mismatch goes back to the last `*` only, which is enough
 * because a failure behind the last star cannot be cured by an earlier one.
 * Cost is O(pattern x string), nothing exponential; memory is constant.
 *
 * Oddities of Redis are kept, since clients can see them: a non-empty pattern
 * never matches the empty string; a pattern that reaches its 1001st star (runs
 * count once, a final star does not count) matches nothing; an unclosed `[`
 * ends with the pattern; an escaped byte inside `[...]` is compared case and
 * all; ranges compare bytes as signed.
 */

const STAR = 0x2a;
const QUESTION = 0x3f;
const OPEN = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE = 0x5d;
const CARET = 0x5e;
const DASH = 0x2d;

/** Stars that may stand before the end of a pattern; Redis' guard against abuse. */
export const MAX_GLOB_STARS = 1000;

/** ASCII lower case of one byte. */
function lower(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}

/** A byte as C's signed char. */
function signed(byte: number): number {
  return (byte << 24) >> 24;
}

/** Whether `byte` lies in the range `from`-`to`, whichever order they are in. */
function inRange(from: number, to: number, byte: number, nocase: boolean): boolean {
  const a = signed(from);
  const b = signed(to);
  let low = a < b ? a : b;
  let high = a < b ? b : a;
  let c = signed(byte);
  if (nocase) {
    low = lower(low);
    high = lower(high);
    c = lower(c);
  }
  return c >= low && c <= high;
}

/**
 * Matches `byte` against the class that opens at `pattern[open]`.
 * @returns the index just behind the class, or -1 when the byte is not in it
 */
function matchClass(pattern: Uint8Array, open: number, p1: number, byte: number, nocase: boolean): number {
  let p = open + 1;
  const negated = p < p1 && pattern[p] === CARET;
  if (negated) p++;
  let match = false;
  while (p < p1) {
    const c = pattern[p];
    if (c === BACKSLASH && p + 1 < p1) {
      p++;
      if (pattern[p] === byte) match = true;
    } else if (c === CLOSE) {
      break;
    } else if (p + 2 < p1 && pattern[p + 1] === DASH) {
      if (inRange(c, pattern[p + 2], byte, nocase)) match = true;
      p += 2;
    } else if (c === byte || (nocase && lower(c) === lower(byte))) {
      match = true;
    }
    p++;
  }
  if (match === negated) return -1;
  return p < p1 ? p + 1 : p1;
}

/**
 * Matches the class or the escaped byte at `pattern[p]` against one byte.
 * @returns the index just behind it, or -1 for a mismatch
 */
function matchSpecial(pattern: Uint8Array, p: number, p1: number, byte: number, nocase: boolean): number {
  if (pattern[p] === OPEN) return matchClass(pattern, p, p1, byte, nocase);
  // A backslash that ends the pattern stands for itself.
  const at = p + 1 < p1 ? p + 1 : p;
  const c = pattern[at];
  return c === byte || (nocase && lower(c) === lower(byte)) ? at + 1 : -1;
}

/**
 * Whether `str[s0, s1)` matches the glob `pattern[p0, p1)`.
 * @param nocase ignore the case of ASCII letters
 */
export function globMatch(
  pattern: Uint8Array,
  p0: number,
  p1: number,
  str: Uint8Array,
  s0: number,
  s1: number,
  nocase: boolean,
): boolean {
  if (s0 >= s1) return p0 >= p1;
  let p = p0;
  let s = s0;
  let starPattern = -1; // just behind the last star; -1 before the first
  let starString = 0; // where the text behind that star was last tried
  let stars = 0;
  for (;;) {
    // -1 behind the pattern's end: equal to no byte.
    const c = p < p1 ? pattern[p] : -1;
    if (c === STAR) {
      do p++; while (p < p1 && pattern[p] === STAR);
      if (p === p1) return true;
      if (++stars > MAX_GLOB_STARS) return false;
      starPattern = p;
      starString = s;
      continue;
    }
    let next = -1;
    if (c === OPEN || c === BACKSLASH) next = matchSpecial(pattern, p, p1, str[s], nocase);
    else if (c === str[s] || c === QUESTION) next = p + 1;
    else if (nocase && lower(c) === lower(str[s])) next = p + 1;
    if (next >= 0) {
      p = next;
      if (++s < s1) continue;
      // The string is used up: only stars may be left. Trying again behind the
      // last star would leave even fewer bytes for the same elements.
      while (p < p1 && pattern[p] === STAR) p++;
      return p === p1;
    }
    if (starPattern < 0 || ++starString >= s1) return false;
    s = starString;
    p = starPattern;
  }
}

/** Whether a glob may match more than the one string it spells, by Redis' test: does it hold `[`, `*` or `?`. */
export function isGlob(pattern: Uint8Array, p0: number, p1: number): boolean {
  for (let p = p0; p < p1; p++) {
    const c = pattern[p];
    if (c === STAR || c === QUESTION || c === OPEN) return true;
  }
  return false;
}
