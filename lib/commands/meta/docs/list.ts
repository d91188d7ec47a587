/**
 * List commands.
 *
 * What COMMAND DOCS tells of each, in the words of syntax.ts.
 */

import { docs, double, int, key, many, oneof, opt, replaced, since, str } from "./syntax.ts";
import type { DocsTable } from "../types.ts";

/** Docs of the group "list" by full name. */
export const LIST_DOCS: DocsTable = {
  blmove: () =>
    docs(
      "6.2.0",
      "O(1)",
      "Move an element from one list to another, waiting for one if the source is empty.",
      [
        key("source"),
        key("destination", 1),
        oneof("wherefrom", "LEFT", "RIGHT"),
        oneof("whereto", "LEFT", "RIGHT"),
        double("timeout"),
      ],
    ),
  blmpop: () =>
    docs(
      "7.0.0",
      "O(N+M), N being the keys given and M the elements returned",
      "Pop elements from the first of several lists that has any, waiting if all are empty.",
      [
        double("timeout"),
        int("numkeys"),
        many(key()),
        oneof("where", "LEFT", "RIGHT"),
        opt(int("count", "COUNT")),
      ],
    ),
  blpop: () =>
    docs(
      "2.0.0",
      "O(N), N being the keys given",
      "Pop from the head of the first list that has elements, waiting if all are empty.",
      [many(key()), double("timeout")],
      { history: [["6.0.0", "`timeout` may have a fraction."]] },
    ),
  brpop: () =>
    docs(
      "2.0.0",
      "O(N), N being the keys given",
      "Pop from the tail of the first list that has elements, waiting if all are empty.",
      [many(key()), double("timeout")],
      { history: [["6.0.0", "`timeout` may have a fraction."]] },
    ),
  brpoplpush: () =>
    docs(
      "2.2.0",
      "O(1)",
      "Move the tail of one list to the head of another, waiting for one if the source is empty.",
      [key("source"), key("destination", 1), double("timeout")],
      replaced("6.2.0", "`BLMOVE` with the `RIGHT` and `LEFT` arguments", {
        history: [["6.0.0", "`timeout` may have a fraction."]],
      }),
    ),
  lindex: () =>
    docs(
      "1.0.0",
      "O(N), N being the steps from the nearer end; O(1) for head and tail",
      "Read the element at an index of a list.",
      [key(), int("index")],
    ),
  linsert: () =>
    docs(
      "2.2.0",
      "O(N), N being the elements before the pivot",
      "Insert an element beside another one of a list.",
      [key(), oneof("where", "BEFORE", "AFTER"), str("pivot"), str("element")],
    ),
  llen: () => docs("1.0.0", "O(1)", "Count the elements of a list.", [key()]),
  lmove: () =>
    docs("6.2.0", "O(1)", "Move an element from an end of one list to an end of another.", [
      key("source"),
      key("destination", 1),
      oneof("wherefrom", "LEFT", "RIGHT"),
      oneof("whereto", "LEFT", "RIGHT"),
    ]),
  lmpop: () =>
    docs(
      "7.0.0",
      "O(N+M), N being the keys given and M the elements returned",
      "Pop elements from the first of several lists that has any.",
      [int("numkeys"), many(key()), oneof("where", "LEFT", "RIGHT"), opt(int("count", "COUNT"))],
    ),
  lpop: () =>
    docs("1.0.0", "O(N), N being the elements returned", "Pop elements from the head of a list.", [
      key(),
      opt(since("6.2.0", int("count"))),
    ], { history: [["6.2.0", "The `count` argument."]] }),
  lpos: () =>
    docs("6.0.6", "O(N), N being the elements compared", "Find the index of elements that equal a value.", [
      key(),
      str("element"),
      opt(int("rank", "RANK")),
      opt(int("num-matches", "COUNT")),
      opt(int("len", "MAXLEN")),
    ]),
  lpush: () =>
    docs("1.0.0", "O(1) an element", "Add elements at the head of a list, creating it if absent.", [
      key(),
      many(str("element")),
    ], { history: [["2.4.0", "More than one `element`."]] }),
  lpushx: () =>
    docs("2.2.0", "O(1) an element", "Add elements at the head of a list that exists.", [
      key(),
      many(str("element")),
    ], { history: [["4.0.0", "More than one `element`."]] }),
  lrange: () =>
    docs(
      "1.0.0",
      "O(S+N), S being the distance of the start from an end and N the elements returned",
      "Read the elements between two indexes of a list.",
      [key(), int("start"), int("stop")],
    ),
  lrem: () =>
    docs(
      "1.0.0",
      "O(N+M), N being the length of the list and M the elements removed",
      "Remove elements that equal a value from a list.",
      [key(), int("count"), str("element")],
    ),
  lset: () =>
    docs(
      "1.0.0",
      "O(N), N being the length of the list; O(1) for head and tail",
      "Replace the element at an index of a list.",
      [key(), int("index"), str("element")],
    ),
  ltrim: () =>
    docs(
      "1.0.0",
      "O(N), N being the elements removed",
      "Cut a list down to the elements between two indexes.",
      [key(), int("start"), int("stop")],
    ),
  rpop: () =>
    docs("1.0.0", "O(N), N being the elements returned", "Pop elements from the tail of a list.", [
      key(),
      opt(since("6.2.0", int("count"))),
    ], { history: [["6.2.0", "The `count` argument."]] }),
  rpoplpush: () =>
    docs("1.2.0", "O(1)", "Move the tail of one list to the head of another.", [
      key("source"),
      key("destination", 1),
    ], replaced("6.2.0", "`LMOVE` with the `RIGHT` and `LEFT` arguments")),
  rpush: () =>
    docs("1.0.0", "O(1) an element", "Add elements at the tail of a list, creating it if absent.", [
      key(),
      many(str("element")),
    ], { history: [["2.4.0", "More than one `element`."]] }),
  rpushx: () =>
    docs("2.2.0", "O(1) an element", "Add elements at the tail of a list that exists.", [
      key(),
      many(str("element")),
    ], { history: [["4.0.0", "More than one `element`."]] }),
};
