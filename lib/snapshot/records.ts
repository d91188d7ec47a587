/**
 * Keys as RDB records: what a snapshot writes into its stream.
 *
 * DESIGN. The plain types only: a count and the elements. Whoever writes a file
 * from them packs and compresses (lib/rdb). Bytes in big blocks are not copied
 * but retained by the stream.
 */

import { type Slice } from "../base/slice.ts";
import { type ElementSink } from "../objects/collection.ts";
import { NO_EXPIRE } from "../objects/entry.ts";
import { RDB_TYPE_OF } from "../rdb/stored_value.ts";
import { type SnapshotStream } from "./stream.ts";

/** Writes records into `stream`, element by element. */
export class RecordWriter implements ElementSink {
  /** Where records go now. */
  stream: SnapshotStream;
  /** Database that the last record was written under; -1 for none. */
  #selected = -1;

  constructor(stream: SnapshotStream) {
    this.stream = stream;
  }

  /** What comes before the value: database, deadline, age (-1 for what is not kept), type, key. */
  head(dbId: number, type: number, expireMs: number, idle: number, frequency: number, key: Slice): void {
    const { writer } = this.stream;
    if (dbId !== this.#selected) {
      writer.selectDb(dbId);
      this.#selected = dbId;
    }
    if (expireMs !== NO_EXPIRE) writer.expireMs(expireMs);
    if (idle >= 0) writer.idle(idle);
    if (frequency >= 0) writer.frequency(frequency);
    writer.byte(RDB_TYPE_OF[type]);
    writer.string(key.buf, key.off, key.len);
  }

  /** How many elements (pairs) follow. */
  count(n: number): void {
    this.stream.writer.lengthOf(n);
  }

  item(bytes: Slice, big: number): void {
    if (big !== 0) this.stream.bigString(big, bytes.len);
    else this.stream.writer.string(bytes.buf, bytes.off, bytes.len);
  }

  field(name: Slice, nameBig: number, value: Slice, valueBig: number): void {
    this.item(name, nameBig);
    this.item(value, valueBig);
  }

  scored(member: Slice, big: number, score: number): void {
    this.item(member, big);
    this.stream.writer.double(score);
  }
}
