/**
 * Random SORT and SORT_RO: of lists, sets and sorted sets, by themselves, by keys and fields of hashes that their
 * elements name, with other values fetched, stored over what is there.
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
import { count, index, key, longText, member, ODD_NUMBERS, pairsOf, run, upkeep } from "./pool.ts";

const NUMBERS = ["0", "1", "-1", "10", "9", "1.5", "1e3", "-0", "0x10", "inf", "-inf", "007", "3.25", "2"];
const BY = [
  "w_*",
  "w_*",
  "h_*->f",
  "h_*->n",
  "*",
  "nosort",
  "nosort",
  "w_",
  "h_*->",
  "->f",
  "h_*->f*",
  "*_*",
];
const GET = ["#", "#", "w_*", "h_*->f", "h_*->n", "nosuch_*", "h_*->nosuch", "constant", "", "*", "h_*->"];

/**
 * What comes before SORT, because Redis takes an error that any `strtod` has left behind for one of a score: of a
 * command before, or of SORT itself when it makes a skiplist of a listpack with denormal scores. So that is done
 * first, and reading a distance forgets the error.
 */
function forgetError(k: string): Command[] {
  return [
    ["SORT_RO", k, "BY", "nosort", "LIMIT", "0", "0"],
    ["GEOSEARCH", "no key", "FROMLONLAT", "0", "0", "BYRADIUS", "1", "m"],
  ];
}

function elements(random: RandomSource): string[] {
  return weighted<() => string[]>(random, [
    [8, () => Array.from({ length: 1 + int(random, 12) }, () => String(int(random, 15)))],
    [4, () => Array.from({ length: 1 + int(random, 8) }, () => pick(random, NUMBERS))],
    [4, () => Array.from({ length: 1 + int(random, 8) }, () => member(random))],
    [1, () => run(random, pick(random, [100, 129, 200]))],
    [0.5, () => [pick(random, ODD_NUMBERS)]],
  ])();
}

function source(random: RandomSource, k: string): Command[] {
  const items = elements(random);
  return [
    ["DEL", k],
    pick<Command>(random, [
      ["RPUSH", k, ...items],
      ["SADD", k, ...items],
      ["ZADD", k, ...pairsOf(items, () => String(int(random, 9)), true)],
    ]),
  ];
}

/** What elements name: strings w_… and hashes h_…, some of them missing, some of the wrong type. */
function weights(random: RandomSource): Command[] {
  const id = String(int(random, 15));
  const value = () => chance(random, 70) ? pick(random, NUMBERS) : member(random);
  return [
    weighted<() => Command>(random, [
      [8, () => ["SET", `w_${id}`, chance(random, 3) ? longText(random) : value()]],
      [1, () => ["DEL", `w_${id}`, `h_${id}`]],
      [6, () => ["HSET", `h_${id}`, "f", value(), "n", String(int(random, 20))]],
      [1, () => ["HDEL", `h_${id}`, "f"]],
      [1, () => ["HSET", `w_${String(int(random, 15))}`, "f", "1"]],
      [1, () => ["SET", `h_${String(int(random, 15))}`, "1"]],
    ])(),
  ];
}

function options(random: RandomSource): string[] {
  const chosen: string[][] = [];
  if (chance(random, 45)) chosen.push([mixCase(random, "BY"), pick(random, BY)]);
  if (chance(random, 30)) chosen.push([mixCase(random, "LIMIT"), index(random), count(random)]);
  for (let i = chance(random, 40) ? 1 + int(random, 3) : 0; i > 0; i--) {
    chosen.push([mixCase(random, "GET"), pick(random, GET)]);
  }
  if (chance(random, 40)) chosen.push([mixCase(random, "ALPHA")]);
  if (chance(random, 40)) chosen.push([mixCase(random, pick(random, ["ASC", "DESC", "DESC"]))]);
  if (chance(random, 25)) chosen.push([mixCase(random, "STORE"), key(random)]);
  if (chance(random, 2)) chosen.push([pick(random, ["FOO", "BY", "GET", "LIMIT", "STORE", ""])]);
  return chance(random, 50) ? chosen.flat() : chosen.reverse().flat();
}

function sort(random: RandomSource, k: string): Command {
  return [mixCase(random, chance(random, 80) ? "SORT" : "SORT_RO"), k, ...options(random)];
}

/** SORT commands, and what they sort. */
export const sortCommands: CommandGenerator = (random) => {
  const k = key(random);
  const commands = weighted<() => Command[]>(random, [
    [30, () => source(random, k)],
    [30, () => weights(random)],
    [60, () => [sort(random, k)]],
    [8, () => upkeep(random, k)],
  ])();
  return commands.map((command) => spoil(random, command, 2))
    .flatMap((command) => /^sort/i.test(command[0]) ? [...forgetError(k), command] : [command]);
};
