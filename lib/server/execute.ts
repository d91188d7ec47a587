/**
 * Execution: from parsed arguments to a reply, a changed keyspace and a log
 * entry.
 *
 * DESIGN. `execute` looks the command up and asks the gates in Redis' order
 * (known, arity, authentication, MULTI, memory, disk, loading, pause); `call`
 * runs it, counts, and propagates. One context per depth: EXEC re-enters at
 * the next. The clock is read once per command: the end of one is the start of
 * the next; within EXEC wall time stands still. Up to {@link SHARED_MAX} brief
 * commands of one kind in a pipeline share a reading, for it costs as much as
 * they do; unless the slow log looks at single microseconds. Nothing here knows
 * a socket.
 */

import { latin1 } from "../base/ascii.ts";
import { CommandContext } from "../commands/context.ts";
import { type Monitors } from "../commands/monitor.ts";
import { type ServerPort } from "../commands/server_port.ts";
import {
  REPLY_ON,
  REPLY_SKIP_NEXT,
  REPLY_SKIPPING,
  type Session,
  type Transaction,
} from "../commands/session.ts";
import {
  type CommandSpec,
  FLAG_BARE_EXPIRY,
  FLAG_BRIEF,
  FLAG_DENYOOM,
  FLAG_LOADING,
  FLAG_NO_AUTH,
  FLAG_NO_MULTI,
  FLAG_PROTECTED,
  FLAG_READONLY,
  FLAG_TX_CONTROL,
  FLAG_WRITE,
} from "../commands/spec.ts";
import { type CommandTable } from "../commands/table.ts";
import { PROTECTED_ACTION_LOCAL, PROTECTED_ACTION_YES } from "../config/enums.ts";
import { discardTransaction } from "../commands/transactions.ts";
import { type Clock } from "./clock.ts";
import { type Keyspace } from "../keyspace/keyspace.ts";
import { type Args } from "../resp/args.ts";
import { ERR_LOADING, ERR_NO_AUTH, ERR_OOM, errorReply } from "../resp/errors.ts";
import { type ReplyMark } from "../resp/reply_buffer.ts";
import { type Propagation } from "./propagation.ts";

/** What may refuse a command, and who is told of one that ran. */
export interface ExecutionGates {
  /** Frees memory if there is a limit. @returns false when commands that need memory must be refused */
  memoryAvailable(requestBytes: number, argc: number): boolean;
  /** Whether the arena can grow by what a command of so many bytes may need… */
  hasAddressSpace(requestBytes: number, argc: number): boolean;
  /** …or not even by the little that any write may need. */
  readonly addressSpaceEnded: boolean;
  /** The -MISCONF reply while the disk refuses writes, else null. */
  diskError(): Uint8Array | null;
  readonly loading: boolean;
  /** Whether the command has to wait for CLIENT UNPAUSE; the session is blocked then. */
  mustPause(session: Session, spec: CommandSpec): boolean;
  /** HTTP arrived where RESP was expected: the connection is to be closed without a word. */
  crossProtocol(session: Session): void;
  /** After each command. @param usec its duration */
  onExecuted(c: CommandContext, usec: number): void;
  /** After `count` brief commands of one kind. @param usec what they took together */
  onExecutedTogether(spec: CommandSpec, usec: number, count: number): void;
  /** Whether brief commands may share a reading of the clock: nobody wants to know of single ones. */
  readonly mayShareTime: boolean;
}

const MAX_DEPTH = 4;
/** Requests and replies below this are brief, if the command is… */
const BRIEF_BYTES = 1024;
/** …and so many brief commands share one reading of the clock. */
const SHARED_MAX = 16;
const ERR_PROTECTED = errorReply(
  'ERR DEBUG command not allowed. If the enable-debug-command option is set to "local", you can run it from a local ' +
    "connection, otherwise you need to set this option in the configuration file, and then restart the server.",
);
const ERR_NO_MULTI = errorReply("ERR Command not allowed inside a transaction");
const ERR_MONITOR = errorReply("ERR Replica can't interact with the keyspace");
/** Words that begin lines of HTTP and no command. */
const HTTP_WORDS = new Set(["post", "host:"]);
/** Commands that cannot make a transaction larger. */
const ENDS_TRANSACTION = new Set(["exec", "discard", "quit", "reset"]);
/** Writes that take no memory: they go on when there is none left. */
const FREES_MEMORY = new Set(["del", "unlink", "getdel", "flushdb", "flushall", "swapdb"]);
/** How many characters of an unknown command and its arguments the error shows. */
const SHOWN_CHARACTERS = 128;

