/** INFO memory. What belongs to Lua, functions, replicas or a cluster is 0, as in a Redis that has none. */

import { bytesToHuman } from "../base/human.ts";
import { type InfoLine } from "../commands/server_port.ts";
import { memoryReport } from "./memory_report.ts";
import { type Server } from "./server.ts";

export function infoMemory(server: Server): InfoLine[] {
  const { config, ks, platform } = server;
  const report = memoryReport(server);
  const { totalMemory } = platform.host;
  const ratioText = (value: number): string => value.toFixed(2);
  return [
    ["used_memory", report.total],
    ["used_memory_human", bytesToHuman(report.total)],
    ["used_memory_rss", report.rss],
    ["used_memory_rss_human", bytesToHuman(report.rss)],
    ["used_memory_peak", report.peak],
    ["used_memory_peak_human", bytesToHuman(report.peak)],
    ["used_memory_peak_perc", `${ratioText(report.peakPercent)}%`],
    ["used_memory_overhead", report.overhead],
    ["used_memory_startup", report.startup],
    ["used_memory_dataset", report.dataset],
    ["used_memory_dataset_perc", `${ratioText(report.datasetPercent)}%`],
    ["allocator_allocated", report.allocated],
    ["allocator_active", report.active],
    ["allocator_resident", report.active],
    ["total_system_memory", totalMemory],
    ["total_system_memory_human", bytesToHuman(totalMemory)],
    ...WITHOUT_SCRIPTS,
    ["maxmemory", config.maxmemory],
    ["maxmemory_human", bytesToHuman(config.maxmemory)],
    ["maxmemory_policy", config.value("maxmemory-policy")],
    ["allocator_frag_ratio", ratioText(report.allocatorFragmentation)],
    ["allocator_frag_bytes", report.active - report.allocated],
    ["allocator_rss_ratio", "1.00"],
    ["allocator_rss_bytes", 0],
    ["rss_overhead_ratio", ratioText(report.rssOverhead)],
    ["rss_overhead_bytes", report.rss - report.active],
    ["mem_fragmentation_ratio", ratioText(report.fragmentation)],
    ["mem_fragmentation_bytes", report.rss - report.total],
    ["mem_not_counted_for_evict", report.aofBuffer],
    ["mem_replication_backlog", 0],
    ["mem_total_replication_buffers", 0],
    ["mem_clients_slaves", 0],
    ["mem_clients_normal", report.clients],
    ["mem_cluster_links", 0],
    ["mem_aof_buffer", report.aofBuffer],
    ["mem_allocator", "arena"],
    ["active_defrag_running", 0],
    ["lazyfree_pending_objects", ks.lazyFree.pendingObjects],
    ["lazyfreed_objects", ks.lazyFree.freedObjects],
    ["vellum_heap_used", report.heap],
  ];
}

const WITHOUT_SCRIPTS: readonly InfoLine[] = [
  ["used_memory_lua", 0],
  ["used_memory_vm_eval", 0],
  ["used_memory_lua_human", "0B"],
  ["used_memory_scripts_eval", 0],
  ["number_of_cached_scripts", 0],
  ["number_of_functions", 0],
  ["number_of_libraries", 0],
  ["used_memory_vm_functions", 0],
  ["used_memory_vm_total", 0],
  ["used_memory_vm_total_human", "0B"],
  ["used_memory_functions", 0],
  ["used_memory_scripts", 0],
  ["used_memory_scripts_human", "0B"],
];
