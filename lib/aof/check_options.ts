/** The command line of `vellum check-aof`. */

import { byteStringToBytes } from "../base/byte_string.ts";
import { CheckFailed } from "./check_port.ts";
import { scanLong, scanned, scannedLong } from "./check_numbers.ts";

/** What `--help` and a wrong command line print. */
export const CHECK_USAGE =
  "Usage: vellum check-aof [--fix] [--truncate-to-timestamp $timestamp] <file.manifest|file.aof>";

/** What is asked for. */
export interface CheckOptions {
  /** The manifest or AOF. */
  readonly path: string;
  /** Whether what is wrong at the end is to be cut off, if somebody says yes. */
  readonly fix: boolean;
  /** Whether, and at which annotation, to cut: what is later than this, in seconds, goes. 0n: nothing. */
  readonly untilTimestamp: bigint;
}

/** @param args behind `check-aof` @returns the options, or a text to be printed @throws {CheckFailed} */
export function parseCheckArgs(args: readonly string[]): CheckOptions | string {
  let fix = false;
  let untilTimestamp = 0n;
  let at = 0;
  for (; at < args.length - 1; at++) {
    if (args[at] === "--fix") fix = true;
    else if (args[at] === "--truncate-to-timestamp") untilTimestamp = timestampOf(args[++at]);
    else break;
  }
  if (args.length === 1 && (args[0] === "--help" || args[0] === "-h")) return `${CHECK_USAGE}\n`;
  const path = args[at];
  if (at !== args.length - 1 || path.startsWith("--")) throw new CheckFailed(CHECK_USAGE);
  return { path, fix, untilTimestamp };
}

function timestampOf(text: string): bigint {
  const bytes = byteStringToBytes(text);
  scanLong(bytes, 0, bytes.length);
  if (scanned.overflow || scanned.end !== bytes.length) {
    throw new CheckFailed("Invalid timestamp, aborting...");
  }
  return scannedLong();
}
