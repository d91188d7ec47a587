/**
 * Commands per second, for each command and pipeline depth.
 *
 * DESIGN. Every command gets fresh servers, so that neither the keys nor the
 * AOF of an earlier command weigh on it. A first run warms each server up and
 * tells its speed; from the mean speed follows the number of requests, the same
 * for all, that makes a run last about {@link Sizes.runSeconds}. The warm-up is
 * as long as the engine compiles: that takes half a second of the other core,
 * which is the client's.
 */
import type { Sizes } from "./options.ts";
import { BENCH_COMMANDS, type BenchCommand, benchCommand, requiredCommands } from "./commands.ts";
import type { LoadGenerator, LoadRun } from "./generator.ts";
import { load } from "./loader.ts";
import { ReplyError } from "./resp.ts";
import type { Contender, FsyncPolicy, Server } from "./server.ts";
import type { Metric, Session } from "./session.ts";
import { alwaysTarget, throughputTarget } from "./targets.ts";

/** Concurrent clients of every throughput row. */
export const CLIENTS = 50;

/** Elements a popping run may consume, however fast the server: they are loaded before each run. */
const MAX_POPS = 1_000_000;

/** Which of `wanted` (null: all of the list) the main subject has; what it lacks is noted. */
export async function availableCommands(
  session: Session,
  wanted: readonly string[] | null,
): Promise<BenchCommand[]> {
  const asked = wanted === null ? BENCH_COMMANDS : wanted.map(benchCommand);
  const available: BenchCommand[] = [];
  await session.withServer(session.subjects[0], "everysec", async (server) => {
    for (const command of asked) {
      const missing = await missingOf(server, requiredCommands(command));
      if (missing.length === 0) available.push(command);
      else session.notes.add(`${command.name}: left out, the subject has no ${missing.join(", ")}`);
    }
  });
  return available;
}

/** Those of `names` that the server does not know. */
export async function missingOf(server: Server, names: readonly string[]): Promise<string[]> {
  const infos = await server.client.try("COMMAND", "INFO", ...names);
  if (Array.isArray(infos)) {
    return names.filter((_, i) => infos[i] === null || Array.isArray(infos[i]) && infos[i].length === 0);
  }
  // A server without COMMAND INFO: a command without arguments fails in two ways that can be told apart.
  const missing: string[] = [];
  for (const name of names) {
    const reply = await server.client.try(name);
    if (reply instanceof ReplyError && /unknown command/i.test(reply.message)) missing.push(name);
  }
  return missing;
}

/** Every available command under everysec: the main subject beside the references. */
export async function measureThroughput(
  session: Session,
  generator: LoadGenerator,
  wanted: readonly string[] | null,
): Promise<void> {
  for (const command of await availableCommands(session, wanted)) {
    await session.attempt(
      `throughput of ${command.name}`,
      () =>
        measureCommand(session, generator, command, "everysec", session.contenders, session.sizes.pipelines),
    );
  }
}

/** SET under always: every variant of the subject beside the references. */
export async function measureAlways(session: Session, generator: LoadGenerator): Promise<void> {
  await measureCommand(session, generator, benchCommand("set"), "always", session.allContenders, [1, 16]);
}

async function measureCommand(
  session: Session,
  generator: LoadGenerator,
  command: BenchCommand,
  policy: FsyncPolicy,
  contenders: readonly Contender[],
  pipelines: readonly number[],
): Promise<void> {
  await session.withServers(contenders, policy, async (servers) => {
    for (const server of servers) await prefill(server, command, session.sizes);
    for (const pipeline of pipelines) {
      const metric = metricOf(command, policy, pipeline);
      const requests = await calibrate(session, generator, command, policy, pipeline, servers);
      await session.rounds(servers, session.sizes.rounds, async (server) => {
        const run = runOf(server, command, pipeline, requests, session.sizes);
        await refill(server, command, requests);
        const startedMs = server.cpuMs();
        session.record(metric, server.contender, await generator.run(run));
        const cpuUs = (server.cpuMs() - startedMs) * 1000;
        session.record(cpuMetricOf(metric), server.contender, cpuUs / requests);
      });
    }
  });
}

function metricOf(command: BenchCommand, policy: FsyncPolicy, pipeline: number): Metric {
  return {
    what: `${command.name.toUpperCase()} P=${pipeline} ${policy}`,
    unit: "/s",
    target: policy === "always" ? alwaysTarget(pipeline) : throughputTarget(command.name, pipeline),
  };
}

/** CPU time of the server per command: where the client is the slower side, only this tells servers apart. */
function cpuMetricOf({ what }: Metric): Metric {
  return { what: `${what}: CPU`, unit: "us", target: null };
}

function runOf(
  server: Server,
  command: BenchCommand,
  pipeline: number,
  requests: number,
  sizes: Sizes,
): LoadRun {
  const { port, gone } = server;
  return { port, gone, command, requests, pipeline, clients: CLIENTS, keyRange: sizes.keyRange };
}

/** Warms every server up. @returns the requests of one run. */
async function calibrate(
  session: Session,
  generator: LoadGenerator,
  command: BenchCommand,
  policy: FsyncPolicy,
  pipeline: number,
  servers: readonly Server[],
): Promise<number> {
  const { warmUpRequests, runSeconds } = session.sizes;
  const slow = policy === "always" ? 0.25 : 1;
  // Pipelines take another way through the server, which is to be compiled too.
  const requests = Math.ceil(warmUpRequests * command.weight * slow * Math.min(4, pipeline));
  let sum = 0;
  for (const server of servers) {
    await refill(server, command, requests);
    sum += await generator.run(runOf(server, command, pipeline, requests, session.sizes));
  }
  const wanted = Math.ceil(sum / servers.length * runSeconds);
  const cap = command.fill?.count === "requests" ? MAX_POPS : Infinity;
  return Math.min(cap, Math.max(CLIENTS * pipeline * 4, wanted));
}

/** What a command must find, loaded once. */
async function prefill(server: Server, command: BenchCommand, sizes: Sizes): Promise<void> {
  const { fill } = command;
  if (fill === undefined || fill.count === "requests") return;
  await load(server.port, fill.argv, fill.count === "range" ? sizes.keyRange : fill.count);
}

/** What a command consumes, loaded before each run. */
async function refill(server: Server, command: BenchCommand, requests: number): Promise<void> {
  const { fill } = command;
  if (fill?.count === "requests") await load(server.port, fill.argv, requests);
}
