/** redis-benchmark, where it is installed: all it measures by default, but for streams, without one error. */

import assert from "node:assert/strict";
import { infoField } from "../support/info.ts";
import { TestServer } from "../support/server.ts";
import { found, run } from "./programs.ts";

/** What `-t` takes, and the results that it gives. */
const TESTS: Readonly<Record<string, readonly string[]>> = {
  ping: ["PING_INLINE", "PING_MBULK"],
  set: ["SET"],
  get: ["GET"],
  incr: ["INCR"],
  lpush: ["LPUSH"],
  rpush: ["RPUSH"],
  lpop: ["LPOP"],
  rpop: ["RPOP"],
  sadd: ["SADD"],
  hset: ["HSET"],
  spop: ["SPOP"],
  zadd: ["ZADD"],
  zpopmin: ["ZPOPMIN"],
  lrange: [100, 300, 500, 600].map((n) => `LRANGE_${n} (first ${n} elements)`),
  mset: ["MSET (10 keys)"],
};

/** Runs redis-benchmark with these options and checks that the server has answered no error. */
async function benchmark(server: TestServer, args: readonly string[]): Promise<string> {
  const client = await server.connect();
  await client.command("CONFIG", "RESETSTAT");
  const text = await run("redis-benchmark", ["-p", String(server.port), ...args]);
  assert.equal(await infoField(client, "total_error_replies"), "0", text);
  assert.doesNotMatch(text, /error/i);
  client.close();
  return text;
}

const ALL = Object.keys(TESTS).join(",");

for (
  const [name, options] of Object.entries({
    "one command at a time": ["-n", "2000"],
    "pipelines, random keys, larger values": ["-n", "2000", "-P", "16", "-r", "1000", "-d", "100"],
    "RESP3, threads, a connection of one command": [
      "-n",
      "500",
      "-3",
      "--threads",
      "2",
      "-k",
      "0",
      "-c",
      "20",
    ],
  })
) {
  Deno.test(`redis-benchmark: its whole list, ${name}`, async () => {
    if (!found("redis-benchmark")) return;
    await using server = await TestServer.start();
    const text = await benchmark(server, ["-q", ...options, "-t", ALL]);
    for (const result of Object.values(TESTS).flat()) {
      assert.ok(text.includes(`${result}: `), `no result for ${result}: ${text}`);
    }
  });
}

Deno.test("redis-benchmark: each test alone, as CSV", async () => {
  if (!found("redis-benchmark")) return;
  await using server = await TestServer.start();
  for (const [test, results] of Object.entries(TESTS)) {
    const lines = (await benchmark(server, ["--csv", "-n", "300", "-t", test])).trimEnd().split("\n");
    const names = lines.map((line) => line.split('","')[0].slice(1));
    assert.deepEqual(names.filter((name) => results.includes(name)), results, lines.join("\n"));
  }
});

Deno.test("redis-benchmark: commands of our choice", async () => {
  if (!found("redis-benchmark")) return;
  await using server = await TestServer.start();
  const options = ["-q", "-n", "1000", "-P", "8", "-r", "100000"];
  for (
    const command of [
      "HSET h f:__rand_int__ v",
      "ZADD z 1 m:__rand_int__",
      "ZRANGE z 0 9 WITHSCORES",
      "SADD s __rand_int__",
      "PFADD p __rand_int__",
      "GEOADD g 13.361389 38.115556 m:__rand_int__",
      "GEOSEARCH g FROMLONLAT 13 38 BYRADIUS 100 km COUNT 5",
      "HRANDFIELD h 3 WITHVALUES",
      "SINTERSTORE dst s s",
      "COPY z z2 REPLACE",
    ]
  ) {
    assert.match(await benchmark(server, [...options, ...command.split(" ")]), /requests per second/);
  }
  const client = await server.connect();
  for (const key of ["h", "z", "s", "g"]) {
    const count = { h: "HLEN", z: "ZCARD", s: "SCARD", g: "ZCARD" }[key]!;
    assert.ok(Number((await client.ask(`${count} ${key}`)).slice(1)) > 900, key);
  }
});
