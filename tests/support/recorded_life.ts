/**
 * The life of a server on a faulty disk, step by step and the same every time, so that it can be cut off at each of
 * its calls; and what it has said and held at each moment.
 *
 * DESIGN. A script of batches (commands that arrive at once) is run, one every 100 ms of the world's time. Behind each
 * of them worker, pipe and later turns go on by one step, so that rewrites run while commands come. A child's
 * program runs when its pipe is closed, and before each of its calls that change something the server runs a batch
 * of the script. The data set behind every unit (a command, or MULTI to EXEC) is kept.
 */

import { AOF_ON } from "../../lib/aof/aof.ts";
import { Exited } from "./aof_world.ts";
import { sleep } from "./client.ts";
import { FaultyFs } from "./faulty_fs.ts";
import { datasetText, memoryDataset } from "./memory_dataset.ts";
import { type FakeChild, type FakeConn, ServerWorld } from "./server_world.ts";

/** Time between two batches, in ms. */
const BATCH_MS = 100;
/** So much happens by itself after the last batch: more than a rewrite and two syncs need. */
const LAST_TURNS = 30;
/** A start that has not come to its end by then hangs. */
const START_TURNS = 2000;

/** Lines that arrive at once; from MULTI to EXEC, if it begins with that. One that begins with `@` is another client's. */
export type Batch = readonly string[];

/** What was there behind a unit. */
export interface Moment {
  /** Its last line; empty for the time before the first. */
  readonly line: string;
  readonly atMs: number;
  /** Whether its replies left… */
  acknowledged: boolean;
  /** …with the AOF on. */
  logged: boolean;
  /** What `syncedOffset` of the AOF has to reach for it to be on disk. */
  readonly offset: number;
  readonly dataset: ReadonlyMap<string, string>;
}

/** See the module's note. */
export class RecordedLife {
  readonly world: ServerWorld;
  /** Before the first unit, and behind each. */
  readonly moments: Moment[] = [];
  /** Replies that began with `-`. */
  readonly errors: string[] = [];
  /** Why it did not start. */
  failure: unknown = undefined;
  #conn: FakeConn | null = null;
  #other: FakeConn | null = null;
  #script: Batch[] = [];
  #nested = false;

  /** @param options lines of a configuration */
  constructor(options: readonly string[], fs: FaultyFs, nowMs?: number) {
    this.world = new ServerWorld(options, fs);
    if (nowMs !== undefined) this.world.nowMs = nowMs;
    // A snapshot's walk takes one step per slice.
    this.world.tickUs = 400;
  }

  /** Whether the process has ended, or all its calls fail because the power is off. */
  get over(): boolean {
    return this.failure !== undefined || this.world.exitCode !== undefined || this.world.fs.dead;
  }

  /** What the server holds. */
  get dataset(): ReadonlyMap<string, string> {
    return memoryDataset(this.world.server.ks, this.world.nowMs);
  }

  /** Starts the server; an import is finished then. @returns whether it serves */
  async begin(): Promise<boolean> {
    const { world } = this;
    let started = false;
    world.server.persistence.start().then(() => started = true, (error) => this.failure = error);
    // The worker is started now, and not by a timer.
    world.server.persistence.bio.onUrgent();
    for (let i = 0; i < START_TURNS && !started && !this.over; i++) {
      await this.#guarded(() => world.settle());
      await this.#children();
      // What a load needs may have to be imported first.
      if (!started) await sleep(0);
    }
    if (!started) return false;
    this.#conn = world.connect();
    this.#other = world.connect();
    this.#acknowledge(this.#note(""));
    return true;
  }

  /** Runs the script to its end, or until the server's. */
  async run(script: readonly Batch[]): Promise<void> {
    this.#script = [...script];
    while (this.#script.length > 0 && !this.over) {
      await this.#guarded(() => this.#batch());
      await this.#proceed();
    }
    for (let i = 0; i < LAST_TURNS && !this.over; i++) {
      this.world.nowMs += BATCH_MS;
      await this.#proceed();
      await this.#guarded(() => this.world.settle());
    }
  }

  /** Ends it, as it is: nothing of it happens any more. */
  end(): void {
    this.world.server.cron.stop();
    for (const child of this.world.children) child.breakPipe();
  }

  /** The next batch arrives and is answered. */
  #batch(): void {
    const batch = this.#script.shift();
    if (batch === undefined) return;
    this.world.nowMs += BATCH_MS;
    const conn = this.#conn!;
    const first = this.moments.length;
    if (batch[0].startsWith("@")) {
      this.#other!.receive(batch[0].slice(1));
      this.#note(batch[0]);
      return this.world.endTurn();
    }
    try {
      for (const unit of batch[0] === "MULTI" ? [batch] : batch.map((line) => [line])) {
        conn.receive(...unit);
        this.#note(unit.at(-1)!);
      }
      this.world.endTurn();
    } finally {
      const replies = conn.take();
      this.errors.push(...replies.split("\r\n").filter((line) => line.startsWith("-")));
      if (replies !== "" && !this.world.fs.dead) {
        for (const moment of this.moments.slice(first)) this.#acknowledge(moment);
      }
    }
  }

  #note(line: string): Moment {
    const moment: Moment = {
      line,
      atMs: this.world.nowMs,
      acknowledged: false,
      logged: false,
      offset: this.world.server.aof.writeOffset,
      dataset: this.dataset,
    };
    this.moments.push(moment);
    return moment;
  }

  #acknowledge(moment: Moment): void {
    moment.acknowledged = true;
    moment.logged = this.world.server.aof.state === AOF_ON;
  }

  /** What goes on beside the commands. */
  async #proceed(): Promise<void> {
    const { world } = this;
    await this.#guarded(() => world.tick());
    await this.#guarded(() => void world.worker.step());
    await this.#guarded(() => world.later.shift()?.());
    for (let i = 0; i < 8; i++) await Promise.resolve();
    await this.#children();
  }

  async #children(): Promise<void> {
    for (const child of this.world.children) {
      if (child.ended) continue;
      if (child.signals.length > 0) child.exit({ code: 137, signal: "SIGKILL" });
      else if (child.closed) child.exit({ code: this.#work(child), signal: undefined });
      else continue;
      for (let i = 0; i < 8; i++) await Promise.resolve();
    }
  }

  /** The child's program, while the server goes on. */
  #work(child: FakeChild): number {
    return this.world.runChild(child, () => {
      if (this.#nested || this.over || this.#conn === null) return;
      this.#nested = true;
      try {
        this.#batch();
      } catch (error) {
        if (!(error instanceof Exited)) throw error;
      } finally {
        this.#nested = false;
      }
    });
  }

  /** Does something that the end of the process may cut off. */
  async #guarded(step: () => unknown): Promise<void> {
    if (this.over) return;
    try {
      await step();
    } catch (error) {
      if (!(error instanceof Exited)) throw error;
    }
  }
}

