/**
 * docs/AOF.md §2, §3 as clients see it: a disk that is full, fails, takes half or does not sync. Writes of every type
 * are refused, reads go on, it heals by itself; under `always` the server ends before it answers. Nothing that was
 * acknowledged is lost.
 */

import assert from "node:assert/strict";
import { Exited } from "../support/aof_world.ts";
import { type Fault } from "../support/faulty_fs.ts";
import { datasetText, memoryDataset } from "../support/memory_dataset.ts";
import { type FakeConn, ServerWorld } from "../support/server_world.ts";

const AOF = "/data/appendonly.aof";
const FULL = "-MISCONF Errors writing to the AOF file: No space left on device\r\n";
const BROKEN = "-MISCONF Errors writing to the AOF file: Input/output error\r\n";
const SAMPLE = ["SET s v", "RPUSH l a b", "HSET h f v", "SADD t 1 2", "ZADD z 1 a"];
const WRITES = [
  "SET s w",
  "RPUSH l c",
  "HSET h g w",
  "SADD t 3",
  "ZADD z 2 b",
  "LPOP l",
  "SPOP t",
  "DEL s",
  "FLUSHALL",
];
const READS: readonly [string, string][] = [
  ["GET s", "$1\r\nv\r\n"],
  ["LRANGE l 0 -1", "*2\r\n$1\r\na\r\n$1\r\nb\r\n"],
  ["HGET h f", "$1\r\nv\r\n"],
  ["SCARD t", ":2\r\n"],
  ["ZSCORE z a", "$1\r\n1\r\n"],
];

async function started(...options: string[]): Promise<{ world: ServerWorld; conn: FakeConn }> {
  const world = await new ServerWorld(options).start();
  const conn = world.connect();
  conn.ask(...SAMPLE);
  await world.settle();
  world.takeLog();
  return { world, conn };
}

function data(world: ServerWorld): string {
  return datasetText(memoryDataset(world.server.ks, world.nowMs));
}

/** What another server loads that is started on this one's disk after a kill. */
async function loaded(world: ServerWorld): Promise<string> {
  const next = new ServerWorld([], world.fs.clone());
  next.nowMs = world.nowMs;
  await next.start();
  next.server.cron.stop();
  return data(next);
}

/** Time passes, as the cron has it. */
async function pass(world: ServerWorld, seconds: number): Promise<void> {
  for (let i = 0; i < seconds; i++) {
    world.nowMs += 1000;
    world.tick();
    await world.settle();
  }
}

/** Every write is refused with this, and so is PING; reads are answered. */
function assertRefused(conn: FakeConn, refusal: string): void {
  for (const write of [...WRITES, "PING"]) {
    assert.equal(conn.ask(write), refusal, write);
  }
  for (const [read, reply] of READS) assert.equal(conn.ask(read), reply, read);
}

const WRITE_FAULTS: readonly (readonly [string, Fault, string])[] = [
  ["no space", { op: "write", code: "ENOSPC", path: AOF, times: Infinity }, FULL],
  ["an I/O error", { op: "write", code: "EIO", path: AOF, times: Infinity }, BROKEN],
];

