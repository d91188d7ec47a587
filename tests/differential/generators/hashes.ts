/** Random hash commands: all of them, with fields and values around the listpack's limits. */

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
  cursor,
  drawCount,
  key,
  longText,
  member,
  members,
  ODD_NUMBERS,
  pairsOf,
  scanOptions,
  upkeep,
} from "./pool.ts";

const INCREMENTS = [
  ["1", "-1", "10", "0", "9223372036854775807", "-9223372036854775808", "4611686018427387904"],
  ODD_NUMBERS,
].flat();
const FLOATS = [
  ["1", "0.1", "-0.2", "1.5", "3.0e3", "1e17", "5e-324", "1e308", "-1e308", "0", "-0", "1e-5", ".5", "5."],
  ODD_NUMBERS,
].flat();
const FLAGS = ["WITHVALUES", "withvalues", "WITHVALUES", "WITHSCORES", ""];

function value(random: RandomSource): string {
  return chance(random, 8) ? longText(random) : member(random);
}

function fields(random: RandomSource): string[] {
  return Array.from({ length: 1 + int(random, 4) }, () => member(random));
}

function set(random: RandomSource, k: string): Command {
  const pairs = pairsOf(members(random), () => value(random));
  return [mixCase(random, pick(random, ["HSET", "HSET", "HSET", "HMSET"])), k, ...pairs];
}

function draw(random: RandomSource, k: string): Command {
  if (chance(random, 30)) return ["HRANDFIELD", k];
  const flag = chance(random, 50) ? [pick(random, FLAGS)] : [];
  return ["HRANDFIELD", k, drawCount(random), ...flag];
}

function increment(random: RandomSource, k: string): Command[] {
  const field = member(random);
  const float = chance(random, 50);
  const odd = pick(random, float ? FLOATS : INCREMENTS);
  const by = chance(random, 50) ? odd : String(int(random, 200) - 100);
  const command = [mixCase(random, float ? "HINCRBYFLOAT" : "HINCRBY"), k, field, by];
  return chance(random, 40)
    ? [["HSET", k, field, pick(random, float ? FLOATS : INCREMENTS)], command, command]
    : [command];
}

function hashes(random: RandomSource): Command[] {
  const k = key(random);
  return weighted<() => Command[]>(random, [
    [24, () => [set(random, k)]],
    [6, () => [["HSETNX", k, member(random), value(random)]]],
    [8, () => [["HGET", k, member(random)]]],
    [6, () => [["HMGET", k, ...fields(random)]]],
    [10, () => [["HDEL", k, ...(chance(random, 80) ? fields(random) : members(random))]]],
    [3, () => [["HLEN", k]]],
    [4, () => [["HSTRLEN", k, member(random)]]],
    [4, () => [["HEXISTS", k, member(random)]]],
    [5, () => [["HGETALL", k]]],
    [3, () => [["HKEYS", k]]],
    [3, () => [["HVALS", k]]],
    [14, () => increment(random, k)],
    [4, () => [draw(random, k)]],
    [3, () => [["HSCAN", k, cursor(random), ...scanOptions(random)]]],
  ])();
}

/** Hash commands. */
export const hashCommands: CommandGenerator = (random) => {
  const commands = chance(random, 14) ? upkeep(random, key(random)) : around(random, hashes(random));
  return commands.map((command) => spoil(random, command, 2));
};
