/**
 * Execution: from parsed arguments to a reply, a changed keyspace and a log
 * entry.
 *
 * DESIGN. `execute` looks the command up and asks the gates in Redis' order
 * (known, arity, authentication, memory, disk, loading, MULTI, pause); `call`
 * runs it, counts, and propagates. One context per depth: EXEC re-enters at
 * the next. The clock is read once per command: the end of one is the start of
 * the next. Nothing here knows a socket.
 */

import { latin1 } from "../base/ascii.ts";
import { CommandContext } from "../commands/context.ts";
import { type ServerPort } from "../commands/server_port.ts";
import { REPLY_OFF, REPLY_ON, REPLY_SKIP_NEXT, REPLY_SKIPPING, type Session } from "../commands/session.ts";
import {
  type CommandSpec,
  FLAG_BARE_EXPIRY,
  FLAG_DENYOOM,
  FLAG_LOADING,
  FLAG_NO_AUTH,
  FLAG_NO_MULTI,
  FLAG_TX_CONTROL,
  FLAG_WRITE,
} from "../commands/spec.ts";
import { type CommandTable } from "../commands/table.ts";
import { type Clock } from "./clock.ts";
import { type Keyspace } from "../keyspace/keyspace.ts";
import { type Args } from "../resp/args.ts";
import { ERR_LOADING, ERR_NO_AUTH, ERR_OOM, errorReply } from "../resp/errors.ts";
import { type Propagation } from "./propagation.ts";

/** What may refuse a command, and who is told of one that ran. */
export interface ExecutionGates {
  /** Frees memory if there is a limit. @returns false when commands that need memory must be refused */
  memoryAvailable(): boolean;
  /** The -MISCONF reply while the disk refuses writes, else null. */
  diskError(): Uint8Array | null;
  readonly loading: boolean;
  /** Whether the command has to wait for CLIENT UNPAUSE; the session is blocked then. */
  mustPause(session: Session, spec: CommandSpec, args: Args): boolean;
  /** After each command. @param usec its duration */
  onExecuted(c: CommandContext, usec: number): void;
  /** Bytes fed to the AOF so far, for WAITAOF. */
  fedOffset(): number;
}

