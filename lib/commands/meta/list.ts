/**
 * List commands.
 *
 * The facts of each, in the words of define.ts.
 */

import { countedKeys, defineGroup, key, keys } from "./define.ts";
import type { CommandMeta } from "./types.ts";

const command = defineGroup("list");

/** The group "list" in alphabetical order. */
export const LIST_COMMANDS: readonly CommandMeta[] = [
  command("blmove", 6, "write denyoom blocking", "list", [key("RW access delete"), key("RW insert", 2)]),
  command("blmpop", -5, "write blocking", "list", [countedKeys("RW access delete", 2)]),
  command("blpop", -3, "write blocking", "list", [keys("RW access delete", 1, { last: -2 })]),
  command("brpop", -3, "write blocking", "list", [keys("RW access delete", 1, { last: -2 })]),
  command("brpoplpush", 4, "write denyoom blocking", "list", [key("RW access delete"), key("RW insert", 2)]),
  command("lindex", 3, "readonly", "list", [key("RO access")]),
  command("linsert", 5, "write denyoom", "list", [key("RW insert")]),
  command("llen", 2, "readonly fast", "list", [key("RO")]),
  command("lmove", 5, "write denyoom", "list", [key("RW access delete"), key("RW insert", 2)]),
  command("lmpop", -4, "write", "list", [countedKeys("RW access delete", 1)]),
  command("lpop", -2, "write fast", "list", [key("RW access delete")]),
  command("lpos", -3, "readonly", "list", [key("RO access")]),
  command("lpush", -3, "write denyoom fast", "list", [key("RW insert")]),
  command("lpushx", -3, "write denyoom fast", "list", [key("RW insert")]),
  command("lrange", 4, "readonly", "list", [key("RO access")]),
  command("lrem", 4, "write", "list", [key("RW delete")]),
  command("lset", 4, "write denyoom", "list", [key("RW update")]),
  command("ltrim", 4, "write", "list", [key("RW delete")]),
  command("rpop", -2, "write fast", "list", [key("RW access delete")]),
  command("rpoplpush", 3, "write denyoom", "list", [key("RW access delete"), key("RW insert", 2)]),
  command("rpush", -3, "write denyoom fast", "list", [key("RW insert")]),
  command("rpushx", -3, "write denyoom fast", "list", [key("RW insert")]),
];
