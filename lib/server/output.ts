/**
 * From reply buffers to sockets.
 *
 * DESIGN. Replies are sent in `beforeSleep`, after the AOF was flushed, one
 * buffer per client at a time; the port tells when a slow peer has taken it.
 * It may do so in the midst of a turn that has executed more of the client's
 * requests: their replies wait for the flush at the turn's end (docs/AOF.md
 * §12.1).
 * What piles up is checked against `client-output-buffer-limit`.
 */

import { type Config } from "../config/config.ts";
import { type ServerStats } from "../commands/stats.ts";
import { giveBuffer, REPLY_BUFFER_BYTES } from "../resp/buffer_pool.ts";
import { type Client } from "./client.ts";
import { THROTTLE_OUTPUT_BYTES } from "./input.ts";

/** What output asks of the server. */
export interface OutputHost {
  /** Whether commands may have run whose effects are not in the AOF's file yet: no reply may leave. */
  readonly turnOpen: boolean;
  /** The client's replies have drained enough for it to go on. */
  unthrottle(client: Client): void;
  /** Closes a client that exceeds its limit. */
  dropClient(client: Client, reason: string): void;
}

/** Indexes of `client-output-buffer-limit`. */
const CLASS_NORMAL = 0;
/** What one client has waiting beyond its first buffer counts; as in Redis, that one is free. */
const FREE_BYTES = REPLY_BUFFER_BYTES;

/** Sends replies; see the module's note. */
export class Output {
  readonly #config: Config;
  readonly #stats: ServerStats;
  readonly #host: OutputHost;
  #waiting: Client[] = [];
  #sendingNow: Client[] = [];

  constructor(config: Config, stats: ServerStats, host: OutputHost) {
    this.#config = config;
    this.#stats = stats;
    this.#host = host;
  }

  /** Remembers that the client has replies. */
  queue(client: Client): void {
    if (client.inOutputList) return;
    client.inOutputList = true;
    this.#waiting.push(client);
  }

  /** Sends everything that is queued. The AOF has been flushed. */
  flush(nowMs: number): void {
    const clients = this.#waiting;
    this.#waiting = this.#sendingNow;
    this.#sendingNow = clients;
    const limit = this.#config.clientOutputBufferLimit[CLASS_NORMAL];
    const limited = limit !== undefined && (limit.hardBytes > 0 || limit.softBytes > 0);
    for (let i = 0; i < clients.length; i++) {
      const client = clients[i];
      client.inOutputList = false;
      if (client.closing) continue;
      // What a command has written counts even if the peer would take it at once.
      if (limited) this.#checkLimit(client, nowMs);
      if (!client.closing) this.#send(client);
    }
    clients.length = 0;
  }

  /** The port has sent the buffer under way. */
  sent(client: Client): void {
    this.#release(client);
    if (!this.#host.turnOpen) this.#send(client);
    else if (client.out.length > 0 || client.closeAfterReply) this.queue(client);
    if (client.outputBytes === 0) client.softLimitSinceMs = 0;
    if (client.throttled && client.outputBytes < THROTTLE_OUTPUT_BYTES / 4) this.#host.unthrottle(client);
  }

  /** Gives back what a closed client held. */
  discard(client: Client): void {
    // A buffer under way may still be read by the port: it is left to the collector.
    client.sending = null;
    client.sendingLength = 0;
    client.out.clear();
  }

  /** Checks the limits of a client whose peer is slow; also called by the cron for the soft limit's time. */
  checkLimit(client: Client, nowMs: number): void {
    if (!client.closing) this.#checkLimit(client, nowMs);
  }

  #send(client: Client): void {
    while (client.sending === null) {
      const buf = client.out.take();
      if (buf === undefined) {
        if (client.closeAfterReply) client.conn.close();
        return;
      }
      const length = client.out.takenLength;
      client.netOutputBytes += length;
      this.#stats.netOutputBytes += length;
      this.#stats.writesProcessed++;
      if (client.conn.send(buf, 0, length)) giveBuffer(buf);
      else {
        client.sending = buf;
        client.sendingLength = length;
      }
    }
  }

  #release(client: Client): void {
    if (client.sending !== null) giveBuffer(client.sending);
    client.sending = null;
    client.sendingLength = 0;
  }

  #checkLimit(client: Client, nowMs: number): void {
    const limit = this.#config.clientOutputBufferLimit[CLASS_NORMAL];
    if (limit === undefined) return;
    const bytes = client.outputBytes;
    if (bytes <= FREE_BYTES) {
      client.softLimitSinceMs = 0;
      return;
    }
    const overSoft = limit.softBytes > 0 && bytes >= limit.softBytes;
    if (!overSoft) client.softLimitSinceMs = 0;
    else if (client.softLimitSinceMs === 0) client.softLimitSinceMs = nowMs;
    const softTooLong = overSoft && nowMs - client.softLimitSinceMs > limit.softSeconds * 1000;
    if ((limit.hardBytes > 0 && bytes >= limit.hardBytes) || softTooLong) {
      this.#stats.outputBufferLimitDisconnections++;
      this.#host.dropClient(client, "output");
    }
  }
}
