/** docs/AOF.md §5: what the child writes, for each type; when it syncs; what comes behind it. */

import assert from "node:assert/strict";
import { FileRio } from "../../lib/rio/file_rio.ts";
import { FaultyFs } from "../support/faulty_fs.ts";
import { datasetText, memoryDataset } from "../support/memory_dataset.ts";
import { type FakeConn, ServerWorld } from "../support/server_world.ts";

const FAR_MS = 1_900_000_000_000;

/** The commands of an AOF as lists of words. */
function commandsOf(aof: string): string[][] {
  const words = aof.split("\r\n");
  const commands: string[][] = [];
  for (let at = 0; at < words.length - 1;) {
    const count = Number(words[at].slice(1));
    commands.push(Array.from({ length: count }, (_, i) => words[at + 2 + 2 * i]));
    at += 1 + 2 * count;
  }
  return commands;
}

async function started(...options: string[]): Promise<{ world: ServerWorld; conn: FakeConn }> {
  const world = await new ServerWorld(options).start();
  return { world, conn: world.connect() };
}

/** The rewritten AOF, one command per line, without the SELECT that it begins with. */
async function rewritten(...lines: string[]): Promise<string[]> {
  const { world, conn } = await started();
  assert.ok(!/^-/m.test(conn.ask(...lines, "BGREWRITEAOF")));
  assert.equal(await world.finishChild(), 0);
  const [select, ...commands] = commandsOf(world.aof());
  assert.equal(select.join(" "), "SELECT 0");
  return commands.map((command) => command.join(" "));
}

const numbers = (count: number, text: (n: number) => string): string =>
  Array.from({ length: count }, (_, i) => text(i)).join(" ");

Deno.test("content §5: one command per small key of each type, then its deadline", async () => {
  for (
    const [line, expected] of [
      ["SET k v", "SET k v"],
      ["SET k 12", "SET k 12"],
      ["RPUSH k a b c", "RPUSH k a b c"],
      ["HSET k f v g w", "HMSET k f v g w"],
      ["SADD k 3 1 2", "SADD k 1 2 3"],
      ["ZADD k 1.5 a -inf b inf c 3 d", "ZADD k -inf b 1.5 a 3 d inf c"],
      ["ZADD k 0.1 a 1e300 b", "ZADD k 0.1 a 1e+300 b"],
    ]
  ) {
    assert.deepEqual(await rewritten(line), [expected]);
    assert.deepEqual(await rewritten(line, `PEXPIREAT k ${FAR_MS}`), [expected, `PEXPIREAT k ${FAR_MS}`]);
  }
});

Deno.test("content §5: large values come in chunks of 64 items or pairs", async () => {
  const cases = [
    [`RPUSH k ${numbers(150, (n) => `i${n}`)}`, "RPUSH", 1],
    [`SADD k ${numbers(150, (n) => `i${n}`)}`, "SADD", 1],
    [`HSET k ${numbers(150, (n) => `f${n} v${n}`)}`, "HMSET", 2],
    [`ZADD k ${numbers(150, (n) => `${n} m${n}`)}`, "ZADD", 2],
  ] as const;
  for (const [line, name, words] of cases) {
    const commands = (await rewritten(line)).map((command) => command.split(" "));
    assert.deepEqual(commands.map((command) => command[0]), [name, name, name]);
    assert.deepEqual(commands.map((command) => (command.length - 2) / words), [64, 64, 22]);
  }
  assert.equal((await rewritten(`RPUSH k ${numbers(64, String)}`)).length, 1);
  assert.equal((await rewritten(`RPUSH k ${numbers(65, String)}`)).length, 2);
});

Deno.test("content §5: a SELECT for each database that is not empty, and for the diff", async () => {
  const { world, conn } = await started();
  conn.ask("SELECT 7", "SET seven 1", "SELECT 2", "SADD two 1", "SELECT 0", "BGREWRITEAOF");
  await world.settle();
  conn.ask("SET meanwhile 1");
  assert.equal(await world.finishChild(), 0);
  assert.deepEqual(commandsOf(world.aof()).map((command) => command.join(" ")), [
    "SELECT 2",
    "SADD two 1",
    "SELECT 7",
    "SET seven 1",
    "SELECT 0",
    "SET meanwhile 1",
  ]);
});

