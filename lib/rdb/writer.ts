/**
 * Writes RDB records into a growing buffer: the wire of the snapshot, DUMP
 * payloads, files.
 *
 * DESIGN. Values are written in the plain types (list, set, hash, sorted set
 * with binary scores), element by element: what packs them in memory is
 * nobody's business. On the wire strings are plain, because whoever reads it
 * makes something else of them at once; files and DUMP store integers as such
 * and compress, as Redis does. The buffer is handed over with `take` and never
 * written again by us, so that it can be sent while the next one fills.
 *
 * A record of a key: `byte(type)`, `string(key)`, then the value; a value: for a
 * string `string(bytes)`, else `lengthOf(count)` and per element `string(item)`,
 * `string(field)` `string(value)`, or `string(member)` `double(score)`.
 */

import { copyBytes, parseInt64, toAscii } from "../base/ascii.ts";
import { type Crc64 } from "../base/crc64.ts";
import {
  RDB_32BIT_LEN,
  RDB_64BIT_LEN,
  RDB_ENC_INT16,
  RDB_ENC_INT32,
  RDB_ENC_INT8,
  RDB_ENC_LZF,
  RDB_MAGIC,
  RDB_OPCODE_AUX,
  RDB_OPCODE_EOF,
  RDB_OPCODE_EXPIRETIME_MS,
  RDB_OPCODE_FREQ,
  RDB_OPCODE_IDLE,
  RDB_OPCODE_RESIZEDB,
  RDB_OPCODE_SELECTDB,
  RDB_VERSION,
} from "./format.ts";
import { putDouble } from "./lengths.ts";
import { lzfCompress } from "./lzf.ts";

const expiry = new DataView(new ArrayBuffer(8));
const expiryBytes = new Uint8Array(expiry.buffer);

/** Longer digits are no int32. */
const INTEGER_DIGITS_MAX = 11;
/** Strings of up to this many bytes are not worth compressing. */
const COMPRESS_ABOVE_BYTES = 20;
/** What compression must save at least, in bytes. */
const SAVING_MIN_BYTES = 4;
/** A compressed string's encoding byte and its two lengths need at most this. */
const COMPRESSED_HEADER_MAX = 19;

/** Lengths below this take six bits. */
const SHORT_STRING = 64;

/** How strings are written. */
export interface StringEncoding {
  /** Digits of an int32 as an integer. */
  readonly integers: boolean;
  /** Strings longer than 20 bytes compressed, where that saves something. */
  readonly compress: boolean;
}

/** All strings as they are: the wire. */
export const PLAIN_STRINGS: StringEncoding = { integers: false, compress: false };

/** A growing buffer of RDB bytes. */
export class RdbWriter {
  buf: Uint8Array;
  length = 0;
  readonly #integers: boolean;
  /** Neither integers nor compression. */
  readonly #plain: boolean;
  readonly #compress: boolean;
  readonly #crc: Crc64 | null;

  /**
   * @param capacity bytes of the first buffer
   * @param encoding how strings are written
   * @param crc takes in all bytes as they are taken, for a checksum at the end; whoever puts
   * bytes of its own between must add them to it
   */
  constructor(capacity: number, encoding: StringEncoding = PLAIN_STRINGS, crc: Crc64 | null = null) {
    this.buf = new Uint8Array(capacity);
    this.#integers = encoding.integers;
    this.#plain = !encoding.integers && !encoding.compress;
    this.#compress = encoding.compress;
    this.#crc = crc;
  }

  /** Hands the bytes over and starts a fresh buffer of `capacity` bytes. */
  take(capacity: number): Uint8Array {
    const bytes = this.buf.subarray(0, this.length);
    this.#crc?.update(bytes, 0, bytes.length);
    this.buf = new Uint8Array(capacity);
    this.length = 0;
    return bytes;
  }

  /** Hands the bytes to `write`, which must have used them when it returns, and goes on in the same buffer. */
  drain(write: (buf: Uint8Array, start: number, end: number) => void): void {
    this.#crc?.update(this.buf, 0, this.length);
    const { length } = this;
    this.length = 0;
    write(this.buf, 0, length);
  }

  header(): void {
    const magic = toAscii(RDB_MAGIC + String(RDB_VERSION).padStart(4, "0"));
    this.bytes(magic, 0, magic.length);
  }

  aux(name: string, value: string): void {
    this.byte(RDB_OPCODE_AUX);
    this.text(name);
    this.text(value);
  }

  selectDb(id: number): void {
    this.byte(RDB_OPCODE_SELECTDB);
    this.lengthOf(id);
  }

  /** How many keys the database has, and how many of them have a deadline: a hint for the reader. */
  resizeDb(keys: number, expires: number): void {
    this.byte(RDB_OPCODE_RESIZEDB);
    this.lengthOf(keys);
    this.lengthOf(expires);
  }

  expireMs(ms: number): void {
    this.byte(RDB_OPCODE_EXPIRETIME_MS);
    expiry.setBigInt64(0, BigInt(Math.trunc(ms)), true);
    this.bytes(expiryBytes, 0, 8);
  }

