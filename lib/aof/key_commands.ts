/**
 * Keys as the commands that make them: the content of a rewritten AOF
 * (docs/AOF.md §5).
 *
 * DESIGN. A value streams through: a command is written as soon as it has its
 * 64 items or pairs, so that a collection of millions takes no memory.
 */

import { toAscii } from "../base/ascii.ts";
import { MAX_DOUBLE_LENGTH, writeDouble } from "../base/float.ts";
import { RDB_KIND_HASH, RDB_KIND_LIST, RDB_KIND_SET, RDB_KIND_STRING, RDB_KIND_ZSET } from "../rdb/format.ts";
import { type RdbReader } from "../rdb/reader.ts";
import { RequestWriter } from "../resp/request_writer.ts";
import { type FileRio } from "../rio/file_rio.ts";

/** Items or pairs per command. */
export const ITEMS_PER_COMMAND = 64;

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
    for (let left = value.count; left > 0; left -= ITEMS_PER_COMMAND) {
      const items = Math.min(left, ITEMS_PER_COMMAND);
      out.begin(2 + (pairs ? 2 * items : items));
      out.bulk(name, 0, name.length);
      out.bulk(key.buf, key.off, key.len);
      for (let i = 0; i < items; i++) this.#element(reader);
      this.#flush();
    }
    if (reader.expireMs === -1) return;
    out.begin(3);
    out.bulk(PEXPIREAT, 0, PEXPIREAT.length);
    out.bulk(key.buf, key.off, key.len);
    out.integer(reader.expireMs);
    this.#flush();
  }

  /** The next element, as one argument or two. */
  #element({ value }: RdbReader): void {
    const out = this.#out;
    value.nextElement();
    if (value.kind === RDB_KIND_ZSET) out.bulk(this.#score, 0, writeDouble(this.#score, 0, value.score));
    out.bulk(value.element.buf, value.element.off, value.element.len);
    if (value.kind === RDB_KIND_HASH) out.bulk(value.value.buf, value.value.off, value.value.len);
  }

  #flush(): void {
    this.#rio.write(this.#out.buf, 0, this.#out.length);
    this.#out.clear();
  }
}
