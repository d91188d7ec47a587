/**
 * What a handler works with: arguments, reply, keyspace, and what to log.
 *
 * DESIGN. One `CommandContext` per call depth is filled and used again: EXEC
 * re-enters with the next depth. Arguments are offsets into the input buffer,
 * valid during the call only. A handler reports a change with `dirty`; it says
 * what to log instead of itself through `instead`, and never sees the AOF.
 */

import { NIL, type Ref } from "../arena/layout.ts";
import { equalsFolded, latin1, NEEDS_BIGINT, parseInt64 } from "../base/ascii.ts";
import { Slice } from "../base/slice.ts";
import { type Database } from "../keyspace/database.ts";
import { type Keyspace } from "../keyspace/keyspace.ts";
import { TYPE_STRING } from "../objects/entry.ts";
import { Args } from "../resp/args.ts";
import { ERR_NOT_INTEGER, ERR_OOM, ERR_WRONG_TYPE } from "../resp/errors.ts";
import { type ReplyBuffer } from "../resp/reply_buffer.ts";
import { RequestWriter } from "../resp/request_writer.ts";
import { type ServerPort } from "./server_port.ts";
import { type Session } from "./session.ts";
import { type CommandSpec } from "./spec.ts";

/** Address space that a command which makes much of little leaves free. */
const ROOM_LEFT_BYTES = 64 << 20;

/** What a look-up returns after it has replied that the key is of another type. */
export const WRONG_TYPE = -1;

/** The registers of one call; see the module's note. */
export class CommandContext {
  readonly server: ServerPort;
  readonly ks: Keyspace;
  session: Session;
  spec: CommandSpec;
  args: Args = new Args();
  out: ReplyBuffer;
  db: Database;
  /** How many changes the command made; 0 logs nothing. */
  dirty = 0;
  /** Commands to log instead of the one typed, if any were written here. */
  readonly instead = new RequestWriter();
  /** Log although nothing changed (FLUSHALL)… */
  forceLog = false;
  /** …or nothing although something did. */
  suppressLog = false;
  /** Scratch registers for handlers. */
  readonly a = new Slice();
  readonly b = new Slice();

  constructor(server: ServerPort, ks: Keyspace, session: Session, spec: CommandSpec) {
    this.server = server;
    this.ks = ks;
    this.session = session;
    this.spec = spec;
    this.out = session.out;
    this.db = session.db;
  }

  /** Number of arguments, the command's name included. */
  get argc(): number {
    return this.args.argc;
  }

  /** Points `out` at argument `i`; valid during the call. */
  arg(i: number, out: Slice): void {
    out.set(this.args.buf, this.args.off[i], this.args.len[i]);
  }

  /** Argument `i` as latin1 text, one character per byte; not for hot paths. */
  text(i: number): string {
    const args = this.args;
    return latin1(args.buf, args.off[i], args.off[i] + args.len[i]);
  }

  /** A copy of argument `i`. */
  bytes(i: number): Uint8Array {
    const args = this.args;
    return args.buf.slice(args.off[i], args.off[i] + args.len[i]);
  }

  /** Whether argument `i` is the given lower-case token, in any case. */
  is(i: number, token: Uint8Array): boolean {
    return equalsFolded(this.args.buf, this.args.off[i], this.args.len[i], token);
  }

  /**
   * Argument `i` as an integer within ±2^53; replies the error and returns NaN
   * when it is none. (±2^53 to ±2^63 is an error here: use `bigInteger`.)
   */
  integer(i: number): number {
    const value = parseInt64(this.args.buf, this.args.off[i], this.args.len[i]);
    if (Number.isNaN(value) || value === NEEDS_BIGINT || value === -NEEDS_BIGINT) {
      this.out.error(ERR_NOT_INTEGER);
      return NaN;
    }
    return value;
  }

  /** Looks argument `i` up as a key, for reading. @returns its ref or 0 */
  read(i: number): Ref {
    const args = this.args;
    if (this.session.noTouch) return this.peekCounted(i);
    return this.ks.lookupRead(this.db, args.buf, args.off[i], args.len[i]);
  }

  /** As `read`, without touching the LRU word. */
  peekCounted(i: number): Ref {
    const ref = this.peek(i);
    if (ref === 0) this.ks.misses++;
    else this.ks.hits++;
    return ref;
  }

  /** Looks argument `i` up without touching or counting. */
  peek(i: number): Ref {
    const args = this.args;
    return this.ks.peek(this.db, args.buf, args.off[i], args.len[i]);
  }

  /** Looks argument `i` up as a key, in order to change it. @returns its ref or 0 */
  write(i: number): Ref {
    const args = this.args;
    return this.ks.lookupWrite(this.db, args.buf, args.off[i], args.len[i]);
  }

  /** Whether `ref` (not 0) is of `type`; replies WRONGTYPE when it is not. */
  hasType(ref: Ref, type: number): boolean {
    if (this.ks.entries.type(ref) === type) return true;
    this.out.error(ERR_WRONG_TYPE);
    return false;
  }

  /** Whether `ref` is 0 or a string; replies WRONGTYPE when it is another type. */
  isStringOrNil(ref: Ref): boolean {
    return ref === 0 || this.hasType(ref, TYPE_STRING);
  }

  /**
   * Looks argument `i` up as a key of `type`, for reading.
   * @returns its ref, {@link NIL} when it is absent, {@link WRONG_TYPE} after replying that it is of another type
   */
  readTyped(i: number, type: number): Ref {
    const ref = this.read(i);
    return ref === NIL || this.hasType(ref, type) ? ref : WRONG_TYPE;
  }

  /** As `readTyped`, in order to change it. */
  writeTyped(i: number, type: number): Ref {
    const ref = this.write(i);
    return ref === NIL || this.hasType(ref, type) ? ref : WRONG_TYPE;
  }

  /**
   * Opens the collection of `type` that argument `i` names, or a new one, for
   * change until `close`.
   * @returns its ref, {@link NIL} after replying that the key is of another type
   */
  openOrCreate(i: number, type: number): Ref {
    const { buf, off, len } = this.args;
    const ref = this.ks.lookupWrite(this.db, buf, off[i], len[i]);
    if (ref === NIL) return this.ks.create(this.db, buf, off[i], len[i], type);
    if (!this.hasType(ref, type)) return NIL;
    this.ks.open(this.db, ref);
    return ref;
  }

  /** Opens a collection that was looked up, for change until `close`. */
  open(ref: Ref): void {
    this.ks.open(this.db, ref);
  }

  /** Ends a change; see {@link Keyspace.close}. @returns how many elements it has now: 0 if the key is gone */
  close(ref: Ref, changed: boolean): number {
    return this.ks.close(this.db, ref, changed);
  }

  /**
   * Whether the arena can grow by `bytes`; replies OOM when it cannot. For
   * commands that make more than their request tells (COPY, *STORE, RESTORE),
   * before they change anything. What is loaded is never refused.
   */
  hasRoomFor(bytes: number): boolean {
    if (this.server.loading || this.ks.arena.hasRoom(ROOM_LEFT_BYTES + bytes)) return true;
    this.out.error(ERR_OOM);
    return false;
  }

  /** Removes argument `i` from the keyspace. @returns whether it was there */
  remove(i: number): boolean {
    const args = this.args;
    return this.ks.remove(this.db, args.buf, args.off[i], args.len[i]);
  }

  /** Copies argument `i` into `instead`. */
  insteadArg(i: number): void {
    const args = this.args;
    this.instead.bulk(args.buf, args.off[i], args.len[i]);
  }
}
