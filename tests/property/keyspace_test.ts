/**
 * The keyspace against Maps: every operation, then `verify`. A snapshot may be
 * under way: whatever happens, its pre-images and the entries that stayed old
 * must together be the data set at its beginning, each key once.
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { toAscii } from "../../lib/base/ascii.ts";
import { type Dict } from "../../lib/dict/dict.ts";
import { KEEP_EXPIRE } from "../../lib/keyspace/keyspace.ts";
import { decayedLfu, LFU_INITIAL } from "../../lib/keyspace/lfu.ts";
import { REMOVED_EXPIRED } from "../../lib/keyspace/ports.ts";
import { verifyKeyspace } from "../../lib/keyspace/verify.ts";
import { ENC_RAW, NO_EXPIRE } from "../../lib/objects/entry.ts";
import { TestKeyspace } from "./keyspace_support.ts";

interface Item {
  readonly value: string;
  readonly expireMs: number;
}
type Model = Map<string, Item>[];

const DATABASES = 3;
const KEYS = ["a", "b", "key:3", "x".repeat(17), "", "big".repeat(11_000), "limit".padEnd(32 * 1024, "-")];
const LENGTHS = [0, 1, 8, 9, 40, 200, 5000, 64 * 1024, 64 * 1024 + 1, 150_000];

/** Few of both most of the time, so that operations meet. */
const db = fc.constantFrom(0, 0, 0, 0, 1, 2);
/** Indexes, for some keys are long and failures print what failed. */
const key = fc.oneof({ weight: 3, arbitrary: fc.nat(1) }, fc.nat(KEYS.length - 1));
const length = fc.constantFrom(...LENGTHS);
const operation = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constant("set" as const),
      db,
      key,
      length,
      ttl: fc.constantFrom(NO_EXPIRE, KEEP_EXPIRE, 1, 30, 1e6),
    }),
  },
  fc.record({ op: fc.constant("resize" as const), db, key, length }),
  fc.record({ op: fc.constant("expire" as const), db, key, ttl: fc.constantFrom(NO_EXPIRE, 1, 30, 1e6) }),
  fc.record({ op: fc.constant("remove" as const), db, key }),
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant("transfer" as const),
      db,
      key,
      to: db,
      as: key,
      keep: fc.boolean(),
    }),
  },
  fc.record({ op: fc.constant("flush" as const), db }),
  fc.record({ op: fc.constant("swap" as const), db, to: db }),
  fc.record({ op: fc.constant("free" as const), steps: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ op: fc.constant("wait" as const), ms: fc.constantFrom(1, 29, 40) }),
  fc.record({ op: fc.constant("snapshot" as const) }),
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

/** What a snapshot has seen since it began. */
class Snapshot {
  /** `db/key` → what it was, for all that has to come out. */
  readonly expected = new Map<string, Item>();
  readonly got = new Map<string, Item>();
  /** The number that each walked dict had at the beginning. */
  readonly dicts = new Map<Dict, number>();
  readonly #test: TestKeyspace;

  constructor(test: TestKeyspace, model: Model) {
    this.#test = test;
    model.forEach((items, id) => items.forEach((item, name) => this.expected.set(`${id}/${name}`, item)));
    for (const each of test.ks.databases) this.dicts.set(each.dict, each.id);
    test.ks.entries.nextEpoch();
    test.ks.snapshot = {
      preimage: (each, ref) => this.#take(this.dicts.get(each.dict), ref),
      isWalking: (dict) => this.dicts.has(dict),
    };
  }

  /** Takes what is still old, and compares. */
  finish(): void {
    const { ks } = this.#test;
    for (const [dict, id] of this.dicts) {
      dict.forEach((_hash, ref) => {
        if (ks.entries.epochOf(ref) === ks.entries.epoch) return;
        this.#take(id, ref);
        ks.entries.stampEpoch(ref);
      });
    }
    ks.snapshot = null;
    assert.equal(this.got.size, this.expected.size, "nothing is missing");
    for (const [name, item] of this.got) {
      const { value, expireMs } = this.expected.get(name)!;
      assert.equal(item.expireMs, expireMs);
      assert.ok(item.value === value, "the snapshot is the state at its beginning");
    }
  }

  #take(id: number | undefined, ref: number): void {
    assert.notEqual(id, undefined, "an old entry stands in a dict of the beginning");
    const name = `${id}/${this.#test.keyOf(ref)}`;
    assert.ok(!this.got.has(name), "each key goes out once");
    this.got.set(name, { value: this.#test.valueOf(ref), expireMs: this.#test.ks.entries.expireMs(ref) });
  }
}

/** The keyspace and its model, under the same operations. */
class Pair {
  readonly test = new TestKeyspace(DATABASES);
  readonly model: Model = Array.from({ length: DATABASES }, () => new Map());
  snapshot: Snapshot | undefined = undefined;
  #letter = 0;

