/**
 * Words in which the tables of command facts are written (`command`, `key`, `keys`, `countedKeys` …).
 *
 * DESIGN. The tables say only what cannot be derived. From the key specs follow the three numbers of the old
 * key range and the flag `movablekeys`; from the flags follow ACL categories such as `@write` and `@slow`. Lists
 * are written as one string of words, because a table of those is what a reader can compare with COMMAND INFO.
 *
 * Hundreds of commands are defined while the server starts, so defining one only keeps what was written: words
 * are split and conclusions drawn when first read, and equal words share one array.
 */

import {
  ACL_CATEGORIES,
  COMMAND_FLAGS,
  type CommandGroup,
  type CommandMeta,
  type FindKeys,
  type KeySpec,
} from "./types.ts";

/** What few commands have, see {@link CommandMeta}. */
export interface CommandExtras {
  readonly tips?: readonly string[];
  readonly subcommands?: readonly CommandMeta[];
}

/** Makes the metadata of one command; the parameters are explained at {@link defineGroup}. */
export type DefineCommand = (
  name: string,
  arity: number,
  flags: string,
  categories: string,
  keySpecs?: readonly KeySpec[],
  extras?: CommandExtras,
) => CommandMeta;

const NONE: readonly never[] = [];
const NO_EXTRAS: CommandExtras = {};
const splitWords = new Map<string, readonly string[]>([["", NONE]]);

function words(text: string): readonly string[] {
  let list = splitWords.get(text);
  if (list === undefined) splitWords.set(text, list = text.split(" "));
  return list;
}

/**
 * The defining function for one group of commands.
 *
 * Its parameters: full name; arity; flags in the order of COMMAND INFO without `movablekeys`; ACL categories
 * that do not follow from the flags, without `@`; key specs; tips and subcommands.
 */
export function defineGroup(group: CommandGroup): DefineCommand {
  return (name, arity, flags, categories, keySpecs = NONE, extras = NO_EXTRAS) =>
    new DefinedCommand(group, name, arity, flags, categories, keySpecs, extras);
}

/** A command as it was written, with all else derived on demand. */
class DefinedCommand implements CommandMeta {
  readonly group: CommandGroup;
  readonly name: string;
  readonly arity: number;
  readonly keySpecs: readonly KeySpec[];
  readonly tips: readonly string[];
  readonly subcommands: readonly CommandMeta[];
  readonly #flagWords: string;
  readonly #categoryWords: string;
  #legacyRange: LegacyRange | undefined;

  constructor(
    group: CommandGroup,
    name: string,
    arity: number,
    flagWords: string,
    categoryWords: string,
    keySpecs: readonly KeySpec[],
    extras: CommandExtras,
  ) {
    this.group = group;
    this.name = name;
    this.arity = arity;
    this.keySpecs = keySpecs;
    this.tips = extras.tips ?? NONE;
    this.subcommands = extras.subcommands ?? NONE;
    this.#flagWords = flagWords;
    this.#categoryWords = categoryWords;
    this.#legacyRange = undefined;
  }

  get flags(): readonly string[] {
    const written = words(this.#flagWords);
    if (!this.#range().movable) return written;
    return COMMAND_FLAGS.filter((flag) => flag === "movablekeys" || written.includes(flag));
  }

  get aclCategories(): readonly string[] {
    return allCategories(words(this.#flagWords), words(this.#categoryWords));
  }

  get firstKey(): number {
    return this.#range().first;
  }

  get lastKey(): number {
    return this.#range().last;
  }

  get step(): number {
    return this.#range().step;
  }

  #range(): LegacyRange {
    return this.#legacyRange ??= legacyRange(this.keySpecs);
  }
}

/** Adds the categories that flags imply, in printing order, each with its `@`. */
function allCategories(flags: readonly string[], explicit: readonly string[]): string[] {
  const all = explicit.slice();
  for (const flag of flags) {
    if (flag === "readonly") all.push("read");
    else if (flag === "admin") all.push("admin", "dangerous");
    else if (flag === "write" || flag === "pubsub" || flag === "fast" || flag === "blocking") all.push(flag);
  }
  if (!all.includes("fast")) all.push("slow");
  const printed: string[] = [];
  for (const category of ACL_CATEGORIES) if (all.includes(category)) printed.push("@" + category);
  return printed;
}

interface LegacyRange {
  readonly first: number;
  readonly last: number;
  readonly step: number;
  readonly movable: boolean;
}

/**
 * Sums key specs up as one range for clients that know no better. Only plain ranges at fixed places that follow
 * one another can be part of it; anything else makes the keys "movable": they must be asked for.
 */
function legacyRange(
  specs: readonly KeySpec[],
): { first: number; last: number; step: number; movable: boolean } {
  let first = 0, last = 0, step = 0, movable = false;
  for (const spec of specs) {
    const { beginSearch: begin, findKeys: find } = spec;
    if (begin.type !== "index" || find.type !== "range") {
      movable = true;
      continue;
    }
    const alone = specs.length === 1;
    if (!alone && (find.step !== 1 || (last !== 0 && last !== begin.index - 1))) {
      movable = true;
      continue;
    }
    if (spec.flags.includes("incomplete")) movable = true;
    const end = find.lastKey >= 0 ? begin.index + find.lastKey : find.lastKey;
    first = first === 0 ? begin.index : Math.min(first, begin.index);
    // An end that counts from the end of the line lies behind every fixed position.
    last = (last < 0) === (end < 0) ? Math.max(last, end) : Math.min(last, end);
    step = find.step;
  }
  return { first, last, step, movable };
}

/** One key at a position. */
export function key(flags: string, at = 1, notes?: string): KeySpec {
  return range(flags, at, 0, 1, notes);
}

/** Keys from a position on, to the last argument unless `last` says otherwise (-2: the last but one). */
export function keys(flags: string, at = 1, { last = -1, step = 1, notes = "" } = {}): KeySpec {
  return range(flags, at, last, step, notes === "" ? undefined : notes);
}

function range(flags: string, index: number, lastKey: number, step: number, notes?: string): KeySpec {
  const findKeys: FindKeys = { type: "range", lastKey, step, limit: 0 };
  return { flags: words(flags), beginSearch: { type: "index", index }, findKeys, notes };
}

/** Keys that follow their own number, which stands at a position (`numkeys key [key ...]`). */
export function countedKeys(flags: string, at: number): KeySpec {
  return {
    flags: words(flags),
    beginSearch: { type: "index", index: at },
    findKeys: { type: "keynum", keyNumIndex: 0, firstKey: 1, step: 1 },
    notes: undefined,
  };
}

/** One key behind a word that is searched from a position on. */
export function keyAfter(keyword: string, startFrom: number, flags: string): KeySpec {
  return {
    flags: words(flags),
    beginSearch: { type: "keyword", keyword, startFrom },
    findKeys: { type: "range", lastKey: 0, step: 1, limit: 0 },
    notes: undefined,
  };
}

/** Keys that no rule describes. */
export function unknownKeys(flags: string, notes: string): KeySpec {
  return { flags: words(flags), beginSearch: { type: "unknown" }, findKeys: { type: "unknown" }, notes };
}
