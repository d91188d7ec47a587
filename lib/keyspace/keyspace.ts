/**
 * The keyspace: look-up, creation, change and removal of keys.
 *
 * DESIGN. Every change of an entry passes through here, in this order: its
 * pre-image goes to the running snapshot if its epoch is old; then memory and
 * dicts change; then watchers are told. Commands therefore know nothing of
 * snapshots or WATCH. Reading never changes an entry but for its LRU word,
 * with one exception: an expired key is removed by whoever looks it up.
 *
 * The dict's found slot is ours: between a look-up and the change that uses it
 * nobody else may search the dict, so commands look keys up here, never there.
 *
 * Refs that look-ups return are valid until the next call that may free the
 * entry: any write to the same key, eviction, expiry.
 */

import { type Arena } from "../arena/arena.ts";
import { NIL, type Ref } from "../arena/layout.ts";
import { copyBytes } from "../base/ascii.ts";
import { type Random } from "../base/random.ts";
import { Slice } from "../base/slice.ts";
import { ENC_BIG, Entries, INLINE_VALUE_MAX, NO_EXPIRE, TYPE_STRING } from "../objects/entry.ts";
import { Database } from "./database.ts";
import { LazyFree } from "./lazy_free.ts";
import { nextLfu } from "./lfu.ts";
import { Prefetch } from "./prefetch.ts";
import {
  type PreimageSink,
  type RemovalSink,
  REMOVED_EVICTED,
  REMOVED_EXPIRED,
  type WatchSink,
} from "./ports.ts";

/** `setString` keeps the deadline that the key has. */
export const KEEP_EXPIRE = -2;

/** All databases and what is shared by them; see the module's note. */
export class Keyspace {
  readonly arena: Arena;
  readonly entries: Entries;
  readonly databases: Database[] = [];
  readonly random: Random;
  /** Dicts that were flushed and are freed in slices. */
  readonly lazyFree: LazyFree;

  /** Keys that a pipeline is about to use. */
  readonly prefetch: Prefetch;

  /** The running snapshot, or null. */
  snapshot: PreimageSink | null = null;
  /** Somebody WATCHes keys, or null. */
  watchers: WatchSink | null = null;
  /** Who propagates the DEL of expired and evicted keys, or null. */
  removals: RemovalSink | null = null;

  /** Wall clock in ms, sampled once per command: all expiry compares with this. */
  nowMs = 0;
  /** False while loading, and wherever nothing may expire. */
  expiryAllowed = true;
  /** While clients are paused expired keys are absent to whoever asks, but stay: nothing is logged. */
  removalsPaused = false;
  /** Whether accesses are counted (LFU) instead of timed (LRU). */
  lfu = false;
  /** LRU clock in seconds, 24 bits; or minutes for LFU, 16 bits. */
  lruClock = 0;
  lfuLogFactor = 10;
  lfuDecayTime = 1;

  /** Figures for INFO stats. */
  hits = 0;
  misses = 0;
  expiredKeys = 0;
  evictedKeys = 0;

  readonly #key = new Slice();
  readonly #value = new Slice();
  /** The hash and ref of the last look-up; its slot in the dict is still good. */
  #foundHash = 0;
  #foundRef: Ref = NIL;
  #foundDb: Database | null = null;

  constructor(entries: Entries, random: Random, databases: number) {
    this.entries = entries;
    this.arena = entries.arena;
    this.random = random;
    this.lazyFree = new LazyFree(entries);
    this.prefetch = new Prefetch(entries);
    for (let id = 0; id < databases; id++) this.databases.push(new Database(id, entries));
  }

  /** Bytes that the data set takes: exact, without what is pending lazy free. */
  get usedBytes(): number {
    return this.arena.usedBytes - this.lazyFree.pendingBytes;
  }

  /**
   * Looks a key up for reading: counts a hit or miss, touches the LRU word.
   * @returns its ref, or 0 when it is absent or expired
   */
  lookupRead(db: Database, buf: Uint8Array, off: number, len: number): Ref {
    const ref = this.lookupWrite(db, buf, off, len);
    if (ref === NIL) this.misses++;
    else this.hits++;
    return ref;
  }

  /** Looks a key up in order to write: touches the LRU word, counts nothing. */
  lookupWrite(db: Database, buf: Uint8Array, off: number, len: number): Ref {
    const ref = this.peek(db, buf, off, len);
    if (ref !== NIL) this.touch(ref);
    return ref;
  }

