/**
 * Which positions are within a circle or a box.
 *
 * DESIGN. Whether one is within is decided by its distance, computed as Redis
 * does. Most candidates of a search are not, and are refused before, in two
 * steps that never refuse what the distance would not: by the numbers of the
 * cell's row and column, which are integers; and by polynomials that are never
 * greater than the haversine of the distance (`sin²x ≥ x² - x⁴/3`, and `cos y`
 * by its series up to a negative term). If nobody asks for the distance, others
 * that are never less (`sin²x ≤ x²`) let most of the rest pass.
 */

import { type GeoShape } from "./geo_area.ts";
import {
  cellOf,
  columnOfScore,
  decodeCell,
  decodePosition,
  degrees,
  distanceOf,
  EARTH_RADIUS_M,
  GEO_STEPS,
  isSimpleScore,
  LATITUDE_MAX,
  latitudeDistance,
  LONGITUDE_MAX,
  radians,
  rowOfScore,
} from "./geohash.ts";

/** More than any rounding of a distance or a haversine, relative to it. */
const MARGIN = 1 + 1e-9;
/** More than any rounding of a cell's number. */
const MARGIN_CELLS = 2;
/** Columns wrap around. */
const COLUMN_MASK = (1 << GEO_STEPS) - 1;
/** Radians from the equator to a pole, a little less. */
const NEARLY_POLE = Math.PI / 2 - 1e-6;
const position = new Float64Array(2);

/** Measures positions against one shape after the other; see the module's note. */
export class GeoMatcher {
  #longitude = 0;
  #latitude = 0;
  #isBox = false;
  /** The middle, in radians, and the cosine of its latitude. */
  #x = 0;
  #y = 0;
  #cosine = 1;
  /** A circle's radius, or half a box's sides, in metres. */
  #reach = 0;
  #halfWidth = 0;
  #halfHeight = 0;
  /** A haversine above this is surely beyond the radius, or half the width; up to that surely within. */
  #surelyBeyond = 0;
  #surelyWithin = 0;
  /** Whether the distance is wanted. */
  #exact = true;
  /** Rows and columns that are not surely beyond: the first, and how many follow. */
  #firstRow = 0;
  #moreRows = 0;
  #firstColumn = 0;
  #moreColumns = 0;

