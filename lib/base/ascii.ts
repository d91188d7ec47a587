/**
 * Numbers and text as bytes: parsing and printing integers, comparing and
 * copying byte ranges, and the few bridges to JS strings.
 *
 * DESIGN. Everything takes a `Uint8Array` with offsets (in bytes), so that
 * nothing between a socket and the arena becomes a string. Integers follow the
 * strict grammar of a stored Redis integer: an optional `-`, digits without
 * leading zeros, int64 range, nothing else. Values up to 2^53 - 1 in magnitude
 * are JS numbers; only beyond that does a BigInt appear.
 *
 * Invariants: no function here reads or writes outside the range it is given;
 * all but `toAscii`, `latin1`, `parseInt64Big` and `writeBigInt` allocate nothing.
 */

/** What {@link parseInt64} returns for an int64 too large for an exact JS number. */
export const NEEDS_BIGINT = Infinity;

const ZERO = 48;
const MINUS = 45;
/** 2^63 - 1 in decimal, for the range check of 19-digit numbers. */
const INT64_MAX_DIGITS = toAscii("9223372036854775807");

/**
 * Parses a strict decimal int64 (`0`, `-12`; not `+1`, `01`, `-0`, ` 1`, ``).
 *
 * @param buf the bytes
 * @param start offset of the first byte
 * @param len number of bytes
 * @returns the value if its magnitude is at most 2^53 - 1; {@link NEEDS_BIGINT} if
 * it is a larger int64 (ask {@link parseInt64Big}); NaN if it is no int64 at all
 */
export function parseInt64(buf: Uint8Array, start: number, len: number): number {
  if (len < 1 || len > 20) return NaN;
  let at = start;
  const end = start + len;
  const negative = buf[at] === MINUS;
  if (negative) at++;
  const digits = end - at;
  if (digits === 0) return NaN;
  let n = buf[at++] - ZERO;
  if (n <= 0 || n > 9) return n === 0 && len === 1 ? 0 : NaN;
  if (digits <= 9) {
    // Nine digits fit an int32: no doubles, no overflow to think of.
    while (at < end) {
      const d = buf[at++] - ZERO;
      if (d < 0 || d > 9) return NaN;
      n = (Math.imul(n, 10) + d) | 0;
    }
    return negative ? -n : n;
  }
  return parseLong(buf, end - digits, end, negative);
}

/** `parseInt64` for ten digits and more, sign already taken off, first digit 1-9. */
function parseLong(buf: Uint8Array, start: number, end: number, negative: boolean): number {
  let v = 0;
  for (let at = start; at < end; at++) {
    const d = buf[at] - ZERO;
    if (d < 0 || d > 9) return NaN;
    v = v * 10 + d;
  }
  // Rounding is monotonic: a sum that passed 2^53 on its way cannot come out below it.
  if (v <= Number.MAX_SAFE_INTEGER) return negative ? -v : v;
  return fitsInt64(buf, start, end, negative) ? NEEDS_BIGINT : NaN;
}

/** Whether the digits `buf[start, end)` (no leading zero) are within int64 range. */
function fitsInt64(buf: Uint8Array, start: number, end: number, negative: boolean): boolean {
  const digits = end - start;
  if (digits !== 19) return digits < 19;
  for (let i = 0; i < 19; i++) {
    // The lowest int64 is one further from zero than the highest: its last digit is 8.
    const limit = INT64_MAX_DIGITS[i] + (negative && i === 18 ? 1 : 0);
    const d = buf[start + i];
    if (d !== limit) return d < limit;
  }
  return true;
}

/**
 * Parses a strict decimal int64 of any magnitude; the grammar is that of {@link parseInt64}.
 *
 * @returns the value, or undefined if the bytes are no int64
 */
export function parseInt64Big(buf: Uint8Array, start: number, len: number): bigint | undefined {
  const n = parseInt64(buf, start, len);
  if (n !== NEEDS_BIGINT) return Number.isNaN(n) ? undefined : BigInt(n);
  const negative = buf[start] === MINUS;
  const first = negative ? start + 1 : start;
  const split = start + len - 9;
  let high = 0;
  for (let at = first; at < split; at++) high = high * 10 + buf[at] - ZERO;
  let low = 0;
  for (let at = split; at < split + 9; at++) low = low * 10 + buf[at] - ZERO;
  const magnitude = BigInt(high) * 1000000000n + BigInt(low);
  return negative ? -magnitude : magnitude;
}

/**
 * Counts the characters {@link writeInt} needs.
 *
 * @param value a safe integer
 * @returns 1 to 17, the sign included
 */
export function intLength(value: number): number {
  if (value < 0) return 1 + unsignedLength(-value);
  return unsignedLength(value);
}

function unsignedLength(n: number): number {
  if (n < 10000) return n < 100 ? (n < 10 ? 1 : 2) : n < 1000 ? 3 : 4;
  if (n < 1e8) return n < 1e6 ? (n < 1e5 ? 5 : 6) : n < 1e7 ? 7 : 8;
  if (n < 1e12) return n < 1e10 ? (n < 1e9 ? 9 : 10) : n < 1e11 ? 11 : 12;
  return n < 1e14 ? (n < 1e13 ? 13 : 14) : n < 1e15 ? 15 : 16;
}

