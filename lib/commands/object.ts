/**
 * OBJECT: what the server knows about a value besides its content.
 *
 * Looking does not touch: neither the LRU word nor the LFU counter changes.
 */

import { MAXMEMORY_FLAG_LFU, MAXMEMORY_FLAG_LRU } from "../config/enums.ts";
import { idleMs } from "../keyspace/lru.ts";
import { decayedLfu } from "../keyspace/lfu.ts";
import { isSharedInteger } from "../objects/encoding.ts";
import { errorReply } from "../resp/errors.ts";
import { type CommandContext } from "./context.ts";
import { type HelpEntries, writeHelp } from "./help.ts";
import { type HandlerTable } from "./spec.ts";

const ERR_NO_IDLETIME = errorReply(
  "ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between " +
    "policies at runtime LRU and LFU data will take some time to adjust.",
);
const ERR_NO_FREQ = errorReply(
  "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when " +
    "switching between policies at runtime LRU and LFU data will take some time to adjust.",
);
/** The reference count that Redis shows for an object that is never freed. */
const SHARED_REFERENCES = 2 ** 31 - 1;

const HELP: HelpEntries = [
  ["ENCODING <key>", "Show how the value of <key> is stored."],
  ["FREQ <key>", "Show the logarithmic access counter of <key>; needs an LFU maxmemory policy."],
  ["IDLETIME <key>", "Show for how many seconds <key> has not been used."],
  ["REFCOUNT <key>", "Show how often the value of <key> is referred to."],
];

/** `OBJECT ENCODING key`. O(1). */
function encoding(c: CommandContext): void {
  const ref = c.peekCounted(2);
  if (ref === 0) return c.out.nil();
  c.out.bulkText(c.ks.collections.encodingName(ref));
}

/** `OBJECT FREQ key`. O(1). */
function freq(c: CommandContext): void {
  const ref = c.peekCounted(2);
  if (ref === 0) return c.out.nil();
  if (!c.ks.lfu) return c.out.error(ERR_NO_FREQ);
  c.out.integer(decayedLfu(c.ks.entries.lru(ref), c.ks.lruClock, c.ks.lfuDecayTime));
}

/** `OBJECT IDLETIME key`. O(1). */
function idleTime(c: CommandContext): void {
  const ref = c.peekCounted(2);
  if (ref === 0) return c.out.nil();
  if (c.ks.lfu) return c.out.error(ERR_NO_IDLETIME);
  c.out.integer(Math.floor(idleMs(c.ks.entries.lru(ref), c.ks.lruClock) / 1000));
}

/** `OBJECT REFCOUNT key`: 1, but for the small integers that Redis shares. O(1). */
function refCount(c: CommandContext): void {
  const ref = c.peekCounted(2);
  if (ref === 0) return c.out.nil();
  const { maxmemory, maxmemoryPolicy } = c.server.config;
  const sharing = maxmemory === 0 || (maxmemoryPolicy & (MAXMEMORY_FLAG_LRU | MAXMEMORY_FLAG_LFU)) === 0;
  c.out.integer(sharing && isSharedInteger(c.ks.entries, ref) ? SHARED_REFERENCES : 1);
}

/** `OBJECT HELP`. */
function help(c: CommandContext): void {
  writeHelp(c, "OBJECT", HELP);
}

/** The subcommands of OBJECT, by full name. */
export const OBJECT_COMMANDS: HandlerTable = {
  "object|encoding": encoding,
  "object|freq": freq,
  "object|help": help,
  "object|idletime": idleTime,
  "object|refcount": refCount,
};
