/**
 * The listening sockets: opened at start, changed by CONFIG SET port and bind.
 *
 * DESIGN. A change opens what is new before it closes what is no longer
 * wanted, so one that fails leaves everything as it was, and an address that
 * stays never stops accepting. (A closed socket frees its address some time
 * later: closing first could not be undone.) The price: on the same port
 * `*` cannot replace a single address, or the other way round.
 */

import { type InfoLine } from "../commands/server_port.ts";
import { IoError, type ListenAddress, type Listener } from "../platform/types.ts";
import { type Server } from "./server.ts";

/** Failures that an address marked optional (`-::1`) may have. */
const OPTIONAL_FAILURES = new Set(["EADDRNOTAVAIL", "EAFNOSUPPORT", "EPROTONOSUPPORT", "ENOENT"]);
const ANY_IPV4 = "*";
const ANY_IPV6 = "::*";

/** An entry of `bind`. */
interface Host {
  readonly host: string;
  readonly optional: boolean;
}

/** All listening sockets of one server. */
export class Listeners {
  readonly #server: Server;
  /** By `host:port`. */
  #tcp = new Map<string, Listener>();
  #unix: Listener | null = null;

  constructor(server: Server) {
    this.#server = server;
  }

  /**
   * Listens on every address of `bind` (none: no TCP; nor with `port` 0) and on `unixsocket`.
   * @throws {IoError} when a mandatory address fails
   */
  open(): void {
    this.#server.platform.netOptions.keepAliveSeconds = this.#server.config.tcpKeepalive;
    this.#openTcp();
    this.#openUnix();
  }

  /** Stops accepting. */
  close(): void {
    for (const listener of this.#tcp.values()) listener.close();
    this.#tcp.clear();
    this.#unix?.close();
    this.#unix = null;
  }

  /** CONFIG SET port or bind: open connections stay. @returns whether the new addresses could be had */
  rebind(): boolean {
    try {
      this.#openTcp();
      return true;
    } catch (error) {
      if (!(error instanceof IoError)) throw error;
      return false;
    }
  }

  /** The `listenerN` lines of INFO server. */
  info(): InfoLine[] {
    const { config } = this.#server;
    const lines: InfoLine[] = [];
    if (this.#tcp.size > 0) {
      const hosts = config.bind.map((host) => `bind=${host}`).join(",");
      lines.push([`listener${lines.length}`, `name=tcp,${hosts},port=${config.port}`]);
    }
    if (this.#unix !== null) lines.push([`listener${lines.length}`, `name=unix,bind=${config.unixsocket}`]);
    return lines;
  }

  /** Listens on exactly what the configuration says. @throws {IoError} and has then changed nothing */
  #openTcp(): void {
    const { port } = this.#server.config;
    const wanted = new Map<string, Listener>();
    try {
      if (port !== 0) { for (const host of this.#hosts()) this.#openHost(host, port, wanted); }
    } catch (error) {
      for (const [key, listener] of wanted) if (!this.#tcp.has(key)) listener.close();
      throw error;
    }
    for (const [key, listener] of this.#tcp) if (!wanted.has(key)) listener.close();
    this.#tcp = wanted;
  }

  #openHost({ host, optional }: Host, port: number, wanted: Map<string, Listener>): void {
    const { platform, log, connections, config } = this.#server;
    const key = `${host}:${port}`;
    const present = this.#tcp.get(key);
    if (present !== undefined) return void wanted.set(key, present);
    try {
      const address: ListenAddress = { kind: "tcp", host, port, backlog: config.tcpBacklog };
      wanted.set(key, platform.listen(address, connections));
    } catch (error) {
      if (!(error instanceof IoError)) throw error;
      if (optional && OPTIONAL_FAILURES.has(error.code)) return;
      if (host === ANY_IPV6 && this.#bindsAll() && OPTIONAL_FAILURES.has(error.code)) {
        return this.#openHost({ host: ANY_IPV4, optional: false }, port, wanted);
      }
      log.warning(`Could not create server TCP listening socket ${host}:${port}: bind: ${error.strerror}`);
      log.warning(`Failed listening on port ${port} (tcp), aborting.`);
      throw error;
    }
  }

  /** Whether `bind` names all addresses of both kinds, which one socket can serve. */
  #bindsAll(): boolean {
    const hosts = this.#server.config.bind.map((entry) => entry.replace(/^-/, ""));
    return hosts.includes(ANY_IPV4) && hosts.includes(ANY_IPV6);
  }

  #hosts(): Host[] {
    const { bind } = this.#server.config;
    const hosts = bind.map((entry) => ({
      host: entry.replace(/^-/, ""),
      optional: entry.startsWith("-"),
    }));
    if (!this.#bindsAll()) return hosts;
    const rest = hosts.filter(({ host }) => host !== ANY_IPV4 && host !== ANY_IPV6);
    return [{ host: ANY_IPV6, optional: false }, ...rest];
  }

  #openUnix(): void {
    const { config, platform, log, connections } = this.#server;
    const { unixsocket: path, unixsocketperm: mode, tcpBacklog: backlog } = config;
    if (path === "") return;
    try {
      this.#unix = platform.listen({ kind: "unix", path, mode, backlog }, connections);
    } catch (error) {
      if (!(error instanceof IoError)) throw error;
      log.warning(`Failed opening Unix socket: bind: ${error.strerror}`);
      throw error;
    }
  }
}
