/**
 * SCAN and KEYS: walks over the keys of a database.
 *
 * DESIGN. A cursor is a position in the dict's 32-bit hash space (lib/dict),
 * so it survives growth and shrinking, and a key that is present throughout
 * comes exactly once. Any unsigned 64-bit number is accepted, as by Redis; one
 * beyond hash space lies behind the last key and ends the scan.
 *
 * SCAN deletes the expired keys it meets and does not return them; KEYS, which
 * must not change anything, only leaves them out.
 */

import { NEEDS_BIGINT, parseInt64, toAscii } from "../base/ascii.ts";
import { globMatch } from "../base/glob.ts";
import { Slice } from "../base/slice.ts";
import { RefList } from "../dict/ref_list.ts";
import { TYPE_NAMES } from "../objects/entry.ts";
import { ERR_INVALID_CURSOR, ERR_NOT_INTEGER, ERR_SYNTAX } from "../resp/errors.ts";
import { type CommandContext } from "./context.ts";
import { type HandlerTable } from "./spec.ts";

const TOKEN_COUNT = toAscii("count");
const TOKEN_MATCH = toAscii("match");
const TOKEN_TYPE = toAscii("type");

const STAR = 42;
const MINUS = 45;
const DEFAULT_COUNT = 10;
const UINT64_MAX = 2n ** 64n - 1n;
/** One behind the last hash, where a scan finds nothing more. */
const SCAN_END = 2 ** 32;
/** TYPE was not given… */
const ANY_TYPE = -1;
/** …or names a type that no key has. */
const NO_TYPE = -2;
const ALL = 0;

/** Scratch of a call: handlers are synchronous. */
const found = new RefList();
const key = new Slice();

/** Options of a scan, filled by {@link readScanOptions}. */
export class ScanOptions {
  count = DEFAULT_COUNT;
  /** Argument that is the pattern, 0 to match everything. */
  match = ALL;
  /** TYPE_*, or ANY_TYPE or NO_TYPE. */
  type = ANY_TYPE;
}
const options = new ScanOptions();

/** `SCAN cursor [MATCH pattern] [COUNT count] [TYPE type]`. O(1) per call, O(n) for a whole walk. */
function scan(c: CommandContext): void {
  const cursor = readCursor(c, 1);
  if (Number.isNaN(cursor) || !readScanOptions(c, 2, true, options)) return;
  found.clear();
  const next = cursor < SCAN_END ? c.db.dict.scan(cursor, options.count, found) : 0;
  let kept = 0;
  for (let i = 0; i < found.length; i++) {
    const ref = found.refs[i];
    if (!matches(c, ref, options.match) || !isWanted(c, ref, options.type)) continue;
    found.refs[kept++] = ref;
  }
  found.length = kept;
  c.out.arrayHeader(2);
  c.out.bulkInteger(next);
  replyKeys(c, found);
}

/** `KEYS pattern`. O(n) in the number of keys. */
function keys(c: CommandContext): void {
  const match = isStar(c, 1) ? ALL : 1;
  // A list of its own: it may get long, and must not stay so.
  const found = new RefList();
  let cursor = 0;
  let kept = 0;
  do {
    cursor = c.db.dict.collectSegment(cursor, found);
    for (let i = kept; i < found.length; i++) {
      const ref = found.refs[i];
      if (!c.ks.isExpired(ref) && matches(c, ref, match)) found.refs[kept++] = ref;
    }
    found.length = kept;
  } while (cursor !== 0);
  replyKeys(c, found);
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
  out.match = ALL;
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
    } else if (hasValue && c.is(i, TOKEN_MATCH)) out.match = isStar(c, i + 1) ? ALL : i + 1;
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

function isStar(c: CommandContext, i: number): boolean {
  return c.args.len[i] === 1 && c.args.buf[c.args.off[i]] === STAR;
}

/** Whether the key of `ref` matches the pattern in argument `match`. */
function matches(c: CommandContext, ref: number, match: number): boolean {
  if (match === ALL) return true;
  const { buf, off, len } = c.args;
  c.ks.entries.key(ref, key);
  return globMatch(buf, off[match], off[match] + len[match], key.buf, key.off, key.off + key.len, false);
}

/** Whether SCAN returns the entry: an expired one is removed, and TYPE counts as reading the key. */
function isWanted(c: CommandContext, ref: number, type: number): boolean {
  const ks = c.ks;
  if (ks.isExpired(ref)) {
    ks.expire(c.db, ref);
    if (type !== ANY_TYPE) ks.misses++;
    return false;
  }
  if (type === ANY_TYPE) return true;
  ks.hits++;
  return ks.entries.type(ref) === type;
}

/** Replies the keys of the entries. */
function replyKeys(c: CommandContext, list: RefList): void {
  c.out.arrayHeader(list.length);
  for (let i = 0; i < list.length; i++) {
    c.ks.entries.key(list.refs[i], key);
    c.out.bulk(key.buf, key.off, key.len);
  }
}

/** Commands that walk the keys, by name. */
export const SCAN_COMMANDS: HandlerTable = { scan, keys };
