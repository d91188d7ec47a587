/**
 * Random connection commands: what is answered alike by every server, so
 * nothing that shows addresses, numbers of connections or memory. Nor is there
 * a wrong password: behind other replies in a pipeline Redis 7.2.6 leaves the
 * error out, and every reply after it answers the wrong question.
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
} from "./choose.ts";

const NAMES = ["joe", "", "a b", "x\n", "näme", "!~", "a\0 b", "\x7f"];
const TIMEOUTS = ["0", "1", "-1", "x", "1.5", "9223372036854775807", "9223372036854775808", ""];
const IDS = ["999999999", "0", "-1", "x", "", "9223372036854775807", "9223372036854775808"];
const SWITCHES = ["ON", "on", "OFF", "off", "x", ""];

function name(random: RandomSource): string {
  return chance(random, 80) ? pick(random, NAMES) : randomBytes(random, int(random, 5));
}

function client(random: RandomSource): Command {
  return [
    "CLIENT",
    ...pick<() => Command>(random, [
      () => ["SETNAME", name(random)],
      () => ["GETNAME"],
      () => ["SETINFO", pick(random, ["LIB-NAME", "lib-ver", "x", ""]), name(random)],
      () => ["NO-EVICT", pick(random, SWITCHES)],
      () => ["NO-TOUCH", pick(random, SWITCHES)],
      () => ["REPLY", pick(random, ["ON", "x", ""])],
      () => ["PAUSE", "0", ...pick(random, [[], ["WRITE"], ["all"], ["x"], ["ALL", "x"]])],
      () => ["PAUSE", pick(random, ["-1", "x", "9223372036854775807"])],
      () => ["UNPAUSE"],
      () => [
        "UNBLOCK",
        pick(random, IDS),
        ...pick(random, [[], ["TIMEOUT"], ["error"], ["x"], ["ERROR", "x"]]),
      ],
      () => [
        "LIST",
        pick(random, ["TYPE", "type", "x"]),
        pick(random, ["pubsub", "REPLICA", "master", "odd"]),
      ],
      () => ["LIST", "ID", ...pick(random, [[], ["x"], ["999999999"], ["999999999", "x"]])],
      () => ["KILL", ...kill(random)],
      () => ["NOSUCH", name(random)],
      () => [],
    ])(),
  ];
}

/** Options of CLIENT KILL that nobody meets. */
function kill(random: RandomSource): Command {
  const option = (): Command =>
    pick<Command>(random, [
      ["ID", pick(random, IDS)],
      ["TYPE", pick(random, ["pubsub", "SLAVE", "odd"])],
      ["ADDR", "1.2.3.4:5"],
      ["LADDR", "1.2.3.4:5"],
      ["USER", pick(random, ["default", "nobody"])],
      ["SKIPME", pick(random, ["yes", "NO", "x"])],
      ["NOSUCH", "1"],
    ]);
  const options = Array.from({ length: int(random, 3) }, option).flat();
  // The last condition is one that no connection meets.
  return chance(random, 20) ? ["1.2.3.4:5"] : [...options, "ADDR", "5.6.7.8:9"];
}

function other(random: RandomSource): Command {
  return pick<() => Command>(random, [
    () => ["PING"],
    () => ["PING", name(random)],
    () => ["ECHO", randomBytes(random, int(random, 100))],
    () => ["SELECT", pick(random, ["0", "1", "15", "16", "-1", "x", "2147483647", "2147483648", "1.0", ""])],
    () => ["AUTH", name(random)],
    () => ["AUTH", "default", name(random)],
    () => ["AUTH", "default", name(random), "x"],
    () => ["HELLO", pick(random, ["1", "4", "x", "-2", "9223372036854775808"])],
    () => ["HELLO", pick(random, ["2", "3"]), ...badHello(random)],
    () => ["WAIT", pick(random, ["0", "-1", "x", ""]), pick(random, TIMEOUTS)],
    () => ["WAIT", "1", "1"],
    () => [
      "WAITAOF",
      pick(random, ["0", "-1", "2", "x"]),
      pick(random, ["0", "-1", "x"]),
      pick(random, TIMEOUTS),
    ],
    () => ["RESET"],
    () => [
      name(random) + "NOSUCH",
      ...Array.from({ length: int(random, 8) }, () => randomBytes(random, int(random, 40))),
    ],
  ])();
}

/** Options of HELLO with which it fails: its reply tells the number of the connection. */
function badHello(random: RandomSource): Command {
  return pick<Command>(random, [
    ["x"],
    ["AUTH", "default"],
    ["SETNAME"],
    ["SETNAME", "a b"],
    ["AUTH", "default", "x", "SETNAME", "a b"],
    ["SETNAME", "joe", "AUTH", "default"],
    ["SETNAME", "joe", "AUTH", "default", "x", "nosuch"],
    ["SETNAME", "joe", "x\0y"],
    ["SETNAME", "joe", "SETNAME", "a b"],
  ]);
}

/** Whether a spoiled form of the command could stop the connection, or show what is each server's own. */
function mustStay([command, sub]: Command): boolean {
  return /^(auth|hello|wait|waitaof)$/i.test(command) || /^(pause|list|kill|reply)$/i.test(sub ?? "");
}

/** Connection commands. */
export const connectionCommands: CommandGenerator = (random) => {
  const command = chance(random, 50) ? client(random) : other(random);
  if (mustStay(command)) return [command];
  const [word, ...args] = spoil(random, command, 3);
  return [[mixCase(random, word), ...args]];
};
