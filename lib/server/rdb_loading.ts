/**
 * Loading keys from RDB: a file at start, DEBUG RELOAD, what an AOF begins with.
 *
 * DESIGN. Keys are made by the same operations as commands use, so they come
 * out with the names and forms that our limits give them. Work is done in
 * slices, also within one large value; between them the event loop answers
 * -LOADING. What cannot be loaded ends the load with the line that says what
 * and where: a server that is half loaded is never served.
 */

import { AofLoadError } from "../aof/load_error.ts";
import { type LoadProgress } from "../aof/load.ts";
import { Crc64 } from "../base/crc64.ts";
import { latin1 } from "../base/ascii.ts";
import { restoreAge } from "../keyspace/age.ts";
import { type Database } from "../keyspace/database.ts";
import { ENC_AUTO, NO_EXPIRE, TYPE_STRING } from "../objects/entry.ts";
import { IoError } from "../platform/types.ts";
import { CorruptRdb, UnsupportedType } from "../rdb/errors.ts";
import { RdbReader } from "../rdb/reader.ts";
import { LOADED_ALL, LOADED_SOME, LOADED_TWICE, loadElements, TYPE_OF_KIND } from "../rdb/stored_value.ts";
import { delayUs } from "../rio/child_io.ts";
import { type BlockingRead, StreamReader, UnexpectedEnd } from "../rio/stream_reader.ts";
import { type Server } from "./server.ts";

const READ_BUFFER_BYTES = 1 << 20;
/** Keys between two looks at the clock, and elements of one value… */
const KEYS_PER_CHECK = 64;
const ELEMENTS_PER_CHECK = 4096;
/** …and how long a slice is. */
const SLICE_US = 10_000;

/** How many keys that cannot be, since they are empty, the log names. */
const EMPTY_NAMED = 10;

/** How keys are taken in. */
export interface RdbLoadOptions {
  /** Where the bytes come from, for messages. */
  readonly name: string;
  /** Keys whose deadline has passed are kept: what follows in an AOF may count on them. */
  readonly keepExpired: boolean;
  /** A key may be there already and is replaced; otherwise that is an error. */
  readonly replace: boolean;
}

/** One load of RDB into a server's keyspace; see the module's note. */
export class RdbLoad {
  /** Keys loaded, left out because they had expired, and left out because they were empty. */
  loaded = 0;
  expired = 0;
  empty = 0;
  readonly #server: Server;
  readonly #options: RdbLoadOptions;
  readonly #stream: StreamReader;
  readonly #reader: RdbReader;
  #sliceEndUs = 0;

  constructor(server: Server, read: BlockingRead, options: RdbLoadOptions) {
    this.#server = server;
    this.#options = options;
    this.#stream = new StreamReader(read, READ_BUFFER_BYTES, server.config.rdbchecksum ? new Crc64() : null);
    this.#reader = new RdbReader(this.#stream);
  }

  /** Bytes that were read from the source and belong to what follows the RDB. */
  get unread(): number {
    return this.#stream.end - this.#stream.position;
  }

  /**
   * Loads everything up to the end marker.
   * @throws {AofLoadError} the data set is then to be thrown away
   */
  async run(progress: LoadProgress): Promise<void> {
    const reader = this.#reader;
    const { config, platform } = this.#server;
    reader.onAux = (name, value) => this.#aux(name, value);
    this.#startSlice();
    try {
      reader.header();
      for (let n = 1; reader.next(); n++) {
        await this.#key();
        const delay = config.keyLoadDelay;
        if (delay !== 0) delayUs(platform, delay);
        if (delay !== 0 || n % KEYS_PER_CHECK === 0) await this.#pause(progress);
      }
      this.#checkEnd();
    } catch (error) {
      throw new AofLoadError(this.#explain(error), { cause: error });
    }
    progress.loadedBytes = this.#stream.offset;
    progress.rdbKeys = this.loaded;
    progress.rdbExpired = this.expired;
    this.#server.log.notice(
      `Done loading RDB, keys loaded: ${this.loaded}, keys expired: ${this.expired}` +
        (this.empty > 0 ? `, empty keys skipped: ${this.empty}.` : "."),
    );
  }

