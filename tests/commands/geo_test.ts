import assert from "node:assert/strict";
import fc from "fast-check";
import { distance } from "../../lib/base/geohash.ts";
import { GEO_COMMANDS } from "../../lib/commands/geo.ts";
import { SORTED_SET_COMMANDS } from "../../lib/commands/sorted_sets.ts";
import { STRING_COMMANDS } from "../../lib/commands/strings.ts";
import { verifyKeyspace } from "../../lib/keyspace/verify.ts";
import { HandlerBench, NOW_MS } from "../support/handler_bench.ts";
import { check } from "../support/handler_steps.ts";

const SICILY = "GEOADD Sicily 13.361389 38.115556 Palermo 15.087269 37.502669 Catania";

function bench(resp3 = false): HandlerBench {
  const b = new HandlerBench({ ...GEO_COMMANDS, ...SORTED_SET_COMMANDS, ...STRING_COMMANDS });
  if (resp3) b.useResp3();
  return b;
}

/** Runs a line and checks the keyspace; says what was replied. */
function run(b: HandlerBench, line: string): string {
  const reply = b.run(...line.split(" "));
  verifyKeyspace(b.ks);
  return reply;
}

Deno.test("GEOADD: is logged as the ZADD that it comes to", () => {
  check(bench(), [
    [SICILY, ":2|", "ZADD Sicily 3479099956230698 Palermo 3479447370796909 Catania"],
    [SICILY, ":0|"],
    ["GEOADD Sicily NX CH 0 0 Palermo", ":0|"],
    ["GEOADD Sicily XX 0 0 Enna", ":0|"],
    ["GEOADD absent XX 0 0 Enna", ":0|"],
    ["ZCARD absent", ":0|"],
    ["GEOADD Sicily xx ch 0 0 Palermo", ":1|", "ZADD Sicily xx ch 3377699720527872 Palermo"],
    ["GEOADD Sicily 180 85.05112878 corner", ":1|", "ZADD Sicily 13510798882111488 corner"],
    ["ZSCORE Sicily corner", "$17|13510798882111488|"],
  ]);
});

Deno.test("GEOADD: all is read before anything changes", () => {
  check(bench(), [
    ["GEOADD k 0 0 a 181 0 b", "-ERR invalid longitude,latitude pair 181.000000,0.000000|"],
    ["GEOADD k 0 0 a 0 -85.06 b", "-ERR invalid longitude,latitude pair 0.000000,-85.060000|"],
    ["GEOADD k 0 0 a x 0 b", "-ERR value is not a valid float|"],
    ["GEOADD k 0 0 a 0", "-ERR syntax error|"],
    ["GEOADD k NX XX 0 0 a", "-ERR syntax error|"],
    ["GEOADD k CH NX CH", "-ERR syntax error|"],
    ["ZCARD k", ":0|"],
    ["SET s x", "+OK|", "typed"],
    ["GEOADD s 0 0 a", "-WRONGTYPE Operation against a key holding the wrong kind of value|"],
    ["GEOADD s 181 0 a", "-ERR invalid longitude,latitude pair 181.000000,0.000000|"],
  ]);
});

Deno.test("GEOPOS, GEOHASH, GEODIST: what is absent is null", () => {
  check(bench(), [
    [SICILY, ":2|", "ZADD Sicily 3479099956230698 Palermo 3479447370796909 Catania"],
    ["GEOPOS Sicily Palermo x", "*2|*2|$20|13.36138933897018433|$20|38.11555639549629859|*-1|"],
    ["GEOPOS Sicily", "*0|"],
    ["GEOPOS absent a", "*1|*-1|"],
    ["GEOHASH Sicily Palermo x Catania", "*3|$11|sqc8b49rny0|$-1|$11|sqdtr74hyu0|"],
    ["GEOHASH absent a", "*1|$-1|"],
    ["GEODIST Sicily Palermo Catania", "$11|166274.1516|"],
    ["GEODIST Sicily Palermo Catania KM", "$8|166.2742|"],
    ["GEODIST Sicily Palermo Catania mi", "$8|103.3182|"],
    ["GEODIST Sicily Palermo Palermo", "$6|0.0000|"],
    ["GEODIST Sicily Palermo x", "$-1|"],
    ["GEODIST absent a b", "$-1|"],
    ["GEODIST absent a b miles", "-ERR unsupported unit provided. please use M, KM, FT, MI|"],
    ["GEODIST absent a b m m", "-ERR syntax error|"],
  ]);
});

