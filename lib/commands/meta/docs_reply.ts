/**
 * Replies of COMMAND DOCS.
 *
 * DESIGN. As in reply.ts every count is known before its elements are written. Docs are built here, one command at
 * a time, and dropped at once.
 */

import { docsOf } from "./docs/table.ts";
import { type ReplyWriter, writeField, writeNumber, writeStatusSet } from "./reply.ts";
import type { CommandArgument, CommandDocs, CommandMeta } from "./types.ts";

/** COMMAND DOCS: a map from full name to docs. */
export function writeCommandDocs(out: ReplyWriter, commands: readonly CommandMeta[]): void {
  out.mapHeader(commands.length);
  for (const command of commands) {
    out.bulkText(command.name);
    writeDocs(out, command, docsOf(command.group, command.name));
  }
}

function writeDocs(out: ReplyWriter, command: CommandMeta, docs: CommandDocs): void {
  let fields = 3;
  if (docs.complexity !== undefined) fields++;
  if (docs.docFlags.length > 0) fields++;
  if (docs.deprecatedSince !== undefined) fields++;
  if (docs.replacedBy !== undefined) fields++;
  if (docs.history !== undefined) fields++;
  if (docs.arguments !== undefined) fields++;
  if (command.subcommands.length > 0) fields++;
  out.mapHeader(fields);
  writeField(out, "summary", docs.summary);
  writeField(out, "since", docs.since);
  writeField(out, "group", command.group);
  if (docs.complexity !== undefined) writeField(out, "complexity", docs.complexity);
  if (docs.docFlags.length > 0) {
    out.bulkText("doc_flags");
    writeStatusSet(out, docs.docFlags);
  }
  if (docs.deprecatedSince !== undefined) writeField(out, "deprecated_since", docs.deprecatedSince);
  if (docs.replacedBy !== undefined) writeField(out, "replaced_by", docs.replacedBy);
  if (docs.history !== undefined) writeHistory(out, docs.history);
  if (docs.arguments !== undefined) writeArguments(out, docs.arguments);
  if (command.subcommands.length > 0) {
    out.bulkText("subcommands");
    writeCommandDocs(out, command.subcommands);
  }
}

function writeHistory(out: ReplyWriter, history: NonNullable<CommandDocs["history"]>): void {
  out.bulkText("history");
  out.setHeader(history.length);
  for (const [version, change] of history) {
    out.arrayHeader(2);
    writeField(out, version, change);
  }
}

function writeArguments(out: ReplyWriter, args: readonly CommandArgument[]): void {
  out.bulkText("arguments");
  out.arrayHeader(args.length);
  for (const arg of args) writeArgument(out, arg);
}

function writeArgument(out: ReplyWriter, arg: CommandArgument): void {
  const flags: string[] = [];
  if (arg.optional) flags.push("optional");
  if (arg.multiple) flags.push("multiple");
  if (arg.multipleToken) flags.push("multiple_token");
  // Name, type, and either what is shown for it or the arguments inside it.
  let fields = 3;
  if (arg.keySpecIndex >= 0) fields++;
  if (arg.token !== undefined) fields++;
  if (arg.since !== undefined) fields++;
  if (arg.deprecatedSince !== undefined) fields++;
  if (flags.length > 0) fields++;
  out.mapHeader(fields);
  writeField(out, "name", arg.name);
  writeField(out, "type", arg.type);
  if (arg.arguments === undefined) writeField(out, "display_text", arg.displayText ?? arg.name);
  if (arg.keySpecIndex >= 0) writeNumber(out, "key_spec_index", arg.keySpecIndex);
  if (arg.token !== undefined) writeField(out, "token", arg.token);
  if (arg.since !== undefined) writeField(out, "since", arg.since);
  if (arg.deprecatedSince !== undefined) writeField(out, "deprecated_since", arg.deprecatedSince);
  if (flags.length > 0) {
    out.bulkText("flags");
    writeStatusSet(out, flags);
  }
  if (arg.arguments !== undefined) writeArguments(out, arg.arguments);
}
