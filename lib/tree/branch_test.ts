import assert from "node:assert/strict";
import fc from "fast-check";
import { CollectingOrphanage } from "../../tests/support/orphanage.ts";
import { Arena } from "../arena/arena.ts";
import { type Ref } from "../arena/layout.ts";
import { Nodes } from "../arena/nodes.ts";
import { Branches, TreePath } from "./branch.ts";

interface Leaf {
  ref: Ref;
  count: number;
}

/** Leaves of which nothing is known but an identity and a count, and a model of them. */
class World {
  readonly epochs = { epoch: 1 };
  readonly arena = new Arena();
  readonly nodes = new Nodes(this.arena, this.epochs);
  readonly branches: Branches;
  readonly path = new TreePath();
  top: Ref = 0;
  model: Leaf[] = [];
  #next = 1;

  constructor(scored: boolean, fanOut: number) {
    this.arena.fillFreed = true;
    this.branches = new Branches(this.nodes, scored, fanOut);
  }

  get total(): number {
    return this.model.reduce((sum, leaf) => sum + leaf.count, 0);
  }

  /** A number that is no ref: nothing here reads leaves. */
  #leaf(count: number): Leaf {
    return { ref: this.#next++, count };
  }

  /** Opens at a position and returns the index of the leaf there. */
  #open(position: number): number {
    this.top = this.branches.open(this.top, position, this.path);
    const index = this.model.findIndex((leaf) => leaf.ref === this.path.leaf);
    let before = 0;
    for (let i = 0; i < index; i++) before += this.model[i].count;
    assert.equal(before + this.path.offset, position);
    assert.equal(this.branches.leafCount(this.path), this.model[index].count);
    return index;
  }

  insert(position: number, after: number, count: number): void {
    const leaf = this.#leaf(count);
    if (this.top === 0) {
      this.top = this.branches.start(leaf.ref, count, leaf.ref, leaf.ref);
      this.model = [leaf];
      return;
    }
    const index = this.#open(position % (this.total + 1));
    this.top = this.branches.insertLeaf(this.path, after, leaf.ref, count, leaf.ref, leaf.ref);
    this.model.splice(index + after, 0, leaf);
  }

  set(position: number, count: number): void {
    if (this.top === 0) return;
    const index = this.#open(position % (this.total + 1));
    const leaf = this.#leaf(count);
    this.branches.setLeaf(this.path, leaf.ref, count, leaf.ref, leaf.ref);
    this.model[index] = leaf;
  }

  remove(position: number): void {
    if (this.top === 0) return;
    const index = this.#open(position % (this.total + 1));
    this.top = this.branches.removeLeaf(this.path);
    this.model.splice(index, 1);
  }

  /** Removes the leaf beside the one that was looked for, as a merge does. */
  removeSibling(position: number, by: number): void {
    if (this.top === 0) return;
    const index = this.#open(position % (this.total + 1));
    const sibling = this.branches.sibling(this.path, by);
    if (sibling === 0) return;
    assert.equal(sibling, this.model[index + by].ref);
    const merged = this.#leaf(this.model[index].count + this.model[index + by].count);
    this.branches.setLeaf(this.path, merged.ref, merged.count, merged.ref, merged.ref);
    this.branches.toSibling(this.path, by);
    this.top = this.branches.removeLeaf(this.path);
    this.model[index] = merged;
    this.model.splice(index + by, 1);
  }

  read(top: Ref): Leaf[] {
    const leaves: Leaf[] = [];
    this.branches.verify(top, (ref, count, minScore, minRef) => {
      if (this.branches.scored) assert.deepEqual([minScore, minRef], [ref, ref]);
      leaves.push({ ref, count });
    });
    return leaves;
  }

  check(): void {
    assert.deepEqual(this.read(this.top), this.model);
    assert.equal(this.branches.total(this.top), this.total);
  }
}

const command = fc.record({
  kind: fc.constantFrom("insert", "append", "prepend", "remove", "set", "merge", "freeze"),
  position: fc.nat(1000),
  count: fc.integer({ min: 1, max: 5 }),
  repeat: fc.integer({ min: 1, max: 12 }),
});

function run(world: World, kind: string, position: number, count: number): void {
  if (kind === "insert") world.insert(position, position & 1, count);
  else if (kind === "append") world.insert(world.total, 1, count);
  else if (kind === "prepend") world.insert(0, 0, count);
  else if (kind === "remove") world.remove(position);
  else if (kind === "set") world.set(position, count);
  else if (kind === "merge") world.removeSibling(position, (position & 1) === 0 ? 1 : -1);
}

for (const scored of [false, true]) {
  Deno.test(`any changes leave the leaves in the model's order and counts, scored ${scored}`, () => {
    fc.assert(fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
      const world = new World(scored, 5);
      for (const { kind, position, count, repeat } of commands) {
        for (let i = 0; i < repeat; i++) run(world, kind, position + i * 7, count);
        world.check();
      }
      while (world.top !== 0) world.remove(0);
      assert.equal(world.arena.usedBytes, 0);
    }));
  });
}

Deno.test("a frozen top reads as it was, whatever changes after it, and everything is freed in the end", () => {
  fc.assert(fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
    const world = new World(true, 5);
    let orphans = new CollectingOrphanage(world.nodes);
    let frozen = { top: 0, leaves: [] as Leaf[] };
    const thaw = () => {
      assert.deepEqual(world.read(frozen.top), frozen.leaves);
      orphans.freeAll();
      orphans = new CollectingOrphanage(world.nodes);
      world.nodes.frozen = null;
    };
    for (const { kind, position, count, repeat } of commands) {
      if (kind === "freeze") {
        thaw();
        world.epochs.epoch++;
        frozen = { top: world.top, leaves: [...world.model] };
        world.nodes.frozen = orphans;
      }
      for (let i = 0; i < repeat; i++) run(world, kind, position + i * 7, count);
      world.check();
      assert.deepEqual(world.read(frozen.top), frozen.leaves);
    }
    while (world.top !== 0) world.remove(0);
    frozen.top = world.nodes.frozen === null ? 0 : frozen.top;
    if (world.nodes.frozen === null) frozen.leaves = [];
    thaw();
    assert.equal(world.arena.usedBytes, 0);
    world.arena.verify();
  }));
});

Deno.test("a path steps through all leaves in both directions", () => {
  const world = new World(false, 5);
  for (let i = 0; i < 200; i++) world.insert(i * 37, i & 1, 1 + (i % 3));
  const { branches, path } = world;
  const forward = [branches.seek(world.top, 0, path)];
  while (branches.step(path, 1)) forward.push(path.leaf);
  assert.deepEqual(forward, world.model.map((leaf) => leaf.ref));
  const backward = [branches.seek(world.top, world.total, path)];
  assert.equal(path.offset, world.model.at(-1)!.count);
  while (branches.step(path, -1)) {
    backward.push(path.leaf);
    assert.equal(path.offset, branches.leafCount(path) - 1);
  }
  assert.deepEqual(backward.reverse(), forward);
});

Deno.test("leaves added at one end leave full nodes", () => {
  for (const after of [0, 1]) {
    const world = new World(false, 8);
    for (let i = 0; i < 8 * 8 * 8; i++) world.insert(after === 1 ? world.total : 0, after, 1);
    assert.equal(world.branches.level(world.top), 3);
    assert.equal(world.branches.size(world.top), 8);
  }
});