Deno.test("RESP3: coordinates are doubles, distances bulk strings", () => {
  check(bench(true), [
    [SICILY, ":2|", "ZADD Sicily 3479099956230698 Palermo 3479447370796909 Catania"],
    ["GEOPOS Sicily Palermo x", "*2|*2|,13.36138933897018433|,38.11555639549629859|_|"],
    ["GEOHASH Sicily x", "*1|_|"],
    ["GEODIST Sicily Palermo Catania", "$11|166274.1516|"],
    [
      "GEOSEARCH Sicily FROMLONLAT 15 37 BYRADIUS 100 km WITHCOORD WITHDIST WITHHASH",
      "*1|*4|$7|Catania|$7|56.4413|:3479447370796909|*2|,15.08726745843887329|,37.50266842333162032|",
    ],
  ]);
});

Deno.test("searches: circle and box, order, count, what is replied", () => {
  const catania = "$7|Catania|";
  const palermo = "$7|Palermo|";
  check(bench(), [
    [SICILY, ":2|", "ZADD Sicily 3479099956230698 Palermo 3479447370796909 Catania"],
    ["GEORADIUS Sicily 15 37 200 km WITHDIST", `*2|*2|${palermo}$8|190.4424|*2|${catania}$7|56.4413|`],
    ["GEORADIUS_RO Sicily 15 37 200 km ASC", `*2|${catania}${palermo}`],
    ["GEORADIUS Sicily 15 37 200 km DESC COUNT 1", `*1|${palermo}`],
    ["GEORADIUS Sicily 15 37 200 km COUNT 1", `*1|${catania}`],
    ["GEORADIUS Sicily 15 37 200 km COUNT 1 ANY", `*1|${palermo}`],
    ["GEORADIUSBYMEMBER Sicily Palermo 0 m WITHHASH", `*1|*2|${palermo}:3479099956230698|`],
    ["GEORADIUSBYMEMBER_RO Sicily Palermo 167 km DESC", `*2|${catania}${palermo}`],
    ["GEOSEARCH Sicily FROMMEMBER Palermo BYBOX 400 10 km", `*1|${palermo}`],
    ["GEOSEARCH Sicily BYBOX 400 400 km FROMLONLAT 15 37 ASC", `*2|${catania}${palermo}`],
    ["GEOSEARCH absent FROMMEMBER x BYRADIUS 1 m", "*0|"],
    ["GEORADIUSBYMEMBER absent x nonsense nonsense", "*0|"],
    ["GEOSEARCH Sicily FROMLONLAT -100 0 BYRADIUS 1 mi", "*0|"],
  ]);
});

