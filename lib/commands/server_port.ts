/**
 * What commands ask of the server. Implemented by lib/server, so that no
 * command imports the AOF, the platform or a socket.
 */

import { type Config } from "../config/config.ts";
import { type Keyspace } from "../keyspace/keyspace.ts";
import { type Log } from "../base/log.ts";
import { type BlockedKeys } from "./blocked_keys.ts";
import { type CommandContext } from "./context.ts";
import { type LatencyMonitor } from "./latency_monitor.ts";
import { type Monitors } from "./monitor.ts";
import { type Slowlog } from "./slowlog.ts";
import { type Args } from "../resp/args.ts";
import { type Blocked, type Session } from "./session.ts";
import { type CommandSpec } from "./spec.ts";
import { type ServerStats } from "./stats.ts";
import { type CommandTable } from "./table.ts";
import { type AofWaiters } from "./wait.ts";
import { type WatchRegistry } from "./watch.ts";

/** The words behind DEBUG RELOAD. */
export interface ReloadOptions {
  /** Write the file first. */
  readonly save: boolean;
  /** Empty all databases before reading it. */
  readonly flush: boolean;
  /** Keys of the file may be there already. */
  readonly merge: boolean;
}

/** What a background job answers: a status text, or an error text that starts with `ERR`. */
export interface Status {
  readonly ok: boolean;
  readonly text: string;
}

/** BGREWRITEAOF, SAVE, BGSAVE, WAITAOF, SHUTDOWN and DEBUG's part of persistence. */
export interface PersistencePort {
  /** BGREWRITEAOF. */
  rewriteAof(inTransaction: boolean): Status;
  /** SAVE. @returns the error text, or undefined */
  save(): string | undefined;
  /** BGSAVE, with SCHEDULE or without. */
  backgroundSave(schedule: boolean, inTransaction: boolean): Status;
  /** FLUSHALL has emptied all databases. @returns whether that has been saved as an RDB file */
  flushedAll(): boolean;
  /** Whether the AOF is on (state ON or WAIT_REWRITE). */
  readonly aofEnabled: boolean;
  /** AOF offset behind everything fed so far, in bytes since the start. */
  readonly fedOffset: number;
  /** AOF offset up to which the disk has the data. */
  readonly syncedOffset: number;
  /** Set by WAITAOF: from now on somebody relies on `syncedOffset`. */
  syncPromised: boolean;
  /** Lines of INFO persistence, in order. */
  info(): readonly (readonly [string, string | number])[];
  /** DEBUG LOADAOF. Replies later, through the session. */
  debugLoadAof(c: CommandContext): void;
  /** DEBUG RELOAD. Replies later, through the session. */
  debugReload(c: CommandContext, options: ReloadOptions): void;
  /** `LASTSAVE`: seconds of the last successful save. */
  readonly lastSaveSeconds: number;
  /** Bytes in the AOF's buffers: those of the file, and of a rewrite. */
  readonly bufferBytes: number;
  /** CONFIG RESETSTAT. */
  resetStats(): void;
}

/** CLIENT PAUSE: while it is active nothing expires and nothing is evicted. */
export interface PausePort {
  readonly active: boolean;
  /** Pauses until `untilMs` (wall clock), or longer if a pause lasts longer: writes only, or everything. */
  start(untilMs: number, all: boolean): void;
  /** Ends the pause: whoever waits goes on. */
  end(): void;
  /** Keys stay from now on. Called when the EXEC that a pause began in is over. */
  settle(): void;
}

/** A line of INFO. */
export type InfoLine = readonly [name: string, value: string | number];

/** What the dicts of a database take, in bytes: see lib/server/memory_report.ts. */
export interface DatabaseMemory {
  readonly id: number;
  readonly main: number;
  readonly expires: number;
}

/** Where memory goes; bytes, but for percentages and ratios. */
export interface MemoryReport {
  readonly peak: number;
  readonly total: number;
  readonly startup: number;
  readonly clients: number;
  readonly aofBuffer: number;
  readonly databases: readonly DatabaseMemory[];
  readonly overhead: number;
  readonly keys: number;
  readonly bytesPerKey: number;
  readonly dataset: number;
  readonly datasetPercent: number;
  readonly peakPercent: number;
  readonly rss: number;
  readonly allocated: number;
  readonly active: number;
  readonly allocatorFragmentation: number;
  readonly rssOverhead: number;
  readonly fragmentation: number;
  /** The garbage-collected heap of the runtime. */
  readonly heap: number;
}

/** What DEBUG turns on and off in the server. */
export interface DebugPort {
  setActiveExpire(on: boolean): void;
  pauseCron(on: boolean): void;
  /** How long each write of the AOF sleeps first. */
  setAofFlushSleep(usec: number): void;
  /** Ends the process as a crash would: nothing is flushed, nothing said to anybody. */
  crash(reason: string): never;
  /** A new `master_replid`. */
  changeReplicationId(): void;
  /** RESTORE and loads take what has a wrong checksum, so that tests reach what is behind it. */
  skipChecksums: boolean;
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
  readonly watches: WatchRegistry;
  readonly monitors: Monitors;
  readonly aofWaiters: AofWaiters;
  readonly blockedKeys: BlockedKeys;
  readonly pause: PausePort;
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
  /** Ends a wait with the reply that `write` writes, or with none under CLIENT REPLY OFF. */
  answer(session: Session, write: (session: Session) => void): void;
  /** Ends a wait by running the request again that had to wait; it may wait once more. */
  runAgain(session: Session, args: Args): void;
  /** Adds output that no command of the session asked for (MONITOR). */
  push(session: Session, bytes: Uint8Array): void;
  /** SHUTDOWN with its flags. Replies an error, or never returns to this client. */
  shutdown(c: CommandContext, flags: ShutdownFlags): void;
  /** Blocks the whole server (DEBUG SLEEP). */
  sleep(ms: number): void;
  /** Lines of a section of INFO (`server`, `memory`…); undefined when there is none of that name. */
  infoSection(name: string): readonly InfoLine[] | undefined;
  memoryReport(): MemoryReport;
  /** CONFIG RESETSTAT. */
  resetStats(): void;
  /** CONFIG REWRITE, of `all` directives or those not at their defaults. @returns the error text, or undefined */
  rewriteConfigFile(all: boolean): string | undefined;
  readonly debug: DebugPort;
}
