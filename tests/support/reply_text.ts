/** A reply writer that collects RESP as text, for tests of reply builders. */

import type { ReplyWriter } from "../../lib/commands/meta/reply.ts";

/** Writes RESP2 or RESP3 into {@link TextWriter.text}. */
export class TextWriter implements ReplyWriter {
  text = "";
  readonly #protocol: 2 | 3;

  constructor(protocol: 2 | 3) {
    this.#protocol = protocol;
  }

  arrayHeader(length: number): void {
    this.text += `*${length}\r\n`;
  }

  mapHeader(pairs: number): void {
    this.text += this.#protocol === 3 ? `%${pairs}\r\n` : `*${pairs * 2}\r\n`;
  }

  setHeader(length: number): void {
    this.text += this.#protocol === 3 ? `~${length}\r\n` : `*${length}\r\n`;
  }

  bulkText(text: string): void {
    this.text += `$${text.length}\r\n${text}\r\n`;
  }

  simple(text: string): void {
    this.text += `+${text}\r\n`;
  }

  integer(value: number): void {
    this.text += `:${value}\r\n`;
  }

  nil(): void {
    this.text += this.#protocol === 3 ? "_\r\n" : "$-1\r\n";
  }
}
