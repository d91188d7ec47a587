/**
 * Words in which the documentation of commands is written: `docs(…)` for a command, and for its syntax
 * arguments (`key`, `str`, `int` …) wrapped in what modifies them (`opt`, `many`, `since` …).
 *
 * DESIGN. `SET key value [NX | XX]` becomes `key(), str("value"), opt(oneof("condition", "NX", "XX"))`: one call
 * per element of the syntax line, in its order. A modifier changes the argument it is given and returns it,
 * which is safe because every call of a table's function makes all its arguments anew.
 */

import type { ArgumentType, CommandArgument, CommandDocs } from "../types.ts";

/** What few commands have, see {@link CommandDocs}. */
export type DocsExtras = Partial<
  Pick<CommandDocs, "history" | "docFlags" | "deprecatedSince" | "replacedBy">
>;

const NO_FLAGS: readonly string[] = [];

/** Docs of one command: version, complexity ("" for none), summary, syntax, and whatever else there is. */
export function docs(
  since: string,
  complexity: string,
  summary: string,
  args: readonly CommandArgument[] = [],
  extras: DocsExtras = {},
): CommandDocs {
  return {
    since,
    complexity: complexity === "" ? undefined : complexity,
    summary,
    arguments: args.length === 0 ? undefined : args,
    history: extras.history,
    docFlags: extras.docFlags ?? NO_FLAGS,
    deprecatedSince: extras.deprecatedSince,
    replacedBy: extras.replacedBy,
  };
}

/** Extras of a command that another one has replaced. */
export function replaced(deprecatedSince: string, replacedBy: string, extras: DocsExtras = {}): DocsExtras {
  return { docFlags: ["deprecated"], deprecatedSince, replacedBy, ...extras };
}

type Draft = { -readonly [K in keyof CommandArgument]: CommandArgument[K] };

function draft(type: ArgumentType, name: string, token?: string): Draft {
  return {
    name,
    type,
    displayText: undefined,
    keySpecIndex: -1,
    token,
    since: undefined,
    deprecatedSince: undefined,
    optional: false,
    multiple: false,
    multipleToken: false,
    arguments: undefined,
  };
}

/** A key, described by the key spec of that index. */
export function key(name = "key", keySpecIndex = 0, token?: string): Draft {
  const arg = draft("key", name, token);
  arg.keySpecIndex = keySpecIndex;
  return arg;
}

/** A byte string, after a token if one is given. */
export function str(name: string, token?: string): Draft {
  return draft("string", name, token);
}

/** An integer, after a token if one is given. */
export function int(name: string, token?: string): Draft {
  return draft("integer", name, token);
}

/** A floating point number, after a token if one is given. */
export function double(name: string, token?: string): Draft {
  return draft("double", name, token);
}

/** A glob pattern, after a token if one is given; `keySpecIndex` if it leads to keys. */
export function pattern(name: string, token?: string, keySpecIndex = -1): Draft {
  const arg = draft("pattern", name, token);
  arg.keySpecIndex = keySpecIndex;
  return arg;
}

/** A Unix time, after a token if one is given. */
export function unixTime(name: string, token?: string): Draft {
  return draft("unix-time", name, token);
}

/** A word that is the whole argument. */
export function word(token: string, name: string = token.toLowerCase()): Draft {
  return draft("pure-token", name, token);
}

/** One of several alternatives; a string stands for a {@link word}. */
export function oneof(name: string, ...choices: (CommandArgument | string)[]): Draft {
  return parent("oneof", name, choices);
}

/** Several arguments that come together; a string stands for a {@link word}. */
export function block(name: string, ...parts: (CommandArgument | string)[]): Draft {
  return parent("block", name, parts);
}

function parent(type: ArgumentType, name: string, children: (CommandArgument | string)[]): Draft {
  const arg = draft(type, name);
  arg.arguments = children.map((child) => typeof child === "string" ? word(child) : child);
  return arg;
}

/** Puts a token before an alternative or a block. */
export function after(token: string, arg: Draft): Draft {
  arg.token = token;
  return arg;
}

/** Makes an argument optional. */
export function opt(arg: Draft): Draft {
  arg.optional = true;
  return arg;
}

/** Lets an argument be given more than once. */
export function many(arg: Draft): Draft {
  arg.multiple = true;
  return arg;
}

/** Lets an argument be given more than once, its token before every value. */
export function manyTokens(arg: Draft): Draft {
  arg.multiple = true;
  arg.multipleToken = true;
  return arg;
}

/** Says with which version an argument came. */
export function since(version: string, arg: Draft): Draft {
  arg.since = version;
  return arg;
}

/** Says with which version an argument went out of favour. */
export function deprecated(version: string, arg: Draft): Draft {
  arg.deprecatedSince = version;
  return arg;
}

/** Says what help texts call an argument, where its name is too technical. */
export function shown(displayText: string, arg: Draft): Draft {
  arg.displayText = displayText;
  return arg;
}
