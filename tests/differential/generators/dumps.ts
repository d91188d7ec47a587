/**
 * Random DUMP and RESTORE of every type. What one server dumps the other restores: the words for that, which only
 * the tests know, are in `probes.ts`.
 *
 * DESIGN. Encodings of what was restored may differ, since each server may write a value in its own form; so this
 * family runs alone.
 */

import {
  chance,
  type Command,
  type CommandGenerator,
  int,
  pick,
  type RandomSource,
  spoil,
  weighted,
} from "./choose.ts";
import { deadline, key, longText, member, members, ODD_NUMBERS, overwrite, pairsOf } from "./pool.ts";

const WAYS = ["cut", "flip", "version", "crc", "cut+crc", "flip+crc", "type+crc"];
const TIMES = ["0", "0", "0", "10000000000", "-1", "x", "", "9223372036854775807", "-9223372036854775808"];

/** Time to live and options of RESTORE. */
function options(random: RandomSource): string[] {
  const absolute = chance(random, 25);
  const chosen: string[][] = absolute ? [["ABSTTL"]] : [];
  if (chance(random, 70)) chosen.push(["REPLACE"]);
  if (chance(random, 8)) chosen.push(["IDLETIME", pick(random, ["0", "10", "-1", "x", "100000000"])]);
  if (chance(random, 8)) chosen.push(["FREQ", pick(random, ["0", "5", "255", "256", "-1", "x"])]);
  if (chance(random, 2)) chosen.push([pick(random, ["FOO", "IDLETIME", "FREQ", "replace"])]);
  const time = absolute
    ? pick(random, ["0", "1", deadline(random), "-1", "9223372036854775807"])
    : pick(random, TIMES);
  return [time, ...chosen.flat()];
}

function fill(random: RandomSource, k: string): Command[] {
  return weighted<() => Command[]>(random, [
    [5, () => overwrite(random, k)],
    [1, () => [["SET", k, longText(random)]]],
    [1, () => [["SET", k, pick(random, ODD_NUMBERS)]]],
    [1, () => [["SADD", k, ...members(random)]]],
    [1, () => [["RPUSH", k, ...members(random), longText(random)]]],
    [1, () => [["HSET", k, ...pairsOf(members(random), () => member(random)), "long", longText(random)]]],
    [1, () => [["ZADD", k, ...pairsOf(members(random), () => String((random() - 0.5) * 100), true)]]],
    [0.5, () => [["ZADD", k, "inf", "i", "-inf", "j", "1e308", "k", "5e-324", "l"]]],
  ])();
}

/** DUMP and RESTORE commands, and what they are about. */
export const dumpCommands: CommandGenerator = (random) => {
  const k = key(random);
  return weighted<() => Command[]>(random, [
    [30, () => fill(random, k)],
    [25, () => [["@CROSS", k, key(random), ...options(random)]]],
    [12, () => [["@BREAK", k, key(random), pick(random, WAYS), String(int(random, 1 << 30))]]],
    [2, () => [spoil(random, ["DUMP", k], 30)]],
    [3, () => [["RESTORE", k, ...options(random).toSpliced(1, 0, pick(random, ["", "x", "\0".repeat(20)]))]]],
    [5, () => [["DEL", k]]],
    [5, () => [["DEBUG", "DIGEST-VALUE", k]]],
  ])();
};

/** Encodings are each server's own here. */
export const dumpTraits = { alone: true, encodings: false };
