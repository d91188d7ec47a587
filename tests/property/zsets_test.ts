/**
 * Sorted sets against a sorted array, across the change from packed to large and the names that go with Redis' limits;
 * frozen ones against the array of that moment.
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { type Ref } from "../../lib/arena/layout.ts";
import { toAscii } from "../../lib/base/ascii.ts";
import { Slice } from "../../lib/base/slice.ts";
import { RefList } from "../../lib/dict/ref_list.ts";
import { verifyKeyspace } from "../../lib/keyspace/verify.ts";
import { type ElementSink } from "../../lib/objects/collection.ts";
import { TYPE_ZSET } from "../../lib/objects/entry.ts";
import {
  ADD_GT,
  ADD_INCR,
  ADD_LT,
  ADD_NX,
  ADD_XX,
  ZSET_ADDED,
  ZSET_NAN,
  ZSET_NOP,
  ZSET_SAME,
  ZSET_UPDATED,
  type ZSets,
} from "../../lib/objects/zset.ts";
import { ZSetBuilder } from "../../lib/objects/zset_builder.ts";
import { ZSetCursor } from "../../lib/objects/zset_cursor.ts";
import { CollectionWorld, wholeStep } from "./collection_world.ts";
import { textOf } from "./keyspace_support.ts";

interface Pair {
  readonly member: string;
  readonly score: number;
}

function order(a: Pair, b: Pair): number {
  if (a.score !== b.score) return a.score < b.score ? -1 : 1;
  return a.member < b.member ? -1 : a.member > b.member ? 1 : 0;
}

class PairSink implements ElementSink {
  readonly pairs: Pair[] = [];
  scored(member: Slice, _big: number, score: number): void {
    this.pairs.push({ member: textOf(member), score });
  }
  item(): void {
    assert.fail("a sorted set has scores");
  }
  field(): void {
    assert.fail("a sorted set has scores");
  }
}

/** A keyspace with a sorted set at key `z`, and what it should be. */
class World extends CollectionWorld<Pair[]> {
  /** Whether Redis would call it a skiplist. */
  named = false;
  readonly cursor = new ZSetCursor(this.zsets);
  readonly builder = new ZSetBuilder(this.zsets);
  readonly #end = new Slice();

  constructor() {
    super("z", TYPE_ZSET, () => []);
  }

  get zsets(): ZSets {
    return this.ks.zsets;
  }

  override open(): Ref {
    if (this.ref === 0) this.named = false;
    return super.open();
  }

  close(ref: Ref): void {
    assert.equal(this.ks.close(this.ks.databases[0], ref, true), this.model.length);
  }

  add(pairs: readonly Pair[], conditions: number): void {
    const ref = this.open();
    for (const { member, score } of pairs) {
      const bytes = toAscii(member);
      const did = this.zsets.add(ref, bytes, 0, bytes.length, score, conditions);
      const [expected, newScore] = this.#modelAdd(member, score, conditions);
      assert.equal(did, expected);
      if (did !== ZSET_NOP && did !== ZSET_NAN) assert.equal(this.zsets.newScore, newScore);
    }
    this.close(ref);
  }

