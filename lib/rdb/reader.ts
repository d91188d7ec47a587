/**
 * Reads RDB records from a stream, one key at a time: the snapshot's wire, RDB
 * files, the preamble of an AOF.
 *
 * DESIGN. A pull reader: `next` advances to the next key, leaves its parts in
 * fields, and begins its value, whose elements are then pulled from `value`;
 * what nobody pulls is skipped. What a file says beside its keys is noted in
 * fields or told to `onAux`.
 */

import { copyBytes, latin1 } from "../base/ascii.ts";
import { Slice } from "../base/slice.ts";
import { type StreamReader } from "../rio/stream_reader.ts";
import { CorruptRdb, UnsupportedType } from "./errors.ts";
import {
  RDB_CHECKSUM_SINCE,
  RDB_MAGIC,
  RDB_OPCODE_AUX,
  RDB_OPCODE_EOF,
  RDB_OPCODE_EXPIRETIME,
  RDB_OPCODE_EXPIRETIME_MS,
  RDB_OPCODE_FREQ,
  RDB_OPCODE_FUNCTION2,
  RDB_OPCODE_FUNCTION_PRE_GA,
  RDB_OPCODE_IDLE,
  RDB_OPCODE_MODULE_AUX,
  RDB_OPCODE_RESIZEDB,
  RDB_OPCODE_SELECTDB,
  RDB_VERSION,
} from "./format.ts";
import { i32le, u32le } from "./int64.ts";
import { readLength } from "./lengths.ts";
import { moduleName } from "./module_name.ts";
import { StringPart } from "./string_part.ts";
import { ValueReader } from "./value_reader.ts";
import { isValueType } from "./value_types.ts";

export { CorruptRdb, UnsupportedType } from "./errors.ts";

/** A larger key buffer is let go. */
const KEPT_KEY_BYTES = 1 << 20;

/** Reads keys one by one; see the module's note. */
export class RdbReader {
  /** Version of the format, once the header was read. */
  version = 0;
  /** Database of the present key. */
  dbId = 0;
  /** What RESIZEDB last said of a database: its keys, and those with a deadline. Not to be trusted. */
  dbSize = 0;
  expiresSize = 0;
  /** Deadline of the present key in ms, or -1. */
  expireMs = -1;
  /** Idle time of the present key in seconds, or -1. */
  lruIdle = -1;
  /** Access frequency of the present key, 0 to 255, or -1. */
  lfuFreq = -1;
  /** RDB type of the present key's value. */
  type = 0;
  /** The present key, in a buffer of its own: valid until `next`. */
  readonly key = new Slice();
  /** The present key's value, begun by `next`. */
  readonly value: ValueReader;
  /** Function libraries that were skipped. */
  functions = 0;
  /** The 8 bytes of the checksum, once the end was reached; all zero: none was made. */
  readonly storedChecksum = new Uint8Array(8);
  /** Whether the checksum is right: undefined if there is none, or if the stream computes none. */
  checksumOk: boolean | undefined = undefined;
  /** Is told the auxiliary fields as they come, bytes as latin1. */
  onAux: ((name: string, value: string) => void) | null = null;
  readonly #stream: StreamReader;
  readonly #part = new StringPart();
  #keyBuf: Uint8Array = new Uint8Array(256);

  constructor(stream: StreamReader) {
    this.#stream = stream;
    this.value = new ValueReader(stream);
  }

  /** Reads magic and version. @throws {CorruptRdb} */
  header(): void {
    const stream = this.#stream;
    stream.need(9);
    const text = latin1(stream.buf, stream.position, stream.position + 9);
    if (!text.startsWith(RDB_MAGIC)) throw new CorruptRdb("wrong magic");
    const digits = text.slice(RDB_MAGIC.length);
    this.version = /^\d{4}$/.test(digits) ? Number(digits) : 0;
    if (this.version < 1 || this.version > RDB_VERSION) {
      throw new CorruptRdb(`cannot read format version ${JSON.stringify(digits)}`);
    }
    stream.position += 9;
  }

