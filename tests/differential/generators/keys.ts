/**
 * Random commands about keys and databases: deadlines with every option,
 * RENAME, COPY and MOVE onto themselves and each other, scans, flushes, swaps,
 * encodings, wrong types of arguments.
 *
 * DESIGN. Few keys and databases, so that commands meet. Deadlines are in the
 * distant past or future, and far apart from each other, so that neither
 * replies nor GT and LT depend on the moment. Left out is what differs by
 * design or chance: OBJECT HELP, reference counts but that of shared integers.
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

const KEYS = ["a", "b", "c", "", "key:1", "key:2", "h[a]*?", "\0\xff\r\n", "long:" + "k".repeat(400)];
const HUGE_KEY = "k".repeat(40_000);
const DATABASES = ["0", "1", "2", "15"];
const ODD_INTEGERS = [
  ["", "abc", "1.5", "+1", "01", "-0", " 1", "1 ", "1\0", "-1", "16", "9999", "2147483647", "2147483648"],
  ["-2147483649", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "1e3", "0x1"],
].flat();
const VALUES = [
  [
    "",
    "x",
    "0",
    "7",
    "9999",
    "10000",
    "-1",
    "007",
    "1.5",
    " 1",
    "9223372036854775807",
    "-9223372036854775808",
  ],
  ["9223372036854775808", "y".repeat(44), "y".repeat(45), "z".repeat(300), "-0", "12345678901234567890"],
].flat();
const LARGE_VALUES = ["v".repeat(65_536), "v".repeat(65_537), "w".repeat(150_000)];
/** Patterns that match some of the keys, all, or none. */
const PATTERNS = [
  [
    "*",
    "**",
    "?",
    "key:?",
    "key:[1-1]",
    "[^k]*",
    "h\\[a\\]*",
    "h[[]a]*",
    "*:*",
    "",
    "\\",
    "[",
    "[a-",
    "[c-a]",
  ],
  ["*k", "K*", "*\xff*", "a*b*c"],
].flat();
const TYPES = ["string", "STRING", "list", "hash", "zset", "set", "stream", "none", "", "module", "nosuch"];

function key(random: RandomSource): string {
  return weighted(random, [[95, pick(random, KEYS)], [1, HUGE_KEY], [4, `absent:${int(random, 9)}`]]);
}

function keys(random: RandomSource, most: number): string[] {
  return Array.from({ length: 1 + int(random, most) }, () => key(random));
}

function value(random: RandomSource): string {
  return pick(random, chance(random, 6) ? LARGE_VALUES : VALUES);
}

function database(random: RandomSource): string {
  return chance(random, 85) ? pick(random, DATABASES) : pick(random, ODD_INTEGERS);
}

/** A time for a command of this unit and base: distant, past, or none at all. */
function time(random: RandomSource, absolute: boolean, unitMs: number): string {
  if (chance(random, 8)) return pick(random, ODD_INTEGERS.filter((text) => !/^\d{1,9}$/.test(text)));
  if (chance(random, 8)) {
    const limit = 9223372036854775807n / BigInt(unitMs);
    return String(pick(random, [limit + 1n, limit, limit - 4096n, -limit, -limit - 1n, -limit - 2n]));
  }
  if (chance(random, 10)) return pick(random, absolute ? ["0", "1", "1600000", "-5"] : ["0", "-1", "-1000"]);
  // Hundreds of days apart from each other.
  const days = 100 * (1 + int(random, 1000));
  const base = absolute ? 3_000_000 : 0;
  return String((base + days) * 86_400_000 / unitMs + (absolute ? int(random, 999) : 0));
}

function expire(random: RandomSource): Command {
  const [name, absolute, unitMs] = pick(
    random,
    [
      ["EXPIRE", false, 1000],
      ["PEXPIRE", false, 1],
      ["EXPIREAT", true, 1000],
      ["PEXPIREAT", true, 1],
    ] as const,
  );
  const options: string[] = [];
  const count = weighted(random, [[5, 0], [5, 1], [2, 2], [0.3, 3]]);
  for (let i = 0; i < count; i++) {
    options.push(mixCase(random, pick(random, ["NX", "XX", "GT", "LT", "GT", "LT"])));
  }
  if (chance(random, 2)) options.push(pick(random, ["FOO", "", "N", "nxx", "a\r\nb", "x\0y"]));
  return [mixCase(random, name), key(random), time(random, absolute, unitMs), ...options];
}

