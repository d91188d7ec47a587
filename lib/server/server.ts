/**
 * The server: keyspace, executor, connections, AOF and cron, wired together.
 *
 * DESIGN. Data flows forward: socket → input → executor → keyspace →
 * propagation → AOF buffer; then, once per turn of the event loop,
 * `beforeSleep`: resumed clients, AOF flush, replies. A reply never leaves
 * before its command has been written to the AOF's file (but for everysec's
 * postponement and the error state, docs/AOF.md §2).
 */

import { type Aof } from "../aof/aof.ts";
import { Arena } from "../arena/arena.ts";
import { type Log } from "../base/log.ts";
import { Random } from "../base/random.ts";
import { ALL_HANDLERS } from "../commands/all.ts";
import { type CommandContext } from "../commands/context.ts";
import { type ServerPort, type ShutdownFlags } from "../commands/server_port.ts";
import { LatencyMonitor } from "../commands/latency_monitor.ts";
import { type Blocked, type Session } from "../commands/session.ts";
import { Slowlog } from "../commands/slowlog.ts";
import { type CommandSpec } from "../commands/spec.ts";
import { ServerStats } from "../commands/stats.ts";
import { CommandTable } from "../commands/table.ts";
import { type Config } from "../config/config.ts";
import { Keyspace } from "../keyspace/keyspace.ts";
import { Entries } from "../objects/entry.ts";
import { type Listener, type Platform } from "../platform/types.ts";
import { type Args } from "../resp/args.ts";
import { type Client } from "./client.ts";
import { Clock } from "./clock.ts";
import { Connections, type ConnectionsHost } from "./connections.ts";
import { Cron } from "./cron.ts";
import { type ExecutionGates, Executor } from "./execute.ts";
import { Memory } from "./memory.ts";
import { Persistence } from "./persistence.ts";
import { Propagation } from "./propagation.ts";

/** One server in this process; see the module's note. */
export class Server implements ServerPort, ConnectionsHost, ExecutionGates {
  readonly platform: Platform;
  readonly config: Config;
  readonly log: Log;
  readonly stats = new ServerStats();
  readonly slowlog = new Slowlog();
  readonly latency: LatencyMonitor;
  readonly commands: CommandTable;
  readonly ks: Keyspace;
  readonly clock: Clock;
  readonly executor: Executor;
  readonly connections: Connections;
  readonly persistence: Persistence;
  readonly memory: Memory;
  readonly cron: Cron;
  readonly startedMs: number;
  /** Identifies this run, 40 hexadecimal digits. */
  readonly runId: string;
  listeners: Listener[] = [];
  #batchOpen = false;
  #interrupted = false;
  readonly #runBatchEnd = (): void => this.beforeSleep();

