/**
 * kill -9 at random instants, with writers at work: under `always` nothing acknowledged may be missing, under
 * `everysec` at most what is younger than two seconds, and the file always loads.
 *
 * A handful of rounds; `deno task test:crash` runs many. VELLUM_SEED repeats a failure's instants.
 */

import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import process from "node:process";
import { eventually, sleep } from "../support/client.ts";
import { differences, readDataset } from "../support/dataset.ts";
import { isAlive } from "../support/info.ts";
import { chooseSeed, Random } from "../support/random.ts";
import { fill, rewriteHeld, saveHeld } from "../support/rewrite.ts";
import { TestServer } from "../support/server.ts";
import { Writers } from "./writers.ts";

const ROUNDS = process.env.VELLUM_CRASH === "full" ? 20 : 3;
const SEED = chooseSeed(process.env.VELLUM_SEED);
/** What everysec may lose, in ms. */
const EVERYSEC_BOUND_MS = 2000;

for (const rewriting of [false, true]) {
  const when = rewriting ? "while rewrites run" : "with concurrent writers";
  Deno.test(`kill -9 under always ${when} loses no acknowledged write`, async () => {
    const random = new Random(SEED);
    await using server = await TestServer.start({ args: ["--appendonly", "yes", "--appendfsync", "always"] });
    let first = 1;
    if (rewriting) await fill(await server.connect(), 5000);
    for (let round = 0; round < ROUNDS; round++) {
      const writers = await Writers.start(server, [1, 1, 7, 100], first);
      const control = await server.connect();
      const killAt = performance.now() + random.between(5, 400);
      while (performance.now() < killAt) {
        if (rewriting) await control.ask("BGREWRITEAOF");
        await sleep(random.below(10));
      }
      await server.kill();
      await writers.broken();
      await server.restart();
      const where = `seed ${SEED}, round ${round}, ${writers.count} acknowledged\n${
        server.log().slice(-2000)
      }`;
      assert.deepEqual(await writers.losses(await server.connect()), [], where);
      first = writers.highest + 1;
    }
  });
}

Deno.test("kill -9 under everysec loses nothing older than two seconds", async () => {
  const random = new Random(SEED);
  await using server = await TestServer.start({ args: ["--appendonly", "yes", "--appendfsync", "everysec"] });
  let first = 1;
  for (let round = 0; round < ROUNDS; round++) {
    const writers = await Writers.start(server, [1, 10, 200], first);
    await sleep(random.between(50, 2500));
    const killedMs = Date.now();
    await server.kill();
    await writers.broken();
    await server.restart();
    const client = await server.connect();
    assert.deepEqual(
      await writers.losses(client, killedMs - EVERYSEC_BOUND_MS),
      [],
      `seed ${SEED}, round ${round}`,
    );
    first = writers.highest + 1;
  }
});

Deno.test("kill -9 of the server in mid-rewrite: the child ends, its files are gone after the next start", async () => {
  await using server = await TestServer.start({ args: ["--appendonly", "yes"] });
  const client = await server.connect();
  await fill(client);
  const before = await readDataset(client);
  const child = await rewriteHeld(server, client);
  await server.kill();
  assert.ok(isAlive(child));
  process.kill(child, "SIGCONT");
  await eventually("the child has ended", () => !isAlive(child));
  await server.restart();
  assert.deepEqual(readdirSync(server.dir).filter((name) => name.startsWith("temp-")), []);
  assert.deepEqual(differences(await readDataset(await server.connect()), before), []);
});

Deno.test("kill -9 of server and child together: the files of both are gone after the next start", async () => {
  await using server = await TestServer.start({ args: ["--appendonly", "yes"] });
  const client = await server.connect();
  await fill(client);
  const before = await readDataset(client);
  const child = await rewriteHeld(server, client);
  process.kill(child, "SIGKILL");
  await server.kill();
  await server.restart();
  assert.deepEqual(readdirSync(server.dir).filter((name) => name.startsWith("temp-")), []);
  assert.deepEqual(differences(await readDataset(await server.connect()), before), []);
});

for (const appendonly of ["yes", "no"]) {
  Deno.test(`kill -9 in mid-BGSAVE, appendonly ${appendonly}: the child ends; if it is killed too, its file goes at the next start`, async () => {
    await using server = await TestServer.start({ args: ["--appendonly", appendonly] });
    let client = await server.connect();
    await fill(client);
    assert.equal(await client.ask("SAVE"), "+OK");
    const before = await readDataset(client);
    for (const together of [false, true]) {
      const child = await saveHeld(server, client);
      if (together) {
        // So far it may have made no file.
        writeFileSync(server.path(`temp-${child}.rdb`), "half");
        process.kill(child, "SIGKILL");
      }
      await server.kill();
      if (!together) process.kill(child, "SIGCONT");
      await eventually("the child has ended", () => !isAlive(child));
      await server.restart();
      assert.deepEqual(readdirSync(server.dir).filter((name) => name.startsWith("temp-")), []);
      client = await server.connect();
      assert.deepEqual(differences(await readDataset(client), before), []);
    }
  });
}

Deno.test("SIGTERM in the middle of pipelined writes loses no acknowledged write, under any policy", async () => {
  const random = new Random(SEED);
  for (const policy of ["always", "everysec", "no"]) {
    await using server = await TestServer.start({ args: ["--appendonly", "yes", "--appendfsync", policy] });
    let first = 1;
    for (let round = 0; round < ROUNDS; round++) {
      const writers = await Writers.start(server, [1, 10, 200], first);
      await eventually("something is acknowledged", () => writers.count > 0);
      await sleep(random.between(5, 100));
      assert.deepEqual(await server.terminate(), { code: 0, signal: null });
      await writers.broken();
      await server.restart();
      assert.deepEqual(await writers.losses(await server.connect()), [], policy);
      first = writers.highest + 1;
    }
  }
});
