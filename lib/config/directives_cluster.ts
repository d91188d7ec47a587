/** The directives of the cluster. There is none here: all are kept, not acted on. */

import { checkHostname, checkNodename } from "./checks.ts";
import {
  bool,
  choice,
  type Directive,
  FLAG_HIDDEN,
  FLAG_IMMUTABLE,
  kept,
  number,
  optionalText,
  text,
} from "./directive.ts";
import { ENDPOINT_TYPE_NAMES } from "./enums.ts";
import { INT_MAX, LLONG_MAX, ULLONG_MAX } from "./numbers.ts";

export const CLUSTER_DIRECTIVES: readonly Directive[] = kept([
  bool("cluster-allow-pubsubshard-when-down", "yes"),
  bool("cluster-allow-reads-when-down", "no"),
  bool("cluster-allow-replica-migration", "yes"),
  number("cluster-announce-bus-port", 0n, 65535n, 0n),
  optionalText("cluster-announce-hostname", { check: checkHostname }),
  optionalText("cluster-announce-human-nodename", { check: checkNodename }),
  optionalText("cluster-announce-ip"),
  number("cluster-announce-port", 0n, 65535n, 0n),
  number("cluster-announce-tls-port", 0n, 65535n, 0n),
  text("cluster-config-file", "nodes.conf", { flags: FLAG_IMMUTABLE, path: true }),
  bool("cluster-enabled", "no", { flags: FLAG_IMMUTABLE }),
  number("cluster-link-sendbuf-limit", 0n, ULLONG_MAX, 0n, { form: "memory", unsigned: true }),
  number("cluster-migration-barrier", 0n, INT_MAX, 1n),
  number("cluster-node-timeout", 0n, LLONG_MAX, 15000n),
  number("cluster-ping-interval", 0n, LLONG_MAX, 0n, { flags: FLAG_HIDDEN }),
  number("cluster-port", 0n, 65535n, 0n, { flags: FLAG_IMMUTABLE }),
  choice("cluster-preferred-endpoint-type", ENDPOINT_TYPE_NAMES, "ip"),
  bool("cluster-replica-no-failover", "no", { alias: "cluster-slave-no-failover" }),
  number("cluster-replica-validity-factor", 0n, INT_MAX, 10n, { alias: "cluster-slave-validity-factor" }),
  bool("cluster-require-full-coverage", "yes"),
]);
