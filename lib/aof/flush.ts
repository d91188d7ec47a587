/**
 * Writing the AOF: when buffered bytes go to the file, and when they are
 * synced. The state machine of docs/AOF.md §2.
 *
 * DESIGN. Everything that decides over durability is in {@link AofWriter.flush}
 * and the helpers that it calls; acknowledgements of the bio Worker only move
 * figures. Offsets count bytes ever fed, over all files; sizes are of the file.
 *
 * A failed background fsync is never forgotten by a later success: the kernel
 * may mark lost pages clean, so that the next fsync succeeds without them. The
 * file is *suspect* from then on: the status stays err and writes are refused,
 * until a whole new file (a rewrite) has replaced it and is itself on disk.
 * Syncing goes on meanwhile, for what it is worth, but `syncedOffset` stands.
 *
 * Invariants: `syncedOffset ≤ writtenOffset`; the file's length is
 * `currentSize`; a file that has taken part of a command gets the rest before
 * anything else, because the buffer is cut where the file ends.
 */

import { JOB_FSYNC } from "../bio/protocol.ts";
import { type IoError } from "../platform/types.ts";
import { AofBuffer } from "./aof_buffer.ts";
import { type AofFile } from "./aof_file.ts";
import { DiskStatus } from "./disk_status.ts";
import { type AofEnv } from "./ports.ts";
import { type AofSettings, FSYNC_ALWAYS, FSYNC_EVERYSEC, FSYNC_NO } from "./settings.ts";

/** What a flush did: nothing had to be written… */
export const FLUSH_IDLE = 0;
/** …everything was written… */
export const FLUSH_WRITTEN = 1;
/** …the write waits for a background fsync… */
export const FLUSH_POSTPONED = 2;
/** …or failed: the bytes are kept and tried again. */
export const FLUSH_FAILED = 3;

/** How long everysec holds a write back for an fsync that is under way, seconds. */
const POSTPONE_SECONDS = 2;

/** Writes and syncs the file; see the module's note. */
export class AofWriter {
  readonly buffer = new AofBuffer();
  readonly status: DiskStatus;
  /** The open file; null while the AOF is off. */
  file: AofFile | null = null;
  /** Length of the file in bytes. */
  currentSize = 0;
  /** Offset up to which everything fed is in the file… */
  writtenOffset = 0;
  /** …and up to which it is on disk, as a sync has acknowledged. */
  syncedOffset = 0;
  /** How often everysec wrote without waiting any longer for an fsync. */
  delayedFsync = 0;
  /** Called when `syncedOffset` has grown through a background sync. */
  onSynced: () => void = () => {};

  readonly #env: AofEnv;
  readonly #settings: AofSettings;
  /** Up to where a sync was asked for; -1 when even the file's first byte has to be synced. */
  #syncStartedOffset = 0;
  /** Whole seconds of wall clock: of the last fsync, and since when a write is held back (0: none is). */
  #lastFsyncSec = 0;
  #postponedSinceSec = 0;
  /** A background sync of this file has failed. */
  #suspect = false;
  /** The file's directory entry is not on disk yet, so nothing acknowledged for it counts. */
  #nameUnsynced = false;
  #acknowledgedOffset = 0;
  /** How much of the buffer the last `#write` got into the file. */
  #takenBytes = 0;

  constructor(env: AofEnv, settings: AofSettings) {
    this.#env = env;
    this.#settings = settings;
    this.status = new DiskStatus(env.log);
    env.bio.onDeath = (error) => {
      env.log.warning(`Background I/O is dead and the AOF cannot be synced without it: ${error.message}`);
      this.#syncFailed(error);
    };
  }

  /** Whether a write is being held back. */
  get postponed(): boolean {
    return this.#postponedSinceSec !== 0;
  }

  /** Whether only a whole new file can make this one durable again. */
  get suspect(): boolean {
    return this.#suspect;
  }

