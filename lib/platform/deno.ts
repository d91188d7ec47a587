/**
 * The platform port on Deno: see types.ts for the contract; sockets, files and
 * children are in the `deno_*.ts` files beside this one.
 *
 * DESIGN. Only `Deno.*` and web globals, no `node:*`: those built-ins would be
 * loaded at start and cost cold-start time. `afterBatch` is a microtask: the
 * runtime resolves all ready reads of a turn before it drains microtasks.
 */

import { spawnDenoSelf } from "./deno_child.ts";
import { createDenoFs } from "./deno_fs.ts";
import { listenDeno } from "./deno_net.ts";
import { nextTurn } from "./deno_turn.ts";
import { toIoError } from "./errno.ts";
import { childCpuFromStat, openFilesFromLimits } from "./proc.ts";
import type { CpuUsage, HostInfo, Platform, WorkerPort } from "./types.ts";
import { workerPort } from "./worker_port.ts";

function osText(): string {
  const names: Record<string, string> = { linux: "Linux", darwin: "Darwin", windows: "Windows" };
  return `${names[Deno.build.os] ?? Deno.build.os} ${Deno.osRelease()} ${Deno.build.arch}`;
}

function hostInfo(): HostInfo {
  return {
    runtime: "deno",
    runtimeVersion: Deno.version.deno,
    os: osText(),
    archBits: 64,
    pid: Deno.pid,
    executable: Deno.execPath(),
    totalMemory: Deno.systemMemoryInfo().total,
  };
}

/** The one callback for uncaught errors, and what calls it. */
class Uncaught {
  #callback: ((error: unknown) => void) | undefined = undefined;

  set(callback: (error: unknown) => void): void {
    const first = this.#callback === undefined;
    this.#callback = callback;
    if (!first) return;
    addEventListener("error", (event) => {
      event.preventDefault();
      this.report(event.error ?? event.message);
    });
    addEventListener("unhandledrejection", (event) => {
      event.preventDefault();
      this.report(event.reason);
    });
  }

  /** Hands an error over; without a callback it ends the process as the runtime does. */
  readonly report = (error: unknown): void => {
    if (this.#callback === undefined) reportError(error);
    else this.#callback(error);
  };
}

function startBioWorker(): WorkerPort {
  return workerPort(
    new Worker(new URL("../bio/worker.ts", import.meta.url), { type: "module", name: "bio" }),
  );
}

function readProc(name: string): string | undefined {
  try {
    return Deno.readTextFileSync(`/proc/self/${name}`);
  } catch {
    return undefined;
  }
}

function cpuUsage(): CpuUsage {
  // The global is loaded on first use only, which spares it to cold starts.
  const { process } = globalThis as unknown as {
    process: { cpuUsage(): { user: number; system: number } };
  };
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

function writeAll(target: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let rest = new TextEncoder().encode(text);
  try {
    while (rest.length > 0) rest = rest.subarray(target.writeSync(rest));
  } catch {
    // Nobody reads our output: nothing to be done.
  }
}

function readStdin(buf: Uint8Array, start: number, end: number): number {
  try {
    return Deno.stdin.readSync(buf.subarray(start, end)) ?? 0;
  } catch (error) {
    throw toIoError(error, "read");
  }
}

function chdir(path: string): void {
  try {
    Deno.chdir(path);
  } catch (error) {
    throw toIoError(error, `chdir ${path}`);
  }
}

/**
 * The first timer or immediate of a process loads the runtime's modules for them, which takes 5 ms. A wait for a
 * change that nobody makes loads nothing and ends as punctually.
 */
function afterStart(callback: () => void, ms: number): void {
  const never = new Int32Array(new SharedArrayBuffer(4));
  const wait = Atomics.waitAsync(never, 0, 0, ms);
  if (wait.async) void wait.value.then(callback);
  else queueMicrotask(callback);
}

/** The platform port on Deno. One per process. */
export function createDenoPlatform(): Platform {
  const uncaught = new Uncaught();
  const netOptions = { keepAliveSeconds: 300 };
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  return {
    host: hostInfo(),
    args: Deno.args,
    fs: createDenoFs(),
    netOptions,
    listen: (address, handler) => listenDeno(address, handler, netOptions, uncaught.report),
    afterBatch: (callback) => queueMicrotask(callback),
    nextTurn,
    afterStart,
    spawnSelf: spawnDenoSelf,
    startBioWorker,
    readStdin,
    writeStdout: (text) => writeAll(Deno.stdout, text),
    writeStderr: (text) => writeAll(Deno.stderr, text),
    onUncaught: (callback) => uncaught.set(callback),
    onSignal: (signal, callback) => Deno.addSignalListener(signal, callback),
    nowMs: () => Date.now(),
    monotonicUs: () => performance.now() * 1000,
    rss: () => Deno.memoryUsage().rss,
    cpuUsage,
    childCpuUsage,
    heapUsed: () => Deno.memoryUsage().heapUsed,
    env: (name) => Deno.env.get(name),
    cwd: () => Deno.cwd(),
    chdir,
    openFilesLimit,
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    sleepSync: (ms) => {
      Atomics.wait(sleeper, 0, 0, ms);
    },
    exit: (code) => Deno.exit(code),
  };
}
