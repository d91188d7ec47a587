/**
 * COMMAND: what commands there are, what they take, and which of a line's
 * arguments are keys. The facts and the replies are those of lib/commands/meta.
 */

import { byteStringToBytes } from "../base/byte_string.ts";
import { globMatch } from "../base/glob.ts";
import { ERR_SYNTAX } from "../resp/errors.ts";
import { type CommandContext } from "./context.ts";
import { type HelpEntries, writeHelp } from "./help.ts";
import { getKeysOfLine } from "./meta/keys.ts";
import { type ListFilter, listFilter, writeCommandInfos, writeCommandList, writeKeys } from "./meta/reply.ts";
import { type CommandMeta } from "./meta/types.ts";
import { type HandlerTable } from "./spec.ts";

const HELP: HelpEntries = [
  ["(no subcommand)", "Show the facts of all commands."],
  ["COUNT", "Show how many commands there are."],
  ["DOCS [<command> ...]", "Show the documentation of the named commands, or of all."],
  ["GETKEYS <command line>", "Show which words of a whole command line are keys."],
  ["GETKEYSANDFLAGS <command line>", "Show the same, with what the command does to each key."],
  ["INFO [<command> ...]", "Show the facts of the named commands, or of all."],
  [
    "LIST [FILTERBY (MODULE <module>|ACLCAT <category>|PATTERN <pattern>)]",
    "Show the names of all commands, or of those that the filter lets pass.",
  ],
];

/** `COMMAND`, and `COMMAND INFO [name …]`: nil for a name that is none. */
function info(c: CommandContext): void {
  const { directory } = c.server.commands;
  if (c.argc <= 2) return writeCommandInfos(c.out, directory.commands);
  const found: (CommandMeta | undefined)[] = [];
  for (let i = 2; i < c.argc; i++) found.push(directory.get(c.text(i)));
  writeCommandInfos(c.out, found);
}

/** `COMMAND COUNT`. */
function count(c: CommandContext): void {
  c.out.integer(c.server.commands.directory.commands.length);
}

/** `COMMAND LIST [FILTERBY kind value]`. */
function list(c: CommandContext): void {
  const { directory } = c.server.commands;
  if (c.argc === 2) return writeCommandList(c.out, directory.commands);
  let filter: ListFilter | undefined;
  if (c.argc === 5 && c.text(2).toLowerCase() === "filterby") {
    filter = listFilter(c.text(3), c.text(4), matchesGlob);
  }
  if (filter === undefined) return c.out.error(ERR_SYNTAX);
  writeCommandList(c.out, directory.commands, filter);
}

function matchesGlob(pattern: string, text: string): boolean {
  const glob = byteStringToBytes(pattern);
  const bytes = byteStringToBytes(text);
  return globMatch(glob, 0, glob.length, bytes, 0, bytes.length, true);
}

/** `COMMAND GETKEYS command-line`, and `COMMAND GETKEYSANDFLAGS`. */
function keys(c: CommandContext, withFlags: boolean): void {
  const line = {
    length: c.argc - 2,
    at: (position: number): string | undefined => position < c.argc - 2 ? c.text(position + 2) : undefined,
  };
  const found = getKeysOfLine(c.server.commands.directory, line);
  if (typeof found === "string") return c.out.errorText(found);
  const { buf, off, len } = c.args;
  writeKeys(c.out, found, withFlags, (position) => c.out.bulk(buf, off[position + 2], len[position + 2]));
}

/** COMMAND and its subcommands, by full name; DOCS is a late command. */
export const COMMAND_COMMANDS: HandlerTable = {
  command: info,
  "command|count": count,
  "command|getkeys": (c) => keys(c, false),
  "command|getkeysandflags": (c) => keys(c, true),
  "command|help": (c) => writeHelp(c, "COMMAND", HELP),
  "command|info": info,
  "command|list": list,
};
