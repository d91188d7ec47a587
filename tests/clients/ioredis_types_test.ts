/** ioredis' calls for each data type, over both protocols: what an application gets to see. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { type Redis } from "ioredis";
import { ALL_BYTES, withIoredis } from "./open.ts";

/** Declares a test that runs over RESP2 and over RESP3; ioredis shows the same values by default. */
function bothProtocols(name: string, test: (redis: Redis) => Promise<void>): void {
  for (const protocol of [2, 3] as const) {
    Deno.test(`ioredis: ${name}, RESP${protocol}`, () => withIoredis(test, { protocol }));
  }
}

bothProtocols("hashes", async (redis) => {
  assert.equal(await redis.hset("h", { name: "Ada", born: 1815, "": "empty" }), 3);
  assert.equal(await redis.hset("h", new Map([["name", "Ada L"], ["city", "London"]])), 1);
  assert.deepEqual({ ...await redis.hgetall("h") }, {
    name: "Ada L",
    born: "1815",
    "": "empty",
    city: "London",
  });
  assert.deepEqual({ ...await redis.hgetall("none") }, {});
  assert.equal(await redis.hmset("h2", { a: "1", b: "2" }), "OK");
  assert.deepEqual(await redis.hmget("h2", "a", "none", "b"), ["1", null, "2"]);
  assert.equal(await redis.hincrby("h2", "a", 41), 42);
  assert.equal(await redis.hincrbyfloat("h2", "b", 0.5), "2.5");
  assert.deepEqual((await redis.hkeys("h2")).sort(), ["a", "b"]);
  assert.deepEqual((await redis.hvals("h2")).sort(), ["2.5", "42"]);
  assert.equal(await redis.hsetnx("h2", "a", "x"), 0);
  assert.equal(await redis.hexists("h2", "a"), 1);
  assert.equal(await redis.hstrlen("h2", "a"), 2);
  assert.equal(await redis.hrandfield("none"), null);
  assert.deepEqual(await redis.hrandfield("none", 3), []);
  assert.ok(["a", "b"].includes(await redis.hrandfield("h2") as string));
  assert.deepEqual((await redis.hrandfield("h2", 5) as string[]).sort(), ["a", "b"]);
  const pairs = await redis.hrandfield("h2", 2, "WITHVALUES") as string[];
  assert.deepEqual(pairs.toSorted(), ["2.5", "42", "a", "b"]);
  assert.equal((await redis.hrandfield("h2", -7, "WITHVALUES") as string[]).length, 14);
  assert.equal(await redis.hdel("h2", "a", "none", "b"), 2);
  assert.equal(await redis.exists("h2"), 0);
  await redis.hset("bytes", "f", ALL_BYTES);
  await redis.hset("bytes", ALL_BYTES, "by bytes");
  const all = await redis.hgetallBuffer("bytes");
  assert.deepEqual(all.f, ALL_BYTES);
  assert.deepEqual(await redis.hgetBuffer("bytes", ALL_BYTES), Buffer.from("by bytes"));
  await assert.rejects(redis.hincrby("h", "name", 1), /hash value is not an integer/);
  await assert.rejects(redis.lpush("h", 1), /WRONGTYPE/);
});

