/**
 * The append-only file: states, feeding, opening, replacing.
 *
 * DESIGN. Commands are fed as bytes, once: to the buffer that `flush` writes
 * before replies leave, and to the diff while a rewrite runs. What is written
 * and synced when is flush.ts; the rewrite itself is rewrite.ts, which hands
 * the finished file to {@link Aof.replaceFile}.
 *
 * One server per file: an exclusive lock is held on `<appendfilename>.lock`
 * beside it and not on the AOF itself, because a rewrite replaces the AOF by
 * rename: a lock on the old inode would exclude nobody from the new one. The
 * lock file is never removed, since removing it would let two servers lock two
 * files of the same name.
 *
 * Invariants: nothing is fed while OFF or suspended; in WAIT_REWRITE only the
 * diff is fed; `selectedDb` is the database that a reader of the buffer, and
 * of the diff, stands in.
 */

import { toAscii, writeInt } from "../base/ascii.ts";
import { JOB_FSYNC } from "../bio/protocol.ts";
import { type AppendFile, type FileLock, IoError } from "../platform/types.ts";
import { AofFile } from "./aof_file.ts";
import { AofWriter } from "./flush.ts";
import { type AofEnv, type DiffSink } from "./ports.ts";
import { type AofSettings, FSYNC_ALWAYS } from "./settings.ts";

/** Nothing is logged. */
export const AOF_OFF = 0;
/** Commands go to the file. */
export const AOF_ON = 1;
/** The AOF was turned on at run time: the first rewrite makes the file, and until then only the diff is fed. */
export const AOF_WAIT_REWRITE = 2;

const MULTI = toAscii("*1\r\n$5\r\nMULTI\r\n");
const EXEC = toAscii("*1\r\n$4\r\nEXEC\r\n");
const SELECT_HEAD = toAscii("*2\r\n$6\r\nSELECT\r\n$");
const CR = 13;
const LF = 10;

/** The AOF of one server; see the module's note. */
export class Aof {
  /** Database that the last SELECT fed has chosen; -1: the next command needs one. */
  selectedDb = -1;
  /**
   * Bytes ever fed, and one for each stretch of changes that nobody took (see `writeOffset`). Monotonic over all
   * files.
   */
  fedOffset = 0;
  /** Length of the file after its last rewrite, or after it was loaded. */
  baseSize = 0;
  readonly #env: AofEnv;
  readonly #settings: AofSettings;
  readonly #writer: AofWriter;
  readonly #scratch = new Uint8Array(64);
  readonly #prepared = new Map<AppendFile, AofFile>();
  #state = AOF_OFF;
  #diff: DiffSink | null = null;
  #suspended = false;
  #wantsFeed = false;
  #inUnit = false;
  #annotatedSec = 0;
  #lock: FileLock | null = null;
  #dir = "";
  #path = "";

  constructor(env: AofEnv, settings: AofSettings) {
    this.#env = env;
    this.#settings = settings;
    this.#writer = new AofWriter(env, settings);
  }

  /** AOF_OFF, AOF_ON or AOF_WAIT_REWRITE. */
  get state(): number {
    return this.#state;
  }

  /** Whether anybody takes what is fed. */
  get wantsFeed(): boolean {
    return this.#wantsFeed;
  }

  /** Where commands go while a rewrite runs; null when none does. */
  get diff(): DiffSink | null {
    return this.#diff;
  }

  set diff(sink: DiffSink | null) {
    // What was changed unlogged is in this rewrite's snapshot, and in no file before that.
    if (sink !== null && this.#state !== AOF_ON) this.fedOffset++;
    this.#diff = sink;
    this.#update();
  }

  /** While true nothing is fed, as during a load; the state itself stays. */
  get suspended(): boolean {
    return this.#suspended;
  }

  set suspended(on: boolean) {
    this.#suspended = on;
    this.#update();
  }

  #update(): void {
    const taken = this.#state === AOF_ON || (this.#state === AOF_WAIT_REWRITE && this.#diff !== null);
    this.#wantsFeed = taken && !this.#suspended;
  }

