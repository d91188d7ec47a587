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
/** At least so many clients are looked at per tick. */
const CHECKS_PER_TICK = 5;
const HZ_MIN = 1;
const HZ_MAX = 500;
/** After so long without a byte a client's query buffer is cut to what it holds. */
const QUERY_IDLE_SECONDS = 2;
/** `dynamic-hz` ticks more often when there would be more clients per tick than this. */
const CLIENTS_PER_TICK = 200;

/** Periodic work of one server. */
export class Cron {
  readonly #server: Server;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lazyFreeTimer: ReturnType<typeof setTimeout> | undefined;
  #lastSecond = 0;
  /** Where looking at the clients goes on. */
  #clients: Iterator<Client> = [].values();
  #stopped = false;
  /** DEBUG PAUSE-CRON. */
  paused = false;
  readonly #isWalking = (dict: Dict): boolean => this.#server.ks.snapshot?.isWalking(dict) ?? false;

  readonly #onTimer = (): void => {
    if (this.#stopped) return;
    const started = this.#server.platform.monotonicUs();
    if (!this.paused) this.#tick();
    this.#server.metrics.cronUs += this.#server.platform.monotonicUs() - started;
    // The tick itself may have ended the server.
    if (!this.#stopped) this.#schedule();
  };

  constructor(server: Server) {
    this.#server = server;
  }

  /** The first tick comes after the usual time; until then nothing is spent on it. */
  start(): void {
    this.#server.platform.afterStart(this.#onTimer, 1000 / this.hz);
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

  /** Ticks per second, at present. */
  get hz(): number {
    const { config, connections } = this.#server;
    let hz = Math.min(HZ_MAX, Math.max(HZ_MIN, config.hz));
    if (config.dynamicHz) {
      while (connections.clients.size / hz > CLIENTS_PER_TICK && hz < HZ_MAX) hz = Math.min(hz * 2, HZ_MAX);
    }
    return hz;
  }

  #schedule(): void {
    this.#timer = setTimeout(this.#onTimer, 1000 / this.hz);
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
    this.#checkClients(nowMs);
  }

  /** Looks at some clients, so that each one's turn comes about once per second. */
  #checkClients(nowMs: number): void {
    const { clients } = this.#server.connections;
    const count = Math.min(clients.size, Math.max(CHECKS_PER_TICK, Math.ceil(clients.size / this.hz)));
    for (let i = 0; i < count; i++) {
      let next = this.#clients.next();
      if (next.done) {
        // An iterator of a Map sees what comes and goes meanwhile; only at its end is a new one needed.
        this.#clients = clients.values();
        next = this.#clients.next();
        if (next.done) return;
      }
      this.#checkClient(next.value, nowMs);
    }
  }

  #checkClient(client: Client, nowMs: number): void {
    const { config, connections } = this.#server;
    const idleSeconds = Math.floor(nowMs / 1000) - Math.floor(client.lastInteractionMs / 1000);
    const mayIdle = config.timeout === 0 || client.isMonitor || client.blocked !== null;
    if (!mayIdle && idleSeconds > config.timeout) return connections.dropClient(client, "idle");
    if (idleSeconds > QUERY_IDLE_SECONDS) client.trimQuery();
    if (client.sending !== null) connections.output.checkLimit(client, nowMs);
  }
}
