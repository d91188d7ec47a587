/**
 * A server under test and a real Redis side by side: the same commands to both, every reply and at the end all
 * data compared, and the append-only files of each loaded by the other.
 */

import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "../support/client.ts";
import { type Dataset, differences, readDataset } from "../support/dataset.ts";
import { concat, encodeCommands, itemsOf, replyText } from "../support/resp.ts";
import { rewrite } from "../support/rewrite.ts";
import { freshDir, TestServer } from "../support/server.ts";
import { DRIFT_MS, sameReply } from "./compare.ts";
import { type Command } from "./generator.ts";
import { canonicalDataset, isNotCompared, isSameListName, isSameNumber } from "./known_differences.ts";
import { type Differing, hex, isOnlyProbed, type Pair, probeOf } from "./probes.ts";
import { COMMON_ARGS, REDIS_ARGS, type Reference, startOurs, startTheirs } from "./reference.ts";
import { type Profile, type Settings } from "./profiles.ts";

/** Commands that travel together. */
const BATCH = 100;
/** How long a reply may take, in ms. */
const REPLY_TIMEOUT_MS = 10_000;
/** What differed first. */
export interface Mismatch {
  /** How many commands had been sent with it, itself included. */
  readonly after: number;
  readonly text: string;
}

/** How a sequence is run. */
export interface RunOptions {
  readonly protocol: 2 | 3;
  readonly profile: Profile;
  /** Whether OBJECT ENCODING of all keys must be equal at the end. */
  readonly encodings: boolean;
}

/** Both servers. */
export class Runner {
  readonly reference: Reference;
  /** Commands compared so far. */
  compared = 0;
  #ours: TestServer;
  #theirs: TestServer;

  private constructor(ours: TestServer, theirs: TestServer, reference: Reference) {
    this.#ours = ours;
    this.#theirs = theirs;
    this.reference = reference;
  }

  static async start(reference: Reference): Promise<Runner> {
    return new Runner(await startOurs(), await startTheirs(reference), reference);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ours[Symbol.asyncDispose]();
    await this.#theirs[Symbol.asyncDispose]();
  }

