/** docs/AOF.md §4: who starts a rewrite when, the replies, the limit after failures, and the AOF's three states. */

import assert from "node:assert/strict";
import { AOF_OFF, AOF_ON, AOF_WAIT_REWRITE } from "../../lib/aof/aof.ts";
import { IoError } from "../../lib/platform/types.ts";
import { type FakeConn, ServerWorld } from "../support/server_world.ts";

const STARTED = "+Background append only file rewriting started\r\n";
const SCHEDULED = "+Background append only file rewriting scheduled\r\n";
const RUNNING = "-ERR Background append only file rewriting already in progress\r\n";
const FAILED =
  "-ERR Can't execute an AOF background rewriting. Please check the server logs for more information.\r\n";
const NOT_TURNED_ON = "-ERR CONFIG SET failed (possibly related to argument 'appendonly') - " +
  "Unable to turn on AOF. Check server logs.\r\n";
const TURN_ON = "CONFIG SET appendonly yes";
const TURN_OFF = "CONFIG SET appendonly no";
const RESTORED =
  "# Failed applying new configuration. Possibly related to new appendonly setting. Restoring previous settings.";
const AOF = "/data/appendonly.aof";
const MINUTE_MS = 60_000;

async function started(...options: string[]): Promise<{ world: ServerWorld; conn: FakeConn }> {
  const world = await new ServerWorld(options).start();
  const conn = world.connect();
  world.takeLog();
  return { world, conn };
}

/** INFO's field. */
function info(conn: FakeConn, field: string): string {
  const found = new RegExp(`^${field}:(.*?)\r$`, "m").exec(conn.ask("INFO persistence"));
  assert.notEqual(found, null, field);
  return found![1];
}

/** The running child ends like this. */
async function ends(world: ServerWorld, code: number, signal?: string): Promise<void> {
  world.children.at(-1)!.exit({ code, signal });
  await world.settle();
}

/** Everything that a kill asks for happens, and what the cron starts then. */
async function killed(world: ServerWorld): Promise<void> {
  const { signals } = world.children.at(-1)!;
  assert.ok(signals.length > 0 && signals.every((signal) => signal === "SIGKILL"));
  await ends(world, 137, "SIGKILL");
}

Deno.test("rewrite §4 BGREWRITEAOF: started, refused while one runs, started again when it is over", async () => {
  const { world, conn } = await started();
  assert.equal(conn.ask("SET k v", "BGREWRITEAOF").slice(5), STARTED);
  assert.equal(conn.ask("BGREWRITEAOF"), RUNNING);
  assert.equal(info(conn, "aof_rewrite_in_progress"), "1");
  assert.equal(info(conn, "aof_current_rewrite_time_sec"), "0");
  world.nowMs += 3000;
  assert.equal(await world.finishChild(), 0);
  assert.equal(info(conn, "aof_rewrite_in_progress"), "0");
  assert.equal(info(conn, "aof_current_rewrite_time_sec"), "-1");
  assert.equal(info(conn, "aof_last_rewrite_time_sec"), "3");
  assert.equal(info(conn, "aof_last_bgrewrite_status"), "ok");
  assert.equal(conn.ask("BGREWRITEAOF"), STARTED);
  await world.finishChild();
});

Deno.test("rewrite §4 BGREWRITEAOF: behind a BGSAVE it is scheduled, and the cron starts it", async () => {
  const { world, conn } = await started();
  conn.ask("SET k v");
  assert.match(conn.ask("BGSAVE"), /^\+Background saving started/);
  assert.equal(conn.ask("BGREWRITEAOF"), SCHEDULED);
  assert.equal(info(conn, "aof_rewrite_scheduled"), "1");
  world.tick();
  assert.equal(world.children.length, 1, "one child at a time");
  assert.equal(await world.finishChild(), 0);
  world.tick();
  assert.equal(world.children.length, 2);
  assert.equal(info(conn, "aof_rewrite_scheduled"), "0");
  assert.equal(info(conn, "aof_rewrite_in_progress"), "1");
  await world.finishChild();
  assert.match(world.aof(), /SET\r\n\$1\r\nk/);
});

