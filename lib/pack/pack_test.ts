/**
 * Packs against arrays of byte strings: unit cases, and random histories in
 * which a frozen copy of the block has to stay as it is.
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { Arena } from "../arena/arena.ts";
import { Nodes, type Orphanage } from "../arena/nodes.ts";
import { Slice } from "../base/slice.ts";
import { itemBytes, PACK_HEADER_BYTES, Packs } from "./pack.ts";

/** Keeps what it is given, to free it later. */
class TestOrphanage implements Orphanage {
  readonly blocks: number[] = [];
  readonly bigs: number[] = [];

  block(ref: number): void {
    this.blocks.push(ref);
  }

  big(index: number): void {
    this.bigs.push(index);
  }

  freeAll(arena: Arena): void {
    for (const ref of this.blocks.splice(0)) arena.free(ref);
    for (const index of this.bigs.splice(0)) arena.big.free(index);
  }
}

class World {
  readonly arena = new Arena();
  readonly epochs = { epoch: 1 };
  readonly nodes: Nodes;
  readonly packs: Packs;
  readonly startBytes: number;

  constructor() {
    this.arena.fillFreed = true;
    this.nodes = new Nodes(this.arena, this.epochs);
    this.packs = new Packs(this.nodes);
    this.startBytes = this.arena.usedBytes;
  }

  /** Items from first to last, read forward; checks that reading backward gives the same. */
  items(p: number): Uint8Array[] {
    const { packs } = this;
    const out = new Slice();
    const items: Uint8Array[] = [];
    const positions: number[] = [];
    for (let pos = packs.first(p); pos !== packs.end(p); pos = packs.next(p, pos)) {
      packs.read(p, pos, out);
      assert.equal(packs.length(p, pos), out.len);
      items.push(out.copy());
      positions.push(pos);
    }
    let back = packs.end(p);
    for (let i = positions.length - 1; i >= 0; i--) {
      back = packs.prev(p, back);
      assert.equal(back, positions[i]);
      assert.equal(packs.at(p, i), back);
      assert.equal(packs.at(p, i - positions.length), back);
    }
    assert.equal(packs.prev(p, back), 0);
    assert.equal(packs.at(p, positions.length), 0);
    assert.equal(packs.at(p, -positions.length - 1), 0);
    assert.equal(packs.verify(p), items.length);
    return items;
  }

  snapshot(p: number): Uint8Array {
    const at = this.arena.offset(p);
    return this.arena.bytes(p).slice(at, at + this.arena.sizeOf(p));
  }
}

/** `len` bytes that tell items apart. */
function bytesOf(len: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(len);
  for (let i = 0; i < len; i++) bytes[i] = (seed * 31 + i * 7 + (i >>> 8)) & 0xff;
  return bytes;
}

Deno.test("Packs: lengths at the limits of every form come back", () => {
  const w = new World();
  let p = w.packs.create(0);
  const lengths = [0, 1, 126, 127, 128, 129, 255, 256, 2047, 2048, 12000, 16383];
  const model = lengths.map((len, i) => bytesOf(len, i));
  for (const item of model) {
    p = w.packs.pushTail(p, item, 0, item.length);
    assert.equal(w.packs.length(p, w.packs.position), item.length);
  }
  assert.deepEqual(w.items(p), model);
  assert.equal(w.packs.bytes(p), lengths.reduce((sum, len) => sum + itemBytes(len), 0));
  w.packs.free(p);
  assert.equal(w.arena.usedBytes, w.startBytes);
});

Deno.test("Packs.insertOutside: blocks up to 64 KiB, big blocks above, freed with the item and with the pack", () => {
  const w = new World();
  let p = w.packs.create(64);
  const model = [3000, 16384, 65536, 65537, 200000].map((len, i) => bytesOf(len, i));
  // Too long to be inline: goes outside by itself.
  for (const item of model) p = w.packs.pushTail(p, item, 0, item.length);
  p = w.packs.insertOutside(p, w.packs.first(p), model[0], 0, 10);
  assert.deepEqual(w.items(p), [model[0].slice(0, 10), ...model]);
  assert.equal(w.packs.bigIndex(p, w.packs.at(p, 1)), 0);
  assert.equal(w.packs.bigIndex(p, w.packs.at(p, 3)), 0);
  assert.notEqual(w.packs.bigIndex(p, w.packs.at(p, 4)), 0);
  for (let i = 0; i < model.length; i++) {
    assert.equal(w.packs.find(p, model[i], 0, model[i].length, 1), w.packs.at(p, i + 1));
  }
  const copy = w.packs.copy(p);
  p = w.packs.remove(p, w.packs.at(p, 4), 1);
  p = w.packs.replace(p, w.packs.at(p, 4), model[0], 0, 5);
  p = w.packs.replaceOutside(p, w.packs.at(p, 0), model[3], 0, 65537);
  assert.deepEqual(w.items(p), [model[3], model[0], model[1], model[2], model[0].slice(0, 5)]);
  w.packs.free(p);
  assert.deepEqual(w.items(copy), [model[0].slice(0, 10), ...model]);
  w.packs.free(copy);
  assert.equal(w.arena.usedBytes, w.startBytes);
});

