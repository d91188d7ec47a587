/**
 * The request parser: bytes → `Args`, resumable at any byte.
 *
 * DESIGN. `parseRequest` works on a buffer that holds the request from its
 * first byte on. It returns the position behind the request, or `NEED_MORE`
 * having noted in `Args` how far it came, or a negative protocol error.
 * Nothing is thrown and nothing allocated but for inline commands. Both forms
 * of Redis' protocol are read: arrays of bulk strings, and inline commands.
 */

import { parseInt64 } from "../base/ascii.ts";
import { splitArgsBytes } from "../base/quoted_args.ts";
import { type Args } from "./args.ts";

/** The request is not complete yet. */
export const NEED_MORE = -1;
/** Protocol errors; texts by {@link protocolErrorText}. */
export const BAD_MULTIBULK_LENGTH = -2;
export const BAD_BULK_LENGTH = -3;
export const EXPECTED_DOLLAR = -4;
export const LONG_MULTIBULK_LINE = -5;
export const LONG_BULK_LINE = -6;
export const LONG_INLINE = -7;
export const UNBALANCED_QUOTES = -8;
export const UNAUTHENTICATED_MULTIBULK = -9;
export const UNAUTHENTICATED_BULK = -10;

/** A line (inline command, or length) longer than this is an error. */
const LINE_MAX = 64 * 1024;
const ARGC_MAX = 0x7fffffff;
const UNAUTHENTICATED_ARGC_MAX = 10;
const UNAUTHENTICATED_BULK_MAX = 16384;

/** `$10\r\n`: the longest header that is read at once. */
const SHORT_HEADER_BYTES = 5;

const STAR = 42;
const DOLLAR = 36;
const CR = 13;
const LF = 10;

/** What the parser must know of the connection. */
export interface ParseLimits {
  /** `proto-max-bulk-len`. */
  maxBulkLen: number;
  /** A password is required and was not given yet. */
  unauthenticated: boolean;
}

/**
 * Parses one request from `buf[args.position, end)`. For a new request call
 * `args.reset()` and set `rawStart` and `position` to its first byte.
 * @returns the position behind it, NEED_MORE, or a protocol error. A request
 * may be empty (`argc` 0): it is to be ignored.
 */
export function parseRequest(args: Args, buf: Uint8Array, end: number, limits: ParseLimits): number {
  args.buf = buf;
  let pos = args.position;
  if (args.pending < 0) {
    if (pos >= end) return NEED_MORE;
    if (buf[pos] !== STAR) return parseInline(args, buf, end);
    const eol = findCr(buf, pos, end);
    if (eol < 0) return end - pos > LINE_MAX ? LONG_MULTIBULK_LINE : NEED_MORE;
    if (eol + 1 >= end) return NEED_MORE;
    const count = readLength(buf, pos + 1, eol);
    if (!(count <= ARGC_MAX)) return BAD_MULTIBULK_LENGTH;
    if (count > UNAUTHENTICATED_ARGC_MAX && limits.unauthenticated) return UNAUTHENTICATED_MULTIBULK;
    args.canonical = buf[eol + 1] === LF;
    pos = eol + 2;
    if (count <= 0) {
      args.rawEnd = pos;
      return pos;
    }
    args.pending = count;
    args.position = pos;
  }
  return parseBulks(args, buf, end, limits);
}

