/**
 * Where Redis 7.0 differs from Redis 7.2, which is what this server follows. Used only when the reference is a 7.0.
 *
 * A command whose effect differs is not sent at all, because what follows would differ too; a command that only
 * answers differently is sent, and its reply not compared.
 */

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
];

const NOT_COMPARED: readonly KnownDifference[] = [
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
