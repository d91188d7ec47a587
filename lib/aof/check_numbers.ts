/**
 * Numbers as C's `strtol` reads them from a line, for the checker, which says
 * what a server may not say: any digits are taken, with blanks and a sign
 * before them, and the range of 64 bits is its end.
 */

const MAX = 2n ** 63n - 1n;
const MIN = -(2n ** 63n);
/** So many digits are exact in a number. */
const EXACT_DIGITS = 15;

/** The largest number, LONG_MAX. */
export const LONG_MAX: bigint = MAX;

/** What {@link scanLong} has found. */
export const scanned = {
  /** The number, or the nearest double. */
  value: 0,
  /** The number where `value` may not be exact; otherwise null. */
  wide: null as bigint | null,
  /** Whether the digits went beyond 64 bits, and the end of the range was taken for them. */
  overflow: false,
  /** Position behind the digits; where there are none, where the scan has begun. */
  end: 0,
};

/** Reads a number at `start` into {@link scanned}. No digits are 0. */
export function scanLong(buf: Uint8Array, start: number, end: number): void {
  let at = start;
  while (at < end && (buf[at] === 32 || (buf[at] >= 9 && buf[at] <= 13))) at++;
  const negative = at < end && buf[at] === 45;
  if (at < end && (negative || buf[at] === 43)) at++;
  const first = at;
  let value = 0;
  for (; at < end && buf[at] >= 48 && buf[at] <= 57; at++) value = value * 10 + buf[at] - 48;
  scanned.value = negative ? -value : value;
  scanned.wide = null;
  scanned.overflow = false;
  scanned.end = at === first ? start : at;
  if (at - first > EXACT_DIGITS) widen(buf, first, at, negative);
}

function widen(buf: Uint8Array, first: number, end: number, negative: boolean): void {
  let wide = 0n;
  for (let at = first; at < end && wide <= MAX; at++) wide = wide * 10n + BigInt(buf[at] - 48);
  if (negative) wide = -wide;
  scanned.overflow = wide > MAX || wide < MIN;
  scanned.wide = wide > MAX ? MAX : wide < MIN ? MIN : wide;
  scanned.value = Number(scanned.wide);
}

/** The number last scanned, exactly. */
export function scannedLong(): bigint {
  return scanned.wide ?? BigInt(scanned.value);
}
