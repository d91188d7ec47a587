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
 * A small value is serialized at once. A large collection is *frozen* in O(1)
 * (lib/keyspace/frozen.ts), by the walk as by whoever is about to change it,
 * and goes out in slices before the walk goes on. A record is contiguous: what
 * is serialized while a large one is under way waits in a second stream.
 *
 * Records are RDB (lib/rdb/format.ts), so whoever reads the stream needs no
 * other parser. Each record names its database where it changes.
 */

import { type Ref } from "../arena/layout.ts";
import { touch } from "../arena/touch.ts";
import { Fifo } from "../base/fifo.ts";
import { Slice } from "../base/slice.ts";
import { type Dict } from "../dict/dict.ts";
import { RefList } from "../dict/ref_list.ts";
import { type Database } from "../keyspace/database.ts";
import { type Keyspace } from "../keyspace/keyspace.ts";
import { type PreimageSink } from "../keyspace/ports.ts";
import { frequencyToSave, idleToSave } from "../keyspace/age.ts";
import { type FrozenRoot } from "../keyspace/frozen.ts";
import { type Entries, TYPE_STRING } from "../objects/entry.ts";
import { RecordWriter } from "./records.ts";
import { SnapshotStream } from "./stream.ts";

/** A step ends when it has serialized so much: many keys of a segment may have large values. */
const STEP_BYTES = 128 * 1024;

/** Entries of a segment whose memory is fetched together. */
const FETCHED_ENTRIES = 32;

/** The dict of a database as it was at `begin`. */
interface WalkedDict {
  readonly dict: Dict;
  /** The number its keys go out under. */
  readonly dbId: number;
  /** Whether every one of its old entries has gone out. */
  done: boolean;
}

/** A large collection that waits to go out. */
interface FrozenKey {
  readonly frozen: FrozenRoot;
  readonly dbId: number;
  readonly type: number;
  readonly expireMs: number;
  readonly idle: number;
  readonly frequency: number;
  readonly key: Uint8Array;
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
  /** What is serialized while a large record is under way. */
  readonly #waiting: SnapshotStream;
  readonly #records: RecordWriter;
  readonly #walked: WalkedDict[] = [];
  /** Large collections that still have to go out, the one under way first. */
  readonly #frozen = new Fifo<FrozenKey>();
  /** How far the one under way is; 0 when it has not begun. */
  #position = 0;
  #current = 0;
  #cursor = 0;
  #finished = false;
  readonly #list = new RefList();
  /** What was touched: kept, so that touching is not optimized away. */
  #touched = 0;
  readonly #expired: Ref[] = [];
  readonly #key = new Slice();
  readonly #value = new Slice();

  /**
   * Begins a snapshot of all databases; from now on it is the keyspace's. One at a time.
   * @param aux auxiliary fields that go out first
   */
  constructor(ks: Keyspace, aux: readonly (readonly [string, string])[] = []) {
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
    this.#waiting = new SnapshotStream(ks.arena.big);
    this.#records = new RecordWriter(this.#stream);
    this.#stream.writer.header();
    for (const [name, value] of aux) this.#stream.writer.aux(name, value);
  }

  /** Whether the walk is complete. */
  get finished(): boolean {
    return this.#finished;
  }

  /** Bytes that can be taken. */
  get sendableBytes(): number {
    return this.#stream.length;
  }

  /** The next bytes to be sent, or undefined; see {@link SnapshotStream.take}. */
  take(): Uint8Array | undefined {
    return this.#stream.take();
  }

