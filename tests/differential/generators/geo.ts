/**
 * Random geo commands: all of them with all their options, positions close together, at the ends of the ranges and
 * beyond, searches from a point to the whole earth, and sorted sets whose scores were never meant to be positions.
 *
 * DESIGN. Distances are computed with the sine of each server's own mathematical library, of which the last bit may
 * differ. Replies show four digits, but STOREDIST keeps all of them: what it stores is looked at without scores, and
 * deleted.
 */

import {
  chance,
  type Command,
  type CommandGenerator,
  int,
  mixCase,
  pick,
  type RandomSource,
  spoil,
  weighted,
} from "./choose.ts";
import { key as sharedKey, longText, ODD_NUMBERS } from "./pool.ts";

const KEYS = ["geo1", "geo2", "geo3"];
/** Where most results are stored; searched less, as an empty result deletes them. */
const TARGET_KEYS = ["geo4", "geo5"];
/** Holds distances for a moment. */
const DISTANCES_KEY = "geo distances";

/** Around these most members lie. */
const PLACES: readonly (readonly [number, number])[] = [
  [13.361389, 38.115556],
  [0, 0],
  [179.9999, 10],
  [-179.9999, -10],
  [-122.4194155, 37.7749295],
  [20, 84.9],
  [-60, -84.9],
  [100, 70],
];
const ENDS_OF_LONGITUDE = ["180", "-180", "179.99999999", "0", "-0", "90", "1e-10"];
const ENDS_OF_LATITUDE = ["85.05112878", "-85.05112878", "85.05112877", "0", "-0", "66", "80"];
const BEYOND = ["180.0000001", "-181", "85.0511288", "-90", "86", "inf", "-inf", "1e300", "200.0078125"];
const RADII = [
  "0",
  "1",
  "0.001",
  "1e-300",
  "20037726.37",
  "1e9",
  "1e308",
  "inf",
  "-1",
  "-0",
  "nan",
  ...ODD_NUMBERS,
];
const COUNTS = ["0", "-1", "1.5", "9223372036854775807", "9223372036854775808", "", "x"];

function key(random: RandomSource): string {
  return weighted<() => string>(random, [
    [90, () => pick(random, KEYS)],
    [6, () => pick(random, TARGET_KEYS)],
    [4, () => sharedKey(random)],
  ])();
}

function target(random: RandomSource): string {
  return chance(random, 92) ? pick(random, TARGET_KEYS) : key(random);
}

function member(random: RandomSource): string {
  return chance(random, 97) ? `m${int(random, 30)}` : longText(random);
}

function decimal(random: RandomSource, value: number): string {
  return chance(random, 70) ? value.toFixed(int(random, 9)) : String(value);
}

/** Longitude and latitude. */
function position(random: RandomSource): string[] {
  const [longitude, latitude] = pick(random, PLACES);
  const spread = pick(random, [0, 0.0001, 0.01, 0.01, 1, 10]);
  const near = (middle: number, most: number) => {
    return decimal(random, Math.max(-most, Math.min(most, middle + (random() - 0.5) * spread)));
  };
  return weighted<() => string[]>(random, [
    [80, () => [near(longitude, 180), near(latitude, 85)]],
    [15, () => [decimal(random, (random() - 0.5) * 360), decimal(random, (random() - 0.5) * 170)]],
    [2, () => [pick(random, ENDS_OF_LONGITUDE), near(latitude, 85)]],
    [2, () => [near(longitude, 180), pick(random, ENDS_OF_LATITUDE)]],
    [0.3, () => [pick(random, BEYOND), near(latitude, 85)]],
    [0.3, () => [near(longitude, 180), pick(random, BEYOND)]],
    [0.3, () => [pick(random, ODD_NUMBERS), pick(random, ODD_NUMBERS)]],
  ])();
}

function unit(random: RandomSource): string {
  return chance(random, 98)
    ? mixCase(random, pick(random, ["m", "km", "ft", "mi"]))
    : pick(random, ["", "M", "KM", "mm", "meters", "k\0m"]);
}

/** A length from a millimetre to all around the earth. */
function length(random: RandomSource): string {
  if (chance(random, 3)) return pick(random, RADII);
  return decimal(random, 10 ** (random() * 9));
}

function geoadd(random: RandomSource): Command {
  const options = Array.from({ length: chance(random, 25) ? 1 + int(random, 2) : 0 }, () => {
    return mixCase(random, pick(random, ["NX", "XX", "CH", "CH"]));
  });
  const count = pick(random, [1, 2, 5, 10, chance(random, 20) ? 130 : 20]);
  // Only what brings many members also makes the set large: there are thirty names.
  const name = count > 100 ? (i: number) => `many${i}` : () => member(random);
  const places = Array.from({ length: count }, (_, i) => [...position(random), name(i)]);
  return [mixCase(random, "GEOADD"), key(random), ...options, ...places.flat()];
}

