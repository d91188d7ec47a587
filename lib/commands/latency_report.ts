/** LATENCY DOCTOR: what was slow, in words, and what may help. */

import { APPENDFSYNC_ALWAYS } from "../config/enums.ts";
import { type LatencySeries } from "./latency_monitor.ts";
import { type ServerPort } from "./server_port.ts";

/** The whole report. */
export function latencyReport(server: ServerPort): string {
  const { latency } = server;
  if (latency.thresholdMs === 0) {
    return "The latency monitor is off. Turn it on with CONFIG SET latency-monitor-threshold <milliseconds>; " +
      "100 is a good start.\n";
  }
  if (latency.events.size === 0) {
    return `Nothing took ${latency.thresholdMs} ms or longer since the latency monitor was turned on.\n`;
  }
  const lines = [`Events that took ${latency.thresholdMs} ms or longer:`, ""];
  let number = 0;
  for (const [name, series] of latency.events) lines.push(`${++number}. ${name}: ${figures(series)}.`);
  const hints = new Set([...latency.events.keys()].flatMap((name) => hintsFor(name, server)));
  if (hints.size > 0) lines.push("", "What may help:", "", ...[...hints].map((hint) => `- ${hint}`));
  return lines.join("\n") + "\n";
}

/** How many samples there are, and how they lie. */
function figures(series: LatencySeries): string {
  const values: number[] = [];
  const times: number[] = [];
  series.forEach((seconds, ms) => {
    times.push(seconds);
    values.push(ms);
  });
  const average = values.reduce((sum, ms) => sum + ms, 0) / values.length;
  const deviation = values.reduce((sum, ms) => sum + Math.abs(ms - average), 0) / values.length;
  const samples = values.length === 1 ? "1 sample" : `${values.length} samples`;
  const period = values.length === 1 ? 0 : (times[times.length - 1] - times[0]) / (values.length - 1);
  return `${samples}, average ${average.toFixed(0)} ms, mean deviation ${deviation.toFixed(0)} ms, ` +
    `one every ${period.toFixed(0)} s, longest ever ${series.max} ms`;
}

/** Advice for one kind of event. */
function hintsFor(event: string, { config }: ServerPort): string[] {
  if (event === "command") {
    return ["Look at SLOWLOG GET for the commands that took long; prefer SCAN to KEYS, and smaller replies."];
  }
  if (event === "fast-command") {
    return ["Commands that are fast by nature were slow: the machine may be busy, or short of memory."];
  }
  if (event.startsWith("aof-fsync") || event.startsWith("aof-write")) {
    const disk = "The disk is slow or busy: keep other writers off it, or give the AOF a disk of its own.";
    if (config.appendfsync !== APPENDFSYNC_ALWAYS) return [disk];
    return [disk, "appendfsync always waits for the disk with every write; everysec does not."];
  }
  if (event === "expire-cycle") {
    return ["Many keys expire together: spread their deadlines, or lower active-expire-effort."];
  }
  if (event.startsWith("eviction")) {
    return ["Memory is at its limit: raise maxmemory, or lower maxmemory-eviction-tenacity."];
  }
  if (event === "fork") {
    return ["Starting the process that rewrites the AOF took long: the machine may be busy."];
  }
  return [];
}