/** Runs commands; see the module's note. */
export class Executor {
  readonly #server: ServerPort;
  readonly #ks: Keyspace;
  readonly #table: CommandTable;
  readonly #propagation: Propagation;
  readonly #gates: ExecutionGates;
  readonly #clock: Clock;
  readonly #monitors: Monitors;
  readonly #contexts: CommandContext[] = [];
  #depth = 0;
  /** Brief commands since the last reading of the clock, all of `#unsettledSpec`. */
  #unsettled = 0;
  #unsettledSpec: CommandSpec | null = null;
  /** How many errors the running session had got when its command, or the last one inside it, began or ended. */
  #errorsSeen = 0;

  constructor(
    server: ServerPort,
    table: CommandTable,
    propagation: Propagation,
    gates: ExecutionGates,
    clock: Clock,
  ) {
    this.#server = server;
    this.#ks = server.ks;
    this.#table = table;
    this.#propagation = propagation;
    this.#gates = gates;
    this.#clock = clock;
    this.#monitors = server.monitors;
  }

  /** Whether a command of an EXEC is running: what it changes is logged when the EXEC ends. */
  get insideUnit(): boolean {
    return this.#depth > 1;
  }

  /** The requests that follow are of one pipeline, in `buf`, which stays as it is until `endPipeline`. */
  beginPipeline(buf: Uint8Array): void {
    this.#propagation.allowRuns(buf);
  }

  /** Everything of the pipeline is logged that was executed; its bytes may go. */
  endPipeline(): void {
    this.#propagation.forbidRuns();
  }

