/** node-redis' calls for each data type, over both protocols: what an application gets to see. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { RESP_TYPES } from "redis";
import { ALL_BYTES, type NodeRedis, withNodeRedis } from "./open.ts";

/** Declares a test that runs over RESP2 and over RESP3. */
function bothProtocols(name: string, test: (client: NodeRedis, RESP: 2 | 3) => Promise<void>): void {
  for (const RESP of [2, 3] as const) {
    Deno.test(`node-redis: ${name}, RESP${RESP}`, () => withNodeRedis(RESP, (client) => test(client, RESP)));
  }
}

bothProtocols("hashes", async (client) => {
  assert.equal(await client.hSet("h", { name: "Ada", born: 1815 }), 2);
  assert.equal(await client.hSet("h", new Map([["name", "Ada L"], ["city", "London"]])), 1);
  assert.equal(await client.hSet("h", [["x", "1"], ["y", "2"]]), 2);
  assert.equal(await client.hSet("h", "single", "field"), 1);
  assert.deepEqual({ ...await client.hGetAll("h") }, {
    ...{ name: "Ada L", born: "1815", city: "London", x: "1", y: "2", single: "field" },
  });
  assert.deepEqual({ ...await client.hGetAll("none") }, {});
  assert.deepEqual(await client.hmGet("h", ["x", "none", "y"]), ["1", null, "2"]);
  assert.equal(await client.hGet("h", "none"), null);
  assert.equal(await client.hIncrBy("h", "x", 41), 42);
  assert.equal(await client.hIncrByFloat("h", "y", 0.5), "2.5");
  assert.equal(await client.hExists("h", "x"), 1);
  assert.equal(await client.hSetNX("h", "x", "1"), 0);
  assert.equal(await client.hDel("h", ["name", "born", "city", "single", "none"]), 4);
  assert.deepEqual((await client.hKeys("h")).sort(), ["x", "y"]);
  assert.deepEqual((await client.hVals("h")).sort(), ["2.5", "42"]);
  assert.equal(await client.hLen("h"), 2);
  assert.equal(await client.hRandField("none"), null);
  assert.deepEqual((await client.hRandFieldCount("h", 5)).sort(), ["x", "y"]);
  const drawn = await client.hRandFieldCountWithValues("h", 2);
  assert.deepEqual(
    drawn.map((one) => ({ ...one })).toSorted((a, b) => String(a.field) < String(b.field) ? -1 : 1),
    [
      ...[{ field: "x", value: "42" }, { field: "y", value: "2.5" }],
    ],
  );
  assert.equal((await client.hRandFieldCountWithValues("h", -5)).length, 5);
  await assert.rejects(client.hIncrByFloat("h", "y", NaN), /not a valid float|not a float/);
});

bothProtocols("lists", async (client) => {
  assert.equal(await client.rPush("l", ["a", "b", "c", "b"]), 4);
  assert.equal(await client.lPush("l", "z"), 5);
  assert.deepEqual(await client.lRange("l", 0, -1), ["z", "a", "b", "c", "b"]);
  assert.equal(await client.lPos("l", "b", { RANK: -1 }), 4);
  assert.deepEqual(await client.lPosCount("l", "b", 0), [2, 4]);
  assert.equal(await client.lPos("l", "none"), null);
  assert.equal(await client.lInsert("l", "AFTER", "c", "x"), 6);
  assert.equal(await client.lSet("l", 0, "first"), "OK");
  assert.equal(await client.lRem("l", 1, "b"), 1);
  assert.equal(await client.lMove("l", "m", "LEFT", "RIGHT"), "first");
  assert.equal(await client.rPopLPush("l", "m"), "b");
  assert.equal(await client.lMove("none", "m", "LEFT", "LEFT"), null);
  assert.deepEqual(await client.lmPop(["none", "l"], "RIGHT", { COUNT: 2 }), ["l", ["x", "c"]]);
  assert.equal(await client.lmPop("none", "LEFT"), null);
  assert.deepEqual(await client.lPopCount("m", 9), ["b", "first"]);
  assert.equal(await client.lPopCount("m", 1), null);
  assert.equal(await client.rPop("l"), "a");
  assert.equal(await client.lLen("l"), 0);
});

