/** Large values in a rewritten AOF: commands of many items, but not of any size. */

import assert from "node:assert/strict";
import { ServerWorld } from "../support/server_world.ts";

const MEGABYTE = 1 << 20;

Deno.test("rewrite: a command gets no more items when it has a megabyte", async () => {
  const world = await new ServerWorld(["aof-use-rdb-preamble no"]).start();
  const conn = world.connect();
  const long = "x".repeat(300_000);
  for (let i = 0; i < 20; i++) conn.ask(`RPUSH list ${long}${i}`, `HSET hash field:${i} ${long}${i}`);
  conn.ask(`SADD set ${Array.from({ length: 130 }, (_, i) => `member:${i}`).join(" ")}`);
  await world.settle();
  conn.ask("BGREWRITEAOF");
  assert.equal(await world.finishChild(), 0);
  const commands = world.aof().split(/(?=\*\d+\r\n\$\d+\r\n(?:SELECT|RPUSH|HMSET|SADD)\r\n)/);
  const sizes = commands.map((command) => command.length);
  assert.ok(Math.max(...sizes) < 2 * MEGABYTE, `${Math.max(...sizes)} bytes`);
  const count = (name: string) => commands.filter((command) => command.includes(`\r\n${name}\r\n`)).length;
  assert.deepEqual([count("RPUSH"), count("HMSET"), count("SADD")], [5, 5, 3]);
  const again = await new ServerWorld([], world.fs.clone()).start();
  const reader = again.connect();
  assert.equal(reader.ask("LLEN list", "HLEN hash", "SCARD set"), ":20\r\n:20\r\n:130\r\n");
  assert.equal(reader.ask("LINDEX list 19"), `$300002\r\n${long}19\r\n`);
  assert.equal(reader.ask("HGET hash field:7"), `$300001\r\n${long}7\r\n`);
});
