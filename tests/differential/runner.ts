/**
 * A server under test and a real Redis side by side: the same commands to both, every reply and at the end all
 * data compared, and the append-only files of each loaded by the other.
 */

import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "../support/client.ts";
import { type Dataset, differences, readDataset } from "../support/dataset.ts";
import { concat, encodeCommands, itemsOf } from "../support/resp.ts";
import { rewrite } from "../support/rewrite.ts";
import { freshDir, TestServer } from "../support/server.ts";
import { DRIFT_MS, sameReply } from "./compare.ts";
import { type Command } from "./generator.ts";
import { isNotCompared } from "./known_differences.ts";

/** Commands that travel together. */
const BATCH = 64;
const AOF = ["--appendonly", "yes", "--appendfsync", "no", "--auto-aof-rewrite-percentage", "0"];
const DEBUG = ["--enable-debug-command", "yes"];

/** What differed first. */
export interface Mismatch {
  /** How many commands had been sent with it, itself included. */
  readonly after: number;
  readonly text: string;
}

/** The reference: a redis-server and its version, such as 7.2.6. */
export interface Reference {
  readonly path: string;
  readonly version: string;
}

/** Both servers. */
export class Runner {
  readonly ours: TestServer;
  readonly theirs: TestServer;
  readonly reference: Reference;

  private constructor(ours: TestServer, theirs: TestServer, reference: Reference) {
    this.ours = ours;
    this.theirs = theirs;
    this.reference = reference;
  }

  static async start(reference: Reference): Promise<Runner> {
    const ours = await TestServer.start({ args: [...AOF, ...DEBUG] });
    const args = [...AOF, ...DEBUG, "--aof-use-rdb-preamble", "no"];
    const theirs = await TestServer.start({ command: [reference.path], args });
    return new Runner(ours, theirs, reference);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.ours[Symbol.asyncDispose]();
    await this.theirs[Symbol.asyncDispose]();
  }

  /** Whether our server has a command. */
  async knows(name: string): Promise<boolean> {
    using client = await Client.connect({ port: this.ours.port });
    const [found] = itemsOf(await client.command("COMMAND", "INFO", name));
    return found.type === "array";
  }

  /** Empties both servers and runs `commands` on new connections. @returns what differed first */
  async run(commands: readonly Command[], protocol: 2 | 3): Promise<Mismatch | undefined> {
    using ours = await Client.connect({ port: this.ours.port });
    using theirs = await Client.connect({ port: this.theirs.port });
    for (const client of [ours, theirs]) {
      await client.command("FLUSHALL");
      // What DBSIZE counts would otherwise depend on when each server's cron has come by.
      await client.command("DEBUG", "SET-ACTIVE-EXPIRE", "0");
      await client.command("HELLO", String(protocol));
    }
    const mismatch = await this.#replies(ours, theirs, commands);
    if (mismatch !== undefined) return mismatch;
    return await this.#data(commands.length);
  }

