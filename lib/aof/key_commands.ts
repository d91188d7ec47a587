/**
 * Keys as the commands that make them: the content of a rewritten AOF
 * (docs/AOF.md §5).
 *
 * DESIGN. A value streams through: a command is written as soon as it has its
 * 64 items or pairs, or a megabyte, so that a collection takes no memory,
 * neither here nor where the file is loaded.
 */

import { toAscii } from "../base/ascii.ts";
import { MAX_DOUBLE_LENGTH, writeDouble } from "../base/float.ts";
import { RDB_KIND_HASH, RDB_KIND_LIST, RDB_KIND_SET, RDB_KIND_STRING, RDB_KIND_ZSET } from "../rdb/format.ts";
import { type RdbReader } from "../rdb/reader.ts";
import { RequestWriter } from "../resp/request_writer.ts";
import { type FileRio } from "../rio/file_rio.ts";

/** Items or pairs per command. */
export const ITEMS_PER_COMMAND = 64;
/** A command with so many bytes gets no more items. */
const COMMAND_BYTES = 1 << 20;

const SELECT = toAscii("SELECT");
const PEXPIREAT = toAscii("PEXPIREAT");
/** The command that adds elements, by RDB_KIND_. */
const NAMES: Readonly<Record<number, Uint8Array>> = {
  [RDB_KIND_STRING]: toAscii("SET"),
  [RDB_KIND_LIST]: toAscii("RPUSH"),
  [RDB_KIND_SET]: toAscii("SADD"),
  [RDB_KIND_ZSET]: toAscii("ZADD"),
  [RDB_KIND_HASH]: toAscii("HMSET"),
};

/** Writes the keys of a reader as commands into a file. */
export class KeyCommands {
  readonly #rio: FileRio;
  readonly #out = new RequestWriter();
  /** The items of a command, whose number comes before them. */
  readonly #items = new RequestWriter();
  readonly #score = new Uint8Array(MAX_DOUBLE_LENGTH);
  #dbId = -1;

  constructor(rio: FileRio) {
    this.#rio = rio;
  }

  /** Writes the key that `reader` has come to. @throws {CorruptRdb} {@link IoError} */
  write(reader: RdbReader): void {
    const out = this.#out;
    const { key, value } = reader;
    if (reader.dbId !== this.#dbId) {
      this.#dbId = reader.dbId;
      out.begin(2);
      out.bulk(SELECT, 0, SELECT.length);
      out.integer(reader.dbId);
    }
    const pairs = value.kind === RDB_KIND_HASH || value.kind === RDB_KIND_ZSET;
    const name = NAMES[value.kind];
    for (let left = value.count; left > 0;) {
      const items = this.#readItems(reader, Math.min(left, ITEMS_PER_COMMAND));
      out.begin(2 + (pairs ? 2 * items : items));
      out.bulk(name, 0, name.length);
      out.bulk(key.buf, key.off, key.len);
      this.#flush(out);
      this.#flush(this.#items);
      left -= items;
    }
    if (reader.expireMs === -1) return;
    out.begin(3);
    out.bulk(PEXPIREAT, 0, PEXPIREAT.length);
    out.bulk(key.buf, key.off, key.len);
    out.integer(reader.expireMs);
    this.#flush(out);
  }

  /** Reads the items of the next command, at most `limit`. @returns how many */
  #readItems(reader: RdbReader, limit: number): number {
    let items = 0;
    while (items < limit && this.#items.length < COMMAND_BYTES) {
      this.#element(reader);
      items++;
    }
    return items;
  }

  /** The next element, as one argument or two. */
  #element({ value }: RdbReader): void {
    const out = this.#items;
    value.nextElement();
    if (value.kind === RDB_KIND_ZSET) out.bulk(this.#score, 0, writeDouble(this.#score, 0, value.score));
    out.bulk(value.element.buf, value.element.off, value.element.len);
    if (value.kind === RDB_KIND_HASH) out.bulk(value.value.buf, value.value.off, value.value.len);
  }

  #flush(out: RequestWriter): void {
    this.#rio.write(out.buf, 0, out.length);
    out.clear();
  }
}
