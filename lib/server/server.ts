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
import { BlockedKeys } from "../commands/blocked_keys.ts";
import { type CommandContext } from "../commands/context.ts";
import {
  type DebugPort,
  type InfoLine,
  type MemoryReport,
  type ServerPort,
  type ShutdownFlags,
} from "../commands/server_port.ts";
import { LatencyMonitor } from "../commands/latency_monitor.ts";
import { type Blocked, type Session } from "../commands/session.ts";
import { Monitors } from "../commands/monitor.ts";
import { Slowlog } from "../commands/slowlog.ts";
import { type CommandSpec } from "../commands/spec.ts";
import { ServerStats } from "../commands/stats.ts";
import { type CommandTable } from "../commands/table.ts";
import { AofWaiters } from "../commands/wait.ts";
import { WatchRegistry } from "../commands/watch.ts";
import { type Config } from "../config/config.ts";
import { SHUTDOWN_FORCE, SHUTDOWN_NOSAVE, SHUTDOWN_NOW, SHUTDOWN_SAVE } from "../config/enums.ts";
import { ActiveExpiry, EXPIRE_FAST, EXPIRE_SLOW, fastBudgetUs, slowBudgetUs } from "../keyspace/expire.ts";
import { Keyspace } from "../keyspace/keyspace.ts";
import { Entries } from "../objects/entry.ts";
import { type Platform } from "../platform/types.ts";
import { type Args } from "../resp/args.ts";
import { type Client } from "./client.ts";
import { Clock } from "./clock.ts";
import { watchConfig } from "./config_changes.ts";
import { rewriteConfigFile } from "./config_file.ts";
import { Connections, type ConnectionsHost } from "./connections.ts";
import { Cron } from "./cron.ts";
import { Debug } from "./debug.ts";
import { type ExecutionGates, Executor } from "./execute.ts";
import { INFO_SECTIONS } from "./info.ts";
import { LateGate } from "./late_gate.ts";
import { Listeners } from "./listen.ts";
import { Memory } from "./memory.ts";
import { memoryReport } from "./memory_report.ts";
import { Metrics } from "./metrics.ts";
import { Pause } from "./pause.ts";
import { Persistence } from "./persistence.ts";
import { Propagation } from "./propagation.ts";
import { randomHex } from "./run_id.ts";

