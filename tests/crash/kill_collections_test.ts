/**
 * kill -9 at random instants while lists, hashes, sets and sorted sets are written, AOFs rewritten and RDB files
 * saved: nothing acknowledged is missing under `always`, nothing older than two seconds under everysec, and an RDB
 * file has at least what was there when its save began.
 *
 * A handful of rounds; `deno task test:crash` runs many. VELLUM_SEED repeats a failure's instants.
 */

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import process from "node:process";
import { eventually, sleep } from "../support/client.ts";
import { infoField } from "../support/info.ts";
import { chooseSeed, Random } from "../support/random.ts";
import { fill } from "../support/rewrite.ts";
import { TestServer } from "../support/server.ts";
import { CollectionWriters } from "./collection_writers.ts";

const ROUNDS = process.env.VELLUM_CRASH === "full" ? 20 : 3;
const SEED = chooseSeed(process.env.VELLUM_SEED);
const EVERYSEC_BOUND_MS = 2000;
const DEPTHS = [1, 1, 5, 40];
/** Other keys, so that rewrites and saves take their time. */
const FILL = 5000;

function temps(server: TestServer): string[] {
  return readdirSync(server.dir).filter((name) => name.startsWith("temp-"));
}

for (
  const [policy, preamble] of [["always", "no"], ["always", "yes"], ["everysec", "no"]] as const
) {
  Deno.test(`kill -9 of all types during rewrites and saves, appendfsync ${policy}, aof-use-rdb-preamble ${preamble}`, async () => {
    const random = new Random(SEED);
    // What everysec promises shows after seconds only, and each round takes as many.
    const rounds = policy === "always" ? ROUNDS : Math.ceil(ROUNDS / 4);
    await using server = await TestServer.start({
      args: ["--appendonly", "yes", "--appendfsync", policy, "--aof-use-rdb-preamble", preamble],
    });
    await fill(await server.connect(), FILL);
    const writers = new CollectionWriters(DEPTHS, random);
    for (let round = 0; round < rounds; round++) {
      await writers.start(server);
      const control = await server.connect();
      const killAt = performance.now() + random.between(5, policy === "always" ? 600 : 2800);
      while (performance.now() < killAt) {
        await control.ask(random.pick(["BGREWRITEAOF", "BGREWRITEAOF", "BGSAVE"]));
        await sleep(random.below(40));
      }
      const killedMs = Date.now();
      await server.kill();
      await writers.broken();
      const least = policy === "always"
        ? writers.acknowledged
        : writers.acknowledgedUntil(killedMs - EVERYSEC_BOUND_MS);
      await server.restart();
      const client = await server.connect();
      const where = `seed ${SEED}, round ${round}\n${server.log().slice(-2000)}`;
      assert.deepEqual(await writers.losses(client, least), [], where);
      assert.ok(Number((await client.ask("DBSIZE")).slice(1)) >= FILL, where);
    }
    // A child that outlives its server by a moment may leave a whole file; it goes at the next start.
    await eventually("all children have ended", () => temps(server).every((name) => name.includes("-bg-")));
    await server.restart();
    assert.deepEqual(temps(server), []);
  });
}

Deno.test("kill -9 without an AOF: the RDB file has what was there when the last whole save began, or more", async () => {
  const random = new Random(SEED);
  await using server = await TestServer.start({ args: ["--appendonly", "no"] });
  const writers = new CollectionWriters(DEPTHS, random);
  for (let round = 0; round < ROUNDS; round++) {
    await writers.start(server);
    const control = await server.connect();
    let least = writers.acknowledged.map(() => 0);
    const killAt = performance.now() + random.between(5, 1500);
    while (performance.now() < killAt) {
      const before = writers.acknowledged;
      if ((await control.ask("BGSAVE")).startsWith("+")) {
        while (performance.now() < killAt && await infoField(control, "rdb_bgsave_in_progress") === "1") {
          await sleep(2);
        }
        if (await infoField(control, "rdb_bgsave_in_progress") === "0") {
          assert.equal(await infoField(control, "rdb_last_bgsave_status"), "ok");
          least = before;
        }
      }
      await sleep(random.below(20));
    }
    await server.kill();
    await writers.broken();
    await server.restart();
    const client = await server.connect();
    assert.deepEqual(await writers.losses(client, least), [], `seed ${SEED}, round ${round}`);
    await eventually("all children have ended", () => temps(server).length === 0);
    // The next round begins with what is in the file, even if it is killed before its first save.
    assert.equal(await client.ask("SAVE"), "+OK");
  }
});