  /**
   * Writes the buffer and syncs as the policy says. Called before replies
   * leave, once per batch of events: nothing to do costs two comparisons.
   * @param force write even while a background fsync is under way
   * @returns a FLUSH_ number
   */
  flush(force: boolean): number {
    const buffer = this.buffer;
    // IDLE: nothing to write, and a sync has been asked for all that was written.
    if (buffer.length === 0 && this.writtenOffset === this.#syncStartedOffset) return FLUSH_IDLE;
    const file = this.file;
    if (file === null) return FLUSH_IDLE;
    const policy = this.#settings.fsync;
    if (buffer.length === 0 && policy === FSYNC_NO) return FLUSH_IDLE;
    const nowSec = Math.floor(this.#env.nowMs() / 1000);
    const syncing = policy === FSYNC_EVERYSEC && this.#env.bio.pending(JOB_FSYNC) > 0;

    // UNSYNCED: all is written, not all is synced. The last write has to be synced even if
    // no other follows it, and so has what an earlier policy left behind.
    if (buffer.length === 0) {
      if (!syncing) this.#sync(file, policy, nowSec, false);
      return FLUSH_IDLE;
    }

    // POSTPONED: a write would block behind the fsync under way, so it waits, two seconds at
    // most. A clock that was set back (a negative wait) must not make it wait longer.
    if (syncing && !force) {
      if (this.#postponedSinceSec === 0) this.#postponedSinceSec = nowSec;
      const waited = nowSec - this.#postponedSinceSec;
      if (waited >= 0 && waited < POSTPONE_SECONDS) return FLUSH_POSTPONED;
      this.delayedFsync++;
      this.#env.log.notice(
        "Asynchronous AOF fsync is taking too long (disk is busy?). Writing the AOF buffer without waiting " +
          "for fsync to complete, this may slow down Redis.",
      );
    }

    const failure = this.#write(file, syncing);
    this.#postponedSinceSec = 0;
    // FAILED: what the file did not take is kept; writes are refused until a retry works.
    // Under `always` this does not return: what is not on disk must not be acknowledged.
    if (this.#takenBytes !== buffer.length) {
      this.#writeFailed(file, failure, policy, nowSec);
      return FLUSH_FAILED;
    }

    // WRITTEN.
    this.currentSize += buffer.length;
    this.writtenOffset += buffer.length;
    buffer.clear();
    if (!this.status.writeOk) this.status.writeSolved();
    this.#sync(file, policy, nowSec, syncing);
    return FLUSH_WRITTEN;
  }

  /** What the policy demands once all is written. */
  #sync(file: AofFile, policy: number, nowSec: number, syncing: boolean): void {
    if (this.#settings.noFsyncOnRewrite && this.#env.childActive()) return;
    if (policy === FSYNC_ALWAYS) {
      this.#syncAlways(file);
    } else if (policy === FSYNC_EVERYSEC && nowSec !== this.#lastFsyncSec) {
      // The second counts as synced even when the sync before it still runs: at most one waits.
      if (!syncing) this.startSync();
      this.#lastFsyncSec = nowSec;
    }
  }

  #syncAlways(file: AofFile): void {
    const latency = this.#env.latency;
    const startUs = latency.thresholdMs > 0 ? this.#env.monotonicUs() : 0;
    this.syncOrDie(file);
    if (latency.thresholdMs > 0) {
      this.#sample("aof-fsync-always", Math.floor((this.#env.monotonicUs() - startUs) / 1000));
    }
  }

  /** Syncs the present file under `always`, where a failure ends the process. */
  syncOrDie(file: AofFile): void {
    try {
      file.port.dataSync();
    } catch (error) {
      this.dieOfSync(error as IoError);
    }
    this.#syncedInline();
  }

  /** Ends the process: `always` could not be kept. */
  dieOfSync(error: IoError): never {
    this.#env.fatal(
      "Can't persist AOF for fsync error when the AOF fsync policy is 'always': " +
        `${error.strerror}. Exiting...`,
    );
  }

  /** Syncs the present file here and now, whatever the policy. @throws {IoError} */
  syncNow(): void {
    this.file!.port.dataSync();
    this.#syncedInline();
  }

