/**
 * Connections: accepting, receiving, closing; what stands between the port and
 * the executor.
 *
 * DESIGN. Implements the port's `NetHandler`. Every event of a turn first opens
 * the batch, so that `beforeSleep` runs once after all of them.
 */

import { type ServerStats } from "../commands/stats.ts";
import { type Config } from "../config/config.ts";
import { type Log } from "../base/log.ts";
import { toAscii } from "../base/ascii.ts";
import { type Keyspace } from "../keyspace/keyspace.ts";
import { type Conn, type IoError, type NetHandler } from "../platform/types.ts";
import { Client } from "./client.ts";
import { type Executor } from "./execute.ts";
import { Input, type InputHost } from "./input.ts";
import { Output, type OutputHost } from "./output.ts";

const ERR_MAX_CLIENTS = toAscii("-ERR max number of clients reached\r\n");
const ERR_PROTECTED = toAscii(
  "-DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the default user. " +
    "Connections are accepted from the loopback interface only: set a password with requirepass, bind to the right " +
    "addresses, or turn it off with CONFIG SET protected-mode no from a local client.\r\n",
);

/** What happens to a client beyond its bytes. */
export interface ConnectionsHost {
  /** Something happened in this turn: `beforeSleep` must follow. */
  openBatch(): void;
  /** The client is gone: forget what it watched, waited for, monitored. */
  forget(client: Client): void;
}

/** All clients; see the module's note. */
export class Connections implements NetHandler, InputHost, OutputHost {
  readonly clients = new Map<number, Client>();
  readonly input: Input;
  readonly output: Output;
  readonly #config: Config;
  readonly #stats: ServerStats;
  readonly #log: Log;
  readonly #ks: Keyspace;
  readonly #host: ConnectionsHost;
  #nextId = 1;
  /** Clients that may go on: handled at the start of `beforeSleep`. */
  #resumed: Client[] = [];

  constructor(
    config: Config,
    stats: ServerStats,
    log: Log,
    ks: Keyspace,
    executor: Executor,
    host: ConnectionsHost,
  ) {
    this.#config = config;
    this.#stats = stats;
    this.#log = log;
    this.#ks = ks;
    this.#host = host;
    this.input = new Input(config, executor, this);
    this.output = new Output(config, stats, this);
  }

  onOpen(conn: Conn): void {
    this.#host.openBatch();
    this.#stats.connectionsReceived++;
    if (this.clients.size >= this.#config.maxclients) return this.#turnAway(conn, ERR_MAX_CLIENTS);
    if (this.#config.protectedMode && this.#config.requirepass === "" && !conn.isLocal) {
      return this.#turnAway(conn, ERR_PROTECTED);
    }
    const client = new Client(
      this.#nextId++,
      conn,
      this.#ks.nowMs,
      this.#ks.databases[0],
      this.#config.requirepass === "",
    );
    conn.data = client;
    this.clients.set(client.id, client);
  }

  onData(conn: Conn, buf: Uint8Array, start: number, end: number): void {
    const client = conn.data as Client | null;
    if (client === null || client.closing) return;
    this.#host.openBatch();
    this.#stats.netInputBytes += end - start;
    this.#stats.readsProcessed++;
    client.netInputBytes += end - start;
    client.lastInteractionMs = this.#ks.nowMs;
    this.input.receive(client, buf, start, end);
  }

  onSent(conn: Conn): void {
    const client = conn.data as Client | null;
    if (client === null || client.closing) return;
    client.lastInteractionMs = this.#ks.nowMs;
    this.output.sent(client);
  }

  /** The peer has no more requests: it still gets the replies to those it made. */
  onEnd(conn: Conn): void {
    const client = conn.data as Client | null;
    if (client === null) return conn.close();
    client.ended = true;
    // A waiting client would wait for nobody.
    if (client.blocked !== null || client.outputBytes === 0) this.close(client);
    else client.closeAfterReply = true;
  }

  onClose(conn: Conn): void {
    const client = conn.data as Client | null;
    if (client === null) return;
    conn.data = null;
    this.#forget(client);
  }

  onAcceptError(error: IoError): void {
    this.#log.warning(`Accepting client connection: ${error.strerror}`);
  }

  queueOutput(client: Client): void {
    this.output.queue(client);
  }

  /** Closes the client now; what it did not take of its replies is lost. */
  close(client: Client): void {
    if (client.closing) return;
    this.#forget(client);
    client.conn.close();
  }

  /** Closes the client once its replies are out. */
  closeAfterReplies(client: Client): void {
    client.closeAfterReply = true;
    this.output.queue(client);
    this.#host.openBatch();
  }

  dropClient(client: Client, reason: string): void {
    const what = `id=${client.id} addr=${client.address} laddr=${client.localAddress} name=${client.name}`;
    if (reason === "query") {
      this.#stats.queryBufferLimitDisconnections++;
      this.#log.warning(
        `Closing client that reached max query buffer length: ${what} qbuf=${client.queryEnd}`,
      );
    } else if (reason === "output") {
      this.#log.warning(`Client ${what} scheduled to be closed ASAP for overcoming of output buffer limits.`);
    } else this.#log.verbose(`Closing client (${reason}): ${what}`);
    this.close(client);
  }

  protocolError(client: Client, text: string): void {
    this.#log.verbose(`Protocol error (${text}) from client: id=${client.id} addr=${client.address}`);
  }

  unthrottle(client: Client): void {
    client.throttled = false;
    client.conn.resume();
    this.resumeLater(client);
  }

  /** Stops reading a client that has to wait. */
  suspend(client: Client): void {
    // One more read stays possible within bounds, so that a peer's end is seen while it waits.
    if (client.queryEnd > this.#config.clientQueryBufferLimit / 2) client.conn.pause();
  }

  /** The client may go on with what it has sent: in the coming `beforeSleep`. */
  resumeLater(client: Client): void {
    this.#resumed.push(client);
    this.#host.openBatch();
  }

  /** Executes what resumed clients had sent. @returns whether there was any */
  runResumed(): void {
    while (this.#resumed.length > 0) {
      const clients = this.#resumed;
      this.#resumed = [];
      for (const client of clients) if (!client.closing) this.input.resume(client);
    }
  }

  #turnAway(conn: Conn, error: Uint8Array): void {
    this.#stats.rejectedConnections++;
    conn.data = null;
    conn.send(error, 0, error.length);
    // The port drops what it could not send at once; a fresh socket takes a line.
    setTimeout(() => conn.close(), 0);
  }

  #forget(client: Client): void {
    if (client.closing) return;
    client.closing = true;
    this.clients.delete(client.id);
    this.#host.forget(client);
    this.output.discard(client);
    client.dropQuery();
    client.partial = null;
  }
}