  /** Looks a key up without counting or touching; still removes it when it is expired. */
  peek(db: Database, buf: Uint8Array, off: number, len: number): Ref {
    const hash = this.prefetch.hash(buf, off, len);
    const ref = db.dict.find(hash, buf, off, len);
    this.#foundHash = hash;
    this.#foundRef = ref;
    this.#foundDb = db;
    if (ref !== NIL && this.entries.hasExpire(ref) && this.isExpired(ref)) {
      this.expire(db, ref);
      return NIL;
    }
    return ref;
  }

  /** Looks a key up and nothing else: an expired one is found, and stays. */
  find(db: Database, buf: Uint8Array, off: number, len: number): Ref {
    const hash = this.prefetch.hash(buf, off, len);
    const ref = db.dict.find(hash, buf, off, len);
    this.#remember(db, hash, ref);
    return ref;
  }

  /** Whether the entry's deadline has passed and expiry is allowed. */
  isExpired(ref: Ref): boolean {
    return this.expiryAllowed && this.entries.hasExpire(ref) && this.entries.expireMs(ref) < this.nowMs;
  }

  /** Removes an expired entry: its DEL is propagated first. Does nothing while removals are paused. */
  expire(db: Database, ref: Ref): void {
    if (this.removalsPaused) return;
    this.expiredKeys++;
    this.removals?.removed(db, ref, REMOVED_EXPIRED);
    this.removeRef(db, ref);
  }

  /** Removes an entry to make room: its DEL is propagated first. */
  evict(db: Database, ref: Ref): void {
    this.evictedKeys++;
    this.removals?.removed(db, ref, REMOVED_EVICTED);
    this.removeRef(db, ref);
  }

  /** Notes an access in the LRU word. */
  touch(ref: Ref): void {
    if (this.lfu) {
      const lru = this.entries.lru(ref);
      this.entries.setLru(
        ref,
        nextLfu(lru, this.lruClock, this.lfuDecayTime, this.lfuLogFactor, this.random),
      );
    } else this.entries.setLru(ref, this.lruClock);
  }

  /**
   * Creates or overwrites a key with a string. An expired one is removed before.
   * @param expireMs a deadline, {@link NO_EXPIRE} or {@link KEEP_EXPIRE}
   */
  setString(
    db: Database,
    keyBuf: Uint8Array,
    keyOff: number,
    keyLen: number,
    buf: Uint8Array,
    off: number,
    len: number,
    encoding: number,
    expireMs: number,
  ): Ref {
    const entries = this.entries;
    const hash = this.prefetch.hash(keyBuf, keyOff, keyLen);
    let old = db.dict.find(hash, keyBuf, keyOff, keyLen);
    this.#remember(db, hash, old);
    if (old !== NIL && entries.hasExpire(old) && this.isExpired(old) && !this.removalsPaused) {
      this.expire(db, old);
      old = NIL;
    }
    if (old === NIL) {
      const deadline = expireMs === KEEP_EXPIRE ? NO_EXPIRE : expireMs;
      const ref = this.#newString(keyBuf, keyOff, keyLen, buf, off, len, encoding, deadline);
      this.#link(db, hash, ref);
      this.#modified(db, keyBuf, keyOff, keyLen);
      return ref;
    }
    this.#beforeChange(db, old);
    const deadline = expireMs === KEEP_EXPIRE ? entries.expireMs(old) : expireMs;
    // Overwriting is an access of the key: a frequency counter goes on counting.
    this.touch(old);
    let ref = old;
    if (
      len <= INLINE_VALUE_MAX && entries.hasExpire(old) === (deadline !== NO_EXPIRE) &&
      entries.type(old) === TYPE_STRING && !entries.isBigValue(old) && entries.fits(old, len)
    ) {
      copyBytes(buf, off, this.arena.bytes(old), entries.valueOffset(old), len);
      entries.setWord2(old, len);
      entries.setEncoding(old, encoding);
      if (deadline !== NO_EXPIRE) entries.setExpireMs(old, deadline);
    } else {
      ref = this.#newString(keyBuf, keyOff, keyLen, buf, off, len, encoding, deadline);
      entries.setLru(ref, entries.lru(old));
      this.#replace(db, hash, old, ref);
      this.#freeEntry(old);
    }
    this.#modified(db, keyBuf, keyOff, keyLen);
    return ref;
  }

