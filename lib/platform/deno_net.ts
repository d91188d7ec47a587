/**
 * Sockets on Deno: a listener that survives every accept error, and the read
 * and write loops of one connection.
 *
 * DESIGN. Plain promise callbacks, no async functions: one `then` per read.
 * A ready `read` resolves in a microtask, so a peer that never stops sending
 * would keep the event loop from polling other sockets: after
 * {@link TURN_BYTES} from one connection in reads that filled their buffer, its
 * next read waits for a turn of the loop (deno_turn.ts).
 * Buffers start small and grow while reads fill them (deno_buffers.ts).
 *
 * A pending read cannot be cancelled: what arrives while a connection is
 * paused stays in its buffer until `resume`, and no further read is issued.
 */

import { bindHost, formatAddress, isLoopback } from "./address.ts";
import { HUGE_BUFFER, LARGE_BUFFER, lendBuffer, returnBuffer, SMALL_BUFFER } from "./deno_buffers.ts";
import { nextTurn } from "./deno_turn.ts";
import { toIoError } from "./errno.ts";
import type { Conn, ListenAddress, Listener, NetHandler, NetOptions } from "./types.ts";

/** Bytes that one connection may read before other sockets get their turn. */
const TURN_BYTES = 16 * 1024;
/** Bytes that fill large buffers in a row before a connection reads into a huge one. */
const HUGE_AFTER_BYTES = 4 * LARGE_BUFFER;
/** Reads in a row that would have fitted the small buffer before a connection goes back to it. */
const SHRINK_AFTER = 16;
/** Milliseconds until accepting is tried again after it failed. */
const ACCEPT_RETRY_MS = 100;

/** What connections share: the handler, settings, the spare buffers. */
interface NetContext {
  readonly handler: NetHandler;
  readonly options: NetOptions;
  readonly uncaught: (error: unknown) => void;
}

const NO_BUFFER = new Uint8Array(0);

class DenoConn implements Conn {
  data: unknown = undefined;
  readonly remoteAddress: string;
  readonly localAddress: string;
  readonly isLocal: boolean;
  readonly isUnix: boolean;
  readonly #context: NetContext;
  readonly #socket: Deno.Conn;
  #buf: Uint8Array<ArrayBuffer> = new Uint8Array(SMALL_BUFFER);
  /** Bytes in #buf that came while paused; 0 for none. */
  #held = 0;
  #heldEnd = false;
  /** The peer's end of file was read: nothing more will come. */
  #eof = false;
  /** A read is under way and owns #buf. */
  #reading = false;
  /** The handler is looking at #buf. */
  #delivering = false;
  #paused = false;
  #closed = false;
  /** Bytes of the reads in a row that filled their buffer, since this connection's last turn. */
  #turnBytes = 0;
  /** The same, since its last read that did not. */
  #filledBytes = 0;
  #smallReads = 0;
  #out: Uint8Array<ArrayBuffer> | undefined = undefined;
  #outStart = 0;
  #outEnd = 0;
  readonly #onRead: (count: number | null) => void;
  readonly #onReadError: () => void;
  readonly #onWritten: (count: number) => void;
  readonly #onWriteError: () => void;
  readonly #readNext: () => void;

  constructor(context: NetContext, socket: Deno.Conn) {
    this.#context = context;
    this.#socket = socket;
    const remote = socket.remoteAddr;
    const local = socket.localAddr;
    this.isUnix = local.transport === "unix";
    if (local.transport === "unix") {
      this.remoteAddress = `${local.path}:0`;
      this.localAddress = `${local.path}:0`;
      this.isLocal = true;
    } else {
      const peer = remote as Deno.NetAddr;
      const own = local as Deno.NetAddr;
      this.remoteAddress = formatAddress(peer.hostname, peer.port);
      this.localAddress = formatAddress(own.hostname, own.port);
      this.isLocal = isLoopback(peer.hostname);
    }
    this.#onRead = (count) => this.#received(count);
    this.#onReadError = () => this.#failed();
    this.#onWritten = (count) => this.#sent(count);
    this.#onWriteError = () => this.close();
    this.#readNext = () => this.#issueRead();
  }

  /** Tells the handler of the connection and starts reading. */
  open(): void {
    this.#context.handler.onOpen(this);
    this.#issueRead();
  }

  send(buf: Uint8Array, start: number, end: number): boolean {
    if (this.#closed) return false;
    this.#out = buf as Uint8Array<ArrayBuffer>;
    this.#outStart = start;
    this.#outEnd = end;
    this.#socket.write(this.#out.subarray(start, end)).then(this.#onWritten, this.#onWriteError);
    return false;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#held > 0 || this.#heldEnd) nextTurn(() => this.#deliverHeld());
    else this.#issueRead();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      this.#socket.close();
    } catch {
      // Closed by the runtime already.
    }
    queueMicrotask(() => this.#finish());
  }

  #finish(): void {
    if (!this.#reading) this.#releaseBuffer();
    this.#out = undefined;
    try {
      this.#context.handler.onClose(this);
    } catch (error) {
      this.#context.uncaught(error);
    }
  }

  #issueRead(): void {
    if (this.#reading || this.#closed || this.#paused || this.#delivering || this.#eof || this.#held > 0) {
      return;
    }
    this.#reading = true;
    this.#socket.read(this.#buf).then(this.#onRead, this.#onReadError);
  }