Deno.test("Packs.find: equal lengths, prefixes, strides, and lengths whose byte looks like another", () => {
  const w = new World();
  let p = w.packs.create(0);
  const words = ["name", "value", "nam", "name", "values", "value", "", "x"].map((s) =>
    new TextEncoder().encode(s)
  );
  for (const word of words) p = w.packs.pushTail(p, word, 0, word.length);
  const find = (text: string, stride: number) => {
    const bytes = new TextEncoder().encode(text);
    return w.packs.find(p, bytes, 0, bytes.length, stride);
  };
  assert.equal(find("value", 1), w.packs.at(p, 1));
  assert.equal(find("value", 2), 0);
  assert.equal(find("nam", 2), w.packs.at(p, 2));
  assert.equal(find("", 2), w.packs.at(p, 6));
  assert.equal(find("x", 2), 0);
  assert.equal(find("x", 1), w.packs.at(p, 7));
  assert.equal(find("nope", 1), 0);
  // 129 is also the first byte of an item of 256 to 511 bytes.
  const long = bytesOf(300, 1);
  p = w.packs.insert(p, w.packs.first(p), long, 0, 300);
  assert.equal(w.packs.find(p, long, 1, 129, 1), 0);
  assert.equal(w.packs.find(p, long, 0, 300, 1), w.packs.first(p));
});

Deno.test("Packs: pushes and pops at opposite ends stay in one block", () => {
  const w = new World();
  let p = w.packs.create(4096);
  for (let i = 0; i < 100; i++) p = w.packs.pushTail(p, bytesOf(20, i), 0, 20);
  const block = p;
  for (let i = 100; i < 2000; i++) {
    p = w.packs.pushTail(p, bytesOf(20, i), 0, 20);
    p = w.packs.remove(p, w.packs.first(p), 1);
  }
  assert.equal(p, block);
  for (let i = 1999; i < 4000; i++) {
    p = w.packs.pushHead(p, bytesOf(20, i), 0, 20);
    p = w.packs.remove(p, w.packs.at(p, -1), 1);
  }
  assert.equal(p, block);
  assert.equal(w.packs.count(p), 100);
  assert.deepEqual(w.items(p)[0], bytesOf(20, 3999));
});

Deno.test("Packs: blocks shrink with their items, and double() reads eight bytes", () => {
  const w = new World();
  let p = w.packs.create(0);
  for (let i = 0; i < 500; i++) p = w.packs.pushTail(p, bytesOf(30, i), 0, 30);
  assert.ok(w.arena.sizeOf(p) < 500 * 32 * 1.25 + PACK_HEADER_BYTES);
  while (w.packs.count(p) > 3) p = w.packs.remove(p, w.packs.at(p, w.packs.count(p) >> 1), 1);
  assert.ok(w.arena.sizeOf(p) <= 256);
  const score = new Uint8Array(new Float64Array([-1.5e300]).buffer);
  p = w.packs.insert(p, w.packs.at(p, 1), score, 0, 8);
  assert.equal(w.packs.double(p, w.packs.position), -1.5e300);
});

Deno.test("Packs.split and merge: halves and the whole", () => {
  const w = new World();
  const model = Array.from({ length: 60 }, (_, i) => bytesOf(i * 5, i));
  for (const at of [0, 1, 30, 59, 60]) {
    let p = w.packs.create(0);
    for (const item of model) {
      p = item.length > 200
        ? w.packs.insertOutside(p, w.packs.end(p), item, 0, item.length)
        : w.packs.pushTail(p, item, 0, item.length);
    }
    const pos = at === 60 ? w.packs.end(p) : w.packs.at(p, at);
    w.packs.setWeight(p, 4711);
    p = w.packs.split(p, pos, at, 100);
    const right = w.packs.right;
    assert.deepEqual(w.items(p), model.slice(0, at));
    assert.deepEqual(w.items(right), model.slice(at));
    assert.equal(w.packs.weight(p), 4711);
    const whole = w.packs.merge(p, right);
    assert.deepEqual(w.items(whole), model);
    w.packs.free(whole);
    assert.equal(w.arena.usedBytes, w.startBytes);
  }
});

