/**
 * Random string and bitmap commands: every option, awkward bytes, numbers at
 * their limits, sizes around the thresholds of encodings and blocks, wrong
 * types and wrong arities.
 *
 * DESIGN. Few keys, so that commands meet; deadlines are in the distant past
 * or the far future, so that replies do not depend on when they are asked.
 */

import {
  chance,
  type Command,
  type CommandGenerator,
  int,
  mixCase,
  pick,
  randomBytes,
  type RandomSource,
  spoil,
  weighted,
} from "./choose.ts";

const LONG_KEY = "k".repeat(32 * 1024 + 1);
const KEYS = ["a", "b", "c", "d", "", "key:0000000001", "\0\xff\r\n", "a".repeat(300)];
/** Is made a list by `stringFixtures`. */
const LIST_KEY = "a list";

/** Commands to send once before all others. */
export const stringFixtures: readonly Command[] = [["RPUSH", LIST_KEY, "x"]];

const INTEGERS = [
  ["0", "1", "-1", "7", "10", "99", "100", "-100", "12345", "999999999", "2147483647", "-2147483648"],
  ["9007199254740990", "9007199254740991", "9007199254740992", "-9007199254740991", "-9007199254740993"],
  ["9223372036854775806", "9223372036854775807", "9223372036854775808", "4611686018427387904"],
  ["-9223372036854775807", "-9223372036854775808", "-9223372036854775809", "-4611686018427387905"],
  ["", "+1", "01", "-0", " 1", "1 ", "1.0", "abc", "0x10", "1\0", "-"],
].flat();
const FLOATS = [
  ["0", "1", "-1", "0.1", "0.2", "-0.3", "1.5", "3.0e3", "1e17", "5.0e-1", "-1e-5", ".5", "5.", "1e-20"],
  ["inf", "-inf", "nan", "1e400", "1e5000", "-1e5000", "0x1p3", "", " 1", "1 ", "abc", "1e", "infinity"],
  ["123456789.123456789", "9007199254740993", "9223372036854775807", "3.14159265358979323846"],
].flat();
/** Around: embstr's end, size classes, a small block, a page, the inline limit. */
const LENGTHS = [0, 1, 2, 5, 20, 21, 43, 44, 45, 63, 64, 65, 127, 128, 129, 255, 256, 257, 1023, 4096, 8200];
const LARGE_LENGTHS = [16383, 16384, 16385, 32768, 65535, 65536, 65537, 70000, 131072];

function key(random: RandomSource): string {
  return weighted(random, [[90, pick(random, KEYS)], [5, LIST_KEY], [1, LONG_KEY], [
    4,
    `absent:${int(random, 9)}`,
  ]]);
}

function integer(random: RandomSource): string {
  return chance(random, 40) ? String(int(random, 200) - 100) : pick(random, INTEGERS);
}

function value(random: RandomSource): string {
  const length = pick(random, chance(random, 8) ? LARGE_LENGTHS : LENGTHS);
  switch (int(random, 6)) {
    case 0:
      return pick(random, INTEGERS);
    case 1:
      return pick(random, FLOATS);
    case 2:
      return randomBytes(random, Math.min(length, 300));
    case 3:
      return pick(random, ["\0", "\xff", "ab", "0", "\x01\x80"]).repeat(length).slice(0, length);
    case 4:
      return "x".repeat(length);
    default:
      return pick(random, ["foobar", "foo", "", "ohmytext", "mynewtext", "\xff\xf0\x00", "\x00\x00\x01"]);
  }
}

/** What is no time, or one so distant that it overflows in some unit; a short one would make replies a race. */
const ODD_TIMES = INTEGERS.filter((text) => !/^[1-9]\d*$/.test(text) || Number(text) > 2 ** 52);

/** A time for EX, PX, EXAT or PXAT: distant, past, or none. */
function time(random: RandomSource, option: string): string {
  if (chance(random, 15)) return pick(random, ["0", "-1", "abc", "", "1.5", ...ODD_TIMES]);
  if (option.endsWith("AT")) {
    if (chance(random, 15)) return pick(random, ["1", "1000", "1600000000"]);
    return option === "PXAT" ? "33177117420123" : "33177117420";
  }
  return pick(random, ["10000000", "10000000000", "9000000000000", "9223372036854775", "9223372036854776"]);
}

function timeOption(random: RandomSource): string[] {
  const option = pick(random, ["EX", "PX", "EXAT", "PXAT"]);
  return [mixCase(random, option), time(random, option)];
}

