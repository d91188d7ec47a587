/**
 * The executable form of a command: its facts as bits, its handler, its figures.
 *
 * DESIGN. Facts come from lib/commands/meta; a family file only pairs names
 * with handlers (`HandlerTable`). table.ts joins the two.
 */

import { type Histogram } from "../base/histogram.ts";
import { type CommandContext } from "./context.ts";
import { type CommandMeta } from "./meta/types.ts";

/** A command's handler: looks up, changes, replies, counts `dirty`. Synchronous. */
export type Handler = (c: CommandContext) => void;

/** Full lower-case name (`config|get`) → handler. */
export type HandlerTable = Readonly<Record<string, Handler>>;

export const FLAG_WRITE = 1 << 0;
export const FLAG_READONLY = 1 << 1;
export const FLAG_DENYOOM = 1 << 2;
export const FLAG_ADMIN = 1 << 3;
export const FLAG_NOSCRIPT = 1 << 4;
export const FLAG_BLOCKING = 1 << 5;
export const FLAG_LOADING = 1 << 6;
export const FLAG_STALE = 1 << 7;
export const FLAG_SKIP_MONITOR = 1 << 8;
export const FLAG_SKIP_SLOWLOG = 1 << 9;
export const FLAG_FAST = 1 << 10;
export const FLAG_NO_AUTH = 1 << 11;
export const FLAG_NO_MULTI = 1 << 12;
/** Only with `enable-debug-command`. */
export const FLAG_PROTECTED = 1 << 13;
/** Answered at once inside MULTI instead of being queued. */
export const FLAG_TX_CONTROL = 1 << 14;
/** Lazy expiry inside is logged bare, not as one unit with the command (RANDOMKEY, SCAN). */
export const FLAG_BARE_EXPIRY = 1 << 15;
/** Takes a microsecond or so when request and reply are small: what Redis calls fast, and a few more. */
export const FLAG_BRIEF = 1 << 16;

const FLAG_BITS: Readonly<Record<string, number>> = {
  write: FLAG_WRITE,
  readonly: FLAG_READONLY,
  denyoom: FLAG_DENYOOM,
  admin: FLAG_ADMIN,
  noscript: FLAG_NOSCRIPT,
  blocking: FLAG_BLOCKING,
  loading: FLAG_LOADING,
  stale: FLAG_STALE,
  skip_monitor: FLAG_SKIP_MONITOR,
  skip_slowlog: FLAG_SKIP_SLOWLOG,
  fast: FLAG_FAST,
  no_auth: FLAG_NO_AUTH,
  no_multi: FLAG_NO_MULTI,
};

const TX_CONTROL = new Set(["multi", "exec", "discard", "watch", "quit", "reset"]);
/** Brief commands that Redis does not call fast, because they may free something large. */
const BRIEF = new Set(["set", "setex", "psetex", "del", "unlink"]);
/** What may take longer, or concerns the clock or the connection itself. */
const NOT_BRIEF = FLAG_ADMIN | FLAG_BLOCKING | FLAG_NO_AUTH | FLAG_TX_CONTROL;
const BARE_EXPIRY = new Set(["scan", "randomkey"]);

/** One command or subcommand, ready to run. */
export class CommandSpec {
  readonly name: string;
  readonly meta: CommandMeta;
  /** FLAG_* bits. */
  readonly flags: number;
  readonly arity: number;
  readonly proc: Handler;
  /** Subcommands by lower-case name, or undefined for a plain command. */
  readonly subcommands: ReadonlyMap<string, CommandSpec> | undefined;

  /** Figures of INFO commandstats; microseconds. */
  calls = 0;
  usec = 0;
  rejected = 0;
  failed = 0;
  /** Latency histogram, made at the first call. */
  histogram: Histogram | undefined = undefined;

  constructor(meta: CommandMeta, proc: Handler, subcommands: ReadonlyMap<string, CommandSpec> | undefined) {
    this.name = meta.name;
    this.meta = meta;
    this.arity = meta.arity;
    this.proc = proc;
    this.subcommands = subcommands;
    let flags = 0;
    for (const flag of meta.flags) flags |= FLAG_BITS[flag] ?? 0;
    if (TX_CONTROL.has(meta.name)) flags |= FLAG_TX_CONTROL;
    if (BARE_EXPIRY.has(meta.name)) flags |= FLAG_BARE_EXPIRY;
    if (meta.name === "debug") flags |= FLAG_PROTECTED;
    const brief = (flags & FLAG_FAST) !== 0 || BRIEF.has(meta.name);
    if (brief && (flags & NOT_BRIEF) === 0) flags |= FLAG_BRIEF;
    this.flags = flags;
  }

  /** Forgets the figures (CONFIG RESETSTAT). */
  resetStats(): void {
    this.calls =
      this.usec =
      this.rejected =
      this.failed =
        0;
    this.histogram = undefined;
  }
}
