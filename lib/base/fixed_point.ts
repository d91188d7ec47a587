/**
 * Doubles as decimal text with a fixed number of digits behind the point:
 * distances, coordinates, and `%f` in error messages.
 *
 * DESIGN. C prints the exact value of a double, rounded half to even; the
 * engine's `toFixed` rounds half up, so it cannot be used. Coordinates are
 * multiples of a small power of two, for which two digits of 24 bits do;
 * what is not goes through BigInt.
 */

import { writeInt } from "./ascii.ts";

const ZERO = 48;
const NINE = 57;
const MINUS = 45;
const POINT = 46;

/** Adding and subtracting it rounds a smaller double to an integer, half to even. */
const ROUNDER = 2 ** 52;
/** What C's conversion to a 64-bit integer gives where it has none. */
const NO_INT64 = -(2n ** 63n);
const DISTANCE_SCALE = 10_000;
/** At most this many bytes does `writeDistance` write. */
export const MAX_DISTANCE_LENGTH = 24;

/**
 * Writes a distance with 4 digits behind the point, as Redis does: scaled as a double, then rounded half to even.
 * @returns the offset behind it
 */
export function writeDistance(out: Uint8Array, at: number, value: number): number {
  const scaled = value * DISTANCE_SCALE;
  if (scaled >= 0 && scaled < ROUNDER) {
    const rounded = scaled + ROUNDER - ROUNDER;
    const whole = Math.floor(rounded / DISTANCE_SCALE);
    at = writeInt(out, at, whole);
    out[at++] = POINT;
    return writePadded(out, at, rounded - whole * DISTANCE_SCALE, 4);
  }
  return writeText(out, at, distanceText(scaled));
}

/** A distance that is negative, larger than 2^52 or no number, scaled. */
function distanceText(scaled: number): string {
  let units = NO_INT64;
  if (Math.abs(scaled) < ROUNDER) units = BigInt(Math.sign(scaled) * (Math.abs(scaled) + ROUNDER - ROUNDER));
  else if (Math.abs(scaled) < 2 ** 63) units = BigInt(scaled);
  const digits = String(units < 0n ? -units : units).padStart(5, "0");
  return `${units < 0n ? "-" : ""}${digits.slice(0, -4)}.${digits.slice(-4)}`;
}

/** Writes `digits` decimal digits of `n`, zero padded. @returns the offset behind them */
function writePadded(out: Uint8Array, at: number, n: number, digits: number): number {
  for (let i = at + digits - 1; i >= at; i--) {
    const rest = (n / 10) | 0;
    out[i] = ZERO + n - rest * 10;
    n = rest;
  }
  return at + digits;
}

/** A digit to base 2^24, and how many of them the fraction of a coordinate may have. */
const BASE = 2 ** 24;
const FRACTION_SCALE = BASE * BASE;
const TEN_8 = 100_000_000;
/** Sign, three digits, the point and 17 digits; for coordinates. */
export const MAX_COORDINATE_LENGTH = 22;

/**
 * Writes a coordinate with up to 17 digits behind the point, without zeros at the end.
 * @param value below 1000 in magnitude
 * @returns the offset behind it
 */
export function writeCoordinate(out: Uint8Array, at: number, value: number): number {
  const magnitude = Math.abs(value);
  const whole = Math.floor(magnitude);
  const fraction = (magnitude - whole) * FRACTION_SCALE;
  if (fraction !== Math.floor(fraction)) return writeText(out, at, trimmed(formatFixed(value, 17)));
  if (value < 0) out[at++] = MINUS;
  at = writeInt(out, at, whole);
  if (fraction === 0) return at;
  out[at] = POINT;
  let end = writeFraction(out, at + 1, fraction);
  while (out[end - 1] === ZERO) end--;
  return end;
}

/**
 * Writes 17 digits of `fraction / 2^48`, not all of which are 0; nor do they round up to 1.
 * @returns the offset behind them
 */
function writeFraction(out: Uint8Array, at: number, fraction: number): number {
  let high = Math.floor(fraction / BASE);
  let low = fraction - high * BASE;
  for (let digits = 8; digits <= 16; digits += 8) {
    low *= TEN_8;
    const carry = Math.floor(low / BASE);
    low -= carry * BASE;
    high = high * TEN_8 + carry;
    const next = Math.floor(high / BASE);
    high -= next * BASE;
    at = writePadded(out, at, next, 8);
  }
  // The 17th digit, and what is behind it.
  const rest = (high * BASE + low) * 10;
  let last = Math.floor(rest / FRACTION_SCALE);
  const remainder = rest - last * FRACTION_SCALE;
  const half = FRACTION_SCALE / 2;
  if (remainder > half || (remainder === half && (last & 1) === 1)) last++;
  out[at] = ZERO + last;
  for (let i = at; out[i] > NINE; i--) {
    out[i] = ZERO;
    out[i - 1]++;
  }
  return at + 1;
}

/** Drops zeros at the end of a fraction, and the sign of zero. */
function trimmed(text: string): string {
  const short = text.replace(/\.?0+$/, "");
  return short === "-0" ? "0" : short;
}

function writeText(out: Uint8Array, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) out[at + i] = text.charCodeAt(i);
  return at + text.length;
}

const bits = new DataView(new ArrayBuffer(8));

/** A double as C's `%.<digits>f` prints it; for messages, not for hot paths. */
export function formatFixed(value: number, digits: number): string {
  if (Number.isNaN(value)) return "nan";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  if (!Number.isFinite(value)) return `${sign}inf`;
  bits.setFloat64(0, Math.abs(value));
  const word = bits.getBigUint64(0);
  const exponent = Number(word >> 52n);
  const fraction = word & (2n ** 52n - 1n);
  const mantissa = exponent === 0 ? fraction : fraction | (2n ** 52n);
  const shift = Math.max(exponent, 1) - 1075;
  let scaled = mantissa * 10n ** BigInt(digits);
  if (shift >= 0) scaled <<= BigInt(shift);
  else {
    const divisor = 1n << BigInt(-shift);
    const rest = scaled % divisor * 2n;
    scaled /= divisor;
    if (rest > divisor || (rest === divisor && (scaled & 1n) === 1n)) scaled++;
  }
  const text = String(scaled).padStart(digits + 1, "0");
  return digits === 0 ? sign + text : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}