function set(random: RandomSource): Command {
  const options: string[] = [];
  for (let i = int(random, 3); i > 0; i--) {
    options.push(...weighted(random, [
      [3, ["NX"]],
      [3, ["XX"]],
      [4, [mixCase(random, "GET")]],
      [3, ["KEEPTTL"]],
      [6, timeOption(random)],
      [0.5, ["PERSIST"]],
      [0.5, ["FOO"]],
      [0.5, ["EX"]],
    ]));
  }
  return [mixCase(random, "SET"), key(random), value(random), ...options];
}

function getex(random: RandomSource): Command {
  const options: string[] = weighted(random, [
    [2, []],
    [3, ["PERSIST"]],
    [6, timeOption(random)],
    [1, [...timeOption(random), ...timeOption(random)]],
    [0.5, ["KEEPTTL"]],
    [0.5, ["PERSIST", ...timeOption(random)]],
  ]);
  return ["GETEX", key(random), ...options];
}

function pairs(random: RandomSource): string[] {
  return Array.from({ length: 1 + int(random, 4) }, () => [key(random), value(random)]).flat();
}

function lcs(random: RandomSource): Command {
  const options: string[] = [];
  for (let i = int(random, 4); i > 0; i--) {
    options.push(...weighted(random, [
      [4, ["IDX"]],
      [2, ["LEN"]],
      [3, ["WITHMATCHLEN"]],
      [3, ["MINMATCHLEN", integer(random)]],
      [0.3, ["MINMATCHLEN"]],
      [0.3, ["FOO"]],
    ]));
  }
  return ["LCS", key(random), key(random), ...options];
}

/** Strings of few letters, so that they have much in common. */
function lcsOnFewLetters(random: RandomSource): Command[] {
  const text = () => Array.from({ length: int(random, 90) }, () => pick(random, ["a", "b", "c"])).join("");
  return [["MSET", "a", text(), "b", text()], ["LCS", "a", "b", ...lcs(random).slice(3)]];
}

function offset(random: RandomSource): string {
  if (chance(random, 10)) return integer(random);
  return String(pick(random, [0, 1, 5, 20, 44, 100, 1000, 65535, 65536, 536870911, 536870912]));
}

function setrange(random: RandomSource): Command {
  const at = offset(random);
  // A value at the limit would take half a gigabyte.
  const large = Number(at) > 70000 && Number(at) < 536870911;
  return [
    "SETRANGE",
    key(random),
    large ? "12" : at,
    Number(at) === 536870911 ? "xy" : value(random).slice(0, 200),
  ];
}

function strings(random: RandomSource): Command[] {
  const k = key(random);
  return weighted<() => Command[]>(random, [
    [20, () => [set(random)]],
    [8, () => [["GET", k]]],
    [4, () => [["GETSET", k, value(random)]]],
    [3, () => [["GETDEL", k]]],
    [6, () => [getex(random)]],
    [4, () => [["SETNX", k, value(random)]]],
    [3, () => [["SETEX", k, time(random, "EX"), value(random)]]],
    [3, () => [["PSETEX", k, time(random, "PX"), value(random)]]],
    [4, () => [["MGET", k, key(random), key(random)]]],
    [4, () => [["MSET", ...pairs(random)]]],
    [3, () => [["MSETNX", ...pairs(random)]]],
    [8, () => [["APPEND", k, value(random)]]],
    [3, () => [["STRLEN", k]]],
    [6, () => [[pick(random, ["GETRANGE", "SUBSTR"]), k, integer(random), integer(random)]]],
    [6, () => [setrange(random)]],
    [6, () => [[pick(random, ["INCR", "DECR"]), k]]],
    [8, () => [[pick(random, ["INCRBY", "DECRBY"]), k, integer(random)]]],
    [3, () => [["SET", k, pick(random, INTEGERS)], [pick(random, ["INCRBY", "DECRBY"]), k, integer(random)]]],
    [3, () => [["SET", k, pick(random, FLOATS)], ["INCRBYFLOAT", k, pick(random, FLOATS)]]],
    [4, () => [["INCRBYFLOAT", k, pick(random, FLOATS)]]],
    [3, () => [lcs(random)]],
    [3, () => lcsOnFewLetters(random)],
  ])();
}

function bitOffset(random: RandomSource): string {
  if (chance(random, 8)) {
    return pick(random, ["-1", "4294967296", "9223372036854775808", "", "#1", "1.0", "abc"]);
  }
  return String(chance(random, 80) ? int(random, 200) : int(random, 600000));
}

function fieldType(random: RandomSource): string {
  if (chance(random, 5)) {
    return pick(random, ["i0", "u0", "u64", "i65", "x8", "I8", "u", "", "i-1", "i08", "i8 "]);
  }
  if (chance(random, 30)) {
    return pick(random, ["i64", "u63", "i63", "u62", "i49", "u49", "i48", "u48", "u1", "i1"]);
  }
  return `${pick(random, ["i", "u"])}${1 + int(random, 63)}`;
}