Deno.test("rewrite §4 BGREWRITEAOF: in a transaction it is scheduled, never started amid a unit", async () => {
  const { world, conn } = await started();
  const replies = conn.ask("MULTI", "SET a 1", "BGREWRITEAOF", "SET b 1", "EXEC");
  assert.ok(replies.endsWith(`*3\r\n+OK\r\n${SCHEDULED}+OK\r\n`), replies);
  assert.equal(world.children.length, 0);
  world.tick();
  assert.equal(world.children.length, 1);
  await world.finishChild();
});

Deno.test("rewrite §4 BGREWRITEAOF: no child can be spawned", async () => {
  const { world, conn } = await started();
  world.spawnError = new IoError("EAGAIN", "Resource temporarily unavailable", "spawn");
  assert.equal(conn.ask("BGREWRITEAOF"), FAILED);
  assert.deepEqual(world.takeLog(), [
    "# Can't rewrite append only file in background: fork: Resource temporarily unavailable",
  ]);
  assert.equal(info(conn, "aof_last_bgrewrite_status"), "err");
  assert.equal(conn.ask("SET k v"), "+OK\r\n", "and the AOF goes on");
  world.spawnError = null;
  assert.equal(conn.ask("BGREWRITEAOF"), STARTED);
  await world.finishChild();
  assert.equal(info(conn, "aof_last_bgrewrite_status"), "ok");
});

Deno.test("rewrite §4 BGREWRITEAOF: works with the AOF off, and BGSAVE is refused meanwhile", async () => {
  const { world, conn } = await started("appendonly no");
  conn.ask("HSET h f v");
  assert.equal(conn.ask("BGREWRITEAOF"), STARTED);
  assert.match(conn.ask("BGSAVE"), /^-ERR Another child process is active \(AOF\?\)/);
  assert.equal(await world.finishChild(), 0);
  assert.match(world.aof(), /HMSET\r\n\$1\r\nh/);
  assert.equal(world.server.aof.state, AOF_OFF);
});

Deno.test("rewrite §4 cron: what was asked for comes before save points, those before growth", async () => {
  const { world, conn } = await started(
    "save 1 1",
    "auto-aof-rewrite-min-size 1",
    "auto-aof-rewrite-percentage 1",
  );
  conn.ask("SET k v", "MULTI", "BGREWRITEAOF", "EXEC");
  world.nowMs += 10_000;
  const kinds = (): string[] =>
    world.children.map((child) => child.args[0].includes("rdb") ? "save" : "rewrite");
  world.tick();
  assert.deepEqual(kinds(), ["rewrite"]);
  await world.finishChild();
  conn.ask("SET k v", "SET l v", "SET m v");
  world.tick();
  assert.deepEqual(kinds(), ["rewrite", "save"]);
  await world.finishChild();
  world.tick();
  assert.deepEqual(kinds(), ["rewrite", "save", "rewrite"]);
  await world.finishChild();
});

Deno.test("rewrite §4 auto: by percentage of the last size and minimum size, not when off", async () => {
  const world = new ServerWorld(["appendfsync always", "auto-aof-rewrite-min-size 600"]);
  world.fs.install(
    AOF,
    new TextEncoder().encode(`*3\r\n$3\r\nSET\r\n$1\r\na\r\n$300\r\n${"x".repeat(300)}\r\n`),
  );
  await world.start();
  const conn = world.connect();
  const base = Number(info(conn, "aof_base_size"));
  assert.equal(base, world.server.aof.currentSize, "the whole file counts as the base after a load");
  const nothingStarts = (why: string): void => {
    world.tick();
    assert.equal(world.children.length, 0, why);
  };
  conn.ask(`SET b ${"x".repeat(180)}`);
  assert.ok(world.server.aof.currentSize > 1.5 * base && world.server.aof.currentSize < 2 * base);
  nothingStarts("by less than 100 %");
  conn.ask("CONFIG SET auto-aof-rewrite-min-size 5000", `SET c ${"x".repeat(400)}`);
  assert.ok(world.server.aof.currentSize > 2 * base);
  nothingStarts("too small");
  conn.ask("CONFIG SET auto-aof-rewrite-min-size 600 auto-aof-rewrite-percentage 0");
  nothingStarts("0 turns it off");
  conn.ask("CONFIG SET auto-aof-rewrite-percentage 100");
  world.takeLog();
  world.tick();
  assert.equal(world.children.length, 1);
  const growth = Math.trunc(world.server.aof.currentSize * 100 / base) - 100;
  assert.equal(world.takeLog()[0], `* Starting automatic rewriting of AOF on ${growth}% growth`);
  await world.finishChild();
  assert.equal(info(conn, "aof_base_size"), info(conn, "aof_current_size"), "the base is set at the switch");
  conn.ask(TURN_OFF, `SET e ${"x".repeat(5000)}`);
  world.tick();
  assert.equal(world.children.length, 1);
});

