/**
 * One server under test: its command line, its life, and its first PONG.
 *
 * DESIGN. Subject and references are started the same way with the same
 * options, in a fresh directory and on a free port. "Ready" is the first +PONG;
 * -LOADING is waited out. The clock starts just before the process does, so
 * that the interpreter's and the linker's time count.
 */
import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { freshDir, killGroup, noteGroup, removeDir } from "./cleanup.ts";
import { Client, sleep, within } from "./client.ts";
import { ReplyError } from "./resp.ts";

/** What the system counts CPU time in. */
const TICK_MS = 10;

/** A server that takes part. */
export interface Contender {
  /** Unique: figures are kept by it. */
  readonly name: string;
  readonly role: "subject" | "reference";
  /** What runs, without the settings. */
  readonly argv: readonly string[];
}

/** When the AOF is synced. */
export type FsyncPolicy = "everysec" | "always";

/** The options that every server is started with, but for port and directory. */
export function settings(policy: FsyncPolicy): string[] {
  return [
    ...["--bind", "127.0.0.1", "--save", "", "--appendonly", "yes", "--appendfsync", policy],
    // A rewrite that starts by itself would hit one server's round and not the other's.
    ...["--auto-aof-rewrite-percentage", "0", "--maxclients", "12000"],
  ];
}

/** How long a server may take to its first PONG, in ms: a replay of millions of commands is among them. */
const READY_TIMEOUT_MS = 300_000;
/** How many times a port that somebody else took meanwhile is replaced. */
const PORT_ATTEMPTS = 3;

/** A running server. */
export class Server {
  readonly contender: Contender;
  readonly port: number;
  readonly dir: string;
  /** From before the process was spawned to the first PONG, in ms. */
  readonly readyMs: number;
  /** A control connection. */
  readonly client: Client;
  /** The process whose memory counts. */
  readonly pid: number;
  readonly #process: Process;

  private constructor(process: Process, client: Client, pid: number, readyMs: number) {
    this.contender = process.contender;
    this.port = process.port;
    this.dir = process.dir;
    this.readyMs = readyMs;
    this.client = client;
    this.pid = pid;
    this.#process = process;
  }

  /** Starts `contender` and waits for its first PONG. @param dir an existing directory; left out: a new one. */
  static async start(contender: Contender, policy: FsyncPolicy, dir?: string): Promise<Server> {
    const home = dir ?? freshDir(contender.name);
    for (let attempt = 1;; attempt++) {
      const startedAt = performance.now();
      const process = new Process(contender, policy, home);
      try {
        const client = await within(READY_TIMEOUT_MS, `start of ${contender.name}`, firstPong(process));
        const readyMs = performance.now() - startedAt;
        return new Server(process, client, await pidBehind(client, process), readyMs);
      } catch (error) {
        const log = process.log();
        await process.kill();
        const portTaken = error instanceof PortTakenError || /address already in use/i.test(log);
        if (portTaken && attempt < PORT_ATTEMPTS) continue;
        throw new Error(`Cannot start ${contender.name}: ${(error as Error).message}\n${log}`);
      }
    }
  }

  /** Rejects when the server ends by itself. */
  get gone(): Promise<never> {
    const gone = this.#process.exited.then((): never => {
      throw new Error(`${this.contender.name} is gone: ${this.#process.ended}`);
    });
    gone.catch(() => {}); // every server ends at last, when nobody may be listening any more
    return gone;
  }

  /** How it ended and what it printed last; empty while it runs. */
  obituary(): string {
    if (this.#process.ended === "") return "";
    return `${this.contender.name} is gone: ${this.#process.ended}\n${this.#process.log()}`;
  }

  /** The last lines that it has printed. */
  log(): string {
    return this.#process.log();
  }

  /** Kills the server with its children and removes its directory. */
  async stop(): Promise<void> {
    this.client.close();
    await this.#process.kill();
    removeDir(this.dir);
  }

  /** CPU time that all threads of the server have used, in ms; the system counts by 10. */
  cpuMs(): number {
    const stat = readFileSync(`/proc/${this.pid}/stat`, "utf8");
    // The name in parentheses may have anything in it; user and system time are the 12th and 13th field behind it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  }

  /** Resident memory in bytes. */
  residentBytes(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, "utf8");
    const match = /^VmRSS:\s+(\d+) kB/m.exec(status);
    if (match === null) throw new Error(`Cannot read the memory of ${this.contender.name}`);
    return Number(match[1]) * 1024;
  }
}

/** A spawned process, ready or not. */
class Process {
  readonly contender: Contender;
  readonly port: number;
  readonly dir: string;
  readonly pid: number;
  /** Why it is gone; empty while it runs. */
  ended = "";
  /** Resolves when it is gone; never rejects. */
  readonly exited: Promise<void>;

  constructor(contender: Contender, policy: FsyncPolicy, dir: string) {
    this.contender = contender;
    this.dir = dir;
    this.port = freePort();
    const [file, ...args] = contender.argv;
    const log = openSync(join(dir, "server.log"), "a");
    const options = [...args, "--port", String(this.port), "--dir", dir, ...settings(policy)];
    const child = spawn(file, options, { detached: true, stdio: ["ignore", log, log] });
    this.exited = new Promise((resolve) => {
      child.on("exit", (code, signal) => {
        this.ended = `it ended with ${signal ?? `exit code ${code}`}`;
        resolve();
      });
      child.on("error", (error) => {
        this.ended = error.message;
        resolve();
      });
    });
    closeSync(log);
    this.pid = child.pid ?? 0;
    if (this.pid > 0) noteGroup(this.pid);
  }

  /** The last lines it printed. */
  log(): string {
    return readFileSync(join(this.dir, "server.log"), "utf8").trimEnd().split("\n").slice(-15).join("\n");
  }

  async kill(): Promise<void> {
    if (this.pid > 0) killGroup(this.pid);
    await this.exited;
    this.ended ||= "it was killed";
  }
}

async function firstPong(process: Process): Promise<Client> {
  for (;;) {
    if (process.ended !== "") throw new Error(process.ended);
    let client: Client | null = null;
    try {
      client = await Client.open(process.port);
      for (;;) {
        const reply = await client.try("PING");
        if (reply === "PONG") return client;
        if (!(reply instanceof ReplyError && reply.message.startsWith("LOADING"))) {
          throw new TypeError(`PING was answered: ${JSON.stringify(reply)}`);
        }
        await sleep(3);
      }
    } catch (error) {
      client?.close();
      if (error instanceof TypeError) throw error;
      await sleep(1);
    }
  }
}

/** Somebody else's server answers on the port. */
class PortTakenError extends Error {}

/**
 * The process that answers on `client`: a wrapper script's child holds the keys, not the wrapper.
 * @throws PortTakenError when it is none of ours; what follows (load, FLUSHALL) must not hit another's server.
 */
async function pidBehind(client: Client, process: Process): Promise<number> {
  const reported = Number((await client.info("server")).get("process_id"));
  if (reported > 0) {
    if (groupOf(reported) === process.pid) return reported;
  } else {
    await sleep(50); // a server that could not bind is gone by now
    if (process.ended === "") return process.pid;
  }
  client.close();
  throw new PortTakenError(`another server answers on port ${process.port}`);
}

/** The process group of `pid`; 0 when there is no such process. */
function groupOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2]);
  } catch {
    return 0;
  }
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return port;
}
