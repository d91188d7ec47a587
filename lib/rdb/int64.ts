/**
 * Integers of up to 64 bits, as packed encodings store them, as decimal digits.
 *
 * DESIGN. An int64 is two int32 halves here; digits come out by long division
 * in doubles that stay exact, because sets of 64-bit ids have millions of
 * members and a BigInt for each would be garbage.
 */

import { writeInt } from "../base/ascii.ts";

/** Room for the digits of any int64. */
export const INT64_DIGITS_MAX = 20;

const BILLION = 1e9;
const TWO_32 = 2 ** 32;
const TWO_16 = 65536;
/** High halves below this make numbers below 2^53. */
const SAFE_HIGH = 1 << 21;

/** The unsigned 32-bit integer at `buf[at]`, little endian. */
export function u32le(buf: Uint8Array, at: number): number {
  return (buf[at] | (buf[at + 1] << 8) | (buf[at + 2] << 16) | (buf[at + 3] << 24)) >>> 0;
}

/** The signed 32-bit integer at `buf[at]`, little endian. */
export function i32le(buf: Uint8Array, at: number): number {
  return buf[at] | (buf[at + 1] << 8) | (buf[at + 2] << 16) | (buf[at + 3] << 24);
}

/** The signed 24-bit integer at `buf[at]`, little endian. */
export function i24le(buf: Uint8Array, at: number): number {
  return ((buf[at] << 8) | (buf[at + 1] << 16) | (buf[at + 2] << 24)) >> 8;
}

/** The signed 16-bit integer at `buf[at]`, little endian. */
export function i16le(buf: Uint8Array, at: number): number {
  return ((buf[at] << 16) | (buf[at + 1] << 24)) >> 16;
}

/** The unsigned 32-bit integer at `buf[at]`, big endian. */
export function u32be(buf: Uint8Array, at: number): number {
  return ((buf[at] << 24) | (buf[at + 1] << 16) | (buf[at + 2] << 8) | buf[at + 3]) >>> 0;
}

/**
 * Writes the digits of the int64 at `buf[at]`, little endian.
 *
 * @param out where to write, from its start; needs {@link INT64_DIGITS_MAX} bytes
 * @returns how many digits (and sign) were written
 */
export function writeInt64(out: Uint8Array, buf: Uint8Array, at: number): number {
  let low = u32le(buf, at);
  let high = i32le(buf, at + 4);
  let start = 0;
  if (high < 0) {
    low = (~low + 1) >>> 0;
    high = (~high + (low === 0 ? 1 : 0)) >>> 0;
    out[0] = 45;
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
    out[p] = 48 + digits - q * 10;
    digits = q;
  }
  return end;
}
