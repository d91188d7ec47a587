/**
 * Rewriting the AOF, the parent's side: `rewriteAppendOnlyFileBackground` and
 * its done handler, without fork().
 *
 * DESIGN. `start` takes a snapshot and spawns the child in one step, never
 * inside a unit. The pump walks the snapshot in short slices and feeds the
 * child's pipe; what is executed meanwhile goes to the live AOF *and* to the
 * rewrite buffer, which is streamed behind the snapshot. When the buffer is
 * empty the pipe is closed; the child syncs and exits; the done handler appends
 * the small rest and puts the new file in the old one's place (docs/AOF.md §6).
 *
 * Whatever fails, the old file stays valid, temp files go, the status says so.
 */

import { type Log } from "../base/log.ts";
import { type Bio } from "../bio/bio.ts";
import { type Keyspace } from "../keyspace/keyspace.ts";
import { type AppendFile, type Child, type ExitStatus, IoError, type Platform } from "../platform/types.ts";
import { SnapshotPump } from "../snapshot/pump.ts";
import { Snapshot } from "../snapshot/snapshot.ts";
import { type Aof, AOF_OFF, AOF_WAIT_REWRITE } from "./aof.ts";
import { RewriteBuffer } from "./rewrite_buffer.ts";
import { rewriteChildArgs, type RewriteChildOptions, tempBgName, tempName } from "./rewrite_child_args.ts";
import { type AofSettings, FSYNC_ALWAYS } from "./settings.ts";

/** The diff is streamed until it is empty, or small after so many writes. */
const STREAM_ROUNDS = 200;
const SMALL_REST_BYTES = 256 * 1024;
const DIFF_WRITE_BYTES = 256 * 1024;
const MEGABYTE = 1024 * 1024;
/** A process that a signal ended has this and the signal's number as its exit code. */
const SIGNAL_BASE = 128;
/** Consecutive failures from which on automatic starts are delayed. */
const LIMIT_AFTER_FAILURES = 3;
const LIMIT_MAX_MINUTES = 60;

/** How a rewrite ended: the new file is in place; it is not; or nobody wanted it any more, which is no failure. */
const REPLACED = 0;
const FAILED = 1;
const UNWANTED = 2;

/** What a rewrite asks of the server around it. */
export interface RewriteEnv {
  readonly platform: Platform;
  readonly ks: Keyspace;
  readonly aof: Aof;
  readonly settings: AofSettings;
  readonly bio: Bio;
  readonly log: Log;
  /** Settings of the child, read at each start. */
  childOptions(): Omit<RewriteChildOptions, "dir">;
  /** Auxiliary fields of an RDB preamble. */
  rdbAux(): readonly (readonly [string, string])[];
  /** Counts executed commands: whether the server is busy. */
  commandsProcessed(): number;
  /** Snapshot and spawn together took so long. */
  forked(usec: number): void;
  /** An event for LATENCY. */
  addLatency(event: string, ms: number): void;
  /** Whether WAITAOF has ever been answered with a sync. */
  syncPromised(): boolean;
  /** A rewrite ended, well or not. */
  ended(): void;
}

/** State and figures of rewrites; see the module's note. */
export class Rewrite {
  /** A rewrite was asked for and starts as soon as it can. */
  scheduled = false;
  /** Figures for INFO. */
  lastOk = true;
  lastSeconds = -1;
  rewrites = 0;
  consecutiveFailures = 0;

  readonly #env: RewriteEnv;
  #child: Child | null = null;
  #snapshot: Snapshot | null = null;
  #buffer: RewriteBuffer | null = null;
  #startedMs = -1;
  #killed = false;
  /** Who waits for the end of the running rewrite. */
  readonly #waiting: ((ok: boolean) => void)[] = [];
  #delayedUntilMs = 0;
  #delayMinutes = 0;
  /** Directory of the rewrite under way: `dir` may change meanwhile. */
  #dir = ".";

  constructor(env: RewriteEnv) {
    this.#env = env;
  }

  /** Whether a child runs, or its result is being put in place. */
  get active(): boolean {
    return this.#child !== null;
  }

