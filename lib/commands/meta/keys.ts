/**
 * Which arguments of a command line are keys, and what the command does to them: COMMAND GETKEYS and
 * GETKEYSANDFLAGS.
 *
 * DESIGN. Key specs answer for nearly all commands. A function per command answers where they cannot: when the
 * access depends on options (SET, BITFIELD), when keys stand where no spec reaches (SORT), or when the line does
 * not fit the specs, in which case Redis reads it less strictly before it gives up. Nothing here is hot: words
 * are strings.
 *
 * Units: positions count from the command name, which is 0.
 */

import type { CommandDirectory, CommandLine } from "./table.ts";
import type { CommandMeta, KeySpec } from "./types.ts";

/** The line's first word is no command. */
export const GETKEYS_UNKNOWN_COMMAND = "ERR Invalid command specified";
/** The command never has keys. */
export const GETKEYS_NO_KEYS = "ERR The command has no key arguments";
/** The line is too short or too long for the command. */
export const GETKEYS_ARITY = "ERR Invalid number of arguments specified for command";
/** The line has no keys where its command must have some. */
export const GETKEYS_INVALID = "ERR Invalid arguments specified for command";

/** One key of a command line. */
export interface KeyRef {
  readonly position: number;
  /** As in {@link KeySpec}; empty where only the position is known. */
  readonly flags: readonly string[];
}

type FindKeyRefs = (line: CommandLine) => KeyRef[];

const SPECIAL: Readonly<Record<string, FindKeyRefs>> = {
  set: setKeys,
  bitfield: bitfieldKeys,
  sort: sortKeys,
  sort_ro: () => [{ position: 1, flags: ["RO", "access"] }],
  sintercard: (line) => countedKeys(line, 1, 0),
  lmpop: (line) => countedKeys(line, 1, 0),
  blmpop: (line) => countedKeys(line, 2, 0),
  zunion: (line) => countedKeys(line, 1, 0),
  zinter: (line) => countedKeys(line, 1, 0),
  zintercard: (line) => countedKeys(line, 1, 0),
  zdiff: (line) => countedKeys(line, 1, 0),
  zmpop: (line) => countedKeys(line, 1, 0),
  bzmpop: (line) => countedKeys(line, 2, 0),
  zunionstore: (line) => countedKeys(line, 2, 1),
  zinterstore: (line) => countedKeys(line, 2, 1),
  zdiffstore: (line) => countedKeys(line, 2, 1),
  georadius: georadiusKeys,
  georadiusbymember: georadiusKeys,
};

/**
 * The keys of a line for COMMAND GETKEYS, its checks included.
 *
 * @param line the command line from the command's name on.
 * @returns the keys, or the text of the error to reply.
 */
export function getKeysOfLine(directory: CommandDirectory, line: CommandLine): KeyRef[] | string {
  const meta = directory.resolve(line);
  if (meta === undefined) return GETKEYS_UNKNOWN_COMMAND;
  if (meta.keySpecs.length === 0) return GETKEYS_NO_KEYS;
  if (!arityFits(meta, line.length)) return GETKEYS_ARITY;
  const keys = getKeys(meta, line);
  return keys.length > 0 || meta.flags.includes("no_mandatory_keys") ? keys : GETKEYS_INVALID;
}

/** Whether a line of so many words, the command's name included, has the right length. */
export function arityFits(meta: CommandMeta, length: number): boolean {
  return meta.arity >= 0 ? length === meta.arity : length >= -meta.arity;
}

/**
 * The keys of a line whose arity fits, in the order of the command's key specs.
 *
 * @returns nothing if there are none or if the line makes no sense.
 */
export function getKeys(meta: CommandMeta, line: CommandLine): KeyRef[] {
  const variable = meta.keySpecs.some((spec) => spec.flags.includes("variable_flags"));
  const keys = variable ? undefined : keysBySpecs(meta.keySpecs, line);
  if (keys !== undefined) return keys;
  return Object.hasOwn(SPECIAL, meta.name) ? SPECIAL[meta.name](line) : [];
}

