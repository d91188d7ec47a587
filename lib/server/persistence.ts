/**
 * Persistence as the server sees it: the AOF, its bio Worker, its rewrites, and
 * what turns them on, off and loose.
 *
 * DESIGN. This is where configuration, cron and commands meet lib/aof: the
 * triggers and states of docs/AOF.md §4, loading (§7) and shutdown (§9).
 */

import { Aof, AOF_OFF, AOF_ON, AOF_WAIT_REWRITE } from "../aof/aof.ts";
import { AofLoader } from "./loading.ts";
import { AofLoadError } from "../aof/load_error.ts";
import { type LatencySink } from "../aof/ports.ts";
import { Rewrite } from "../aof/rewrite.ts";
import { type AofSettings, defaultAofSettings } from "../aof/settings.ts";
import { removeStaleSaves } from "../aof/temps.ts";
import { Bio } from "../bio/bio.ts";
import { DeferredWorker } from "../bio/deferred_worker.ts";
import { type CommandContext } from "../commands/context.ts";
import {
  type PersistencePort,
  type ReloadOptions,
  type ShutdownFlags,
  type Status,
} from "../commands/server_port.ts";
import { IoError } from "../platform/types.ts";
import { findImport, type ImportSource, retireSource } from "./imports.ts";
import { Saves } from "./saves.ts";
import { type Server } from "./server.ts";

const RETRY_PERIOD_MS = 1000;
/** When the bio Worker is started if nothing has needed it before: the first clients do not wait for it. */
const WORKER_DELAY_MS = 150;

/** AOF, rewrites, loading, shutdown; see the module's note. */
export class Persistence implements PersistencePort {
  readonly aof: Aof;
  readonly bio: Bio;
  readonly rewrite: Rewrite;
  readonly saves: Saves;
  readonly loader: AofLoader;
  readonly #server: Server;
  readonly #settings: AofSettings = defaultAofSettings();
  syncPromised = false;
  /** Figures for INFO. */
  lastForkUs = 0;
  totalForks = 0;
  readonly #addLatency: (event: string, ms: number) => void;
  readonly #startWorker: () => void;
  #lastRetryMs = 0;
  #shutdownStarted = false;

