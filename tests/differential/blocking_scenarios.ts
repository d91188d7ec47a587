/** Scenarios of connections that wait for keys: written ones, one per rule, and random ones. */

import { type Random } from "../support/random.ts";
import { type Step } from "./blocking_world.ts";
import { type Command } from "./generator.ts";

/** `0> BLPOP a 0 ; LPUSH b x` as a step: the connection, and what it sends at once. */
function step(line: string): Step {
  const [client, commands] = line.split("> ");
  return { client: Number(client), commands: commands.split(" ; ").map((command) => command.split(" ")) };
}

function script(text: string): Step[] {
  return text.trim().split("\n").map((line) => step(line.trim()));
}

/** Scenarios by what they are about. */
export const SCENARIOS: Readonly<Record<string, readonly Step[]>> = {
  "who came first is served first": script(`
    0> BLPOP a 0
    1> BRPOP a 0
    2> BLPOP a 100
    3> RPUSH a 1 2
    3> RPUSH a 3 4`),
  "one push serves several, the rest stays": script(`
    0> BLPOP a 0
    1> BLMPOP 0 1 a LEFT COUNT 2
    2> BRPOP a 0
    3> LPUSH a 1 2 3 4 5
    3> LRANGE a 0 -1`),
  "the first key that is named comes first": script(`
    0> BLPOP a b c 0
    3> MULTI ; RPUSH c 3 ; RPUSH b 2 ; RPUSH a 1 ; EXEC
    0> BLPOP c b a 0
    1> BLPOP a b 0
    2> BLPOP b a 0
    3> MULTI ; RPUSH b 4 ; RPUSH a 5 ; EXEC`),
  "what a transaction pops again serves nobody": script(`
    0> BLPOP a 0
    3> MULTI ; RPUSH a 1 ; LPOP a ; EXEC
    3> MULTI ; RPUSH a 1 2 ; DEL a ; RPUSH a 3 ; EXEC
    0> BLMOVE a b LEFT LEFT 0
    3> MULTI ; RPUSH a 1 ; SET a x ; EXEC
    3> DEL a
    3> RPUSH a 2`),
  "inside MULTI nobody waits": script(`
    0> MULTI ; BLPOP a 0 ; BRPOP a 0 ; BLMOVE a b LEFT LEFT 0 ; BRPOPLPUSH a b 0 ; EXEC
    0> MULTI ; BLMPOP 0 2 a b LEFT ; BZPOPMIN a 0 ; BZPOPMAX a b 0 ; BZMPOP 0 1 a MIN COUNT 2 ; EXEC
    0> MULTI ; RPUSH a 1 ; BLPOP a 0 ; BLPOP a 0 ; EXEC`),
  "moves in a chain": script(`
    0> BLMOVE a b LEFT RIGHT 0
    1> BRPOPLPUSH b c 0
    2> BLMOVE c a LEFT LEFT 0
    3> BLPOP a 0
    4> RPUSH a x
    4> EXISTS a b c`),
  "a move onto itself, and into another type": script(`
    0> BLMOVE a a LEFT RIGHT 0
    1> SET b text
    2> BRPOPLPUSH a b 0
    3> BLPOP a 0
    1> RPUSH a 1 2 3
    1> LRANGE a 0 -1`),
  "other types wake nobody": script(`
    0> BLPOP a 0
    1> BZPOPMIN a 0
    3> SADD a x
    3> DEL a
    3> SET a x
    3> DEL a
    3> ZADD a 1 x
    3> RPUSH a 1`),
  "both types in turn": script(`
    0> BLPOP a 0
    1> BZPOPMAX a 0
    3> MULTI ; ZADD a 1 x 2 y ; DEL a ; RPUSH a 1 2 ; EXEC
    3> DEL a
    3> ZADD a 3 z`),
  "RENAME, COPY, MOVE, SORT, RESTORE and SWAPDB bring keys": script(`
    0> BLPOP a 0
    1> RPUSH b 1 2
    1> RENAME b a
    0> BLPOP c 0
    1> COPY a c
    0> BLPOP d 0
    1> SORT a ALPHA STORE d
    0> BZPOPMIN e 0
    1> ZADD f 1 x 2 y
    1> RENAMENX f e
    0> SELECT 3 ; BLPOP g 0
    1> RPUSH g z
    1> MOVE g 3
    0> BLPOP h 0
    1> SELECT 2 ; RPUSH h q
    1> SWAPDB 2 3`),
  "sorted sets: every kind of write": script(`
    0> BZPOPMIN a b 0
    1> BZPOPMAX a 0
    2> BZMPOP 0 2 b a MAX COUNT 2
    3> ZADD a 1 x
    3> ZINCRBY a 5 y
    3> ZADD b 1 p 2 q 3 r
    0> BZPOPMIN a 0
    3> ZUNIONSTORE a 1 b
    0> BZMPOP 0 1 c MIN
    3> ZRANGESTORE c b 0 -1
    0> BZPOPMAX d 0
    3> GEOADD d 13.4 52.5 berlin`),
  "UNBLOCK, with a timeout or an error": script(`
    0> BLPOP a 0
    1> BLMOVE a b LEFT LEFT 0
    2> BZMPOP 0 1 a MIN
    3> @UNBLOCK 0
    3> @UNBLOCK 1 ERROR
    3> @UNBLOCK 2 TIMEOUT
    3> @UNBLOCK 2
    0> BLMPOP 0 1 a LEFT
    1> BZPOPMIN a 0
    2> BRPOPLPUSH a b 0
    3> @UNBLOCK 0
    3> @UNBLOCK 1
    3> @UNBLOCK 2
    3> RPUSH a x`),
  "who has left is not served": script(`
    0> BLPOP a 0
    1> BLPOP a 0
    3> @CLOSE 0
    3> RPUSH a 1
    3> RPUSH a 2`),
  "timeouts in fractions": script(`
    0> BLPOP a 0.01
    0> BRPOP a b 0.001
    0> BLMOVE a b LEFT RIGHT 0.02
    0> BRPOPLPUSH a b 0.01
    0> BLMPOP 0.01 2 a b LEFT
    0> BZPOPMIN a 0.01
    0> BZPOPMAX a b 1e-2
    0> BZMPOP .01 1 a MAX
    0> RPUSH a 1`),
  "what waits behind a wait": script(`
    0> BLPOP a 0 ; LPUSH b 1 ; BLPOP c 0 ; GET d
    1> BLPOP b 0
    2> RPUSH a 1
    2> RPUSH c 2`),
  "a woken client wakes the next": script(`
    0> BLPOP a 0 ; RPUSH b 1
    1> BLPOP b 0 ; RPUSH c 2
    2> BLPOP c 0
    3> RPUSH a 0`),
  "deleted, expired, flushed": script(`
    0> BLPOP a 0
    3> RPUSH b 1
    3> MULTI ; RENAME b a ; PEXPIREAT a 1 ; EXEC
    3> MULTI ; RPUSH a 1 ; FLUSHALL ; EXEC
    3> FLUSHALL
    3> MULTI ; RPUSH a 2 ; RENAME a z ; EXEC
    3> RPUSHX a 3
    3> LPUSH a 4`),
  "a transaction of a waiter is aborted by what it watched": script(`
    0> WATCH a
    1> BLPOP a 0
    2> RPUSH a 1
    0> MULTI ; PING ; EXEC`),
};

