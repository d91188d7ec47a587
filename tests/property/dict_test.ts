/**
 * The dict against a Map: every operation, then `verify`.
 *
 * Keys are numbers, refs are key * 2 or key * 2 + 1 (a key can change its ref), hashes are made by one of
 * several rules, so that equal hashes and very deep segments occur.
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { Arena } from "../../lib/arena/arena.ts";
import { Random } from "../../lib/base/random.ts";
import { Dict } from "../../lib/dict/dict.ts";
import { RefList } from "../../lib/dict/ref_list.ts";
import { checkEqualChances } from "../support/equal_chances.ts";
import { HASH_RULES, mix } from "./hash_rules.ts";

/** A dict whose keys are numbers of 4 bytes. */
class NumberDict {
  readonly arena = new Arena();
  readonly dict: Dict;
  readonly hashOf: (key: number) => number;
  readonly #bytes = new Uint8Array(4);
  readonly #view = new DataView(this.#bytes.buffer);

  constructor(hashOf: (key: number) => number) {
    this.arena.fillFreed = true;
    this.hashOf = hashOf;
    this.dict = new Dict(this.arena, {
      keyEquals: (ref, buf, off, len) => len === 4 && new DataView(buf.buffer, off).getInt32(0) === ref >> 1,
    });
  }

  find(key: number): number {
    this.#view.setInt32(0, key);
    return this.dict.find(this.hashOf(key), this.#bytes, 0, 4);
  }

  verify(): void {
    this.dict.verify();
    this.arena.verify();
  }
}

type Step =
  | {
    readonly op: "insert" | "remove" | "replace" | "findRef";
    readonly from: number;
    readonly count: number;
  }
  | { readonly op: "scan"; readonly count: number }
  | { readonly op: "random"; readonly count: number };

const KEYS = 3000;
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constantFrom("insert", "remove", "replace", "findRef"),
      from: fc.integer({ min: 1, max: KEYS }),
      count: fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 300, max: KEYS })),
    }),
  },
  fc.record({ op: fc.constant("scan" as const), count: fc.integer({ min: 1, max: 2000 }) }),
  fc.record({ op: fc.constant("random" as const), count: fc.integer({ min: 1, max: 40 }) }),
);

function apply(numbers: NumberDict, model: Map<number, number>, { op, ...rest }: Step): void {
  const { dict } = numbers;
  const random = new Random(rest.count, 2, 3, 4);
  if (op === "scan") return checkScan(dict, model, rest.count);
  if (op === "random") return checkPicks(dict, model, random, rest.count);
  const { from, count } = rest as { from: number; count: number };
  for (let i = 0; i < count; i++) {
    const key = 1 + (from + i) % KEYS;
    const expected = model.get(key) ?? 0;
    assert.equal(numbers.find(key), expected);
    if (op === "insert" && expected === 0) {
      dict.insert(numbers.hashOf(key), key * 2);
      model.set(key, key * 2);
    } else if (op === "remove" && expected !== 0) {
      dict.removeFound();
      model.delete(key);
    } else if (op === "replace" && expected !== 0) {
      dict.replaceFound(expected ^ 1);
      model.set(key, expected ^ 1);
    } else if (op === "findRef") {
      assert.equal(dict.findRef(numbers.hashOf(key), key * 2), expected === key * 2);
      assert.equal(dict.findRef(numbers.hashOf(key), key * 2 + 1), expected === key * 2 + 1);
      const other = numbers.hashOf(key + 1);
      if (other !== numbers.hashOf(key)) assert.ok(!dict.findRef(other, expected), "not under another hash");
    }
  }
}

/** A whole scan of an unchanging dict gives everything once, in batches of about `count`. */
function checkScan(dict: Dict, model: ReadonlyMap<number, number>, count: number): void {
  const list = new RefList();
  let cursor = 0;
  do {
    const before = list.length;
    cursor = dict.scan(cursor, count, list);
    assert.ok(cursor === 0 || list.length - before >= count, "a batch is full unless it is the last");
  } while (cursor !== 0);
  const seen = [...list.refs.subarray(0, list.length)].sort();
  assert.deepEqual(seen, [...model.values()].sort());
}

function checkPicks(dict: Dict, model: ReadonlyMap<number, number>, random: Random, count: number): void {
  const refs = new Set(model.values());
  const pick = dict.random(random);
  assert.ok(refs.size === 0 ? pick === 0 : refs.has(pick));
  const sample = new RefList();
  dict.sample(random, count, sample);
  const taken = new Set(sample.refs.subarray(0, sample.length));
  assert.equal(sample.length, Math.min(count, refs.size));
  assert.equal(taken.size, sample.length, "nothing twice");
  for (const ref of taken) assert.ok(refs.has(ref));
}