  constructor(server: Server, latency: LatencySink) {
    const { platform, config, log, ks, stats } = server;
    this.#server = server;
    const worker = new DeferredWorker(() => platform.startBioWorker());
    this.#startWorker = () => worker.start();
    this.bio = new Bio(worker);
    this.bio.onUrgent = this.#startWorker;
    this.readConfig();
    this.aof = new Aof({
      fs: platform.fs,
      bio: this.bio,
      log,
      latency,
      nowMs: () => ks.nowMs,
      monotonicUs: () => platform.monotonicUs(),
      sleepSync: (ms) => platform.sleepSync(ms),
      childActive: () => this.childActive,
      fatal: (message) => server.fatal(message),
    }, this.#settings);
    const addLatency = (event: string, ms: number): void => {
      if (latency.thresholdMs > 0 && ms >= latency.thresholdMs) latency.add(event, ms);
    };
    this.#addLatency = addLatency;
    this.rewrite = new Rewrite({
      platform,
      ks,
      aof: this.aof,
      settings: this.#settings,
      bio: this.bio,
      log,
      childOptions: () => ({
        incrementalFsync: config.aofRewriteIncrementalFsync,
        rdbPreamble: config.aofUseRdbPreamble,
        compress: config.rdbcompression,
        checksum: config.rdbchecksum,
        timestamp: config.aofTimestampEnabled ? Math.floor(platform.nowMs() / 1000) : 0,
        keyDelayUs: config.rdbKeySaveDelay,
        logLevel: config.loglevel,
        logFile: config.logfile,
      }),
      rdbAux: () => this.saves.aux(config.aofUseRdbPreamble),
      commandsProcessed: () => stats.commandsProcessed,
      addLatency,
      forked: (usec) => this.#forked(usec),
      syncPromised: () => this.syncPromised,
      ended: () => server.openBatch(),
    });
    this.saves = new Saves(server, () => this.childActive, (usec) => this.#forked(usec));
    this.loader = new AofLoader(server, this.#settings);
  }

  /** Takes over what CONFIG says. */
  readConfig(): void {
    const { config, platform } = this.#server;
    const settings = this.#settings;
    settings.filename = config.appendfilename;
    // The directory of an open AOF is the one it was opened in, whatever `dir` becomes.
    if (this.aof === undefined || this.aof.state === AOF_OFF) settings.dir = platform.cwd();
    settings.fsync = config.appendfsync;
    settings.noFsyncOnRewrite = config.noAppendfsyncOnRewrite;
    settings.timestamps = config.aofTimestampEnabled;
    settings.loadTruncated = config.aofLoadTruncated;
  }

  /** CONFIG SET of something that lives here takes effect at once. */
  watchConfig(): void {
    const config = this.#server.config;
    for (
      const name of [
        "appendfsync",
        "no-appendfsync-on-rewrite",
        "aof-timestamp-enabled",
        "aof-load-truncated",
        "dir",
      ]
    ) {
      config.onChange(name, () => {
        this.readConfig();
        return undefined;
      });
    }
    config.onChange("appendonly", () => this.#turn(config.appendonly));
  }

  get loading(): boolean {
    return this.loader.active;
  }

  get aofEnabled(): boolean {
    return this.aof.state !== AOF_OFF;
  }

  get fedOffset(): number {
    return this.aof.fedOffset;
  }

  get syncedOffset(): number {
    return this.aof.syncedOffset;
  }

  get lastSaveSeconds(): number {
    return this.saves.lastSaveSeconds;
  }

  /** Whether a child of either kind runs. */
  get childActive(): boolean {
    return this.rewrite.active || this.saves.background.active;
  }

  /** The reply to writes that the disk does not let us keep, or null. */
  diskError(): Uint8Array | null {
    return this.saves.diskError ?? this.aof.misconfError();
  }

  /** A snapshot was begun and a child spawned in so many microseconds. */
  #forked(usec: number): void {
    this.lastForkUs = usec;
    this.totalForks++;
    this.#addLatency("fork", usec / 1000);
  }

  get bufferBytes(): number {
    return this.aof.bufferLength + this.rewrite.bufferBytes;
  }

  /** CONFIG RESETSTAT. */
  resetStats(): void {
    this.aof.resetStats();
    this.saves.resetStats();
    this.rewrite.rewrites = this.rewrite.consecutiveFailures = 0;
    this.lastForkUs = this.totalForks = 0;
  }

  /** DEBUG AOF-FLUSH-SLEEP. */
  setFlushSleep(usec: number): void {
    this.#settings.flushSleepUs = usec;
  }

  /** Opens, loads, and turns the AOF on; with it off, nothing is loaded. */
  async start(): Promise<void> {
    const { config } = this.#server;
    const { platform, log } = this.#server;
    platform.afterStart(this.#startWorker, WORKER_DELAY_MS);
    removeStaleSaves(platform.fs, platform.cwd(), platform.host.pid, log);
    if (!config.appendonly) {
      await this.loader.whileLoading(this.aof, true, async () => {
        await this.loader.loadRdb(this.#rdbPath, { replace: false });
      });
      return;
    }
    this.aof.open();
    // Only the holder of the lock may: a finished child's file looks stale to anybody else.
    this.loader.removeStaleTemps();
    const source = this.aof.currentSize > 0 ? undefined : findImport(this.#server, this.aof.dir);
    if (source === undefined) await this.loader.load(this.aof, () => this.aof.turnOn());
    else await this.loader.whileLoading(this.aof, true, () => this.#import(source));
  }

  /** Loads `source` and makes it the AOF, before anything is served. @throws {AofLoadError} {@link IoError} */
  async #import(source: ImportSource): Promise<void> {
    const { log } = this.#server;
    log.notice(`The AOF is empty: importing ${source.what}`);
    await source.load(this.loader);
    // Opened again as a file that lacks what is in memory, for the rewrite to replace.
    this.aof.stop();
    this.aof.startWaitRewrite();
    if (this.aof.currentSize > 0) throw new AofLoadError("The AOF was written by somebody else meanwhile");
    const failure = this.rewrite.start();
    if (failure !== null || !await this.rewrite.ended()) {
      throw new AofLoadError(`Can't write the AOF: ${source.what} stays as it is. Check the lines above.`);
    }
    retireSource(this.#server, this.aof.dir, source);
  }

  /** Work of every tick, in the order of docs/AOF.md §4. */
  tick(nowMs: number): void {
    if (this.loading) return;
    this.#startChild(nowMs);
    if (this.aof.flushPostponed) this.aof.flush(false);
    if (nowMs - this.#lastRetryMs >= RETRY_PERIOD_MS) {
      this.#lastRetryMs = nowMs;
      this.aof.retryTick();
    }
    // A failed background sync makes the file suspect: only a new one helps.
    if (this.aof.needsRewrite && !this.childActive && !this.rewrite.isDelayed(nowMs)) {
      this.rewrite.scheduled = true;
    }
  }

  /** Starts what was asked for, or is due: one child at a time. */
  #startChild(nowMs: number): void {
    if (this.childActive) return;
    if (this.rewrite.scheduled && !this.rewrite.isDelayed(nowMs)) this.rewrite.start();
    else if (!this.saves.startBySavePoint(nowMs)) this.#startByGrowth(nowMs);
    if (!this.childActive) this.saves.startScheduled(nowMs);
  }

  #startByGrowth(nowMs: number): void {
    const { config, log } = this.#server;
    const percentage = config.autoAofRewritePercentage;
    if (this.aof.state !== AOF_ON || percentage === 0 || this.rewrite.isDelayed(nowMs)) return;
    if (this.aof.currentSize <= config.autoAofRewriteMinSize) return;
    const base = this.aof.baseSize || 1;
    const growth = Math.trunc((this.aof.currentSize * 100) / base) - 100;
    if (growth < percentage) return;
    log.notice(`Starting automatic rewriting of AOF on ${growth}% growth`);
    this.rewrite.start();
  }

  save(): string | undefined {
    if (this.saves.background.active) return "ERR Background save already in progress";
    return this.saves.save() ? undefined : "ERR";
  }

  backgroundSave(schedule: boolean, inTransaction: boolean): Status {
    return this.saves.backgroundSave(schedule, inTransaction);
  }

  flushedAll(): boolean {
    return this.saves.flushedAll();
  }

  rewriteAof(inTransaction: boolean): Status {
    if (this.rewrite.active) {
      return { ok: false, text: "ERR Background append only file rewriting already in progress" };
    }
    if (inTransaction || this.childActive) {
      this.rewrite.scheduled = true;
      // Somebody asks for it: what has failed before is no reason to wait.
      this.rewrite.forgetFailures();
      return { ok: true, text: "Background append only file rewriting scheduled" };
    }
    if (this.rewrite.start() === null) {
      return { ok: true, text: "Background append only file rewriting started" };
    }
    return {
      ok: false,
      text:
        "ERR Can't execute an AOF background rewriting. Please check the server logs for more information.",
    };
  }

  /** CONFIG SET appendonly. @returns why it cannot be done */
  #turn(on: boolean): string | undefined {
    if (on === this.aofEnabled) return undefined;
    if (!on) {
      this.rewrite.scheduled = false;
      this.rewrite.kill();
      this.aof.stop();
      return undefined;
    }
    return this.#turnOn() ? undefined : "Unable to turn on AOF. Check server logs.";
  }

  /** startAppendOnly: OFF → WAIT_REWRITE. */
  #turnOn(): boolean {
    const { log } = this.#server;
    try {
      this.aof.startWaitRewrite();
    } catch (error) {
      if (!(error instanceof IoError)) throw error;
      log.warning(
        `Redis needs to enable the AOF but can't open the append only file: ${error.strerror}`,
      );
      return false;
    }
    if (this.rewrite.active) {
      log.notice(
        "AOF was enabled but there is already an AOF rewriting in background. " +
          "Stopping background AOF and starting a rewrite now.",
      );
      // Its exit schedules the next one, because the state waits for it.
      this.rewrite.kill();
      this.rewrite.scheduled = true;
      return true;
    }
    if (this.saves.background.active) {
      log.notice(
        "AOF was enabled but there is already another background operation. " +
          "An AOF background was scheduled to start when possible.",
      );
      this.rewrite.scheduled = true;
      return true;
    }
    if (this.#server.executor.insideUnit) {
      // A snapshot amid a unit would hold its first half, and the diff might tell that half again.
      log.notice(
        "AOF was enabled during a transaction. An AOF background was scheduled to start when possible.",
      );
      this.rewrite.scheduled = true;
      return true;
    }
    if (this.rewrite.start() === null) return true;
    log.warning(
      "Redis needs to enable the AOF but can't trigger a background AOF rewrite operation. " +
        "Check the above logs for more info about the error.",
    );
    this.aof.stop();
    return false;
  }

  /** Lines of INFO persistence that concern the AOF. */
  info(): readonly (readonly [string, string | number])[] {
    const { aof, rewrite } = this;
    const lines: [string, string | number][] = [
      // What is being loaded at start is the AOF that will be on.
      ["aof_enabled", this.aofEnabled || this.loading ? 1 : 0],
      ["aof_rewrite_in_progress", rewrite.active ? 1 : 0],
      ["aof_rewrite_scheduled", rewrite.scheduled ? 1 : 0],
      ["aof_last_rewrite_time_sec", rewrite.lastSeconds],
      ["aof_current_rewrite_time_sec", rewrite.currentSeconds],
      ["aof_last_bgrewrite_status", rewrite.lastOk ? "ok" : "err"],
      ["aof_rewrites", rewrite.rewrites],
      ["aof_rewrites_consecutive_failures", rewrite.consecutiveFailures],
      ["aof_last_write_status", aof.lastWriteStatus],
      ["aof_last_cow_size", 0],
    ];
    if (!this.aofEnabled) return lines;
    return lines.concat([
      ["aof_current_size", aof.currentSize],
      ["aof_base_size", aof.baseSize],
      ["aof_pending_rewrite", aof.state === AOF_WAIT_REWRITE && !rewrite.active ? 1 : 0],
      ["aof_buffer_length", aof.bufferLength],
      ["aof_rewrite_buffer_length", rewrite.bufferBytes],
      ["aof_pending_bio_fsync", aof.pendingBioFsync],
      ["aof_delayed_fsync", aof.delayedFsync],
    ]);
  }

  debugReload(c: CommandContext, options: ReloadOptions): void {
    if (options.save && !this.saves.save()) return c.out.errorText("ERR");
    this.loader.debugReload(c, this.aof, this.#rdbPath, options);
  }

  get #rdbPath(): string {
    return `${this.#server.platform.cwd()}/${this.#server.config.dbfilename}`;
  }

  debugLoadAof(c: CommandContext): void {
    this.loader.debugLoad(c, this.aof);
  }

  /** SHUTDOWN and signals, docs/AOF.md §9. @returns why the server stays */
  shutdown(flags: ShutdownFlags): string | undefined {
    const { log } = this.#server;
    if (this.#shutdownStarted) return undefined;
    log.notice("User requested shutdown...");
    if (this.rewrite.active) {
      if (this.aof.state === AOF_WAIT_REWRITE) {
        if (!flags.force) return this.#refuseShutdown("Writing initial AOF, can't exit.");
        log.warning("Writing initial AOF. Exit anyway.");
      }
      log.warning("There is a child rewriting the AOF. Killing it!");
      this.rewrite.killForExit();
    }
    if (this.saves.background.active) {
      log.warning("There is a child saving an .rdb. Killing it!");
      this.saves.background.kill();
    }
    // While the file is loaded at start the AOF is not on yet.
    if (this.aofEnabled) {
      log.notice("Calling fsync() on the AOF file.");
      // It stays on: if the save below fails, the server goes on, and so does its AOF.
      if (!this.aof.settle() && !flags.force) {
        log.warning("Error trying to fsync the AOF file at exit.");
      }
    }
    const save = flags.save || (this.#server.config.save.length > 0 && !flags.nosave);
    if (save && !this.loading) {
      log.notice("Saving the final RDB snapshot before exiting.");
      if (!this.saves.save()) {
        if (!flags.force) return this.#refuseShutdown("Error trying to save the DB, can't exit.");
        log.warning("Error trying to save the DB. Exit anyway.");
      }
    }
    this.#shutdownStarted = true;
    this.#server.exit(0);
    return undefined;
  }

  #refuseShutdown(reason: string): string {
    const { log } = this.#server;
    log.warning(reason);
    log.warning("Errors trying to shut down the server. Check the logs for more information.");
    return "ERR Errors trying to SHUTDOWN. Check logs.";
  }
}
