/**
 * Random transactions: commands between MULTI and EXEC, some of them wrong,
 * WATCH before them, and the words of transactions out of place.
 *
 * DESIGN. There is one connection, so what it watches it changes itself.
 * Deadlines are far away, so that replies do not depend on when they are asked.
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
} from "./choose.ts";

const KEYS = ["a", "b", "c", "d", "\0\xff\r\n"];
const DATABASES = ["0", "0", "0", "1", "2"];

function key(random: RandomSource): string {
  return pick(random, KEYS);
}

/** A command that a transaction may hold: reads, writes that change something or not, errors. */
function inner(random: RandomSource): Command {
  const k = key(random);
  return pick<() => Command>(random, [
    () => ["SET", k, String(int(random, 5))],
    () => ["SET", k, "text", pick(random, ["NX", "XX", "GET", "KEEPTTL"])],
    () => ["SET", k, "1", "PXAT", "99999999999999"],
    () => ["GET", k],
    () => ["INCR", k],
    () => ["INCRBYFLOAT", k, "0.5"],
    () => ["APPEND", k, "x"],
    () => ["DEL", k, key(random)],
    () => ["GETDEL", k],
    () => ["EXPIREAT", k, pick(random, ["1", "99999999999"])],
    () => ["PERSIST", k],
    () => ["RENAME", k, key(random)],
    () => ["COPY", k, key(random), "REPLACE"],
    () => ["MOVE", k, pick(random, DATABASES)],
    () => ["MSETNX", k, "1", key(random), "2"],
    () => ["SELECT", chance(random, 90) ? pick(random, DATABASES) : pick(random, ["99", "x", "-1"])],
    () => ["SWAPDB", pick(random, DATABASES), pick(random, DATABASES)],
    () => [chance(random, 20) ? "FLUSHALL" : "DBSIZE"],
    () => ["EXISTS", k, key(random)],
    () => ["UNWATCH"],
    () => ["WAIT", pick(random, ["0", "1", "x"]), "1"],
    () => ["ECHO", k],
  ])();
}

function watch(random: RandomSource): Command {
  return ["WATCH", ...Array.from({ length: 1 + int(random, 3) }, () => key(random))];
}

/** Something that makes EXEC fail, or is refused inside MULTI. */
function outOfPlace(random: RandomSource): Command {
  return pick<Command>(random, [
    ["MULTI"],
    watch(random),
    ["NOSUCH", "x"],
    ["SET", "a"],
    ["EXEC", "now"],
    ["DISCARD", "now"],
    ["CLIENT", "NOSUCH"],
    ["RESET"],
  ]);
}

/** One transaction with all that belongs to it. */
function transaction(random: RandomSource): Command[] {
  const commands: Command[] = [];
  if (chance(random, 40)) commands.push(watch(random));
  for (let i = int(random, 3); i > 0; i--) commands.push(inner(random));
  commands.push(["MULTI"]);
  for (let i = int(random, 8); i > 0; i--) {
    commands.push(chance(random, 6) ? outOfPlace(random) : spoil(random, inner(random), 4));
  }
  commands.push([pick(random, ["EXEC", "EXEC", "EXEC", "EXEC", "DISCARD"])]);
  return commands;
}

/** Transactions, and at times their words alone. */
export const transactionCommands: CommandGenerator = (random) => {
  const commands = chance(random, 15)
    ? [pick<Command>(random, [["EXEC"], ["DISCARD"], ["UNWATCH"], watch(random), inner(random)])]
    : transaction(random);
  return commands.map(([name, ...args]) => [mixCase(random, name), ...args]);
};