bothProtocols("lists", async (redis) => {
  assert.equal(await redis.rpush("l", "a", "b", "c", "b"), 4);
  assert.equal(await redis.lpush("l", "z"), 5);
  assert.deepEqual(await redis.lrange("l", 0, -1), ["z", "a", "b", "c", "b"]);
  assert.equal(await redis.lpos("l", "b"), 2);
  assert.equal(await redis.lpos("l", "b", "RANK", -1), 4);
  assert.deepEqual(await redis.lpos("l", "b", "COUNT", 0), [2, 4]);
  assert.equal(await redis.lpos("l", "none"), null);
  assert.equal(await redis.linsert("l", "BEFORE", "c", "x"), 6);
  assert.equal(await redis.linsert("l", "AFTER", "none", "x"), -1);
  assert.equal(await redis.lset("l", 0, "first"), "OK");
  assert.equal(await redis.lindex("l", -1), "b");
  assert.equal(await redis.lrem("l", 0, "b"), 2);
  assert.deepEqual(await redis.lrange("l", 0, -1), ["first", "a", "x", "c"]);
  assert.equal(await redis.lmove("l", "m", "LEFT", "RIGHT"), "first");
  assert.equal(await redis.rpoplpush("l", "m"), "c");
  assert.equal(await redis.lmove("none", "m", "LEFT", "LEFT"), null);
  assert.deepEqual(await redis.lrange("m", 0, -1), ["c", "first"]);
  assert.deepEqual(await redis.lmpop(2, "none", "l", "LEFT", "COUNT", 5), ["l", ["a", "x"]]);
  assert.equal(await redis.lmpop(1, "none", "RIGHT"), null);
  await redis.rpush("n", 1, 2, 3, 4, 5);
  assert.deepEqual(await redis.lpop("n", 2), ["1", "2"]);
  assert.equal(await redis.rpop("n"), "5");
  assert.equal(await redis.lpop("none"), null);
  assert.equal(await redis.lpop("none", 2), null);
  assert.equal(await redis.ltrim("n", 1, 1), "OK");
  assert.deepEqual(await redis.lrange("n", 0, -1), ["4"]);
  assert.equal(await redis.lpushx("none", 1), 0);
  await redis.rpush("bytes", ALL_BYTES, Buffer.from([]));
  assert.deepEqual(await redis.lrangeBuffer("bytes", 0, -1), [ALL_BYTES, Buffer.from([])]);
  assert.deepEqual(await redis.lpopBuffer("bytes"), ALL_BYTES);
  await assert.rejects(redis.lset("l2", 0, "x"), /no such key/);
});

bothProtocols("sets", async (redis) => {
  assert.equal(await redis.sadd("s", "a", "b", "c", "a"), 3);
  assert.equal(await redis.sadd("t", ["b", "c", "d"]), 3);
  assert.deepEqual((await redis.smembers("s")).sort(), ["a", "b", "c"]);
  assert.deepEqual(await redis.smembers("none"), []);
  assert.equal(await redis.sismember("s", "a"), 1);
  assert.deepEqual(await redis.smismember("s", "a", "none", "c"), [1, 0, 1]);
  assert.deepEqual((await redis.sinter("s", "t")).sort(), ["b", "c"]);
  assert.deepEqual((await redis.sunion("s", "t")).sort(), ["a", "b", "c", "d"]);
  assert.deepEqual(await redis.sdiff("s", "t"), ["a"]);
  assert.equal(await redis.sintercard(2, "s", "t", "LIMIT", 1), 1);
  assert.equal(await redis.sunionstore("u", "s", "t"), 4);
  assert.equal(await redis.smove("u", "v", "a"), 1);
  assert.deepEqual(await redis.smembers("v"), ["a"]);
  assert.equal((await redis.srandmember("s", -10)).length, 10);
  assert.deepEqual((await redis.srandmember("s", 10)).sort(), ["a", "b", "c"]);
  assert.equal(await redis.srandmember("none"), null);
  const popped = await redis.spop("u", 2);
  assert.equal(new Set(popped).size, 2);
  assert.equal(await redis.scard("u"), 1);
  assert.ok(["b", "c", "d"].includes(await redis.spop("u") as string));
  assert.equal(await redis.spop("u"), null);
  assert.deepEqual(await redis.spop("u", 2), []);
  assert.equal(await redis.srem("s", "a", "none"), 1);
  await redis.sadd("bytes", ALL_BYTES);
  assert.deepEqual(await redis.smembersBuffer("bytes"), [ALL_BYTES]);
  await redis.sadd("ints", 3, 1, 2);
  assert.deepEqual(await redis.smembers("ints"), ["1", "2", "3"]);
  assert.equal(await redis.object("ENCODING", "ints"), "intset");
});