  get childPid(): number {
    return this.#child?.pid ?? -1;
  }

  /** Seconds since the running rewrite started, or -1. */
  get currentSeconds(): number {
    return this.#startedMs < 0 ? -1 : Math.floor((this.#env.platform.nowMs() - this.#startedMs) / 1000);
  }

  /** Bytes that wait in the rewrite buffer. */
  get bufferBytes(): number {
    return this.#buffer?.length ?? 0;
  }

  /** Keys that went out, and keys in all, of the running snapshot. */
  get progress(): { keys: number; total: number } | null {
    return this.#snapshot === null ? null : { keys: this.#snapshot.keys, total: this.#snapshot.totalKeys };
  }

  /** Whether repeated failures delay an automatic start now. */
  isDelayed(nowMs: number): boolean {
    return nowMs < this.#delayedUntilMs;
  }

  /** Automatic starts are not delayed any more. */
  forgetFailures(): void {
    this.consecutiveFailures = this.#delayedUntilMs = this.#delayMinutes = 0;
  }

  /**
   * Starts a rewrite.
   * @returns the reason why it could not be started, or null
   */
  start(): IoError | null {
    const { platform, ks, aof, log, settings } = this.#env;
    if (this.#child !== null) throw new Error("Cannot start rewrite as none must be running");
    aof.flush(true);
    const started = platform.monotonicUs();
    let child: Child;
    try {
      this.#dir = settings.dir;
      child = platform.spawnSelf(rewriteChildArgs({ dir: this.#dir, ...this.#env.childOptions() }));
    } catch (error) {
      const failure = error instanceof IoError ? error : new IoError("EIO", String(error), "spawn");
      log.warning(`Can't rewrite append only file in background: fork: ${failure.strerror}`);
      this.lastOk = false;
      this.#countFailure();
      return failure;
    }
    this.#snapshot = new Snapshot(ks, this.#env.rdbAux());
    aof.resetSelectedDb();
    this.#buffer = new RewriteBuffer(log);
    aof.diff = this.#buffer;
    this.#env.forked(Math.round(platform.monotonicUs() - started));
    this.rewrites++;
    this.scheduled = false;
    this.#killed = false;
    this.#startedMs = platform.nowMs();
    this.#child = child;
    log.notice(`Background append only file rewriting started by pid ${child.pid}`);
    this.#pump(child, this.#snapshot, this.#buffer);
    child.exited.then((status) => this.#exited(child, status));
    return null;
  }

  /** Resolves when the running rewrite has ended. @returns whether the new file is in place */
  ended(): Promise<boolean> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Kills the running child (AOF turned off, shutdown, a new rewrite instead); its exit is handled as usual. */
  kill(): Promise<void> {
    const child = this.#child;
    if (child === null) return Promise.resolve();
    this.#env.log.notice(`Killing running AOF rewrite child: ${child.pid}`);
    this.#killed = true;
    // Not SIGUSR1, as Redis does: to a JavaScript runtime that says "open the debugger", and a child that hangs
    // must go too.
    child.kill("SIGKILL");
    this.#stopFeeding();
    return child.exited.then(() => undefined);
  }

  /** The process is about to end: kills the running child, and removes its files at once. */
  killForExit(): void {
    const child = this.#child;
    if (child === null) return;
    this.kill();
    // It does not come to write another one: the signal is with it already.
    this.#removeTemps(child);
  }

  /** Feeds the child: snapshot, then diff. Never rejects; a child that is gone is the exit handler's business. */
  async #pump(child: Child, snapshot: Snapshot, buffer: RewriteBuffer): Promise<void> {
    const pump = new SnapshotPump(this.#env, child);
    try {
      await pump.sendSnapshot(snapshot, () => this.#snapshot !== snapshot);
      for (let round = 0; buffer.length > 0 && this.#buffer === buffer; round++) {
        if (round > STREAM_ROUNDS && buffer.length < SMALL_REST_BYTES) break;
        const front = buffer.front(DIFF_WRITE_BYTES);
        await pump.send(front);
        if (this.#buffer === buffer) buffer.consume(front.length);
      }
      await child.closeStdin();
    } catch (error) {
      if (!(error instanceof IoError)) throw error;
      // As a rule it is gone. If it is not, it would wait for ever for what cannot be sent.
      child.kill("SIGKILL");
    }
  }

  /** Nothing is collected for the child any more. */
  #stopFeeding(): void {
    this.#snapshot?.abort();
    this.#snapshot = null;
    this.#buffer = null;
    this.#env.aof.diff = null;
  }

  #exited(child: Child, status: ExitStatus): void {
    const { log } = this.#env;
    if (status.signal !== undefined) {
      log.warning(`Background AOF rewrite terminated by signal ${status.code - SIGNAL_BASE}`);
      // SIGUSR1 is how an operator ends a child on purpose: no failure.
      this.#cleanUp(child, status.signal === "SIGUSR1" || this.#killed ? UNWANTED : FAILED);
      return;
    }
    if (status.code !== 0 || this.#killed) {
      log.warning("Background AOF rewrite terminated with error");
      this.#cleanUp(child, this.#killed ? UNWANTED : FAILED);
      return;
    }
    log.notice("Background AOF rewrite terminated with success");
    this.#putInPlace(child).catch((error) => {
      if (!(error instanceof IoError)) throw error;
      this.#fail(child, error.message);
    });
  }

  /** Steps 2 to 9 of the done handler. Rejects with {@link IoError} when the old file has to stay. */
  async #putInPlace(child: Child): Promise<void> {
    const { platform, aof, settings } = this.#env;
    const path = `${this.#dir}/${tempBgName(child.pid)}`;
    const started = platform.monotonicUs();
    if (aof.state === AOF_OFF) {
      await this.#replaceUnused(path);
      return this.#succeed(child, started);
    }
    const file = this.#open(path);
    try {
      this.#appendRest(file, true);
      await aof.prepareFile(file);
      // The bulk is synced in the background; only the commands of that time are left to write at the switch.
      if (settings.fsync !== FSYNC_ALWAYS) await aof.syncPrepared(file);
      this.#throwIfKilled();
      this.#appendRest(file, false);
      // Under `always` nothing unsynced may ever stand under the AOF's name.
      // Nor may what WAITAOF has promised through the old file.
      if (settings.fsync === FSYNC_ALWAYS || this.#env.syncPromised()) file.dataSync();
      // Asked before the rename, behind which nothing may fail.
      const size = file.size();
      this.#renameOver(path);
      aof.replaceFile(file, size);
    } catch (error) {
      aof.discardPrepared(file);
      throw error;
    }
    this.#succeed(child, started);
  }

  #open(path: string): AppendFile {
    try {
      return this.#env.platform.fs.openAppend(path, { create: false });
    } catch (error) {
      if (error instanceof IoError) {
        this.#env.log.warning(`Unable to open the temporary AOF produced by the child: ${error.strerror}`);
      }
      throw error;
    }
  }

  /** Writes what the rewrite buffer still holds. @throws {IoError} */
  #appendRest(file: AppendFile, announce: boolean): void {
    const buffer = this.#buffer!;
    const total = buffer.length;
    try {
      while (buffer.length > 0) {
        const front = buffer.front(Infinity);
        const n = file.write(front, 0, front.length);
        if (n < front.length) throw new IoError("EIO", "Input/output error", "write");
        buffer.consume(n);
      }
    } catch (error) {
      if (error instanceof IoError) {
        this.#env.log.warning(
          `Error trying to flush the parent diff to the rewritten AOF: ${error.strerror}`,
        );
      }
      throw error;
    }
    if (announce) {
      const megabytes = (total / MEGABYTE).toFixed(2);
      this.#env.log.notice(
        `Residual parent diff successfully flushed to the rewritten AOF (${megabytes} MB)`,
      );
    }
  }

  /**
   * Puts the new file under the AOF's name while the AOF is off. The old file
   * is nobody's then: the worker holds it meanwhile, so that its blocks are
   * freed there. Rejects with {@link IoError}.
   */
  async #replaceUnused(path: string): Promise<void> {
    const { platform: { fs }, bio } = this.#env;
    const target = this.#target;
    const old = fs.stat(target);
    let handle = 0;
    if (old !== undefined) {
      await new Promise<void>((resolve) => {
        handle = bio.open(target, old.dev, old.ino, () => resolve());
      });
    }
    try {
      this.#throwIfKilled();
      // Not held while we wait: the AOF may be turned on meanwhile.
      const lock = fs.tryLock(`${target}.lock`);
      if (lock === undefined) {
        throw new IoError("EAGAIN", "Another server is using this append-only file", `lock ${target}.lock`);
      }
      try {
        this.#renameOver(path);
      } finally {
        lock.release();
      }
      // Nobody waits for a file that is not in use.
      bio.syncDir(this.#dir, () => {});
    } finally {
      if (handle !== 0) bio.close(handle);
    }
  }

  /** The AOF's path, in the directory that this rewrite began in. */
  get #target(): string {
    return `${this.#dir}/${this.#env.settings.filename}`;
  }

  /** The AOF was turned off or on meanwhile. @throws {IoError} */
  #throwIfKilled(): void {
    if (this.#killed) throw new IoError("ECANCELED", "Operation canceled", "rewrite");
  }

  /** Puts the new file under the AOF's name. @throws {IoError} */
  #renameOver(path: string): void {
    const { platform, log } = this.#env;
    const started = platform.monotonicUs();
    try {
      platform.fs.rename(path, this.#target);
    } catch (error) {
      log.warning(`Error trying to rename the temporary AOF file: ${(error as IoError).strerror}`);
      throw error;
    }
    this.#env.addLatency("aof-rename", (platform.monotonicUs() - started) / 1000);
  }

  #succeed(child: Child, started: number): void {
    const { log, platform } = this.#env;
    this.lastOk = true;
    this.forgetFailures();
    log.notice("Background AOF rewrite finished successfully");
    log.verbose(
      `Background AOF rewrite signal handler took ${Math.round(platform.monotonicUs() - started)}us`,
    );
    this.#cleanUp(child, REPLACED);
  }

  #fail(child: Child, reason: string): void {
    if (!this.#killed) this.#env.log.warning(`The rewritten AOF was not put in place: ${reason}`);
    this.#cleanUp(child, this.#killed ? UNWANTED : FAILED);
  }

  /** What always happens at the end: diff and temp files go, figures are set. */
  #cleanUp(child: Child, outcome: number): void {
    const { aof } = this.#env;
    if (outcome === FAILED) {
      this.lastOk = false;
      this.#countFailure();
    }
    this.#stopFeeding();
    this.#removeTemps(child);
    this.#child = null;
    this.lastSeconds = this.currentSeconds;
    this.#startedMs = -1;
    if (aof.state === AOF_WAIT_REWRITE) this.scheduled = true;
    for (const resolve of this.#waiting.splice(0)) resolve(outcome === REPLACED);
    this.#env.ended();
  }

  #removeTemps(child: Child): void {
    for (const name of [tempName(child.pid), tempBgName(child.pid)]) {
      try {
        this.#env.platform.fs.unlink(`${this.#dir}/${name}`);
      } catch {
        // It was never made, or was renamed into place.
      }
    }
  }

  /** Repeated failures delay automatic starts: 1, 2, 4 … 60 minutes. */
  #countFailure(): void {
    this.consecutiveFailures++;
    if (this.consecutiveFailures < LIMIT_AFTER_FAILURES) return;
    this.#delayMinutes = this.#delayMinutes === 0 ? 1 : Math.min(this.#delayMinutes * 2, LIMIT_MAX_MINUTES);
    this.#delayedUntilMs = this.#env.platform.nowMs() + this.#delayMinutes * 60_000;
    this.#env.log.warning(
      "Background AOF rewrite has repeatedly failed and triggered the limit, " +
        `will retry in ${this.#delayMinutes} minutes`,
    );
  }
}
