/**
 * A whole server without a process: disk, worker, child, sockets and turns of
 * the event loop are under a test's control. What depends on the order in which
 * a runtime delivers its events is tested here.
 */

import { latin1, toAscii } from "../../lib/base/ascii.ts";
import { ALL_HANDLERS } from "../../lib/commands/all.ts";
import { runRewriteChild } from "../../lib/aof/rewrite_child.ts";
import { REWRITE_CHILD_FLAG } from "../../lib/aof/rewrite_child_args.ts";
import { loadLateCommands } from "../../lib/commands/late.ts";
import { CommandTable } from "../../lib/commands/table.ts";
import { Config } from "../../lib/config/config.ts";
import {
  type Child,
  type Conn,
  type ExitStatus,
  type HostInfo,
  IoError,
  type Platform,
} from "../../lib/platform/types.ts";
import { runSaveChild } from "../../lib/rdb/save_child.ts";
import { Server } from "../../lib/server/server.ts";
import { capturedLog, Exited } from "./aof_world.ts";
import { FakeWorker } from "./fake_bio.ts";
import { FaultyFs } from "./faulty_fs.ts";

await loadLateCommands();

/** A child that does nothing by itself. */
export class FakeChild implements Child {
  readonly pid: number;
  readonly args: readonly string[];
  /** What it has been sent and has read. */
  readonly received: Uint8Array[] = [];
  readonly signals: string[] = [];
  closed = false;
  ended = false;
  /** While true nothing is read from the pipe: writes stay pending. */
  stuck = false;
  readonly exited: Promise<ExitStatus>;
  readonly #exit: (status: ExitStatus) => void;
  #pending: { buf: Uint8Array; resolve(): void; reject(error: unknown): void } | null = null;

  constructor(pid: number, args: readonly string[]) {
    this.pid = pid;
    this.args = args;
    const { promise, resolve } = Promise.withResolvers<ExitStatus>();
    this.exited = promise;
    this.#exit = resolve;
  }

  exit(status: ExitStatus): void {
    this.ended = true;
    this.#exit(status);
  }

