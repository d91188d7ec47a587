/**
 * Strings as wholes: SET and its relatives, GET and its relatives, MGET, MSET.
 *
 * DESIGN. `SET key value` is the fastest path: one hash, one probe, one copy.
 * Whatever must know the old value looks it up first, which also removes it
 * when it is expired. A reply that carries the old value is written before the
 * store that frees it. What is logged instead of a command as typed carries
 * absolute deadlines only (docs/AOF.md §1).
 */

import { NIL } from "../arena/layout.ts";
import { toAscii } from "../base/ascii.ts";
import { KEEP_EXPIRE } from "../keyspace/keyspace.ts";
import { NO_EXPIRE, TYPE_STRING } from "../objects/entry.ts";
import { type CommandContext } from "./context.ts";
import { COUNTER_COMMANDS } from "./counters.ts";
import {
  GET,
  GETEX_OPTIONS,
  OPTION_EX,
  OPTION_EXAT,
  OPTION_GET,
  OPTION_KEEPTTL,
  OPTION_NX,
  OPTION_PERSIST,
  OPTION_PX,
  OPTION_PXAT,
  OPTION_XX,
  OPTIONS_TIMED,
  parseDeadline,
  parsedOptions,
  parseSetOptions,
  SET_OPTIONS,
} from "./set_options.ts";
import { type HandlerTable } from "./spec.ts";
import { STRING_RANGE_COMMANDS } from "./string_ranges.ts";
import { insteadInteger, replyValue, replyWrongArity, storeArg } from "./string_values.ts";

const SET = toAscii("SET");
const DEL = toAscii("DEL");
const UNLINK = toAscii("UNLINK");
const PXAT = toAscii("PXAT");
const PEXPIREAT = toAscii("PEXPIREAT");
const PERSIST = toAscii("PERSIST");

/**
 * Sets a key to a string. O(1).
 *
 * `SET key value [NX | XX] [GET] [EX s | PX ms | EXAT s | PXAT ms | KEEPTTL]`
 */
function setCommand(c: CommandContext): void {
  if (c.args.argc > 3) return setWithOptions(c);
  storeArg(c, 1, 2, NO_EXPIRE);
  c.dirty++;
  c.out.ok();
}

function setWithOptions(c: CommandContext): void {
  const options = parseSetOptions(c, 3, SET_OPTIONS);
  if (options < 0) return;
  const timed = options & OPTIONS_TIMED;
  let expireMs = (options & OPTION_KEEPTTL) !== 0 ? KEEP_EXPIRE : NO_EXPIRE;
  if (timed !== 0) {
    expireMs = parseDeadline(c, parsedOptions.timeArg, timed);
    if (Number.isNaN(expireMs)) return;
  }
  const get = (options & OPTION_GET) !== 0;
  const old = get ? c.read(1) : c.write(1);
  if (get) {
    if (!c.isStringOrNil(old)) return;
    if (old === NIL) c.out.nil();
    else replyValue(c, old);
  }
  const refused = old === NIL ? (options & OPTION_XX) !== 0 : (options & OPTION_NX) !== 0;
  if (refused) {
    if (!get) c.out.nil();
    return;
  }
  storeArg(c, 1, 2, expireMs);
  c.dirty++;
  if (!get) c.out.ok();
  if (timed !== 0 && timed !== OPTION_PXAT) logSetWithDeadline(c, 2, expireMs);
  else if (get && timed === 0) logWithoutGet(c);
}

/** Logs `SET key value PXAT ms`, the value being argument `value`. */
function logSetWithDeadline(c: CommandContext, value: number, deadlineMs: number): void {
  c.instead.begin(5);
  c.instead.bulk(SET, 0, SET.length);
  c.insteadArg(1);
  c.insteadArg(value);
  c.instead.bulk(PXAT, 0, PXAT.length);
  insteadInteger(c, deadlineMs);
}

/** Logs a SET as typed, less its GETs (which may be repeated). */
function logWithoutGet(c: CommandContext): void {
  let argc = 3;
  for (let i = 3; i < c.args.argc; i++) if (!c.is(i, GET)) argc++;
  c.instead.begin(argc);
  for (let i = 0; i < c.args.argc; i++) if (i < 3 || !c.is(i, GET)) c.insteadArg(i);
}

/** Sets a key unless it exists. O(1). `SETNX key value` */
function setnxCommand(c: CommandContext): void {
  if (c.write(1) !== NIL) return c.out.integer(0);
  storeArg(c, 1, 2, NO_EXPIRE);
  c.dirty++;
  c.out.integer(1);
}

/** Sets a key that lives for some seconds. O(1). `SETEX key seconds value` */
function setexCommand(c: CommandContext): void {
  setWithTtl(c, OPTION_EX);
}

/** Sets a key that lives for some milliseconds. O(1). `PSETEX key milliseconds value` */
function psetexCommand(c: CommandContext): void {
  setWithTtl(c, OPTION_PX);
}

