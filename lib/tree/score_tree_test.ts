import assert from "node:assert/strict";
import fc from "fast-check";
import { CollectingOrphanage } from "../../tests/support/orphanage.ts";
import { Arena } from "../arena/arena.ts";
import { type Ref } from "../arena/layout.ts";
import { Nodes } from "../arena/nodes.ts";
import { latin1, toAscii } from "../base/ascii.ts";
import { Slice } from "../base/slice.ts";
import { ScoreCursor, ScoreTree } from "./score_tree.ts";

interface Item {
  score: number;
  member: string;
  ref: Ref;
}

/** A tree over elements [length u32] bytes, and a sorted array that it must equal. */
class World {
  readonly epochs = { epoch: 1 };
  readonly arena = new Arena();
  readonly nodes = new Nodes(this.arena, this.epochs);
  readonly tree: ScoreTree;
  readonly cursor: ScoreCursor;
  top: Ref = 0;
  items: Item[] = [];

  constructor() {
    this.arena.fillFreed = true;
    this.tree = new ScoreTree(this.nodes, {
      read: (ref, out) => out.set(this.arena.bytes(ref), this.arena.offset(ref) + 4, this.arena.u32(ref, 0)),
    }, 4);
    this.cursor = new ScoreCursor(this.tree);
  }

  element(member: string): Ref {
    const ref = this.arena.alloc(4 + member.length);
    this.arena.setU32(ref, 0, member.length);
    this.arena.bytes(ref).set(toAscii(member), this.arena.offset(ref) + 4);
    return ref;
  }

  /** Adds, or changes the score as ZADD does. */
  put(score: number, member: string): void {
    const old = this.items.findIndex((item) => item.member === member);
    if (old >= 0) {
      const item = this.items[old];
      if (item.score === score) return;
      // While something is frozen the element moves, as Elements.withScore has it.
      const ref = this.nodes.frozen === null ? item.ref : this.element(member);
      this.top = this.tree.update(this.top, item.score, item.ref, score, ref);
      if (ref !== item.ref) this.nodes.freeBlock(item.ref);
      this.items.splice(old, 1);
      this.#place({ score, member, ref });
      return;
    }
    const ref = this.element(member);
    this.top = this.tree.insert(this.top, score, ref);
    this.#place({ score, member, ref });
  }

  #place(item: Item): void {
    let at = this.items.findIndex((other) => order(other, item) > 0);
    if (at < 0) at = this.items.length;
    this.items.splice(at, 0, item);
  }

  remove(index: number): void {
    if (this.items.length === 0) return;
    const [item] = this.items.splice(index % this.items.length, 1);
    this.top = this.tree.remove(this.top, item.score, item.ref);
    this.nodes.freeBlock(item.ref);
  }

  removeRun(index: number, count: number): void {
    if (this.items.length === 0) return;
    const rank = index % this.items.length;
    this.top = this.tree.removeRun(this.top, rank, count);
    const n = this.tree.takenCount;
    assert.ok(n >= 1 && n <= count);
    const gone = this.items.splice(rank, n);
    assert.deepEqual([...this.tree.taken.subarray(0, n)], gone.map((item) => item.ref));
    for (const item of gone) this.nodes.freeBlock(item.ref);
  }

  clear(): void {
    while (this.top !== 0) {
      this.top = this.tree.takeLeaf(this.top);
      const n = this.tree.takenCount;
      const gone = this.items.splice(this.items.length - n, n);
      assert.deepEqual([...this.tree.taken.subarray(0, n)], gone.map((item) => item.ref));
      for (const item of gone) this.nodes.freeBlock(item.ref);
    }
    assert.equal(this.items.length, 0);
  }

  /** What a top leads to, forwards. */
  read(top: Ref): string[] {
    const out: string[] = [];
    const slice = new Slice();
    for (let more = this.cursor.seek(top, 0); more; more = this.cursor.next()) {
      const ref = this.cursor.ref;
      slice.set(this.arena.bytes(ref), this.arena.offset(ref) + 4, this.arena.u32(ref, 0));
      out.push(`${latin1(slice.buf, slice.off, slice.off + slice.len)}=${text(this.cursor.score)}`);
    }
    return out;
  }

  expected(): string[] {
    return this.items.map((item) => `${item.member}=${text(item.score)}`);
  }

  check(): void {
    assert.equal(this.tree.verify(this.top), this.items.length);
    assert.deepEqual(this.read(this.top), this.expected());
    let i = this.items.length;
    for (let more = this.cursor.seek(this.top, i - 1); more; more = this.cursor.prev()) {
      assert.equal(this.cursor.ref, this.items[--i].ref);
    }
    assert.equal(i, 0);
  }

  checkSearches(probe: number): void {
    this.items.forEach((item, i) => {
      if (i % 7 === probe % 7) assert.equal(this.tree.rank(this.top, item.score, item.ref), i);
    });
    const scores = [
      probe / 2,
      -Infinity,
      Infinity,
      0,
      -0,
      ...this.items.slice(0, 5).map((item) => item.score),
    ];
    for (const score of scores) {
      const below = this.items.filter((item) => item.score < score).length;
      const upTo = this.items.filter((item) => item.score <= score).length;
      assert.equal(this.tree.countBelow(this.top, score, false), below);
      assert.equal(this.tree.countBelow(this.top, score, true), upTo);
    }
  }
}