/**
 * Where 7.0 differs: it serves the key that became ready first, 7.2 runs the request again, in the order of its keys.
 */
export const SCENARIOS_SINCE_72: readonly string[] = ["the first key that is named comes first"];

const KEYS = ["a", "a", "b", "b", "c", "d"];
const CLIENTS = 6;

function keysOf(random: Random, most: number): string[] {
  return Array.from({ length: random.between(1, most) }, () => random.pick(KEYS));
}

function counted(random: Random, most: number): string[] {
  const keys = keysOf(random, most);
  return [String(keys.length), ...keys];
}

/** One that waits; a short timeout is waited for, so nothing that waits longer may stand behind it. */
function blocker(random: Random, most: number, isAlone: boolean): Command {
  const timeout = isAlone && random.chance(0.15) ? "0.01" : random.pick(["0", "0", "0", "100"]);
  const k = random.pick(KEYS), side = () => random.pick(["LEFT", "RIGHT"]);
  const count = random.chance(0.5) ? ["COUNT", String(random.between(1, 3))] : [];
  return random.pick<Command>([
    ["BLPOP", ...keysOf(random, most), timeout],
    ["BRPOP", ...keysOf(random, most), timeout],
    ["BLPOP", k, timeout],
    ["BLMOVE", k, random.pick(KEYS), side(), side(), timeout],
    ["BRPOPLPUSH", k, random.pick(KEYS), timeout],
    ["BLMPOP", timeout, ...counted(random, most), side(), ...count],
    ["BZPOPMIN", ...keysOf(random, most), timeout],
    ["BZPOPMAX", k, timeout],
    ["BZMPOP", timeout, ...counted(random, most), random.pick(["MIN", "MAX"]), ...count],
  ]);
}

