/**
 * Sockets on Bun, over its native `Bun.listen`.
 *
 * DESIGN. Bun calls back for each ready socket with up to 512 KiB, in a buffer
 * of that call's own. To keep one busy peer from holding the others up, a
 * connection delivers at most {@link TURN_BYTES} per turn of the event loop;
 * the rest is kept, the socket paused at the kernel, and delivery goes on in a
 * later turn. Writes are native and take what the kernel takes; `drain` sends
 * the rest. Bun has no way to hear of a failing accept and would spin on it, so
 * the port turns connections away shortly before descriptors run out.
 */

import * as fs from "node:fs";
import { bindHost, formatAddress, isLoopback } from "./address.ts";
import { ioErrorOf, toIoError } from "./errno.ts";
import type { Conn, ListenAddress, Listener, NetHandler, NetOptions } from "./types.ts";

/** Bytes that one connection may deliver before other sockets get their turn. */
const TURN_BYTES = 32 * 1024;
/** Descriptors kept free for files and children. */
const SPARE_DESCRIPTORS = 20;

interface BunSocket {
  data: BunConn | undefined;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  write(buf: Uint8Array, offset: number, length: number): number;
  close(): void;
  pause(): void;
  resume(): void;
  setNoDelay(on: boolean): void;
  setKeepAlive(on: boolean, initialDelayMs: number): void;
}

interface BunListener {
  readonly port: number;
  stop(closeConnections: boolean): void;
}

declare const Bun: {
  listen(options: {
    hostname?: string;
    port?: number;
    unix?: string;
    backlog?: number;
    allowHalfOpen: boolean;
    socket: {
      binaryType: string;
      open(socket: BunSocket): void;
      data(socket: BunSocket, bytes: Uint8Array): void;
      drain(socket: BunSocket): void;
      end(socket: BunSocket): void;
      close(socket: BunSocket): void;
      error(socket: BunSocket, error: unknown): void;
    };
  }): BunListener;
};

/** What the connections of one listener share. */
interface NetContext {
  readonly handler: NetHandler;
  readonly options: NetOptions;
  readonly uncaught: (error: unknown) => void;
  readonly unixPath: string | undefined;
  readonly maxConnections: number;
}

/** Open connections of the process. */
let openConnections = 0;

const NO_BYTES = new Uint8Array(0);

class BunConn implements Conn {
  data: unknown = undefined;
  readonly remoteAddress: string;
  readonly localAddress: string;
  readonly isLocal: boolean;
  readonly isUnix: boolean;
  readonly #context: NetContext;
  readonly #socket: BunSocket;
  /** What was received and not yet delivered: #kept[#keptStart...]; more pieces in #later. */
  #kept: Uint8Array = NO_BYTES;
  #keptStart = 0;
  #later: Uint8Array[] = [];
  #keptEnd = false;
  #scheduled = false;
  #paused = false;
  #stopped = false;
  #closed = false;
  #out: Uint8Array = NO_BYTES;
  #outStart = 0;
  #outEnd = 0;

  constructor(context: NetContext, socket: BunSocket) {
    this.#context = context;
    this.#socket = socket;
    this.isUnix = context.unixPath !== undefined;
    this.isLocal = this.isUnix || isLoopback(socket.remoteAddress);
    this.remoteAddress = this.isUnix
      ? `${context.unixPath}:0`
      : formatAddress(socket.remoteAddress, socket.remotePort);
    this.localAddress = this.isUnix
      ? `${context.unixPath}:0`
      : formatAddress(socket.localAddress, socket.localPort);
  }