/** Options that every search has. */
function searchOptions(random: RandomSource, withReply: boolean): string[][] {
  const options: string[][] = [];
  for (let i = int(random, 4); i > 0; i--) {
    options.push(
      weighted<() => string[]>(random, [
        [withReply ? 8 : 0.1, () => [pick(random, ["WITHDIST", "WITHCOORD", "WITHHASH", "withdist"])]],
        [6, () => [pick(random, ["ASC", "DESC", "asc", "Desc"])]],
        [5, () => ["COUNT", String(1 + int(random, 12))]],
        [3, () => ["COUNT", String(1 + int(random, 12)), mixCase(random, "ANY")]],
        [0.3, () => ["COUNT", pick(random, COUNTS)]],
        [0.3, () => [pick(random, ["ANY", "COUNT", "STORE", "FOO", "BYBOX", ""])]],
      ])(),
    );
  }
  return options;
}

function shuffled<T>(random: RandomSource, items: readonly T[]): T[] {
  const rest = [...items];
  return items.map(() => rest.splice(int(random, rest.length), 1)[0]);
}

/** What GEOSEARCH asks for, in any order. */
function search(random: RandomSource, withReply: boolean): string[] {
  const options = searchOptions(random, withReply);
  options.push(chance(random, 50) ? ["FROMMEMBER", member(random)] : ["FROMLONLAT", ...position(random)]);
  if (chance(random, 60)) options.push(["BYRADIUS", length(random), unit(random)]);
  else options.push(["BYBOX", length(random), length(random), unit(random)]);
  if (chance(random, 3)) options.push(pick(random, options));
  if (chance(random, 2)) options.pop();
  // Only GEOSEARCHSTORE has it, and would store distances.
  if (withReply && chance(random, 1)) options.push(["STOREDIST"]);
  if (chance(random, 2)) options.push(["FROMMEMBER", member(random)]);
  return shuffled(random, options).flat();
}

/** @param plain an option that stores can be added */
function georadius(random: RandomSource, plain = false): Command[] {
  const byMember = chance(random, 50);
  const name = byMember ? "GEORADIUSBYMEMBER" : "GEORADIUS";
  const readOnly = !plain && chance(random, 25);
  const stores = !plain && !readOnly && chance(random, 25);
  const options = searchOptions(random, !plain && !stores);
  if (stores) options.push(["STORE", target(random)]);
  const middle = byMember ? [member(random)] : position(random);
  return [[
    mixCase(random, readOnly ? `${name}_RO` : name),
    key(random),
    ...middle,
    length(random),
    unit(random),
    ...shuffled(random, options).flat(),
  ]];
}

/** Stores distances, looks at what was stored, and deletes it. */
function storeDistances(random: RandomSource): Command[] {
  const seen: Command[] = [["ZRANGE", DISTANCES_KEY, "0", "-1"], ["ZCARD", DISTANCES_KEY], [
    "DEL",
    DISTANCES_KEY,
  ]];
  if (chance(random, 50)) {
    return [["GEOSEARCHSTORE", DISTANCES_KEY, key(random), ...search(random, false), "STOREDIST"], ...seen];
  }
  const [command] = georadius(random, true);
  return [[...command, "STOREDIST", DISTANCES_KEY], ...seen];
}

function members(random: RandomSource): string[] {
  return Array.from({ length: int(random, 5) }, () => member(random));
}

function commands(random: RandomSource): Command[] {
  const k = key(random);
  return weighted<() => Command[]>(random, [
    [20, () => [geoadd(random)]],
    [6, () => [["GEOPOS", k, ...members(random)]]],
    [6, () => [["GEOHASH", k, ...members(random)]]],
    [
      8,
      () => [["GEODIST", k, member(random), member(random), ...(chance(random, 60) ? [unit(random)] : [])]],
    ],
    [1, () => [["GEODIST", k, member(random), member(random), "m", "m"]]],
    [25, () => [[mixCase(random, "GEOSEARCH"), k, ...search(random, true)]]],
    [6, () => [["GEOSEARCHSTORE", target(random), k, ...search(random, false)]]],
    [15, () => georadius(random)],
    [5, () => storeDistances(random)],
    [
      3,
      () => [[
        "ZADD",
        k,
        pick(random, ["-1", "0.5", "1e300", "4503599627370495.5", "inf", "1e16"]),
        member(random),
      ]],
    ],
    [4, () => [["ZRANGE", k, "0", "-1", "WITHSCORES"]]],
    [2, () => [["ZREM", k, ...members(random), "m1"]]],
    [0.5, () => [["DEL", k]]],
    [1, () => [["OBJECT", "ENCODING", k], ["EXPIRE", k, "100000"], ["TTL", k]]],
  ])();
}

/** Geo commands, and sorted set commands that change what they meet. */
export const geoCommands: CommandGenerator = (random) => {
  return commands(random).map((command) => {
    // An argument less must not make a store of distances a store that stays.
    return command.some((arg) => arg === DISTANCES_KEY) ? command : spoil(random, command, 2);
  });
};