for (const policy of ["everysec", "no"]) {
  for (const [name, fault, refusal] of WRITE_FAULTS) {
    Deno.test(`disk errors §2.4: ${name} under ${policy}: writes are refused, reads go on, it heals by itself`, async () => {
      const { world, conn } = await started(`appendfsync ${policy}`);
      world.fs.inject(fault);
      world.nowMs += 1000;
      assert.equal(
        conn.ask("RPUSH last x"),
        ":1\r\n",
        "the write that meets the error is answered, and kept",
      );
      await world.settle();
      assertRefused(conn, refusal);
      await pass(world, 3);
      assertRefused(conn, refusal);
      world.fs.heal();
      await pass(world, 2);
      assert.ok(world.takeLog().includes("* AOF write error looks solved, Redis can write again."));
      assert.equal(conn.ask("PING", "SADD t healed"), "+PONG\r\n:1\r\n");
      await pass(world, 2);
      assert.equal(await loaded(world), data(world), "what was kept is written too");
    });
  }

  Deno.test(`disk errors §2.4: half a command under ${policy} is taken back; where that fails it is cut off at the next start`, async () => {
    for (const truncates of [true, false]) {
      const { world, conn } = await started(`appendfsync ${policy}`);
      const before = data(world);
      world.nowMs += 1000;
      world.fs.inject({ op: "write", code: "ENOSPC", keep: 11, path: AOF });
      world.fs.inject({ op: "write", code: "ENOSPC", path: AOF, times: Infinity });
      if (!truncates) world.fs.inject({ op: "ftruncate", code: "EIO", path: AOF, times: Infinity });
      const size = world.aof().length;
      assert.equal(conn.ask("HSET h long value"), ":1\r\n");
      await world.settle();
      assertRefused(conn, FULL);
      assert.equal(world.aof().length, truncates ? size : size + 11);
      assert.equal(
        await loaded(world),
        before,
        "a kill now: the file loads, without what is still in the buffer",
      );
      world.fs.heal();
      await pass(world, 2);
      assert.equal(conn.ask("ZADD z 5 healed"), ":1\r\n");
      await pass(world, 2);
      assert.equal(await loaded(world), data(world));
    }
  });

  Deno.test(`disk errors §2.4: a disk that fills up under ${policy}, byte by byte`, async () => {
    for (let room = 0; room <= 60; room += 4) {
      const { world, conn } = await started(`appendfsync ${policy}`);
      world.fs.capacity = world.fs.contents(AOF).length + room;
      const acknowledged: string[] = [];
      for (let i = 0; i < 6; i++) {
        world.nowMs += 1000;
        if (conn.ask(`RPUSH more ${i}`).startsWith(":")) acknowledged.push(String(i));
        await world.settle();
      }
      assert.ok(acknowledged.length < 6);
      assert.equal(conn.ask("GET s"), "$1\r\nv\r\n");
      world.fs.heal();
      await pass(world, 2);
      assert.equal(await loaded(world), data(world));
      assert.equal(conn.ask("LLEN more"), `:${acknowledged.length}\r\n`);
    }
  });
}

Deno.test("disk errors §3, §12.8: a failed background fsync refuses writes until a rewrite has replaced the file, by itself", async () => {
  const { world, conn } = await started("appendfsync everysec");
  world.fs.inject({ op: "fdatasync", code: "EIO", path: AOF });
  world.nowMs += 1000;
  assert.equal(conn.ask("ZINCRBY z 1 a"), "$1\r\n2\r\n");
  await world.settle();
  assert.equal(world.takeLog()[0], "# Fail to fsync the AOF file: Input/output error");
  for (const write of WRITES) assert.equal(conn.ask(write), BROKEN);
  assert.equal(conn.ask("ZSCORE z a"), "$1\r\n2\r\n");
  world.tick();
  world.tick();
  assert.equal(world.children.length, 1, "the cron starts it");
  assert.equal(await world.finishChild(), 0);
  assert.equal(conn.ask("PING", "SADD t healed"), "+PONG\r\n:1\r\n");
  await pass(world, 2);
  const fs = world.fs.clone();
  fs.powerCut("none", "none");
  const next = await new ServerWorld([], fs).start();
  assert.equal(data(next), data(world), "and everything is on disk");
});

Deno.test("disk errors §3: a rewrite that is to heal fails too: the next follows, with the limit's delays", async () => {
  const { world, conn } = await started("appendfsync everysec");
  world.fs.inject({ op: "fdatasync", code: "EIO", path: AOF });
  world.nowMs += 1000;
  conn.ask("RPUSH l c");
  await world.settle();
  for (let i = 0; i < 3; i++) {
    world.tick();
    world.tick();
    assert.equal(world.children.length, i + 1);
    world.children[i].exit({ code: 1, signal: undefined });
    await world.settle();
  }
  await pass(world, 59);
  assert.equal(world.children.length, 3);
  await pass(world, 2);
  assert.equal(world.children.length, 4);
  assert.equal(conn.ask("SET k v"), BROKEN);
  await world.finishChild();
  await world.settle();
  assert.equal(conn.ask("SET k v"), "+OK\r\n");
});

