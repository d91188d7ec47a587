/** One numbered database: the dict of its keys, and of those with a deadline. */

import { Dict } from "../dict/dict.ts";
import { type Entries } from "../objects/entry.ts";

/** The two dicts of a database, and the bytes of its entries. Both hold the same refs. */
export class Database {
  /** The number that SELECT takes; SWAPDB exchanges it with another database. */
  id: number;
  dict: Dict;
  /** The entries that have a deadline. */
  expires: Dict;
  /** Bytes of all entries, big blocks included. */
  bytes = 0;
  /** Average time to live in ms, as active expiry samples it, for INFO. */
  averageTtlMs = 0;
  /** Where active expiry goes on in `expires`. */
  expireCursor = 0;

  constructor(id: number, entries: Entries) {
    this.id = id;
    this.dict = new Dict(entries.arena, entries);
    this.expires = new Dict(entries.arena, entries);
  }
}
