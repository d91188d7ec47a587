/** docs/AOF.md §7, §8, §12: loading through the server's own commands, DEBUG LOADAOF and RELOAD, INFO's fields. */

import assert from "node:assert/strict";
import { AOF_OFF, AOF_ON } from "../../lib/aof/aof.ts";
import { AofLoadError } from "../../lib/aof/load_error.ts";
import { latin1 } from "../../lib/base/ascii.ts";
import { request } from "../support/aof_world.ts";
import { datasetText, memoryDataset } from "../support/memory_dataset.ts";
import { type FakeConn, ServerWorld } from "../support/server_world.ts";

const AOF = "/data/appendonly.aof";
const NOW_MS = 1_700_000_000_000;
const DEBUG = "enable-debug-command yes";
const NOT_LOADED = "-ERR Error trying to load the AOF files, check server logs.\r\n";
const SAMPLE = [
  "SET s v",
  "RPUSH l a b",
  "HSET h f v",
  "SADD t 1 2",
  "ZADD z 1 a",
  "SELECT 3",
  "SET other db",
  "SELECT 0",
];

/** An AOF of these commands, one per line. */
function aofOf(...lines: string[]): Uint8Array {
  const text = lines.map((line) => latin1(request(...line.split(" ")), 0, request(...line.split(" ")).length))
    .join("");
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

/** A server that begins with such an AOF. */
async function loading(
  content: Uint8Array,
  ...options: string[]
): Promise<{ world: ServerWorld; conn: FakeConn }> {
  const world = new ServerWorld(options);
  world.fs.install(AOF, content);
  await world.start();
  return { world, conn: world.connect() };
}

/** The line with which a start ends. */
async function failure(content: Uint8Array): Promise<string> {
  const world = new ServerWorld();
  world.fs.install(AOF, content);
  const error = await world.start().then(() => undefined, (reason) => reason);
  assert.ok(error instanceof AofLoadError, String(error));
  assert.equal(world.aof(), latin1(content, 0, content.length), "the file stays as it is");
  return error.logLine;
}

function data(world: ServerWorld): string {
  return datasetText(memoryDataset(world.server.ks, world.nowMs));
}

/** A command that is answered with OK or an error, now or later. */
async function later(world: ServerWorld, conn: FakeConn, line: string): Promise<string> {
  let replies = conn.ask(line);
  for (let i = 0; i < 50 && !/(\+OK|-ERR.*)\r\n$/.test(replies); i++) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    await world.settle();
    replies += conn.take();
  }
  return replies;
}

Deno.test("load §7, §12.14: nothing expires while loading; a past deadline is set, and what follows meets the same key", async () => {
  const { conn } = await loading(aofOf(
    "RPUSH l a",
    `PEXPIREAT l ${NOW_MS - 5000}`,
    "RPUSH l b",
    "SET k 1",
    `PEXPIREAT k ${NOW_MS - 5000}`,
    "INCR k",
    "PERSIST k",
    "SADD t a",
    `PEXPIREAT t ${NOW_MS + 5000}`,
  ));
  assert.equal(conn.ask("EXISTS l", "GET k", "PTTL t"), ":0\r\n$1\r\n2\r\n:5000\r\n");
});

Deno.test("load §7: commands as every release logs them", async () => {
  const { conn } = await loading(aofOf(
    "select 0",
    "set a 1",
    "SETEX b 100 v",
    "PSETEX c 100000 v",
    `SET d v PXAT ${NOW_MS + 1000}`,
    "HMSET h f v",
    "RPOPLPUSH none l",
    "ZADD z 1 a inf b -inf c",
    "MULTI",
    "SADD s a b",
    "SREM s a",
    "EXEC",
    "SELECT 3",
    "RPUSH l 1 2 3",
    "LPOP l 2",
  ));
  assert.equal(
    conn.ask("DBSIZE", "TTL b", "ZRANGE z 0 -1"),
    ":7\r\n:100\r\n*3\r\n$1\r\nc\r\n$1\r\na\r\n$1\r\nb\r\n",
  );
  assert.equal(
    conn.ask("SMEMBERS s", "SELECT 3", "LRANGE l 0 -1"),
    "*1\r\n$1\r\nb\r\n+OK\r\n*1\r\n$1\r\n3\r\n",
  );
});

