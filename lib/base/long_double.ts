/**
 * x87 extended precision (C's `long double` on x86-64) as text: INCRBYFLOAT and HINCRBYFLOAT.
 *
 * DESIGN. Those commands parse both operands to a float with a 64-bit mantissa
 * and a 15-bit exponent, add with one rounding, and print 17 decimals less the
 * trailing zeros. Doubles would print other digits, so the format is emulated
 * exactly with BigInt: `mantissa * 2 ** exponent`, rounded to nearest, ties to
 * even, at each of the two parses and at the sum.
 *
 * The emulation costs about 2 µs. Two fast paths avoid it where the result is
 * certain: integers whose sum is exact, and short decimals so near zero that
 * the three roundings together stay below half of the last decimal printed,
 * so that the decimal sum itself is what comes out.
 *
 * Units: offsets in bytes. Results are written into the caller's buffer, of at
 * least {@link LONG_DOUBLE_TEXT_MAX} bytes.
 */

import { parseInt64, writeInt } from "./ascii.ts";
import {
  bitLength,
  FLOAT_HEX,
  FLOAT_INFINITY,
  FLOAT_INVALID,
  powerOfTen,
  readMantissa,
  roundFraction,
  scanFloat,
  scanned,
} from "./float_scan.ts";

/** Texts of this many bytes and more are refused as operands; no result is as long. */
export const LONG_DOUBLE_TEXT_MAX = 5120;

/** The left operand is not a valid float. */
export const LD_LEFT_INVALID = -1;
/** The right operand is not a valid float. */
export const LD_RIGHT_INVALID = -2;
/** Both are valid, but the sum would be NaN or an infinity. */
export const LD_NOT_FINITE = -3;

/** {@link classifyLongDouble}: no valid float. */
export const LD_INVALID = 0;
/** {@link classifyLongDouble}: an ordinary number. */
export const LD_FINITE = 1;
/** {@link classifyLongDouble}: valid, but an infinity. */
export const LD_INFINITE = 2;

const PRECISION = 64;
/** The weight of the lowest bit of a subnormal, as a power of two. */
const MIN_EXPONENT = -16445;
/** A rounded number with more than this many bits before its point is an infinity. */
const MAX_MAGNITUDE = 16384;
/** Decimal magnitudes that cannot be finite or cannot be told from zero. */
const DECIMAL_OVERFLOW = 4940;
const DECIMAL_UNDERFLOW = -4960;

/** A finite value (`mantissa` is signed), or an infinity. */
type LongDouble = { mantissa: bigint; exponent: number } | "inf" | "-inf";

/**
 * Adds two floats given as text and writes the sum as text.
 *
 * @param a holds the left operand at `[a0, a0 + alen)`; a missing value is the text `0`
 * @param b holds the right operand at `[b0, b0 + blen)`
 * @param out takes the result from offset 0 on; must not be `a` or `b`
 * @returns the length of the result, or a negative code: {@link LD_LEFT_INVALID},
 * {@link LD_RIGHT_INVALID} (`value is not a valid float`), {@link LD_NOT_FINITE}
 * (`increment would produce NaN or Infinity`)
 */
export function addLongDouble(
  a: Uint8Array,
  a0: number,
  alen: number,
  b: Uint8Array,
  b0: number,
  blen: number,
  out: Uint8Array,
): number {
  const quick = addShort(a, a0, alen, b, b0, blen, out);
  if (quick !== 0) return quick;
  const left = parseLongDouble(a, a0, alen);
  if (left === undefined) return LD_LEFT_INVALID;
  const right = parseLongDouble(b, b0, blen);
  if (right === undefined) return LD_RIGHT_INVALID;
  if (typeof left === "string" || typeof right === "string") return LD_NOT_FINITE;
  const sum = add(left, right);
  return sum === undefined ? LD_NOT_FINITE : format(sum.mantissa, sum.exponent, out);
}

/**
 * Tells whether a text is a float operand, and a finite one: HINCRBYFLOAT refuses an infinite increment first.
 *
 * @returns {@link LD_INVALID}, {@link LD_FINITE} or {@link LD_INFINITE}
 */
