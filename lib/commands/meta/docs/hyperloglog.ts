/**
 * HyperLogLog commands: counting different elements approximately.
 *
 * What COMMAND DOCS tells of each, in the words of syntax.ts.
 */

import { docs, key, many, opt, str } from "./syntax.ts";
import type { DocsTable } from "../types.ts";

/** Docs of the group "hyperloglog" by full name. */
export const HYPERLOGLOG_DOCS: DocsTable = {
  pfadd: () =>
    docs("2.8.9", "O(1) an element", "Add elements to a HyperLogLog, creating it if absent.", [
      key(),
      opt(many(str("element"))),
    ]),
  pfcount: () =>
    docs(
      "2.8.9",
      "O(1) for one key; O(N) for N keys, each costing much more",
      "Estimate how many different elements one or several HyperLogLogs have seen.",
      [many(key())],
    ),
  pfdebug: () =>
    docs("2.8.9", "N/A", "Show or change how a HyperLogLog is represented.", [str("subcommand"), key()], {
      docFlags: ["syscmd"],
    }),
  pfmerge: () =>
    docs(
      "2.8.9",
      "O(N), N being the HyperLogLogs, each at a high constant cost",
      "Merge HyperLogLogs into one key.",
      [key("destkey"), opt(many(key("sourcekey", 1)))],
    ),
  pfselftest: () =>
    docs("2.8.9", "N/A", "Test the implementation of HyperLogLogs.", [], { docFlags: ["syscmd"] }),
};