Deno.test("rewrite §4 auto: an AOF that was empty counts as one byte", async () => {
  const { world, conn } = await started("appendfsync always", "auto-aof-rewrite-min-size 10");
  conn.ask("SET a 1");
  const size = world.server.aof.currentSize;
  world.takeLog();
  world.tick();
  assert.equal(world.takeLog()[0], `* Starting automatic rewriting of AOF on ${size * 100 - 100}% growth`);
  await world.finishChild();
});

Deno.test("rewrite §4 limit: from the third failure on 1, 2, 4 … 60 minutes pass between automatic starts", async () => {
  const { world, conn } = await started("appendfsync always", "auto-aof-rewrite-min-size 10");
  conn.ask("RPUSH l a b c");
  for (let failures = 1; failures <= 2; failures++) {
    world.tick();
    await ends(world, 1);
    assert.equal(info(conn, "aof_rewrites_consecutive_failures"), String(failures));
  }
  for (const minutes of [1, 2, 4, 8, 16, 32, 60, 60]) {
    const before = world.children.length;
    world.tick();
    assert.equal(world.children.length, before + 1);
    world.takeLog();
    await ends(world, 1);
    assert.deepEqual(world.takeLog(), [
      "# Background AOF rewrite terminated with error",
      `# Background AOF rewrite has repeatedly failed and triggered the limit, will retry in ${minutes} minutes`,
    ]);
    world.nowMs += minutes * MINUTE_MS - 1000;
    world.tick();
    assert.equal(world.children.length, before + 1, `${minutes} minutes have not passed`);
    world.nowMs += 1000;
  }
});

Deno.test("rewrite §4 limit: a manual start does not wait, success forgets the failures, scheduling too", async () => {
  const { world, conn } = await started("appendfsync always", "auto-aof-rewrite-min-size 10");
  const failThrice = async (): Promise<void> => {
    for (let i = 0; i < 3; i++) {
      conn.ask("BGREWRITEAOF");
      await ends(world, 1);
    }
  };
  conn.ask("ZADD z 1 a");
  await failThrice();
  const count = world.children.length;
  world.tick();
  assert.equal(world.children.length, count);
  assert.equal(conn.ask("BGREWRITEAOF"), STARTED);
  await world.finishChild();
  assert.equal(info(conn, "aof_rewrites_consecutive_failures"), "0");
  await failThrice();
  conn.ask("BGSAVE");
  assert.equal(conn.ask("BGREWRITEAOF"), SCHEDULED);
  assert.equal(info(conn, "aof_rewrites_consecutive_failures"), "0");
  await world.finishChild();
  world.tick();
  assert.equal(info(conn, "aof_rewrite_in_progress"), "1");
  await world.finishChild();
});

Deno.test("rewrite §4 limit: what counts as a failure", async () => {
  const { world, conn } = await started();
  const failures = async (end: () => Promise<unknown>): Promise<string> => {
    world.server.persistence.rewrite.forgetFailures();
    conn.ask("BGREWRITEAOF");
    await end();
    return info(conn, "aof_rewrites_consecutive_failures");
  };
  conn.ask("SET k v");
  assert.equal(await failures(() => ends(world, 1)), "1");
  assert.equal(await failures(() => ends(world, 137, "SIGKILL")), "1");
  assert.equal(await failures(() => ends(world, 138, "SIGUSR1")), "0");
  assert.equal(info(conn, "aof_last_bgrewrite_status"), "err", "of the one before");
  const rename = async (): Promise<void> => {
    world.fs.inject({ op: "rename", code: "EACCES", path: AOF });
    await world.finishChild();
  };
  assert.equal(await failures(rename), "1");
  assert.equal(await failures(() => world.finishChild()), "0");
});

