/** Two servers in one directory would interleave their files: the second refuses, the first does not notice. */

import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { failingStart, freePort, TestServer } from "../support/server.ts";

Deno.test("a second server with the same AOF refuses to start, and the first goes on", async () => {
  await using server = await TestServer.start({ args: ["--appendonly", "yes", "--appendfsync", "always"] });
  const client = await server.connect();
  assert.equal(await client.ask("SET k v"), "+OK");
  const { size } = statSync(server.path("appendonly.aof"));
  const args = [
    "--port",
    String(freePort()),
    "--bind",
    "127.0.0.1",
    "--dir",
    server.dir,
    "--appendonly",
    "yes",
  ];
  const { ending, log } = await failingStart(args, { dir: server.dir });
  assert.equal(ending.code, 1);
  assert.match(log, /lock|another|in use/i);
  assert.equal(statSync(server.path("appendonly.aof")).size, size);
  assert.equal(await client.ask("SET k w"), "+OK");
  assert.equal(await client.ask("BGREWRITEAOF"), "+Background append only file rewriting started");
  await server.restart();
  assert.equal(await (await server.connect()).ask("GET k"), "$w");
});

Deno.test("the lock of a killed server is in nobody's way", async () => {
  await using server = await TestServer.start({ args: ["--appendonly", "yes", "--appendfsync", "always"] });
  for (let i = 0; i < 3; i++) {
    assert.equal(await (await server.connect()).ask(`SET k${i} v`), "+OK");
    await server.kill();
    await server.restart();
  }
  assert.equal(await (await server.connect()).ask("DBSIZE"), ":3");
});