  /**
   * Makes a string ready to be changed in place with a length of `len` bytes:
   * bytes up to the shorter length are kept, new ones are zero.
   * @returns the entry to write to, which may have moved
   */
  prepareString(db: Database, ref: Ref, len: number, encoding: number): Ref {
    const entries = this.entries;
    this.#beforeChange(db, ref);
    const oldLen = entries.word2(ref);
    if (this.#isChangeableBig(ref) && len > INLINE_VALUE_MAX / 2) this.#resizeBig(db, ref, len);
    else if (entries.isBigValue(ref) || len > INLINE_VALUE_MAX || !entries.fits(ref, len)) {
      ref = this.#moveString(db, ref, len);
    } else {
      entries.setWord2(ref, len);
      if (len > oldLen) {
        const at = entries.valueOffset(ref);
        this.arena.bytes(ref).fill(0, at + oldLen, at + len);
      }
    }
    entries.setEncoding(ref, (entries.encoding(ref) & ENC_BIG) | encoding);
    entries.key(ref, this.#key);
    this.#modified(db, this.#key.buf, this.#key.off, this.#key.len);
    return ref;
  }

  /**
   * Gives a key a deadline, or takes it away with {@link NO_EXPIRE}.
   * @returns the entry, which may have moved
   */
  setExpire(db: Database, ref: Ref, expireMs: number): Ref {
    const entries = this.entries;
    this.#beforeChange(db, ref);
    if (entries.hasExpire(ref) === (expireMs !== NO_EXPIRE)) {
      if (expireMs !== NO_EXPIRE) entries.setExpireMs(ref, expireMs);
    } else ref = this.#rebuild(db, ref, expireMs);
    entries.key(ref, this.#key);
    this.#modified(db, this.#key.buf, this.#key.off, this.#key.len);
    return ref;
  }

  /** Removes a key by name. @returns whether it was there (an expired one was not) */
  remove(db: Database, buf: Uint8Array, off: number, len: number): boolean {
    const ref = this.peek(db, buf, off, len);
    if (ref === NIL) return false;
    this.removeRef(db, ref);
    return true;
  }

  /** Removes an entry that is in `db`. */
  removeRef(db: Database, ref: Ref): void {
    this.#beforeChange(db, ref);
    this.#unlink(db, ref);
    if (this.watchers !== null) {
      this.entries.key(ref, this.#key);
      this.#modified(db, this.#key.buf, this.#key.off, this.#key.len);
    }
    this.#freeEntry(ref);
  }

  /**
   * Moves or copies a value to another key, which must not exist. The deadline
   * goes with it; the LRU word only with a value that moves.
   * @param keep whether the source stays (COPY)
   */
  transfer(
    from: Database,
    source: Ref,
    to: Database,
    keyBuf: Uint8Array,
    keyOff: number,
    keyLen: number,
    keep: boolean,
  ): Ref {
    const entries = this.entries;
    const deadline = entries.expireMs(source);
    const encoding = entries.encoding(source) & ~ENC_BIG;
    let ref: Ref;
    if (!keep && entries.isBigValue(source)) {
      // The buffer itself moves. The source must go out with the snapshot while it still has it.
      this.#beforeChange(from, source);
      const index = entries.bigValue(source);
      ref = this.#newBigString(keyBuf, keyOff, keyLen, index, entries.word2(source), encoding, deadline);
      this.#giveUpBigValue(from, source);
    } else {
      entries.value(source, this.#value);
      const { buf, off, len } = this.#value;
      ref = this.#newString(keyBuf, keyOff, keyLen, buf, off, len, encoding, deadline);
    }
    if (!keep) entries.setLru(ref, entries.lru(source));
    this.#link(to, entries.hash(keyBuf, keyOff, keyLen), ref);
    this.#modified(to, keyBuf, keyOff, keyLen);
    if (!keep) this.removeRef(from, source);
    return ref;
  }

  /** Empties a database: its dicts are detached in O(1) and freed in slices. @returns how many keys went */
  flush(db: Database): number {
    const size = db.dict.size;
    // An empty database may still hold the segments that its keys had.
    if (db.dict.segments === 0) return 0;
    // Before the dict goes: only watched keys that are in it have changed.
    if (size > 0) this.watchers?.touchedAll(db, undefined);
    this.#foundRef = NIL;
    this.lazyFree.add(db.dict, db.expires, db.bytes);
    const fresh = new Database(db.id, this.entries);
    db.dict = fresh.dict;
    db.expires = fresh.expires;
    db.bytes = 0;
    db.averageTtlMs = 0;
    db.expireCursor = 0;
    return size;
  }

  /** Exchanges the contents of two databases. */
  swap(a: Database, b: Database): void {
    this.watchers?.touchedAll(a, b);
    this.#foundRef = NIL;
    const { dict, expires, bytes, averageTtlMs, expireCursor } = a;
    a.dict = b.dict;
    a.expires = b.expires;
    a.bytes = b.bytes;
    a.averageTtlMs = b.averageTtlMs;
    a.expireCursor = b.expireCursor;
    Object.assign(b, { dict, expires, bytes, averageTtlMs, expireCursor });
  }

  /** Checks arena, dicts, and that `expires` and byte counts agree with the entries. For tests. */
  verify(): void {
    this.arena.verify();
    for (const db of this.databases) {
      db.dict.verify();
      db.expires.verify();
      let bytes = 0;
      let deadlines = 0;
      db.dict.forEach((hash, ref) => {
        bytes += this.entries.bytesOf(ref);
        if (this.entries.hasExpire(ref)) {
          deadlines++;
          if (!db.expires.findRef(hash, ref)) {
            throw new Error(`Cannot verify keyspace: ${ref} is not in expires`);
          }
        }
        if ((hash | 0) !== this.entries.hashOf(ref)) {
          throw new Error(`Cannot verify keyspace: hash of ${ref} is wrong`);
        }
      });
      if (deadlines !== db.expires.size) throw new Error(`Cannot verify keyspace: ${deadlines} deadlines`);
      if (bytes !== db.bytes) throw new Error(`Cannot verify keyspace: ${bytes} bytes, not ${db.bytes}`);
    }
  }

  /** Lets the snapshot see an entry of an old epoch, then makes it current. */
  #beforeChange(db: Database, ref: Ref): void {
    if (this.snapshot === null || this.entries.epochOf(ref) === this.entries.epoch) return;
    this.snapshot.preimage(db, ref);
    this.entries.stampEpoch(ref);
  }

  #modified(db: Database, buf: Uint8Array, off: number, len: number): void {
    if (this.watchers !== null) this.watchers.touched(db, buf, off, len);
  }

  #remember(db: Database, hash: number, ref: Ref): void {
    this.#foundDb = db;
    this.#foundHash = hash;
    this.#foundRef = ref;
  }

  /** Makes the dict's found slot that of `ref`. @returns its hash */
  #locate(db: Database, ref: Ref): number {
    if (this.#foundRef === ref && this.#foundDb === db) return this.#foundHash;
    const hash = this.entries.hashOf(ref);
    if (!db.dict.findRef(hash, ref)) {
      throw new Error(`Cannot locate entry as ref must be in the database: ref is ${ref}`);
    }
    this.#remember(db, hash, ref);
    return hash;
  }

  #link(db: Database, hash: number, ref: Ref): void {
    this.#foundRef = NIL;
    db.dict.insert(hash, ref);
    if (this.entries.hasExpire(ref)) db.expires.insert(hash, ref);
    db.bytes += this.entries.bytesOf(ref);
  }

  #unlink(db: Database, ref: Ref): void {
    const hash = this.#locate(db, ref);
    this.#foundRef = NIL;
    db.dict.removeFound();
    if (this.entries.hasExpire(ref) && db.expires.findRef(hash, ref)) db.expires.removeFound();
    db.bytes -= this.entries.bytesOf(ref);
  }

