/**
 * Where Redis 7.0 differs from Redis 7.2, which is what this server follows. Used only when the reference is a 7.0;
 * but for the name of a list's encoding, which differs from that of any version.
 *
 * A command whose effect differs is not sent at all, because what follows would differ too; a command that only
 * answers differently is sent, and its reply not compared.
 */

import { type Dataset } from "../support/dataset.ts";
import { type Command } from "./generator.ts";

interface KnownDifference {
  /** What changed between 7.0 and 7.2. */
  readonly reason: string;
  matches(command: Command): boolean;
}

const word = (command: Command, at: number) => (command[at] ?? "").toLowerCase();
const isClient = (command: Command, subcommand: string) =>
  word(command, 0) === "client" && word(command, 1) === subcommand;

const NOT_SENT: readonly KnownDifference[] = [
  { reason: "WAITAOF came with 7.2", matches: (command) => word(command, 0) === "waitaof" },
  { reason: "CLIENT SETINFO came with 7.2", matches: (command) => isClient(command, "setinfo") },
  { reason: "CLIENT NO-TOUCH came with 7.2", matches: (command) => isClient(command, "no-touch") },
  {
    reason: "7.2 looks at a client's name up to its first NUL byte",
    matches: (command) =>
      /^(client|hello)$/.test(word(command, 0)) && command.some((arg) => arg.includes("\0")),
  },
  {
    reason: "7.2 refuses a CLIENT PAUSE whose end overflows",
    matches: (command) => isClient(command, "pause"),
  },
  { reason: "7.2 refuses a WAIT whose end overflows", matches: (command) => word(command, 0) === "wait" },
  {
    reason: "7.2 sets the name of a HELLO only when all of it is right",
    matches: (command) =>
      word(command, 0) === "hello" && command.some((_, i) => word(command, i) === "setname"),
  },
  {
    reason: "Debian's 7.0.15 has later fixes, by which it refuses more of the broken HyperLogLogs",
    matches: (command) => command.some((arg) => arg.startsWith("broken")),
  },
  {
    reason: "7.2 looks at the lower 32 bits of an index into a list that is a listpack",
    matches: (command) => /^l(set|index)$/.test(word(command, 0)) && Math.abs(Number(command[2])) >= 2 ** 31,
  },
  {
    reason: "ZRANK and ZREVRANK take WITHSCORE since 7.2",
    matches: (command) => /^z(rev)?rank$/.test(word(command, 0)) && command.length > 3,
  },
  {
    reason: "7.0 does not restore payloads of RDB version 11, nor sets in the form that came with it",
    matches: (command) =>
      word(command, 0) === "@cross" || word(command, 0) === "@break" && /type|flip/.test(command[3]),
  },
];

const NOT_COMPARED: readonly KnownDifference[] = [
  {
    reason: "7.0 calls a timeout that is far too large negative",
    matches: (command) =>
      /^b[lrz]/.test(word(command, 0)) &&
      command.some((arg) => /^(inf|1e400|9223372036854775808)$/.test(arg)),
  },
  {
    reason: "7.2 refuses the one RANK of LPOS that has no opposite",
    matches: (command) => word(command, 0) === "lpos" && command.includes("-9223372036854775808"),
  },
  {
    reason: "7.0 takes scores into digests with 17 digits",
    matches: (command) => word(command, 0) === "debug" && word(command, 1).startsWith("digest"),
  },
  {
    reason: "7.2 names other encodings of small lists and sets",
    matches: (command) => word(command, 0) === "object" && word(command, 1) === "encoding",
  },
];

/** Whether a command must not be sent to a reference of this version. */
export function isNotSent(version: string, command: Command): boolean {
  return version.startsWith("7.0.") && NOT_SENT.some((known) => known.matches(command));
}

/** Whether the replies to a command need not be equal with a reference of this version. */
export function isNotCompared(version: string, command: Command): boolean {
  return version.startsWith("7.0.") && NOT_COMPARED.some((known) => known.matches(command));
}

/**
 * Whether replies of a sorted set command are equal but for how scores are written: 7.0 prints 17 digits, 7.2 as many
 * as tell a double from its neighbours.
 */
export function isSameNumber(
  version: string,
  command: Command,
  ours: string,
  theirs: string,
  queued: readonly Command[],
): boolean {
  if (!version.startsWith("7.0.")) return false;
  return [command, ...queued].some((one) => /^(b?z|georadius)/i.test(one[0] ?? "")) &&
    canonicalNumbers(ours) === canonicalNumbers(theirs);
}

/**
 * Whether replies are equal but for lists that are named listpack here and quicklist there: where a list is small
 * enough to be named listpack again, Redis also wants it to be in one node.
 */
export function isSameListName(commands: readonly Command[], ours: string, theirs: string): boolean {
  const asked = commands.some((one) => word(one, 0) === "object" && word(one, 1) === "encoding");
  return asked && withoutListNames(ours) === withoutListNames(theirs);
}

function withoutListNames(reply: string): string {
  return reply.replace(/\$(8\r\nlistpack|9\r\nquicklist)(?=\r\n)/g, "list");
}

/** A data set of which the scores are written as 7.2 does, whichever version wrote them. */
export function canonicalDataset(version: string, dataset: Dataset): Dataset {
  if (!version.startsWith("7.0.")) return dataset;
  return new Map(
    [...dataset].map(([key, entry]) => {
      return [key, entry.type === "zset" ? { ...entry, value: canonicalNumbers(entry.value) } : entry];
    }),
  );
}

function canonicalNumbers(text: string): string {
  const number = /-?\d+(\.\d+)?(e[+-]?\d+)?/gi;
  return text.replace(/\$\d+\r\n/g, "$\r\n").replace(number, (digits) => String(Number(digits)));
}
