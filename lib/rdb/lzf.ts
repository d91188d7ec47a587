/**
 * LZF, the compression of strings in RDB.
 *
 * ```
 * 000nnnnn                      n + 1 literal bytes follow
 * lllooooo oooooooo             copy l + 2 bytes (l 1..6) from o + 1 bytes back
 * 111ooooo llllllll oooooooo    the same with l + 9 bytes
 * ```
 * DESIGN. Offsets reach back 8 KiB, literal runs are at most 32 bytes, matches
 * 3 to 264. Reading is in two steps, measuring and expanding: what a header says
 * about the size is checked before any memory is taken for it, and the second
 * step has nothing left to check.
 */

const MAX_LITERALS = 32;
const MAX_OFFSET = 8192;
const MAX_MATCH = 264;
const HASH_BITS = 14;

/**
 * Goes through compressed bytes without expanding them.
 *
 * @returns how many bytes they expand to, or -1 if they are not valid LZF
 */
export function lzfMeasure(src: Uint8Array, off: number, len: number): number {
  const end = off + len;
  let at = off;
  let size = 0;
  while (at < end) {
    const control = src[at++];
    if (control < 32) {
      at += control + 1;
      size += control + 1;
      continue;
    }
    let length = control >>> 5;
    if (length === 7) {
      if (at >= end) return -1;
      length += src[at++];
    }
    if (at >= end) return -1;
    const distance = (((control & 31) << 8) | src[at++]) + 1;
    if (distance > size) return -1;
    size += length + 2;
  }
  return at === end ? size : -1;
}

/**
 * Expands what {@link lzfMeasure} found valid.
 *
 * @param out where to write, from its start; needs the measured size
 */
export function lzfExpand(src: Uint8Array, off: number, len: number, out: Uint8Array): void {
  const end = off + len;
  let at = off;
  let o = 0;
  while (at < end) {
    const control = src[at++];
    if (control < 32) {
      for (let n = control; n >= 0; n--) out[o++] = src[at++];
      continue;
    }
    let length = control >>> 5;
    if (length === 7) length += src[at++];
    let from = o - (((control & 31) << 8) | src[at++]) - 1;
    // Byte by byte: a match may overlap what it makes.
    for (let n = length + 1; n >= 0; n--) out[o++] = out[from++];
  }
}

/** Where three bytes were last seen, as position + {@link base}; older entries count as empty. */
const seen = new Int32Array(1 << HASH_BITS);
/** Moves on with every call, so that the table need not be cleared. */
let base = 1;

/**
 * Compresses `src[off, off + len)`.
 *
 * @param out where to write, from `outOff`; what is there may be written to even if compression fails
 * @param max how many bytes it may become; `out` needs that much room
 * @returns the compressed length, or 0 if it would be more than `max`
 */
export function lzfCompress(
  src: Uint8Array,
  off: number,
  len: number,
  out: Uint8Array,
  outOff: number,
  max: number,
): number {
  if (base > 0x7fffffff - len) {
    seen.fill(0);
    base = 1;
  }
  const end = off + len;
  const limit = outOff + max;
  const matchable = end - 2;
  let at = off;
  let literals = off;
  let o = outOff;
  while (at < matchable) {
    const three = src[at] | (src[at + 1] << 8) | (src[at + 2] << 16);
    const hash = Math.imul(three, 0x9e3779b1) >>> (32 - HASH_BITS);
    const from = seen[hash] - base + off;
    seen[hash] = at - off + base;
    if (
      from < off || at - from > MAX_OFFSET || src[from] !== src[at] || src[from + 1] !== src[at + 1] ||
      src[from + 2] !== src[at + 2]
    ) {
      at++;
      continue;
    }
    let match = 3;
    const longest = Math.min(end - at, MAX_MATCH);
    while (match < longest && src[from + match] === src[at + match]) match++;
    o = putLiterals(src, literals, at, out, o, limit);
    if (o < 0 || o + 3 > limit) return abandon(len);
    const distance = at - from - 1;
    if (match < 9) {
      out[o++] = ((match - 2) << 5) | (distance >>> 8);
    } else {
      out[o++] = 0xe0 | (distance >>> 8);
      out[o++] = match - 9;
    }
    out[o++] = distance;
    at += match;
    literals = at;
  }
  o = putLiterals(src, literals, end, out, o, limit);
  base += len;
  return o < 0 ? 0 : o - outOff;
}

/** Forgets the string that could not be compressed. */
function abandon(len: number): number {
  base += len;
  return 0;
}

/** Writes `src[start, end)` as literal runs. @returns the offset after them, -1 if there is no room */
function putLiterals(
  src: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  o: number,
  limit: number,
): number {
  while (start < end) {
    const run = Math.min(end - start, MAX_LITERALS);
    if (o + 1 + run > limit) return -1;
    out[o++] = run - 1;
    for (let n = run; n > 0; n--) out[o++] = src[start++];
  }
  return o;
}
