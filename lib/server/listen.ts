/**
 * The listening sockets: opened at start, changed by CONFIG SET port and bind.
 */

import { type InfoLine } from "../commands/server_port.ts";
import { IoError, type ListenAddress, type Listener } from "../platform/types.ts";
import { type Server } from "./server.ts";

/** Failures that an address marked optional (`-::1`) may have. */
const OPTIONAL_FAILURES = new Set(["EADDRNOTAVAIL", "EAFNOSUPPORT", "EPROTONOSUPPORT", "ENOENT"]);

/** All listening sockets of one server. */
export class Listeners {
  readonly #server: Server;
  #tcp: Listener[] = [];
  #unix: Listener | null = null;

  constructor(server: Server) {
    this.#server = server;
  }

  /**
   * Listens on every address of `bind` (unless `port` is 0) and on `unixsocket`.
   * @throws {IoError} when a mandatory address fails
   */
  open(): void {
    this.#server.platform.netOptions.keepAliveSeconds = this.#server.config.tcpKeepalive;
    this.#openTcp();
    this.#openUnix();
  }

  /** Stops accepting. */
  close(): void {
    this.#closeTcp();
    this.#unix?.close();
    this.#unix = null;
  }

  /** CONFIG SET port or bind: open connections stay. @returns whether the new addresses could be had */
  rebind(): boolean {
    this.#closeTcp();
    try {
      this.#openTcp();
      return true;
    } catch (error) {
      if (!(error instanceof IoError)) throw error;
      this.#closeTcp();
      return false;
    }
  }

  /** The `listenerN` lines of INFO server. */
  info(): InfoLine[] {
    const { config } = this.#server;
    const lines: InfoLine[] = [];
    if (this.#tcp.length > 0) {
      const hosts = this.#hosts().map((host) => `bind=${host}`).join(",");
      lines.push([`listener${lines.length}`, `name=tcp,${hosts},port=${config.port}`]);
    }
    if (this.#unix !== null) lines.push([`listener${lines.length}`, `name=unix,bind=${config.unixsocket}`]);
    return lines;
  }

  #hosts(): readonly string[] {
    const { bind } = this.#server.config;
    return bind.length > 0 ? bind : ["*"];
  }

  #openTcp(): void {
    const { config, platform, log, connections } = this.#server;
    const { port, tcpBacklog: backlog } = config;
    if (port === 0) return;
    for (const entry of this.#hosts()) {
      const optional = entry.startsWith("-");
      const host = optional ? entry.slice(1) : entry;
      try {
        this.#tcp.push(platform.listen({ kind: "tcp", host, port, backlog }, connections));
      } catch (error) {
        if (!(error instanceof IoError)) throw error;
        if (optional && OPTIONAL_FAILURES.has(error.code)) continue;
        log.warning(`Could not create server TCP listening socket ${host}:${port}: bind: ${error.strerror}`);
        log.warning(`Failed listening on port ${port} (tcp), aborting.`);
        throw error;
      }
    }
  }

  #openUnix(): void {
    const { config, platform, log, connections } = this.#server;
    const { unixsocket: path, unixsocketperm: mode, tcpBacklog: backlog } = config;
    if (path === "") return;
    const address: ListenAddress = { kind: "unix", path, mode, backlog };
    try {
      this.#unix = platform.listen(address, connections);
    } catch (error) {
      if (!(error instanceof IoError)) throw error;
      log.warning(`Failed opening Unix socket: bind: ${error.strerror}`);
      throw error;
    }
  }

  #closeTcp(): void {
    for (const listener of this.#tcp) listener.close();
    this.#tcp = [];
  }
}
