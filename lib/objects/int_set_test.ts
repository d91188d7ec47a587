import assert from "node:assert/strict";
import fc from "fast-check";
import { Arena } from "../arena/arena.ts";
import { type Ref } from "../arena/layout.ts";
import { Nodes } from "../arena/nodes.ts";
import { latin1, toAscii } from "../base/ascii.ts";
import { INT64_DIGITS_MAX } from "../base/int64_words.ts";
import { INT_SET_MAX, IntSets } from "./int_set.ts";

const INT64_MIN = -(2n ** 63n);

/** An int set and the integers that it should have. */
class World {
  readonly arena = new Arena();
  readonly ints: IntSets;
  readonly model = new Set<bigint>();
  ref: Ref;
  readonly #digits = new Uint8Array(INT64_DIGITS_MAX);

  constructor() {
    this.arena.fillFreed = true;
    this.ints = new IntSets(new Nodes(this.arena, { epoch: 1 }));
    this.ref = this.ints.create();
  }

  find(n: bigint): boolean {
    const bytes = toAscii(`${n}`);
    assert.ok(this.ints.value.parse(bytes, 0, bytes.length));
    return this.ints.find(this.ref);
  }

  toggle(n: bigint): void {
    const found = this.find(n);
    assert.equal(found, this.model.has(n));
    if (found) {
      this.ref = this.ints.removeAt(this.ref, this.ints.place);
      this.model.delete(n);
    } else if (this.model.size < INT_SET_MAX) {
      this.ref = this.ints.insert(this.ref);
      this.model.add(n);
    }
  }

  /** All integers of an int set, in its order. */
  read(ref: Ref): bigint[] {
    return Array.from({ length: this.ints.count(ref) }, (_, i) => {
      this.ints.load(ref, i);
      return BigInt(latin1(this.#digits, 0, this.ints.value.write(this.#digits)));
    });
  }

  verify(): void {
    this.arena.verify();
    assert.equal(this.ints.verify(this.ref), this.model.size);
    assert.deepEqual(this.read(this.ref), [...this.model].sort((a, b) => a < b ? -1 : 1));
    assert.equal(this.arena.usedBytes, this.arena.sizeOf(this.ref));
  }
}

const integer = fc.oneof(
  fc.bigInt({ min: -40n, max: 40n }),
  fc.bigInt({ min: -40_000n, max: 40_000n }),
  fc.bigInt({ min: -(2n ** 32n), max: 2n ** 32n }),
  fc.bigInt({ min: INT64_MIN, max: -INT64_MIN - 1n }),
);

Deno.test("an int set agrees with a Set, whatever widths come", () => {
  fc.assert(
    fc.property(fc.array(integer, { maxLength: 300, size: "max" }), (integers) => {
      const world = new World();
      for (const n of integers) world.toggle(n);
      world.verify();
      for (const n of integers) assert.equal(world.find(n), world.model.has(n));
      const copy = world.ints.copy(world.ref);
      assert.deepEqual(world.read(copy), world.read(world.ref));
      world.ints.free(copy);
      for (const n of [...world.model]) world.toggle(n);
      world.verify();
    }),
    { numRuns: 200 },
  );
});

Deno.test("an int set is as wide as its widest integer was, and shrinks when it is emptied", () => {
  const world = new World();
  for (let i = 0n; i < 512n; i++) world.toggle(i);
  assert.deepEqual([world.ints.width(world.ref), world.arena.sizeOf(world.ref)], [2, 1152]);
  world.toggle(511n);
  world.toggle(32768n);
  assert.equal(world.ints.width(world.ref), 4);
  world.toggle(5n);
  world.toggle(-(2n ** 31n) - 1n);
  assert.equal(world.ints.width(world.ref), 8);
  world.verify();
  for (const n of [...world.model].slice(3)) world.toggle(n);
  world.verify();
  assert.ok(world.arena.sizeOf(world.ref) <= 2 * (12 + 3 * 8));
});