/** The bulk strings of an array, from `args.position` on. */
function parseBulks(args: Args, buf: Uint8Array, end: number, limits: ParseLimits): number {
  let pos = args.position;
  let pending = args.pending;
  while (pending > 0) {
    let bulk = args.bulk;
    if (bulk < 0 && end - pos > SHORT_HEADER_BYTES && buf[pos] === DOLLAR) {
      // The usual header, of a length below 100, without a search for its end.
      const tens = buf[pos + 1] - 48;
      const ones = buf[pos + 2] - 48;
      if (buf[pos + 2] === CR && buf[pos + 3] === LF && tens >= 0 && tens <= 9) {
        bulk = tens;
        pos += 4;
      } else if (
        buf[pos + 3] === CR && buf[pos + 4] === LF && tens >= 1 && tens <= 9 && ones >= 0 && ones <= 9
      ) {
        bulk = tens * 10 + ones;
        pos += 5;
      }
      args.bulk = bulk;
    }
    if (bulk < 0) {
      if (pos >= end) return suspend(args, pending, pos);
      const eol = findCr(buf, pos, end);
      if (eol < 0) return end - pos > LINE_MAX ? LONG_BULK_LINE : suspend(args, pending, pos);
      if (eol + 1 >= end) return suspend(args, pending, pos);
      if (buf[pos] !== DOLLAR) {
        args.position = pos;
        return EXPECTED_DOLLAR;
      }
      bulk = readLength(buf, pos + 1, eol);
      if (!(bulk >= 0 && bulk <= limits.maxBulkLen)) return BAD_BULK_LENGTH;
      if (bulk > UNAUTHENTICATED_BULK_MAX && limits.unauthenticated) return UNAUTHENTICATED_BULK;
      if (buf[eol + 1] !== LF) args.canonical = false;
      pos = eol + 2;
      args.bulk = bulk;
    }
    if (end - pos < bulk + 2) return suspend(args, pending, pos);
    args.push(pos, bulk);
    pos += bulk;
    if (buf[pos] !== CR || buf[pos + 1] !== LF) args.canonical = false;
    pos += 2;
    args.bulk = -1;
    pending--;
  }
  args.rawEnd = pos;
  return pos;
}

function suspend(args: Args, pending: number, pos: number): number {
  args.pending = pending;
  args.position = pos;
  return NEED_MORE;
}

/** Bytes from the request's start that are surely needed before it is complete. */
export function bytesNeeded(args: Args): number {
  return args.bulk < 0 ? 0 : args.position - args.rawStart + args.bulk + 2;
}

function findCr(buf: Uint8Array, pos: number, end: number): number {
  for (let i = pos; i < end; i++) if (buf[i] === CR) return i;
  return -1;
}

/** A decimal length; NaN when it is none. The short common case is read in place. */
function readLength(buf: Uint8Array, start: number, end: number): number {
  const digits = end - start;
  const first = buf[start] - 48;
  if (digits === 1 && first >= 0 && first <= 9) return first;
  if (digits === 2 && first >= 1 && first <= 9) {
    const second = buf[start + 1] - 48;
    if (second >= 0 && second <= 9) return first * 10 + second;
  }
  return parseInt64(buf, start, digits);
}

/** An inline command: words on one line, quoted as in redis.conf. */
function parseInline(args: Args, buf: Uint8Array, end: number): number {
  const start = args.position;
  let eol = buf.indexOf(LF, start);
  if (eol < 0 || eol >= end) return end - start > LINE_MAX ? LONG_INLINE : NEED_MORE;
  const next = eol + 1;
  if (eol > start && buf[eol - 1] === CR) eol--;
  const words = splitArgsBytes(buf, start, eol);
  if (words === null) return UNBALANCED_QUOTES;
  args.rawEnd = next;
  const copy = new Uint8Array(words.reduce((sum, word) => sum + word.length, 0));
  let at = 0;
  for (const word of words) {
    copy.set(word, at);
    args.push(at, word.length);
    at += word.length;
  }
  args.buf = copy;
  return next;
}

/** The text behind `-ERR Protocol error: `. */
export function protocolErrorText(code: number, args: Args): string {
  switch (code) {
    case BAD_MULTIBULK_LENGTH:
      return "invalid multibulk length";
    case BAD_BULK_LENGTH:
      return "invalid bulk length";
    case EXPECTED_DOLLAR:
      return `expected '$', got '${String.fromCharCode(args.buf[args.position])}'`;
    case LONG_MULTIBULK_LINE:
      return "too big mbulk count string";
    case LONG_BULK_LINE:
      return "too big bulk count string";
    case LONG_INLINE:
      return "too big inline request";
    case UNBALANCED_QUOTES:
      return "unbalanced quotes in request";
    case UNAUTHENTICATED_MULTIBULK:
      return "unauthenticated multibulk length";
    default:
      return "unauthenticated bulk length";
  }
}