  /**
   * Takes the shape for the calls of `match` to come.
   * @param exact false if only those matter that are outside, and any distance will do for all others
   */
  prepare(shape: GeoShape, exact: boolean): void {
    this.#exact = exact;
    this.#longitude = shape.longitude;
    this.#latitude = shape.latitude;
    this.#isBox = shape.isBox;
    this.#x = radians(shape.longitude);
    this.#y = radians(shape.latitude);
    this.#cosine = Math.cos(this.#y);
    this.#reach = shape.radius * shape.metres;
    this.#halfWidth = (shape.width * shape.metres) / 2;
    this.#halfHeight = (shape.height * shape.metres) / 2;
    const haversine = haversineOf(shape.isBox ? this.#halfWidth : this.#reach);
    this.#surelyBeyond = haversine * MARGIN;
    this.#surelyWithin = haversine / MARGIN;
    this.#limitCells();
  }

  /** The distance of a score's position from the middle of the shape in metres, or -1 when the position is outside. */
  match(score: number): number {
    if (!isSimpleScore(score)) {
      decodePosition(score, position);
      return this.#distance(position[0], position[1]);
    }
    const row = rowOfScore(score);
    if (((row - this.#firstRow) >>> 0) > this.#moreRows) return -1;
    const column = columnOfScore(score);
    if (((column - this.#firstColumn) & COLUMN_MASK) > this.#moreColumns) return -1;
    decodeCell(column, row, position);
    return this.#distance(position[0], position[1]);
  }

  /** Finds the rows and columns that the shape reaches. */
  #limitCells(): void {
    const up = Math.min((this.#isBox ? this.#halfHeight : this.#reach) / EARTH_RADIUS_M, Math.PI) * MARGIN;
    const north = this.#latitude + degrees(up);
    const south = this.#latitude - degrees(up);
    this.#firstRow = cellOf(south, LATITUDE_MAX, GEO_STEPS) - MARGIN_CELLS;
    this.#moreRows = cellOf(north, LATITUDE_MAX, GEO_STEPS) + MARGIN_CELLS - this.#firstRow;
    const east = degrees(this.#isBox ? this.#eastOfBox(up) : this.#eastOfCircle(up)) * MARGIN;
    this.#firstColumn = cellOf(this.#longitude - east, LONGITUDE_MAX, GEO_STEPS) - MARGIN_CELLS;
    const last = cellOf(this.#longitude + east, LONGITUDE_MAX, GEO_STEPS) + MARGIN_CELLS;
    this.#moreColumns = Math.min(last - this.#firstColumn, COLUMN_MASK);
  }

  /** How many radians to the east a circle of an angular radius reaches: where a meridian touches it. */
  #eastOfCircle(radius: number): number {
    if (Math.abs(this.#y) + radius > NEARLY_POLE) return Math.PI;
    return Math.asin(Math.sin(radius) / this.#cosine);
  }

  /** How many radians to the east a box of half an angular height reaches, on the latitude nearest to a pole. */
  #eastOfBox(halfHeight: number): number {
    const nearest = Math.min(Math.abs(this.#y) + halfHeight, NEARLY_POLE);
    const sine = Math.sqrt(this.#surelyBeyond) / Math.cos(nearest);
    return sine >= 1 ? Math.PI : 2 * Math.asin(sine);
  }

  #distance(longitude: number, latitude: number): number {
    const y = radians(latitude);
    const dx = (radians(longitude) - this.#x) / 2;
    const dy = (y - this.#y) / 2;
    const square = y * y;
    const most = 1 - square * (1 / 2 - square / 24);
    const least = most - (square * square * square) / 720;
    const x2 = dx * dx;
    const y2 = dy * dy;
    if (this.#isBox) {
      if (latitudeDistance(latitude, this.#latitude) > this.#halfHeight) return -1;
      // East-west distance is measured along the position's own latitude.
      if (least * least * x2 * (1 - x2 / 3) > this.#surelyBeyond) return -1;
      if (!this.#exact && most * most * x2 <= this.#surelyWithin) return 0;
      return this.#distanceInBox(dx, dy, y);
    }
    if (y2 * (1 - y2 / 3) + this.#cosine * least * x2 * (1 - x2 / 3) > this.#surelyBeyond) return -1;
    if (!this.#exact && y2 + this.#cosine * most * x2 <= this.#surelyWithin) return 0;
    const far = this.#haversineDistance(dx, dy, y);
    return far > this.#reach ? -1 : far;
  }

  /** @param dx half the difference to the middle of the shape in radians, as `dy` */
  #distanceInBox(dx: number, dy: number, y: number): number {
    const v = Math.sin(dx);
    const cosine = Math.cos(y);
    const haversine = cosine * cosine * v * v;
    if (haversine > this.#surelyBeyond) return -1;
    if (haversine > this.#surelyWithin && distanceOf(haversine) > this.#halfWidth) return -1;
    return this.#haversineDistance(dx, dy, y);
  }

  /** `distance` from the middle of the shape: the same operations on the same numbers. */
  #haversineDistance(dx: number, dy: number, y: number): number {
    const v = Math.sin(dx);
    if (v === 0) return EARTH_RADIUS_M * Math.abs(y - this.#y);
    const u = Math.sin(dy);
    return distanceOf(u * u + this.#cosine * Math.cos(y) * v * v);
  }
}

/** The haversine (`sin²` of half the angle) of a distance in metres; 1 for all that the earth has no room for. */
function haversineOf(metres: number): number {
  const half = metres / (2 * EARTH_RADIUS_M);
  if (!(half < Math.PI / 2)) return 1;
  return Math.sin(half) * Math.sin(half);
}
