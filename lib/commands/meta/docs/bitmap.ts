/**
 * Bitmap commands: single bits and bit fields inside strings.
 *
 * What COMMAND DOCS tells of each, in the words of syntax.ts.
 */

import { after, block, docs, int, key, many, manyTokens, oneof, opt, since, str } from "./syntax.ts";
import type { DocsTable } from "../types.ts";

/** Docs of the group "bitmap" by full name. */
export const BITMAP_DOCS: DocsTable = {
  bitcount: () =>
    docs("2.6.0", "O(N)", "Count the one bits of a string or of a part of it.", [
      key(),
      opt(block("range", int("start"), int("end"), opt(since("7.0.0", oneof("unit", "BYTE", "BIT"))))),
    ], { history: [["7.0.0", "The unit of the range, `BYTE` or `BIT`."]] }),
  bitfield: () =>
    docs(
      "3.2.0",
      "O(1) for every operation given",
      "Read, write and increment integers of any width inside a string.",
      [
        key(),
        opt(
          many(
            oneof(
              "operation",
              after("GET", block("get-block", str("encoding"), int("offset"))),
              block(
                "write",
                opt(after("OVERFLOW", oneof("overflow-block", "WRAP", "SAT", "FAIL"))),
                oneof(
                  "write-operation",
                  after("SET", block("set-block", str("encoding"), int("offset"), int("value"))),
                  after("INCRBY", block("incrby-block", str("encoding"), int("offset"), int("increment"))),
                ),
              ),
            ),
          ),
        ),
      ],
    ),
  bitfield_ro: () =>
    docs("6.0.0", "O(1) for every operation given", "Read integers of any width inside a string.", [
      key(),
      opt(manyTokens(after("GET", block("get-block", str("encoding"), int("offset"))))),
    ]),
  bitop: () =>
    docs("2.6.0", "O(N)", "Combine strings bit by bit and store what results.", [
      oneof("operation", "AND", "OR", "XOR", "NOT"),
      key("destkey"),
      many(key("key", 1)),
    ]),
  bitpos: () =>
    docs("2.8.7", "O(N)", "Find the first one bit or zero bit of a string.", [
      key(),
      int("bit"),
      opt(
        block(
          "range",
          int("start"),
          opt(block("end-unit-block", int("end"), opt(since("7.0.0", oneof("unit", "BYTE", "BIT"))))),
        ),
      ),
    ], { history: [["7.0.0", "The unit of the range, `BYTE` or `BIT`."]] }),
  getbit: () => docs("2.2.0", "O(1)", "Read one bit of a string.", [key(), int("offset")]),
  setbit: () =>
    docs("2.2.0", "O(1)", "Write one bit of a string, extending the string if needed.", [
      key(),
      int("offset"),
      int("value"),
    ]),
};
