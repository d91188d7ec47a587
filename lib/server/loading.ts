/**
 * Loading: an AOF replayed, or an RDB file read, into the keyspace, while clients get -LOADING.
 *
 * DESIGN. The replayed commands are those of a client without a socket: no
 * gates, no figures, no log, no expiry (docs/AOF.md §7). Whatever way a load
 * ends, the keyspace expires again and the AOF feeds again.
 */

import { type Aof } from "../aof/aof.ts";
import {
  type CommandSink,
  loadAof,
  LoadProgress,
  REPLAY_FATAL,
  REPLAY_OK,
  REPLAY_UNKNOWN_COMMAND,
} from "../aof/load.ts";
import { type ChunkReader } from "../aof/chunk_reader.ts";
import { AofLoadError } from "../aof/load_error.ts";
import { type AofSettings } from "../aof/settings.ts";
import { removeStaleTemps } from "../aof/temps.ts";
import { latin1 } from "../base/ascii.ts";
import { type CommandContext } from "../commands/context.ts";
import { type ReloadOptions } from "../commands/server_port.ts";
import { Session } from "../commands/session.ts";
import { type IoError, type ReadFile } from "../platform/types.ts";
import { type Args } from "../resp/args.ts";
import { delayUs } from "../rio/child_io.ts";
import { ERR_DB_INDEX, errorReply } from "../resp/errors.ts";
import { type Server } from "./server.ts";

const REPLY_KEPT_BYTES = 8192;
const ERR_RELOAD = errorReply("ERR Error trying to load the RDB dump, check server logs.");
const ERR_LOADAOF = errorReply("ERR Error trying to load the AOF files, check server logs.");

/** The client that replays. */
class ReplaySink implements CommandSink {
  readonly fatalText = "The append only file selects a database that is not configured: " +
    "start with at least as many 'databases' as the server that wrote it had";
  readonly #server: Server;
  readonly #session: Session;

  constructor(server: Server) {
    this.#server = server;
    this.#session = new Session(0, "", "", true, false, server.ks.nowMs, server.ks.databases[0], true);
  }

  get inTransaction(): boolean {
    return this.#session.transaction !== null;
  }

  discardTransaction(): void {
    this.#session.transaction = null;
  }

  run(args: Args): number {
    const out = this.#session.out;
    const errors = out.errors;
    if (!this.#server.executor.replay(this.#session, args)) return REPLAY_UNKNOWN_COMMAND;
    if (out.errors !== errors) {
      // Commands behind a failed SELECT would change the wrong database.
      if (out.lastError === ERR_DB_INDEX) return REPLAY_FATAL;
      this.#reportError(args);
    }
    if (out.length > REPLY_KEPT_BYTES) out.clear();
    return REPLAY_OK;
  }

  #reportError(args: Args): void {
    const { lastError } = this.#session.out;
    const text = latin1(lastError, 1, lastError.length - 2);
    const name = latin1(args.buf, args.off[0], args.off[0] + args.len[0]);
    this.#server.log.warning(
      `== CRITICAL == This server is sending an error to its AOF-loading-client: '${text}' ` +
        `after processing the command '${name}'`,
    );
  }
}

/** Loads the AOF at start and for DEBUG LOADAOF. */
export class AofLoader {
  /** A load is under way. */
  active = false;
  readonly progress = new LoadProgress();
  readonly #server: Server;
  readonly #settings: AofSettings;

  constructor(server: Server, settings: AofSettings) {
    this.#server = server;
    this.#settings = settings;
  }

