/**
 * The far side of {@link Traffic}: one Worker that pings, writes at a pace, or
 * floods, on connections of its own.
 *
 * DESIGN. Each kind is a class with the same three verbs. `mark` starts the
 * window that is reported; `stop` ends it. The prober keeps one PING in flight:
 * the next is sent 1 ms after the last one was, or at once if its reply took
 * longer. The paced writer works to a schedule: what a stalled server kept it
 * from sending is sent afterwards, so the rate holds on average.
 */
import { connect, sleep, writeAll } from "./client.ts";
import { CommandBatch, Random } from "./template.ts";
import { quantile } from "./stats.ts";
import { RANDOM_MARK } from "./commands.ts";
import { encodeCommand, ReplyCounter } from "./resp.ts";
import { closeQuietly } from "./loader.ts";
import type { TrafficOrder, TrafficReport, TrafficStats } from "./traffic.ts";

interface Role {
  mark(): void;
  stop(): Promise<TrafficStats>;
}

const VALUE = "abcdefghijklmnopqrstuvwxyz012345";

/** A PING about every millisecond. */
class Prober implements Role {
  #conn: Deno.Conn;
  #samplesMs: number[] = [];
  #stopping = false;
  #loop: Promise<void>;

  constructor(conn: Deno.Conn) {
    this.#conn = conn;
    this.#loop = this.#run();
    this.#loop.catch(fail);
  }

  mark(): void {
    this.#samplesMs = [];
  }

  async stop(): Promise<TrafficStats> {
    this.#stopping = true;
    await this.#loop;
    this.#conn.close();
    const samples = this.#samplesMs;
    return { count: samples.length, p99Ms: quantile(samples, 0.99), maxMs: quantile(samples, 1) };
  }

  async #run(): Promise<void> {
    const ping = encodeCommand(["PING"]);
    const buf = new Uint8Array(256);
    const PONG_BYTES = "+PONG\r\n".length;
    while (!this.#stopping) {
      const sentAt = performance.now();
      await writeAll(this.#conn, ping);
      for (let got = 0; got < PONG_BYTES;) {
        const count = await this.#conn.read(buf.subarray(got));
        if (count === null) throw new Error("The server closed the prober's connection");
        got += count;
        if (buf[0] !== 43) {
          throw new Error(`PING was answered: ${new TextDecoder().decode(buf.subarray(0, got))}`);
        }
      }
      const tookMs = performance.now() - sentAt;
      this.#samplesMs.push(tookMs);
      if (tookMs < 1) await sleep(1);
    }
  }
}

/** Commands that one connection of the writer may send in one go. */
const BURST = 512;
const WRITERS = 4;

/** Writes of random existing keys at a steady rate, pipelined over a few connections: SETs, or what is asked for. */
class PacedWriter implements Role {
  #conns: Deno.Conn[];
  #perSecond: number;
  #keyRange: number;
  #commands: readonly (readonly string[])[];
  #random = new Random(99);
  #stopping = false;
  #answered = 0;
  #sent = 0;
  #markedAt = performance.now();
  #loop: Promise<void>;

