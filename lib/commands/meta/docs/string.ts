/**
 * String commands: byte strings and the numbers they can hold.
 *
 * What COMMAND DOCS tells of each, in the words of syntax.ts.
 */

import {
  block,
  docs,
  double,
  int,
  key,
  many,
  oneof,
  opt,
  replaced,
  since,
  str,
  unixTime,
  word,
} from "./syntax.ts";
import type { DocsTable } from "../types.ts";

/** Docs of the group "string" by full name. */
export const STRING_DOCS: DocsTable = {
  append: () =>
    docs("2.0.0", "O(1) amortized", "Add bytes at the end of a string, creating it if absent.", [
      key(),
      str("value"),
    ]),
  decr: () => docs("1.0.0", "O(1)", "Subtract one from the integer at a key; absent counts as 0.", [key()]),
  decrby: () =>
    docs("1.0.0", "O(1)", "Subtract a number from the integer at a key; absent counts as 0.", [
      key(),
      int("decrement"),
    ]),
  get: () => docs("1.0.0", "O(1)", "Read the string at a key.", [key()]),
  getdel: () => docs("6.2.0", "O(1)", "Read the string at a key and remove the key.", [key()]),
  getex: () =>
    docs("6.2.0", "O(1)", "Read the string at a key and change its expiry.", [
      key(),
      opt(
        oneof(
          "expiration",
          int("seconds", "EX"),
          int("milliseconds", "PX"),
          unixTime("unix-time-seconds", "EXAT"),
          unixTime("unix-time-milliseconds", "PXAT"),
          "PERSIST",
        ),
      ),
    ]),
  getrange: () =>
    docs("2.4.0", "O(N), N being the bytes returned", "Read a part of the string at a key.", [
      key(),
      int("start"),
      int("end"),
    ]),
  getset: () =>
    docs(
      "1.0.0",
      "O(1)",
      "Write a new string to a key and reply with the old one.",
      [key(), str("value")],
      replaced("6.2.0", "`SET` with the `!GET` argument"),
    ),
  incr: () => docs("1.0.0", "O(1)", "Add one to the integer at a key; absent counts as 0.", [key()]),
  incrby: () =>
    docs("1.0.0", "O(1)", "Add a number to the integer at a key; absent counts as 0.", [
      key(),
      int("increment"),
    ]),
  incrbyfloat: () =>
    docs("2.6.0", "O(1)", "Add a floating point number to the number at a key; absent counts as 0.", [
      key(),
      double("increment"),
    ]),
  lcs: () =>
    docs(
      "7.0.0",
      "O(N*M), N and M being the lengths of the strings",
      "Find the longest common subsequence of two strings.",
      [
        key("key1"),
        key("key2"),
        opt(word("LEN")),
        opt(word("IDX")),
        opt(int("min-match-len", "MINMATCHLEN")),
        opt(word("WITHMATCHLEN")),
      ],
    ),
  mget: () =>
    docs("1.0.0", "O(N), N being the keys given", "Read the strings at several keys in one step.", [
      many(key()),
    ]),
  mset: () =>
    docs("1.0.1", "O(N), N being the keys given", "Write strings to several keys in one step.", [
      many(block("data", key(), str("value"))),
    ]),
  msetnx: () =>
    docs(
      "1.0.1",
      "O(N), N being the keys given",
      "Write strings to several keys, all or, if any of them exists, none.",
      [many(block("data", key(), str("value")))],
    ),
  psetex: () =>
    docs("2.6.0", "O(1)", "Write a string that expires after a number of milliseconds.", [
      key(),
      int("milliseconds"),
      str("value"),
    ], replaced("2.6.12", "`SET` with the `PX` argument")),
  set: () =>
    docs("1.0.0", "O(1)", "Write a string to a key, whatever it held before.", [
      key(),
      str("value"),
      opt(since("2.6.12", oneof("condition", "NX", "XX"))),
      opt(since("6.2.0", word("GET"))),
      opt(
        oneof(
          "expiration",
          since("2.6.12", int("seconds", "EX")),
          since("2.6.12", int("milliseconds", "PX")),
          since("6.2.0", unixTime("unix-time-seconds", "EXAT")),
          since("6.2.0", unixTime("unix-time-milliseconds", "PXAT")),
          since("6.0.0", word("KEEPTTL")),
        ),
      ),
    ], {
      history: [["2.6.12", "Options `EX`, `PX`, `NX` and `XX`."], ["6.0.0", "Option `KEEPTTL`."], [
        "6.2.0",
        "Options `GET`, `EXAT` and `PXAT`.",
      ], ["7.0.0", "`NX` and `GET` may go together."]],
    }),
  setex: () =>
    docs("2.0.0", "O(1)", "Write a string that expires after a number of seconds.", [
      key(),
      int("seconds"),
      str("value"),
    ], replaced("2.6.12", "`SET` with the `EX` argument")),
  setnx: () =>
    docs(
      "1.0.0",
      "O(1)",
      "Write a string only to a key that does not exist.",
      [key(), str("value")],
      replaced("2.6.12", "`SET` with the `NX` argument"),
    ),
  setrange: () =>
    docs(
      "2.2.0",
      "O(1) for a short value, else O(M), M being its length",
      "Overwrite a part of a string from an offset on, creating or padding it with zero bytes.",
      [key(), int("offset"), str("value")],
    ),
  strlen: () => docs("2.2.0", "O(1)", "Length in bytes of the string at a key.", [key()]),
  substr: () =>
    docs("1.0.0", "O(N), N being the bytes returned", "Old name of GETRANGE.", [
      key(),
      int("start"),
      int("end"),
    ], replaced("2.0.0", "`GETRANGE`")),
};