  run(o: Operation): void {
    this.test.touched.clear();
    switch (o.op) {
      case "set":
        return this.#set(o.db, KEYS[o.key], o.length, o.ttl);
      case "resize":
        return this.#resize(o.db, KEYS[o.key], o.length);
      case "expire":
        return this.#expire(o.db, KEYS[o.key], o.ttl);
      case "remove":
        return this.#remove(o.db, KEYS[o.key]);
      case "transfer":
        return this.#transfer(o.db, KEYS[o.key], o.to, KEYS[o.as], o.keep);
      case "flush":
        assert.equal(this.test.ks.flush(this.test.ks.databases[o.db]), this.model[o.db].size);
        if (this.model[o.db].size > 0) assert.ok(this.test.touched.has(`${o.db}/*`));
        return this.model[o.db].clear();
      case "swap":
        this.test.ks.swap(this.test.ks.databases[o.db], this.test.ks.databases[o.to]);
        [this.model[o.db], this.model[o.to]] = [this.model[o.to], this.model[o.db]];
        return;
      case "free":
        for (let i = 0; i < o.steps; i++) this.#freeStep();
        return;
      case "wait":
        this.test.ks.nowMs += o.ms;
        return;
      case "snapshot":
        if (this.snapshot !== undefined) this.snapshot.finish();
        this.snapshot = this.snapshot === undefined ? new Snapshot(this.test, this.model) : undefined;
    }
  }

  /** Everything in the keyspace is what the model says. */
  compare(): void {
    const { ks } = this.test;
    for (const each of ks.databases) {
      assert.equal(each.dict.size, this.model[each.id].size);
      each.dict.forEach((_hash, ref) => {
        const item = this.model[each.id].get(this.test.keyOf(ref));
        assert.ok(item !== undefined && item.value === this.test.valueOf(ref));
        assert.equal(item.expireMs, ks.entries.expireMs(ref));
      });
    }
  }

  /** Ends the snapshot, frees everything, and looks whether anything is left. */
  end(): void {
    this.snapshot?.finish();
    this.snapshot = undefined;
    for (const each of this.test.ks.databases) this.test.ks.flush(each);
    assert.equal(this.test.ks.usedBytes, 0, "what waits to be freed does not count");
    while (!this.test.ks.lazyFree.isIdle) this.#freeStep();
    assert.equal(this.test.ks.lazyFree.pendingBytes, 0);
    assert.equal(this.test.ks.arena.usedBytes, 0);
    verifyKeyspace(this.test.ks);
  }

  #freeStep(): void {
    this.test.ks.lazyFree.step((dict) => this.snapshot?.dicts.has(dict) ?? false);
  }

  /** The model's item, unless it is expired: then looking it up has removed it. */
  #alive(id: number, name: string): Item | undefined {
    const item = this.model[id].get(name);
    if (item === undefined || item.expireMs === NO_EXPIRE || item.expireMs >= this.test.ks.nowMs) return item;
    this.model[id].delete(name);
    assert.deepEqual(this.test.removals.pop(), { db: id, key: name, reason: REMOVED_EXPIRED });
    return undefined;
  }

  #changed(id: number, name: string, item: Item | undefined): void {
    const had = this.model[id].has(name);
    if (item === undefined) this.model[id].delete(name);
    else this.model[id].set(name, item);
    if (had || item !== undefined) assert.ok(this.test.touched.has(`${id}/${name}`), "watchers are told");
  }

  #nextLetter(): string {
    this.#letter = (this.#letter + 1) % 26;
    return String.fromCharCode(97 + this.#letter);
  }

  #lookup(id: number, name: string): [ref: number, item: Item | undefined] {
    const ref = this.test.peek(id, name);
    const item = this.#alive(id, name);
    assert.equal(ref !== 0, item !== undefined);
    return [ref, item];
  }

  #set(id: number, name: string, bytes: number, ttl: number): void {
    const value = this.#nextLetter().repeat(bytes);
    const expireMs = ttl > 0 ? this.test.ks.nowMs + ttl : ttl;
    const ref = this.test.set(id, name, value, expireMs);
    const item = this.#alive(id, name);
    assert.equal(this.test.peek(id, name), ref);
    const kept = item === undefined ? NO_EXPIRE : item.expireMs;
    this.#changed(id, name, { value, expireMs: expireMs === KEEP_EXPIRE ? kept : expireMs });
  }

  /** As APPEND and SETRANGE do: the string gets another length, then its last byte is written. */
  #resize(id: number, name: string, bytes: number): void {
    const [ref, item] = this.#lookup(id, name);
    if (item === undefined) return;
    const { ks } = this.test;
    const moved = ks.prepareString(ks.databases[id], ref, bytes, ENC_RAW);
    const kept = item.value.slice(0, bytes).padEnd(bytes, "\0");
    assert.ok(this.test.valueOf(moved) === kept);
    assert.equal(this.test.peek(id, name), moved);
    this.#changed(id, name, { ...item, value: kept });
  }

  #remove(id: number, name: string): void {
    const removed = this.test.remove(id, name);
    assert.equal(removed, this.#alive(id, name) !== undefined);
    this.#changed(id, name, undefined);
  }

  #expire(id: number, name: string, ttl: number): void {
    const [ref, item] = this.#lookup(id, name);
    if (item === undefined) return;
    const expireMs = ttl > 0 ? this.test.ks.nowMs + ttl : ttl;
    const moved = this.test.ks.setExpire(this.test.ks.databases[id], ref, expireMs);
    assert.equal(this.test.peek(id, name), moved);
    this.#changed(id, name, { ...item, expireMs });
  }

  #transfer(id: number, name: string, to: number, as: string, keep: boolean): void {
    if (id === to && name === as) return;
    const { ks } = this.test;
    const [source, item] = this.#lookup(id, name);
    if (item === undefined) return;
    const [old] = this.#lookup(to, as);
    if (old !== 0) ks.removeRef(ks.databases[to], old);
    const bytes = toAscii(as);
    const ref = ks.transfer(ks.databases[id], source, ks.databases[to], bytes, 0, bytes.length, keep);
    assert.equal(this.test.peek(to, as), ref);
    this.#changed(to, as, item);
    if (!keep) this.#changed(id, name, undefined);
  }
}

