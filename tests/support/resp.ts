/**
 * RESP2 and RESP3 for tests: requests from arguments, replies with everything the wire says about them.
 *
 * Text is latin1 throughout, one character per byte, so that any bytes can be asserted and printed.
 */

import { Crc64 } from "../../lib/base/crc64.ts";
import { Buffer } from "node:buffer";

/** An argument: latin1 text, a number printed in decimal, or bytes. */
export type Arg = string | number | Uint8Array;

/** A reply as the wire has it; text is latin1. */
export type Reply =
  | { readonly type: "status" | "error" | "bulk" | "double" | "bignum" | "bool"; readonly text: string }
  | { readonly type: "verbatim"; readonly format: string; readonly text: string }
  | { readonly type: "int"; readonly value: bigint }
  | { readonly type: "null"; readonly form: "$" | "*" | "_" }
  | { readonly type: "array" | "set" | "push"; readonly items: readonly Reply[] }
  | { readonly type: "map" | "attribute"; readonly pairs: readonly (readonly [Reply, Reply])[] };

/** One character per byte; of bytes that no string can hold, length and checksum. */
export function latin1(bytes: Uint8Array): string {
  if (bytes.length > STRING_MAX) return summary(bytes);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

/** The longest string that the runtime can make: a little less than the longest value. */
const STRING_MAX = 0x1fffffe8;

/** What stands for bytes that no string can hold: equal for equal bytes. */
function summary(bytes: Uint8Array): string {
  const crc = new Crc64();
  crc.update(bytes, 0, bytes.length);
  return `${bytes.length} bytes with the CRC-64 ${crc.value()}`;
}

/** One byte per character. @throws RangeError for a character that is none of latin1 */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 255) throw new RangeError(`Cannot encode text as it must be latin1: code is ${code}`);
    bytes[i] = code;
  }
  return bytes;
}

/** Joins byte arrays. */
export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** One command as an array of bulk strings, as latin1 text. */
export function commandText(args: readonly Arg[]): string {
  let text = `*${args.length}\r\n`;
  for (const arg of args) {
    const word = arg instanceof Uint8Array ? latin1(arg) : String(arg);
    text += `$${word.length}\r\n${word}\r\n`;
  }
  return text;
}

/** One command as an array of bulk strings. */
export function encodeCommand(args: readonly Arg[]): Uint8Array<ArrayBuffer> {
  return bytesOf(commandText(args));
}

/** Many commands, back to back. */
export function encodeCommands(commands: readonly (readonly Arg[])[]): Uint8Array<ArrayBuffer> {
  return concat(commands.map(encodeCommand));
}

/** Words at single spaces: `SET k v` for tests whose arguments hold none. */
export function words(line: string): string[] {
  return line.split(" ");
}

const CR = 13;
const LF = 10;

/** Parses replies out of bytes that may end anywhere. */
export class ReplyParser {
  readonly #buf: Uint8Array;
  readonly #end: number;
  /** Where the next reply begins. */
  position: number;

  constructor(buf: Uint8Array, start = 0, end = buf.length) {
    this.#buf = buf;
    this.position = start;
    this.#end = end;
  }

  /** The next reply, or undefined (and an unchanged position) when it is not complete. */
  next(): Reply | undefined {
    const start = this.position;
    const reply = this.#read();
    if (reply === undefined) this.position = start;
    return reply;
  }

