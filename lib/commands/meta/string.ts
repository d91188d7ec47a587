/**
 * String commands: byte strings and the numbers they can hold.
 *
 * The facts of each, in the words of define.ts.
 */

import { defineGroup, key, keys } from "./define.ts";
import type { CommandMeta } from "./types.ts";

const command = defineGroup("string");

/** The group "string" in alphabetical order. */
export const STRING_COMMANDS: readonly CommandMeta[] = [
  command("append", 3, "write denyoom fast", "string", [key("RW insert")]),
  command("decr", 2, "write denyoom fast", "string", [key("RW access update")]),
  command("decrby", 3, "write denyoom fast", "string", [key("RW access update")]),
  command("get", 2, "readonly fast", "string", [key("RO access")]),
  command("getdel", 2, "write fast", "string", [key("RW access delete")]),
  command("getex", -2, "write fast", "string", [key("RW access update", 1, "may change the expiry")]),
  command("getrange", 4, "readonly", "string", [key("RO access")]),
  command("getset", 3, "write denyoom fast", "string", [key("RW access update")]),
  command("incr", 2, "write denyoom fast", "string", [key("RW access update")]),
  command("incrby", 3, "write denyoom fast", "string", [key("RW access update")]),
  command("incrbyfloat", 3, "write denyoom fast", "string", [key("RW access update")]),
  command("lcs", -3, "readonly", "string", [keys("RO access", 1, { last: 1 })]),
  command("mget", -2, "readonly fast", "string", [keys("RO access")], {
    tips: ["request_policy:multi_shard"],
  }),
  command("mset", -3, "write denyoom", "string", [keys("OW update", 1, { step: 2 })], {
    tips: ["request_policy:multi_shard", "response_policy:all_succeeded"],
  }),
  command("msetnx", -3, "write denyoom", "string", [keys("OW insert", 1, { step: 2 })]),
  command("psetex", 4, "write denyoom", "string", [key("OW update")]),
  command("set", -3, "write denyoom", "string", [
    key("RW access update variable_flags", 1, "reads too when GET is given"),
  ]),
  command("setex", 4, "write denyoom", "string", [key("OW update")]),
  command("setnx", 3, "write denyoom fast", "string", [key("OW insert")]),
  command("setrange", 4, "write denyoom", "string", [key("RW update")]),
  command("strlen", 2, "readonly fast", "string", [key("RO")]),
  command("substr", 4, "readonly", "string", [key("RO access")]),
];
