/**
 * docs/AOF.md §5, §6: whatever goes wrong in a rewrite, the old file stays valid and complete, temp files go, the diff
 * is forgotten, the status says so, and the next try works. With all types, and writes all the time.
 */

import assert from "node:assert/strict";
import { AOF_ON } from "../../lib/aof/aof.ts";
import { RewriteBuffer } from "../../lib/aof/rewrite_buffer.ts";
import { IoError } from "../../lib/platform/types.ts";
import { capturedLog, Exited } from "../support/aof_world.ts";
import { datasetText, memoryDataset } from "../support/memory_dataset.ts";
import { type FakeChild, type FakeConn, ServerWorld } from "../support/server_world.ts";

const AOF = "/data/appendonly.aof";
const TEMP = "temp-rewriteaof-1";
const TEMP_BG = "temp-rewriteaof-bg-";
const MEGABYTE = 1024 * 1024;

const SAMPLE = ["SET s v", "RPUSH l a b", "HSET h f v", "SADD t 1 2", "ZADD z 1 a", "EXPIRE h 1000"];

function data(world: ServerWorld): string {
  return datasetText(memoryDataset(world.server.ks, world.nowMs));
}

function temps(world: ServerWorld): string[] {
  return world.fs.list("/data").filter((name) => name.startsWith("temp-"));
}

/** A server with a bit of everything that rewrites while it is written to. */
async function rewriting(): Promise<{ world: ServerWorld; conn: FakeConn; child: FakeChild }> {
  const world = await new ServerWorld(["appendfsync always"]).start();
  const conn = world.connect();
  for (const line of SAMPLE) conn.ask(line);
  conn.ask("BGREWRITEAOF");
  await world.settle();
  conn.ask("RPUSH l meanwhile", "INCR n");
  world.takeLog();
  return { world, conn, child: world.children[0] };
}

/** The rewrite is over without success: everything is as it was before it, and a second one works. */
async function assertHarmless(world: ServerWorld, conn: FakeConn, status = "err"): Promise<void> {
  const { rewrite } = world.server.persistence;
  assert.equal(rewrite.active, false);
  assert.equal(rewrite.lastOk ? "ok" : "err", status);
  assert.equal(rewrite.bufferBytes, 0);
  assert.equal(world.server.aof.diff, null);
  assert.equal(rewrite.currentSeconds, -1);
  assert.deepEqual(temps(world), []);
  assert.equal(world.server.aof.state, AOF_ON);
  assert.equal(conn.ask("SADD t after"), ":1\r\n");
  await survivesKill(world);
  conn.ask("BGREWRITEAOF", "ZADD z 2 again");
  assert.equal(await world.finishChild(), 0);
  assert.equal(rewrite.lastOk, true);
  assert.deepEqual(temps(world), []);
  conn.ask("SADD t last");
  await survivesKill(world);
}

/** Another server that is started on the same disk has the same data. */
async function survivesKill(world: ServerWorld): Promise<void> {
  const next = new ServerWorld([], world.fs.clone());
  next.nowMs = world.nowMs;
  await next.start();
  assert.equal(data(next), data(world));
  next.server.cron.stop();
}

/** The child runs its program and ends as that says. */
async function childWorks(world: ServerWorld, child: FakeChild): Promise<number> {
  const code = world.runChild(child);
  child.exit({ code, signal: undefined });
  await world.settle();
  return code;
}

for (
  const [name, code, signal, status, line] of [
    ["exits with 1", 1, undefined, "err", "# Background AOF rewrite terminated with error"],
    ["is killed by SIGKILL", 137, "SIGKILL", "err", "# Background AOF rewrite terminated by signal 9"],
    [
      "is ended by SIGUSR1, which is no failure",
      138,
      "SIGUSR1",
      "ok",
      "# Background AOF rewrite terminated by signal 10",
    ],
    ["crashes with SIGSEGV", 139, "SIGSEGV", "err", "# Background AOF rewrite terminated by signal 11"],
  ] as const
) {
  Deno.test(`rewrite §6 failure: the child ${name}`, async () => {
    const { world, conn, child } = await rewriting();
    world.fs.install(`/data/temp-rewriteaof-${child.pid}.aof`, new Uint8Array(10));
    child.exit({ code, signal });
    await world.settle();
    assert.equal(world.takeLog()[0], line);
    await assertHarmless(world, conn, status);
  });
}