  /** For how many seconds the key has been idle. */
  idle(seconds: number): void {
    this.byte(RDB_OPCODE_IDLE);
    this.lengthOf(seconds);
  }

  /** How often the key is used, 0 to 255. */
  frequency(value: number): void {
    this.byte(RDB_OPCODE_FREQ);
    this.byte(value);
  }

  /** The end, with the checksum if one is made, else with the 0 that means "none". */
  eof(): void {
    this.reserve(9);
    this.buf[this.length++] = RDB_OPCODE_EOF;
    this.buf.fill(0, this.length, this.length + 8);
    if (this.#crc !== null) {
      this.#crc.update(this.buf, 0, this.length);
      this.#crc.writeTo(this.buf, this.length);
    }
    this.length += 8;
  }

  byte(value: number): void {
    this.reserve(1);
    this.buf[this.length++] = value;
  }

  /** A length in the shortest form. */
  lengthOf(n: number): void {
    this.reserve(9);
    const buf = this.buf;
    const at = this.length;
    if (n < 64) {
      buf[at] = n;
      this.length = at + 1;
    } else if (n < 16384) {
      buf[at] = 0x40 | (n >>> 8);
      buf[at + 1] = n;
      this.length = at + 2;
    } else if (n <= 0xffffffff) {
      buf[at] = RDB_32BIT_LEN;
      this.#word(at + 1, n);
      this.length = at + 5;
    } else {
      buf[at] = RDB_64BIT_LEN;
      this.#word(at + 1, Math.floor(n / 2 ** 32));
      this.#word(at + 5, n >>> 0);
      this.length = at + 9;
    }
  }

  /** A string, encoded as this writer does. */
  string(buf: Uint8Array, off: number, len: number): void {
    if (len < SHORT_STRING && this.#plain) return this.#shortString(buf, off, len);
    if (this.#integers && len <= INTEGER_DIGITS_MAX && this.#integer(buf, off, len)) return;
    if (this.#compress && len > COMPRESS_ABOVE_BYTES && this.#compressed(buf, off, len)) return;
    this.lengthOf(len);
    this.bytes(buf, off, len);
  }

  /** A string whose length takes one byte, as it is: what the wire is mostly made of. */
  #shortString(buf: Uint8Array, off: number, len: number): void {
    this.reserve(len + 1);
    const out = this.buf;
    const at = this.length;
    out[at] = len;
    const shift = (at + 1 - off) | 0;
    const end = (off + len) | 0;
    for (let i = off | 0; i < end; i = (i + 1) | 0) out[(i + shift) | 0] = buf[i];
    this.length = at + 1 + len;
  }

  text(text: string): void {
    const bytes = toAscii(text);
    this.string(bytes, 0, bytes.length);
  }

  /** A score. */
  double(value: number): void {
    this.reserve(8);
    putDouble(this.buf, this.length, value);
    this.length += 8;
  }

  bytes(buf: Uint8Array, off: number, len: number): void {
    this.reserve(len);
    copyBytes(buf, off, this.buf, this.length, len);
    this.length += len;
  }

  reserve(bytes: number): void {
    if (this.buf.length - this.length >= bytes) return;
    const grown = new Uint8Array(Math.max(this.buf.length * 2, this.length + bytes));
    grown.set(this.buf.subarray(0, this.length));
    this.buf = grown;
  }

  /** Writes the digits of an int32 as an integer. @returns whether they are one */
  #integer(digits: Uint8Array, off: number, len: number): boolean {
    const n = parseInt64(digits, off, len);
    if ((n | 0) !== n) return false;
    this.reserve(5);
    const buf = this.buf;
    let at = this.length;
    const width = n === (n << 24) >> 24 ? 1 : n === (n << 16) >> 16 ? 2 : 4;
    buf[at++] = width === 1 ? RDB_ENC_INT8 : width === 2 ? RDB_ENC_INT16 : RDB_ENC_INT32;
    for (let i = 0; i < width; i++) buf[at++] = n >> (8 * i);
    this.length = at;
    return true;
  }

  /** Writes a string compressed. @returns false, and nothing written, if that saves too little */
  #compressed(src: Uint8Array, off: number, len: number): boolean {
    const max = len - SAVING_MIN_BYTES;
    this.reserve(COMPRESSED_HEADER_MAX + max);
    const start = this.length;
    // The compressed length comes first, and nobody knows it yet: compress behind it and move down.
    const at = start + COMPRESSED_HEADER_MAX;
    const compressed = lzfCompress(src, off, len, this.buf, at, max);
    if (compressed === 0) return false;
    this.buf[this.length++] = RDB_ENC_LZF;
    this.lengthOf(compressed);
    this.lengthOf(len);
    this.buf.copyWithin(this.length, at, at + compressed);
    this.length += compressed;
    return true;
  }

  #word(at: number, n: number): void {
    this.buf[at] = n >>> 24;
    this.buf[at + 1] = n >>> 16;
    this.buf[at + 2] = n >>> 8;
    this.buf[at + 3] = n;
  }
}
