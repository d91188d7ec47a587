/**
 * Commands that work on keys of any type: life time, names, iteration, introspection.
 *
 * The facts of each, in the words of define.ts.
 */

import { defineGroup, key, keys, unknownKeys } from "./define.ts";
import type { CommandMeta } from "./types.ts";

const command = defineGroup("generic");

/** The group "generic" in alphabetical order, subcommands inside their containers. */
export const GENERIC_COMMANDS: readonly CommandMeta[] = [
  command("copy", -3, "write denyoom", "keyspace", [key("RO access"), key("OW update", 2)]),
  command("del", -2, "write", "keyspace", [keys("RM delete")], {
    tips: ["request_policy:multi_shard", "response_policy:agg_sum"],
  }),
  command("dump", 2, "readonly", "keyspace", [key("RO access")], { tips: ["nondeterministic_output"] }),
  command("exists", -2, "readonly fast", "keyspace", [keys("RO")], {
    tips: ["request_policy:multi_shard", "response_policy:agg_sum"],
  }),
  command("expire", -3, "write fast", "keyspace", [key("RW update")]),
  command("expireat", -3, "write fast", "keyspace", [key("RW update")]),
  command("expiretime", 2, "readonly fast", "keyspace", [key("RO access")]),
  command("keys", 2, "readonly", "keyspace dangerous", [], {
    tips: ["request_policy:all_shards", "nondeterministic_output_order"],
  }),
  command("move", 3, "write fast", "keyspace", [key("RW access update")]),
  command("object", -2, "", "", [], {
    subcommands: [
      command("object|encoding", 3, "readonly", "keyspace", [key("RO", 2)], {
        tips: ["nondeterministic_output"],
      }),
      command("object|freq", 3, "readonly", "keyspace", [key("RO", 2)], {
        tips: ["nondeterministic_output"],
      }),
      command("object|help", 2, "loading stale", "keyspace"),
      command("object|idletime", 3, "readonly", "keyspace", [key("RO", 2)], {
        tips: ["nondeterministic_output"],
      }),
      command("object|refcount", 3, "readonly", "keyspace", [key("RO", 2)], {
        tips: ["nondeterministic_output"],
      }),
    ],
  }),
  command("persist", 2, "write fast", "keyspace", [key("RW update")]),
  command("pexpire", -3, "write fast", "keyspace", [key("RW update")]),
  command("pexpireat", -3, "write fast", "keyspace", [key("RW update")]),
  command("pexpiretime", 2, "readonly fast", "keyspace", [key("RO access")]),
  command("pttl", 2, "readonly fast", "keyspace", [key("RO access")], { tips: ["nondeterministic_output"] }),
  command("randomkey", 1, "readonly", "keyspace", [], {
    tips: ["request_policy:all_shards", "response_policy:special", "nondeterministic_output"],
  }),
  command("rename", 3, "write", "keyspace", [key("RW access delete"), key("OW update", 2)]),
  command("renamenx", 3, "write fast", "keyspace", [key("RW access delete"), key("OW insert", 2)]),
  command("restore", -4, "write denyoom", "keyspace dangerous", [key("OW update")]),
  command("scan", -2, "readonly", "keyspace", [], {
    tips: ["nondeterministic_output", "request_policy:special", "response_policy:special"],
  }),
  command("sort", -2, "write denyoom", "set sortedset list dangerous", [
    key("RO access"),
    unknownKeys("RO access", "BY and GET make key names from the elements"),
    unknownKeys("OW update", "STORE may stand anywhere among the options"),
  ]),
  command("sort_ro", -2, "readonly", "set sortedset list dangerous", [
    key("RO access"),
    unknownKeys("RO access", "BY and GET make key names from the elements"),
  ]),
  command("touch", -2, "readonly fast", "keyspace", [keys("RO")], {
    tips: ["request_policy:multi_shard", "response_policy:agg_sum"],
  }),
  command("ttl", 2, "readonly fast", "keyspace", [key("RO access")], { tips: ["nondeterministic_output"] }),
  command("type", 2, "readonly fast", "keyspace", [key("RO")]),
  command("unlink", -2, "write fast", "keyspace", [keys("RM delete")], {
    tips: ["request_policy:multi_shard", "response_policy:agg_sum"],
  }),
  command("wait", 3, "", "connection", [], {
    tips: ["request_policy:all_shards", "response_policy:agg_min"],
  }),
  command("waitaof", 4, "noscript", "connection", [], {
    tips: ["request_policy:all_shards", "response_policy:agg_min"],
  }),
];
