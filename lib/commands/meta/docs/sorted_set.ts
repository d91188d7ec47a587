/**
 * Sorted set commands.
 *
 * What COMMAND DOCS tells of each, in the words of syntax.ts.
 */

import {
  after,
  block,
  docs,
  double,
  int,
  key,
  many,
  oneof,
  opt,
  pattern,
  replaced,
  since,
  str,
  word,
} from "./syntax.ts";
import type { DocsTable } from "../types.ts";

/** Docs of the group "sorted-set" by full name. */
export const SORTED_SET_DOCS: DocsTable = {
  bzmpop: () =>
    docs(
      "7.0.0",
      "O(K)+O(M*log(N)), K being the keys given, N the members of the set and M those popped",
      "Pop members from the first of several sorted sets that has any, waiting if all are empty.",
      [
        double("timeout"),
        int("numkeys"),
        many(key()),
        oneof("where", "MIN", "MAX"),
        opt(int("count", "COUNT")),
      ],
    ),
  bzpopmax: () =>
    docs(
      "5.0.0",
      "O(log(N)), N being the members of the set",
      "Pop the member of highest score from the first sorted set that has any, waiting if all are empty.",
      [many(key()), double("timeout")],
      { history: [["6.0.0", "`timeout` may have a fraction."]] },
    ),
  bzpopmin: () =>
    docs(
      "5.0.0",
      "O(log(N)), N being the members of the set",
      "Pop the member of lowest score from the first sorted set that has any, waiting if all are empty.",
      [many(key()), double("timeout")],
      { history: [["6.0.0", "`timeout` may have a fraction."]] },
    ),
  zadd: () =>
    docs(
      "1.2.0",
      "O(log(N)) a member, N being the members of the set",
      "Add members with their scores to a sorted set, or change their scores.",
      [
        key(),
        opt(since("3.0.2", oneof("condition", "NX", "XX"))),
        opt(since("6.2.0", oneof("comparison", "GT", "LT"))),
        opt(since("3.0.2", word("CH", "change"))),
        opt(since("3.0.2", word("INCR", "increment"))),
        many(block("data", double("score"), str("member"))),
      ],
      {
        history: [["2.4.0", "More than one pair of score and member."], [
          "3.0.2",
          "Options `XX`, `NX`, `CH` and `INCR`.",
        ], ["6.2.0", "Options `GT` and `LT`."]],
      },
    ),
  zcard: () => docs("1.2.0", "O(1)", "Count the members of a sorted set.", [key()]),
  zcount: () =>
    docs(
      "2.0.0",
      "O(log(N)), N being the members of the set",
      "Count the members whose scores lie in a range.",
      [key(), double("min"), double("max")],
    ),
  zdiff: () =>
    docs(
      "6.2.0",
      "O(L+(N-K)*log(N)) at worst, L being the members of all sets, N of the first and K of the result",
      "Members of the first sorted set that none of the others has.",
      [int("numkeys"), many(key()), opt(word("WITHSCORES"))],
    ),
  zdiffstore: () =>
    docs(
      "6.2.0",
      "O(L+(N-K)*log(N)) at worst, L being the members of all sets, N of the first and K of the result",
      "Store what ZDIFF would return.",
      [key("destination"), int("numkeys"), many(key("key", 1))],
    ),
  zincrby: () =>
    docs("1.2.0", "O(log(N)), N being the members of the set", "Add a number to the score of a member.", [
      key(),
      int("increment"),
      str("member"),
    ]),
  zinter: () =>
    docs(
      "6.2.0",
      "O(N*K)+O(M*log(M)) at worst, N being the members of the smallest set, K the sets and M the result's members",
      "Members that all the sorted sets have, with combined scores.",
      [
        int("numkeys"),
        many(key()),
        opt(many(int("weight", "WEIGHTS"))),
        opt(after("AGGREGATE", oneof("aggregate", "SUM", "MIN", "MAX"))),
        opt(word("WITHSCORES")),
      ],
    ),
  zintercard: () =>
    docs(
      "7.0.0",
      "O(N*K) at worst, N being the members of the smallest set and K the sets",
      "Count the members that all the sorted sets have.",
      [int("numkeys"), many(key()), opt(int("limit", "LIMIT"))],
    ),
  zinterstore: () =>
    docs(
      "2.0.0",
      "O(N*K)+O(M*log(M)) at worst, N being the members of the smallest set, K the sets and M the result's members",
      "Store what ZINTER would return.",
      [
        key("destination"),
        int("numkeys"),
        many(key("key", 1)),
        opt(many(int("weight", "WEIGHTS"))),
        opt(after("AGGREGATE", oneof("aggregate", "SUM", "MIN", "MAX"))),
      ],
    ),
  zlexcount: () =>
    docs(
      "2.8.9",
      "O(log(N)), N being the members of the set",
      "Count the members that lie in a range of byte order.",
      [key(), str("min"), str("max")],
    ),
  zmpop: () =>
    docs(
      "7.0.0",
      "O(K)+O(M*log(N)), K being the keys given, N the members of the set and M those popped",
      "Pop members of lowest or highest score from the first of several sorted sets that has any.",
      [int("numkeys"), many(key()), oneof("where", "MIN", "MAX"), opt(int("count", "COUNT"))],
    ),
  zmscore: () =>
    docs("6.2.0", "O(N), N being the members given", "Tell the scores of several members.", [
      key(),
      many(str("member")),
    ]),
  zpopmax: () =>
    docs(
      "5.0.0",
      "O(log(N)*M), N being the members of the set and M those popped",
      "Pop the members of highest score.",
      [key(), opt(int("count"))],
    ),
  zpopmin: () =>
    docs(
      "5.0.0",
      "O(log(N)*M), N being the members of the set and M those popped",
      "Pop the members of lowest score.",
      [key(), opt(int("count"))],
    ),
  zrandmember: () =>
    docs("6.2.0", "O(N), N being the members returned", "Pick random members of a sorted set.", [
      key(),
      opt(block("options", int("count"), opt(word("WITHSCORES")))),
    ]),
  zrange: () =>
    docs(
      "1.2.0",
      "O(log(N)+M), N being the members of the set and M those returned",
      "Read the members in a range of ranks, scores or byte order.",
      [
        key(),
        str("start"),
        str("stop"),
        opt(since("6.2.0", oneof("sortby", "BYSCORE", "BYLEX"))),
        opt(since("6.2.0", word("REV"))),
        opt(since("6.2.0", after("LIMIT", block("limit", int("offset"), int("count"))))),
        opt(word("WITHSCORES")),
      ],
      { history: [["6.2.0", "Options `REV`, `BYSCORE`, `BYLEX` and `LIMIT`."]] },
    ),
  zrangebylex: () =>
    docs(
      "2.8.9",
      "O(log(N)+M), N being the members of the set and M those returned",
      "Read the members in a range of byte order.",
      [key(), str("min"), str("max"), opt(after("LIMIT", block("limit", int("offset"), int("count"))))],
      replaced("6.2.0", "`ZRANGE` with the `BYLEX` argument"),
    ),
  zrangebyscore: () =>
    docs(
      "1.0.5",
      "O(log(N)+M), N being the members of the set and M those returned",
      "Read the members whose scores lie in a range.",
      [
        key(),
        double("min"),
        double("max"),
        opt(since("2.0.0", word("WITHSCORES"))),
        opt(after("LIMIT", block("limit", int("offset"), int("count")))),
      ],
      replaced("6.2.0", "`ZRANGE` with the `BYSCORE` argument", {
        history: [["2.0.0", "Modifier `WITHSCORES`."]],
      }),
    ),
  zrangestore: () =>
    docs(
      "6.2.0",
      "O(log(N)+M), N being the members of the set and M those stored",
      "Store what ZRANGE would return.",
      [
        key("dst"),
        key("src", 1),
        str("min"),
        str("max"),
        opt(oneof("sortby", "BYSCORE", "BYLEX")),
        opt(word("REV")),
        opt(after("LIMIT", block("limit", int("offset"), int("count")))),
      ],
    ),
  zrank: () =>
    docs("2.0.0", "O(log(N))", "Tell the rank of a member, counted from the lowest score.", [
      key(),
      str("member"),
      opt(word("WITHSCORE")),
    ], { history: [["7.2.0", "Option `WITHSCORE`."]] }),
  zrem: () =>
    docs(
      "1.2.0",
      "O(M*log(N)), N being the members of the set and M those given",
      "Remove members from a sorted set.",
      [key(), many(str("member"))],
      { history: [["2.4.0", "More than one member."]] },
    ),
  zremrangebylex: () =>
    docs(
      "2.8.9",
      "O(log(N)+M), N being the members of the set and M those removed",
      "Remove the members in a range of byte order.",
      [key(), str("min"), str("max")],
    ),
  zremrangebyrank: () =>
    docs(
      "2.0.0",
      "O(log(N)+M), N being the members of the set and M those removed",
      "Remove the members in a range of ranks.",
      [key(), int("start"), int("stop")],
    ),
  zremrangebyscore: () =>
    docs(
      "1.2.0",
      "O(log(N)+M), N being the members of the set and M those removed",
      "Remove the members whose scores lie in a range.",
      [key(), double("min"), double("max")],
    ),
  zrevrange: () =>
    docs(
      "1.2.0",
      "O(log(N)+M), N being the members of the set and M those returned",
      "Read the members in a range of ranks, highest score first.",
      [key(), int("start"), int("stop"), opt(word("WITHSCORES"))],
      replaced("6.2.0", "`ZRANGE` with the `REV` argument"),
    ),
  zrevrangebylex: () =>
    docs(
      "2.8.9",
      "O(log(N)+M), N being the members of the set and M those returned",
      "Read the members in a range of byte order, last one first.",
      [key(), str("max"), str("min"), opt(after("LIMIT", block("limit", int("offset"), int("count"))))],
      replaced("6.2.0", "`ZRANGE` with the `REV` and `BYLEX` arguments"),
    ),
  zrevrangebyscore: () =>
    docs(
      "2.2.0",
      "O(log(N)+M), N being the members of the set and M those returned",
      "Read the members whose scores lie in a range, highest first.",
      [
        key(),
        double("max"),
        double("min"),
        opt(word("WITHSCORES")),
        opt(after("LIMIT", block("limit", int("offset"), int("count")))),
      ],
      replaced("6.2.0", "`ZRANGE` with the `REV` and `BYSCORE` arguments", {
        history: [["2.1.6", "`min` and `max` may exclude the bound."]],
      }),
    ),
  zrevrank: () =>
    docs("2.0.0", "O(log(N))", "Tell the rank of a member, counted from the highest score.", [
      key(),
      str("member"),
      opt(word("WITHSCORE")),
    ], { history: [["7.2.0", "Option `WITHSCORE`."]] }),
  zscan: () =>
    docs(
      "2.8.0",
      "O(1) a call, O(N) for the whole walk over N members",
      "Walk over a sorted set step by step with a cursor.",
      [key(), int("cursor"), opt(pattern("pattern", "MATCH")), opt(int("count", "COUNT"))],
    ),
  zscore: () => docs("1.2.0", "O(1)", "Tell the score of a member.", [key(), str("member")]),
  zunion: () =>
    docs(
      "6.2.0",
      "O(N)+O(M*log(M)), N being the members of all sets and M of the result",
      "Members that at least one of the sorted sets has, with combined scores.",
      [
        int("numkeys"),
        many(key()),
        opt(many(int("weight", "WEIGHTS"))),
        opt(after("AGGREGATE", oneof("aggregate", "SUM", "MIN", "MAX"))),
        opt(word("WITHSCORES")),
      ],
    ),
  zunionstore: () =>
    docs(
      "2.0.0",
      "O(N)+O(M*log(M)), N being the members of all sets and M of the result",
      "Store what ZUNION would return.",
      [
        key("destination"),
        int("numkeys"),
        many(key("key", 1)),
        opt(many(int("weight", "WEIGHTS"))),
        opt(after("AGGREGATE", oneof("aggregate", "SUM", "MIN", "MAX"))),
      ],
    ),
};
