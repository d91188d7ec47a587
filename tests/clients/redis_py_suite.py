"""redis-py as applications use it; run by redis_py_test.ts with the port of an empty server."""

import sys
import threading
import time
import unittest

import redis

PORT = int(sys.argv.pop(1))
ALL_BYTES = bytes(range(256))


class Suite(unittest.TestCase):
    """Each test has an empty server, `self.r` in text and `self.b` in bytes."""

    def setUp(self):
        self.r = redis.Redis(port=PORT, decode_responses=True)
        self.b = redis.Redis(port=PORT)
        self.r.flushall()

    def tearDown(self):
        self.r.close()
        self.b.close()

    def test_strings(self):
        r = self.r
        self.assertIs(r.set("k", "v", ex=100), True)
        self.assertIsNone(r.set("k", "w", nx=True))
        self.assertEqual(r.set("k", "w", get=True, keepttl=True), "v")
        self.assertGreater(r.ttl("k"), 90)
        self.assertEqual(r.incrbyfloat("f", 0.1), 0.1)
        self.assertIs(r.mset({"a": 1, "b": 2}), True)
        self.assertEqual(r.mget(["a", "none", "b"]), ["1", None, "2"])
        self.assertIs(r.expire("a", 10), True)
        self.assertIs(r.persist("a"), True)
        self.b.set(ALL_BYTES, ALL_BYTES)
        self.assertEqual(self.b.get(ALL_BYTES), ALL_BYTES)
        self.assertEqual(r.bitfield("bits").set("u8", 0, 200).incrby("u8", 0, 100, "FAIL").execute(), [0, None])
        with self.assertRaisesRegex(redis.ResponseError, "not an integer"):
            r.incr("k")

    def test_hashes(self):
        r = self.r
        self.assertEqual(r.hset("h", mapping={"a": 1, "b": "two"}), 2)
        self.assertEqual(r.hset("h", items=["c", 3, "d", 4]), 2)
        self.assertEqual(r.hgetall("h"), {"a": "1", "b": "two", "c": "3", "d": "4"})
        self.assertEqual(r.hgetall("none"), {})
        self.assertEqual(r.hmget("h", ["a", "none"]), ["1", None])
        self.assertIs(r.hexists("h", "a"), True)
        self.assertEqual(r.hincrbyfloat("h", "a", 0.5), 1.5)
        self.assertEqual(r.hdel("h", "c", "d", "none"), 2)
        pairs = r.hrandfield("h", 2, withvalues=True)
        self.assertEqual(dict(zip(pairs[::2], pairs[1::2])), {"a": "1.5", "b": "two"})
        r.hset("many", mapping={f"f{i}": i for i in range(700)})
        self.assertEqual(dict(r.hscan_iter("many", count=50)), {f"f{i}": str(i) for i in range(700)})

    def test_lists(self):
        r = self.r
        self.assertEqual(r.rpush("l", "a", "b", "c", "b"), 4)
        self.assertEqual(r.lpos("l", "b", rank=-1), 3)
        self.assertEqual(r.lpos("l", "b", count=0), [1, 3])
        self.assertEqual(r.lmove("l", "m", "LEFT", "RIGHT"), "a")
        self.assertEqual(r.lpop("l", 2), ["b", "c"])
        self.assertEqual(r.linsert("l", "before", "b", "x"), 2)
        self.assertIs(r.lset("l", 0, "y"), True)
        self.assertEqual(r.lrange("l", 0, -1), ["y", "b"])
        self.assertEqual(r.lmpop(2, "none", "l", direction="RIGHT", count=5), ["l", ["b", "y"]])
        self.assertIsNone(r.lpop("l"))

    def test_sets(self):
        r = self.r
        self.assertEqual(r.sadd("s", "a", "b", "c"), 3)
        r.sadd("t", "b", "c", "d")
        self.assertEqual(r.smembers("s"), {"a", "b", "c"})
        self.assertEqual(r.sinter("s", "t"), {"b", "c"})
        self.assertEqual(r.sdiff("s", "t"), {"a"})
        self.assertEqual(r.sunionstore("u", "s", "t"), 4)
        self.assertTrue(r.sismember("s", "a"))
        self.assertEqual(r.smismember("s", ["a", "none"]), [1, 0])
        self.assertEqual(len(r.spop("u", 3)), 3)
        self.assertEqual(r.scard("u"), 1)
        self.assertEqual(len(r.srandmember("s", -9)), 9)
        r.sadd("many", *range(1500))
        self.assertEqual({int(x) for x in r.sscan_iter("many")}, set(range(1500)))

    def test_sorted_sets(self):
        r = self.r
        self.assertEqual(r.zadd("z", {"a": 1, "b": 2.5, "top": float("inf")}), 3)
        self.assertEqual(r.zadd("z", {"a": 0.5, "b": 3}, gt=True, ch=True), 1)
        self.assertEqual(r.zadd("z", {"b": 1.5}, incr=True), 4.5)
        self.assertEqual(r.zrange("z", 0, -1, withscores=True), [("a", 1.0), ("b", 4.5), ("top", float("inf"))])
        self.assertEqual(r.zrange("z", "+inf", "(1", byscore=True, desc=True, offset=0, num=1), ["top"])
        self.assertEqual(r.zrevrange("z", 0, 0, withscores=True), [("top", float("inf"))])
        self.assertEqual(r.zrangebyscore("z", 1, 5, withscores=True, score_cast_func=lambda text: 2 * float(text)), [("a", 2), ("b", 9)])
        self.assertEqual(r.zscore("z", "b"), 4.5)
        self.assertEqual(r.zmscore("z", ["a", "none"]), [1.0, None])
        r.zadd("y", {"a": 10, "c": 20})
        self.assertEqual(r.zunion({"z": 1, "y": 2}, withscores=True)[:2], [("b", 4.5), ("a", 21.0)])
        self.assertEqual(r.zinter(["z", "y"], aggregate="MIN", withscores=True), [("a", 1.0)])
        self.assertEqual(r.zdiff(["y", "z"]), ["c"])
        self.assertEqual(r.zinterstore("i", ["z", "y"]), 1)
        self.assertEqual(r.zpopmin("y"), [("a", 10.0)])
        self.assertEqual(r.zpopmax("none"), [])
        self.assertEqual(r.zmpop(1, ["y"], min=True), ["y", [["c", "20"]]])
        self.assertEqual(sorted(r.zrandmember("z", 9)), ["a", "b", "top"])
        self.assertEqual(r.zrank("z", "b"), 1)
        r.zadd("many", {f"m{i}": i / 2 for i in range(700)})
        self.assertEqual(dict(r.zscan_iter("many", match="m69?")), {f"m{i}": i / 2 for i in range(690, 700)})

    def test_geo(self):
        r = self.r
        self.assertEqual(r.geoadd("g", (13.361389, 38.115556, "Palermo", 15.087269, 37.502669, "Catania")), 2)
        self.assertEqual(r.geodist("g", "Palermo", "Catania", unit="km"), 166.2742)
        self.assertEqual(r.geohash("g", "Palermo", "none"), ["sqc8b49rny0", None])
        position, none = r.geopos("g", "Palermo", "none")
        self.assertAlmostEqual(position[0], 13.361389, 5)
        self.assertIsNone(none)
        self.assertEqual(
            r.geosearch("g", member="Catania", width=400, height=400, unit="km", sort="DESC", count=1,
                        withdist=True, withhash=True),
            [["Palermo", 166.2742, 3479099956230698]],
        )
        self.assertEqual(r.geosearchstore("near", "g", longitude=15, latitude=37, radius=100, unit="km"), 1)
        self.assertEqual(r.georadius("g", 15, 37, 200, unit="km", sort="ASC"), ["Catania", "Palermo"])

    def test_hyperloglog_sort_copy_dump(self):
        r = self.r
        self.assertEqual(r.pfadd("p", "a", "b"), 1)
        self.assertEqual(r.pfcount("p", "none"), 2)
        self.assertIs(r.pfmerge("q", "p"), True)
        r.rpush("ids", 3, 1, 10)
        r.mset({"w_1": 3, "w_3": 2, "w_10": 1, "n_10": "ten"})
        self.assertEqual(r.sort("ids", by="w_*", get=["#", "n_*"], groups=True), [("10", "ten"), ("3", None), ("1", None)])
        self.assertEqual(r.sort("ids", desc=True, alpha=True, store="sorted"), 3)
        self.assertIs(r.copy("sorted", "copied"), True)
        self.assertEqual(r.lrange("copied", 0, -1), ["3", "10", "1"])
        dump = self.b.dump("copied")
        self.assertEqual(self.b.restore("back", 100_000, dump), b"OK")
        self.assertEqual(r.lrange("back", 0, -1), ["3", "10", "1"])
        with self.assertRaisesRegex(redis.ResponseError, "BUSYKEY"):
            self.b.restore("back", 0, dump)
        with self.assertRaisesRegex(redis.ResponseError, "DUMP payload version or checksum are wrong"):
            self.b.restore("bad", 0, dump[:-1] + bytes([dump[-1] ^ 1]))
        self.assertEqual(r.object("encoding", "back"), "listpack")

    def test_blocking(self):
        def later(work):
            def run():
                while self.r.info("clients")["blocked_clients"] == 0:
                    time.sleep(0.01)
                work()
            thread = threading.Thread(target=run)
            thread.start()
            return thread

        thread = later(lambda: self.r.rpush("l", "x", "y"))
        with redis.Redis(port=PORT, decode_responses=True) as waiting:
            self.assertEqual(waiting.blpop(["none", "l"], timeout=60), ("l", "x"))
            thread.join()
            self.assertEqual(waiting.blmove("l", "m", 1, "RIGHT", "LEFT"), "y")
            thread = later(lambda: self.r.zadd("z", {"a": 1.5}))
            self.assertEqual(waiting.bzpopmin("z", 60), ("z", "a", 1.5))
            thread.join()
            self.assertIsNone(waiting.brpop("none", 0.01))

    def test_pipelines_and_transactions(self):
        r = self.r
        with r.pipeline() as pipe:
            pipe.hset("h", "a", 1).hgetall("h").zadd("z", {"m": 1.5}).zrange("z", 0, -1, withscores=True)
            pipe.sadd("s", "x").smembers("s").expire("h", 100)
            self.assertEqual(pipe.execute(), [1, {"a": "1"}, 1, [("m", 1.5)], 1, {"x"}, True])
        with r.pipeline(transaction=False) as pipe:
            pipe.set("k", "v").lpush("k", "x").get("k")
            replies = pipe.execute(raise_on_error=False)
            self.assertIsInstance(replies[1], redis.ResponseError)
            self.assertEqual(replies[::2], [True, "v"])
        with r.pipeline() as pipe:
            pipe.watch("k")
            self.r.set("k", "theirs")
            pipe.multi()
            pipe.set("k", "ours")
            self.assertRaises(redis.WatchError, pipe.execute)

        def double(pipe):
            value = int(pipe.get("n") or 1)
            pipe.multi()
            pipe.set("n", value * 2)

        self.assertEqual(r.transaction(double, "n"), [True])
        self.assertEqual(r.get("n"), "2")

    def test_scan_iter(self):
        self.r.mset({f"k:{i}": i for i in range(1500)})
        self.r.sadd("s", 1)
        found = list(self.r.scan_iter(match="k:*", count=100))
        self.assertEqual(sorted(found), sorted(f"k:{i}" for i in range(1500)))
        self.assertEqual(list(self.r.scan_iter(_type="set")), ["s"])

    def test_server(self):
        r = self.r
        self.assertEqual(r.config_get("hash-max-*")["hash-max-listpack-value"], "64")
        self.assertIs(r.client_setname("suite"), True)
        self.assertIn("suite", [client["name"] for client in r.client_list()])
        self.assertEqual(r.info("server")["redis_mode"], "standalone")
        self.assertIs(r.client_kill(r.client_list()[0]["addr"]), True)
        self.assertIs(r.ping(), True)
        r.set("k", "v")
        self.assertEqual(r.info("keyspace")["db0"]["keys"], 1)
        self.assertGreater(r.memory_usage("k"), 20)
        self.assertIs(r.config_set("slowlog-log-slower-than", 0), True)
        r.set("slow", "x")
        self.assertIn("SET slow x", [entry["command"].decode() if isinstance(entry["command"], bytes)
                                     else entry["command"] for entry in r.slowlog_get(10)])
        self.assertIn("zadd", r.command())
        with r.monitor() as monitor:
            self.b.set("seen", "1")
            for event in monitor.listen():
                if event["command"].endswith("SET seen 1"):
                    break


if __name__ == "__main__":
    unittest.main()
