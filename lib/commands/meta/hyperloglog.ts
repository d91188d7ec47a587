/**
 * HyperLogLog commands: counting different elements approximately.
 *
 * The facts of each, in the words of define.ts.
 */

import { defineGroup, key, keys } from "./define.ts";
import type { CommandMeta } from "./types.ts";

const command = defineGroup("hyperloglog");

/** The group "hyperloglog" in alphabetical order. */
export const HYPERLOGLOG_COMMANDS: readonly CommandMeta[] = [
  command("pfadd", -2, "write denyoom fast", "hyperloglog", [key("RW insert")]),
  command("pfcount", -2, "readonly", "hyperloglog", [
    keys("RW access", 1, { notes: "may store the estimate it computes" }),
  ]),
  command("pfdebug", 3, "write denyoom admin", "hyperloglog", [key("RW access", 2)]),
  command("pfmerge", -2, "write denyoom", "hyperloglog", [key("RW access insert"), keys("RO access", 2)]),
  command("pfselftest", 1, "admin", "hyperloglog"),
];
