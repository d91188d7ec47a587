/**
 * A short bulk string, written in one loop: replies of many elements and
 * records of collections are mostly made of these. Both writers of the
 * protocol, `reply_buffer.ts` and `request_writer.ts`, call it.
 */
const DOLLAR = 36;
const CR = 13;
const LF = 10;

/** Bulk strings below this many bytes are short: their length has at most two digits. */
export const SHORT_BULK = 64;

/**
 * Writes `$len\r\nbytes\r\n` into `out` at `at` and returns the offset behind
 * it. `len` is below {@link SHORT_BULK}; the caller has made room for `len` + 7 bytes.
 */
export function writeShortBulk(
  out: Uint8Array,
  at: number,
  buf: Uint8Array,
  off: number,
  len: number,
): number {
  out[at] = DOLLAR;
  if (len < 10) out[at + 1] = 48 + len;
  else {
    const tens = (len * 205) >>> 11;
    out[at + 1] = 48 + tens;
    out[at + 2] = 48 + len - tens * 10;
    at++;
  }
  out[at + 2] = CR;
  out[at + 3] = LF;
  at += 4;
  // As copyBytes does it, which is worth a call only for more.
  const shift = (at - off) | 0;
  const end = (off + len) | 0;
  for (let i = off | 0; i < end; i = (i + 1) | 0) out[(i + shift) | 0] = buf[i];
  at += len;
  out[at] = CR;
  out[at + 1] = LF;
  return at + 2;
}
