/**
 * The little RESP that load generators and control connections need.
 *
 * DESIGN. `ReplyCounter` counts complete replies in a stream cut anywhere and
 * never builds them: a load generator asks only how many came, and whether one
 * was an error. `parseReply` builds one reply as strings; it serves control
 * connections, where speed does not matter. RESP2 only: no benchmark says HELLO.
 */

const encoder = new TextEncoder();
const decoder = new TextDecoder("latin1");

const CR = 13;
const LF = 10;
const PLUS = 43;
const MINUS = 45;
const COLON = 58;
const DOLLAR = 36;
const STAR = 42;

/** One command as RESP bytes: an array of bulk strings. */
export function encodeCommand(argv: readonly string[]): Uint8Array<ArrayBuffer> {
  let text = `*${argv.length}\r\n`;
  for (const arg of argv) text += `$${encoder.encode(arg).length}\r\n${arg}\r\n`;
  return encoder.encode(text);
}

/**
 * Counts the complete top-level replies of a byte stream.
 *
 * INVARIANT. `replies` grows only when the last byte of a reply has been fed.
 */
export class ReplyCounter {
  /** Complete replies so far. */
  replies = 0;
  /** Error replies so far, nested ones included. */
  errors = 0;
  /** The text of the first error, without its `-`; empty when there was none. */
  firstError = "";
  #type = 0;
  #number = 0;
  #negative = false;
  #skipBytes = 0;
  #openItems = 0;

  /** Feeds `buf[start, end)`. @throws Error when a reply begins with a byte that RESP2 does not know. */
  feed(buf: Uint8Array, start: number, end: number): void {
    let i = start;
    while (i < end) {
      if (this.#skipBytes > 0) {
        const step = Math.min(this.#skipBytes, end - i);
        this.#skipBytes -= step;
        i += step;
        if (this.#skipBytes === 0) this.#finishItem(0);
        continue;
      }
      const byte = buf[i++];
      if (this.#type === 0) this.#beginItem(byte);
      else if (byte === LF) this.#endLine();
      else if (this.#type === MINUS) this.#keepErrorByte(byte);
      else if (byte === MINUS) this.#negative = true;
      else if (byte !== CR && this.#type !== PLUS) this.#number = this.#number * 10 + byte - 48;
    }
  }

  #beginItem(byte: number): void {
    if (byte !== PLUS && byte !== MINUS && byte !== COLON && byte !== DOLLAR && byte !== STAR) {
      throw new Error(`Cannot count replies as one begins with byte ${byte}`);
    }
    this.#type = byte;
    this.#number = 0;
    this.#negative = false;
    if (byte === MINUS) this.errors++;
  }

  #keepErrorByte(byte: number): void {
    if (this.errors === 1 && byte !== CR) this.firstError += String.fromCharCode(byte);
  }

  #endLine(): void {
    const type = this.#type;
    this.#type = 0;
    if (type === DOLLAR && !this.#negative) this.#skipBytes = this.#number + 2;
    else this.#finishItem(type === STAR && !this.#negative ? this.#number : 0);
  }

  /** One item is complete but for `children` items that belong to it. */
  #finishItem(children: number): void {
    this.#openItems += children - (this.#openItems > 0 ? 1 : 0);
    if (this.#openItems === 0) this.replies++;
  }
}

/** An error reply, as a value. */
export class ReplyError {
  /** The text after the `-`. */
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

/** What a control connection gets back. */
export type Reply = string | number | null | ReplyError | Reply[];

/** A parsed reply and the offset of the byte behind it. */
export interface ParsedReply {
  readonly reply: Reply;
  readonly end: number;
}

/** Parses one reply at `offset` of `bytes`. @returns null when it is not complete yet. */
export function parseReply(bytes: Uint8Array, offset = 0): ParsedReply | null {
  const eol = bytes.indexOf(LF, offset);
  if (eol < 0) return null;
  const line = decoder.decode(bytes.subarray(offset + 1, eol - 1));
  const next = eol + 1;
  switch (bytes[offset]) {
    case PLUS:
      return { reply: line, end: next };
    case MINUS:
      return { reply: new ReplyError(line), end: next };
    case COLON:
      return { reply: Number(line), end: next };
    case DOLLAR:
      return parseBulk(bytes, next, Number(line));
    case STAR:
      return parseArray(bytes, next, Number(line));
    default:
      throw new Error(`Cannot parse a reply as it begins with byte ${bytes[offset]}`);
  }
}

function parseBulk(bytes: Uint8Array, start: number, length: number): ParsedReply | null {
  if (length < 0) return { reply: null, end: start };
  const end = start + length + 2;
  if (bytes.length < end) return null;
  return { reply: decoder.decode(bytes.subarray(start, end - 2)), end };
}

function parseArray(bytes: Uint8Array, start: number, length: number): ParsedReply | null {
  if (length < 0) return { reply: null, end: start };
  const items: Reply[] = [];
  let at = start;
  for (let i = 0; i < length; i++) {
    const item = parseReply(bytes, at);
    if (item === null) return null;
    items.push(item.reply);
    at = item.end;
  }
  return { reply: items, end: at };
}
