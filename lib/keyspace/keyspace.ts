/**
 * The keyspace: look-up, creation, change and removal of keys.
 *
 * DESIGN. Every change of an entry passes through here, in this order: its
 * pre-image goes to the running snapshot if its epoch is old; then memory and
 * dicts change; then watchers are told. Commands therefore know nothing of
 * snapshots or WATCH. Reading never changes an entry but for its LRU word,
 * with one exception: an expired key is removed by whoever looks it up.
 *
 * Commands look keys up here, never in a dict: see links.ts.
 *
 * A collection is changed between `open` and `close` (collections.ts), which
 * stand in for what `setString` does for strings.
 *
 * Refs that look-ups return are valid until the next call that may free the
 * entry: any write to the same key, eviction, expiry.
 */

import { type Arena } from "../arena/arena.ts";
import { NIL, type Ref } from "../arena/layout.ts";
import { copyBytes } from "../base/ascii.ts";
import { type Random } from "../base/random.ts";
import { Slice } from "../base/slice.ts";
import {
  ENC_BIG,
  Entries,
  INLINE_VALUE_MAX,
  NO_EXPIRE,
  TYPE_HASH,
  TYPE_SET,
  TYPE_STRING,
} from "../objects/entry.ts";
import { type Hashes } from "../objects/hash.ts";
import { type Lists } from "../objects/list.ts";
import { type Sets } from "../objects/set.ts";
import { type ZSets } from "../objects/zset.ts";
import { Collections } from "./collections.ts";
import { Database } from "./database.ts";
import { type LazyFree } from "./lazy_free.ts";
import { nextLfu } from "./lfu.ts";
import { Links } from "./links.ts";
import { Prefetch } from "./prefetch.ts";
import {
  type PreimageSink,
  type ReadySink,
  type RemovalSink,
  REMOVED_EVICTED,
  REMOVED_EXPIRED,
  type WatchSink,
} from "./ports.ts";
import { StringEntries } from "./string_entries.ts";

/** `setString` keeps the deadline that the key has. */
export const KEEP_EXPIRE = -2;

/** All databases and what is shared by them; see the module's note. */
export class Keyspace {
  readonly arena: Arena;
  readonly entries: Entries;
  readonly databases: Database[] = [];
  readonly random: Random;
  readonly collections: Collections;
  readonly lists: Lists;
  readonly hashes: Hashes;
  readonly sets: Sets;
  readonly zsets: ZSets;
  /** What was flushed or deleted and is freed in slices. */
  readonly lazyFree: LazyFree;
  /** Keys that a pipeline is about to use. */
  readonly prefetch: Prefetch;

  /** The running snapshot, or null. */
  snapshot: PreimageSink | null = null;
  /** Somebody WATCHes keys, or null. */
  watchers: WatchSink | null = null;
  /** Clients are blocked on keys, or null. */
  ready: ReadySink | null = null;
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
  /** Whether dumps say how long keys have been idle: the policy is of the LRU kind. */
  savesIdle = false;
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
  /** The key of an entry that is about to be linked, which no removal may overwrite. */
  readonly #ownKey = new Slice();
  readonly #links: Links;
  readonly #strings: StringEntries;

  constructor(entries: Entries, random: Random, databases: number) {
    this.entries = entries;
    this.arena = entries.arena;
    this.random = random;
    this.collections = new Collections(entries);
    this.lists = this.collections.lists;
    this.hashes = this.collections.hashes;
    this.sets = this.collections.sets;
    this.zsets = this.collections.zsets;
    this.lazyFree = this.collections.lazyFree;
    this.prefetch = new Prefetch(entries, this.collections.roots);
    this.#links = new Links(entries);
    this.#strings = new StringEntries(entries);
    for (let id = 0; id < databases; id++) this.databases.push(new Database(id, entries));
  }

  /** Bytes that the data set takes: exact, without what is pending lazy free or kept for a snapshot alone. */
  get usedBytes(): number {
    return this.collections.nodes.liveBytes - this.lazyFree.pendingBytes;
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
    const hash = this.entries.hash(buf, off, len);
    const ref = this.#links.find(db, hash, buf, off, len);
    if (ref !== NIL && this.entries.hasExpire(ref) && this.isExpired(ref)) {
      this.expire(db, ref);
      return NIL;
    }
    return ref;
  }

