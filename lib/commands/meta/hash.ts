/**
 * Hash commands.
 *
 * The facts of each, in the words of define.ts.
 */

import { defineGroup, key } from "./define.ts";
import type { CommandMeta } from "./types.ts";

const command = defineGroup("hash");

/** The group "hash" in alphabetical order. */
export const HASH_COMMANDS: readonly CommandMeta[] = [
  command("hdel", -3, "write fast", "hash", [key("RW delete")]),
  command("hexists", 3, "readonly fast", "hash", [key("RO")]),
  command("hget", 3, "readonly fast", "hash", [key("RO access")]),
  command("hgetall", 2, "readonly", "hash", [key("RO access")], { tips: ["nondeterministic_output_order"] }),
  command("hincrby", 4, "write denyoom fast", "hash", [key("RW access update")]),
  command("hincrbyfloat", 4, "write denyoom fast", "hash", [key("RW access update")]),
  command("hkeys", 2, "readonly", "hash", [key("RO access")], { tips: ["nondeterministic_output_order"] }),
  command("hlen", 2, "readonly fast", "hash", [key("RO")]),
  command("hmget", -3, "readonly fast", "hash", [key("RO access")]),
  command("hmset", -4, "write denyoom fast", "hash", [key("RW update")]),
  command("hrandfield", -2, "readonly", "hash", [key("RO access")], { tips: ["nondeterministic_output"] }),
  command("hscan", -3, "readonly", "hash", [key("RO access")], { tips: ["nondeterministic_output"] }),
  command("hset", -4, "write denyoom fast", "hash", [key("RW update")]),
  command("hsetnx", 4, "write denyoom fast", "hash", [key("RW insert")]),
  command("hstrlen", 3, "readonly fast", "hash", [key("RO")]),
  command("hvals", 2, "readonly", "hash", [key("RO access")], { tips: ["nondeterministic_output_order"] }),
];