  #modelAdd(member: string, score: number, conditions: number): [number, number] {
    const at = this.model.findIndex((pair) => pair.member === member);
    const has = (bit: number) => (conditions & bit) !== 0;
    if (at < 0) {
      if (has(ADD_XX)) return [ZSET_NOP, NaN];
      if (this.model.length + 1 > this.zsets.maxListpackEntries) this.named = true;
      if (member.length > this.zsets.maxListpackValue) this.named = true;
      this.#place({ member, score: this.named ? score : score + 0 });
      return [ZSET_ADDED, score];
    }
    const current = this.model[at].score;
    if (has(ADD_NX)) return [ZSET_NOP, NaN];
    if (has(ADD_INCR)) score += current;
    if (Number.isNaN(score)) return [ZSET_NAN, NaN];
    if ((has(ADD_LT) && score >= current) || (has(ADD_GT) && score <= current)) return [ZSET_NOP, NaN];
    if (score === current) return [ZSET_SAME, score];
    this.model.splice(at, 1);
    this.#place({ member, score: this.named ? score : score + 0 });
    return [ZSET_UPDATED, score];
  }

  #place(pair: Pair): void {
    const at = this.model.findIndex((other) => order(other, pair) > 0);
    this.model.splice(at < 0 ? this.model.length : at, 0, pair);
  }

  remove1(member: string): void {
    if (this.ref === 0) return;
    const ref = this.open();
    const bytes = toAscii(member);
    const at = this.model.findIndex((pair) => pair.member === member);
    assert.equal(this.zsets.remove(ref, bytes, 0, bytes.length), at >= 0);
    if (at >= 0) this.model.splice(at, 1);
    this.close(ref);
  }

  removeRange(rank: number, n: number): void {
    if (this.ref === 0) return;
    const first = rank % this.model.length;
    const count = Math.min(n, this.model.length - first);
    const ref = this.open();
    this.zsets.removeRange(ref, first, count);
    this.model.splice(first, count);
    this.close(ref);
  }

  /** Takes up to `n` members from one end, one by one. */
  pop(first: boolean, n: number): void {
    for (let i = 0; i < n && this.ref !== 0; i++) {
      const ref = this.open();
      const score = this.zsets.openEnd(ref, first, this.#end);
      const { member, score: expected } = first ? this.model.shift()! : this.model.pop()!;
      assert.equal(textOf(this.#end), member);
      assert.ok(Object.is(score, expected), `${score}, not ${expected}`);
      this.zsets.removeOpened(ref);
      this.close(ref);
    }
  }

  /** Replaces the sorted set by one built of these pairs, each member once. */
  build(pairs: readonly Pair[], sought: boolean): void {
    const key = toAscii("z");
    const ref = this.ks.build(key, 0, key.length, TYPE_ZSET);
    for (const { member, score } of pairs) {
      const bytes = toAscii(member);
      if (!sought) this.builder.add(score, bytes, 0, bytes.length);
      else if (this.builder.find(bytes, 0, bytes.length) === 0) {
        this.builder.addSought(score, bytes, 0, bytes.length);
      } else assert.fail("each member comes once");
    }
    this.builder.sort();
    this.builder.fill(ref);
    this.named = pairs.length > this.zsets.maxListpackEntries ||
      pairs.some((pair) => pair.member.length > this.zsets.maxListpackValue);
    this.model = pairs.map(({ member, score }) => ({ member, score: this.named ? score : score + 0 })).sort(
      order,
    );
    assert.equal(this.ks.install(this.ks.databases[0], ref), pairs.length > 0);
  }

  override elementsOf(ref: Ref): Pair[] {
    const sink = new PairSink();
    const { cursor } = this;
    for (let more = cursor.seek(ref, 0); more; more = cursor.next()) {
      sink.scored(cursor.member, 0, cursor.score);
    }
    return sink.pairs;
  }

  override elementsUnder(root: Ref): Pair[] {
    const sink = new PairSink();
    let position = 0;
    do position = this.zsets.emitRoot(root, position, sink); while (position !== 0);
    return sink.pairs;
  }

  verify(probe: number): void {
    verifyKeyspace(this.ks);
    const { ref, model, zsets } = this;
    assert.equal(ref !== 0, model.length > 0);
    if (ref === 0) return;
    assert.equal(zsets.count(ref), model.length);
    assert.equal(zsets.encodingName(ref), this.named ? "skiplist" : "listpack");
    assert.deepEqual(this.elementsOf(ref), model);
    if (!this.isLarge) {
      const sink = new PairSink();
      zsets.emitPacked(ref, sink);
      assert.deepEqual(sink.pairs, model);
    }
    const at = probe % model.length;
    for (const i of [0, at, model.length - 1]) {
      const bytes = toAscii(model[i].member);
      assert.equal(zsets.rank(ref, bytes, 0, bytes.length), i);
      assert.equal(zsets.newScore, model[i].score);
      assert.equal(zsets.score(ref, bytes, 0, bytes.length), model[i].score);
      const { score } = model[i];
      assert.equal(zsets.countBelow(ref, score, false), model.filter((pair) => pair.score < score).length);
      assert.equal(zsets.countBelow(ref, score, true), model.filter((pair) => pair.score <= score).length);
    }
    const absent = toAscii("not there");
    assert.equal(zsets.rank(ref, absent, 0, absent.length), -1);
    assert.ok(Number.isNaN(zsets.score(ref, absent, 0, absent.length)));
    let i = at;
    for (let more = this.cursor.seek(ref, at); more; more = this.cursor.prev()) {
      assert.equal(this.cursor.score, model[i--].score);
    }
    assert.equal(i, -1);
    assert.ok(!this.cursor.seek(ref, -1) && !this.cursor.seek(ref, model.length));
  }

  /** Every element of a large one comes once. */
  verifyScan(count: number): void {
    if (this.ref === 0 || !this.isLarge) return;
    const list = new RefList();
    let cursor = 0;
    do cursor = this.zsets.scan(this.ref, cursor, count, list); while (cursor !== 0);
    assert.equal(new Set(list.refs.subarray(0, list.length)).size, this.model.length);
    assert.equal(list.length, this.model.length);
  }
}

const score = fc.oneof(
  fc.constantFrom(0, -0, 1, 1.5, -3, Infinity, -Infinity, 1e17, 5e-324, -5e-324, -1e-310, 1.0000000000000002),
  fc.integer({ min: 0, max: 1000 }),
);
const length = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: 0, max: 20 }) },
  { weight: 3, arbitrary: fc.constantFrom(63, 64, 65, 126, 127, 128, 200) },
  { weight: 2, arbitrary: fc.constantFrom(2000, 5000) },
  { weight: 1, arbitrary: fc.constantFrom(16383, 16384, 32768, 32769, 70_000) },
);

