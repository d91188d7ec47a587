/**
 * How long others wait: PING during a rewrite, beside a flood, during FLUSHALL.
 *
 * DESIGN. A prober in a Worker pings about every millisecond; the rows are its
 * longest time and its 99th percentile. The rewrite keeps both servers alive
 * over the rounds, as a server that has rewritten before is what users run; its
 * first round is dropped.
 */
import { sleep } from "./client.ts";
import { loadKeys } from "./loader.ts";
import type { Server } from "./server.ts";
import type { Metric, Session } from "./session.ts";
import { settleDisk } from "./settle.ts";
import {
  FLOOD_TARGET,
  REWRITE_DURATION_TARGET,
  REWRITE_GROWTH_TARGET,
  REWRITE_MAX_TARGET,
  REWRITE_P99_TARGET,
  REWRITE_REST_TARGET,
  type Target,
} from "./targets.ts";
import { missingOf } from "./throughput.ts";
import { withTraffic } from "./traffic.ts";

const FLOOD_P99: Metric = { what: "flood: PING p99", unit: "ms", target: FLOOD_TARGET };
const FLOOD_RATE: Metric = { what: "flood: the client's SETs", unit: "/s", target: null };
const FLUSH_MAX: Metric = { what: "FLUSHALL: longest PING", unit: "ms", target: null };

/** Writers and prober run this long before the rewrite starts, in ms. */
const LEAD_MS = 300;
/** The window goes on this long after the end, in ms: freeing and closing may come late. */
const TAIL_MS = 50;
/** How often the end of a rewrite is asked for, in ms. */
const POLL_MS = 10;
const REWRITE_TIMEOUT_MS = 120_000;
/** What a server with a single file says of the rest. */
const REST_LINE = /Residual parent diff successfully flushed to the rewritten AOF \(([\d.]+) MB\)/g;

/** BGREWRITEAOF under paced writes. */
export async function measureRewrite(session: Session): Promise<void> {
  const { rewriteKeys, rewriteRounds } = session.sizes;
  await session.withServers(session.contenders, "everysec", async (servers) => {
    const [missing] = await missingOf(servers[0], ["BGREWRITEAOF"]);
    if (missing !== undefined) {
      session.notes.add("rewrite: left out, the subject has no BGREWRITEAOF");
      return;
    }
    for (const server of servers) await loadKeys(server, rewriteKeys);
    await session.rounds(
      servers,
      rewriteRounds,
      (server, round) => rewriteOnce(session, server, round > 0, REWRITE_ROWS, rewriteKeys),
      2,
    );
  });
}

/** The rows of one kind of rewrite. */
export interface RewriteRows {
  readonly longest: Metric;
  readonly p99: Metric;
  readonly duration: Metric;
  readonly writes: Metric;
  /** How much resident memory the server itself takes more than before, in percent. */
  readonly growth: Metric;
  /** What is left of the diff when the child has ended, where the server tells. */
  readonly rest: Metric;
}

/** The rows that begin with `name`. */
export function rewriteRows(name: string, longest: Target): RewriteRows {
  return {
    longest: { what: `${name}: longest PING`, unit: "ms", target: longest },
    p99: { what: `${name}: PING p99`, unit: "ms", target: REWRITE_P99_TARGET },
    duration: { what: `${name}: duration`, unit: "ms", target: REWRITE_DURATION_TARGET },
    writes: { what: `${name}: writes achieved`, unit: "/s", target: null },
    growth: { what: `${name}: server's memory grows`, unit: "%", target: REWRITE_GROWTH_TARGET },
    rest: { what: `${name}: rest of the diff`, unit: "MB", target: REWRITE_REST_TARGET },
  };
}

const REWRITE_ROWS = rewriteRows("rewrite", REWRITE_MAX_TARGET);

