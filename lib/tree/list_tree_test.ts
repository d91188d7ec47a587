/**
 * Trees of lists against arrays: random histories, and what a frozen top still
 * shows while the live one goes on.
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { CollectingOrphanage } from "../../tests/support/orphanage.ts";
import { Arena } from "../arena/arena.ts";
import { NIL, type Ref } from "../arena/layout.ts";
import { Nodes } from "../arena/nodes.ts";
import { Slice } from "../base/slice.ts";
import { Packs } from "../pack/pack.ts";
import { ListCursor } from "./list_cursor.ts";
import { LEAF_INLINE_MAX, ListTree } from "./list_tree.ts";

/** Items are numbers, stored with a length that depends on them. */
class World {
  readonly arena = new Arena();
  readonly epochs = { epoch: 1 };
  readonly nodes = new Nodes(this.arena, this.epochs);
  readonly packs = new Packs(this.nodes);
  readonly tree = new ListTree(this.nodes, this.packs);
  readonly cursor = new ListCursor(this.packs, this.tree.branches);
  readonly lengthOf: (item: number) => number;
  readonly #buf = new Uint8Array(70000);
  readonly #out = new Slice();

  constructor(lengthOf: (item: number) => number) {
    this.lengthOf = lengthOf;
    this.arena.fillFreed = true;
  }

  /** The bytes of an item, its number first. */
  bytes(item: number): Uint8Array {
    const bytes = this.#buf.subarray(0, this.lengthOf(item)).fill(item & 0xff);
    new DataView(this.#buf.buffer).setInt32(0, item);
    return bytes;
  }

  /** The item that the cursor is on. */
  item(): number {
    const out = this.#out;
    this.cursor.read(out);
    const item = new DataView(out.buf.buffer, out.buf.byteOffset + out.off).getInt32(0);
    assert.equal(out.len, this.lengthOf(item));
    assert.ok(out.copy().subarray(4).every((byte) => byte === (item & 0xff)));
    return item;
  }

  /** All items, walked forward; walking backward must give the same. */
  items(top: Ref): number[] {
    const items: number[] = [];
    if (!this.cursor.seekTree(top, 0)) return items;
    do items.push(this.item()); while (this.cursor.next());
    assert.ok(this.cursor.seekTree(top, items.length - 1));
    assert.ok(!this.cursor.seekTree(top, items.length));
    this.cursor.seekTree(top, items.length - 1);
    let at = items.length;
    do assert.equal(this.item(), items[--at]); while (this.cursor.prev());
    assert.equal(at, 0);
    return items;
  }

  pushTail(top: Ref, item: number): Ref {
    const bytes = this.bytes(item);
    return this.tree.pushTail(top, bytes, 0, bytes.length);
  }

  clear(top: Ref): void {
    while (top !== NIL) top = this.tree.takeLeaf(top);
  }
}

const LENGTHS: Readonly<Record<string, (item: number) => number>> = {
  short: (item) => 4 + item % 5,
  "of a few hundred bytes": (item) => 100 + item % 700,
  "around the longest within a leaf": (item) => LEAF_INLINE_MAX - 3 + item % 6,
  mixed: (item) => item % 50 === 0 ? 66000 : item % 9 === 0 ? 3000 : 4 + item % 200,
};

const at = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const count = fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 1500 }));
const step = fc.oneof(
  { weight: 2, arbitrary: fc.record({ op: fc.constantFrom("head" as const, "tail" as const), count }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("insert" as const), at, count }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("scatter" as const), count }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant("remove" as const), at, count }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constantFrom("popHead" as const, "popTail" as const), count }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("set" as const), at, count }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("equal" as const), at, count, back: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ op: "freeze" as const }) },
  { weight: 1, arbitrary: fc.constant({ op: "thaw" as const }) },
);

