/**
 * Lists against arrays, through both forms and both names, with a frozen past;
 * and the names against the rules of Redis, computed in another way.
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { CollectingOrphanage } from "../../tests/support/orphanage.ts";
import { Arena } from "../arena/arena.ts";
import { type Ref } from "../arena/layout.ts";
import { Nodes } from "../arena/nodes.ts";
import { latin1, toAscii } from "../base/ascii.ts";
import { Slice } from "../base/slice.ts";
import { Packs } from "../pack/pack.ts";
import { type ElementSink } from "./collection.ts";
import { Entries, NO_EXPIRE, TYPE_LIST } from "./entry.ts";
import { Lists } from "./list.ts";
import { listpackElementBytes } from "./listpack_size.ts";
import { Roots } from "./root.ts";

class World implements ElementSink {
  readonly arena = new Arena();
  readonly entries = new Entries(this.arena, 1, 2);
  readonly nodes = new Nodes(this.arena, this.entries);
  readonly packs = new Packs(this.nodes);
  readonly roots = new Roots(this.nodes);
  readonly lists = new Lists(this.entries, this.roots, this.packs);
  readonly emitted: string[] = [];
  readonly #out = new Slice();

  constructor() {
    this.arena.fillFreed = true;
  }

  create(): Ref {
    const ref = this.entries.create(TYPE_LIST, 0, toAscii("k"), 0, 1, NO_EXPIRE, 0);
    this.lists.init(ref);
    return ref;
  }

  free(ref: Ref): void {
    const block = this.entries.word2(ref);
    if (!this.entries.isLarge(ref)) this.lists.freePacked(ref);
    else {
      while (this.lists.reclaimRoot(block));
      this.roots.free(block);
    }
    this.entries.free(ref);
  }

  read(): string {
    this.lists.read(this.#out);
    return latin1(this.#out.buf, this.#out.off, this.#out.off + this.#out.len);
  }

  /** All items, forward; backward must be the same. */
  items(ref: Ref): string[] {
    const items: string[] = [];
    if (this.lists.seek(ref, 0)) {
      do items.push(this.read()); while (this.lists.next());
    }
    let at = items.length;
    if (this.lists.seek(ref, -1)) {
      do assert.equal(this.read(), items[--at]); while (this.lists.prev());
    }
    assert.equal(at, 0);
    assert.equal(this.lists.seek(ref, items.length), false);
    assert.equal(this.lists.seek(ref, -items.length - 1), false);
    return items;
  }

  item(bytes: Slice, big: number): void {
    const text = latin1(bytes.buf, bytes.off, bytes.off + bytes.len);
    assert.equal(big !== 0, bytes.buf.length === text.length && text.length > 65536);
    this.emitted.push(text);
  }

  field(): void {
    throw new Error("a list has no fields");
  }

  scored(): void {
    throw new Error("a list has no scores");
  }

  /** What a snapshot reads from a root. */
  emitAll(root: Ref): string[] {
    this.emitted.length = 0;
    let position = 0;
    do position = this.lists.emitRoot(root, position, this); while (position !== 0);
    return this.emitted;
  }

  pop(ref: Ref, first: boolean): string {
    this.lists.openEnd(ref, first, this.#out);
    const text = latin1(this.#out.buf, this.#out.off, this.#out.off + this.#out.len);
    this.lists.removeOpened(ref);
    return text;
  }

  pushTail(ref: Ref, text: string): void {
    const bytes = toAscii(text);
    this.lists.pushTail(ref, bytes, 0, bytes.length);
  }
}

/** A second opinion on the size of an element in a listpack. */
function elementBytes(text: string): number {
  let body: number;
  const isInt = /^(0|-?[1-9][0-9]{0,18})$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text);
  if (isInt) {
    const n = BigInt(text);
    const fits = (bits: number) => n === BigInt.asIntN(bits, n);
    body = n >= 0n && n < 128n ? 1 : fits(13) ? 2 : fits(16) ? 3 : fits(24) ? 4 : fits(32) ? 5 : 9;
  } else body = text.length + (text.length < 64 ? 1 : text.length < 4096 ? 2 : 5);
  return body + (body <= 127 ? 1 : body < 16383 ? 2 : body < 2097151 ? 3 : body < 268435455 ? 4 : 5);
}

