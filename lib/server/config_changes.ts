/**
 * What CONFIG SET does at once. Directives that are read where they are used
 * (limits, timeouts, hz) need nothing here.
 */

import { type Server } from "./server.ts";

/** File descriptors that are not connections: the AOF, listeners, pipes, the runtime's own. */
const RESERVED_FILES = 32;

/** Registers everything; called once, when the server stands. */
export function watchConfig(server: Server): void {
  const { config } = server;
  server.persistence.watchConfig();
  const on = (names: readonly string[], apply: () => string | undefined | void): void => {
    const listener = (): string | undefined => apply() ?? undefined;
    for (const name of names) config.onChange(name, listener);
  };
  on(["loglevel"], () => {
    server.log.level = config.loglevel;
  });
  on(["slowlog-log-slower-than", "latency-monitor-threshold", "latency-tracking"], () => {
    server.metrics.readConfig();
  });
  on([
    "maxmemory-policy",
    "maxmemory-samples",
    "maxmemory-eviction-tenacity",
    "lfu-log-factor",
    "lfu-decay-time",
  ], () => server.memory.readConfig());
  on(["maxmemory"], () => maxmemoryChanged(server));
  on(["active-expire-effort"], () => {
    server.expiry.effort = config.activeExpireEffort;
  });
  on(["tcp-keepalive"], () => {
    server.platform.netOptions.keepAliveSeconds = config.tcpKeepalive;
  });
  on(["maxclients"], () => checkFiles(server));
  on(
    [
      ...["hash-max-listpack-entries", "hash-max-listpack-value", "list-max-listpack-size"],
      ...["set-max-intset-entries", "set-max-listpack-entries", "set-max-listpack-value"],
      ...["zset-max-listpack-entries", "zset-max-listpack-value"],
    ],
    () => readEncodingLimits(server),
  );
  readEncodingLimits(server);
  on(["port"], () => {
    if (!server.listeners.rebind()) return "Unable to listen on this port. Check server logs.";
  });
  on(["bind"], () => {
    if (!server.listeners.rebind()) return "Failed to bind to specified addresses.";
  });
}

/** Tells the collections up to which limits they have the names of Redis' small encodings. */
function readEncodingLimits({ config, ks }: Server): void {
  ks.hashes.maxListpackEntries = config.hashMaxListpackEntries;
  ks.hashes.maxListpackValue = config.hashMaxListpackValue;
  ks.lists.maxListpackSize = config.listMaxListpackSize;
  ks.sets.maxIntsetEntries = config.setMaxIntsetEntries;
  ks.sets.maxListpackEntries = config.setMaxListpackEntries;
  ks.sets.maxListpackValue = config.setMaxListpackValue;
  ks.zsets.maxListpackEntries = config.zsetMaxListpackEntries;
  ks.zsets.maxListpackValue = config.zsetMaxListpackValue;
}

function maxmemoryChanged({ config, log, memory }: Server): void {
  const { maxmemory } = config;
  if (maxmemory === 0) return;
  if (maxmemory < memory.usedMemory) {
    log.warning(
      `WARNING: the new maxmemory value set via CONFIG SET (${maxmemory}) is smaller than the current memory usage ` +
        `(${memory.usedMemory}). This will result in key eviction and/or the inability to accept new write commands ` +
        "depending on the maxmemory-policy.",
    );
  }
  memory.limitChanged();
}

function checkFiles({ config, platform }: Server): string | undefined {
  const most = platform.openFilesLimit() - RESERVED_FILES;
  if (config.maxclients <= most) return undefined;
  return `The operating system is not able to handle the specified number of clients, try with ${most}`;
}
