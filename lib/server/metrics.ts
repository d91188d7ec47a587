/**
 * What the server measures of itself: slow commands, latency histograms, the
 * turns of the event loop, and rates.
 *
 * DESIGN. `executed` runs after every command: one test for the histogram and
 * one compare with `#slowUs`, the smaller of the slow log's threshold and the
 * latency monitor's. Everything else lies behind that compare. A turn of the
 * event loop costs one reading of the clock.
 */

import { Histogram } from "../base/histogram.ts";
import { type CommandContext } from "../commands/context.ts";
import { type LatencyMonitor } from "../commands/latency_monitor.ts";
import { secretArguments } from "../commands/redact.ts";
import { type Slowlog } from "../commands/slowlog.ts";
import { type CommandSpec, FLAG_FAST, FLAG_SKIP_SLOWLOG } from "../commands/spec.ts";
import { type ServerStats } from "../commands/stats.ts";
import { type Config } from "../config/config.ts";
import { Rate } from "./rate.ts";

/** How often rates are sampled, in ms. */
const SAMPLE_PERIOD_MS = 100;

/** From this threshold on no brief command is slow, microseconds. */
const SHARED_TIME_SLOW_US = 1000;

/** The figures; see the module's note. */
export class Metrics {
  /** Turns of the event loop in which something happened, and how long they took, microseconds. */
  cycles = 0;
  cycleUs = 0;
  longestCycleUs = 0;
  /** Time within top-level commands, microseconds; and the most commands of one turn. */
  commandUs = 0;
  mostCommands = 0;
  /** Time spent in the cron, and in writing the AOF, microseconds. */
  cronUs = 0;
  aofUs = 0;

  /** Whether brief commands may share a reading of the clock: no threshold is so low that one could reach it. */
  mayShareTime = true;

  readonly commandRate = new Rate(1000);
  readonly inputRate = new Rate(1000);
  readonly outputRate = new Rate(1000);
  readonly cycleRate = new Rate(1000);
  readonly cycleDuration = new Rate(1);

  readonly #config: Config;
  readonly #stats: ServerStats;
  readonly #slowlog: Slowlog;
  readonly #latency: LatencyMonitor;
  #tracking = true;
  #slowUs = Infinity;
  #lastSampleMs = 0;
  #commandsAtStart = 0;

  constructor(config: Config, stats: ServerStats, slowlog: Slowlog, latency: LatencyMonitor) {
    this.#config = config;
    this.#stats = stats;
    this.#slowlog = slowlog;
    this.#latency = latency;
    this.readConfig();
  }

  /** Takes over what CONFIG says. */
  readConfig(): void {
    const { slowlogLogSlowerThan, latencyMonitorThreshold, latencyTracking } = this.#config;
    this.#latency.thresholdMs = latencyMonitorThreshold;
    this.#tracking = latencyTracking;
    const slowlogUs = slowlogLogSlowerThan < 0 ? Infinity : slowlogLogSlowerThan;
    const latencyUs = latencyMonitorThreshold === 0 ? Infinity : latencyMonitorThreshold * 1000;
    this.#slowUs = Math.min(slowlogUs, latencyUs);
    this.mayShareTime = this.#slowUs >= SHARED_TIME_SLOW_US;
  }

  /** A command has run. @param usec its duration */
  executed(c: CommandContext, usec: number): void {
    const session = c.session;
    if (this.#tracking && session.blocked === null) {
      const spec = c.spec;
      if (spec.histogram === undefined) spec.histogram = new Histogram();
      spec.histogram.record(usec);
    }
    // The commands of a transaction are part of EXEC's time.
    if (!session.inExec) this.commandUs += usec;
    if (usec >= this.#slowUs) this.#slow(c, usec);
  }

  /** Brief commands of one kind have run outside a transaction. @param usec what they took together */
  executedTogether(spec: CommandSpec, usec: number, count: number): void {
    if (this.#tracking) {
      if (spec.histogram === undefined) spec.histogram = new Histogram();
      spec.histogram.recordMany(usec / count, count);
    }
    this.commandUs += usec;
  }

  /** Notes a command that reached one of the thresholds. */
  #slow(c: CommandContext, usec: number): void {
    const { spec, session, args } = c;
    this.#latency.addIfSlow(
      (spec.flags & FLAG_FAST) !== 0 ? "fast-command" : "command",
      Math.floor(usec / 1000),
    );
    const { slowlogLogSlowerThan: threshold, slowlogMaxLen } = this.#config;
    if (threshold < 0 || usec < threshold) return;
    // A command that waits is not over.
    if (session.blocked !== null || (spec.flags & FLAG_SKIP_SLOWLOG) !== 0) return;
    const seconds = Math.floor(c.ks.nowMs / 1000);
    const hidden = secretArguments(spec, args);
    this.#slowlog.add(args, usec, seconds, session.address, session.name, slowlogMaxLen, hidden);
  }

  /** A turn of the event loop starts. */
  cycleStarts(): void {
    this.#commandsAtStart = this.#stats.commandsProcessed;
  }

  /** A turn of the event loop is over. @param usec its duration */
  cycleEnded(usec: number): void {
    this.cycles++;
    this.cycleUs += usec;
    if (usec > this.longestCycleUs) this.longestCycleUs = usec;
    const commands = this.#stats.commandsProcessed - this.#commandsAtStart;
    if (commands > this.mostCommands) this.mostCommands = commands;
  }

  /** Called by the cron: samples the rates when it is time. */
  sample(nowMs: number): void {
    if (nowMs - this.#lastSampleMs < SAMPLE_PERIOD_MS && nowMs >= this.#lastSampleMs) return;
    this.#lastSampleMs = nowMs;
    const stats = this.#stats;
    this.commandRate.sample(stats.commandsProcessed, nowMs);
    this.inputRate.sample(stats.netInputBytes, nowMs);
    this.outputRate.sample(stats.netOutputBytes, nowMs);
    this.cycleRate.sample(this.cycles, nowMs);
    this.cycleDuration.sample(this.cycleUs, this.cycles);
  }

  /** CONFIG RESETSTAT. */
  reset(): void {
    this.cycles =
      this.cycleUs =
      this.longestCycleUs =
      this.commandUs =
      this.mostCommands =
        0;
    this.cronUs = this.aofUs = 0;
    this.#commandsAtStart = 0;
    for (
      const rate of [this.commandRate, this.inputRate, this.outputRate, this.cycleRate, this.cycleDuration]
    ) {
      rate.reset();
    }
  }
}
