/**
 * The RDB that an AOF begins with, checked record by record and told about as
 * redis-check-rdb does.
 *
 * DESIGN. A loop of its own over the parts that {@link RdbReader} is made of:
 * what is to be told, which record was begun and how far it came, is what that
 * reader hides from those who only want keys. Elements stream by; in memory is
 * one string, or one packed blob, at a time, and never more than the file has.
 *
 * Not checked, since it would take the memory of a whole value: that no member
 * or field comes twice in a collection of many records.
 *
 * Units: offsets in bytes from the beginning of the file.
 */

import { Crc64 } from "../base/crc64.ts";
import { latin1 } from "../base/ascii.ts";
import { repr } from "../base/quoted_args.ts";
import { Slice } from "../base/slice.ts";
import { CorruptRdb, UnsupportedType } from "../rdb/errors.ts";
import {
  RDB_CHECKSUM_SINCE,
  RDB_KIND_STRING,
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
} from "../rdb/format.ts";
import { i32le, u32le } from "../rdb/int64.ts";
import { readLength } from "../rdb/lengths.ts";
import { moduleName } from "../rdb/module_name.ts";
import { StringPart } from "../rdb/string_part.ts";
import { ValueReader } from "../rdb/value_reader.ts";
import { isValueType } from "../rdb/value_types.ts";
import { StreamReader, UnexpectedEnd } from "../rio/stream_reader.ts";
import { shown } from "./check_port.ts";
import { type ChunkReader } from "./chunk_reader.ts";

/** The RDB is good, … */
export const RDB_SANE = 0;
/** … is damaged, … */
export const RDB_DAMAGED = 1;
/** … or holds what we cannot read, and perhaps nothing is wrong with it. */
export const RDB_UNREADABLE = 2;

const BUFFER_BYTES = 64 * 1024;
const HEADER_BYTES = 9;
/** So much of a key is told. */
const KEY_SHOWN_BYTES = 1000;

/** What redis-check-rdb calls the types of values, by number. */
const TYPE_NAMES: readonly string[] = [
  ...["string", "list-linked", "set-hashtable", "zset-v1", "hash-hashtable", "zset-v2"],
  ...["module-pre-release", "module-value", "", "hash-zipmap", "list-ziplist", "set-intset"],
  ...["zset-ziplist", "hash-ziplist", "quicklist", "stream", "hash-listpack", "zset-listpack"],
  ...["quicklist-v2", "stream-v2", "set-listpack", "stream-v3"],
];

/** Something that is wrong and has a text of its own. */
class BadRdb extends Error {}

/** A stream that never takes memory for what the file cannot have, and knows how far it was read. */
class FileStream extends StreamReader {
  /** Offset up to which something was needed, and was there. */
  reached = 0;
  readonly #size: number;
  readonly #taken: () => number;

  constructor(chunk: ChunkReader, size: number, crc: Crc64) {
    let taken = 0;
    super(
      (buf, start, end) => {
        const n = chunk.take(buf, start, end);
        taken += n;
        return n;
      },
      BUFFER_BYTES,
      crc,
    );
    this.#size = size;
    this.#taken = () => taken;
  }

  /** Offset of `position`. */
  get at(): number {
    return this.#taken() - (this.end - this.position);
  }

  // `left` stays unknown: a count that is too large for the file shows as what it is, its end.
  override need(n: number): void {
    if (n > this.#size - this.at) throw new UnexpectedEnd();
    super.need(n);
    this.reached = Math.max(this.reached, this.at + n);
  }

  override byte(): number {
    this.need(1);
    return this.buf[this.position++];
  }
}

/** One pass over the RDB; see the module's note. */
export class RdbCheck {
  readonly #chunk: ChunkReader;
  readonly #stream: FileStream;
  readonly #value: ValueReader;
  readonly #part = new StringPart();
  readonly #slice = new Slice();
  readonly #name: string;
  readonly #nowMs: number;
  readonly #say: (line: string) => void;
  /** What a record is being read for, in redis-check-rdb's words. */
  #doing = "start";
  #type = 0;
  #key: string | undefined;
  #keys = 0;
  #expires = 0;
  #expired = 0;
  #expireMs = -1;

  /** @param chunk stands at the beginning of the file @param size of the file @param say takes every line told */
  constructor(chunk: ChunkReader, name: string, size: number, nowMs: number, say: (line: string) => void) {
    this.#chunk = chunk;
    this.#stream = new FileStream(chunk, size, new Crc64());
    this.#value = new ValueReader(this.#stream);
    this.#name = name;
    this.#nowMs = nowMs;
    this.#say = say;
  }

  /** Checks, and leaves the chunk reader behind the RDB if that is good. @returns an RDB_ number @throws {IoError} */
  run(): number {
    this.#info(`Checking RDB file ${this.#name}`);
    const outcome = this.#guarded();
    if (outcome !== RDB_SANE) return outcome;
    this.#info("\\o/ RDB looks OK! \\o/");
    this.#summary();
    this.#chunk.pos -= this.#stream.end - this.#stream.position;
    return RDB_SANE;
  }

  #guarded(): number {
    try {
      this.#records(this.#header());
      return RDB_SANE;
    } catch (error) {
      if (error instanceof UnsupportedType) {
        this.#wrong(error.message);
        return RDB_UNREADABLE;
      }
      if (error instanceof UnexpectedEnd) this.#wrong("Unexpected EOF reading RDB file");
      else if (error instanceof BadRdb || error instanceof CorruptRdb) this.#wrong(error.message);
      else throw error;
      return RDB_DAMAGED;
    }
  }

