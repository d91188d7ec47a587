/**
 * The snapshot is exact: whatever is done while it walks, what goes out is the
 * data set as it was at `begin`, every key once; and what expired by then is
 * left out only where its deletion is logged.
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { latin1, toAscii } from "../../lib/base/ascii.ts";
import { Slice } from "../../lib/base/slice.ts";
import { type Database } from "../../lib/keyspace/database.ts";
import { KEEP_EXPIRE } from "../../lib/keyspace/keyspace.ts";
import { verifyKeyspace } from "../../lib/keyspace/verify.ts";
import { ENC_AUTO, NO_EXPIRE } from "../../lib/objects/entry.ts";
import { RdbReader } from "../../lib/rdb/reader.ts";
import { StreamReader } from "../../lib/rio/stream_reader.ts";
import { Snapshot } from "../../lib/snapshot/snapshot.ts";
import { TestKeyspace } from "./keyspace_support.ts";

const DATABASES = 3;

/** "db/key" → "value@deadline". */
type Model = Map<string, string>;

class World extends TestKeyspace {
  readonly #value = new Slice();

  constructor() {
    super(DATABASES, 11);
    this.ks.watchers = null;
  }

  /** Keys whose DEL was logged, as "db/key". */
  get deleted(): string[] {
    return this.removals.map((removal) => `${removal.db}/${removal.key}`);
  }

  db(id: number): Database {
    return this.ks.databases[id];
  }

