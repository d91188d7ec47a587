/**
 * The hash trie against a Map: every operation, then `verify`; and its past against a copy of the Map.
 *
 * Elements are set members whose name is a number. Their hashes are injected by one of several rules, so that equal
 * hashes, directories below directories and lopsided tries occur.
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { Arena } from "../../lib/arena/arena.ts";
import { type Ref } from "../../lib/arena/layout.ts";
import { Nodes } from "../../lib/arena/nodes.ts";
import { Random } from "../../lib/base/random.ts";
import { Slice } from "../../lib/base/slice.ts";
import { HashTrie } from "../../lib/dict/hash_trie.ts";
import { RefList } from "../../lib/dict/ref_list.ts";
import { Elements } from "../../lib/objects/element.ts";
import { checkEqualChances } from "../support/equal_chances.ts";
import { CollectingOrphanage } from "../support/orphanage.ts";
import { HASH_RULES, mix } from "./hash_rules.ts";

const HASHES: Readonly<Record<string, (key: number) => number>> = {
  ...HASH_RULES,
  "with the same top byte": (key) => 0x5a000000 | (mix(key) >>> 8),
  "with the same three top bytes, a few keys each": (key) =>
    (mix(key & 7) & 0xffffff00) | ((key >>> 3) & 0xff),
};

/** One trie of members that are named by numbers, and the Map that it must agree with. */
class NumberTrie {
  readonly arena = new Arena();
  readonly epochs = { epoch: 1 };
  readonly nodes = new Nodes(this.arena, this.epochs);
  readonly elements = new Elements(this.nodes);
  readonly trie = new HashTrie(this.nodes, this.elements.members);
  readonly hashOf: (key: number) => number;
  readonly model = new Map<number, Ref>();
  top = 0;
  readonly #bytes = new Uint8Array(4);
  readonly #view = new DataView(this.#bytes.buffer);
  readonly #name = new Slice();

  constructor(hashOf: (key: number) => number) {
    this.arena.fillFreed = true;
    this.hashOf = hashOf;
  }