const length = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 40 }) },
  { weight: 2, arbitrary: fc.constantFrom(125, 126, 127, 128, 129, 2047, 2048, 2049) },
  { weight: 1, arbitrary: fc.constantFrom(4000, 16383) },
);
const place = fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true }));
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ op: fc.constant("insert" as const), place, length, outside: fc.boolean() }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ op: fc.constant("replace" as const), place, length, outside: fc.boolean() }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constant("remove" as const),
      place,
      items: fc.integer({ min: 1, max: 9 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("split" as const), place }) },
  { weight: 1, arbitrary: fc.constant({ op: "freeze" as const }) },
  { weight: 1, arbitrary: fc.constant({ op: "thaw" as const }) },
  { weight: 1, arbitrary: fc.constant({ op: "copy" as const }) },
);

Deno.test("Packs: random histories with a frozen past", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 120 }), (steps) => {
      const w = new World();
      const { packs, nodes } = w;
      const orphanage = new TestOrphanage();
      let p = packs.create(0);
      packs.setWeight(p, 77);
      let model: Uint8Array[] = [];
      let frozen = 0, frozenBytes = new Uint8Array(0), frozenItems: Uint8Array[] = [];
      const thaw = () => {
        if (frozen === 0) return;
        assert.deepEqual(w.snapshot(frozen), frozenBytes);
        assert.deepEqual(w.items(frozen), frozenItems);
        frozen = 0;
        nodes.frozen = null;
        orphanage.freeAll(w.arena);
      };
      steps.forEach((s, i) => {
        const n = model.length;
        const index = "place" in s ? Math.min(n, Math.floor(s.place * (n + 1))) : 0;
        const pos = index === n ? packs.end(p) : packs.at(p, index);
        if (s.op === "insert") {
          // A pack ends at 64 KiB.
          if (packs.bytes(p) + s.length > 60000) return;
          const item = bytesOf(s.length, i);
          p = s.outside
            ? packs.insertOutside(p, pos, item, 0, s.length)
            : packs.insert(p, pos, item, 0, s.length);
          model.splice(index, 0, item);
        } else if (s.op === "replace") {
          if (index === n || packs.bytes(p) + s.length > 60000) return;
          const item = bytesOf(s.length, i);
          p = s.outside
            ? packs.replaceOutside(p, pos, item, 0, s.length)
            : packs.replace(p, pos, item, 0, s.length);
          model[index] = item;
        } else if (s.op === "remove") {
          if (index === n) return;
          const items = Math.min(s.items, n - index);
          p = packs.remove(p, pos, items);
          model.splice(index, items);
        } else if (s.op === "split") {
          p = packs.split(p, pos, index, 0);
          const right = packs.right;
          assert.deepEqual(w.items(p), model.slice(0, index));
          assert.deepEqual(w.items(right), model.slice(index));
          p = packs.merge(p, right);
          packs.position = pos;
        } else if (s.op === "copy") {
          const copy = packs.copy(p);
          assert.deepEqual(w.items(copy), model);
          assert.equal(packs.weight(copy), 77);
          // It is of this epoch: nobody but us knows it.
          const held = nodes.frozen;
          nodes.frozen = null;
          packs.free(copy);
          nodes.frozen = held;
        } else if (s.op === "thaw") thaw();
        else if (frozen === 0) {
          frozen = p;
          frozenBytes = w.snapshot(p) as Uint8Array<ArrayBuffer>;
          frozenItems = model.slice();
          nodes.frozen = orphanage;
          w.epochs.epoch++;
        }
        assert.equal(packs.weight(p), 77);
        if (s.op === "insert" || s.op === "replace") {
          assert.equal(packs.position, packs.at(p, index));
        }
        if (s.op === "remove") {
          assert.equal(packs.position, index === model.length ? packs.end(p) : packs.at(p, index));
        }
        assert.deepEqual(w.items(p), model);
        w.arena.verify();
      });
      if (frozen !== 0) {
        assert.deepEqual(w.snapshot(frozen), frozenBytes);
        assert.deepEqual(w.items(frozen), frozenItems);
      }
      packs.free(p);
      orphanage.freeAll(w.arena);
      // What was frozen and never left by the live pack has been orphaned by free.
      assert.equal(w.arena.usedBytes, w.startBytes);
      model = [];
    }),
    { numRuns: 300 },
  );
});