  write(buf: Uint8Array): Promise<void> {
    if (this.ended) return Promise.reject(new IoError("EPIPE", "Broken pipe", "write"));
    if (!this.stuck) {
      this.received.push(buf.slice());
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => this.#pending = { buf, resolve, reject });
  }

  /** Reads what is pending, and all that follows. */
  proceed(): void {
    this.stuck = false;
    if (this.#pending === null) return;
    this.received.push(this.#pending.buf.slice());
    this.#pending.resolve();
    this.#pending = null;
  }

  /** The pipe breaks: a pending write fails. */
  breakPipe(): void {
    this.#pending?.reject(new IoError("EPIPE", "Broken pipe", "write"));
    this.#pending = null;
  }

  closeStdin(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }

  kill(signal: string): void {
    this.signals.push(signal);
  }
}

/** A socket: what is sent is kept; a slow one takes nothing until it is told to. */
export class FakeConn implements Conn {
  data: unknown = undefined;
  readonly remoteAddress = "127.0.0.1:5000";
  readonly localAddress = "127.0.0.1:6379";
  readonly isLocal = true;
  readonly isUnix = false;
  /** Everything that has left for the peer. */
  sent = "";
  closed = false;
  paused = false;
  slow = false;
  readonly #world: ServerWorld;

  constructor(world: ServerWorld) {
    this.#world = world;
  }

  send(buf: Uint8Array, start: number, end: number): boolean {
    this.sent += latin1(buf, start, end);
    return !this.slow;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#world.later.push(() => this.#world.server.connections.onClose(this));
  }

  /** Commands arrive, one per line; their arguments are words. */
  receive(...lines: string[]): void {
    const requests = lines.map((line) => {
      const words = line.split(" ");
      return `*${words.length}\r\n` + words.map((word) => `$${word.length}\r\n${word}\r\n`).join("");
    });
    const bytes = toAscii(requests.join(""));
    this.#world.server.connections.onData(this, bytes, 0, bytes.length);
  }

  /** The peer has taken what was under way. */
  drained(): void {
    this.#world.server.connections.onSent(this);
  }

  /** Commands arrive and are answered. @returns all that has left for the peer since the last call */
  ask(...lines: string[]): string {
    this.receive(...lines);
    this.#world.endTurn();
    return this.take();
  }

  /** What has left for the peer since the last call. */
  take(): string {
    const text = this.sent;
    this.sent = "";
    return text;
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

const HOST: HostInfo = {
  runtime: "deno",
  runtimeVersion: "0",
  os: "Linux",
  archBits: 64,
  pid: 4242,
  executable: "vellum",
  totalMemory: 2 ** 33,
};

/** One server and its world; see the module's note. */
export class ServerWorld {
  readonly fs: FaultyFs;
  readonly worker: FakeWorker;
  readonly server: Server;
  readonly lines: string[];
  readonly children: FakeChild[] = [];
  /** What the runtime would call in a later turn. */
  readonly later: (() => void)[] = [];
  nowMs = 1_700_000_000_000;
  monotonicUs = 5_000_000;
  /** How much later it is with every look at the monotonic clock. */
  tickUs = 1;
  exitCode: number | undefined = undefined;
  /** Why no child can be started; null when one can. */
  spawnError: IoError | null = null;
  /** Whether new children read nothing, until they are told to proceed. */
  stuckChildren = false;
  #batchEnds: (() => void)[] = [];

  /** @param options lines of a configuration */
  constructor(options: readonly string[] = [], fs = new FaultyFs()) {
    this.fs = fs;
    this.worker = new FakeWorker(fs);
    const config = new Config();
    config.load({ optionLines: options });
    const { log, lines } = capturedLog();
    this.lines = lines;
    this.server = new Server(this.#platform(), config, log, "", new CommandTable(ALL_HANDLERS));
  }

  /** Opens and loads the AOF, if it is to be on. */
  async start(): Promise<this> {
    const started = this.server.persistence.start();
    // A job that cannot wait: the worker is started now, and not by a timer.
    this.server.persistence.bio.syncDir("/data", () => {});
    await this.settle();
    await started;
    return this;
  }

  connect(): FakeConn {
    const conn = new FakeConn(this);
    this.server.connections.onOpen(conn);
    this.endTurn();
    return conn;
  }

  /** Ends the turn of the event loop: the AOF is written, then replies leave. */
  endTurn(): void {
    for (const callback of this.#batchEnds.splice(0)) callback();
  }

  /** Lets the worker, promises and later turns run until nothing is left to do. */
  async settle(): Promise<void> {
    for (let idle = 0; idle < 20; idle++) {
      this.worker.drain();
      for (const callback of this.later.splice(0)) {
        callback();
        idle = 0;
      }
      this.endTurn();
      await Promise.resolve();
    }
  }

  /** A tick of what the cron does for persistence. */
  tick(): void {
    this.server.openBatch();
    this.server.persistence.tick(this.nowMs);
    this.endTurn();
  }

  /**
   * Runs the program of a child over all that it was sent, to its end; it sees the end of its input behind that.
   * @param written told before each call of the child that changes or syncs something
   * @returns its exit code
   */
  runChild(child: FakeChild, written: () => void = () => {}): number {
    const bytes = joined(child.received);
    let at = 0;
    const platform: Partial<Platform> = {
      args: child.args,
      host: { ...HOST, pid: child.pid },
      fs: this.fs,
      readStdin: (buf, start, end) => {
        const taken = Math.min(end - start, bytes.length - at);
        buf.set(bytes.subarray(at, at + taken), start);
        at += taken;
        return taken;
      },
      writeStdout: (line) => void this.lines.push(line.trimEnd().split(" ").slice(5).join(" ")),
    };
    const before = this.fs.onChange;
    this.fs.onChange = written;
    try {
      const run = child.args[0] === REWRITE_CHILD_FLAG ? runRewriteChild : runSaveChild;
      return run(platform as Platform);
    } finally {
      this.fs.onChange = before;
    }
  }

  /** The running child does its work and ends. @returns its exit code */
  async finishChild(): Promise<number> {
    const child = this.children.at(-1)!;
    await this.settle();
    const code = this.runChild(child);
    child.exit({ code, signal: undefined });
    await this.settle();
    return code;
  }

  /** Log lines since the last call. */
  takeLog(): string[] {
    return this.lines.splice(0);
  }

  /** The AOF as text. */
  aof(): string {
    const bytes = this.fs.contents("/data/appendonly.aof");
    return latin1(bytes, 0, bytes.length);
  }

  #platform(): Platform {
    const platform: Partial<Platform> = {
      host: HOST,
      args: [],
      fs: this.fs,
      netOptions: { keepAliveSeconds: 0 },
      afterBatch: (callback) => void this.#batchEnds.push(callback),
      nextTurn: (callback) => void this.later.push(callback),
      afterStart: (callback, ms) => void setTimeout(callback, ms),
      startBioWorker: () => this.worker,
      spawnSelf: (args) => {
        if (this.spawnError !== null) throw this.spawnError;
        const child = new FakeChild(1000 + this.children.length, args);
        child.stuck = this.stuckChildren;
        this.children.push(child);
        return child;
      },
      nowMs: () => this.nowMs,
      monotonicUs: () => this.monotonicUs += this.tickUs,
      rss: () => 0,
      cwd: () => "/data",
      openFilesLimit: () => 10_000,
      randomBytes: (length) => new Uint8Array(length).fill(7),
      sleepSync: () => {},
      exit: (code) => {
        this.exitCode = code;
        throw new Exited(`exit ${code}`);
      },
    };
    return platform as Platform;
  }
}
