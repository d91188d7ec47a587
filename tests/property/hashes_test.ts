/**
 * Hashes against a Map, across the change from packed to large and the names that go with Redis' limits; frozen ones
 * against the Map of that moment.
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { type Ref } from "../../lib/arena/layout.ts";
import { latin1, toAscii } from "../../lib/base/ascii.ts";
import { Random } from "../../lib/base/random.ts";
import { Slice } from "../../lib/base/slice.ts";
import { RefList } from "../../lib/dict/ref_list.ts";
import { verifyKeyspace } from "../../lib/keyspace/verify.ts";
import { type ElementSink } from "../../lib/objects/collection.ts";
import { TYPE_HASH } from "../../lib/objects/entry.ts";
import { type Hashes } from "../../lib/objects/hash.ts";
import { PACKED_MAX_BYTES, PACKED_MAX_ELEMENTS } from "../../lib/objects/packed.ts";
import { checkEqualChances } from "../support/equal_chances.ts";
import { CollectionWorld, type WholeOp, wholeStep } from "./collection_world.ts";
import { textOf } from "./keyspace_support.ts";

/** Notes the fields that it is given. */
class FieldSink implements ElementSink {
  readonly fields = new Map<string, string>();
  bytes = 0;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  field(name: Slice, nameBig: number, value: Slice, valueBig: number): void {
    const text = textOf(name);
    assert.ok(!this.fields.has(text), "every field comes once");
    this.fields.set(text, textOf(value));
    this.bytes += name.len + value.len;
    const { big } = this.#world.ks.arena;
    if (nameBig !== 0) assert.equal(latin1(big.bytes(nameBig), 0, name.len), text);
    if (valueBig !== 0) assert.equal(latin1(big.bytes(valueBig), 0, value.len), textOf(value));
  }

  item(): void {
    assert.fail("a hash has fields");
  }

  scored(): void {
    assert.fail("a hash has fields");
  }
}

/** A keyspace with a hash at key `h`, and what it should be. */
class World extends CollectionWorld<Map<string, string>> {
  /** Whether Redis would call it a hashtable. */
  named = false;
  readonly #name = new Slice();
  readonly #value = new Slice();

  constructor() {
    super("h", TYPE_HASH, () => new Map());
  }

  get hashes(): Hashes {
    return this.ks.hashes;
  }

  override open(): Ref {
    if (this.ref === 0) this.named = false;
    return super.open();
  }

  /** HSET, as a command does it. */
  setMany(pairs: readonly (readonly [string, string])[], prepare: boolean): void {
    const ref = this.open();
    const { maxListpackEntries, maxListpackValue } = this.hashes;
    const longest = Math.max(...pairs.flat().map((text) => text.length));
    if (prepare) {
      this.hashes.prepare(ref, pairs.length, longest, pairs.flat().reduce((sum, t) => sum + t.length + 4, 0));
      if (pairs.length > maxListpackEntries || longest > maxListpackValue) this.named = true;
    }
    for (const [name, value] of pairs) {
      const n = toAscii(name), v = toAscii(value);
      const isNew = this.hashes.set(ref, n, 0, n.length, v, 0, v.length);
      assert.equal(isNew, !this.model.has(name));
      this.model.set(name, value);
      if (name.length > maxListpackValue || value.length > maxListpackValue) this.named = true;
      if (this.model.size > maxListpackEntries) this.named = true;
    }
    assert.equal(this.ks.close(this.ks.databases[0], ref, true), this.model.size);
  }

  deleteMany(names: readonly string[]): void {
    if (this.ref === 0) return;
    const ref = this.open();
    for (const name of names) {
      const n = toAscii(name);
      const item = this.hashes.find(ref, n, 0, n.length);
      assert.equal(item !== 0, this.model.delete(name));
      if (item !== 0) this.hashes.remove(ref, item);
    }
    assert.equal(this.ks.close(this.ks.databases[0], ref, true), this.model.size);
  }