Deno.test("states §4: OFF, WAIT_REWRITE, ON, OFF; what was written before and meanwhile is there", async () => {
  const { world, conn } = await started("appendonly no");
  conn.ask("SET before 1");
  assert.equal(conn.ask(TURN_ON), "+OK\r\n");
  assert.equal(world.server.aof.state, AOF_WAIT_REWRITE);
  assert.equal(info(conn, "aof_enabled"), "1");
  conn.ask("RPUSH meanwhile a");
  assert.equal(world.aof(), "", "nothing is durable yet");
  await world.finishChild();
  assert.equal(world.server.aof.state, AOF_ON);
  assert.match(world.aof(), /before[^]*meanwhile/);
  assert.equal(conn.ask(TURN_ON), "+OK\r\n", "again is harmless");
  assert.equal(world.children.length, 1);
  world.fs.trace.length = 0;
  conn.receive("SADD last m");
  assert.equal(conn.ask(TURN_OFF), ":1\r\n+OK\r\n");
  assert.equal(world.server.aof.state, AOF_OFF);
  assert.match(world.aof(), /last/, "what was buffered is written…");
  assert.ok(world.fs.trace.some((line) => line.startsWith("fdatasync")), "…and synced");
  const size = world.aof().length;
  conn.ask("SET unlogged 1");
  await world.settle();
  assert.equal(world.aof().length, size, "the file is kept");
  assert.notEqual(world.fs.tryLock(`${AOF}.lock`), undefined, "and nobody's");
});

Deno.test("states §4: WAIT_REWRITE survives its child's death, and the cron tries again", async () => {
  const { world, conn } = await started("appendonly no");
  conn.ask("SET k v", TURN_ON);
  for (const [code, signal] of [[1, undefined], [137, "SIGKILL"], [138, "SIGUSR1"]] as const) {
    await ends(world, code, signal);
    assert.equal(world.server.aof.state, AOF_WAIT_REWRITE);
    assert.equal(info(conn, "aof_rewrite_scheduled"), "1");
    assert.equal(info(conn, "aof_pending_rewrite"), "1");
    const before = world.children.length;
    world.tick();
    assert.equal(world.children.length, before + 1, String(signal));
  }
  await world.finishChild();
  assert.equal(world.server.aof.state, AOF_ON);
});

Deno.test("states §4: turned on while an RDB is being saved, the rewrite waits for that", async () => {
  const { world, conn } = await started("appendonly no");
  conn.ask("SADD s a", "BGSAVE");
  world.takeLog();
  assert.equal(conn.ask(TURN_ON), "+OK\r\n");
  assert.deepEqual(world.takeLog(), [
    "* AOF was enabled but there is already another background operation. " +
    "An AOF background was scheduled to start when possible.",
  ]);
  assert.equal(info(conn, "aof_rewrite_scheduled"), "1");
  world.tick();
  assert.equal(world.children.length, 1);
  await world.finishChild();
  world.tick();
  assert.equal(world.children.length, 2);
  await world.finishChild();
  assert.equal(world.server.aof.state, AOF_ON);
  assert.match(world.aof(), /SADD/);
});

Deno.test("states §4: turned on in a transaction, the rewrite begins behind it", async () => {
  const { world, conn } = await started("appendonly no");
  conn.ask("MULTI", "INCR n", TURN_ON, "INCR n", "EXEC");
  assert.ok(
    world.takeLog().includes(
      "* AOF was enabled during a transaction. An AOF background was scheduled to start when possible.",
    ),
  );
  assert.equal(world.children.length, 0);
  world.tick();
  await world.finishChild();
  assert.match(world.aof(), /SET\r\n\$1\r\nn\r\n\$1\r\n2\r\n/);
  assert.equal(world.server.aof.state, AOF_ON);
});

