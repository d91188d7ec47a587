/**
 * Cursor and options of SCAN, HSCAN, SSCAN and ZSCAN.
 *
 * DESIGN. A cursor is a position in a 32-bit hash space (lib/dict). Any
 * unsigned 64-bit number is accepted, as by Redis; one beyond hash space lies
 * behind the last element and ends the scan.
 */

import { NEEDS_BIGINT, parseInt64, toAscii } from "../base/ascii.ts";
import { globMatch } from "../base/glob.ts";
import { type Slice } from "../base/slice.ts";
import { TYPE_NAMES } from "../objects/entry.ts";
import { ERR_INVALID_CURSOR, ERR_NOT_INTEGER, ERR_SYNTAX } from "../resp/errors.ts";
import { type CommandContext } from "./context.ts";

const TOKEN_COUNT = toAscii("count");
const TOKEN_MATCH = toAscii("match");
const TOKEN_TYPE = toAscii("type");

const STAR = 42;
const MINUS = 45;
const DEFAULT_COUNT = 10;
const UINT64_MAX = 2n ** 64n - 1n;
/** One behind the last hash, where a scan finds nothing more. */
export const SCAN_END = 2 ** 32;
/** TYPE was not given… */
export const ANY_TYPE = -1;
/** …or names a type that no key has. */
const NO_TYPE = -2;
/** No pattern, or one that matches everything. */
export const MATCH_ALL = 0;

/** Options of a scan, filled by {@link readScanOptions}. */
export class ScanOptions {
  count = DEFAULT_COUNT;
  /** Argument that is the pattern, 0 to match everything. */
  match = MATCH_ALL;
  /** TYPE_*, or ANY_TYPE or NO_TYPE. */
  type = ANY_TYPE;
}

/**
 * Argument `i` as a cursor, by the rules of C's `strtoul`: a sign is allowed,
 * an empty string is 0, a byte 0 ends the text.
 * @returns the cursor, {@link SCAN_END} at most; NaN after replying that it is none
 */
export function readCursor(c: CommandContext, i: number): number {
  const { buf, off, len } = c.args;
  const value = parseInt64(buf, off[i], len[i]);
  if (value >= 0 && value !== NEEDS_BIGINT) return Math.min(value, SCAN_END);
  const text = c.text(i).replace(/\0[^]*/, "");
  if (text === "") return 0;
  const digits = /^([+-]?)0*(\d{1,20})$/.exec(text);
  if (digits !== null) {
    const magnitude = BigInt(digits[2]);
    if (magnitude <= UINT64_MAX) {
      const wrapped = digits[1] === "-" ? BigInt.asUintN(64, -magnitude) : magnitude;
      return wrapped < SCAN_END ? Number(wrapped) : SCAN_END;
    }
  }
  c.out.error(ERR_INVALID_CURSOR);
  return NaN;
}

/**
 * Reads MATCH, COUNT and, for the keyspace, TYPE from argument `first` on.
 * @returns false after replying an error
 */
export function readScanOptions(
  c: CommandContext,
  first: number,
  typeAllowed: boolean,
  out: ScanOptions,
): boolean {
  out.count = DEFAULT_COUNT;
  out.match = MATCH_ALL;
  out.type = ANY_TYPE;
  for (let i = first; i < c.argc; i += 2) {
    const hasValue = i + 1 < c.argc;
    if (hasValue && c.is(i, TOKEN_COUNT)) {
      const { buf, off, len } = c.args;
      const count = parseInt64(buf, off[i + 1], len[i + 1]);
      // NEEDS_BIGINT stands for large numbers of either sign.
      if (!(count >= 1) || buf[off[i + 1]] === MINUS) {
        c.out.error(Number.isNaN(count) ? ERR_NOT_INTEGER : ERR_SYNTAX);
        return false;
      }
      out.count = count;
    } else if (hasValue && c.is(i, TOKEN_MATCH)) out.match = isStar(c, i + 1) ? MATCH_ALL : i + 1;
    else if (hasValue && typeAllowed && c.is(i, TOKEN_TYPE)) out.type = typeNumber(c.text(i + 1));
    else {
      c.out.error(ERR_SYNTAX);
      return false;
    }
  }
  return true;
}

function typeNumber(name: string): number {
  const type = name === "" ? -1 : TYPE_NAMES.indexOf(name.toLowerCase());
  return type < 0 ? NO_TYPE : type;
}

/** Whether argument `i` is the pattern `*`. */
export function isStar(c: CommandContext, i: number): boolean {
  return c.args.len[i] === 1 && c.args.buf[c.args.off[i]] === STAR;
}

/** Whether a name matches the pattern in argument `match`, or that is {@link MATCH_ALL}. */
export function matchesPattern(c: CommandContext, match: number, name: Slice): boolean {
  if (match === MATCH_ALL) return true;
  const { buf, off, len } = c.args;
  return globMatch(
    buf,
    off[match],
    off[match] + len[match],
    name.buf,
    name.off,
    name.off + name.len,
    false,
  );
}
