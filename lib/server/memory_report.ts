/**
 * Where memory goes: the figures behind INFO memory and MEMORY STATS.
 *
 * DESIGN. Redis' names for what corresponds here. The allocator is the arena:
 * `allocated` is what its blocks take, `active` what it holds of the system
 * for them. *Overhead* is everything that is not data: dict segments, entry
 * headers, clients, the AOF's buffers.
 */

import { type DatabaseMemory, type MemoryReport } from "../commands/server_port.ts";
import { SEGMENT_BYTES } from "../dict/segment.ts";
import { HEADER_BYTES } from "../objects/entry.ts";
import { type Server } from "./server.ts";

/** A quotient that is 0 where there is nothing to divide by. */
function ratio(a: number, b: number): number {
  return b === 0 ? 0 : a / b;
}

/** Adds everything up. */
export function memoryReport(server: Server): MemoryReport {
  const { ks, memory, platform } = server;
  memory.notePeak();
  const total = memory.usedMemory;
  const aofBuffer = server.persistence.bufferBytes;
  const databases: DatabaseMemory[] = [];
  let keys = 0;
  let overhead = memory.startupBytes + memory.clientBytes + aofBuffer;
  for (const { id, dict, expires } of ks.databases) {
    if (dict.size === 0) continue;
    keys += dict.size;
    const main = dict.segments * SEGMENT_BYTES + dict.size * HEADER_BYTES;
    databases.push({ id, main, expires: expires.segments * SEGMENT_BYTES });
    overhead += main + expires.segments * SEGMENT_BYTES;
  }
  const net = Math.max(total - memory.startupBytes, 1);
  const dataset = Math.max(total - overhead, 0);
  const rss = platform.rss();
  const allocated = ks.arena.usedBytes;
  const active = ks.arena.chunkBytes + ks.arena.big.usedBytes;
  return {
    peak: memory.peakBytes,
    total,
    startup: memory.startupBytes,
    clients: memory.clientBytes,
    aofBuffer,
    databases,
    overhead,
    keys,
    bytesPerKey: keys === 0 ? 0 : Math.floor(net / keys),
    dataset,
    datasetPercent: dataset * 100 / net,
    peakPercent: ratio(total * 100, memory.peakBytes),
    rss,
    allocated,
    active,
    allocatorFragmentation: ratio(active, allocated),
    rssOverhead: ratio(rss, active),
    fragmentation: ratio(rss, total),
    heap: platform.heapUsed(),
  };
}
