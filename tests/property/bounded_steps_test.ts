/**
 * What is done beside the commands is done in small portions, however large
 * the values are. Portions are measured in bytes, not in time.
 */

import assert from "node:assert/strict";
import { toAscii } from "../../lib/base/ascii.ts";
import { NO_EXPIRE, TYPE_HASH } from "../../lib/objects/entry.ts";
import { ActiveExpiry, EXPIRE_SLOW } from "../../lib/keyspace/expire.ts";
import { verifyKeyspace } from "../../lib/keyspace/verify.ts";
import { Snapshot } from "../../lib/snapshot/snapshot.ts";
import { TestKeyspace } from "./keyspace_support.ts";

/** No step may free or serialize more. */
const STEP_MAX_BYTES = 512 * 1024;

/** A hash of `fields` fields with values of `bytes` bytes. */
function addHash({ ks }: TestKeyspace, name: string, fields: number, bytes: number): void {
  const db = ks.databases[0];
  const key = toAscii(name);
  const value = toAscii("v".repeat(bytes));
  const ref = ks.create(db, key, 0, key.length, TYPE_HASH);
  for (let i = 0; i < fields; i++) {
    const field = toAscii(`field:${i}`);
    ks.hashes.set(ref, field, 0, field.length, value, 0, value.length);
  }
  ks.close(db, ref, true);
}

function setDeadline({ ks }: TestKeyspace, name: string, deadlineMs: number): void {
  const key = toAscii(name);
  const db = ks.databases[0];
  ks.setExpire(db, ks.find(db, key, 0, key.length), deadlineMs);
}

for (
  const { what, fill } of [
    {
      what: "long strings",
      fill: (test: TestKeyspace) => {
        for (let i = 0; i < 600; i++) test.set(0, `key:${i}`, "x".repeat(60_000), NO_EXPIRE);
      },
    },
    {
      what: "packed hashes",
      fill: (test: TestKeyspace) => {
        for (let i = 0; i < 600; i++) addHash(test, `key:${i}`, 120, 110);
      },
    },
  ]
) {
  Deno.test(`a step of a snapshot sends a part of a segment of ${what}`, () => {
    const test = new TestKeyspace();
    fill(test);
    const snapshot = new Snapshot(test.ks);
    let largest = 0;
    let sent = 0;
    for (let more = true; more;) {
      more = snapshot.step();
      largest = Math.max(largest, snapshot.sendableBytes);
      for (let bytes = snapshot.take(); bytes !== undefined; bytes = snapshot.take()) sent += bytes.length;
    }
    snapshot.release();
    assert.equal(snapshot.keys, 600);
    assert.ok(sent > 10 * STEP_MAX_BYTES, `${sent} bytes`);
    assert.ok(largest <= STEP_MAX_BYTES, `${largest} bytes in one step`);
  });
}

Deno.test("what a snapshot has to keep is handed on in pieces, though nobody takes any for long", () => {
  const test = new TestKeyspace();
  for (let i = 0; i < 600; i++) test.set(0, `key:${i}`, "x".repeat(20_000));
  const snapshot = new Snapshot(test.ks);
  for (let i = 0; i < 600; i++) test.set(0, `key:${i}`, "changed");
  const kept = snapshot.sendableBytes;
  assert.ok(kept > 600 * 20_000);
  let sent = 0;
  for (let bytes = snapshot.take(); bytes !== undefined; bytes = snapshot.take()) {
    assert.ok(bytes.length <= STEP_MAX_BYTES, `${bytes.length} bytes at once`);
    sent += bytes.length;
  }
  assert.equal(sent, kept);
  snapshot.release();
});

Deno.test("a flushed segment of hashes is freed node by node", () => {
  const test = new TestKeyspace();
  const { ks } = test;
  for (let i = 0; i < 400; i++) addHash(test, `hash:${i}`, 200, 10);
  ks.flush(ks.databases[0]);
  let before = ks.collections.nodes.liveBytes;
  let largest = 0;
  while (ks.lazyFree.step(() => false)) {
    const { liveBytes } = ks.collections.nodes;
    largest = Math.max(largest, before - liveBytes);
    before = liveBytes;
  }
  assert.ok(largest <= STEP_MAX_BYTES, `${largest} bytes in one step`);
  assert.equal(before, 0);
  verifyKeyspace(ks);
});

Deno.test("expiry looks at the clock within a batch, and misses no key for it", () => {
  const test = new TestKeyspace();
  const { ks } = test;
  for (let i = 0; i < 400; i++) {
    addHash(test, `hash:${i}`, 200, 1);
    setDeadline(test, `hash:${i}`, ks.nowMs + (i % 4 === 0 ? 1000 : 10));
  }
  ks.nowMs += 100;
  let nowUs = 0;
  // Every look at the clock finds the time up.
  const expiry = new ActiveExpiry(ks, () => nowUs += 1000);
  for (let cycle = 0; cycle < 40; cycle++) {
    const removed = test.removals.length;
    expiry.cycle(EXPIRE_SLOW, 1);
    assert.ok(test.removals.length - removed <= 16, `${test.removals.length - removed} keys in one cycle`);
  }
  assert.equal(ks.databases[0].dict.size, 100);
  verifyKeyspace(ks);
});
