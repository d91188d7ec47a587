/**
 * The cron: what has to happen by itself, `hz` times a second.
 *
 * DESIGN. Order matters (docs/AOF.md §4): clock; expiry and lazy free;
 * persistence (scheduled rewrite, reaping, automatic triggers, postponed
 * flush, error retry); clients' timeouts and limits.
 */

import { type Dict } from "../dict/dict.ts";
import { type Client } from "./client.ts";
import { type Server } from "./server.ts";

/** Time per tick for freeing flushed dicts, in microseconds… */
const LAZY_FREE_BUDGET_US = 2000;
/** …and how soon the next slice follows while something waits. */
const LAZY_FREE_PAUSE_MS = 3;
const HZ_MIN = 1;
const HZ_MAX = 500;

/** Periodic work of one server. */
export class Cron {
  readonly #server: Server;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lazyFreeTimer: ReturnType<typeof setTimeout> | undefined;
  #lastSecond = 0;
  #stopped = false;
  readonly #isWalking = (dict: Dict): boolean => this.#server.ks.snapshot?.isWalking(dict) ?? false;

  constructor(server: Server) {
    this.#server = server;
  }

  start(): void {
    this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#lazyFreeTimer);
  }

  /** Starts freeing what was flushed, if it is not under way. */
  wakeLazyFree(): void {
    if (this.#lazyFreeTimer !== undefined || this.#stopped) return;
    this.#lazyFreeTimer = setTimeout(() => {
      this.#lazyFreeTimer = undefined;
      const ks = this.#server.ks;
      const end = this.#server.platform.monotonicUs() + LAZY_FREE_BUDGET_US;
      while (ks.lazyFree.step(this.#isWalking)) {
        if (this.#server.platform.monotonicUs() > end) break;
      }
      if (!ks.lazyFree.isIdle) this.wakeLazyFree();
    }, LAZY_FREE_PAUSE_MS);
  }

  #schedule(): void {
    if (this.#stopped) return;
    const hz = Math.min(HZ_MAX, Math.max(HZ_MIN, this.#server.config.hz));
    this.#timer = setTimeout(() => {
      this.#tick();
      this.#schedule();
    }, 1000 / hz);
  }

  #tick(): void {
    const server = this.#server;
    server.openBatch();
    const nowMs = server.ks.nowMs;
    server.memory.updateClock(nowMs);
    if (!server.ks.lazyFree.isIdle) this.wakeLazyFree();
    server.onTick(nowMs);
    const second = Math.floor(nowMs / 1000);
    if (second !== this.#lastSecond) {
      this.#lastSecond = second;
      server.onSecond(nowMs);
    }
    server.persistence.tick(nowMs);
    for (const client of server.connections.clients.values()) this.#checkClient(client, nowMs);
  }

  #checkClient(client: Client, nowMs: number): void {
    const server = this.#server;
    if (client.blocked !== null) {
      const deadline = client.blocked.deadlineMs;
      if (deadline > 0 && nowMs >= deadline) {
        client.blocked.onTimeout(client);
        if (client.blocked !== null) server.unblock(client);
      }
      return;
    }
    const timeout = server.config.timeout;
    if (timeout > 0 && !client.isMonitor && nowMs - client.lastInteractionMs > timeout * 1000) {
      server.connections.dropClient(client, "idle");
      return;
    }
    if (client.sending !== null) server.connections.output.checkLimit(client, nowMs);
  }
}
