/** DEBUG OBJECT, SDSLEN, LISTPACK, QUICKLIST, HTSTATS and POPULATE: what lies behind keys, and many of them at once. */

import { type Ref } from "../arena/layout.ts";
import { parseInt64, toAscii } from "../base/ascii.ts";
import { type Slice } from "../base/slice.ts";
import { type Dict } from "../dict/dict.ts";
import { SEGMENT_BYTES } from "../dict/segment.ts";
import { idleMs } from "../keyspace/lru.ts";
import { encodingName } from "../objects/encoding.ts";
import { type ElementSink } from "../objects/collection.ts";
import { ENC_AUTO, ENC_RAW, NO_EXPIRE, TYPE_STRING } from "../objects/entry.ts";
import { ERR_NO_KEY, errorReply } from "../resp/errors.ts";
import { type CommandContext } from "./context.ts";

const ERR_NOT_SDS = errorReply("ERR Not an sds encoded string.");
const ERR_NOT_LISTPACK = errorReply("ERR Not a listpack encoded object.");
const ERR_NOT_QUICKLIST = errorReply("ERR Not a quicklist encoded object.");
const ERR_NO_TABLE = errorReply(
  "ERR The value stored at the specified key is not represented using an hash table",
);
const ERR_DATABASE = errorReply("ERR Out of range database");
const ERR_POSITIVE = errorReply("ERR value is out of range, must be positive");
/** The lengths up to which RDB needs one and two bytes to say how long a string is. */
const RDB_LENGTH_6_BITS = 63;
const RDB_LENGTH_14_BITS = 16383;
const SLOT_BYTES = 8;
const SCORE_BYTES = 8;

/** The key at argument 2, expired or not; replies the error and returns 0 when there is none. */
function keyOrError(c: CommandContext): Ref {
  const { buf, off, len } = c.args;
  const ref = c.ks.find(c.db, buf, off[2], len[2]);
  if (ref === 0) c.out.error(ERR_NO_KEY);
  return ref;
}

/** How many bytes RDB needs for a length. */
function lengthBytes(n: number): number {
  return n <= RDB_LENGTH_6_BITS ? 1 : n <= RDB_LENGTH_14_BITS ? 2 : 5;
}

/** How many bytes RDB needs for a string, uncompressed. */
function stringBytes({ buf, off, len }: Slice): number {
  const integer = len <= 11 ? parseInt64(buf, off, len) : NaN;
  if (integer >= -128 && integer <= 127) return 2;
  if (integer >= -32768 && integer <= 32767) return 3;
  if (integer >= -(2 ** 31) && integer < 2 ** 31) return 5;
  return len + lengthBytes(len);
}

/** Adds up what RDB needs for elements. */
class SerializedLength implements ElementSink {
  bytes = 0;

  item(bytes: Slice): void {
    this.bytes += stringBytes(bytes);
  }

  field(name: Slice, _nameBig: number, value: Slice): void {
    this.bytes += stringBytes(name) + stringBytes(value);
  }

  scored(member: Slice): void {
    this.bytes += stringBytes(member) + SCORE_BYTES;
  }
}

/** How many bytes RDB needs for a value in its plain form, uncompressed. */
function serializedLength(c: CommandContext, ref: Ref): number {
  const { entries, collections } = c.ks;
  if (entries.type(ref) === TYPE_STRING) {
    entries.value(ref, c.a);
    return stringBytes(c.a);
  }
  const length = new SerializedLength();
  collections.emit(ref, length);
  return lengthBytes(collections.count(ref)) + length.bytes;
}

/** `DEBUG OBJECT key`. */
export function debugObject(c: CommandContext): void {
  const ref = keyOrError(c);
  if (ref === 0) return;
  const lru = c.ks.entries.lru(ref);
  const idle = c.ks.lfu ? 0 : Math.floor(idleMs(lru, c.ks.lruClock) / 1000);
  c.out.simple(
    `Value at:0x${ref.toString(16).padStart(8, "0")} refcount:1 encoding:${
      c.ks.collections.encodingName(ref)
    } ` +
      `serializedlength:${serializedLength(c, ref)} lru:${lru} lru_seconds_idle:${idle}`,
  );
}

