/**
 * Server commands: configuration, persistence, statistics, introspection.
 *
 * The facts of each, in the words of define.ts.
 */

import { defineGroup, key } from "./define.ts";
import type { CommandMeta } from "./types.ts";

const command = defineGroup("server");

/** The group "server" in alphabetical order, subcommands inside their containers. */
export const SERVER_COMMANDS: readonly CommandMeta[] = [
  command("bgrewriteaof", 1, "admin noscript no_async_loading", ""),
  command("bgsave", -1, "admin noscript no_async_loading", ""),
  command("command", -1, "loading stale", "connection", [], {
    tips: ["nondeterministic_output_order"],
    subcommands: [
      command("command|count", 2, "loading stale", "connection"),
      command("command|docs", -2, "loading stale", "connection", [], {
        tips: ["nondeterministic_output_order"],
      }),
      command("command|getkeys", -3, "loading stale", "connection"),
      command("command|getkeysandflags", -3, "loading stale", "connection"),
      command("command|help", 2, "loading stale", "connection"),
      command("command|info", -2, "loading stale", "connection", [], {
        tips: ["nondeterministic_output_order"],
      }),
      command("command|list", -2, "loading stale", "connection", [], {
        tips: ["nondeterministic_output_order"],
      }),
    ],
  }),
  command("config", -2, "", "", [], {
    subcommands: [
      command("config|get", -3, "admin noscript loading stale", ""),
      command("config|help", 2, "loading stale", ""),
      command("config|resetstat", 2, "admin noscript loading stale", "", [], {
        tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
      }),
      command("config|rewrite", 2, "admin noscript loading stale", "", [], {
        tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
      }),
      command("config|set", -4, "admin noscript loading stale", "", [], {
        tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
      }),
    ],
  }),
  command("dbsize", 1, "readonly fast", "keyspace", [], {
    tips: ["request_policy:all_shards", "response_policy:agg_sum"],
  }),
  command("debug", -2, "admin noscript loading stale", ""),
  command("flushall", -1, "write", "keyspace dangerous", [], {
    tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
  }),
  command("flushdb", -1, "write", "keyspace dangerous", [], {
    tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
  }),
  command("info", -1, "loading stale", "dangerous", [], {
    tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
  }),
  command("lastsave", 1, "loading stale fast", "admin dangerous", [], { tips: ["nondeterministic_output"] }),
  command("latency", -2, "", "", [], {
    subcommands: [
      command("latency|doctor", 2, "admin noscript loading stale", "", [], {
        tips: ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
      }),
      command("latency|graph", 3, "admin noscript loading stale", "", [], {
        tips: ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
      }),
      command("latency|help", 2, "loading stale", ""),
      command("latency|histogram", -2, "admin noscript loading stale", "", [], {
        tips: ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
      }),
      command("latency|history", 3, "admin noscript loading stale", "", [], {
        tips: ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
      }),
      command("latency|latest", 2, "admin noscript loading stale", "", [], {
        tips: ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
      }),
      command("latency|reset", -2, "admin noscript loading stale", "", [], {
        tips: ["request_policy:all_nodes", "response_policy:agg_sum"],
      }),
    ],
  }),
  command("lolwut", -1, "readonly fast", ""),
  command("memory", -2, "", "", [], {
    subcommands: [
      command("memory|doctor", 2, "", "", [], {
        tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
      }),
      command("memory|help", 2, "loading stale", ""),
      command("memory|malloc-stats", 2, "", "", [], {
        tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
      }),
      command("memory|purge", 2, "", "", [], {
        tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
      }),
      command("memory|stats", 2, "", "", [], {
        tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
      }),
      command("memory|usage", -3, "readonly", "", [key("RO", 2)]),
    ],
  }),
  command("module", -2, "", "", [], {
    subcommands: [
      command("module|help", 2, "loading stale", ""),
      command("module|list", 2, "admin noscript", "", [], { tips: ["nondeterministic_output_order"] }),
    ],
  }),
  command("monitor", 1, "admin noscript loading stale", ""),
  command("replicaof", 3, "admin noscript stale no_async_loading", ""),
  command("role", 1, "noscript loading stale fast", "admin dangerous"),
  command("save", 1, "admin noscript no_async_loading no_multi", ""),
  command("shutdown", -1, "admin noscript loading stale no_multi allow_busy", ""),
  command("slaveof", 3, "admin noscript stale no_async_loading", ""),
  command("slowlog", -2, "", "", [], {
    subcommands: [
      command("slowlog|get", -2, "admin loading stale", "", [], {
        tips: ["request_policy:all_nodes", "nondeterministic_output"],
      }),
      command("slowlog|help", 2, "loading stale", ""),
      command("slowlog|len", 2, "admin loading stale", "", [], {
        tips: ["request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output"],
      }),
      command("slowlog|reset", 2, "admin loading stale", "", [], {
        tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
      }),
    ],
  }),
  command("swapdb", 3, "write fast", "keyspace dangerous"),
  command("time", 1, "loading stale fast", "", [], { tips: ["nondeterministic_output"] }),
];
