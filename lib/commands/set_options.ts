/**
 * The options of SET and GETEX, and the deadlines that they name.
 *
 * DESIGN. Options become bits of one number. Deadlines are milliseconds of the
 * wall clock in a double; those beyond 2^53 (year 287396) are computed exactly,
 * to refuse what passes int64, and then rounded.
 */

import { parseInt64, parseInt64Big, toAscii } from "../base/ascii.ts";
import { ERR_NOT_INTEGER, ERR_SYNTAX, errorReply } from "../resp/errors.ts";
import { type CommandContext } from "./context.ts";

export const OPTION_NX = 1 << 0;
export const OPTION_XX = 1 << 1;
export const OPTION_GET = 1 << 2;
export const OPTION_KEEPTTL = 1 << 3;
export const OPTION_PERSIST = 1 << 4;
/** Time to live in seconds, in milliseconds… */
export const OPTION_EX = 1 << 5;
export const OPTION_PX = 1 << 6;
/** …and deadline in seconds, in milliseconds. */
export const OPTION_EXAT = 1 << 7;
export const OPTION_PXAT = 1 << 8;

/** Options that a time follows. */
export const OPTIONS_TIMED: number = OPTION_EX | OPTION_PX | OPTION_EXAT | OPTION_PXAT;
/** Options of which there may be only one kind. */
const OPTIONS_TTL = OPTIONS_TIMED | OPTION_KEEPTTL | OPTION_PERSIST;

export const SET_OPTIONS: number = OPTION_NX | OPTION_XX | OPTION_GET | OPTION_KEEPTTL | OPTIONS_TIMED;
export const GETEX_OPTIONS: number = OPTION_PERSIST | OPTIONS_TIMED;

const NX = toAscii("nx");
const XX = toAscii("xx");
const EX = toAscii("ex");
const PX = toAscii("px");
export const GET: Uint8Array = toAscii("get");
const EXAT = toAscii("exat");
const PXAT = toAscii("pxat");
const KEEPTTL = toAscii("keepttl");
const PERSIST = toAscii("persist");

/** The largest double that is an int64. */
const MAX_DEADLINE_MS = 2 ** 63 - 1024;
const INT64_MAX = 2n ** 63n - 1n;
/** Times up to this stay below 2^53 whatever the unit. */
const PLAIN_TIME_MAX = 2 ** 52 / 1000;

/** What `parseSetOptions` found: the argument with the time, if an option of OPTIONS_TIMED is set. */
export const parsedOptions = { timeArg: 0 };

/** The option that argument `i` names, or 0. */
function optionAt(c: CommandContext, i: number): number {
  switch (c.args.len[i]) {
    case 2:
      if (c.is(i, EX)) return OPTION_EX;
      if (c.is(i, PX)) return OPTION_PX;
      if (c.is(i, NX)) return OPTION_NX;
      return c.is(i, XX) ? OPTION_XX : 0;
    case 3:
      return c.is(i, GET) ? OPTION_GET : 0;
    case 4:
      if (c.is(i, EXAT)) return OPTION_EXAT;
      return c.is(i, PXAT) ? OPTION_PXAT : 0;
    case 7:
      if (c.is(i, KEEPTTL)) return OPTION_KEEPTTL;
      return c.is(i, PERSIST) ? OPTION_PERSIST : 0;
    default:
      return 0;
  }
}

/** The options that `option` excludes. */
function excludedBy(option: number): number {
  if (option === OPTION_NX) return OPTION_XX;
  if (option === OPTION_XX) return OPTION_NX;
  return (option & OPTIONS_TTL) !== 0 ? OPTIONS_TTL & ~option : 0;
}

/**
 * Reads the options from argument `first` on. An option may be repeated; the
 * last time counts.
 * @param allowed SET_OPTIONS or GETEX_OPTIONS
 * @returns OPTION_ bits, or -1 after replying a syntax error
 */
export function parseSetOptions(c: CommandContext, first: number, allowed: number): number {
  const argc = c.args.argc;
  let options = 0;
  for (let i = first; i < argc; i++) {
    const option = optionAt(c, i) & allowed;
    const timed = (option & OPTIONS_TIMED) !== 0;
    if (option === 0 || (options & excludedBy(option)) !== 0 || (timed && i + 1 === argc)) {
      c.out.error(ERR_SYNTAX);
      return -1;
    }
    options |= option;
    if (timed) parsedOptions.timeArg = ++i;
  }
  return options;
}

/**
 * The deadline that argument `i` gives by the one option of OPTIONS_TIMED.
 * @returns milliseconds of the wall clock, or NaN after replying an error
 */
export function parseDeadline(c: CommandContext, i: number, option: number): number {
  const { buf, off, len } = c.args;
  const time = parseInt64(buf, off[i], len[i]);
  if (Number.isNaN(time)) {
    c.out.error(ERR_NOT_INTEGER);
    return NaN;
  }
  const base = (option & (OPTION_EX | OPTION_PX)) !== 0 ? c.ks.nowMs : 0;
  const inSeconds = (option & (OPTION_EX | OPTION_EXAT)) !== 0;
  if (time > 0 && time <= PLAIN_TIME_MAX) return (inSeconds ? time * 1000 : time) + base;
  const exact = parseInt64Big(buf, off[i], len[i])! * (inSeconds ? 1000n : 1n);
  const deadline = exact + BigInt(base);
  if (exact <= 0n || deadline > INT64_MAX) {
    c.out.error(errorReply(`ERR invalid expire time in '${c.spec.name}' command`));
    return NaN;
  }
  return Math.min(Number(deadline), MAX_DEADLINE_MS);
}
