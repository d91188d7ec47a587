/**
 * Random commands to this server and to a real Redis, in both protocols; then the files of each for the other.
 *
 * A failure prints its seed and the smallest sequence that still fails. `VELLUM_SEED=n deno task test:diff` repeats
 * it; `VELLUM_FUZZ=n` runs n times as many sequences; `VELLUM_FAMILY=list,hash` only these generators.
 * `VELLUM_UNDER_TEST=/path/to/redis-server-7.2` puts a Redis in our place, which must find nothing.
 */

import assert from "node:assert/strict";
import process from "node:process";
import { chooseSeed, Random } from "../support/random.ts";
import { type Command, type Generator, loadGenerators } from "./generator.ts";
import { isNotSent } from "./known_differences.ts";
import { PROFILES } from "./profiles.ts";
import { findReference } from "./reference.ts";
import { Runner, showCommand } from "./runner.ts";
import { shrink, shrinkArguments } from "./shrink.ts";

const SEQUENCES = 12 * Number(process.env.VELLUM_FUZZ ?? "1");
const SEQUENCE_LENGTH = 600;
/** So many must have been compared in each protocol. */
const LEAST_COMMANDS = 100_000;
const SHRINK_MS = 60_000;
const SEED = chooseSeed(process.env.VELLUM_SEED);

/** The fixtures of the generators, then random commands of all of them, as far as the reference has them. */
function sequence(generators: readonly Generator[], seed: number, context: Context): Command[] {
  const random = new Random(seed);
  const source = () => random.next();
  const commands = generators.flatMap((generator) => generator.fixtures);
  while (commands.length < SEQUENCE_LENGTH) commands.push(...random.pick(generators).next(source));
  const { version } = context.runner.reference;
  return commands.filter((command) => !isNotSent(version, command));
}

/** Fails with the seed, what differed at first, the smallest failing sequence, and what differs there. */
async function report(
  commands: readonly Command[],
  where: string,
  first: string,
  fails: (commands: readonly Command[]) => Promise<string | undefined>,
): Promise<never> {
  const isFailing = async (candidate: readonly Command[]) => await fails(candidate) !== undefined;
  const few = await shrink(commands, isFailing, SHRINK_MS);
  const small = await shrinkArguments(few, isFailing, SHRINK_MS / 2);
  const text = await fails(small) ?? "(it does not fail again: it depends on time)";
  const listing = small.length > 50 ? "" : `\n${small.map(showCommand).join("\n")}\n`;
  throw new Error(`${where}: ${first}\n\nSmallest of ${small.length} commands:${listing}\n${text}`);
}

/** What a test runs with. */
interface Context {
  readonly runner: Runner;
  readonly generators: readonly Generator[];
}

/** Whether only some of the generators run. */
const IS_PART = (process.env.VELLUM_FAMILY ?? "") !== "";

/** Every command that the generators know must be one of ours, as far as the reference has it. */
async function checkCommands(runner: Runner, generators: readonly Generator[]): Promise<void> {
  const random = new Random(1);
  const names = new Set<string>();
  for (const { fixtures, next } of generators) {
    const some = Array.from({ length: 500 }, () => next(() => random.next())).flat();
    for (const [name] of [...fixtures, ...some]) if (/^[a-z_]+$/i.test(name)) names.add(name.toLowerCase());
  }
  const unknown = await runner.unknown([...names].filter((name) => !name.includes("nosuch")).sort());
  assert.deepEqual(unknown, [], "this server does not have these commands");
}

/** Runs a test with both servers, or says aloud that it cannot. */
async function withRunner(
  what: string,
  test: (context: Context) => Promise<void>,
): Promise<void> {
  const reference = findReference();
  if (reference === undefined) {
    console.log(`NOT COMPARED: no redis-server (${what})`);
    return;
  }
  console.log(`reference: redis ${reference.version}, seed ${SEED}`);
  await using runner = await Runner.start(reference);
  const started = performance.now();
  const all = await loadGenerators();
  const wanted = process.env.VELLUM_FAMILY;
  const generators = all.filter(({ name }) =>
    !wanted || wanted.split(",").some((part) => name.startsWith(part))
  );
  await checkCommands(runner, all);
  await test({ runner, generators });
  const seconds = (performance.now() - started) / 1000;
  const perSecond = Math.round(runner.compared / seconds);
  console.log(`${runner.compared} commands compared in ${seconds.toFixed(1)} s: ${perSecond} per second`);
}