  find(key: number, top = this.top): Ref {
    this.#view.setInt32(0, key);
    return this.trie.find(top, this.hashOf(key), this.#bytes, 0, 4);
  }

  insert(key: number): void {
    this.#view.setInt32(0, key);
    const ref = this.elements.newMember(this.#bytes, 0, 4);
    this.top = this.trie.insert(this.top, this.hashOf(key), ref);
    this.model.set(key, ref);
  }

  remove(key: number): void {
    const ref = this.model.get(key)!;
    this.top = this.trie.remove(this.top, this.hashOf(key), ref);
    this.elements.freeMember(ref);
    this.model.delete(key);
  }

  /** Puts a new element of the same name in the place of the old one. */
  replace(key: number): void {
    const old = this.model.get(key)!;
    this.#view.setInt32(0, key);
    const ref = this.elements.newMember(this.#bytes, 0, 4);
    this.top = this.trie.replace(this.top, this.hashOf(key), old, ref);
    this.elements.freeMember(old);
    this.model.set(key, ref);
  }

  /** The number that names an element. */
  keyOf(ref: Ref): number {
    this.elements.members.read(ref, this.#name);
    const { buf, off } = this.#name;
    return (buf[off] << 24) | (buf[off + 1] << 16) | (buf[off + 2] << 8) | buf[off + 3];
  }

  /** Takes all segments; afterwards nothing is left in the arena. */
  takeAll(): void {
    const list = new RefList();
    let steps = 0;
    const segments = this.trie.segments(this.top);
    while (this.top !== 0) {
      this.top = this.trie.takeSegment(this.top, list);
      steps++;
    }
    assert.equal(steps, segments, "one segment at a time");
    assert.deepEqual(
      [...list.refs.subarray(0, list.length)].sort(),
      [...this.model.values()].sort(),
    );
    for (let i = 0; i < list.length; i++) this.elements.freeMember(list.refs[i]);
    this.model.clear();
  }

  verify(): void {
    assert.equal(this.trie.verify(this.top), this.model.size);
    assert.equal(this.trie.count(this.top), this.model.size);
    this.arena.verify();
  }
}

type Step =
  | {
    readonly op: "insert" | "remove" | "replace";
    readonly from: number;
    readonly count: number;
  }
  | { readonly op: "scan"; readonly count: number };

const KEYS = 4000;
const change: fc.Arbitrary<Step> = fc.record({
  op: fc.constantFrom("insert", "insert", "remove", "replace"),
  from: fc.integer({ min: 1, max: KEYS }),
  count: fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 300, max: KEYS })),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: change },
  fc.record({ op: fc.constant("scan" as const), count: fc.integer({ min: 1, max: 2000 }) }),
);

function apply(numbers: NumberTrie, each: Step): void {
  if (each.op === "scan") return checkScan(numbers, each.count);
  for (let i = 0; i < each.count; i++) {
    const key: number = 1 + (each.from + i) % KEYS;
    const expected = numbers.model.get(key) ?? 0;
    assert.equal(numbers.find(key), expected);
    if (each.op === "insert" && expected === 0) numbers.insert(key);
    else if (each.op === "remove" && expected !== 0) numbers.remove(key);
    else if (each.op === "replace" && expected !== 0) numbers.replace(key);
  }
}

/** A whole scan of an unchanging trie gives everything once, in batches of about `count`. */
function checkScan(numbers: NumberTrie, count: number): void {
  const list = new RefList();
  let cursor = 0;
  do {
    const before = list.length;
    cursor = numbers.trie.scan(numbers.top, cursor, count, list);
    assert.ok(cursor === 0 || list.length - before >= count, "a batch is full unless it is the last");
  } while (cursor !== 0);
  assert.deepEqual([...list.refs.subarray(0, list.length)].sort(), [...numbers.model.values()].sort());
}

for (const [name, hashOf] of Object.entries(HASHES)) {
  Deno.test(`hash trie agrees with a Map, hashes ${name}`, () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 12, size: "max" }), (steps) => {
        const numbers = new NumberTrie(hashOf);
        for (const each of steps) {
          apply(numbers, each);
          numbers.verify();
        }
        const all = new Map<number, number>();
        numbers.trie.forEach(numbers.top, (hash, ref) => all.set(ref, hash | 0));
        assert.equal(all.size, numbers.model.size);
        for (const [key, ref] of numbers.model) assert.equal(all.get(ref), hashOf(key) | 0);
        numbers.takeAll();
        assert.equal(numbers.arena.usedBytes, 0, "nothing leaks");
      }),
      { numRuns: 50 },
    );
  });

  Deno.test(`hash trie scan returns what is there throughout exactly once, hashes ${name}`, () => {
    const changes = fc.array(
      fc.record({
        insert: fc.boolean(),
        from: fc.integer({ min: 0, max: KEYS }),
        count: fc.integer({ min: 0, max: 700 }),
      }),
      { minLength: 1, maxLength: 40, size: "max" },
    );
    const size = fc.integer({ min: 0, max: 1500 });
    fc.assert(
      fc.property(size, fc.integer({ min: 1, max: 60 }), changes, (stable, count, rounds) => {
        const numbers = new NumberTrie(hashOf);
        // Odd keys stay, even ones come and go.
        for (let i = 0; i < stable; i++) numbers.insert(i * 2 + 1);
        const returned = new Map<number, number>();
        const list = new RefList();
        let cursor = 0;
        let round = 0;
        do {
          list.clear();
          cursor = numbers.trie.scan(numbers.top, cursor, count, list);
          for (let i = 0; i < list.length; i++) {
            const key = numbers.keyOf(list.refs[i]);
            returned.set(key, (returned.get(key) ?? 0) + 1);
            assert.equal(numbers.model.get(key), list.refs[i], "only what is there is returned");
          }
          const { insert, from, count: changed } = rounds[round++ % rounds.length];
          for (let i = 0; i < changed; i++) {
            const key = 2 + 2 * ((from + i) % KEYS);
            if (insert === numbers.model.has(key)) continue;
            if (insert) numbers.insert(key);
            else numbers.remove(key);
          }
        } while (cursor !== 0);
        numbers.verify();
        for (let i = 0; i < stable; i++) assert.equal(returned.get(i * 2 + 1), 1, `key ${i * 2 + 1}`);
        // What comes and goes may be returned again only if it came again; hash order forbids even that.
        for (const [key, times] of returned) assert.equal(times, 1, `key ${key}`);
      }),
      { numRuns: 30 },
    );
  });

  Deno.test(`hash trie picks at random with equal chances, hashes ${name}`, () => {
    const numbers = new NumberTrie(hashOf);
    for (let key = 1; key <= 4000; key++) numbers.insert(key);
    // Uneven on purpose: one part is thinned out.
    for (let key = 1; key <= 4000; key++) {
      if ((hashOf(key) & 0x40) !== 0 && key % 16 !== 0) numbers.remove(key);
    }
    numbers.verify();
    const random = new Random(1, 2, 3, 4);
    const hits = new Map<number, number>([...numbers.model.keys()].map((key) => [key, 0]));
    const picksPerKey = 60;
    for (let i = 0; i < hits.size * picksPerKey; i++) {
      const key = numbers.keyOf(numbers.trie.random(numbers.top, random));
      assert.equal(numbers.trie.pickedHash, hashOf(key) | 0);
      hits.set(key, hits.get(key)! + 1);
    }
    checkEqualChances(hits, picksPerKey);
  });

  Deno.test(`hash trie's past stays as it was while the present changes, hashes ${name}`, () => {
    const steps = fc.array(change, { minLength: 1, maxLength: 8, size: "max" });
    fc.assert(
      fc.property(
        steps,
        fc.array(steps, { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        (before, eras, drop) => {
          const numbers = new NumberTrie(hashOf);
          for (const each of before) apply(numbers, each);
          for (const era of eras) {
            const orphanage = new CollectingOrphanage(numbers.nodes);
            const oldTop = numbers.top;
            const oldModel = new Map(numbers.model);
            numbers.epochs.epoch++;
            numbers.nodes.frozen = orphanage;
            for (const each of era) {
              apply(numbers, each);
              numbers.verify();
            }
            // Dropping the present while somebody still reads its past frees only what is not shared.
            if (drop && era === eras.at(-1)) numbers.takeAll();
            checkPast(numbers, oldTop, oldModel);
            numbers.nodes.frozen = null;
            orphanage.freeAll();
            numbers.verify();
          }
          numbers.takeAll();
          assert.equal(numbers.arena.usedBytes, 0, "nothing leaks");
        },
      ),
      { numRuns: 40 },
    );
  });
}

/** The frozen trie has exactly the elements that it had, by every way of reading. */
function checkPast(numbers: NumberTrie, top: number, model: ReadonlyMap<number, Ref>): void {
  assert.equal(numbers.trie.verify(top), model.size);
  let visited = 0;
  numbers.trie.forEach(top, (hash, ref) => {
    const key = numbers.keyOf(ref);
    assert.equal(model.get(key), ref);
    assert.equal(hash | 0, numbers.hashOf(key) | 0);
    visited++;
  });
  assert.equal(visited, model.size);
  for (let key = 1; key <= KEYS; key += 7) assert.equal(numbers.find(key, top), model.get(key) ?? 0);
}

Deno.test("hash trie grows and shrinks through all levels of directories", () => {
  // Nearly the same hash for all: 9 to 14 bits are left to tell them apart.
  const numbers = new NumberTrie((key) => 0x77770000 | ((key & 0xffff) ^ 0x5555));
  const count = 60_000;
  for (let key = 1; key <= count; key++) {
    numbers.insert(key);
    if (key % 10_000 === 0) numbers.verify();
  }
  assert.ok(numbers.trie.segments(numbers.top) > 100);
  for (let key = 1; key <= count; key++) {
    assert.notEqual(numbers.find(key), 0);
    numbers.remove(key);
    if (key % 5000 === 0) numbers.verify();
  }
  assert.equal(numbers.top, 0);
  assert.equal(numbers.arena.usedBytes, 0);
});

Deno.test("hash trie grows without a pause: no insert allocates more than a split and its directory", () => {
  const numbers = new NumberTrie(mix);
  let most = 0;
  for (let key = 1; key <= 300_000; key++) {
    const before = numbers.arena.usedBytes;
    numbers.insert(key);
    most = Math.max(most, numbers.arena.usedBytes - before);
  }
  assert.ok(most <= 3 * 4096, `${most} bytes at once`);
  numbers.verify();
});

Deno.test("hash trie keeps hundreds of equal hashes, and refuses more than a segment of them", () => {
  const numbers = new NumberTrie(() => 0x12345678);
  for (let key = 1; key <= 509; key++) numbers.insert(key);
  numbers.verify();
  assert.throws(() => numbers.insert(510), RangeError);
  for (let key = 1; key <= 509; key++) {
    assert.notEqual(numbers.find(key), 0);
    numbers.remove(key);
  }
  assert.equal(numbers.top, 0);
});

Deno.test("hash trie finds nothing in nothing", () => {
  const numbers = new NumberTrie(mix);
  const list = new RefList();
  assert.equal(numbers.find(1), 0);
  assert.equal(numbers.trie.count(0), 0);
  assert.equal(numbers.trie.segments(0), 0);
  assert.equal(numbers.trie.verify(0), 0);
  assert.equal(numbers.trie.scan(0, 0, 10, list), 0);
  assert.equal(numbers.trie.collectSegment(0, 0, list), 0);
  assert.equal(numbers.trie.random(0, new Random(1, 2, 3, 4)), 0);
  assert.equal(numbers.trie.takeSegment(0, list), 0);
  assert.equal(list.length, 0);
  numbers.trie.forEach(0, () => assert.fail("nothing to visit"));
});

Deno.test("hash trie refuses to remove or replace what it does not have", () => {
  const numbers = new NumberTrie(mix);
  numbers.insert(1);
  assert.throws(() => numbers.trie.remove(numbers.top, mix(2), 12_345), /must be in the trie/);
  assert.throws(() => numbers.trie.replace(numbers.top, mix(1), 12_345, 12_346), /must be in the trie/);
  numbers.verify();
});