  /** Those of the commands that the reference has and our server has not. */
  async unknown(names: readonly string[]): Promise<string[]> {
    const found = await Promise.all([this.#ours, this.#theirs].map(async (server) => {
      using client = await Client.connect({ port: server.port });
      return itemsOf(await client.command("COMMAND", "INFO", ...names)).map((one) => one.type === "array");
    }));
    return names.filter((_, i) => !found[0][i] && found[1][i]);
  }

  /** Empties both servers and runs `commands` on new connections. @returns what differed first */
  async run(commands: readonly Command[], options: RunOptions): Promise<Mismatch | undefined> {
    const progress = { done: 0 };
    try {
      using ours = await Client.connect({ port: this.#ours.port });
      using theirs = await Client.connect({ port: this.#theirs.port });
      for (const client of [ours, theirs]) {
        client.timeoutMs = REPLY_TIMEOUT_MS;
        await client.command("FLUSHALL");
        await configure(client, options.profile.settings);
        // What DBSIZE counts would otherwise depend on when each server's cron has come by.
        await client.command("DEBUG", "SET-ACTIVE-EXPIRE", "0");
        await client.command("HELLO", String(options.protocol));
      }
      const mismatch = await this.#replies({ ours, theirs }, commands, progress);
      this.compared += progress.done;
      return mismatch ?? await this.#data(commands.length, options.encodings);
    } catch (error) {
      const text = `${(error as Error).message}\n${await this.#revive()}`;
      return { after: Math.min(commands.length, progress.done + BATCH), text };
    }
  }

  async #replies(
    pair: Pair,
    commands: readonly Command[],
    progress: { done: number },
  ): Promise<Mismatch | undefined> {
    const transaction = new OpenTransaction();
    for (let at = 0; at < commands.length; progress.done = at) {
      const probe = probeOf(commands[at]);
      if (probe !== undefined && !transaction.isOpen) {
        const differing = await probe(pair, commands[at]);
        const { version } = this.reference;
        if (
          differing !== undefined && !isNotCompared(version, commands[at]) &&
          !isSameNumber(version, commands[at], differing.ours, differing.theirs, [])
        ) {
          return this.#mismatch(commands, at, differing);
        }
        at++;
        continue;
      }
      const end = batchEnd(commands, at);
      const batch = commands.slice(at, end);
      const mismatch = await this.#batch(pair, batch, transaction);
      if (mismatch !== undefined) return this.#mismatch(commands, at + mismatch.at, mismatch);
      at = end;
    }
  }

  #mismatch(commands: readonly Command[], at: number, { ours, theirs }: Differing): Mismatch {
    const text = `${showCommand(commands[at])}\n  ours   ${show(ours)}\n  theirs ${show(theirs)}`;
    return { after: at + 1, text };
  }

  /** Sends commands at once, and compares reply by reply. @returns the first that differs, and which it is */
  async #batch(
    { ours, theirs }: Pair,
    batch: readonly Command[],
    transaction: OpenTransaction,
  ): Promise<Differing & { at: number } | undefined> {
    const sent = batch.map((command) => transaction.isOpen && isOnlyProbed(command) ? ["PING"] : command);
    const bytes = encodeCommands(sent);
    await Promise.all([ours.send(bytes), theirs.send(bytes)]);
    for (let i = 0; i < sent.length; i++) {
      const a = await ours.rawReply();
      const b = await theirs.rawReply();
      const { version } = this.reference;
      const queued = transaction.queued;
      if (!sameReply(sent[i], a, b, queued)) {
        const involved = /^exec$/i.test(sent[i][0] ?? "") ? [sent[i], ...queued] : [sent[i]];
        const isKnown = involved.some((command) => isNotCompared(version, command)) ||
          isSameNumber(version, sent[i], a, b, queued) || isSameListName(involved, a, b);
        if (!isKnown) {
          return { at: i, ours: a, theirs: b };
        }
      }
      transaction.answered(sent[i], b);
    }
  }

  /** Compares all data. */
  async #data(after: number, encodings: boolean): Promise<Mismatch | undefined> {
    const { version } = this.reference;
    const is70 = version.startsWith("7.0.");
    const [a, b] = await Promise.all([this.#ours, this.#theirs].map(async (server) => {
      using client = await Client.connect({ port: server.port });
      client.timeoutMs = REPLY_TIMEOUT_MS;
      const dataset = canonicalDataset(version, await readDataset(client));
      return {
        dataset,
        digest: is70 ? "" : replyText(await client.command("DEBUG", "DIGEST")),
        encodings: encodings && !is70 ? await readEncodings(client, dataset) : new Map<string, string>(),
      };
    }));
    const lines = differences(a.dataset, b.dataset, DRIFT_MS);
    if (lines.length === 0 && a.digest !== b.digest) {
      lines.push(`DEBUG DIGEST: ${a.digest} against ${b.digest}`);
    }
    for (const [key, encoding] of a.encodings) {
      const other = b.encodings.get(key);
      if (encoding !== other && !(encoding === "$listpack" && other === "$quicklist")) {
        lines.push(`OBJECT ENCODING ${JSON.stringify(key)}: ${encoding} against ${other}`);
      }
    }
    if (lines.length === 0) return undefined;
    return { after, text: `data sets, ours against theirs:\n${lines.slice(0, 5).join("\n")}` };
  }

  async #dataset(server: TestServer): Promise<Dataset> {
    using client = await Client.connect({ port: server.port });
    return canonicalDataset(this.reference.version, await readDataset(client));
  }

  /** After a failure that left nothing to compare: starts both servers anew. @returns the end of our log */
  async #revive(): Promise<string> {
    const { ending } = this.#ours.process;
    const log = this.#ours.log().slice(-2000);
    const told = ending === undefined ? "" : `our server ended (${ending.signal ?? ending.code}):\n${log}`;
    const theirs = this.#theirs.process.ending === undefined ? "" : "the reference ended";
    await this[Symbol.asyncDispose]();
    this.#ours = await startOurs();
    this.#theirs = await startTheirs(this.reference);
    return told + theirs;
  }

  /** Restarts our server from its file. @returns the differences to the data before */
  async restart(): Promise<string[]> {
    const before = await this.#dataset(this.#ours);
    await this.#ours.restart();
    return reloadDifferences(await this.#dataset(this.#ours), before);
  }

  /** Rewrites our file, and restarts. @returns the differences to the data before */
  async rewriteAndRestart(preamble: boolean): Promise<string[]> {
    const before = await this.#dataset(this.#ours);
    using client = await Client.connect({ port: this.#ours.port });
    await client.command("CONFIG", "SET", "aof-use-rdb-preamble", preamble ? "yes" : "no");
    const status = await rewrite(client);
    if (status !== "ok") return [`the rewrite ended with ${status}`];
    await this.#ours.restart();
    return reloadDifferences(await this.#dataset(this.#ours), before);
  }

  /** Lets the reference load our file. @returns the differences of what it has to what we have */
  async theyLoadOurs(): Promise<string[]> {
    const expected = await this.#dataset(this.#ours);
    return await inFreshDir(async (dir) => {
      writeFileSync(join(dir, "appendonly.aof"), wholeAof(this.#ours.dir));
      await using loader = await TestServer.start({
        dir,
        command: [this.reference.path],
        args: [...COMMON_ARGS, ...REDIS_ARGS],
      });
      return reloadDifferences(await this.#dataset(loader), expected);
    });
  }

  /** Lets a server under test load the reference's file, its parts joined. @returns the differences */
  async weLoadTheirs(): Promise<string[]> {
    const expected = await this.#dataset(this.#theirs);
    return await inFreshDir(async (dir) => {
      writeFileSync(join(dir, "appendonly.aof"), wholeAof(this.#theirs.dir));
      await using loader = await TestServer.start({ dir, args: COMMON_ARGS });
      return reloadDifferences(await this.#dataset(loader), expected);
    });
  }
}

/** What MULTI has opened on a connection. */
class OpenTransaction {
  #queued: Command[] | undefined;

  get isOpen(): boolean {
    return this.#queued !== undefined;
  }

  /** The commands queued so far. */
  get queued(): readonly Command[] {
    return this.#queued ?? [];
  }

  /** Takes notice of a command and its reply. */
  answered(command: Command, raw: string): void {
    const name = (command[0] ?? "").toLowerCase();
    if (raw === "+QUEUED\r\n") this.#queued?.push(command);
    else if (name === "multi" && raw === "+OK\r\n") this.#queued = [];
    else if (name === "reset" || name === "discard") {
      this.#queued = raw.startsWith("+") ? undefined : this.#queued;
    } // EXEC with arguments is an error that leaves the transaction open.
    else if (name === "exec" && command.length === 1) this.#queued = undefined;
  }
}

/** Where a batch from `at` must end: in front of a probe, or when it is full. */
function batchEnd(commands: readonly Command[], at: number): number {
  const limit = Math.min(commands.length, at + BATCH);
  let end = at + 1;
  while (end < limit && probeOf(commands[end]) === undefined) end++;
  return end;
}

/** Settings that a server does not have are none that it could differ by. */
async function configure(client: Client, settings: Settings): Promise<void> {
  for (const [name, value] of Object.entries(settings)) await client.command("CONFIG", "SET", name, value);
}

/** OBJECT ENCODING by key as `db:key`. */
async function readEncodings(client: Client, dataset: Dataset): Promise<Map<string, string>> {
  const encodings = new Map<string, string>();
  const names = [...dataset.keys()];
  const split = names.map((name) => [name.slice(0, name.indexOf(":")), name.slice(name.indexOf(":") + 1)]);
  const replies = await client.pipeline(
    split.flatMap(([db, key]) => [["SELECT", db], ["OBJECT", "ENCODING", key]]),
  );
  names.forEach((name, i) => encodings.set(name, replyText(replies[2 * i + 1])));
  return encodings;
}

/** Redis keeps the sign of a zero score only in its large form, which a value may not have after it was loaded. */
function reloadDifferences(now: Dataset, before: Dataset): string[] {
  return differences(withoutSigns(now), withoutSigns(before));
}

function withoutSigns(dataset: Dataset): Dataset {
  return new Map(
    [...dataset].map(([key, entry]) => {
      if (entry.type !== "zset") return [key, entry];
      return [key, { ...entry, value: entry.value.replaceAll("$-0,", "$0,").replace("$-0]", "$0]") }];
    }),
  );
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

/** A command as redis-cli takes it; arguments that nobody would paste are cut. */
export function showCommand(command: Command): string {
  return command.map((arg) => {
    if (/^[\w:.*?@[\]()+-]+$/.test(arg) && arg.length <= 300) return arg;
    if (arg.length > 300) return `"${escape(arg.slice(0, 100))}…(${arg.length} bytes)"`;
    return `"${escape(arg)}"`;
  }).join(" ");
}

function escape(text: string): string {
  return text.replace(/[^ -~]|["\\]/g, (c) => c === '"' || c === "\\" ? `\\${c}` : hex(c));
}

function show(raw: string): string {
  const text = JSON.stringify(raw);
  return text.length > 800 ? `${text.slice(0, 800)}… (${text.length} characters)` : text;
}
