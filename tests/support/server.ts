/**
 * A server as a child process, for tests: started in a directory of its own on a free port, stopped, killed and
 * started again in the same directory.
 *
 * Which program: `VELLUM_UNDER_TEST` = `source` (default: main.ts on this Deno), `bun` (main.ts on the bun of the
 * PATH), or the path of an executable, such as dist/vellum. A real redis-server takes the same options.
 */

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { startCommand } from "../../scripts/start_command.ts";
import { Client, eventually, sleep } from "./client.ts";
import { childrenOf, info, isAlive } from "./info.ts";

/** How long a start may take, in ms. */
const START_TIMEOUT_MS = 60_000;
/** How often another port is tried when somebody takes ours first. */
const PORT_ATTEMPTS = 5;
/** How long a server may take to end after SIGTERM, in ms. */
const STOP_TIMEOUT_MS = 60_000;

/** The command line of the program under test, without options. */
export function underTest(): string[] {
  const main = fileURLToPath(new URL("../../main.ts", import.meta.url));
  const choice = process.env.VELLUM_UNDER_TEST ?? "source";
  if (choice === "source" || choice === "") {
    return startCommand(process.execPath);
  }
  if (choice === "bun") return ["bun", main];
  return [choice.includes("/") ? fileURLToPath(new URL(choice, `file://${process.cwd()}/`)) : choice];
}

/** How to start a server. */
export interface StartOptions {
  /** The program; left out: {@link underTest}. */
  readonly command?: readonly string[];
  /** An existing directory; left out: a new one, removed at the end. */
  readonly dir?: string;
  /** Options after `--port`, `--dir` and `--bind`, as on the command line. */
  readonly args?: readonly string[];
  /** Reached by a Unix socket of this path; then `--port 0`. */
  readonly socketPath?: string;
  /** The password that the readiness check gives. */
  readonly password?: string;
  /** What the shell runs before the program, as `ulimit -f 100`. */
  readonly shellPrefix?: string;
  /** What its standard input brings: a configuration, when `args` begins with `-`. */
  readonly stdin?: string;
  /** Where server.log goes; left out: the server's directory. */
  readonly logDir?: string;
  /** Variables added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
}

const running = new Set<ChildProcess>();
globalThis.addEventListener("unload", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** A port that nobody listens on at this moment. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return port;
}

/** A new empty directory. The caller removes it. */
export function freshDir(): string {
  return mkdtempSync(join(tmpdir(), "vellum-test-"));
}

/** A child with its output in a file. */
export class Process {
  readonly pid: number;
  readonly logPath: string;
  /** How it ended; undefined while it runs. */
  ending: Ending | undefined = undefined;
  readonly #exit: Promise<Ending>;

