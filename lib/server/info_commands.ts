/** INFO commandstats, errorstats and latencystats. */

import { type InfoLine } from "../commands/server_port.ts";
import { type Server } from "./server.ts";

export function infoCommandStats({ commands }: Server): InfoLine[] {
  const lines: InfoLine[] = [];
  for (const { name, calls, usec, rejected, failed } of commands.all.values()) {
    if (calls + rejected + failed === 0) continue;
    const perCall = calls === 0 ? 0 : usec / calls;
    lines.push([
      `cmdstat_${name}`,
      `calls=${calls},usec=${Math.floor(usec)},usec_per_call=${perCall.toFixed(2)}` +
      `,rejected_calls=${rejected},failed_calls=${failed}`,
    ]);
  }
  return lines;
}

export function infoErrorStats({ stats }: Server): InfoLine[] {
  return [...stats.errors.keys()].sort().map((code) => [
    // A code that a client made up must not break the lines.
    `errorstat_${code.replace(/[#:\n\r]/g, "_")}`,
    `count=${stats.errors.get(code)}`,
  ]);
}

export function infoLatencyStats({ commands, config }: Server): InfoLine[] {
  if (!config.latencyTracking) return [];
  const lines: InfoLine[] = [];
  for (const { name, histogram } of commands.all.values()) {
    if (histogram === undefined) continue;
    const percentiles = config.latencyTrackingInfoPercentiles.map((p) =>
      `p${percentileName(p)}=${histogram.percentile(p).toFixed(3)}`
    );
    lines.push([`latency_percentiles_usec_${name}`, percentiles.join(",")]);
  }
  return lines;
}

/** At most six decimals, no zeros at the end. */
function percentileName(p: number): string {
  return p.toFixed(6).replace(/\.?0+$/, "");
}