function copy(random: RandomSource): Command {
  const options: string[] = [];
  for (let i = int(random, 3); i > 0; i--) {
    options.push(...weighted(random, [
      [4, [mixCase(random, "REPLACE")]],
      [4, [mixCase(random, "DB"), database(random)]],
      [0.3, ["DB"]],
      [0.3, ["FOO"]],
    ]));
  }
  return [mixCase(random, "COPY"), key(random), key(random), ...options];
}

function scan(random: RandomSource): Command {
  const cursor = chance(random, 80) ? "0" : pick(
    random,
    [
      ["1", "4294967295", "4294967296", "18446744073709551615", "18446744073709551616", "-1", "+5", "-", "x"],
      ["", " 1", "1 ", "007", "1\0", "-18446744073709551616", "99999999999999999999999"],
    ].flat(),
  );
  const options: string[] = [];
  for (let i = int(random, 4); i > 0; i--) {
    options.push(...weighted(random, [
      [4, [mixCase(random, "MATCH"), pick(random, PATTERNS)]],
      [3, [
        mixCase(random, "COUNT"),
        chance(random, 85) ? "1000" : pick(random, ["0", "-1", "1", "x", "", "10"]),
      ]],
      [3, [mixCase(random, "TYPE"), pick(random, TYPES)]],
      [0.3, ["COUNT", pick(random, ODD_INTEGERS)]],
      [0.3, [pick(random, ["FOO", "MATCH", "COUNT", "TYPE"])]],
    ]));
  }
  return [mixCase(random, "SCAN"), cursor, ...options];
}

/** Looks at what commands leave behind. */
function inspect(random: RandomSource): Command {
  const k = key(random);
  return weighted<Command>(random, [
    [3, ["EXISTS", ...keys(random, 4)]],
    [2, ["TYPE", k]],
    [4, [pick(random, ["TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME"]), k]],
    [3, ["GET", k]],
    [2, ["DBSIZE"]],
    [2, ["KEYS", pick(random, PATTERNS)]],
    [1, ["RANDOMKEY"]],
    [2, ["TOUCH", ...keys(random, 3)]],
    [4, ["OBJECT", mixCase(random, "ENCODING"), k]],
    [1, ["OBJECT", pick(random, ["IDLETIME", "FREQ", "nosuch", "ENCODING\r\n"]), k]],
    [0.5, ["OBJECT", pick(random, ["ENCODING", "nosuch"])]],
  ]);
}

/** Gives keys something to be about. */
function set(random: RandomSource): Command[] {
  const k = key(random);
  return weighted<() => Command[]>(random, [
    [8, () => [["SET", k, value(random)]]],
    [2, () => [["SET", k, value(random), "KEEPTTL"]]],
    [2, () => [["APPEND", k, pick(random, ["", "1", "abc"])]]],
    [1, () => [["INCRBYFLOAT", k, "1"]]],
    [1, () => [["SET", k, pick(random, ["5", "9999"])], ["OBJECT", "REFCOUNT", k]]],
  ])();
}

function change(random: RandomSource): Command[] {
  return weighted<() => Command[]>(random, [
    [24, () => set(random)],
    [22, () => [expire(random)]],
    [5, () => [["PERSIST", key(random)]]],
    [6, () => [[pick(random, ["DEL", "UNLINK"]), ...keys(random, 3)]]],
    [9, () => [[mixCase(random, "RENAME"), key(random), key(random)]]],
    [6, () => [["RENAMENX", key(random), key(random)]]],
    [10, () => [copy(random)]],
    [7, () => [["MOVE", key(random), database(random)]]],
    [8, () => [["SELECT", pick(random, DATABASES)]]],
    [3, () => [["SWAPDB", database(random), database(random)]]],
    [1, () => [["FLUSHDB", ...pick(random, [[], ["ASYNC"], ["sync"], ["NOW"], ["SYNC", "ASYNC"]])]]],
    [0.3, () => [["FLUSHALL", ...pick(random, [[], ["async"], ["SYNC"], ["x"]])]]],
  ])();
}

/** Commands about keys; some of them in a transaction. */
export const keyCommands: CommandGenerator = (random) => {
  if (chance(random, 4)) {
    const inside = Array.from({ length: int(random, 5) }, () => change(random)).flat();
    return [["MULTI"], ...inside, inspect(random), ["EXEC"]];
  }
  const commands = weighted(random, [[60, change(random)], [35, [inspect(random)]], [8, [scan(random)]]]);
  return commands.map((command) => spoil(random, command, 2));
};