/** Applies all specs; undefined if one of them does not describe the line. */
function keysBySpecs(specs: readonly KeySpec[], line: CommandLine): KeyRef[] | undefined {
  const keys: KeyRef[] = [];
  for (const spec of specs) {
    const { beginSearch: begin, findKeys: find, flags } = spec;
    if (begin.type === "unknown" || find.type === "unknown") return undefined;
    let first = begin.type === "index" ? begin.index : afterKeyword(line, begin.keyword, begin.startFrom);
    if (first === 0) continue;
    let last: number;
    if (find.type === "keynum") {
      const count = parseCount(line.at(first + find.keyNumIndex) ?? "");
      if (count === undefined) return undefined;
      first += find.firstKey;
      last = first + count - 1;
    } else if (find.lastKey >= 0) {
      last = first + find.lastKey;
    } else if (find.limit === 0) {
      last = line.length + find.lastKey;
    } else {
      last = first + Math.trunc((line.length - first) / find.limit) + find.lastKey;
    }
    if (last >= line.length || last < first) return undefined;
    for (let position = first; position <= last; position += find.step) keys.push({ position, flags });
    if (flags.includes("incomplete")) return undefined;
  }
  return keys;
}

/** Position behind a keyword, 0 if it is not there; a negative start searches backwards from the end. */
function afterKeyword(line: CommandLine, keyword: string, startFrom: number): number {
  const wanted = keyword.toLowerCase();
  const start = startFrom > 0 ? startFrom : line.length + startFrom;
  // The word at the far end cannot be followed by a key, nor is the command's name a keyword.
  const end = startFrom > 0 ? line.length - 1 : 1;
  const step = start <= end ? 1 : -1;
  for (let i = start; i !== end && i >= 1 && i < line.length; i += step) {
    if (lower(line, i) === wanted) return i + 1;
  }
  return 0;
}

/** A number of keys: an int64 in its only spelling, not negative, cut to 32 bits as Redis does. */
function parseCount(text: string): number | undefined {
  if (!/^(0|[1-9][0-9]{0,18})$/.test(text)) return undefined;
  const count = BigInt(text);
  return count > 0x7fff_ffff_ffff_ffffn ? undefined : Number(BigInt.asIntN(32, count));
}

/** The loose reading of `[destination] numkeys key [key ...]`: digits may be followed by anything. */
function countedKeys(line: CommandLine, countAt: number, destinationAt: number): KeyRef[] {
  const count = Number.parseInt(line.at(countAt) ?? "", 10);
  if (!(count >= 1 && count <= line.length - countAt - 1)) return [];
  const keys: KeyRef[] = [];
  for (let i = 1; i <= count; i++) keys.push({ position: countAt + i, flags: [] });
  if (destinationAt > 0) keys.push({ position: destinationAt, flags: [] });
  return keys;
}

/** SET reads the old value only with GET. */
function setKeys(line: CommandLine): KeyRef[] {
  for (let i = 3; i < line.length; i++) {
    if (lower(line, i) === "get") return [{ position: 1, flags: ["RW", "access", "update"] }];
  }
  return [{ position: 1, flags: ["OW", "update"] }];
}

/** BITFIELD with nothing but GET writes nothing; what it cannot read counts as a write. */
function bitfieldKeys(line: CommandLine): KeyRef[] {
  let readOnly = true;
  for (let i = 2; i < line.length && readOnly; i++) {
    const option = lower(line, i);
    const rest = line.length - i - 1;
    if (option === "get" && rest >= 2) i += 2;
    else if (option === "overflow" && rest >= 1) i += 1;
    else readOnly = false;
  }
  return [{ position: 1, flags: readOnly ? ["RO", "access"] : ["RW", "access", "update"] }];
}

/** SORT: the key, and the destination of the last STORE. */
function sortKeys(line: CommandLine): KeyRef[] {
  let destination = 0;
  for (let i = 2; i < line.length; i++) {
    const option = lower(line, i);
    if (option === "limit") i += 2;
    else if (option === "get" || option === "by") i += 1;
    else if (option === "store" && i + 1 < line.length) destination = i + 1;
  }
  const keys: KeyRef[] = [{ position: 1, flags: ["RO", "access"] }];
  if (destination > 0) keys.push({ position: destination, flags: ["OW", "update"] });
  return keys;
}

/** GEORADIUS: the key, and the destination of the last STORE or STOREDIST. */
function georadiusKeys(line: CommandLine): KeyRef[] {
  let destination = 0;
  for (let i = 5; i < line.length; i++) {
    const option = lower(line, i);
    if ((option === "store" || option === "storedist") && i + 1 < line.length) destination = ++i;
  }
  const keys: KeyRef[] = [{ position: 1, flags: [] }];
  if (destination > 0) keys.push({ position: destination, flags: [] });
  return keys;
}

function lower(line: CommandLine, position: number): string {
  return (line.at(position) ?? "").toLowerCase();
}
