/** What the AOF checker asks of the world, and how a check ends before its time. */

import { byteStringToText } from "../base/byte_string.ts";
import { latin1 } from "../base/ascii.ts";
import { type Fs, type HostInfo, IoError, type ReadFile } from "../platform/types.ts";

/** The part of `Platform` that the checker uses; tests give it another disk and another terminal. */
export interface CheckPort {
  readonly args: readonly string[];
  readonly fs: Fs;
  readonly host: Pick<HostInfo, "pid">;
  /** Blocking read of standard input; 0 at its end. @throws {IoError} */
  readStdin(buf: Uint8Array, start: number, end: number): number;
  writeStdout(text: string): void;
  /** Wall clock, milliseconds since the epoch. */
  nowMs(): number;
}

/** The check cannot go on, or has found what it must not repair: `message` is the last line, and the status is 1. */
export class CheckFailed extends Error {
  /** @param line the last line; empty when everything was said already */
  constructor(line: string, options?: ErrorOptions) {
    super(line, options);
    this.name = "CheckFailed";
  }
}

/** Runs a call of the file system; what it throws ends the check with the line that `line` makes of the error. */
export function orFail<T>(call: () => T, line: (strerror: string) => string): T {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof IoError)) throw error;
    throw new CheckFailed(line(error.strerror), { cause: error });
  }
}

/** Opens a file and closes it behind `use`, whatever happens. @param refused the line for an open that fails */
export function withFile<T>(
  fs: Fs,
  path: string,
  refused: (strerror: string) => string,
  use: (file: ReadFile) => T,
): T {
  const file = orFail(() => fs.openRead(path), refused);
  try {
    return use(file);
  } finally {
    file.close();
  }
}

/** Bytes as C would print them: up to the first NUL, decoded where they are UTF-8. */
export function shown(buf: Uint8Array, start: number, end: number): string {
  const nul = buf.subarray(start, end).indexOf(0);
  return byteStringToText(latin1(buf, start, nul < 0 ? end : start + nul));
}