  /** Executes one request of `session`. @returns false when it must wait (CLIENT PAUSE) and be tried again */
  execute(session: Session, args: Args): boolean {
    const spec = this.#lookup(session, args);
    if (spec === null) return true;
    const refusal = this.#refusal(session, spec, args);
    if (refusal !== null) {
      this.#refuse(session, spec, refusal, args);
      return true;
    }
    if (this.#gates.mustPause(session, spec)) return false;
    const transaction = session.transaction;
    if (transaction !== null && (spec.flags & FLAG_TX_CONTROL) === 0) {
      if (!session.watchBroken) transaction.add(spec, args);
      this.#reply(session, writeQueued);
    } else {
      this.#call(session, spec, args, false);
      if (this.#server.blockedKeys.hasReady) this.#server.blockedKeys.serve();
    }
    return true;
  }

  /** Runs a request again that had to wait for a key. It was counted, and shown to monitors, the first time. */
  runAgain(session: Session, args: Args): void {
    const spec = this.#lookup(session, args);
    if (spec === null) return;
    const refusal = this.#refusal(session, spec, args);
    if (refusal !== null) this.#refuse(session, spec, refusal, args);
    else this.#call(session, spec, args, true);
  }

  /** Writes what a waiting client gets at last, heeding CLIENT REPLY. */
  answer(session: Session, write: (session: Session) => void): void {
    const errors = session.out.errors;
    this.#reply(session, write);
    if (session.out.errors !== errors) this.countError(session.out.lastError);
  }

  /** Runs a queued command of the running EXEC, one depth deeper. */
  runQueued(session: Session, spec: CommandSpec, args: Args): void {
    const bytes = args.rawEnd - args.rawStart;
    if (this.#gates.hasAddressSpace(bytes, args.argc) || !this.#mayNeedMemory(spec, spec.flags)) {
      return this.#call(session, spec, args, false);
    }
    // What was free when EXEC began has been used up by the commands before this one.
    spec.rejected++;
    if (!session.muted) session.out.error(ERR_OOM);
    this.#errorsSeen = session.out.errors;
    this.countError(ERR_OOM);
  }

  /**
   * Runs a command that is replayed from the AOF: no gates, no figures, nothing
   * is logged. Queues it after MULTI.
   * @returns false when there is no such command
   */
  replay(session: Session, args: Args): boolean {
    if (this.#table.find(args.buf, args.off[0], args.len[0]) === null) return false;
    const spec = this.#lookup(session, args);
    if (spec === null) return true;
    const transaction = session.transaction;
    if (transaction !== null && (spec.flags & FLAG_TX_CONTROL) === 0) {
      transaction.queue.push({ spec, args: args.clone() });
      return true;
    }
    const c = this.#enter(session, spec, args);
    spec.proc(c);
    this.#depth--;
    this.#propagation.end(c, c.db.id, false, false);
    return true;
  }

  /** Finds the command (or subcommand) and checks its arity; writes the error and returns null if there is none. */
  #lookup(session: Session, args: Args): CommandSpec | null {
    let spec = this.#table.find(args.buf, args.off[0], args.len[0]);
    session.lastCommand = spec;
    if (spec === null) {
      if (HTTP_WORDS.has(textOf(args, 0).toLowerCase())) this.#gates.crossProtocol(session);
      else this.#refuse(session, null, errorReply(unknownCommandText(args)), args);
      return null;
    }
    if (spec.subcommands !== undefined && args.argc > 1) {
      const name = textOf(args, 1);
      const sub = spec.subcommands.get(name.toLowerCase());
      if (sub === undefined) {
        const shown = shownText(args, 1, SHOWN_CHARACTERS);
        const text = `ERR unknown subcommand '${shown}'. Try ${spec.name.toUpperCase()} HELP.`;
        session.lastCommand = null;
        this.#refuse(session, null, errorReply(text), args);
        return null;
      }
      session.lastCommand = spec = sub;
    }
    if (spec.arity > 0 ? args.argc !== spec.arity : args.argc < -spec.arity) {
      this.#refuse(
        session,
        spec,
        errorReply(`ERR wrong number of arguments for '${spec.name}' command`),
        args,
      );
      return null;
    }
    return spec;
  }

  /** The error that refuses the command now, or null. */
  #refusal(session: Session, spec: CommandSpec, args: Args): Uint8Array | null {
    let flags = spec.flags;
    if ((flags & FLAG_PROTECTED) !== 0 && !this.#isAllowed(session)) return ERR_PROTECTED;
    if (!session.authenticated && (flags & FLAG_NO_AUTH) === 0 && this.#server.config.requirepass !== "") {
      return ERR_NO_AUTH;
    }
    if (session.transaction !== null) {
      if ((flags & FLAG_NO_MULTI) !== 0) return ERR_NO_MULTI;
      flags = flagsInTransaction(session.transaction, spec);
    }
    // Without a limit there is nothing to evict, and a command that only reads needs nothing.
    if ((flags & (FLAG_WRITE | FLAG_DENYOOM)) !== 0 || this.#server.config.maxmemory !== 0) {
      const available = this.#gates.memoryAvailable(args.rawEnd - args.rawStart, args.argc);
      if (!available && this.#mayNeedMemory(spec, flags)) return ERR_OOM;
    }
    if ((flags & FLAG_WRITE) !== 0 || spec.name === "ping") {
      const error = this.#gates.diskError();
      if (error !== null) return error;
    }
    if (this.#gates.loading && (flags & FLAG_LOADING) === 0) return ERR_LOADING;
    if (session.isMonitor && (flags & (FLAG_WRITE | FLAG_READONLY)) !== 0) return ERR_MONITOR;
    return null;
  }

  /** Whether a command is to be refused as memory is short. */
  #mayNeedMemory(spec: CommandSpec, flags: number): boolean {
    if ((flags & FLAG_DENYOOM) !== 0) return true;
    return (spec.flags & FLAG_WRITE) !== 0 && this.#gates.addressSpaceEnded && !FREES_MEMORY.has(spec.name);
  }

  /** Whether `enable-debug-command` lets this connection use DEBUG. */
  #isAllowed(session: Session): boolean {
    const { enableDebugCommand } = this.#server.config;
    return enableDebugCommand === PROTECTED_ACTION_YES ||
      (enableDebugCommand === PROTECTED_ACTION_LOCAL && session.isLocal);
  }

  /** Replies an error in the place of a command; a transaction being queued can only be discarded then. */
  #refuse(session: Session, spec: CommandSpec | null, error: Uint8Array, args: Args): void {
    if (spec !== null) spec.rejected++;
    if (session.transaction !== null) session.transaction.aborted = true;
    let shown = error;
    if (spec !== null && spec.name === "exec") {
      // A refused EXEC ends the transaction, if there is one, and says why.
      discardTransaction(this.#server, session);
      const reason = latin1(error, 1, error.length - 2).replace(/^ERR /, "");
      shown = errorReply(`EXECABORT Transaction discarded because of: ${reason}`);
    }
    this.answer(session, (refused) => refused.out.error(shown));
    if (spec !== null && spec.name === "exec" && this.#monitors.count > 0) {
      this.#monitors.feed(session, spec, args);
    }
  }

  /**
   * Runs one command and everything that belongs to having run it.
   * @param again whether it has run before, and had to wait
   */
  #call(session: Session, spec: CommandSpec, args: Args, again: boolean): void {
    const brief = this.#isBrief(spec, args);
    if (!brief) {
      this.#propagation.endRun();
      this.settle();
    }
    const c = this.#enter(session, spec, args);
    const out = session.out;
    this.#errorsSeen = out.errors;
    const length = out.length;
    const mark = session.replyMode === REPLY_ON ? null : out.mark();
    spec.proc(c);
    if (out.errors !== this.#errorsSeen) {
      spec.failed++;
      this.countError(out.lastError);
      this.#errorsSeen = out.errors;
    }
    if (mark !== null || session.replyMode !== REPLY_ON) this.#heedReplyMode(session, mark);
    this.#leave(c, brief);
    if (again) {
      this.#measure(c, 0);
      return;
    }
    session.commands++;
    this.#server.stats.commandsProcessed++;
    if (brief && out.length - length < BRIEF_BYTES) this.#defer(spec);
    else this.#measure(c, 1);
    if (this.#monitors.count > 0) this.#monitors.feed(session, spec, args);
  }

  /** Whether a command takes so short a time that several share one reading of the clock. */
  #isBrief(spec: CommandSpec, args: Args): boolean {
    return (spec.flags & FLAG_BRIEF) !== 0 && args.rawEnd - args.rawStart < BRIEF_BYTES &&
      this.#depth === 0 &&
      this.#gates.mayShareTime;
  }

