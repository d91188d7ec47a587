/**
 * What the generators of all collections share: keys that every family uses, so that one meets what another left
 * behind, and members, counts and bounds that are awkward in some way.
 *
 * DESIGN. Most members come from a small range, so that they meet as well; sizes lie around the thresholds at which
 * encodings change. No key can be read as a positive number, because an argument that is left out must not make a
 * timeout of it.
 */

import {
  chance,
  type Command,
  int,
  mixCase,
  pick,
  randomBytes,
  type RandomSource,
  weighted,
} from "./choose.ts";

const KEYS = ["a", "b", "c", "d", "", "key:1", "\0\xff\r\n"];

/** Texts that some parser takes for a number, or nearly. */
export const ODD_NUMBERS: readonly string[] = [
  ["", " 1", "1 ", "+1", "01", "1.0", "-0", "1e3", "0x10", "1\0", "-", "+", "abc", "inf", "-inf", "nan"],
  ["9223372036854775807", "-9223372036854775808", "9223372036854775808", "-9223372036854775809"],
  ["18446744073709551615", "99999999999999999999999", "2147483648", "-2147483649", "1.5", "\r\n"],
].flat();
/** Integers at which an intset or a listpack takes a wider form. */
const EDGES = [
  [0, 1, -1, 127, 128, -128, -129, 4095, 4096, -4096, -4097, 32767, 32768, -32768, -32769],
  [8388607, 8388608, -8388608, -8388609, 2147483647, 2147483648, -2147483648, -2147483649],
].flat().map(String);
const SHORT = ["a", "b", "c", "foo", "bar", "\0", "\xff", "\r\n", "a\0b", "a\0c", "*", "Z", "ab"];
const FILLERS = ["x", "7", "\0", "\xff", "ab"];
/** Around an inline listpack value, the limit of the small profile, embstr's end and listpack length classes. */
const LENGTHS = [7, 8, 9, 43, 44, 45, 62, 63, 64, 65, 66, 127, 128, 253, 254];
/** Around a list's node and a small block. */
const LARGE_LENGTHS = [4000, 4080, 4096, 8100, 8180, 8192, 8193, 16384, 70000];
/** How many members a filling command brings: around the thresholds of both profiles. */
const FEW_COUNTS = [1, 1, 1, 2, 2, 3, 4, 5, 8];
const MANY_COUNTS = [30, 126, 127, 128, 129, 130, 200];
const HUGE_COUNTS = [510, 511, 512, 513, 514];
const DEADLINES_MS = ["33177117420123", "33177117999999", "99999999999999"];

/** A key that all families share. */
export function key(random: RandomSource): string {
  return chance(random, 97) ? pick(random, KEYS) : `absent:${int(random, 3)}`;
}

/** One to `most` keys. */
export function keys(random: RandomSource, most: number): string[] {
  return Array.from({ length: 1 + int(random, most) }, () => key(random));
}

/** `numkeys` and that many keys; at times the number is wrong. */
export function countedKeys(random: RandomSource, most: number): string[] {
  const names = keys(random, most);
  if (chance(random, 96)) return [String(names.length), ...names];
  const wrong = ["0", "-1", String(names.length + 1), "x", "", "9223372036854775807", "2147483648", "+1"];
  return [pick(random, wrong), ...names];
}

/** A text of a length near some limit. */
export function longText(random: RandomSource): string {
  const length = pick(random, chance(random, 8) ? LARGE_LENGTHS : LENGTHS);
  return pick(random, FILLERS).repeat(length).slice(0, length);
}

/** Any member, field or element. */
export function member(random: RandomSource): string {
  return weighted<() => string>(random, [
    [30, () => String(int(random, 20))],
    [25, () => `m${int(random, 20)}`],
    [12, () => pick(random, SHORT)],
    [6, () => pick(random, EDGES)],
    [6, () => pick(random, ODD_NUMBERS)],
    [4, () => longText(random)],
    [2, () => randomBytes(random, int(random, 40))],
  ])();
}

/** Members for a command that takes several: few at most times, at others as many as reach a threshold. */
export function members(random: RandomSource): string[] {
  if (chance(random, 90)) return Array.from({ length: pick(random, FEW_COUNTS) }, () => member(random));
  return run(random, pick(random, chance(random, 80) ? MANY_COUNTS : HUGE_COUNTS));
}

/** `count` different members of one kind. */
export function run(random: RandomSource, count: number): string[] {
  const from = int(random, 30), step = 1 + int(random, 3);
  const form = weighted<(i: number) => string>(random, [
    [5, String],
    [5, (i) => `m${i}`],
    [1, (i) => String(i * 100_003)],
    [1, (i) => `-${1 + i}`],
    [1, (i) => `${i}`.padStart(20, "y")],
  ]);
  return Array.from({ length: count }, (_, i) => form(from + i * step));
}

/** A place in a list or range: near its ends, far outside, or none at all. */
export function index(random: RandomSource): string {
  return weighted<() => string>(random, [
    [60, () => String(int(random, 12) - 6)],
    [20, () => pick(random, ["0", "-1"])],
    [8, () => String(int(random, 600) - 300)],
    [4, () => pick(random, ODD_NUMBERS)],
  ])();
}

