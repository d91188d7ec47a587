/**
 * An int64 as two int32 words: parsed from decimal digits, compared, printed.
 *
 * DESIGN. Members of int sets are full int64s, and there may be millions of
 * them: a BigInt for each would be garbage. Above 2^53 the arithmetic goes by
 * parts of sixteen bits in doubles, which stay exact.
 */

import { NEEDS_BIGINT, parseInt64, writeInt } from "./ascii.ts";

/** Room for the digits of any int64 with its sign. */
export const INT64_DIGITS_MAX = 20;

const ZERO = 48;
const MINUS = 45;
const BILLION = 1e9;
const TWO_32 = 2 ** 32;
const TWO_16 = 65536;
/** High words below this make numbers below 2^53. */
const SAFE_HIGH = 1 << 21;

/** A register for one int64, filled by {@link Int64.parse} or by its owner. */
export class Int64 {
  /** The upper 32 bits, with the sign. */
  high = 0;
  /** The lower 32 bits, as an int32. */
  low = 0;

  /** Whether an int32 can hold it. */
  get isInt32(): boolean {
    return this.high === this.low >> 31;
  }

  /**
   * Takes a strict decimal int64, by the grammar of `parseInt64`.
   * @returns whether the bytes are one; if not, the words are as they were
   */
  parse(buf: Uint8Array, off: number, len: number): boolean {
    const value = parseInt64(buf, off, len);
    if (value === NEEDS_BIGINT) this.#parseLong(buf, off, len);
    // Comparing with itself tells NaN.
    else if (value === value) {
      this.low = value | 0;
      this.high = value === this.low ? this.low >> 31 : Math.floor(value / TWO_32) | 0;
    } else return false;
    return true;
  }

  /** Writes the digits to the start of `out`. @returns how many bytes they take */
  write(out: Uint8Array): number {
    return writeInt64Words(out, this.high, this.low);
  }

  /** `parse` of sixteen digits and more that are known to be an int64. */
  #parseLong(buf: Uint8Array, off: number, len: number): void {
    const negative = buf[off] === MINUS;
    const split = off + len - 9;
    let upper = 0;
    for (let at = negative ? off + 1 : off; at < split; at++) upper = upper * 10 + buf[at] - ZERO;
    let lower = 0;
    for (let at = split; at < split + 9; at++) lower = lower * 10 + buf[at] - ZERO;
    // (upper >> 16) * 10^9 * 2^16 + (upper & 0xffff) * 10^9 + lower
    const top = Math.floor(upper / TWO_16) * BILLION;
    const topHigh = Math.floor(top / TWO_16);
    const rest = (upper % TWO_16) * BILLION + lower + (top - topHigh * TWO_16) * TWO_16;
    this.low = rest | 0;
    this.high = (topHigh + Math.floor(rest / TWO_32)) | 0;
    if (!negative) return;
    this.low = -this.low | 0;
    this.high = (~this.high + (this.low === 0 ? 1 : 0)) | 0;
  }
}

/**
 * Writes the digits of an int64 to the start of `out`, which has room for {@link INT64_DIGITS_MAX} bytes.
 * @returns how many bytes they take
 */
export function writeInt64Words(out: Uint8Array, high: number, low: number): number {
  low >>>= 0;
  let start = 0;
  if (high < 0) {
    low = (~low + 1) >>> 0;
    high = (~high + (low === 0 ? 1 : 0)) >>> 0;
    out[0] = MINUS;
    start = 1;
  }
  if (high < SAFE_HIGH) return writeInt(out, start, high * TWO_32 + low);
  // Divide by 10^9, sixteen bits of the low half at a time.
  const first = Math.floor(high / BILLION);
  let rest = (high - first * BILLION) * TWO_16 + (low >>> 16);
  const second = Math.floor(rest / BILLION);
  rest = (rest - second * BILLION) * TWO_16 + (low & 0xffff);
  const third = Math.floor(rest / BILLION);
  let digits = rest - third * BILLION;
  const end = writeInt(out, start, first * TWO_32 + second * TWO_16 + third) + 9;
  for (let p = end - 1; p >= end - 9; p--) {
    const q = Math.floor(digits / 10);
    out[p] = ZERO + digits - q * 10;
    digits = q;
  }
  return end;
}

/** Orders two int64s: negative, 0 or positive. */
export function compareInt64(aHigh: number, aLow: number, bHigh: number, bLow: number): number {
  if (aHigh !== bHigh) return aHigh < bHigh ? -1 : 1;
  // Flipping the top bits orders the words as unsigned ones.
  const a = aLow ^ 0x80000000, b = bLow ^ 0x80000000;
  return a < b ? -1 : a > b ? 1 : 0;
}