  constructor(
    conns: Deno.Conn[],
    perSecond: number,
    keyRange: number,
    commands: readonly (readonly string[])[] = [["SET", `key:${RANDOM_MARK}`, VALUE]],
  ) {
    this.#conns = conns;
    this.#commands = commands;
    this.#perSecond = perSecond;
    this.#keyRange = keyRange;
    for (const conn of conns) countUntilClosed(conn, (count) => this.#answered += count).catch(fail);
    this.#loop = this.#run();
    this.#loop.catch(fail);
  }

  mark(): void {
    this.#answered = 0;
    this.#markedAt = performance.now();
  }

  async stop(): Promise<TrafficStats> {
    const seconds = (performance.now() - this.#markedAt) / 1000;
    const count = this.#answered;
    this.#stopping = true;
    await this.#loop;
    for (const conn of this.#conns) closeQuietly(conn);
    return { count, perSecond: count / seconds };
  }

  async #run(): Promise<void> {
    const batches = this.#conns.map((_, i) =>
      new CommandBatch(this.#commands[i % this.#commands.length], BURST)
    );
    const writing = new Array<boolean>(this.#conns.length).fill(false);
    const startedAt = performance.now();
    while (!this.#stopping) {
      const due = Math.floor((performance.now() - startedAt) / 1000 * this.#perSecond) - this.#sent;
      const share = Math.min(BURST, Math.ceil(due / this.#conns.length));
      for (let i = 0; i < this.#conns.length && share > 0; i++) {
        if (writing[i]) continue; // its bytes are still in use
        writing[i] = true;
        this.#sent += share;
        const bytes = this.#patch(batches[i], share);
        writeAll(this.#conns[i], bytes).then(() => writing[i] = false, fail);
      }
      await sleep(1);
    }
  }

  #patch(batch: CommandBatch, commands: number): Uint8Array {
    for (let i = 0; i < commands; i++) batch.fill(i, this.#random.below(this.#keyRange));
    return batch.bytes.subarray(0, commands * batch.commandBytes);
  }
}

/** One client that never stops pipelining: it writes whenever the socket takes bytes, and reads all replies. */
class Flooder implements Role {
  #conn: Deno.Conn;
  #stopping = false;
  #answered = 0;
  #markedAt = performance.now();

  constructor(conn: Deno.Conn, keyRange: number) {
    this.#conn = conn;
    countUntilClosed(conn, (count) => this.#answered += count).catch(fail);
    this.#run(keyRange).catch((error) => {
      if (!this.#stopping) fail(error);
    });
  }

  mark(): void {
    this.#answered = 0;
    this.#markedAt = performance.now();
  }

  stop(): Promise<TrafficStats> {
    const seconds = (performance.now() - this.#markedAt) / 1000;
    const count = this.#answered;
    this.#stopping = true;
    closeQuietly(this.#conn);
    return Promise.resolve({ count, perSecond: count / seconds });
  }

  async #run(keyRange: number): Promise<void> {
    const random = new Random(7);
    const batches = Array.from(
      { length: 16 },
      () => new CommandBatch(["SET", `key:${RANDOM_MARK}`, VALUE], 1000),
    );
    for (const batch of batches) batch.fillRandom(random, keyRange);
    for (let i = 0; !this.#stopping; i = (i + 1) % batches.length) {
      await writeAll(this.#conn, batches[i].bytes);
    }
  }
}

async function countUntilClosed(conn: Deno.Conn, add: (replies: number) => void): Promise<void> {
  const counter = new ReplyCounter();
  const buf = new Uint8Array(256 * 1024);
  for (;;) {
    let count: number | null;
    try {
      count = await conn.read(buf);
    } catch {
      return; // closed by us: a connection that the server breaks also breaks the writing side
    }
    if (count === null) return;
    const before = counter.replies;
    counter.feed(buf, 0, count);
    if (counter.errors > 0) throw new Error(`A write was answered: ${counter.firstError}`);
    add(counter.replies - before);
  }
}

async function begin(order: TrafficOrder): Promise<Role> {
  if (order.kind === "prober") return new Prober(await connect(order.port));
  if (order.kind === "flooder") return new Flooder(await connect(order.port), order.keyRange);
  const conns: Deno.Conn[] = [];
  for (let i = 0; i < WRITERS; i++) conns.push(await connect(order.port));
  return new PacedWriter(conns, order.perSecond, order.keyRange, order.commands);
}

/** The part of a Worker's global scope that is used here; the program's type library knows only windows. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<TrafficOrder | "mark" | "stop">) => void) | null;
  postMessage(report: TrafficReport): void;
}

const scope = globalThis as unknown as WorkerScope;
let role: Role | null = null;

function fail(error: unknown): void {
  scope.postMessage({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
}

async function obey(order: TrafficOrder | "mark" | "stop"): Promise<void> {
  if (order === "mark") {
    role?.mark();
    scope.postMessage({ kind: "done", stats: null });
  } else if (order === "stop") {
    scope.postMessage({ kind: "done", stats: await role?.stop() ?? null });
  } else {
    role = await begin(order);
    scope.postMessage({ kind: "done", stats: null });
  }
}

scope.onmessage = (event) => {
  obey(event.data).catch(fail);
};
