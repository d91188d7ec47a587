/**
 * Whether the disk takes what the AOF gives it: the error state of docs/AOF.md
 * §2, its log lines, and the reply with which writes are refused meanwhile.
 */

import { type Log } from "../base/log.ts";
import { errorReply } from "../resp/errors.ts";

/** At most one line about failed writes in this time, seconds. */
const LOG_PAUSE_SECONDS = 30;

/** Status of writes and of background syncs; see the module's note. */
export class DiskStatus {
  /** The last write worked. */
  writeOk = true;
  /** Background syncs work, and the present file has lost nothing. */
  syncOk = true;
  /** The reply to refused writes, with CRLF; null while all is well. */
  misconf: Uint8Array | null = null;
  readonly #log: Log;
  #writeError = "";
  #syncError = "";
  #loggedSec = -Infinity;

  constructor(log: Log) {
    this.#log = log;
  }

  /** `strerror` of the last failure that counts: of a write, else of a sync; empty when there was none. */
  get errorText(): string {
    if (!this.writeOk) return this.#writeError;
    return this.syncOk ? "" : this.#syncError;
  }

  /** Whether a failed write may be logged now; if so, the next may not for a while. */
  mayLog(nowSec: number): boolean {
    // A clock that was set back must not silence the log.
    if (Math.abs(nowSec - this.#loggedSec) <= LOG_PAUSE_SECONDS) return false;
    this.#loggedSec = nowSec;
    return true;
  }

  writeFailed(strerror: string): void {
    this.writeOk = false;
    this.#writeError = strerror;
    this.#update();
  }

  /** A write worked again, or the file that failed is no longer written. */
  writeSolved(): void {
    if (this.writeOk) return;
    this.#log.notice("AOF write error looks solved, Redis can write again.");
    this.writeOk = true;
    this.#update();
  }

  syncFailed(strerror: string): void {
    if (this.syncOk) {
      this.#log.warning(`Fail to fsync the AOF file: ${strerror}`);
      this.#log.warning(
        "Writes are refused until a rewrite (BGREWRITEAOF) has replaced the AOF file, " +
          "because what failed to reach the disk may be lost even if a later fsync succeeds.",
      );
    }
    this.syncOk = false;
    this.#syncError = strerror;
    this.#update();
  }

  /** A whole new file is on disk. */
  syncSolved(): void {
    if (this.syncOk) return;
    this.#log.notice("The new AOF file is on disk, Redis can write again.");
    this.syncOk = true;
    this.#update();
  }

  /** The AOF is opened anew: what was wrong with the old file is of no interest. */
  ignoreErrors(): void {
    if (!this.syncOk) this.#log.warning("AOF reopen, just ignore the AOF fsync error in bio job");
    if (!this.writeOk) this.#log.warning("AOF reopen, just ignore the last error.");
    this.syncOk = this.writeOk = true;
    this.#update();
  }

  #update(): void {
    const text = this.errorText;
    this.misconf = this.writeOk && this.syncOk
      ? null
      : errorReply(`MISCONF Errors writing to the AOF file: ${text}`);
  }
}