Deno.test("listpackElementBytes: every form at its limits", () => {
  const numbers = [0n, 7n, 12n, 13n, 15n, 16n, 23n, 24n, 31n, 32n, 52n, 53n, 54n, 63n, 64n]
    .flatMap((bits) => [-1n, 0n, 1n].flatMap((d) => [2n ** bits + d, -(2n ** bits) + d])).map(String);
  const texts = ["", "-", "-0", "00", "01", "+1", "1 ", " 1", "1.0", "0x1", "9".repeat(19), "9".repeat(20)];
  const lengths = [1, 20, 21, 63, 64, 125, 126, 127, 4095, 4096, 16376, 16377, 16378, 16383, 70000, 2097151];
  for (const text of [...numbers, ...texts, ...lengths.map((n) => "x".repeat(n))]) {
    assert.equal(listpackElementBytes(toAscii(text), 0, text.length), elementBytes(text), text.slice(0, 30));
  }
});

/** Which name a list has after a step, from its name before. */
class NameModel {
  listpack = true;
  readonly #limitBytes: number;
  readonly #limitItems: number;
  readonly #positive: boolean;

  constructor(size: number) {
    this.#positive = size >= 0;
    this.#limitBytes = this.#positive ? 8192 : [4096, 8192, 16384, 32768, 65536][Math.min(5, -size) - 1];
    this.#limitItems = this.#positive ? Math.max(1, size) : Infinity;
  }

  growing(items: readonly string[], added: readonly string[]): void {
    const bytes = this.#bytes(items) + added.reduce((sum, text) => sum + text.length, 0);
    if (bytes > this.#limitBytes || items.length + added.length > this.#limitItems) this.listpack = false;
  }

  shrunk(items: readonly string[]): void {
    const few = this.#positive && items.length <= 8;
    const bytes = few ? Infinity : this.#positive ? this.#limitBytes : this.#limitBytes / 2;
    if (this.#bytes(items) <= bytes && items.length <= Math.floor(this.#limitItems / 2)) this.listpack = true;
  }

  #bytes(items: readonly string[]): number {
    return items.reduce((sum, text) => sum + elementBytes(text), 7);
  }
}

const text = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -200, max: 200000 }).map(String) },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 40 }).map((n) => "abcdefgh".repeat(5).slice(0, n)) },
  { weight: 2, arbitrary: fc.integer({ min: 60, max: 300 }).map((n) => "z".repeat(n)) },
  { weight: 1, arbitrary: fc.constantFrom(1024, 1025, 3000, 16383, 16384, 65537).map((n) => "y".repeat(n)) },
);
const texts = fc.tuple(fc.array(text, { minLength: 1, maxLength: 12 }), fc.constantFrom(1, 1, 4, 30))
  .map(([some, times]) => Array.from({ length: times }, () => some).flat());
const at = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const count = fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 300 }));
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ op: fc.constantFrom("head" as const, "tail" as const), texts }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("insert" as const), at, text }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("set" as const), at, text }) },
  { weight: 4, arbitrary: fc.record({ op: fc.constant("remove" as const), at, count }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constantFrom("popHead" as const, "popTail" as const), count }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("equal" as const), at, count, back: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ op: "copy" as const }) },
  { weight: 1, arbitrary: fc.constant({ op: "freeze" as const }) },
  { weight: 1, arbitrary: fc.constant({ op: "thaw" as const }) },
);

