/**
 * Load generators: how many commands per second a server takes from N clients.
 *
 * DESIGN. The `redis-benchmark` tool is used where it is found. The built-in
 * generator does the same work for machines without it: N connections, each of
 * which sends a batch of P commands, awaits its P replies and goes on until a
 * common budget is spent. It costs more CPU per batch than the C tool, so at
 * P=1 it measures itself as much as the server; ratios stay comparable, but
 * nearer to 1.
 */
import { spawn } from "node:child_process";
import { killGroup, noteGroup } from "./cleanup.ts";
import { connect, within, writeAll } from "./client.ts";
import type { BenchCommand } from "./commands.ts";
import { closeQuietly } from "./loader.ts";
import { ReplyCounter } from "./resp.ts";
import { CommandBatch, Random } from "./template.ts";

/** One run of a load generator. */
export interface LoadRun {
  readonly port: number;
  /** Rejects when the server ends: the tool would try to connect for ever. */
  readonly gone: Promise<never>;
  readonly command: BenchCommand;
  readonly requests: number;
  readonly pipeline: number;
  readonly clients: number;
  /** Random digits are below this. */
  readonly keyRange: number;
}

/** Something that can load a server. */
export interface LoadGenerator {
  readonly name: string;
  /** Runs to the end. @returns commands per second. @throws Error at an error reply. */
  run(run: LoadRun): Promise<number>;
}

const RUN_TIMEOUT_MS = 180_000;

/** The `redis-benchmark` tool. */
export const REDIS_BENCHMARK: LoadGenerator = {
  name: "redis-benchmark",
  async run(run: LoadRun): Promise<number> {
    const args = ["-h", "127.0.0.1", "-p", run.port, "-c", run.clients, "-n", run.requests];
    args.push("-P", run.pipeline, "-r", run.keyRange, "--csv");
    const { argv, name } = run.command;
    const output = await runTool(
      "redis-benchmark",
      [...args.map(String), ...(argv ?? ["-t", name])],
      run.gone,
    );
    const last = output.trimEnd().split("\n").at(-1) ?? "";
    const rate = /^"[^"]*","([\d.]+)"/.exec(last);
    if (rate === null) throw new Error(`Cannot read what redis-benchmark printed: ${output}`);
    return Number(rate[1]);
  },
};

async function runTool(file: string, args: string[], gone: Promise<never>): Promise<string> {
  const child = spawn(file, args, { detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const pid = child.pid ?? 0;
  if (pid > 0) noteGroup(pid);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => stdout += chunk);
  child.stderr.on("data", (chunk) => stderr += chunk);
  try {
    const code = await within(
      RUN_TIMEOUT_MS,
      `${file} ${args.join(" ")}`,
      Promise.race([
        gone,
        new Promise<number | null>((resolve, reject) => {
          child.on("error", reject);
          child.on("close", resolve);
        }),
      ]),
    );
    if (code !== 0) throw new Error(`${file} ${args.join(" ")} failed (${code}): ${stderr.trim()}`);
    return stdout;
  } finally {
    killGroup(pid);
  }
}

/** The built-in generator. */
export const BUILT_IN: LoadGenerator = {
  name: "built-in generator",
  async run(run: LoadRun): Promise<number> {
    const conns: Deno.TcpConn[] = [];
    try {
      for (let i = 0; i < run.clients; i++) conns.push(await connect(run.port));
      const budget = { left: run.requests };
      const startedAt = performance.now();
      const work = Promise.all(conns.map((conn, i) => drive(conn, run, new Random(i + 1), budget)));
      const sent = await within(RUN_TIMEOUT_MS, `${run.command.name} P=${run.pipeline}`, work);
      const seconds = (performance.now() - startedAt) / 1000;
      return sent.reduce((sum, count) => sum + count, 0) / seconds;
    } finally {
      for (const conn of conns) closeQuietly(conn);
    }
  },
};

async function drive(
  conn: Deno.TcpConn,
  run: LoadRun,
  random: Random,
  budget: { left: number },
): Promise<number> {
  const batch = new CommandBatch(run.command.argv, run.pipeline);
  const counter = new ReplyCounter();
  const buf = new Uint8Array(64 * 1024);
  let sent = 0;
  while (budget.left > 0) {
    budget.left -= run.pipeline;
    batch.fillRandom(random, run.keyRange);
    await writeAll(conn, batch.bytes);
    sent += run.pipeline;
    while (counter.replies < sent) {
      const count = await conn.read(buf);
      if (count === null) throw new Error("The server closed a client's connection");
      counter.feed(buf, 0, count);
    }
    if (counter.errors > 0) throw new Error(`${run.command.name} was answered: ${counter.firstError}`);
  }
  return sent;
}
