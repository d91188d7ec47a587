/**
 * Splitting a line into arguments, and the quoting that undoes it.
 *
 * DESIGN. One grammar serves configuration lines, inline commands and the
 * AOF manifest. Arguments are separated by white space. A double quote opens a
 * stretch in which `\n \r \t \b \a` and `\xHH` are escapes and any other
 * escaped byte is itself; a single quote one in which only `\'` is special.
 * A quote may open inside an argument (`ab"c d"` is `abc d`) but must be closed
 * at the argument's end. A NUL byte ends the line, as in C.
 *
 * The splitter never yields more bytes than it reads, so one output buffer of
 * the line's length holds all arguments.
 */

import { bytesToByteString, byteStringToBytes } from "./byte_string.ts";

const NUL = 0;
const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const DOUBLE = 0x22;
const SINGLE = 0x27;
const BACKSLASH = 0x5c;
const LETTER_X = 0x78;

/** C's isspace: tab, LF, VT, FF, CR, space. */
function isSpace(byte: number): boolean {
  return byte === SPACE || (byte >= TAB && byte <= CR);
}

/** The value of a hexadecimal digit, or -1. */
function hexValue(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const low = byte | 0x20;
  return low >= 0x61 && low <= 0x66 ? low - 0x57 : -1;
}

/** The byte that `\c` stands for between double quotes. */
function unescape(c: number): number {
  switch (c) {
    case 0x6e: // n
      return LF;
    case 0x72: // r
      return CR;
    case 0x74: // t
      return TAB;
    case 0x62: // b
      return 0x08;
    case 0x61: // a
      return 0x07;
    default:
      return c;
  }
}

/** Reads one line; holds where it reads and writes. Cold enough to be an object per line. */
class Splitter {
  readonly #buf: Uint8Array;
  readonly #end: number;
  readonly #out: Uint8Array;
  #at: number;
  #filled = 0;

  constructor(buf: Uint8Array, start: number, end: number) {
    this.#buf = buf;
    const nul = buf.subarray(start, end).indexOf(NUL);
    this.#end = nul < 0 ? end : start + nul;
    this.#out = new Uint8Array(this.#end - start);
    this.#at = start;
  }

  /** The byte `ahead` of the read position, NUL behind the end. */
  #peek(ahead: number): number {
    const i = this.#at + ahead;
    return i < this.#end ? this.#buf[i] : NUL;
  }

  /** The next argument, undefined at the end of the line, null for unbalanced quotes. */
  next(): Uint8Array | undefined | null {
    while (this.#at < this.#end && isSpace(this.#buf[this.#at])) this.#at++;
    if (this.#at >= this.#end) return undefined;
    const from = this.#filled;
    for (;;) {
      const c = this.#peek(0);
      if (c === NUL || c === SPACE || c === TAB || c === LF || c === CR) break;
      this.#at++;
      if (c === DOUBLE || c === SINGLE) {
        const closed = c === DOUBLE ? this.#double() : this.#single();
        if (!closed) return null;
        break;
      }
      this.#out[this.#filled++] = c;
    }
    return this.#out.subarray(from, this.#filled);
  }

  /** Reads to the closing double quote; false when there is none, or no space behind it. */
  #double(): boolean {
    for (;;) {
      let c = this.#peek(0);
      if (c === NUL) return false;
      this.#at++;
      if (c === DOUBLE) return this.#closedWell();
      if (c === BACKSLASH && this.#peek(0) !== NUL) {
        const high = hexValue(this.#peek(1));
        const low = hexValue(this.#peek(2));
        if (this.#peek(0) === LETTER_X && high >= 0 && low >= 0) {
          c = high * 16 + low;
          this.#at += 3;
        } else {
          c = unescape(this.#peek(0));
          this.#at++;
        }
      }
      this.#out[this.#filled++] = c;
    }
  }

  /** Reads to the closing single quote; false when there is none, or no space behind it. */
  #single(): boolean {
    for (;;) {
      let c = this.#peek(0);
      if (c === NUL) return false;
      this.#at++;
      if (c === SINGLE) return this.#closedWell();
      if (c === BACKSLASH && this.#peek(0) === SINGLE) {
        c = SINGLE;
        this.#at++;
      }
      this.#out[this.#filled++] = c;
    }
  }

  /** Whether what follows a closing quote ends the argument. */
  #closedWell(): boolean {
    const c = this.#peek(0);
    return c === NUL || isSpace(c);
  }
}

/**
 * Splits the line `buf[start, end)` into its arguments.
 * @returns the arguments, in memory of their own (nothing points into `buf`);
 * an empty array for a blank line; null when quotes are unbalanced
 */
export function splitArgsBytes(buf: Uint8Array, start: number, end: number): Uint8Array[] | null {
  const splitter = new Splitter(buf, start, end);
  const args: Uint8Array[] = [];
  for (;;) {
    const arg = splitter.next();
    if (arg === undefined) return args;
    if (arg === null) return null;
    args.push(arg);
  }
}

/** {@link splitArgsBytes} for a byte string. */
export function splitArgs(line: string): string[] | null {
  const bytes = byteStringToBytes(line);
  const args = splitArgsBytes(bytes, 0, bytes.length);
  return args === null ? null : args.map((arg) => bytesToByteString(arg));
}

const SHORT_ESCAPES = new Map<number, string>([
  [BACKSLASH, "\\\\"],
  [DOUBLE, '\\"'],
  [LF, "\\n"],
  [CR, "\\r"],
  [TAB, "\\t"],
  [0x07, "\\a"],
  [0x08, "\\b"],
]);

/** How each of the 256 bytes looks between double quotes. */
const REPR: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const short = SHORT_ESCAPES.get(byte);
  if (short !== undefined) return short;
  if (byte >= SPACE && byte <= 0x7e) return String.fromCharCode(byte);
  return "\\x" + byte.toString(16).padStart(2, "0");
});

/** `buf[start, end)` in double quotes, escaped to printable ASCII: {@link splitArgsBytes} reads it back. */
export function reprBytes(buf: Uint8Array, start: number, end: number): string {
  let out = '"';
  for (let i = start; i < end; i++) out += REPR[buf[i]];
  return out + '"';
}

/** A byte string in double quotes, escaped to printable ASCII: {@link splitArgs} reads it back. */
export function repr(text: string): string {
  let out = '"';
  for (let i = 0; i < text.length; i++) out += REPR[text.charCodeAt(i) & 0xff];
  return out + '"';
}

/** Whether a byte string must be quoted to stay one argument: it holds a space, a double quote, a backslash or an unprintable byte. */
export function needsRepr(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c <= SPACE || c === DOUBLE || c === BACKSLASH || c > 0x7e) return true;
  }
  return false;
}