bothProtocols("sorted sets", async (redis) => {
  assert.equal(await redis.zadd("z", 1, "a", 2.5, "b", "inf", "top", "-inf", "bottom"), 4);
  assert.equal(await redis.zadd("z", "GT", "CH", 0, "a", 3, "b"), 1);
  assert.equal(await redis.zadd("z", "XX", "INCR", 1.5, "b"), "4.5");
  assert.equal(await redis.zadd("z", "NX", "INCR", 1.5, "b"), null);
  assert.deepEqual(await redis.zrange("z", 0, "-1"), ["bottom", "a", "b", "top"]);
  const withScores = ["bottom", "-inf", "a", "1", "b", "4.5", "top", "inf"];
  assert.deepEqual((await redis.zrange("z", 0, "-1", "WITHSCORES")).map(String), withScores);
  assert.deepEqual(await redis.zrange("z", "(1", "+inf", "BYSCORE", "LIMIT", 0, 1), ["b"]);
  assert.deepEqual(await redis.zrange("z", "+inf", "1", "BYSCORE", "REV"), ["top", "b", "a"]);
  assert.deepEqual(await redis.zrevrange("z", 0, 1), ["top", "b"]);
  assert.equal(await redis.zscore("z", "b"), "4.5");
  assert.equal(await redis.zscore("z", "none"), null);
  assert.deepEqual(await redis.zmscore("z", "a", "none", "top"), ["1", null, "inf"]);
  assert.equal(await redis.zrank("z", "b"), 2);
  assert.equal(await redis.zrevrank("z", "b"), 1);
  assert.deepEqual((await redis.zrank("z", "b", "WITHSCORE"))?.map(String), ["2", "4.5"]);
  assert.equal(await redis.zcount("z", 1, "(4.5"), 1);
  assert.equal(await redis.zincrby("z", -0.25, "a"), "0.75");
  await redis.zadd("y", 10, "a", 20, "c");
  assert.deepEqual((await redis.zunion(2, "z", "y", "WEIGHTS", 1, 2, "WITHSCORES")).map(String), [
    ...["bottom", "-inf", "b", "4.5", "a", "20.75", "c", "40", "top", "inf"],
  ]);
  assert.deepEqual(await redis.zinter(2, "z", "y", "AGGREGATE", "MAX", "WITHSCORES"), ["a", "10"]);
  assert.deepEqual(await redis.zdiff(2, "y", "z", "WITHSCORES"), ["c", "20"]);
  assert.equal(await redis.zunionstore("u", 2, "z", "y"), 5);
  assert.equal(await redis.zrangestore("r", "u", 0, 1), 2);
  assert.equal(await redis.zintercard(2, ["z", "y"]), 1);
  assert.deepEqual(await redis.zpopmin("u"), ["bottom", "-inf"]);
  assert.deepEqual(await redis.zpopmax("u", 2), ["top", "inf", "c", "20"]);
  assert.deepEqual(await redis.zpopmin("none"), []);
  assert.deepEqual(await redis.zmpop(2, "none", "y", "MIN", "COUNT", 2), ["y", [["a", "10"], ["c", "20"]]]);
  assert.equal(await redis.zmpop(1, "none", "MAX"), null);
  const drawn = await redis.zrandmember("z", 10, "WITHSCORES") as string[];
  assert.deepEqual(drawn.map(String).toSorted(), withScores.with(3, "0.75").toSorted());
  await redis.zadd("lex", 0, "a", 0, "b", 0, "c");
  assert.deepEqual(await redis.zrangebylex("lex", "[b", "+"), ["b", "c"]);
  assert.equal(await redis.zlexcount("lex", "-", "(c"), 2);
  assert.equal(await redis.zremrangebylex("lex", "[a", "[b"), 2);
  assert.deepEqual(await redis.zrangebyscore("z", "-inf", "+inf", "WITHSCORES", "LIMIT", 1, 1), [
    "a",
    "0.75",
  ]);
  assert.equal(await redis.zrem("z", "a", "none"), 1);
  await redis.zadd("bytes", 1.1, ALL_BYTES);
  assert.deepEqual(await redis.zrangeBuffer("bytes", 0, "-1"), [ALL_BYTES]);
  await assert.rejects(redis.zadd("z", "x", "a"), /value is not a valid float/);
});

bothProtocols("geo", async (redis) => {
  assert.equal(
    await redis.geoadd("Sicily", 13.361389, 38.115556, "Palermo", 15.087269, 37.502669, "Catania"),
    2,
  );
  assert.equal(await redis.geodist("Sicily", "Palermo", "Catania"), "166274.1516");
  assert.equal(await redis.geodist("Sicily", "Palermo", "Catania", "KM"), "166.2742");
  assert.equal(await redis.geodist("Sicily", "Palermo", "none"), null);
  assert.deepEqual(await redis.geohash("Sicily", "Palermo", "none"), ["sqc8b49rny0", null]);
  const positions = await redis.geopos("Sicily", "Palermo", "none");
  assert.deepEqual(positions.map((at) => at?.map((n) => Number(n).toFixed(6))), [
    ["13.361389", "38.115556"],
    undefined,
  ]);
  assert.deepEqual(
    await redis.geosearch("Sicily", "FROMLONLAT", 15, 37, "BYRADIUS", 200, "km", "ASC"),
    ["Catania", "Palermo"],
  );
  const found = await redis.geosearch(
    ...[
      "Sicily",
      "FROMMEMBER",
      "Catania",
      "BYBOX",
      400,
      400,
      "km",
      "DESC",
      "COUNT",
      1,
      "WITHDIST",
      "WITHHASH",
    ] as const,
  );
  assert.deepEqual(found, [["Palermo", "166.2742", 3479099956230698]]);
  assert.equal(
    await redis.geosearchstore("near", "Sicily", "FROMLONLAT", 15, 37, "BYRADIUS", 100, "km", "STOREDIST"),
    1,
  );
  assert.deepEqual((await redis.zrange("near", 0, "-1", "WITHSCORES")).slice(0, 1), ["Catania"]);
  assert.deepEqual(await redis.georadius("Sicily", 15, 37, 100, "km"), ["Catania"]);
  assert.deepEqual(await redis.georadiusbymember("Sicily", "Palermo", 10, "m"), ["Palermo"]);
});

