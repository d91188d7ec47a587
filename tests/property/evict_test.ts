/** Eviction: every policy, with a clock that the test turns. */

import assert from "node:assert/strict";
import {
  MAXMEMORY_ALLKEYS_LFU,
  MAXMEMORY_ALLKEYS_LRU,
  MAXMEMORY_ALLKEYS_RANDOM,
  MAXMEMORY_FLAG_ALLKEYS,
  MAXMEMORY_FLAG_LFU,
  MAXMEMORY_NOEVICTION,
  MAXMEMORY_POLICY_NAMES,
  MAXMEMORY_VOLATILE_LFU,
  MAXMEMORY_VOLATILE_LRU,
  MAXMEMORY_VOLATILE_TTL,
} from "../../lib/config/enums.ts";
import { EVICT_FAIL, EVICT_OK, EVICT_RUNNING, evictionBudgetUs, Evictor } from "../../lib/keyspace/evict.ts";
import { LFU_INITIAL } from "../../lib/keyspace/lfu.ts";
import { REMOVED_EVICTED } from "../../lib/keyspace/ports.ts";
import { verifyKeyspace } from "../../lib/keyspace/verify.ts";
import { NO_EXPIRE } from "../../lib/objects/entry.ts";
import { TestKeyspace } from "./keyspace_support.ts";

/** A keyspace with an evictor; each look at the clock costs `tickUs`. */
class Setup {
  readonly test: TestKeyspace;
  readonly evictor: Evictor;
  nowUs = 0;
  tickUs = 0;

  constructor(policy: number, databases = 1, seed = 1) {
    this.test = new TestKeyspace(databases, seed);
    this.evictor = new Evictor(this.test.ks, () => this.nowUs += this.tickUs);
    this.evictor.policy = policy;
    this.evictor.tenacity = 100;
    this.test.ks.lfu = (policy & MAXMEMORY_FLAG_LFU) !== 0;
    this.clock(1000);
  }

  /** Sets the access clock: seconds for LRU, minutes for LFU. */
  clock(ticks: number): void {
    const { ks } = this.test;
    ks.lruClock = ticks;
    ks.entries.clock = ks.lfu ? (ticks << 8) | LFU_INITIAL : ticks;
  }

  /** Evicts until a share of the present bytes is left. */
  shrinkTo(share: number): number {
    const limit = Math.floor(this.test.ks.usedBytes * share);
    const result = this.evictor.evict(limit);
    if (result === EVICT_OK) assert.ok(this.test.ks.usedBytes <= limit, "memory is below the limit");
    verifyKeyspace(this.test.ks);
    assert.equal(this.test.ks.evictedKeys, this.test.removals.length);
    assert.ok(this.test.removals.every(({ reason }) => reason === REMOVED_EVICTED));
    return result;
  }

  /** How many of the keys were evicted that `which` chooses by number. */
  evicted(which: (n: number) => boolean): number {
    return this.test.removals.filter(({ key }) => which(Number(key))).length;
  }
}

const KEYS = 3000;
const VALUE = "v".repeat(100);

for (const [name, policy] of MAXMEMORY_POLICY_NAMES) {
  Deno.test(`${name} evicts what it may, down to the limit`, () => {
    const setup = new Setup(policy, 3);
    const { test, evictor } = setup;
    for (let i = 0; i < KEYS; i++) test.set(i % 3, String(i), VALUE, i % 2 === 0 ? 2e6 + i : NO_EXPIRE);
    assert.equal(evictor.evict(test.ks.usedBytes), EVICT_OK);
    assert.equal(test.removals.length, 0);
    if (policy === MAXMEMORY_NOEVICTION) {
      assert.equal(setup.shrinkTo(0.8), EVICT_FAIL);
      assert.equal(test.removals.length, 0);
      return;
    }
    assert.equal(setup.shrinkTo(0.8), EVICT_OK);
    assert.ok(test.removals.length > KEYS / 10 && test.removals.length < KEYS / 2, `${test.removals.length}`);
    const all = (policy & MAXMEMORY_FLAG_ALLKEYS) !== 0;
    assert.equal(setup.evicted((n) => n % 2 === 1) > 0, all, "keys without deadline stay under volatile-*");
    for (let db = 0; db < 3; db++) assert.ok(test.removals.some((r) => r.db === db), `of database ${db}`);
    assert.equal(setup.shrinkTo(0), EVICT_FAIL, "segments of the dicts remain");
    const left = test.ks.databases.reduce((sum, db) => sum + db.dict.size, 0);
    assert.equal(left, all ? 0 : KEYS / 2);
  });
}

for (const policy of [MAXMEMORY_ALLKEYS_LRU, MAXMEMORY_VOLATILE_LRU]) {
  Deno.test(`LRU evicts the keys that were not used for longest (policy ${policy})`, () => {
    const setup = new Setup(policy, 2);
    for (let i = 0; i < KEYS; i++) {
      setup.clock(1000 + i);
      setup.test.set(i % 2, String(i), VALUE, 3e6);
    }
    // Of the older half, every fourth is used again.
    setup.clock(1000 + KEYS);
    for (let i = 0; i < KEYS / 2; i += 4) assert.notEqual(setup.test.read(i % 2, String(i)), 0);
    assert.equal(setup.shrinkTo(0.8), EVICT_OK);
    const evicted = setup.test.removals.length;
    const used = setup.evicted((n) => n < KEYS / 2 && n % 4 === 0);
    const young = setup.evicted((n) => n >= KEYS / 2);
    assert.ok(used < evicted * 0.01, `${used} of ${evicted} had just been used`);
    assert.ok(young < evicted * 0.1, `${young} of ${evicted} were young`);
  });
}

