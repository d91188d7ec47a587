/**
 * A buffered writer over an append file, with incremental sync.
 *
 * DESIGN. Bytes gather in one buffer and go out in large writes, each retried
 * until it is whole. Every `autoSyncBytes` the file is synced, so that the
 * kernel never has gigabytes to write at once (docs/AOF.md §5). All failures
 * are the file's {@link IoError}s.
 */

import { copyBytes } from "../base/ascii.ts";
import { type AppendFile, IoError } from "../platform/types.ts";

const BUFFER_BYTES = 1 << 20;

/** Buffered output to one file. */
export class FileRio {
  /** Bytes taken so far, flushed or not. */
  written = 0;
  readonly #file: AppendFile;
  readonly #autoSyncBytes: number;
  readonly #buf = new Uint8Array(BUFFER_BYTES);
  #length = 0;
  #sinceSync = 0;

  /** @param autoSyncBytes how much may be written between two syncs; 0 for no limit */
  constructor(file: AppendFile, autoSyncBytes: number) {
    this.#file = file;
    this.#autoSyncBytes = autoSyncBytes;
  }

  /** Appends `buf[start, end)`. @throws {IoError} */
  write(buf: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.written += length;
    if (length > BUFFER_BYTES - this.#length) {
      this.flush();
      if (length > BUFFER_BYTES) return this.#writeAll(buf, start, end);
    }
    copyBytes(buf, start, this.#buf, this.#length, length);
    this.#length += length;
  }

  /** Writes what is buffered. @throws {IoError} */
  flush(): void {
    const length = this.#length;
    this.#length = 0;
    this.#writeAll(this.#buf, 0, length);
  }

  /** Writes what is buffered and syncs. @throws {IoError} */
  sync(): void {
    this.flush();
    this.#file.dataSync();
    this.#sinceSync = 0;
  }

  #writeAll(buf: Uint8Array, start: number, end: number): void {
    while (start < end) {
      const n = this.#file.write(buf, start, end);
      if (n <= 0) throw new IoError("ENOSPC", "No space left on device", "write");
      start += n;
      this.#sinceSync += n;
      if (this.#autoSyncBytes > 0 && this.#sinceSync >= this.#autoSyncBytes) {
        this.#file.dataSync();
        this.#sinceSync = 0;
      }
    }
  }
}
