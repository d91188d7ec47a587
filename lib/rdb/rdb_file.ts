/**
 * Writes an RDB file, or the RDB that an AOF begins with: strings packed as
 * integers and compressed where that saves something, a checksum at the end.
 *
 * DESIGN. Two sources, one form: `copyKeys` takes the records of a snapshot as
 * a child reads them, `saveDataset` the keyspace itself, for a server that
 * saves in the foreground. Either way elements stream through a small buffer.
 */

import { Crc64 } from "../base/crc64.ts";
import { Slice } from "../base/slice.ts";
import { frequencyToSave, idleToSave } from "../keyspace/age.ts";
import { type Keyspace } from "../keyspace/keyspace.ts";
import { type ElementSink } from "../objects/collection.ts";
import { NO_EXPIRE, TYPE_STRING } from "../objects/entry.ts";
import { type FileRio } from "../rio/file_rio.ts";
import { RDB_KIND_HASH, RDB_KIND_STRING, RDB_KIND_ZSET } from "./format.ts";
import { type RdbReader } from "./reader.ts";
import { RDB_TYPE_OF, TYPE_OF_KIND } from "./stored_value.ts";
import { RdbWriter } from "./writer.ts";

/** Bytes are handed on when there are so many. */
const DRAIN_BYTES = 64 * 1024;
const BUFFER_BYTES = 2 * DRAIN_BYTES;

/** How a file is written: `rdbcompression` and `rdbchecksum`. */
export interface RdbFileOptions {
  readonly compress: boolean;
  readonly checksum: boolean;
}

/** An RDB under way into a file; see the module's note. All methods throw {@link IoError}. */
export class RdbFile implements ElementSink {
  /** Keys written. */
  keys = 0;
  readonly #writer: RdbWriter;
  readonly #write: (buf: Uint8Array, start: number, end: number) => void;
  #selected = -1;

  constructor(rio: FileRio, options: RdbFileOptions) {
    const encoding = { integers: true, compress: options.compress };
    this.#writer = new RdbWriter(BUFFER_BYTES, encoding, options.checksum ? new Crc64() : null);
    this.#write = (buf, start, end) => rio.write(buf, start, end);
    this.#writer.header();
  }

  aux(name: string, value: string): void {
    this.#writer.aux(name, value);
  }

  /** Starts with a database of so many keys, so many of which have a deadline. */
  database(id: number, keys: number, expires: number): void {
    this.#select(id);
    this.#writer.resizeDb(keys, expires);
  }

  /** What comes before a value. @param idle seconds, or -1 @param frequency 0 to 255, or -1 */
  key(dbId: number, type: number, expireMs: number, idle: number, frequency: number, key: Slice): void {
    const writer = this.#writer;
    this.#select(dbId);
    if (expireMs !== NO_EXPIRE) writer.expireMs(expireMs);
    if (idle >= 0) writer.idle(idle);
    if (frequency >= 0) writer.frequency(frequency);
    writer.byte(RDB_TYPE_OF[type]);
    this.item(key);
    this.keys++;
  }

  /** How many elements the collection has. */
  count(n: number): void {
    this.#writer.lengthOf(n);
  }

  item(bytes: Slice): void {
    this.#writer.string(bytes.buf, bytes.off, bytes.len);
    if (this.#writer.length >= DRAIN_BYTES) this.#writer.drain(this.#write);
  }

  field(name: Slice, _nameBig: number, value: Slice): void {
    this.item(name);
    this.item(value);
  }

  scored(member: Slice, _big: number, score: number): void {
    this.item(member);
    this.#writer.double(score);
  }

  /** Writes the end and hands everything on; syncing is the caller's. */
  end(): void {
    this.#writer.eof();
    this.#writer.drain(this.#write);
  }

  #select(id: number): void {
    if (id === this.#selected) return;
    this.#selected = id;
    this.#writer.selectDb(id);
  }
}

/**
 * Copies all that a snapshot holds, auxiliary fields too.
 * @param keyDone called after each key
 * @throws {CorruptRdb} {@link UnexpectedEnd} {@link IoError}
 */
export function copyKeys(reader: RdbReader, file: RdbFile, keyDone?: () => void): void {
  reader.onAux = (name, value) => file.aux(name, value);
  reader.header();
  while (reader.next()) {
    const { value } = reader;
    file.key(
      reader.dbId,
      TYPE_OF_KIND[value.kind],
      reader.expireMs,
      reader.lruIdle,
      reader.lfuFreq,
      reader.key,
    );
    if (value.kind !== RDB_KIND_STRING) file.count(value.count);
    while (value.nextElement()) {
      if (value.kind === RDB_KIND_HASH) file.field(value.element, 0, value.value);
      else if (value.kind === RDB_KIND_ZSET) file.scored(value.element, 0, value.score);
      else file.item(value.element);
    }
    keyDone?.();
  }
}

/** Writes all databases as they are now. O(n). @param keyDone called after each key @throws {IoError} */
export function saveDataset(ks: Keyspace, file: RdbFile, keyDone?: () => void): void {
  const { entries, collections } = ks;
  const key = new Slice();
  const value = new Slice();
  for (const db of ks.databases) {
    if (db.dict.size === 0) continue;
    file.database(db.id, db.dict.size, db.expires.size);
    db.dict.forEach((_hash, ref) => {
      const type = entries.type(ref);
      entries.key(ref, key);
      file.key(db.id, type, entries.expireMs(ref), idleToSave(ks, ref), frequencyToSave(ks, ref), key);
      if (type === TYPE_STRING) {
        entries.value(ref, value);
        file.item(value);
      } else {
        file.count(collections.count(ref));
        collections.emit(ref, file);
      }
      keyDone?.();
    });
  }
}
