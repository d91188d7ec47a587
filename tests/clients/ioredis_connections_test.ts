/** ioredis over many connections and broken ones: blocking calls, batches, and coming back. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { type Redis } from "ioredis";
import { eventually, sleep } from "../support/client.ts";
import { ALL_BYTES, openIoredis, withIoredis } from "./open.ts";

/** How many clients wait in a blocking command. */
async function blockedClients(redis: Redis): Promise<number> {
  return Number(/blocked_clients:(\d+)/.exec(await redis.info("clients"))?.[1]);
}

/** A promise whose rejection is told where it is awaited, also if something else fails first. */
function pending<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

/** Runs `test` with more connections to the same server. */
async function withMore(
  redis: Redis,
  count: number,
  test: (more: Redis[]) => Promise<void>,
): Promise<void> {
  const more = Array.from({ length: count }, () => redis.duplicate());
  for (const one of more) one.on("error", () => {});
  try {
    await test(more);
  } finally {
    for (const one of more) one.disconnect();
  }
}

for (const protocol of [2, 3] as const) {
  Deno.test(`ioredis: blocking pops of several connections are served in their order, RESP${protocol}`, async () => {
    await withIoredis(async (redis) => {
      await withMore(redis, 3, async (waiting) => {
        const popped: Promise<unknown>[] = [];
        for (const [i, one] of waiting.entries()) {
          popped.push(pending(one.blpop("other", "queue", 0)));
          await eventually(`${i + 1} wait`, async () => await blockedClients(redis) === i + 1);
        }
        assert.equal(await redis.rpush("queue", "first", "second"), 2);
        assert.deepEqual(await popped[0], ["queue", "first"]);
        assert.deepEqual(await popped[1], ["queue", "second"]);
        assert.equal(await redis.llen("queue"), 0);
        assert.equal(await blockedClients(redis), 1);
        await redis.multi().lpush("other", "x").lpush("other", "y").exec();
        assert.deepEqual(await popped[2], ["other", "y"]);
      });
    }, { protocol });
  });

  Deno.test(`ioredis: each blocking command, served and timed out, RESP${protocol}`, async () => {
    await withIoredis(async (redis) => {
      await withMore(redis, 1, async ([waiting]) => {
        const blocked = async (call: () => Promise<unknown>, wake: () => Promise<unknown>) => {
          const reply = pending(call());
          await eventually("it waits", async () => await blockedClients(redis) === 1);
          await wake();
          return await reply;
        };
        const push = () => redis.rpush("l", "a", "b");
        const add = () => redis.zadd("z", 1, "a", 2, "b");
        assert.deepEqual(await blocked(() => waiting.brpop("l", 0), push), ["l", "b"]);
        await redis.del("l");
        assert.deepEqual(await blocked(() => waiting.blmove("l", "m", "LEFT", "RIGHT", 0), push), "a");
        await redis.del("l");
        assert.deepEqual(await blocked(() => waiting.brpoplpush("l", "m", 0), push), "b");
        await redis.del("l");
        assert.deepEqual(
          await blocked(() => waiting.blmpop(0, 2, "none", "l", "LEFT", "COUNT", 9), push),
          ["l", ["a", "b"]],
        );
        assert.deepEqual(await blocked(() => waiting.bzpopmin("z", 0), add), ["z", "a", "1"]);
        await redis.del("z");
        assert.deepEqual(await blocked(() => waiting.bzpopmax("z", 0), add), ["z", "b", "2"]);
        await redis.del("z");
        assert.deepEqual(await blocked(() => waiting.bzmpop(0, 1, "z", "MIN", "COUNT", 9), add), [
          ...["z", [["a", "1"], ["b", "2"]]],
        ]);
        assert.deepEqual(
          await blocked(() => waiting.blpopBuffer("bytes", 0), () => redis.lpush("bytes", ALL_BYTES)),
          [Buffer.from("bytes"), ALL_BYTES],
        );
        assert.equal(await waiting.blpop("none", 0.01), null);
        assert.equal(await waiting.blmove("none", "m", "LEFT", "LEFT", 0.01), null);
        assert.equal(await waiting.bzpopmin("none", 0.01), null);
        assert.equal(await waiting.bzmpop(0.01, 1, "none", "MAX"), null);
        assert.deepEqual(await redis.lrange("m", 0, -1), ["b", "a"]);
      });
    }, { protocol });
  });

  Deno.test(`ioredis: what a pipeline and a transaction return, type by type, RESP${protocol}`, async () => {
    await withIoredis(async (redis) => {
      const results = await redis.pipeline()
        .hset("h", { a: 1, b: 2 }).hgetall("h").lpush("h", "x").zadd("z", 1.5, "m").zscore("z", "m")
        .sadd("s", "x").smembers("s").getBuffer("none").dumpBuffer("none").exec();
      const [hset, hgetall, wrong, ...rest] = results!;
      assert.deepEqual(hset, [null, 2]);
      assert.deepEqual({ ...hgetall[1] as object }, { a: "1", b: "2" });
      assert.match(String(wrong[0]), /WRONGTYPE/);
      assert.deepEqual(rest.map((pair) => pair[1]), [1, "1.5", 1, ["x"], null, null]);

      const multi = await redis.multi().rpush("l", 1, 2).lrange("l", 0, -1).hgetall("h").incr("h").llen("l")
        .exec();
      assert.deepEqual(multi?.slice(0, 2), [[null, 2], [null, ["1", "2"]]]);
      assert.deepEqual({ ...multi![2][1] as object }, { a: "1", b: "2" });
      assert.match(String(multi![3][0]), /WRONGTYPE/);
      assert.deepEqual(multi![4], [null, 2]);

      await redis.multi({ pipeline: false });
      assert.equal(await redis.set("k", "v"), "QUEUED");
      await assert.rejects(redis.call("NOSUCH"), /unknown command/);
      await assert.rejects(redis.exec(), /EXECABORT/);
      assert.equal(await redis.exists("k"), 0);
    }, { protocol });
  });
}