Deno.test("rewrite §6 failure: the child is ended when it has written its file, but before it is in place", async () => {
  const { world, conn, child } = await rewriting();
  assert.equal(world.runChild(child), 0);
  assert.equal(temps(world).length, 1);
  child.exit({ code: 137, signal: "SIGKILL" });
  await world.settle();
  await assertHarmless(world, conn);
});

Deno.test("rewrite §5 failure: the child dies half-way through the pipe", async () => {
  const world = await new ServerWorld(["appendfsync always"]).start();
  const conn = world.connect();
  for (const line of SAMPLE) conn.ask(line);
  world.stuckChildren = true;
  conn.ask("BGREWRITEAOF");
  world.stuckChildren = false;
  const [child] = world.children;
  await world.settle();
  conn.ask("HSET h g w");
  world.fs.install(`/data/temp-rewriteaof-${child.pid}.aof`, new Uint8Array(10));
  child.exit({ code: 137, signal: "SIGKILL" });
  child.breakPipe();
  await world.settle();
  assert.equal(child.closed, false);
  await assertHarmless(world, conn);
});

Deno.test("rewrite §5 failure: the pipe breaks under a child that lives on: it is killed", async () => {
  const world = await new ServerWorld(["appendfsync always"]).start();
  const conn = world.connect();
  world.stuckChildren = true;
  conn.ask(...SAMPLE, "BGREWRITEAOF");
  world.stuckChildren = false;
  const [child] = world.children;
  await world.settle();
  child.breakPipe();
  await world.settle();
  assert.deepEqual(child.signals, ["SIGKILL"]);
  child.exit({ code: 137, signal: "SIGKILL" });
  await world.settle();
  await assertHarmless(world, conn);
});

Deno.test("rewrite §5 failure: a child that takes nothing for 60 s is killed", async () => {
  const timers = new Map<number, { callback: () => void; ms: number }>();
  const { setTimeout, clearTimeout } = globalThis;
  const fake = globalThis as { setTimeout: unknown; clearTimeout: unknown };
  const world = await new ServerWorld(["appendfsync always"]).start();
  const conn = world.connect();
  conn.ask(...SAMPLE);
  try {
    fake.setTimeout = (callback: () => void, ms: number): number => {
      timers.set(timers.size + 1, { callback, ms });
      return timers.size;
    };
    fake.clearTimeout = (id: number): void => void timers.delete(id);
    world.stuckChildren = true;
    conn.ask("BGREWRITEAOF");
    world.stuckChildren = false;
    for (let i = 0; i < 50; i++) await Promise.resolve();
  } finally {
    fake.setTimeout = setTimeout;
    fake.clearTimeout = clearTimeout;
  }
  const [watch] = [...timers.values()].filter(({ ms }) => ms === 60_000);
  assert.deepEqual(world.children[0].signals, []);
  watch.callback();
  assert.deepEqual(world.children[0].signals, ["SIGKILL"]);
  world.children[0].exit({ code: 137, signal: "SIGKILL" });
  world.children[0].breakPipe();
  await world.settle();
  await assertHarmless(world, conn);
});

Deno.test("rewrite §5 failure: no child can be spawned", async () => {
  const world = await new ServerWorld(["appendfsync always"]).start();
  const conn = world.connect();
  conn.ask(...SAMPLE);
  world.spawnError = new IoError("EAGAIN", "Resource temporarily unavailable", "spawn");
  conn.ask("BGREWRITEAOF");
  world.spawnError = null;
  await assertHarmless(world, conn);
});

for (
  const [op, line] of [
    ["open", "# Opening the temp file for AOF rewrite in rewriteAppendOnlyFile(): No space left on device"],
    ["write", "# Write error writing append only file on disk: No space left on device"],
    ["fdatasync", "# Write error writing append only file on disk: No space left on device"],
    ["close", "# Write error writing append only file on disk: No space left on device"],
    ["rename", "# Error moving temp append only file on the final destination: No space left on device"],
  ] as const
) {
  Deno.test(`rewrite §5 failure: in the child, ${op} of the temp file`, async () => {
    const { world, conn, child } = await rewriting();
    world.fs.inject({ op, code: "ENOSPC", path: TEMP });
    assert.equal(await childWorks(world, child), 1);
    assert.deepEqual(world.takeLog().slice(-2), [line, "# Background AOF rewrite terminated with error"]);
    await assertHarmless(world, conn);
  });
}

Deno.test("rewrite §5 failure: the disk is full in the middle of the child's file", async () => {
  const { world, conn, child } = await rewriting();
  const used = world.fs.contents(AOF).length;
  world.fs.capacity = used + 30;
  assert.equal(await childWorks(world, child), 1);
  world.fs.heal();
  await assertHarmless(world, conn);
});

