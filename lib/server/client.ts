/**
 * A connection as the server sees it: the session plus socket, query buffer
 * and what is being sent.
 *
 * DESIGN. The query buffer exists only while a request is incomplete or the
 * client has to wait; whole requests are executed straight from the port's
 * read buffer. An idle connection therefore holds no buffer at all.
 */

import { Session } from "../commands/session.ts";
import { type Database } from "../keyspace/database.ts";
import { type Conn } from "../platform/types.ts";
import { type Args } from "../resp/args.ts";
import { giveBuffer, takeBuffer } from "../resp/buffer_pool.ts";

const NO_BYTES = new Uint8Array(0);
/** Unused room of a query buffer that is worth giving back. */
const SPARE_QUERY_BYTES = 32 * 1024;

/** One connection; see the module's note. */
export class Client extends Session {
  readonly conn: Conn;
  /** Received bytes that are not executed yet: `query[0, queryEnd)`. */
  query: Uint8Array = NO_BYTES;
  queryEnd = 0;
  /** Where the half-received request in `query` stands, or null. */
  partial: Args | null = null;
  /** The buffer under way to the peer. */
  sending: Uint8Array | null = null;
  sendingLength = 0;
  /** Whether the client stands in the list of those with replies to send. */
  inOutputList = false;
  /** Whether reading is paused because replies pile up. */
  throttled = false;
  /** The peer will send nothing more: the client goes when everything is answered. */
  ended = false;
  /** The timer that ends a wait, if one is running. */
  deadline: ReturnType<typeof setTimeout> | undefined = undefined;
  /** When the soft output limit was first exceeded, in ms; 0 when it is not. */
  softLimitSinceMs = 0;
  netInputBytes = 0;
  netOutputBytes = 0;

  constructor(id: number, conn: Conn, nowMs: number, db: Database, authenticated: boolean) {
    super(id, conn.remoteAddress, conn.localAddress, conn.isLocal, conn.isUnix, nowMs, db, authenticated);
    this.conn = conn;
  }

  /** Nothing may be executed for it now. */
  get stopped(): boolean {
    return this.blocked !== null || this.closing || this.closeAfterReply || this.throttled;
  }

  /** Bytes of replies that the peer has not taken yet. */
  get outputBytes(): number {
    return this.out.length + this.sendingLength;
  }

  override get sendingBytes(): number {
    return this.sending === null ? 0 : this.sending.length;
  }

  override get queryBufferBytes(): number {
    return this.query.length;
  }

  override get queryBufferUsed(): number {
    return this.queryEnd;
  }

  /** Appends received bytes; `atLeast` is what the query is known to need in all. */
  appendQuery(buf: Uint8Array, start: number, end: number, atLeast: number): void {
    const needed = this.queryEnd + end - start;
    if (needed > this.query.length) {
      // A known bulk gets exactly its room, anything else grows by doubling: no quadratic copying.
      this.#moveQuery(Math.max(needed, atLeast, needed < 4096 ? 4096 : needed + Math.min(needed, 1 << 20)));
    }
    this.query.set(buf.subarray(start, end), this.queryEnd);
    this.queryEnd = needed;
  }

  /** Forgets the first `consumed` bytes of the query; the buffer goes back when nothing is left. */
  consumeQuery(consumed: number): void {
    if (consumed >= this.queryEnd) {
      this.dropQuery();
      return;
    }
    if (consumed === 0) return;
    this.query.copyWithin(0, consumed, this.queryEnd);
    this.queryEnd -= consumed;
    this.partial?.rebase(this.query, -consumed);
  }

  /** Gives back the room made for a big argument that was announced and does not come. */
  trimQuery(): void {
    if (this.query.length - this.queryEnd >= SPARE_QUERY_BYTES) this.#moveQuery(this.queryEnd);
  }

  #moveQuery(capacity: number): void {
    const moved = takeBuffer(capacity);
    moved.set(this.query.subarray(0, this.queryEnd));
    if (this.partial !== null) this.partial.buf = moved;
    giveBuffer(this.query);
    this.query = moved;
  }

  dropQuery(): void {
    giveBuffer(this.query);
    this.query = NO_BYTES;
    this.queryEnd = 0;
  }
}