  /** Notes a brief command; its time is known at the next reading. */
  #defer(spec: CommandSpec): void {
    if (this.#unsettled > 0 && (spec !== this.#unsettledSpec || this.#unsettled === SHARED_MAX)) {
      this.settle();
    }
    this.#unsettledSpec = spec;
    this.#unsettled++;
  }

  /** Reads the clock and gives each of the brief commands since the last reading its share. */
  settle(): void {
    if (this.#unsettled === 0) return;
    const started = this.#clock.commandStartUs;
    this.#share(this.#clock.commandEnd() - started);
  }

  /** Counts the brief commands since the last reading: together they took `usec`. */
  #share(usec: number): void {
    const count = this.#unsettled;
    const spec = this.#unsettledSpec!;
    this.#unsettled = 0;
    spec.calls += count;
    spec.usec += usec;
    this.#gates.onExecutedTogether(spec, usec, count);
  }

  /** Reads the clock behind a command and counts its time, and it as `calls` calls. */
  #measure(c: CommandContext, calls: number): void {
    const started = this.#clock.commandStartUs;
    let usec = (this.#depth > 0 ? this.#clock.nestedEnd() : this.#clock.commandEnd()) - started;
    if (this.#unsettled > 0) {
      // A brief command had a long reply: those before it took what they usually take.
      const { calls, usec: usual } = this.#unsettledSpec!;
      const shared = calls > 0 ? Math.min(usec, (usual / calls) * this.#unsettled) : 0;
      this.#share(shared);
      usec -= shared;
    }
    c.spec.calls += calls;
    c.spec.usec += usec;
    this.#gates.onExecuted(c, usec);
  }

  #enter(session: Session, spec: CommandSpec, args: Args): CommandContext {
    let c = this.#contexts[this.#depth];
    if (c === undefined) {
      if (this.#depth >= MAX_DEPTH) throw new Error("Cannot run command as calls must not nest deeper");
      c = this.#contexts[this.#depth] = new CommandContext(this.#server, this.#ks, session, spec);
    }
    c.session = session;
    c.spec = spec;
    c.args = args;
    c.out = session.out;
    c.db = session.db;
    c.dirty = 0;
    c.forceLog = c.suppressLog = false;
    if (c.instead.commands > 0) c.instead.clear();
    if (this.#depth === 0) this.#propagation.begin((spec.flags & FLAG_BARE_EXPIRY) !== 0);
    this.#depth++;
    return c;
  }

  /** Propagates what the command did. */
  #leave(c: CommandContext, brief: boolean): void {
    this.#depth--;
    const changed = (c.dirty > 0 || c.forceLog) && !c.suppressLog;
    this.#server.stats.dirty += c.dirty;
    if (this.#depth > 0) {
      if (changed) this.#propagation.collect(c, c.db.id);
      return;
    }
    this.#propagation.end(c, c.db.id, changed, brief);
  }

  /**
   * Drops what was written since `mark` if replies are off or this one is skipped. CLIENT REPLY SKIP holds for
   * one whole request: its turn comes when the outermost command is over, and for one that waits, when it is answered.
   */
  #heedReplyMode(session: Session, mark: ReplyMark | null): void {
    if (mark !== null && session.muted) session.out.rollback(mark);
    if (this.#depth > 1 || session.blocked !== null) return;
    if (session.replyMode === REPLY_SKIPPING) session.replyMode = REPLY_ON;
    else if (session.replyMode === REPLY_SKIP_NEXT) session.replyMode = REPLY_SKIPPING;
  }

  /** Writes a reply outside a call, heeding CLIENT REPLY. */
  #reply(session: Session, write: (session: Session) => void): void {
    if (session.replyMode === REPLY_ON) return write(session);
    const mark = session.out.mark();
    write(session);
    this.#heedReplyMode(session, mark);
  }

  /** Counts an error reply for INFO errorstats. */
  countError(error: Uint8Array): void {
    const stats = this.#server.stats;
    stats.errorReplies++;
    let end = 1;
    while (end < error.length && error[end] !== 32 && error[end] !== 13) end++;
    const code = latin1(error, 1, end);
    stats.errors.set(code, (stats.errors.get(code) ?? 0) + 1);
  }
}

