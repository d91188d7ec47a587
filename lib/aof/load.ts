/**
 * Replaying the AOF: docs/AOF.md §7.
 *
 * DESIGN. The file is parsed in place, chunk by chunk, and every command is
 * handed to the server's {@link CommandSink} as offsets into the chunk. Work is
 * done in slices of a few milliseconds, between which the event loop serves
 * `-LOADING` and INFO.
 *
 * A file that ends in the middle of a command, or of a transaction, was cut by
 * a crash: with `aof-load-truncated` it is cut back to the end of the last
 * whole command outside a transaction. (Redis cuts a torn command inside MULTI
 * alone and leaves a MULTI that swallows what is logged next; it also keeps a
 * torn annotation line, which would comment out the start of the next command.)
 * A file that is wrong before its end is never repaired.
 *
 * Invariants: `validUpTo` is the end of what has taken effect; nothing is
 * written to the file but by the cut.
 */

import { latin1 } from "../base/ascii.ts";
import { type Log } from "../base/log.ts";
import { type Fs, type IoError, type ReadFile } from "../platform/types.ts";
import { Args } from "../resp/args.ts";
import { bytesNeeded } from "../resp/parser.ts";
import { ChunkReader } from "./chunk_reader.ts";
import { BAD_FORMAT, NEED_MORE, parseEntry } from "./grammar.ts";
import { AofLoadError } from "./load_error.ts";

/** What {@link CommandSink.run} returns: it ran, or is queued (an error reply does not matter)… */
export const REPLAY_OK = 0;
/** …there is no such command… */
export const REPLAY_UNKNOWN_COMMAND = 1;
/** …or loading must not go on, for the reason in `fatalText`. */
export const REPLAY_FATAL = 2;

/** Executes what is replayed: the server's fake client. */
export interface CommandSink {
  /** Runs a command, or queues it after MULTI. `args` is valid only during the call. @returns a REPLAY_ number */
  run(args: Args): number;
  /** Whether a MULTI waits for its EXEC. */
  readonly inTransaction: boolean;
  /** Forgets the commands queued since MULTI. */
  discardTransaction(): void;
  /** After REPLAY_FATAL: the log line. */
  readonly fatalText?: string;
}

/** How far a load is, for INFO. */
export class LoadProgress {
  /** Wall clock at the start, milliseconds. */
  startMs = 0;
  totalBytes = 0;
  loadedBytes = 0;
  /** Of the last RDB that was loaded: the keys taken in, and those left out because they had expired. */
  rdbKeys = 0;
  rdbExpired = 0;
}

/**
 * Reads the RDB that an AOF starts with: from `input.pos` on, leaving `pos`
 * behind its last byte. Throws when it cannot.
 */
export type RdbPreambleLoader = (input: ChunkReader, progress: LoadProgress) => void | Promise<void>;

/** What a load needs. */
export interface LoadJob {
  readonly fs: Fs;
  /** The AOF. */
  readonly path: string;
  readonly log: Log;
  readonly sink: CommandSink;
  /** `aof-load-truncated`. */
  readonly loadTruncated: boolean;
  /** Updated between slices. */
  readonly progress: LoadProgress;
  /** Wall clock, milliseconds. */
  nowMs(): number;
  /** Monotonic clock, microseconds. */
  monotonicUs(): number;
  /** Lets the event loop turn once; a macrotask without a timer's delay is best. */
  yieldToLoop(): Promise<void>;
  /** `key-load-delay`: sleeps as that says, behind each command. @returns whether there is a delay */
  delay?(): boolean;
  /** Reads an RDB preamble; without it an AOF that has one cannot be loaded. */
  readonly loadRdb?: RdbPreambleLoader;
}

/** How a load went well: the whole file… */
export const LOAD_OK = 0;
/** …all but a torn tail, which was cut off the file… */
export const LOAD_TRUNCATED = 1;
/** …there was nothing in the file… */
export const LOAD_EMPTY = 2;
/** …or no file. */
export const LOAD_MISSING = 3;

/** What was loaded. */
export interface LoadResult {
  /** A LOAD_ number. */
  readonly outcome: number;
  /** Commands executed or queued. */
  readonly commands: number;
  /** Length of the file now, in bytes. */
  readonly size: number;
}

/** Commands between two looks at the clock… */
const COMMANDS_PER_CHECK = 32;
/** …and how long a slice is. */
const SLICE_US = 10_000;
const RDB_MAGIC = "REDIS";

const BAD_FORMAT_LINE = "Bad file format reading the append only file: make a backup of your AOF file, " +
  "then use ./redis-check-aof --fix <filename>";
const UNEXPECTED_END_LINE = "Unexpected end of file reading the append only file. You can: " +
  "1) Make a backup of your AOF file, then use ./redis-check-aof --fix <filename>. " +
  "2) Alternatively you can set the 'aof-load-truncated' configuration option to yes and restart the server.";
const PREAMBLE_LINE = "Error reading the RDB preamble of the AOF file, AOF loading aborted";

/**
 * Replays an AOF.
 * @throws {AofLoadError} when it cannot be loaded; the data set is then to be thrown away
 */
export async function loadAof(job: LoadJob): Promise<LoadResult> {
  const file = openLog(job);
  if (file === undefined) return { outcome: LOAD_MISSING, commands: 0, size: 0 };
  try {
    job.progress.startMs = job.nowMs();
    job.progress.totalBytes = file.size;
    job.progress.loadedBytes = 0;
    if (file.size === 0) return { outcome: LOAD_EMPTY, commands: 0, size: 0 };
    return await new Replay(job, file).run();
  } finally {
    file.close();
  }
}

