/** A rewrite that is no longer wanted ends at once, whatever its child is doing, and leaves nothing behind. */

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { type Client, eventually } from "../support/client.ts";
import { childrenOf, commandLineOf, infoField, isAlive } from "../support/info.ts";
import { fill, rewriteEnd, rewriteHeld } from "../support/rewrite.ts";
import { TestServer } from "../support/server.ts";

function temps(server: TestServer): string[] {
  return readdirSync(server.dir).filter((name) => name.startsWith("temp-"));
}

/** Turns the AOF off and waits until nothing of the rewrite is left. */
async function turnOff(server: TestServer, client: Client, child: number): Promise<void> {
  assert.equal(await client.ask("CONFIG SET appendonly no"), "+OK");
  await eventually("the child is gone", () => !isAlive(child), 10_000);
  await eventually("the rewrite is over", async () => {
    return await infoField(client, "aof_rewrite_in_progress") === "0";
  }, 10_000);
  assert.deepEqual(temps(server), []);
  assert.equal(await infoField(client, "aof_last_bgrewrite_status"), "ok");
}

Deno.test("rewrite: turning the AOF off ends a child that hangs, and the next rewrite works", async () => {
  await using server = await TestServer.start({ args: ["--appendonly", "yes"] });
  const client = await server.connect();
  await fill(client);
  await turnOff(server, client, await rewriteHeld(server, client));
  assert.equal(await client.ask("CONFIG SET appendonly yes"), "+OK");
  assert.equal(await rewriteEnd(client), "ok");
  const size = await client.ask("DBSIZE");
  await server.restart();
  assert.equal(await (await server.connect()).ask("DBSIZE"), size);
});

Deno.test("rewrite: turning the AOF off ends a child that works, without a debugger being opened", async () => {
  await using server = await TestServer.start({ args: ["--appendonly", "yes"] });
  const client = await server.connect();
  await fill(client, 5000);
  const own = commandLineOf(server.pid);
  assert.match(await client.ask("BGREWRITEAOF"), /started/);
  let child = 0;
  await eventually("there is a child", () => {
    [child = 0] = childrenOf(server.pid).filter((pid) => isAlive(pid) && commandLineOf(pid) !== own);
    return child !== 0;
  }, 10_000);
  await turnOff(server, client, child);
  assert.doesNotMatch(server.log(), /Debugger/);
});

Deno.test("shutdown: during a rewrite whose child hangs", async () => {
  await using server = await TestServer.start({ args: ["--appendonly", "yes"] });
  const client = await server.connect();
  await fill(client);
  const child = await rewriteHeld(server, client);
  assert.deepEqual(await server.terminate(), { code: 0, signal: null });
  await eventually("the child is gone", () => !isAlive(child), 10_000);
  assert.deepEqual(temps(server), []);
});