bothProtocols("HyperLogLog", async (redis) => {
  assert.equal(await redis.pfadd("a", 1, 2, 3, 4), 1);
  assert.equal(await redis.pfadd("a", 1), 0);
  assert.equal(await redis.pfadd("b", 3, 4, 5), 1);
  assert.equal(await redis.pfcount("a"), 4);
  assert.equal(await redis.pfcount("a", "b"), 5);
  assert.equal(await redis.pfmerge("both", "a", "b"), "OK");
  assert.equal(await redis.pfcount("both"), 5);
  const many = Array.from({ length: 20_000 }, (_, i) => `element ${i}`);
  await redis.pfadd("many", ...many);
  const count = await redis.pfcount("many");
  assert.ok(Math.abs(count - many.length) < many.length * 0.04, `counted ${count}`);
  await redis.set("string", "x");
  await assert.rejects(redis.pfcount("string"), /WRONGTYPE Key is not a valid HyperLogLog/);
});

bothProtocols("SORT, COPY, DUMP and RESTORE", async (redis) => {
  await redis.rpush("ids", 3, 1, 10, 2);
  await redis.mset({ w_1: 30, w_2: 10, w_3: 20, w_10: 40 });
  await redis.hset("name:1", { n: "one" });
  assert.deepEqual(await redis.sort("ids"), ["1", "2", "3", "10"]);
  assert.deepEqual(await redis.sort("ids", "DESC", "ALPHA"), ["3", "2", "10", "1"]);
  assert.deepEqual(await redis.sort("ids", "BY", "w_*", "LIMIT", 0, 3, "GET", "#", "GET", "name:*->n"), [
    ...["2", null, "3", null, "1", "one"],
  ]);
  assert.deepEqual(await redis.sort_ro("ids", "DESC"), ["10", "3", "2", "1"]);
  assert.equal(await redis.sort("ids", "STORE", "sorted"), 4);
  assert.deepEqual(await redis.lrange("sorted", 0, -1), ["1", "2", "3", "10"]);
  assert.equal(await redis.copy("sorted", "copied"), 1);
  assert.equal(await redis.copy("sorted", "copied"), 0);
  assert.equal(await redis.copy("sorted", "copied", "DB", 1, "REPLACE"), 1);
  await redis.hset("h", { f: "v", [ALL_BYTES.toString("latin1")]: "x" });
  await redis.zadd("z", 1.5, "m", -2, "n");
  await redis.sadd("s", "x", "y", "z");
  await redis.setBuffer("str", ALL_BYTES, "GET");
  for (const key of ["sorted", "h", "z", "s", "str"]) {
    const dump = await redis.dumpBuffer(key);
    assert.ok(Buffer.isBuffer(dump) && dump.length > 10, key);
    assert.equal(await redis.restore(`${key}:back`, 100_000, dump), "OK");
    assert.equal((await redis.dumpBuffer(`${key}:back`))?.length, dump.length); // its order may differ
    assert.ok(await redis.pttl(`${key}:back`) > 90_000);
    await assert.rejects(redis.restore(key, 0, dump), /BUSYKEY/);
    assert.equal(await redis.restore(key, 0, dump, "REPLACE"), "OK");
    dump[dump.length - 1] ^= 1;
    await assert.rejects(redis.restore("bad", 0, dump), /DUMP payload version or checksum are wrong/);
  }
  assert.deepEqual(await redis.zrange("z:back", 0, "-1", "WITHSCORES"), ["n", "-2", "m", "1.5"]);
  assert.equal((await redis.hgetall("h:back")).f, "v");
  assert.deepEqual(await redis.getBuffer("str:back"), ALL_BYTES);
  assert.equal(await redis.dumpBuffer("none"), null);
});

