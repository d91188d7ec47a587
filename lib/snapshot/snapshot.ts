/**
 * A point-in-time snapshot of the keyspace, taken while it is served: `fork()`,
 * emulated.
 *
 * DESIGN. `begin` bumps the epoch and remembers the dicts of all databases and
 * their numbers: O(1). `step` walks hash space in short slices, serializes every
 * entry of an old epoch, and stamps it. Before a write changes or removes an
 * entry of an old epoch, its pre-image goes out ({@link Snapshot.preimage}).
 * So every key that existed at `begin` goes out exactly once, as it was then.
 *
 * The walk itself never removes anything: expired keys of a live dict are
 * collected and removed after their segment, as active expiry would, under the
 * number that the dict has *now*; they do not go out. In a dict that FLUSHALL
 * has detached they are only skipped. A dict may change hands by SWAPDB while
 * it is walked: what goes out names the number it had at `begin`.
 *
 * Records are RDB (lib/rdb/format.ts), so whoever reads the stream needs no
 * other parser. Each record names its database where it changes.
 */

import { type Ref } from "../arena/layout.ts";
import { Slice } from "../base/slice.ts";
import { type Dict } from "../dict/dict.ts";
import { RefList } from "../dict/ref_list.ts";
import { type Database } from "../keyspace/database.ts";
import { type Keyspace } from "../keyspace/keyspace.ts";
import { type PreimageSink } from "../keyspace/ports.ts";
import { type Entries } from "../objects/entry.ts";
import { RDB_TYPE_STRING } from "../rdb/format.ts";
import { SnapshotStream } from "./stream.ts";

/** The dict of a database as it was at `begin`. */
interface WalkedDict {
  readonly dict: Dict;
  /** The number its keys go out under. */
  readonly dbId: number;
  /** Whether every one of its old entries has gone out. */
  done: boolean;
}

/** One snapshot under way; see the module's note. */
export class Snapshot implements PreimageSink {
  /** Keys that went out. */
  keys = 0;
  /** Keys that existed at `begin`, for progress. */
  readonly totalKeys: number;
  readonly #ks: Keyspace;
  readonly #entries: Entries;
  readonly #stream: SnapshotStream;
  readonly #walked: WalkedDict[] = [];
  /** Number that the last record was written under; -1 for none. */
  #selected = -1;
  #current = 0;
  #cursor = 0;
  #finished = false;
  readonly #list = new RefList();
  readonly #expired: Ref[] = [];
  readonly #key = new Slice();
  readonly #value = new Slice();

  /** Begins a snapshot of all databases; from now on it is the keyspace's. One at a time. */
  constructor(ks: Keyspace) {
    if (ks.snapshot !== null) throw new Error("Cannot begin snapshot as another must not be under way");
    this.#ks = ks;
    this.#entries = ks.entries;
    let total = 0;
    for (const db of ks.databases) {
      if (db.dict.size === 0) continue;
      total += db.dict.size;
      this.#walked.push({ dict: db.dict, dbId: db.id, done: false });
    }
    this.totalKeys = total;
    ks.entries.nextEpoch();
    ks.snapshot = this;
    this.#stream = new SnapshotStream(ks.arena.big);
    this.#stream.writer.header();
    this.#stream.writer.aux("redis-bits", "64");
  }

  /** Whether the walk is complete. */
  get finished(): boolean {
    return this.#finished;
  }

  /** Bytes that wait to be taken. */
  get bufferedBytes(): number {
    return this.#stream.length;
  }

  /** The next bytes to be sent, or undefined; see {@link SnapshotStream.take}. */
  take(): Uint8Array | undefined {
    return this.#stream.take();
  }

  /**
   * Walks one segment.
   * @returns false when the walk is complete; the end marker was written then
   */
  step(): boolean {
    if (this.#finished) return false;
    const walked = this.#walked[this.#current];
    if (walked === undefined) {
      this.#finish();
      return false;
    }
    const list = this.#list;
    list.clear();
    this.#cursor = walked.dict.collectSegment(this.#cursor, list);
    for (let i = 0; i < list.length; i++) this.#visit(walked, list.refs[i]);
    if (this.#cursor === 0) {
      walked.done = true;
      this.#current++;
    }
    this.#removeExpired(walked.dict);
    return true;
  }

  /** Gives up: the keyspace is free of the snapshot. What was serialized stays until `release`. */
  abort(): void {
    this.#finished = true;
    if (this.#ks.snapshot === this) this.#ks.snapshot = null;
  }

  /** Nobody reads what was taken any more: drops what is left and lets big values go. Call it last, always. */
  release(): void {
    this.abort();
    this.#stream.clear();
  }

  preimage(db: Database, ref: Ref): void {
    const walked = this.#walked.find((item) => item.dict === db.dict);
    // A dict that was empty at `begin` has no old entries of its own.
    if (walked === undefined || walked.done) return;
    this.#emit(walked.dbId, ref);
  }

  isWalking(dict: Dict): boolean {
    if (this.#finished) return false;
    return this.#walked.some((item) => item.dict === dict && !item.done);
  }

  #visit(walked: WalkedDict, ref: Ref): void {
    const entries = this.#entries;
    if (entries.epochOf(ref) === entries.epoch) return;
    if (this.#ks.isExpired(ref)) {
      this.#expired.push(ref);
      return;
    }
    this.#emit(walked.dbId, ref);
    entries.stampEpoch(ref);
  }

  /** Removes what the walk found expired, if its dict is still a database's. */
  #removeExpired(dict: Dict): void {
    if (this.#expired.length === 0) return;
    const db = this.#ks.databases.find((candidate) => candidate.dict === dict);
    for (const ref of this.#expired) {
      // Stamped first: an expired key is not part of the snapshot, so it needs no pre-image.
      this.#entries.stampEpoch(ref);
      if (db !== undefined) this.#ks.expire(db, ref);
    }
    this.#expired.length = 0;
  }

  #emit(dbId: number, ref: Ref): void {
    const { writer } = this.#stream;
    if (dbId !== this.#selected) {
      writer.selectDb(dbId);
      this.#selected = dbId;
    }
    const entries = this.#entries;
    if (entries.hasExpire(ref)) writer.expireMs(entries.expireMs(ref));
    writer.byte(RDB_TYPE_STRING);
    entries.key(ref, this.#key);
    writer.string(this.#key.buf, this.#key.off, this.#key.len);
    entries.value(ref, this.#value);
    const { buf, off, len } = this.#value;
    if (entries.isBigValue(ref)) this.#stream.bigString(entries.bigValue(ref), len);
    else writer.string(buf, off, len);
    this.keys++;
  }

  #finish(): void {
    this.#stream.writer.eof();
    this.#finished = true;
    if (this.#ks.snapshot === this) this.#ks.snapshot = null;
  }
}