  constructor(platform: Platform, config: Config, log: Log) {
    this.platform = platform;
    this.config = config;
    this.log = log;
    this.startedMs = platform.nowMs();
    this.latency = new LatencyMonitor(() => platform.nowMs());
    this.latency.thresholdMs = config.latencyMonitorThreshold;
    const seed = new Uint32Array(platform.randomBytes(24).slice().buffer);
    this.runId = [...platform.randomBytes(20)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const entries = new Entries(new Arena(), seed[0], seed[1]);
    this.ks = new Keyspace(entries, new Random(seed[2], seed[3], seed[4], seed[5]), config.databases);
    this.clock = new Clock(platform, this.ks);
    this.commands = new CommandTable(ALL_HANDLERS);
    this.memory = new Memory(this.ks, config);
    this.persistence = new Persistence(this, this.latency);
    const propagation = new Propagation(this.aof, entries, config);
    this.ks.removals = propagation;
    this.executor = new Executor(this, this.commands, propagation, this, this.clock);
    this.connections = new Connections(config, this.stats, log, this.ks, this.executor, this);
    this.cron = new Cron(this);
  }

  get aof(): Aof {
    return this.persistence.aof;
  }

  get sessions(): ReadonlyMap<number, Session> {
    return this.connections.clients;
  }

  get loading(): boolean {
    return this.persistence.loading;
  }

  nowUs(): number {
    return Math.floor(this.ks.nowMs * 1000);
  }

  /** The first event of a turn: reads the clocks and asks for `beforeSleep`. */
  openBatch(): void {
    if (this.#batchOpen) return;
    this.#batchOpen = true;
    this.clock.update();
    this.platform.afterBatch(this.#runBatchEnd);
  }

  /** Every tick of the cron. */
  onTick(_nowMs: number): void {
  }

  /** Every second of the cron. */
  onSecond(_nowMs: number): void {
  }

  /** Ends a turn: what was resumed runs, then the AOF is written, then replies leave. */
  beforeSleep(): void {
    this.connections.runResumed();
    // Cleared before sending: an event that a completed send triggers belongs to the next turn.
    this.#batchOpen = false;
    this.aof.flush(false);
    this.connections.output.flush(this.ks.nowMs);
  }

  memoryAvailable(): boolean {
    return this.config.maxmemory === 0 || this.memory.makeRoom();
  }

  diskError(): Uint8Array | null {
    return this.aof.misconfError();
  }

  mustPause(_session: Session, _spec: CommandSpec, _args: Args): boolean {
    return false;
  }

  onExecuted(_c: CommandContext, _usec: number): void {
  }

  fedOffset(): number {
    return this.aof.fedOffset;
  }

  runQueued(session: Session, spec: CommandSpec, args: Args): void {
    this.executor.runQueued(session, spec, args);
  }

  closeSession(session: Session, afterReplies: boolean): void {
    if (afterReplies) this.connections.closeAfterReplies(session as Client);
    else this.connections.close(session as Client);
  }

  block(session: Session, blocked: Blocked): void {
    session.blocked = blocked;
    this.connections.suspend(session as Client);
  }

  unblock(session: Session): void {
    const client = session as Client;
    client.blocked = null;
    client.conn.resume();
    if (client.out.length > 0) this.connections.queueOutput(client);
    this.connections.resumeLater(client);
  }

  forget(client: Client): void {
    client.blocked?.onCancel(client);
    client.blocked = null;
  }

  shutdown(c: CommandContext, flags: ShutdownFlags): void {
    const refusal = this.persistence.shutdown(flags);
    if (refusal !== undefined) c.out.errorText(refusal);
  }

  sleep(ms: number): void {
    this.platform.sleepSync(ms);
  }

  /** The data set is loaded: from now on commands are served. */
  ready(): void {
    if (this.config.port !== 0) this.log.notice("Ready to accept connections tcp");
    if (this.config.unixsocket !== "") this.log.notice("Ready to accept connections unix");
  }

  /** SIGTERM or SIGINT arrived; a second SIGINT ends the process at once. */
  signalled(signal: "SIGTERM" | "SIGINT"): void {
    if (this.#interrupted && signal === "SIGINT") {
      this.log.warning("You insist... exiting now.");
      this.platform.exit(1);
    }
    this.#interrupted = signal === "SIGINT";
    this.log.warning(`Received ${signal} scheduling shutdown...`);
    this.persistence.shutdown({ save: false, nosave: false, now: false, force: false, abort: false });
  }

  /** Ends the process in good order. */
  exit(code: number): never {
    this.cron.stop();
    for (const listener of this.listeners) listener.close();
    if (this.config.pidfile !== "") this.#quietly(() => this.platform.fs.unlink(this.config.pidfile));
    this.log.warning("Redis is now ready to exit, bye bye...");
    return this.platform.exit(code);
  }

  /** An I/O failure that must not be survived (docs/AOF.md §2): the message is the last line. */
  fatal(message: string): never {
    this.log.warning(message);
    return this.platform.exit(1);
  }

  /** A bug: nothing is served from a torn state. What is whole is written; then the process ends. */
  crash(error: unknown): never {
    const text = error instanceof Error ? error.stack ?? error.message : String(error);
    this.log.warning(`=== BUG REPORT: an internal error ended the server ===\n${text}`);
    this.#quietly(() => this.aof.flush(true));
    return this.platform.exit(1);
  }

  /** Writes `pidfile`, if there is one; a failure is only worth a line. */
  writePidFile(): void {
    const { pidfile } = this.config;
    if (pidfile === "") return;
    try {
      this.platform.fs.writeText(pidfile, `${this.platform.host.pid}\n`);
    } catch (error) {
      this.log.warning(`Failed to write PID file: ${(error as Error).message}`);
    }
  }

  #quietly(action: () => void): void {
    try {
      action();
    } catch {
      // The process ends anyway.
    }
  }
}
