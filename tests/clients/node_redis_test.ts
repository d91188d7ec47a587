/** node-redis, as applications use it, over both protocols. */

import assert from "node:assert/strict";
import { createClient } from "redis";
import { TestServer } from "../support/server.ts";
import { openNodeRedis } from "./open.ts";

for (const RESP of [2, 3] as const) {
  Deno.test(`node-redis: set, get, expire, multi, RESP${RESP}`, async () => {
    await using server = await TestServer.start();
    const client = await openNodeRedis(server, RESP);
    try {
      assert.equal(await client.set("k", "v", { EX: 100 }), "OK");
      assert.equal(await client.get("k"), "v");
      assert.ok(await client.ttl("k") > 90);
      assert.equal(await client.expire("k", 500), 1);
      assert.equal(await client.get("none"), null);
      assert.equal(await client.incrBy("n", 41), 41);
      assert.deepEqual(await client.multi().incr("n").get("n").exec(), [42, "42"]);
      assert.deepEqual(
        await Promise.all(Array.from({ length: 500 }, (_, i) => client.set(`k${i}`, i).then(String))),
        Array(500).fill("OK"),
      );
      await assert.rejects(client.incr("k"), /value is not an integer or out of range/);
      assert.equal((await client.configGet("maxclients")).maxclients, "10000");
      assert.match(await client.info("server"), /redis_version:/);
    } finally {
      client.destroy();
    }
  });
}

Deno.test("node-redis: without a protocol asked for, scanIterator sees every key once", async () => {
  await using server = await TestServer.start();
  const client = createClient({ socket: { port: server.port, host: "127.0.0.1" } });
  await client.connect();
  try {
    const names = Array.from({ length: 1500 }, (_, i) => `key:${i}`);
    await client.mSet(Object.fromEntries(names.map((name) => [name, "v"])));
    const seen: string[] = [];
    for await (const page of client.scanIterator({ MATCH: "key:*", COUNT: 100 })) {
      seen.push(...[page].flat().map(String));
    }
    assert.deepEqual(seen.sort(), names.sort());
  } finally {
    client.destroy();
  }
});

Deno.test("node-redis: reconnects to a restarted server, with password and database", async () => {
  await using server = await TestServer.start({
    args: ["--appendonly", "yes", "--requirepass", "pw"],
    password: "pw",
  });
  const client = await openNodeRedis(server, 3, "pw");
  try {
    await client.select(3);
    await client.set("k", "kept");
    await server.terminate();
    await server.restart([], server.port);
    assert.equal(await client.get("k"), "kept");
  } finally {
    client.destroy();
  }
});
