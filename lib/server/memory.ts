/**
 * Memory: how much is used and for what, its limit, and the clock of LRU and LFU.
 *
 * DESIGN. `usedMemory` is what INFO shows and maxmemory limits: the data set,
 * exact to the byte (keyspace.ts), plus the buffers of clients and of the AOF.
 * The runtime's own heap and code are no part of it; they show in
 * `used_memory_rss`. Clients' buffers are added up by the cron, as in Redis,
 * so the figure is up to a few ticks old; only half requests count as they come. The AOF's buffers come and go with the
 * writes that fill them, so they do not count against the limit.
 */

import { MAXMEMORY_FLAG_LFU, MAXMEMORY_FLAG_LRU } from "../config/enums.ts";
import { type Config } from "../config/config.ts";
import { type LatencyMonitor } from "../commands/latency_monitor.ts";
import { type Session } from "../commands/session.ts";
import { EVICT_FAIL, EVICT_OK, EVICT_RUNNING, Evictor } from "../keyspace/evict.ts";
import { type Keyspace } from "../keyspace/keyspace.ts";
import { LFU_INITIAL } from "../keyspace/lfu.ts";

/** Below this much free address space, commands that need memory are refused… */
const ARENA_RESERVE_BYTES = 64 * 1024 * 1024;
/** …of which more is needed the larger the request is: entries and segments of small keys take three times its bytes… */
const ARENA_BYTES_PER_REQUEST_BYTE = 4;
/** A segment or leaf, and the nodes above it. */
const ARENA_BYTES_PER_COPIED_PATH = 8 * 1024;
/** …and below this, all that may take memory at all: EXPIRE and RENAME move entries. */
const ARENA_LAST_BYTES = 16 * 1024 * 1024;
/** For how many seconds the largest buffers of a client are remembered. */
const RECENT_SECONDS = 8;
/** How many clients are looked at per tick. */
const CLIENTS_PER_SAMPLE = 250;
/** How often all of them are while memory is above the limit, in ms. */
const RESAMPLE_MS = 5;

/** What `Memory` needs of the server. */
export interface MemoryEnv {
  readonly ks: Keyspace;
  readonly config: Config;
  readonly latency: LatencyMonitor;
  monotonicUs(): number;
  sessions(): ReadonlyMap<number, Session>;
  /** Bytes that do not count against the limit: the AOF's buffers. */
  uncountedBytes(): number;
  /** Keys were evicted outside of any command: the turn must end in `beforeSleep`. */
  openBatch(): void;
}

/** Watches the limit; see evict.ts for what is given up first. */
export class Memory {
  readonly evictor: Evictor;
  /** Largest figure seen of `usedMemory`. */
  peakBytes = 0;
  /** `usedMemory` of the empty server. */
  readonly startupBytes: number;
  /** Buffers of all clients, each as it was when last looked at. */
  clientBytes = 0;
  readonly #env: MemoryEnv;
  readonly #ks: Keyspace;
  readonly #config: Config;
  readonly #recentInput = new Float64Array(RECENT_SECONDS);
  readonly #recentOutput = new Float64Array(RECENT_SECONDS);
  #recentSlot = 0;
  /** Where looking at the clients goes on. */
  #round: Iterator<Session> = [].values();
  #sampledAllMs = 0;
  readonly #noteDeletion = (usec: number): void =>
    this.#env.latency.addIfSlow("eviction-del", Math.floor(usec / 1000));
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(env: MemoryEnv) {
    this.#env = env;
    this.#ks = env.ks;
    this.#config = env.config;
    this.evictor = new Evictor(env.ks, env.monotonicUs);
    this.startupBytes = env.ks.usedBytes;
    this.readConfig();
  }