Deno.test("ioredis: auto-pipelining sends what one tick asks for at once", async () => {
  await withIoredis(async (redis) => {
    const names = Array.from({ length: 500 }, (_, i) => `k${i}`);
    await Promise.all(names.map((name, i) => redis.hset(name, { i })));
    assert.ok(redis.autoPipelineQueueSize === 0);
    const values = await Promise.all(names.map((name) => redis.hget(name, "i")));
    assert.deepEqual(values, names.map((_, i) => String(i)));
    const settled = await Promise.allSettled([redis.incr("n"), redis.incr("k0"), redis.incr("n")]);
    assert.deepEqual(settled.map((one) => one.status), ["fulfilled", "rejected", "fulfilled"]);
    assert.equal(await redis.get("n"), "2");
  }, { enableAutoPipelining: true });
});

Deno.test("ioredis: lazyConnect connects with the first command; quit ends the connection", async () => {
  await withIoredis(async (redis, server) => {
    const lazy = openIoredis(server, { lazyConnect: true, connectionName: "lazy-one", db: 5 });
    try {
      await redis.ping();
      assert.equal(lazy.status, "wait");
      assert.equal(((await redis.client("LIST")) as string).match(/name=lazy/g), null);
      assert.equal(await lazy.set("k", "in five"), "OK");
      assert.equal(lazy.status, "ready");
      assert.match(await lazy.client("LIST") as string, /name=lazy-one .* db=5 /);
      assert.equal(await redis.get("k"), null);
      await redis.select(5);
      assert.equal(await redis.get("k"), "in five");
      assert.equal(await lazy.quit(), "OK");
    } finally {
      lazy.disconnect();
    }
  });
});

