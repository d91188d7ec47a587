/**
 * BGSAVE, the parent's side: a snapshot for a child that makes an RDB file of it.
 *
 * DESIGN. As a rewrite of the AOF, without a diff: what is executed meanwhile
 * is no part of the file. Whatever fails, the last file stays; temp files go.
 */

import { type Log } from "../base/log.ts";
import { type Keyspace } from "../keyspace/keyspace.ts";
import { type Child, type ExitStatus, IoError, type Platform } from "../platform/types.ts";
import { saveChildArgs, type SaveChildOptions, tempRdbName } from "../rdb/save_child_args.ts";
import { SnapshotPump } from "./pump.ts";
import { Snapshot } from "./snapshot.ts";

/** A process that a signal ended has this and the signal's number as its exit code. */
const SIGNAL_BASE = 128;

/** What saving asks of the server around it. */
export interface SaveEnv {
  readonly platform: Platform;
  readonly ks: Keyspace;
  readonly log: Log;
  /** Settings of the child, read at each start. */
  childOptions(): SaveChildOptions;
  /** Auxiliary fields of the file. */
  rdbAux(): readonly (readonly [string, string])[];
  commandsProcessed(): number;
  /** Snapshot and spawn took so long. */
  forked(usec: number): void;
  /** A save ended: the file is in place, or not; or the child was killed on purpose, which is no failure. */
  ended(result: "ok" | "failed" | "killed"): void;
}

/** The save child, if one runs. */
export class BackgroundSave {
  readonly #env: SaveEnv;
  #child: Child | null = null;
  #snapshot: Snapshot | null = null;
  #killed = false;
  #dir = "";

  constructor(env: SaveEnv) {
    this.#env = env;
  }

  get active(): boolean {
    return this.#child !== null;
  }

  /** Keys that went out, and keys in all, of the running snapshot. */
  get progress(): { keys: number; total: number } | null {
    return this.#snapshot === null ? null : { keys: this.#snapshot.keys, total: this.#snapshot.totalKeys };
  }

  /** Starts a save; no other snapshot may be under way. @returns why it could not be started, or null */
  start(): IoError | null {
    const { platform, ks, log } = this.#env;
    const options = this.#env.childOptions();
    const started = platform.monotonicUs();
    let child: Child;
    try {
      child = platform.spawnSelf(saveChildArgs(options));
    } catch (error) {
      const failure = error instanceof IoError ? error : new IoError("EIO", String(error), "spawn");
      log.warning(`Can't save in background: fork: ${failure.strerror}`);
      return failure;
    }
    this.#dir = options.dir;
    this.#killed = false;
    this.#child = child;
    this.#snapshot = new Snapshot(ks, this.#env.rdbAux());
    this.#env.forked(Math.round(platform.monotonicUs() - started));
    log.notice(`Background saving started by pid ${child.pid}`);
    this.#feed(child, this.#snapshot);
    child.exited.then((status) => this.#exited(child, status));
    return null;
  }

  /** Kills the running child (FLUSHALL, shutdown): its file will not take the last one's place. */
  kill(): void {
    if (this.#child === null) return;
    this.#killed = true;
    this.#child.kill("SIGKILL");
    this.#stop();
    // It does not come to write another one: the signal is with it already.
    this.#removeTemp(this.#child);
  }

  /** Never rejects; a child that is gone is the exit handler's business. */
  async #feed(child: Child, snapshot: Snapshot): Promise<void> {
    try {
      const stopped = (): boolean => this.#snapshot !== snapshot;
      await new SnapshotPump(this.#env, child).sendSnapshot(snapshot, stopped);
      await child.closeStdin();
    } catch (error) {
      if (!(error instanceof IoError)) throw error;
      // As a rule it is gone. If it is not, it would wait for ever for what cannot be sent.
      child.kill("SIGKILL");
    }
  }

  #exited(child: Child, status: ExitStatus): void {
    const { log } = this.#env;
    const ok = status.signal === undefined && status.code === 0 && !this.#killed;
    // SIGUSR1 is how an operator ends a child on purpose: no failure.
    const killed = this.#killed || status.signal === "SIGUSR1";
    if (ok) log.notice("Background saving terminated with success");
    else if (status.signal === undefined) log.warning("Background saving error");
    else log.warning(`Background saving terminated by signal ${status.code - SIGNAL_BASE}`);
    this.#stop();
    if (!ok) this.#removeTemp(child);
    this.#child = null;
    this.#env.ended(ok ? "ok" : killed ? "killed" : "failed");
  }

  #stop(): void {
    this.#snapshot?.abort();
    this.#snapshot = null;
  }

  #removeTemp(child: Child): void {
    try {
      this.#env.platform.fs.unlink(`${this.#dir}/${tempRdbName(child.pid)}`);
    } catch {
      // It was never made, or is removed already.
    }
  }
}
