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
import { reprBytes } from "../base/quoted_args.ts";
import { clientInfo } from "../commands/client_info.ts";
import { type Keyspace } from "../keyspace/keyspace.ts";
import { type Conn, type IoError, type NetHandler } from "../platform/types.ts";
import { Client } from "./client.ts";
import { type Executor } from "./execute.ts";
import { Input, type InputHost } from "./input.ts";
import { Output, type OutputHost } from "./output.ts";

const ERR_MAX_CLIENTS = toAscii("-ERR max number of clients reached\r\n");
const ERR_PROTECTED = toAscii(
  "-DENIED Redis is running in protected mode because protected mode is enabled and no password is set for " +
    "the default user. In this mode connections are only accepted from the loopback interface. If you want to " +
    "connect from external computers to Redis you may adopt one of the following solutions: 1) Just disable " +
    "protected mode sending the command 'CONFIG SET protected-mode no' from the loopback interface by " +
    "connecting to Redis from the same host the server is running, however MAKE SURE Redis is not publicly " +
    "accessible from internet if you do so. Use CONFIG REWRITE to make this change permanent. 2) " +
    "Alternatively you can just disable the protected mode by editing the Redis configuration file, and " +
    "setting the protected mode option to 'no', and then restarting the server. 3) If you started the server " +
    "manually just for testing, restart it with the '--protected-mode no' option. 4) Set up an authentication " +
    "password for the default user. NOTE: You only need to do one of the above things in order for the server " +
    "to start accepting connections from the outside.\r\n",
);

/** Clients of HTTP come in crowds: one line in so many milliseconds tells of them. */
const CROSS_PROTOCOL_LOG_MS = 60_000;
/** The port tries again and again to accept; one line in so many milliseconds tells that it cannot. */
const ACCEPT_ERROR_LOG_MS = 1000;
/** How many bytes of an overlong query the log shows. */
const QUERY_SHOWN_BYTES = 64;

/** What happens to a client beyond its bytes. */
export interface ConnectionsHost {
  /** A turn of the event loop is under way: `beforeSleep` will follow. */
  readonly batchOpen: boolean;
  /** Something happened in this turn: `beforeSleep` must follow. */
  openBatch(): void;
  /** The client's query buffer may have grown. */
  queryKept(client: Client): void;
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
  #lastCrossProtocolMs = -Infinity;
  #lastAcceptErrorMs = -Infinity;

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
    this.input = new Input(config, ks, executor, this);
    this.output = new Output(config, stats, this);
  }

  get turnOpen(): boolean {
    return this.#host.batchOpen;
  }

  onOpen(conn: Conn): void {
    this.#host.openBatch();
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
    this.#stats.connectionsReceived++;
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
    if (client === null) return conn.close();
    if (client.closing) return;
    client.lastInteractionMs = this.#ks.nowMs;
    this.output.sent(client);
  }

  /** The peer has no more requests: it still gets the replies to those it made. */
  onEnd(conn: Conn): void {
    const client = conn.data as Client | null;
    if (client === null) return conn.close();
    if (client.closing) return;
    this.#host.openBatch();
    client.ended = true;
    this.input.resume(client);
    this.#finish(client);
  }

  /** Lets a client go whose peer has ended, unless some of its requests still have to be executed. */
  #finish(client: Client): void {
    if (client.closing || client.throttled) return;
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
    const nowMs = this.#ks.nowMs;
    if (nowMs - this.#lastAcceptErrorMs < ACCEPT_ERROR_LOG_MS) return;
    this.#lastAcceptErrorMs = nowMs;
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
    const what = clientInfo(client, this.#ks.nowMs);
    if (reason === "query") {
      this.#stats.queryBufferLimitDisconnections++;
      const start = reprBytes(client.query, 0, Math.min(client.queryEnd, QUERY_SHOWN_BYTES));
      this.#log.warning(
        `Closing client that reached max query buffer length: ${what} (qbuf initial bytes: ${start})`,
      );
    } else if (reason === "output") {
      this.#log.warning(`Client ${what} scheduled to be closed ASAP for overcoming of output buffer limits.`);
    } else this.#log.verbose("Closing idle client");
    this.close(client);
  }

  queryKept(client: Client): void {
    this.#host.queryKept(client);
  }

  protocolError(client: Client, text: string): void {
    this.#log.verbose(`Protocol error (${text}) from client: ${clientInfo(client, this.#ks.nowMs)}`);
  }

  /** A browser was made to send HTTP here: closes the connection before it does harm. */
  crossProtocol(client: Client): void {
    const nowMs = this.#ks.nowMs;
    if (nowMs - this.#lastCrossProtocolMs > CROSS_PROTOCOL_LOG_MS) {
      this.#lastCrossProtocolMs = nowMs;
      this.#log.warning(
        "Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: commands to Redis. " +
          "This is likely due to an attacker attempting to use Cross Protocol Scripting to compromise your " +
          `Redis instance. Connection from ${client.address} aborted.`,
      );
    }
    this.close(client);
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
      for (const client of clients) {
        if (client.closing) continue;
        this.input.resume(client);
        if (client.ended) this.#finish(client);
      }
    }
  }

  #turnAway(conn: Conn, error: Uint8Array): void {
    this.#stats.rejectedConnections++;
    conn.data = null;
    // What is under way when a connection is closed would be lost: then `onSent` closes it.
    if (conn.send(error, 0, error.length)) conn.close();
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
