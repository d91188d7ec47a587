/**
 * WATCH's registry: who watches which keys, and whose EXEC must fail.
 *
 * DESIGN. The registry is the keyspace's `watchers` only while somebody
 * watches, so that changes cost nothing otherwise. Keys are found by the
 * keyspace's hash of their bytes, never as strings. A client whose watched key
 * has changed is marked and forgotten at once: nothing more can happen to it.
 *
 * A key that had already expired when it was watched is absent as far as the
 * client can see: its removal changes nothing, its creation does.
 */

import { equalBytes } from "../base/ascii.ts";
import { type Database } from "../keyspace/database.ts";
import { type Keyspace } from "../keyspace/keyspace.ts";
import { type WatchSink } from "../keyspace/ports.ts";
import { type Session } from "./session.ts";

/** One key that one client watches. */
interface Watch {
  readonly session: Session;
  readonly db: Database;
  readonly hash: number;
  readonly key: Uint8Array;
  /** It was there but expired when it was watched, and is still there. */
  expired: boolean;
}

/** All watched keys; see the module's note. */
export class WatchRegistry implements WatchSink {
  readonly #ks: Keyspace;
  readonly #byKey = new Map<Database, Map<number, Watch[]>>();
  readonly #bySession = new Map<Session, Watch[]>();

  constructor(ks: Keyspace) {
    this.#ks = ks;
  }

  /** `session` watches a key from now on; watching it twice is watching it once. */
  add(session: Session, db: Database, buf: Uint8Array, off: number, len: number): void {
    const hash = this.#ks.entries.hash(buf, off, len);
    let ofSession = this.#bySession.get(session);
    if (ofSession === undefined) this.#bySession.set(session, ofSession = []);
    if (ofSession.some((watch) => watch.db === db && isSame(watch, hash, buf, off, len))) return;
    const expired = this.#isExpired(db, buf, off, len);
    const watch: Watch = { session, db, hash, key: buf.slice(off, off + len), expired };
    ofSession.push(watch);
    session.watchedKeys = ofSession.length;
    let byHash = this.#byKey.get(db);
    if (byHash === undefined) this.#byKey.set(db, byHash = new Map());
    const list = byHash.get(hash);
    if (list === undefined) byHash.set(hash, [watch]);
    else list.push(watch);
    this.#ks.watchers = this;
  }

  /** `session` watches nothing any more; whether a key had changed stays noted. */
  remove(session: Session): void {
    const watches = this.#bySession.get(session);
    if (watches === undefined) return;
    this.#bySession.delete(session);
    session.watchedKeys = 0;
    for (const watch of watches) {
      const byHash = this.#byKey.get(watch.db)!;
      const left = byHash.get(watch.hash)!.filter((other) => other !== watch);
      if (left.length > 0) byHash.set(watch.hash, left);
      else byHash.delete(watch.hash);
      if (byHash.size === 0) this.#byKey.delete(watch.db);
    }
    if (this.#bySession.size === 0) this.#ks.watchers = null;
  }

  /** Whether a key that `session` watches has expired since, though nobody has removed it yet. */
  anyExpired(session: Session): boolean {
    const watches = this.#bySession.get(session);
    if (watches === undefined) return false;
    return watches.some((watch) =>
      !watch.expired && this.#isExpired(watch.db, watch.key, 0, watch.key.length)
    );
  }

  touched(db: Database, buf: Uint8Array, off: number, len: number): void {
    const byHash = this.#byKey.get(db);
    if (byHash === undefined) return;
    const hash = this.#ks.entries.hash(buf, off, len);
    const watches = byHash.get(hash);
    if (watches === undefined) return;
    // The list is replaced, never changed in place, when a client is forgotten.
    for (const watch of watches) {
      if (!isSame(watch, hash, buf, off, len)) continue;
      if (watch.expired && this.#ks.find(db, buf, off, len) === 0) watch.expired = false;
      else this.#break(watch.session);
    }
  }

  touchedAll(db: Database, other: Database | undefined): void {
    this.#replaced(db, other);
    if (other !== undefined) this.#replaced(other, db);
  }

  /** The content of `db` is about to be that of `by`, or nothing. */
  #replaced(db: Database, by: Database | undefined): void {
    const byHash = this.#byKey.get(db);
    if (byHash === undefined) return;
    for (const watches of [...byHash.values()]) {
      for (const watch of watches) {
        const { key } = watch;
        const isThere = this.#ks.find(db, key, 0, key.length) !== 0;
        const willBe = by !== undefined && this.#ks.find(by, key, 0, key.length) !== 0;
        if (!isThere && !willBe) continue;
        // Absent for the client is also what has expired.
        const isAbsent = !isThere || watch.expired;
        const willExpired = willBe && this.#isExpired(by, key, 0, key.length);
        if (isAbsent && (!willBe || willExpired)) watch.expired = willExpired;
        else this.#break(watch.session);
      }
    }
  }

  #break(session: Session): void {
    session.watchBroken = true;
    this.remove(session);
  }

  #isExpired(db: Database, buf: Uint8Array, off: number, len: number): boolean {
    const ref = this.#ks.find(db, buf, off, len);
    return ref !== 0 && this.#ks.isExpired(ref);
  }
}

function isSame(watch: Watch, hash: number, buf: Uint8Array, off: number, len: number): boolean {
  return watch.hash === hash && watch.key.length === len && equalBytes(watch.key, 0, buf, off, len);
}
