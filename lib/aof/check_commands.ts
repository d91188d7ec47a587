/**
 * The commands and annotations of one AOF, checked as redis-check-aof does:
 * docs/AOF.md §11.
 *
 * DESIGN. Stricter than the loader (lib/aof/grammar.ts) about line ends, and
 * blind to what commands mean, but for MULTI and EXEC: a good file ends outside
 * a transaction. Payloads are passed over, never held, so a length may be any
 * lie. Where redis-check-aof calls good what no server loads, an annotation
 * that ends without its line end and a command of no arguments, we do not.
 *
 * Units: offsets in bytes from the beginning of the file.
 */

import { equalsFolded, toAscii } from "../base/ascii.ts";
import { CheckFailed } from "./check_port.ts";
import { type CheckInput, WINDOW_BYTES } from "./check_input.ts";
import { LONG_MAX, scanLong, scanned, scannedLong } from "./check_numbers.ts";

/** A header line is read so far at most, … */
const HEADER_MAX = 127;
/** … and an annotation. */
const ANNOTATION_MAX = 1023;
/** So much of a command's name is looked at. */
const NAME_BYTES = 6;

const MULTI = toAscii("multi");
const EXEC = toAscii("exec");
const TIMESTAMP = toAscii("#ts:");
const HASH = 35;
const STAR = 42;
const DOLLAR = 36;
const CR = 13;
const LF = 10;

/** What has ended the pass: the end of the file, … */
export const END_OF_FILE = 0;
/** … something that is wrong, which `error` tells; empty where nothing but the format is, … */
export const END_WRONG = 1;
/** … or an annotation that is later than `untilTimestamp`; `okUpTo` is where to cut. */
export const END_TIMESTAMP = 2;

/** One pass over a file; see the module's note. */
export class CommandCheck {
  /** End of the last complete command outside a transaction, or of the last annotation there. */
  okUpTo = 0;
  /** What is wrong, with its offset; empty if nothing is, or if the file ends where a header should be. */
  error = "";
  /** Number of line ends passed, and one. */
  line: number;
  readonly #input: CheckInput;
  /** Where the file is, and what it is called, for messages. */
  readonly #path: string;
  readonly #name: string;
  /** 0n: there is no limit. */
  readonly #untilTimestamp: bigint;
  /** Transactions that are open; -1 behind an EXEC too many. */
  #multi = 0;
  /** Where what was read last has begun. */
  #errorAt = 0;
  #atEnd = false;
  /** Length of the payload that the last header has announced, with its line end. */
  #payload = 0;
  #payloadText = "";

  /** @param line where counting begins @param untilTimestamp in seconds; 0n: no annotation is too late */
  constructor(input: CheckInput, path: string, name: string, line: number, untilTimestamp: bigint) {
    this.#input = input;
    this.#path = path;
    this.#name = name;
    this.line = line;
    this.#untilTimestamp = untilTimestamp;
  }

  /**
   * Checks what is left of the input. @returns an END_ number
   * @param say takes lines that belong before the verdict
   * @throws {CheckFailed} @throws {IoError}
   */
  run(say: (line: string) => void): number {
    const input = this.#input;
    let end = END_OF_FILE;
    for (;;) {
      if (this.#multi === 0) this.okUpTo = input.offset;
      const first = input.peek();
      if (first < 0) {
        this.#atEnd = true;
        break;
      }
      if (first === HASH) end = this.#annotation();
      else if (first === STAR) end = this.#command() ? END_OF_FILE : END_WRONG;
      else {
        say(`AOF ${this.#name} format error`);
        return END_WRONG;
      }
      if (end !== END_OF_FILE) break;
    }
    if (this.#atEnd && this.#multi !== 0 && this.error === "") {
      this.#fail("Reached EOF before reading EXEC for MULTI");
    }
    return end;
  }

  /** @returns false, for the convenience of those who fail with it */
  #fail(what: string): false {
    this.error = `0x${this.#errorAt.toString(16).padStart(16, " ")}: ${what}`;
    return false;
  }

  /** Reads an annotation. @returns an END_ number */
  #annotation(): number {
    const input = this.#input;
    this.#errorAt = input.offset;
    input.line(ANNOTATION_MAX);
    const { buf } = input.chunk;
    const { lineStart, lineEnd } = input;
    if (buf[lineEnd - 1] !== LF && lineEnd - lineStart < ANNOTATION_MAX) {
      this.#fail("Reached EOF before the end of the annotation");
      return END_WRONG;
    }
    const isTimestamp = buf[lineStart + 1] === 84 && buf[lineStart + 2] === 83 &&
      equalsFolded(buf, lineStart, Math.min(4, lineEnd - lineStart), TIMESTAMP);
    if (this.#untilTimestamp === 0n || !isTimestamp) return END_OF_FILE;
    scanLong(buf, lineStart + 4, lineEnd);
    if (scanned.overflow || scanned.end >= lineEnd || buf[scanned.end] !== CR) {
      throw new CheckFailed("Invalid timestamp annotation");
    }
    return scannedLong() <= this.#untilTimestamp ? END_OF_FILE : END_TIMESTAMP;
  }