function fieldOffset(random: RandomSource): string {
  if (chance(random, 5)) {
    return pick(random, ["-1", "#-1", "#", "4294967296", "#9999999999", "##1", "#x", ""]);
  }
  return `${chance(random, 40) ? "#" : ""}${int(random, 70)}`;
}

/** An integer that a field may or may not hold, near a power of two at times. */
function fieldValue(random: RandomSource): string {
  if (chance(random, 50)) return integer(random);
  const power = 2n ** BigInt(int(random, 64)) + BigInt(int(random, 5) - 2);
  return String(chance(random, 50) ? power : -power);
}

function bitfield(random: RandomSource): Command {
  const parts: string[] = [];
  for (let i = int(random, 6); i > 0; i--) {
    const type = fieldType(random);
    const at = fieldOffset(random);
    parts.push(...weighted(random, [
      [4, [mixCase(random, "GET"), type, at]],
      [5, ["SET", type, at, fieldValue(random)]],
      [5, ["INCRBY", type, at, fieldValue(random)]],
      [4, ["OVERFLOW", pick(random, ["WRAP", "SAT", "FAIL", "sat", "fail"])]],
      [0.2, ["OVERFLOW", "OTHER"]],
      [0.2, ["GET", type]],
      [0.2, ["FOO"]],
    ]));
  }
  return [pick(random, ["BITFIELD", "BITFIELD", "BITFIELD", "BITFIELD_RO"]), key(random), ...parts];
}

/**
 * The command alone, or behind one that makes the string long enough: Redis
 * does not log a string that grew while all operations FAILed, so that its
 * file would hold other data than it had.
 */
function bitfieldAlone(command: Command): Command[] {
  return mayFail(command) ? [["SETRANGE", command[1], "600", "\0"], command] : [command];
}

function mayFail(command: Command): boolean {
  return command.some((arg) => arg.toUpperCase() === "FAIL");
}

/** None, start, start and end, or those with a unit. */
function bitRange(random: RandomSource): string[] {
  const near = () => chance(random, 80) ? String(int(random, 80) - 40) : integer(random);
  const unit = pick(random, ["BIT", "BYTE", "bit", "byte", "BITS"]);
  return pick(random, [[], [near()], [near(), near()], [near(), near()], [near(), near(), unit]]);
}

function bitop(random: RandomSource): Command {
  const op = pick(random, ["AND", "OR", "XOR", "NOT", "and", "Or", "xOR", "NAND"]);
  const count = op === "NOT" && chance(random, 90) ? 1 : 1 + int(random, 4);
  return ["BITOP", op, key(random), ...Array.from({ length: count }, () => key(random))];
}

function bitmaps(random: RandomSource): Command[] {
  const k = key(random);
  return weighted<() => Command[]>(random, [
    [10, () => [["SETBIT", k, bitOffset(random), pick(random, ["0", "1", "1", "0", "2", "-1", "x"])]]],
    [5, () => [["GETBIT", k, bitOffset(random)]]],
    [8, () => [["BITCOUNT", k, ...bitRange(random)]]],
    [8, () => [["BITPOS", k, pick(random, ["0", "1", "0", "1", "2", "x"]), ...bitRange(random)]]],
    [12, () => [bitop(random)]],
    [12, () => bitfieldAlone(bitfield(random))],
    [
      3,
      () => [
        ["SET", k, value(random)],
        ...bitfieldAlone(bitfield(random).map((arg, i) => i === 1 ? k : arg)),
      ],
    ],
  ])();
}

/** Looks at what commands leave behind. */
function inspect(random: RandomSource): Command[] {
  const k = key(random);
  return [
    pick<Command>(random, [["GET", k], ["STRLEN", k], ["OBJECT", "ENCODING", k], ["EXISTS", k], ["DEL", k]]),
  ];
}

function spoilSome(random: RandomSource, commands: readonly Command[]): Command[] {
  return commands.some(mayFail) ? [...commands] : commands.map((command) => spoil(random, command, 2));
}

/** String commands. */
export const stringCommands: CommandGenerator = (random) => {
  const commands = chance(random, 15) ? inspect(random) : strings(random);
  return spoilSome(random, commands);
};

/** Bitmap commands, and some string commands that feed them. */
export const bitmapCommands: CommandGenerator = (random) => {
  const commands = chance(random, 15)
    ? inspect(random)
    : chance(random, 15)
    ? strings(random)
    : bitmaps(random);
  return spoilSome(random, commands);
};
