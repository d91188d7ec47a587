/**
 * Positions on earth as numbers: the 52 interleaved bits that Redis keeps as
 * scores, the base32 text of geohash.org, and distances.
 *
 * ```
 *   bit  51 50 49 48 …  3  2  1  0
 *         x  y  x  y …  x  y  x  y      x: longitude, y: latitude, 26 bits each
 * ```
 *
 * DESIGN. A number of 52 bits is two int32 halves while bits are moved, and a
 * double outside: no BigInt. Every double comes out of the same operations in
 * the same order as in Redis. Positions at the very end of a range (longitude
 * 180) take a bit more than 26, as there: their scores are above 2^52.
 *
 * Units: degrees and metres. Latitudes end where the Mercator square does.
 */

export const LONGITUDE_MAX = 180;
export const LATITUDE_MAX = 85.05112878;
/** Bits of each coordinate in a score. */
export const GEO_STEPS = 26;

const STEPS_SIZE = 2 ** GEO_STEPS;
const HALF = 2 ** 32;
/** Where scores end whose cells have 26 bits. */
const SIMPLE_END = 2 ** 52;
/** Of the finest grid, as a part of the range. */
const CELL_SIZE = 1 / STEPS_SIZE;
export const EARTH_RADIUS_M = 6372797.560856;
const RADIANS = Math.PI / 180;
/** The range of latitudes in a geohash text. */
const TEXT_LATITUDE_MAX = 90;
const BASE32 = Uint8Array.from("0123456789bcdefghjkmnpqrstuvwxyz", (c) => c.charCodeAt(0));
/** Characters of a geohash text; the last one is always 0, for 52 bits fill ten. */
export const GEOHASH_CHARACTERS = 11;

/** Degrees as radians. */
export function radians(degrees: number): number {
  return degrees * RADIANS;
}

/** Radians as degrees. */
export function degrees(radians: number): number {
  return radians / RADIANS;
}

/** Moves bit i of a 16-bit number to bit 2i. */
function spread(x: number): number {
  x = (x | (x << 8)) & 0x00ff00ff;
  x = (x | (x << 4)) & 0x0f0f0f0f;
  x = (x | (x << 2)) & 0x33333333;
  return (x | (x << 1)) & 0x55555555;
}

/** Moves bit 2i of a 32-bit number to bit i; odd bits are dropped. */
function gather(x: number): number {
  x &= 0x55555555;
  x = (x | (x >>> 1)) & 0x33333333;
  x = (x | (x >>> 2)) & 0x0f0f0f0f;
  x = (x | (x >>> 4)) & 0x00ff00ff;
  return (x | (x >>> 8)) & 0xffff;
}

/** The low half of the interleaved bits of two numbers, an int32. */
function interleavedLow(y: number, x: number): number {
  return spread(y & 0xffff) | (spread(x & 0xffff) << 1);
}

/** The high half of the interleaved bits of two numbers of up to 32 bits, an int32. */
function interleavedHigh(y: number, x: number): number {
  return spread(y >>> 16) | (spread(x >>> 16) << 1);
}

/**
 * Interleaves the bits of two cell numbers, plus something.
 * @param y number in the range of latitudes, up to 2^26
 * @param x number in the range of longitudes, up to 2^26
 * @param plus 0 or 1
 * @returns the nearest double: exact below 2^53
 */
export function interleave(y: number, x: number, plus: number): number {
  return (interleavedHigh(y, x) >>> 0) * HALF + ((interleavedLow(y, x) >>> 0) + plus);
}

/** In which of `2^steps` parts of `[-max, max]` a coordinate lies; the end of the range is in the part behind it. */
export function cellOf(coordinate: number, max: number, steps: number): number {
  return Math.trunc(((coordinate - -max) / (max - -max)) * (1 << steps));
}

/** Where part `cell` of `2^steps` parts of `[-max, max]` begins. */
export function cellStart(cell: number, max: number, steps: number): number {
  return -max + (cell / (1 << steps)) * (max - -max);
}

/** The score of a position that is within the limits. */
export function encodePosition(longitude: number, latitude: number): number {
  const x = cellOf(longitude, LONGITUDE_MAX, GEO_STEPS);
  const y = cellOf(latitude, LATITUDE_MAX, GEO_STEPS);
  return interleave(y, x, 0);
}

/**
 * The position that a score stands for: the middle of its cell. Any double stands for one, by the bits that its
 * conversion to a 64-bit integer has on x86-64.
 * @param out receives longitude and latitude
 */
export function decodePosition(score: number, out: Float64Array): void {
  if (!isSimpleScore(score)) return decodeOddScore(score, out);
  decodeCell(columnOfScore(score), rowOfScore(score), out);
}

