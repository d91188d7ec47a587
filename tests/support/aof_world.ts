/** Everything around one AOF, under a test's control: disk, worker, clock, log. */

import { Aof } from "../../lib/aof/aof.ts";
import { type AofEnv } from "../../lib/aof/ports.ts";
import { type AofSettings, defaultAofSettings } from "../../lib/aof/settings.ts";
import { latin1, toAscii } from "../../lib/base/ascii.ts";
import { Log, LOG_DEBUG } from "../../lib/base/log.ts";
import { fakeBio, FakeWorker } from "./fake_bio.ts";
import { FaultyFs } from "./faulty_fs.ts";

/** Where the AOF of an `AofWorld` is. */
export const AOF_PATH = "/data/appendonly.aof";

/** Thrown where the server would have ended its process. */
export class Exited extends Error {}

/** A log whose lines can be looked at. */
export function capturedLog(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  // "pid:role date time level message": the test sees level and message.
  const log = new Log(1, (line) => lines.push(line.trimEnd().split(" ").slice(5).join(" ")));
  log.level = LOG_DEBUG;
  return { log, lines };
}

/** A command as a request. */
export function request(...args: string[]): Uint8Array {
  return toAscii(`*${args.length}\r\n` + args.map((a) => `$${a.length}\r\n${a}\r\n`).join(""));
}

/** One AOF with its world. */
export class AofWorld {
  readonly fs: FaultyFs;
  readonly worker: FakeWorker;
  readonly settings: AofSettings;
  readonly aof: Aof;
  readonly lines: string[];
  readonly samples: [string, number][] = [];
  nowMs = 1_700_000_000_000;
  monotonicUs = 5_000_000;
  childActive = false;
  thresholdMs = 0;
  slept = 0;

  constructor(settings: Partial<AofSettings> = {}, fs = new FaultyFs()) {
    this.fs = fs;
    const { bio, worker } = fakeBio(fs);
    this.worker = worker;
    this.settings = { ...defaultAofSettings(), dir: "/data", ...settings };
    const { log, lines } = capturedLog();
    this.lines = lines;
    const latency = {
      add: (event: string, ms: number): void => void this.samples.push([event, ms]),
      thresholdMs: 0,
    };
    Object.defineProperty(latency, "thresholdMs", { get: () => this.thresholdMs });
    const env: AofEnv = {
      fs,
      bio,
      log,
      latency,
      nowMs: () => this.nowMs,
      monotonicUs: () => this.monotonicUs,
      sleepSync: (ms) => void (this.slept += ms),
      childActive: () => this.childActive,
      fatal: (message) => {
        log.warning(message);
        throw new Exited(message);
      },
    };
    this.aof = new Aof(env, this.settings);
  }

  /** Opens the AOF, lets the worker open it, and turns it on. */
  start(): this {
    this.aof.open();
    this.worker.drain();
    this.aof.turnOn();
    return this;
  }

  /** Feeds `SET k v` to a database. */
  set(key: string, value: string, dbId = 0): void {
    const bytes = request("SET", key, value);
    this.aof.feed(dbId, bytes, 0, bytes.length);
  }

  /** Lets seconds pass. */
  pass(seconds: number): void {
    this.nowMs += seconds * 1000;
    this.monotonicUs += seconds * 1e6;
  }

  /** The AOF as text, as readers see it. */
  text(): string {
    const bytes = this.fs.contents(AOF_PATH);
    return latin1(bytes, 0, bytes.length);
  }

  /** Log lines since the last call. */
  takeLog(): string[] {
    return this.lines.splice(0);
  }
}
