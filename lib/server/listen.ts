/** Opening the listening sockets that the configuration names. */

import { IoError, type ListenAddress, type Listener } from "../platform/types.ts";
import { type Server } from "./server.ts";

/** Failures that an address marked optional (`-::1`) may have. */
const OPTIONAL_FAILURES = new Set(["EADDRNOTAVAIL", "EAFNOSUPPORT", "EPROTONOSUPPORT", "ENOENT"]);

/**
 * Listens on every address of `bind` (unless `port` is 0) and on `unixsocket`.
 * @throws {IoError} when a mandatory address fails, or nothing is left to listen on
 */
export function openListeners(server: Server): Listener[] {
  const { config, platform, log, connections } = server;
  platform.netOptions.keepAliveSeconds = config.tcpKeepalive;
  const listeners: Listener[] = [];
  const open = (address: ListenAddress): void => {
    listeners.push(platform.listen(address, connections));
  };
  if (config.port !== 0) {
    const hosts = config.bind.length > 0 ? config.bind : ["*"];
    for (const entry of hosts) {
      const optional = entry.startsWith("-");
      const host = optional ? entry.slice(1) : entry;
      try {
        open({ kind: "tcp", host, port: config.port, backlog: config.tcpBacklog });
      } catch (error) {
        if (!(error instanceof IoError)) throw error;
        if (optional && OPTIONAL_FAILURES.has(error.code)) continue;
        log.warning(
          `Could not create server TCP listening socket ${host}:${config.port}: bind: ${error.strerror}`,
        );
        log.warning("Failed listening on port " + config.port + " (tcp), aborting.");
        throw error;
      }
    }
  }
  if (config.unixsocket !== "") {
    const { unixsocket: path, unixsocketperm: mode, tcpBacklog: backlog } = config;
    try {
      open({ kind: "unix", path, mode, backlog });
    } catch (error) {
      if (!(error instanceof IoError)) throw error;
      log.warning(`Failed opening Unix socket: bind: ${error.strerror}`);
      throw error;
    }
  }
  return listeners;
}