/**
 * Anything that changes keys, so that somebody may be served. What is stored replaces nothing: Redis does not look
 * for whom a value could serve that takes the place of one of another type. There is no SWAPDB: whom it serves first
 * depends on the order in which Redis' hash table has the keys.
 */
function waker(random: Random): Command[] {
  const k = random.pick(KEYS), other = random.pick(KEYS);
  const values = Array.from({ length: random.between(1, 4) }, () => `v${random.below(1000)}`);
  return random.pick<Command[]>([
    [["RPUSH", k, ...values]],
    [["LPUSH", k, ...values]],
    [["RPUSH", k, ...values]],
    [["ZADD", k, ...values.flatMap((value, i) => [String(i), value])]],
    [["ZADD", k, "1", values[0]]],
    [["RPUSHX", k, ...values]],
    [["ZINCRBY", k, "1", "m"]],
    [["LMOVE", k, other, "LEFT", "RIGHT"]],
    [["RPOPLPUSH", k, other]],
    [["LPOP", k]],
    [["ZPOPMIN", k]],
    [["RENAME", k, other]],
    [["COPY", k, other, "REPLACE"]],
    [["DEL", other], ["SORT", k, "ALPHA", "STORE", other]],
    [["DEL", k], ["ZUNIONSTORE", k, "2", k, other]],
    [["DEL", k], ["ZRANGESTORE", k, other, "0", "-1"]],
    [["SET", k, "text"]],
    [["SADD", k, "member"]],
    [["DEL", k]],
    [["DEL", k]],
    [["MOVE", k, "1"]],
    [["PEXPIREAT", k, "1"]],
    [["LINSERT", k, "BEFORE", values[0], "x"]],
    [["LTRIM", k, "1", "0"]],
    [["LRANGE", k, "0", "-1"]],
  ]);
}

/** A random scenario of `length` steps, in which nobody waits for more than `mostKeys` keys. */
export function randomScenario(random: Random, length: number, mostKeys: number): Step[] {
  return Array.from({ length }, () => {
    const client = random.below(CLIENTS);
    const other = String(random.below(CLIENTS - 1));
    const kind = random.next();
    if (kind < 0.45) return { client, commands: [blocker(random, mostKeys, true)] };
    if (kind < 0.75) return { client, commands: waker(random) };
    if (kind < 0.78) {
      return { client: CLIENTS - 1, commands: [["@UNBLOCK", other, random.pick(["TIMEOUT", "ERROR"])]] };
    }
    if (kind < 0.79) return { client: CLIENTS - 1, commands: [["@CLOSE", other]] };
    if (kind < 0.8) return { client, commands: [["SELECT", random.pick(["0", "0", "1"])]] };
    const some = Array.from({ length: random.between(1, 5) }, () => {
      return random.chance(0.2) ? [blocker(random, mostKeys, false)] : waker(random);
    }).flat();
    return { client, commands: kind < 0.95 ? [["MULTI"], ...some, ["EXEC"]] : some };
  });
}
