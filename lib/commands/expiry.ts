/**
 * EXPIRE, PEXPIRE, EXPIREAT, PEXPIREAT, TTL, PTTL, EXPIRETIME, PEXPIRETIME
 * and PERSIST.
 *
 * DESIGN. Deadlines are absolute milliseconds; whatever form was typed, the
 * log gets `PEXPIREAT key ms` with the options as typed, so that a reload does
 * not start the time anew. A deadline that has already passed deletes the key
 * and logs that, except while loading: there the command that deletes the key
 * comes later in the file (docs/AOF.md §1, §12.14).
 *
 * Units: arguments are seconds or milliseconds, deadlines milliseconds of wall
 * clock. Beyond 2^53 ms (the year 287,396) a deadline keeps 53 significant bits.
 */

import { NEEDS_BIGINT, parseInt64, parseInt64Big, toAscii } from "../base/ascii.ts";
import { type Ref } from "../arena/layout.ts";
import { NO_EXPIRE } from "../objects/entry.ts";
import { ERR_NOT_INTEGER, errorReply } from "../resp/errors.ts";
import { type CommandContext } from "./context.ts";
import { type HandlerTable } from "./spec.ts";

const INT64_MAX = 2n ** 63n - 1n;
/** The largest double below 2^63: what the last of all deadlines is kept as. */
export const LAST_DEADLINE_MS = 2 ** 63 - 1024;

const TOKEN_NX = toAscii("nx");
const TOKEN_XX = toAscii("xx");
const TOKEN_GT = toAscii("gt");
const TOKEN_LT = toAscii("lt");

const OPTION_NX = 1;
const OPTION_XX = 2;
const OPTION_GT = 4;
const OPTION_LT = 8;
const BAD_OPTIONS = -1;

const ERR_NX_WITH_OTHERS = errorReply(
  "ERR NX and XX, GT or LT options at the same time are not compatible",
);
const ERR_GT_WITH_LT = errorReply("ERR GT and LT options at the same time are not compatible");

/** `EXPIRE key seconds [NX | XX | GT | LT]`. O(1). */
function expire(c: CommandContext): void {
  setDeadline(c, c.ks.nowMs, 1000);
}

/** `PEXPIRE key milliseconds [NX | XX | GT | LT]`. O(1). */
function pexpire(c: CommandContext): void {
  setDeadline(c, c.ks.nowMs, 1);
}

/** `EXPIREAT key unix-seconds [NX | XX | GT | LT]`. O(1). */
function expireAt(c: CommandContext): void {
  setDeadline(c, 0, 1000);
}

/** `PEXPIREAT key unix-milliseconds [NX | XX | GT | LT]`. O(1). */
function pexpireAt(c: CommandContext): void {
  setDeadline(c, 0, 1);
}

/** The four EXPIRE commands. @param unitMs milliseconds per unit of the argument */
function setDeadline(c: CommandContext, baseMs: number, unitMs: number): void {
  const options = readOptions(c);
  if (options === BAD_OPTIONS) return;
  const deadline = readDeadline(c, 2, baseMs, unitMs);
  if (Number.isNaN(deadline)) return;
  const ref = c.write(1);
  if (ref === 0 || (options !== 0 && !permits(options, deadline, c.ks.entries.expireMs(ref)))) {
    return c.out.integer(0);
  }
  c.dirty++;
  c.out.integer(1);
  if (deadline <= c.ks.nowMs && !c.server.loading) return deleteNow(c, ref);
  // Negative ones, possible while loading only, would look like "none".
  c.ks.setExpire(c.db, ref, Math.max(deadline, 0));
  if (baseMs !== 0 || unitMs !== 1) logDeadline(c, deadline);
}

/** @returns OPTION_* bits, or BAD_OPTIONS after replying an error */
function readOptions(c: CommandContext): number {
  let options = 0;
  for (let i = 3; i < c.argc; i++) {
    if (c.is(i, TOKEN_NX)) options |= OPTION_NX;
    else if (c.is(i, TOKEN_XX)) options |= OPTION_XX;
    else if (c.is(i, TOKEN_GT)) options |= OPTION_GT;
    else if (c.is(i, TOKEN_LT)) options |= OPTION_LT;
    else {
      c.out.error(errorReply(`ERR Unsupported option ${c.text(i).replace(/\0[^]*/, "")}`));
      return BAD_OPTIONS;
    }
  }
  if ((options & OPTION_NX) !== 0 && options !== OPTION_NX) c.out.error(ERR_NX_WITH_OTHERS);
  else if ((options & OPTION_GT) !== 0 && (options & OPTION_LT) !== 0) c.out.error(ERR_GT_WITH_LT);
  else return options;
  return BAD_OPTIONS;
}

