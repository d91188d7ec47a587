/** The access words: LFU counters and LRU times. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { Random } from "../../lib/base/random.ts";
import { decayedLfu, LFU_INITIAL, nextLfu } from "../../lib/keyspace/lfu.ts";
import { idleMs } from "../../lib/keyspace/lru.ts";

const minutes = fc.integer({ min: 0, max: 65535 });
const counter = fc.integer({ min: 0, max: 255 });

Deno.test("an LFU counter decays by one per period, down to zero", () => {
  fc.assert(
    fc.property(
      minutes,
      minutes,
      counter,
      fc.integer({ min: 0, max: 1000 }),
      (last, now, count, decayTime) => {
        const elapsed = now >= last ? now - last : 65535 - last + now;
        const lost = decayTime === 0 ? 0 : Math.floor(elapsed / decayTime);
        assert.equal(decayedLfu((last << 8) | count, now, decayTime), Math.max(count - lost, 0));
      },
    ),
  );
});

Deno.test("an access adds one at most, notes the time, and keeps to 24 bits", () => {
  const random = new Random(1, 2, 3, 4);
  fc.assert(
    fc.property(
      minutes,
      minutes,
      counter,
      fc.integer({ min: 0, max: 100 }),
      (last, now, count, logFactor) => {
        const word = (last << 8) | count;
        const before = decayedLfu(word, now, 1);
        const next = nextLfu(word, now, 1, logFactor, random);
        assert.equal(next >>> 8, now);
        assert.ok((next & 255) === before || (next & 255) === before + 1);
        assert.ok(next >= 0 && next <= 0xffffff);
        if (before <= LFU_INITIAL) assert.equal(next & 255, before + 1, "a low counter always rises");
      },
    ),
  );
});

Deno.test("an LFU counter grows with the logarithm of the accesses", () => {
  const random = new Random(1, 2, 3, 4);
  // The table of redis.conf: hits → counter, by lfu-log-factor.
  const table: Readonly<Record<number, readonly number[]>> = {
    0: [104, 255, 255],
    1: [18, 49, 255],
    10: [10, 18, 142],
    100: [8, 11, 49],
  };
  for (const [logFactor, expected] of Object.entries(table)) {
    [100, 1000, 100_000].forEach((hits, column) => {
      let sum = 0;
      const runs = 20;
      for (let run = 0; run < runs; run++) {
        let word = LFU_INITIAL;
        for (let hit = 0; hit < hits; hit++) word = nextLfu(word, 0, 1, Number(logFactor), random);
        sum += word & 255;
      }
      const mean = sum / runs;
      const slack = expected[column] * 0.15 + 2;
      assert.ok(Math.abs(mean - expected[column]) <= slack, `factor ${logFactor}, ${hits} hits: ${mean}`);
    });
  }
});

Deno.test("idle time is counted in seconds and survives the wrap of the clock", () => {
  assert.equal(idleMs(100, 100), 0);
  assert.equal(idleMs(100, 163), 63_000);
  assert.equal(idleMs(0xffffff, 5), 5000);
  assert.equal(idleMs(0xfffff0, 5), 20_000);
});
