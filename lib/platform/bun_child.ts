/**
 * Starting this program again on Bun, with a piped stdin.
 *
 * DESIGN. Over `node:child_process`, because its pipe reports EPIPE for every
 * write; the native sink loses it when the child dies between two writes. That
 * module is loaded on first use, which spares a cold start several milliseconds.
 */

import type { ChildProcess } from "node:child_process";
import process from "node:process";
import { ioErrorOf, toIoError } from "./errno.ts";
import { childEnvironment, refuseNestedSpawn } from "./spawn_guard.ts";
import type { Child, ExitStatus } from "./types.ts";

declare const Bun: { main: string };

/** Whether we run from an executable of `bun build --compile`: its modules live in an embedded file system. */
export const BUN_COMPILED: boolean = Bun.main.startsWith("/$bunfs/");

/** Numbers of the signals that end a process, for the exit code a shell would show. */
const SIGNAL_BASE = 128;
const SIGNAL_NUMBERS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGTERM: 15,
};

class BunChild implements Child {
  readonly pid: number;
  readonly exited: Promise<ExitStatus>;
  readonly #process: ChildProcess;

  constructor(child: ChildProcess) {
    this.pid = child.pid!;
    this.#process = child;
    this.exited = new Promise((resolve) => {
      child.on("exit", (code, signal) => {
        resolve({
          code: code ?? SIGNAL_BASE + (SIGNAL_NUMBERS[signal ?? ""] ?? 0),
          signal: signal ?? undefined,
        });
      });
    });
    child.on("error", () => {});
    // Every write has a callback of its own that tells its error.
    child.stdin!.on("error", () => {});
  }

  write(buf: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#process.stdin!.write(buf, (error) => {
        if (error) reject(toPipeError(error));
        else resolve();
      });
    });
  }

  closeStdin(): Promise<void> {
    return new Promise((resolve) => {
      const stdin = this.#process.stdin!;
      if (stdin.destroyed) return resolve();
      stdin.once("close", () => resolve());
      stdin.end(() => resolve());
    });
  }

  kill(signal: "SIGKILL" | "SIGUSR1" | "SIGTERM"): void {
    this.#process.kill(signal);
  }
}

/** A write to a pipe that was torn down earlier has a stream's error code, not an errno. */
function toPipeError(error: Error): Error {
  const { code } = error as { code?: string };
  return code !== undefined && code.startsWith("ERR_")
    ? ioErrorOf("EPIPE", "write")
    : toIoError(error, "write");
}

/** As `Platform.spawnSelf`. @throws {IoError} */
export function spawnBunSelf(args: readonly string[]): Child {
  refuseNestedSpawn(process.env, process.ppid);
  const command = BUN_COMPILED ? [...args] : [Bun.main, ...args];
  let child: ChildProcess;
  try {
    const { spawn } = process.getBuiltinModule("node:child_process");
    child = spawn(process.execPath, command, {
      stdio: ["pipe", "inherit", "inherit"],
      env: { ...process.env, ...childEnvironment(process.pid) },
    });
  } catch (error) {
    throw toIoError(error, "spawn");
  }
  if (child.pid === undefined) {
    child.on("error", () => {});
    throw ioErrorOf("EAGAIN", "spawn");
  }
  return new BunChild(child);
}
