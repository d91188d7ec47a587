/** MEMORY: what a key takes, and where the rest goes. */

import { parseInt64, toAscii } from "../base/ascii.ts";
import { bytesToHuman } from "../base/human.ts";
import { ERR_NOT_INTEGER, ERR_SYNTAX } from "../resp/errors.ts";
import { type CommandContext } from "./context.ts";
import { type HelpEntries, writeHelp } from "./help.ts";
import { type MemoryReport } from "./server_port.ts";
import { type HandlerTable } from "./spec.ts";

const TOKEN_SAMPLES = toAscii("samples");
/** What a key takes in a dict: its hash and its ref. */
const SLOT_BYTES = 8;

/** Below this much data nothing can be said about fragmentation. */
const TOO_SMALL_BYTES = 5 * 1024 * 1024;
const PEAK_RATIO = 1.5;
const FRAGMENTATION_RATIO = 1.4;
const FRAGMENTATION_BYTES = 10 * 1024 * 1024;
const CLIENT_BYTES = 200 * 1024;

const HELP: HelpEntries = [
  ["DOCTOR", "Explain in words what is unusual about the memory in use."],
  ["MALLOC-STATS", "Show figures of the allocator."],
  ["PURGE", "Give unused memory back to the system, as far as the allocator can."],
  ["STATS", "Show where memory goes."],
  ["USAGE <key> [SAMPLES <count>]", "Show how many bytes <key> and its value take."],
];

/** `MEMORY USAGE key [SAMPLES count]`. O(1) for strings. */
function usage(c: CommandContext): void {
  for (let i = 3; i < c.argc; i += 2) {
    if (!c.is(i, TOKEN_SAMPLES) || i + 1 >= c.argc) return c.out.error(ERR_SYNTAX);
    const samples = parseInt64(c.args.buf, c.args.off[i + 1], c.args.len[i + 1]);
    if (Number.isNaN(samples)) return c.out.error(ERR_NOT_INTEGER);
    if (samples < 0) return c.out.error(ERR_SYNTAX);
  }
  const ref = c.peek(2);
  if (ref === 0) return c.out.nil();
  const slots = c.ks.entries.hasExpire(ref) ? 2 : 1;
  c.out.integer(c.ks.entries.bytesOf(ref) + slots * SLOT_BYTES);
}

/** `MEMORY STATS`. */
function stats(c: CommandContext): void {
  const report = c.server.memoryReport();
  const { out } = c;
  const integer = (name: string, value: number): void => {
    out.bulkText(name);
    out.integer(value);
  };
  const double = (name: string, value: number): void => {
    out.bulkText(name);
    out.double(String(value));
  };
  out.mapHeader(27 + report.databases.length);
  integer("peak.allocated", report.peak);
  integer("total.allocated", report.total);
  integer("startup.allocated", report.startup);
  integer("replication.backlog", 0);
  integer("clients.slaves", 0);
  integer("clients.normal", report.clients);
  integer("cluster.links", 0);
  integer("aof.buffer", report.aofBuffer);
  integer("lua.caches", 0);
  integer("functions.caches", 0);
  for (const { id, main, expires } of report.databases) {
    out.bulkText(`db.${id}`);
    out.mapHeader(3);
    integer("overhead.hashtable.main", main);
    integer("overhead.hashtable.expires", expires);
    integer("overhead.hashtable.slot-to-keys", 0);
  }
  integer("overhead.total", report.overhead);
  integer("keys.count", report.keys);
  integer("keys.bytes-per-key", report.bytesPerKey);
  integer("dataset.bytes", report.dataset);
  double("dataset.percentage", report.datasetPercent);
  double("peak.percentage", report.peakPercent);
  integer("allocator.allocated", report.allocated);
  integer("allocator.active", report.active);
  integer("allocator.resident", report.active);
  double("allocator-fragmentation.ratio", report.allocatorFragmentation);
  integer("allocator-fragmentation.bytes", report.active - report.allocated);
  double("allocator-rss.ratio", 1);
  integer("allocator-rss.bytes", 0);
  double("rss-overhead.ratio", report.rssOverhead);
  integer("rss-overhead.bytes", report.rss - report.active);
  double("fragmentation", report.fragmentation);
  integer("fragmentation.bytes", report.rss - report.total);
}

/** `MEMORY MALLOC-STATS`. */
function mallocStats(c: CommandContext): void {
  const { allocated, active, heap, rss } = c.server.memoryReport();
  c.out.verbatim(
    `arena: ${allocated} bytes in blocks, ${active} bytes held for them\n` +
      `runtime heap: ${heap} bytes in use\nresident: ${rss} bytes\n`,
  );
}

/** What is unusual about the figures, in words. */
function findings(report: MemoryReport, clients: number): string[] {
  const found: string[] = [];
  if (report.peak > report.total * PEAK_RATIO) {
    found.push(
      `Memory in use was ${bytesToHuman(report.peak)} at its peak and is ${
        bytesToHuman(report.total)
      } now: what is ` +
        "free in between may not have gone back to the system.",
    );
  }
  if (
    report.allocatorFragmentation > FRAGMENTATION_RATIO &&
    report.active - report.allocated > FRAGMENTATION_BYTES
  ) {
    found.push(
      `The arena holds ${bytesToHuman(report.active)} for ${
        bytesToHuman(report.allocated)
      } of blocks: many keys of ` +
        "other sizes were deleted. New keys will use the room; a restart gives it back.",
    );
  }
  if (clients > 0 && report.clients / clients > CLIENT_BYTES) {
    found.push(
      `Clients take ${
        bytesToHuman(Math.floor(report.clients / clients))
      } each on average: look for long pipelines or ` +
        "slow readers in CLIENT LIST (qbuf, omem).",
    );
  }
  return found;
}

/** `MEMORY DOCTOR`. */
function doctor(c: CommandContext): void {
  const report = c.server.memoryReport();
  if (report.total < TOO_SMALL_BYTES) {
    return c.out.verbatim(
      "There is too little data here to say anything about memory. Ask again with more than 5 MB.\n",
    );
  }
  const found = findings(report, c.server.sessions.size);
  if (found.length === 0) return c.out.verbatim("Nothing about the memory in use is unusual.\n");
  c.out.verbatim(found.map((text, i) => `${i + 1}. ${text}\n`).join(""));
}

/** The subcommands of MEMORY, by full name. */
export const MEMORY_COMMANDS: HandlerTable = {
  "memory|doctor": doctor,
  "memory|help": (c) => writeHelp(c, "MEMORY", HELP),
  "memory|malloc-stats": mallocStats,
  // The arena returns whole chunks by itself, the moment they are free.
  "memory|purge": (c) => c.out.ok(),
  "memory|stats": stats,
  "memory|usage": usage,
};