  /** Removes what dead rewrite children left. */
  removeStaleTemps(): void {
    removeStaleTemps(this.#server.platform.fs, this.#settings.dir, this.#server.log);
  }

  /**
   * Replays the file.
   * @param loaded called at the end, before any client's command may run
   * @throws {AofLoadError}
   */
  async load(aof: Aof, loaded: () => void): Promise<void> {
    const path = `${this.#settings.dir}/${this.#settings.filename}`;
    await this.whileLoading(aof, aof.currentSize > 0, async () => {
      await this.replay(path, true);
      loaded();
    });
  }

  /** Does `work` with the gates closed: clients get -LOADING, nothing expires, nothing is logged. @param any whether there is anything to load */
  async whileLoading(aof: Aof, any: boolean, work: () => Promise<void>): Promise<void> {
    const { ks, lateGate, stats } = this.#server;
    this.active = true;
    aof.suspended = true;
    ks.expiryAllowed = false;
    try {
      if (any) await lateGate.open();
      await work();
      stats.dirty = 0;
    } finally {
      this.active = false;
      aof.suspended = false;
      ks.expiryAllowed = true;
    }
  }

  /**
   * Replays one file of commands, with an RDB before them or not.
   * @param mayBeTorn whether its last command may be cut off, if the configuration allows that
   * @returns a LOAD_ number
   * @throws {AofLoadError}
   */
  async replay(path: string, mayBeTorn: boolean): Promise<number> {
    const { platform, config, log, clock } = this.#server;
    const { outcome } = await loadAof({
      fs: platform.fs,
      path,
      log,
      sink: new ReplaySink(this.#server),
      loadTruncated: mayBeTorn && this.#settings.loadTruncated,
      progress: this.progress,
      nowMs: () => platform.nowMs(),
      monotonicUs: () => platform.monotonicUs(),
      yieldToLoop: async () => {
        await new Promise<void>((resolve) => platform.nextTurn(resolve));
        clock.update();
      },
      delay: () => {
        const { keyLoadDelay } = config;
        if (keyLoadDelay !== 0) delayUs(platform, keyLoadDelay);
        return keyLoadDelay !== 0;
      },
      loadRdb: (input, progress) => this.#preamble(path, input, progress),
    });
    return outcome;
  }

  /** Loads the RDB that an AOF begins with. @throws {AofLoadError} */
  async #preamble(path: string, input: ChunkReader, progress: LoadProgress): Promise<void> {
    const { RdbLoad } = await import("./rdb_loading.ts");
    const load = new RdbLoad(this.#server, (buf, start, end) => input.take(buf, start, end), {
      name: path,
      // What comes behind the preamble was executed while they were still there.
      keepExpired: true,
      replace: false,
    });
    await load.run(progress);
    input.pos -= load.unread;
  }

  /** Loads an RDB file. @returns whether there is one @throws {AofLoadError} */
  async loadRdb(path: string, options: { replace: boolean }): Promise<boolean> {
    const { platform, log } = this.#server;
    const started = platform.monotonicUs();
    let file: ReadFile;
    try {
      file = platform.fs.openRead(path);
    } catch (error) {
      const { code, strerror } = error as IoError;
      if (code === "ENOENT") return false;
      throw new AofLoadError(`Fatal error loading the DB, check server logs. Exiting: ${strerror}`);
    }
    try {
      const { progress } = this;
      progress.startMs = platform.nowMs();
      progress.totalBytes = file.size;
      progress.loadedBytes = 0;
      const read = (buf: Uint8Array, start: number, end: number): number => file.read(buf, start, end);
      // Only now: most starts meet no RDB, and what reads it is a dozen modules.
      const { RdbLoad } = await import("./rdb_loading.ts");
      await new RdbLoad(this.#server, read, { name: path, keepExpired: false, ...options }).run(progress);
    } finally {
      file.close();
    }
    log.notice(`DB loaded from disk: ${((platform.monotonicUs() - started) / 1e6).toFixed(3)} seconds`);
    return true;
  }

  /** DEBUG LOADAOF: writes what is buffered, empties everything, loads it back; replies when done. */
  debugLoad(c: CommandContext, aof: Aof): void {
    const { session } = c;
    aof.flush(true);
    // What could not be written would not come back.
    if (aof.bufferLength > 0 || session.inExec) return c.out.error(ERR_LOADAOF);
    for (const db of this.#server.ks.databases) this.#server.ks.flush(db);
    const load = this.load(aof, () => aof.refreshSize());
    this.#answerWhenLoaded(session, load, "Append Only File loaded by DEBUG LOADAOF", ERR_LOADAOF);
  }

  /** DEBUG RELOAD: saves, empties, loads; replies when done. The AOF is left alone. */
  debugReload(c: CommandContext, aof: Aof, path: string, { flush, merge }: ReloadOptions): void {
    if (c.session.inExec) return c.out.error(ERR_RELOAD);
    if (flush) { for (const db of this.#server.ks.databases) this.#server.ks.flush(db); }
    const load = this.whileLoading(aof, true, async () => {
      if (!await this.loadRdb(path, { replace: merge })) throw new AofLoadError(`Can't open ${path}`);
    });
    this.#answerWhenLoaded(c.session, load, "DB reloaded by DEBUG RELOAD", ERR_RELOAD);
  }

  #answerWhenLoaded(session: Session, load: Promise<void>, line: string, error: Uint8Array): void {
    this.#server.block(session, {
      kind: "wait",
      deadlineMs: 0,
      onTimeout: () => {},
      onCancel: () => {},
    });
    load.then(
      () => {
        this.#server.log.warning(line);
        session.out.ok();
      },
      (failure) => {
        if (!(failure instanceof AofLoadError)) throw failure;
        this.#server.log.warning(failure.logLine);
        session.out.error(error);
      },
    ).then(() => {
      if (!session.closing) this.#server.unblock(session);
    });
  }
}
