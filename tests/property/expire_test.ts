/** Active expiry, with a clock that the test turns. */

import assert from "node:assert/strict";
import fc from "fast-check";
import {
  ActiveExpiry,
  EXPIRE_FAST,
  EXPIRE_SLOW,
  fastBudgetUs,
  slowBudgetUs,
} from "../../lib/keyspace/expire.ts";
import { NO_EXPIRE } from "../../lib/objects/entry.ts";
import { REMOVED_EXPIRED } from "../../lib/keyspace/ports.ts";
import { verifyKeyspace } from "../../lib/keyspace/verify.ts";
import { TestKeyspace } from "./keyspace_support.ts";

/** A keyspace with active expiry; each look at the clock costs `tickUs`. */
class Setup {
  readonly test: TestKeyspace;
  readonly expiry: ActiveExpiry;
  nowUs = 0;
  tickUs = 1;

  constructor(databases = 1) {
    this.test = new TestKeyspace(databases);
    this.expiry = new ActiveExpiry(this.test.ks, () => this.nowUs += this.tickUs);
  }

  /** `count` keys in `db` of which `stale` have expired. */
  fill(db: number, count: number, stale: number): void {
    const { ks } = this.test;
    for (let i = 0; i < count; i++) {
      this.test.set(db, `${db}:${i}`, "v", i < stale ? ks.nowMs - 1 : ks.nowMs + 50_000);
    }
  }

  get left(): number {
    return this.test.ks.databases.reduce((sum, db) => sum + db.dict.size, 0);
  }
}

