/**
 * What DUMP returns and RESTORE takes: one value with a footer.
 *
 * ```
 * type(1) value  version(2, LE) checksum(8, LE)
 * ```
 * The checksum is of everything before it. A payload of an older version is
 * fine, one of a newer version is refused, and a checksum is always checked: in
 * contrast to files, zero does not mean that there is none.
 */

import { Crc64 } from "../base/crc64.ts";
import { RDB_VERSION } from "./format.ts";
import { type RdbWriter } from "./writer.ts";

const VERSION_BYTES = 2;
const CHECKSUM_BYTES = 8;
const FOOTER_BYTES = VERSION_BYTES + CHECKSUM_BYTES;

const crc = new Crc64();

/** Appends the footer to a writer that holds type and value, and nothing before them. */
export function sealPayload(writer: RdbWriter): void {
  writer.reserve(FOOTER_BYTES);
  const { buf } = writer;
  buf[writer.length++] = RDB_VERSION & 255;
  buf[writer.length++] = RDB_VERSION >>> 8;
  crc.reset();
  crc.update(buf, 0, writer.length);
  writer.length = crc.writeTo(buf, writer.length);
}

/**
 * Checks the footer of `buf[off, off + len)`.
 *
 * @param anyChecksum whether the checksum may be wrong
 * @returns how many bytes type and value have, or -1 if version or checksum are wrong
 */
export function checkPayload(buf: Uint8Array, off: number, len: number, anyChecksum = false): number {
  if (len < FOOTER_BYTES) return -1;
  const footer = off + len - FOOTER_BYTES;
  const version = buf[footer] | (buf[footer + 1] << 8);
  if (version > RDB_VERSION) return -1;
  if (anyChecksum) return len - FOOTER_BYTES;
  crc.reset();
  crc.update(buf, off, len - CHECKSUM_BYTES);
  return crc.matches(buf, footer + VERSION_BYTES) ? len - FOOTER_BYTES : -1;
}