Deno.test("states §4: a rewrite without a diff is killed when the AOF is turned on, and another begins", async () => {
  const { world, conn } = await started("appendonly no");
  conn.ask("SET k v", "BGREWRITEAOF", "SET l v");
  world.takeLog();
  assert.equal(conn.ask(TURN_ON), "+OK\r\n");
  assert.deepEqual(world.takeLog(), [
    "* AOF was enabled but there is already an AOF rewriting in background. " +
    "Stopping background AOF and starting a rewrite now.",
    "* Killing running AOF rewrite child: 1000",
  ]);
  await killed(world);
  world.tick();
  await world.finishChild();
  assert.equal(world.server.aof.state, AOF_ON);
  assert.match(world.aof(), /\$1\r\nl\r\n/);
  assert.equal(info(conn, "aof_last_bgrewrite_status"), "ok");
});

Deno.test("states §4: a file that cannot be opened, and a child that cannot be spawned, leave the AOF off", async () => {
  const { world, conn } = await started("appendonly no");
  world.fs.inject({ op: "open", code: "EACCES", path: AOF });
  assert.equal(conn.ask(TURN_ON), NOT_TURNED_ON);
  assert.deepEqual(world.takeLog(), [
    "# Redis needs to enable the AOF but can't open the append only file: Permission denied",
    RESTORED,
  ]);
  assert.equal(world.server.aof.state, AOF_OFF);
  world.spawnError = new IoError("ENOMEM", "Cannot allocate memory", "spawn");
  assert.equal(conn.ask(TURN_ON), NOT_TURNED_ON);
  assert.deepEqual(world.takeLog(), [
    "# Can't rewrite append only file in background: fork: Cannot allocate memory",
    "# Redis needs to enable the AOF but can't trigger a background AOF rewrite operation. " +
    "Check the above logs for more info about the error.",
    RESTORED,
  ]);
  assert.equal(world.server.aof.state, AOF_OFF);
  assert.match(conn.ask("CONFIG GET appendonly"), /\r\nno\r\n$/);
  world.spawnError = null;
  assert.equal(conn.ask(TURN_ON), "+OK\r\n", "and the lock was let go");
  await world.finishChild();
  assert.equal(world.server.aof.state, AOF_ON);
});

Deno.test("states §4: turned off in WAIT_REWRITE, scheduled or running; nothing of the rewrite is left", async () => {
  for (const running of [true, false]) {
    const { world, conn } = await started("appendonly no");
    conn.ask("SET k v");
    if (!running) conn.ask("BGSAVE");
    conn.ask(TURN_ON);
    assert.equal(conn.ask(TURN_OFF), "+OK\r\n");
    assert.equal(world.server.aof.state, AOF_OFF);
    assert.equal(info(conn, "aof_rewrite_scheduled"), "0");
    assert.equal(world.server.persistence.rewrite.bufferBytes, 0);
    if (running) await killed(world);
    else await world.finishChild();
    world.tick();
    assert.equal(world.children.length, 1, "nothing is started any more");
    assert.equal(world.server.persistence.childActive, false);
    assert.deepEqual(world.fs.list("/data").filter((name) => name.startsWith("temp")), []);
  }
});

Deno.test("states §4: off and on again while the first child is still dying", async () => {
  const { world, conn } = await started();
  conn.ask("SET k v", "BGREWRITEAOF", TURN_OFF, "SET l v", TURN_ON, "SET m v");
  assert.equal(world.children.length, 1);
  await killed(world);
  world.tick();
  assert.equal(world.children.length, 2);
  await world.finishChild();
  assert.equal(world.server.aof.state, AOF_ON);
  for (const key of ["k", "l", "m"]) assert.match(world.aof(), new RegExp(`\\$1\\r\\n${key}\\r\\n`));
});

Deno.test("states §4: turning the AOF off ends the errors of its file, turning it on ignores them", async () => {
  const { world, conn } = await started();
  world.fs.inject({ op: "write", code: "ENOSPC", path: AOF, times: Infinity });
  conn.ask("SET k v");
  assert.match(conn.ask("SET l v"), /^-MISCONF/);
  assert.equal(conn.ask(TURN_OFF), "+OK\r\n");
  assert.equal(conn.ask("SET m v"), "+OK\r\n", "nothing is refused while off");
  world.fs.heal();
  world.takeLog();
  conn.ask(TURN_ON);
  assert.ok(world.takeLog().includes("# AOF reopen, just ignore the last error."));
  await world.finishChild();
  assert.equal(info(conn, "aof_last_write_status"), "ok");
  assert.match(world.aof(), /\$1\r\nm\r\n/);
});
