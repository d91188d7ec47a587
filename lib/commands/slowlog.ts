/**
 * The slow log: the latest commands that took longer than
 * `slowlog-log-slower-than`, with their arguments cut short.
 */

import { latin1 } from "../base/ascii.ts";
import { REDACTED } from "../config/config.ts";
import { type Args } from "../resp/args.ts";

const ARGUMENTS_MAX = 32;
const ARGUMENT_BYTES_MAX = 128;

/** One slow command. */
export interface SlowlogEntry {
  readonly id: number;
  /** Seconds since the epoch. */
  readonly time: number;
  readonly usec: number;
  /** Arguments as byte strings, long ones cut and counted. */
  readonly args: readonly string[];
  readonly address: string;
  readonly name: string;
}

/** The log, newest first. */
export class Slowlog {
  readonly entries: SlowlogEntry[] = [];
  #nextId = 0;

  /**
   * Adds a command.
   * @param max how many entries stay
   * @param secret positions of arguments that are not to be shown
   */
  add(
    args: Args,
    usec: number,
    timeSeconds: number,
    address: string,
    name: string,
    max: number,
    secret: readonly number[],
  ): void {
    this.entries.unshift({
      id: this.#nextId++,
      time: timeSeconds,
      usec: Math.floor(usec),
      args: shorten(args, secret),
      address,
      name,
    });
    if (this.entries.length > max) this.entries.length = max;
  }

  reset(): void {
    this.entries.length = 0;
  }
}

function shorten(args: Args, secret: readonly number[]): string[] {
  const shown: string[] = [];
  const count = Math.min(args.argc, ARGUMENTS_MAX);
  for (let i = 0; i < count; i++) {
    if (count < args.argc && i === count - 1) {
      shown.push(`... (${args.argc - count + 1} more arguments)`);
      break;
    }
    if (secret.includes(i)) {
      shown.push(REDACTED);
      continue;
    }
    const len = args.len[i];
    const kept = Math.min(len, ARGUMENT_BYTES_MAX);
    const text = latin1(args.buf, args.off[i], args.off[i] + kept);
    shown.push(kept === len ? text : `${text}... (${len - kept} more bytes)`);
  }
  return shown;
}
