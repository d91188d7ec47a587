/**
 * The directives of persistence: the append-only file, snapshots, where they lie.
 *
 * Ours alone: appendonly is on, there are no save points and the AOF has no
 * RDB preamble, because the AOF, one plain file, is what this server is for.
 */

import { baseName, nonEmptyBaseName } from "./checks.ts";
import {
  bool,
  choice,
  type Directive,
  FLAG_DENY_LOADING,
  FLAG_HIDDEN,
  FLAG_IMMUTABLE,
  FLAG_MULTI,
  FLAG_PROTECTED,
  number,
  optionalText,
  special,
  text,
} from "./directive.ts";
import { APPENDFSYNC_NAMES, SANITIZE_DUMP_NAMES } from "./enums.ts";
import { INT_MAX, INT_MIN, LLONG_MAX } from "./numbers.ts";
import { DIR, SAVE } from "./specials.ts";

const MB = 1n << 20n;

export const PERSISTENCE_DIRECTIVES: readonly Directive[] = [
  bool("aof-disable-auto-gc", "no", { flags: FLAG_HIDDEN, support: "kept" }),
  bool("aof-load-truncated", "yes"),
  bool("aof-rewrite-incremental-fsync", "yes"),
  bool("aof-timestamp-enabled", "no"),
  bool("aof-use-rdb-preamble", "no", { redisDefault: "yes" }),
  optionalText("aof_rewrite_cpulist", { flags: FLAG_IMMUTABLE, support: "kept" }),
  text("appenddirname", "appendonlydir", {
    flags: FLAG_IMMUTABLE,
    support: "kept",
    path: true,
    check: nonEmptyBaseName("appenddirname", "dirname"),
  }),
  text("appendfilename", "appendonly.aof", {
    flags: FLAG_IMMUTABLE,
    path: true,
    check: nonEmptyBaseName("appendfilename", "filename"),
  }),
  choice("appendfsync", APPENDFSYNC_NAMES, "everysec"),
  bool("appendonly", "yes", { flags: FLAG_DENY_LOADING, redisDefault: "no" }),
  number("auto-aof-rewrite-min-size", 0n, LLONG_MAX, 64n * MB, { form: "memory" }),
  number("auto-aof-rewrite-percentage", 0n, INT_MAX, 100n),
  text("dbfilename", "dump.rdb", {
    flags: FLAG_PROTECTED,
    path: true,
    check: baseName("dbfilename", "filename"),
  }),
  special("dir", DIR, { flags: FLAG_PROTECTED | FLAG_DENY_LOADING }),
  number("key-load-delay", INT_MIN, INT_MAX, 0n, { flags: FLAG_HIDDEN }),
  number("loading-process-events-interval-bytes", 1024n, INT_MAX, 2n * MB, {
    flags: FLAG_HIDDEN,
    support: "kept",
  }),
  bool("no-appendfsync-on-rewrite", "no"),
  bool("rdb-del-sync-files", "no", { support: "kept" }),
  number("rdb-key-save-delay", INT_MIN, INT_MAX, 0n, { flags: FLAG_HIDDEN }),
  bool("rdb-save-incremental-fsync", "yes"),
  bool("rdbchecksum", "yes", { flags: FLAG_IMMUTABLE }),
  bool("rdbcompression", "yes"),
  choice("sanitize-dump-payload", SANITIZE_DUMP_NAMES, "no", { support: "kept" }),
  special("save", SAVE, { flags: FLAG_MULTI, redisDefault: "3600 1 300 100 60 10000" }),
  bool("stop-writes-on-bgsave-error", "yes"),
];
