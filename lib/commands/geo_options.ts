/**
 * The arguments of searches: GEORADIUS, GEORADIUSBYMEMBER, GEOSEARCH and GEOSEARCHSTORE.
 *
 * DESIGN. One `GeoQuery` is filled again and again. Which of several mistakes
 * is replied depends on the order of the checks, which is that of Redis; where
 * the source is missing its member is not looked for, but options are.
 */

import { NIL, type Ref } from "../arena/layout.ts";
import { toAscii } from "../base/ascii.ts";
import { formatFixed } from "../base/fixed_point.ts";
import { parseDouble } from "../base/float.ts";
import { GeoShape } from "../base/geo_area.ts";
import { decodePosition, LATITUDE_MAX, LONGITUDE_MAX } from "../base/geohash.ts";
import { ERR_NOT_FLOAT, ERR_SYNTAX, errorReply } from "../resp/errors.ts";
import { type CommandContext } from "./context.ts";
import { wideInteger } from "./string_values.ts";

/** Forms of a search: the middle is a position, or a member, at argument 2… */
export const FROM_POSITION = 1;
export const FROM_MEMBER = 2;
/** …it may not be stored; it is GEOSEARCH, with everything in options; it is GEOSEARCHSTORE. */
export const NO_STORE = 4;
export const BY_OPTIONS = 8;
export const STORES = 16;

/** How results are ordered. */
export const ORDER_NONE = 0;
export const ORDER_ASC = 1;
export const ORDER_DESC = 2;

const ERR_UNIT = errorReply("ERR unsupported unit provided. please use M, KM, FT, MI");
const ERR_NO_RADIUS = errorReply("ERR need numeric radius");
const ERR_NO_WIDTH = errorReply("ERR need numeric width");
const ERR_NO_HEIGHT = errorReply("ERR need numeric height");
const ERR_RADIUS = errorReply("ERR radius cannot be negative");
const ERR_BOX = errorReply("ERR height or width cannot be negative");
const ERR_MEMBER = errorReply("ERR could not decode requested zset member");
const ERR_COUNT = errorReply("ERR COUNT must be > 0");
const ERR_ANY = errorReply("ERR the ANY argument requires COUNT argument");
const NOT_WITH_STORE = "is not compatible with WITHDIST, WITHHASH and WITHCOORD options";

const METRES = toAscii("m");
const KILOMETRES = toAscii("km");
const FEET = toAscii("ft");
const MILES = toAscii("mi");
const WITHDIST = toAscii("withdist");
const WITHHASH = toAscii("withhash");
const WITHCOORD = toAscii("withcoord");
const ANY = toAscii("any");
const ASC = toAscii("asc");
const DESC = toAscii("desc");
const COUNT = toAscii("count");
const STORE = toAscii("store");
const STOREDIST = toAscii("storedist");
const FROMMEMBER = toAscii("frommember");
const FROMLONLAT = toAscii("fromlonlat");
const BYRADIUS = toAscii("byradius");
const BYBOX = toAscii("bybox");

/** What is searched for, and what is to become of it. */
export class GeoQuery {
  readonly shape = new GeoShape();
  withDist = false;
  withHash = false;
  withCoord = false;
  order = ORDER_NONE;
  /** At most so many results; 0: all. */
  count = 0;
  /** Any `count` results do, not the nearest. */
  any = false;
  /** The argument that names where results are stored; 0: they are replied. */
  storeAt = 0;
  storeDist = false;
  hasMiddle = false;
  /** The middle was given as a member. */
  hasMember = false;
  hasShape = false;

  clear(): void {
    this.withDist =
      this.withHash =
      this.withCoord =
      this.any =
      this.storeDist =
        false;
    this.hasMiddle = this.hasMember = this.hasShape = false;
    this.order = ORDER_NONE;
    this.count = 0;
    this.storeAt = 0;
    this.shape.isBox = false;
  }
}

const position = new Float64Array(2);

/**
 * Reads longitude and latitude at arguments `i` and `i + 1`.
 * @param out receives them
 * @returns false after replying an error
 */