/** -0 apart from 0, which is how it was given. */
function text(score: number): string {
  return Object.is(score, -0) ? "-0" : String(score);
}

function order(a: Item, b: Item): number {
  if (a.score !== b.score) return a.score < b.score ? -1 : 1;
  return a.member < b.member ? -1 : a.member > b.member ? 1 : 0;
}

const anyScore = fc.constantFrom(
  0,
  -0,
  1,
  1.5,
  2,
  3,
  -1,
  1e300,
  -1e300,
  5e-324,
  Infinity,
  -Infinity,
  7,
  8,
  9,
);
const command = fc.record({
  kind: fc.constantFrom("put", "put", "put", "ascending", "descending", "remove", "run", "freeze"),
  score: anyScore,
  seed: fc.nat(5000),
  repeat: fc.integer({ min: 1, max: 120 }),
});
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

function run(world: World, { kind, score, seed, repeat }: Command): void {
  for (let i = 0; i < repeat; i++) {
    const n = (seed * 31 + i * 7919) % 900;
    if (kind === "put") world.put(n % 3 === 0 ? n / 8 : score, `m${n}`);
    else if (kind === "ascending") world.put(1000 + i, `m${n}`);
    else if (kind === "descending") world.put(-1000 - i, `m${n}`);
    else if (kind === "remove") world.remove(n);
    else if (kind === "run") world.removeRun(n, 1 + (seed % 50));
  }
}

Deno.test("any changes leave the order, the ranks and the counts of a sorted array", () => {
  fc.assert(
    fc.property(fc.array(command, { minLength: 5, maxLength: 40 }), (commands) => {
      const world = new World();
      for (const c of commands) {
        run(world, c);
        world.check();
        world.checkSearches(c.seed);
      }
      world.clear();
      assert.equal(world.arena.usedBytes, 0);
      world.arena.verify();
    }),
    { numRuns: 60 },
  );
});