for (const size of [-1, -2, -3, -5, 0, 1, 6, 200]) {
  Deno.test(`Lists: random histories with list-max-listpack-size ${size}`, () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 50 }), (steps) => {
        const w = new World();
        const { lists, entries, nodes } = w;
        lists.maxListpackSize = size;
        const names = new NameModel(size);
        let orphanage = new CollectingOrphanage(nodes);
        const ref = w.create();
        let model: string[] = [];
        let frozen: Ref = 0, frozenModel: string[] = [];
        const thaw = () => {
          nodes.frozen = null;
          if (frozen === 0) return;
          assert.deepEqual(w.emitAll(frozen), frozenModel);
          w.roots.free(frozen);
          frozen = 0;
          orphanage.freeAll();
          orphanage = new CollectingOrphanage(nodes);
        };
        for (const s of steps) {
          // As the keyspace does: a packed list shares nothing.
          nodes.frozen = frozen !== 0 && entries.isLarge(ref) ? orphanage : null;
          const index = "at" in s ? Math.floor(s.at * model.length) : 0;
          if (s.op === "head" || s.op === "tail") {
            lists.growing(ref, s.texts.reduce((sum, t) => sum + t.length, 0), s.texts.length);
            names.growing(model, s.texts);
            for (const t of s.texts) {
              if (s.op === "tail") {
                w.pushTail(ref, t);
                model.push(t);
              } else {
                lists.pushHead(ref, toAscii(t), 0, t.length);
                model.unshift(t);
              }
            }
          } else if (s.op === "insert" || s.op === "set") {
            if (model.length === 0) continue;
            lists.growing(ref, s.text.length, 1);
            names.growing(model, [s.text]);
            if (s.op === "insert") {
              lists.insert(ref, index, toAscii(s.text), 0, s.text.length);
              model.splice(index, 0, s.text);
            } else {
              lists.set(ref, index, toAscii(s.text), 0, s.text.length);
              model[index] = s.text;
              lists.shrunk(ref);
              names.shrunk(model);
            }
          } else if (s.op === "remove" || s.op === "popHead" || s.op === "popTail") {
            const n = Math.min(s.count, model.length - index);
            // The last item stays: an empty list is removed with its key.
            if (n >= model.length) continue;
            if (s.op === "remove") {
              lists.removeRange(ref, index, n);
              model.splice(index, n);
              lists.shrunk(ref);
              names.shrunk(model);
            }
            for (let i = 0; s.op !== "remove" && i < n; i++) {
              const first: boolean = s.op === "popHead";
              assert.equal(w.pop(ref, first), first ? model.shift() : model.pop());
              lists.shrunk(ref);
              names.shrunk(model);
            }
          } else if (s.op === "equal") {
            if (model.length === 0) continue;
            const target = model[index];
            assert.equal(lists.indexOf(ref, toAscii(target), 0, target.length), model.indexOf(target));
            let removed = 0;
            const keep = (other: string) => other !== target || removed++ >= s.count;
            const left = s.back ? model.toReversed().filter(keep).reverse() : model.filter(keep);
            if (left.length === 0) continue;
            model = left;
            assert.equal(
              lists.removeEqual(ref, toAscii(target), 0, target.length, s.count, s.back),
              Math.min(removed, s.count),
            );
            lists.shrunk(ref);
            names.shrunk(model);
          } else if (s.op === "copy") {
            const held = nodes.frozen;
            nodes.frozen = null;
            const copy = w.create();
            lists.copyInto(ref, copy);
            lists.verify(copy);
            assert.equal(lists.encodingName(copy), lists.encodingName(ref));
            assert.deepEqual(w.items(copy), model);
            w.free(copy);
            nodes.frozen = held;
          } else if (s.op === "thaw") thaw();
          else if (frozen === 0 && entries.isLarge(ref)) {
            frozen = w.roots.copy(entries.word2(ref));
            frozenModel = model.slice();
            entries.nextEpoch();
          }
          nodes.frozen = null;
          lists.verify(ref);
          assert.equal(lists.count(ref), model.length);
          assert.deepEqual(w.items(ref), model);
          // A quicklist of several sparse leaves need not be found to be small.
          const name = names.listpack ? "listpack" : "quicklist";
          if (lists.encodingName(ref) !== name) {
            assert.equal(name, "listpack");
            assert.ok(entries.isLarge(ref));
            names.listpack = false;
          }
          w.arena.verify();
        }
        thaw();
        w.emitted.length = 0;
        if (!entries.isLarge(ref)) lists.emitPacked(ref, w);
        else w.emitAll(entries.word2(ref));
        assert.deepEqual(w.emitted, model);
        w.free(ref);
        assert.equal(w.arena.usedBytes, 0);
        assert.equal(nodes.orphanedBytes, 0);
      }),
      { numRuns: 60 },
    );
  });
}

Deno.test("Lists: a list freed while it is frozen leaves everything to the frozen root", () => {
  const w = new World();
  const ref = w.create();
  const model = Array.from({ length: 3000 }, (_, i) => i % 100 === 0 ? "b".repeat(70000) : `item ${i}`);
  for (const text of model) w.pushTail(ref, text);
  const frozen = w.roots.copy(w.entries.word2(ref));
  w.entries.nextEpoch();
  const orphanage = new CollectingOrphanage(w.nodes);
  w.nodes.frozen = orphanage;
  w.free(ref);
  w.nodes.frozen = null;
  assert.deepEqual(w.emitAll(frozen), model);
  w.roots.free(frozen);
  orphanage.freeAll();
  assert.equal(w.arena.usedBytes, 0);
});

Deno.test("Lists.filled: the name that a list has after it was loaded", () => {
  for (const [items, name] of [[100, "listpack"], [2000, "quicklist"]] as const) {
    const w = new World();
    const ref = w.create();
    for (let i = 0; i < items; i++) w.pushTail(ref, `item ${i}`);
    w.lists.filled(ref);
    w.lists.verify(ref);
    assert.equal(w.lists.encodingName(ref), name);
  }
});
