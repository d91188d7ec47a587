/**
 * DEBUG: for tests, and for looking behind the scenes. `enable-debug-command`
 * decides who may use it; the executor asks.
 */

import { parseMemory } from "../config/numbers.ts";
import { globMatch } from "../base/glob.ts";
import { HEADER_BYTES } from "../objects/entry.ts";
import { SHA1_BYTES } from "../base/sha1.ts";
import { parseFloatPrefix, parseIntPrefix } from "./debug_numbers.ts";
import { type CommandContext } from "./context.ts";
import {
  debugListpack,
  debugObject,
  debugPopulate,
  debugQuicklist,
  debugSdsLen,
  debugTable,
  debugTableOfKey,
} from "./debug_keys.ts";
import { debugProtocol } from "./debug_protocol.ts";
import { digestDataset, digestText, digestValue } from "./digest.ts";
import { type HelpEntries, subcommandSyntaxError, writeHelp } from "./help.ts";
import { type Handler, type HandlerTable } from "./spec.ts";

/** A little below 4 GiB. */
const MAX_PACKED_THRESHOLD = (1n << 32n) - (1n << 20n);

const HELP: HelpEntries = [
  ["AOF-FLUSH-SLEEP <microseconds>", "Sleep before every write of the AOF."],
  ["CHANGE-REPL-ID", "Take a new replication ID."],
  ["CLIENT-EVICTION", "Show how clients are sorted for eviction."],
  [
    "CONFIG-REWRITE-FORCE-ALL",
    "Write all directives into the configuration file, also those at their defaults.",
  ],
  ["CRASH-AND-RECOVER, ASSERT, OOM, PANIC, SEGFAULT", "End the process at once."],
  ["DIGEST", "Show a hash of the whole data set."],
  ["DIGEST-VALUE <key> [<key> ...]", "Show a hash of each value."],
  ["ERROR <text>", "Reply an error with <text>."],
  ["HTSTATS <database>", "Show figures of a database's hash tables."],
  ["HTSTATS-KEY <key>", "Show figures of the hash table at <key>."],
  ["LISTPACK <key>", "Show figures of the listpack at <key>."],
  ["LOADAOF", "Empty the data set and load the AOF."],
  ["LOG <text>", "Write <text> to the log."],
  ["OBJECT <key>", "Show how the value of <key> is stored."],
  ["PAUSE-CRON <0|1>", "Stop (1) or continue (0) what happens periodically."],
  [
    "POPULATE <count> [<prefix>] [<size>]",
    "Make <count> keys named <prefix>:0, <prefix>:1, ... without logging them.",
  ],
  [
    "PROTOCOL <kind>",
    "Reply a value of a kind: string, integer, double, bignum, null, array, set, map,",
    "attrib, push, verbatim, true or false.",
  ],
  ["QUICKLIST <key> [<0|1>]", "Show figures of the quicklist at <key>."],
  ["RELOAD", "Save the data set as RDB and load it back."],
  [
    "REPLYBUFFER (PEAK-RESET-TIME <ms>|RESIZING <0|1>)",
    "Accepted; reply buffers here do not shrink step by step.",
  ],
  ["SDSLEN <key>", "Show lengths of key and value."],
  ["SET-ACTIVE-EXPIRE <0|1>", "Stop (0) or continue (1) looking for expired keys."],
  ["SET-SKIP-CHECKSUM-VALIDATION <0|1>", "Take (1) RDB files and payloads whose checksum is wrong."],
  ["SLEEP <seconds>", "Stop the whole server for a time; decimals allowed."],
  ["STRINGMATCH-LEN <pattern> <text>", "Tell whether a glob pattern matches."],
  ["STRUCTSIZE", "Show the sizes of some structures."],
];

/** Ends the process as if it had crashed. */
function crash(reason: string): Handler {
  return (c) => c.server.debug.crash(reason);
}

