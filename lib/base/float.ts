/**
 * Doubles as text: scores, expiries in seconds, coordinates.
 *
 * DESIGN. Parsing takes what C's `strtod` takes (float_scan.ts) under the rules
 * Redis adds. Short decimals are exact in two doubles and one division, the
 * rest goes to the engine, whose `Number(text)` rounds correctly.
 *
 * Printing lives in grisu.ts and is re-exported here.
 *
 * Units: offsets in bytes. Nothing is allocated for numbers of at most 15
 * digits with a decimal exponent of at most 22 in magnitude.
 */

import { latin1, parseInt64 } from "./ascii.ts";
import {
  bitLength,
  FLOAT_DECIMAL,
  FLOAT_HEX,
  FLOAT_INFINITY,
  FLOAT_INVALID,
  readMantissa,
  roundFraction,
  scanFloat,
  scanned,
} from "./float_scan.ts";

export { formatDouble, MAX_DOUBLE_LENGTH, writeDouble, writeDoubleExponent } from "./grisu.ts";

/** The powers of ten that are exact doubles. */
const EXACT_TENS = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));

/**
 * Parses a float argument or a stored float: ZADD, ZINCRBY, GEOADD and the like.
 *
 * Accepts decimal and hexadecimal floats and (signed) `inf` or `infinity` in any
 * case. Refuses NaN, spaces, an empty text, trailing bytes, and a number that
 * overflows or that is not zero but too small for the smallest subnormal.
 *
 * @returns the value, or NaN if the bytes are no valid float
 */
export function parseDouble(buf: Uint8Array, start: number, len: number): number {
  const value = parseShort(buf, start, start + len);
  if (!Number.isNaN(value)) return value;
  const kind = scanFloat(buf, start, start + len);
  if (kind === FLOAT_INVALID) return NaN;
  if (kind === FLOAT_INFINITY) return scanned.negative ? -Infinity : Infinity;
  const parsed = convert(buf, start, start + len, kind);
  if (parsed === Infinity || parsed === -Infinity) return NaN;
  return parsed === 0 && !isZeroMantissa(buf) ? NaN : parsed;
}

/**
 * Parses the bound of a score range (after its `(`, if any), which Redis reads with a bare `strtod`.
 *
 * More lenient than {@link parseDouble}: leading white space is skipped, an
 * empty text is 0, a zero byte ends the text, overflow gives an infinity and
 * underflow zero.
 *
 * @returns the value, or NaN if the bytes are no float
 */
export function parseRangeBound(buf: Uint8Array, start: number, len: number): number {
  let end = start + len;
  for (let at = start; at < end; at++) if (buf[at] === 0) end = at;
  if (end === start) return 0;
  let at = start;
  while (at < end && (buf[at] === 32 || (buf[at] >= 9 && buf[at] <= 13))) at++;
  const value = parseShort(buf, at, end);
  if (!Number.isNaN(value)) return value;
  const kind = scanFloat(buf, at, end);
  if (kind === FLOAT_INVALID) return NaN;
  if (kind === FLOAT_INFINITY) return scanned.negative ? -Infinity : Infinity;
  return convert(buf, at, end, kind);
}

/** Integers, and `digits.digits` of at most 15 digits; NaN for all else, valid or not. */
function parseShort(buf: Uint8Array, start: number, end: number): number {
  const len = end - start;
  if (len <= 10) {
    const n = parseInt64(buf, start, len);
    if (!Number.isNaN(n)) return n;
  }
  if (len > 17) return NaN;
  let at = start;
  const negative = at < end && buf[at] === 45;
  if (negative) at++;
  let n = 0;
  let digits = 0;
  let dotAt = -1;
  for (; at < end; at++) {
    const d = buf[at] - 48;
    if (d >= 0 && d <= 9) {
      n = n * 10 + d;
      digits++;
    } else if (d === -2 && dotAt < 0) {
      dotAt = at;
    } else {
      return NaN;
    }
  }
  if (digits === 0 || digits > 15) return NaN;
  if (dotAt >= 0) n /= EXACT_TENS[end - dotAt - 1];
  return negative ? -n : n;
}

/** The value of the number last scanned, correctly rounded; may overflow to an infinity. */
function convert(buf: Uint8Array, start: number, end: number, kind: number): number {
  if (kind === FLOAT_HEX) return convertHex(buf);
  const exponent = scanned.exponent;
  if (kind === FLOAT_DECIMAL && exponent >= -22 && exponent <= 22 && exponent !== 0) {
    const mantissa = parseShort(buf, scanned.mantissaStart, scanned.mantissaEnd);
    // Both factors are exact, so the one rounding is the correct one.
    if (Number.isSafeInteger(mantissa)) {
      const value = exponent < 0 ? mantissa / EXACT_TENS[-exponent] : mantissa * EXACT_TENS[exponent];
      return scanned.negative ? -value : value;
    }
  }
  if (end - start <= 1000) return Number(latin1(buf, start, end));
  const { digits, scale } = readMantissa(buf, false);
  return (scanned.negative ? -1 : 1) * Number(`${digits}e${exponent - scale}`);
}

function convertHex(buf: Uint8Array): number {
  const { digits, scale } = readMantissa(buf, true);
  const sign = scanned.negative ? -1 : 1;
  if (digits === 0n) return sign * 0;
  const exponent = scanned.exponent - 4 * scale;
  const magnitude = bitLength(digits) + exponent;
  if (magnitude > 1100) return sign * Infinity;
  if (magnitude < -1100) return sign * 0;
  const numerator = exponent > 0 ? digits << BigInt(exponent) : digits;
  const denominator = exponent < 0 ? 1n << BigInt(-exponent) : 1n;
  const rounded = roundFraction(numerator, denominator, 53, -1074);
  // Powers of two in two steps: 2 ** exponent alone may be out of range where the product is not.
  const half = Math.trunc(rounded.exponent / 2);
  return sign * Number(rounded.mantissa) * 2 ** half * 2 ** (rounded.exponent - half);
}

/** Whether the mantissa last scanned has no digit but 0. */
function isZeroMantissa(buf: Uint8Array): boolean {
  for (let at = scanned.mantissaStart; at < scanned.mantissaEnd; at++) {
    if (buf[at] !== 48 && buf[at] !== 46) return false;
  }
  return true;
}
