/**
 * From received bytes to executed commands.
 *
 * DESIGN. Whole requests are parsed and executed straight from the port's read
 * buffer; only a half-received one is copied to the client's query buffer, its
 * parse state with it. A client that is stopped (blocked, paused, throttled,
 * closing) keeps its bytes and is not read until it goes on.
 */

import { type Config } from "../config/config.ts";
import { type Keyspace } from "../keyspace/keyspace.ts";
import { PREFETCH_MAX } from "../keyspace/prefetch.ts";
import { Args } from "../resp/args.ts";
import { errorReply } from "../resp/errors.ts";
import { bytesNeeded, NEED_MORE, type ParseLimits, parseRequest, protocolErrorText } from "../resp/parser.ts";
import { type Client } from "./client.ts";
import { type Executor } from "./execute.ts";

/** What input asks of the server. */
export interface InputHost {
  /** The client has replies to be sent. */
  queueOutput(client: Client): void;
  /** Closes the client now. @param reason for the log */
  dropClient(client: Client, reason: string): void;
  /** The client's query buffer may have grown. */
  queryKept(client: Client): void;
  /** A protocol error, for the log. */
  protocolError(client: Client, text: string): void;
}

/** Replies that may pile up before a client's further requests have to wait. */
export const THROTTLE_OUTPUT_BYTES = 64 * 1024 * 1024;

/**
 * No request is larger, whatever the configuration allows: keys have 30 bits of length in their entries, and what is
 * logged must be loadable with offsets of 31.
 */
const REQUEST_MAX_BYTES = 2 ** 30;
/** More bytes than one usual request has: there may be a pipeline to look ahead in. */
const PIPELINE_BYTES = 128;

/** Feeds the executor; see the module's note. */
export class Input {
  readonly #config: Config;
  readonly #executor: Executor;
  readonly #host: InputHost;
  readonly #limits: ParseLimits = { maxBulkLen: 0, unauthenticated: false };
  readonly #ks: Keyspace;
  #args = new Args();
  /** The requests of a pipeline that are parsed ahead. */
  readonly #ahead = Array.from({ length: PREFETCH_MAX }, () => new Args());

  constructor(config: Config, ks: Keyspace, executor: Executor, host: InputHost) {
    this.#config = config;
    this.#ks = ks;
    this.#executor = executor;
    this.#host = host;
  }

  /** Bytes `buf[start, end)` arrived. */
  receive(client: Client, buf: Uint8Array, start: number, end: number): void {
    if (client.queryEnd > 0) {
      const needed = client.partial === null ? 0 : bytesNeeded(client.partial);
      client.appendQuery(buf, start, end, needed);
      this.resume(client);
      return;
    }
    const position = client.stopped ? start : this.#process(client, buf, start, end);
    if (position < end && !client.closing && !client.closeAfterReply) this.#keep(client, buf, position, end);
    else this.#releasePartial(client);
  }

  /** Goes on with what is in the query buffer, if the client may. */
  resume(client: Client): void {
    if (client.queryEnd > 0 && !client.stopped) {
      const position = this.#process(client, client.query, 0, client.queryEnd);
      if (client.closing || client.closeAfterReply) client.dropQuery();
      else client.consumeQuery(position);
      this.#releasePartial(client);
    }
    this.#checkLimit(client);
  }

  /** Copies the rest of a read buffer to the client's own. */
  #keep(client: Client, buf: Uint8Array, position: number, end: number): void {
    const partial = client.partial;
    client.appendQuery(buf, position, end, partial === null ? 0 : bytesNeeded(partial));
    partial?.rebase(client.query, -position);
    this.#checkLimit(client);
  }

  #checkLimit(client: Client): void {
    if (client.queryEnd === 0 || client.closing) return;
    if (client.queryEnd > Math.min(this.#config.clientQueryBufferLimit, REQUEST_MAX_BYTES)) {
      return this.#host.dropClient(client, "query");
    }
    this.#host.queryKept(client);
  }

  /** A parse state without bytes means that the request was abandoned. */
  #releasePartial(client: Client): void {
    if (client.queryEnd === 0) client.partial = null;
  }

  /**
   * Executes all whole requests of `buf[start, end)`.
   * @returns the position of the first byte that is not executed; where a
   * request is half there, `client.partial` tells how far it was parsed
   */
  #process(client: Client, buf: Uint8Array, start: number, end: number): number {
    const limits = this.#limits;
    limits.maxBulkLen = Math.min(this.#config.protoMaxBulkLen, REQUEST_MAX_BYTES);
    let position = start;
    while (!client.stopped) {
      let args = client.partial;
      if (args === null) {
        if (position >= end) break;
        if (end - position >= PIPELINE_BYTES && client.authenticated) {
          const next = this.#pipeline(client, buf, position, end);
          if (next > position) {
            position = next;
            continue;
          }
        }
        args = this.#args;
        args.reset();
        args.rawStart = args.position = position;
      }
      limits.unauthenticated = !client.authenticated && this.#config.requirepass !== "";
      const next = parseRequest(args, buf, end, limits);
      if (next === NEED_MORE) {
        if (client.partial === null) {
          client.partial = args;
          this.#args = new Args();
        }
        break;
      }
      if (next < 0) {
        this.#protocolError(client, args, next);
        return end;
      }
      client.partial = null;
      if (args.argc > 0 && !this.#run(client, args)) break;
      position = next;
    }
    return position;
  }

  /**
   * Parses the next few whole requests at once, has the memory of their keys
   * fetched, then executes them.
   * @returns the position of the first byte that is not executed
   */
  #pipeline(client: Client, buf: Uint8Array, start: number, end: number): number {
    const { prefetch } = this.#ks;
    const ahead = this.#ahead;
    let count = 0;
    let position = start;
    while (count < PREFETCH_MAX && position < end) {
      const args = ahead[count];
      args.reset();
      args.rawStart = args.position = position;
      // A half-received or malformed request is met again, and dealt with, by `#process`.
      const next = parseRequest(args, buf, end, this.#limits);
      if (next < 0) break;
      if (args.argc > 1 && args.buf === buf) prefetch.add(buf, args.off, args.len, args.argc);
      position = next;
      count++;
    }
    if (count > 1) prefetch.fetch(client.db, buf);
    position = start;
    this.#executor.beginPipeline(buf);
    try {
      for (let i = 0; i < count && !client.stopped; i++) {
        if (ahead[i].argc > 0 && !this.#run(client, ahead[i])) break;
        position = ahead[i].rawEnd;
      }
    } finally {
      this.#executor.endPipeline();
      prefetch.clear();
    }
    return position;
  }

  /** @returns false when the command has to be tried again later */
  #run(client: Client, args: Args): boolean {
    const executed = this.#executor.execute(client, args);
    if (client.out.length > 0) {
      this.#host.queueOutput(client);
      if (client.outputBytes > THROTTLE_OUTPUT_BYTES) {
        client.throttled = true;
        client.conn.pause();
      }
    }
    return executed;
  }

  #protocolError(client: Client, args: Args, code: number): void {
    const text = protocolErrorText(code, args);
    this.#executor.answer(client, () => client.out.error(errorReply(`ERR Protocol error: ${text}`)));
    client.closeAfterReply = true;
    this.#host.queueOutput(client);
    this.#host.protocolError(client, text);
  }
}
