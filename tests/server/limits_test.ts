/** Limits that hold whatever the configuration allows. */

import assert from "node:assert/strict";
import { toAscii } from "../../lib/base/ascii.ts";
import { sleep } from "../support/client.ts";
import { type FakeConn, ServerWorld } from "../support/server_world.ts";

const HUGE = ["appendonly no", "proto-max-bulk-len 100gb", "client-query-buffer-limit 100gb"];

function receiveText(world: ServerWorld, conn: FakeConn, text: string): string {
  const bytes = toAscii(text);
  world.server.connections.onData(conn, bytes, 0, bytes.length);
  world.endTurn();
  return conn.take();
}

Deno.test("limits: a bulk of more than 1 GiB is refused before there is memory for it", async () => {
  const world = await new ServerWorld(HUGE).start();
  for (const length of [2 ** 30 + 1, 2 ** 31, 2 ** 36]) {
    const conn = world.connect();
    assert.equal(
      receiveText(world, conn, `*2\r\n$3\r\nGET\r\n$${length}\r\n`),
      "-ERR Protocol error: invalid bulk length\r\n",
    );
    assert.equal(conn.closed, true);
  }
});

Deno.test("limits: a value never grows beyond what an AOF can hold", async () => {
  const world = await new ServerWorld(HUGE).start();
  const conn = world.connect();
  const tooLong = "-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n";
  assert.equal(conn.ask("SETRANGE k 1500000000 x"), tooLong);
  assert.equal(conn.ask("SETBIT k 12000000000 1"), "-ERR bit offset is not an integer or out of range\r\n");
  assert.equal(
    conn.ask("BITFIELD k SET u8 12000000000 1"),
    "-ERR bit offset is not an integer or out of range\r\n",
  );
  assert.equal(conn.ask("EXISTS k"), ":0\r\n");
});

Deno.test("limits: nothing is evicted while the AOF is loaded, and everything that must be afterwards", async () => {
  const world = await new ServerWorld(["appendonly no", "maxmemory-policy allkeys-lru"]).start();
  const conn = world.connect();
  for (let i = 0; i < 100; i++) conn.ask(`SET key:${i} value`);
  const { ks, memory, config } = world.server;
  ks.expiryAllowed = false;
  assert.equal(config.set([["maxmemory", "1"]]), undefined);
  await sleep(10);
  assert.equal(ks.databases[0].dict.size, 100);
  ks.expiryAllowed = true;
  memory.makeRoom();
  assert.equal(ks.databases[0].dict.size, 0);
});

Deno.test("limits: half a request counts against maxmemory as soon as it has come", async () => {
  const world = await new ServerWorld(["appendonly no", "maxmemory 2mb"]).start();
  const conn = world.connect();
  assert.equal(conn.ask("SET k v"), "+OK\r\n");
  const greedy = world.connect();
  const half = `*2\r\n$3\r\nGET\r\n$4000000\r\n${"x".repeat(3_000_000)}`;
  assert.equal(receiveText(world, greedy, half), "");
  assert.equal(conn.ask("SET k v"), "-OOM command not allowed when used memory > 'maxmemory'.\r\n");
  assert.equal(receiveText(world, greedy, `${"x".repeat(1_000_000)}\r\n`), "$-1\r\n");
  world.nowMs += 10;
  world.monotonicUs += 10_000;
  assert.equal(conn.ask("SET k v"), "+OK\r\n");
});
