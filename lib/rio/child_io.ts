/**
 * What both kinds of child (AOF rewrite, RDB save) have: a log, the snapshot on
 * standard input, and temp files that nobody misses.
 */

import { Log } from "../base/log.ts";
import { IoError, type Platform } from "../platform/types.ts";
import { StreamReader } from "./stream_reader.ts";

const READ_BUFFER_BYTES = 1 << 20;

/** A child's log: lines of role `C` at or above `level`, to `file` or, if that is empty, to standard output. */
export function childLog(platform: Platform, level: number, file: string): Log {
  const log = new Log(platform.host.pid, (line) => {
    if (file === "") platform.writeStdout(line);
    else platform.fs.writeText(file, line, { append: true });
  });
  log.role = "C";
  log.level = level;
  return log;
}

/** The snapshot that the parent sends. */
export function stdinReader(platform: Platform): StreamReader {
  return new StreamReader((buf, start, end) => platform.readStdin(buf, start, end), READ_BUFFER_BYTES);
}

/** Removes a temp file; one that stays is stale, and removed when a server starts. */
export function removeQuietly(platform: Platform, path: string): void {
  try {
    platform.fs.unlink(path);
  } catch {
    // See above.
  }
}

/**
 * What is to be called after each key so that a save takes its time (`rdb-key-save-delay`).
 * @param us microseconds; a negative number makes one call in so many sleep for a moment
 * @returns undefined when nothing is to be called
 */
export function keyDelay(platform: Platform, us: number): (() => void) | undefined {
  return us === 0 ? undefined : () => delayUs(platform, us);
}

/** Sleeps as {@link keyDelay} says. */
export function delayUs(platform: Platform, us: number): void {
  if (us > 0) platform.sleepSync(us / 1000);
  else if (us < 0 && Math.random() * -us < 1) platform.sleepSync(0.001);
}

/** The system's text for a failure. */
export function errorText(error: unknown): string {
  return error instanceof IoError ? error.strerror : String(error);
}
