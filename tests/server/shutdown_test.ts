/** docs/AOF.md §9: SHUTDOWN and signals in each state; what is written and synced, what is killed, when the server stays. */

import assert from "node:assert/strict";
import { AOF_ON, AOF_WAIT_REWRITE } from "../../lib/aof/aof.ts";
import { Exited } from "../support/aof_world.ts";
import { datasetText, memoryDataset } from "../support/memory_dataset.ts";
import { type FakeConn, ServerWorld } from "../support/server_world.ts";

const REFUSED = "-ERR Errors trying to SHUTDOWN. Check logs.\r\n";
const FAILED = "# Errors trying to shut down the server. Check the logs for more information.";
const BYE = "# Redis is now ready to exit, bye bye...";
const REQUESTED = "* User requested shutdown...";
const FSYNC = "* Calling fsync() on the AOF file.";
const AOF = "/data/appendonly.aof";

async function started(...options: string[]): Promise<{ world: ServerWorld; conn: FakeConn }> {
  const world = await new ServerWorld(options).start();
  const conn = world.connect();
  conn.ask("SET s v", "RPUSH l a", "HSET h f v", "SADD t 1", "ZADD z 1 a");
  world.takeLog();
  return { world, conn };
}

/** The server ends, with code 0. @returns its last lines */
function ends(world: ServerWorld, conn: FakeConn, command = "SHUTDOWN"): string[] {
  assert.throws(() => conn.ask(command), Exited);
  assert.equal(world.exitCode, 0);
  assert.equal(conn.take(), "");
  const lines = world.takeLog();
  assert.equal(lines.at(-1), BYE);
  return lines;
}

/** What a power cut right now leaves is all that the server has. */
async function nothingIsLost(world: ServerWorld): Promise<void> {
  const fs = world.fs.clone();
  fs.powerCut("none", "none");
  const next = new ServerWorld([], fs);
  next.nowMs = world.nowMs;
  await next.start();
  assert.equal(
    datasetText(memoryDataset(next.server.ks, world.nowMs)),
    datasetText(memoryDataset(world.server.ks, world.nowMs)),
  );
  next.server.cron.stop();
}

function temps(world: ServerWorld): string[] {
  return world.fs.list("/data").filter((name) => name.startsWith("temp-"));
}

for (const policy of ["always", "everysec", "no"]) {
  Deno.test(`shutdown §9, §12.13: with the AOF on everything pipelined is written and synced, appendfsync ${policy}`, async () => {
    const { world, conn } = await started(`appendfsync ${policy}`);
    // Under everysec the first write's fsync is under way: the next write is held back.
    conn.ask("SET held back");
    conn.receive("RPUSH l last");
    assert.deepEqual(ends(world, conn), [REQUESTED, FSYNC, BYE]);
    assert.match(world.aof(), /held[^]*last/);
    await nothingIsLost(world);
  });
}

Deno.test("shutdown §9: with the AOF off nothing is written, unless it is asked for", async () => {
  for (
    const [command, saved] of [["SHUTDOWN", false], ["SHUTDOWN NOSAVE", false], [
      "SHUTDOWN SAVE",
      true,
    ]] as const
  ) {
    const { world, conn } = await started("appendonly no");
    ends(world, conn, command);
    assert.equal(world.fs.stat("/data/dump.rdb") !== undefined, saved);
    assert.equal(world.fs.stat(AOF), undefined);
  }
});

Deno.test("shutdown §9: with save points an RDB file is saved, but for NOSAVE", async () => {
  for (const [command, saved] of [["SHUTDOWN", true], ["SHUTDOWN NOSAVE", false]] as const) {
    const { world, conn } = await started("save 3600 1");
    const lines = ends(world, conn, command);
    assert.equal(lines.includes("* Saving the final RDB snapshot before exiting."), saved);
    assert.equal(world.fs.stat("/data/dump.rdb") !== undefined, saved);
    await nothingIsLost(world);
  }
});

Deno.test("shutdown §9: a running rewrite is killed, its files go, and the old file is whole", async () => {
  const { world, conn } = await started();
  conn.ask("BGREWRITEAOF");
  await world.settle();
  conn.ask("SADD t meanwhile");
  world.fs.install("/data/temp-rewriteaof-1000.aof", new Uint8Array(5));
  world.takeLog();
  const lines = ends(world, conn);
  assert.deepEqual(lines, [
    REQUESTED,
    "# There is a child rewriting the AOF. Killing it!",
    "* Killing running AOF rewrite child: 1000",
    FSYNC,
    BYE,
  ]);
  assert.deepEqual(world.children[0].signals, ["SIGKILL"]);
  assert.deepEqual(temps(world), []);
  await nothingIsLost(world);
});

Deno.test("shutdown §9: a running save is killed, its file goes", async () => {
  const { world, conn } = await started();
  conn.ask("BGSAVE");
  await world.settle();
  world.fs.install("/data/temp-1000.rdb", new Uint8Array(5));
  world.takeLog();
  assert.deepEqual(ends(world, conn), [
    REQUESTED,
    "# There is a child saving an .rdb. Killing it!",
    FSYNC,
    BYE,
  ]);
  assert.deepEqual(world.children[0].signals, ["SIGKILL"]);
  assert.deepEqual(temps(world), []);
  await nothingIsLost(world);
});

