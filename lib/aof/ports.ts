/** What the AOF asks of the server around it; tests give it other clocks, disks and workers. */

import { type Log } from "../base/log.ts";
import { type Bio } from "../bio/bio.ts";
import { type Fs } from "../platform/types.ts";

/** Takes the bytes that are logged while a rewrite runs. */
export interface DiffSink {
  /** Appends `buf[start, end)`, which is valid only during the call. */
  append(buf: Uint8Array, start: number, end: number): void;
}

/** LATENCY's samples. */
export interface LatencySink {
  /** `latency-monitor-threshold` in milliseconds; 0 when nothing is to be measured. */
  readonly thresholdMs: number;
  /** Notes that `event` took `ms` (at least `thresholdMs`). */
  add(event: string, ms: number): void;
}

/** The world of one AOF. */
export interface AofEnv {
  readonly fs: Fs;
  readonly bio: Bio;
  readonly log: Log;
  readonly latency: LatencySink;
  /** Wall clock, milliseconds since the epoch. */
  nowMs(): number;
  /** Monotonic clock, microseconds. */
  monotonicUs(): number;
  /** Blocks the thread (DEBUG AOF-FLUSH-SLEEP). */
  sleepSync(ms: number): void;
  /** Whether a child (rewrite, RDB) is doing I/O, for `no-appendfsync-on-rewrite`. */
  childActive(): boolean;
  /** Logs `message` as a warning, the last line, and ends the process with code 1 before any reply leaves. */
  fatal(message: string): never;
}
