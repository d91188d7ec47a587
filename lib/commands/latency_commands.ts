/**
 * LATENCY: samples of slow events (latency_monitor.ts), and histograms of the
 * durations of commands.
 */

import { type Histogram } from "../base/histogram.ts";
import { sparkline, type SparklineSample } from "../base/sparkline.ts";
import { type CommandContext } from "./context.ts";
import { type HelpEntries, writeHelp } from "./help.ts";
import { latencyReport } from "./latency_report.ts";
import { type LatencySeries } from "./latency_monitor.ts";
import { type CommandSpec, type HandlerTable } from "./spec.ts";

const GRAPH_COLUMNS = 80;

const HELP: HelpEntries = [
  ["DOCTOR", "Explain in words what was slow, and what may help."],
  ["GRAPH <event>", "Draw the samples of <event>."],
  ["HISTOGRAM [<command> ...]", "Show how long the named commands take, or all that were called."],
  ["HISTORY <event>", "Show time and duration of each sample of <event>."],
  ["LATEST", "Show the latest and the longest sample of every event."],
  ["RESET [<event> ...]", "Forget the samples of the named events, or of all."],
];

/** `LATENCY LATEST`: time, latest and longest duration per event. */
function latest(c: CommandContext): void {
  const { events } = c.server.latency;
  c.out.arrayHeader(events.size);
  for (const [name, series] of events) {
    let time = 0;
    let last = 0;
    series.forEach((seconds, ms) => {
      time = seconds;
      last = ms;
    });
    c.out.arrayHeader(4);
    c.out.bulkText(name);
    c.out.integer(time);
    c.out.integer(last);
    c.out.integer(series.max);
  }
}

/** `LATENCY HISTORY event`: up to 160 samples, oldest first. */
function history(c: CommandContext): void {
  const samples: [number, number][] = [];
  c.server.latency.events.get(c.text(2))?.forEach((seconds, ms) => samples.push([seconds, ms]));
  c.out.arrayHeader(samples.length);
  for (const [seconds, ms] of samples) {
    c.out.arrayHeader(2);
    c.out.integer(seconds);
    c.out.integer(ms);
  }
}

/** `LATENCY RESET [event …]`: how many there were. */
function reset(c: CommandContext): void {
  const { events } = c.server.latency;
  let count = 0;
  if (c.argc === 2) {
    count = events.size;
    events.clear();
  }
  for (let i = 2; i < c.argc; i++) {
    if (events.delete(c.text(i))) count++;
  }
  c.out.integer(count);
}

/** `LATENCY GRAPH event`. */
function graph(c: CommandContext): void {
  const name = c.text(2);
  const series = c.server.latency.events.get(name);
  if (series === undefined) return c.out.errorText(`ERR No samples available for event '${name}'`);
  c.out.verbatim(drawing(name, series, Math.floor(c.ks.nowMs / 1000)));
}

function drawing(name: string, series: LatencySeries, nowSeconds: number): string {
  const samples: SparklineSample[] = [];
  series.forEach((seconds, ms) => samples.push({ value: ms, label: age(nowSeconds - seconds) }));
  const values = samples.map((sample) => sample.value);
  const [high, low] = [Math.max(...values), Math.min(...values)];
  return `${name} - high ${high} ms, low ${low} ms (all time high ${series.max} ms)\n` +
    "-".repeat(GRAPH_COLUMNS) + "\n" + sparkline(samples, GRAPH_COLUMNS);
}

/** How long ago, in the largest unit that fits. */
function age(seconds: number): string {
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 24 * 3600) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / (24 * 3600))}d`;
}

/** `LATENCY HISTOGRAM [command …]`: of the named ones and their subcommands, or of all that were called. */
function histogram(c: CommandContext): void {
  const shown: [name: string, Histogram][] = [];
  const add = (spec: CommandSpec): void => {
    if (spec.histogram !== undefined) shown.push([spec.name, spec.histogram]);
  };
  const { all } = c.server.commands;
  if (c.argc === 2) { for (const spec of all.values()) add(spec); }
  for (let i = 2; i < c.argc; i++) {
    const spec = all.get(c.text(i).toLowerCase());
    if (spec === undefined) continue;
    add(spec);
    for (const sub of spec.subcommands?.values() ?? []) add(sub);
  }
  c.out.mapHeader(shown.length);
  for (const [name, found] of shown) {
    const levels = found.cumulative();
    c.out.bulkText(name);
    c.out.mapHeader(2);
    c.out.bulkText("calls");
    c.out.integer(found.count);
    c.out.bulkText("histogram_usec");
    c.out.mapHeader(levels.length / 2);
    for (const number of levels) c.out.integer(number);
  }
}

/** The subcommands of LATENCY, by full name. */
export const LATENCY_COMMANDS: HandlerTable = {
  "latency|doctor": (c) => c.out.verbatim(latencyReport(c.server)),
  "latency|graph": graph,
  "latency|help": (c) => writeHelp(c, "LATENCY", HELP),
  "latency|histogram": histogram,
  "latency|history": history,
  "latency|latest": latest,
  "latency|reset": reset,
};
