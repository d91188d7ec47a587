/**
 * Reads RDB records from a stream, one key at a time.
 *
 * DESIGN. A pull reader for the snapshot's wire: `next` advances to the next
 * key and leaves its parts in fields; key and value are slices of the reader's
 * buffer, valid until the next call. What the wire never carries (compressed
 * strings, other types) is corruption here.
 */

import { Slice } from "../base/slice.ts";
import { type StreamReader } from "../rio/stream_reader.ts";
import {
  RDB_14BIT_LEN,
  RDB_32BIT_LEN,
  RDB_64BIT_LEN,
  RDB_6BIT_LEN,
  RDB_LEN_KIND_MASK,
  RDB_MAGIC,
  RDB_OPCODE_AUX,
  RDB_OPCODE_EOF,
  RDB_OPCODE_EXPIRETIME_MS,
  RDB_OPCODE_SELECTDB,
  RDB_TYPE_STRING,
} from "./format.ts";

/** The stream is not what an RDB writer of ours makes. */
export class CorruptRdb extends Error {
  constructor(what: string) {
    super(`Corrupt RDB stream: ${what}`);
    this.name = "CorruptRdb";
  }
}

/** Reads keys one by one; see the module's note. */
export class RdbReader {
  /** Database of the present key. */
  dbId = 0;
  /** Deadline of the present key in ms, or -1. */
  expireMs = -1;
  /** The present key and its value. */
  readonly key = new Slice();
  readonly value = new Slice();
  readonly #stream: StreamReader;

  constructor(stream: StreamReader) {
    this.#stream = stream;
  }

  /** Reads magic and version. @throws {CorruptRdb} */
  header(): void {
    const stream = this.#stream;
    stream.need(9);
    for (let i = 0; i < RDB_MAGIC.length; i++) {
      if (stream.byte() !== RDB_MAGIC.charCodeAt(i)) throw new CorruptRdb("wrong magic");
    }
    stream.position += 4;
  }

  /** Advances to the next key. @returns false at the end marker, which was read @throws {CorruptRdb} */
  next(): boolean {
    this.expireMs = -1;
    for (;;) {
      const opcode = this.#stream.byte();
      switch (opcode) {
        case RDB_OPCODE_AUX:
          this.#skipString();
          this.#skipString();
          break;
        case RDB_OPCODE_SELECTDB:
          this.dbId = this.#length();
          break;
        case RDB_OPCODE_EXPIRETIME_MS:
          this.expireMs = this.#milliseconds();
          break;
        case RDB_OPCODE_EOF:
          this.#stream.need(8);
          this.#stream.position += 8;
          return false;
        case RDB_TYPE_STRING:
          this.#keyAndValue();
          return true;
        default:
          throw new CorruptRdb(`unknown opcode ${opcode}`);
      }
    }
  }

  /** Both must be in the buffer together: the key is looked at again once the value has come. */
  #keyAndValue(): void {
    const stream = this.#stream;
    const keyLen = this.#length();
    stream.need(keyLen + 1);
    // Look-ahead may move the buffer, so offsets are taken relative to `position`.
    let skipped = keyLen;
    const valueLen = this.#lengthAt(skipped);
    skipped += this.#headerBytes;
    stream.need(skipped + valueLen);
    this.key.set(stream.buf, stream.position, keyLen);
    this.value.set(stream.buf, stream.position + skipped, valueLen);
    stream.position += skipped + valueLen;
  }

  #headerBytes = 0;

  #length(): number {
    const n = this.#lengthAt(0);
    this.#stream.position += this.#headerBytes;
    return n;
  }

  /** The length that starts `ahead` bytes from here; `#headerBytes` tells how long its form is. */
  #lengthAt(ahead: number): number {
    const stream = this.#stream;
    stream.need(ahead + 1);
    const first = stream.buf[stream.position + ahead];
    const kind = first & RDB_LEN_KIND_MASK;
    if (kind === RDB_6BIT_LEN) {
      this.#headerBytes = 1;
      return first & 63;
    }
    if (kind === RDB_14BIT_LEN) {
      stream.need(ahead + 2);
      this.#headerBytes = 2;
      return ((first & 63) << 8) | stream.buf[stream.position + ahead + 1];
    }
    if (first === RDB_32BIT_LEN) {
      this.#headerBytes = 5;
      return this.#word(ahead + 1);
    }
    if (first === RDB_64BIT_LEN) {
      this.#headerBytes = 9;
      const high = this.#word(ahead + 1);
      return high * 2 ** 32 + this.#word(ahead + 5);
    }
    throw new CorruptRdb(`unexpected length byte ${first}`);
  }

  #word(ahead: number): number {
    const stream = this.#stream;
    stream.need(ahead + 4);
    const { buf } = stream;
    const at = stream.position + ahead;
    return ((buf[at] << 24) | (buf[at + 1] << 16) | (buf[at + 2] << 8) | buf[at + 3]) >>> 0;
  }

  #milliseconds(): number {
    const stream = this.#stream;
    stream.need(8);
    const view = new DataView(stream.buf.buffer, stream.buf.byteOffset + stream.position, 8);
    stream.position += 8;
    return Number(view.getBigInt64(0, true));
  }

  #skipString(): void {
    const len = this.#length();
    this.#stream.need(len);
    this.#stream.position += len;
  }
}
