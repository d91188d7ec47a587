/**
 * Random list commands: pushes and pops of every kind, reads and changes in the middle, moves between lists, and
 * the blocking forms, which find something, or give up after a millisecond, or stand in a transaction.
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
  index,
  key,
  keys,
  longText,
  member,
  members,
  ODD_NUMBERS,
  timeout,
  upkeep,
} from "./pool.ts";

const SIDES = ["LEFT", "RIGHT", "LEFT", "RIGHT", "left", "Right"];

function side(random: RandomSource): string {
  return chance(random, 97) ? pick(random, SIDES) : pick(random, ["", "UP", "LEFTX"]);
}

function push(random: RandomSource, k: string): Command {
  const name = weighted(random, [[5, "LPUSH"], [6, "RPUSH"], [1, "LPUSHX"], [1, "RPUSHX"]]);
  const large = chance(random, 4);
  return [mixCase(random, name), k, ...(large ? [longText(random), longText(random)] : members(random))];
}

function popCount(random: RandomSource): string[] {
  return chance(random, 50) ? [] : [count(random)];
}

function lpos(random: RandomSource, k: string): Command {
  const options: string[] = [];
  for (let i = int(random, 4); i > 0; i--) {
    const odd = chance(random, 6);
    options.push(...weighted(random, [
      [4, [mixCase(random, "RANK"), odd ? pick(random, ["0", ...ODD_NUMBERS]) : String(int(random, 9) - 4)]],
      [4, [mixCase(random, "COUNT"), odd ? pick(random, ["-1", ...ODD_NUMBERS]) : String(int(random, 4))]],
      [3, [mixCase(random, "MAXLEN"), odd ? pick(random, ["-1", ...ODD_NUMBERS]) : String(int(random, 40))]],
      [0.3, [pick(random, ["RANK", "COUNT", "FOO", ""])]],
    ]));
  }
  return ["LPOS", k, member(random), ...options];
}

function multiPopTail(random: RandomSource): string[] {
  return [
    ...countedKeys(random, 3),
    side(random),
    ...weighted<string[]>(random, [
      [5, []],
      [5, [mixCase(random, "COUNT"), chance(random, 85) ? String(1 + int(random, 5)) : count(random)]],
      [0.3, ["COUNT"]],
      [0.3, ["COUNT", "1", "COUNT", "1"]],
      [0.3, ["FOO", "1"]],
    ]),
  ];
}

function move(random: RandomSource, k: string): Command {
  return chance(random, 35)
    ? ["RPOPLPUSH", k, key(random)]
    : ["LMOVE", k, key(random), side(random), side(random)];
}

function blocking(random: RandomSource, k: string): Command {
  return pick<() => Command>(random, [
    () => [pick(random, ["BLPOP", "BRPOP"]), ...keys(random, 3), timeout(random)],
    () => [pick(random, ["BLPOP", "BRPOP"]), k, timeout(random)],
    () => ["BLMOVE", k, key(random), side(random), side(random), timeout(random)],
    () => ["BRPOPLPUSH", k, key(random), timeout(random)],
    () => ["BLMPOP", timeout(random), ...multiPopTail(random)],
  ])();
}

/** Alone it may wait for a millisecond; behind a push or inside MULTI it does not. */
function blockingSomehow(random: RandomSource, k: string): Command[] {
  const command = blocking(random, k);
  return weighted<() => Command[]>(random, [
    [1, () => [command]],
    [4, () => [["RPUSH", k, ...members(random)], command]],
    [3, () => [["MULTI"], command, push(random, k), blocking(random, k), ["EXEC"]]],
  ])();
}

function insert(random: RandomSource, k: string): Command {
  const where = chance(random, 96) ? pick(random, ["BEFORE", "AFTER", "before", "After"]) : "BETWEEN";
  return ["LINSERT", k, where, member(random), chance(random, 5) ? longText(random) : member(random)];
}

/** A list of several nodes, and a change in one of them. */
function large(random: RandomSource, k: string): Command[] {
  const text = longText(random).slice(0, 5000);
  const filler = Array.from({ length: 1 + int(random, 6) }, () => text);
  return [
    ["RPUSH", k, ...filler, ...members(random), ...filler],
    pick<Command>(random, [
      ["LREM", k, count(random), text],
      ["LTRIM", k, index(random), index(random)],
      ["LSET", k, index(random), longText(random)],
      ["LINSERT", k, "AFTER", text, longText(random)],
      ["RPOP", k, String(int(random, 20))],
    ]),
    ["OBJECT", "ENCODING", k],
  ];
}

function lists(random: RandomSource): Command[] {
  const k = key(random);
  return weighted<() => Command[]>(random, [
    [22, () => [push(random, k)]],
    [12, () => [[pick(random, ["LPOP", "RPOP"]), k, ...popCount(random)]]],
    [4, () => [["LLEN", k]]],
    [8, () => [["LRANGE", k, index(random), index(random)]]],
    [5, () => [["LINDEX", k, index(random)]]],
    [6, () => [["LSET", k, index(random), chance(random, 8) ? longText(random) : member(random)]]],
    [7, () => [insert(random, k)]],
    [7, () => [["LREM", k, count(random), member(random)]]],
    [4, () => [["LTRIM", k, index(random), index(random)]]],
    [7, () => [lpos(random, k)]],
    [9, () => [move(random, k)]],
    [5, () => [["LMPOP", ...multiPopTail(random)]]],
    [4, () => blockingSomehow(random, k)],
    [3, () => large(random, k)],
  ])();
}

/** List commands. */
export const listCommands: CommandGenerator = (random) => {
  const commands = chance(random, 14) ? upkeep(random, key(random)) : around(random, lists(random));
  return commands.map((command) => spoil(random, command, 2));
};