/** The opened file; undefined when there is none. */
function openLog(job: LoadJob): ReadFile | undefined {
  try {
    return job.fs.openRead(job.path);
  } catch (error) {
    const { code, strerror } = error as IoError;
    if (code === "ENOENT") return undefined;
    throw new AofLoadError(`Fatal error: can't open the append log file for reading: ${strerror}`);
  }
}

/** One load under way. */
class Replay {
  readonly #job: LoadJob;
  readonly #reader: ChunkReader;
  readonly #args = new Args();
  #commands = 0;
  #validUpTo = 0;

  constructor(job: LoadJob, file: ReadFile) {
    this.#job = job;
    this.#reader = new ChunkReader(file);
  }

  async run(): Promise<LoadResult> {
    const job = this.#job;
    const reader = this.#reader;
    const startUs = job.monotonicUs();
    await this.#preamble();
    this.#startEntry(reader.pos);
    while (!this.#slice(job.monotonicUs() + SLICE_US)) {
      job.progress.loadedBytes = reader.offset;
      await job.yieldToLoop();
    }
    job.progress.loadedBytes = reader.offset;
    const whole = reader.readOffset;
    let outcome = LOAD_OK;
    if (job.sink.inTransaction || this.#args.rawStart < reader.end) {
      this.#cut();
      outcome = LOAD_TRUNCATED;
    }
    const seconds = (job.monotonicUs() - startUs) / 1e6;
    job.log.notice(`DB loaded from append only file: ${seconds.toFixed(3)} seconds`);
    const size = outcome === LOAD_OK ? whole : this.#validUpTo;
    return { outcome, commands: this.#commands, size };
  }

  /** Loads the RDB that the file may start with. */
  async #preamble(): Promise<void> {
    const { log, loadRdb, progress } = this.#job;
    const reader = this.#reader;
    while (reader.end < RDB_MAGIC.length && this.#fill(0, 0));
    if (latin1(reader.buf, 0, Math.min(reader.end, RDB_MAGIC.length)) !== RDB_MAGIC) return;
    log.notice("Reading RDB preamble from AOF file...");
    if (loadRdb === undefined) {
      throw new AofLoadError(`${PREAMBLE_LINE}: this server has no RDB reader`);
    }
    try {
      await loadRdb(reader, progress);
    } catch (error) {
      log.warning(`RDB preamble: ${error instanceof Error ? error.message : String(error)}`);
      throw new AofLoadError(PREAMBLE_LINE, { cause: error });
    }
    progress.loadedBytes = this.#validUpTo = reader.offset;
    log.notice("Reading the remaining AOF tail...");
  }

  /** Replays until `deadlineUs`. @returns whether the end of the file was reached */
  #slice(deadlineUs: number): boolean {
    const args = this.#args;
    const reader = this.#reader;
    do {
      for (let n = 0; n < COMMANDS_PER_CHECK; n++) {
        const next = parseEntry(args, reader.buf, reader.end);
        if (next === BAD_FORMAT) throw new AofLoadError(BAD_FORMAT_LINE);
        if (next === NEED_MORE) {
          if (!this.#more()) return true;
          break;
        }
        reader.pos = next;
        if (args.argc > 0) this.#execute();
        this.#startEntry(next);
        if (this.#job.delay?.() === true) break;
      }
    } while (this.#job.monotonicUs() < deadlineUs);
    return false;
  }

  #startEntry(at: number): void {
    const args = this.#args;
    args.reset();
    args.rawStart = at;
    args.position = at;
  }

  #execute(): void {
    const sink = this.#job.sink;
    const code = sink.run(this.#args);
    if (code !== REPLAY_OK) throw new AofLoadError(this.#refusal(code));
    this.#commands++;
    if (!sink.inTransaction) this.#validUpTo = this.#reader.offset;
  }

  #refusal(code: number): string {
    const { sink } = this.#job;
    if (code === REPLAY_FATAL) return sink.fatalText ?? BAD_FORMAT_LINE;
    const { buf, off, len } = this.#args;
    return `Unknown command '${latin1(buf, off[0], off[0] + len[0])}' reading the append only file`;
  }

  /** More of the file behind the entry that is being parsed. @returns false when there is no more */
  #more(): boolean {
    const args = this.#args;
    const keep = args.rawStart;
    const needed = bytesNeeded(args);
    if (needed > 0x7fffffff) throw new AofLoadError(BAD_FORMAT_LINE);
    const more = this.#fill(keep, needed);
    args.rebase(this.#reader.buf, -keep);
    return more;
  }

  #fill(keep: number, needed: number): boolean {
    try {
      return this.#reader.fill(keep, needed);
    } catch (error) {
      throw new AofLoadError(
        `Unrecoverable error reading the append only file: ${(error as IoError).strerror ?? String(error)}`,
      );
    }
  }

  /** The file ends too early: cuts it back to what has taken effect, if that is allowed. */
  #cut(): void {
    const { fs, log, path, sink, loadTruncated } = this.#job;
    if (sink.inTransaction) {
      log.warning("Revert incomplete MULTI/EXEC transaction in AOF file");
      sink.discardTransaction();
    }
    if (!loadTruncated) throw new AofLoadError(UNEXPECTED_END_LINE);
    log.warning("!!! Warning: short read while loading the AOF file !!!");
    log.warning(`!!! Truncating the AOF at offset ${this.#validUpTo} !!!`);
    try {
      const file = fs.openAppend(path, { create: false });
      try {
        file.truncate(this.#validUpTo);
        file.dataSync();
      } finally {
        file.close();
      }
    } catch (error) {
      log.warning(`Error truncating the AOF file: ${(error as IoError).strerror}`);
      throw new AofLoadError(UNEXPECTED_END_LINE);
    }
    log.warning("AOF loaded anyway because aof-load-truncated is enabled");
  }
}
