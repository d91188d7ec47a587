/**
 * Commands that work on keys of any type: life time, names, iteration, introspection.
 *
 * What COMMAND DOCS tells of each, in the words of syntax.ts.
 */

import {
  after,
  block,
  docs,
  int,
  key,
  many,
  manyTokens,
  oneof,
  opt,
  pattern,
  shown,
  since,
  str,
  unixTime,
  word,
} from "./syntax.ts";
import type { DocsTable } from "../types.ts";

/** Docs of the group "generic" by full name. */
export const GENERIC_DOCS: DocsTable = {
  copy: () =>
    docs(
      "6.2.0",
      "O(1) for a string; O(N) for a collection of N elements",
      "Copy a key and its value to another name or database.",
      [key("source"), key("destination", 1), opt(int("destination-db", "DB")), opt(word("REPLACE"))],
    ),
  del: () =>
    docs(
      "1.0.0",
      "O(N) for N keys; a collection adds the number of its elements",
      "Remove keys together with their values.",
      [many(key())],
    ),
  dump: () =>
    docs(
      "2.6.0",
      "O(N*M), N being the objects in the value and M their mean size; O(1) for a small string",
      "Serialize the value of a key for RESTORE.",
      [key()],
    ),
  exists: () =>
    docs("1.0.0", "O(N), N being the keys given", "Count how many of the given keys exist.", [many(key())], {
      history: [["3.0.3", "More than one `key`."]],
    }),
  expire: () =>
    docs("1.0.0", "O(1)", "Let a key expire after a number of seconds.", [
      key(),
      int("seconds"),
      opt(since("7.0.0", oneof("condition", "NX", "XX", "GT", "LT"))),
    ], { history: [["7.0.0", "Conditions `NX`, `XX`, `GT` and `LT`."]] }),
  expireat: () =>
    docs("1.2.0", "O(1)", "Let a key expire at a Unix time in seconds.", [
      key(),
      unixTime("unix-time-seconds"),
      opt(since("7.0.0", oneof("condition", "NX", "XX", "GT", "LT"))),
    ], { history: [["7.0.0", "Conditions `NX`, `XX`, `GT` and `LT`."]] }),
  expiretime: () => docs("7.0.0", "O(1)", "Tell at which Unix time in seconds a key expires.", [key()]),
  keys: () =>
    docs("1.0.0", "O(N), N being the keys in the database", "List every key name that matches a pattern.", [
      pattern("pattern"),
    ]),
  move: () => docs("1.0.0", "O(1)", "Take a key from this database to another.", [key(), int("db")]),
  object: () => docs("2.2.3", "As the subcommand says", "Look inside the value of a key."),
  "object|encoding": () => docs("2.2.3", "O(1)", "Tell how a value is represented in memory.", [key()]),
  "object|freq": () =>
    docs("4.0.0", "O(1)", "Tell the logarithmic access counter that LFU eviction keeps for a key.", [key()]),
  "object|help": () => docs("6.2.0", "O(1)", "List the subcommands of OBJECT."),
  "object|idletime": () =>
    docs("2.2.3", "O(1)", "Tell for how many seconds a key has not been accessed.", [key()]),
  "object|refcount": () => docs("2.2.3", "O(1)", "Tell how many references a value has.", [key()]),
  persist: () => docs("2.2.0", "O(1)", "Drop the expiry of a key so that it stays.", [key()]),
  pexpire: () =>
    docs("2.6.0", "O(1)", "Let a key expire after a number of milliseconds.", [
      key(),
      int("milliseconds"),
      opt(since("7.0.0", oneof("condition", "NX", "XX", "GT", "LT"))),
    ], { history: [["7.0.0", "Conditions `NX`, `XX`, `GT` and `LT`."]] }),
  pexpireat: () =>
    docs("2.6.0", "O(1)", "Let a key expire at a Unix time in milliseconds.", [
      key(),
      unixTime("unix-time-milliseconds"),
      opt(since("7.0.0", oneof("condition", "NX", "XX", "GT", "LT"))),
    ], { history: [["7.0.0", "Conditions `NX`, `XX`, `GT` and `LT`."]] }),
  pexpiretime: () => docs("7.0.0", "O(1)", "Tell at which Unix time in milliseconds a key expires.", [key()]),
  pttl: () =>
    docs("2.6.0", "O(1)", "Tell how many milliseconds a key has left.", [key()], {
      history: [["2.8.0", "-2 stands for a missing key."]],
    }),
  randomkey: () => docs("1.0.0", "O(1)", "Pick any key name from this database."),
  rename: () =>
    docs("1.0.0", "O(1)", "Give a key another name, replacing what had that name.", [
      key(),
      key("newkey", 1),
    ]),
  renamenx: () =>
    docs("1.0.0", "O(1)", "Give a key another name unless that name is taken.", [key(), key("newkey", 1)], {
      history: [["3.2.0", "Equal names are no error any more."]],
    }),
  restore: () =>
    docs(
      "2.6.0",
      "O(N*M), N being the objects in the value and M their mean size; a sorted set adds a factor log(N)",
      "Create a key from what DUMP returned.",
      [
        key(),
        int("ttl"),
        str("serialized-value"),
        opt(since("3.0.0", word("REPLACE"))),
        opt(since("5.0.0", word("ABSTTL"))),
        opt(since("5.0.0", int("seconds", "IDLETIME"))),
        opt(since("5.0.0", int("frequency", "FREQ"))),
      ],
      {
        history: [["3.0.0", "Modifier `REPLACE`."], ["5.0.0", "Modifier `ABSTTL`."], [
          "5.0.0",
          "Options `IDLETIME` and `FREQ`.",
        ]],
      },
    ),
  scan: () =>
    docs(
      "2.8.0",
      "O(1) a call, O(N) for the whole walk over N keys",
      "Walk over the key names step by step with a cursor.",
      [
        int("cursor"),
        opt(pattern("pattern", "MATCH")),
        opt(int("count", "COUNT")),
        opt(since("6.0.0", str("type", "TYPE"))),
      ],
      { history: [["6.0.0", "Filter `TYPE`."]] },
    ),
  sort: () =>
    docs(
      "1.0.0",
      "O(N+M*log(M)), N being the elements and M those returned; O(N) with BY nosort",
      "Sort the elements of a list, set or sorted set, and reply with them or store them.",
      [
        key(),
        opt(shown("pattern", pattern("by-pattern", "BY", 1))),
        opt(after("LIMIT", block("limit", int("offset"), int("count")))),
        opt(manyTokens(shown("pattern", pattern("get-pattern", "GET", 1)))),
        opt(oneof("order", "ASC", "DESC")),
        opt(word("ALPHA", "sorting")),
        opt(key("destination", 2, "STORE")),
      ],
    ),
  sort_ro: () =>
    docs(
      "7.0.0",
      "O(N+M*log(M)), N being the elements and M those returned; O(N) with BY nosort",
      "Sort the elements of a list, set or sorted set without any write.",
      [
        key(),
        opt(shown("pattern", pattern("by-pattern", "BY", 1))),
        opt(after("LIMIT", block("limit", int("offset"), int("count")))),
        opt(manyTokens(shown("pattern", pattern("get-pattern", "GET", 1)))),
        opt(oneof("order", "ASC", "DESC")),
        opt(word("ALPHA", "sorting")),
      ],
    ),
  touch: () =>
    docs(
      "3.2.1",
      "O(N), N being the keys given",
      "Refresh the access time of keys and count those that exist.",
      [many(key())],
    ),
  ttl: () =>
    docs("1.0.0", "O(1)", "Tell how many seconds a key has left.", [key()], {
      history: [["2.8.0", "-2 stands for a missing key."]],
    }),
  type: () => docs("1.0.0", "O(1)", "Tell the type of the value at a key.", [key()]),
  unlink: () =>
    docs(
      "4.0.0",
      "O(1) a key; freeing costs O(N) for N allocations, apart from the reply",
      "Remove keys at once and free their memory later.",
      [many(key())],
    ),
  wait: () =>
    docs("3.0.0", "O(1)", "Wait until replicas have received the writes this connection made so far.", [
      int("numreplicas"),
      int("timeout"),
    ]),
  waitaof: () =>
    docs(
      "7.2.0",
      "O(1)",
      "Wait until the writes this connection made so far are synced to the append-only file, here or on replicas.",
      [int("numlocal"), int("numreplicas"), int("timeout")],
    ),
};
