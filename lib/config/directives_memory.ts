/** The directives of memory: maxmemory, eviction, expiry, lazy freeing, the kernel. */

import { checkDefrag } from "./checks.ts";
import { bool, choice, type Directive, FLAG_IMMUTABLE, FLAG_MULTI, number, special } from "./directive.ts";
import { MAXMEMORY_POLICY_NAMES, OOM_SCORE_ADJ_NAMES } from "./enums.ts";
import { INT_MAX, LLONG_MAX, ULLONG_MAX } from "./numbers.ts";
import { OOM_SCORE_ADJ_VALUES } from "./specials.ts";

const MB = 1n << 20n;

export const MEMORY_DIRECTIVES: readonly Directive[] = [
  number("active-defrag-cycle-max", 1n, 99n, 25n, { support: "kept" }),
  number("active-defrag-cycle-min", 1n, 99n, 1n, { support: "kept" }),
  number("active-defrag-ignore-bytes", 1n, LLONG_MAX, 100n * MB, {
    support: "kept",
    form: "memory",
    unsigned: true,
  }),
  number("active-defrag-max-scan-fields", 1n, LLONG_MAX, 1000n, { support: "kept" }),
  number("active-defrag-threshold-lower", 0n, 1000n, 10n, { support: "kept" }),
  number("active-defrag-threshold-upper", 0n, 1000n, 100n, { support: "kept" }),
  number("active-expire-effort", 1n, 10n, 1n),
  bool("activedefrag", "no", { support: "kept", check: checkDefrag }),
  bool("activerehashing", "yes", { support: "kept" }),
  bool("disable-thp", "yes", { flags: FLAG_IMMUTABLE, support: "kept" }),
  bool("jemalloc-bg-thread", "yes", { support: "kept" }),
  bool("lazyfree-lazy-eviction", "no"),
  bool("lazyfree-lazy-expire", "no"),
  bool("lazyfree-lazy-server-del", "no"),
  bool("lazyfree-lazy-user-del", "no"),
  bool("lazyfree-lazy-user-flush", "no"),
  number("lfu-decay-time", 0n, INT_MAX, 1n),
  number("lfu-log-factor", 0n, INT_MAX, 10n),
  number("maxmemory", 0n, ULLONG_MAX, 0n, { form: "memory", unsigned: true }),
  number("maxmemory-clients", -100n, LLONG_MAX, 0n, { support: "kept", form: "memory-percent" }),
  number("maxmemory-eviction-tenacity", 0n, 100n, 10n),
  choice("maxmemory-policy", MAXMEMORY_POLICY_NAMES, "noeviction"),
  number("maxmemory-samples", 1n, INT_MAX, 5n),
  choice("oom-score-adj", OOM_SCORE_ADJ_NAMES, "no", { support: "kept" }),
  special("oom-score-adj-values", OOM_SCORE_ADJ_VALUES, { flags: FLAG_MULTI, support: "kept" }),
];
