/** Random set commands: all of them, with members that make and unmake intsets and listpacks. */

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
  key,
  keys,
  longText,
  member,
  members,
  run,
  scanOptions,
  upkeep,
} from "./pool.ts";

const OPERATIONS = ["SINTER", "SUNION", "SDIFF"];

function add(random: RandomSource, k: string): Command {
  if (chance(random, 4)) return ["SADD", k, longText(random), member(random)];
  return [mixCase(random, "SADD"), k, ...members(random)];
}

/** Only integers, then perhaps one that is none. */
function integers(random: RandomSource, k: string): Command[] {
  const many = run(random, pick(random, [1, 3, 4, 5, 127, 128, 129, 511, 512, 513]))
    .map((_, i) => String(i * (1 + int(random, 3)) - 2));
  const last = pick<Command[]>(random, [[], [["SADD", k, member(random)]], [["SREM", k, "0", "1", "2"]]]);
  return [["DEL", k], ["SADD", k, ...many], ...last, ["OBJECT", "ENCODING", k]];
}

function draw(random: RandomSource, k: string): Command {
  const name = pick(random, ["SPOP", "SRANDMEMBER"]);
  return chance(random, 45) ? [name, k] : [name, k, drawCount(random)];
}

function intercard(random: RandomSource): Command {
  const options = weighted<string[]>(random, [
    [5, []],
    [5, [mixCase(random, "LIMIT"), count(random)]],
    [0.3, ["LIMIT"]],
    [0.3, ["FOO", "1"]],
  ]);
  return ["SINTERCARD", ...countedKeys(random, 3), ...options];
}

function sets(random: RandomSource): Command[] {
  const k = key(random);
  return weighted<() => Command[]>(random, [
    [24, () => [add(random, k)]],
    [3, () => integers(random, k)],
    [10, () => [["SREM", k, ...(chance(random, 70) ? keys(random, 2) : members(random)), member(random)]]],
    [4, () => [["SMEMBERS", k]]],
    [3, () => [["SCARD", k]]],
    [5, () => [["SISMEMBER", k, member(random)]]],
    [5, () => [["SMISMEMBER", k, ...members(random).slice(0, 20)]]],
    [6, () => [["SMOVE", k, key(random), member(random)]]],
    [8, () => [draw(random, k)]],
    [8, () => [[pick(random, OPERATIONS), ...keys(random, 4)]]],
    [9, () => [[`${pick(random, OPERATIONS)}STORE`, k, ...keys(random, 3)]]],
    [5, () => [intercard(random)]],
    [3, () => [["SSCAN", k, cursor(random), ...scanOptions(random)]]],
  ])();
}

/** Set commands. */
export const setCommands: CommandGenerator = (random) => {
  const commands = chance(random, 14) ? upkeep(random, key(random)) : around(random, sets(random));
  return commands.map((command) => spoil(random, command, 2));
};
