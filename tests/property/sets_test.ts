/**
 * Sets against a Set of texts, across all their forms and the names that go with Redis' limits; frozen ones against the
 * Set of that moment.
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
import { ENC_INTS, TYPE_SET } from "../../lib/objects/entry.ts";
import { PACKED_MAX_BYTES } from "../../lib/objects/packed.ts";
import { type Sets } from "../../lib/objects/set.ts";
import { CollectionWorld, type WholeOp, wholeStep } from "./collection_world.ts";
import { textOf } from "./keyspace_support.ts";

/** Whether Redis could keep the text as an integer. */
function isInteger(text: string): boolean {
  if (!/^(0|-?[1-9]\d{0,18})$/.test(text)) return false;
  return BigInt.asIntN(64, BigInt(text)) === BigInt(text);
}

/** Notes the members that it is given. */
class MemberSink implements ElementSink {
  readonly members: string[] = [];
  bytes = 0;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  item(member: Slice, big: number): void {
    const text = textOf(member);
    this.members.push(text);
    this.bytes += member.len;
    if (big !== 0) assert.equal(latin1(this.#world.ks.arena.big.bytes(big), 0, member.len), text);
  }

  field(): void {
    assert.fail("a set has members");
  }

  scored(): void {
    assert.fail("a set has members");
  }
}

/** The members that came, each of them once. */
function onlyOnce(members: readonly string[]): Set<string> {
  const unique = new Set(members);
  assert.equal(unique.size, members.length, "every member comes once");
  return unique;
}

/** A keyspace with a set at key `s`, what it should be, and what Redis would call it. */
class World extends CollectionWorld<Set<string>> {
  named = "intset";
  readonly #member = new Slice();

  constructor() {
    super("s", TYPE_SET, () => new Set());
  }

  get sets(): Sets {
    return this.ks.sets;
  }

  get isInts(): boolean {
    return (this.ks.entries.encoding(this.ref) & ENC_INTS) !== 0;
  }

  /** SADD, as a command does it. */
  addMany(members: readonly string[], prepare: boolean): void {
    const isNew = this.ref === 0;
    const ref = this.open();
    const first = toAscii(members[0]);
    this.#nameBefore(isNew, members, prepare);
    if (prepare) this.sets.prepare(ref, members.length, first, 0, first.length);
    for (const member of members) {
      const bytes = toAscii(member);
      const added = this.sets.add(ref, bytes, 0, bytes.length);
      assert.equal(added, !this.model.has(member));
      if (added) this.#nameFor(member);
      this.model.add(member);
    }
    assert.equal(this.ks.close(this.ks.databases[0], ref, true), this.model.size);
  }

  #nameBefore(isNew: boolean, members: readonly string[], prepare: boolean): void {
    const { maxIntsetEntries, maxListpackEntries } = this.sets;
    const count = members.length;
    if (isNew) this.named = "intset";
    if (!prepare) return;
    if (isNew) {
      if (isInteger(members[0]) && count <= maxIntsetEntries) this.named = "intset";
      else this.named = count <= maxListpackEntries ? "listpack" : "hashtable";
    } else if (this.named === "listpack" && count > maxListpackEntries) this.named = "hashtable";
    else if (this.named === "intset" && count > maxIntsetEntries) this.named = "hashtable";
  }

  /** Before a new member is added. */
  #nameFor(member: string): void {
    const { maxIntsetEntries, maxListpackEntries, maxListpackValue } = this.sets;
    const count = this.model.size;
    const fits = count < maxListpackEntries && member.length <= maxListpackValue;
    if (this.named === "listpack" && !fits) this.named = "hashtable";
    if (this.named !== "intset") return;
    if (isInteger(member)) {
      if (count + 1 > maxIntsetEntries) this.named = "hashtable";
      return;
    }
    const longest = Math.max(0, ...[...this.model].map((text) => text.length));
    this.named = fits && longest <= maxListpackValue ? "listpack" : "hashtable";
  }

  deleteMany(members: readonly string[]): void {
    if (this.ref === 0) return;
    const ref = this.open();
    for (const member of members) {
      const bytes = toAscii(member);
      assert.equal(this.sets.remove(ref, bytes, 0, bytes.length), this.model.delete(member));
    }
    assert.equal(this.ks.close(this.ks.databases[0], ref, true), this.model.size);
  }

  /** Removes members that are picked at random. */
  popMany(count: number, random: Random): void {
    if (this.ref === 0) return;
    const ref = this.open();
    for (; count > 0 && this.model.size > 0; count--) {
      const item = this.sets.random(ref, random);
      const member = this.memberOf(item);
      assert.ok(this.model.delete(member));
      this.sets.removeItem(ref, item);
    }
    assert.equal(this.ks.close(this.ks.databases[0], ref, true), this.model.size);
  }

  has(member: string): boolean {
    const bytes = toAscii(member);
    return this.ref !== 0 && this.sets.has(this.ref, bytes, 0, bytes.length);
  }

