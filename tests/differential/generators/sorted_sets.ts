/**
 * Random sorted set commands: all of them with all their options, scores at the ends of what a double holds, bounds
 * by score and by member, closed, open and wrong.
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
import {
  around,
  count,
  countedKeys,
  cursor,
  drawCount,
  index,
  key,
  keys,
  longText,
  member,
  members,
  ODD_NUMBERS,
  pairsOf,
  scanOptions,
  timeout,
  upkeep,
} from "./pool.ts";

const SCORES = [
  [
    "inf",
    "-inf",
    "+inf",
    "Infinity",
    "-INF",
    "1e308",
    "-1e308",
    "1.7976931348623157e308",
    "5e-324",
    "-5e-324",
  ],
  ["0.1", "0.2", "0.30000000000000004", "-0", "0", "0.0", "1e17", "1e21", "1e-7", "123456789012345680"],
  ["9007199254740991", "9007199254740993", "-9007199254740993", "1.5", "3.0e3", ".5", "5.", "1e400", "0x1p3"],
  ["3.141592653589793", "2.2250738585072014e-308", "100000000000000000000", "4503599627370496.5"],
].flat();
const LEX_BOUNDS = ["-", "+", "[", "(", "[a", "(a", "[m1", "(m1", "[m5", "(m15", "[\xff", "(\0", "[1", "(5"];
const OPERATIONS = ["ZUNION", "ZINTER", "ZDIFF"];

function score(random: RandomSource): string {
  return weighted<() => string>(random, [
    [55, () => String(int(random, 12) - 3)],
    [10, () => String((int(random, 2000) - 1000) / 8)],
    [5, () => String((random() - 0.5) * 10 ** (int(random, 40) - 20))],
    [14, () => pick(random, SCORES)],
    [2, () => pick(random, ODD_NUMBERS)],
    [0.7, () => "nan"],
  ])();
}

/** A score that is one: a single bad one makes a command fail that would add a hundred members. */
function goodScore(random: RandomSource): string {
  return chance(random, 80) ? String(int(random, 12) - 3) : String((int(random, 2000) - 1000) / 8);
}

function scoreBound(random: RandomSource): string {
  return weighted<() => string>(random, [
    [30, () => score(random)],
    [20, () => `(${score(random)}`],
    [10, () => "-inf"],
    [10, () => "+inf"],
    [1, () => pick(random, ["(", "((1", "(inf", "(-inf", "[1", "", "(nan", "( 1", "1 "])],
  ])();
}

function lexBound(random: RandomSource): string {
  return weighted<() => string>(random, [
    [30, () => pick(random, LEX_BOUNDS)],
    [20, () => pick(random, ["[", "("]) + member(random)],
    [1, () => pick(random, ["", "a", "--", "++", "-a", "+a", "\0", "{a"])],
  ])();
}

function limit(random: RandomSource): string[] {
  return ["LIMIT", chance(random, 80) ? String(int(random, 4)) : index(random), index(random)];
}

function zadd(random: RandomSource, k: string): Command {
  const options: string[] = [];
  for (let i = weighted(random, [[6, 0], [4, 1], [2, 2], [1, 3]]); i > 0; i--) {
    options.push(mixCase(random, pick(random, ["NX", "XX", "GT", "LT", "CH", "CH", "INCR"])));
  }
  const alone = options.some((option) => /incr/i.test(option)) && chance(random, 90);
  const added = alone ? [member(random)] : chance(random, 4) ? [longText(random)] : members(random);
  const scoreOf = added.length > 4 ? goodScore : score;
  return [mixCase(random, "ZADD"), k, ...options, ...pairsOf(added, () => scoreOf(random), true)];
}

/** Members of one score, of which ranges by member are made. */
function sameScore(random: RandomSource, k: string): Command[] {
  const at = pick(random, ["0", "1", "-0", "inf"]);
  return [["DEL", k], ["ZADD", k, ...pairsOf(members(random), () => at, true)], lexRange(random, k)];
}