/** One rewrite under writes: of keys, or what `commands` says. @param keep whether its figures count */
export async function rewriteOnce(
  session: Session,
  server: Server,
  keep: boolean,
  rows: RewriteRows,
  keyRange: number,
  commands?: readonly (readonly string[])[],
): Promise<void> {
  const { port, contender } = server;
  const { writesPerSecond: perSecond } = session.sizes;
  await settleDisk();
  await withTraffic(
    [
      { kind: "writer", port, perSecond, keyRange, ...(commands === undefined ? {} : { commands }) },
      { kind: "prober", port },
    ],
    async ([writer, prober]) => {
      await sleep(LEAD_MS);
      await writer.mark();
      await prober.mark();
      const { durationMs, grownPercent, restMb } = await rewrite(server);
      await sleep(TAIL_MS);
      const writes = await writer.stop();
      const pings = await prober.stop();
      if (!keep) return;
      session.record(rows.longest, contender, pings.maxMs ?? NaN);
      session.record(rows.p99, contender, pings.p99Ms ?? NaN);
      session.record(rows.duration, contender, durationMs);
      session.record(rows.writes, contender, writes.perSecond ?? NaN);
      session.record(rows.growth, contender, grownPercent);
      session.record(rows.rest, contender, restMb);
    },
  );
}

/** What one rewrite took. */
interface RewriteCost {
  readonly durationMs: number;
  readonly grownPercent: number;
  /** NaN where the server does not tell. */
  readonly restMb: number;
}

/** Rewrites once. @throws Error when it failed. */
async function rewrite(server: Server): Promise<RewriteCost> {
  const before = server.residentBytes();
  let most = before;
  const startedAt = performance.now();
  await server.client.command("BGREWRITEAOF");
  for (;;) {
    await sleep(POLL_MS);
    most = Math.max(most, server.residentBytes());
    const info = await server.client.info("persistence");
    const durationMs = performance.now() - startedAt;
    if (info.get("aof_rewrite_in_progress") === "0" && info.get("aof_rewrite_scheduled") === "0") {
      const status = info.get("aof_last_bgrewrite_status");
      if (status !== "ok") throw new Error(`The rewrite of ${server.contender.name} ended with ${status}`);
      const rests = [...server.log().matchAll(REST_LINE)];
      return {
        durationMs,
        grownPercent: (most - before) / before * 100,
        restMb: Number(rests.at(-1)?.[1] ?? NaN),
      };
    }
    if (durationMs > REWRITE_TIMEOUT_MS) {
      throw new Error(`The rewrite of ${server.contender.name} never ended`);
    }
  }
}

/** PING beside one client that never stops pipelining. */
export async function measureFlood(session: Session): Promise<void> {
  const { rounds, floodSeconds, keyRange } = session.sizes;
  await session.withServers(session.contenders, "everysec", async (servers) => {
    await session.rounds(servers, rounds, async ({ port, contender }) => {
      await withTraffic(
        [{ kind: "flooder", port, keyRange }, { kind: "prober", port }],
        async ([flooder, prober]) => {
          await sleep(LEAD_MS);
          await flooder.mark();
          await prober.mark();
          await sleep(floodSeconds * 1000);
          const flood = await flooder.stop();
          const pings = await prober.stop();
          session.record(FLOOD_P99, contender, pings.p99Ms ?? NaN);
          session.record(FLOOD_RATE, contender, flood.perSecond ?? NaN);
        },
      );
    });
  });
}

/** FLUSHALL of many keys. */
export async function measureFlushall(session: Session): Promise<void> {
  const { heavyRounds, flushKeys } = session.sizes;
  await session.rounds(session.contenders, heavyRounds, async (contender) => {
    await session.withServer(contender, "everysec", async (server) => {
      await loadKeys(server, flushKeys);
      await settleDisk();
      await withTraffic([{ kind: "prober", port: server.port }], async ([prober]) => {
        await sleep(LEAD_MS);
        await prober.mark();
        await server.client.command("FLUSHALL");
        await sleep(LEAD_MS);
        const pings = await prober.stop();
        session.record(FLUSH_MAX, contender, pings.maxMs ?? NaN);
      });
    });
  });
}