Deno.test("searches: the errors, and which of them comes first", () => {
  const b = bench();
  run(b, SICILY);
  run(b, "SET s x");
  const cases: readonly (readonly [string, string])[] = [
    ["GEORADIUS s x y z", "WRONGTYPE Operation against a key holding the wrong kind of value"],
    ["GEORADIUS Sicily 15 37 x km", "ERR need numeric radius"],
    ["GEORADIUS Sicily 15 37 -1 km", "ERR radius cannot be negative"],
    ["GEORADIUS Sicily 15 37 1 yd", "ERR unsupported unit provided. please use M, KM, FT, MI"],
    ["GEORADIUS Sicily 15 90 1 km", "ERR invalid longitude,latitude pair 15.000000,90.000000"],
    ["GEORADIUSBYMEMBER Sicily x 1 km", "ERR could not decode requested zset member"],
    ["GEORADIUS Sicily 15 37 1 km COUNT", "ERR syntax error"],
    ["GEORADIUS Sicily 15 37 1 km COUNT 0", "ERR COUNT must be > 0"],
    ["GEORADIUS Sicily 15 37 1 km COUNT 1.5", "ERR value is not an integer or out of range"],
    ["GEORADIUS Sicily 15 37 1 km ANY", "ERR the ANY argument requires COUNT argument"],
    ["GEORADIUS_RO Sicily 15 37 1 km STORE x", "ERR syntax error"],
    ["GEORADIUS Sicily 15 37 1 km FROMMEMBER Palermo", "ERR syntax error"],
    [
      "GEORADIUS Sicily 15 37 1 km STORE x WITHDIST",
      "ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options",
    ],
    [
      "GEOSEARCHSTORE x Sicily FROMMEMBER Palermo BYRADIUS 1 m WITHHASH",
      "ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options",
    ],
    ["GEOSEARCH Sicily FROMMEMBER Palermo FROMLONLAT 1 1 BYRADIUS 1 m", "ERR syntax error"],
    ["GEOSEARCH Sicily FROMLONLAT 1 1 BYRADIUS 1 m BYBOX 1 1 m", "ERR syntax error"],
    ["GEOSEARCH Sicily FROMLONLAT 1 1 BYRADIUS 1 m STOREDIST", "ERR syntax error"],
    ["GEOSEARCH Sicily FROMLONLAT 1 1 BYBOX x y m", "ERR need numeric width"],
    ["GEOSEARCH Sicily FROMLONLAT 1 1 BYBOX 1 y m", "ERR need numeric height"],
    ["GEOSEARCH Sicily FROMLONLAT 1 1 BYBOX 1 -1 m", "ERR height or width cannot be negative"],
    [
      "GeoSearch Sicily BYRADIUS 1 m ASC COUNT 1",
      "ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for GeoSearch",
    ],
    [
      "GEOSEARCH absent FROMMEMBER x COUNT 1 ASC",
      "ERR exactly one of BYRADIUS and BYBOX can be specified for GEOSEARCH",
    ],
  ];
  for (const [line, error] of cases) {
    assert.equal(run(b, line), `-${error}\r\n`, line);
    assert.equal(b.dirty, 0);
  }
});

Deno.test("stores: in the place of what was there, or of nothing", () => {
  check(bench(), [
    [SICILY, ":2|", "ZADD Sicily 3479099956230698 Palermo 3479447370796909 Catania"],
    ["SET dest x PX 100000", "+OK|", `SET dest x PXAT ${NOW_MS + 100_000}`],
    ["GEOSEARCHSTORE dest Sicily FROMLONLAT 15 37 BYBOX 400 400 km", ":2|", "typed"],
    [
      "ZRANGE dest 0 -1 WITHSCORES",
      "*4|$7|Palermo|$16|3479099956230698|$7|Catania|$16|3479447370796909|",
    ],
    ["GEORADIUS Sicily 15 37 200 km COUNT 1 STORE dest", ":1|", "typed"],
    ["ZRANGE dest 0 -1", "*1|$7|Catania|"],
    ["GEORADIUSBYMEMBER Sicily Palermo 1 m STORE Sicily", ":1|", "typed"],
    ["ZRANGE Sicily 0 -1", "*1|$7|Palermo|"],
    ["GEORADIUS Sicily 0 0 1 m STORE dest", ":0|", "typed"],
    ["GEORADIUS Sicily 0 0 1 m STORE dest", ":0|"],
    ["ZCARD dest", ":0|"],
    ["SET dest x", "+OK|", "typed"],
    ["GEOSEARCHSTORE dest absent FROMMEMBER x BYRADIUS 1 m", ":0|", "typed"],
    ["GET dest", "$-1|"],
  ]);
});