  get(name: string): string | undefined {
    const ref = this.ref;
    const n = toAscii(name);
    const item = ref === 0 ? 0 : this.hashes.find(ref, n, 0, n.length);
    if (item === 0) return undefined;
    this.hashes.name(ref, item, this.#name);
    assert.equal(textOf(this.#name), name);
    this.hashes.value(ref, item, this.#value);
    return textOf(this.#value);
  }

  nameOf(item: number): string {
    this.hashes.name(this.ref, item, this.#name);
    return textOf(this.#name);
  }

  override elementsOf(ref: Ref): Map<string, string> {
    const sink = new FieldSink(this);
    this.hashes.emit(ref, sink);
    return sink.fields;
  }

  override elementsUnder(root: Ref): Map<string, string> {
    const sink = new FieldSink(this);
    let position = 0;
    do position = this.hashes.emitRoot(root, position, sink); while (position !== 0);
    return sink.fields;
  }

  verify(): void {
    verifyKeyspace(this.ks);
    const ref = this.ref;
    assert.equal(ref !== 0, this.model.size > 0);
    if (ref === 0) return;
    assert.equal(this.hashes.count(ref), this.model.size);
    assert.equal(this.hashes.encodingName(ref), this.named ? "hashtable" : "listpack");
    if (!this.isLarge) assert.ok(this.ks.entries.collectionBytes(ref) <= PACKED_MAX_BYTES * 9 / 8);
    assert.deepEqual(this.elementsOf(ref), this.model);
    const list = new RefList();
    this.hashes.collect(ref, list);
    assert.equal(list.length, this.model.size);
    for (let i = 0; i < list.length; i++) assert.ok(this.model.has(this.nameOf(list.refs[i])));
  }
}

const number = fc.integer({ min: 0, max: 900 });
const length = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: 0, max: 20 }) },
  { weight: 4, arbitrary: fc.constantFrom(63, 64, 65, 126, 127, 128, 200) },
  { weight: 2, arbitrary: fc.constantFrom(2000, 5000) },
  { weight: 1, arbitrary: fc.constantFrom(16383, 16384, 32768, 32769, 70_000) },
);

/** A name or value that its number tells from others. */
function text(n: number, len: number): string {
  return `${n}`.padEnd(len, String.fromCharCode(97 + n % 26));
}

type Step =
  | {
    readonly op: "set";
    readonly from: number;
    readonly count: number;
    readonly len: number;
    readonly prepare: boolean;
  }
  | { readonly op: "setOne"; readonly n: number; readonly nameLen: number; readonly len: number }
  | { readonly op: "delete"; readonly from: number; readonly count: number }
  | { readonly op: WholeOp };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      op: fc.constant("set" as const),
      from: number,
      count: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 100, max: 700 })),
      len: fc.integer({ min: 0, max: 70 }),
      prepare: fc.boolean(),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({ op: fc.constant("setOne" as const), n: number, nameLen: length, len: length }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constant("delete" as const),
      from: number,
      count: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 100, max: 900 })),
    }),
  },
  { weight: 4, arbitrary: wholeStep },
);

function apply(world: World, each: Step): void {
  if (each.op === "set") {
    const pairs = Array.from(
      { length: each.count },
      (_, i) => [`f${(each.from + i) % 900}`, text(i, each.len)] as const,
    );
    world.setMany(pairs, each.prepare);
  } else if (each.op === "setOne") {
    world.setMany([[text(each.n, each.nameLen), text(each.n + 1, each.len)]], false);
  } else if (each.op === "delete") {
    const names = Array.from({ length: each.count }, (_, i) => `f${(each.from + i) % 900}`);
    world.deleteMany([
      ...names,
      ...[...world.model.keys()].filter((_, i) => i % 5 === 0).slice(0, each.count),
    ]);
  } else world.applyWhole(each.op);
}

for (const [entries, value] of [[512, 64], [128, 64], [3, 8], [2 ** 31, 2 ** 31]]) {
  Deno.test(`hashes agree with a Map, limits ${entries} and ${value}`, () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 16, size: "max" }), (steps) => {
        const world = new World();
        world.hashes.maxListpackEntries = entries;
        world.hashes.maxListpackValue = value;
        for (const each of steps) {
          apply(world, each);
          world.verify();
        }
        for (let i = 0; i < 900; i += 11) assert.equal(world.get(`f${i}`), world.model.get(`f${i}`));
        world.checkNothingLeft();
      }),
      { numRuns: 60 },
    );
  });
}