for (const [name, hashOf] of Object.entries(HASH_RULES)) {
  Deno.test(`dict agrees with a Map, hashes ${name}`, () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 12, size: "max" }), (steps) => {
        const numbers = new NumberDict(hashOf);
        const model = new Map<number, number>();
        for (const each of steps) {
          apply(numbers, model, each);
          numbers.verify();
          assert.equal(numbers.dict.size, model.size);
        }
        const all = new Map<number, number>();
        numbers.dict.forEach((hash, ref) => all.set(ref, hash | 0));
        assert.equal(all.size, model.size);
        for (const [key, ref] of model) assert.equal(all.get(ref), hashOf(key) | 0);
      }),
      { numRuns: 60 },
    );
  });

  Deno.test(`dict scan returns what is there throughout exactly once, hashes ${name}`, () => {
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
        const numbers = new NumberDict(hashOf);
        // Odd keys stay, even ones come and go.
        const volatile = new Set<number>();
        for (let i = 0; i < stable; i++) numbers.dict.insert(hashOf(i * 2 + 1), (i * 2 + 1) * 2);
        const returned = new Map<number, number>();
        const list = new RefList();
        let cursor = 0;
        let round = 0;
        do {
          list.clear();
          cursor = numbers.dict.scan(cursor, count, list);
          for (let i = 0; i < list.length; i++) {
            const key = list.refs[i] >> 1;
            returned.set(key, (returned.get(key) ?? 0) + 1);
            assert.ok(key % 2 === 1 || volatile.has(key), "only what is there is returned");
          }
          churn(numbers, volatile, rounds[round++ % rounds.length]);
        } while (cursor !== 0);
        numbers.verify();
        for (let i = 0; i < stable; i++) assert.equal(returned.get(i * 2 + 1), 1, `key ${i * 2 + 1}`);
        for (const [key, times] of returned) assert.equal(times, 1, `key ${key}`);
      }),
      { numRuns: 40 },
    );
  });

  Deno.test(`dict random picks are uniform, hashes ${name}`, () => {
    const numbers = new NumberDict(hashOf);
    for (let key = 1; key <= 4000; key++) numbers.dict.insert(hashOf(key), key * 2);
    // Uneven on purpose: one part is thinned out.
    const keys: number[] = [];
    for (let key = 1; key <= 4000; key++) {
      if (hashOf(key) < 0 && key % 4 !== 0) {
        assert.notEqual(numbers.find(key), 0);
        numbers.dict.removeFound();
      } else keys.push(key);
    }
    numbers.verify();
    const random = new Random(1, 2, 3, 4);
    const hits = new Map<number, number>(keys.map((key) => [key, 0]));
    const picksPerKey = 60;
    for (let i = 0; i < keys.length * picksPerKey; i++) {
      const key = numbers.dict.random(random) >> 1;
      hits.set(key, hits.get(key)! + 1);
    }
    checkEqualChances(hits, picksPerKey);
  });
}

/** Inserts or removes a range of even keys. */
function churn(
  numbers: NumberDict,
  volatile: Set<number>,
  change: { insert: boolean; from: number; count: number },
): void {
  for (let i = 0; i < change.count; i++) {
    const key = 2 + 2 * ((change.from + i) % KEYS);
    if (change.insert && !volatile.has(key)) {
      numbers.dict.insert(numbers.hashOf(key), key * 2);
      volatile.add(key);
    } else if (!change.insert && volatile.delete(key)) {
      assert.equal(numbers.find(key), key * 2);
      numbers.dict.removeFound();
    }
  }
}

Deno.test("dict gives its segments back when it shrinks", () => {
  const numbers = new NumberDict(mix);
  const count = 50_000;
  for (let key = 1; key <= count; key++) numbers.dict.insert(mix(key), key * 2);
  assert.ok(numbers.dict.segments > 100);
  for (let key = 1; key <= count; key++) {
    assert.equal(numbers.find(key), key * 2);
    numbers.dict.removeFound();
    if (key % 5000 === 0) numbers.verify();
  }
  assert.equal(numbers.dict.size, 0);
  assert.equal(numbers.dict.segments, 1);
});

Deno.test("dict merges as far as it can at once", () => {
  // Three neighbours of 30, 120 and 400 keys, the first twice as wide.
  const regions = [[0, 30], [0x40000000, 120], [0x60000000, 400]];
  const numbers = new NumberDict((key) => regions[key >> 16][0] + (key & 0xffff) * 0x1000);
  regions.forEach(([, count], region) => {
    for (let i = 0; i < count; i++) {
      const key = (region << 16) | (i + 1);
      numbers.dict.insert(numbers.hashOf(key), key * 2);
    }
  });
  assert.ok(numbers.dict.segments >= 3);
  for (let i = 0; i < 340; i++) {
    assert.notEqual(numbers.find((2 << 16) | (i + 1)), 0);
    numbers.dict.removeFound();
  }
  numbers.verify();
  assert.equal(numbers.dict.size, 210);
  assert.equal(numbers.dict.segments, 1);
});

Deno.test("dict is emptied segment by segment", () => {
  const numbers = new NumberDict(HASH_RULES["with a crowd among them"]);
  for (let key = 1; key <= 5000; key++) numbers.dict.insert(numbers.hashOf(key), key * 2);
  const list = new RefList();
  let steps = 0;
  const segments = numbers.dict.segments;
  while (numbers.dict.takeSegment(list)) steps++;
  assert.equal(steps, segments);
  assert.equal(new Set(list.refs.subarray(0, list.length)).size, 5000);
  assert.equal(numbers.dict.size, 0);
  assert.equal(numbers.dict.segments, 0);
  assert.equal(numbers.arena.usedBytes, 0);
});
