/**
 * Sorted set commands.
 *
 * The facts of each, in the words of define.ts.
 */

import { countedKeys, defineGroup, key, keys } from "./define.ts";
import type { CommandMeta } from "./types.ts";

const command = defineGroup("sorted-set");

/** The group "sorted-set" in alphabetical order. */
export const SORTED_SET_COMMANDS: readonly CommandMeta[] = [
  command("bzmpop", -5, "write blocking", "sortedset", [countedKeys("RW access delete", 2)]),
  command("bzpopmax", -3, "write blocking fast", "sortedset", [keys("RW access delete", 1, { last: -2 })]),
  command("bzpopmin", -3, "write blocking fast", "sortedset", [keys("RW access delete", 1, { last: -2 })]),
  command("zadd", -4, "write denyoom fast", "sortedset", [key("RW update")]),
  command("zcard", 2, "readonly fast", "sortedset", [key("RO")]),
  command("zcount", 4, "readonly fast", "sortedset", [key("RO access")]),
  command("zdiff", -3, "readonly", "sortedset", [countedKeys("RO access", 1)]),
  command("zdiffstore", -4, "write denyoom", "sortedset", [key("OW update"), countedKeys("RO access", 2)]),
  command("zincrby", 4, "write denyoom fast", "sortedset", [key("RW access update")]),
  command("zinter", -3, "readonly", "sortedset", [countedKeys("RO access", 1)]),
  command("zintercard", -3, "readonly", "sortedset", [countedKeys("RO access", 1)]),
  command("zinterstore", -4, "write denyoom", "sortedset", [key("OW update"), countedKeys("RO access", 2)]),
  command("zlexcount", 4, "readonly fast", "sortedset", [key("RO access")]),
  command("zmpop", -4, "write", "sortedset", [countedKeys("RW access delete", 1)]),
  command("zmscore", -3, "readonly fast", "sortedset", [key("RO access")]),
  command("zpopmax", -2, "write fast", "sortedset", [key("RW access delete")]),
  command("zpopmin", -2, "write fast", "sortedset", [key("RW access delete")]),
  command("zrandmember", -2, "readonly", "sortedset", [key("RO access")], {
    tips: ["nondeterministic_output"],
  }),
  command("zrange", -4, "readonly", "sortedset", [key("RO access")]),
  command("zrangebylex", -4, "readonly", "sortedset", [key("RO access")]),
  command("zrangebyscore", -4, "readonly", "sortedset", [key("RO access")]),
  command("zrangestore", -5, "write denyoom", "sortedset", [key("OW update"), key("RO access", 2)]),
  command("zrank", -3, "readonly fast", "sortedset", [key("RO access")]),
  command("zrem", -3, "write fast", "sortedset", [key("RW delete")]),
  command("zremrangebylex", 4, "write", "sortedset", [key("RW delete")]),
  command("zremrangebyrank", 4, "write", "sortedset", [key("RW delete")]),
  command("zremrangebyscore", 4, "write", "sortedset", [key("RW delete")]),
  command("zrevrange", -4, "readonly", "sortedset", [key("RO access")]),
  command("zrevrangebylex", -4, "readonly", "sortedset", [key("RO access")]),
  command("zrevrangebyscore", -4, "readonly", "sortedset", [key("RO access")]),
  command("zrevrank", -3, "readonly fast", "sortedset", [key("RO access")]),
  command("zscan", -3, "readonly", "sortedset", [key("RO access")], { tips: ["nondeterministic_output"] }),
  command("zscore", 3, "readonly fast", "sortedset", [key("RO access")]),
  command("zunion", -3, "readonly", "sortedset", [countedKeys("RO access", 1)]),
  command("zunionstore", -4, "write denyoom", "sortedset", [key("OW update"), countedKeys("RO access", 2)]),
];
