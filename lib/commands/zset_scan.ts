/**
 * ZSCAN: a walk over the members of a sorted set.
 *
 * DESIGN. As HSCAN and SSCAN (element_scan.ts). Scores are text in either
 * protocol; Redis prints those of a skiplist with 17 digits.
 */

import { MAX_DOUBLE_LENGTH, writeDouble } from "../base/float.ts";
import { formatGeneral } from "../base/general_float.ts";
import { Slice } from "../base/slice.ts";
import { TYPE_ZSET } from "../objects/entry.ts";
import { type CommandContext } from "./context.ts";
import { scanElements, type ScannedType } from "./element_scan.ts";
import { type HandlerTable } from "./spec.ts";

/** Scratch of a call: handlers are synchronous. */
const member = new Slice();
const digits = new Uint8Array(MAX_DOUBLE_LENGTH);

/** Members with their scores. */
const SCORED: ScannedType = {
  type: TYPE_ZSET,
  strings: 2,
  scan: (c, ref, cursor, count, out) => c.ks.zsets.scan(ref, cursor, count, out),
  name: (c, ref, item, out) => c.ks.zsets.itemMember(ref, item, out),
  reply: (c, ref, item) => {
    const { zsets } = c.ks;
    zsets.itemMember(ref, item, member);
    c.out.bulk(member.buf, member.off, member.len);
    const score = zsets.itemScore(ref, item);
    if (!Number.isSafeInteger(score) && zsets.encodingName(ref) === "skiplist") {
      return c.out.bulkText(formatGeneral(score));
    }
    c.out.bulk(digits, 0, writeDouble(digits, 0, score));
  },
};

/** `ZSCAN key cursor [MATCH pattern] [COUNT count]`. O(1) per call, O(n) for a whole walk. */
function zscanCommand(c: CommandContext): void {
  scanElements(c, SCORED);
}

/** Part of the family of sorted sets, for sorted_sets.ts. */
export const ZSET_SCAN_COMMANDS: HandlerTable = { zscan: zscanCommand };