  /** Puts `ref` where `old` was, in both dicts; `old` is the caller's to free. */
  #replace(db: Database, hash: number, old: Ref, ref: Ref): void {
    const entries = this.entries;
    db.dict.replaceFound(ref);
    this.#remember(db, hash, ref);
    db.bytes += entries.bytesOf(ref) - entries.bytesOf(old);
    if (entries.hasExpire(old) && db.expires.findRef(hash, old)) {
      if (entries.hasExpire(ref)) db.expires.replaceFound(ref);
      else db.expires.removeFound();
    } else if (entries.hasExpire(ref)) db.expires.insert(hash, ref);
  }

  #freeEntry(ref: Ref): void {
    this.entries.free(ref);
  }

  /** An entry with a string, inline or in a big block. */
  #newString(
    keyBuf: Uint8Array,
    keyOff: number,
    keyLen: number,
    buf: Uint8Array,
    off: number,
    len: number,
    encoding: number,
    expireMs: number,
  ): Ref {
    const entries = this.entries;
    if (len <= INLINE_VALUE_MAX) {
      const ref = entries.create(TYPE_STRING, encoding, keyBuf, keyOff, keyLen, expireMs, len);
      copyBytes(buf, off, this.arena.bytes(ref), entries.valueOffset(ref), len);
      return ref;
    }
    const index = this.arena.big.alloc(len);
    copyBytes(buf, off, this.arena.big.bytes(index), 0, len);
    return this.#newBigString(keyBuf, keyOff, keyLen, index, len, encoding, expireMs);
  }

  #newBigString(
    keyBuf: Uint8Array,
    keyOff: number,
    keyLen: number,
    index: number,
    len: number,
    encoding: number,
    expireMs: number,
  ): Ref {
    const ref = this.entries.create(TYPE_STRING, encoding | ENC_BIG, keyBuf, keyOff, keyLen, expireMs, 4);
    this.entries.setBigValue(ref, index);
    this.entries.setWord2(ref, len);
    return ref;
  }

  /** Takes the big block out of an entry that is about to go; another entry owns it now. */
  #giveUpBigValue(db: Database, ref: Ref): void {
    const entries = this.entries;
    db.bytes -= this.arena.big.bytes(entries.bigValue(ref)).length;
    entries.setEncoding(ref, entries.encoding(ref) & ~ENC_BIG);
  }

  /** Whether the value is in a big block that nobody else (a snapshot) still reads. */
  #isChangeableBig(ref: Ref): boolean {
    const { entries } = this;
    return entries.isBigValue(ref) && !this.arena.big.isRetained(entries.bigValue(ref));
  }

  /** Changes the length of a big value within its buffer, doubling the buffer (by 64 MiB at most) when it must grow. */
  #resizeBig(db: Database, ref: Ref, len: number): void {
    const entries = this.entries;
    const big = this.arena.big;
    const index = entries.bigValue(ref);
    const oldLen = entries.word2(ref);
    const capacity = big.bytes(index).length;
    if (len > capacity) big.resize(index, len + Math.min(len, 64 << 20));
    else if (len < oldLen) big.bytes(index).fill(0, len, oldLen);
    db.bytes += big.bytes(index).length - capacity;
    entries.setWord2(ref, len);
  }

  /** Moves a string to a block of another size, its content cut or padded with zeros. */
  #moveString(db: Database, ref: Ref, len: number): Ref {
    const entries = this.entries;
    const hash = this.#locate(db, ref);
    entries.key(ref, this.#key);
    entries.value(ref, this.#value);
    const encoding = entries.encoding(ref) & ~ENC_BIG;
    const kept = Math.min(len, this.#value.len);
    const { buf, off } = this.#value;
    const { buf: keyBuf, off: keyOff, len: keyLen } = this.#key;
    let moved: Ref;
    if (len <= INLINE_VALUE_MAX) {
      moved = entries.create(TYPE_STRING, encoding, keyBuf, keyOff, keyLen, entries.expireMs(ref), len);
      const at = entries.valueOffset(moved);
      copyBytes(buf, off, this.arena.bytes(moved), at, kept);
      this.arena.bytes(moved).fill(0, at + kept, at + len);
    } else {
      const index = this.arena.big.alloc(len);
      copyBytes(buf, off, this.arena.big.bytes(index), 0, kept);
      moved = this.#newBigString(keyBuf, keyOff, keyLen, index, len, encoding, entries.expireMs(ref));
    }
    entries.setLru(moved, entries.lru(ref));
    this.#replace(db, hash, ref, moved);
    this.#freeEntry(ref);
    return moved;
  }

  /** The same key and value in a block with or without room for a deadline. */
  #rebuild(db: Database, ref: Ref, expireMs: number): Ref {
    const entries = this.entries;
    const hash = this.#locate(db, ref);
    entries.key(ref, this.#key);
    const { buf, off, len } = this.#key;
    const big = entries.isBigValue(ref);
    const valueBytes = big ? 4 : entries.word2(ref);
    const moved = entries.create(
      entries.type(ref),
      entries.encoding(ref),
      buf,
      off,
      len,
      expireMs,
      valueBytes,
    );
    copyBytes(
      this.arena.bytes(ref),
      entries.valueOffset(ref),
      this.arena.bytes(moved),
      entries.valueOffset(moved),
      valueBytes,
    );
    entries.setWord2(moved, entries.word2(ref));
    entries.setLru(moved, entries.lru(ref));
    this.#replace(db, hash, ref, moved);
    // The big block, if any, has a new owner: only key and header are freed.
    if (big) entries.setEncoding(ref, entries.encoding(ref) & ~ENC_BIG);
    this.#freeEntry(ref);
    return moved;
  }
}
