/** node-redis over many connections and broken ones: blocking calls, transactions, and coming back. */

import assert from "node:assert/strict";
import { createClientPool } from "redis";
import { eventually } from "../support/client.ts";
import { TestServer } from "../support/server.ts";
import { type NodeRedis, openNodeRedis, withNodeRedis } from "./open.ts";

/** How many clients wait in a blocking command. */
async function blockedClients(client: NodeRedis): Promise<number> {
  return Number(/blocked_clients:(\d+)/.exec(await client.info("clients"))?.[1]);
}

/** Runs `test` with more connections to the same server. */
async function withMore(
  server: TestServer,
  RESP: 2 | 3,
  count: number,
  test: (more: NodeRedis[]) => Promise<void>,
): Promise<void> {
  const more = await Promise.all(Array.from({ length: count }, () => openNodeRedis(server, RESP)));
  try {
    await test(more);
  } finally {
    for (const one of more) one.destroy();
  }
}

for (const RESP of [2, 3] as const) {
  Deno.test(`node-redis: blocking calls of several connections, served and timed out, RESP${RESP}`, async () => {
    await withNodeRedis(RESP, async (client, server) => {
      await withMore(server, RESP, 4, async ([a, b, c, d]) => {
        const first = a.blPop(["other", "queue"], 0);
        await eventually("one waits", async () => await blockedClients(client) === 1);
        const second = b.blMove("queue", "moved", "LEFT", "RIGHT", 0);
        await eventually("two wait", async () => await blockedClients(client) === 2);
        const third = c.bzmPop(0, ["z", "other:z"], "MAX", { COUNT: 2 });
        const fourth = d.blmPop(0, ["moved"], "LEFT", { COUNT: 2 });
        await eventually("all wait", async () => await blockedClients(client) === 4);
        await client.rPush("queue", ["first", "second"]);
        assert.deepEqual({ ...await first }, { key: "queue", element: "first" });
        assert.equal(await second, "second");
        assert.deepEqual(await fourth, ["moved", ["second"]]); // served by what another blocked call has pushed
        await client.zAdd("z", [1, 2, 3].map((score) => ({ score, value: `m${score}` })));
        const popped = await third;
        assert.equal(popped?.key, "z");
        assert.deepEqual(popped?.members.map((one) => [one.value, one.score]), [["m3", 3], ["m2", 2]]);
        assert.deepEqual({ ...await a.bzPopMin("z", 0) }, { key: "z", value: "m1", score: 1 });
        assert.equal(await client.exists(["queue", "moved", "z"]), 0);
        assert.equal(await a.brPop("none", 0.01), null);
        assert.equal(await a.blMove("none", "x", "LEFT", "LEFT", 0.01), null);
        assert.equal(await a.bzPopMax("none", 0.01), null);
        assert.equal(await a.blmPop(0.01, "none", "LEFT"), null);
      });
    });
  });

  Deno.test(`node-redis: what a transaction returns, type by type, and WATCH, RESP${RESP}`, async () => {
    await withNodeRedis(RESP, async (client, server) => {
      const [set, hash, scores, score, isMember, dist, blocked] = await client.multi()
        .hSet("h", { a: 1 }).hGetAll("h").zAdd("z", [{ score: 1.5, value: "m" }]).zScore("z", "m")
        .sIsMember("none", "x").geoDist("none", "a", "b").blPop("none", 0).exec() as unknown[];
      assert.deepEqual([set, { ...hash as object }], [1, { a: "1" }]);
      assert.deepEqual([scores, score, isMember, dist, blocked], [1, 1.5, 0, null, null]);
      const typed = await client.multi().set("k", "v").zRangeWithScores("z", 0, -1).execTyped();
      assert.equal(typed[0], "OK");
      assert.deepEqual({ ...typed[1][0] }, { value: "m", score: 1.5 });
      await assert.rejects(client.multi().set("k", "w").lPush("k", "x").get("k").exec(), (error: Error) => {
        const replies = (error as unknown as { replies: unknown[] }).replies;
        assert.deepEqual([replies[0], replies[2]], ["OK", "w"]);
        assert.match(String(replies[1]), /WRONGTYPE/);
        return true;
      });
      await client.watch("k");
      await withMore(server, RESP, 1, ([other]) => other.set("k", "theirs").then(() => {}));
      await assert.rejects(client.multi().set("k", "ours").exec(), /watched keys has been changed/);
      assert.equal(await client.get("k"), "theirs");
      assert.deepEqual(await client.multi().incr("n").incrBy("n", 2).execAsPipeline(), [1, 3]);
    });
  });

  Deno.test(`node-redis: comes back after CLIENT KILL and after a restart, RESP${RESP}`, async () => {
    await using server = await TestServer.start({ args: ["--appendonly", "yes"] });
    const client = await openNodeRedis(server, RESP);
    const other = await openNodeRedis(server, RESP);
    try {
      await other.select(4);
      const id = await other.clientId();
      const reconnecting = new Promise((done) => other.once("reconnecting", done));
      assert.equal(await client.clientKill({ filter: "ID", id }), 1);
      await reconnecting;
      await other.zAdd("z", { score: 0.1, value: "m" });
      assert.notEqual(await other.clientId(), id);
      assert.equal((await other.clientInfo()).db, 4);
      const popped = other.blPop("queue", 0);
      await eventually("it waits", async () => await blockedClients(client) === 1);
      const lost = assert.rejects(popped, /[Ss]ocket|closed|[Dd]isconnect/);
      await client.hSet("h", { f: "v" });
      await server.terminate();
      await lost; // what was sent is not sent again
      await server.restart([], server.port);
      assert.deepEqual({ ...await client.hGetAll("h") }, { f: "v" });
      assert.equal(await other.zScore("z", "m"), 0.1);
      assert.equal(await client.exists("z"), 0);
    } finally {
      client.destroy();
      other.destroy();
    }
  });
}

Deno.test("node-redis: a pool of connections shares out commands and blocking pops", async () => {
  await using server = await TestServer.start();
  const pool = createClientPool({ RESP: 3, socket: { port: server.port, host: "127.0.0.1" } }, {
    minimum: 2,
    maximum: 4,
  });
  await pool.connect();
  try {
    const popped = Promise.all([pool.blPop("queue", 0), pool.blPop("queue", 0)]);
    await pool.rPush("queue", ["a", "b"]);
    const elements = (await popped).map((one) => one?.element);
    assert.deepEqual(elements.map(String).sort(), ["a", "b"]);
    const counts = await Promise.all(Array.from({ length: 200 }, () => pool.hIncrBy("h", "n", 1)));
    assert.deepEqual(counts.toSorted((a, b) => a - b), Array.from({ length: 200 }, (_, i) => i + 1));
  } finally {
    pool.destroy();
  }
});
