/**
 * Replies of one connection, encoded straight into the bytes to be sent.
 *
 * DESIGN. Writers append to a pooled buffer; when it is full it joins a queue
 * and another is taken. The server takes filled buffers out for sending and
 * gives them back to the pool. Nothing here allocates for a usual reply.
 * RESP3 shapes fall back to RESP2's when the connection speaks RESP2.
 */

import { copyBytes, toAscii, writeBigInt, writeInt } from "../base/ascii.ts";
import { MAX_DOUBLE_LENGTH, writeDouble } from "../base/float.ts";
import { giveBuffer, takeBuffer } from "./buffer_pool.ts";
import { SHORT_BULK, writeShortBulk } from "./short_bulk.ts";

const NO_BYTES = new Uint8Array(0);
const CR = 13;
const LF = 10;
const OK = toAscii("+OK\r\n");
const NIL_BULK = toAscii("$-1\r\n");
const NIL_ARRAY = toAscii("*-1\r\n");
const NULL = toAscii("_\r\n");
const QUEUED = toAscii("+QUEUED\r\n");
const utf8 = new TextEncoder();

/** The most bytes that a header or number takes. */
const LINE_BYTES = 32;

/** A place to come back to, from `mark`. */
export interface ReplyMark {
  readonly queued: number;
  readonly len: number;
  readonly buf: Uint8Array;
}

/** Encoded replies that wait to be sent; see the module's note. */
export class ReplyBuffer {
  /** Whether the connection speaks RESP3. */
  resp3 = false;
  /** Error replies written so far, and the last one: the server looks whether a command failed. */
  errors = 0;
  lastError: Uint8Array = NO_BYTES;
  #buf: Uint8Array = NO_BYTES;
  #len = 0;
  /** Full buffers, and how much of each is used. */
  #queue: Uint8Array[] = [];
  #lengths: number[] = [];
  #queuedBytes = 0;

  /** Bytes that wait. */
  get length(): number {
    return this.#queuedBytes + this.#len;
  }

  /** Memory that the waiting buffers hold. */
  get memory(): number {
    return this.#queue.reduce((sum, b) => sum + b.length, 0) + this.#buf.length;
  }

  /** Bytes in the buffer being filled, and its size, for CLIENT LIST's `obl` and `rbs`. */
  get tailBytes(): number {
    return this.#len;
  }

  get tailCapacity(): number {
    return this.#buf.length;
  }

  /** How many full buffers wait, for CLIENT LIST's `oll`. */
  get queued(): number {
    return this.#queue.length;
  }

  /** How many bytes of the buffer that `take` returned are replies. */
  takenLength = 0;

