/**
 * Connection commands: handshake, authentication, database choice and CLIENT.
 *
 * The facts of each, in the words of define.ts.
 */

import { defineGroup } from "./define.ts";
import type { CommandMeta } from "./types.ts";

const command = defineGroup("connection");

/** The group "connection" in alphabetical order, subcommands inside their containers. */
export const CONNECTION_COMMANDS: readonly CommandMeta[] = [
  command("auth", -2, "noscript loading stale fast no_auth allow_busy", "connection"),
  command("client", -2, "", "", [], {
    subcommands: [
      command("client|getname", 2, "noscript loading stale", "connection"),
      command("client|help", 2, "loading stale", "connection"),
      command("client|id", 2, "noscript loading stale", "connection"),
      command("client|info", 2, "noscript loading stale", "connection", [], {
        tips: ["nondeterministic_output"],
      }),
      command("client|kill", -3, "admin noscript loading stale", "connection"),
      command("client|list", -2, "admin noscript loading stale", "connection", [], {
        tips: ["nondeterministic_output"],
      }),
      command("client|no-evict", 3, "admin noscript loading stale", "connection"),
      command("client|no-touch", 3, "noscript loading stale", "connection"),
      command("client|pause", -3, "admin noscript loading stale", "connection"),
      command("client|reply", 3, "noscript loading stale", "connection"),
      command("client|setinfo", 4, "noscript loading stale", "connection", [], {
        tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
      }),
      command("client|setname", 3, "noscript loading stale", "connection", [], {
        tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
      }),
      command("client|unblock", -3, "admin noscript loading stale", "connection"),
      command("client|unpause", 2, "admin noscript loading stale", "connection"),
    ],
  }),
  command("echo", 2, "loading stale fast", "connection"),
  command("hello", -1, "noscript loading stale fast no_auth allow_busy", "connection"),
  command("ping", -1, "fast", "connection", [], {
    tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
  }),
  command("quit", -1, "noscript loading stale fast no_auth allow_busy", "connection"),
  command("reset", 1, "noscript loading stale fast no_auth allow_busy", "connection"),
  command("select", 2, "loading stale fast", "connection"),
];
