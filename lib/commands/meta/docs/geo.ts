/**
 * Geo commands: positions kept as scores of sorted sets.
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
  replaced,
  shown,
  since,
  str,
  word,
} from "./syntax.ts";
import type { DocsTable } from "../types.ts";

/** Docs of the group "geo" by full name. */
export const GEO_DOCS: DocsTable = {
  geoadd: () =>
    docs(
      "3.2.0",
      "O(log(N)) a member, N being the members of the set",
      "Add members with their coordinates to a sorted set of positions.",
      [
        key(),
        opt(since("6.2.0", oneof("condition", "NX", "XX"))),
        opt(since("6.2.0", word("CH", "change"))),
        many(block("data", double("longitude"), double("latitude"), str("member"))),
      ],
      { history: [["6.2.0", "Options `CH`, `NX` and `XX`."]] },
    ),
  geodist: () =>
    docs("3.2.0", "O(1)", "Tell the distance between two members.", [
      key(),
      str("member1"),
      str("member2"),
      opt(oneof("unit", "M", "KM", "FT", "MI")),
    ]),
  geohash: () =>
    docs("3.2.0", "O(1) a member", "Tell the geohash strings of members.", [key(), opt(many(str("member")))]),
  geopos: () =>
    docs("3.2.0", "O(1) a member", "Tell the coordinates of members.", [key(), opt(many(str("member")))]),
  georadius: () =>
    docs(
      "3.2.0",
      "O(N+log(M)), N being the members in the box around the circle and M those of the set",
      "Find or store the members within a distance of coordinates.",
      [
        key(),
        double("longitude"),
        double("latitude"),
        double("radius"),
        oneof("unit", "M", "KM", "FT", "MI"),
        opt(word("WITHCOORD")),
        opt(word("WITHDIST")),
        opt(word("WITHHASH")),
        opt(block("count-block", int("count", "COUNT"), opt(since("6.2.0", word("ANY"))))),
        opt(oneof("order", "ASC", "DESC")),
        opt(
          oneof(
            "store",
            shown("key", key("storekey", 1, "STORE")),
            shown("key", key("storedistkey", 2, "STOREDIST")),
          ),
        ),
      ],
      replaced("6.2.0", "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument", {
        history: [["6.2.0", "`COUNT` knows `ANY`."], ["7.0.0", "Units in upper case."]],
      }),
    ),
  georadius_ro: () =>
    docs(
      "3.2.10",
      "O(N+log(M)), N being the members in the box around the circle and M those of the set",
      "Find the members within a distance of coordinates without any write.",
      [
        key(),
        double("longitude"),
        double("latitude"),
        double("radius"),
        oneof("unit", "M", "KM", "FT", "MI"),
        opt(word("WITHCOORD")),
        opt(word("WITHDIST")),
        opt(word("WITHHASH")),
        opt(block("count-block", int("count", "COUNT"), opt(since("6.2.0", word("ANY"))))),
        opt(oneof("order", "ASC", "DESC")),
      ],
      replaced("6.2.0", "`GEOSEARCH` with the `BYRADIUS` argument", {
        history: [["6.2.0", "`COUNT` knows `ANY`."]],
      }),
    ),
  georadiusbymember: () =>
    docs(
      "3.2.0",
      "O(N+log(M)), N being the members in the box around the circle and M those of the set",
      "Find or store the members within a distance of another member.",
      [
        key(),
        str("member"),
        double("radius"),
        oneof("unit", "M", "KM", "FT", "MI"),
        opt(word("WITHCOORD")),
        opt(word("WITHDIST")),
        opt(word("WITHHASH")),
        opt(block("count-block", int("count", "COUNT"), opt(word("ANY")))),
        opt(oneof("order", "ASC", "DESC")),
        opt(
          oneof(
            "store",
            shown("key", key("storekey", 1, "STORE")),
            shown("key", key("storedistkey", 2, "STOREDIST")),
          ),
        ),
      ],
      replaced("6.2.0", "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments", {
        history: [["7.0.0", "Units in upper case."]],
      }),
    ),
  georadiusbymember_ro: () =>
    docs(
      "3.2.10",
      "O(N+log(M)), N being the members in the box around the circle and M those of the set",
      "Find the members within a distance of another member without any write.",
      [
        key(),
        str("member"),
        double("radius"),
        oneof("unit", "M", "KM", "FT", "MI"),
        opt(word("WITHCOORD")),
        opt(word("WITHDIST")),
        opt(word("WITHHASH")),
        opt(block("count-block", int("count", "COUNT"), opt(word("ANY")))),
        opt(oneof("order", "ASC", "DESC")),
      ],
      replaced("6.2.0", "`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments"),
    ),
  geosearch: () =>
    docs(
      "6.2.0",
      "O(N+log(M)), N being the members in the grid cells around the shape and M those inside it",
      "Find the members inside a circle or a box.",
      [
        key(),
        oneof(
          "from",
          str("member", "FROMMEMBER"),
          after("FROMLONLAT", block("fromlonlat", double("longitude"), double("latitude"))),
        ),
        oneof(
          "by",
          block("circle", double("radius", "BYRADIUS"), oneof("unit", "M", "KM", "FT", "MI")),
          block("box", double("width", "BYBOX"), double("height"), oneof("unit", "M", "KM", "FT", "MI")),
        ),
        opt(oneof("order", "ASC", "DESC")),
        opt(block("count-block", int("count", "COUNT"), opt(word("ANY")))),
        opt(word("WITHCOORD")),
        opt(word("WITHDIST")),
        opt(word("WITHHASH")),
      ],
      { history: [["7.0.0", "Units in upper case."]] },
    ),
  geosearchstore: () =>
    docs(
      "6.2.0",
      "O(N+log(M)), N being the members in the grid cells around the shape and M those inside it",
      "Store the members inside a circle or a box.",
      [
        key("destination"),
        key("source", 1),
        oneof(
          "from",
          str("member", "FROMMEMBER"),
          after("FROMLONLAT", block("fromlonlat", double("longitude"), double("latitude"))),
        ),
        oneof(
          "by",
          block("circle", double("radius", "BYRADIUS"), oneof("unit", "M", "KM", "FT", "MI")),
          block("box", double("width", "BYBOX"), double("height"), oneof("unit", "M", "KM", "FT", "MI")),
        ),
        opt(oneof("order", "ASC", "DESC")),
        opt(block("count-block", int("count", "COUNT"), opt(word("ANY")))),
        opt(word("STOREDIST")),
      ],
      { history: [["7.0.0", "Units in upper case."]] },
    ),
};