Deno.test("load §7: replies with errors do not matter, but are told", async () => {
  const { world, conn } = await loading(aofOf("SET k v", "LPUSH k a", "SADD s a"));
  assert.equal(conn.ask("GET k", "SCARD s"), "$1\r\nv\r\n:1\r\n");
  assert.ok(
    world.lines.some((line) =>
      line.startsWith(
        "# == CRITICAL == This server is sending an error to its AOF-loading-client: 'WRONGTYPE",
      ) &&
      line.endsWith("after processing the command 'LPUSH'")
    ),
  );
});

Deno.test("load §7, §12.7: what cannot be executed is fatal, and the file stays", async () => {
  assert.equal(
    await failure(aofOf("SET k v", "NOSUCH a")),
    "Unknown command 'NOSUCH' reading the append only file",
  );
  assert.match(
    await failure(aofOf("SET k v", "SELECT 99", "SET wrong db")),
    /database that is not configured/,
  );
  const broken = Uint8Array.from([...aofOf("SET k v"), ...aofOf("SET k w").subarray(2), ...aofOf("SET k x")]);
  assert.match(await failure(broken), /^Bad file format reading the append only file/);
});

Deno.test("load §7: blocking commands never block, and nothing waits behind them", async () => {
  const { conn } = await loading(
    aofOf("BLPOP none 0", "BLMOVE none l LEFT LEFT 0", "BZPOPMIN none 0", "SET k v"),
  );
  assert.equal(conn.ask("GET k"), "$1\r\nv\r\n");
});

