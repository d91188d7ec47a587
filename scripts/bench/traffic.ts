/**
 * Traffic from another thread: a PING prober, paced writers, a flooding client.
 *
 * DESIGN. Each runs in a Worker of its own, so that what the main thread or
 * another Worker does never lengthens a measured PING (traffic_worker.ts).
 * Orders are answered one by one; a failure in the Worker rejects the order
 * under way, or the next one.
 */
import { within } from "./client.ts";

/** What a Worker is to do. */
export type TrafficOrder =
  | { readonly kind: "prober"; readonly port: number }
  | {
    readonly kind: "writer";
    readonly port: number;
    readonly perSecond: number;
    readonly keyRange: number;
    /** Commands with gaps, sent in turns; left out: SET of a key. */
    readonly commands?: readonly (readonly string[])[];
  }
  | { readonly kind: "flooder"; readonly port: number; readonly keyRange: number };

/** What happened between `mark` and `stop`. */
export interface TrafficStats {
  /** PINGs or writes answered. */
  readonly count: number;
  /** Prober only. */
  readonly p99Ms?: number;
  /** Prober only: the longest PING. */
  readonly maxMs?: number;
  /** Writers only: answered writes per second. */
  readonly perSecond?: number;
}

/** What a Worker says. */
export type TrafficReport =
  | { readonly kind: "done"; readonly stats: TrafficStats | null }
  | { readonly kind: "failed"; readonly message: string };

const ORDER_TIMEOUT_MS = 120_000;

/** Handle of one Worker that makes traffic. */
export class Traffic {
  #worker: Worker;
  #failure: Error | null = null;
  #resolve: ((stats: TrafficStats | null) => void) | null = null;
  #reject: ((error: Error) => void) | null = null;

  private constructor() {
    this.#worker = new Worker(new URL("./traffic_worker.ts", import.meta.url), { type: "module" });
    this.#worker.onmessage = (event: MessageEvent<TrafficReport>) => {
      if (event.data.kind === "done") this.#resolve?.(event.data.stats);
      else this.#fail(event.data.message);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(event.message);
    };
  }

  /** Starts traffic; it flows when the promise resolves. */
  static async start(order: TrafficOrder): Promise<Traffic> {
    const traffic = new Traffic();
    try {
      await traffic.#order(order);
      return traffic;
    } catch (error) {
      traffic.end();
      throw error;
    }
  }

  /** Begins the window that `stop` reports. */
  async mark(): Promise<void> {
    await this.#order("mark");
  }

  /** Ends the window and the traffic. @throws Error when an error reply or a broken connection was met. */
  async stop(): Promise<TrafficStats> {
    const stats = await this.#order("stop");
    if (stats === null) throw new Error("A traffic worker had nothing to report");
    return stats;
  }

  /** Ends the Worker; may be called at any time. */
  end(): void {
    this.#worker.terminate();
  }

  async #order(order: TrafficOrder | "mark" | "stop"): Promise<TrafficStats | null> {
    if (this.#failure !== null) throw this.#failure;
    const answer = new Promise<TrafficStats | null>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#worker.postMessage(order);
    return await within(ORDER_TIMEOUT_MS, "an order to a traffic worker", answer);
  }

  #fail(message: string): void {
    this.#failure ??= new Error(message);
    this.#reject?.(this.#failure);
  }
}

/** Runs `work` with a Worker per order and ends them, whatever happens. */
export async function withTraffic(
  orders: readonly TrafficOrder[],
  work: (traffic: Traffic[]) => Promise<void>,
): Promise<void> {
  const running: Traffic[] = [];
  try {
    for (const order of orders) running.push(await Traffic.start(order));
    await work(running);
  } finally {
    for (const traffic of running) traffic.end();
  }
}