const MAX_DEPTH = 4;
const ERR_NO_MULTI = errorReply("ERR Command not allowed inside a transaction");
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
  readonly #contexts: CommandContext[] = [];
  #depth = 0;

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
  }

  /** Executes one request of `session`. @returns false when it must wait (CLIENT PAUSE) and be tried again */
  execute(session: Session, args: Args): boolean {
    const spec = this.#lookup(session, args);
    if (spec === null) return true;
    const refusal = this.#refusal(session, spec);
    if (refusal !== null) {
      this.#refuse(session, spec, refusal);
      return true;
    }
    const transaction = session.transaction;
    if (transaction !== null && (spec.flags & FLAG_TX_CONTROL) === 0) {
      if ((spec.flags & FLAG_NO_MULTI) !== 0) this.#refuse(session, spec, ERR_NO_MULTI);
      else {
        transaction.queue.push({ spec, args: args.clone() });
        this.#reply(session, spec, () => session.out.queuedStatus());
      }
      return true;
    }
    if (this.#gates.mustPause(session, spec, args)) return false;
    this.#call(session, spec, args);
    return true;
  }

  /** Runs a queued command of the running EXEC, one depth deeper. */
  runQueued(session: Session, spec: CommandSpec, args: Args): void {
    this.#call(session, spec, args);
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
    this.#propagation.end(c, c.db.id, false);
    return true;
  }

  /** Finds the command (or subcommand) and checks its arity; writes the error and returns null if there is none. */
  #lookup(session: Session, args: Args): CommandSpec | null {
    let spec = this.#table.find(args.buf, args.off[0], args.len[0]);
    if (spec === null) {
      this.#refuse(session, null, errorReply(unknownCommandText(args)));
      return null;
    }
    if (spec.subcommands !== undefined && args.argc > 1) {
      const name = textOf(args, 1);
      const sub = spec.subcommands.get(name.toLowerCase());
      if (sub === undefined) {
        const text = `ERR unknown subcommand '${
          name.slice(0, SHOWN_CHARACTERS)
        }'. Try ${spec.name.toUpperCase()} HELP.`;
        this.#refuse(session, null, errorReply(text));
        return null;
      }
      spec = sub;
    }
    if (spec.arity > 0 ? args.argc !== spec.arity : args.argc < -spec.arity) {
      this.#refuse(session, spec, errorReply(`ERR wrong number of arguments for '${spec.name}' command`));
      return null;
    }
    return spec;
  }

  /** The error that refuses the command now, or null. */
  #refusal(session: Session, spec: CommandSpec): Uint8Array | null {
    const flags = spec.flags;
    if (!session.authenticated && (flags & FLAG_NO_AUTH) === 0) return ERR_NO_AUTH;
    if (!this.#gates.memoryAvailable() && (flags & FLAG_DENYOOM) !== 0) return ERR_OOM;
    if ((flags & FLAG_WRITE) !== 0 || spec.name === "ping") {
      const error = this.#gates.diskError();
      if (error !== null) return error;
    }
    if (this.#gates.loading && (flags & FLAG_LOADING) === 0) return ERR_LOADING;
    return null;
  }

  /** Replies an error in the place of a command; a transaction being queued can only be discarded then. */
  #refuse(session: Session, spec: CommandSpec | null, error: Uint8Array): void {
    if (spec !== null) spec.rejected++;
    const transaction = session.transaction;
    if (transaction !== null) {
      transaction.aborted = true;
      if (spec?.name === "exec") {
        // A refused EXEC ends the transaction and says why.
        const reason = latin1(error, 1, error.length - 2);
        session.transaction = null;
        error = errorReply(`EXECABORT Transaction discarded because of: ${reason}`);
      }
    }
    this.#reply(session, spec, () => session.out.error(error));
    this.#countError(error);
  }

  /** Runs one command and everything that belongs to having run it. */
  #call(session: Session, spec: CommandSpec, args: Args): void {
    const c = this.#enter(session, spec, args);
    const out = session.out;
    const errors = out.errors;
    const started = this.#clock.commandStartUs;
    const mark = session.replyMode === REPLY_ON ? null : out.mark();
    spec.proc(c);
    const usec = this.#clock.commandEnd() - started;
    spec.calls++;
    spec.usec += usec;
    if (out.errors !== errors) {
      spec.failed++;
      this.#countError(out.lastError);
    }
    if (mark !== null) this.#mute(session, mark);
    this.#leave(c);
    session.commands++;
    session.lastCommand = spec;
    this.#server.stats.commandsProcessed++;
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
  #leave(c: CommandContext): void {
    this.#depth--;
    const changed = (c.dirty > 0 || c.forceLog) && !c.suppressLog;
    this.#server.stats.dirty += c.dirty;
    if (this.#depth > 0) {
      if (changed) this.#propagation.collect(c, c.db.id);
      return;
    }
    this.#propagation.end(c, c.db.id, changed);
    if (changed || c.spec.name === "exec") c.session.writtenOffset = this.#gates.fedOffset();
  }

  /** Drops the reply of a command under CLIENT REPLY OFF or SKIP. */
  #mute(session: Session, mark: ReturnType<Session["out"]["mark"]>): void {
    const mode = session.replyMode;
    if (mode === REPLY_OFF || mode === REPLY_SKIPPING) session.out.rollback(mark);
    if (mode === REPLY_SKIPPING) session.replyMode = REPLY_ON;
    else if (mode === REPLY_SKIP_NEXT) session.replyMode = REPLY_SKIPPING;
  }

  /** Writes a reply that no handler writes, heeding CLIENT REPLY. */
  #reply(session: Session, spec: CommandSpec | null, write: () => void): void {
    if (session.replyMode === REPLY_ON) return write();
    const mark = session.out.mark();
    write();
    if (spec?.name !== "client|reply") this.#mute(session, mark);
  }

  #countError(error: Uint8Array): void {
    const stats = this.#server.stats;
    stats.errorReplies++;
    let end = 1;
    while (end < error.length && error[end] !== 32 && error[end] !== 13) end++;
    const code = latin1(error, 1, end);
    stats.errors.set(code, (stats.errors.get(code) ?? 0) + 1);
  }
}

function textOf(args: Args, i: number): string {
  return latin1(args.buf, args.off[i], args.off[i] + args.len[i]);
}

function unknownCommandText(args: Args): string {
  let shown = "";
  for (let i = 1; i < args.argc && shown.length < SHOWN_CHARACTERS; i++) {
    shown += `'${textOf(args, i).slice(0, SHOWN_CHARACTERS - shown.length)}' `;
  }
  return `ERR unknown command '${
    textOf(args, 0).slice(0, SHOWN_CHARACTERS)
  }', with args beginning with: ${shown}`;
}
