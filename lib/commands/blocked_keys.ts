/**
 * Clients that wait for keys: BLPOP, BLMOVE, BZPOPMIN and the like.
 *
 * DESIGN. A client that finds nothing leaves a copy of its request here, under
 * each of its keys, in order of arrival. When such a key comes into being
 * (the keyspace tells, lib/keyspace/ports.ts) it is noted as ready; once the
 * command that made it, or the whole EXEC, is over, `serve` runs the requests
 * of its waiters again, the oldest first, as long as the key is there and of
 * the type that they wait for. What a request did is a unit of its own in the
 * AOF. Running the request again, instead of handing the element over, means
 * that there is one way only in which elements are popped.
 *
 * While nobody waits, the keyspace is not asked to tell (`ks.ready` is null).
 */

import { latin1, toAscii } from "../base/ascii.ts";
import { type Database } from "../keyspace/database.ts";
import { type ReadySink } from "../keyspace/ports.ts";
import { type Args } from "../resp/args.ts";
import { type CommandContext } from "./context.ts";
import { type ServerPort } from "./server_port.ts";
import { type Blocked, type Session } from "./session.ts";

/** In the place of a type: there is no such key. */
const ABSENT = -1;

/** One client that waits. */
interface Waiter {
  readonly session: Session;
  readonly args: Args;
  /** TYPE_ number of what it waits for. */
  readonly type: number;
  readonly deadlineMs: number;
  readonly keys: readonly WaitedKey[];
}

/** A key that clients wait for; they in order of arrival. */
interface WaitedKey {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly dbId: number;
  readonly waiters: Set<Waiter>;
}

/** The clients that wait for keys of one server; see the module's note. */
export class BlockedKeys implements ReadySink {
  readonly #server: ServerPort;
  readonly #keys = new Map<string, WaitedKey>();
  /** Keys that came into being since the last `serve`, in order. */
  readonly #ready = new Set<WaitedKey>();
  /** The waiter whose request is being run again. */
  #again: Waiter | null = null;

  constructor(server: ServerPort) {
    this.#server = server;
  }

  /** Number of keys that somebody waits for. */
  get size(): number {
    return this.#keys.size;
  }

  /** Whether `serve` has anything to do. */
  get hasReady(): boolean {
    return this.#ready.size > 0;
  }

  /**
   * Makes the client of the running command wait for one of its keys: the
   * arguments `first` to `last`.
   * @param type TYPE_ number of what it waits for
   * @param deadlineMs when it gives up, in ms of the wall clock; 0 for never
   * @param onTimeout writes what it is told then
   */
  wait(
    c: CommandContext,
    first: number,
    last: number,
    type: number,
    deadlineMs: number,
    onTimeout: (session: Session) => void,
  ): void {
    const again = this.#again !== null && this.#again.session === c.session ? this.#again : null;
    const keys: WaitedKey[] = [];
    const waiter: Waiter = {
      session: c.session,
      args: again?.args ?? c.args.clone(),
      type,
      deadlineMs: again?.deadlineMs ?? deadlineMs,
      keys,
    };
    for (let i = first; i <= last; i++) {
      const key = this.#key(c.db.id, c.text(i));
      // The same key may be named twice.
      if (key.waiters.has(waiter)) continue;
      key.waiters.add(waiter);
      keys.push(key);
    }
    this.#server.ks.ready = this;
    const blocked: Blocked = {
      kind: "keys",
      deadlineMs: waiter.deadlineMs,
      onTimeout,
      onCancel: () => this.#remove(waiter),
    };
    this.#server.block(c.session, blocked);
  }

  added(db: Database, buf: Uint8Array, off: number, len: number): void {
    const key = this.#keys.get(nameOf(db.id, latin1(buf, off, off + len)));
    if (key !== undefined) this.#ready.add(key);
  }

  swapped(a: Database, b: Database): void {
    for (const key of this.#keys.values()) {
      if (key.dbId === a.id || key.dbId === b.id) this.#ready.add(key);
    }
  }

  /** Serves the clients whose keys have come; called between commands. What that makes ready is served too. */
  serve(): void {
    const { pause, loading } = this.#server;
    // While clients are paused nothing changes, and what is being loaded may go again: it is called when that is over.
    if (pause.active || loading) return;
    for (const key of this.#ready) {
      this.#ready.delete(key);
      this.#serveKey(key);
    }
  }

  /** Runs the requests of the waiters that can use the key, until it is gone: many may wait, and one take it. */
  #serveKey(key: WaitedKey): void {
    let type = this.#typeOf(key);
    let turns = key.waiters.size;
    for (const waiter of key.waiters) {
      // Whoever must wait again stands at the end, and has had its turn.
      if (type === ABSENT || turns-- === 0) return;
      if (waiter.type !== type) continue;
      this.#again = waiter;
      this.#server.runAgain(waiter.session, waiter.args);
      this.#again = null;
      type = this.#typeOf(key);
    }
  }

  /** The TYPE_ number of what the key is now. */
  #typeOf(key: WaitedKey): number {
    const { ks } = this.#server;
    const ref = ks.find(ks.databases[key.dbId], key.bytes, 0, key.bytes.length);
    return ref === 0 || ks.isExpired(ref) ? ABSENT : ks.entries.type(ref);
  }

  #key(dbId: number, text: string): WaitedKey {
    const name = nameOf(dbId, text);
    let key = this.#keys.get(name);
    if (key === undefined) {
      key = { name, bytes: toAscii(text), dbId, waiters: new Set() };
      this.#keys.set(name, key);
    }
    return key;
  }

  #remove(waiter: Waiter): void {
    for (const key of waiter.keys) {
      key.waiters.delete(waiter);
      if (key.waiters.size > 0) continue;
      this.#keys.delete(key.name);
      this.#ready.delete(key);
    }
    if (this.#keys.size === 0) this.#server.ks.ready = null;
  }
}

/** A key in a database, as one text. */
function nameOf(dbId: number, text: string): string {
  return `${dbId}/${text}`;
}