  /**
   * Advances to the next key, past what is left of the last one's value, and begins its value.
   *
   * @returns false at the end of the records: the stream stands behind the checksum then
   * @throws {CorruptRdb} @throws {UnsupportedType}
   */
  next(): boolean {
    if (this.value.unfinished) this.value.skip();
    this.expireMs = this.lruIdle = this.lfuFreq = -1;
    for (;;) {
      const opcode = this.#stream.byte();
      if (opcode === RDB_OPCODE_EOF) {
        this.#end();
        return false;
      }
      if (isValueType(opcode)) {
        this.type = opcode;
        this.#readKey();
        this.value.begin(opcode);
        return true;
      }
      this.#handle(opcode);
    }
  }

  /** Takes in what is neither a key nor the end. */
  #handle(opcode: number): void {
    const stream = this.#stream;
    switch (opcode) {
      case RDB_OPCODE_AUX: {
        const name = this.#text();
        const value = this.#text();
        this.onAux?.(name, value);
        break;
      }
      case RDB_OPCODE_SELECTDB:
        this.dbId = readLength(stream);
        break;
      case RDB_OPCODE_RESIZEDB:
        this.dbSize = readLength(stream);
        this.expiresSize = readLength(stream);
        break;
      case RDB_OPCODE_EXPIRETIME:
        stream.need(4);
        this.expireMs = i32le(stream.buf, stream.position) * 1000;
        stream.position += 4;
        break;
      case RDB_OPCODE_EXPIRETIME_MS:
        stream.need(8);
        this.expireMs = i32le(stream.buf, stream.position + 4) * 2 ** 32 + u32le(stream.buf, stream.position);
        stream.position += 8;
        break;
      case RDB_OPCODE_IDLE:
        this.lruIdle = readLength(stream);
        break;
      case RDB_OPCODE_FREQ:
        this.lfuFreq = stream.byte();
        break;
      case RDB_OPCODE_FUNCTION2:
        this.#skipString();
        this.functions++;
        break;
      case RDB_OPCODE_FUNCTION_PRE_GA:
        throw new UnsupportedType("functions of a pre-release");
      case RDB_OPCODE_MODULE_AUX:
        throw new UnsupportedType(`auxiliary data of module ${moduleName(stream)}`);
      default:
        throw new CorruptRdb(`unknown opcode ${opcode}`);
    }
  }

  /** The key is copied, because it is wanted as long as its value is read. */
  #readKey(): void {
    const { key } = this;
    const stream = this.#stream;
    const after = this.#part.look(stream, 0);
    this.#part.resolve(stream, key);
    const fits = key.len <= this.#keyBuf.length &&
      (this.#keyBuf.length <= KEPT_KEY_BYTES || key.len > KEPT_KEY_BYTES);
    if (!fits) this.#keyBuf = new Uint8Array(Math.max(256, key.len));
    copyBytes(key.buf, key.off, this.#keyBuf, 0, key.len);
    key.set(this.#keyBuf, 0, key.len);
    stream.position += after;
    this.#part.shrink();
  }

  #skipString(): void {
    // Not `position += look()`: looking may move the position.
    const after = this.#part.look(this.#stream, 0);
    this.#stream.position += after;
  }

  #text(): string {
    const slice = new Slice();
    const after = this.#part.look(this.#stream, 0);
    this.#part.resolve(this.#stream, slice);
    this.#stream.position += after;
    return latin1(slice.buf, slice.off, slice.off + slice.len);
  }

  #end(): void {
    if (this.version < RDB_CHECKSUM_SINCE) return;
    const stream = this.#stream;
    const crc = stream.checksum();
    stream.need(8);
    const { buf, position } = stream;
    copyBytes(buf, position, this.storedChecksum, 0, 8);
    const exists = this.storedChecksum.some((byte) => byte !== 0);
    if (crc !== null && exists) this.checksumOk = crc.matches(buf, position);
    stream.position += 8;
  }
}
