/** INFO stats, and debug. What belongs to replicas, pub/sub, tracking or defragmentation is 0. */

import { type InfoLine } from "../commands/server_port.ts";
import { type Server } from "./server.ts";

const kilobytes = (bytes: number): string => (bytes / 1024).toFixed(2);

const WITHOUT_REPLICAS: readonly InfoLine[] = [
  ["migrate_cached_sockets", 0],
  ["slave_expires_tracked_keys", 0],
  ["active_defrag_hits", 0],
  ["active_defrag_misses", 0],
  ["active_defrag_key_hits", 0],
  ["active_defrag_key_misses", 0],
  ["total_active_defrag_time", 0],
  ["current_active_defrag_time", 0],
  ["tracking_total_keys", 0],
  ["tracking_total_items", 0],
  ["tracking_total_prefixes", 0],
];

export function infoStats(server: Server): InfoLine[] {
  const { stats, metrics, ks, expiry, persistence } = server;
  const { evictor } = server.memory;
  return [
    ["total_connections_received", stats.connectionsReceived],
    ["total_commands_processed", stats.commandsProcessed],
    ["instantaneous_ops_per_sec", metrics.commandRate.average],
    ["total_net_input_bytes", stats.netInputBytes],
    ["total_net_output_bytes", stats.netOutputBytes],
    ["total_net_repl_input_bytes", 0],
    ["total_net_repl_output_bytes", 0],
    ["instantaneous_input_kbps", kilobytes(metrics.inputRate.average)],
    ["instantaneous_output_kbps", kilobytes(metrics.outputRate.average)],
    ["instantaneous_input_repl_kbps", "0.00"],
    ["instantaneous_output_repl_kbps", "0.00"],
    ["rejected_connections", stats.rejectedConnections],
    ["sync_full", 0],
    ["sync_partial_ok", 0],
    ["sync_partial_err", 0],
    ["expired_keys", ks.expiredKeys],
    ["expired_stale_perc", expiry.stalePercent.toFixed(2)],
    ["expired_time_cap_reached_count", expiry.timeCapReached],
    ["expire_cycle_cpu_milliseconds", Math.floor(expiry.usedUs / 1000)],
    ["evicted_keys", ks.evictedKeys],
    ["evicted_clients", 0],
    ["total_eviction_exceeded_time", Math.floor(evictor.totalExceededUs / 1000)],
    ["current_eviction_exceeded_time", Math.floor(evictor.currentExceededUs / 1000)],
    ["keyspace_hits", ks.hits],
    ["keyspace_misses", ks.misses],
    ["pubsub_channels", 0],
    ["pubsub_patterns", 0],
    ["pubsubshard_channels", 0],
    ["latest_fork_usec", persistence.lastForkUs],
    ["total_forks", persistence.totalForks],
    ...WITHOUT_REPLICAS,
    ["unexpected_error_replies", 0],
    ["total_error_replies", stats.errorReplies],
    ["dump_payload_sanitizations", 0],
    ["total_reads_processed", stats.readsProcessed],
    ["total_writes_processed", stats.writesProcessed],
    ["io_threaded_reads_processed", 0],
    ["io_threaded_writes_processed", 0],
    ["reply_buffer_shrinks", 0],
    ["reply_buffer_expands", 0],
    ["eventloop_cycles", metrics.cycles],
    ["eventloop_duration_sum", Math.floor(metrics.cycleUs)],
    ["eventloop_duration_cmd_sum", Math.floor(metrics.commandUs)],
    ["instantaneous_eventloop_cycles_per_sec", metrics.cycleRate.average],
    ["instantaneous_eventloop_duration_usec", metrics.cycleDuration.average],
    ["acl_access_denied_auth", stats.aclDeniedAuth],
    ["acl_access_denied_cmd", 0],
    ["acl_access_denied_key", 0],
    ["acl_access_denied_channel", 0],
  ];
}

/** Only shown when asked for by name. */
export function infoDebug({ metrics }: Server): InfoLine[] {
  return [
    ["eventloop_duration_aof_sum", Math.floor(metrics.aofUs)],
    ["eventloop_duration_cron_sum", Math.floor(metrics.cronUs)],
    ["eventloop_duration_max", Math.floor(metrics.longestCycleUs)],
    ["eventloop_cmd_per_cycle_max", metrics.mostCommands],
  ];
}
