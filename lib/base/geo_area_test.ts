import assert from "node:assert/strict";
import fc from "fast-check";
import { GeoCover, GeoShape } from "./geo_area.ts";
import { GeoMatcher } from "./geo_match.ts";
import { encodePosition } from "./geohash.ts";

const matcher = new GeoMatcher();

function circle(longitude: number, latitude: number, radius: number, metres = 1): GeoShape {
  return Object.assign(new GeoShape(), { longitude, latitude, radius, metres });
}

function box(longitude: number, latitude: number, width: number, height: number, metres = 1): GeoShape {
  return Object.assign(new GeoShape(), { longitude, latitude, isBox: true, width, height, metres });
}

/** The distance of a score's position within a shape, or -1. */
function within(shape: GeoShape, score: number): number {
  matcher.prepare(shape, true);
  return matcher.match(score);
}

/** How often a score is in a range of the cover. */
function covered(cover: GeoCover, score: number): number {
  let count = 0;
  for (let i = 0; i < cover.count; i++) if (score >= cover.min[i] && score < cover.max[i]) count++;
  return count;
}

/** Points of which many are near the middle, as far as the shape reaches. */
const offsets = fc.array(
  fc.tuple(fc.double({ min: -1, max: 1, noNaN: true }), fc.double({ min: -1, max: 1, noNaN: true })),
  {
    minLength: 1,
    maxLength: 60,
  },
);
const middleLongitudes = fc.double({ min: -170, max: 170, noNaN: true });
const middleLatitudes = fc.double({ min: -65, max: 65, noNaN: true });
const reaches = fc.double({ min: 0, max: 6, noNaN: true }).map((exponent) => 10 ** exponent);

function checkCover(shape: GeoShape, reach: number, points: readonly (readonly [number, number])[]): void {
  const cover = new GeoCover();
  cover.cover(shape);
  assert.ok(cover.count >= 1 && cover.count <= 9);
  const degrees = (reach / 111_000) * 1.5;
  for (const [east, north] of points) {
    const latitude = Math.max(-85, Math.min(85, shape.latitude + north * degrees));
    const longitude = shape.longitude + (east * degrees) / Math.cos((shape.latitude * Math.PI) / 180);
    if (Math.abs(longitude) > 180) continue;
    const score = encodePosition(longitude, latitude);
    const times = covered(cover, score);
    assert.ok(times <= 1, "no position twice");
    if (within(shape, score) >= 0) assert.equal(times, 1, `${longitude} ${latitude} is missed`);
  }
}

Deno.test("cover: every position of a circle is in exactly one range", () => {
  fc.assert(
    fc.property(
      middleLongitudes,
      middleLatitudes,
      reaches,
      offsets,
      (longitude, latitude, radius, points) => {
        checkCover(circle(longitude, latitude, radius / 1000, 1000), radius, points);
      },
    ),
    { numRuns: 1000 },
  );
});

Deno.test("cover: every position of a box is in exactly one range", () => {
  fc.assert(
    fc.property(
      middleLongitudes,
      middleLatitudes,
      reaches,
      reaches,
      offsets,
      (longitude, latitude, width, height, points) => {
        checkCover(box(longitude, latitude, width, height), Math.max(width, height), points);
      },
    ),
    { numRuns: 1000 },
  );
});

Deno.test("cover: sides without need are left out, the same cell is not searched twice", () => {
  const count = (shape: GeoShape) => {
    const cover = new GeoCover();
    cover.cover(shape);
    return cover.count;
  };
  assert.equal(count(circle(0.001, 0.001, 0)), 1);
  assert.equal(count(circle(10, 10, 1e9)), 4);
  assert.equal(count(circle(10, 10, Infinity)), 4);
  const shape = circle(13.361389, 38.115556, 200_000);
  assert.ok(count(shape) < 9);
});
