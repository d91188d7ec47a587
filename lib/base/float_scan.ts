/**
 * The grammar of a floating point number as C's `strtod` and `strtold` read it,
 * shared by doubles (float.ts) and x87 long doubles (long_double.ts).
 *
 * DESIGN. One pass over the bytes splits a text into sign, kind, mantissa range
 * and exponent; converting is left to the callers. The result stands in one
 * module-level record, so that scanning allocates nothing. NaN in any spelling
 * counts as invalid, as no command accepts one.
 *
 * Grammar: `[+-] ( digits [. digits] [e [+-] digits] | 0x hex [. hex] [p [+-] digits]
 * | inf | infinity )`, letters in any case, at least one digit in a mantissa.
 */

/** Not a number, or not only a number. */
export const FLOAT_INVALID = 0;
/** A decimal number. */
export const FLOAT_DECIMAL = 1;
/** A hexadecimal number; its exponent is a power of two. */
export const FLOAT_HEX = 2;
/** An infinity. */
export const FLOAT_INFINITY = 3;

/** What the last {@link scanFloat} found. Valid until the next one. */
export const scanned = {
  negative: false,
  /** Offset of the first mantissa byte (after sign and `0x`). */
  mantissaStart: 0,
  /** Offset after the last mantissa byte (before the exponent's letter). */
  mantissaEnd: 0,
  /** The written exponent, of ten or of two; at most about 10^15 in magnitude. */
  exponent: 0,
};

/** Beyond this an exponent is only "huge": no mantissa that fits in memory can make up for it. */
const EXPONENT_CAP = 1e15;

/**
 * Scans `buf[start, end)`, all of which must be one number: no spaces, no rest.
 *
 * @returns one of the `FLOAT_*` kinds; unless invalid, {@link scanned} holds the parts
 */
export function scanFloat(buf: Uint8Array, start: number, end: number): number {
  let at = start;
  scanned.negative = at < end && buf[at] === 45;
  if (at < end && (buf[at] === 45 || buf[at] === 43)) at++;
  if (at >= end) return FLOAT_INVALID;
  if ((buf[at] | 32) === 105) return isInfinityWord(buf, at, end) ? FLOAT_INFINITY : FLOAT_INVALID;
  const hex = buf[at] === 48 && at + 1 < end && (buf[at + 1] | 32) === 120;
  if (hex) at += 2;
  scanned.mantissaStart = at;
  let digits = 0;
  let dotSeen = false;
  for (; at < end; at++) {
    const c = buf[at];
    if (hex ? hexDigit(c) >= 0 : c >= 48 && c <= 57) digits++;
    else if (c === 46 && !dotSeen) dotSeen = true;
    else break;
  }
  if (digits === 0) return FLOAT_INVALID;
  scanned.mantissaEnd = at;
  scanned.exponent = 0;
  if (at < end && !scanExponent(buf, at, end, hex ? 112 : 101)) return FLOAT_INVALID;
  return hex ? FLOAT_HEX : FLOAT_DECIMAL;
}

/** Reads `letter [+-] digits` up to the very end. */
function scanExponent(buf: Uint8Array, at: number, end: number, letter: number): boolean {
  if ((buf[at++] | 32) !== letter || at >= end) return false;
  const negative = buf[at] === 45;
  if (negative || buf[at] === 43) at++;
  if (at >= end) return false;
  let exponent = 0;
  for (; at < end; at++) {
    const d = buf[at] - 48;
    if (d < 0 || d > 9) return false;
    if (exponent < EXPONENT_CAP) exponent = exponent * 10 + d;
  }
  scanned.exponent = negative ? -exponent : exponent;
  return true;
}

/** Whether `buf[at, end)` is `inf` or `infinity` in any case. */
function isInfinityWord(buf: Uint8Array, at: number, end: number): boolean {
  const word = "infinity";
  const len = end - at;
  if (len !== 3 && len !== 8) return false;
  for (let i = 0; i < len; i++) {
    // `| 32` folds letters; no other byte folds onto one of these lower-case letters but its upper case.
    if ((buf[at + i] | 32) !== word.charCodeAt(i)) return false;
  }
  return true;
}

