/** What DEBUG turns on and off: see lib/commands/debug.ts. */

import { type DebugPort } from "../commands/server_port.ts";
import { randomHex } from "./run_id.ts";
import { type Server } from "./server.ts";

export class Debug implements DebugPort {
  skipChecksums = false;
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
  }

  setActiveExpire(on: boolean): void {
    this.#server.activeExpiry = on;
  }

  pauseCron(on: boolean): void {
    this.#server.cron.paused = on;
  }

  setAofFlushSleep(usec: number): void {
    this.#server.persistence.setFlushSleep(usec);
  }

  changeReplicationId(): void {
    const server = this.#server;
    server.log.notice("Changing replication IDs after receiving DEBUG change-repl-id");
    server.replicationId = randomHex(server.platform);
  }

  crash(reason: string): never {
    this.#server.log.warning(`=== CRASH on demand: ${reason} ===`);
    return this.#server.platform.exit(1);
  }
}