/** Whether the options allow `deadline` for a key with the deadline `current`; none counts as infinite. */
function permits(options: number, deadline: number, current: number): boolean {
  const has = current !== NO_EXPIRE;
  if ((options & OPTION_NX) !== 0 && has) return false;
  if ((options & OPTION_XX) !== 0 && !has) return false;
  if ((options & OPTION_GT) !== 0 && (!has || deadline <= current)) return false;
  return (options & OPTION_LT) === 0 || !has || deadline < current;
}

/**
 * Reads argument `i` as a deadline, which may lie in the past.
 * @param baseMs what it counts from: now, or 0 for an absolute time
 * @param unitMs milliseconds per unit, 1 or 1000
 * @returns milliseconds, or NaN after replying why it is none
 */
export function readDeadline(c: CommandContext, i: number, baseMs: number, unitMs: number): number {
  const { buf, off, len } = c.args;
  const value = parseInt64(buf, off[i], len[i]);
  if (Number.isNaN(value)) {
    c.out.error(ERR_NOT_INTEGER);
    return NaN;
  }
  const deadline = value * unitMs + baseMs;
  if (Math.abs(value) !== NEEDS_BIGINT && Number.isSafeInteger(deadline)) return deadline;
  const exact = parseInt64Big(buf, off[i], len[i])! * BigInt(unitMs);
  if (exact + BigInt(baseMs) > INT64_MAX || exact < -INT64_MAX - 1n) {
    c.out.error(errorReply(`ERR invalid expire time in '${c.spec.name}' command`));
    return NaN;
  }
  return Math.min(Number(exact + BigInt(baseMs)), LAST_DEADLINE_MS);
}

/** Deletes a key whose new deadline has passed, and logs just that. */
function deleteNow(c: CommandContext, ref: Ref): void {
  c.instead.begin(2);
  c.instead.text(c.server.config.lazyfreeLazyExpire ? "UNLINK" : "DEL");
  c.insteadArg(1);
  c.ks.removeRef(c.db, ref);
}

function logDeadline(c: CommandContext, deadline: number): void {
  c.instead.begin(c.argc);
  c.instead.text("PEXPIREAT");
  c.insteadArg(1);
  if (Number.isSafeInteger(deadline)) c.instead.integer(deadline);
  else c.instead.text(BigInt(deadline).toString());
  for (let i = 3; i < c.argc; i++) c.insteadArg(i);
}

/** `TTL key`: seconds left, rounded; -1 without deadline, -2 without key. O(1). */
function ttl(c: CommandContext): void {
  const deadline = lookDeadlineUp(c);
  if (deadline < 0) return c.out.integer(deadline);
  c.out.integer(toSeconds(Math.max(deadline - c.ks.nowMs, 0)));
}

/** `PTTL key`: milliseconds left; -1 without deadline, -2 without key. O(1). */
function pttl(c: CommandContext): void {
  const deadline = lookDeadlineUp(c);
  if (deadline < 0) return c.out.integer(deadline);
  replyMs(c, Math.max(deadline - c.ks.nowMs, 0));
}

/** `EXPIRETIME key`: the deadline in seconds; -1 without deadline, -2 without key. O(1). */
function expireTime(c: CommandContext): void {
  const deadline = lookDeadlineUp(c);
  c.out.integer(deadline < 0 ? deadline : toSeconds(deadline));
}

/** `PEXPIRETIME key`: the deadline in milliseconds; -1 without deadline, -2 without key. O(1). */
function pexpireTime(c: CommandContext): void {
  replyMs(c, lookDeadlineUp(c));
}

/** The deadline of argument 1, -1 when it has none, -2 when there is no such key. */
function lookDeadlineUp(c: CommandContext): number {
  const ref = c.peekCounted(1);
  return ref === 0 ? -2 : c.ks.entries.expireMs(ref);
}

function toSeconds(ms: number): number {
  return Math.floor((ms + 500) / 1000);
}

function replyMs(c: CommandContext, ms: number): void {
  if (Number.isSafeInteger(ms)) c.out.integer(ms);
  else c.out.bigInteger(BigInt(ms));
}

/** `PERSIST key`: takes the deadline away. O(1). */
function persist(c: CommandContext): void {
  const ref = c.write(1);
  if (ref === 0 || !c.ks.entries.hasExpire(ref)) return c.out.integer(0);
  c.ks.setExpire(c.db, ref, NO_EXPIRE);
  c.dirty++;
  c.out.integer(1);
}

/** Commands about deadlines, by name. */
export const EXPIRY_COMMANDS: HandlerTable = {
  expire,
  pexpire,
  expireat: expireAt,
  pexpireat: pexpireAt,
  ttl,
  pttl,
  expiretime: expireTime,
  pexpiretime: pexpireTime,
  persist,
};
