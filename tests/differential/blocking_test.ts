/**
 * Connections that wait for keys, against a real Redis: who is served, with what, in which order, and who goes on
 * waiting. A failure prints its seed and the smallest scenario that still fails; `VELLUM_SEED=n` repeats it.
 */

import process from "node:process";
import { chooseSeed, Random } from "../support/random.ts";
import { type TestServer } from "../support/server.ts";
import { randomScenario, SCENARIOS, SCENARIOS_SINCE_72 } from "./blocking_scenarios.ts";
import { restartDifferences, runScenario, showStep, type Step } from "./blocking_world.ts";
import { findReference, startOurs, startTheirs } from "./reference.ts";
import { shrink } from "./shrink.ts";

const SEED = chooseSeed(process.env.VELLUM_SEED);
const RANDOM_SCENARIOS = 40 * Number(process.env.VELLUM_FUZZ ?? "1");
const SCENARIO_LENGTH = 60;
const SHRINK_MS = 60_000;

/** Runs a test with both servers, or says aloud that it cannot. */
async function withServers(
  what: string,
  test: (servers: readonly [TestServer, TestServer], is70: boolean) => Promise<void>,
): Promise<void> {
  const reference = findReference();
  if (reference === undefined) {
    console.log(`NOT COMPARED: no redis-server (${what})`);
    return;
  }
  console.log(`reference: redis ${reference.version}, seed ${SEED}`);
  await using ours = await startOurs();
  await using theirs = await startTheirs(reference);
  await test([ours, theirs], reference.version.startsWith("7.0."));
}

/** Runs a scenario, and fails with the smallest part of it that fails. */
async function check(
  servers: readonly [TestServer, TestServer],
  steps: readonly Step[],
  protocol: 2 | 3,
  where: string,
): Promise<void> {
  const first = await runScenario(servers, steps, protocol);
  if (first === undefined) return;
  const fails = async (some: readonly Step[]) => await runScenario(servers, some, protocol) !== undefined;
  const small = await shrink(steps, fails, SHRINK_MS);
  const text = await runScenario(servers, small, protocol) ?? `(it does not fail again) ${first}`;
  throw new Error(`${where}, RESP${protocol}\n\n${small.map(showStep).join("\n")}\n\n${text}`);
}

for (const protocol of [2, 3] as const) {
  Deno.test(`blocking: written scenarios, RESP${protocol}`, async () => {
    await withServers("scenarios", async (servers, is70) => {
      for (const [name, steps] of Object.entries(SCENARIOS)) {
        if (!is70 || !SCENARIOS_SINCE_72.includes(name)) await check(servers, steps, protocol, name);
        else console.log(`NOT COMPARED: ${name} (redis 7.0)`);
      }
    });
  });

  Deno.test(`blocking: random scenarios, RESP${protocol}`, async () => {
    await withServers("random scenarios", async (servers, is70) => {
      for (let i = 0; i < RANDOM_SCENARIOS; i++) {
        const steps = randomScenario(new Random(SEED + i), SCENARIO_LENGTH, is70 ? 1 : 3);
        await check(servers, steps, protocol, `seed ${SEED + i}`);
      }
    });
  });
}

Deno.test("blocking: what was served is in the file", async () => {
  await withServers("restarts", async (servers, is70) => {
    for (let i = 0; i < 5; i++) {
      const steps = randomScenario(new Random(SEED + 1000 + i), SCENARIO_LENGTH, is70 ? 1 : 3);
      await check(servers, steps, 2, `seed ${SEED + 1000 + i}`);
      const lines = await restartDifferences(servers[0]);
      if (lines.length > 0) throw new Error(`seed ${SEED + 1000 + i}, after a restart:\n${lines.join("\n")}`);
    }
  });
});
