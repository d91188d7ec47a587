/**
 * A raw client for tests: it sends what it is told and hands out exactly what came.
 *
 * DESIGN. Pull style: nothing is read from the socket unless a test asks, so a client that does not read is a slow
 * reader. Received bytes are kept until they are consumed, as parsed replies or as they are. A reply that does not
 * come within the time limit is a failure that says what was received.
 */

import {
  type Arg,
  encodeCommand,
  encodeCommands,
  latin1,
  type Reply,
  ReplyParser,
  replyText,
  words,
} from "./resp.ts";

/** Where a server is reached. */
export type Address = { readonly port: number } | { readonly path: string };

/** How long a reply may take by default, in ms; generous, for machines that are busy with something else. */
const REPLY_TIMEOUT_MS = 60_000;
const FIRST_BUFFER_BYTES = 4096;

/** One connection. */
export class Client {
  readonly #conn: Deno.Conn;
  #buf = new Uint8Array(FIRST_BUFFER_BYTES);
  #start = 0;
  #end = 0;
  #ended = false;
  #closed = false;
  /** The time limit of each wait, in ms. */
  timeoutMs = REPLY_TIMEOUT_MS;

  constructor(conn: Deno.Conn) {
    this.#conn = conn;
  }

  /** Connects. */
  static async connect(address: Address): Promise<Client> {
    if ("path" in address) return new Client(await Deno.connect({ transport: "unix", path: address.path }));
    const conn = await Deno.connect({ hostname: "127.0.0.1", port: address.port });
    conn.setNoDelay(true);
    return new Client(conn);
  }

  /** Writes bytes as they are. */
  async send(bytes: Uint8Array | string): Promise<void> {
    const buf = typeof bytes === "string" ? Uint8Array.from(bytes, (char) => char.charCodeAt(0)) : bytes;
    for (let at = 0; at < buf.length;) at += await this.#conn.write(buf.subarray(at));
  }

  /** Sends one command and returns its reply. */
  async command(...args: Arg[]): Promise<Reply> {
    await this.send(encodeCommand(args));
    return await this.reply();
  }

  /** Sends the words of `line` as one command. @returns its reply in one line, as `replyText` has it */
  async ask(line: string): Promise<string> {
    return replyText(await this.command(...words(line)));
  }

  /** Sends commands at once while it reads their replies. */
  async pipeline(commands: readonly (readonly Arg[])[]): Promise<Reply[]> {
    return await this.exchange(encodeCommands(commands), commands.length);
  }

  /** Sends bytes while it reads `count` replies. */
  async exchange(bytes: Uint8Array, count: number): Promise<Reply[]> {
    const sent = this.send(bytes);
    sent.catch(() => {}); // told by the await below; until then the replies matter
    const replies = await this.replies(count);
    await sent;
    return replies;
  }

  /** The next `count` replies. */
  async replies(count: number): Promise<Reply[]> {
    const replies: Reply[] = [];
    while (replies.length < count) replies.push(await this.reply());
    return replies;
  }

  /** The next reply. @throws Error when the server closes first, or the time is up */
  async reply(): Promise<Reply> {
    const [reply, end] = await this.#next();
    this.#start = end;
    return reply;
  }

  /** The exact bytes of the next reply, as latin1 text. */
  async rawReply(): Promise<string> {
    const [, end] = await this.#next();
    const raw = latin1(this.#buf.subarray(this.#start, end));
    this.#start = end;
    return raw;
  }

  /** The next reply and where it ends; it is not consumed. */
  async #next(): Promise<[Reply, number]> {
    for (;;) {
      const parser = new ReplyParser(this.#buf, this.#start, this.#end);
      const reply = this.#start < this.#end ? parser.next() : undefined;
      if (reply !== undefined) return [reply, parser.position];
      if (!(await this.#fill())) {
        throw new Error(`The server closed the connection; unread: ${JSON.stringify(this.#unread())}`);
      }
    }
  }

  /** Reads exactly `count` bytes, as latin1 text. */
  async rawBytes(count: number): Promise<string> {
    while (this.#end - this.#start < count) {
      if (!(await this.#fill())) {
        throw new Error(`The server closed the connection; unread: ${JSON.stringify(this.#unread())}`);
      }
    }
    const text = latin1(this.#buf.subarray(this.#start, this.#start + count));
    this.#start += count;
    return text;
  }

  /** Everything until the server closes or resets the connection, as latin1 text. */
  async untilClosed(): Promise<string> {
    while (await this.#fill()) { /* until it ends */ }
    const text = latin1(this.#buf.subarray(this.#start, this.#end));
    this.#start = this.#end;
    return text;
  }

  /** Reads and drops `count` bytes, telling each piece: for replies that are too large to keep. */
  async drain(count: number, onPiece: (piece: Uint8Array) => void): Promise<void> {
    let left = count;
    while (left > 0) {
      if (this.#start === this.#end && !(await this.#fill())) {
        throw new Error("The server closed the connection");
      }
      const piece = this.#buf.subarray(this.#start, Math.min(this.#end, this.#start + left));
      onPiece(piece);
      this.#start += piece.length;
      left -= piece.length;
    }
  }

  #unread(): string {
    return latin1(this.#buf.subarray(this.#start, Math.min(this.#end, this.#start + 200)));
  }

  /** Reads more. @returns whether bytes came; false at the end */
  async #fill(): Promise<boolean> {
    if (this.#ended) return false;
    this.#makeRoom();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`No reply within ${this.timeoutMs} ms; unread: ${JSON.stringify(this.#unread())}`));
        this.close();
      }, this.timeoutMs);
    });
    try {
      const count = await Promise.race([this.#read(), late]);
      if (count === 0) this.#ended = true;
      this.#end += count;
      return count > 0;
    } finally {
      clearTimeout(timer);
    }
  }

  async #read(): Promise<number> {
    try {
      return await this.#conn.read(this.#buf.subarray(this.#end)) ?? 0;
    } catch {
      return 0; // reset by the peer: as closed
    }
  }

  #makeRoom(): void {
    if (this.#start === this.#end) this.#start = this.#end = 0;
    if (this.#end < this.#buf.length) return;
    const used = this.#buf.subarray(this.#start, this.#end);
    const next = used.length * 2 > this.#buf.length ? new Uint8Array(this.#buf.length * 2) : this.#buf;
    next.set(used);
    this.#end -= this.#start;
    this.#start = 0;
    this.#buf = next;
  }

  /** Half-closes: the server reads the end of our stream, and may go on sending. */
  async endWriting(): Promise<void> {
    await this.#conn.closeWrite();
  }

  /** Closes. With received bytes unread by us the kernel sends a RST. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#ended = true;
    this.#conn.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Bytes of several commands in one array, cut as the caller likes. */
export function pieces(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const ends = [...cuts, bytes.length];
  return ends.map((end, i) => bytes.subarray(i === 0 ? 0 : ends[i - 1], end));
}

/** Waits. */
export function sleep(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

/** Asks again until `check` says yes. @throws Error when it does not within `ms` */
export async function eventually(
  what: string,
  check: () => boolean | Promise<boolean>,
  ms = 30_000,
): Promise<void> {
  const deadline = performance.now() + ms;
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error(`This did not happen within ${ms} ms: ${what}`);
    await sleep(10);
  }
}
