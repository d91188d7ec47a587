/**
 * The platform port on Bun: see types.ts for the contract; sockets, files and
 * children are in the `bun_*.ts` files beside this one.
 *
 * DESIGN. `afterBatch` is setImmediate: Bun drains microtasks after each
 * socket, so a microtask would make a batch of every single one. The types of
 * Bun's globals are declared where they are used, in their smallest form.
 */

import * as fs from "node:fs";
import * as os from "node:os";
import process from "node:process";
import { BUN_COMPILED, spawnBunSelf } from "./bun_child.ts";
import { createBunFs } from "./bun_fs.ts";
import { listenBun } from "./bun_net.ts";
import { toIoError } from "./errno.ts";
import { childCpuFromStat, openFilesFromLimits } from "./proc.ts";
import type { CpuUsage, HostInfo, Platform, WorkerPort } from "./types.ts";
import { workerPort } from "./worker_port.ts";

declare const Bun: {
  version: string;
  sleepSync(ms: number): void;
};

/** Milliseconds between tries when standard input is a pipe somebody made non-blocking. */
const STDIN_RETRY_MS = 1;

function hostInfo(): HostInfo {
  return {
    runtime: "bun",
    runtimeVersion: Bun.version,
    os: `${os.type()} ${os.release()} ${os.machine()}`,
    archBits: 64,
    pid: process.pid,
    executable: process.execPath,
    totalMemory: os.totalmem(),
  };
}

/** The one callback for uncaught errors, and what calls it. */
class Uncaught {
  #callback: ((error: unknown) => void) | undefined = undefined;

  set(callback: (error: unknown) => void): void {
    const first = this.#callback === undefined;
    this.#callback = callback;
    if (!first) return;
    process.on("uncaughtException", this.report);
    process.on("unhandledRejection", this.report);
  }

  /** Hands an error over; without a callback it ends the process as the runtime does. */
  readonly report = (error: unknown): void => {
    if (this.#callback !== undefined) return this.#callback(error);
    setImmediate(() => {
      throw error;
    });
  };
}

/**
 * Where the bio Worker's module is. In an executable our own URL is that of the bundle; the worker, a second
 * entry point of the build, keeps its path below the common root.
 */
function bioWorkerUrl(): URL {
  return BUN_COMPILED
    ? new URL("lib/bio/worker.ts", "file:///$bunfs/root/")
    : new URL("../bio/worker.ts", import.meta.url);
}

function startBioWorker(): WorkerPort {
  return workerPort(new Worker(bioWorkerUrl(), { type: "module", name: "bio" }));
}

function readProc(name: string): string | undefined {
  try {
    return fs.readFileSync(`/proc/self/${name}`, "utf8");
  } catch {
    return undefined;
  }
}

function cpuUsage(): CpuUsage {
  const usage = process.cpuUsage();
  return { user: usage.user / 1e6, system: usage.system / 1e6 };
}

function childCpuUsage(): CpuUsage {
  const stat = readProc("stat");
  return stat === undefined ? { user: 0, system: 0 } : childCpuFromStat(stat);
}

function openFilesLimit(): number {
  const limits = readProc("limits");
  return (limits === undefined ? undefined : openFilesFromLimits(limits)) ?? 1024;
}

function writeAll(fd: number, text: string): void {
  const bytes = new TextEncoder().encode(text);
  let written = 0;
  while (written < bytes.length) {
    try {
      written += fs.writeSync(fd, bytes, written);
    } catch (error) {
      // Anything but a full non-blocking pipe means that nobody reads our output.
      if (toIoError(error, "write").code !== "EAGAIN") return;
      Bun.sleepSync(STDIN_RETRY_MS);
    }
  }
}

function readStdin(buf: Uint8Array, start: number, end: number): number {
  for (;;) {
    try {
      return fs.readSync(0, buf, start, end - start, null);
    } catch (error) {
      const failure = toIoError(error, "read");
      if (failure.code !== "EAGAIN") throw failure;
      Bun.sleepSync(STDIN_RETRY_MS);
    }
  }
}

function chdir(path: string): void {
  try {
    process.chdir(path);
  } catch (error) {
    throw toIoError(error, `chdir ${path}`);
  }
}

/** The platform port on Bun. One per process. */
export function createBunPlatform(): Platform {
  const uncaught = new Uncaught();
  const netOptions = { keepAliveSeconds: 300 };
  return {
    host: hostInfo(),
    args: process.argv.slice(2),
    fs: createBunFs(),
    netOptions,
    listen: (address, handler) => listenBun(address, handler, netOptions, uncaught.report, openFilesLimit()),
    afterBatch: (callback) => {
      setImmediate(callback);
    },
    nextTurn: (callback) => {
      setImmediate(callback);
    },
    afterStart: (callback, ms) => {
      setTimeout(callback, ms);
    },
    spawnSelf: spawnBunSelf,
    startBioWorker,
    readStdin,
    writeStdout: (text) => writeAll(1, text),
    writeStderr: (text) => writeAll(2, text),
    onUncaught: (callback) => uncaught.set(callback),
    onSignal: (signal, callback) => {
      process.on(signal, callback);
    },
    nowMs: () => Date.now(),
    monotonicUs: () => performance.now() * 1000,
    rss: () => process.memoryUsage.rss(),
    cpuUsage,
    childCpuUsage,
    heapUsed: () => process.memoryUsage().heapUsed,
    env: (name) => process.env[name],
    cwd: () => process.cwd(),
    chdir,
    openFilesLimit,
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    sleepSync: (ms) => Bun.sleepSync(ms),
    exit: (code) => process.exit(code),
  };
}
