/**
 * One run of the benchmark: who takes part, the figures so far, what broke.
 *
 * DESIGN. Figures are kept per metric and contender in the order of the rounds,
 * so that index i of two contenders is a pair. `rounds` is the only loop over
 * rounds: it turns the order by one place each time, so that no server always
 * runs first. A measurement that fails is noted and the run goes on.
 */
import { sleep } from "./client.ts";
import type { Sizes } from "./options.ts";
import { type Contender, type FsyncPolicy, Server } from "./server.ts";
import type { Target } from "./targets.ts";

/** What a server says about itself. */
export interface ContenderFacts {
  /** `redis`, `valkey` or `vellum`, as far as it tells. */
  readonly flavour: string;
  readonly version: string;
  readonly allocator: string;
}

/** One kind of figure; a row for each pair of subject and reference. */
export interface Metric {
  readonly what: string;
  readonly unit: "/s" | "ms" | "us" | "B" | "MB" | "s" | "%";
  /** The limit, which may depend on the reference; null: the row only informs. */
  readonly target: Target | null | ((reference: ContenderFacts | null) => Target | null);
}

/** A metric with its figures by contender's name. */
export interface Series {
  readonly metric: Metric;
  readonly values: Map<string, number[]>;
}

/** The state of the run. */
export class Session {
  readonly sizes: Sizes;
  /** Every variant of vellum, the main one first. */
  readonly subjects: readonly Contender[];
  readonly references: readonly Contender[];
  readonly facts: Map<string, ContenderFacts>;
  readonly series: Map<string, Series> = new Map();
  /** What failed, one line or more each. */
  readonly broken: string[] = [];
  /** What was left out, and why. */
  readonly notes: Set<string> = new Set();
  readonly #startedAt = performance.now();

  constructor(
    sizes: Sizes,
    subjects: readonly Contender[],
    references: readonly Contender[],
    facts: Map<string, ContenderFacts>,
  ) {
    this.sizes = sizes;
    this.subjects = subjects;
    this.references = references;
    this.facts = facts;
  }

  /** The main subject and the references: what most rows compare. */
  get contenders(): Contender[] {
    return [this.subjects[0], ...this.references];
  }

  /** All variants of the subject and the references. */
  get allContenders(): Contender[] {
    return [...this.subjects, ...this.references];
  }

  /** Keeps one figure of one round. */
  record(metric: Metric, contender: Contender, value: number): void {
    let series = this.series.get(metric.what);
    if (series === undefined) {
      series = { metric, values: new Map() };
      this.series.set(metric.what, series);
    }
    const values = series.values.get(contender.name);
    if (values === undefined) series.values.set(contender.name, [value]);
    else values.push(value);
  }

  /**
   * Runs `work` for every item in each of `count` rounds, in an order that turns.
   * When the budget is spent it ends after the `least` rounds that a row needs.
   */
  async rounds<T>(
    items: readonly T[],
    count: number,
    work: (item: T, round: number) => Promise<void>,
    least = 1,
  ): Promise<void> {
    for (let round = 0; round < count; round++) {
      if (round >= least && performance.now() - this.#startedAt > this.sizes.budgetSeconds * 1000) {
        this.notes.add(`after ${this.sizes.budgetSeconds} s some rows made do with fewer rounds`);
        return;
      }
      for (let i = 0; i < items.length; i++) await work(items[(i + round) % items.length], round);
    }
  }

  /** Runs one measurement; a failure becomes a line of `broken`. */
  async attempt(name: string, work: () => Promise<void>): Promise<void> {
    const startedAt = performance.now();
    try {
      await work();
      progress(`${name}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.broken.push(`${name}: ${message}`);
      progress(`${name}: BROKEN: ${message}`);
    }
  }

  /** Starts all of `contenders`, hands them to `work` and stops them, whatever happens. */
  async withServers(
    contenders: readonly Contender[],
    policy: FsyncPolicy,
    work: (servers: Server[]) => Promise<void>,
  ): Promise<void> {
    const servers: Server[] = [];
    try {
      for (const contender of contenders) servers.push(await Server.start(contender, policy));
      await work(servers);
    } catch (error) {
      await sleep(100); // a broken connection is noticed before the exit that caused it
      const obituaries = servers.map((server) => server.obituary()).filter((text) => text !== "");
      if (obituaries.length === 0) throw error;
      throw new Error([(error as Error).message, ...obituaries].join("\n"));
    } finally {
      for (const server of servers) await server.stop();
    }
  }

  /** Starts a fresh server of `contender` for `work` alone. */
  async withServer(contender: Contender, policy: FsyncPolicy, work: (server: Server) => Promise<void>) {
    await this.withServers([contender], policy, ([server]) => work(server));
  }
}

/** Tells on stderr how far the run is; stdout has only the result. */
export function progress(text: string): void {
  console.error(`  ${text}`);
}