/** `DEBUG SDSLEN key`: lengths, and the memory of the one block that holds key and value. */
export function debugSdsLen(c: CommandContext): void {
  const ref = keyOrError(c);
  if (ref === 0) return;
  const { entries } = c.ks;
  if (entries.type(ref) !== TYPE_STRING || encodingName(entries, ref) === "int") {
    return c.out.error(ERR_NOT_SDS);
  }
  const bytes = entries.bytesOf(ref);
  entries.value(ref, c.a);
  c.out.simple(
    `key_sds_len:${entries.keyLength(ref)}, key_sds_avail:0, key_zmalloc: ${bytes}, ` +
      `val_sds_len:${c.a.len}, val_sds_avail:0, val_zmalloc: ${bytes}`,
  );
}

/** `DEBUG LISTPACK key`, `QUICKLIST key`: for tools that ask only whether it is one. */
export function debugListpack(c: CommandContext): void {
  const ref = keyOrError(c);
  if (ref === 0) return;
  if (c.ks.collections.encodingName(ref) !== "listpack") return c.out.error(ERR_NOT_LISTPACK);
  c.out.simple("Listpack structure printed on stdout");
}

export function debugQuicklist(c: CommandContext): void {
  const ref = keyOrError(c);
  if (ref === 0) return;
  if (c.ks.collections.encodingName(ref) !== "quicklist") return c.out.error(ERR_NOT_QUICKLIST);
  c.out.simple("Quicklist structure printed on stdout");
}

/** `DEBUG HTSTATS-KEY key`. */
export function debugTableOfKey(c: CommandContext): void {
  const ref = keyOrError(c);
  if (ref === 0) return;
  const { collections, entries } = c.ks;
  const name = collections.encodingName(ref);
  if (name !== "hashtable" && name !== "skiplist") return c.out.error(ERR_NO_TABLE);
  c.out.verbatim(
    `Extendible hash table stats:\n number of elements: ${collections.count(ref)}\n` +
      ` bytes: ${entries.collectionBytes(ref)}\n form: ${entries.isLarge(ref) ? "table" : "one block"}\n`,
  );
}

/** `DEBUG HTSTATS database`. */
export function debugTable(c: CommandContext): void {
  const id = c.integer(2);
  if (Number.isNaN(id)) return;
  const db = c.ks.databases[id];
  if (db === undefined) return c.out.error(ERR_DATABASE);
  c.out.verbatim(`[Dictionary HT]\n${tableFigures(db.dict)}[Expires HT]\n${tableFigures(db.expires)}`);
}

function tableFigures(dict: Dict): string {
  if (dict.size === 0) return "No stats available for empty dictionaries\n";
  const slots = dict.segments * SEGMENT_BYTES / SLOT_BYTES;
  return `Extendible hash table stats:\n table size: ${slots}\n number of elements: ${dict.size}\n` +
    ` segments: ${dict.segments}\n load factor: ${(dict.size / slots).toFixed(2)}\n`;
}

/** `DEBUG POPULATE count [prefix] [size]`: keys `prefix:0`… that are not logged. O(count). */
export function debugPopulate(c: CommandContext): void {
  const count = positive(c, 2);
  if (count === undefined) return;
  const size = c.argc === 5 ? positive(c, 4) : 0;
  if (size === undefined) return;
  const prefix = c.argc === 3 ? "key" : c.text(3);
  const padded = new Uint8Array(size);
  for (let i = 0; i < count; i++) {
    const key = toAscii(`${prefix}:${i}`);
    if (c.ks.peek(c.db, key, 0, key.length) !== 0) continue;
    let value: Uint8Array = toAscii(`value:${i}`);
    if (size > 0) {
      padded.fill(0);
      padded.set(value.subarray(0, Math.min(value.length, size)));
      value = padded;
    }
    const encoding = size > 0 ? ENC_RAW : ENC_AUTO;
    c.ks.setString(c.db, key, 0, key.length, value, 0, value.length, encoding, NO_EXPIRE);
  }
  c.out.ok();
}

/** Argument `i` as a number that is not negative; replies the error and returns undefined when it is none. */
function positive(c: CommandContext, i: number): number | undefined {
  const value = parseInt64(c.args.buf, c.args.off[i], c.args.len[i]);
  if (value >= 0 && value < Infinity) return value;
  c.out.error(ERR_POSITIVE);
  return undefined;
}