Deno.test("content §5, §12.5: keys that have expired do not come, and what is done to them meanwhile is right", async () => {
  const { world, conn } = await started();
  conn.ask("SET gone 5 PX 10", "RPUSH gonelist a", "PEXPIRE gonelist 10", "SET stays 1");
  world.nowMs += 1000;
  world.server.openBatch();
  conn.ask("BGREWRITEAOF");
  conn.ask("INCR gone", "RPUSH gonelist b");
  assert.equal(await world.finishChild(), 0);
  const next = new ServerWorld([], world.fs.clone());
  next.nowMs = world.nowMs;
  await next.start();
  assert.equal(
    next.connect().ask("GET gone", "TTL gone", "LRANGE gonelist 0 -1"),
    "$1\r\n1\r\n:-1\r\n*1\r\n$1\r\nb\r\n",
  );
});

Deno.test("content §5: with aof-use-rdb-preamble an RDB comes first, commands behind it", async () => {
  const { world, conn } = await started("aof-use-rdb-preamble yes");
  conn.ask("SET k v", "ZADD z 1 a", "SELECT 4", "RPUSH l x", "BGREWRITEAOF");
  await world.settle();
  conn.ask("RPUSH l meanwhile");
  assert.equal(await world.finishChild(), 0);
  conn.ask("HSET h f v");
  assert.match(world.aof(), /^REDIS00\d\d/);
  assert.ok(world.aof().includes("aof-base\xc0\x01"), "as a number of one byte");
  assert.match(
    world.aof(),
    /\*2\r\n\$6\r\nSELECT\r\n\$1\r\n4\r\n\*3\r\n\$5\r\nRPUSH\r\n\$1\r\nl\r\n\$9\r\nmeanwhile/,
  );
  await world.settle();
  const next = await new ServerWorld([], world.fs.clone()).start();
  assert.equal(
    datasetText(memoryDataset(next.server.ks, world.nowMs)),
    datasetText(memoryDataset(world.server.ks, world.nowMs)),
  );
});

Deno.test("content §5: the child syncs at the end of the snapshot and of the diff, before it renames", async () => {
  const { world, conn } = await started();
  conn.ask("SET k v", "BGREWRITEAOF");
  await world.settle();
  world.fs.trace.length = 0;
  assert.equal(world.runChild(world.children[0]), 0);
  const temp = "/data/temp-rewriteaof-1000.aof";
  assert.deepEqual(world.fs.trace.map((line) => line.replace(/ \d+$/, "")), [
    `write ${temp}`,
    `fdatasync ${temp}`,
    `fdatasync ${temp}`,
    `rename ${temp} /data/temp-rewriteaof-bg-1000.aof`,
  ]);
});

Deno.test("content §5 incremental sync: after so many bytes, whatever sizes they come in; and never where it is off", () => {
  const MEGABYTE = 1 << 20;
  const piece = new Uint8Array(MEGABYTE * 3);
  for (const [autoSync, expected] of [[4 * MEGABYTE, 3], [0, 0]]) {
    for (const size of [MEGABYTE / 2, MEGABYTE, 3 * MEGABYTE]) {
      const fs = new FaultyFs();
      const rio = new FileRio(fs.openAppend("/data/f", { create: true }), autoSync);
      for (let written = 0; written < 15 * MEGABYTE; written += size) rio.write(piece, 0, size);
      rio.flush();
      const syncs = fs.trace.filter((line) => line.startsWith("fdatasync")).length;
      if (expected === 0) assert.equal(syncs, 0);
      else assert.ok(syncs >= 2 && syncs <= expected, `${syncs} syncs in pieces of ${size}`);
      assert.equal(fs.contents("/data/f").length, 15 * MEGABYTE);
    }
  }
});