/** Accepts what has no meaning here. */
function accept(c: CommandContext): void {
  c.out.ok();
}

/** `DEBUG SLEEP seconds`: nobody is served meanwhile. */
function sleep(c: CommandContext): void {
  const seconds = parseFloatPrefix(c.text(2));
  if (seconds > 0) c.server.sleep(seconds * 1000);
  c.out.ok();
}

/** `DEBUG DIGEST-VALUE key [key …]`: 0 for a key that is not there. */
function digestValues(c: CommandContext): void {
  const { buf, off, len } = c.args;
  c.out.arrayHeader(c.argc - 2);
  for (let i = 2; i < c.argc; i++) {
    const digest = new Uint8Array(SHA1_BYTES);
    const ref = c.ks.find(c.db, buf, off[i], len[i]);
    if (ref !== 0) digestValue(c.ks, ref, digest);
    c.out.simple(digestText(digest));
  }
}

/** `DEBUG RELOAD [MERGE | NOFLUSH | NOSAVE …]`. */
function reload(c: CommandContext): void {
  const words = new Set<string>();
  for (let i = 2; i < c.argc; i++) {
    const word = c.text(i).toLowerCase();
    if (!["merge", "noflush", "nosave"].includes(word)) {
      return c.out.errorText("ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.");
    }
    words.add(word);
  }
  c.server.persistence.debugReload(c, {
    save: !words.has("nosave"),
    flush: !words.has("noflush"),
    merge: words.has("merge"),
  });
}

/** `DEBUG ERROR text`: the text as it is, its first word being the code. */
function error(c: CommandContext): void {
  c.out.errorText(c.text(2));
}

/** `DEBUG LOG text`. */
function log(c: CommandContext): void {
  c.server.log.warning(`DEBUG LOG: ${c.text(2)}`);
  c.out.ok();
}

/** `DEBUG QUICKLIST-PACKED-THRESHOLD size`: checked, without effect. */
function packedThreshold(c: CommandContext): void {
  const bytes = parseMemory(c.text(2));
  if (bytes !== undefined && bytes <= MAX_PACKED_THRESHOLD) return c.out.ok();
  c.out.errorText("ERR argument must be a memory value bigger than 1 and smaller than 4gb");
}

/** `DEBUG REPLYBUFFER PEAK-RESET-TIME time` and `REPLYBUFFER RESIZING 0|1`. */
function replyBuffer(c: CommandContext): void {
  const what = c.text(2).toLowerCase();
  if (what === "peak-reset-time") {
    const word = c.text(3).toLowerCase();
    if (word !== "never" && word !== "reset" && Number.isNaN(c.integer(3))) return;
    return c.out.ok();
  }
  if (what === "resizing") return c.out.ok();
  subcommandSyntaxError(c);
}

/** `DEBUG CONFIG-REWRITE-FORCE-ALL`. */
function rewriteAll(c: CommandContext): void {
  const failure = c.server.rewriteConfigFile(true);
  if (failure === undefined) c.out.ok();
  else c.out.errorText(failure.replace("ERR Rewriting config file", "ERR CONFIG-REWRITE-FORCE-ALL failed"));
}

/** `DEBUG STRINGMATCH-LEN pattern text`. */
function stringMatch(c: CommandContext): void {
  const { buf, off, len } = c.args;
  const matches = globMatch(buf, off[2], off[2] + len[2], buf, off[3], off[3] + len[3], false);
  c.out.integer(matches ? 1 : 0);
}

/** `DEBUG STRUCTSIZE`. */
function structSize(c: CommandContext): void {
  c.out.bulkText(`bits:64 robj:${HEADER_BYTES} dictentry:8 `);
}

/** Words as C's atoi reads them: not 0 is on. */
function isOn(c: CommandContext): boolean {
  return parseIntPrefix(c.text(2)) !== 0;
}

