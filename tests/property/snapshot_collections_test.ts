/**
 * The snapshot is exact for collections too: whatever is done to small and
 * large ones while it walks, what goes out is each as it was at `begin`, once;
 * and when all is over, every byte that was kept for it is free again.
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { toAscii } from "../../lib/base/ascii.ts";
import { Slice } from "../../lib/base/slice.ts";
import { type Database } from "../../lib/keyspace/database.ts";
import { verifyKeyspace } from "../../lib/keyspace/verify.ts";
import { type ElementSink } from "../../lib/objects/collection.ts";
import { NO_EXPIRE, TYPE_HASH, TYPE_LIST, TYPE_SET, TYPE_ZSET } from "../../lib/objects/entry.ts";
import { RDB_KIND_HASH, RDB_KIND_LIST, RDB_KIND_ZSET } from "../../lib/rdb/format.ts";
import { RdbReader } from "../../lib/rdb/reader.ts";
import { StreamReader } from "../../lib/rio/stream_reader.ts";
import { Snapshot } from "../../lib/snapshot/snapshot.ts";
import { Random } from "../support/random.ts";
import { TestKeyspace, textOf } from "./keyspace_support.ts";

const DATABASES = 2;
const KEYS = 12;
const TYPES = [TYPE_LIST, TYPE_SET, TYPE_ZSET, TYPE_HASH];
/** Element lengths around the limits of packs, elements and big blocks. */
const LENGTHS = [0, 1, 9, 9, 9, 9, 9, 9, 20, 64, 65, 130, 3000, 33_000, 70_000];

/** "db/key" → everything about the value, as text. */
type Model = Map<string, string>;

/** Gathers elements as texts. */
class Texts implements ElementSink {
  readonly texts: string[] = [];

  item(bytes: Slice): void {
    this.texts.push(textOf(bytes));
  }

  field(name: Slice, _nameBig: number, value: Slice): void {
    this.texts.push(`${textOf(name)}=${textOf(value)}`);
  }

  scored(member: Slice, _big: number, score: number): void {
    this.texts.push(`${textOf(member)}@${score}`);
  }
}

/** A few keys of all types, changed at random. */
class World extends TestKeyspace {
  readonly random: Random;
  readonly #end = new Slice();

  constructor(seed: number) {
    super(DATABASES, 7);
    this.ks.watchers = null;
    this.random = new Random(seed);
  }

  get db(): Database {
    return this.ks.databases[this.random.below(DATABASES)];
  }

  get key(): Uint8Array {
    return toAscii(`key:${this.random.below(KEYS)}`);
  }

  /** An element that is often one that is there already. */
  element(): Uint8Array {
    const { random } = this;
    const name = `element:${random.below(600)}`;
    const length = LENGTHS[random.below(random.below(30) === 0 ? LENGTHS.length : 9)];
    return toAscii(name.padEnd(length, "."));
  }

  /** Changes one collection, making it first if there is none, `times` times. */
  change(times: number): void {
    const { ks, random, db, key } = this;
    let ref = ks.lookupWrite(db, key, 0, key.length);
    if (ref === 0) ref = ks.create(db, key, 0, key.length, TYPES[random.below(TYPES.length)]);
    else if (ks.entries.type(ref) === 0) return;
    else ks.open(db, ref);
    const growing = random.below(3) > 0;
    for (let i = 0; i < times; i++) this.#changeOnce(ref, growing);
    ks.close(db, ref, true);
  }

  #changeOnce(ref: number, growing: boolean): void {
    const { ks, random } = this;
    const bytes = this.element();
    const add = random.below(10) < (growing ? 8 : 2);
    switch (ks.entries.type(ref)) {
      case TYPE_LIST:
        return this.#changeList(ref, bytes, add);
      case TYPE_SET:
        if (add) ks.sets.add(ref, bytes, 0, bytes.length);
        else ks.sets.remove(ref, bytes, 0, bytes.length);
        return;
      case TYPE_ZSET:
        if (add) ks.zsets.add(ref, bytes, 0, bytes.length, random.below(50), 0);
        else if (random.below(2) === 0) ks.zsets.remove(ref, bytes, 0, bytes.length);
        else if (ks.zsets.count(ref) > 0) {
          ks.zsets.openEnd(ref, random.below(2) === 0, this.#end);
          ks.zsets.removeOpened(ref);
        }
        return;
      case TYPE_HASH: {
        const value = this.element();
        const item = ks.hashes.find(ref, bytes, 0, bytes.length);
        if (add) ks.hashes.set(ref, bytes, 0, bytes.length, value, 0, value.length);
        else if (item !== 0) ks.hashes.remove(ref, item);
      }
    }
  }

  #changeList(ref: number, bytes: Uint8Array, add: boolean): void {
    const { random } = this;
    const { lists } = this.ks;
    const count = lists.count(ref);
    const index = random.below(count);
    if (add) {
      lists.growing(ref, bytes.length, 1);
      const way = random.below(4);
      if (way === 0) lists.pushHead(ref, bytes, 0, bytes.length);
      else if (way === 1 || count === 0) lists.pushTail(ref, bytes, 0, bytes.length);
      else if (way === 2) lists.insert(ref, index, bytes, 0, bytes.length);
      else lists.set(ref, index, bytes, 0, bytes.length);
    } else if (count > 0) {
      if (random.below(2) === 0) {
        lists.openEnd(ref, random.below(2) === 0, this.#end);
        lists.removeOpened(ref);
      } else lists.removeRange(ref, index, Math.min(count - index, random.between(1, 4)));
      lists.shrunk(ref);
    }
  }

