/**
 * The enumerations of the configuration: their numbers, for comparisons on hot
 * paths, and their names, in the order in which error messages list them.
 *
 * The names come first to last as CONFIG GET looks them up, so where two names
 * share a number (oom-score-adj yes and relative) the first is shown.
 */

/** The names of one enumeration and the number of each. */
export type EnumNames = readonly (readonly [name: string, value: number])[];

export const APPENDFSYNC_NO = 0;
export const APPENDFSYNC_ALWAYS = 1;
export const APPENDFSYNC_EVERYSEC = 2;

export const APPENDFSYNC_NAMES: EnumNames = [
  ["everysec", APPENDFSYNC_EVERYSEC],
  ["always", APPENDFSYNC_ALWAYS],
  ["no", APPENDFSYNC_NO],
];

export const LOGLEVEL_DEBUG = 0;
export const LOGLEVEL_VERBOSE = 1;
export const LOGLEVEL_NOTICE = 2;
export const LOGLEVEL_WARNING = 3;
export const LOGLEVEL_NOTHING = 4;

export const LOGLEVEL_NAMES: EnumNames = [
  ["debug", LOGLEVEL_DEBUG],
  ["verbose", LOGLEVEL_VERBOSE],
  ["notice", LOGLEVEL_NOTICE],
  ["warning", LOGLEVEL_WARNING],
  ["nothing", LOGLEVEL_NOTHING],
];

/** Bits of a maxmemory policy: `policy & MAXMEMORY_FLAG_LFU` asks how the clock of an entry is kept. */
export const MAXMEMORY_FLAG_LRU = 1;
export const MAXMEMORY_FLAG_LFU = 2;
export const MAXMEMORY_FLAG_ALLKEYS = 4;

export const MAXMEMORY_VOLATILE_LRU = 0x000 | MAXMEMORY_FLAG_LRU;
export const MAXMEMORY_VOLATILE_LFU = 0x100 | MAXMEMORY_FLAG_LFU;
export const MAXMEMORY_VOLATILE_TTL = 0x200;
export const MAXMEMORY_VOLATILE_RANDOM = 0x300;
export const MAXMEMORY_ALLKEYS_LRU = 0x400 | MAXMEMORY_FLAG_LRU | MAXMEMORY_FLAG_ALLKEYS;
export const MAXMEMORY_ALLKEYS_LFU = 0x500 | MAXMEMORY_FLAG_LFU | MAXMEMORY_FLAG_ALLKEYS;
export const MAXMEMORY_ALLKEYS_RANDOM = 0x600 | MAXMEMORY_FLAG_ALLKEYS;
export const MAXMEMORY_NOEVICTION = 0x700;

export const MAXMEMORY_POLICY_NAMES: EnumNames = [
  ["volatile-lru", MAXMEMORY_VOLATILE_LRU],
  ["volatile-lfu", MAXMEMORY_VOLATILE_LFU],
  ["volatile-random", MAXMEMORY_VOLATILE_RANDOM],
  ["volatile-ttl", MAXMEMORY_VOLATILE_TTL],
  ["allkeys-lru", MAXMEMORY_ALLKEYS_LRU],
  ["allkeys-lfu", MAXMEMORY_ALLKEYS_LFU],
  ["allkeys-random", MAXMEMORY_ALLKEYS_RANDOM],
  ["noeviction", MAXMEMORY_NOEVICTION],
];

/** Bits of shutdown-on-sigint and shutdown-on-sigterm; none is `default`. */
export const SHUTDOWN_SAVE = 1;
export const SHUTDOWN_NOSAVE = 2;
export const SHUTDOWN_NOW = 4;
export const SHUTDOWN_FORCE = 8;

export const SHUTDOWN_NAMES: EnumNames = [
  ["default", 0],
  ["save", SHUTDOWN_SAVE],
  ["nosave", SHUTDOWN_NOSAVE],
  ["now", SHUTDOWN_NOW],
  ["force", SHUTDOWN_FORCE],
];

/** Who may use a protected command or set a protected directive. */
export const PROTECTED_ACTION_NO = 0;
export const PROTECTED_ACTION_YES = 1;
export const PROTECTED_ACTION_LOCAL = 2;

export const PROTECTED_ACTION_NAMES: EnumNames = [
  ["no", PROTECTED_ACTION_NO],
  ["yes", PROTECTED_ACTION_YES],
  ["local", PROTECTED_ACTION_LOCAL],
];

export const SUPERVISED_NONE = 0;
export const SUPERVISED_AUTO = 1;
export const SUPERVISED_SYSTEMD = 2;
export const SUPERVISED_UPSTART = 3;

export const SUPERVISED_NAMES: EnumNames = [
  ["upstart", SUPERVISED_UPSTART],
  ["systemd", SUPERVISED_SYSTEMD],
  ["auto", SUPERVISED_AUTO],
  ["no", SUPERVISED_NONE],
];

export const ACL_PUBSUB_RESETCHANNELS = 0;
export const ACL_PUBSUB_ALLCHANNELS = 1;

export const ACL_PUBSUB_NAMES: EnumNames = [
  ["allchannels", ACL_PUBSUB_ALLCHANNELS],
  ["resetchannels", ACL_PUBSUB_RESETCHANNELS],
];

/** Numbers the names 0, 1, 2… for enumerations of which only the name matters. */
function numbered(...names: string[]): EnumNames {
  return names.map((name, i) => [name, i] as const);
}

export const SYSLOG_FACILITY_NAMES: EnumNames = numbered(
  "user",
  "local0",
  "local1",
  "local2",
  "local3",
  "local4",
  "local5",
  "local6",
  "local7",
);
export const REPL_DISKLESS_LOAD_NAMES: EnumNames = numbered("disabled", "on-empty-db", "swapdb");
export const TLS_AUTH_CLIENTS_NAMES: EnumNames = numbered("no", "yes", "optional");
export const OOM_SCORE_ADJ_NAMES: EnumNames = [["no", 0], ["yes", 1], ["relative", 1], ["absolute", 2]];
export const SANITIZE_DUMP_NAMES: EnumNames = numbered("no", "yes", "clients");
export const ENDPOINT_TYPE_NAMES: EnumNames = numbered("ip", "hostname", "unknown-endpoint");
export const PROPAGATION_ERROR_NAMES: EnumNames = numbered("ignore", "panic", "panic-on-replicas");