  /**
   * Takes the oldest buffer out: `[0, takenLength)` are replies. The buffer is
   * the caller's, to be given to the pool with `giveBuffer` after sending.
   * @returns undefined when nothing waits
   */
  take(): Uint8Array | undefined {
    const first = this.#queue.shift();
    if (first !== undefined) {
      this.takenLength = this.#lengths.shift()!;
      this.#queuedBytes -= this.takenLength;
      return first;
    }
    if (this.#len === 0) return undefined;
    const last = this.#buf;
    this.takenLength = this.#len;
    this.#buf = NO_BYTES;
    this.#len = 0;
    return last;
  }

  /** Drops everything that waits. */
  clear(): void {
    for (let bytes = this.take(); bytes !== undefined; bytes = this.take()) giveBuffer(bytes);
  }

  /** Notes the present end, to `rollback` to. */
  mark(): ReplyMark {
    return { queued: this.#queue.length, len: this.#len, buf: this.#buf };
  }

  /** Forgets what was written since `mark`; nothing may have been taken in between. */
  rollback(mark: ReplyMark): void {
    if (this.#queue.length > mark.queued) {
      for (const dropped of this.#lengths.slice(mark.queued)) this.#queuedBytes -= dropped;
      this.#queue.length = this.#lengths.length = mark.queued;
      // A buffer that was empty then has been given to the pool since.
      this.#buf = mark.len === 0 ? NO_BYTES : mark.buf;
    }
    this.#len = mark.len;
  }

  /** Bytes as they are. */
  raw(bytes: Uint8Array): void {
    const len = bytes.length;
    if (this.#buf.length - this.#len < len) this.#more(len);
    copyBytes(bytes, 0, this.#buf, this.#len, len);
    this.#len += len;
  }

  ok(): void {
    this.raw(OK);
  }

  queuedStatus(): void {
    this.raw(QUEUED);
  }

  /** A status line: `+text`. */
  simple(text: string): void {
    this.raw(utf8.encode(`+${text}\r\n`));
  }

  /** An error reply that was encoded with `errorReply`. */
  error(encoded: Uint8Array): void {
    this.errors++;
    this.lastError = encoded;
    this.raw(encoded);
  }

  /** An error with a text of its own: `-ERR …`, or another code first. */
  errorText(text: string): void {
    this.error(utf8.encode(`-${text.replace(/[\r\n]/g, " ")}\r\n`));
  }

  /** `:n`, a safe integer. */
  integer(n: number): void {
    this.#line(58, n);
  }

  /** `:n` for 64-bit values. */
  bigInteger(n: bigint): void {
    if (this.#buf.length - this.#len < LINE_BYTES) this.#more(LINE_BYTES);
    this.#buf[this.#len] = 58;
    this.#endLine(writeBigInt(this.#buf, this.#len + 1, n));
  }

  /** A bulk string. */
  bulk(buf: Uint8Array, off: number, len: number): void {
    if (this.#buf.length - this.#len < len + LINE_BYTES) this.#more(len + LINE_BYTES);
    if (len < SHORT_BULK) {
      this.#len = writeShortBulk(this.#buf, this.#len, buf, off, len);
      return;
    }
    this.#line(36, len);
    const out = this.#buf;
    const at = this.#len;
    copyBytes(buf, off, out, at, len);
    out[at + len] = CR;
    out[at + len + 1] = LF;
    this.#len = at + len + 2;
  }

  /** A bulk string from text, as UTF-8. */
  bulkText(text: string): void {
    const bytes = utf8.encode(text);
    this.bulk(bytes, 0, bytes.length);
  }

  /** A safe integer as a bulk string. */
  bulkInteger(n: number): void {
    this.bulkText(String(n));
  }

  /** The null reply of a missing string. */
  nil(): void {
    this.raw(this.resp3 ? NULL : NIL_BULK);
  }

  /** The null reply of a missing array. */
  nullArray(): void {
    this.raw(this.resp3 ? NULL : NIL_ARRAY);
  }

  arrayHeader(n: number): void {
    this.#line(42, n);
  }

  /** `n` pairs follow. */
  mapHeader(n: number): void {
    if (this.resp3) this.#line(37, n);
    else this.#line(42, n * 2);
  }

  setHeader(n: number): void {
    this.#line(this.resp3 ? 126 : 42, n);
  }

  /** Out-of-band data (RESP3), an array in RESP2. */
  pushHeader(n: number): void {
    this.#line(this.resp3 ? 62 : 42, n);
  }

  /** A double: `,x`, or a bulk in RESP2. */
  number(value: number): void {
    const room = MAX_DOUBLE_LENGTH + LINE_BYTES;
    if (this.#buf.length - this.#len < room) this.#more(room);
    const out = this.#buf;
    const at = this.#len;
    if (this.resp3) {
      out[at] = 44;
      return this.#endLine(writeDouble(out, at + 1, value));
    }
    // The text is at most two digits long in length, and moves up when it is one.
    const text = at + 5;
    const len = writeDouble(out, text, value) - text;
    out[at] = 36;
    let to = at + 1;
    if (len > 9) out[to++] = 48 + ((len / 10) | 0);
    out[to] = 48 + len % 10;
    out[to + 1] = CR;
    out[to + 2] = LF;
    to += 3;
    for (let i = 0; i < len; i++) out[to + i] = out[text + i];
    this.#endLine(to + len);
  }

  /** A double that is already formatted: `,x`, or a bulk in RESP2. */
  double(formatted: string): void {
    if (this.resp3) this.raw(toAscii(`,${formatted}\r\n`));
    else this.bulkText(formatted);
  }

  /** A boolean: `#t`/`#f`, or 1/0. */
  bool(value: boolean): void {
    if (this.resp3) this.raw(toAscii(value ? "#t\r\n" : "#f\r\n"));
    else this.integer(value ? 1 : 0);
  }

  /** Text that is meant for a person: `=len\r\ntxt:…`, or a bulk in RESP2. */
  verbatim(text: string): void {
    this.verbatimBytes(utf8.encode(text));
  }

  /** `verbatim` for bytes. */
  verbatimBytes(bytes: Uint8Array): void {
    if (!this.resp3) return this.bulk(bytes, 0, bytes.length);
    this.raw(toAscii(`=${bytes.length + 4}\r\ntxt:`));
    this.raw(bytes);
    this.raw(toAscii("\r\n"));
  }

  /** One type byte, a number, CRLF. */
  #line(type: number, n: number): void {
    if (this.#buf.length - this.#len < LINE_BYTES) this.#more(LINE_BYTES);
    const buf = this.#buf;
    buf[this.#len] = type;
    if (n >= 0 && n <= 9) {
      buf[this.#len + 1] = 48 + n;
      this.#endLine(this.#len + 2);
    } else this.#endLine(writeInt(buf, this.#len + 1, n));
  }

  #endLine(at: number): void {
    this.#buf[at] = CR;
    this.#buf[at + 1] = LF;
    this.#len = at + 2;
  }

  /** Makes room for `bytes` more, in another buffer when there is something in this one. */
  #more(bytes: number): void {
    if (this.#len > 0) {
      this.#queue.push(this.#buf);
      this.#lengths.push(this.#len);
      this.#queuedBytes += this.#len;
      this.#len = 0;
    } else if (this.#buf.length > 0) giveBuffer(this.#buf);
    this.#buf = takeBuffer(bytes);
  }
}
