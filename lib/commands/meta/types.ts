/**
 * Shapes of command metadata: what COMMAND INFO, COMMAND DOCS and COMMAND GETKEYS tell about a command.
 *
 * DESIGN. Two halves, told apart by when they are needed. {@link CommandMeta} holds the facts that execution
 * rests on (arity, flags, key specs, ACL categories); it is plain data, built when the modules load.
 * {@link CommandDocs} holds what only people and clients' hints read; it is built by a function per command,
 * the moment someone asks. Both are found by the full name: lower case, a subcommand as `config|get`.
 *
 * Invariants: lists of names stand in the order in which Redis 7.2 prints them; positions count from the
 * command name, which is 0.
 */

/** Flags of a command in the order of COMMAND INFO. */
export const COMMAND_FLAGS = [
  "write",
  "readonly",
  "denyoom",
  "module",
  "admin",
  "pubsub",
  "noscript",
  "blocking",
  "loading",
  "stale",
  "skip_monitor",
  "skip_slowlog",
  "asking",
  "fast",
  "no_auth",
  "no_mandatory_keys",
  "no_async_loading",
  "no_multi",
  "movablekeys",
  "allow_busy",
] as const;

/** ACL categories in the order of COMMAND INFO, without the `@` they are printed with. */
export const ACL_CATEGORIES = [
  "keyspace",
  "read",
  "write",
  "set",
  "sortedset",
  "list",
  "hash",
  "string",
  "bitmap",
  "hyperloglog",
  "geo",
  "stream",
  "pubsub",
  "admin",
  "fast",
  "slow",
  "blocking",
  "dangerous",
  "connection",
  "transaction",
  "scripting",
] as const;

/** The families that commands are documented in, as COMMAND DOCS names them. */
export type CommandGroup =
  | "bitmap"
  | "connection"
  | "generic"
  | "geo"
  | "hash"
  | "hyperloglog"
  | "list"
  | "server"
  | "set"
  | "sorted-set"
  | "string"
  | "transactions";

/** How the first key of a key spec is found: at a fixed place, after a word, or only by reading the command. */
export type BeginSearch =
  | { readonly type: "index"; readonly index: number }
  | { readonly type: "keyword"; readonly keyword: string; readonly startFrom: number }
  | { readonly type: "unknown" };

/**
 * How the other keys follow from the first one.
 *
 * `range`: `lastKey` counts from the first key, or, when negative, from the end of the line (with a `limit` L
 * only the first 1/L of the rest holds keys). `keynum`: the number of keys stands `keyNumIndex` arguments
 * after the place found, the first key `firstKey` after it.
 */
export type FindKeys =
  | { readonly type: "range"; readonly lastKey: number; readonly step: number; readonly limit: number }
  | {
    readonly type: "keynum";
    readonly keyNumIndex: number;
    readonly firstKey: number;
    readonly step: number;
  }
  | { readonly type: "unknown" };

/** Where a command's keys stand and what it does to them. */
export interface KeySpec {
  /** `RO`, `RW`, `OW` or `RM`, then `access`, `update`, `insert`, `delete`, `incomplete`, `variable_flags`. */
  readonly flags: readonly string[];
  readonly beginSearch: BeginSearch;
  readonly findKeys: FindKeys;
  /** Why the flags are as they are, if that is not obvious. */
  readonly notes: string | undefined;
}

/** The facts of a command that execution rests on. */
export interface CommandMeta {
  /** Full name in lower case; a subcommand is `container|name`. */
  readonly name: string;
  readonly group: CommandGroup;
  /** Number of arguments with the name (both names of a subcommand); negative: at least that many. */
  readonly arity: number;
  /** Names out of {@link COMMAND_FLAGS}. */
  readonly flags: readonly string[];
  /** With `@`, explicit ones and those that follow from the flags. */
  readonly aclCategories: readonly string[];
  /** Position of the first key, 0 if there is none at a fixed place. */
  readonly firstKey: number;
  /** Position of the last key; negative ones count from the end of the line (-1: the last argument). */
  readonly lastKey: number;
  /** Distance between two keys, 0 if there is none. */
  readonly step: number;
  readonly keySpecs: readonly KeySpec[];
  /** Hints for clients and proxies, such as `nondeterministic_output`. */
  readonly tips: readonly string[];
  readonly subcommands: readonly CommandMeta[];
}

/** Types of arguments, as COMMAND DOCS names them. */
export type ArgumentType =
  | "string"
  | "integer"
  | "double"
  | "key"
  | "pattern"
  | "unix-time"
  | "pure-token"
  | "oneof"
  | "block";

/** One argument in the syntax of a command; `oneof` and `block` hold others. */
export interface CommandArgument {
  readonly name: string;
  readonly type: ArgumentType;
  /** What help texts show, if not the name; never set for `oneof` and `block`. */
  readonly displayText: string | undefined;
  /** Index into the key specs of the command, or -1. */
  readonly keySpecIndex: number;
  /** The word that stands before the value, or is the whole argument (`pure-token`). */
  readonly token: string | undefined;
  readonly since: string | undefined;
  readonly deprecatedSince: string | undefined;
  readonly optional: boolean;
  readonly multiple: boolean;
  /** The token comes again before every value. */
  readonly multipleToken: boolean;
  readonly arguments: readonly CommandArgument[] | undefined;
}

/** What COMMAND DOCS tells beyond the facts. */
export interface CommandDocs {
  readonly since: string;
  /** Absent for commands that no complexity describes. */
  readonly complexity: string | undefined;
  readonly summary: string;
  /** Absent, not empty, for commands without arguments. */
  readonly arguments: readonly CommandArgument[] | undefined;
  /** Pairs of version and change, oldest first; absent if there were none. */
  readonly history: readonly (readonly [version: string, change: string])[] | undefined;
  /** `deprecated`, `syscmd`. */
  readonly docFlags: readonly string[];
  readonly deprecatedSince: string | undefined;
  readonly replacedBy: string | undefined;
}

/** Docs by full command name, each built when it is asked for. */
export type DocsTable = Readonly<Record<string, () => CommandDocs>>;