/**
 * Writes the decimal digits of a safe integer.
 *
 * @param out where to write; needs room for {@link intLength} bytes (17 at most)
 * @param at offset of the first byte
 * @param value a safe integer (-0 prints as `0`)
 * @returns the offset after the last byte written
 */
export function writeInt(out: Uint8Array, at: number, value: number): number {
  if (value < 0) {
    out[at++] = MINUS;
    value = -value;
  }
  if (value < 10) {
    out[at] = ZERO + value;
    return at + 1;
  }
  const end = at + unsignedLength(value);
  if (value <= 0x7fffffff) {
    writeDigits(out, at, end, value | 0);
    return end;
  }
  // Two int32 halves. The quotient may have been rounded up by one.
  let high = Math.floor(value / 1e9);
  let low = value - high * 1e9;
  if (low < 0) {
    high--;
    low += 1e9;
  }
  writeDigits(out, at, end - 9, high | 0);
  writeDigits(out, end - 9, end, low | 0);
  return end;
}

/** Fills `out[start, end)` with the low digits of `n`, zero padded. */
function writeDigits(out: Uint8Array, start: number, end: number, n: number): void {
  let p = end - 2;
  // Two at a time: a division for both, and a multiplication to tell them apart.
  for (; p >= start; p -= 2) {
    const q = (n / 100) | 0;
    const pair = n - Math.imul(q, 100);
    const tens = (pair * 205) >>> 11;
    out[p] = ZERO + tens;
    out[p + 1] = ZERO + pair - tens * 10;
    n = q;
  }
  if (p === start - 1) out[start] = ZERO + (n % 10);
}

/**
 * Writes the decimal digits of a BigInt of any size.
 *
 * @param out where to write; an int64 needs at most 20 bytes
 * @param at offset of the first byte
 * @returns the offset after the last byte written
 */
export function writeBigInt(out: Uint8Array, at: number, value: bigint): number {
  const text = value.toString();
  for (let i = 0; i < text.length; i++) out[at + i] = text.charCodeAt(i);
  return at + text.length;
}

/**
 * Compares `buf[start, start + len)` to a word, ignoring the case of ASCII letters.
 *
 * @param lowerAscii the word; its letters must be lower case
 */
export function equalsFolded(buf: Uint8Array, start: number, len: number, lowerAscii: Uint8Array): boolean {
  if (len !== lowerAscii.length) return false;
  for (let i = 0; i < len; i++) {
    let c = buf[start + i];
    if (c >= 65 && c <= 90) c |= 32;
    if (c !== lowerAscii[i]) return false;
  }
  return true;
}

/** Whether `a[a0, a0 + len)` and `b[b0, b0 + len)` hold the same bytes. */
export function equalBytes(a: Uint8Array, a0: number, b: Uint8Array, b0: number, len: number): boolean {
  for (let i = 0; i < len; i++) {
    if (a[a0 + i] !== b[b0 + i]) return false;
  }
  return true;
}

/**
 * Orders two byte ranges as `memcmp` does, a proper prefix first.
 *
 * @returns negative, 0 or positive
 */
export function compareBytes(
  a: Uint8Array,
  a0: number,
  alen: number,
  b: Uint8Array,
  b0: number,
  blen: number,
): number {
  const common = alen < blen ? alen : blen;
  for (let i = 0; i < common; i++) {
    const diff = a[a0 + i] - b[b0 + i];
    if (diff !== 0) return diff;
  }
  return alen - blen;
}

/** From this many bytes on, `set(subarray)` beats a loop (measured: 60 on V8, 105 on JSC). */
const COPY_LOOP_MAX = 64;

/**
 * Copies `src[s0, s0 + len)` to `dst[d0, …)`.
 *
 * The ranges may overlap only if `d0 <= s0` (moving down); to move up inside
 * one buffer use `copyWithin`.
 */
export function copyBytes(src: Uint8Array, s0: number, dst: Uint8Array, d0: number, len: number): void {
  if (len < COPY_LOOP_MAX) {
    // One index, forced to int32: a third faster on both engines than `i < len` with two sums.
    const shift = (d0 - s0) | 0;
    const end = (s0 + len) | 0;
    for (let i = s0 | 0; i < end; i = (i + 1) | 0) dst[(i + shift) | 0] = src[i];
  } else {
    dst.set(src.subarray(s0, s0 + len), d0);
  }
}

/**
 * Turns text into bytes, one per character; the inverse of {@link latin1}. For setup, not for hot paths.
 *
 * @throws {RangeError} if a character is above U+00FF
 */
export function toAscii(text: string): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0xff) throw new RangeError(`Cannot encode text as one byte per character: "${text}"`);
    out[i] = code;
  }
  return out;
}

/** How many characters one `String.fromCharCode` call is given: far below any engine's argument limit. */
const LATIN1_CHUNK = 4096;

/**
 * Makes a string of `buf[start, end)`, one character per byte. For logs and cold paths.
 *
 * `TextDecoder("latin1")` will not do: the Web's latin1 is windows-1252.
 */
export function latin1(buf: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; at += LATIN1_CHUNK) {
    const part = buf.subarray(at, Math.min(at + LATIN1_CHUNK, end));
    text += String.fromCharCode.apply(null, part as unknown as number[]);
  }
  return text;
}
