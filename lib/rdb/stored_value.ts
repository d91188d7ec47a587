/**
 * Values between the keyspace and RDB: what DUMP writes and RESTORE reads, and
 * what files hold.
 *
 * DESIGN. Values are written in their plain forms, a count and the elements:
 * every Redis since 4.0 reads them and packs them as its own limits say. They
 * are read in any form, element by element, by the same operations as commands
 * use, so that names and forms come out as if the elements had been added.
 */

import { type Ref } from "../arena/layout.ts";
import { Slice } from "../base/slice.ts";
import { type Keyspace } from "../keyspace/keyspace.ts";
import { type ElementSink } from "../objects/collection.ts";
import { TYPE_HASH, TYPE_LIST, TYPE_SET, TYPE_STRING, TYPE_ZSET } from "../objects/entry.ts";
import { ZSET_ADDED } from "../objects/zset.ts";
import {
  RDB_KIND_HASH,
  RDB_KIND_LIST,
  RDB_KIND_SET,
  RDB_KIND_STRING,
  RDB_KIND_ZSET,
  RDB_TYPE_HASH,
  RDB_TYPE_LIST,
  RDB_TYPE_SET,
  RDB_TYPE_STRING,
  RDB_TYPE_ZSET_2,
} from "./format.ts";
import { type ValueReader } from "./value_reader.ts";
import { type RdbWriter } from "./writer.ts";

/** The RDB type that is written for each TYPE_ number. */
export const RDB_TYPE_OF: Readonly<Record<number, number>> = {
  [TYPE_STRING]: RDB_TYPE_STRING,
  [TYPE_LIST]: RDB_TYPE_LIST,
  [TYPE_SET]: RDB_TYPE_SET,
  [TYPE_ZSET]: RDB_TYPE_ZSET_2,
  [TYPE_HASH]: RDB_TYPE_HASH,
};

/** The TYPE_ number of each RDB_KIND_. */
export const TYPE_OF_KIND: Readonly<Record<number, number>> = {
  [RDB_KIND_STRING]: TYPE_STRING,
  [RDB_KIND_LIST]: TYPE_LIST,
  [RDB_KIND_SET]: TYPE_SET,
  [RDB_KIND_ZSET]: TYPE_ZSET,
  [RDB_KIND_HASH]: TYPE_HASH,
};

/** Writes elements as they come. */
class ElementWriter implements ElementSink {
  readonly #writer: RdbWriter;

  constructor(writer: RdbWriter) {
    this.#writer = writer;
  }

  item(bytes: Slice): void {
    this.#writer.string(bytes.buf, bytes.off, bytes.len);
  }

  field(name: Slice, _nameBig: number, value: Slice): void {
    this.item(name);
    this.item(value);
  }

  scored(member: Slice, _big: number, score: number): void {
    this.item(member);
    this.#writer.double(score);
  }
}

/** Writes the value of an entry, its RDB type before it. O(n). */
export function saveValue(ks: Keyspace, ref: Ref, writer: RdbWriter): void {
  const { entries, collections } = ks;
  const type = entries.type(ref);
  const sink = new ElementWriter(writer);
  writer.byte(RDB_TYPE_OF[type]);
  if (type === TYPE_STRING) {
    const value = new Slice();
    entries.value(ref, value);
    return sink.item(value);
  }
  writer.lengthOf(collections.count(ref));
  collections.emit(ref, sink);
}

/** What {@link loadElements} returns: the value is complete… */
export const LOADED_ALL = 0;
/** …more of it is to come… */
export const LOADED_SOME = 1;
/** …or the same element came twice: it is corrupt. */
export const LOADED_TWICE = 2;

/**
 * Adds elements of a collection that `reader` has begun to the entry `ref` of
 * its type, which is open for change.
 * @param limit how many at most
 * @returns a LOADED_ number
 * @throws {CorruptRdb}
 */
export function loadElements(ks: Keyspace, ref: Ref, reader: ValueReader, limit = Infinity): number {
  const type = TYPE_OF_KIND[reader.kind];
  for (let n = 0; n < limit; n++) {
    if (!reader.nextElement()) {
      if (type === TYPE_LIST) ks.lists.filled(ref);
      return LOADED_ALL;
    }
    if (!addElement(ks, ref, type, reader)) return LOADED_TWICE;
  }
  return LOADED_SOME;
}

/** @returns false if it is there already */
function addElement(ks: Keyspace, ref: Ref, type: number, reader: ValueReader): boolean {
  const { buf, off, len } = reader.element;
  switch (type) {
    case TYPE_LIST:
      ks.lists.pushTail(ref, buf, off, len);
      return true;
    case TYPE_SET:
      return ks.sets.add(ref, buf, off, len);
    case TYPE_ZSET:
      return ks.zsets.add(ref, buf, off, len, reader.score, 0) === ZSET_ADDED;
    case TYPE_HASH: {
      const { value } = reader;
      return ks.hashes.set(ref, buf, off, len, value.buf, value.off, value.len);
    }
    default:
      throw new Error(`Cannot load elements as type must be a collection: type is ${type}`);
  }
}