  /** Looks a key up and nothing else: an expired one is found, and stays. */
  find(db: Database, buf: Uint8Array, off: number, len: number): Ref {
    return this.#links.find(db, this.entries.hash(buf, off, len), buf, off, len);
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
    const hash = this.entries.hash(keyBuf, keyOff, keyLen);
    let old = this.#links.find(db, hash, keyBuf, keyOff, keyLen);
    if (old !== NIL && entries.hasExpire(old) && this.isExpired(old) && !this.removalsPaused) {
      this.expire(db, old);
      old = NIL;
    }
    if (old === NIL) {
      const deadline = expireMs === KEEP_EXPIRE ? NO_EXPIRE : expireMs;
      const ref = this.#strings.create(keyBuf, keyOff, keyLen, buf, off, len, encoding, deadline);
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
      ref = this.#strings.create(keyBuf, keyOff, keyLen, buf, off, len, encoding, deadline);
      entries.setLru(ref, entries.lru(old));
      this.#links.replace(db, old, ref);
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
    if (this.#strings.isChangeableBig(ref) && len > INLINE_VALUE_MAX / 2) {
      db.bytes += this.#strings.resizeBig(ref, len);
    } else if (entries.isBigValue(ref) || len > INLINE_VALUE_MAX || !entries.fits(ref, len)) {
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
   * Opens a collection for change, until `close`. One at a time; meanwhile no
   * key may be looked up, and nothing else may change.
   */
  open(db: Database, ref: Ref): void {
    this.#beforeChange(db, ref);
    this.collections.open(ref);
  }

  /**
   * Ends what `open` or `create` began; a collection that is empty now is removed.
   * @param changed whether watchers are to be told
   * @returns how many elements it has now: 0 if the key is gone
   */
  close(db: Database, ref: Ref, changed: boolean): number {
    const grown = this.collections.account(ref);
    if (grown !== 0) db.bytes += grown;
    const { counted } = this.collections;
    if (counted === 0) {
      this.removeRef(db, ref);
      return 0;
    }
    if (changed && this.watchers !== null) {
      this.entries.key(ref, this.#key);
      this.#modified(db, this.#key.buf, this.#key.off, this.#key.len);
    }
    return counted;
  }

  /** A new key, known to be absent, with an empty collection of `type`, open for change until `close`. */
  create(db: Database, keyBuf: Uint8Array, keyOff: number, keyLen: number, type: number): Ref {
    const hash = this.entries.hash(keyBuf, keyOff, keyLen);
    const ref = this.entries.create(type, 0, keyBuf, keyOff, keyLen, NO_EXPIRE, 0);
    this.collections.init(ref);
    this.#link(db, hash, ref);
    this.collections.open(ref);
    return ref;
  }

  /**
   * An empty collection of `type` that is in no database yet, open for change
   * until `install`. Until then no key may be looked up; collections found
   * before may be read, even the one that will be replaced.
   */
  build(keyBuf: Uint8Array, keyOff: number, keyLen: number, type: number): Ref {
    const ref = this.entries.create(type, 0, keyBuf, keyOff, keyLen, NO_EXPIRE, 0);
    this.collections.init(ref);
    this.collections.open(ref);
    return ref;
  }

  /**
   * Puts what `build` made in the place of whatever its key was, deadline
   * included; an empty collection removes the key.
   * @returns whether the key is there now
   */
  install(db: Database, ref: Ref): boolean {
    this.collections.account(ref);
    const { counted } = this.collections;
    this.entries.key(ref, this.#ownKey);
    const { buf, off, len } = this.#ownKey;
    const old = this.find(db, buf, off, len);
    if (old !== NIL) this.removeRef(db, old);
    if (counted === 0) {
      this.#freeEntry(ref);
      return false;
    }
    this.#link(db, this.entries.hashOf(ref), ref);
    this.#modified(db, buf, off, len);
    return true;
  }

  /** Drops what `build` made, however much of it was filled. */
  discard(ref: Ref): void {
    this.collections.account(ref);
    this.#freeEntry(ref);
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
    this.#links.remove(db, ref);
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
    const ref = entries.type(source) === TYPE_STRING
      ? this.#transferString(from, source, keyBuf, keyOff, keyLen, keep)
      : this.#transferCollection(from, source, keyBuf, keyOff, keyLen, keep);
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
    this.#links.forget();
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
    this.#links.forget();
    this.ready?.swapped(a, b);
    const { dict, expires, bytes, averageTtlMs, expireCursor } = a;
    a.dict = b.dict;
    a.expires = b.expires;
    a.bytes = b.bytes;
    a.averageTtlMs = b.averageTtlMs;
    a.expireCursor = b.expireCursor;
    Object.assign(b, { dict, expires, bytes, averageTtlMs, expireCursor });
  }

  #transferString(
    from: Database,
    source: Ref,
    keyBuf: Uint8Array,
    keyOff: number,
    keyLen: number,
    keep: boolean,
  ): Ref {
    const entries = this.entries;
    const deadline = entries.expireMs(source);
    const encoding = entries.encoding(source) & ~ENC_BIG;
    if (keep || !entries.isBigValue(source)) {
      entries.value(source, this.#value);
      const { buf, off, len } = this.#value;
      return this.#strings.create(keyBuf, keyOff, keyLen, buf, off, len, encoding, deadline);
    }
    // The buffer itself moves. The source must go out with the snapshot while it still has it.
    this.#beforeChange(from, source);
    const index = entries.bigValue(source);
    const ref = this.#strings.createBig(
      keyBuf,
      keyOff,
      keyLen,
      index,
      entries.word2(source),
      encoding,
      deadline,
    );
    this.#giveUpBigValue(from, source);
    return ref;
  }

  #transferCollection(
    from: Database,
    source: Ref,
    keyBuf: Uint8Array,
    keyOff: number,
    keyLen: number,
    keep: boolean,
  ): Ref {
    const entries = this.entries;
    const type = entries.type(source);
    const deadline = entries.expireMs(source);
    if (keep) {
      const ref = entries.create(type, 0, keyBuf, keyOff, keyLen, deadline, 0);
      this.collections.copy(source, ref);
      return ref;
    }
    this.#beforeChange(from, source);
    const ref = entries.create(type, entries.encoding(source), keyBuf, keyOff, keyLen, deadline, 0);
    entries.setWord2(ref, entries.word2(source));
    this.#giveUpCollection(from, source);
    return ref;
  }

  /** Takes the collection out of an entry that is about to go; another entry owns it now. */
  #giveUpCollection(db: Database, ref: Ref): void {
    db.bytes -= this.entries.collectionBytes(ref);
    this.entries.setWord2(ref, NIL);
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

  #link(db: Database, hash: number, ref: Ref): void {
    this.#links.add(db, hash, ref);
    if (this.ready !== null) this.#announce(this.ready, db, ref);
  }

  /** Tells of a key that blocked clients may wait for: of the types that they can wait for. */
  #announce(ready: ReadySink, db: Database, ref: Ref): void {
    const type = this.entries.type(ref);
    if (type === TYPE_STRING || type === TYPE_SET || type === TYPE_HASH) return;
    this.entries.key(ref, this.#key);
    ready.added(db, this.#key.buf, this.#key.off, this.#key.len);
  }

  #freeEntry(ref: Ref): void {
    const entries = this.entries;
    if (entries.type(ref) !== TYPE_STRING && entries.word2(ref) !== NIL) this.collections.free(ref);
    entries.free(ref);
  }

  /** Takes the big block out of an entry that is about to go; another entry owns it now. */
  #giveUpBigValue(db: Database, ref: Ref): void {
    const entries = this.entries;
    db.bytes -= this.arena.big.bytes(entries.bigValue(ref)).length;
    entries.setEncoding(ref, entries.encoding(ref) & ~ENC_BIG);
  }

  /** Moves a string to a block of another size, its content cut or padded with zeros. */
  #moveString(db: Database, ref: Ref, len: number): Ref {
    const moved = this.#strings.resized(ref, len);
    this.#links.replace(db, ref, moved);
    this.#freeEntry(ref);
    return moved;
  }

  /** The same key and value in a block with or without room for a deadline. */
  #rebuild(db: Database, ref: Ref, expireMs: number): Ref {
    const entries = this.entries;
    entries.key(ref, this.#key);
    const { buf, off, len } = this.#key;
    const big = entries.isBigValue(ref);
    const collection = entries.type(ref) !== TYPE_STRING;
    const valueBytes = collection ? 0 : big ? 4 : entries.word2(ref);
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
    this.#links.replace(db, ref, moved);
    // Big block or collection, if any, has a new owner: only key and header are freed.
    if (big) entries.setEncoding(ref, entries.encoding(ref) & ~ENC_BIG);
    if (collection) entries.setWord2(ref, NIL);
    this.#freeEntry(ref);
    return moved;
  }
}