for (const [name, lengthOf] of Object.entries(LENGTHS)) {
  Deno.test(`ListTree: random histories, items ${name}`, () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
        const w = new World(lengthOf);
        let orphanage = new CollectingOrphanage(w.nodes);
        const limit = name === "short" ? 6000 : 400;
        let model: number[] = [];
        let top: Ref = NIL, frozen: Ref = NIL, frozenModel: number[] = [];
        let last = 0;
        // Items repeat, so that equal ones are found.
        const fresh = () => (last = (last * 5 + 1) % 4093) % 97 + (last % 7 === 0 ? 1000 : 0);
        const thaw = () => {
          if (frozen === NIL) return;
          assert.deepEqual(w.items(frozen), frozenModel);
          frozen = NIL;
          w.nodes.frozen = null;
          orphanage.freeAll();
          orphanage = new CollectingOrphanage(w.nodes);
        };
        for (const s of steps) {
          let index = "at" in s ? Math.floor(s.at * model.length) : 0;
          switch (s.op) {
            case "head":
            case "tail":
            case "insert":
              for (let i = 0; i < s.count && model.length < limit; i++) {
                const item = fresh();
                const bytes = w.bytes(item);
                if (s.op === "head") {
                  top = w.tree.pushHead(top, bytes, 0, bytes.length);
                  model.unshift(item);
                } else if (s.op === "tail") {
                  top = w.tree.pushTail(top, bytes, 0, bytes.length);
                  model.push(item);
                } else {
                  top = w.tree.insert(top, index, bytes, 0, bytes.length);
                  model.splice(index, 0, item);
                }
              }
              break;
            case "scatter":
              for (let i = 0; i < s.count && model.length < limit; i++) {
                const item = fresh();
                index = (i * 7919) % (model.length + 1);
                const bytes = w.bytes(item);
                top = w.tree.insert(top, index, bytes, 0, bytes.length);
                model.splice(index, 0, item);
              }
              break;
            case "remove": {
              const n = Math.min(s.count, model.length - index);
              if (n > 0) top = w.tree.removeRange(top, index, n);
              model.splice(index, n);
              break;
            }
            case "popHead":
            case "popTail":
              for (let i = 0; i < s.count && model.length > 0; i++) {
                const first: boolean = s.op === "popHead";
                top = w.tree.openEnd(top, first);
                w.cursor.pack = w.tree.endLeaf;
                w.cursor.position = w.tree.endPosition;
                assert.equal(w.item(), first ? model.shift() : model.pop());
                top = w.tree.removeOpened(top);
              }
              break;
            case "set":
              for (let i = 0; i < s.count && model.length > 0; i++) {
                index = (index + i * 31) % model.length;
                const item = fresh();
                const bytes = w.bytes(item);
                top = w.tree.set(top, index, bytes, 0, bytes.length);
                model[index] = item;
              }
              break;
            case "equal": {
              if (model.length === 0) break;
              const item = model[index];
              const bytes = w.bytes(item);
              assert.equal(w.tree.indexOf(top, bytes, 0, bytes.length), model.indexOf(item));
              top = w.tree.removeEqual(top, bytes, 0, bytes.length, s.count, s.back);
              let removed = 0;
              const keep = (other: number) => other !== item || removed++ >= s.count;
              model = s.back ? model.reverse().filter(keep).reverse() : model.filter(keep);
              assert.equal(w.tree.removed, Math.min(removed, s.count));
              break;
            }
            case "thaw":
              thaw();
              break;
            case "freeze":
              if (frozen !== NIL || top === NIL) break;
              frozen = top;
              frozenModel = model.slice();
              w.nodes.frozen = orphanage;
              w.epochs.epoch++;
          }
          assert.equal(w.tree.verify(top), model.length);
          assert.deepEqual(w.items(top), model);
          w.arena.verify();
        }
        if (frozen !== NIL) {
          // While it is dropped wholly, the frozen one stays as it is.
          w.clear(top);
          assert.deepEqual(w.items(frozen), frozenModel);
          orphanage.freeAll();
        } else w.clear(top);
        assert.equal(w.arena.usedBytes, 0);
        assert.equal(w.nodes.orphanedBytes, 0);
      }),
      { numRuns: 60 },
    );
  });
}

Deno.test("ListTree: what is pushed at one end fills its leaves", () => {
  const w = new World(() => 14);
  let top: Ref = NIL;
  for (let i = 0; i < 25500; i++) top = w.pushTail(top, i);
  // 255 items of 16 bytes fill a leaf but for 4 bytes: 100 leaves, and inner nodes of 512 bytes.
  assert.ok(w.arena.usedBytes <= 100 * 4096 + 4 * 576, `${w.arena.usedBytes}`);
  const bytes = w.bytes(7);
  for (let i = 0; i < 25500; i++) top = w.tree.pushHead(top, bytes, 0, 14);
  assert.ok(w.arena.usedBytes <= 201 * 4096 + 8 * 576, `${w.arena.usedBytes}`);
  assert.equal(w.tree.verify(top), 51000);
});

Deno.test("ListTree.insert: inserting again and again behind the last item of a full leaf does not make tiny leaves", () => {
  const w = new World(() => 14);
  let top: Ref = NIL;
  for (let i = 0; i < 25500; i++) top = w.pushTail(top, i);
  const before = w.arena.usedBytes;
  const bytes = w.bytes(7);
  for (let i = 0; i < 10000; i++) top = w.tree.insert(top, 255, bytes, 0, 14);
  assert.ok(w.arena.usedBytes - before < 10000 * 16 * 2.2, `${w.arena.usedBytes - before}`);
  w.tree.verify(top);
});