Deno.test("a frozen top reads as it was while its tree goes on changing, and nothing leaks", () => {
  fc.assert(
    fc.property(fc.array(command, { minLength: 5, maxLength: 40 }), (commands) => {
      const world = new World();
      let orphans = new CollectingOrphanage(world.nodes);
      let frozen: { top: Ref; expected: string[] } | null = null;
      const thaw = () => {
        if (frozen !== null) assert.deepEqual(world.read(frozen.top), frozen.expected);
        orphans.freeAll();
        orphans = new CollectingOrphanage(world.nodes);
        frozen = null;
        world.nodes.frozen = null;
      };
      for (const c of commands) {
        if (c.kind === "freeze") {
          thaw();
          world.epochs.epoch++;
          frozen = { top: world.top, expected: world.expected() };
          world.nodes.frozen = orphans;
        }
        run(world, c);
        world.check();
        if (frozen !== null) {
          assert.deepEqual(
            world.read((frozen as { top: Ref }).top),
            (frozen as { expected: string[] }).expected,
          );
        }
      }
      world.clear();
      thaw();
      assert.equal(world.nodes.orphanedBytes, 0);
      assert.equal(world.arena.usedBytes, 0);
      world.arena.verify();
    }),
    { numRuns: 60 },
  );
});

Deno.test("counts by member agree with the model when all scores are equal", () => {
  for (const score of [0, -0, Infinity]) {
    const world = new World();
    for (let i = 0; i < 1500; i++) world.put(score, `m${(i * 7919) % 3001}`);
    world.check();
    const members = world.items.map((item) => item.member);
    for (const probe of ["", "m", "m1", "m15", "m150", "m2999", "n", "\xff", members[0], members[700]]) {
      const bytes = toAscii(`xx${probe}`);
      const below = members.filter((member) => member < probe).length;
      const upTo = members.filter((member) => member <= probe).length;
      assert.equal(world.tree.lexCountBelow(world.top, bytes, 2, probe.length, false), below);
      assert.equal(world.tree.lexCountBelow(world.top, bytes, 2, probe.length, true), upTo);
    }
    world.items.forEach((item, i) => assert.equal(world.tree.rank(world.top, item.score, item.ref), i));
  }
});

Deno.test("0 and -0 are one score: the members decide, and each keeps its sign", () => {
  const world = new World();
  world.put(0, "b");
  world.put(-0, "c");
  world.put(-0, "a");
  assert.deepEqual(world.read(world.top), ["a=-0", "b=0", "c=-0"]);
  assert.equal(world.tree.countBelow(world.top, -0, false), 0);
  assert.equal(world.tree.countBelow(world.top, 0, true), 3);
});

Deno.test("a tree built from sorted elements equals one that was filled one by one, of any size", () => {
  for (const size of [0, 1, 83, 84, 85, 168, 1000, 20000]) {
    const world = new World();
    const scores = Float64Array.from({ length: size }, (_, i) => i >> 1);
    const members = Array.from({ length: size }, (_, i) => `m${String(i).padStart(6, "0")}`);
    const refs = Int32Array.from(members, (member) => world.element(member));
    world.top = world.tree.build(scores, refs, size);
    world.items = members.map((member, i) => ({ member, score: scores[i], ref: refs[i] }));
    world.check();
    if (size > 1) world.put(0.5, "x");
    world.check();
    world.clear();
    assert.equal(world.arena.usedBytes, 0);
  }
});

Deno.test("scores that only grow, or only fall, fill their leaves", () => {
  for (const sign of [1, -1]) {
    const world = new World();
    let elements = 0;
    for (let i = 0; i < 84 * 100; i++) {
      const ref = world.element(`m${i}`);
      elements += world.arena.sizeOf(ref);
      world.top = world.tree.insert(world.top, i * sign, ref);
    }
    assert.equal(world.tree.verify(world.top), 8400);
    const nodes = (world.arena.usedBytes - elements) / 1024;
    assert.ok(nodes >= 100 && nodes <= 140, `tree has ${nodes} nodes`);
  }
});

Deno.test("an element that is not there is a mistake, not a silent no", () => {
  const world = new World();
  const stray = world.element("stray");
  assert.throws(() => world.tree.remove(0, 1, stray), /Cannot find element/);
  world.put(1, "a");
  assert.throws(() => world.tree.remove(world.top, 1, stray), /Cannot find element/);
});
