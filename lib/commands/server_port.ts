/**
 * What commands ask of the server. Implemented by lib/server, so that no
 * command imports the AOF, the platform or a socket.
 */

import { type Config } from "../config/config.ts";
import { type Keyspace } from "../keyspace/keyspace.ts";
import { type Log } from "../base/log.ts";
import { type CommandContext } from "./context.ts";
import { type LatencyMonitor } from "./latency_monitor.ts";
import { type Slowlog } from "./slowlog.ts";
import { type Args } from "../resp/args.ts";
import { type Blocked, type Session } from "./session.ts";
import { type CommandSpec } from "./spec.ts";
import { type ServerStats } from "./stats.ts";
import { type CommandTable } from "./table.ts";

/** BGREWRITEAOF, WAITAOF, SHUTDOWN and DEBUG's part of the AOF. */
export interface PersistencePort {
  /** BGREWRITEAOF. @returns the status text, or an error text that starts with `ERR` */
  rewriteAof(inTransaction: boolean): { readonly ok: boolean; readonly text: string };
  /** Whether the AOF is on (state ON or WAIT_REWRITE). */
  readonly aofEnabled: boolean;
  /** AOF offset behind everything fed so far, in bytes since the start. */
  readonly fedOffset: number;
  /** AOF offset up to which the disk has the data. */
  readonly syncedOffset: number;
  /** Lines of INFO persistence, in order. */
  info(): readonly (readonly [string, string | number])[];
  /** DEBUG LOADAOF. Replies later, through the session. */
  debugLoadAof(c: CommandContext): void;
  /** `LASTSAVE`: seconds of the last successful save. */
  readonly lastSaveSeconds: number;
}

/** The words behind SHUTDOWN. */
export interface ShutdownFlags {
  readonly save: boolean;
  readonly nosave: boolean;
  readonly now: boolean;
  readonly force: boolean;
  readonly abort: boolean;
}

/** The server behind the commands. */
export interface ServerPort {
  readonly config: Config;
  readonly ks: Keyspace;
  readonly log: Log;
  readonly stats: ServerStats;
  readonly slowlog: Slowlog;
  readonly latency: LatencyMonitor;
  readonly commands: CommandTable;
  readonly persistence: PersistencePort;
  /** All connections. */
  readonly sessions: ReadonlyMap<number, Session>;
  /** The AOF is being loaded. */
  readonly loading: boolean;
  /** Wall clock in microseconds. */
  nowUs(): number;

  /** Runs one queued command of a transaction in the session of `c`, one depth deeper. */
  runQueued(session: Session, spec: CommandSpec, args: Args): void;
  /** Closes a connection: now, or once its replies are out. */
  closeSession(session: Session, afterReplies: boolean): void;
  /** Makes the session wait; nothing more of it is executed until then. */
  block(session: Session, blocked: Blocked): void;
  /** Ends a wait whose reply was just written. */
  unblock(session: Session): void;
  /** SHUTDOWN with its flags. Replies an error, or never returns to this client. */
  shutdown(c: CommandContext, flags: ShutdownFlags): void;
  /** Blocks the whole server (DEBUG SLEEP). */
  sleep(ms: number): void;
}
