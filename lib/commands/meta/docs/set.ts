/**
 * Set commands.
 *
 * What COMMAND DOCS tells of each, in the words of syntax.ts.
 */

import { docs, int, key, many, opt, pattern, since, str } from "./syntax.ts";
import type { DocsTable } from "../types.ts";

/** Docs of the group "set" by full name. */
export const SET_DOCS: DocsTable = {
  sadd: () =>
    docs("1.0.0", "O(1) a member", "Add members to a set, creating it if absent.", [
      key(),
      many(str("member")),
    ], { history: [["2.4.0", "More than one `member`."]] }),
  scard: () => docs("1.0.0", "O(1)", "Count the members of a set.", [key()]),
  sdiff: () =>
    docs(
      "1.0.0",
      "O(N), N being the members of all sets",
      "Members of the first set that none of the others has.",
      [many(key())],
    ),
  sdiffstore: () =>
    docs("1.0.0", "O(N), N being the members of all sets", "Store what SDIFF would return.", [
      key("destination"),
      many(key("key", 1)),
    ]),
  sinter: () =>
    docs(
      "1.0.0",
      "O(N*M) at worst, N being the members of the smallest set and M the sets",
      "Members that all the sets have.",
      [many(key())],
    ),
  sintercard: () =>
    docs(
      "7.0.0",
      "O(N*M) at worst, N being the members of the smallest set and M the sets",
      "Count the members that all the sets have.",
      [int("numkeys"), many(key()), opt(int("limit", "LIMIT"))],
    ),
  sinterstore: () =>
    docs(
      "1.0.0",
      "O(N*M) at worst, N being the members of the smallest set and M the sets",
      "Store what SINTER would return.",
      [key("destination"), many(key("key", 1))],
    ),
  sismember: () => docs("1.0.0", "O(1)", "Tell whether a set has a member.", [key(), str("member")]),
  smembers: () =>
    docs("1.0.0", "O(N), N being the members of the set", "List the members of a set.", [key()]),
  smismember: () =>
    docs("6.2.0", "O(N), N being the members given", "Tell for several members whether a set has them.", [
      key(),
      many(str("member")),
    ]),
  smove: () =>
    docs("1.0.0", "O(1)", "Move a member from one set to another.", [
      key("source"),
      key("destination", 1),
      str("member"),
    ]),
  spop: () =>
    docs("1.0.0", "O(1), or O(N) for a count of N", "Take random members out of a set.", [
      key(),
      opt(since("3.2.0", int("count"))),
    ], { history: [["3.2.0", "The `count` argument."]] }),
  srandmember: () =>
    docs("1.0.0", "O(1), or O(N) for a count of N", "Pick random members of a set.", [
      key(),
      opt(since("2.6.0", int("count"))),
    ], { history: [["2.6.0", "The `count` argument."]] }),
  srem: () =>
    docs("1.0.0", "O(N), N being the members given", "Remove members from a set.", [
      key(),
      many(str("member")),
    ], { history: [["2.4.0", "More than one `member`."]] }),
  sscan: () =>
    docs(
      "2.8.0",
      "O(1) a call, O(N) for the whole walk over N members",
      "Walk over a set step by step with a cursor.",
      [key(), int("cursor"), opt(pattern("pattern", "MATCH")), opt(int("count", "COUNT"))],
    ),
  sunion: () =>
    docs("1.0.0", "O(N), N being the members of all sets", "Members that at least one of the sets has.", [
      many(key()),
    ]),
  sunionstore: () =>
    docs("1.0.0", "O(N), N being the members of all sets", "Store what SUNION would return.", [
      key("destination"),
      many(key("key", 1)),
    ]),
};
