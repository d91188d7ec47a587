/**
 * Where Redis 7.0 answers differently from Redis 7.2, which is what this server follows. Used only when the
 * reference is a 7.0; each entry says what changed.
 */

import { type Command } from "./generator.ts";

interface KnownDifference {
  /** What changed between 7.0 and 7.2. */
  readonly reason: string;
  /** Whether this command's reply, or the reply to an EXEC that holds it, may differ. */
  matches(command: Command, ours: string, theirs: string): boolean;
}

const name = (command: Command) => (command[0] ?? "").toLowerCase();

export const KNOWN_DIFFERENCES_7_0: readonly KnownDifference[] = [
  {
    reason:
      "7.2 gives OBJECT ENCODING listpack where 7.0 gives quicklist for small lists, and listpack for small " +
      "sets where 7.0 has a hashtable",
    matches: (command) => name(command) === "object" && (command[1] ?? "").toLowerCase() === "encoding",
  },
];

/** Whether a difference from a reference of this version is known. */
export function isKnownDifference(version: string, command: Command, ours: string, theirs: string): boolean {
  if (!version.startsWith("7.0.")) return false;
  return KNOWN_DIFFERENCES_7_0.some((known) => known.matches(command, ours, theirs));
}
