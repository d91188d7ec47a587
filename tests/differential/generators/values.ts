/**
 * Random commands about keys of every type: COPY, RENAME and MOVE between databases, deadlines, types and encodings,
 * SCAN by type.
 */

import {
  chance,
  type Command,
  type CommandGenerator,
  mixCase,
  pick,
  type RandomSource,
  spoil,
  weighted,
} from "./choose.ts";
import { deadline, key, keys, member, members, overwrite, pairsOf, pattern } from "./pool.ts";

const DATABASES = ["0", "1", "2"];
const TYPES = ["string", "list", "hash", "set", "zset", "ZSET", "stream", "nosuch", ""];

/** A change that meets the wrong type at times. */
function change(random: RandomSource, k: string): Command {
  return pick<() => Command>(random, [
    () => ["APPEND", k, member(random)],
    () => ["LPUSH", k, ...members(random)],
    () => ["RPOP", k],
    () => ["SADD", k, ...members(random)],
    () => ["SREM", k, member(random)],
    () => ["HSET", k, ...pairsOf(members(random), () => member(random))],
    () => ["HDEL", k, member(random)],
    () => ["ZADD", k, ...pairsOf(members(random), (_, i) => String(i % 5), true)],
    () => ["ZREM", k, member(random)],
    () => ["SUNIONSTORE", k, ...keys(random, 2)],
    () => ["ZUNIONSTORE", k, "1", key(random)],
    () => ["LMOVE", k, key(random), "LEFT", "LEFT"],
    () => ["SETRANGE", k, "3", member(random)],
    () => ["SETBIT", k, "9", "1"],
    () => ["INCR", k],
    () => ["GETSET", k, member(random)],
  ])();
}

function whole(random: RandomSource, k: string): Command {
  const target = key(random);
  const replace = chance(random, 50) ? ["REPLACE"] : [];
  return weighted<() => Command>(random, [
    [6, () => ["COPY", k, target, ...replace]],
    [4, () => ["COPY", k, target, "DB", pick(random, DATABASES), ...replace]],
    [6, () => [pick(random, ["RENAME", "RENAME", "RENAMENX"]), k, target]],
    [5, () => ["MOVE", k, pick(random, DATABASES)]],
    [5, () => ["SELECT", pick(random, DATABASES)]],
    [2, () => ["SWAPDB", pick(random, DATABASES), pick(random, DATABASES)]],
    [4, () => ["PEXPIREAT", k, deadline(random)]],
    [2, () => ["PERSIST", k]],
    [5, () => [pick(random, ["DEL", "UNLINK"]), ...keys(random, 3)]],
    [0.3, () => ["FLUSHDB"]],
  ])();
}

function look(random: RandomSource, k: string): Command {
  return weighted<() => Command>(random, [
    [8, () => ["OBJECT", mixCase(random, "ENCODING"), k]],
    [1, () => ["OBJECT", pick(random, ["FREQ", "IDLETIME", "REFCOUNT"]), k]],
    [4, () => ["TYPE", k]],
    [3, () => ["PEXPIRETIME", k]],
    [2, () => ["TOUCH", ...keys(random, 3)]],
    [2, () => ["EXISTS", ...keys(random, 3)]],
    [1, () => ["DBSIZE"]],
    [1, () => ["KEYS", pattern(random)]],
    [2, () => ["SCAN", "0", "TYPE", pick(random, TYPES), ...(chance(random, 30) ? ["MATCH", "*"] : [])]],
    [1, () => ["DEBUG", "DIGEST-VALUE", ...keys(random, 2)]],
    [1, () => ["DEBUG", "DIGEST"]],
    [1, () => ["MEMORY", "USAGE", k]],
  ])();
}

/** Commands about keys of every type. */
export const valueCommands: CommandGenerator = (random) => {
  const k = key(random);
  const commands = weighted<() => Command[]>(random, [
    [20, () => overwrite(random, k)],
    [30, () => [change(random, k), ["OBJECT", "ENCODING", k]]],
    [35, () => [whole(random, k)]],
    [25, () => [look(random, k)]],
    [3, () => [["MULTI"], change(random, k), whole(random, k), change(random, k), ["EXEC"]]],
  ])();
  return commands.map((command) => spoil(random, command, 1));
};
