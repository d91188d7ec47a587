/**
 * Set commands.
 *
 * The facts of each, in the words of define.ts.
 */

import { countedKeys, defineGroup, key, keys } from "./define.ts";
import type { CommandMeta } from "./types.ts";

const command = defineGroup("set");

/** The group "set" in alphabetical order. */
export const SET_COMMANDS: readonly CommandMeta[] = [
  command("sadd", -3, "write denyoom fast", "set", [key("RW insert")]),
  command("scard", 2, "readonly fast", "set", [key("RO")]),
  command("sdiff", -2, "readonly", "set", [keys("RO access")], { tips: ["nondeterministic_output_order"] }),
  command("sdiffstore", -3, "write denyoom", "set", [key("OW update"), keys("RO access", 2)]),
  command("sinter", -2, "readonly", "set", [keys("RO access")], { tips: ["nondeterministic_output_order"] }),
  command("sintercard", -3, "readonly", "set", [countedKeys("RO access", 1)]),
  command("sinterstore", -3, "write denyoom", "set", [key("RW update"), keys("RO access", 2)]),
  command("sismember", 3, "readonly fast", "set", [key("RO")]),
  command("smembers", 2, "readonly", "set", [key("RO access")], { tips: ["nondeterministic_output_order"] }),
  command("smismember", -3, "readonly fast", "set", [key("RO access")]),
  command("smove", 4, "write fast", "set", [key("RW access delete"), key("RW insert", 2)]),
  command("spop", -2, "write fast", "set", [key("RW access delete")], { tips: ["nondeterministic_output"] }),
  command("srandmember", -2, "readonly", "set", [key("RO access")], { tips: ["nondeterministic_output"] }),
  command("srem", -3, "write fast", "set", [key("RW delete")]),
  command("sscan", -3, "readonly", "set", [key("RO access")], { tips: ["nondeterministic_output"] }),
  command("sunion", -2, "readonly", "set", [keys("RO access")], { tips: ["nondeterministic_output_order"] }),
  command("sunionstore", -3, "write denyoom", "set", [key("OW update"), keys("RO access", 2)]),
];
