/**
 * `deno task bench`: vellum beside redis-server (and valkey-server), as ratios.
 *
 * DESIGN. Subject and references run with the same settings on the same machine
 * in turns, round by round; every row is the median of the paired ratios, with
 * its spread and its target. The parts: options, contenders and their facts
 * (bench/options.ts, facts.ts), servers and load (server.ts, loader.ts,
 * generator.ts, traffic.ts), the measurements (throughput.ts, latency.ts,
 * footprint.ts), and the table (report.ts, targets.ts).
 *
 * The exit code is 0 unless something broke; a missed target is a figure, not a
 * failure, but for `--check`.
 */
import { armCleanup } from "./bench/cleanup.ts";
import { measureCollectionMemory, measureLarge, measureMixed } from "./bench/collections.ts";
import { findReferences, findSubjects, inspect, machineFacts, onPath, output } from "./bench/facts.ts";
import { measureColdStart, measureIdle, measureMemory, measureReplay } from "./bench/footprint.ts";
import { BUILT_IN, type LoadGenerator, REDIS_BENCHMARK } from "./bench/generator.ts";
import { measureFlood, measureFlushall, measureRewrite } from "./bench/latency.ts";
import { type Group, type Options, parseOptions, USAGE } from "./bench/options.ts";
import { buildRows, formatTable, type Row, toJson } from "./bench/report.ts";
import { type Contender, settings } from "./bench/server.ts";
import { type ContenderFacts, progress, Session } from "./bench/session.ts";
import { CLIENTS, measureAlways, measureThroughput } from "./bench/throughput.ts";

function measurement(group: Group, session: Session, generator: LoadGenerator, options: Options) {
  const byGroup: Record<Group, () => Promise<void>> = {
    cold: () => measureColdStart(session),
    throughput: () => measureThroughput(session, generator, options.commands),
    always: () => measureAlways(session, generator),
    memory: () => measureMemory(session),
    replay: () => measureReplay(session),
    rewrite: () => measureRewrite(session),
    large: () => measureLarge(session),
    mixed: () => measureMixed(session),
    collections: () => measureCollectionMemory(session),
    flood: () => measureFlood(session),
    idle: () => measureIdle(session),
    flushall: () => measureFlushall(session),
  };
  return byGroup[group];
}

/** Starts everyone once. A reference that cannot be asked is left out; a subject that cannot ends the run. */
async function openSession(options: Options): Promise<Session> {
  const facts = new Map<string, ContenderFacts>();
  const subjects = findSubjects(options);
  for (const one of subjects) facts.set(one.name, await inspect(one));
  const references: Contender[] = [];
  const broken: string[] = [];
  for (const one of findReferences(options)) {
    try {
      facts.set(one.name, await inspect(one));
      references.push(one);
    } catch (error) {
      broken.push((error as Error).message);
    }
  }
  const session = new Session(options.sizes, subjects, references, facts);
  session.broken.push(...broken);
  if (references.length === 0) session.notes.add("no reference was found: no ratios");
  return session;
}

function describe(session: Session, generator: LoadGenerator): Record<string, string> {
  const facts = machineFacts();
  for (const one of session.allContenders) {
    const { flavour, version, allocator } = session.facts.get(one.name)!;
    const by = allocator === "" ? "" : ` (${allocator})`;
    facts[one.name] = `${one.role}: ${flavour} ${version}${by}: ${one.argv.join(" ")}`;
  }
  const { rounds, runSeconds, keyRange } = session.sizes;
  const quoted = settings("everysec").map((word) => word === "" ? '""' : word).join(" ");
  facts["settings"] = `${quoted} (rows named so: --appendfsync always)`;
  const tool = generator === REDIS_BENCHMARK ? output("redis-benchmark", ["--version"]) : generator.name;
  facts["load"] = `${tool}, ${CLIENTS} clients, -r ${keyRange}, runs of about ${
    Number(runSeconds.toFixed(2))
  } s`;
  facts["rounds"] = `${rounds} paired, order turning; ratios are subject / reference, median (min–max)`;
  return facts;
}

function print(session: Session, rows: Row[], facts: Record<string, string>): void {
  const width = Math.max(...Object.keys(facts).map((key) => key.length));
  for (const [key, value] of Object.entries(facts)) console.log(`${key.padEnd(width)}  ${value}`);
  console.log(`\n${formatTable(rows)}`);
  for (const note of session.notes) console.log(`\nnote: ${note}`);
  for (const line of session.broken) console.log(`\nBROKEN: ${line}`);
}

/** Runs the benchmark. @returns the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const options = parseOptions(argv);
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  armCleanup(options.tmp);
  const session = await openSession(options);
  const generator = !options.builtin && onPath("redis-benchmark") ? REDIS_BENCHMARK : BUILT_IN;
  const facts = describe(session, generator);
  progress(`measuring ${options.groups.join(", ")}`);
  for (const group of options.groups) {
    await session.attempt(group, measurement(group, session, generator, options));
  }
  const rows = buildRows(session);
  print(session, rows, facts);
  if (options.jsonFile !== null) Deno.writeTextFileSync(options.jsonFile, toJson(session, rows, facts));
  if (session.broken.length > 0) return 1;
  return options.check && rows.some((row) => row.verdict === "miss") ? 1 : 0;
}

if (import.meta.main) {
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    console.error(`bench: ${(error as Error).message}`);
    Deno.exit(1);
  }
}
