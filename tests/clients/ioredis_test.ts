/** ioredis, as applications use it. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { Redis } from "ioredis";
import { eventually } from "../support/client.ts";
import { TestServer } from "../support/server.ts";
import { withIoredis } from "./open.ts";

Deno.test("ioredis: set, get, expire, numbers, buffers, errors", async () => {
  await withIoredis(async (redis) => {
    assert.equal(await redis.set("k", "v", "EX", 100), "OK");
    assert.equal(await redis.get("k"), "v");
    assert.ok(await redis.ttl("k") > 90);
    assert.equal(await redis.expire("k", 500), 1);
    assert.equal(await redis.incrby("n", 5), 5);
    assert.equal(await redis.get("none"), null);
    assert.deepEqual(await redis.mget("k", "none", "n"), ["v", null, "5"]);
    const bytes = Buffer.from([0, 13, 10, 255]);
    await redis.set("b", bytes);
    assert.deepEqual(await redis.getBuffer("b"), bytes);
    await assert.rejects(redis.incr("k"), /value is not an integer or out of range/);
  });
});

Deno.test("ioredis: pipeline, multi, and watch", async () => {
  await withIoredis(async (redis) => {
    const pipeline = redis.pipeline();
    for (let i = 0; i < 1000; i++) pipeline.set(`k${i}`, i).get(`k${i}`);
    const results = await pipeline.exec();
    assert.equal(results?.length, 2000);
    assert.deepEqual(results?.[1999], [null, "999"]);
    assert.deepEqual(await redis.multi().set("a", 1).incr("a").get("a").exec(), [[null, "OK"], [null, 2], [
      null,
      "2",
    ]]);
    await redis.watch("a");
    const other = redis.duplicate();
    await other.set("a", "theirs");
    other.disconnect();
    assert.equal(await redis.multi().set("a", "ours").exec(), null);
    assert.equal(await redis.get("a"), "theirs");
  });
});

Deno.test("ioredis: scanStream sees every key once", async () => {
  await withIoredis(async (redis) => {
    const names = Array.from({ length: 2000 }, (_, i) => `key:${i}`);
    await redis.mset(...names.flatMap((name) => [name, "v"]));
    const seen: string[] = [];
    for await (const page of redis.scanStream({ match: "key:*", count: 100 })) seen.push(...page as string[]);
    assert.deepEqual(seen.sort(), names.sort());
  });
});

Deno.test("ioredis: monitor", async () => {
  await withIoredis(async (redis) => {
    const monitor = await redis.monitor();
    const lines: string[][] = [];
    monitor.on("monitor", (_time: string, args: string[]) => lines.push(args));
    await redis.set("watched", "1");
    await eventually(
      "the command is shown",
      () => lines.some((args) => args.join(" ").toLowerCase() === "set watched 1"),
    );
    monitor.disconnect();
  });
});

Deno.test("ioredis: reconnects to a restarted server and finds its data", async () => {
  await withIoredis(
    async (redis, server) => {
      assert.equal(await redis.set("k", "kept"), "OK");
      await server.terminate();
      await server.restart([], server.port);
      assert.equal(await redis.get("k"), "kept");
    },
    {},
    ["--appendonly", "yes"],
  );
});

Deno.test("ioredis: password and key prefix", async () => {
  await using server = await TestServer.start({ args: ["--requirepass", "pw"], password: "pw" });
  const redis = new Redis({ port: server.port, host: "127.0.0.1", password: "pw", keyPrefix: "app:" });
  try {
    await redis.set("k", "v");
    assert.deepEqual(await redis.keys("*"), ["app:k"]);
    assert.equal(await redis.get("k"), "v");
  } finally {
    redis.disconnect();
  }
});