/** A member that its number tells from others. */
function member(n: number, len: number): string {
  return `m${n}`.padEnd(len, String.fromCharCode(97 + n % 26));
}

const conditions = fc.constantFrom(
  0,
  0,
  0,
  ADD_INCR,
  ADD_NX,
  ADD_XX,
  ADD_GT,
  ADD_LT,
  ADD_XX | ADD_GT | ADD_INCR,
);
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ op: fc.constant("one" as const), n: fc.nat(900), length, score, conditions }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      op: fc.constant("many" as const),
      n: fc.nat(900),
      count: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 100, max: 500 })),
      score,
      conditions,
      spread: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ op: fc.constant("remove" as const), n: fc.nat(900), count: fc.nat(200) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ op: fc.constant("range" as const), n: fc.nat(900), count: fc.nat(300) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant("pop" as const),
      first: fc.boolean(),
      count: fc.oneof(fc.nat(5), fc.nat(200)),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant("build" as const),
      n: fc.nat(900),
      count: fc.oneof(fc.nat(10), fc.nat(600)),
      score,
      sought: fc.boolean(),
      length,
    }),
  },
  { weight: 4, arbitrary: wholeStep },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function apply(world: World, each: Step): void {
  if (each.op === "one") {
    world.add([{ member: member(each.n, each.length), score: each.score }], each.conditions);
  } else if (each.op === "many") {
    const pairs = Array.from({ length: each.count }, (_, i) => ({
      member: member((each.n + i * 7) % 900, 8),
      score: each.spread ? ((i * 37) % 101) / 4 : each.score,
    }));
    world.add(pairs, each.conditions);
  } else if (each.op === "remove") {
    for (let i = 0; i < each.count; i++) world.remove1(member((each.n + i) % 900, 8));
  } else if (each.op === "range") world.removeRange(each.n, each.count);
  else if (each.op === "pop") world.pop(each.first, each.count);
  else if (each.op === "build") {
    world.release();
    const pairs = Array.from({ length: each.count }, (_, i) => ({
      member: member(each.n + i, i === 3 ? each.length : 8),
      score: i % 3 === 0 ? each.score : ((i * 37) % 101) / 4,
    }));
    world.build(pairs, each.sought);
  } else world.applyWhole(each.op);
}

for (const [entries, value] of [[128, 64], [512, 64], [3, 8], [2 ** 31, 2 ** 31]]) {
  Deno.test(`sorted sets agree with a sorted array, limits ${entries} and ${value}`, () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 20, size: "max" }), (steps) => {
        const world = new World();
        world.zsets.maxListpackEntries = entries;
        world.zsets.maxListpackValue = value;
        for (const each of steps) {
          apply(world, each);
          world.verify("n" in each ? each.n : 5);
        }
        world.verifyScan(10);
        world.checkNothingLeft();
      }),
      { numRuns: 60 },
    );
  });
}

Deno.test("a sorted set is named by its limits before members are looked at, where the command says so", () => {
  const world = new World();
  const ref = world.open();
  world.zsets.expect(ref, 128, 64);
  assert.equal(world.zsets.encodingName(ref), "listpack");
  world.zsets.expect(ref, 129, 1);
  assert.equal(world.zsets.encodingName(ref), "skiplist");
  world.close(ref);
});

Deno.test("a large sorted set goes out in slices and is freed by steps", () => {
  const world = new World();
  const pairs = Array.from(
    { length: 20_000 },
    (_, i) => ({ member: `m${String(i).padStart(6, "0")}`, score: i >> 2 }),
  );
  world.build(pairs, false);
  const root = world.ks.entries.word2(world.ref);
  const seen: Pair[] = [];
  let position = 0;
  let slices = 0;
  do {
    const sink = new PairSink();
    position = world.zsets.emitRoot(root, position, sink);
    assert.ok(sink.pairs.length <= 256);
    seen.push(...sink.pairs);
    slices++;
  } while (position !== 0);
  assert.deepEqual(seen, world.model);
  assert.ok(slices >= 20_000 / 256);
  const steps = world.dropBySteps();
  assert.ok(steps >= 200, `${steps} steps`);
  world.verify(0);
});

Deno.test("what a builder collected and nobody wanted is freed", () => {
  const world = new World();
  const before = world.ks.arena.usedBytes;
  for (const sought of [false, true]) {
    for (let i = 0; i < 10_000; i++) {
      const bytes = toAscii(`m${(i * 7919) % 10_000}`);
      if (sought) assert.equal(world.builder.find(bytes, 0, bytes.length), 0);
      if (sought) world.builder.addSought(i, bytes, 0, bytes.length);
      else world.builder.add(-i, bytes, 0, bytes.length);
    }
    world.builder.sort();
    for (let i = 1; i < 10_000; i++) assert.ok(world.builder.scores[i - 1] < world.builder.scores[i]);
    world.builder.discard();
    assert.equal(world.ks.arena.usedBytes, before);
  }
});