/** How many: small, near a threshold, negative, or none at all. */
export function count(random: RandomSource): string {
  return weighted<() => string>(random, [
    [60, () => String(int(random, 6))],
    [12, () => String(-int(random, 6))],
    [8, () => String(int(random, 300))],
    [4, () => pick(random, ODD_NUMBERS)],
  ])();
}

/** How many members to draw; never so many that the reply, which may repeat them, has no end. */
export function drawCount(random: RandomSource): string {
  return weighted<() => string>(random, [
    [40, () => String(int(random, 8))],
    [20, () => String(-int(random, 12))],
    [15, () => String(int(random, 300) - 100)],
    [
      3,
      () => pick(random, ["9223372036854775807", "x", "", "1.0", " 1", "-9223372036854775808", "-0", "+1"]),
    ],
    [3, () => "9223372036854775808"],
  ])();
}

/** A timeout of a blocking command: it ends, by itself or with an error. */
export function timeout(random: RandomSource): string {
  // Not -0.001, which Redis rounds to 0: for ever.
  if (chance(random, 90)) return pick(random, ["0.001", "0.002", "1e-3", ".001"]);
  return pick(random, [
    "-1",
    "x",
    "",
    "nan",
    "inf",
    "1e400",
    "-1e400",
    "1e5000",
    "1e-400",
    "9223372036854775808",
    "1 ",
    "0.001x",
  ]);
}

/** A deadline that no test lives to see. */
export function deadline(random: RandomSource): string {
  return pick(random, DEADLINES_MS);
}

/** MATCH patterns for members and fields. */
export function pattern(random: RandomSource): string {
  return pick(random, ["*", "m*", "?", "1*", "*1", "[a-c]*", "m?", "", "\\*", "x*", "*\0*", "nosuch"]);
}

/** Options of HSCAN, SSCAN and ZSCAN. */
export function scanOptions(random: RandomSource): string[] {
  const options: string[] = [];
  for (let i = int(random, 3); i > 0; i--) {
    options.push(...weighted(random, [
      [4, [mixCase(random, "MATCH"), pattern(random)]],
      [4, [mixCase(random, "COUNT"), pick(random, ["10", "30", "100", "1000"])]],
      [0.6, ["COUNT", pick(random, ["0", "-1", "x", "", "9223372036854775808"])]],
      [0.3, [pick(random, ["COUNT", "MATCH", "FOO", "TYPE", "NOVALUES"])]],
    ]));
  }
  return options;
}

/** A cursor: mostly the first, from which all pages are read. */
export function cursor(random: RandomSource): string {
  return chance(random, 92)
    ? "0"
    : pick(random, ["-1", "x", "", "+5", " 1", "18446744073709551616", "1\0", "00"]);
}

/** Makes `k` something of any type, whatever it was. */
export function overwrite(random: RandomSource, k: string): Command[] {
  return pick<() => Command[]>(random, [
    () => [["SET", k, member(random)]],
    () => [["DEL", k], ["RPUSH", k, ...members(random)]],
    () => [["DEL", k], ["SADD", k, ...members(random)]],
    () => [["DEL", k], ["HSET", k, ...pairsOf(members(random), () => member(random))]],
    () => [["DEL", k], ["ZADD", k, ...pairsOf(members(random), (_, i) => String(i), true)]],
  ])();
}

/** Each item with a value behind it, or before it. */
export function pairsOf(
  items: readonly string[],
  value: (item: string, index: number) => string,
  valueFirst = false,
): string[] {
  return items.flatMap((item, i) => valueFirst ? [value(item, i), item] : [item, value(item, i)]);
}

/** Looks at a key whatever it holds, gives it a deadline, copies, renames or deletes it. */
export function upkeep(random: RandomSource, k: string): Command[] {
  return weighted<() => Command[]>(random, [
    [30, () => [["OBJECT", "ENCODING", k]]],
    [4, () => [["TYPE", k]]],
    [4, () => [["EXISTS", k, key(random)]]],
    [5, () => [["PEXPIREAT", k, deadline(random)]]],
    [3, () => [["PEXPIRETIME", k]]],
    [2, () => [["PERSIST", k]]],
    [8, () => [[pick(random, ["DEL", "UNLINK"]), k]]],
    [4, () => [["RENAME", k, key(random)]]],
    [4, () => [["COPY", k, key(random), ...pick(random, [[], ["REPLACE"]])]]],
    [6, () => overwrite(random, k)],
    [0.5, () => [["PEXPIREAT", k, "1"]]],
  ])();
}

/** The commands, at times in a transaction, at times with a look at the encoding they left behind. */
export function around(random: RandomSource, commands: readonly Command[]): Command[] {
  const k = commands[0]?.[1] ?? "a";
  if (chance(random, 3)) return [["MULTI"], ...commands, ["EXEC"]];
  return chance(random, 15) ? [...commands, ["OBJECT", "ENCODING", k]] : [...commands];
}
