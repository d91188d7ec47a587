/**
 * Which scores a search for positions must look at: circles and boxes covered
 * by a cell of the grid and its neighbours.
 *
 * DESIGN. A cell is a pair of numbers, its column (longitude) and row
 * (latitude) of `2^steps`, so that a neighbour is one more or one less; columns
 * and rows wrap around. Its positions have neighbouring scores. Choice and
 * order of the cells are those of Redis, because the order of unsorted results
 * depends on them, and so does which positions near a pole are not found.
 */

import {
  cellOf,
  cellStart,
  GEO_STEPS,
  interleave,
  LATITUDE_MAX,
  latitudeDegrees,
  LONGITUDE_MAX,
  longitudeDegrees,
} from "./geohash.ts";

/** Half the side of the Mercator square in metres. */
const MERCATOR_MAX_M = 20037726.37;
/** A cell and its eight neighbours. */
const CELLS = 9;
/** From here on, cells of `steps` bits are wider than they are high… */
const WIDE_LATITUDE = 66;
/** …and here even more. */
const WIDER_LATITUDE = 80;

/** Steps of the neighbours to the east, in the order in which they are searched; 0 is the cell itself. */
const EAST: readonly number[] = [0, 0, 0, 1, -1, 1, -1, 1, -1];
/** Steps of the same neighbours to the north. */
const NORTH: readonly number[] = [0, 1, -1, 0, 0, 1, 1, -1, -1];

/** What is searched: a circle or a box around a position. */
export class GeoShape {
  longitude = 0;
  latitude = 0;
  /** A box of `width` and `height`, or a circle of `radius`; in units of `metres`. */
  isBox = false;
  radius = 0;
  width = 0;
  height = 0;
  /** How many metres the unit has. */
  metres = 1;
}

/** The smallest and greatest coordinates that a shape may reach. */
interface Bounds {
  west: number;
  east: number;
  south: number;
  north: number;
}

function boundsOf(shape: GeoShape): Bounds {
  const { longitude, latitude, metres } = shape;
  const height = metres * (shape.isBox ? shape.height / 2 : shape.radius);
  const width = metres * (shape.isBox ? shape.width / 2 : shape.radius);
  const north = latitudeDegrees(height);
  // The same metres are the most degrees at the edge that is nearer to the pole.
  const east = longitudeDegrees(width, latitude < 0 ? latitude - north : latitude + north);
  return {
    west: longitude - east,
    east: longitude + east,
    south: latitude - north,
    north: latitude + north,
  };
}

/** How fine a grid may be so that a cell and its neighbours cover so many metres around a position. */
function estimateSteps(metres: number, latitude: number): number {
  if (metres === 0) return GEO_STEPS;
  let steps = -1;
  for (; metres < MERCATOR_MAX_M; metres *= 2) steps++;
  if (Math.abs(latitude) > WIDE_LATITUDE) steps--;
  if (Math.abs(latitude) > WIDER_LATITUDE) steps--;
  return Math.min(Math.max(steps, 1), GEO_STEPS);
}

/** The cells that cover a shape, as half-open ranges of scores. */
export class GeoCover {
  /** How many ranges there are. */
  count = 0;
  /** Range i is from `min[i]`, included, to `max[i]`, not included. */
  readonly min = new Float64Array(CELLS);
  readonly max = new Float64Array(CELLS);
  #steps = 0;
  #column = 0;
  #row = 0;

  /** Finds the ranges for a shape. */
  cover(shape: GeoShape): void {
    const bounds = boundsOf(shape);
    const corner = shape.isBox
      ? Math.sqrt((shape.width / 2) * (shape.width / 2) + (shape.height / 2) * (shape.height / 2))
      : shape.radius;
    this.#placeAt(shape, estimateSteps(corner * shape.metres, shape.latitude));
    if (this.#steps > 1 && !this.#reaches(bounds)) this.#placeAt(shape, this.#steps - 1);
    this.#addCells(bounds);
  }

  #placeAt(shape: GeoShape, steps: number): void {
    this.#steps = steps;
    this.#column = cellOf(shape.longitude, LONGITUDE_MAX, steps);
    this.#row = cellOf(shape.latitude, LATITUDE_MAX, steps);
  }

  /** The column `step` to the east. */
  #columnAt(step: number): number {
    return step === 0 ? this.#column : (this.#column + step) & ((1 << this.#steps) - 1);
  }

  /** The row `step` to the north. */
  #rowAt(step: number): number {
    return step === 0 ? this.#row : (this.#row + step) & ((1 << this.#steps) - 1);
  }

  /** Whether the neighbours on the four sides end outside of the bounds. */
  #reaches(bounds: Bounds): boolean {
    const steps = this.#steps;
    return !(cellStart(this.#rowAt(1) + 1, LATITUDE_MAX, steps) < bounds.north) &&
      !(cellStart(this.#rowAt(-1), LATITUDE_MAX, steps) > bounds.south) &&
      !(cellStart(this.#columnAt(1) + 1, LONGITUDE_MAX, steps) < bounds.east) &&
      !(cellStart(this.#columnAt(-1), LONGITUDE_MAX, steps) > bounds.west);
  }

  #addCells(bounds: Bounds): void {
    const steps = this.#steps;
    const unneeded = steps >= 2 ? this.#unneededSides(bounds) : NO_SIDES;
    const scale = 4 ** (GEO_STEPS - steps);
    /** The neighbour added last; 0: none but the cell itself. */
    let last = 0;
    this.count = 0;
    for (let i = 0; i < CELLS; i++) {
      if ((unneeded & sideOf(EAST[i], NORTH[i])) !== 0) continue;
      const column = this.#columnAt(EAST[i]);
      const row = this.#rowAt(NORTH[i]);
      // In a coarse grid neighbours on opposite sides are one cell.
      if (last > 0 && column === this.#columnAt(EAST[last]) && row === this.#rowAt(NORTH[last])) continue;
      this.min[this.count] = interleave(row, column, 0) * scale;
      this.max[this.count++] = interleave(row, column, 1) * scale;
      last = i;
    }
  }

  /** The sides, as bits, on which the cell itself ends outside of the bounds. */
  #unneededSides(bounds: Bounds): number {
    const steps = this.#steps;
    let sides = NO_SIDES;
    if (cellStart(this.#row, LATITUDE_MAX, steps) < bounds.south) sides |= SOUTH_SIDE;
    if (cellStart(this.#row + 1, LATITUDE_MAX, steps) > bounds.north) sides |= NORTH_SIDE;
    if (cellStart(this.#column, LONGITUDE_MAX, steps) < bounds.west) sides |= WEST_SIDE;
    if (cellStart(this.#column + 1, LONGITUDE_MAX, steps) > bounds.east) sides |= EAST_SIDE;
    return sides;
  }
}

const NO_SIDES = 0;
const NORTH_SIDE = 1;
const SOUTH_SIDE = 2;
const EAST_SIDE = 4;
const WEST_SIDE = 8;

/** The sides, as bits, of a neighbour. */
function sideOf(east: number, north: number): number {
  return (north > 0 ? NORTH_SIDE : north < 0 ? SOUTH_SIDE : 0) |
    (east > 0 ? EAST_SIDE : east < 0 ? WEST_SIDE : 0);
}
