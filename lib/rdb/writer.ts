/**
 * Writes RDB records into a growing buffer: the wire of the snapshot.
 *
 * DESIGN. Plain lengths and plain strings only, no compression: whoever reads
 * the stream (the rewrite child) compresses where a file wants it. The buffer
 * is handed over with `takeFull` and never written again by us, so that it can
 * be sent while the next one fills.
 */

import { copyBytes, toAscii } from "../base/ascii.ts";
import {
  RDB_32BIT_LEN,
  RDB_64BIT_LEN,
  RDB_MAGIC,
  RDB_OPCODE_AUX,
  RDB_OPCODE_EOF,
  RDB_OPCODE_EXPIRETIME_MS,
  RDB_OPCODE_SELECTDB,
  RDB_VERSION,
} from "./format.ts";

const expiry = new DataView(new ArrayBuffer(8));

/** A growing buffer of RDB bytes. */
export class RdbWriter {
  buf: Uint8Array;
  length = 0;

  constructor(capacity: number) {
    this.buf = new Uint8Array(capacity);
  }

  /** Hands the bytes over and starts a fresh buffer of `capacity` bytes. */
  take(capacity: number): Uint8Array {
    const bytes = this.buf.subarray(0, this.length);
    this.buf = new Uint8Array(capacity);
    this.length = 0;
    return bytes;
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

  expireMs(ms: number): void {
    this.byte(RDB_OPCODE_EXPIRETIME_MS);
    expiry.setBigInt64(0, BigInt(Math.trunc(ms)), true);
    this.bytes(new Uint8Array(expiry.buffer), 0, 8);
  }

  /** The end, with the checksum 0 that means "none". */
  eof(): void {
    this.reserve(9);
    this.buf[this.length] = RDB_OPCODE_EOF;
    this.buf.fill(0, this.length + 1, this.length + 9);
    this.length += 9;
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

  /** A string: length and bytes. */
  string(buf: Uint8Array, off: number, len: number): void {
    this.lengthOf(len);
    this.bytes(buf, off, len);
  }

  text(text: string): void {
    const bytes = toAscii(text);
    this.string(bytes, 0, bytes.length);
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

  #word(at: number, n: number): void {
    this.buf[at] = n >>> 24;
    this.buf[at + 1] = n >>> 16;
    this.buf[at + 2] = n >>> 8;
    this.buf[at + 3] = n;
  }
}
