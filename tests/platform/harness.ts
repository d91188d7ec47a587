/**
 * What the platform tests share: the port of the runtime that runs them, a
 * `test` that registers with that runtime's own runner, a small TCP client, and
 * a way to run the fixture program as another process.
 *
 * `deno test -A tests/platform` and `bun test tests/platform` run the same files.
 */

import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Conn, NetHandler, Platform } from "../../lib/platform/types.ts";

const onDeno = typeof Deno !== "undefined";

/** The port under test. */
export const platform: Platform = onDeno
  ? (await import("../../lib/platform/deno.ts")).createDenoPlatform()
  : (await import("../../lib/platform/bun.ts")).createBunPlatform();

type Body = () => Promise<void> | void;

/** Registers a test with the runner of this runtime. */
export const test: (name: string, body: Body) => void = await chooseTest();

async function chooseTest(): Promise<(name: string, body: Body) => void> {
  if (onDeno) {
    // The client side is node:net, whose resources outlive a test by some turns.
    return (name, body) => Deno.test({ name, fn: body, sanitizeOps: false, sanitizeResources: false });
  }
  const runner = "bun:test";
  const bun = await import(runner) as { test(name: string, body: Body, timeoutMs: number): void };
  return (name, body) => bun.test(name, body, 60_000);
}

/** A fresh directory, removed when the process ends. */
export function tempDir(): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "vellum-platform-"));
  process.on("exit", () => fs.rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Resolves when `condition` holds; it is looked at every few milliseconds, for at most half a minute. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  for (let i = 0; i < 15_000; i++) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new Error(`Waited in vain for: ${what}`);
}

/** A handler that only counts, with some of its callbacks replaced. */
export function handler(overrides: Partial<NetHandler>): NetHandler & { closes: number } {
  const counting = {
    closes: 0,
    onOpen(_conn: Conn): void {},
    onData(_conn: Conn, _buf: Uint8Array, _start: number, _end: number): void {},
    onSent(_conn: Conn): void {},
    onEnd(conn: Conn): void {
      conn.close();
    },
    onClose(conn: Conn): void {
      counting.closes++;
      overrides.onClose?.(conn);
    },
    onAcceptError(): void {},
  };
  const { onClose: _replacedAbove, ...rest } = overrides;
  return Object.assign(counting, rest);
}

/** One client connection; everything it receives is kept in `received`. */
export class Client {
  readonly socket: net.Socket;
  received: Uint8Array[] = [];
  receivedBytes = 0;
  ended = false;
  closed = false;

  constructor(socket: net.Socket) {
    this.socket = socket;
    socket.on("data", (bytes: Uint8Array) => {
      this.received.push(Uint8Array.from(bytes));
      this.receivedBytes += bytes.length;
    });
    socket.on("end", () => this.ended = true);
    socket.on("close", () => this.closed = true);
    socket.on("error", () => {});
  }

  /** Connects to a TCP port of this machine, or to a Unix socket's path. */
  static connect(where: number | string): Promise<Client> {
    return new Promise((resolve, reject) => {
      const target = typeof where === "string" ? { path: where } : { host: "127.0.0.1", port: where };
      const socket: net.Socket = net.connect({ ...target, allowHalfOpen: true }, () => {
        socket.removeListener("error", reject);
        resolve(new Client(socket));
      });
      socket.once("error", reject);
    });
  }

  /** All that was received, as text. */
  text(): string {
    return Buffer.concat(this.received).toString("latin1");
  }
}

/** How a fixture run ended and what it printed. */
export interface FixtureResult {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running fixture process. */
export interface Fixture {
  readonly pid: number;
  /** What it has printed so far. */
  stdout(): string;
  readonly done: Promise<FixtureResult>;
}

/** The shell words that run the fixture program with a role on this runtime. */
function fixtureCommand(args: readonly string[]): string[] {
  const program = fileURLToPath(new URL("./fixture_main.ts", import.meta.url));
  return onDeno
    ? [process.execPath, "run", "-A", "--quiet", program, ...args]
    : [process.execPath, program, ...args];
}

/**
 * Starts the fixture program.
 * @param shellPrefix shell commands that run before it in the same process, such as `ulimit -n 64`
 */
export function startFixture(args: readonly string[], shellPrefix = ""): Fixture {
  const words = fixtureCommand(args).map((word) => `'${word}'`).join(" ");
  const child = spawn("bash", ["-c", `${shellPrefix === "" ? "" : `${shellPrefix};`} exec ${words}`]);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (bytes) => stdout += String(bytes));
  child.stderr.on("data", (bytes) => stderr += String(bytes));
  child.stdin.on("error", () => {});
  const done = new Promise<FixtureResult>((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return {
    pid: child.pid!,
    stdout: () => stdout,
    done,
  };
}

/** Runs the fixture program to its end. */
export function runFixture(args: readonly string[], shellPrefix = ""): Promise<FixtureResult> {
  return startFixture(args, shellPrefix).done;
}
