/** `check-aof` on a simulated disk, with an answer typed in advance. */

import { runCheckAof } from "../../lib/aof/check.ts";
import { type CheckPort } from "../../lib/aof/check_port.ts";
import { toAscii } from "../../lib/base/ascii.ts";
import { type Fs } from "../../lib/platform/types.ts";

/** How a run has ended. */
export interface CheckRun {
  readonly status: number;
  readonly output: string;
}

/** Runs `check-aof` with these arguments; standard input brings `answer`. */
export function checkAof(fs: Fs, args: readonly string[], answer = "", nowMs = 1_700_000_000_000): CheckRun {
  let output = "";
  const typed = toAscii(answer);
  let read = 0;
  const port: CheckPort = {
    args: ["check-aof", ...args],
    fs,
    host: { pid: 1 },
    readStdin(buf, start, end) {
      const n = Math.min(end - start, typed.length - read);
      buf.set(typed.subarray(read, read + n), start);
      read += n;
      return n;
    },
    writeStdout: (text) => void (output += text),
    nowMs: () => nowMs,
  };
  return { status: runCheckAof(port), output };
}
