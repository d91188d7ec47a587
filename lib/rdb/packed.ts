/**
 * What all packed encodings have in common: many entries in one string.
 *
 * DESIGN. A packed reader is opened on a blob in memory and pulled entry by
 * entry. Entries are slices of the blob; those that are stored as integers are
 * written as decimal digits into a scratch buffer of the caller. Everything the
 * blob says about itself is checked on the way (its size when opened; counts,
 * back links and the end mark at the end), so that what was read to the end is a
 * blob that Redis would take too.
 */

import { type Slice } from "../base/slice.ts";

/** A cursor over a blob; see the module's note. Reusable. */
export interface PackedReader {
  /**
   * Starts at the first entry of `buf[off, off + len)`, which must stay as it is meanwhile.
   *
   * @returns how many entries there are, -1 if the blob does not tell
   * @throws {CorruptRdb}
   */
  open(buf: Uint8Array, off: number, len: number): number;
  /**
   * Points `out` at the next entry.
   *
   * @param digits takes the digits of an integer; at least 20 bytes
   * @returns false at the end
   * @throws {CorruptRdb}
   */
  next(out: Slice, digits: Uint8Array): boolean;
}