  /** Takes over what CONFIG says. */
  readConfig(): void {
    const { maxmemoryPolicy, maxmemorySamples, maxmemoryEvictionTenacity } = this.#config;
    this.evictor.policy = maxmemoryPolicy;
    this.evictor.samples = maxmemorySamples;
    this.evictor.tenacity = maxmemoryEvictionTenacity;
    this.updateClock(this.#ks.nowMs);
  }

  /** Bytes in use; see the module's note. */
  get usedMemory(): number {
    return this.#ks.usedBytes + this.clientBytes + this.#env.uncountedBytes();
  }

  /** Sets the clock that new and touched entries get. */
  updateClock(nowMs: number): void {
    const ks = this.#ks;
    ks.lfu = (this.#config.maxmemoryPolicy & MAXMEMORY_FLAG_LFU) !== 0;
    ks.savesIdle = (this.#config.maxmemoryPolicy & MAXMEMORY_FLAG_LRU) !== 0;
    ks.lfuLogFactor = this.#config.lfuLogFactor;
    ks.lfuDecayTime = this.#config.lfuDecayTime;
    ks.lruClock = ks.lfu ? Math.floor(nowMs / 60000) & 0xffff : Math.floor(nowMs / 1000) & 0xffffff;
    ks.entries.clock = ks.lfu ? (ks.lruClock << 8) | LFU_INITIAL : ks.lruClock;
  }

  /** Keeps `peakBytes`; called at the end of each turn. */
  notePeak(): void {
    const used = this.usedMemory;
    if (used > this.peakBytes) this.peakBytes = used;
  }

  /** Looks at the buffers of some clients; called by the cron. */
  sampleClients(nowMs: number): void {
    const slot = Math.floor(nowMs / 1000) % RECENT_SECONDS;
    if (slot !== this.#recentSlot) {
      this.#recentSlot = slot;
      this.#recentInput[slot] = this.#recentOutput[slot] = 0;
    }
    for (let i = 0; i < CLIENTS_PER_SAMPLE; i++) {
      const next = this.#round.next();
      if (next.done) {
        this.#round = this.#env.sessions().values();
        return;
      }
      this.#sampleClient(next.value);
    }
  }

  /** A request has come in half. What is kept of it counts at once: many clients send much between two ticks. */
  queryKept(session: Session): void {
    if (session.queryBufferBytes > session.sampledBytes) this.#sampleClient(session);
  }

  /** A client is gone, and its buffers with it. */
  forgetClient(session: Session): void {
    this.clientBytes -= session.sampledBytes;
    session.sampledBytes = 0;
  }

  #sampleClient(session: Session): void {
    const slot = this.#recentSlot;
    const input = session.queryBufferBytes;
    const output = session.out.memory + session.sendingBytes;
    const bytes = input + output + (session.transaction?.memory ?? 0);
    this.clientBytes += bytes - session.sampledBytes;
    session.sampledBytes = bytes;
    if (input > this.#recentInput[slot]) this.#recentInput[slot] = input;
    if (output > this.#recentOutput[slot]) this.#recentOutput[slot] = output;
  }

  /** Looks at all clients, unless that was done a moment ago: no key may go for buffers that are long empty. */
  #sampleAll(): void {
    const nowMs = this.#ks.nowMs;
    if (this.clientBytes === 0 || Math.abs(nowMs - this.#sampledAllMs) < RESAMPLE_MS) return;
    this.#sampledAllMs = nowMs;
    for (const session of this.#env.sessions().values()) this.#sampleClient(session);
  }

  /** The largest query buffer, and the largest replies waiting, of any client in the last seconds. */
  get recentMaxInput(): number {
    return Math.max(...this.#recentInput);
  }

  get recentMaxOutput(): number {
    return Math.max(...this.#recentOutput);
  }

  /** Whether the arena can still grow by what a request of so many bytes and arguments may need. */
  hasAddressSpace(requestBytes: number, argc: number): boolean {
    const { arena, collections } = this.#ks;
    const bytes = ARENA_RESERVE_BYTES + requestBytes * ARENA_BYTES_PER_REQUEST_BYTE;
    // While a snapshot keeps roots, each element that is changed may cost copies of the nodes that lead to it.
    return arena.hasRoom(bytes + argc * ARENA_BYTES_PER_COPIED_PATH) ||
      (collections.frozen.size === 0 && arena.hasRoom(bytes));
  }

  /** Whether nothing may be allocated any more. */
  get addressSpaceEnded(): boolean {
    return !this.#ks.arena.hasRoom(ARENA_LAST_BYTES);
  }

  /** Evicts down to `maxmemory`, which is set. @returns false when nothing (more) may be evicted */
  makeRoom(): boolean {
    let limit = this.#config.maxmemory - this.clientBytes;
    if (this.#ks.usedBytes > limit) {
      this.#sampleAll();
      limit = this.#config.maxmemory - this.clientBytes;
    }
    // Even with nothing to do the evictor is asked: it counts the time above the limit.
    if (this.#ks.usedBytes <= limit) return this.evictor.evict(limit) === EVICT_OK;
    return this.#evict(limit) !== EVICT_FAIL;
  }

  #evict(limit: number): number {
    // What is evicted while the AOF is loaded would not be logged, and the rest of the file builds on it.
    if (this.#ks.removalsPaused || !this.#ks.expiryAllowed) return EVICT_OK;
    const { latency } = this.#env;
    const watched = latency.thresholdMs > 0;
    this.evictor.onDeleted = watched ? this.#noteDeletion : null;
    const started = watched ? this.#env.monotonicUs() : 0;
    const result = this.evictor.evict(limit);
    if (watched) latency.addIfSlow("eviction-cycle", Math.floor((this.#env.monotonicUs() - started) / 1000));
    if (result === EVICT_RUNNING) this.#goOn();
    return result;
  }

  /** Goes on evicting between commands until memory is below the limit. */
  #goOn(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#config.maxmemory === 0) return;
      this.#env.openBatch();
      this.makeRoom();
    }, 0);
  }

  /** Starts evicting for a limit that was just lowered. */
  limitChanged(): void {
    if (this.#config.maxmemory > 0) this.#goOn();
  }
}
