/** A keyspace for tests, with sinks that note what they are told, and text in and out. */

import { Arena } from "../../lib/arena/arena.ts";
import { latin1, toAscii } from "../../lib/base/ascii.ts";
import { Random } from "../../lib/base/random.ts";
import { Slice } from "../../lib/base/slice.ts";
import { type Database } from "../../lib/keyspace/database.ts";
import { Keyspace } from "../../lib/keyspace/keyspace.ts";
import { Entries, NO_EXPIRE } from "../../lib/objects/entry.ts";

/** A removal that was propagated. */
export interface Removal {
  readonly db: number;
  readonly key: string;
  readonly reason: number;
}

/** Bytes as text, one character per byte. */
export function textOf({ buf, off, len }: Slice): string {
  return latin1(buf, off, off + len);
}

/** A keyspace over an arena that fills freed blocks; time starts at 1,000,000 ms. */
export class TestKeyspace {
  readonly ks: Keyspace;
  /** What was propagated, in order. */
  readonly removals: Removal[] = [];
  /** Keys whose watchers were told, as `db/key`. */
  readonly touched = new Set<string>();
  readonly #slice = new Slice();

  constructor(databases = 2, seed = 1) {
    const arena = new Arena();
    arena.fillFreed = true;
    this.ks = new Keyspace(new Entries(arena, seed, ~seed), new Random(seed, 2, 3, 4), databases);
    this.ks.nowMs = 1_000_000;
    this.ks.removals = {
      removed: (db, ref, reason) => void this.removals.push({ db: db.id, key: this.keyOf(ref), reason }),
    };
    this.ks.watchers = {
      touched: (db, buf, off, len) => void this.touched.add(`${db.id}/${latin1(buf, off, off + len)}`),
      touchedAll: (db, other) => {
        this.touched.add(`${db.id}/*`);
        if (other !== undefined) this.touched.add(`${other.id}/*`);
      },
    };
  }

  keyOf(ref: number): string {
    this.ks.entries.key(ref, this.#slice);
    return textOf(this.#slice);
  }

  valueOf(ref: number): string {
    this.ks.entries.value(ref, this.#slice);
    return textOf(this.#slice);
  }

  /** Looks up without touching; an expired key is removed. */
  peek(db: number, key: string): number {
    const bytes = toAscii(key);
    return this.ks.peek(this.ks.databases[db], bytes, 0, bytes.length);
  }

  set(db: number, key: string, value: string, expireMs = NO_EXPIRE): number {
    const k = toAscii(key), v = toAscii(value);
    return this.ks.setString(this.ks.databases[db], k, 0, k.length, v, 0, v.length, 0, expireMs);
  }

  remove(db: number, key: string): boolean {
    const bytes = toAscii(key);
    return this.ks.remove(this.ks.databases[db], bytes, 0, bytes.length);
  }

  /** All keys of a database, expired ones too, in no order. */
  keysOf(db: Database): string[] {
    const keys: string[] = [];
    db.dict.forEach((_hash, ref) => keys.push(this.keyOf(ref)));
    return keys;
  }

  /** Notes an access, as reading the key does. */
  read(db: number, key: string): number {
    const bytes = toAscii(key);
    return this.ks.lookupRead(this.ks.databases[db], bytes, 0, bytes.length);
  }
}
