/**
 * Transaction commands: MULTI to EXEC, and the WATCH they may depend on.
 *
 * The facts of each, in the words of define.ts.
 */

import { defineGroup, keys } from "./define.ts";
import type { CommandMeta } from "./types.ts";

const command = defineGroup("transactions");

/** The group "transactions" in alphabetical order. */
export const TRANSACTIONS_COMMANDS: readonly CommandMeta[] = [
  command("discard", 1, "noscript loading stale fast allow_busy", "transaction"),
  command("exec", 1, "noscript loading stale skip_slowlog", "transaction"),
  command("multi", 1, "noscript loading stale fast allow_busy", "transaction"),
  command("unwatch", 1, "noscript loading stale fast allow_busy", "transaction"),
  command("watch", -2, "noscript loading stale fast allow_busy", "transaction", [keys("RO")]),
];