Deno.test("slow cycles remove what has expired and nothing else", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ db: fc.nat(2), ttl: fc.integer({ min: -5, max: 6 }) }), {
        maxLength: 3000,
        size: "max",
      }),
      fc.integer({ min: 1, max: 10 }),
      (keys, effort) => {
        const { test, expiry } = new Setup(3);
        const { ks } = test;
        expiry.effort = effort;
        const kept = new Set<string>();
        const gone = new Set<string>();
        keys.forEach(({ db, ttl }, i) => {
          // A time to live of 6 stands for none, one of 0 for a deadline that is just now.
          test.set(db, `k${i}`, "value", ttl === 6 ? NO_EXPIRE : ks.nowMs + ttl);
          (ttl < 0 ? gone : kept).add(`${db}/k${i}`);
        });
        for (let n = 0; n < 400 && test.removals.length < gone.size; n++) {
          expiry.cycle(EXPIRE_SLOW, slowBudgetUs(10, effort));
        }
        verifyKeyspace(ks);
        assert.deepEqual(new Set(test.removals.map(({ db, key }) => `${db}/${key}`)), gone);
        assert.equal(test.removals.length, gone.size, "each is propagated once");
        assert.ok(test.removals.every(({ reason }) => reason === REMOVED_EXPIRED));
        assert.equal(ks.expiredKeys, gone.size);
        const left = ks.databases.flatMap((db) => test.keysOf(db).map((key) => `${db.id}/${key}`));
        assert.deepEqual(new Set(left), kept);
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("one cycle clears a database of stale keys, however many", () => {
  const { test, expiry } = new Setup();
  for (let i = 0; i < 30_000; i++) test.set(0, `k${i}`, "v", test.ks.nowMs - 1);
  expiry.cycle(EXPIRE_SLOW, 1e9);
  assert.equal(test.ks.databases[0].dict.size, 0);
  assert.equal(test.ks.databases[0].averageTtlMs, 0);
  assert.equal(expiry.timeCapReached, 0);
  verifyKeyspace(test.ks);
});

Deno.test("a cycle stops at once when few keys are stale", () => {
  const setup = new Setup();
  setup.fill(0, 10_000, 500);
  setup.expiry.cycle(EXPIRE_SLOW, 1e9);
  assert.ok(setup.left > 9_900, "one or a few batches of 20 were looked at");
  // Yet it goes on where it stopped, and gets around.
  for (let i = 0; i < 1500; i++) setup.expiry.cycle(EXPIRE_SLOW, 1e9);
  assert.equal(setup.left, 9_500);
});

Deno.test("more effort removes more in a cycle", () => {
  const lefts = [1, 10].map((effort) => {
    const setup = new Setup();
    setup.expiry.effort = effort;
    setup.fill(0, 10_000, 600);
    for (let i = 0; i < 20; i++) setup.expiry.cycle(EXPIRE_SLOW, 1e9);
    return setup.left;
  });
  assert.ok(lefts[1] < lefts[0], `${lefts}`);
});

Deno.test("a cycle ends when its time is up, and the next one goes on with the next database", () => {
  const setup = new Setup(3);
  setup.tickUs = 100;
  for (let db = 0; db < 3; db++) setup.fill(db, 5000, 5000);
  setup.expiry.cycle(EXPIRE_SLOW, 250);
  assert.equal(setup.expiry.timeCapReached, 1);
  const sizes = setup.test.ks.databases.map((db) => db.dict.size);
  assert.ok(sizes[0] < 5000 && sizes[0] > 0);
  assert.deepEqual(sizes.slice(1), [5000, 5000]);
  setup.expiry.cycle(EXPIRE_SLOW, 250);
  assert.ok(setup.test.ks.databases[1].dict.size < 5000);
  assert.equal(setup.expiry.timeCapReached, 2);
});

Deno.test("fast cycles run only when there is reason to, and not too often", () => {
  const setup = new Setup();
  setup.fill(0, 2000, 2000);
  setup.expiry.cycle(EXPIRE_FAST, 1000);
  assert.equal(setup.left, 2000, "no reason to expect stale keys");
  setup.expiry.cycle(EXPIRE_SLOW, 1);
  const afterSlow = setup.left;
  assert.ok(afterSlow > 0 && setup.expiry.timeCapReached === 1);
  setup.tickUs = 600;
  setup.expiry.cycle(EXPIRE_FAST, 1000);
  const afterFast = setup.left;
  assert.ok(afterFast < afterSlow, "the slow one ran out of time");
  setup.expiry.cycle(EXPIRE_FAST, 1e6);
  assert.equal(setup.left, afterFast, "too soon after the last one");
  setup.nowUs += 3e6;
  setup.expiry.cycle(EXPIRE_FAST, 1e6);
  assert.ok(setup.left < afterFast);
});

Deno.test("nothing expires while that is not allowed or removals are paused", () => {
  const setup = new Setup();
  setup.fill(0, 100, 100);
  setup.test.ks.removalsPaused = true;
  setup.expiry.cycle(EXPIRE_SLOW, 1e6);
  assert.equal(setup.left, 100);
  setup.test.ks.removalsPaused = false;
  setup.test.ks.expiryAllowed = false;
  setup.expiry.cycle(EXPIRE_SLOW, 1e6);
  assert.equal(setup.left, 100);
  setup.test.ks.expiryAllowed = true;
  setup.expiry.cycle(EXPIRE_SLOW, 1e6);
  assert.equal(setup.left, 0);
});

Deno.test("the averages of stale keys and of times to live are kept", () => {
  const setup = new Setup();
  setup.fill(0, 1000, 0);
  for (let i = 0; i < 10; i++) setup.expiry.cycle(EXPIRE_SLOW, 1e6);
  assert.equal(setup.expiry.stalePercent, 0);
  const average = setup.test.ks.databases[0].averageTtlMs;
  assert.ok(average > 49_900 && average <= 50_000, `${average}`);
  setup.test.ks.nowMs += 60_000;
  setup.expiry.cycle(EXPIRE_SLOW, 1e6);
  assert.equal(setup.expiry.stalePercent, 5, "all of a sample were stale, with a weight of a twentieth");
  assert.equal(setup.left, 0);
});

Deno.test("cycles may take a quarter of a tick, or a millisecond", () => {
  assert.equal(slowBudgetUs(10, 1), 25_000);
  assert.equal(slowBudgetUs(100, 1), 2500);
  assert.equal(slowBudgetUs(10, 10), 43_000);
  assert.equal(fastBudgetUs(1), 1000);
  assert.equal(fastBudgetUs(5), 2000);
});