for (
  const [name, fault, line] of [
    [
      "cannot be opened",
      { op: "open", code: "EMFILE" },
      "# Unable to open the temporary AOF produced by the child: Too many open files",
    ],
    [
      "does not take the rest",
      { op: "write", code: "ENOSPC" },
      "# Error trying to flush the parent diff to the rewritten AOF: No space left on device",
    ],
    [
      "takes half of the rest",
      { op: "write", code: "ENOSPC", keep: 5 },
      "# Error trying to flush the parent diff to the rewritten AOF: Input/output error",
    ],
    ["cannot be opened by the worker", { op: "open", code: "EIO", at: 2 }, /Input\/output error/],
    ["cannot be synced", { op: "fdatasync", code: "EIO" }, /Input\/output error/],
    ["does not tell its size", { op: "fstat", code: "EIO" }, /Input\/output error/],
    [
      "cannot be renamed",
      { op: "rename", code: "EACCES" },
      "# Error trying to rename the temporary AOF file: Permission denied",
    ],
  ] as const
) {
  Deno.test(`rewrite §6 failure: the child's file ${name}`, async () => {
    const { world, conn, child } = await rewriting();
    assert.equal(world.runChild(child), 0);
    conn.ask("RPUSH l rest");
    world.takeLog();
    world.fs.inject({ ...fault, path: TEMP_BG });
    child.exit({ code: 0, signal: undefined });
    await world.settle();
    const lines = world.takeLog();
    assert.equal(lines[0], "* Background AOF rewrite terminated with success");
    assert.ok(
      lines.some((one) => typeof line === "string" ? one === line : line.test(one)),
      lines.join("\n"),
    );
    assert.match(lines.at(-1)!, /^# The rewritten AOF was not put in place: /);
    assert.equal(conn.ask("PING"), "+PONG\r\n", "the old file is well");
    world.fs.heal();
    await assertHarmless(world, conn);
  });
}

Deno.test("rewrite §6 failure: under everysec a file that the worker cannot sync does not replace the old one", async () => {
  const world = await new ServerWorld(["appendfsync everysec"]).start();
  const conn = world.connect();
  conn.ask(...SAMPLE, "BGREWRITEAOF");
  await world.settle();
  world.fs.inject({ op: "fdatasync", code: "EIO", path: TEMP_BG });
  await world.finishChild();
  await assertHarmless(world, conn);
});

Deno.test("rewrite §6: under always a new file that cannot be synced under its name ends the process", async () => {
  for (const fault of [{ op: "fdatasync", at: 2, path: TEMP_BG }, { op: "syncDir" }] as const) {
    const { world, child } = await rewriting();
    assert.equal(world.runChild(child), 0);
    world.fs.inject({ ...fault, code: "EIO" });
    const ended = Promise.withResolvers<unknown>();
    const onRejection = (event: PromiseRejectionEvent): void => {
      event.preventDefault();
      ended.resolve(event.reason);
    };
    addEventListener("unhandledrejection", onRejection);
    child.exit({ code: 0, signal: undefined });
    await world.settle();
    assert.ok(await ended.promise instanceof Exited);
    removeEventListener("unhandledrejection", onRejection);
    assert.equal(world.exitCode, 1);
    assert.equal(
      world.lines.at(-1),
      "# Can't persist AOF for fsync error when the AOF fsync policy is 'always': Input/output error. Exiting...",
    );
  }
});

Deno.test("rewrite §6 done: log, sizes, one SELECT anew, nothing twice, nothing lost", async () => {
  const { world, conn, child } = await rewriting();
  const rest = world.server.persistence.rewrite.bufferBytes;
  assert.ok(rest > 0);
  assert.equal(world.runChild(child), 0);
  assert.ok(world.takeLog().includes("* SYNC append only file rewrite performed"));
  conn.ask("APPEND s x");
  child.exit({ code: 0, signal: undefined });
  await world.settle();
  const lines = world.takeLog();
  assert.deepEqual(lines.slice(0, 3), [
    "* Background AOF rewrite terminated with success",
    "* Residual parent diff successfully flushed to the rewritten AOF (0.00 MB)",
    "* Background AOF rewrite finished successfully",
  ]);
  assert.match(lines[3], /^- Background AOF rewrite signal handler took \d+us$/);
  const { aof } = world.server;
  assert.deepEqual([aof.currentSize, aof.baseSize], [world.aof().length, world.aof().length]);
  assert.equal(world.aof().split("APPEND").length, 2, "once");
  const size = world.aof().length;
  conn.ask("SET s w");
  assert.match(world.aof().slice(size), /^\*2\r\n\$6\r\nSELECT\r\n\$1\r\n0\r\n\*3\r\n\$3\r\nSET/);
  await survivesKill(world);
});

Deno.test("rewrite §6: the AOF is turned off, or off and on, while the new file is being put in place", async () => {
  for (const again of [false, true]) {
    for (let turns = 0; turns < 12; turns++) {
      const { world, conn, child } = await rewriting();
      assert.equal(world.runChild(child), 0);
      child.exit({ code: 0, signal: undefined });
      for (let i = 0; i < turns; i++) {
        await Promise.resolve();
        if (i % 3 === 2) world.worker.step();
      }
      conn.ask("CONFIG SET appendonly no");
      conn.ask("RPUSH l unlogged");
      if (again) conn.ask("CONFIG SET appendonly yes", "RPUSH l logged");
      await world.settle();
      assert.equal(world.server.persistence.childActive, again && world.children.length > 1);
      if (again) {
        world.tick();
        await world.finishChild();
        assert.equal(world.server.aof.state, AOF_ON);
        await survivesKill(world);
      }
      assert.deepEqual(temps(world), [], `after ${turns} turns`);
      assert.equal(world.fs.openFiles, again ? 2 : 0);
    }
  }
});

Deno.test("rewrite §5: the parent dies: the child sees the end of its input, removes its file and exits with 1", async () => {
  const { world, child } = await rewriting();
  const sent = child.received.slice();
  const bytes = new Uint8Array(sent.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of sent) {
    bytes.set(piece, at);
    at += piece.length;
  }
  // Up to where the snapshot ends; behind that is the diff, which may end anywhere.
  const marker = bytes.lastIndexOf(0xff) + 1;
  assert.ok(marker > 50);
  for (let length = 0; length < marker; length += 7) {
    child.received.splice(0, Infinity, bytes.subarray(0, length));
    assert.equal(world.runChild(child), 1, `${length} bytes`);
    assert.deepEqual(temps(world), []);
  }
});

Deno.test("rewrite §9: what a killed server and its children leave is gone after the next start", async () => {
  for (const appendonly of ["yes", "no"]) {
    const { world } = await rewriting();
    for (const name of ["temp-rewriteaof-5.aof", "temp-rewriteaof-bg-6.aof", "temp-7.rdb"]) {
      world.fs.install(`/data/${name}`, new Uint8Array(10));
    }
    world.fs.kill();
    const next = await new ServerWorld([`appendonly ${appendonly}`], world.fs).start();
    // Without the AOF's lock nobody knows whose rewrites they are.
    const left = appendonly === "yes" ? [] : ["temp-rewriteaof-5.aof", "temp-rewriteaof-bg-6.aof"];
    assert.deepEqual(temps(next), left);
  }
});

Deno.test("rewrite §5: the AOF of nothing is not empty, so no old dump.rdb comes back at the next start", async () => {
  const world = await new ServerWorld(["appendfsync always"]).start();
  const conn = world.connect();
  conn.ask(...SAMPLE);
  assert.equal(conn.ask("SAVE"), "+OK\r\n");
  conn.ask("FLUSHALL", "BGREWRITEAOF");
  assert.equal(await world.finishChild(), 0);
  assert.ok(world.fs.stat("/data/dump.rdb") !== undefined);
  await survivesKill(world);
});

Deno.test("rewrite §6 diff: blocks of 10 MB, a line for every tenth that is about to come", () => {
  const { log, lines } = capturedLog();
  const buffer = new RewriteBuffer(log);
  const piece = new Uint8Array(MEGABYTE);
  for (let i = 0; i < 80; i++) buffer.append(piece, 0, piece.length);
  assert.deepEqual(lines, []);
  buffer.append(piece, 0, 1);
  assert.deepEqual(lines, ["* Background AOF buffer size: 80 MB"]);
  assert.equal(buffer.length, 80 * MEGABYTE + 1);
  let drained = 0;
  while (buffer.length > 0) {
    const { length } = buffer.front(3 * MEGABYTE);
    assert.ok(length <= 3 * MEGABYTE);
    buffer.consume(length);
    drained += length;
  }
  assert.equal(drained, 80 * MEGABYTE + 1);
});