export function classifyLongDouble(buf: Uint8Array, start: number, len: number): number {
  if (parseScaled(buf, start, len)) return LD_FINITE;
  const value = parseLongDouble(buf, start, len);
  if (value === undefined) return LD_INVALID;
  return typeof value === "string" ? LD_INFINITE : LD_FINITE;
}

// --- the fast path -------------------------------------------------------

/** What `parseScaled` found: `units / 10 ** decimals`. */
const short = { units: 0, decimals: 0 };
const TENS = Float64Array.from({ length: 16 }, (_, i) => Number(`1e${i}`));
/**
 * For |a| + |b| below this, the roundings of a, b and a + b (each at most 2^-64
 * of its size) stay below 0.5e-17 in sum, half a unit of the last decimal.
 */
const CERTAIN_BELOW = 46;

/** Reads `[-]digits[.digits]` of at most 15 digits into `short`. */
function parseScaled(buf: Uint8Array, start: number, len: number): boolean {
  if (len > 17) return false;
  const end = start + len;
  let at = start;
  const negative = len > 0 && buf[at] === 45;
  if (negative) at++;
  let units = 0;
  let digits = 0;
  let dotAt = 0;
  for (; at < end; at++) {
    const d = buf[at] - 48;
    if (d >= 0 && d <= 9) {
      units = units * 10 + d;
      digits++;
    } else if (d === -2 && dotAt === 0) {
      dotAt = at + 1;
    } else {
      return false;
    }
  }
  if (digits === 0 || digits > 15) return false;
  short.units = negative ? -units : units;
  short.decimals = dotAt === 0 ? 0 : end - dotAt;
  return true;
}

/** Adds integers, or short decimals near zero. Returns the length written, or 0 to say: do it the long way. */
function addShort(
  a: Uint8Array,
  a0: number,
  alen: number,
  b: Uint8Array,
  b0: number,
  blen: number,
  out: Uint8Array,
): number {
  const integerA = parseInt64(a, a0, alen);
  const integerB = parseInt64(b, b0, blen);
  if (Number.isSafeInteger(integerA + integerB)) return writeInt(out, 0, integerA + integerB);
  if (!parseScaled(a, a0, alen)) return 0;
  let unitsA = short.units;
  const decimalsA = short.decimals;
  if (!parseScaled(b, b0, blen)) return 0;
  let unitsB = short.units;
  let decimals = short.decimals;
  if (decimals < decimalsA) {
    unitsB *= TENS[decimalsA - decimals];
    decimals = decimalsA;
  } else {
    unitsA *= TENS[decimals - decimalsA];
  }
  const magnitude = Math.abs(unitsA) + Math.abs(unitsB);
  if (magnitude > Number.MAX_SAFE_INTEGER || magnitude >= CERTAIN_BELOW * TENS[decimals]) return 0;
  return writeScaled(out, unitsA + unitsB, decimals);
}

/** Writes `units / 10 ** decimals`, without trailing zeros. */
function writeScaled(out: Uint8Array, units: number, decimals: number): number {
  while (decimals > 0 && units % 10 === 0) {
    units /= 10;
    decimals--;
  }
  let at = 0;
  if (units < 0) {
    out[at++] = 45;
    units = -units;
  }
  const whole = Math.floor(units / TENS[decimals]);
  at = writeInt(out, at, whole);
  if (decimals === 0) return at;
  let rest = units - whole * TENS[decimals];
  out[at] = 46;
  for (let i = at + decimals; i > at; i--) {
    const q = Math.floor(rest / 10);
    out[i] = 48 + (rest - q * 10);
    rest = q;
  }
  return at + decimals + 1;
}

// --- the emulation -------------------------------------------------------

