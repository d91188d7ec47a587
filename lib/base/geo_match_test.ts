import assert from "node:assert/strict";
import fc from "fast-check";
import { GeoShape } from "./geo_area.ts";
import { GeoMatcher } from "./geo_match.ts";
import { decodePosition, distance, encodePosition, LATITUDE_MAX, latitudeDistance } from "./geohash.ts";

const matcher = new GeoMatcher();

function circle(longitude: number, latitude: number, radius: number): GeoShape {
  return Object.assign(new GeoShape(), { longitude, latitude, radius });
}

function box(longitude: number, latitude: number, width: number, height: number): GeoShape {
  return Object.assign(new GeoShape(), { longitude, latitude, isBox: true, width, height });
}

/** The distance, or -1; whether it is asked for must not change which of them. */
function match(shape: GeoShape, score: number): number {
  matcher.prepare(shape, false);
  const within = matcher.match(score) >= 0;
  matcher.prepare(shape, true);
  const far = matcher.match(score);
  assert.equal(within, far >= 0);
  return far;
}

/** What the matcher must say, without short cuts. */
function slowly(shape: GeoShape, score: number): number {
  const [longitude, latitude] = decoded(score);
  const far = distance(shape.longitude, shape.latitude, longitude, latitude);
  if (!shape.isBox) return far > shape.radius * shape.metres ? -1 : far;
  if (latitudeDistance(latitude, shape.latitude) > (shape.height * shape.metres) / 2) return -1;
  const east = distance(longitude, latitude, shape.longitude, latitude);
  return east > (shape.width * shape.metres) / 2 ? -1 : far;
}

function decoded(score: number): Float64Array {
  const position = new Float64Array(2);
  decodePosition(score, position);
  return position;
}

const longitudes = fc.oneof(
  fc.double({ min: -180, max: 180, noNaN: true }),
  fc.constantFrom(-180, 180, 179.999999, -179.999999, 0),
);
const latitudes = fc.oneof(
  fc.double({ min: -LATITUDE_MAX, max: LATITUDE_MAX, noNaN: true }),
  fc.constantFrom(-LATITUDE_MAX, LATITUDE_MAX, 85, -85, 0),
);
/** By how much the edge of a shape misses a position, relatively. */
const misses = fc.constantFrom(0, 1e-15, -1e-15, 1e-12, -1e-12, 1e-3, -1e-3, 0.5, -0.5);

Deno.test("match: refuses nothing that the distance would not, wherever the edge is", () => {
  fc.assert(
    fc.property(
      ...[longitudes, latitudes, longitudes, latitudes],
      fc.double({ min: -8, max: 1, noNaN: true }),
      misses,
      (longitude, latitude, otherLongitude, otherLatitude, closeness, miss) => {
        // From anywhere to as near as a millimetre, and across the line where longitudes end.
        const part = Math.min(1, 10 ** closeness);
        const across = longitude * otherLongitude < -90 * 90 ? Math.sign(longitude) * 360 : 0;
        const east = longitude + (otherLongitude + across - longitude) * part;
        const near = east > 180 ? east - 360 : east < -180 ? east + 360 : east;
        const score = encodePosition(near, latitude + (otherLatitude - latitude) * part);
        const [toLongitude, toLatitude] = decoded(score);
        const far = distance(longitude, latitude, toLongitude, toLatitude) * (1 + miss);
        const width = 2 * distance(toLongitude, toLatitude, longitude, toLatitude) * (1 + miss);
        const height = 2 * latitudeDistance(latitude, toLatitude) * (1 + miss);
        const shapes = [
          circle(longitude, latitude, far),
          box(longitude, latitude, width, height),
          box(longitude, latitude, width, 1e9),
          box(longitude, latitude, 1e9, height),
        ];
        for (const shape of shapes) assert.equal(match(shape, score), slowly(shape, score));
      },
    ),
    { numRuns: 10_000 },
  );
});

Deno.test("match: any score and any shape", () => {
  const lengths = fc.oneof(fc.double({ min: 0, noNaN: true }), fc.double({ min: 0, max: 3e7, noNaN: true }));
  fc.assert(
    fc.property(
      ...[longitudes, latitudes, lengths, lengths],
      fc.oneof(fc.double({ noNaN: true }), fc.maxSafeNat()),
      (longitude, latitude, width, height, score) => {
        for (const shape of [circle(longitude, latitude, width), box(longitude, latitude, width, height)]) {
          assert.equal(match(shape, score), slowly(shape, score));
        }
      },
    ),
    { numRuns: 3000 },
  );
});

Deno.test("match: the edge belongs to the shape", () => {
  const score = encodePosition(0, 10);
  const far = match(circle(0, 0, 1e7), score);
  assert.equal(match(circle(0, 0, far), score), far);
  assert.equal(match(circle(0, 0, far * (1 - 1e-9)), score), -1);
  assert.equal(match(box(0, 0, 1e6, 2 * far - 1), score), -1);
  assert.equal(match(box(0, 0, 1, 2 * far + 1), score), far);
  assert.equal(match(box(0, 0, 0.1, 2 * far + 1), score), -1);
  assert.equal(match(circle(0, 0, Infinity), score), far);
});