Deno.test("load §7: clients are answered with LOADING, but for what may run; the log's last line is the end", async () => {
  const world = new ServerWorld();
  world.fs.install(AOF, aofOf(...Array.from({ length: 500 }, (_, i) => `RPUSH l${i} a`)));
  // Every look at the clock ends a slice.
  world.tickUs = 20_000;
  const started = world.server.persistence.start();
  world.server.persistence.bio.onUrgent();
  const conn = world.connect();
  let refused = 0, percent = "";
  for (let i = 0; i < 2000 && world.server.persistence.loading; i++) {
    if (conn.ask("GET k").startsWith("-LOADING Redis is loading the dataset in memory")) refused++;
    percent = /loading_loaded_perc:(.*)\r/.exec(conn.ask("INFO persistence"))?.[1] ?? percent;
    world.later.shift()?.();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  await started;
  assert.ok(refused > 3);
  assert.ok(Number(percent) > 50);
  assert.equal(conn.ask("DBSIZE"), ":500\r\n");
  assert.match(world.lines.at(-1)!, /^\* DB loaded from append only file: \d+\.\d{3} seconds$/);
});

Deno.test("debug §8: LOADAOF writes what is buffered, empties, loads; the AOF goes on behind it", async () => {
  const { world, conn } = await loading(aofOf(...SAMPLE), DEBUG, "appendfsync no");
  conn.receive("SADD t buffered");
  assert.equal(await later(world, conn, "DEBUG LOADAOF"), ":1\r\n+OK\r\n");
  assert.ok(world.lines.includes("# Append Only File loaded by DEBUG LOADAOF"));
  assert.match(conn.ask("INFO persistence"), /rdb_changes_since_last_save:0\r/);
  assert.match(data(world), /buffered/);
  conn.ask("HSET h after 1", "SELECT 3", "RPUSH l after");
  const { fs } = world;
  const before = data(world);
  world.server.aof.flush(true);
  const next = await new ServerWorld([], fs.clone()).start();
  assert.equal(data(next), before);
});

Deno.test("debug §8, §12.4: a LOADAOF that fails says so, and the AOF is still on", async () => {
  const { world, conn } = await loading(
    aofOf(...SAMPLE),
    DEBUG,
    "appendfsync always",
    "aof-load-truncated no",
  );
  const file = world.fs.openAppend(AOF, { create: false });
  file.write(aofOf("SET torn"), 0, 11);
  assert.equal(await later(world, conn, "DEBUG LOADAOF"), NOT_LOADED);
  assert.equal(world.server.aof.state, AOF_ON);
  assert.equal(world.server.persistence.loading, false);
  // Nor does it start when what is in memory could not be written first.
  world.server.config.set([["appendfsync", "no"]]);
  world.fs.inject({ op: "write", code: "EIO", path: AOF, times: Infinity });
  conn.ask("SET k v");
  const before = data(world);
  assert.equal(await later(world, conn, "DEBUG LOADAOF"), NOT_LOADED);
  assert.equal(data(world), before, "nothing was emptied");
});

Deno.test("debug §8: LOADAOF with the AOF off loads the file that is there", async () => {
  const { world, conn } = await loading(aofOf(...SAMPLE), DEBUG, "appendonly no");
  assert.equal(conn.ask("DBSIZE", "SET lost 1"), ":0\r\n+OK\r\n");
  assert.equal(await later(world, conn, "DEBUG LOADAOF"), "+OK\r\n");
  assert.equal(conn.ask("DBSIZE", "EXISTS lost"), ":5\r\n:0\r\n");
  assert.equal(world.server.aof.state, AOF_OFF);
});

Deno.test("debug §8: RELOAD goes through an RDB file and leaves the AOF alone; a file that cannot be read is an error", async () => {
  const { world, conn } = await loading(aofOf(...SAMPLE), DEBUG, "appendfsync always");
  const before = data(world);
  const aof = world.aof();
  assert.equal(await later(world, conn, "DEBUG RELOAD"), "+OK\r\n");
  assert.equal(data(world), before);
  assert.equal(world.aof(), aof);
  world.fs.inject({ op: "read", code: "EIO", path: "dump.rdb" });
  assert.equal(
    await later(world, conn, "DEBUG RELOAD NOSAVE"),
    "-ERR Error trying to load the RDB dump, check server logs.\r\n",
  );
  assert.ok(world.lines.some((line) => /Can't read the RDB file: Input\/output error/.test(line)));
});

Deno.test("info §8: the fields, off and on", async () => {
  const always = [
    "aof_enabled",
    "aof_rewrite_in_progress",
    "aof_rewrite_scheduled",
    "aof_last_rewrite_time_sec",
    "aof_current_rewrite_time_sec",
    "aof_last_bgrewrite_status",
    "aof_rewrites",
    "aof_rewrites_consecutive_failures",
    "aof_last_write_status",
    "aof_last_cow_size",
  ];
  const whenOn = [
    "aof_current_size",
    "aof_base_size",
    "aof_pending_rewrite",
    "aof_buffer_length",
    "aof_rewrite_buffer_length",
    "aof_pending_bio_fsync",
    "aof_delayed_fsync",
  ];
  for (const on of [true, false]) {
    const world = await new ServerWorld([`appendonly ${on ? "yes" : "no"}`]).start();
    const info = world.connect().ask("INFO persistence");
    const names = [...info.matchAll(/^(aof_\w+):/gm)].map((match) => match[1]);
    assert.deepEqual(names, on ? [...always, ...whenOn] : always);
    assert.match(info, on ? /aof_enabled:1\r/ : /aof_enabled:0\r/);
    assert.match(info, /aof_last_rewrite_time_sec:-1\r/);
  }
});

Deno.test("info §8: sizes and counters follow, CONFIG RESETSTAT zeroes what it should", async () => {
  const world = await new ServerWorld(["appendfsync everysec"]).start();
  const conn = world.connect();
  const field = (name: string): number =>
    Number(new RegExp(`${name}:(\\d+)`).exec(conn.ask("INFO persistence"))![1]);
  conn.ask("SET k v");
  assert.equal(field("aof_current_size"), world.aof().length);
  assert.equal(field("aof_pending_bio_fsync"), 1);
  conn.ask("SET k held");
  assert.ok(field("aof_buffer_length") > 0, "held back behind the fsync");
  world.nowMs += 2000;
  world.tick();
  assert.equal(field("aof_buffer_length"), 0);
  assert.equal(field("aof_delayed_fsync"), 1);
  await world.settle();
  conn.ask("BGREWRITEAOF");
  await world.settle();
  conn.ask("SET during rewrite");
  assert.ok(field("aof_rewrite_buffer_length") > 0);
  world.children[0].exit({ code: 1, signal: undefined });
  await world.settle();
  assert.deepEqual([field("aof_rewrites"), field("aof_rewrites_consecutive_failures")], [1, 1]);
  conn.ask("CONFIG RESETSTAT");
  const zeroed = ["aof_delayed_fsync", "aof_rewrites", "aof_rewrites_consecutive_failures"].map(field);
  assert.deepEqual(zeroed, [0, 0, 0]);
});
