/** Replaying an AOF into a toy database, under a test's control. */

import { AofLoadError } from "../../lib/aof/load_error.ts";
import {
  type CommandSink,
  loadAof,
  type LoadJob,
  LoadProgress,
  type LoadResult,
  REPLAY_OK,
  REPLAY_UNKNOWN_COMMAND,
} from "../../lib/aof/load.ts";
import { latin1 } from "../../lib/base/ascii.ts";
import { type Args } from "../../lib/resp/args.ts";
import { AOF_PATH, capturedLog } from "./aof_world.ts";
import { FaultyFs } from "./faulty_fs.ts";

const KNOWN = new Set(["SET", "DEL", "SELECT", "MULTI", "EXEC", "RPUSH"]);

/** SET, DEL, RPUSH, SELECT, MULTI and EXEC over maps of strings. */
export class ToyDatabase implements CommandSink {
  /** `db:key` to value. */
  readonly data = new Map<string, string>();
  inTransaction = false;
  #queued: string[][] = [];
  #db = "0";

  run(args: Args): number {
    const words: string[] = [];
    for (let i = 0; i < args.argc; i++) {
      words.push(latin1(args.buf, args.off[i], args.off[i] + args.len[i]));
    }
    words[0] = words[0].toUpperCase();
    if (!KNOWN.has(words[0])) return REPLAY_UNKNOWN_COMMAND;
    if (words[0] === "MULTI") this.inTransaction = true;
    else if (words[0] === "EXEC") {
      this.inTransaction = false;
      for (const queued of this.#queued.splice(0)) this.#execute(queued);
    } else if (this.inTransaction) this.#queued.push(words);
    else this.#execute(words);
    return REPLAY_OK;
  }

  discardTransaction(): void {
    this.inTransaction = false;
    this.#queued = [];
  }

  /** Everything, as one comparable text. */
  dump(): string {
    return [...this.data].sort().map(([key, value]) => `${key}=${value}`).join(" ");
  }

  #execute([name, key, ...rest]: string[]): void {
    const full = `${this.#db}:${key}`;
    if (name === "SELECT") this.#db = key;
    else if (name === "SET") this.data.set(full, rest[0]);
    else if (name === "DEL") this.data.delete(full);
    else this.data.set(full, (this.data.get(full) ?? "") + rest.join(""));
  }
}

/** What a load came to. */
export interface Loaded {
  readonly result: LoadResult | undefined;
  /** The line of the AofLoadError; empty when there was none. */
  readonly error: string;
  readonly db: ToyDatabase;
  readonly lines: string[];
  readonly progress: LoadProgress;
  /** How often the event loop had a turn. */
  readonly turns: number;
}

/** Loads the AOF of a file system. */
export async function load(fs: FaultyFs, options: Partial<LoadJob> = {}): Promise<Loaded> {
  const db = new ToyDatabase();
  const { log, lines } = capturedLog();
  const progress = new LoadProgress();
  let turns = 0;
  let clockUs = 0;
  const job: LoadJob = {
    fs,
    path: AOF_PATH,
    log,
    sink: db,
    loadTruncated: true,
    progress,
    nowMs: () => 1_700_000_000_000,
    // Every look at the clock is a millisecond after the last: slices end.
    monotonicUs: () => clockUs += 1000,
    yieldToLoop: () => {
      turns++;
      return Promise.resolve();
    },
    ...options,
  };
  try {
    const result = await loadAof(job);
    return { result, error: "", db, lines, progress, turns };
  } catch (error) {
    if (!(error instanceof AofLoadError)) throw error;
    return { result: undefined, error: error.logLine, db, lines, progress, turns };
  }
}

/** A file system whose AOF is `bytes`. */
export function withAof(bytes: Uint8Array): FaultyFs {
  const fs = new FaultyFs();
  fs.install(AOF_PATH, bytes);
  return fs;
}
