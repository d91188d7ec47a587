import assert from "node:assert/strict";
import fc from "fast-check";
import { latin1 } from "./ascii.ts";
import { writeCoordinate, writeDistance } from "./fixed_point.ts";
import {
  decodePosition,
  distance,
  encodePosition,
  interleave,
  LATITUDE_MAX,
  latitudeDistance,
  LONGITUDE_MAX,
  writeGeohash,
} from "./geohash.ts";

const out = new Uint8Array(32);
const position = new Float64Array(2);

/** Of a Redis 7.2: the position given, its score, the position replied, its geohash. */
const RECORDED: readonly (readonly [number, number, number, string, string, string])[] = [
  [13.361389, 38.115556, 3479099956230698, "13.36138933897018433", "38.11555639549629859", "sqc8b49rny0"],
  [15.087269, 37.502669, 3479447370796909, "15.08726745843887329", "37.50266842333162032", "sqdtr74hyu0"],
  [0, 0, 3377699720527872, "0.00000268220901489", "0.00000126736058093", "s0000000000"],
  [180, LATITUDE_MAX, 13510798882111488, "180", "85.0511287799999991", "bp05b5048p0"],
  [-180, -LATITUDE_MAX, 0, "-179.99999731779098511", "-85.05112751263942528", "00bh0hbj200"],
  [180, 0, 10133099161583616, "180", "0.00000126736058093", "80000000000"],
  [
    -122.4194155,
    37.7749295,
    1367859919124776,
    "-122.41941779851913452",
    "37.77493042721969374",
    "9q8yyk8yuv0",
  ],
  [139.6917, 35.6895, 4171231230197045, "139.69170123338699341", "35.68950126697937009", "xn774c06kt0"],
  [1e-10, -1e-10, 2627099782632789, "0.00000268220901489", "-0.00000126736058093", "kpbpbpbpbp0"],
  [-179.99999999, 85, 1501199601829136, "-179.99999731779098511", "84.99999965213439168", "bp0581b0bh0"],
];

function coordinate(value: number): string {
  return latin1(out, 0, writeCoordinate(out, 0, value));
}

function distanceText(value: number): string {
  return latin1(out, 0, writeDistance(out, 0, value));
}

Deno.test("positions: scores, coordinates and geohashes as Redis has them", () => {
  for (const [longitude, latitude, score, replied, repliedLatitude, geohash] of RECORDED) {
    assert.equal(encodePosition(longitude, latitude), score);
    decodePosition(score, position);
    assert.deepEqual([coordinate(position[0]), coordinate(position[1])], [replied, repliedLatitude]);
    assert.equal(latin1(out, 0, writeGeohash(out, 0, position[0], position[1])), geohash);
  }
});

Deno.test("distance: as Redis replies them", () => {
  const between = (a: number, b: number, metres: number) => {
    decodePosition(RECORDED[a][2], position);
    const [longitude, latitude] = position;
    decodePosition(RECORDED[b][2], position);
    return distanceText(distance(longitude, latitude, position[0], position[1]) / metres);
  };
  assert.equal(between(0, 1, 1), "166274.1516");
  assert.equal(between(2, 3, 1000), "10560.8115");
  assert.equal(between(6, 7, 1609.34), "5140.6442");
  assert.equal(between(2, 8, 0.3048), "0.9250");
  assert.equal(between(5, 2, 1), "20020733.6202");
  assert.equal(between(3, 4, 1), "18919844.5891");
  assert.equal(between(4, 4, 1), "0.0000");
});

const longitudes = fc.double({ min: -LONGITUDE_MAX, max: LONGITUDE_MAX, noNaN: true });
const latitudes = fc.double({ min: -LATITUDE_MAX, max: LATITUDE_MAX, noNaN: true });

/** Bit by bit on BigInts: what the halves must come to. */
function interleavedExactly(y: number, x: number): bigint {
  let bits = 0n;
  for (let i = 31n; i >= 0n; i--) {
    bits = (bits << 2n) | (((BigInt(x) >> i) & 1n) << 1n) | ((BigInt(y) >> i) & 1n);
  }
  return bits;
}

Deno.test("interleave: exact, and rounded as a decimal integer would be beyond 2^53", () => {
  const cells = fc.nat(2 ** 26);
  fc.assert(fc.property(cells, cells, fc.nat(1), (y, x, plus) => {
    assert.equal(interleave(y, x, plus), Number(interleavedExactly(y, x) + BigInt(plus)));
  }));
});

Deno.test("decodePosition: within a cell of what was encoded, and encoded to the same score again", () => {
  fc.assert(
    fc.property(longitudes, latitudes, (longitude, latitude) => {
      const score = encodePosition(longitude, latitude);
      decodePosition(score, position);
      // At longitude 180 a score has 54 bits, and a double drops the last one: that of the latitude.
      const cells = score < 2 ** 53 ? 1 : 2;
      assert.ok(Math.abs(position[0] - longitude) <= 360 / 2 ** 26);
      assert.ok(Math.abs(position[1] - latitude) <= (cells * 171) / 2 ** 26);
      if (score < 2 ** 52) assert.equal(encodePosition(position[0], position[1]), score);
    }),
    { examples: [[180, 0.000005], [180, LATITUDE_MAX], [-180, -LATITUDE_MAX]] },
  );
});

Deno.test("decodePosition: any double stands for a position, by the bits of its int64", () => {
  const decoded = (score: number) => {
    decodePosition(score, position);
    return [coordinate(position[0]), coordinate(position[1])];
  };
  const cases: [number, string, string][] = [
    [-1, "180", "85.0511287799999991"],
    [-0.5, "-179.99999731779098511", "-85.05112751263942528"],
    [1.5, "-179.99999731779098511", "-85.05112497791824921"],
    [9007199254740993, "180", "-85.05112751263942528"],
    [1.3510798882111488e16, "180", "85.0511287799999991"],
    [18446744073709549568, "180", "85.0511287799999991"],
    [9223372036854775808, "180", "-85.05112751263942528"],
    [1e19, "180", "85.0511287799999991"],
    [1.8446744073709552e19, "-179.99999731779098511", "-85.05112751263942528"],
    [Infinity, "-179.99999731779098511", "-85.05112751263942528"],
    [-Infinity, "180", "-85.05112751263942528"],
    [-1e300, "180", "-85.05112751263942528"],
  ];
  for (const [score, longitude, latitude] of cases) assert.deepEqual(decoded(score), [longitude, latitude]);
  fc.assert(fc.property(fc.double({ noNaN: true }), (score) => {
    decodePosition(score, position);
    assert.ok(Math.abs(position[0]) <= LONGITUDE_MAX && Math.abs(position[1]) <= LATITUDE_MAX);
  }));
});

Deno.test("distance: symmetric, no less than that of the latitudes, at most half the earth's circumference", () => {
  fc.assert(fc.property(longitudes, latitudes, longitudes, latitudes, (lon1, lat1, lon2, lat2) => {
    const far = distance(lon1, lat1, lon2, lat2);
    assert.ok(Math.abs(far - distance(lon2, lat2, lon1, lat1)) < 1e-3);
    assert.ok(far >= latitudeDistance(lat1, lat2) * (1 - 1e-9) - 1e-9);
    assert.ok(far <= Math.PI * 6372797.560856 * (1 + 1e-9));
  }));
});
