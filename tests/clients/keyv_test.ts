/** keyv with its store for Redis: a cache as applications use one, over the major version 5 of node-redis. */

import assert from "node:assert/strict";
import KeyvRedis from "@keyv/redis";
import Keyv from "keyv";
import { TestServer } from "../support/server.ts";

/** What is in a namespace. */
async function entries(cache: Keyv): Promise<[string, unknown][]> {
  const found: [string, unknown][] = [];
  for await (const entry of cache.iterator!(cache.namespace)) found.push(entry as [string, unknown]);
  return found.sort(([a], [b]) => a < b ? -1 : 1);
}

Deno.test("keyv: values, times to live, many at once, iteration, and namespaces that are cleared alone", async () => {
  await using server = await TestServer.start();
  const url = `redis://127.0.0.1:${server.port}`;
  const cache = new Keyv(new KeyvRedis(url), { namespace: "pages" });
  const other = new Keyv(new KeyvRedis(url), { namespace: "users" });
  try {
    const page = { title: "Grüße", tags: [1, "two", null] };
    assert.equal(await cache.set("home", page, 100_000), true);
    assert.deepEqual(await cache.get("home"), page);
    assert.equal(await cache.get("none"), undefined);
    assert.equal(await cache.has("home"), true);
    const names = Array.from({ length: 300 }, (_, i) => `p${i}`);
    await cache.setMany(names.map((key, value) => ({ key, value })));
    assert.deepEqual(await cache.getMany(["p7", "none", "home"]), [7, undefined, page]);
    assert.deepEqual(
      await entries(cache),
      [...names.map((key, i) => [key, i]), ["home", page]].sort((a, b) =>
        String(a[0]) < String(b[0]) ? -1 : 1
      ),
    );
    assert.equal(await cache.set("brief", 1, 20), true);
    await new Promise((done) => setTimeout(done, 60));
    assert.equal(await cache.get("brief"), undefined);
    assert.equal(await cache.delete("p0"), true);
    assert.equal(await cache.delete("p0"), false);
    assert.equal(await cache.deleteMany(["p1", "p2"]), true);
    assert.equal(await cache.has("p2"), false);
    await other.set("home", "theirs");
    await cache.clear();
    assert.deepEqual(await entries(cache), []);
    assert.equal(await other.get("home"), "theirs");
  } finally {
    await cache.disconnect();
    await other.disconnect();
  }
});
