import assert from "node:assert/strict";
import { countedKeys, defineGroup, key, keyAfter, keys, unknownKeys } from "./define.ts";
import type { KeySpec } from "./types.ts";

const command = defineGroup("generic");

function rangeOf(...specs: KeySpec[]): (number | boolean)[] {
  const { firstKey, lastKey, step, flags } = command("x", -2, "write", "", specs);
  return [firstKey, lastKey, step, flags.includes("movablekeys")];
}

Deno.test("the old key range of one spec is that spec", () => {
  assert.deepEqual(rangeOf(), [0, 0, 0, false]);
  assert.deepEqual(rangeOf(key("RO")), [1, 1, 1, false]);
  assert.deepEqual(rangeOf(key("RO", 2)), [2, 2, 1, false]);
  assert.deepEqual(rangeOf(keys("RO")), [1, -1, 1, false]);
  assert.deepEqual(rangeOf(keys("OW", 1, { step: 2 })), [1, -1, 2, false]);
  assert.deepEqual(rangeOf(keys("RO", 1, { last: -2 })), [1, -2, 1, false]);
  assert.deepEqual(rangeOf(key("RO incomplete")), [1, 1, 1, true]);
});

Deno.test("the old key range joins specs that follow one another", () => {
  assert.deepEqual(rangeOf(key("RW"), key("OW", 2)), [1, 2, 1, false]);
  assert.deepEqual(rangeOf(key("OW", 2), keys("RO", 3)), [2, -1, 1, false]);
  assert.deepEqual(rangeOf(key("OW"), keys("RO", 2, { last: -2 })), [1, -2, 1, false]);
});

Deno.test("specs that the old key range cannot hold make keys movable", () => {
  assert.deepEqual(rangeOf(key("OW"), countedKeys("RO", 2)), [1, 1, 1, true]);
  assert.deepEqual(rangeOf(countedKeys("RO", 1)), [0, 0, 0, true]);
  assert.deepEqual(rangeOf(key("RO"), key("OW", 3)), [1, 1, 1, true]);
  assert.deepEqual(rangeOf(key("RO"), keyAfter("STORE", 6, "OW")), [1, 1, 1, true]);
  assert.deepEqual(rangeOf(key("RO"), unknownKeys("OW", "anywhere")), [1, 1, 1, true]);
  assert.deepEqual(rangeOf(key("RO"), keys("OW", 2, { step: 2 })), [1, 1, 1, true]);
});

Deno.test("movablekeys takes its place among the flags", () => {
  const meta = command("x", -2, "write fast allow_busy", "", [countedKeys("RO", 1)]);
  assert.deepEqual(meta.flags, ["write", "fast", "movablekeys", "allow_busy"]);
});

Deno.test("flags imply ACL categories, printed in their own order", () => {
  const categories = (flags: string, explicit: string) =>
    command("x", 1, flags, explicit).aclCategories.join(" ");
  assert.equal(categories("", ""), "@slow");
  assert.equal(categories("readonly fast", "string"), "@read @string @fast");
  assert.equal(categories("write blocking", "list"), "@write @list @slow @blocking");
  assert.equal(categories("admin noscript", ""), "@admin @slow @dangerous");
  assert.equal(categories("loading fast", "dangerous admin"), "@admin @fast @dangerous");
  assert.equal(categories("pubsub", ""), "@pubsub @slow");
});

Deno.test("reading a command twice tells the same", () => {
  const meta = command("x", 2, "write denyoom", "string", [key("RW access update")]);
  assert.deepEqual(meta.aclCategories, meta.aclCategories);
  assert.deepEqual(meta.flags, ["write", "denyoom"]);
  assert.deepEqual(meta.keySpecs[0].flags, ["RW", "access", "update"]);
});
