/**
 * What the keyspace tells others. It imports none of them: the snapshot, the
 * server and transactions implement these and are set as fields.
 */

import { type Ref } from "../arena/layout.ts";
import { type Dict } from "../dict/dict.ts";
import { type Database } from "./database.ts";

/** Takes what a running snapshot needs before it changes (docs/ARCHITECTURE.md, "snapshot"). */
export interface PreimageSink {
  /** `ref`, of an old epoch, is about to change or go; the sink serializes it. The caller stamps it. */
  preimage(db: Database, ref: Ref): void;
  /** Whether a dict taken out of its database must not be freed yet. */
  isWalking(dict: Dict): boolean;
}

/** Why a key was removed without a command naming it. */
export const REMOVED_EXPIRED = 1;
export const REMOVED_EVICTED = 2;

/** Told of removals that no command asked for. */
export interface RemovalSink {
  /** The entry is still whole: its key can be read. Propagates the DEL. */
  removed(db: Database, ref: Ref, reason: number): void;
}

/** Told of every key that changes, while somebody watches keys. */
export interface WatchSink {
  touched(db: Database, buf: Uint8Array, off: number, len: number): void;
  /** All keys of the database are about to go (FLUSHDB), or to be exchanged with those of `other` (SWAPDB). */
  touchedAll(db: Database, other: Database | undefined): void;
}

/** Told of keys that blocked clients may wait for, while any client is blocked. */
export interface ReadySink {
  /** A list, sorted set or stream got this key. */
  added(db: Database, buf: Uint8Array, off: number, len: number): void;
  /** The contents of two databases were exchanged: any of their keys may be new under its number. */
  swapped(a: Database, b: Database): void;
}