/** How many arguments a subcommand takes, DEBUG and its own name included, and what it does. */
interface DebugEntry {
  readonly min: number;
  readonly max: number;
  readonly run: Handler;
}

function entry(min: number, max: number, run: Handler): DebugEntry {
  return { min, max, run };
}

const ENTRIES: ReadonlyMap<string, DebugEntry> = new Map([
  [
    "aof-flush-sleep",
    entry(3, 3, (c) => {
      c.server.debug.setAofFlushSleep(Math.max(parseIntPrefix(c.text(2)), 0));
      c.out.ok();
    }),
  ],
  ["assert", entry(2, Infinity, crash("assertion failed"))],
  [
    "change-repl-id",
    entry(2, 2, (c) => {
      c.server.debug.changeReplicationId();
      c.out.ok();
    }),
  ],
  ["client-eviction", entry(2, 2, (c) => c.out.errorText("ERR maxmemory-clients is disabled."))],
  ["config-rewrite-force-all", entry(2, 2, rewriteAll)],
  ["crash-and-recover", entry(2, Infinity, crash("crash-and-recover"))],
  ["dict-resizing", entry(3, 3, accept)],
  ["digest", entry(2, 2, (c) => c.out.simple(digestText(digestDataset(c.ks))))],
  ["digest-value", entry(2, Infinity, digestValues)],
  [
    "drop-cluster-packet-filter",
    entry(3, 3, (c) => {
      if (!Number.isNaN(c.integer(2))) c.out.ok();
    }),
  ],
  ["error", entry(3, 3, error)],
  ["help", entry(2, 2, (c) => writeHelp(c, "DEBUG", HELP))],
  ["htstats", entry(3, Infinity, debugTable)],
  ["htstats-key", entry(3, Infinity, debugTableOfKey)],
  ["leak", entry(3, 3, accept)],
  ["listpack", entry(3, 3, debugListpack)],
  ["loadaof", entry(2, Infinity, (c) => c.server.persistence.debugLoadAof(c))],
  ["log", entry(3, 3, log)],
  ["object", entry(3, 3, debugObject)],
  ["oom", entry(2, Infinity, crash("out of memory"))],
  ["panic", entry(2, Infinity, crash("panic"))],
  [
    "pause-cron",
    entry(3, 3, (c) => {
      c.server.debug.pauseCron(isOn(c));
      c.out.ok();
    }),
  ],
  ["populate", entry(3, 5, debugPopulate)],
  ["protocol", entry(3, 3, debugProtocol)],
  ["quicklist", entry(3, 4, debugQuicklist)],
  ["quicklist-packed-threshold", entry(3, 3, packedThreshold)],
  ["reload", entry(2, Infinity, reload)],
  ["replicate", entry(3, Infinity, accept)],
  ["replybuffer", entry(4, 4, replyBuffer)],
  ["sdslen", entry(3, 3, debugSdsLen)],
  ["segfault", entry(2, Infinity, crash("segmentation fault"))],
  [
    "set-active-expire",
    entry(3, 3, (c) => {
      c.server.debug.setActiveExpire(isOn(c));
      c.out.ok();
    }),
  ],
  ["set-disable-deny-scripts", entry(3, 3, accept)],
  [
    "set-skip-checksum-validation",
    entry(3, 3, (c) => {
      c.server.debug.skipChecksums = isOn(c);
      c.out.ok();
    }),
  ],
  ["sleep", entry(3, 3, sleep)],
  ["stringmatch-len", entry(4, 4, stringMatch)],
  ["structsize", entry(2, 2, structSize)],
]);

/** `DEBUG subcommand …`. */
function debug(c: CommandContext): void {
  const found = ENTRIES.get(c.text(1).toLowerCase());
  if (found === undefined || c.argc < found.min || c.argc > found.max) return subcommandSyntaxError(c);
  found.run(c);
}

/** DEBUG, by name. */
export const DEBUG_COMMANDS: HandlerTable = { debug };
