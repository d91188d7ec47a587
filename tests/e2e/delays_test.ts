/** rdb-key-save-delay and key-load-delay: tools that test persistence rely on saves and loads that take their time. */

import assert from "node:assert/strict";
import process from "node:process";
import { eventually } from "../support/client.ts";
import { childrenOf, commandLineOf, infoField, isAlive } from "../support/info.ts";
import { rewrite } from "../support/rewrite.ts";
import { TestServer } from "../support/server.ts";

/** The only child of the server, once it is one of its own. */
async function childOf(server: TestServer): Promise<number> {
  const own = commandLineOf(server.pid);
  let child = 0;
  await eventually("there is a child", () => {
    [child = 0] = childrenOf(server.pid).filter((pid) => isAlive(pid) && commandLineOf(pid) !== own);
    return child !== 0;
  }, 10_000);
  return child;
}

for (
  const [command, running, status] of [
    ["BGSAVE", "rdb_bgsave_in_progress", "rdb_last_bgsave_status"],
    ["BGREWRITEAOF", "aof_rewrite_in_progress", "aof_last_bgrewrite_status"],
  ]
) {
  for (const preamble of command === "BGSAVE" ? ["no"] : ["no", "yes"]) {
    Deno.test(`delays: rdb-key-save-delay holds ${command} up, preamble ${preamble}`, async () => {
      await using server = await TestServer.start({ args: ["--aof-use-rdb-preamble", preamble] });
      const client = await server.connect();
      await client.ask("SET key value");
      assert.equal(await client.ask("CONFIG SET rdb-key-save-delay 2147483647"), "+OK");
      assert.match(await client.ask(command), /started/);
      const child = await childOf(server);
      assert.equal(await infoField(client, running), "1");
      process.kill(child, "SIGKILL");
      await eventually("the child is missed", async () => await infoField(client, running) === "0", 10_000);
      assert.equal(await infoField(client, status), "err");
      assert.equal(await client.ask("CONFIG SET rdb-key-save-delay 0"), "+OK");
      assert.equal(await rewrite(client), "ok");
    });
  }
}

Deno.test("delays: key-load-delay, and clients are told meanwhile", async () => {
  const args = ["--enable-debug-command", "yes", "--key-load-delay", "0"];
  await using server = await TestServer.start({ args });
  const [loading, client] = [await server.connect(), await server.connect()];
  for (let i = 0; i < 200; i++) await client.ask(`SET key:${i} value`);
  assert.equal(await client.ask("CONFIG SET key-load-delay 20000"), "+OK");
  for (const command of ["DEBUG RELOAD", "DEBUG LOADAOF"]) {
    const reply = loading.ask(command);
    await eventually("it is loading", async () => await infoField(client, "loading") === "1", 10_000);
    assert.equal(await client.ask("GET key:1"), "-LOADING Redis is loading the dataset in memory");
    assert.equal(await client.ask("CONFIG SET key-load-delay 0"), "+OK");
    assert.equal(await reply, "+OK");
    assert.equal(await client.ask("DBSIZE"), ":200");
    assert.equal(await client.ask("CONFIG SET key-load-delay 20000"), "+OK");
  }
});