  /**
   * Walks one segment, or a part of it, or sends a slice of a large collection.
   * @returns false when the walk is complete; the end marker was written then
   */
  step(): boolean {
    if (this.#finished) return false;
    const frozen = this.#frozen.first;
    if (frozen !== undefined) {
      this.#emitSlice(frozen);
      return true;
    }
    const walked = this.#walked[this.#current];
    if (walked === undefined) {
      this.#finish();
      return false;
    }
    this.#walk(walked);
    this.#removeExpired(walked.dict);
    return true;
  }

  /** Visits the segment that the cursor is at, and goes on to the next one when all of it went out. */
  #walk(walked: WalkedDict): void {
    const list = this.#list;
    list.clear();
    const next = walked.dict.collectSegment(this.#cursor, list);
    const enough = this.#stream.length + STEP_BYTES;
    for (let i = 0; i < list.length; i++) {
      // What went out bears the current epoch: the next step will pass it over.
      if (this.#stream.length >= enough) return;
      if (i % FETCHED_ENTRIES === 0) this.#fetch(i);
      this.#visit(walked, list.refs[i]);
    }
    this.#cursor = next;
    if (next !== 0) return;
    walked.done = true;
    this.#current++;
  }

  /** Touches the next entries of the list, and the blocks that the collections among them are in. */
  #fetch(from: number): void {
    const entries = this.#entries;
    const { i32 } = entries.arena;
    const { refs, length } = this.#list;
    const end = Math.min(from + FETCHED_ENTRIES, length);
    let touched = 0;
    for (let i = from; i < end; i++) touched ^= touch(i32, refs[i]);
    for (let i = from; i < end; i++) {
      if (entries.type(refs[i]) !== TYPE_STRING) touched ^= touch(i32, entries.word2(refs[i]));
    }
    this.#touched ^= touched;
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
    this.#waiting.clear();
    this.#frozen.forEach(({ frozen }) => this.#ks.collections.release(frozen));
    this.#frozen.clear();
  }

  preimage(db: Database, ref: Ref): void {
    const walked = this.#walkedDict(db.dict);
    // A dict that was empty at `begin` has no old entries of its own.
    if (walked === undefined || walked.done) return;
    this.#emit(walked.dbId, ref);
  }

  isWalking(dict: Dict): boolean {
    if (this.#finished) return false;
    const walked = this.#walkedDict(dict);
    return walked !== undefined && !walked.done;
  }

  #walkedDict(dict: Dict): WalkedDict | undefined {
    for (const walked of this.#walked) if (walked.dict === dict) return walked;
    return undefined;
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
    const entries = this.#entries;
    const type = entries.type(ref);
    entries.key(ref, this.#key);
    if (entries.isLarge(ref)) return this.#freeze(dbId, ref, type);
    const records = this.#records;
    const idle = idleToSave(this.#ks, ref);
    const frequency = frequencyToSave(this.#ks, ref);
    records.head(dbId, type, entries.expireMs(ref), idle, frequency, this.#key);
    if (type === TYPE_STRING) {
      entries.value(ref, this.#value);
      records.item(this.#value, entries.isBigValue(ref) ? entries.bigValue(ref) : 0);
    } else {
      const { types } = this.#ks.collections;
      records.count(types[type].count(ref));
      types[type].emitPacked(ref, records);
    }
    records.stream.endRecord();
    this.keys++;
  }

  #freeze(dbId: number, ref: Ref, type: number): void {
    this.#frozen.push({
      frozen: this.#ks.collections.freeze(ref),
      dbId,
      type,
      expireMs: this.#entries.expireMs(ref),
      idle: idleToSave(this.#ks, ref),
      frequency: frequencyToSave(this.#ks, ref),
      key: this.#key.copy(),
    });
  }

  /** Sends the next slice of a frozen collection; with the last one it is released. */
  #emitSlice(item: FrozenKey): void {
    const { collections } = this.#ks;
    const records = this.#records;
    records.stream = this.#stream;
    if (this.#position === 0) {
      this.#key.set(item.key, 0, item.key.length);
      records.head(item.dbId, item.type, item.expireMs, item.idle, item.frequency, this.#key);
      records.count(collections.roots.count(item.frozen.root));
    }
    this.#position = collections.types[item.type].emitRoot(item.frozen.root, this.#position, records);
    if (this.#position !== 0) {
      records.stream = this.#waiting;
      return;
    }
    this.#stream.append(this.#waiting);
    this.#frozen.shift();
    collections.release(item.frozen);
    this.keys++;
  }

  #finish(): void {
    this.#stream.writer.eof();
    this.#finished = true;
    if (this.#ks.snapshot === this) this.#ks.snapshot = null;
  }
}