for (
  const [name, fault, line] of [
    ["no space", { op: "write", code: "ENOSPC" }, /^# Can't recover from AOF write error/],
    ["half a command", { op: "write", code: "ENOSPC", keep: 9 }, /^# Can't recover from AOF write error/],
    [
      "a failed fsync",
      { op: "fdatasync", code: "EIO" },
      /^# Can't persist AOF for fsync error .*: Input\/output error/,
    ],
  ] as const
) {
  for (const truncates of [true, false]) {
    const also = truncates ? "" : ", ftruncate failing too";
    Deno.test(`disk errors §2: ${name} under always${also}: the server ends before it answers`, async () => {
      for (const write of WRITES) {
        const { world, conn } = await started("appendfsync always");
        const before = data(world);
        world.fs.inject({ ...fault, path: AOF });
        if (!truncates) world.fs.inject({ op: "ftruncate", code: "EIO", path: AOF });
        assert.throws(() => conn.ask(write), Exited);
        assert.equal(world.exitCode, 1);
        assert.equal(conn.take(), "", write);
        assert.match(world.takeLog().at(-1)!, line);
        const after = await loaded(world);
        // Not answered: it may be there, after a failed fsync, or not.
        if (fault.op === "fdatasync") assert.ok(after === before || after === data(world));
        else assert.equal(after, before);
      }
    });
  }
}

Deno.test("disk errors: BGSAVE on a disk that is full or fails: the last file stays, the temp file goes, the next try works", async () => {
  for (
    const fault of [
      { op: "open", code: "ENOSPC" },
      { op: "write", code: "ENOSPC" },
      { op: "write", code: "ENOSPC", keep: 20 },
      { op: "fdatasync", code: "EIO" },
      { op: "close", code: "ENOSPC" },
      { op: "rename", code: "EACCES" },
    ] as const
  ) {
    for (const command of ["BGSAVE", "SAVE"]) {
      const { world, conn } = await started("appendonly no");
      assert.equal(conn.ask("SAVE"), "+OK\r\n");
      const last = world.fs.contents("/data/dump.rdb");
      conn.ask("RPUSH l newer");
      world.fs.inject({ ...fault, path: "temp-" });
      if (command === "SAVE") assert.equal(conn.ask("SAVE"), "-ERR\r\n");
      else {
        assert.equal(conn.ask("BGSAVE"), "+Background saving started\r\n");
        assert.equal(await world.finishChild(), 1);
        assert.match(conn.ask("INFO persistence"), /rdb_last_bgsave_status:err/);
      }
      world.fs.heal();
      assert.deepEqual(world.fs.contents("/data/dump.rdb"), last, fault.op);
      assert.deepEqual(world.fs.list("/data").filter((file) => file.startsWith("temp-")), []);
      assert.equal(conn.ask("SADD t more"), ":1\r\n", "there are no save points");
      conn.ask("BGSAVE");
      assert.equal(await world.finishChild(), 0);
      assert.match(conn.ask("INFO persistence"), /rdb_last_bgsave_status:ok/);
      const next = new ServerWorld(["appendonly no"], world.fs.clone());
      await next.start();
      assert.equal(data(next), data(world));
    }
  }
});

Deno.test("disk errors: a BGSAVE whose child dies, is killed, hangs or cannot be spawned leaves the last file", async () => {
  for (
    const [code, signal, status] of [[1, undefined, "err"], [137, "SIGKILL", "err"], [
      138,
      "SIGUSR1",
      "ok",
    ]] as const
  ) {
    const { world, conn } = await started("appendonly no");
    conn.ask("SAVE", "SADD t more");
    world.stuckChildren = signal !== undefined;
    conn.ask("BGSAVE");
    world.stuckChildren = false;
    const [child] = world.children;
    world.fs.install(`/data/temp-${child.pid}.rdb`, new Uint8Array(9));
    child.exit({ code, signal });
    child.breakPipe();
    await world.settle();
    assert.match(conn.ask("INFO persistence"), new RegExp(`rdb_last_bgsave_status:${status}`));
    assert.deepEqual(world.fs.list("/data"), ["dump.rdb"]);
    conn.ask("BGSAVE");
    assert.equal(await world.finishChild(), 0);
    const next = new ServerWorld(["appendonly no"], world.fs.clone());
    await next.start();
    assert.equal(data(next), data(world));
  }
});