/** The longest time that a timer takes, in ms. */
const TIMER_MAX_MS = 2 ** 31 - 1;

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
  readonly watches: WatchRegistry;
  readonly monitors: Monitors;
  readonly aofWaiters: AofWaiters;
  readonly blockedKeys: BlockedKeys;
  readonly pause: Pause;
  readonly lateGate: LateGate;
  readonly executor: Executor;
  readonly connections: Connections;
  readonly persistence: Persistence;
  readonly memory: Memory;
  readonly expiry: ActiveExpiry;
  readonly metrics: Metrics;
  readonly cron: Cron;
  readonly debug: DebugPort;
  readonly listeners: Listeners;
  readonly startedMs: number;
  /** Identifies this run, 40 hexadecimal digits. */
  readonly runId: string;
  /** `master_replid`. */
  replicationId: string;
  /** The configuration file's absolute path; empty without one. */
  readonly configFile: string;
  /** DEBUG SET-ACTIVE-EXPIRE. */
  activeExpiry = true;
  #batchOpen = false;
  #batchStartUs = 0;
  #interrupted = false;
  readonly #runBatchEnd = (): void => this.beforeSleep();

  constructor(platform: Platform, config: Config, log: Log, configFile: string, commands: CommandTable) {
    this.platform = platform;
    this.config = config;
    this.log = log;
    this.startedMs = platform.nowMs();
    this.latency = new LatencyMonitor(() => platform.nowMs());
    this.configFile = configFile;
    this.metrics = new Metrics(config, this.stats, this.slowlog, this.latency);
    const seed = new Uint32Array(platform.randomBytes(24).slice().buffer);
    this.runId = randomHex(platform);
    this.replicationId = randomHex(platform);
    const entries = new Entries(new Arena(), seed[0], seed[1]);
    this.ks = new Keyspace(entries, new Random(seed[2], seed[3], seed[4], seed[5]), config.databases);
    this.clock = new Clock(platform, this.ks);
    this.commands = commands;
    this.watches = new WatchRegistry(this.ks);
    this.monitors = new Monitors(this);
    this.aofWaiters = new AofWaiters(this);
    this.blockedKeys = new BlockedKeys(this);
    this.pause = new Pause(this);
    this.lateGate = new LateGate(this);
    const monotonicUs = (): number => platform.monotonicUs();
    this.expiry = new ActiveExpiry(this.ks, monotonicUs);
    this.expiry.effort = config.activeExpireEffort;
    this.memory = new Memory({
      ks: this.ks,
      config,
      latency: this.latency,
      monotonicUs,
      sessions: () => this.connections.clients,
      uncountedBytes: () => this.persistence.bufferBytes,
      openBatch: () => this.openBatch(),
    });
    this.persistence = new Persistence(this, this.latency);
    // What a background sync has made safe is answered in a turn of its own.
    this.aof.onSynced = () => this.openBatch();
    const propagation = new Propagation(this.aof, entries, config);
    this.ks.removals = propagation;
    this.executor = new Executor(this, this.commands, propagation, this, this.clock);
    this.connections = new Connections(config, this.stats, log, this.ks, this.executor, this);
    this.cron = new Cron(this);
    this.debug = new Debug(this);
    this.listeners = new Listeners(this);
    watchConfig(this);
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
    return this.clock.wallUs();
  }

  get batchOpen(): boolean {
    return this.#batchOpen;
  }

  /** The first event of a turn: reads the clocks and asks for `beforeSleep`. */
  openBatch(): void {
    if (this.#batchOpen) return;
    this.#batchOpen = true;
    this.clock.update();
    this.#batchStartUs = this.clock.commandStartUs;
    this.metrics.cycleStarts();
    this.platform.afterBatch(this.#runBatchEnd);
  }

  /** Every tick of the cron. */
  onTick(nowMs: number): void {
    this.metrics.sample(nowMs);
    this.memory.sampleClients(nowMs);
    if (!this.activeExpiry || this.loading) return;
    const { expiry, latency } = this;
    const before = expiry.usedUs;
    expiry.cycle(EXPIRE_SLOW, slowBudgetUs(this.cron.hz, expiry.effort));
    latency.addIfSlow("expire-cycle", Math.floor((expiry.usedUs - before) / 1000));
  }

  /** Every second of the cron. */
  onSecond(_nowMs: number): void {
  }

  /** Ends a turn: what was resumed runs, then the AOF is written, then replies leave. */
  beforeSleep(): void {
    this.connections.runResumed();
    if (this.blockedKeys.hasReady) this.blockedKeys.serve();
    this.executor.settle();
    // Cleared before sending: an event that a completed send triggers belongs to the next turn.
    this.#batchOpen = false;
    if (this.activeExpiry && !this.loading) this.expiry.cycle(EXPIRE_FAST, fastBudgetUs(this.expiry.effort));
    if (!this.ks.lazyFree.isIdle) this.cron.wakeLazyFree();
    this.aof.flush(false);
    if (this.aofWaiters.size > 0) this.aofWaiters.poll();
    this.connections.output.flush(this.ks.nowMs);
    this.memory.notePeak();
    this.metrics.cycleEnded(this.platform.monotonicUs() - this.#batchStartUs);
  }

  hasAddressSpace(requestBytes: number, argc: number): boolean {
    return this.memory.hasAddressSpace(requestBytes, argc);
  }

  get addressSpaceEnded(): boolean {
    return this.memory.addressSpaceEnded;
  }

  memoryAvailable(requestBytes: number, argc: number): boolean {
    if (!this.memory.hasAddressSpace(requestBytes, argc)) return false;
    return this.config.maxmemory === 0 || this.pause.active || this.loading || this.memory.makeRoom();
  }

  diskError(): Uint8Array | null {
    return this.persistence.diskError();
  }

  mustPause(session: Session, spec: CommandSpec): boolean {
    return (this.pause.active && this.pause.holds(session, spec)) ||
      (this.lateGate.closed && this.lateGate.holds(session, spec));
  }

  crossProtocol(session: Session): void {
    this.connections.crossProtocol(session as Client);
  }

  onExecutedTogether(spec: CommandSpec, usec: number, count: number): void {
    this.metrics.executedTogether(spec, usec, count);
  }

  get mayShareTime(): boolean {
    return this.metrics.mayShareTime;
  }

  onExecuted(c: CommandContext, usec: number): void {
    this.metrics.executed(c, usec);
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
    if (blocked.deadlineMs > 0) this.#armDeadline(session as Client, blocked);
  }

  unblock(session: Session): void {
    const client = session as Client;
    this.#endWait(client);
    if (!client.throttled) client.conn.resume();
    if (client.out.length > 0) this.connections.queueOutput(client);
    this.connections.resumeLater(client);
  }

  answer(session: Session, write: (session: Session) => void): void {
    this.#endWait(session as Client);
    const { out, lastCommand } = session;
    const { errors } = out;
    this.executor.answer(session, write);
    // When it began to wait it was counted as a call that went well.
    if (out.errors !== errors && lastCommand !== null) lastCommand.failed++;
    this.unblock(session);
  }

  runAgain(session: Session, args: Args): void {
    this.#endWait(session as Client);
    this.executor.runAgain(session, args);
    if (session.blocked === null) this.unblock(session);
  }

  push(session: Session, bytes: Uint8Array): void {
    session.out.raw(bytes);
    this.connections.queueOutput(session as Client);
  }

  queryKept(client: Client): void {
    this.memory.queryKept(client);
  }

  forget(client: Client): void {
    this.#endWait(client);
    if (client.watchedKeys > 0) this.watches.remove(client);
    if (client.isMonitor) this.monitors.remove(client);
    this.memory.forgetClient(client);
  }

  #endWait(client: Client): void {
    const { blocked } = client;
    if (blocked === null) return;
    client.blocked = null;
    clearTimeout(client.deadline);
    client.deadline = undefined;
    blocked.onCancel(client);
  }

  /** Ends the wait when its time is over. Wall time decides, so a timer that is early or too short sleeps again. */
  #armDeadline(client: Client, blocked: Blocked): void {
    const leftMs = Math.min(Math.max(blocked.deadlineMs - this.ks.nowMs, 1), TIMER_MAX_MS);
    client.deadline = setTimeout(() => {
      this.openBatch();
      if (this.ks.nowMs < blocked.deadlineMs) this.#armDeadline(client, blocked);
      else this.answer(client, (session) => blocked.onTimeout(session));
    }, leftMs);
  }

  shutdown(c: CommandContext, flags: ShutdownFlags): void {
    const refusal = this.persistence.shutdown(flags);
    if (refusal !== undefined) c.out.errorText(refusal);
  }

  sleep(ms: number): void {
    this.platform.sleepSync(ms);
  }

  infoSection(name: string): readonly InfoLine[] | undefined {
    return INFO_SECTIONS.get(name)?.(this);
  }

  memoryReport(): MemoryReport {
    return memoryReport(this);
  }

  rewriteConfigFile(all: boolean): string | undefined {
    return rewriteConfigFile(this, all);
  }

  resetStats(): void {
    const { ks, expiry } = this;
    this.stats.reset();
    this.metrics.reset();
    this.persistence.resetStats();
    this.memory.evictor.resetStats();
    for (const spec of this.commands.all.values()) spec.resetStats();
    ks.hits =
      ks.misses =
      ks.expiredKeys =
      ks.evictedKeys =
        0;
    ks.lazyFree.freedObjects = 0;
    expiry.stalePercent = expiry.timeCapReached = expiry.usedUs = 0;
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
    const bits = signal === "SIGINT" ? this.config.shutdownOnSigint : this.config.shutdownOnSigterm;
    const refusal = this.persistence.shutdown({
      save: (bits & SHUTDOWN_SAVE) !== 0,
      nosave: (bits & SHUTDOWN_NOSAVE) !== 0,
      now: (bits & SHUTDOWN_NOW) !== 0,
      force: (bits & SHUTDOWN_FORCE) !== 0,
      abort: false,
    });
    // It was called off: the next SIGINT is a first one again.
    if (refusal !== undefined) this.#interrupted = false;
  }

  /** Ends the process in good order. */
  exit(code: number): never {
    this.cron.stop();
    this.listeners.close();
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
