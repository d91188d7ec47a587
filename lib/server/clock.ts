/**
 * The server's clock: wall time and monotonic time, read once per command.
 *
 * DESIGN. A batch of ready sockets starts with one reading of both clocks;
 * after each command only the monotonic one is read, and wall time follows
 * from it. So expiry sees time pass within a long batch, and a command costs
 * one reading.
 */

import { type Keyspace } from "../keyspace/keyspace.ts";
import { type Platform } from "../platform/types.ts";

/** Keeps `Keyspace.nowMs` right. */
export class Clock {
  /** Monotonic time at which the running command started, microseconds. */
  commandStartUs: number;
  readonly #platform: Platform;
  readonly #ks: Keyspace;
  #wallBaseMs: number;

  constructor(platform: Platform, ks: Keyspace) {
    this.#platform = platform;
    this.#ks = ks;
    this.commandStartUs = platform.monotonicUs();
    this.#wallBaseMs = platform.nowMs() - this.commandStartUs / 1000;
    ks.nowMs = platform.nowMs();
  }

  /** Reads both clocks: at the start of a batch, and in the cron. */
  update(): void {
    this.commandStartUs = this.#platform.monotonicUs();
    const now = this.#platform.nowMs();
    this.#ks.nowMs = now;
    this.#wallBaseMs = now - this.commandStartUs / 1000;
  }

  /** A command of a transaction has ended: time stands still for the ones after it. @returns as `commandEnd` */
  nestedEnd(): number {
    return this.commandStartUs = this.#platform.monotonicUs();
  }

  /** Wall time of this very moment in whole microseconds. */
  wallUs(): number {
    return Math.floor(this.#wallBaseMs * 1000 + this.#platform.monotonicUs());
  }

  /** A command has ended, and the next one starts. @returns the time now, microseconds */
  commandEnd(): number {
    const now = this.#platform.monotonicUs();
    this.commandStartUs = now;
    this.#ks.nowMs = Math.floor(this.#wallBaseMs + now / 1000);
    return now;
  }
}