  #received(count: number | null): void {
    this.#reading = false;
    if (this.#closed) {
      this.#releaseBuffer();
      return;
    }
    if (count === null) this.#eof = true;
    if (this.#paused) {
      if (count === null) this.#heldEnd = true;
      else this.#held = count;
      return;
    }
    if (count === null) this.#ended();
    else this.#deliver(count);
  }

  #deliverHeld(): void {
    if (this.#closed || this.#paused) return;
    if (this.#held > 0) {
      const count = this.#held;
      this.#held = 0;
      this.#deliver(count);
    } else if (this.#heldEnd) {
      this.#heldEnd = false;
      this.#ended();
    }
  }

  #deliver(count: number): void {
    this.#delivering = true;
    try {
      this.#context.handler.onData(this, this.#buf, 0, count);
    } catch (error) {
      this.#context.uncaught(error);
      return;
    }
    this.#delivering = false;
    this.#choose(count);
    if (this.#turnBytes >= TURN_BYTES) {
      this.#turnBytes = 0;
      nextTurn(this.#readNext);
    } else {
      this.#issueRead();
    }
  }

  /** Chooses the buffer of the next read by what the last one brought. */
  #choose(count: number): void {
    const size = this.#buf.length;
    if (count === size) {
      this.#turnBytes += count;
      this.#filledBytes += count;
      this.#smallReads = 0;
      if (size === SMALL_BUFFER) this.#exchange(LARGE_BUFFER);
      else if (size === LARGE_BUFFER && this.#filledBytes >= HUGE_AFTER_BYTES) this.#exchange(HUGE_BUFFER);
      return;
    }
    // This read emptied the socket, so that the next one waits for the loop anyway.
    this.#turnBytes = 0;
    this.#filledBytes = 0;
    if (size === SMALL_BUFFER) return;
    if (size === HUGE_BUFFER) this.#exchange(LARGE_BUFFER);
    else if (count >= SMALL_BUFFER) this.#smallReads = 0;
    else if (++this.#smallReads >= SHRINK_AFTER) this.#exchange(SMALL_BUFFER);
  }

  /** Reads into a buffer of `size` from now on; into the present one when too much is lent already. */
  #exchange(size: number): void {
    this.#smallReads = 0;
    const other = size === SMALL_BUFFER ? new Uint8Array(SMALL_BUFFER) : lendBuffer(size);
    if (other === undefined) return;
    returnBuffer(this.#buf);
    this.#buf = other;
  }

  /** Gives the buffer back for good, once no read and no delivery uses it. */
  #releaseBuffer(): void {
    returnBuffer(this.#buf);
    this.#buf = NO_BUFFER;
  }

  #ended(): void {
    try {
      this.#context.handler.onEnd(this);
    } catch (error) {
      this.#context.uncaught(error);
    }
  }

  #failed(): void {
    this.#reading = false;
    if (this.#closed) this.#releaseBuffer();
    else this.close();
  }

  #sent(count: number): void {
    if (this.#closed) return;
    this.#outStart += count;
    if (this.#outStart < this.#outEnd) {
      const rest = this.#out!.subarray(this.#outStart, this.#outEnd);
      this.#socket.write(rest).then(this.#onWritten, this.#onWriteError);
      return;
    }
    this.#out = undefined;
    try {
      this.#context.handler.onSent(this);
    } catch (error) {
      this.#context.uncaught(error);
    }
  }
}

function bind(address: ListenAddress): Deno.Listener {
  if (address.kind === "unix") {
    try {
      Deno.removeSync(address.path);
    } catch {
      // No stale file.
    }
    const listener = Deno.listen({ transport: "unix", path: address.path });
    if (address.mode !== 0) Deno.chmodSync(address.path, address.mode);
    return listener;
  }
  return Deno.listen({
    hostname: bindHost(address.host),
    port: address.port,
    tcpBacklog: address.backlog,
  });
}

/** As `Platform.listen`. @throws {IoError} */
export function listenDeno(
  address: ListenAddress,
  handler: NetHandler,
  options: NetOptions,
  uncaught: (error: unknown) => void,
): Listener {
  const context: NetContext = { handler, options, uncaught };
  let listener: Deno.Listener;
  try {
    listener = bind(address);
  } catch (error) {
    throw toIoError(error, address.kind === "unix" ? `bind ${address.path}` : "bind");
  }
  let closed = false;
  const accept = (): void => {
    if (!closed) listener.accept().then(accepted, failed);
  };
  const accepted = (socket: Deno.Conn): void => {
    if (closed) return socket.close();
    openConn(context, socket);
    accept();
  };
  const failed = (error: unknown): void => {
    if (closed) return;
    const failure = toIoError(error, "accept");
    // The peer gave up while it waited in the backlog: the next one may be fine.
    if (failure.code === "ECONNABORTED") return accept();
    try {
      handler.onAcceptError(failure);
    } catch (bug) {
      uncaught(bug);
    }
    setTimeout(accept, ACCEPT_RETRY_MS);
  };
  accept();
  return {
    port: address.kind === "tcp" ? (listener.addr as Deno.NetAddr).port : 0,
    close(): void {
      if (closed) return;
      closed = true;
      listener.close();
      if (address.kind === "unix") {
        try {
          Deno.removeSync(address.path);
        } catch {
          // Somebody removed it before us.
        }
      }
    },
  };
}

function openConn(context: NetContext, socket: Deno.Conn): void {
  try {
    if (socket.localAddr.transport === "tcp") {
      (socket as Deno.TcpConn).setNoDelay(true);
      if (context.options.keepAliveSeconds > 0) (socket as Deno.TcpConn).setKeepAlive(true);
    }
  } catch {
    // The peer has reset the connection: the first read tells.
  }
  try {
    new DenoConn(context, socket).open();
  } catch (error) {
    context.uncaught(error);
  }
}
