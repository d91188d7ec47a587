/**
 * Hash commands.
 *
 * What COMMAND DOCS tells of each, in the words of syntax.ts.
 */

import { block, docs, double, int, key, many, opt, pattern, replaced, str, word } from "./syntax.ts";
import type { DocsTable } from "../types.ts";

/** Docs of the group "hash" by full name. */
export const HASH_DOCS: DocsTable = {
  hdel: () =>
    docs(
      "2.0.0",
      "O(N), N being the fields given",
      "Remove fields from a hash.",
      [key(), many(str("field"))],
      { history: [["2.4.0", "More than one `field`."]] },
    ),
  hexists: () => docs("2.0.0", "O(1)", "Tell whether a hash has a field.", [key(), str("field")]),
  hget: () => docs("2.0.0", "O(1)", "Read one field of a hash.", [key(), str("field")]),
  hgetall: () =>
    docs("2.0.0", "O(N), N being the fields of the hash", "Read a whole hash, fields and values.", [key()]),
  hincrby: () =>
    docs("2.0.0", "O(1)", "Add a number to the integer in a field; absent counts as 0.", [
      key(),
      str("field"),
      int("increment"),
    ]),
  hincrbyfloat: () =>
    docs("2.6.0", "O(1)", "Add a floating point number to the number in a field; absent counts as 0.", [
      key(),
      str("field"),
      double("increment"),
    ]),
  hkeys: () =>
    docs("2.0.0", "O(N), N being the fields of the hash", "List the field names of a hash.", [key()]),
  hlen: () => docs("2.0.0", "O(1)", "Count the fields of a hash.", [key()]),
  hmget: () =>
    docs("2.0.0", "O(N), N being the fields given", "Read several fields of a hash.", [
      key(),
      many(str("field")),
    ]),
  hmset: () =>
    docs("2.0.0", "O(N), N being the fields given", "Write several fields of a hash.", [
      key(),
      many(block("data", str("field"), str("value"))),
    ], replaced("4.0.0", "`HSET` with multiple field-value pairs")),
  hrandfield: () =>
    docs("6.2.0", "O(N), N being the fields returned", "Pick random fields of a hash.", [
      key(),
      opt(block("options", int("count"), opt(word("WITHVALUES")))),
    ]),
  hscan: () =>
    docs(
      "2.8.0",
      "O(1) a call, O(N) for the whole walk over N fields",
      "Walk over a hash step by step with a cursor.",
      [key(), int("cursor"), opt(pattern("pattern", "MATCH")), opt(int("count", "COUNT"))],
    ),
  hset: () =>
    docs("2.0.0", "O(1) a field", "Write fields of a hash, creating it if absent.", [
      key(),
      many(block("data", str("field"), str("value"))),
    ], { history: [["4.0.0", "More than one pair of `field` and `value`."]] }),
  hsetnx: () =>
    docs("2.0.0", "O(1)", "Write a field of a hash unless it exists.", [key(), str("field"), str("value")]),
  hstrlen: () => docs("3.2.0", "O(1)", "Length in bytes of the value in a field.", [key(), str("field")]),
  hvals: () => docs("2.0.0", "O(N), N being the fields of the hash", "List the values of a hash.", [key()]),
};
