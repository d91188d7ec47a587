/**
 * Encodes commands as requests: what the AOF stores and the diff carries.
 *
 * DESIGN. One growing buffer; several commands may be written one after the
 * other. Used for what is logged *instead* of a command as it was typed
 * (docs/AOF.md §1), and by the rewrite child.
 */

import { copyBytes, toAscii, writeInt } from "../base/ascii.ts";
import { SHORT_BULK, writeShortBulk } from "./short_bulk.ts";

const CR = 13;
const LF = 10;
const STAR = 42;
const DOLLAR = 36;
const LINE_BYTES = 32;
const KEPT_BYTES = 64 * 1024;

/** Commands, encoded one after the other in `buf[0, length)`. */
export class RequestWriter {
  buf: Uint8Array = new Uint8Array(256);
  length = 0;
  /** How many commands were begun. */
  commands = 0;

  /** Forgets everything; a large buffer is let go. */
  clear(): void {
    this.length = 0;
    this.commands = 0;
    if (this.buf.length > KEPT_BYTES) this.buf = new Uint8Array(256);
  }

  /** Starts a command of `argc` arguments, its name included. */
  begin(argc: number): void {
    this.#header(STAR, argc);
    this.commands++;
  }

  /** An argument. */
  bulk(buf: Uint8Array, off: number, len: number): void {
    if (len < SHORT_BULK) {
      this.#reserve(len + LINE_BYTES);
      this.length = writeShortBulk(this.buf, this.length, buf, off, len);
      return;
    }
    this.#header(DOLLAR, len);
    this.#reserve(len + 2);
    copyBytes(buf, off, this.buf, this.length, len);
    this.#endLine(this.length + len);
  }

  /** An argument of ASCII text. */
  text(text: string): void {
    const bytes = toAscii(text);
    this.bulk(bytes, 0, bytes.length);
  }

  /** A safe integer as an argument. */
  integer(n: number): void {
    this.text(String(n));
  }

  /** Commands that are already encoded. */
  raw(buf: Uint8Array, start: number, end: number, commands: number): void {
    this.#reserve(end - start);
    copyBytes(buf, start, this.buf, this.length, end - start);
    this.length += end - start;
    this.commands += commands;
  }

  #header(type: number, n: number): void {
    this.#reserve(LINE_BYTES);
    this.buf[this.length] = type;
    this.#endLine(writeInt(this.buf, this.length + 1, n));
  }

  #endLine(at: number): void {
    this.buf[at] = CR;
    this.buf[at + 1] = LF;
    this.length = at + 2;
  }

  #reserve(bytes: number): void {
    if (this.buf.length - this.length >= bytes) return;
    const grown = new Uint8Array(Math.max(this.buf.length * 2, this.length + bytes));
    grown.set(this.buf.subarray(0, this.length));
    this.buf = grown;
  }
}
