/**
 * The grammar of the AOF, as docs/AOF.md §7 has it: what `feed` writes, read
 * with the tolerance of Redis.
 *
 * ```
 * #TS:1730000000\r\n                       annotation, skipped
 * *3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n
 * ```
 *
 * DESIGN. Resumable at any byte through the progress fields of `Args`, as the
 * request parser is, but another grammar: no inline commands, lines may end in
 * a bare LF, numbers are read as `atoi` does, the two bytes behind a payload
 * are not looked at. Nothing is allocated.
 */

import { type Args } from "../resp/args.ts";

/** The entry is not complete. */
export const NEED_MORE = -1;
/** This cannot be, or become, an AOF entry. */
export const BAD_FORMAT = -2;

/** A line with its LF is at most this long. */
const LINE_MAX = 1023;
/** A header line in its usual form fits in this: type, ten digits, CRLF. */
const HEADER_BYTES = 13;
/** Lengths and counts are at most this: offsets are int32. */
const NUMBER_MAX = 0x7fffffff;

const STAR = 42;
const DOLLAR = 36;
const HASH = 35;
const CR = 13;
const LF = 10;
const ZERO = 48;

/** What `readHeader` has read, and where it ended. */
let headerValue = 0;
let headerEnd = 0;

/**
 * Reads one entry from `args.position` on: a command, or an annotation, which
 * leaves `argc` 0. For a new entry call `args.reset()` and set `rawStart` and
 * `position` to its first byte.
 * @returns the position behind it, NEED_MORE (call again with more bytes) or BAD_FORMAT
 */
export function parseEntry(args: Args, buf: Uint8Array, end: number): number {
  args.buf = buf;
  let pos = args.position;
  if (args.pending < 0) {
    if (pos >= end) return NEED_MORE;
    if (buf[pos] === HASH) {
      const status = findLine(buf, pos, end);
      return status < 0 ? status : status + 1;
    }
    if (buf[pos] !== STAR) return BAD_FORMAT;
    const status = readHeader(buf, pos, end);
    if (status < 0) return status;
    if (headerValue < 1) return BAD_FORMAT;
    args.pending = headerValue;
    pos = headerEnd;
  }
  let pending = args.pending;
  let bulk = args.bulk;
  let status = 0;
  while (pending > 0) {
    if (bulk < 0) {
      if (pos >= end) {
        status = NEED_MORE;
        break;
      }
      if (buf[pos] !== DOLLAR) return BAD_FORMAT;
      status = readHeader(buf, pos, end);
      if (status < 0) break;
      bulk = headerValue;
      if (bulk < 0) return BAD_FORMAT;
      pos = headerEnd;
    }
    if (end - pos < bulk + 2) {
      status = NEED_MORE;
      break;
    }
    args.push(pos, bulk);
    pos += bulk + 2;
    bulk = -1;
    pending--;
  }
  args.pending = pending;
  args.bulk = bulk;
  args.position = pos;
  if (status < 0) return status;
  args.rawEnd = pos;
  return pos;
}

/** Reads `<type><number><end of line>` at `pos` into `headerValue` and `headerEnd`. @returns 0, NEED_MORE or BAD_FORMAT */
function readHeader(buf: Uint8Array, pos: number, end: number): number {
  if (end - pos >= HEADER_BYTES) {
    let at = pos + 1;
    let value = 0;
    let digit = buf[at] - ZERO;
    // At most nine digits, so that the sum stays a small integer.
    const last = pos + 10;
    while (digit >= 0 && digit <= 9 && at < last) {
      value = (Math.imul(value, 10) + digit) | 0;
      digit = buf[++at] - ZERO;
    }
    if (at > pos + 1 && buf[at] === CR && buf[at + 1] === LF) {
      headerValue = value;
      headerEnd = at + 2;
      return 0;
    }
  }
  const eol = findLine(buf, pos, end);
  if (eol < 0) return eol;
  headerValue = readNumber(buf, pos + 1, eol);
  headerEnd = eol + 1;
  return headerValue > NUMBER_MAX ? BAD_FORMAT : 0;
}

/** Where the line that starts at `pos` has its LF. @returns NEED_MORE when it is not there yet, BAD_FORMAT when it is too long */
function findLine(buf: Uint8Array, pos: number, end: number): number {
  const limit = Math.min(end, pos + LINE_MAX);
  for (let at = pos; at < limit; at++) if (buf[at] === LF) return at;
  return end - pos >= LINE_MAX ? BAD_FORMAT : NEED_MORE;
}

/** A number as `atoi` reads it: blanks, a sign, digits; anything after them is ignored, nothing is 0. */
function readNumber(buf: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (buf[at] === 32 || (buf[at] >= 9 && buf[at] <= 13))) at++;
  const negative = buf[at] === 45;
  if (negative || buf[at] === 43) at++;
  let value = 0;
  for (; at < end && buf[at] >= ZERO && buf[at] <= 57; at++) value = value * 10 + buf[at] - ZERO;
  return negative ? -value : value;
}