bothProtocols("sets", async (client) => {
  assert.equal(await client.sAdd("s", ["a", "b", "c", "a"]), 3);
  await client.sAdd("t", ["b", "c", "d"]);
  assert.deepEqual((await client.sMembers("s")).sort(), ["a", "b", "c"]);
  assert.deepEqual(await client.sMembers("none"), []);
  assert.equal(await client.sIsMember("s", "a"), 1);
  assert.deepEqual(await client.smIsMember("s", ["a", "none"]), [1, 0]);
  assert.deepEqual((await client.sInter(["s", "t"])).sort(), ["b", "c"]);
  assert.deepEqual((await client.sUnion(["s", "t"])).sort(), ["a", "b", "c", "d"]);
  assert.deepEqual(await client.sDiff(["s", "t"]), ["a"]);
  assert.equal(await client.sInterCard(["s", "t"]), 2);
  assert.equal(await client.sInterCard(["s", "t"], { LIMIT: 1 }), 1);
  assert.equal(await client.sDiffStore("u", ["s", "t"]), 1);
  assert.equal(await client.sMove("s", "u", "b"), 1);
  assert.equal((await client.sRandMemberCount("t", -7)).length, 7);
  assert.equal(await client.sRandMember("none"), null);
  assert.deepEqual((await client.sPopCount("u", 5)).sort(), ["a", "b"]);
  assert.deepEqual(await client.sPopCount("u", 5), []);
  assert.equal(await client.sPop("u"), null);
  assert.equal(await client.sRem("t", ["b", "none"]), 1);
});

bothProtocols("sorted sets", async (client) => {
  assert.equal(await client.zAdd("z", [{ score: 1, value: "a" }, { score: 2.5, value: "b" }]), 2);
  assert.equal(await client.zAdd("z", { score: Infinity, value: "top" }), 1);
  assert.equal(await client.zAdd("z", { score: 3, value: "b" }, { comparison: "GT", CH: true }), 1);
  assert.equal(await client.zAddIncr("z", { score: 1.5, value: "b" }), 4.5);
  assert.equal(await client.zAddIncr("z", { score: 1.5, value: "b" }, { condition: "NX" }), null);
  assert.deepEqual(await client.zRange("z", 0, -1), ["a", "b", "top"]);
  const members = (list: readonly { value: unknown; score: unknown }[]) =>
    list.map((one) => [one.value, one.score]);
  assert.deepEqual(members(await client.zRangeWithScores("z", 0, -1)), [["a", 1], ["b", 4.5], [
    "top",
    Infinity,
  ]]);
  assert.deepEqual(
    await client.zRange("z", "+inf", "(1", { BY: "SCORE", REV: true, LIMIT: { offset: 1, count: 5 } }),
    ["b"],
  );
  assert.deepEqual(members(await client.zRangeByScoreWithScores("z", 1, 5)), [["a", 1], ["b", 4.5]]);
  assert.equal(await client.zScore("z", "b"), 4.5);
  assert.equal(await client.zScore("z", "none"), null);
  assert.deepEqual(await client.zmScore("z", ["a", "none", "top"]), [1, null, Infinity]);
  assert.equal(await client.zRank("z", "b"), 1);
  assert.equal(await client.zRevRank("z", "b"), 1);
  assert.deepEqual({ ...await client.zRankWithScore("z", "b") }, { rank: 1, score: 4.5 });
  assert.equal(await client.zRankWithScore("z", "none"), null);
  assert.equal(await client.zCount("z", "-inf", 4.5), 2);
  assert.equal(await client.zIncrBy("z", -0.25, "a"), 0.75);
  await client.zAdd("y", [{ score: 10, value: "a" }, { score: 20, value: "c" }]);
  assert.deepEqual(
    members(
      await client.zUnionWithScores([{ key: "z", weight: 1 }, { key: "y", weight: 2 }], { AGGREGATE: "SUM" }),
    ),
    [["b", 4.5], ["a", 20.75], ["c", 40], ["top", Infinity]],
  );
  assert.deepEqual(await client.zUnion(["z", "y"]), ["b", "a", "c", "top"]);
  assert.deepEqual(members(await client.zInterWithScores(["z", "y"], { AGGREGATE: "MIN" })), [["a", 0.75]]);
  assert.deepEqual(members(await client.zDiffWithScores(["y", "z"])), [["c", 20]]);
  assert.equal(await client.zInterCard(["z", "y"]), 1);
  assert.equal(await client.zUnionStore("u", ["z", "y"]), 4);
  assert.equal(await client.zRangeStore("r", "u", 0, 1), 2);
  assert.deepEqual({ ...await client.zPopMax("u") }, { value: "top", score: Infinity });
  assert.deepEqual(members(await client.zPopMinCount("u", 2)), [["b", 4.5], ["a", 10.75]]);
  assert.equal(await client.zPopMin("none"), null);
  const popped = await client.zmPop(["none", "y"], "MIN", { COUNT: 9 });
  assert.equal(popped?.key, "y");
  assert.deepEqual(members(popped!.members), [["a", 10], ["c", 20]]);
  assert.equal(await client.zmPop("none", "MAX"), null);
  const drawn = members(await client.zRandMemberCountWithScores("z", 9));
  assert.deepEqual(drawn.sort(), [["a", 0.75], ["b", 4.5], ["top", Infinity]]);
  assert.deepEqual((await client.zRandMemberCount("z", 9)).sort(), ["a", "b", "top"]);
  assert.equal(await client.zRandMember("none"), null);
  await client.zAdd("lex", ["a", "b", "c"].map((value) => ({ score: 0, value })));
  assert.deepEqual(await client.zRangeByLex("lex", "(a", "+"), ["b", "c"]);
  assert.equal(await client.zLexCount("lex", "-", "+"), 3);
  assert.equal(await client.zRemRangeByRank("lex", 0, 0), 1);
  assert.equal(await client.zRemRangeByScore("lex", 0, 0), 2);
  await assert.rejects(client.zAdd("z", { score: NaN, value: "a" }), /not a valid float/);
});

