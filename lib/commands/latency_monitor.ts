/**
 * The latency monitor: samples of events that took at least
 * `latency-monitor-threshold`, kept per event for LATENCY.
 *
 * DESIGN. As in Redis a ring of 160 samples per event; samples of one second
 * are joined, the larger one stays.
 */

const SAMPLES = 160;

/** One event's samples, oldest overwritten first. */
export class LatencySeries {
  /** Seconds since the epoch, and milliseconds, of each sample; 0 where none is yet. */
  readonly times = new Float64Array(SAMPLES);
  readonly latencies = new Float64Array(SAMPLES);
  /** Where the next sample goes. */
  next = 0;
  /** The largest latency ever seen, in ms. */
  max = 0;

  /** Adds a sample; one in the same second as the last is joined with it. */
  add(seconds: number, ms: number): void {
    if (ms > this.max) this.max = ms;
    const last = (this.next + SAMPLES - 1) % SAMPLES;
    if (this.times[last] === seconds) {
      if (ms > this.latencies[last]) this.latencies[last] = ms;
      return;
    }
    this.times[this.next] = seconds;
    this.latencies[this.next] = ms;
    this.next = (this.next + 1) % SAMPLES;
  }

  /** Calls `visit` for every sample, oldest first. */
  forEach(visit: (seconds: number, ms: number) => void): void {
    for (let i = 0; i < SAMPLES; i++) {
      const at = (this.next + i) % SAMPLES;
      if (this.times[at] !== 0) visit(this.times[at], this.latencies[at]);
    }
  }
}

/** All events; see the module's note. */
export class LatencyMonitor {
  /** `latency-monitor-threshold` in ms; 0 is off. */
  thresholdMs = 0;
  readonly events = new Map<string, LatencySeries>();
  readonly #nowMs: () => number;

  /** @param nowMs wall clock */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Notes that `event` took `ms`. Callers check the threshold first; see `addIfSlow`. */
  add(event: string, ms: number): void {
    let series = this.events.get(event);
    if (series === undefined) this.events.set(event, series = new LatencySeries());
    series.add(Math.floor(this.#nowMs() / 1000), Math.round(ms));
  }

  /** Notes it when the monitor is on and `ms` reaches the threshold. */
  addIfSlow(event: string, ms: number): void {
    if (this.thresholdMs > 0 && ms >= this.thresholdMs) this.add(event, ms);
  }
}
