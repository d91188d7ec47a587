/** INFO server, clients, replication, cpu, cluster, modules and keyspace. */

import { type InfoLine } from "../commands/server_port.ts";
import { REDIS_VERSION, VELLUM_VERSION } from "../config/version.ts";
import { type Server } from "./server.ts";

const SECONDS_PER_DAY = 24 * 3600;
/** Redis names the build that made it; nothing corresponds to that here. */
const NO_BUILD = "0000000000000000";
const NO_REPLICATION_ID = "0".repeat(40);

export function infoServer(server: Server): InfoLine[] {
  const { platform, config, ks } = server;
  const { host } = platform;
  const uptime = Math.floor((ks.nowMs - server.startedMs) / 1000);
  const lines: InfoLine[] = [
    ["redis_version", REDIS_VERSION],
    ["redis_git_sha1", "00000000"],
    ["redis_git_dirty", 0],
    ["redis_build_id", NO_BUILD],
    ["redis_mode", "standalone"],
    ["os", host.os],
    ["arch_bits", host.archBits],
    ["monotonic_clock", "POSIX clock_gettime"],
    ["multiplexing_api", host.os.startsWith("Linux") ? "epoll" : "kqueue"],
    ["atomicvar_api", "none"],
    ["gcc_version", "0.0.0"],
    ["process_id", host.pid],
    ["process_supervised", "no"],
    ["run_id", server.runId],
    ["tcp_port", config.port],
    ["server_time_usec", server.nowUs()],
    ["uptime_in_seconds", uptime],
    ["uptime_in_days", Math.floor(uptime / SECONDS_PER_DAY)],
    ["hz", server.cron.hz],
    ["configured_hz", config.hz],
    ["lru_clock", Math.floor(ks.nowMs / 1000) & 0xffffff],
    ["executable", host.executable],
    ["config_file", server.configFile],
    ["io_threads_active", 0],
  ];
  lines.push(...server.listeners.info());
  lines.push(
    ["vellum_version", VELLUM_VERSION],
    ["vellum_runtime", host.runtime],
    ["vellum_runtime_version", host.runtimeVersion],
  );
  return lines;
}

export function infoClients(server: Server): InfoLine[] {
  const { memory, config, sessions } = server;
  let blocked = 0;
  let withDeadline = 0;
  for (const session of sessions.values()) {
    if (!session.showsBlocked) continue;
    blocked++;
    if (session.blocked!.deadlineMs > 0) withDeadline++;
  }
  return [
    ["connected_clients", sessions.size],
    ["cluster_connections", 0],
    ["maxclients", config.maxclients],
    ["client_recent_max_input_buffer", memory.recentMaxInput],
    ["client_recent_max_output_buffer", memory.recentMaxOutput],
    ["blocked_clients", blocked],
    ["tracking_clients", 0],
    ["clients_in_timeout_table", withDeadline],
    ["total_blocking_keys", 0],
    ["total_blocking_keys_on_nokey", 0],
  ];
}

export function infoReplication(server: Server): InfoLine[] {
  return [
    ["role", "master"],
    ["connected_slaves", 0],
    ["master_failover_state", "no-failover"],
    ["master_replid", server.replicationId],
    ["master_replid2", NO_REPLICATION_ID],
    ["master_repl_offset", 0],
    ["second_repl_offset", -1],
    ["repl_backlog_active", 0],
    ["repl_backlog_size", server.config.value("repl-backlog-size")],
    ["repl_backlog_first_byte_offset", 0],
    ["repl_backlog_histlen", 0],
  ];
}

export function infoCpu({ platform }: Server): InfoLine[] {
  const own = platform.cpuUsage();
  const children = platform.childCpuUsage();
  return [
    ["used_cpu_sys", own.system.toFixed(6)],
    ["used_cpu_user", own.user.toFixed(6)],
    ["used_cpu_sys_children", children.system.toFixed(6)],
    ["used_cpu_user_children", children.user.toFixed(6)],
  ];
}

export function infoCluster({ config }: Server): InfoLine[] {
  return [["cluster_enabled", config.clusterEnabled ? 1 : 0]];
}

export function infoKeyspace({ ks }: Server): InfoLine[] {
  return ks.databases.filter((db) => db.dict.size > 0).map((db) => [
    `db${db.id}`,
    `keys=${db.dict.size},expires=${db.expires.size},avg_ttl=${Math.floor(db.averageTtlMs)}`,
  ]);
}