  append(db: number, key: string, more: string): void {
    const k = toAscii(key);
    let ref = this.ks.lookupWrite(this.db(db), k, 0, k.length);
    if (ref === 0) return;
    const added = toAscii(more);
    const old = this.ks.entries.word2(ref);
    ref = this.ks.prepareString(this.db(db), ref, old + added.length, ENC_AUTO);
    this.ks.entries.value(ref, this.#value);
    this.#value.buf.set(added, this.#value.off + old);
  }

  expire(db: number, key: string, ms: number): void {
    const k = toAscii(key);
    const ref = this.ks.lookupWrite(this.db(db), k, 0, k.length);
    if (ref !== 0) this.ks.setExpire(this.db(db), ref, ms);
  }

  /** RENAME, MOVE (another database) and COPY (`keep`). */
  transfer(from: number, key: string, to: number, target: string, keep: boolean): void {
    if (from === to && key === target) return;
    const t = toAscii(target);
    const k = toAscii(key);
    if (this.ks.peek(this.db(from), k, 0, k.length) === 0) return;
    this.ks.remove(this.db(to), t, 0, t.length);
    const ref = this.ks.lookupWrite(this.db(from), k, 0, k.length);
    this.ks.transfer(this.db(from), ref, this.db(to), t, 0, t.length, keep);
  }

  /** What is there now, expired or not. */
  model(): Model {
    const model: Model = new Map();
    for (const db of this.ks.databases) {
      db.dict.forEach((_hash, ref) => {
        model.set(`${db.id}/${this.keyOf(ref)}`, `${this.valueOf(ref)}@${this.ks.entries.expireMs(ref)}`);
      });
    }
    return model;
  }

  freeAll(): void {
    while (this.ks.lazyFree.step((dict) => this.ks.snapshot?.isWalking(dict) ?? false));
  }
}

function text(slice: Slice): string {
  return latin1(slice.buf, slice.off, slice.off + slice.len);
}

/** What a snapshot's bytes say; fails when a key comes twice. */
function decode(chunks: Uint8Array[]): Model {
  const all = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  let read = 0;
  const stream = new StreamReader((buf, start, end) => {
    // Small and uneven pieces: the reader must resume anywhere.
    const n = Math.min(end - start, all.length - read, 1 + (read % 977));
    buf.set(all.subarray(read, read + n), start);
    read += n;
    return n;
  }, 64);
  const reader = new RdbReader(stream);
  const model: Model = new Map();
  reader.header();
  while (reader.next()) {
    const key = `${reader.dbId}/${text(reader.key)}`;
    assert.ok(!model.has(key), `${key} went out twice`);
    assert.ok(reader.value.nextElement());
    model.set(key, `${text(reader.value.element)}@${reader.expireMs}`);
  }
  return model;
}

/** Takes at most `pieces`, as copies: what `take` returns is valid until the next. */
function drain(snapshot: Snapshot, chunks: Uint8Array[], pieces: number): void {
  for (; pieces > 0; pieces--) {
    const bytes = snapshot.take();
    if (bytes === undefined) return;
    chunks.push(bytes.slice());
  }
}

/** Runs a snapshot to its end, `between` after every step. */
function walk(world: World, between: (step: number) => void): Model {
  const snapshot = new Snapshot(world.ks);
  const chunks: Uint8Array[] = [];
  for (let step = 0; snapshot.step(); step++) {
    between(step);
    drain(snapshot, chunks, 1);
  }
  drain(snapshot, chunks, Infinity);
  snapshot.release();
  assert.equal(world.ks.snapshot, null);
  return decode(chunks);
}

/** What must have gone out: the model, but for keys whose deletion was logged because they had expired. */
function assertExact(before: Model, out: Model, world: World): void {
  for (const [key, value] of out) assert.equal(value, before.get(key), key);
  for (const key of before.keys()) {
    const deadline = Number(before.get(key)!.split("@").pop());
    if (out.has(key)) continue;
    const expired = deadline !== NO_EXPIRE && deadline <= world.ks.nowMs;
    assert.ok(expired, `${key} is missing`);
  }
}

function fill(world: World, keys: number): void {
  for (let i = 0; i < keys; i++) world.set(i % DATABASES, `key:${i}`, `value:${i}`);
}

Deno.test("snapshot: the data set as it was, though every key is overwritten in mid-walk", () => {
  const world = new World();
  fill(world, 5000);
  const before = world.model();
  const out = walk(world, (step) => {
    if (step === 2) { for (let i = 0; i < 5000; i++) world.set(i % DATABASES, `key:${i}`, `new value ${i}`); }
  });
  assert.deepEqual(out, before);
  verifyKeyspace(world.ks);
});

Deno.test("snapshot: 300 aborted ones and then a whole one", () => {
  const world = new World();
  fill(world, 3000);
  for (let i = 0; i < 300; i++) {
    const snapshot = new Snapshot(world.ks);
    for (let step = 0; step < i % 7; step++) snapshot.step();
    world.set(0, `key:${i * 3}`, `round ${i}`);
    snapshot.release();
  }
  const before = world.model();
  assert.deepEqual(walk(world, () => {}), before);
});

Deno.test("snapshot: FLUSHALL and the same keys set again in mid-walk", () => {
  const world = new World();
  fill(world, 4000);
  const before = world.model();
  const out = walk(world, (step) => {
    if (step === 3) {
      for (const db of world.ks.databases) world.ks.flush(db);
      for (let i = 0; i < 4000; i++) world.set(i % DATABASES, `key:${i}`, "again");
    }
    world.freeAll();
  });
  assert.deepEqual(out, before);
  world.freeAll();
  assert.ok(world.ks.lazyFree.isIdle);
  assert.equal(world.ks.lazyFree.pendingBytes, 0);
  verifyKeyspace(world.ks);
});

Deno.test("snapshot: SWAPDB in mid-walk keeps the numbers of the beginning", () => {
  const world = new World();
  fill(world, 4000);
  const before = world.model();
  const out = walk(world, (step) => {
    if (step % 2 === 0) world.ks.swap(world.db(0), world.db(1));
    world.set(step % DATABASES, `key:${step}`, "changed");
    world.remove((step + 1) % DATABASES, `key:${step + 1}`);
  });
  assert.deepEqual(out, before);
});

Deno.test("snapshot: RENAME, MOVE and COPY in mid-walk neither lose nor double a key", () => {
  const world = new World();
  fill(world, 3000);
  const before = world.model();
  const out = walk(world, (step) => {
    for (let i = step * 50; i < step * 50 + 50; i++) {
      world.transfer(i % DATABASES, `key:${i}`, i % DATABASES, `renamed:${i}`, false);
      world.transfer((i + 1) % DATABASES, `key:${i + 1}`, (i + 2) % DATABASES, `key:${i}`, false);
      world.transfer((i + 2) % DATABASES, `key:${i + 2}`, i % DATABASES, `key:${i + 2}`, true);
    }
  });
  assert.deepEqual(out, before);
  verifyKeyspace(world.ks);
});

Deno.test("snapshot: a key that expires in mid-walk is deleted in the log, or goes out", () => {
  const world = new World();
  for (let i = 0; i < 3000; i++) world.set(0, `key:${i}`, "v", i % 3 === 0 ? 1_000_500 : NO_EXPIRE);
  const before = world.model();
  const out = walk(world, (step) => {
    if (step === 4) world.ks.nowMs = 1_000_501;
  });
  for (const [key, value] of before) {
    assert.ok(out.get(key) === value || world.deleted.includes(key), key);
    assert.ok(!(out.has(key) && world.deleted.includes(key)), `${key} went out after its deletion`);
  }
  verifyKeyspace(world.ks);
});

Deno.test("snapshot: expired keys of a flushed dict are skipped without a DEL", () => {
  const world = new World();
  for (let i = 0; i < 2000; i++) world.set(0, `key:${i}`, "v", 1_000_500);
  const out = walk(world, (step) => {
    if (step !== 0) return;
    world.ks.flush(world.db(0));
    world.ks.nowMs = 1_000_501;
  });
  assert.ok(out.size < 2000);
  assert.deepEqual(world.deleted, []);
});

Deno.test("snapshot: values of all sizes, in place and in big blocks", () => {
  const world = new World();
  for (const size of [0, 1, 63, 64, 16383, 16384, 65536, 65537, 300_000]) {
    world.set(1, `size:${size}`, "x".repeat(size));
    world.set(2, `${"k".repeat(size)}:`, "v");
  }
  const before = world.model();
  const out = walk(world, () => {
    for (const size of [63, 65537, 300_000]) world.append(1, `size:${size}`, "y".repeat(70_000));
  });
  assert.deepEqual(out, before);
  verifyKeyspace(world.ks);
});

Deno.test("snapshot: exact under random operations", () => {
  const key = fc.integer({ min: 0, max: 400 }).map((n) => `k${n}`);
  const db = fc.integer({ min: 0, max: DATABASES - 1 });
  const operation = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        op: fc.constant("set" as const),
        db,
        key,
        size: fc.integer({ min: 0, max: 300 }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ op: fc.constant("big" as const), db, key }) },
    { weight: 3, arbitrary: fc.record({ op: fc.constant("remove" as const), db, key }) },
    {
      weight: 3,
      arbitrary: fc.record({
        op: fc.constant("append" as const),
        db,
        key,
        size: fc.integer({ min: 1, max: 500 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        op: fc.constant("expire" as const),
        db,
        key,
        at: fc.integer({ min: 999_000, max: 1_004_000 }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ op: fc.constant("persist" as const), db, key }) },
    {
      weight: 3,
      arbitrary: fc.record({
        op: fc.constant("transfer" as const),
        db,
        key,
        to: db,
        target: key,
        keep: fc.boolean(),
      }),
    },
    { weight: 1, arbitrary: fc.record({ op: fc.constant("flush" as const), db }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant("swap" as const), db, to: db }) },
    {
      weight: 2,
      arbitrary: fc.record({ op: fc.constant("later" as const), ms: fc.integer({ min: 1, max: 700 }) }),
    },
    { weight: 6, arbitrary: fc.record({ op: fc.constant("step" as const) }) },
  );
  fc.assert(
    fc.property(
      fc.array(operation, { maxLength: 120 }),
      fc.array(operation, { maxLength: 200 }),
      (setUp, during) => {
        const world = new World();
        for (let i = 0; i < 1500; i++) world.set(i % DATABASES, `k${i % 500}`, `v${i}`);
        for (const step of setUp) apply(world, step);
        const before = world.model();
        world.removals.length = 0;
        const snapshot = new Snapshot(world.ks);
        const chunks: Uint8Array[] = [];
        for (const step of during) {
          if (step.op === "step") snapshot.step();
          else apply(world, step);
          drain(snapshot, chunks, 1);
        }
        while (snapshot.step());
        drain(snapshot, chunks, Infinity);
        snapshot.release();
        assertExact(before, decode(chunks), world);
        world.freeAll();
        verifyKeyspace(world.ks);
      },
    ),
    { numRuns: 60 },
  );

  type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

  function apply(world: World, step: Operation): unknown {
    switch (step.op) {
      case "set":
        return world.set(
          step.db,
          step.key,
          "s".repeat(step.size),
          step.size % 5 === 0 ? KEEP_EXPIRE : NO_EXPIRE,
        );
      case "big":
        return world.set(step.db, step.key, "b".repeat(70_000));
      case "remove":
        return world.remove(step.db, step.key);
      case "append":
        return world.append(step.db, step.key, "a".repeat(step.size));
      case "expire":
        return world.expire(step.db, step.key, step.at);
      case "persist":
        return world.expire(step.db, step.key, NO_EXPIRE);
      case "transfer":
        return world.transfer(step.db, step.key, step.to, step.target, step.keep);
      case "flush":
        return world.ks.flush(world.db(step.db));
      case "swap":
        return world.ks.swap(world.db(step.db), world.db(step.to));
      case "later":
        return world.ks.nowMs += step.ms;
    }
  }
});
