/**
 * Memory: how much the data set takes, its limit, and the clock of LRU and LFU.
 */

import { type Config } from "../config/config.ts";
import { type Keyspace } from "../keyspace/keyspace.ts";
import { MAXMEMORY_FLAG_LFU } from "../config/enums.ts";
import { LFU_INITIAL } from "../keyspace/lfu.ts";

/** Below this much free address space, commands that need memory are refused. */
const ARENA_RESERVE_BYTES = 64 * 1024 * 1024;

/** Watches the limit; see evict.ts for what is given up first. */
export class Memory {
  readonly #ks: Keyspace;
  readonly #config: Config;
  /** Largest figure seen of `usedMemory`, and when. */
  peakBytes = 0;

  constructor(ks: Keyspace, config: Config) {
    this.#ks = ks;
    this.#config = config;
    this.updateClock(ks.nowMs);
  }

  /** Bytes of the data set, exact. */
  get usedMemory(): number {
    return this.#ks.usedBytes;
  }

  /** Sets the clock that new and touched entries get. */
  updateClock(nowMs: number): void {
    const ks = this.#ks;
    ks.lfu = (this.#config.maxmemoryPolicy & MAXMEMORY_FLAG_LFU) !== 0;
    ks.lfuLogFactor = this.#config.lfuLogFactor;
    ks.lfuDecayTime = this.#config.lfuDecayTime;
    ks.lruClock = ks.lfu ? Math.floor(nowMs / 60000) & 0xffff : Math.floor(nowMs / 1000) & 0xffffff;
    ks.entries.clock = ks.lfu ? (ks.lruClock << 8) | LFU_INITIAL : ks.lruClock;
    this.peakBytes = Math.max(this.peakBytes, this.usedMemory);
  }

  /** Evicts down to the limit. @returns false when it cannot */
  makeRoom(): boolean {
    if (!this.#ks.arena.hasRoom(ARENA_RESERVE_BYTES)) return false;
    return this.usedMemory <= this.#config.maxmemory;
  }
}