/** Whether `columnOfScore` and `rowOfScore` can tell the cell of a score: that of all positions but at the very ends. */
export function isSimpleScore(score: number): boolean {
  return score >= 0 && score < SIMPLE_END;
}

/** The cell's number in the range of longitudes, of 26 bits. */
export function columnOfScore(score: number): number {
  const high = (score / HALF) | 0;
  const low = (score - high * HALF) | 0;
  return gather(low >>> 1) | (gather(high >>> 1) << 16);
}

/** The cell's number in the range of latitudes, of 26 bits. */
export function rowOfScore(score: number): number {
  const high = (score / HALF) | 0;
  const low = (score - high * HALF) | 0;
  return gather(low) | (gather(high) << 16);
}

/**
 * The middle of a cell of the finest grid.
 * @param out receives longitude and latitude
 */
export function decodeCell(column: number, row: number, out: Float64Array): void {
  out[0] = middleOf(column, column + 1, LONGITUDE_MAX);
  out[1] = middleOf(row, row + 1, LATITUDE_MAX);
}

/** `decodePosition` for positions at the very ends, and for all other doubles: cells may have 32 bits. */
function decodeOddScore(score: number, out: Float64Array): void {
  let high = 0;
  let low = 0;
  const whole = Math.trunc(score);
  if (whole >= 0 && whole < HALF * HALF) {
    high = Math.floor(whole / HALF);
    low = whole - high * HALF;
  } else if (whole < 0) {
    const clipped = Math.max(whole, -(2 ** 63));
    high = Math.floor(clipped / HALF);
    low = clipped - high * HALF;
  }
  const x = (gather(low >>> 1) | (gather(high >>> 1) << 16)) >>> 0;
  const y = (gather(low) | (gather(high) << 16)) >>> 0;
  // The number behind the last one of 32 bits is 0.
  out[0] = middleOf(x, (x + 1) >>> 0, LONGITUDE_MAX);
  out[1] = middleOf(y, (y + 1) >>> 0, LATITUDE_MAX);
}

/** The middle between the beginnings of two cells of the finest grid, within the range. */
function middleOf(cell: number, next: number, max: number): number {
  // A product with a power of two is as exact as the quotient, and faster.
  const start = -max + (cell * CELL_SIZE) * (max - -max);
  const end = -max + (next * CELL_SIZE) * (max - -max);
  const middle = (start + end) / 2;
  return middle > max ? max : middle < -max ? -max : middle;
}

/**
 * Writes the geohash text of a position.
 * @returns the offset behind it
 */
export function writeGeohash(out: Uint8Array, at: number, longitude: number, latitude: number): number {
  const x = Math.trunc(((longitude - -LONGITUDE_MAX) / (2 * LONGITUDE_MAX)) * STEPS_SIZE);
  const y = Math.trunc(((latitude - -TEXT_LATITUDE_MAX) / (2 * TEXT_LATITUDE_MAX)) * STEPS_SIZE);
  const high = interleavedHigh(y, x);
  const low = interleavedLow(y, x);
  for (let shift = 47; shift >= 0; shift -= 5) {
    // No character has bits of both halves.
    const bits = shift >= 32 ? high >>> (shift - 32) : low >>> shift;
    out[at++] = BASE32[bits & 31];
  }
  out[at] = BASE32[0];
  return at + 1;
}

/** The distance between two latitudes in metres. */
export function latitudeDistance(latitude1: number, latitude2: number): number {
  return EARTH_RADIUS_M * Math.abs(radians(latitude2) - radians(latitude1));
}

/** The distance between two positions in metres: haversine, on a sphere. */
export function distance(lon1: number, lat1: number, lon2: number, lat2: number): number {
  const v = Math.sin((radians(lon2) - radians(lon1)) / 2);
  if (v === 0) return latitudeDistance(lat1, lat2);
  const y1 = radians(lat1);
  const y2 = radians(lat2);
  const u = Math.sin((y2 - y1) / 2);
  return distanceOf(u * u + Math.cos(y1) * Math.cos(y2) * v * v);
}

/** The distance in metres that has a haversine (`sin²` of half the angle). */
export function distanceOf(haversine: number): number {
  // Rounding may bring that of opposite ends of the earth above 1.
  return 2 * EARTH_RADIUS_M * Math.asin(Math.min(Math.sqrt(haversine), 1));
}

/** How many degrees of latitude are so many metres. */
export function latitudeDegrees(metres: number): number {
  return degrees(metres / EARTH_RADIUS_M);
}

/** How many degrees of longitude are so many metres at a latitude. */
export function longitudeDegrees(metres: number, latitude: number): number {
  return degrees(metres / EARTH_RADIUS_M / Math.cos(radians(latitude)));
}