bothProtocols("geo", async (client) => {
  assert.equal(
    await client.geoAdd("Sicily", [
      { longitude: 13.361389, latitude: 38.115556, member: "Palermo" },
      { longitude: 15.087269, latitude: 37.502669, member: "Catania" },
    ]),
    2,
  );
  assert.equal(await client.geoDist("Sicily", "Palermo", "Catania"), 166274.1516);
  assert.equal(await client.geoDist("Sicily", "Palermo", "none", "km"), null);
  assert.deepEqual(await client.geoHash("Sicily", ["Palermo", "Catania"]), ["sqc8b49rny0", "sqdtr74hyu0"]);
  const [palermo, none] = await client.geoPos("Sicily", ["Palermo", "none"]);
  assert.equal(Number(palermo?.longitude).toFixed(6), "13.361389");
  assert.equal(none, null);
  assert.deepEqual(
    await client.geoSearch("Sicily", { longitude: 15, latitude: 37 }, { radius: 200, unit: "km" }, {
      SORT: "DESC",
    }),
    ["Palermo", "Catania"],
  );
  const [found] = await client.geoSearchWith("Sicily", "Catania", { width: 400, height: 400, unit: "km" }, [
    ...["WITHDIST", "WITHHASH", "WITHCOORD"] as const,
  ], { SORT: "DESC", COUNT: 1 });
  assert.equal(found.member, "Palermo");
  assert.equal(Number(found.distance), 166.2742);
  assert.equal(Number(found.hash), 3479099956230698);
  assert.equal(Number(found.coordinates?.latitude).toFixed(6), "38.115556");
  const from = { longitude: 15, latitude: 37 };
  assert.equal(
    await client.geoSearchStore("near", "Sicily", from, { radius: 100, unit: "km" }, { STOREDIST: true }),
    1,
  );
  assert.equal((await client.zScore("near", "Catania"))?.toFixed(4), "56.4413");
});

