/**
 * Reading a configuration: lines, includes, and the block that reports an error.
 *
 * DESIGN. The reader knows the syntax; what a line means is the business of
 * the {@link ParseSink}. The first error ends the reading by an exception that
 * carries the exact text for standard error or for the log.
 *
 * ```
 * # a comment
 * port 6380
 * client-output-buffer-limit normal 0 0 0
 * requirepass "a b\x00c"
 * include /etc/vellum/conf.d/*.conf
 * ```
 */

import { splitArgs } from "../base/quoted_args.ts";
import { FLAG_MULTI } from "./directive.ts";
import { type DirectiveName, DROPPED_DIRECTIVES, lookupDirective } from "./directives.ts";
import { type ConfigIo, failureText } from "./io.ts";
import { expandPathGlob, isPathGlob } from "./path_glob.ts";
import { REDIS_VERSION } from "./version.ts";

/** Includes within includes beyond this depth are taken for a loop. */
const MAX_INCLUDE_DEPTH = 64;

/** Why a configuration cannot be used. */
export class ConfigFileError extends Error {
  /** The exact text to show: a block for standard error, or a line for the log. */
  readonly text: string;
  /** Whether `text` is a log line at level warning, and not a block for standard error. */
  readonly isLogLine: boolean;

  constructor(text: string, isLogLine: boolean) {
    super(text);
    this.name = "ConfigFileError";
    this.text = text;
    this.isLogLine = isLogLine;
  }
}

/** What becomes of the lines. Each method returns the text of an error, or undefined. */
export interface ParseSink {
  /** A directive with its arguments. */
  directive(entry: DirectiveName, args: readonly string[]): string | undefined;
  /** `rename-command`, with both arguments. */
  renameCommand(from: string, to: string): string | undefined;
  /** `user`, with a name and rules. */
  user(args: readonly string[]): string | undefined;
  /** `loadmodule`, with a path and arguments. */
  loadModule(args: readonly string[]): string | undefined;
  /** `module.name value`. */
  moduleDirective(name: string, value: string): string | undefined;
  /** The end of a text. Its error is shown without a line. */
  finish(): string | undefined;
}

/** The text of the error block; `line` counts from 1, and 0 leaves the line out. */
export function errorBlock(line: number, lineText: string, error: string): string {
  const where = line === 0 ? "" : `Reading the configuration file, at line ${line}\n>>> '${lineText}'\n`;
  return `\n*** FATAL CONFIG FILE ERROR (Redis ${REDIS_VERSION}) ***\n${where}${error}\n`;
}

/** Strips the white space that may surround a line. */
export function trimLine(line: string): string {
  return line.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
}

/**
 * Reads the text of a configuration.
 * @throws {ConfigFileError} at the first error
 */
export function parseConfig(text: string, sink: ParseSink, io: ConfigIo): void {
  parseText(text, sink, io, 0);
}

/**
 * The content of a configuration file, or of all files that match a pattern.
 * @throws {ConfigFileError} when a file cannot be read
 */
export function readConfigFiles(path: string, io: ConfigIo): string {
  const list = (directory: string): readonly string[] | undefined => {
    try {
      return io.listDirectory?.(directory);
    } catch {
      return undefined;
    }
  };
  const paths = isPathGlob(path) ? expandPathGlob(path, list) : [path];
  let text = "";
  for (const each of paths) {
    try {
      text += io.readFile(each);
    } catch (error) {
      const line = `Fatal error, can't open config file '${each}': ${failureText(error)}`;
      throw new ConfigFileError(line, true);
    }
  }
  return text;
}

/** {@link parseConfig} at some depth of includes. */
function parseText(text: string, sink: ParseSink, io: ConfigIo, depth: number): void {
  let number = 0;
  for (const rawLine of text.split("\n")) {
    number++;
    const line = trimLine(rawLine);
    if (line === "" || line.startsWith("#")) continue;
    const args = splitArgs(line);
    const error = args === null
      ? "Unbalanced quotes in configuration line"
      : args.length === 0
      ? undefined
      : parseLine(args[0].toLowerCase(), args.slice(1), sink, io, depth);
    if (error !== undefined) throw new ConfigFileError(errorBlock(number, line, error), false);
  }
  const error = sink.finish();
  if (error !== undefined) throw new ConfigFileError(errorBlock(0, "", error), false);
}

/** One line. Returns the text of an error. */
function parseLine(
  word: string,
  args: readonly string[],
  sink: ParseSink,
  io: ConfigIo,
  depth: number,
): string | undefined {
  const entry = lookupDirective(word);
  if (entry !== undefined) return parseDirective(entry, args, sink);
  if (DROPPED_DIRECTIVES.has(word) && args.length === 1) return undefined;
  if (word === "include" && args.length === 1) return include(args[0], sink, io, depth);
  if (word === "rename-command" && args.length === 2) return sink.renameCommand(args[0], args[1]);
  if (word === "user" && args.length >= 1) return sink.user(args);
  if (word === "loadmodule" && args.length >= 1) return sink.loadModule(args);
  if (word.includes(".")) {
    if (args.length === 0) return "Module config specified without value";
    return sink.moduleDirective(word, args.join(" "));
  }
  if (word === "sentinel") {
    return args.length === 0 ? undefined : "sentinel directive while not in sentinel mode";
  }
  return "Bad directive or wrong number of arguments";
}

/** Checks how many arguments there are; a lone argument of a directive that takes several may hold them all. */
function parseDirective(entry: DirectiveName, args: readonly string[], sink: ParseSink): string | undefined {
  const multi = (entry.directive.flags & FLAG_MULTI) !== 0;
  if (!multi && args.length !== 1) return "wrong number of arguments";
  if (multi && args.length === 1 && args[0] !== "") return sink.directive(entry, splitArgs(args[0]) ?? []);
  return sink.directive(entry, args);
}

/** Reads the included files in place. */
function include(path: string, sink: ParseSink, io: ConfigIo, depth: number): string | undefined {
  if (depth >= MAX_INCLUDE_DEPTH) return "Too many nested include directives";
  parseText(readConfigFiles(path, io), sink, io, depth + 1);
  return undefined;
}