function lexRange(random: RandomSource, k: string): Command {
  const name = pick(random, ["ZRANGEBYLEX", "ZREVRANGEBYLEX", "ZLEXCOUNT", "ZREMRANGEBYLEX"]);
  const tail = /RANGEBYLEX$/.test(name) && !/REM/.test(name) && chance(random, 40) ? limit(random) : [];
  return [name, k, lexBound(random), lexBound(random), ...tail];
}

/** The options behind the bounds of ZRANGE and ZRANGESTORE, and the bounds. */
function rangeTail(random: RandomSource): string[] {
  const by = weighted(random, [[4, ""], [4, "BYSCORE"], [3, "BYLEX"]]);
  const bound = by === "BYSCORE" ? scoreBound : by === "BYLEX" ? lexBound : index;
  const options: string[][] = [];
  if (by !== "") options.push([mixCase(random, by)]);
  if (chance(random, 40)) options.push([mixCase(random, "REV")]);
  if (chance(random, by === "" ? 6 : 40)) options.push(limit(random));
  if (chance(random, by === "BYLEX" ? 6 : 40)) options.push([mixCase(random, "WITHSCORES")]);
  if (chance(random, 2)) options.push([pick(random, ["FOO", "LIMIT", "BYSCORE", "BYLEX"])]);
  if (chance(random, 30)) options.reverse();
  return [bound(random), bound(random), ...options.flat()];
}

function range(random: RandomSource, k: string): Command {
  const scores = chance(random, 50) ? [mixCase(random, "WITHSCORES")] : [];
  const limited = chance(random, 40) ? limit(random) : [];
  return weighted<() => Command>(random, [
    [10, () => ["ZRANGE", k, ...rangeTail(random)]],
    [4, () => ["ZREVRANGE", k, index(random), index(random), ...scores]],
    [6, () => [
      pick(random, ["ZRANGEBYSCORE", "ZREVRANGEBYSCORE"]),
      k,
      scoreBound(random),
      scoreBound(random),
      ...(chance(random, 50) ? [...scores, ...limited] : [...limited, ...scores]),
    ]],
    [4, () => lexRange(random, k)],
    [4, () => ["ZRANGESTORE", k, key(random), ...rangeTail(random).filter((x) => !/withscores/i.test(x))]],
  ])();
}

/** Keys with weights, and how scores are put together. */
function combination(random: RandomSource, most: number, weights: boolean): string[] {
  const counted = countedKeys(random, most);
  const options: string[][] = [];
  if (weights && chance(random, 35)) {
    const odd = chance(random, 4) ? 1 : 0;
    options.push([mixCase(random, "WEIGHTS"), ...counted.slice(1 + odd).map(() => score(random))]);
  }
  if (weights && chance(random, 35)) {
    options.push([
      mixCase(random, "AGGREGATE"),
      pick(random, ["SUM", "MIN", "max", "Sum", "MIN", "MAX", "AVG"]),
    ]);
  }
  return [...counted, ...options.flat()];
}

function combine(random: RandomSource, k: string): Command {
  const name = pick(random, OPERATIONS);
  const weights = name !== "ZDIFF" || chance(random, 3);
  if (chance(random, 50)) return [`${name}STORE`, k, ...combination(random, 3, weights)];
  const scores = chance(random, 60) ? [mixCase(random, "WITHSCORES")] : [];
  return [name, ...combination(random, 3, weights), ...scores];
}

function intercard(random: RandomSource): Command {
  const options = weighted<string[]>(random, [
    [5, []],
    [5, [mixCase(random, "LIMIT"), count(random)]],
    [0.3, ["LIMIT"]],
    [0.3, ["WITHSCORES"]],
  ]);
  return ["ZINTERCARD", ...countedKeys(random, 3), ...options];
}