  /**
   * Logs commands, `buf[start, end)` encoded as requests, for database `dbId`:
   * with a SELECT before them if the last one was of another database. The
   * bytes are copied. Does nothing unless `wantsFeed`.
   */
  feed(dbId: number, buf: Uint8Array, start: number, end: number): void {
    if (!this.#wantsFeed) return;
    if (this.#settings.timestamps && !this.#inUnit) this.#annotate();
    if (dbId !== this.selectedDb) this.#select(dbId);
    this.#append(buf, start, end);
  }

  /** Logs the MULTI of a unit; a SELECT that its commands need follows it. */
  feedMulti(): void {
    if (!this.#wantsFeed) return;
    if (this.#settings.timestamps) this.#annotate();
    this.#inUnit = true;
    this.#append(MULTI, 0, MULTI.length);
  }

  /** Logs the EXEC of a unit. */
  feedExec(): void {
    if (!this.#wantsFeed) return;
    this.#inUnit = false;
    this.#append(EXEC, 0, EXEC.length);
  }

  /**
   * Offset behind the last change: once `syncedOffset` has come there, it is on disk. A change that nobody takes
   * gets there with the next rewrite.
   */
  get writeOffset(): number {
    return this.#wantsFeed ? this.fedOffset : this.fedOffset + 1;
  }

  /** Makes the next command be preceded by a SELECT: a new reader starts here. */
  resetSelectedDb(): void {
    this.selectedDb = -1;
  }

  #append(buf: Uint8Array, start: number, end: number): void {
    this.fedOffset += end - start;
    if (this.#state === AOF_ON) this.#writer.buffer.append(buf, start, end);
    if (this.#diff !== null) this.#diff.append(buf, start, end);
  }

  #select(dbId: number): void {
    const out = this.#scratch;
    out.set(SELECT_HEAD);
    let at = endLine(out, writeInt(out, SELECT_HEAD.length, String(dbId).length));
    at = endLine(out, writeInt(out, at, dbId));
    this.selectedDb = dbId;
    this.#append(out, 0, at);
  }

  /** `#TS:<seconds>`, once per second in which something is fed. */
  #annotate(): void {
    const second = Math.floor(this.#env.nowMs() / 1000);
    if (second <= this.#annotatedSec) return;
    this.#annotatedSec = second;
    const line = toAscii(`#TS:${second}\r\n`);
    this.#append(line, 0, line.length);
  }

  /** Writes and syncs as the policy says; see AofWriter.flush. @returns a FLUSH_ number */
  flush(force: boolean): number {
    return this.#writer.flush(force);
  }

  /** Called every 1000 ms: tries a failed write again. */
  retryTick(): void {
    if (!this.#writer.status.writeOk) this.#writer.flush(false);
  }

  /**
   * Takes the lock and opens the file, creating it if it is absent; the state
   * stays OFF until `turnOn`. In between, the file may be loaded and cut.
   * @throws {IoError} also when another server holds the lock (EAGAIN)
   */
  open(): void {
    this.#open(true);
  }

  /** @param whole whether the file holds everything that was fed; if not, syncing it acknowledges nothing */
  #open(whole: boolean): void {
    const dir = this.#env.fs.realPath(this.#settings.dir);
    const path = `${dir}/${this.#settings.filename}`;
    const lock = this.#env.fs.tryLock(`${path}.lock`);
    if (lock === undefined) {
      throw new IoError("EAGAIN", "Another server is using this append-only file", `lock ${path}.lock`);
    }
    try {
      const port = this.#env.fs.openAppend(path, { create: true });
      // Also for a file that was there: the server that made it may not have come to this.
      this.#env.fs.syncDir(dir);
      const size = port.size();
      const file: AofFile = new AofFile(this.#env.bio, port, (error) => this.#writer.opened(file, error));
      this.#writer.adopt(file, size, this.#writer.writtenOffset, whole);
      this.baseSize = size;
    } catch (error) {
      lock.release();
      throw error;
    }
    this.#lock = lock;
    this.#dir = dir;
    this.#path = path;
  }

  /** The opened file is loaded: from now on commands are appended to it. */
  turnOn(): void {
    this.refreshSize();
    this.baseSize = this.#writer.currentSize;
    this.selectedDb = -1;
    this.#setState(AOF_ON);
  }

  /**
   * OFF → WAIT_REWRITE: opens the file. The caller starts a rewrite, whose end turns the AOF on.
   * @throws {IoError} as `open` does; then the state is OFF still
   */
  startWaitRewrite(): void {
    this.#writer.status.ignoreErrors();
    this.#open(false);
    this.selectedDb = -1;
    this.#setState(AOF_WAIT_REWRITE);
  }

  /** The loader has cut the file. @throws {IoError} */
  refreshSize(): void {
    const file = this.#writer.file;
    if (file !== null) this.#writer.resized(file.port.size());
  }

  /**
   * Writes the rest and syncs, here and now, whatever the policy; the AOF goes on.
   * @returns whether everything fed to this file is on disk
   */
  settle(): boolean {
    if (this.#writer.file === null) return true;
    this.#writer.flush(true);
    try {
      this.#writer.syncNow();
    } catch (error) {
      this.#env.log.warning(`Fail to fsync the AOF file: ${(error as IoError).strerror}`);
      return false;
    }
    return this.#writer.buffer.length === 0 && !this.#writer.suspect;
  }

  /**
   * Settles the file, closes it, and lets the lock go: the AOF is OFF, the
   * file stays. For CONFIG SET appendonly no.
   * @returns whether everything fed to this file is on disk
   */
  stop(): boolean {
    const file = this.#writer.file;
    if (file === null) return true;
    const durable = this.settle();
    this.#writer.abandon();
    file.retire();
    this.#lock?.release();
    this.#lock = null;
    this.selectedDb = -1;
    this.#inUnit = false;
    this.#setState(AOF_OFF);
    return durable;
  }

  /**
   * Lets the worker open a file that is to replace the AOF. Resolves when it
   * has: only then may the file be renamed. Rejects with {@link IoError}; the
   * caller then discards the file.
   */
  prepareFile(file: AppendFile): Promise<void> {
    return new Promise((resolve, reject) => {
      const prepared: AofFile = new AofFile(this.#env.bio, file, (error) => {
        this.#writer.opened(prepared, error);
        if (error === null) resolve();
        else reject(error);
      });
      this.#prepared.set(file, prepared);
    });
  }

  /** Syncs a prepared file in the background, before the switch. Rejects with {@link IoError}. */
  syncPrepared(file: AppendFile): Promise<void> {
    const prepared = this.#preparedOf(file);
    return new Promise((resolve, reject) => {
      this.#env.bio.fsync(prepared.handle, (error) => error === null ? resolve() : reject(error));
    });
  }

  /** Closes a file that will not replace the AOF after all, prepared or not. Once: it is gone then. */
  discardPrepared(file: AppendFile): void {
    const prepared = this.#prepared.get(file);
    this.#prepared.delete(file);
    if (prepared !== undefined) prepared.retire();
    else file.close();
  }

  /**
   * Switches to a prepared file, which was renamed to the AOF's name and holds
   * everything fed so far, `size` bytes. WAIT_REWRITE becomes ON. Under
   * `always` file and directory are synced before this returns, or the process
   * ends; else the worker syncs the file, then the directory, then closes the
   * old file. The diff is the caller's to end, in the same turn.
   */
  replaceFile(newFile: AppendFile, size: number): void {
    if (this.#state === AOF_OFF) throw new Error("Cannot replace the AOF as it is off");
    const file = this.#preparedOf(newFile);
    const old = this.#writer.file;
    this.#prepared.delete(newFile);
    this.#writer.adopt(file, size, this.fedOffset, false);
    this.baseSize = size;
    this.selectedDb = -1;
    if (this.#settings.fsync === FSYNC_ALWAYS) {
      this.#writer.syncOrDie(file);
      this.#syncDirOrDie();
      this.#writer.nameSynced(file, null);
    } else {
      this.#writer.startSync();
      this.#env.bio.syncDir(this.#dir, (error) => this.#writer.nameSynced(file, error));
    }
    old?.retire();
    if (this.#state === AOF_WAIT_REWRITE) this.#setState(AOF_ON);
  }

  #syncDirOrDie(): void {
    try {
      this.#env.fs.syncDir(this.#dir);
    } catch (error) {
      this.#writer.dieOfSync(error as IoError);
    }
  }

  #preparedOf(file: AppendFile): AofFile {
    const prepared = this.#prepared.get(file);
    if (prepared === undefined) {
      throw new Error(`Cannot use a file as AOF before it is prepared: ${file.path}`);
    }
    return prepared;
  }

  #setState(state: number): void {
    this.#state = state;
    this.#update();
  }

  /** The reply to writes and PING while the disk refuses us, with CRLF; null while all is well or the AOF is off. */
  misconfError(): Uint8Array | null {
    return this.#state === AOF_OFF ? null : this.#writer.status.misconf;
  }

  /** Whether only a rewrite can end the error state: a background sync of the file has failed. */
  get needsRewrite(): boolean {
    return this.#state === AOF_ON && this.#writer.suspect;
  }

  /** Offset up to which everything fed is in the file. */
  get writtenOffset(): number {
    return this.#writer.writtenOffset;
  }

  /** Offset up to which everything fed is on disk. */
  get syncedOffset(): number {
    return this.#writer.syncedOffset;
  }

  /** Called when a background sync has moved `syncedOffset`. */
  set onSynced(callback: () => void) {
    this.#writer.onSynced = callback;
  }

  /** Absolute directory of the open file, and its path, whatever CONFIG SET dir says since. */
  get dir(): string {
    return this.#dir;
  }

  get path(): string {
    return this.#path;
  }

  /** Length of the file in bytes. */
  get currentSize(): number {
    return this.#writer.currentSize;
  }

  /** Bytes that wait to be written. */
  get bufferLength(): number {
    return this.#writer.buffer.length;
  }

  /** How often everysec wrote without waiting any longer for an fsync. */
  get delayedFsync(): number {
    return this.#writer.delayedFsync;
  }

  /** CONFIG RESETSTAT. */
  resetStats(): void {
    this.#writer.delayedFsync = 0;
  }

  /** Whether a write is held back because an fsync is under way. */
  get flushPostponed(): boolean {
    return this.#writer.postponed;
  }

  get lastWriteOk(): boolean {
    return this.#writer.status.writeOk;
  }

  get bioFsyncOk(): boolean {
    return this.#writer.status.syncOk;
  }

  /** `ok` or `err`: INFO's `aof_last_write_status`, of writes and background syncs. */
  get lastWriteStatus(): "ok" | "err" {
    return this.lastWriteOk && this.bioFsyncOk ? "ok" : "err";
  }

  /** `strerror` of the present error; empty when there is none. */
  get lastErrorText(): string {
    return this.#writer.status.errorText;
  }

  /** Background fsyncs that are not done: INFO's `aof_pending_bio_fsync`. */
  get pendingBioFsync(): number {
    return this.#env.bio.pending(JOB_FSYNC);
  }
}

function endLine(out: Uint8Array, at: number): number {
  out[at] = CR;
  out[at + 1] = LF;
  return at + 2;
}
