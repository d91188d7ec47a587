/** The directives of the process: logging, title, signals, timers, slow log, latency. */

import { checkProcTitle, checkShutdown } from "./checks.ts";
import {
  bool,
  choice,
  type Directive,
  FLAG_HIDDEN,
  FLAG_IMMUTABLE,
  FLAG_MULTI,
  number,
  optionalText,
  special,
  text,
} from "./directive.ts";
import {
  LOGLEVEL_NAMES,
  PROPAGATION_ERROR_NAMES,
  PROTECTED_ACTION_NAMES,
  SHUTDOWN_NAMES,
  SUPERVISED_NAMES,
  SYSLOG_FACILITY_NAMES,
} from "./enums.ts";
import { INT_MAX, LLONG_MAX } from "./numbers.ts";
import { LATENCY_PERCENTILES } from "./specials.ts";

export const SERVER_DIRECTIVES: readonly Directive[] = [
  bool("always-show-logo", "no", { flags: FLAG_IMMUTABLE }),
  optionalText("bgsave_cpulist", { flags: FLAG_IMMUTABLE, support: "kept" }),
  optionalText("bio_cpulist", { flags: FLAG_IMMUTABLE, support: "kept" }),
  number("busy-reply-threshold", 0n, LLONG_MAX, 5000n, { alias: "lua-time-limit", support: "kept" }),
  bool("crash-log-enabled", "yes"),
  bool("crash-memcheck-enabled", "yes", { support: "kept" }),
  bool("daemonize", "no", { flags: FLAG_IMMUTABLE, support: "kept" }),
  bool("dynamic-hz", "yes"),
  choice("enable-debug-command", PROTECTED_ACTION_NAMES, "no", { flags: FLAG_IMMUTABLE }),
  choice("enable-module-command", PROTECTED_ACTION_NAMES, "no", { flags: FLAG_IMMUTABLE, support: "kept" }),
  choice("enable-protected-configs", PROTECTED_ACTION_NAMES, "no", { flags: FLAG_IMMUTABLE }),
  number("hz", 0n, INT_MAX, 10n, { clamp: [1n, 500n] }),
  text("ignore-warnings", "", { support: "kept" }),
  number("latency-monitor-threshold", 0n, LLONG_MAX, 0n),
  bool("latency-tracking", "yes"),
  special("latency-tracking-info-percentiles", LATENCY_PERCENTILES, { flags: FLAG_MULTI }),
  text("locale-collate", "", { support: "kept" }),
  text("logfile", "", { flags: FLAG_IMMUTABLE, path: true }),
  choice("loglevel", LOGLEVEL_NAMES, "notice"),
  optionalText("pidfile", { flags: FLAG_IMMUTABLE, path: true }),
  text("proc-title-template", "{title} {listen-addr} {server-mode}", {
    support: "kept",
    check: checkProcTitle,
  }),
  choice("propagation-error-behavior", PROPAGATION_ERROR_NAMES, "ignore", { support: "kept" }),
  optionalText("server_cpulist", { flags: FLAG_IMMUTABLE, support: "kept" }),
  bool("set-proc-title", "yes", { flags: FLAG_IMMUTABLE, support: "kept" }),
  choice("shutdown-on-sigint", SHUTDOWN_NAMES, "default", { flags: FLAG_MULTI, check: checkShutdown }),
  choice("shutdown-on-sigterm", SHUTDOWN_NAMES, "default", { flags: FLAG_MULTI, check: checkShutdown }),
  number("shutdown-timeout", 0n, INT_MAX, 10n),
  number("slowlog-log-slower-than", -1n, LLONG_MAX, 10000n),
  number("slowlog-max-len", 0n, LLONG_MAX, 128n),
  choice("supervised", SUPERVISED_NAMES, "no", { flags: FLAG_IMMUTABLE, support: "kept" }),
  bool("syslog-enabled", "no", { flags: FLAG_IMMUTABLE, support: "kept" }),
  choice("syslog-facility", SYSLOG_FACILITY_NAMES, "local0", { flags: FLAG_IMMUTABLE, support: "kept" }),
  text("syslog-ident", "redis", { flags: FLAG_IMMUTABLE, support: "kept" }),
  bool("use-exit-on-panic", "no", { flags: FLAG_HIDDEN, support: "kept" }),
  number("watchdog-period", 0n, INT_MAX, 0n, { flags: FLAG_HIDDEN, support: "kept" }),
];