  /** Anything else that happens to keys. */
  disturb(): void {
    const { ks, random, db, key } = this;
    const ref = ks.peek(db, key, 0, key.length);
    switch (random.below(12)) {
      case 0:
        ks.flush(db);
        break;
      case 1:
        ks.swap(ks.databases[0], ks.databases[1]);
        break;
      case 2:
      case 3:
        ks.remove(db, key, 0, key.length);
        break;
      case 4:
        ks.setString(db, key, 0, key.length, key, 0, key.length, 0, NO_EXPIRE);
        break;
      case 5:
        if (ref !== 0) ks.setExpire(db, ref, random.below(3) === 0 ? NO_EXPIRE : ks.nowMs + 1e6);
        break;
      case 6:
      case 7:
      case 8:
        this.#transfer(db, ref, random.below(2) === 0);
        break;
      default:
        ks.lazyFree.step((dict) => ks.snapshot?.isWalking(dict) ?? false);
    }
  }

  #transfer(from: Database, ref: number, keep: boolean): void {
    const { ks, db, key } = this;
    if (ref === 0) return;
    const old = ks.find(db, key, 0, key.length);
    if (old === ref) return;
    if (old !== 0) ks.removeRef(db, old);
    ks.transfer(from, ref, db, key, 0, key.length, keep);
  }

  /** What is there now. */
  model(): Model {
    const model: Model = new Map();
    const { entries, collections } = this.ks;
    for (const db of this.ks.databases) {
      db.dict.forEach((_hash, ref) => {
        const type = entries.type(ref);
        const texts = new Texts();
        if (type === 0) texts.texts.push(this.valueOf(ref));
        else collections.emit(ref, texts);
        const value = canonical(texts.texts, type === TYPE_LIST);
        model.set(`${db.id}/${this.keyOf(ref)}`, `${type}:${entries.expireMs(ref)}:${value}`);
      });
    }
    return model;
  }

  drainLazyFree(): void {
    while (this.ks.lazyFree.step((dict) => this.ks.snapshot?.isWalking(dict) ?? false));
  }
}

function canonical(elements: string[], ordered: boolean): string {
  return `${elements.length} ${(ordered ? elements : elements.sort()).join("|")}`;
}

/** What a snapshot's bytes say; fails when a key comes twice. */
function decode(chunks: readonly Uint8Array[]): Model {
  let chunk = 0;
  let at = 0;
  const stream = new StreamReader((buf, start, end) => {
    if (chunk === chunks.length) return 0;
    const piece = chunks[chunk].subarray(at, at + end - start);
    buf.set(piece, start);
    at += piece.length;
    if (at === chunks[chunk].length) chunk++, at = 0;
    return piece.length;
  }, 4096);
  const reader = new RdbReader(stream);
  const model: Model = new Map();
  reader.header();
  while (reader.next()) {
    const key = `${reader.dbId}/${textOf(reader.key)}`;
    assert.ok(!model.has(key), `${key} went out twice`);
    const { kind, value } = { kind: reader.value.kind, value: reader.value };
    const texts: string[] = [];
    while (value.nextElement()) {
      const element = textOf(value.element);
      if (kind === RDB_KIND_HASH) texts.push(`${element}=${textOf(value.value)}`);
      else texts.push(kind === RDB_KIND_ZSET ? `${element}@${value.score}` : element);
    }
    model.set(key, `${kind}:${reader.expireMs}:${canonical(texts, kind === RDB_KIND_LIST)}`);
  }
  return model;
}

function drain(snapshot: Snapshot, chunks: Uint8Array[]): void {
  for (let bytes = snapshot.take(); bytes !== undefined; bytes = snapshot.take()) chunks.push(bytes.slice());
}

function assertSame(out: Model, before: Model): void {
  assert.deepEqual([...out.keys()].sort(), [...before.keys()].sort());
  for (const [key, value] of before) {
    const other = out.get(key)!;
    if (other === value) continue;
    assert.equal(other.slice(0, 200), value.slice(0, 200), key);
    assert.fail(`${key} differs`);
  }
}

/** Runs a snapshot over a random world, changing it all the time. @param abort whether it is given up half-way */
function runOne(world: World, abort: boolean): void {
  const { ks, random } = world;
  const before = world.model();
  const snapshot = new Snapshot(ks);
  const chunks: Uint8Array[] = [];
  let steps = abort ? random.below(30) : Infinity;
  let more = true;
  while (more && steps-- > 0) {
    const ahead = random.below(4);
    for (let i = 0; i < ahead; i++) {
      if (random.below(6) === 0) world.disturb();
      else world.change(random.between(1, 12));
    }
    if (random.below(3) > 0) more = snapshot.step();
    if (random.below(4) === 0) drain(snapshot, chunks);
  }
  if (!abort) {
    drain(snapshot, chunks);
    assertSame(decode(chunks), before);
  }
  snapshot.release();
  assert.equal(ks.collections.frozen.size, 0);
  verifyKeyspace(ks);
}

Deno.test("snapshot: collections are as they were, whatever is done to them in mid-walk", () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const world = new World(seed);
      for (let i = 0; i < 40; i++) world.change(world.random.between(1, 300));
      for (let round = 0; round < 4; round++) {
        runOne(world, world.random.below(3) === 0);
        for (let i = 0; i < 10; i++) world.change(world.random.between(1, 50));
      }
      // Everything that was kept for the past, and everything else, is free in the end.
      for (const db of world.ks.databases) world.ks.flush(db);
      world.drainLazyFree();
      verifyKeyspace(world.ks);
      assert.equal(world.ks.arena.usedBytes, 0);
    }),
    { numRuns: 40 },
  );
});