function multiPopTail(random: RandomSource): string[] {
  return [
    ...countedKeys(random, 3),
    chance(random, 97) ? pick(random, ["MIN", "MAX", "min"]) : "LEFT",
    ...weighted<string[]>(random, [
      [5, []],
      [5, [mixCase(random, "COUNT"), chance(random, 85) ? String(1 + int(random, 5)) : count(random)]],
      [0.3, ["COUNT"]],
      [0.3, ["FOO", "1"]],
    ]),
  ];
}

function blocking(random: RandomSource): Command {
  return chance(random, 60)
    ? [pick(random, ["BZPOPMIN", "BZPOPMAX"]), ...keys(random, 3), timeout(random)]
    : ["BZMPOP", timeout(random), ...multiPopTail(random)];
}

function pop(random: RandomSource, k: string): Command[] {
  return weighted<() => Command[]>(random, [
    [5, () => [[pick(random, ["ZPOPMIN", "ZPOPMAX"]), k]]],
    [5, () => [[pick(random, ["ZPOPMIN", "ZPOPMAX"]), k, count(random)]]],
    [5, () => [["ZMPOP", ...multiPopTail(random)]]],
    [1, () => [blocking(random)]],
    [3, () => [zadd(random, k), [pick(random, ["BZPOPMIN", "BZPOPMAX"]), k, timeout(random)]]],
    [2, () => [["MULTI"], blocking(random), zadd(random, k), blocking(random), ["EXEC"]]],
  ])();
}

function draw(random: RandomSource, k: string): Command {
  if (chance(random, 30)) return ["ZRANDMEMBER", k];
  const flag = chance(random, 50) ? [pick(random, ["WITHSCORES", "withscores", "WITHVALUES", ""])] : [];
  return ["ZRANDMEMBER", k, drawCount(random), ...flag];
}

function rank(random: RandomSource, k: string): Command {
  const flag = chance(random, 40) ? [chance(random, 95) ? mixCase(random, "WITHSCORE") : "WITHSCORES"] : [];
  return [pick(random, ["ZRANK", "ZREVRANK"]), k, member(random), ...flag];
}

function remove(random: RandomSource, k: string): Command {
  return pick<() => Command>(random, [
    () => ["ZREM", k, ...(chance(random, 80) ? [member(random), member(random)] : members(random))],
    () => ["ZREM", k, member(random)],
    () => ["ZREMRANGEBYRANK", k, index(random), index(random)],
    () => ["ZREMRANGEBYSCORE", k, scoreBound(random), scoreBound(random)],
  ])();
}

function sortedSets(random: RandomSource): Command[] {
  const k = key(random);
  return weighted<() => Command[]>(random, [
    [26, () => [zadd(random, k)]],
    [3, () => sameScore(random, k)],
    [8, () => [["ZINCRBY", k, score(random), member(random)]]],
    [3, () => [["ZCARD", k]]],
    [4, () => [["ZCOUNT", k, scoreBound(random), scoreBound(random)]]],
    [4, () => [["ZSCORE", k, member(random)]]],
    [3, () => [["ZMSCORE", k, ...members(random).slice(0, 20)]]],
    [6, () => [rank(random, k)]],
    [16, () => [range(random, k)]],
    [10, () => [combine(random, k)]],
    [3, () => [intercard(random)]],
    [8, () => pop(random, k)],
    [8, () => [remove(random, k)]],
    [3, () => [draw(random, k)]],
    [3, () => [["ZSCAN", k, cursor(random), ...scanOptions(random)]]],
    [2, () => [["SADD", k, ...members(random)]]],
  ])();
}

/** Sorted set commands, and a few sets for them to be combined with. */
export const sortedSetCommands: CommandGenerator = (random) => {
  const commands = chance(random, 14) ? upkeep(random, key(random)) : around(random, sortedSets(random));
  return commands.map((command) => spoil(random, command, 2));
};