Deno.test("keyspace agrees with Maps, and a snapshot sees its beginning", () => {
  fc.assert(
    fc.property(fc.array(operation, { minLength: 1, maxLength: 50, size: "max" }), (operations) => {
      const pair = new Pair();
      for (const each of operations) {
        pair.run(each);
        verifyKeyspace(pair.test.ks);
      }
      pair.compare();
      assert.equal(pair.test.removals.length, 0, "nothing but what had expired was removed");
      pair.end();
    }),
    { numRuns: 400 },
  );
});

Deno.test("keyspace hands a big value over when a key is renamed", () => {
  const test = new TestKeyspace();
  const { ks } = test;
  const ref = test.set(0, "from", "v".repeat(1_000_000));
  const index = ks.entries.bigValue(ref);
  const name = toAscii("to");
  const moved = ks.transfer(ks.databases[0], ref, ks.databases[1], name, 0, name.length, false);
  assert.equal(ks.entries.bigValue(moved), index, "the same block");
  assert.equal(test.valueOf(moved).length, 1_000_000);
  verifyKeyspace(ks);
  assert.ok(test.remove(1, "to"));
  verifyKeyspace(ks);
});

Deno.test("keyspace counts overwriting as an access, whether the value stays in its block or not", () => {
  const test = new TestKeyspace();
  const { ks } = test;
  ks.lfu = true;
  ks.entries.clock = LFU_INITIAL;
  ks.lfuLogFactor = 0;
  for (let i = 1; i <= 50; i++) {
    const ref = test.set(0, "k", "v".repeat(i % 2 === 0 ? i * 9 : 5));
    assert.equal(decayedLfu(ks.entries.lru(ref), 0, 1), LFU_INITIAL + i - 1);
  }
  const copy = toAscii("copy");
  const db = ks.databases[0];
  const fresh = ks.transfer(db, test.peek(0, "k"), db, copy, 0, copy.length, true);
  assert.equal(decayedLfu(ks.entries.lru(fresh), 0, 1), LFU_INITIAL, "a copy starts anew");
  const moved = ks.transfer(db, test.peek(0, "k"), ks.databases[1], copy, 0, copy.length, false);
  assert.equal(decayedLfu(ks.entries.lru(moved), 0, 1), LFU_INITIAL + 49, "what moves keeps its count");
});

Deno.test("keyspace expires what is past its deadline, not at it", () => {
  const test = new TestKeyspace();
  test.set(0, "k", "v", 1_000_010);
  test.ks.nowMs = 1_000_010;
  assert.notEqual(test.peek(0, "k"), 0);
  test.ks.nowMs = 1_000_011;
  test.ks.expiryAllowed = false;
  assert.notEqual(test.peek(0, "k"), 0);
  test.ks.expiryAllowed = true;
  assert.equal(test.peek(0, "k"), 0);
  assert.deepEqual(test.removals, [{ db: 0, key: "k", reason: REMOVED_EXPIRED }]);
  assert.equal(test.ks.expiredKeys, 1);
});

Deno.test("keyspace with many keys stays whole while they come, expire and go", () => {
  const test = new TestKeyspace(1);
  const { ks } = test;
  const count = 20_000;
  for (let i = 0; i < count; i++) test.set(0, `key:${i}`, String(i), i % 3 === 0 ? ks.nowMs + i : NO_EXPIRE);
  verifyKeyspace(ks);
  ks.nowMs += count;
  for (let i = 0; i < count; i += 2) assert.equal(test.remove(0, `key:${i}`), i % 3 !== 0);
  verifyKeyspace(ks);
  for (let i = 1; i < count; i += 2) assert.equal(test.peek(0, `key:${i}`) !== 0, i % 3 !== 0);
  verifyKeyspace(ks);
});