function writeQueued(session: Session): void {
  session.out.queuedStatus();
}

/**
 * The flags that decide whether a command inside MULTI is refused: EXEC is what it will run, and nothing may be
 * queued when memory is short.
 */
function flagsInTransaction(transaction: Transaction, spec: CommandSpec): number {
  if (spec.name !== "exec") return ENDS_TRANSACTION.has(spec.name) ? spec.flags : spec.flags | FLAG_DENYOOM;
  const { anyFlags, allFlags } = transaction;
  return (spec.flags | (anyFlags & (FLAG_WRITE | FLAG_READONLY | FLAG_DENYOOM))) & (allFlags | ~FLAG_LOADING);
}

function textOf(args: Args, i: number): string {
  return latin1(args.buf, args.off[i], args.off[i] + args.len[i]);
}

function unknownCommandText(args: Args): string {
  let shown = "";
  for (let i = 1; i < args.argc && shown.length < SHOWN_CHARACTERS; i++) {
    shown += `'${shownText(args, i, SHOWN_CHARACTERS - shown.length)}' `;
  }
  return `ERR unknown command '${shownText(args, 0, SHOWN_CHARACTERS)}', with args beginning with: ${shown}`;
}

/** An argument as errors show it: not beyond a byte 0, and at most `length` characters. */
function shownText(args: Args, i: number, length: number): string {
  return textOf(args, i).split("\0", 1)[0].slice(0, length);
}
