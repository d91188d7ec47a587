/**
 * RDB files: SAVE, BGSAVE, save points, and what is known of the last save.
 *
 * DESIGN. One child at a time, of whichever kind: a BGSAVE that finds the AOF
 * being rewritten is scheduled or refused, as in Redis. With save points and
 * `stop-writes-on-bgsave-error` a failed save refuses writes until one works.
 */

import { type Status } from "../commands/server_port.ts";
import { REDIS_VERSION } from "../config/version.ts";
import { type SaveChildOptions } from "../rdb/save_child_args.ts";
import { saveDataset } from "../rdb/rdb_file.ts";
import { saveRdb } from "../rdb/save.ts";
import { keyDelay } from "../rio/child_io.ts";
import { errorReply } from "../resp/errors.ts";
import { BackgroundSave } from "../snapshot/background_save.ts";
import { type Server } from "./server.ts";

/** After a failed save, the next by a save point or a schedule waits for so long. */
const RETRY_SECONDS = 5;

const MISCONF = errorReply(
  "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that " +
    "may modify the data set are disabled, because this instance is configured to report errors during writes if RDB " +
    "snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB " +
    "error.",
);

/** The saves of one server; see the module's note. */
export class Saves {
  /** A BGSAVE was asked for and starts as soon as it can. */
  scheduled = false;
  /** Figures for INFO. */
  lastOk = true;
  lastSeconds = -1;
  saves = 0;
  /** Unix time of the last good save, or of the start. */
  lastSaveSeconds: number;
  readonly background: BackgroundSave;
  readonly #server: Server;
  readonly #childActive: () => boolean;
  #lastTrySeconds = 0;
  #startedMs = -1;
  #dirtyAtStart = 0;

  /** @param childActive whether a child of any kind runs @param forked takes note of one that was started */
  constructor(server: Server, childActive: () => boolean, forked: (usec: number) => void) {
    this.#server = server;
    this.#childActive = childActive;
    this.lastSaveSeconds = Math.floor(server.startedMs / 1000);
    const { platform, ks, log, stats } = server;
    this.background = new BackgroundSave({
      platform,
      ks,
      log,
      childOptions: () => this.#childOptions(),
      rdbAux: () => this.aux(false),
      commandsProcessed: () => stats.commandsProcessed,
      forked,
      ended: (result) => this.#ended(result),
    });
  }

  /** Seconds since the running save started, or -1. */
  get currentSeconds(): number {
    return this.#startedMs < 0 ? -1 : Math.floor((this.#server.platform.nowMs() - this.#startedMs) / 1000);
  }

  /** The reply to writes while saving fails, or null. */
  get diskError(): Uint8Array | null {
    const { config } = this.#server;
    return !this.lastOk && config.stopWritesOnBgsaveError && config.save.length > 0 ? MISCONF : null;
  }

  /** Auxiliary fields of a file. @param preamble whether an AOF begins with it */
  aux(preamble: boolean): [string, string][] {
    const { platform, memory } = this.#server;
    return [
      ["redis-ver", REDIS_VERSION],
      ["redis-bits", "64"],
      ["ctime", String(Math.floor(platform.nowMs() / 1000))],
      ["used-mem", String(memory.usedMemory)],
      ["aof-base", preamble ? "1" : "0"],
    ];
  }

  /** SAVE: in the foreground. @returns whether the file is on disk */
  save(): boolean {
    this.saves++;
    const { platform, config, ks, log, stats } = this.#server;
    const saved = saveRdb(platform, this.#childOptions(), log, (file) => {
      for (const [name, value] of this.aux(false)) file.aux(name, value);
      saveDataset(ks, file, keyDelay(platform, config.rdbKeySaveDelay));
    });
    if (!saved) return false;
    stats.dirty = 0;
    this.#succeeded();
    return true;
  }

  /** BGSAVE. @param schedule wait for another child instead of refusing */
  backgroundSave(schedule: boolean, inTransaction: boolean): Status {
    if (this.background.active) return { ok: false, text: "ERR Background save already in progress" };
    if (this.#childActive() || inTransaction) {
      if (!schedule && !inTransaction) {
        return {
          ok: false,
          text: "ERR Another child process is active (AOF?): can't BGSAVE right now. " +
            "Use BGSAVE SCHEDULE in order to schedule a BGSAVE whenever possible.",
        };
      }
      this.scheduled = true;
      return { ok: true, text: "Background saving scheduled" };
    }
    return this.#start() ? { ok: true, text: "Background saving started" } : { ok: false, text: "ERR" };
  }

  /** Starts a save if a save point is reached. No child may be active. @returns whether one was started */
  startBySavePoint(nowMs: number): boolean {
    const { config, stats, log } = this.#server;
    const now = Math.floor(nowMs / 1000);
    for (const { seconds, changes } of config.save) {
      if (stats.dirty < changes || now - this.lastSaveSeconds <= seconds || !this.#mayTry(now)) continue;
      log.notice(`${changes} changes in ${seconds} seconds. Saving...`);
      return this.#start();
    }
    return false;
  }

  /** Starts a save that was scheduled. No child may be active. */
  startScheduled(nowMs: number): void {
    if (!this.scheduled || !this.#mayTry(Math.floor(nowMs / 1000))) return;
    if (this.#start()) this.scheduled = false;
  }

  /** Everything was flushed: the running save is of the past, and with save points the file becomes empty too. */
  flushedAll(): boolean {
    if (this.background.active) {
      this.#server.log.notice("There is a child saving an .rdb. Killing it!");
      this.background.kill();
    }
    return this.#server.config.save.length > 0 && this.save();
  }

  /** CONFIG RESETSTAT. */
  resetStats(): void {
    this.saves = 0;
  }

  /** Whether the last save went well, or failed long enough ago. */
  #mayTry(nowSeconds: number): boolean {
    return this.lastOk || nowSeconds - this.#lastTrySeconds > RETRY_SECONDS;
  }

  #start(): boolean {
    const { platform, stats } = this.#server;
    this.saves++;
    this.#dirtyAtStart = stats.dirty;
    this.#lastTrySeconds = Math.floor(platform.nowMs() / 1000);
    if (this.background.start() !== null) {
      this.lastOk = false;
      return false;
    }
    this.#startedMs = platform.nowMs();
    return true;
  }

  #ended(result: "ok" | "failed" | "killed"): void {
    this.lastSeconds = this.currentSeconds;
    this.#startedMs = -1;
    if (result === "ok") {
      // DEBUG RELOAD may have set it to 0 meanwhile.
      const { stats } = this.#server;
      stats.dirty = Math.max(0, stats.dirty - this.#dirtyAtStart);
      this.#succeeded();
    } else if (result === "failed") this.lastOk = false;
    this.#server.openBatch();
  }

  #succeeded(): void {
    this.lastOk = true;
    this.lastSaveSeconds = Math.floor(this.#server.platform.nowMs() / 1000);
  }

  #childOptions(): SaveChildOptions {
    const { config, platform } = this.#server;
    return {
      dir: platform.cwd(),
      filename: config.dbfilename,
      compress: config.rdbcompression,
      checksum: config.rdbchecksum,
      incrementalFsync: config.rdbSaveIncrementalFsync,
      keyDelayUs: config.rdbKeySaveDelay,
      logLevel: config.loglevel,
      logFile: config.logfile,
    };
  }
}