Deno.test("ioredis: CLIENT KILL ends a connection, which comes back to its database and its blocking pop", async () => {
  await withIoredis(async (redis) => {
    await withMore(redis, 1, async ([other]) => {
      await other.select(2);
      const id = await other.client("ID");
      const closed = new Promise((done) => other.once("close", done));
      assert.equal(await redis.client("KILL", "ID", id), 1);
      await closed;
      await other.set("k", "v");
      assert.notEqual(await other.client("ID"), id);
      await redis.select(2);
      assert.equal(await redis.get("k"), "v");

      const popped = pending(other.blpop("queue", 0));
      await eventually("it waits", async () => await blockedClients(redis) === 1);
      const waiting = await idOfBlocked(redis);
      assert.equal(await redis.client("KILL", "ID", waiting), 1);
      await eventually("it waits again", async () => ![waiting, "none"].includes(await idOfBlocked(redis)));
      await redis.rpush("queue", "late");
      assert.deepEqual(await popped, ["queue", "late"]);
      assert.equal(await redis.client("KILL", "ID", 999_999), 0);
    });
  });
});

/** The id of the client that waits. */
async function idOfBlocked(redis: Redis): Promise<string> {
  const line = (await redis.client("LIST") as string).split("\n").find((text) => / flags=\w*b/.test(text));
  return /id=(\d+)/.exec(line ?? "")?.[1] ?? "none";
}

Deno.test("ioredis: CLIENT UNBLOCK, and CLIENT PAUSE holds writes until UNPAUSE", async () => {
  await withIoredis(async (redis) => {
    await withMore(redis, 1, async ([other]) => {
      const popped = pending(other.blpop("queue", 0));
      await eventually("it waits", async () => await blockedClients(redis) === 1);
      const id = Number(await idOfBlocked(redis));
      assert.equal(await redis.client("UNBLOCK", id), 1);
      assert.equal(await popped, null);
      const failed = pending(
        assert.rejects(other.blpop("queue", 0), /UNBLOCKED client unblocked via CLIENT UNBLOCK/),
      );
      await eventually("it waits", async () => await blockedClients(redis) === 1);
      assert.equal(await redis.client("UNBLOCK", id, "ERROR"), 1);
      await failed;
      assert.equal(await redis.client("PAUSE", 60_000, "WRITE"), "OK");
      let written = false;
      const write = pending(other.set("k", "v").then(() => written = true));
      assert.equal(await redis.get("k"), null);
      await sleep(50);
      assert.equal(written, false);
      assert.equal(await redis.client("UNPAUSE"), "OK");
      await write;
      assert.equal(await redis.get("k"), "v");
    });
  });
});

Deno.test("ioredis: a restart in the midst of work: every type is there, and waiting pops are served", async () => {
  await withIoredis(
    async (redis, server) => {
      await redis.hset("h", { a: 1 });
      await redis.rpush("l", 1, 2, 3);
      await redis.sadd("s", 1, 2, "x");
      await redis.zadd("z", 0.1, "a");
      await redis.geoadd("g", 13.361389, 38.115556, "Palermo");
      await redis.pfadd("p", 1, 2, 3);
      await redis.set("bytes", ALL_BYTES, "EX", 1000);
      await withMore(redis, 1, async ([other]) => {
        const popped = pending(other.blpop("queue", 0));
        await eventually("it waits", async () => await blockedClients(redis) === 1);
        await server.terminate();
        const queued = pending(redis.hgetall("h")); // asked while nobody listens
        await server.restart([], server.port);
        assert.deepEqual({ ...await queued }, { a: "1" });
        assert.deepEqual(await redis.lrange("l", 0, -1), ["1", "2", "3"]);
        assert.deepEqual((await redis.smembers("s")).sort(), ["1", "2", "x"]);
        assert.equal(await redis.zscore("z", "a"), "0.1");
        assert.deepEqual(await redis.geohash("g", "Palermo"), ["sqc8b49rny0"]);
        assert.equal(await redis.pfcount("p"), 3);
        assert.deepEqual(await redis.getBuffer("bytes"), ALL_BYTES);
        assert.ok(await redis.ttl("bytes") > 900);
        await eventually("it waits again", async () => await blockedClients(redis) === 1);
        await redis.rpush("queue", "after");
        assert.deepEqual(await popped, ["queue", "after"]);
      });
    },
    { maxRetriesPerRequest: null },
    ["--appendonly", "yes"],
  );
});