bothProtocols("HyperLogLog, SORT, COPY and strings", async (client) => {
  assert.equal(await client.pfAdd("a", ["1", "2", "3"]), 1);
  assert.equal(await client.pfAdd("a", "1"), 0);
  await client.pfAdd("b", ["3", "4"]);
  assert.equal(await client.pfCount(["a", "b"]), 4);
  assert.equal(await client.pfMerge("both", ["a", "b"]), "OK");
  assert.equal(await client.pfCount("both"), 4);
  await client.rPush("ids", ["3", "1", "10"]);
  await client.mSet({ w_1: "30", w_3: "20", w_10: "10", n_10: "ten" });
  assert.deepEqual(await client.sort("ids"), ["1", "3", "10"]);
  assert.deepEqual(
    await client.sort("ids", { BY: "w_*", GET: ["#", "n_*"], LIMIT: { offset: 0, count: 2 } }),
    ["10", "ten", "3", null],
  );
  assert.deepEqual(await client.sortRo("ids", { DIRECTION: "DESC", ALPHA: true }), ["3", "10", "1"]);
  assert.equal(await client.sortStore("ids", "sorted"), 3);
  assert.equal(await client.copy("sorted", "copied"), 1);
  assert.equal(await client.copy("sorted", "copied", { DB: 0, REPLACE: true }), 1);
  assert.deepEqual(await client.lRange("copied", 0, -1), ["1", "3", "10"]);
  assert.equal(await client.set("k", "v", { expiration: { type: "EX", value: 100 }, condition: "NX" }), "OK");
  assert.equal(await client.set("k", "w", { condition: "NX" }), null);
  assert.equal(await client.set("k", "w", { GET: true, expiration: "KEEPTTL" }), "v");
  assert.ok(await client.expireTime("k") > Date.now() / 1000);
  assert.equal(await client.lcsLen("k", "none"), 0);
  await client.mSet([["x", "ohmytext"], ["y", "mynewtext"]]);
  const lcs = await client.lcsIdxWithMatchLen("x", "y", { MINMATCHLEN: 4 });
  assert.deepEqual({ ...lcs }, { matches: [[[4, 7], [5, 8], 4]], len: 6 });
  assert.deepEqual(
    await client.bitField("bits", [
      { operation: "SET", encoding: "u8", offset: 0, value: 200 },
      { operation: "OVERFLOW", behavior: "FAIL" },
      { operation: "INCRBY", encoding: "u8", offset: 0, increment: 100 },
    ]),
    [0, null],
  );
  assert.equal(await client.bitCount("bits", { start: 0, end: -1, mode: "BIT" }), 3);
});

bothProtocols("Buffers in and out; DUMP and RESTORE", async (client) => {
  const bytes = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
  await client.set(ALL_BYTES, ALL_BYTES);
  assert.deepEqual(await bytes.get(ALL_BYTES), ALL_BYTES);
  assert.deepEqual(await bytes.keys("*"), [ALL_BYTES]);
  await client.hSet("h", "f", ALL_BYTES);
  assert.deepEqual({ ...await bytes.hGetAll("h") }, { f: ALL_BYTES });
  await client.rPush("l", ["a", ALL_BYTES]);
  assert.deepEqual(await bytes.lRange("l", 0, -1), [Buffer.from("a"), ALL_BYTES]);
  await client.zAdd("z", { score: 1.5, value: ALL_BYTES });
  assert.deepEqual((await bytes.zRangeWithScores("z", 0, -1)).map((one) => ({ ...one })), [
    ...[{ value: ALL_BYTES, score: 1.5 }],
  ]);
  await client.sAdd("s", [ALL_BYTES, "x"]);
  for (const key of ["h", "l", "z", "s"]) {
    const dump = await bytes.dump(key);
    assert.ok(Buffer.isBuffer(dump) && dump.length > 256, key);
    assert.equal(await client.restore(`${key}:back`, 0, dump), "OK");
    assert.equal(await client.type(`${key}:back`), await client.type(key));
    await assert.rejects(client.restore(key, 0, dump), /BUSYKEY/);
    assert.equal(
      await client.restore(key, Date.now() + 100_000, dump, { ABSTTL: true, REPLACE: true }),
      "OK",
    );
    assert.ok(await client.ttl(key) > 90);
    await assert.rejects(
      client.restore("bad", 0, dump.subarray(1)),
      /DUMP payload version or checksum are wrong/,
    );
  }
  assert.deepEqual((await bytes.sMembers("s:back")).sort(Buffer.compare), [ALL_BYTES, Buffer.from("x")]);
  assert.deepEqual(await bytes.hGet("h:back", "f"), ALL_BYTES);
  assert.equal(await bytes.dump("none"), null);
});

