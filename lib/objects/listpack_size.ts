/**
 * What an element would take in a listpack of Redis: the names of encodings
 * depend on it.
 */

import { NEEDS_BIGINT, parseInt64 } from "../base/ascii.ts";

/** Bytes of a listpack without elements: its header and its end. */
export const LISTPACK_EMPTY_BYTES = 7;
/** The least that an element takes. */
export const LISTPACK_ELEMENT_MIN = 2;
/** The digits of the longest int64 with its sign. */
const INT64_TEXT_MAX = 20;

/** Bytes that the element takes in a listpack, its encoding byte and back length included. */
export function listpackElementBytes(buf: Uint8Array, off: number, len: number): number {
  // Letters come behind the digits: most text is told from numbers by one byte.
  if (len > 0 && len <= INT64_TEXT_MAX && buf[off] <= 57) {
    const value = parseInt64(buf, off, len);
    if (!Number.isNaN(value)) return integerBytes(value);
  }
  const bytes = len < 64 ? len + 1 : len < 4096 ? len + 2 : len + 5;
  if (bytes <= 127) return bytes + 1;
  if (bytes < 16383) return bytes + 2;
  return bytes + (bytes < 2097151 ? 3 : bytes < 268435455 ? 4 : 5);
}

function integerBytes(value: number): number {
  if (value === NEEDS_BIGINT) return 10;
  if (value >= 0 && value <= 127) return 2;
  // -n - 1 has as many bits as n: both signs at once.
  const magnitude = value < 0 ? -value - 1 : value;
  if (magnitude < 1 << 12) return 3;
  if (magnitude < 1 << 15) return 4;
  if (magnitude < 1 << 23) return 5;
  return magnitude <= 0x7fffffff ? 6 : 10;
}