  constructor(
    argv: readonly string[],
    logPath: string,
    options: { stdin?: string; env?: StartOptions["env"] } = {},
  ) {
    const log = openSync(logPath, "a");
    const [file, ...args] = argv;
    const child = spawn(file, args, {
      stdio: [options.stdin === undefined ? "ignore" : "pipe", log, log],
      env: { ...process.env, ...options.env },
    });
    closeSync(log);
    this.logPath = logPath;
    this.pid = child.pid ?? 0;
    running.add(child);
    this.#exit = new Promise((done) => {
      const end = (code: number | null, signal: string | null) => {
        running.delete(child);
        this.ending ??= { code, signal };
        done(this.ending);
      };
      child.on("exit", end);
      child.on("error", () => end(127, null));
    });
    if (options.stdin !== undefined) child.stdin!.end(options.stdin);
  }

  signal(name: "SIGTERM" | "SIGINT" | "SIGKILL" | "SIGSTOP" | "SIGCONT"): void {
    if (this.ending === undefined) process.kill(this.pid, name); // not child.kill: it would be told as the ending
  }

  /** Waits for its end. @throws Error when it is still there after `ms` */
  async ended(ms = STOP_TIMEOUT_MS): Promise<Ending> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`Process ${this.pid} did not end within ${ms} ms`)), ms);
    });
    try {
      return await Promise.race([this.#exit, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  log(): string {
    return readFileSync(this.logPath, "utf8");
  }
}

/** A server that answers. */
export class TestServer {
  readonly #options: StartOptions;
  readonly dir: string;
  #process: Process;
  #port: number;
  readonly #clients: Client[] = [];

  private constructor(options: StartOptions, dir: string, process: Process, port: number) {
    this.#options = options;
    this.dir = dir;
    this.#process = process;
    this.#port = port;
  }

  /** Starts a server and waits for its first PONG. @throws Error with its log when it does not come up */
  static async start(options: StartOptions = {}): Promise<TestServer> {
    const dir = options.dir ?? freshDir();
    const [process, port] = await launch(options, dir);
    return new TestServer(options, dir, process, port);
  }

  get port(): number {
    return this.#port;
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** The process of the present or last start. */
  get process(): Process {
    return this.#process;
  }

  /** A path in the server's directory. */
  path(name: string): string {
    return join(this.dir, name);
  }

  /** Everything it has printed, all starts together. */
  log(): string {
    return this.#process.log();
  }

  /** A new connection; closed with the server. */
  async connect(): Promise<Client> {
    const path = this.#options.socketPath;
    const client = await Client.connect(path === undefined ? { port: this.#port } : { path });
    this.#clients.push(client);
    return client;
  }

  /** SIGTERM, and waits for its end. */
  async terminate(): Promise<Ending> {
    this.#process.signal("SIGTERM");
    return await this.#process.ended();
  }

  /** SIGKILL, and waits for its end. */
  async kill(): Promise<Ending> {
    this.#process.signal("SIGKILL");
    return await this.#process.ended();
  }

  /** Starts again in the same directory, with the same options and `args` behind them; on another port if left out. */
  async restart(args: readonly string[] = [], port?: number): Promise<void> {
    this.#closeClients();
    if (this.#process.ending === undefined) await this.terminate();
    const options = { ...this.#options, args: [...this.#options.args ?? [], ...args] };
    [this.#process, this.#port] = await launch(options, this.dir, port);
  }

  #closeClients(): void {
    for (const client of this.#clients.splice(0)) client.close();
  }

  /** Kills it and its child if they run, and removes its directory unless the caller gave it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closeClients();
    const children = this.#process.ending === undefined ? childrenOf(this.pid) : [];
    await this.kill();
    for (const child of children) await endOrphan(child);
    if (this.#options.dir === undefined) rmSync(this.dir, { recursive: true, force: true });
  }
}

/** Ends a rewrite child whose parent is gone, lest it makes files in a directory that is being removed. */
async function endOrphan(pid: number): Promise<void> {
  if (!isAlive(pid)) return;
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    return; // it went by itself
  }
  await eventually("the orphan ends", () => !isAlive(pid));
}

/** The whole command line. */
export function commandLine(options: StartOptions, dir: string, port: number): string[] {
  const listen = options.socketPath === undefined
    ? ["--port", String(port), "--bind", "127.0.0.1"]
    : ["--port", "0", "--unixsocket", options.socketPath];
  const own = [...listen, "--dir", dir, "--save", ""];
  const given = options.args ?? [];
  // A configuration file, or `-` for standard input, comes before every option.
  const files = given.length > 0 && !given[0].startsWith("--") ? given.slice(0, 1) : [];
  const argv = [...options.command ?? underTest(), ...files, ...own, ...given.slice(files.length)];
  if (options.shellPrefix === undefined) return argv;
  return ["/bin/sh", "-c", `${options.shellPrefix}; exec "$0" "$@"`, ...argv];
}

async function launch(options: StartOptions, dir: string, samePort?: number): Promise<[Process, number]> {
  const logPath = join(options.logDir ?? dir, "server.log");
  for (let attempt = 1;; attempt++) {
    const port = samePort ?? freePort();
    const before = existsSync(logPath) ? readFileSync(logPath, "utf8").length : 0;
    const child = new Process(commandLine(options, dir, port), logPath, {
      stdin: options.stdin,
      env: options.env,
    });
    try {
      await firstPong(child, options, port);
      return [child, port];
    } catch (error) {
      child.signal("SIGKILL");
      await child.ended();
      const log = child.log().slice(before);
      if (/address (already )?in use/i.test(log) && attempt < PORT_ATTEMPTS) continue;
      throw new Error(`The server does not come up: ${(error as Error).message}\n${log.slice(-3000)}`);
    }
  }
}

async function firstPong(child: Process, options: StartOptions, port: number): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  const path = options.socketPath;
  for (;;) {
    if (child.ending !== undefined) {
      throw new Error(`it ended with ${child.ending.signal ?? `exit code ${child.ending.code}`}`);
    }
    if (performance.now() > deadline) throw new Error("it took too long");
    const answer = await tryPing(path === undefined ? { port } : { path }, child.pid, options.password);
    if (answer === "+PONG") return;
    assert.ok(
      answer === "" || /^-(LOADING|MASTERDOWN|MISCONF)/.test(answer),
      `PING was answered: ${answer}`,
    );
    await sleep(5);
  }
}

/**
 * The reply to a PING on a new connection; empty when nobody answers, or a process that is not `pid`: another test
 * may have taken the port first, and ours is about to end for it.
 */
async function tryPing(
  address: { port: number } | { path: string },
  pid: number,
  password?: string,
): Promise<string> {
  let client: Client;
  try {
    client = await Client.connect(address);
  } catch {
    return "";
  }
  try {
    if (password !== undefined) await client.command("AUTH", password);
    const answer = await client.ask("PING");
    if (answer !== "+PONG") return answer;
    return (await info(client, "server")).get("process_id") === String(pid) ? answer : "";
  } catch {
    return "";
  } finally {
    client.close();
  }
}

/** Starts a server with these arguments, which is expected not to come up. */
export async function failingStart(
  args: readonly string[],
  options: { dir: string; stdin?: string; ms?: number },
): Promise<{ ending: Ending; log: string }> {
  const logPath = join(options.dir, `failing-${Math.random().toString(36).slice(2)}.log`);
  const child = new Process([...underTest(), ...args], logPath, { stdin: options.stdin });
  try {
    const ending = await child.ended(options.ms ?? 30_000);
    return { ending, log: child.log() };
  } finally {
    child.signal("SIGKILL");
    await child.ended();
  }
}