bothProtocols("scan iterators", async (client) => {
  const names = Array.from({ length: 700 }, (_, i) => `member:${i}`);
  await client.hSet("hash", Object.fromEntries(names.map((name, i) => [name, String(i)])));
  await client.sAdd("set", names);
  await client.zAdd("zset", names.map((value, i) => ({ value, score: i / 2 })));
  const fields = (await Array.fromAsync(client.hScanIterator("hash", { COUNT: 50 }))).flat();
  const hash = new Map(fields.map((one) => [String(one.field), String(one.value)]));
  assert.equal(fields.length, names.length);
  assert.deepEqual(names.map((name) => hash.get(name)), names.map((_, i) => String(i)));
  const set = (await Array.fromAsync(client.sScanIterator("set"))).flat();
  assert.deepEqual(set.map(String).sort(), names.toSorted());
  const zset = (await Array.fromAsync(client.zScanIterator("zset", { MATCH: "*:69?" }))).flat();
  assert.deepEqual(
    zset.map((one) => `${one.value}=${one.score}`).sort(),
    names.slice(690).map((name, i) => `${name}=${(690 + i) / 2}`),
  );
  assert.deepEqual((await Array.fromAsync(client.scanIterator({ TYPE: "zset" }))).flat(), ["zset"]);
  assert.deepEqual((await Array.fromAsync(client.scanIterator())).flat().map(String).sort(), [
    "hash",
    "set",
    "zset",
  ]);
  assert.deepEqual((await Array.fromAsync(client.hScanIterator("none"))).flat(), []);
});

bothProtocols("CLIENT, CONFIG, MEMORY and COMMAND as objects", async (client, RESP) => {
  assert.equal(await client.clientSetName("tester"), "OK");
  const info = await client.clientInfo();
  assert.equal(info.name, "tester");
  assert.equal(info.resp, RESP);
  assert.equal(info.libName?.startsWith("node-redis"), true);
  assert.deepEqual((await client.clientList()).map((one) => one.id), [await client.clientId()]);
  await client.configSet({ "hash-max-listpack-entries": "3", "set-max-intset-entries": "4" });
  assert.deepEqual({ ...await client.configGet(["hash-max-listpack-entries", "set-max-intset-entries"]) }, {
    ...{ "hash-max-listpack-entries": "3", "set-max-intset-entries": "4" },
  });
  await client.hSet("h", { a: 1, b: 2, c: 3, d: 4 });
  assert.equal(await client.objectEncoding("h"), "hashtable");
  assert.ok(await client.memoryUsage("h") as number > 50);
  assert.equal(await client.memoryUsage("none"), null);
  const stats = await client.memoryStats();
  assert.equal(stats["keys.count"], 1);
  const [zadd] = await client.commandInfo(["zadd"]);
  assert.equal(zadd?.name, "zadd");
  assert.equal(zadd?.arity, -4);
  assert.ok(zadd?.flags.has("write" as never));
  assert.deepEqual(await client.commandGetKeys(["ZUNION", "2", "a", "b"]), ["a", "b"]);
  assert.equal((await client.command()).length, await client.commandCount());
  assert.ok((await client.time()) !== null);
});