/** How a life ends: the power fails, or only the process is killed. */
export type Ending = "power cut" | "kill";
/** What of the names, and of the contents, that were not synced is left: the extremes, and anything between. */
const CUTS = [["all", "none"], ["none", "all"], ["none", "none"], ["random", "random"]] as const;

/** A history that is cut off at every call. */
export interface CutHistory {
  /** Configuration of the server that is cut off… */
  readonly options: readonly string[];
  /** …and of the one that is started on what is left; left out: the same. */
  readonly restartOptions?: readonly string[];
  readonly script: readonly Batch[];
  /** When it begins; left out: at a whole second. */
  readonly startMs?: number;
  /** Puts files on the disk, before the first start. */
  prepare?(fs: FaultyFs): void;
  /** The data sets that may be left, the likeliest first. */
  left(life: RecordedLife, ending: Ending): readonly ReadonlyMap<string, string>[];
}

/** Runs a history once, without a cut, and lets its end be looked at. */
export async function wholeLife(history: CutHistory): Promise<RecordedLife> {
  const fs = new FaultyFs();
  history.prepare?.(fs);
  const life = new RecordedLife(history.options, fs, history.startMs);
  if (!await life.begin()) {
    throw new Error("Cannot record a life that does not begin", { cause: life.failure });
  }
  await life.run(history.script);
  life.end();
  return life;
}

/**
 * Cuts the history off at each call that changes or syncs something, starts a server on what is left, and compares.
 * @returns how many calls there are
 * @throws Error with seed, call and trace when a server does not start, or holds what it never held or should not
 */
export async function cutEverywhere(history: CutHistory, seed: number, ending: Ending): Promise<number> {
  const revivals = new Revivals(history);
  for (let calls = 0;; calls++) {
    const fs = new FaultyFs(seed + calls);
    history.prepare?.(fs);
    fs.cutAfterCalls = calls;
    fs.trace.length = 0;
    const life = new RecordedLife(history.options, fs, history.startMs);
    if (await life.begin()) await life.run(history.script);
    else if (!fs.dead) throw new Error("The server did not start", { cause: life.failure });
    life.end();
    const { nowMs } = life.world;
    const candidates = history.left(life, ending).map((dataset) => datasetText(alive(dataset, nowMs)));
    for (const [entries, data] of ending === "kill" ? [["all", "all"]] as const : CUTS) {
      const left = fs.clone();
      if (ending === "power cut") left.powerCut(entries, data);
      try {
        const found = datasetText(alive(await revivals.dataset(left, nowMs), nowMs));
        if (!candidates.includes(found)) {
          throw new Error(`found\n${found}\nthe likeliest was\n${candidates[0]}`);
        }
      } catch (error) {
        const where =
          `${ending} at call ${calls} (${entries} of the names and ${data} of the contents are left), ` +
          `seed ${seed}, behind\n${fs.trace.slice(-12).join("\n")}\n`;
        throw new Error(where + (error as Error).message, { cause: error });
      }
    }
    if (!fs.dead) return calls;
  }
}

/** What servers find that are started on what a cut has left; one for each state of the disk. */
class Revivals {
  readonly #history: CutHistory;
  readonly #known = new Map<string, ReadonlyMap<string, string>>();

  constructor(history: CutHistory) {
    this.#history = history;
  }

  /** Starts a server, once for each state of the disk. @throws Error when it does not come up, or leaves temp files */
  async dataset(fs: FaultyFs, nowMs: number): Promise<ReadonlyMap<string, string>> {
    const state = fs.fingerprint();
    const known = this.#known.get(state);
    if (known !== undefined) return known;
    const { options, restartOptions } = this.#history;
    const life = new RecordedLife(restartOptions ?? options, fs, nowMs);
    const serves = await life.begin();
    life.end();
    if (!serves) {
      const { message } = (life.failure ?? {}) as { message?: string };
      throw new Error(`the next server does not start: ${message}\n${life.world.lines.join("\n")}`);
    }
    const temps = fs.list("/data").filter((name) => name.startsWith("temp-"));
    if (temps.length > 0) throw new Error(`${temps} are left`);
    this.#known.set(state, life.dataset);
    return life.dataset;
  }
}

/** What has not expired at `nowMs`. */
function alive(dataset: ReadonlyMap<string, string>, nowMs: number): Map<string, string> {
  const left = new Map<string, string>();
  for (const [key, value] of dataset) {
    const deadline = Number.parseInt(value);
    if (deadline < 0 || deadline >= nowMs) left.set(key, value);
  }
  return left;
}
