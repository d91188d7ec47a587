/** INFO persistence: RDB files, and what persistence.ts says of the AOF. */

import { type InfoLine } from "../commands/server_port.ts";
import { type Server } from "./server.ts";

export function infoPersistence(server: Server): InfoLine[] {
  const { persistence, stats } = server;
  const { loader, saves } = persistence;
  const progress = persistence.rewrite.progress ?? saves.background.progress;
  const percent = progress === null || progress.total === 0 ? 0 : progress.keys * 100 / progress.total;
  const own = persistence.info();
  // What is only shown of an AOF that is on stands behind the lines about modules.
  const conditional = own.findIndex(([name]) => name === "aof_current_size");
  const aof = conditional < 0 ? own : own.slice(0, conditional);
  return [
    ["loading", server.loading ? 1 : 0],
    ["async_loading", 0],
    ["current_cow_peak", 0],
    ["current_cow_size", 0],
    ["current_cow_size_age", 0],
    ["current_fork_perc", percent.toFixed(2)],
    ["current_save_keys_processed", progress?.keys ?? 0],
    ["current_save_keys_total", progress?.total ?? 0],
    ["rdb_changes_since_last_save", stats.dirty],
    ["rdb_bgsave_in_progress", saves.background.active ? 1 : 0],
    ["rdb_last_save_time", saves.lastSaveSeconds],
    ["rdb_last_bgsave_status", saves.lastOk ? "ok" : "err"],
    ["rdb_last_bgsave_time_sec", saves.lastSeconds],
    ["rdb_current_bgsave_time_sec", saves.currentSeconds],
    ["rdb_saves", saves.saves],
    ["rdb_last_cow_size", 0],
    ["rdb_last_load_keys_expired", loader.progress.rdbExpired],
    ["rdb_last_load_keys_loaded", loader.progress.rdbKeys],
    ...aof,
    ["module_fork_in_progress", 0],
    ["module_fork_last_cow_size", 0],
    ...(conditional < 0 ? [] : own.slice(conditional)),
    ...(server.loading ? loadingLines(server) : []),
  ];
}

/** How far loading has come, and when it will be done if it goes on like this. */
function loadingLines({ persistence, ks }: Server): InfoLine[] {
  const { startMs, totalBytes, loadedBytes } = persistence.loader.progress;
  const percent = totalBytes === 0 ? 0 : loadedBytes * 100 / totalBytes;
  const elapsed = Math.floor(ks.nowMs / 1000) - Math.floor(startMs / 1000);
  // Too early to tell: one second is as good as any.
  const eta = elapsed <= 0 ? 1 : Math.floor(elapsed * (totalBytes - loadedBytes) / (loadedBytes + 1));
  return [
    ["loading_start_time", Math.floor(startMs / 1000)],
    ["loading_total_bytes", totalBytes],
    ["loading_rdb_used_mem", 0],
    ["loading_loaded_bytes", loadedBytes],
    ["loading_loaded_perc", percent.toFixed(2)],
    ["loading_eta_seconds", eta],
  ];
}
