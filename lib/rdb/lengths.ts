/**
 * Lengths and numbers of fixed size, read ahead of a source's position.
 *
 * DESIGN. A field and its value must be looked at together, and asking a stream
 * for more may move what was seen before. So everything is read at an offset
 * `ahead` of `position`, which nobody moves until the whole record is there.
 */

import { CorruptRdb } from "./errors.ts";
import {
  RDB_14BIT_LEN,
  RDB_32BIT_LEN,
  RDB_64BIT_LEN,
  RDB_6BIT_LEN,
  RDB_ENCODED,
  RDB_LEN_KIND_MASK,
} from "./format.ts";
import { u32be } from "./int64.ts";
import { type RdbSource } from "./source.ts";

/** What the last {@link lengthAt} or {@link lengthOrEncodingAt} found. */
export const length = {
  /** The length; of a special encoding its first byte. */
  value: 0,
  /** Whether it is a special encoding of a string. */
  isEncoding: false,
  /** Offset after it, relative to the source's position. */
  after: 0,
};

/** Reads the length that begins `ahead` bytes from the source's position into {@link length}. @throws {CorruptRdb} */
export function lengthAt(source: RdbSource, ahead: number): void {
  lengthOrEncodingAt(source, ahead);
  if (length.isEncoding) throw new CorruptRdb(`byte ${length.value} where a length is expected`);
}

/** Like {@link lengthAt}, and takes the first byte of an encoded string too. @throws {CorruptRdb} */
export function lengthOrEncodingAt(source: RdbSource, ahead: number): void {
  source.need(ahead + 1);
  const first = source.buf[source.position + ahead];
  const kind = first & RDB_LEN_KIND_MASK;
  length.isEncoding = false;
  if (kind === RDB_6BIT_LEN) {
    length.value = first;
    length.after = ahead + 1;
  } else if (kind === RDB_14BIT_LEN) {
    source.need(ahead + 2);
    length.value = ((first & 63) << 8) | source.buf[source.position + ahead + 1];
    length.after = ahead + 2;
  } else if (kind === RDB_ENCODED) {
    length.value = first;
    length.isEncoding = true;
    length.after = ahead + 1;
  } else {
    longLength(source, first, ahead);
  }
}

function longLength(source: RdbSource, first: number, ahead: number): void {
  if (first === RDB_32BIT_LEN) {
    source.need(ahead + 5);
    length.value = u32be(source.buf, source.position + ahead + 1);
    length.after = ahead + 5;
  } else if (first === RDB_64BIT_LEN) {
    source.need(ahead + 9);
    const at = source.position + ahead + 1;
    length.value = u32be(source.buf, at) * 2 ** 32 + u32be(source.buf, at + 4);
    length.after = ahead + 9;
  } else {
    throw new CorruptRdb(`unknown length byte ${first}`);
  }
}

/** Reads a length and moves on. @throws {CorruptRdb} */
export function readLength(source: RdbSource): number {
  lengthAt(source, 0);
  source.position += length.after;
  return length.value;
}

const doubles = new Float64Array(1);
const doubleBytes = new Uint8Array(doubles.buffer);

/** The double at `buf[at]`, little endian. */
export function doubleAt(buf: Uint8Array, at: number): number {
  for (let i = 0; i < 8; i++) doubleBytes[i] = buf[at + i];
  return doubles[0];
}

/** Writes a double to `out[at]`, little endian; 8 bytes. */
export function putDouble(out: Uint8Array, at: number, value: number): void {
  doubles[0] = value;
  for (let i = 0; i < 8; i++) out[at + i] = doubleBytes[i];
}