  memberOf(item: number): string {
    this.sets.member(this.ref, item, this.#member);
    return textOf(this.#member);
  }

  override elementsOf(ref: Ref): Set<string> {
    const sink = new MemberSink(this);
    this.sets.emit(ref, sink);
    if ((this.ks.entries.encoding(ref) & ENC_INTS) !== 0) {
      assert.deepEqual(sink.members, sink.members.toSorted(byValue));
    }
    return onlyOnce(sink.members);
  }

  override elementsUnder(root: Ref): Set<string> {
    const sink = new MemberSink(this);
    let position = 0;
    do position = this.sets.emitRoot(root, position, sink); while (position !== 0);
    return onlyOnce(sink.members);
  }

  verify(): void {
    verifyKeyspace(this.ks);
    const ref = this.ref;
    assert.equal(ref !== 0, this.model.size > 0);
    if (ref === 0) return;
    assert.equal(this.sets.count(ref), this.model.size);
    assert.equal(this.sets.encodingName(ref), this.named);
    if (!this.isLarge) assert.ok(this.ks.entries.collectionBytes(ref) <= PACKED_MAX_BYTES * 9 / 8);
    assert.deepEqual(this.elementsOf(ref), this.model);
    const list = new RefList();
    this.sets.collect(ref, list);
    const collected = Array.from({ length: list.length }, (_, i) => this.memberOf(list.refs[i]));
    assert.deepEqual(onlyOnce(collected), this.model);
  }
}

function byValue(a: string, b: string): number {
  return BigInt(a) < BigInt(b) ? -1 : 1;
}

const INT64_MIN = -(2n ** 63n);
const integer = fc.oneof(
  fc.integer({ min: -300, max: 600 }).map(String),
  fc.integer({ min: -70_000, max: 70_000 }).map(String),
  fc.integer().map(String),
  fc.bigInt({ min: INT64_MIN, max: -INT64_MIN - 1n }).map(String),
  fc.constantFrom(
    `${INT64_MIN}`,
    `${-INT64_MIN - 1n}`,
    "-32768",
    "32767",
    "32768",
    "-2147483649",
    "4294967296",
  ),
);
/** What looks like an integer and is none, and all else. */
const word = fc.oneof(
  fc.constantFrom("", "-", "-0", "01", "+1", " 1", "1 ", "1.0", `${-INT64_MIN}`, `${INT64_MIN - 1n}`),
  fc.string({ unit: "binary-ascii", maxLength: 12 }),
  fc.record({
    n: fc.integer({ min: 0, max: 300 }),
    length: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(3, 20, 63, 64, 65, 126, 127, 128, 200) },
      { weight: 2, arbitrary: fc.constantFrom(2000, 5000) },
      { weight: 1, arbitrary: fc.constantFrom(16383, 16384, 32768, 32769, 70_000) },
    ),
  }).map(({ n, length }) => `${n}`.padEnd(length, String.fromCharCode(97 + n % 26))),
);

type Step =
  | { readonly op: "add"; readonly members: readonly string[]; readonly prepare: boolean }
  | {
    readonly op: "addRange" | "delete";
    readonly from: number;
    readonly count: number;
    readonly suffix: string;
    readonly prepare: boolean;
  }
  | { readonly op: "pop"; readonly count: number; readonly seed: number }
  | { readonly op: WholeOp };

const few = fc.integer({ min: 1, max: 20 });
const many = fc.integer({ min: 100, max: 700 });
const range = {
  from: fc.integer({ min: -200, max: 700 }),
  count: fc.oneof(few, many),
  suffix: fc.constantFrom("", "", "", "0000000000000", "x"),
  prepare: fc.boolean(),
};
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      op: fc.constant("add" as const),
      members: fc.array(fc.oneof({ weight: 3, arbitrary: integer }, { weight: 1, arbitrary: word }), {
        minLength: 1,
        maxLength: 6,
      }),
      prepare: fc.boolean(),
    }),
  },
  { weight: 5, arbitrary: fc.record({ op: fc.constant("addRange" as const), ...range }) },
  { weight: 4, arbitrary: fc.record({ op: fc.constant("delete" as const), ...range }) },
  {
    weight: 2,
    arbitrary: fc.record({ op: fc.constant("pop" as const), count: fc.oneof(few, many), seed: fc.integer() }),
  },
  { weight: 4, arbitrary: wholeStep },
);

function rangeOf(each: { from: number; count: number; suffix: string }): string[] {
  return Array.from({ length: each.count }, (_, i) => `${each.from + i}${each.suffix}`);
}

function apply(world: World, each: Step): void {
  if (each.op === "add") world.addMany(each.members, each.prepare);
  else if (each.op === "addRange") world.addMany(rangeOf(each), each.prepare);
  else if (each.op === "delete") {
    const others = [...world.model].filter((_, i) => i % 5 === 0).slice(0, each.count);
    world.deleteMany([...rangeOf(each), ...others]);
  } else if (each.op === "pop") world.popMany(each.count, new Random(each.seed, 1, 2, 3));
  else world.applyWhole(each.op);
}

