/**
 * Integers of up to 64 bits, as packed encodings store them, as decimal digits.
 *
 * DESIGN. An int64 is two int32 words here, see base/int64_words.ts.
 */

import { writeInt64Words } from "../base/int64_words.ts";

export { INT64_DIGITS_MAX } from "../base/int64_words.ts";

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
  return writeInt64Words(out, i32le(buf, at + 4), i32le(buf, at));
}