export function parsePosition(c: CommandContext, i: number, out: Float64Array): boolean {
  const { buf, off, len } = c.args;
  for (let axis = 0; axis < 2; axis++) {
    out[axis] = parseDouble(buf, off[i + axis], len[i + axis]);
    if (!Number.isNaN(out[axis])) continue;
    c.out.error(ERR_NOT_FLOAT);
    return false;
  }
  if (Math.abs(out[0]) <= LONGITUDE_MAX && Math.abs(out[1]) <= LATITUDE_MAX) return true;
  c.out.errorText(`ERR invalid longitude,latitude pair ${formatFixed(out[0], 6)},${formatFixed(out[1], 6)}`);
  return false;
}

/** How many metres the unit at argument `i` has; 0 after replying an error. */
export function parseUnit(c: CommandContext, i: number): number {
  if (c.is(i, METRES)) return 1;
  if (c.is(i, KILOMETRES)) return 1000;
  if (c.is(i, FEET)) return 0.3048;
  if (c.is(i, MILES)) return 1609.34;
  c.out.error(ERR_UNIT);
  return 0;
}

/**
 * Reads the arguments of a search.
 * @param source the sorted set, or 0
 * @param form FROM_POSITION … STORES
 * @returns false after replying an error
 */
export function parseQuery(c: CommandContext, query: GeoQuery, source: Ref, form: number): boolean {
  query.clear();
  let i = 2;
  if ((form & FROM_POSITION) !== 0) {
    if (!parseMiddle(c, query, 2) || !parseRadius(c, query, 4)) return false;
    i = 6;
  } else if ((form & FROM_MEMBER) !== 0) {
    if (source !== NIL && (!findMiddle(c, query, source, 2) || !parseRadius(c, query, 3))) return false;
    i = 5;
  } else if ((form & STORES) !== 0) {
    query.storeAt = 1;
    i = 3;
  }
  while (i < c.args.argc) {
    const taken = parseOption(c, query, source, form, i);
    if (taken === 0) return false;
    i += taken;
  }
  return isComplete(c, query, form);
}

/** Reads the option at argument `i`. @returns how many arguments it takes, 0 after replying an error */
function parseOption(c: CommandContext, query: GeoQuery, source: Ref, form: number, i: number): number {
  if (c.is(i, WITHDIST)) query.withDist = true;
  else if (c.is(i, WITHHASH)) query.withHash = true;
  else if (c.is(i, WITHCOORD)) query.withCoord = true;
  else if (c.is(i, ANY)) query.any = true;
  else if (c.is(i, ASC)) query.order = ORDER_ASC;
  else if (c.is(i, DESC)) query.order = ORDER_DESC;
  else if (c.is(i, COUNT) && i + 1 < c.args.argc) return parseCount(c, query, i + 1) ? 2 : 0;
  else if ((form & BY_OPTIONS) !== 0) return parseSearchOption(c, query, source, form, i);
  else return parseStoreOption(c, query, form, i);
  return 1;
}

/** STORE and STOREDIST of GEORADIUS and GEORADIUSBYMEMBER; otherwise as `parseOption`. */
function parseStoreOption(c: CommandContext, query: GeoQuery, form: number, i: number): number {
  const isDist = c.is(i, STOREDIST);
  if ((form & NO_STORE) !== 0 || i + 1 >= c.args.argc || !(isDist || c.is(i, STORE))) {
    c.out.error(ERR_SYNTAX);
    return 0;
  }
  query.storeAt = i + 1;
  query.storeDist = isDist;
  return 2;
}