for (const policy of [MAXMEMORY_ALLKEYS_LFU, MAXMEMORY_VOLATILE_LFU]) {
  Deno.test(`LFU evicts the keys that are used least (policy ${policy})`, () => {
    const setup = new Setup(policy);
    for (let i = 0; i < KEYS; i++) setup.test.set(0, String(i), VALUE, 3e6);
    for (let round = 0; round < 50; round++) {
      for (let i = 0; i < KEYS; i += 2) setup.test.read(0, String(i));
    }
    assert.equal(setup.shrinkTo(0.7), EVICT_OK);
    const often = setup.evicted((n) => n % 2 === 0);
    assert.ok(often < setup.test.removals.length * 0.02, `${often} of ${setup.test.removals.length}`);
  });
}

Deno.test("volatile-ttl evicts the keys that end soonest", () => {
  const setup = new Setup(MAXMEMORY_VOLATILE_TTL);
  for (let i = 0; i < KEYS; i++) setup.test.set(0, String(i), VALUE, 2e6 + i * 1000);
  assert.equal(setup.shrinkTo(0.8), EVICT_OK);
  const evicted = setup.test.removals.length;
  assert.ok(setup.evicted((n) => n < KEYS * 0.4) > evicted * 0.9);
  assert.equal(setup.evicted((n) => n > KEYS * 0.8), 0);
});

Deno.test("more samples choose better", () => {
  const wrong = [1, 10].map((samples) => {
    const setup = new Setup(MAXMEMORY_ALLKEYS_LRU);
    setup.evictor.samples = samples;
    for (let i = 0; i < KEYS; i++) {
      setup.clock(1000 + i);
      setup.test.set(0, String(i), VALUE);
    }
    setup.shrinkTo(0.8);
    return setup.evicted((n) => n > KEYS * 0.3);
  });
  assert.ok(wrong[1] < wrong[0] / 2, `${wrong}`);
});

Deno.test("a candidate that was used, rewritten or deleted since it was sampled is not evicted for what it was", () => {
  const setup = new Setup(MAXMEMORY_ALLKEYS_LRU);
  const { test } = setup;
  for (let i = 0; i < 300; i++) {
    setup.clock(1000 + i);
    test.set(0, String(i), VALUE);
  }
  // One eviction leaves a pool full of old candidates. With so many samples the oldest keys are among them.
  setup.evictor.samples = 60;
  assert.equal(setup.evictor.evict(test.ks.usedBytes - 1), EVICT_OK);
  assert.equal(test.removals.length, 1);
  setup.clock(1300);
  for (let i = 0; i < 200; i++) {
    if (i % 3 === 0) test.read(0, String(i));
    else if (i % 3 === 1) test.set(0, String(i), VALUE.repeat(3));
    else if (test.remove(0, String(i))) test.set(0, String(1000 + i), VALUE);
  }
  test.removals.length = test.ks.evictedKeys = 0;
  setup.shrinkTo(0.8);
  assert.ok(test.removals.length > 10);
  assert.equal(setup.evicted((n) => n < 200 || n >= 1000), 0);
});

Deno.test("an eviction that takes too long is continued", () => {
  const setup = new Setup(MAXMEMORY_ALLKEYS_RANDOM);
  for (let i = 0; i < KEYS; i++) setup.test.set(0, String(i), VALUE);
  setup.evictor.tenacity = 1;
  setup.tickUs = 60;
  const limit = Math.floor(setup.test.ks.usedBytes / 2);
  let calls = 1;
  for (let n = 0; setup.evictor.evict(limit) === EVICT_RUNNING; calls++) {
    assert.equal(setup.test.removals.length - n, 16, "the clock is read after every 16 keys");
    n = setup.test.removals.length;
    assert.ok(setup.evictor.currentExceededUs > 0);
  }
  assert.ok(calls > 10);
  assert.ok(setup.test.ks.usedBytes <= limit);
  assert.equal(setup.evictor.currentExceededUs, 0);
  assert.ok(setup.evictor.totalExceededUs > 0);
});

Deno.test("what was flushed does not count, and paused removals evict nothing", () => {
  const setup = new Setup(MAXMEMORY_ALLKEYS_RANDOM, 2);
  for (let i = 0; i < KEYS; i++) setup.test.set(i % 2, String(i), VALUE);
  const { ks } = setup.test;
  const limit = Math.floor(ks.usedBytes * 0.6);
  ks.removalsPaused = true;
  assert.equal(setup.evictor.evict(limit), EVICT_OK);
  ks.removalsPaused = false;
  ks.flush(ks.databases[0]);
  assert.equal(setup.evictor.evict(limit), EVICT_OK);
  assert.equal(setup.test.removals.length, 0);
});

Deno.test("tenacity is a time: up to half a millisecond, then 15 % more each, then no end", () => {
  assert.equal(evictionBudgetUs(0), 0);
  assert.equal(evictionBudgetUs(10), 500);
  assert.equal(evictionBudgetUs(11), 575);
  assert.ok(evictionBudgetUs(99) > 100e6 && evictionBudgetUs(99) < 130e6);
  assert.equal(evictionBudgetUs(100), Infinity);
});