Deno.test("STOREDIST: the distances are logged, in ZADDs of 64", () => {
  const b = bench();
  run(b, SICILY);
  assert.equal(run(b, "GEORADIUS Sicily 15 37 200 km STOREDIST dest"), ":2\r\n");
  const [del, zadd] = b.logged.split("\n");
  assert.equal(del, "DEL dest");
  const [name, key, near, catania, far, palermo] = zadd.split(" ");
  assert.deepEqual([name, key, palermo, catania], ["ZADD", "dest", "Catania", "Palermo"]);
  assert.ok(Math.abs(Number(near) - 190.4424) < 1e-4 && Math.abs(Number(far) - 56.4413) < 1e-4, zadd);
  const scores = run(b, "ZRANGE dest 0 -1 WITHSCORES");
  assert.equal(
    scores,
    `*4\r\n$7\r\nCatania\r\n$${far.length}\r\n${far}\r\n$7\r\nPalermo\r\n$${near.length}\r\n${near}\r\n`,
  );
  for (let i = 0; i < 130; i++) run(b, `GEOADD many ${i / 100} 10 m${i}`);
  assert.equal(run(b, "GEOSEARCHSTORE dest many FROMLONLAT 0 10 BYRADIUS 1000 km STOREDIST"), ":130\r\n");
  const lines = b.logged.split("\n");
  assert.deepEqual(lines.map((line) => line.split(" ").length), [2, 130, 130, 6]);
  const again = bench();
  for (const line of lines.slice(1)) run(again, line);
  assert.equal(run(again, "ZRANGE dest 0 -1 WITHSCORES"), run(b, "ZRANGE dest 0 -1 WITHSCORES"));
});

/** Members of a flat array reply of bulk strings. */
function membersOf(reply: string): string[] {
  return reply.split("\r\n").filter((line) => line.startsWith("m"));
}

Deno.test("GEOSEARCH: what stands at longitude 180 itself is not found, as in Redis", () => {
  const b = bench();
  run(b, "GEOADD k 180 -65 end 179.9999 -65 near");
  assert.deepEqual(
    membersOf(run(b, "GEOSEARCH k FROMLONLAT 163 -65 BYRADIUS 820 km").replaceAll("near", "m")),
    [
      "m",
    ],
  );
  assert.match(run(b, "GEODIST k end near"), /^\$6\r\n4\.\d{4}\r\n$/);
});

Deno.test("GEOSEARCH: finds what comparing all distances finds, nearest first", () => {
  const longitudes = fc.double({ min: -170, max: 170, noNaN: true });
  const latitudes = fc.double({ min: -65, max: 65, noNaN: true });
  const offsets = fc.array(
    fc.tuple(fc.double({ min: -1, max: 1, noNaN: true }), fc.double({ min: -1, max: 1, noNaN: true })),
    {
      minLength: 1,
      maxLength: 200,
    },
  );
  fc.assert(
    fc.property(
      longitudes,
      latitudes,
      fc.double({ min: 1, max: 800_000, noNaN: true }),
      offsets,
      (lon, lat, radius, points) => {
        const b = bench();
        // As far as the circle reaches, and half as far again.
        const degrees = (radius / 111_000) * 1.5;
        const args = points.flatMap(([east, north], i) => [
          String(Math.max(-180, Math.min(179.999, lon + (east * degrees) / Math.cos((lat * Math.PI) / 180)))),
          String(lat + north * degrees),
          `m${i}`,
        ]);
        b.run("GEOADD", "k", ...args);
        const positions = points.map((_, i) => {
          const [, , , longitude, , latitude] = b.run("GEOPOS", "k", `m${i}`).split("\r\n");
          return [Number(longitude), Number(latitude)];
        });
        const found = membersOf(
          b.run(
            "GEOSEARCH",
            "k",
            "FROMLONLAT",
            String(lon),
            String(lat),
            "BYRADIUS",
            String(radius),
            "m",
            "ASC",
          ),
        );
        const distances = positions.map(([longitude, latitude]) => distance(lon, lat, longitude, latitude));
        const expected = distances.flatMap((far, i) => far <= radius ? [i] : []);
        assert.deepEqual(found.slice().sort(), expected.map((i) => `m${i}`).sort());
        const order = found.map((member) => distances[Number(member.slice(1))]);
        assert.deepEqual(order, order.slice().sort((x, y) => x - y));
        const few = b.run(
          "GEOSEARCH",
          "k",
          "FROMLONLAT",
          String(lon),
          String(lat),
          "BYRADIUS",
          String(radius),
          "m",
          "COUNT",
          "3",
        );
        assert.deepEqual(
          membersOf(few).map((member) => distances[Number(member.slice(1))]),
          order.slice(0, 3),
        );
      },
    ),
    { numRuns: 200 },
  );
});
