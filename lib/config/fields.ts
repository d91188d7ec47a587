/**
 * The public fields of the configuration: plain values that hot code reads
 * without a lookup.
 *
 * DESIGN. A directive `maxmemory-policy` has the field `maxmemoryPolicy` when
 * this class declares one; `Config` writes it whenever the value changes. All
 * fields are set in one order here, so the object keeps one hidden class.
 * Times are in the unit of the directive, sizes in bytes; enumerations are the
 * numbers of enums.ts. Only `Config` writes them. Texts that name files are
 * decoded; other texts are byte strings; "not set" is the empty string.
 */

import {
  ACL_PUBSUB_RESETCHANNELS,
  APPENDFSYNC_EVERYSEC,
  LOGLEVEL_NOTICE,
  MAXMEMORY_NOEVICTION,
  PROTECTED_ACTION_NO,
  SUPERVISED_NONE,
} from "./enums.ts";
import type { OutputBufferLimit, ReplicaOf, SavePoint } from "./specials.ts";

/** The values that the rest of the server reads. */
export class ConfigFields {
  // Network and clients
  /** Addresses to listen on; one that starts with `-` may be unavailable. Empty: no TCP. */
  bind: readonly string[] = ["127.0.0.1", "-::1"];
  port = 6379;
  unixsocket = "";
  /** File mode of the Unix socket; 0 leaves it to the umask. */
  unixsocketperm = 0;
  tcpBacklog = 511;
  tcpKeepalive = 300;
  /** Seconds after which an idle client is disconnected, 0 for never. */
  timeout = 0;
  protectedMode = true;
  /** A byte string. */
  requirepass = "";
  maxclients = 10000;
  protoMaxBulkLen = 512 * 1024 * 1024;
  clientQueryBufferLimit = 1024 * 1024 * 1024;
  /** By OBUF_CLASS_. */
  clientOutputBufferLimit: readonly OutputBufferLimit[] = [];
  /** Bytes; a negative number is a percentage of maxmemory. */
  maxmemoryClients = 0;
  aclfile = "";
  acllogMaxLen = 128;
  aclPubsubDefault = ACL_PUBSUB_RESETCHANNELS;

  // Process
  daemonize = false;
  supervised = SUPERVISED_NONE;
  /** Empty: standard output. */
  logfile = "";
  loglevel = LOGLEVEL_NOTICE;
  pidfile = "";
  alwaysShowLogo = false;
  setProcTitle = true;
  procTitleTemplate = "{title} {listen-addr} {server-mode}";
  crashLogEnabled = true;
  ignoreWarnings = "";
  /** Turns of the cron per second. */
  hz = 10;
  dynamicHz = true;
  enableDebugCommand = PROTECTED_ACTION_NO;
  enableProtectedConfigs = PROTECTED_ACTION_NO;
  enableModuleCommand = PROTECTED_ACTION_NO;
  /** Seconds. */
  shutdownTimeout = 10;
  /** SHUTDOWN_ bits. */
  shutdownOnSigint = 0;
  shutdownOnSigterm = 0;
  /** Microseconds; negative: off. */
  slowlogLogSlowerThan = 10000;
  slowlogMaxLen = 128;
  /** Milliseconds; 0: off. */
  latencyMonitorThreshold = 0;
  latencyTracking = true;
  latencyTrackingInfoPercentiles: readonly number[] = [];
  /** Milliseconds. */
  busyReplyThreshold = 5000;

  // Memory
  maxmemory = 0;
  maxmemoryPolicy = MAXMEMORY_NOEVICTION;
  maxmemorySamples = 5;
  maxmemoryEvictionTenacity = 10;
  lfuLogFactor = 10;
  /** Minutes. */
  lfuDecayTime = 1;
  activeExpireEffort = 1;
  lazyfreeLazyEviction = false;
  lazyfreeLazyExpire = false;
  lazyfreeLazyServerDel = false;
  lazyfreeLazyUserDel = false;
  lazyfreeLazyUserFlush = false;

  // Persistence
  dir = ".";
  appendonly = true;
  appendfilename = "appendonly.aof";
  appenddirname = "appendonlydir";
  appendfsync = APPENDFSYNC_EVERYSEC;
  noAppendfsyncOnRewrite = false;
  autoAofRewritePercentage = 100;
  autoAofRewriteMinSize = 64 * 1024 * 1024;
  aofLoadTruncated = true;
  aofRewriteIncrementalFsync = true;
  aofTimestampEnabled = false;
  aofUseRdbPreamble = false;
  /** Microseconds per key, for tests. */
  keyLoadDelay = 0;
  /** Microseconds per key, for tests. */
  rdbKeySaveDelay = 0;
  loadingProcessEventsIntervalBytes = 2 * 1024 * 1024;
  save: readonly SavePoint[] = [];
  dbfilename = "dump.rdb";
  rdbcompression = true;
  rdbchecksum = true;
  rdbSaveIncrementalFsync = true;
  stopWritesOnBgsaveError = true;

  // Data
  databases = 16;
  hashMaxListpackEntries = 512;
  hashMaxListpackValue = 64;
  /** Positive: elements; -1 to -5: 4, 8, 16, 32, 64 KiB. */
  listMaxListpackSize = -2;
  listCompressDepth = 0;
  setMaxIntsetEntries = 512;
  setMaxListpackEntries = 128;
  setMaxListpackValue = 64;
  zsetMaxListpackEntries = 128;
  zsetMaxListpackValue = 64;
  hllSparseMaxBytes = 3000;
  streamNodeMaxBytes = 4096;
  streamNodeMaxEntries = 100;
  /** NOTIFY_ bits. */
  notifyKeyspaceEvents = 0;
  trackingTableMaxKeys = 1_000_000;

  // Replication and cluster
  replicaof: ReplicaOf | null = null;
  replicaReadOnly = true;
  replicaPriority = 100;
  minReplicasToWrite = 0;
  clusterEnabled = false;
}

/** The field that a directive would have: `aof_rewrite-x` becomes `aofRewriteX`. */
export function fieldName(directiveName: string): string {
  return directiveName.replace(/[-_]([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