  #line(): string | undefined {
    const eol = this.#buf.indexOf(LF, this.position);
    if (eol < 0 || eol >= this.#end) return undefined;
    if (this.#buf[eol - 1] !== CR) throw new Error("Cannot parse reply: a line does not end in CRLF");
    const line = latin1(this.#buf.subarray(this.position, eol - 1));
    this.position = eol + 1;
    return line;
  }

  #payload(length: number): string | undefined {
    const from = this.position;
    if (from + length + 2 > this.#end) return undefined;
    if (this.#buf[from + length] !== CR || this.#buf[from + length + 1] !== LF) {
      throw new Error("Cannot parse reply: a bulk does not end in CRLF");
    }
    this.position = from + length + 2;
    return latin1(this.#buf.subarray(from, from + length));
  }

  #items(count: number): Reply[] | undefined {
    const items: Reply[] = [];
    for (let i = 0; i < count; i++) {
      const item = this.#read();
      if (item === undefined) return undefined;
      items.push(item);
    }
    return items;
  }

  #read(): Reply | undefined {
    const line = this.#line();
    if (line === undefined) return undefined;
    const text = line.slice(1);
    switch (line[0]) {
      case "+":
        return { type: "status", text };
      case "-":
        return { type: "error", text };
      case ":":
        return { type: "int", value: BigInt(text) };
      case ",":
        return { type: "double", text };
      case "(":
        return { type: "bignum", text };
      case "#":
        return { type: "bool", text };
      case "_":
        return { type: "null", form: "_" };
      case "$":
      case "=":
        return this.#bulk(line[0], Number(text));
      case "*":
      case "~":
      case ">":
        return this.#list(line[0], Number(text));
      case "%":
      case "|":
        return this.#map(line[0], Number(text));
      default:
        throw new Error(`Cannot parse reply: it starts with ${JSON.stringify(line[0])}`);
    }
  }

  #bulk(mark: "$" | "=", length: number): Reply | undefined {
    if (length < 0) return { type: "null", form: "$" };
    const text = this.#payload(length);
    if (text === undefined) return undefined;
    if (mark === "$") return { type: "bulk", text };
    return { type: "verbatim", format: text.slice(0, 3), text: text.slice(4) };
  }

  #list(mark: "*" | "~" | ">", count: number): Reply | undefined {
    if (count < 0) return { type: "null", form: "*" };
    const items = this.#items(count);
    if (items === undefined) return undefined;
    return { type: mark === "*" ? "array" : mark === "~" ? "set" : "push", items };
  }

  #map(mark: "%" | "|", count: number): Reply | undefined {
    const items = this.#items(count * 2);
    if (items === undefined) return undefined;
    const pairs: [Reply, Reply][] = [];
    for (let i = 0; i < items.length; i += 2) pairs.push([items[i], items[i + 1]]);
    return { type: mark === "%" ? "map" : "attribute", pairs };
  }
}

/**
 * A reply in one line: `+OK`, `-ERR …`, `:1`, `$text`, `,1.5`, `#t`, `(123`, `=txt:text`, `*[…]`, `~[…]`, `>[…]`,
 * `%{k: v}`; a null as `$nil`, `*nil` or `_`.
 */
export function replyText(reply: Reply): string {
  switch (reply.type) {
    case "status":
      return `+${reply.text}`;
    case "error":
      return `-${reply.text}`;
    case "bulk":
      return `$${reply.text}`;
    case "double":
      return `,${reply.text}`;
    case "bignum":
      return `(${reply.text}`;
    case "bool":
      return `#${reply.text}`;
    case "verbatim":
      return `=${reply.format}:${reply.text}`;
    case "int":
      return `:${reply.value}`;
    case "null":
      return reply.form === "_" ? "_" : `${reply.form}nil`;
    case "array":
      return `*[${reply.items.map(replyText).join(", ")}]`;
    case "set":
      return `~[${reply.items.map(replyText).join(", ")}]`;
    case "push":
      return `>[${reply.items.map(replyText).join(", ")}]`;
    default: {
      const pairs = reply.pairs.map(([key, value]) => `${replyText(key)}: ${replyText(value)}`);
      return `${reply.type === "map" ? "%" : "|"}{${pairs.join(", ")}}`;
    }
  }
}

/** The text of a status, error, bulk, verbatim, double… or integer. @throws Error for anything else */
export function textOf(reply: Reply): string {
  if (reply.type === "int") return String(reply.value);
  if ("text" in reply) return reply.text;
  throw new Error(`Cannot take the text of a reply as it must be flat: it is ${replyText(reply)}`);
}

/** The items of an array, set or push. @throws Error for anything else */
export function itemsOf(reply: Reply): readonly Reply[] {
  if (reply.type === "array" || reply.type === "set" || reply.type === "push") return reply.items;
  throw new Error(`Cannot take the items of a reply as it must be a list: it is ${replyText(reply)}`);
}

/** The texts of a list of flat replies. */
export function textsOf(reply: Reply): string[] {
  return itemsOf(reply).map(textOf);
}

/** A map, or the flat array that stands for it in RESP2. */
export function pairsOf(reply: Reply): (readonly [Reply, Reply])[] {
  if (reply.type === "map") return [...reply.pairs];
  const items = itemsOf(reply);
  const pairs: (readonly [Reply, Reply])[] = [];
  for (let i = 0; i + 1 < items.length; i += 2) pairs.push([items[i], items[i + 1]]);
  return pairs;
}