  async #replies(ours: Client, theirs: Client, commands: readonly Command[]): Promise<Mismatch | undefined> {
    let queued: Command[] | undefined;
    for (let at = 0; at < commands.length; at += BATCH) {
      const batch = commands.slice(at, at + BATCH);
      const bytes = encodeCommands(batch);
      await Promise.all([ours.send(bytes), theirs.send(bytes)]);
      for (let i = 0; i < batch.length; i++) {
        const [a, b] = await Promise.all([ours.rawReply(), theirs.rawReply()]);
        const name = (batch[i][0] ?? "").toLowerCase();
        const same = sameReply(batch[i], a, b, queued ?? []) ||
          [batch[i], ...(name === "exec" ? queued ?? [] : [])].some((command) =>
            isNotCompared(this.reference.version, command)
          );
        if (!same) {
          return {
            after: at + i + 1,
            text: `${showCommand(batch[i])}\n  ours   ${show(a)}\n  theirs ${show(b)}`,
          };
        }
        if (name === "multi" && b.startsWith("+OK")) queued = [];
        else if (name === "exec" || name === "discard" || name === "reset") queued = undefined;
        else if (b === "+QUEUED\r\n") queued?.push(batch[i]);
      }
    }
  }

  /** Compares all data. */
  async #data(after: number): Promise<Mismatch | undefined> {
    const lines = differences(await this.#dataset(this.ours), await this.#dataset(this.theirs), DRIFT_MS);
    if (lines.length === 0) return undefined;
    return { after, text: `data sets, ours against theirs:\n${lines.slice(0, 5).join("\n")}` };
  }

  async #dataset(server: TestServer): Promise<Dataset> {
    using client = await Client.connect({ port: server.port });
    return await readDataset(client);
  }

  /** Restarts our server from its file. @returns the differences to the data before */
  async restart(): Promise<string[]> {
    const before = await this.#dataset(this.ours);
    await this.ours.restart();
    return differences(await this.#dataset(this.ours), before);
  }

  /** Rewrites our file, and restarts. @returns the differences to the data before */
  async rewriteAndRestart(preamble: boolean): Promise<string[]> {
    const before = await this.#dataset(this.ours);
    using client = await Client.connect({ port: this.ours.port });
    await client.command("CONFIG", "SET", "aof-use-rdb-preamble", preamble ? "yes" : "no");
    const status = await rewrite(client);
    if (status !== "ok") return [`the rewrite ended with ${status}`];
    await this.ours.restart();
    return differences(await this.#dataset(this.ours), before);
  }

  /** Lets the reference load our file. @returns the differences of what it has to what we have */
  async theyLoadOurs(): Promise<string[]> {
    const expected = await this.#dataset(this.ours);
    return await inFreshDir(async (dir) => {
      writeFileSync(join(dir, "appendonly.aof"), wholeAof(this.ours.dir));
      await using loader = await TestServer.start({
        dir,
        command: [this.reference.path],
        args: [...AOF, ...DEBUG],
      });
      return differences(await this.#dataset(loader), expected);
    });
  }

  /** Lets a server under test load the reference's file, its parts joined. @returns the differences */
  async weLoadTheirs(): Promise<string[]> {
    const expected = await this.#dataset(this.theirs);
    return await inFreshDir(async (dir) => {
      writeFileSync(join(dir, "appendonly.aof"), wholeAof(this.theirs.dir));
      await using loader = await TestServer.start({ dir, args: [...AOF, ...DEBUG] });
      return differences(await this.#dataset(loader), expected);
    });
  }
}

async function inFreshDir(work: (dir: string) => Promise<string[]>): Promise<string[]> {
  const dir = freshDir();
  try {
    return await work(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The one file, or the parts of a Redis 7 append-only directory in the order of loading: base, then increments. */
function wholeAof(dir: string): Uint8Array {
  if (existsSync(join(dir, "appendonly.aof"))) return readFileSync(join(dir, "appendonly.aof"));
  const folder = join(dir, "appendonlydir");
  const parts = readdirSync(folder).filter((name) => /\.\d+\.(base|incr)\./.test(name));
  const order = (name: string) => (name.includes(".incr.") ? 1e9 : 0) + Number(/\.(\d+)\./.exec(name)![1]);
  return concat(parts.sort((a, b) => order(a) - order(b)).map((name) => readFileSync(join(folder, name))));
}

/** A command as one can type it; long arguments are cut. */
export function showCommand(command: Command): string {
  return command.map((arg) => {
    const text = /^[\w:.*?-]+$/.test(arg) ? arg : JSON.stringify(arg);
    return text.length > 200 ? `${text.slice(0, 100)}…(${arg.length} bytes)` : text;
  }).join(" ");
}

function show(raw: string): string {
  const text = JSON.stringify(raw);
  return text.length > 600 ? `${text.slice(0, 600)}… (${raw.length} bytes)` : text;
}
