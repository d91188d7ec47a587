/**
 * Replies of COMMAND, COMMAND INFO, LIST, GETKEYS and GETKEYSANDFLAGS.
 *
 * DESIGN. The builders walk metadata and write to whatever offers the few calls of {@link ReplyWriter}; sets and
 * maps are the writer's business (RESP2 knows only arrays). Every count is known before its elements are
 * written, so no reply has to be patched. COMMAND DOCS is in docs_reply.ts.
 */

import type { KeyRef } from "./keys.ts";
import type { CommandMeta, KeySpec } from "./types.ts";

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

/** A set of statuses. */
export function writeStatusSet(out: ReplyWriter, names: readonly string[]): void {
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

/** A pair of a map: a name and a text. */
export function writeField(out: ReplyWriter, name: string, value: string): void {
  out.bulkText(name);
  out.bulkText(value);
}

/** A pair of a map: a name and a number. */
export function writeNumber(out: ReplyWriter, name: string, value: number): void {
  out.bulkText(name);
  out.integer(value);
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