Deno.test("a hash stays packed up to its limits and is large beyond", () => {
  const world = new World();
  const pairs = Array.from({ length: PACKED_MAX_ELEMENTS }, (_, i) => [`f${i}`, `${i}`] as const);
  world.setMany(pairs, true);
  assert.ok(!world.isLarge);
  world.setMany([["f5", "changed"]], true);
  assert.ok(!world.isLarge);
  world.setMany([["one more", ""]], true);
  assert.ok(world.isLarge);
  world.verify();
  assert.equal(world.hashes.encodingName(world.ref), "listpack", "the name follows other limits");
  world.drop();
  world.setMany([["f", text(1, 16_000)]], true);
  assert.ok(!world.isLarge);
  assert.equal(world.hashes.encodingName(world.ref), "hashtable");
  world.setMany([["f", text(2, PACKED_MAX_BYTES)]], true);
  assert.ok(world.isLarge, "a replaced value can make it large");
  world.verify();
});

Deno.test("a hash keeps its name when it shrinks", () => {
  const world = new World();
  world.setMany([["f", text(1, 65)], ["g", "1"]], true);
  world.deleteMany(["f"]);
  world.verify();
  assert.equal(world.hashes.encodingName(world.ref), "hashtable");
});

Deno.test("a hash that its limits have left behind is named anew by the next change of a field", () => {
  const world = new World();
  world.setMany([["a", "1"], ["b", "2"], ["c", "3"]], true);
  world.hashes.maxListpackEntries = 2;
  world.deleteMany(["none"]);
  assert.equal(world.hashes.encodingName(world.ref), "listpack");
  world.setMany([["a", "9"]], true);
  assert.equal(world.hashes.encodingName(world.ref), "hashtable");
});

Deno.test("a name that has become too long for a listpack is noticed when its value changes", () => {
  const world = new World();
  world.setMany([["a name of some length", "1"]], true);
  world.hashes.maxListpackValue = 10;
  world.setMany([["a name of some length", "2"]], false);
  assert.equal(world.hashes.encodingName(world.ref), "hashtable");
  world.verify();
});

Deno.test("a field that was looked up by another road than its name can be changed and removed", () => {
  const world = new World();
  world.setMany(Array.from({ length: 300 }, (_, i) => [`f${i}`, `${i}`] as const), true);
  const ref = world.open();
  const random = new Random(5, 6, 7, 8);
  const value = toAscii("another value of another size, too long for the element that it replaces");
  for (let i = 0; i < 250; i++) {
    const changed = world.hashes.random(ref, random);
    world.model.set(world.nameOf(changed), latin1(value, 0, value.length));
    world.hashes.replace(ref, changed, value, 0, value.length);
    const removed = world.hashes.random(ref, random);
    world.model.delete(world.nameOf(removed));
    world.hashes.remove(ref, removed);
  }
  world.ks.close(world.ks.databases[0], ref, true);
  world.named = true;
  world.verify();
});

for (const size of [1, 100, 128, 1000]) {
  Deno.test(`a hash of ${size} fields is picked from with equal chances`, () => {
    const world = new World();
    world.setMany(Array.from({ length: size }, (_, i) => [`f${i}`, ""] as const), true);
    const random = new Random(1, 2, 3, 4);
    const hits = new Map([...world.model.keys()].map((name) => [name, 0]));
    const picks = 100;
    for (let i = 0; i < size * picks; i++) {
      const name = world.nameOf(world.hashes.random(world.ref, random));
      hits.set(name, hits.get(name)! + 1);
    }
    checkEqualChances(hits, picks);
  });
}

Deno.test("the slices of a large hash are small, whatever its values are", () => {
  const world = new World();
  world.setMany(Array.from({ length: 400 }, (_, i) => [`f${i}`, text(i, 10_000)] as const), true);
  world.setMany(Array.from({ length: 400 }, (_, i) => [`s${i}`, text(i, 10)] as const), true);
  const root = world.ks.entries.word2(world.ref);
  const seen = new Map<string, string>();
  let position = 0;
  do {
    const sink = new FieldSink(world);
    position = world.hashes.emitRoot(root, position, sink);
    assert.ok(sink.bytes <= 256 * 1024, `${sink.bytes} bytes at once`);
    for (const [name, value] of sink.fields) {
      assert.ok(!seen.has(name));
      seen.set(name, value);
    }
  } while (position !== 0);
  assert.deepEqual(seen, world.model);
});

Deno.test("a large hash is freed by steps", () => {
  const world = new World();
  world.setMany(Array.from({ length: 20_000 }, (_, i) => [`f${i}`, `${i}`] as const), true);
  const steps = world.dropBySteps();
  assert.ok(steps >= 40, `${steps} steps`);
  world.verify();
});