/** Parses as `strtold` does under Redis' rules; undefined if the text is refused. */
function parseLongDouble(buf: Uint8Array, start: number, len: number): LongDouble | undefined {
  if (len === 0 || len >= LONG_DOUBLE_TEXT_MAX) return undefined;
  const kind = scanFloat(buf, start, start + len);
  if (kind === FLOAT_INVALID) return undefined;
  const negative = scanned.negative;
  if (kind === FLOAT_INFINITY) return negative ? "-inf" : "inf";
  const hex = kind === FLOAT_HEX;
  const { digits, scale } = readMantissa(buf, hex);
  if (digits === 0n) return { mantissa: 0n, exponent: 0 };
  const exponent = scanned.exponent - (hex ? 4 * scale : scale);
  // Refuse what is out of range before raising anything to a power of that size.
  const magnitude = exponent + (hex ? bitLength(digits) : decimalLength(digits));
  if (magnitude > (hex ? MAX_MAGNITUDE : DECIMAL_OVERFLOW)) return undefined;
  if (magnitude < (hex ? MIN_EXPONENT - 1 : DECIMAL_UNDERFLOW)) return undefined;
  const power = hex ? 1n << BigInt(Math.abs(exponent)) : powerOfTen(Math.abs(exponent));
  const rounded = exponent < 0
    ? roundFraction(digits, power, PRECISION, MIN_EXPONENT)
    : roundFraction(digits * power, 1n, PRECISION, MIN_EXPONENT);
  // Overflow, and a number that is not zero but rounds to it, are errors.
  if (rounded.mantissa === 0n || bitLength(rounded.mantissa) + rounded.exponent > MAX_MAGNITUDE) {
    return undefined;
  }
  return { mantissa: negative ? -rounded.mantissa : rounded.mantissa, exponent: rounded.exponent };
}

/** The number of decimal digits, or one more. */
function decimalLength(n: bigint): number {
  return Math.floor(bitLength(n) * 0.30103) + 1;
}

/** The sum with one rounding; undefined if it overflows. */
function add(
  a: { mantissa: bigint; exponent: number },
  b: { mantissa: bigint; exponent: number },
): { mantissa: bigint; exponent: number } | undefined {
  if (a.mantissa === 0n) return b;
  if (b.mantissa === 0n) return a;
  const exponent = Math.min(a.exponent, b.exponent);
  const exact = (a.mantissa << BigInt(a.exponent - exponent)) + (b.mantissa << BigInt(b.exponent - exponent));
  const negative = exact < 0n;
  const excess = bitLength(negative ? -exact : exact) - PRECISION;
  if (excess <= 0) return { mantissa: exact, exponent };
  // No subnormal can need rounding: both operands are multiples of the lowest bit.
  const rounded = roundFraction(negative ? -exact : exact, 1n << BigInt(excess), PRECISION, 0);
  const sum = { mantissa: rounded.mantissa, exponent: rounded.exponent + exponent + excess };
  if (bitLength(sum.mantissa) + sum.exponent > MAX_MAGNITUDE) return undefined;
  if (negative) sum.mantissa = -sum.mantissa;
  return sum;
}

/** Writes a finite value with 17 decimals, rounded half to even, less trailing zeros; never `-0`. */
function format(mantissa: bigint, exponent: number, out: Uint8Array): number {
  const negative = mantissa < 0n;
  const magnitude = negative ? -mantissa : mantissa;
  let scaled = magnitude * 100000000000000000n;
  if (exponent >= 0) {
    scaled <<= BigInt(exponent);
  } else {
    const shift = BigInt(-exponent);
    const quotient = scaled >> shift;
    const twiceRest = (scaled - (quotient << shift)) << 1n;
    const one = 1n << shift;
    scaled = quotient + (twiceRest > one || (twiceRest === one && (quotient & 1n) === 1n) ? 1n : 0n);
  }
  const text = scaled.toString().padStart(18, "0");
  const point = text.length - 17;
  let last = text.length;
  while (last > point && text.charCodeAt(last - 1) === 48) last--;
  let at = 0;
  if (negative && scaled !== 0n) out[at++] = 45;
  for (let i = 0; i < last; i++) {
    if (i === point) out[at++] = 46;
    out[at++] = text.charCodeAt(i);
  }
  return at;
}
