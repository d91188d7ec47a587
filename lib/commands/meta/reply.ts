/**
 * Replies of COMMAND, COMMAND INFO, DOCS, LIST, GETKEYS and GETKEYSANDFLAGS.
 *
 * DESIGN. The builders walk metadata and write to whatever offers the few calls of {@link ReplyWriter}; sets and
 * maps are the writer's business (RESP2 knows only arrays). Every count is known before its elements are
 * written, so no reply has to be patched. Docs are built here, one command at a time, and dropped at once.
 */

import { docsOf } from "./docs/table.ts";
import type { KeyRef } from "./keys.ts";
import type { CommandArgument, CommandDocs, CommandMeta, KeySpec } from "./types.ts";

/** What the builders need of a RESP writer. */
export interface ReplyWriter {
  arrayHeader(length: number): void;
  mapHeader(pairs: number): void;
  setHeader(length: number): void;
  bulkText(text: string): void;
  /** A status: one line without CR and LF. */
  simple(text: string): void;
  integer(value: number): void;
  nil(): void;
}

/** COMMAND and COMMAND INFO: one entry per command, nil for a name that was not found. */
export function writeCommandInfos(out: ReplyWriter, commands: readonly (CommandMeta | undefined)[]): void {
  out.arrayHeader(commands.length);
  for (const command of commands) {
    if (command === undefined) out.nil();
    else writeCommandInfo(out, command);
  }
}

/** One entry of COMMAND INFO. */
export function writeCommandInfo(out: ReplyWriter, command: CommandMeta): void {
  out.arrayHeader(10);
  out.bulkText(command.name);
  out.integer(command.arity);
  writeStatusSet(out, command.flags);
  out.integer(command.firstKey);
  out.integer(command.lastKey);
  out.integer(command.step);
  writeStatusSet(out, command.aclCategories);
  out.setHeader(command.tips.length);
  for (const tip of command.tips) out.bulkText(tip);
  out.setHeader(command.keySpecs.length);
  for (const spec of command.keySpecs) writeKeySpec(out, spec);
  if (command.subcommands.length === 0) out.setHeader(0);
  else writeCommandInfos(out, command.subcommands);
}

function writeStatusSet(out: ReplyWriter, names: readonly string[]): void {
  out.setHeader(names.length);
  for (const name of names) out.simple(name);
}

function writeKeySpec(out: ReplyWriter, spec: KeySpec): void {
  out.mapHeader(spec.notes === undefined ? 3 : 4);
  if (spec.notes !== undefined) writeField(out, "notes", spec.notes);
  out.bulkText("flags");
  writeStatusSet(out, spec.flags);
  out.bulkText("begin_search");
  writeBeginSearch(out, spec.beginSearch);
  out.bulkText("find_keys");
  writeFindKeys(out, spec.findKeys);
}

function writeBeginSearch(out: ReplyWriter, begin: KeySpec["beginSearch"]): void {
  const fields = begin.type === "index" ? 1 : begin.type === "keyword" ? 2 : 0;
  writeSpecHead(out, begin.type, fields);
  if (begin.type === "index") {
    writeNumber(out, "index", begin.index);
  } else if (begin.type === "keyword") {
    writeField(out, "keyword", begin.keyword);
    writeNumber(out, "startfrom", begin.startFrom);
  }
}

function writeFindKeys(out: ReplyWriter, find: KeySpec["findKeys"]): void {
  writeSpecHead(out, find.type, find.type === "unknown" ? 0 : 3);
  if (find.type === "range") {
    writeNumber(out, "lastkey", find.lastKey);
    writeNumber(out, "keystep", find.step);
    writeNumber(out, "limit", find.limit);
  } else if (find.type === "keynum") {
    writeNumber(out, "keynumidx", find.keyNumIndex);
    writeNumber(out, "firstkey", find.firstKey);
    writeNumber(out, "keystep", find.step);
  }
}

function writeSpecHead(out: ReplyWriter, type: string, fields: number): void {
  out.mapHeader(2);
  writeField(out, "type", type);
  out.bulkText("spec");
  out.mapHeader(fields);
}

function writeField(out: ReplyWriter, name: string, value: string): void {
  out.bulkText(name);
  out.bulkText(value);
}

function writeNumber(out: ReplyWriter, name: string, value: number): void {
  out.bulkText(name);
  out.integer(value);
}

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

/** Decides which names COMMAND LIST shows. */
export type ListFilter = (command: CommandMeta) => boolean;

/**
 * The filter of `COMMAND LIST FILTERBY kind value`.
 *
 * @param kind `MODULE`, `ACLCAT` or `PATTERN` in any case.
 * @param value a module's name, a category without `@`, or a glob pattern.
 * @param matchesGlob whether a text matches a glob pattern, ASCII case ignored.
 * @returns undefined for another kind, which is a syntax error. A module or category that does not exist is
 * none: it has no commands.
 */
export function listFilter(
  kind: string,
  value: string,
  matchesGlob: (pattern: string, text: string) => boolean,
): ListFilter | undefined {
  switch (kind.toLowerCase()) {
    case "module":
      return () => false;
    case "aclcat": {
      const category = "@" + value.toLowerCase();
      return (command) => command.aclCategories.includes(category);
    }
    case "pattern":
      return (command) => matchesGlob(value, command.name);
  }
  return undefined;
}

/** COMMAND LIST: the full names of commands and subcommands, each judged by itself. */
export function writeCommandList(
  out: ReplyWriter,
  commands: readonly CommandMeta[],
  filter: ListFilter = () => true,
): void {
  const names: string[] = [];
  for (const command of commands) {
    if (filter(command)) names.push(command.name);
    for (const sub of command.subcommands) if (filter(sub)) names.push(sub.name);
  }
  out.arrayHeader(names.length);
  for (const name of names) out.bulkText(name);
}

/**
 * COMMAND GETKEYS, or GETKEYSANDFLAGS.
 *
 * @param writeArg writes the word at a position of the line as a bulk string, byte for byte.
 */
export function writeKeys(
  out: ReplyWriter,
  keys: readonly KeyRef[],
  withFlags: boolean,
  writeArg: (position: number) => void,
): void {
  out.arrayHeader(keys.length);
  for (const key of keys) {
    if (withFlags) out.arrayHeader(2);
    writeArg(key.position);
    if (withFlags) writeStatusSet(out, key.flags);
  }
}