  send(buf: Uint8Array, start: number, end: number): boolean {
    if (this.#closed) return false;
    const taken = this.#socket.write(buf, start, end - start);
    if (taken === end - start) return true;
    this.#out = buf;
    this.#outStart = start + Math.max(taken, 0);
    this.#outEnd = end;
    return false;
  }

  pause(): void {
    this.#paused = true;
    this.#stop();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#kept.length > 0 || this.#keptEnd) this.#schedule();
    else this.#start();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.close();
  }

  /** The kernel's queue is writable again. */
  drained(): void {
    if (this.#closed || this.#outStart === this.#outEnd) return;
    const taken = this.#socket.write(this.#out, this.#outStart, this.#outEnd - this.#outStart);
    if (taken > 0) this.#outStart += taken;
    if (this.#outStart < this.#outEnd) return;
    this.#out = NO_BYTES;
    this.#outStart = 0;
    this.#outEnd = 0;
    this.#context.handler.onSent(this);
  }

  /** Bytes arrived. */
  received(bytes: Uint8Array): void {
    if (this.#closed || bytes.length === 0) return;
    if (this.#kept.length > 0) {
      this.#later.push(bytes);
    } else if (!this.#paused && bytes.length <= TURN_BYTES) {
      this.#context.handler.onData(this, bytes, 0, bytes.length);
    } else {
      this.#kept = bytes;
      this.#keptStart = 0;
      this.#stop();
      if (!this.#paused) this.#deliverKept();
    }
  }

  /** The peer half-closed. */
  ended(): void {
    if (this.#closed) return;
    if (this.#paused || this.#kept.length > 0) this.#keptEnd = true;
    else this.#context.handler.onEnd(this);
  }

  /** The socket is gone. */
  gone(): void {
    this.#closed = true;
    this.#out = NO_BYTES;
    this.#kept = NO_BYTES;
    this.#later = [];
    queueMicrotask(() => guard(this.#context, () => this.#context.handler.onClose(this)));
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (!this.#closed && !this.#paused) guard(this.#context, () => this.#deliverKept());
    });
  }

  /** Delivers one turn's worth of what is kept, and the rest in later turns. */
  #deliverKept(): void {
    if (this.#kept.length > 0) {
      const start = this.#keptStart;
      const end = Math.min(start + TURN_BYTES, this.#kept.length);
      const bytes = this.#kept;
      this.#keptStart = end;
      if (end === bytes.length) {
        this.#kept = this.#later.shift() ?? NO_BYTES;
        this.#keptStart = 0;
      }
      this.#context.handler.onData(this, bytes, start, end);
      if (this.#closed || this.#paused) return;
    }
    if (this.#kept.length > 0) this.#schedule();
    else if (this.#keptEnd) {
      this.#keptEnd = false;
      this.#context.handler.onEnd(this);
    } else this.#start();
  }

  #stop(): void {
    if (this.#stopped || this.#closed) return;
    this.#stopped = true;
    this.#socket.pause();
  }

  #start(): void {
    if (!this.#stopped || this.#closed) return;
    this.#stopped = false;
    this.#socket.resume();
  }
}

/** Runs a handler's callback; what it throws is a bug for the process's one callback. */
function guard(context: NetContext, call: () => void): void {
  try {
    call();
  } catch (error) {
    context.uncaught(error);
  }
}

function opened(context: NetContext, socket: BunSocket): void {
  if (openConnections >= context.maxConnections) {
    socket.close();
    guard(context, () => context.handler.onAcceptError(ioErrorOf("EMFILE", "accept")));
    return;
  }
  openConnections++;
  if (context.unixPath === undefined) {
    socket.setNoDelay(true);
    const seconds = context.options.keepAliveSeconds;
    if (seconds > 0) socket.setKeepAlive(true, seconds * 1000);
  }
  const conn = new BunConn(context, socket);
  socket.data = conn;
  guard(context, () => context.handler.onOpen(conn));
}

function socketHandlers(context: NetContext) {
  const { uncaught } = context;
  return {
    binaryType: "uint8array",
    open: (socket: BunSocket) => opened(context, socket),
    data(socket: BunSocket, bytes: Uint8Array): void {
      try {
        socket.data?.received(bytes);
      } catch (error) {
        uncaught(error);
      }
    },
    drain(socket: BunSocket): void {
      try {
        socket.data?.drained();
      } catch (error) {
        uncaught(error);
      }
    },
    end(socket: BunSocket): void {
      try {
        socket.data?.ended();
      } catch (error) {
        uncaught(error);
      }
    },
    close(socket: BunSocket): void {
      const conn = socket.data;
      if (conn === undefined) return;
      socket.data = undefined;
      openConnections--;
      conn.gone();
    },
    // Errors of a socket are followed by its close.
    error(): void {},
  };
}

function bind(address: ListenAddress, context: NetContext): BunListener {
  const socket = socketHandlers(context);
  if (address.kind === "tcp") {
    const { port, backlog } = address;
    return Bun.listen({ hostname: bindHost(address.host), port, backlog, allowHalfOpen: true, socket });
  }
  removeFile(address.path);
  const listener = Bun.listen({ unix: address.path, backlog: address.backlog, allowHalfOpen: true, socket });
  if (address.mode !== 0) fs.chmodSync(address.path, address.mode);
  return listener;
}

function removeFile(path: string): void {
  try {
    fs.unlinkSync(path);
  } catch {
    // Nothing there.
  }
}

/**
 * As `Platform.listen`.
 * @param filesLimit the process's limit of open files
 * @throws {IoError}
 */
export function listenBun(
  address: ListenAddress,
  handler: NetHandler,
  options: NetOptions,
  uncaught: (error: unknown) => void,
  filesLimit: number,
): Listener {
  const unixPath = address.kind === "unix" ? address.path : undefined;
  const maxConnections = Math.max(filesLimit - SPARE_DESCRIPTORS, 1);
  let listener: BunListener;
  try {
    listener = bind(address, { handler, options, uncaught, unixPath, maxConnections });
  } catch (error) {
    // A name that does not resolve is the one failure that Bun gives no errno for.
    const { code } = error as { code?: unknown };
    throw code === undefined ? ioErrorOf("ENOTFOUND", "bind") : toIoError(error, "bind");
  }
  let closed = false;
  return {
    port: address.kind === "tcp" ? listener.port : 0,
    close(): void {
      if (closed) return;
      closed = true;
      listener.stop(false);
      if (unixPath !== undefined) removeFile(unixPath);
    },
  };
}
