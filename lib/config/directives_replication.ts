/** The directives of replication. There is none here: all are kept, not acted on. */

import {
  bool,
  choice,
  type Directive,
  FLAG_DENY_LOADING,
  FLAG_IMMUTABLE,
  FLAG_MULTI,
  FLAG_SENSITIVE,
  kept,
  number,
  optionalText,
  special,
} from "./directive.ts";
import { REPL_DISKLESS_LOAD_NAMES } from "./enums.ts";
import { INT_MAX, LLONG_MAX } from "./numbers.ts";
import { REPLICAOF } from "./specials.ts";

const MB = 1n << 20n;

export const REPLICATION_DIRECTIVES: readonly Directive[] = kept([
  optionalText("masterauth", { flags: FLAG_SENSITIVE, binary: true }),
  optionalText("masteruser", { flags: FLAG_SENSITIVE }),
  number("min-replicas-max-lag", 0n, INT_MAX, 10n, { alias: "min-slaves-max-lag" }),
  number("min-replicas-to-write", 0n, INT_MAX, 0n, { alias: "min-slaves-to-write" }),
  number("repl-backlog-size", 1n, LLONG_MAX, MB, { form: "memory" }),
  number("repl-backlog-ttl", 0n, LLONG_MAX, 3600n),
  bool("repl-disable-tcp-nodelay", "no"),
  choice("repl-diskless-load", REPL_DISKLESS_LOAD_NAMES, "disabled", { flags: FLAG_DENY_LOADING }),
  bool("repl-diskless-sync", "yes"),
  number("repl-diskless-sync-delay", 0n, INT_MAX, 5n),
  number("repl-diskless-sync-max-replicas", 0n, INT_MAX, 0n),
  number("repl-ping-replica-period", 1n, INT_MAX, 10n, { alias: "repl-ping-slave-period" }),
  number("repl-timeout", 1n, INT_MAX, 60n),
  optionalText("replica-announce-ip", { alias: "slave-announce-ip" }),
  number("replica-announce-port", 0n, 65535n, 0n, { alias: "slave-announce-port" }),
  bool("replica-announced", "yes"),
  bool("replica-ignore-disk-write-errors", "no"),
  bool("replica-ignore-maxmemory", "yes", { alias: "slave-ignore-maxmemory" }),
  bool("replica-lazy-flush", "no", { alias: "slave-lazy-flush" }),
  number("replica-priority", 0n, INT_MAX, 100n, { alias: "slave-priority" }),
  bool("replica-read-only", "yes", { alias: "slave-read-only" }),
  bool("replica-serve-stale-data", "yes", { alias: "slave-serve-stale-data" }),
  special("replicaof", REPLICAOF, { alias: "slaveof", flags: FLAG_IMMUTABLE | FLAG_MULTI }),
]);