Deno.test("shutdown §9: in WAIT_REWRITE it is refused while the first file is being written, FORCE ends all the same", async () => {
  const { world, conn } = await started("appendonly no");
  conn.ask("CONFIG SET appendonly yes");
  world.takeLog();
  for (const command of ["SHUTDOWN", "SHUTDOWN NOSAVE", "SHUTDOWN NOW"]) {
    assert.equal(conn.ask(command), REFUSED);
    assert.deepEqual(world.takeLog(), [REQUESTED, "# Writing initial AOF, can't exit.", FAILED]);
  }
  assert.equal(world.server.aof.state, AOF_WAIT_REWRITE);
  assert.deepEqual(world.children[0].signals, []);
  conn.ask("RPUSH l more");
  const forced = new ServerWorld(["appendonly no"], world.fs.clone());
  await forced.start();
  const other = forced.connect();
  other.ask("CONFIG SET appendonly yes");
  forced.takeLog();
  assert.deepEqual(ends(forced, other, "SHUTDOWN FORCE").slice(0, 3), [
    REQUESTED,
    "# Writing initial AOF. Exit anyway.",
    "# There is a child rewriting the AOF. Killing it!",
  ]);
  await world.finishChild();
  assert.equal(world.server.aof.state, AOF_ON);
  ends(world, conn);
  await nothingIsLost(world);
});

Deno.test("shutdown §9: when the RDB file cannot be saved the server stays, with its AOF on; FORCE ends it", async () => {
  const { world, conn } = await started("save 3600 1");
  world.fs.inject({ op: "write", code: "ENOSPC", path: ".rdb", times: Infinity });
  assert.equal(conn.ask("SHUTDOWN"), REFUSED);
  assert.deepEqual(world.takeLog().slice(-2), ["# Error trying to save the DB, can't exit.", FAILED]);
  assert.equal(world.exitCode, undefined);
  assert.equal(world.server.aof.state, AOF_ON);
  assert.equal(
    conn.ask("RPUSH l still", "CONFIG GET appendonly"),
    ":2\r\n*2\r\n$10\r\nappendonly\r\n$3\r\nyes\r\n",
  );
  await world.settle();
  assert.match(world.aof(), /still/);
  assert.deepEqual(ends(world, conn, "SHUTDOWN FORCE").slice(-2), [
    "# Error trying to save the DB. Exit anyway.",
    BYE,
  ]);
  await nothingIsLost(world);
});

Deno.test("shutdown §9: a rewrite that was killed by a shutdown that failed does no harm", async () => {
  const { world, conn } = await started("save 3600 1");
  conn.ask("BGREWRITEAOF");
  await world.settle();
  world.fs.inject({ op: "rename", code: "EACCES", path: "dump.rdb" });
  assert.equal(conn.ask("SHUTDOWN"), REFUSED);
  world.children[0].exit({ code: 137, signal: "SIGKILL" });
  await world.settle();
  conn.ask("SADD t later");
  conn.ask("BGREWRITEAOF");
  assert.equal(await world.finishChild(), 0);
  ends(world, conn);
  await nothingIsLost(world);
});

Deno.test("shutdown §9: a file that cannot be written or synced is told, and the end comes all the same", async () => {
  for (
    const [op, line] of [
      ["write", "# Error writing to the AOF file: Input/output error"],
      ["fdatasync", "# Fail to fsync the AOF file: Input/output error"],
    ] as const
  ) {
    const { world, conn } = await started("appendfsync no");
    world.fs.inject({ op, code: "EIO", path: AOF, times: Infinity });
    conn.receive("SET k v");
    const lines = ends(world, conn);
    assert.ok(lines.includes(line), lines.join("\n"));
    assert.ok(lines.includes("# Error trying to fsync the AOF file at exit."));
  }
});

Deno.test("shutdown §8: shutdown-on-sigterm and shutdown-on-sigint say what a signal saves", async () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    for (
      const [options, saved] of [
        [["save 3600 1"], true],
        [["save 3600 1", `shutdown-on-${signal.toLowerCase()} nosave`], false],
        [[`shutdown-on-${signal.toLowerCase()} save now`], true],
        [[], false],
      ] as const
    ) {
      const { world } = await started(...options);
      assert.throws(() => world.server.signalled(signal), Exited);
      assert.equal(world.exitCode, 0);
      assert.equal(world.fs.stat("/data/dump.rdb") !== undefined, saved, `${signal} ${options}`);
      assert.equal(world.takeLog()[0], `# Received ${signal} scheduling shutdown...`);
      await nothingIsLost(world);
    }
  }
});

Deno.test("shutdown §9: a second SIGINT ends at once, unless the first was refused", async () => {
  const { world, conn } = await started("appendonly no");
  conn.ask("CONFIG SET appendonly yes");
  for (let i = 0; i < 2; i++) {
    world.server.signalled("SIGINT");
    assert.equal(world.exitCode, undefined);
  }
  world.server.signalled("SIGTERM");
  assert.equal(world.exitCode, undefined);
  const stuck = await started();
  stuck.world.server.persistence.shutdown = () => undefined;
  stuck.world.server.signalled("SIGINT");
  assert.throws(() => stuck.world.server.signalled("SIGINT"), Exited);
  assert.equal(stuck.world.exitCode, 1);
  assert.equal(stuck.world.takeLog().at(-1), "# You insist... exiting now.");
});

Deno.test("shutdown §9: while the AOF is loaded nothing is saved and the file stays as it is", async () => {
  const { world, conn } = await started("appendfsync always");
  conn.ask("SET k v");
  const whole = world.aof();
  world.fs.kill();
  const next = new ServerWorld(["save 3600 1"], world.fs);
  next.server.persistence.start().catch(() => {});
  assert.equal(next.server.persistence.loading, true);
  assert.throws(() => next.server.signalled("SIGTERM"), Exited);
  assert.equal(next.exitCode, 0);
  assert.equal(next.fs.stat("/data/dump.rdb"), undefined);
  assert.equal(next.aof(), whole);
  await next.settle();
});