for (const protocol of [2, 3] as const) {
  Deno.test(`fuzz: replies and data equal those of Redis, RESP${protocol}`, async () => {
    await withRunner(`RESP${protocol}`, async (context) => {
      const mixed = context.generators.filter(({ traits }) => !traits.alone);
      const groups = context.generators.map((generator) => [generator]);
      if (mixed.length > 1) groups.push(mixed);
      for (const some of groups) {
        for (let i = 0; i < SEQUENCES * (some === mixed ? 2 : 1); i++) await fuzz(context, some, i, protocol);
      }
      const least = IS_PART ? 0 : LEAST_COMMANDS;
      assert.ok(context.runner.compared >= least, `only ${context.runner.compared} commands were compared`);
    });
  });
}

async function fuzz(
  context: Context,
  generators: readonly Generator[],
  i: number,
  protocol: 2 | 3,
): Promise<void> {
  const seed = SEED + i;
  const profile = PROFILES[i % PROFILES.length];
  const encodings = generators.every(({ traits }) => traits.encodings !== false);
  const options = { protocol, profile, encodings };
  const commands = sequence(generators, seed, context);
  const mismatch = await context.runner.run(commands, options);
  if (mismatch === undefined) return;
  const name = generators.length === 1 ? generators[0].name : "mixed";
  const where = `seed ${seed}, ${name}, ${profile.name}`;
  await report(commands.slice(0, mismatch.after), where, mismatch.text, async (candidate) => {
    return (await context.runner.run(candidate, options))?.text;
  });
}

/** A way in which a file is loaded again. */
interface Reload {
  readonly how: string;
  /** @returns the differences */
  reload(runner: Runner): Promise<string[]>;
  /** Commands that are left out because Redis itself logs them wrongly. */
  readonly without?: (command: Command) => boolean;
  /** The reference must be able to load RDB version 11, which 7.0 is not. */
  readonly needsRdb11?: boolean;
}

const RELOADS: readonly Reload[] = [
  { how: "after a restart", reload: (runner) => runner.restart() },
  { how: "loaded by Redis", reload: (runner) => runner.theyLoadOurs() },
  {
    how: "of Redis, loaded here",
    reload: (runner) => runner.weLoadTheirs(),
    // With an overflow that FAILs Redis creates or lengthens the value and does not log it.
    without: (command) => /^bitfield$/i.test(command[0]) && command.some((arg) => /^fail$/i.test(arg)),
  },
  { how: "after a rewrite to RDB and a restart", reload: (runner) => runner.rewriteAndRestart(true) },
  {
    how: "rewritten to RDB, loaded by Redis",
    reload: async (runner) => [...await runner.rewriteAndRestart(true), ...await runner.theyLoadOurs()],
    needsRdb11: true,
  },
  { how: "after a rewrite to commands and a restart", reload: (runner) => runner.rewriteAndRestart(false) },
  {
    how: "rewritten to commands, loaded by Redis",
    reload: async (runner) => [...await runner.rewriteAndRestart(false), ...await runner.theyLoadOurs()],
  },
];

for (const { how, reload, without, needsRdb11 } of RELOADS) {
  Deno.test(`fuzz: the file holds all data ${how}`, async () => {
    await withRunner(how, async (context) => {
      const { runner } = context;
      if (needsRdb11 && runner.reference.version.startsWith("7.0.")) {
        console.log(`NOT COMPARED: redis ${runner.reference.version} cannot load RDB version 11 (${how})`);
        return;
      }
      const mixed = context.generators.filter(({ traits }) => !traits.alone);
      const groups = mixed.map((generator) => [generator]);
      if (mixed.length > 1) groups.push(mixed, mixed);
      for (const [i, generators] of groups.entries()) {
        const seed = SEED + 1000 + i;
        const commands = sequence(generators, seed, context).filter((command) => !without?.(command));
        const options = { protocol: 2, profile: PROFILES[i % PROFILES.length], encodings: true } as const;
        const fails = async (candidate: readonly Command[]) => {
          const mismatch = (await runner.run(candidate, options))?.text;
          if (mismatch !== undefined) return mismatch;
          const lines = await reload(runner);
          return lines.length === 0 ? undefined : `data ${how}:\n${lines.slice(0, 5).join("\n")}`;
        };
        const first = await fails(commands);
        if (first !== undefined) await report(commands, `seed ${seed}, group ${i}`, first, fails);
      }
    });
  });
}