  #info(what: string, offset = this.#stream.at): void {
    this.#say(`[offset ${offset}] ${what}`);
  }

  #summary(): void {
    this.#say(`[info] ${this.#keys} keys read`);
    this.#say(`[info] ${this.#expires} expires`);
    this.#say(`[info] ${this.#expired} already expired`);
  }

  #wrong(what: string): void {
    this.#say("--- RDB ERROR DETECTED ---");
    this.#info(what, Math.max(this.#stream.reached, this.#stream.at));
    this.#say(`[additional info] While doing: ${this.#doing}`);
    if (this.#key !== undefined) this.#say(`[additional info] Reading key '${this.#key}'`);
    if (this.#type >= 0) {
      this.#say(`[additional info] Reading type ${this.#type} (${TYPE_NAMES[this.#type] ?? "unknown"})`);
    }
    this.#summary();
  }

  /** Reads magic and version. @returns the version */
  #header(): number {
    const stream = this.#stream;
    stream.need(HEADER_BYTES);
    const text = latin1(stream.buf, stream.position, stream.position + HEADER_BYTES);
    if (!text.startsWith(RDB_MAGIC)) throw new BadRdb("Wrong signature trying to load DB from file");
    const digits = text.slice(RDB_MAGIC.length);
    // Redis reads 001x as 1, a version without checksum, and takes the checksum for what follows the RDB.
    if (!/^\d{4}$/.test(digits)) throw new BadRdb(`Can't handle RDB format version ${repr(digits)}`);
    const version = Number(digits);
    if (version < 1 || version > RDB_VERSION) throw new BadRdb(`Can't handle RDB format version ${version}`);
    stream.position += HEADER_BYTES;
    return version;
  }

  #records(version: number): void {
    const stream = this.#stream;
    for (;;) {
      this.#doing = "read-type";
      const opcode = stream.byte();
      if (opcode === RDB_OPCODE_EOF) break;
      if (this.#special(opcode, version)) continue;
      if (!isValueType(opcode)) throw new BadRdb(`Invalid object type: ${opcode}`);
      this.#keyAndValue(opcode);
    }
    if (version >= RDB_CHECKSUM_SINCE) this.#checksum();
  }

  /** Reads what is neither a key nor the end. @returns false if it is a key */
  #special(opcode: number, version: number): boolean {
    const stream = this.#stream;
    switch (opcode) {
      case RDB_OPCODE_EXPIRETIME:
        this.#doing = "read-expire";
        stream.need(4);
        this.#expireMs = i32le(stream.buf, stream.position) * 1000;
        stream.position += 4;
        return true;
      case RDB_OPCODE_EXPIRETIME_MS:
        this.#doing = "read-expire";
        stream.need(8);
        this.#expireMs = i32le(stream.buf, stream.position + 4) * 2 ** 32 +
          u32le(stream.buf, stream.position);
        stream.position += 8;
        return true;
      case RDB_OPCODE_FREQ:
        stream.byte();
        return true;
      case RDB_OPCODE_IDLE:
        readLength(stream);
        return true;
      case RDB_OPCODE_SELECTDB:
        this.#doing = "read-len";
        this.#info(`Selecting DB ID ${readLength(stream)}`);
        return true;
      case RDB_OPCODE_RESIZEDB:
        this.#doing = "read-len";
        readLength(stream);
        readLength(stream);
        return true;
      case RDB_OPCODE_AUX: {
        this.#doing = "read-aux";
        const name = this.#string();
        this.#info(`AUX FIELD ${name} = '${this.#string()}'`);
        return true;
      }
      case RDB_OPCODE_FUNCTION2:
        this.#functions();
        return true;
      case RDB_OPCODE_FUNCTION_PRE_GA:
        throw new BadRdb(`Pre-release function format not supported ${version}`);
      case RDB_OPCODE_MODULE_AUX:
        this.#doing = "read-module-aux";
        throw new UnsupportedType(`auxiliary data of module ${moduleName(stream)}`);
    }
    return false;
  }

  /** A library, whose code nobody reads here. */
  #functions(): void {
    this.#doing = "read-functions";
    try {
      this.#string();
    } catch (error) {
      if (!(error instanceof UnexpectedEnd)) throw error;
      throw new BadRdb("Failed loading library, Failed loading library payload", { cause: error });
    }
  }

  #keyAndValue(type: number): void {
    this.#type = type;
    this.#doing = "read-key";
    this.#key = this.#string();
    this.#keys++;
    this.#doing = "read-object-value";
    const value = this.#value;
    value.begin(type);
    value.skip();
    if (value.kind !== RDB_KIND_STRING && value.read === 0) throw new BadRdb("Value without elements");
    if (this.#expireMs !== -1) {
      this.#expires++;
      if (this.#expireMs < this.#nowMs) this.#expired++;
    }
    this.#expireMs = -1;
    this.#key = undefined;
    this.#type = -1;
  }

  /** Reads a string. @returns its beginning, as it is shown */
  #string(): string {
    const stream = this.#stream;
    const slice = this.#slice;
    const after = this.#part.look(stream, 0);
    this.#part.resolve(stream, slice);
    stream.position += after;
    const text = shown(slice.buf, slice.off, slice.off + Math.min(slice.len, KEY_SHOWN_BYTES));
    this.#part.shrink();
    return text;
  }

  #checksum(): void {
    const stream = this.#stream;
    const crc = stream.checksum();
    this.#doing = "check-sum";
    stream.need(8);
    const { buf, position } = stream;
    const none = buf.subarray(position, position + 8).every((byte) => byte === 0);
    const right = crc !== null && crc.matches(buf, position);
    stream.position += 8;
    if (none) this.#info("RDB file was saved with checksum disabled: no check performed.");
    else if (!right) throw new BadRdb("RDB CRC error");
    else this.#info("Checksum OK");
  }
}
