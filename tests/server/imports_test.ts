/** docs/AOF.md, decisions: which file wins at start, and an import that fails at any step, which must be harmless. */

import assert from "node:assert/strict";
import { AOF_ON } from "../../lib/aof/aof.ts";
import { IoError } from "../../lib/platform/types.ts";
import { Exited, request } from "../support/aof_world.ts";
import { eventually } from "../support/client.ts";
import { type FaultyFs } from "../support/faulty_fs.ts";
import { datasetText, memoryDataset } from "../support/memory_dataset.ts";
import { RecordedLife } from "../support/recorded_life.ts";
import { ServerWorld } from "../support/server_world.ts";

const RDB = "/data/dump.rdb";
const AOF = "/data/appendonly.aof";
const SAMPLE = [
  "SET s v",
  "RPUSH l a b",
  "HSET h f v",
  "SADD t 1 2",
  "ZADD z 1 a",
  "SELECT 3",
  "SET other db",
];

/** A disk with a dump.rdb of everything; and what is in it. */
async function withRdb(): Promise<{ fs: FaultyFs; expected: string }> {
  const world = await new ServerWorld(["appendonly no"]).start();
  assert.match(world.connect().ask(...SAMPLE, "SAVE"), /\+OK\r\n$/);
  return { fs: world.fs, expected: datasetText(memoryDataset(world.server.ks, world.nowMs)) };
}

function dataset(life: RecordedLife): string {
  return datasetText(life.dataset);
}

/** A start that comes up, with this in memory and in the AOF; the source is retired. */
async function assertImports(fs: FaultyFs, expected: string): Promise<void> {
  const life = new RecordedLife([], fs);
  assert.equal(await life.begin(), true, life.world.lines.join("\n"));
  assert.equal(dataset(life), expected);
  assert.equal(life.world.server.aof.state, AOF_ON);
  assert.deepEqual(fs.list("/data").filter((name) => name.startsWith("dump")), ["dump.rdb.imported"]);
  life.end();
  fs.kill();
  const again = new RecordedLife([], fs);
  assert.equal(await again.begin(), true);
  assert.equal(dataset(again), expected);
  again.end();
}

Deno.test("import decisions: a dump.rdb beside an absent or empty AOF becomes the AOF", async () => {
  for (const empty of [false, true]) {
    const { fs, expected } = await withRdb();
    if (empty) fs.install(AOF, new Uint8Array(0));
    await assertImports(fs, expected);
  }
});

Deno.test("import decisions: an AOF with anything in it wins, an RDB file without a byte is none", async () => {
  const { fs } = await withRdb();
  fs.install(AOF, request("SET", "mine", "1"));
  const life = new RecordedLife([], fs);
  assert.equal(await life.begin(), true);
  assert.deepEqual([...life.dataset.keys()], ["0/mine"]);
  life.end();
  assert.notEqual(fs.stat(RDB), undefined);
  const none = new RecordedLife([], (await withRdb()).fs);
  none.world.fs.install(RDB, new Uint8Array(0));
  assert.equal(await none.begin(), true);
  assert.equal(none.dataset.size, 0);
  none.end();
});

Deno.test("import decisions: nothing is served before it is complete", async () => {
  const { fs } = await withRdb();
  const world = new ServerWorld([], fs);
  const started = world.server.persistence.start();
  const conn = world.connect();
  world.server.persistence.bio.onUrgent();
  while (world.children.length === 0) {
    assert.match(conn.ask("SET k v"), /^-LOADING/);
    await world.settle();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  assert.match(conn.ask("GET s", "FLUSHALL"), /^-LOADING[^]*-LOADING/);
  await world.finishChild();
  await started;
  assert.equal(conn.ask("GET s"), "$1\r\nv\r\n");
});

/** What goes wrong: done to the world as soon as there is a child, or before the start. */
const FAILURES: Readonly<Record<string, (world: ServerWorld) => void>> = {
  "the child exits with 1": ({ children }) => children[0]?.exit({ code: 1, signal: undefined }),
  "the child is killed": ({ children }) => children[0]?.exit({ code: 137, signal: "SIGKILL" }),
  "the child is ended by SIGUSR1": ({ children }) => children[0]?.exit({ code: 138, signal: "SIGUSR1" }),
  "no child can be spawned": (world) => world.spawnError = new IoError("EAGAIN", "Try again", "spawn"),
  "the child's disk is full": ({ fs }) => fs.inject({ op: "write", code: "ENOSPC", path: "temp-", times: 9 }),
  "the new file cannot be renamed": ({ fs }) => fs.inject({ op: "rename", code: "EIO", path: AOF, times: 9 }),
  "the new file cannot be opened": ({ fs }) => fs.inject({ op: "open", code: "EIO", path: "-bg-", times: 9 }),
  "the new file cannot be synced": ({ fs }) =>
    fs.inject({ op: "fdatasync", code: "EIO", path: "-bg-", times: 9 }),
  "the RDB file cannot be read": ({ fs }) =>
    fs.inject({ op: "read", code: "EIO", path: RDB, at: 2, times: 9 }),
};

for (const [name, happens] of Object.entries(FAILURES)) {
  Deno.test(`import failure: ${name}: the start fails, the source stays, the next start imports it`, async () => {
    const { fs, expected } = await withRdb();
    const life = new RecordedLife([], fs);
    const { world } = life;
    if (!name.startsWith("the child ")) happens(world);
    else world.stuckChildren = true;
    const begun = life.begin();
    if (world.stuckChildren) {
      await eventually("a child is spawned", () => world.children.length > 0);
      happens(world);
    }
    assert.equal(await begun, false);
    assert.ok(life.failure instanceof Error && !(life.failure instanceof Exited), String(life.failure));
    life.end();
    fs.heal();
    assert.equal(fs.stat(AOF)!.size, 0);
    assert.notEqual(fs.stat(RDB), undefined);
    assert.equal(fs.stat(`${RDB}.imported`), undefined);
    fs.kill();
    await assertImports(fs, expected);
  });
}

Deno.test("import failure: a source that cannot be renamed stays, and the AOF that was made of it wins from now on", async () => {
  const { fs, expected } = await withRdb();
  fs.inject({ op: "rename", code: "EACCES", path: "dump.rdb.imported" });
  const life = new RecordedLife([], fs);
  assert.equal(await life.begin(), false);
  life.end();
  fs.kill();
  const next = new RecordedLife([], fs);
  assert.equal(await next.begin(), true);
  assert.equal(dataset(next), expected);
  assert.notEqual(fs.stat(RDB), undefined);
  next.end();
});

Deno.test("import: a second one does not overwrite the first one's source", async () => {
  const { fs, expected } = await withRdb();
  fs.install(`${RDB}.imported`, new Uint8Array(3));
  const life = new RecordedLife([], fs);
  assert.equal(await life.begin(), true);
  assert.equal(dataset(life), expected);
  life.end();
  assert.equal(fs.stat(`${RDB}.imported`)!.size, 3);
  assert.notEqual(fs.stat(`${RDB}.imported.1`), undefined);
});