function setWithTtl(c: CommandContext, unit: number): void {
  const deadlineMs = parseDeadline(c, 2, unit);
  if (Number.isNaN(deadlineMs)) return;
  storeArg(c, 1, 3, deadlineMs);
  c.dirty++;
  c.out.ok();
  logSetWithDeadline(c, 3, deadlineMs);
}

/** Replies the value of a key. O(1). `GET key` */
function getCommand(c: CommandContext): void {
  const ref = c.read(1);
  if (ref === NIL) return c.out.nil();
  if (c.hasType(ref, TYPE_STRING)) replyValue(c, ref);
}

/** Sets a key and replies its old value. O(1). `GETSET key value` */
function getsetCommand(c: CommandContext): void {
  const ref = c.read(1);
  if (!c.isStringOrNil(ref)) return;
  if (ref === NIL) c.out.nil();
  else replyValue(c, ref);
  storeArg(c, 1, 2, NO_EXPIRE);
  c.dirty++;
  c.instead.begin(3);
  c.instead.bulk(SET, 0, SET.length);
  c.insteadArg(1);
  c.insteadArg(2);
}

/** Replies the value of a key and deletes it. O(1). `GETDEL key` */
function getdelCommand(c: CommandContext): void {
  const ref = c.read(1);
  if (ref === NIL) return c.out.nil();
  if (!c.hasType(ref, TYPE_STRING)) return;
  replyValue(c, ref);
  c.ks.removeRef(c.db, ref);
  c.dirty++;
  logWithKey(c, DEL);
}

/**
 * Replies the value of a key and changes when it expires. O(1).
 *
 * `GETEX key [EX s | PX ms | EXAT s | PXAT ms | PERSIST]`
 */
function getexCommand(c: CommandContext): void {
  const options = parseSetOptions(c, 2, GETEX_OPTIONS);
  if (options < 0) return;
  const ref = c.read(1);
  if (ref === NIL) return c.out.nil();
  if (!c.hasType(ref, TYPE_STRING)) return;
  const timed = options & OPTIONS_TIMED;
  const deadlineMs = timed !== 0 ? parseDeadline(c, parsedOptions.timeArg, timed) : NO_EXPIRE;
  if (Number.isNaN(deadlineMs)) return;
  replyValue(c, ref);
  const isDeadline = (timed & (OPTION_EXAT | OPTION_PXAT)) !== 0;
  if (isDeadline && deadlineMs <= c.ks.nowMs && !c.server.loading) {
    c.ks.removeRef(c.db, ref);
    c.dirty++;
    logWithKey(c, c.server.config.lazyfreeLazyExpire ? UNLINK : DEL);
  } else if (timed !== 0) {
    c.ks.setExpire(c.db, ref, deadlineMs);
    c.dirty++;
    c.instead.begin(3);
    c.instead.bulk(PEXPIREAT, 0, PEXPIREAT.length);
    c.insteadArg(1);
    insteadInteger(c, deadlineMs);
  } else if ((options & OPTION_PERSIST) !== 0 && c.ks.entries.hasExpire(ref)) {
    c.ks.setExpire(c.db, ref, NO_EXPIRE);
    c.dirty++;
    logWithKey(c, PERSIST);
  }
}

/** Logs `name key`. */
function logWithKey(c: CommandContext, name: Uint8Array): void {
  c.instead.begin(2);
  c.instead.bulk(name, 0, name.length);
  c.insteadArg(1);
}

/** Replies the values of keys; null for what is absent or no string. O(n). `MGET key [key …]` */
function mgetCommand(c: CommandContext): void {
  const argc = c.args.argc;
  c.out.arrayHeader(argc - 1);
  for (let i = 1; i < argc; i++) {
    const ref = c.read(i);
    if (ref === NIL || c.ks.entries.type(ref) !== TYPE_STRING) c.out.nil();
    else replyValue(c, ref);
  }
}

/** Sets several keys. O(n). `MSET key value [key value …]` */
function msetCommand(c: CommandContext): void {
  if ((c.args.argc & 1) === 0) return replyWrongArity(c);
  storePairs(c);
  c.out.ok();
}

/** Sets several keys unless one of them exists. O(n). `MSETNX key value [key value …]` */
function msetnxCommand(c: CommandContext): void {
  if ((c.args.argc & 1) === 0) return replyWrongArity(c);
  for (let i = 1; i < c.args.argc; i += 2) {
    if (c.write(i) !== NIL) return c.out.integer(0);
  }
  storePairs(c);
  c.out.integer(1);
}

function storePairs(c: CommandContext): void {
  const argc = c.args.argc;
  for (let i = 1; i < argc; i += 2) storeArg(c, i, i + 1, NO_EXPIRE);
  c.dirty += (argc - 1) >> 1;
}

/** The string family. */
export const STRING_COMMANDS: HandlerTable = {
  get: getCommand,
  getdel: getdelCommand,
  getex: getexCommand,
  getset: getsetCommand,
  mget: mgetCommand,
  mset: msetCommand,
  msetnx: msetnxCommand,
  psetex: psetexCommand,
  set: setCommand,
  setex: setexCommand,
  setnx: setnxCommand,
  ...COUNTER_COMMANDS,
  ...STRING_RANGE_COMMANDS,
};