  /** Reads a command. @returns whether it is good and complete */
  #command(): boolean {
    if (!this.#header(STAR)) return false;
    const count = scanned.value;
    if (count < 1) return this.#fail(`Expected a command of 1 argument at least, got: ${scannedLong()}`);
    for (let i = 0; i < count; i++) {
      if (!this.#length() || !this.#argument(i === 0)) return false;
    }
    return true;
  }

  /** Reads `<prefix><number>\r\n`; the number is in `scanned`. @returns whether it is good and complete */
  #header(prefix: number): boolean {
    const input = this.#input;
    this.#errorAt = input.offset;
    if (!input.line(HEADER_MAX)) {
      this.#atEnd = true;
      return false;
    }
    const { buf } = input.chunk;
    const { lineStart, lineEnd } = input;
    if (buf[lineStart] !== prefix) {
      const got = printable(buf[lineStart]);
      return this.#fail(`Expected prefix '${String.fromCharCode(prefix)}', got: '${got}`);
    }
    scanLong(buf, lineStart + 1, lineEnd);
    return this.#newline(buf, scanned.end, lineEnd);
  }

  /** Whether there is a line end at `buf[at]`. */
  #newline(buf: Uint8Array, at: number, end: number): boolean {
    const first = at < end ? buf[at] : 0;
    const second = at + 1 < end ? buf[at + 1] : 0;
    if (first !== CR || second !== LF) return this.#fail(`Expected \\r\\n, got: ${hex(first)}${hex(second)}`);
    this.line++;
    return true;
  }

  /** Reads the header of an argument. @returns whether it is good and complete */
  #length(): boolean {
    if (!this.#header(DOLLAR)) return false;
    const { value, wide } = scanned;
    if (value < 0 || (wide !== null && wide > LONG_MAX - 2n)) {
      return this.#fail(
        `Expected to read string of ${scannedLong()} bytes, which is not in the suitable range`,
      );
    }
    this.#payload = value + 2;
    this.#payloadText = wide === null ? "" : String(wide + 2n);
    return true;
  }

  /** Passes over an argument. @param isName whether it is the command's name */
  #argument(isName: boolean): boolean {
    const input = this.#input;
    const { chunk } = input;
    const bytes = this.#payload;
    const start = this.#errorAt = input.offset;
    // What is small is looked at in one piece; of the rest, its beginning and its end.
    const whole = bytes <= WINDOW_BYTES;
    if (whole && chunk.end - chunk.pos < bytes && input.ensure(bytes) < bytes) return this.#short(start);
    if (!whole) input.ensure(NAME_BYTES);
    const change = isName
      ? transactionChange(chunk.buf, chunk.pos, Math.min(chunk.end - chunk.pos, bytes - 2))
      : 0;
    if (!whole && (input.skip(bytes - 2) < bytes - 2 || input.ensure(2) < 2)) return this.#short(start);
    const end = whole ? chunk.pos + bytes : chunk.pos + 2;
    if (!this.#newline(chunk.buf, end - 2, end)) return false;
    chunk.pos = end;
    return change === 0 || this.#transaction(change);
  }

  #short(start: number): false {
    const { chunk } = this.#input;
    const got = chunk.offset - start + chunk.end - chunk.pos;
    const expected = this.#payloadText === "" ? this.#payload : this.#payloadText;
    this.#atEnd = true;
    return this.#fail(`Expected to read ${expected} bytes, got ${got} bytes`);
  }

  /** A MULTI (1) or an EXEC (-1) was read. */
  #transaction(change: number): boolean {
    this.#multi += change;
    if (this.#multi === (change > 0 ? 1 : 0)) return true;
    return this.#fail(`Unexpected ${change > 0 ? "MULTI" : "EXEC"} in AOF ${this.#path}`);
  }
}

/** Whether a command's name, of which `len` bytes are at hand, is MULTI (1) or EXEC (-1). */
function transactionChange(buf: Uint8Array, at: number, len: number): number {
  if (isName(buf, at, len, MULTI)) return 1;
  return isName(buf, at, len, EXEC) ? -1 : 0;
}

/** Whether C would find the name: it ends here or in a NUL. */
function isName(buf: Uint8Array, at: number, len: number, name: Uint8Array): boolean {
  const n = name.length;
  return len >= n && (len === n || buf[at + n] === 0) && equalsFolded(buf, at, n, name);
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}

/** A byte and the quote behind it, as C prints them; what is not ASCII as an escape. A NUL ends the text. */
function printable(byte: number): string {
  if (byte === 0) return "";
  return (byte < 128 ? String.fromCharCode(byte) : `\\x${hex(byte)}`) + "'";
}