  /** Takes in the key that the reader has come to. */
  async #key(): Promise<void> {
    const { ks } = this.#server;
    const { key, value, expireMs, lruIdle, lfuFreq } = this.#reader;
    const db = this.#database();
    if (expireMs !== NO_EXPIRE && expireMs < ks.nowMs && !this.#options.keepExpired) {
      this.expired++;
      return;
    }
    const old = ks.find(db, key.buf, key.off, key.len);
    if (old !== 0) {
      if (!this.#options.replace) throw new CorruptRdb(`key '${this.#keyText}' comes twice in DB ${db.id}`);
      ks.removeRef(db, old);
    }
    if (TYPE_OF_KIND[value.kind] !== TYPE_STRING) {
      if (!await this.#collection(db)) return;
    } else if (value.nextElement()) {
      const { buf, off, len } = value.element;
      ks.setString(db, key.buf, key.off, key.len, buf, off, len, ENC_AUTO, NO_EXPIRE);
    }
    let ref = ks.find(db, key.buf, key.off, key.len);
    if (expireMs !== NO_EXPIRE) ref = ks.setExpire(db, ref, expireMs);
    restoreAge(ks, ref, lruIdle, lfuFreq);
    this.loaded++;
  }

  /** @returns false if it was empty: such a key cannot be */
  async #collection(db: Database): Promise<boolean> {
    const { ks } = this.#server;
    const { key, value } = this.#reader;
    const ref = ks.create(db, key.buf, key.off, key.len, TYPE_OF_KIND[value.kind]);
    for (;;) {
      let result = LOADED_TWICE;
      let there = false;
      try {
        result = loadElements(ks, ref, value, ELEMENTS_PER_CHECK);
      } finally {
        there = ks.close(db, ref, false) > 0;
        // What turns out to be corrupt is not kept, nor half of it: after DEBUG RELOAD the server goes on.
        if (there && result === LOADED_TWICE) ks.removeRef(db, ref);
      }
      if (result === LOADED_ALL) {
        if (!there && this.empty++ < EMPTY_NAMED) {
          this.#server.log.notice(`rdbLoadObject skipping empty key: ${this.#keyText}`);
        }
        return there;
      }
      if (result !== LOADED_SOME) throw new CorruptRdb(`an element of key '${this.#keyText}' comes twice`);
      await this.#pause(null);
      ks.open(db, ref);
    }
  }

  #database(): Database {
    const { databases } = this.#server.ks;
    const db = databases[this.#reader.dbId];
    if (db !== undefined) return db;
    throw new AofLoadError(
      "FATAL: Data file was created with a Redis server configured to handle more than " +
        `${databases.length} databases. Exiting`,
    );
  }

  #startSlice(): void {
    this.#sliceEndUs = this.#server.platform.monotonicUs() + SLICE_US;
  }

  /** Lets the event loop turn if the slice is over. */
  async #pause(progress: LoadProgress | null): Promise<void> {
    const { platform, clock } = this.#server;
    if (platform.monotonicUs() < this.#sliceEndUs) return;
    if (progress !== null) progress.loadedBytes = this.#stream.offset;
    await new Promise<void>((resolve) => platform.nextTurn(resolve));
    clock.update();
    this.#startSlice();
  }

  #aux(name: string, value: string): void {
    const { log, platform } = this.#server;
    if (name === "redis-ver") log.notice(`Loading RDB produced by version ${value}`);
    else if (name === "ctime") {
      log.notice(`RDB age ${Math.max(0, Math.floor(platform.nowMs() / 1000) - Number(value))} seconds`);
    } else if (name === "used-mem") {
      log.notice(`RDB memory usage when created ${(Number(value) / (1024 * 1024)).toFixed(2)} Mb`);
    } else if (name === "lua" || name === "functions") {
      log.warning(`RDB: '${name}' is not supported and left out`);
    }
  }

  #checkEnd(): void {
    const { log } = this.#server;
    const { checksumOk, functions } = this.#reader;
    if (functions > 0) log.warning(`RDB: ${functions} function libraries are not supported and left out`);
    if (checksumOk === false && !this.#server.debug.skipChecksums) throw new CorruptRdb("RDB CRC error");
    if (checksumOk === undefined && this.#server.config.rdbchecksum) {
      log.notice("RDB file was saved with checksum disabled: no check performed.");
    }
  }

  get #keyText(): string {
    const { buf, off, len } = this.#reader.key;
    return latin1(buf, off, off + len);
  }

  /** The log line that says what is wrong, and where. */
  #explain(error: unknown): string {
    if (error instanceof AofLoadError) return error.logLine;
    const { name } = this.#options;
    const at = `${name}, offset ${this.#stream.offset}`;
    if (error instanceof UnsupportedType) {
      return `Can't load key '${this.#keyText}' of ${at}: this server has no ${error.what}`;
    }
    if (error instanceof UnexpectedEnd) {
      return `Short read or OOM loading DB. Unrecoverable error, aborting now. (${at})`;
    }
    if (error instanceof IoError) return `Can't read the RDB file: ${error.strerror} (${at})`;
    if (error instanceof CorruptRdb) return `${error.message} (${at}). Unrecoverable error, aborting now.`;
    throw error;
  }
}
