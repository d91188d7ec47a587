/** No reply leaves before its command is in the AOF's file, whatever the order of events. */

import assert from "node:assert/strict";
import { Exited } from "../support/aof_world.ts";
import { ServerWorld } from "../support/server_world.ts";

Deno.test("barrier: a completed send does not let out the replies of the turn under way", async () => {
  const world = await new ServerWorld(["appendfsync always"]).start();
  const conn = world.connect();
  conn.slow = true;
  assert.equal(conn.ask("PING"), "+PONG\r\n");
  // In one turn of the loop: the next request is read, and the first reply turns out to have been sent.
  conn.receive("SET k v");
  conn.drained();
  assert.equal(conn.take(), "");
  assert.doesNotMatch(world.aof(), /SET/);
  world.endTurn();
  assert.match(world.aof(), /SET/);
  assert.equal(conn.take(), "+OK\r\n");
});

Deno.test("barrier: a reply whose sync fails under `always` never leaves", async () => {
  const world = await new ServerWorld(["appendfsync always"]).start();
  const conn = world.connect();
  conn.slow = true;
  conn.ask("PING");
  world.fs.inject({ op: "fdatasync", code: "EIO" });
  conn.receive("SET k v");
  conn.drained();
  assert.throws(() => world.endTurn(), Exited);
  assert.equal(world.exitCode, 1);
  assert.equal(conn.take(), "");
});

Deno.test("barrier: what waits behind a slow send goes out when it ends and nothing is unwritten", async () => {
  const world = await new ServerWorld().start();
  const conn = world.connect();
  conn.slow = true;
  assert.equal(conn.ask("SET k v"), "+OK\r\n");
  assert.equal(conn.ask("GET k"), "");
  conn.drained();
  assert.equal(conn.take(), "$1\r\nv\r\n");
});

Deno.test("barrier: a client that is to be closed is closed when its last reply was sent within a turn", async () => {
  const world = await new ServerWorld().start();
  const conn = world.connect();
  conn.slow = true;
  conn.ask("PING");
  conn.receive("SET k v", "QUIT");
  conn.drained();
  assert.equal(conn.closed, false);
  world.endTurn();
  assert.equal(conn.take(), "+OK\r\n+OK\r\n");
  conn.drained();
  assert.equal(conn.closed, true);
});