bothProtocols("scanStream, hscanStream, sscanStream and zscanStream", async (redis) => {
  const names = Array.from({ length: 700 }, (_, i) => `member:${i}`);
  await redis.hset("hash", Object.fromEntries(names.map((name, i) => [name, String(i)])));
  await redis.sadd("set", names);
  await redis.zadd("zset", ...names.flatMap((name, i) => [i / 2, name]));
  await redis.mset(Object.fromEntries(names.map((name) => [`str:${name}`, "v"])));
  const all = async (stream: AsyncIterable<string[]>) => (await Array.fromAsync(stream)).flat();
  const fields = await all(redis.hscanStream("hash", { count: 50 }));
  const hash = new Map(names.map((_, i) => [fields[2 * i], fields[2 * i + 1]]));
  assert.equal(fields.length, 2 * names.length);
  assert.deepEqual(names.map((name) => hash.get(name)), names.map((_, i) => String(i)));
  assert.deepEqual((await all(redis.sscanStream("set"))).sort(), names.toSorted());
  const pairs = await all(redis.zscanStream("zset", { match: "member:1*" }));
  const expected = names.flatMap((name, i) => name.startsWith("member:1") ? [`${name}=${i / 2}`] : []);
  assert.deepEqual(
    pairs.flatMap((text, i) => i % 2 === 0 ? [`${text}=${pairs[i + 1]}`] : []).sort(),
    expected.sort(),
  );
  assert.deepEqual(await all(redis.scanStream({ type: "zset" })), ["zset"]);
  assert.deepEqual((await all(redis.scanStream({ match: "str:*", count: 90 }))).length, names.length);
  const buffers = await Array.fromAsync(redis.scanBufferStream({ type: "hash" }) as AsyncIterable<Buffer[]>);
  assert.deepEqual(buffers.flat(), [Buffer.from("hash")]);
  assert.deepEqual(await all(redis.hscanStream("none")), []);
});

bothProtocols("strings and bits", async (redis) => {
  assert.equal(await redis.set("k", "old", "PX", 100_000, "NX"), "OK");
  assert.equal(await redis.set("k", "new", "NX"), null);
  assert.equal(await redis.set("k", "new", "KEEPTTL", "GET"), "old");
  assert.equal(await redis.getex("k", "PERSIST"), "new");
  assert.equal(await redis.pttl("k"), -1);
  assert.equal(await redis.incrbyfloat("f", 0.1), "0.1");
  assert.equal(await redis.setbit("bits", 7, 1), 0);
  assert.deepEqual(
    await redis.call(
      "BITFIELD",
      "bits",
      "GET",
      "u8",
      0,
      "INCRBY",
      "u8",
      0,
      300,
      "OVERFLOW",
      "FAIL",
      "INCRBY",
      "u8",
      0,
      255,
    ),
    [1, 45, null],
  );
  assert.equal(await redis.lcs("k", "f"), "");
  await redis.mset("x", "ohmytext", "y", "mynewtext");
  assert.equal(await redis.lcs("x", "y"), "mytext");
  assert.equal(await redis.lcs("x", "y", "LEN"), 6);
  assert.deepEqual(await redis.lcs("x", "y", "IDX", "MINMATCHLEN", 4, "WITHMATCHLEN"), [
    ...["matches", [[[4, 7], [5, 8], 4]], "len", 6],
  ]);
  assert.equal(await redis.getdel("k"), "new");
  assert.equal(await redis.type("k"), "none");
});

Deno.test("ioredis: RESP3 with its own types: maps as objects, scores as numbers", async () => {
  await withIoredis(async (redis) => {
    await redis.hset("h", { a: "1", b: "2" });
    assert.deepEqual({ ...await redis.hgetall("h") }, { a: "1", b: "2" });
    await redis.zadd("z", 1.5, "a", "inf", "b");
    assert.deepEqual(await redis.zscore("z", "a") as unknown, 1.5);
    assert.deepEqual(await redis.zrange("z", 0, "-1", "WITHSCORES") as unknown, [["a", 1.5], [
      "b",
      Infinity,
    ]]);
    assert.deepEqual(await redis.config("GET", "maxclients") as unknown, { maxclients: "10000" });
  }, { protocol: 3, replyMapping: "resp3" });
});