for (const limits of [[512, 128, 64], [5, 3, 8], [600, 300, 4], [2 ** 31, 2 ** 31, 2 ** 31], [0, 0, 0]]) {
  Deno.test(`sets agree with a Set, limits ${limits}`, () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 16, size: "max" }), (steps) => {
        const world = new World();
        [world.sets.maxIntsetEntries, world.sets.maxListpackEntries, world.sets.maxListpackValue] = limits;
        for (const each of steps) {
          apply(world, each);
          world.verify();
        }
        for (let i = -200; i < 700; i += 11) assert.equal(world.has(`${i}`), world.model.has(`${i}`));
        world.checkNothingLeft();
      }),
      { numRuns: 60 },
    );
  });
}

/** `count` members from `from` on, all of `length` bytes at least. */
function texts(from: number, count: number, length: number): string[] {
  return Array.from({ length: count }, (_, i) => `m${from + i}`.padEnd(length, "-"));
}

function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${i}`);
}

Deno.test("a set has the form that its members need, whatever its name", () => {
  const world = new World();
  const form = () => world.isLarge ? "large" : world.isInts ? "ints" : "packed";
  const cases: [string[][], string, string][] = [
    [[numbers(512)], "ints", "intset"],
    [[numbers(513)], "large", "hashtable"],
    [[numbers(3), ["x"]], "packed", "listpack"],
    [[numbers(127), ["x"]], "packed", "listpack"],
    [[numbers(128), ["x"]], "large", "hashtable"],
    [[texts(0, 128, 0)], "packed", "listpack"],
    [[texts(0, 129, 0)], "large", "hashtable"],
    [[texts(0, 3, 65)], "packed", "hashtable"],
    [[texts(0, 120, 200)], "large", "hashtable"],
    [[["1"], texts(0, 1, 16_300)], "packed", "hashtable"],
    [[["1"], texts(0, 1, 16_384)], "large", "hashtable"],
    [[texts(0, 1, 70_000)], "large", "hashtable"],
  ];
  for (const [commands, expected, name] of cases) {
    world.drop();
    for (const members of commands) world.addMany(members, true);
    assert.equal(form(), expected);
    assert.equal(world.sets.encodingName(world.ref), name);
    world.verify();
  }
});

Deno.test("integers of an intset count as long as their digits when it becomes a listpack", () => {
  for (const [longest, name] of [["1234", "listpack"], ["-123", "listpack"], ["-1234", "hashtable"]]) {
    const world = new World();
    world.sets.maxListpackValue = 4;
    world.addMany(["7", longest, "8"], true);
    world.addMany(["x"], true);
    assert.equal(world.sets.encodingName(world.ref), name);
    world.verify();
  }
});

Deno.test("many members in one command name a set anew before the first is looked at", () => {
  const world = new World();
  world.addMany(["1", "2"], true);
  world.addMany(Array(513).fill("1"), true);
  assert.ok(world.isInts);
  assert.equal(world.sets.encodingName(world.ref), "hashtable");
  world.addMany(["3", "x", "4"], true);
  world.verify();
});

Deno.test("digits that were read from one set can be added to another that changes its form", () => {
  const world = new World();
  const [db] = world.ks.databases;
  world.addMany(numbers(600).slice(0, 512), true);
  const source = world.ref;
  const key = toAscii("t");
  const target = world.ks.build(key, 0, key.length, TYPE_SET);
  const list = new RefList();
  world.sets.collect(source, list);
  const member = new Slice();
  for (let i = 0; i < 512; i++) {
    const other = toAscii(`${i + 300_000}`);
    world.sets.add(target, other, 0, other.length);
    world.sets.member(source, list.refs[i], member);
    world.sets.add(target, member.buf, member.off, member.len);
  }
  assert.ok(world.ks.install(db, target));
  const expected = numbers(512).flatMap((n) => [n, `${Number(n) + 300_000}`]);
  assert.deepEqual(world.elementsOf(world.peek(0, "t")), new Set(expected));
  verifyKeyspace(world.ks);
});

Deno.test("the slices of a large set are small, whatever its members are", () => {
  const world = new World();
  world.addMany(texts(0, 400, 10_000), true);
  world.addMany(texts(1000, 400, 10), true);
  const root = world.ks.entries.word2(world.ref);
  const seen: string[] = [];
  let position = 0;
  do {
    const sink = new MemberSink(world);
    position = world.sets.emitRoot(root, position, sink);
    assert.ok(sink.bytes <= 256 * 1024, `${sink.bytes} bytes at once`);
    seen.push(...sink.members);
  } while (position !== 0);
  assert.deepEqual(onlyOnce(seen), world.model);
});

Deno.test("a large set is freed by steps", () => {
  const world = new World();
  world.addMany(texts(0, 20_000, 0), true);
  const steps = world.dropBySteps();
  assert.ok(steps >= 40, `${steps} steps`);
  world.verify();
});
