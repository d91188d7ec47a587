/** CONFIG GET * of a server that nobody configured: the names and values of Redis 7.2.6, but for a few. */

import assert from "node:assert/strict";
import { Config } from "../../lib/config/config.ts";
import { DIRECTIVES } from "../../lib/config/directives.ts";
import { Redis72, withRedis72 } from "./redis_72.ts";
import { REDIS_DEFAULTS } from "./redis_defaults.ts";

/** Where vellum's defaults are its own. */
const OWN = new Map([
  ["aof-use-rdb-preamble", "no"],
  ["appendonly", "yes"],
  ["bind", "127.0.0.1 -::1"],
  ["save", ""],
]);

/** The record as two maps. */
function recorded(): { shown: Map<string, string>; hidden: Map<string, string> } {
  const shown = new Map<string, string>();
  const hidden = new Map<string, string>();
  for (const line of REDIS_DEFAULTS.trim().split("\n")) {
    const space = line.includes(" ") ? line.indexOf(" ") : line.length;
    const name = line.slice(0, space);
    const value = line.slice(space + 1);
    if (value.endsWith(" # hidden")) hidden.set(name, value.slice(0, -" # hidden".length));
    else shown.set(name, value);
  }
  return { shown, hidden };
}

Deno.test("defaults: CONFIG GET * has Redis' names and values, but for the listed few", () => {
  const ours = new Map(new Config().get(["*"]));
  assert.equal(ours.get("dir"), ".");
  ours.delete("dir");
  const expected = new Map([...recorded().shown].map(([name, value]) => [name, OWN.get(name) ?? value]));
  assert.deepEqual(ours, expected);
});

Deno.test("defaults: hidden directives have Redis' values and are shown by name only", () => {
  const config = new Config();
  for (const [name, value] of recorded().hidden) {
    assert.deepEqual(config.get([name]), [[name, value]]);
    assert.deepEqual(config.get([name + "*"]), []);
  }
});

Deno.test("defaults: the tables know where they differ", () => {
  const { shown } = recorded();
  for (const { name, redisDefault } of DIRECTIVES) {
    assert.equal(redisDefault, OWN.has(name) ? shown.get(name) : undefined, name);
  }
});

Deno.test("defaults: a real redis-server has the recorded ones", async () => {
  await withRedis72("defaults", async (executable) => {
    await using redis = await Redis72.start(executable, (dir, port) => ["--port", `${port}`, "--dir", dir]);
    const { shown, hidden } = recorded();
    const theirs = await redis.configGet("*");
    assert.equal(theirs.get("port"), String(redis.port));
    theirs.set("port", "6379");
    theirs.delete("dir");
    assert.deepEqual(new Map([...theirs].sort()), new Map([...shown].sort()));
    for (const [name, value] of hidden) assert.equal((await redis.configGet(name)).get(name), value);
  });
});
