/**
 * Loading: the AOF replayed into the keyspace, while clients get -LOADING.
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
import { AofLoadError } from "../aof/load_error.ts";
import { type AofSettings } from "../aof/settings.ts";
import { removeStaleTemps } from "../aof/temps.ts";
import { latin1 } from "../base/ascii.ts";
import { type CommandContext } from "../commands/context.ts";
import { Session } from "../commands/session.ts";
import { type Args } from "../resp/args.ts";
import { ERR_DB_INDEX, errorReply } from "../resp/errors.ts";
import { type Server } from "./server.ts";

const REPLY_KEPT_BYTES = 8192;
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
    const { platform, log, ks, clock } = this.#server;
    this.active = true;
    aof.suspended = true;
    ks.expiryAllowed = false;
    try {
      // Clients are told -LOADING meanwhile, as during all of it.
      if (aof.currentSize > 0) await this.#server.lateGate.open();
      await loadAof({
        fs: platform.fs,
        path: `${this.#settings.dir}/${this.#settings.filename}`,
        log,
        sink: new ReplaySink(this.#server),
        loadTruncated: this.#settings.loadTruncated,
        progress: this.progress,
        nowMs: () => platform.nowMs(),
        monotonicUs: () => platform.monotonicUs(),
        yieldToLoop: async () => {
          await new Promise<void>((resolve) => platform.nextTurn(resolve));
          clock.update();
        },
      });
      loaded();
      this.#server.stats.dirty = 0;
    } finally {
      this.active = false;
      aof.suspended = false;
      ks.expiryAllowed = true;
    }
  }

  /** DEBUG LOADAOF: writes what is buffered, empties everything, loads it back; replies when done. */
  debugLoad(c: CommandContext, aof: Aof): void {
    const { session } = c;
    aof.flush(true);
    // What could not be written would not come back.
    if (aof.bufferLength > 0 || session.inExec) return c.out.error(ERR_LOADAOF);
    for (const db of this.#server.ks.databases) this.#server.ks.flush(db);
    this.#server.block(session, {
      kind: "wait",
      deadlineMs: 0,
      onTimeout: () => {},
      onCancel: () => {},
    });
    this.load(aof, () => aof.refreshSize()).then(
      () => {
        this.#server.log.warning("Append Only File loaded by DEBUG LOADAOF");
        session.out.ok();
      },
      (error) => {
        if (!(error instanceof AofLoadError)) throw error;
        this.#server.log.warning(error.logLine);
        session.out.error(ERR_LOADAOF);
      },
    ).then(() => {
      if (!session.closing) this.#server.unblock(session);
    });
  }
}