/** Options of GEOSEARCH and GEOSEARCHSTORE alone; otherwise as `parseOption`. */
function parseSearchOption(c: CommandContext, query: GeoQuery, source: Ref, form: number, i: number): number {
  const behind = c.args.argc - 1 - i;
  const { shape } = query;
  if ((form & STORES) !== 0 && c.is(i, STOREDIST)) {
    query.storeDist = true;
    return 1;
  }
  if (behind >= 1 && (query.hasMember || !query.hasMiddle) && c.is(i, FROMMEMBER)) {
    query.hasMiddle = query.hasMember = true;
    return source === NIL || findMiddle(c, query, source, i + 1) ? 2 : 0;
  }
  if (behind >= 2 && !query.hasMember && c.is(i, FROMLONLAT)) {
    query.hasMiddle = true;
    return parseMiddle(c, query, i + 1) ? 3 : 0;
  }
  if (behind >= 2 && !(query.hasShape && shape.isBox) && c.is(i, BYRADIUS)) {
    query.hasShape = true;
    return parseRadius(c, query, i + 1) ? 3 : 0;
  }
  if (behind >= 3 && (shape.isBox || !query.hasShape) && c.is(i, BYBOX)) {
    query.hasShape = shape.isBox = true;
    return parseBox(c, query, i + 1) ? 4 : 0;
  }
  c.out.error(ERR_SYNTAX);
  return 0;
}

/** Whether the options go together; replies the error when they do not. */
function isComplete(c: CommandContext, query: GeoQuery, form: number): boolean {
  if (query.storeAt > 0 && (query.withDist || query.withHash || query.withCoord)) {
    const what = (form & STORES) !== 0 ? "GEOSEARCHSTORE" : "STORE option in GEORADIUS";
    c.out.errorText(`ERR ${what} ${NOT_WITH_STORE}`);
  } else if ((form & BY_OPTIONS) !== 0 && !query.hasMiddle) {
    c.out.errorText(`ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for ${c.text(0)}`);
  } else if ((form & BY_OPTIONS) !== 0 && !query.hasShape) {
    c.out.errorText(`ERR exactly one of BYRADIUS and BYBOX can be specified for ${c.text(0)}`);
  } else if (query.any && query.count === 0) c.out.error(ERR_ANY);
  else return true;
  return false;
}

function parseMiddle(c: CommandContext, query: GeoQuery, i: number): boolean {
  if (!parsePosition(c, i, position)) return false;
  query.shape.longitude = position[0];
  query.shape.latitude = position[1];
  return true;
}

/** Makes the member at argument `i` the middle. */
function findMiddle(c: CommandContext, query: GeoQuery, source: Ref, i: number): boolean {
  const { buf, off, len } = c.args;
  const score = c.ks.zsets.score(source, buf, off[i], len[i]);
  if (Number.isNaN(score)) {
    c.out.error(ERR_MEMBER);
    return false;
  }
  decodePosition(score, position);
  query.shape.longitude = position[0];
  query.shape.latitude = position[1];
  return true;
}

/** Reads a radius and its unit. */
function parseRadius(c: CommandContext, query: GeoQuery, i: number): boolean {
  const radius = parseLength(c, i, ERR_NO_RADIUS);
  if (Number.isNaN(radius)) return false;
  if (radius < 0) {
    c.out.error(ERR_RADIUS);
    return false;
  }
  query.shape.radius = radius;
  query.shape.metres = parseUnit(c, i + 1);
  return query.shape.metres > 0;
}

/** Reads width, height and their unit. */
function parseBox(c: CommandContext, query: GeoQuery, i: number): boolean {
  const width = parseLength(c, i, ERR_NO_WIDTH);
  if (Number.isNaN(width)) return false;
  const height = parseLength(c, i + 1, ERR_NO_HEIGHT);
  if (Number.isNaN(height)) return false;
  if (height < 0 || width < 0) {
    c.out.error(ERR_BOX);
    return false;
  }
  query.shape.width = width;
  query.shape.height = height;
  query.shape.metres = parseUnit(c, i + 2);
  return query.shape.metres > 0;
}

/** A float at argument `i`; NaN after replying `error`. */
function parseLength(c: CommandContext, i: number, error: Uint8Array): number {
  const { buf, off, len } = c.args;
  const value = parseDouble(buf, off[i], len[i]);
  if (Number.isNaN(value)) c.out.error(error);
  return value;
}

function parseCount(c: CommandContext, query: GeoQuery, i: number): boolean {
  const count = wideInteger(c, i);
  if (Number.isNaN(count)) return false;
  if (count <= 0) {
    c.out.error(ERR_COUNT);
    return false;
  }
  query.count = count;
  return true;
}
