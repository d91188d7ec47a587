/** WAITAOF does not acknowledge what is in no file. */

import assert from "node:assert/strict";
import { request } from "../support/aof_world.ts";
import { ServerWorld } from "../support/server_world.ts";

const LOCAL = "*2\r\n:1\r\n:0\r\n";
const TURNED_ON = "CONFIG SET appendonly yes";

Deno.test("WAITAOF: writes made while the AOF was off are safe when its first file is on disk, no sooner", async () => {
  const world = await new ServerWorld(["appendonly no"]).start();
  const conn = world.connect();
  conn.ask("SET k v", TURNED_ON);
  assert.equal(conn.ask("WAITAOF 1 0 0"), "");
  await world.settle();
  world.tick();
  assert.equal(conn.take(), "");
  world.fs.install("/data/temp-rewriteaof-bg-1000.aof", request("SET", "k", "v"));
  world.children[0].exit({ code: 0, signal: undefined });
  await world.settle();
  assert.equal(conn.take(), LOCAL);
  world.fs.powerCut();
  assert.match(world.aof(), /SET\r\n\$1\r\nk/);
});

Deno.test("WAITAOF: a write between a failed first rewrite and the next one waits for that one", async () => {
  const world = await new ServerWorld(["appendonly no"]).start();
  const conn = world.connect();
  conn.ask(TURNED_ON);
  await world.settle();
  world.children[0].exit({ code: 1, signal: undefined });
  await world.settle();
  conn.ask("SET k v");
  assert.equal(conn.ask("WAITAOF 1 0 0"), "");
  world.tick();
  await world.settle();
  assert.equal(conn.take(), "");
  world.fs.install("/data/temp-rewriteaof-bg-1001.aof", request("SET", "k", "v"));
  world.children[1].exit({ code: 0, signal: undefined });
  await world.settle();
  assert.equal(conn.take(), LOCAL);
});

Deno.test("WAITAOF: a client that has written nothing does not wait", async () => {
  const world = await new ServerWorld(["appendonly no"]).start();
  world.connect().ask("SET k v", TURNED_ON);
  assert.equal(world.connect().ask("WAITAOF 1 0 0"), LOCAL);
});