  #syncedInline(): void {
    this.#syncStartedOffset = this.writtenOffset;
    this.#lastFsyncSec = Math.floor(this.#env.nowMs() / 1000);
    this.#acknowledge(this.writtenOffset);
  }

  /** Asks the worker to sync the present file, whatever the policy. */
  startSync(): void {
    const file = this.file!;
    const offset = this.writtenOffset;
    this.#syncStartedOffset = offset;
    this.#lastFsyncSec = Math.floor(this.#env.nowMs() / 1000);
    this.#env.bio.fsync(file.handle, (error) => {
      // If the file was replaced meanwhile, all that was in it is in the new one, and counts there.
      if (file === this.file) {
        if (error !== null) this.#syncFailed(error);
        else if (this.#acknowledge(offset)) this.onSynced();
      }
      if (this.postponed) this.flush(false);
    });
  }

  /**
   * Makes `file` the one that is written from now on, and forgets the buffer.
   * @param size its length in bytes
   * @param offset everything fed up to here is in it
   * @param nameSynced whether its directory entry is on disk; if not, `nameSynced` is to be called
   */
  adopt(file: AofFile, size: number, offset: number, nameSynced: boolean): void {
    this.file = file;
    this.buffer.clear();
    this.currentSize = size;
    this.writtenOffset = offset;
    this.#acknowledgedOffset = this.syncedOffset;
    // What the file has from before may be in the page cache only: the first flush syncs it.
    this.#syncStartedOffset = size > 0 ? -1 : offset;
    this.#postponedSinceSec = 0;
    this.#suspect = false;
    this.#nameUnsynced = !nameSynced;
    this.status.writeSolved();
    const death = this.#env.bio.death;
    if (death !== null) this.#syncFailed(death);
  }

  /** The directory entry of `file` is on disk, or has failed to get there. */
  nameSynced(file: AofFile, error: IoError | null): void {
    if (file !== this.file) return;
    if (error !== null) return this.#syncFailed(error);
    this.#nameUnsynced = false;
    if (this.#acknowledge(this.#acknowledgedOffset)) this.onSynced();
  }

  /** The worker has `file`, or has failed to open it. */
  opened(file: AofFile, error: IoError | null): void {
    if (error !== null && file === this.file) this.#syncFailed(error);
  }

  /** The file is off: forgets it (the caller closes it) and what was not written. */
  abandon(): void {
    this.file = null;
    this.buffer.clear();
    this.currentSize = 0;
    this.#postponedSinceSec = 0;
    this.#suspect = false;
  }

  /** The file was truncated by the loader: its length is now `size`. */
  resized(size: number): void {
    this.currentSize = size;
  }

  /** Everything up to `offset` has reached the disk. @returns whether that is news */
  #acknowledge(offset: number): boolean {
    this.#acknowledgedOffset = Math.max(this.#acknowledgedOffset, offset);
    if (this.#suspect || this.#nameUnsynced) return false;
    const grown = this.#acknowledgedOffset > this.syncedOffset;
    this.syncedOffset = this.#acknowledgedOffset;
    if (!this.status.syncOk) this.status.syncSolved();
    return grown;
  }

  #syncFailed(error: IoError): void {
    this.#suspect = true;
    this.status.syncFailed(error.strerror);
  }

  /** Writes the buffer, all of it unless the disk refuses. @returns what ended it early; null also for a short write */
  #write(file: AofFile, syncing: boolean): IoError | null {
    const latency = this.#env.latency;
    const sleepUs = this.#settings.flushSleepUs;
    if (sleepUs > 0) this.#env.sleepSync(sleepUs / 1000);
    const startUs = latency.thresholdMs > 0 ? this.#env.monotonicUs() : 0;
    const bytes = this.buffer.bytes;
    const end = this.buffer.length;
    let failure: IoError | null = null;
    let at = 0;
    while (at < end) {
      try {
        const taken = file.port.write(bytes, at, end);
        if (taken === 0) break;
        at += taken;
      } catch (error) {
        failure = error as IoError;
        if (failure.code !== "EINTR") break;
        failure = null;
      }
    }
    this.#takenBytes = at;
    if (latency.thresholdMs > 0) {
      const ms = Math.floor((this.#env.monotonicUs() - startUs) / 1000);
      const cause = syncing ? "pending-fsync" : this.#env.childActive() ? "active-child" : "alone";
      this.#sample(`aof-write-${cause}`, ms);
      this.#sample("aof-write", ms);
    }
    return failure;
  }

  #sample(event: string, ms: number): void {
    if (ms >= this.#env.latency.thresholdMs) this.#env.latency.add(event, ms);
  }

  /** A write was refused, or taken in part. Leaves the file whole where it can. */
  #writeFailed(file: AofFile, failure: IoError | null, policy: number, nowSec: number): void {
    const log = this.#env.log;
    const mayLog = this.status.mayLog(nowSec);
    let left = this.#takenBytes;
    let strerror = "No space left on device";
    if (left === 0 && failure !== null) {
      strerror = failure.strerror;
      if (mayLog) log.warning(`Error writing to the AOF file: ${strerror}`);
    } else {
      if (mayLog) {
        log.warning(
          `Short write while writing to the AOF file: (nwritten=${left}, expected=${this.buffer.length})`,
        );
      }
      try {
        file.port.truncate(this.currentSize);
        left = 0;
      } catch (error) {
        if (mayLog) {
          log.warning(
            "Could not remove short write from the append-only file.  Redis may refuse to load the AOF the " +
              `next time it starts.  ftruncate: ${(error as IoError).strerror}`,
          );
        }
      }
    }
    if (policy === FSYNC_ALWAYS) {
      this.#env.fatal(
        "Can't recover from AOF write error when the AOF fsync policy is 'always'. Exiting...",
      );
    }
    this.status.writeFailed(strerror);
    if (left === 0) return;
    this.currentSize += left;
    this.writtenOffset += left;
    this.buffer.dropFront(left);
  }
}
