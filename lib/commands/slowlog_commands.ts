/** SLOWLOG: the latest slow commands; see slowlog.ts for how they are kept. */

import { byteStringToBytes } from "../base/byte_string.ts";
import { errorReply } from "../resp/errors.ts";
import { parseInt64Big } from "../base/ascii.ts";
import { type CommandContext } from "./context.ts";
import { type HelpEntries, subcommandSyntaxError, writeHelp } from "./help.ts";
import { type HandlerTable } from "./spec.ts";

const ERR_COUNT = errorReply("ERR count should be greater than or equal to -1");
/** How many entries GET shows when it is not told. */
const DEFAULT_COUNT = 10;

const HELP: HelpEntries = [
  [
    "GET [<count>]",
    "Show the latest <count> slow commands (default: 10; -1: all). Each is shown as",
    "its number, the time in seconds, its duration in microseconds, its arguments,",
    "and the client's address and name.",
  ],
  ["LEN", "Show how many slow commands are kept."],
  ["RESET", "Forget all slow commands."],
];

/** `SLOWLOG GET [count]`. O(count). */
function get(c: CommandContext): void {
  if (c.argc > 3) return subcommandSyntaxError(c);
  const { entries } = c.server.slowlog;
  const count = wantedCount(c);
  if (count === undefined) return c.out.error(ERR_COUNT);
  const shown = entries.slice(0, count === -1 ? entries.length : count);
  c.out.arrayHeader(shown.length);
  for (const entry of shown) {
    c.out.arrayHeader(6);
    c.out.integer(entry.id);
    c.out.integer(entry.time);
    c.out.integer(entry.usec);
    c.out.arrayHeader(entry.args.length);
    for (const arg of entry.args) bulkOf(c, arg);
    bulkOf(c, entry.address);
    bulkOf(c, entry.name);
  }
}

/** The count asked for; undefined when it is none. */
function wantedCount(c: CommandContext): number | undefined {
  if (c.argc < 3) return DEFAULT_COUNT;
  const count = parseInt64Big(c.args.buf, c.args.off[2], c.args.len[2]);
  return count === undefined || count < -1n ? undefined : Number(count);
}

function bulkOf(c: CommandContext, text: string): void {
  const bytes = byteStringToBytes(text);
  c.out.bulk(bytes, 0, bytes.length);
}

/** The subcommands of SLOWLOG, by full name. */
export const SLOWLOG_COMMANDS: HandlerTable = {
  "slowlog|get": get,
  "slowlog|help": (c) => writeHelp(c, "SLOWLOG", HELP),
  "slowlog|len": (c) => c.out.integer(c.server.slowlog.entries.length),
  "slowlog|reset": (c) => {
    c.server.slowlog.reset();
    c.out.ok();
  },
};