/** The value of a hexadecimal digit, or -1. */
export function hexDigit(c: number): number {
  if (c >= 48 && c <= 57) return c - 48;
  const folded = c | 32;
  return folded >= 97 && folded <= 102 ? folded - 87 : -1;
}

/**
 * More digits than any double or long double needs to be rounded correctly,
 * and than a long double's text may have (5 KiB).
 */
const MANTISSA_DIGITS_MAX = 12000;

/**
 * Reads the mantissa the last scan found as one integer, ignoring its point.
 *
 * Of a mantissa longer than any rounding can depend on, the rest is kept only
 * as one more digit, 1 if it was not zero: a client may send half a gigabyte.
 *
 * @returns the integer, and by how many digits the point is to be moved to the left (may be negative)
 */
export function readMantissa(buf: Uint8Array, hex: boolean): { digits: bigint; scale: number } {
  let text = "";
  let scale = 0;
  let dotSeen = false;
  let restIsZero = true;
  for (let at = scanned.mantissaStart; at < scanned.mantissaEnd; at++) {
    const c = buf[at];
    if (c === 46) {
      dotSeen = true;
      continue;
    }
    if (dotSeen) scale++;
    if (c === 48 && text === "") continue;
    if (text.length < MANTISSA_DIGITS_MAX) {
      text += String.fromCharCode(c);
    } else {
      scale--;
      if (c !== 48) restIsZero = false;
    }
  }
  if (text === "") return { digits: 0n, scale: 0 };
  if (!restIsZero) {
    text += "1";
    scale++;
  }
  if (hex) return { digits: BigInt(`0x${text}`), scale };
  return { digits: text.length <= 15 ? BigInt(Number(text)) : BigInt(text), scale };
}

/**
 * Rounds the positive fraction `numerator / denominator` to a binary float, nearest, ties to even.
 *
 * @param precision bits in a full mantissa
 * @param minExponent the weight of the lowest bit a subnormal has, as a power of two
 * @returns `mantissa * 2 ** exponent`; the mantissa has `precision` bits, or fewer if subnormal
 */
export function roundFraction(
  numerator: bigint,
  denominator: bigint,
  precision: number,
  minExponent: number,
): { mantissa: bigint; exponent: number } {
  let exponent = Math.max(bitLength(numerator) - bitLength(denominator) - precision, minExponent);
  for (;;) {
    const n = exponent < 0 ? numerator << BigInt(-exponent) : numerator;
    const d = exponent > 0 ? denominator << BigInt(exponent) : denominator;
    let mantissa = n / d;
    // The first guess may leave one bit too many: then take one off.
    if (bitLength(mantissa) > precision) {
      exponent++;
      continue;
    }
    const twiceRest = (n - mantissa * d) << 1n;
    if (twiceRest > d || (twiceRest === d && (mantissa & 1n) === 1n)) mantissa++;
    if (bitLength(mantissa) > precision) return { mantissa: mantissa >> 1n, exponent: exponent + 1 };
    return { mantissa, exponent };
  }
}

const doubleBits = new Float64Array(1);
const wordBits = new Uint32Array(doubleBits.buffer);

/** Number of bits of a non-negative BigInt. */
export function bitLength(n: bigint): number {
  const double = Number(n);
  if (double === 0) return 0;
  if (double === Infinity) {
    const hex = n.toString(16);
    return (hex.length - 1) * 4 + (32 - Math.clz32(parseInt(hex[0], 16)));
  }
  // The double's exponent tells, unless rounding took it up to the next power of two.
  doubleBits[0] = double;
  const bits = (wordBits[1] >>> 20) - 1022;
  const isPower = wordBits[0] === 0 && (wordBits[1] & 0xfffff) === 0;
  return isPower && n >> BigInt(bits - 1) === 0n ? bits - 1 : bits;
}

/** The first powers of ten, as almost every number with decimals needs one. */
const BIG_TENS = Array.from({ length: 41 }, (_, i) => 10n ** BigInt(i));

/** 10 to a non-negative power. */
export function powerOfTen(exponent: number): bigint {
  return exponent < BIG_TENS.length ? BIG_TENS[exponent] : 10n ** BigInt(exponent);
}
