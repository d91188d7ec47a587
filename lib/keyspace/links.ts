/**
 * Where entries stand in the dicts of their database.
 *
 * DESIGN. Finding a key and changing its slot are two steps of one act; in
 * between, the dict remembers the slot that it found. Only this class looks
 * keys up in the dicts of databases, so it knows whose slot that is, and looks
 * again when it is another's. An entry with a deadline stands in `expires` too.
 */

import { NIL, type Ref } from "../arena/layout.ts";
import { type Entries } from "../objects/entry.ts";
import { type Database } from "./database.ts";

/** Links entries into databases and takes them out; see the module's note. */
export class Links {
  readonly #entries: Entries;
  /** The last look-up; while `#ref` is not nil, its slot in the dict is still good. */
  #hash = 0;
  #ref: Ref = NIL;
  #db: Database | null = null;

  constructor(entries: Entries) {
    this.#entries = entries;
  }

  /** Looks a key up and remembers its slot. @returns its ref or 0 */
  find(db: Database, hash: number, buf: Uint8Array, off: number, len: number): Ref {
    const ref = db.dict.find(hash, buf, off, len);
    this.#remember(db, hash, ref);
    return ref;
  }

  /** The slot that was found is no longer good: the dicts were exchanged. */
  forget(): void {
    this.#ref = NIL;
  }

  /** Makes the dict's found slot that of `ref`. @returns its hash */
  locate(db: Database, ref: Ref): number {
    if (this.#ref === ref && this.#db === db) return this.#hash;
    const hash = this.#entries.hashOf(ref);
    if (!db.dict.findRef(hash, ref)) {
      throw new Error(`Cannot locate entry as ref must be in the database: ref is ${ref}`);
    }
    this.#remember(db, hash, ref);
    return hash;
  }

  /** Adds an entry whose key is absent. */
  add(db: Database, hash: number, ref: Ref): void {
    this.#ref = NIL;
    db.dict.insert(hash, ref);
    if (this.#entries.hasExpire(ref)) db.expires.insert(hash, ref);
    db.bytes += this.#entries.bytesOf(ref);
  }

  /** Takes an entry out; it is the caller's to free. */
  remove(db: Database, ref: Ref): void {
    const hash = this.locate(db, ref);
    this.#ref = NIL;
    db.dict.removeFound();
    if (this.#entries.hasExpire(ref) && db.expires.findRef(hash, ref)) db.expires.removeFound();
    db.bytes -= this.#entries.bytesOf(ref);
  }

  /** Puts `ref` where `old` is, in both dicts; `old` is the caller's to free. */
  replace(db: Database, old: Ref, ref: Ref): void {
    const entries = this.#entries;
    const hash = this.locate(db, old);
    db.dict.replaceFound(ref);
    this.#remember(db, hash, ref);
    db.bytes += entries.bytesOf(ref) - entries.bytesOf(old);
    if (entries.hasExpire(old) && db.expires.findRef(hash, old)) {
      if (entries.hasExpire(ref)) db.expires.replaceFound(ref);
      else db.expires.removeFound();
    } else if (entries.hasExpire(ref)) db.expires.insert(hash, ref);
  }

  #remember(db: Database, hash: number, ref: Ref): void {
    this.#db = db;
    this.#hash = hash;
    this.#ref = ref;
  }
}
