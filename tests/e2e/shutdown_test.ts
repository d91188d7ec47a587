/** The ways a server ends, and what is left of it. */

import assert from "node:assert/strict";
import { encodeCommands } from "../support/resp.ts";
import { TestServer } from "../support/server.ts";

const AOF = ["--appendonly", "yes"];
const DONE = { code: 0, signal: null };

for (const how of ["SHUTDOWN", "SHUTDOWN NOSAVE", "shutdown now", "SHUTDOWN NOSAVE NOW FORCE"]) {
  Deno.test(`shutdown: ${how} ends with code 0, closes without a reply, and keeps the AOF's data`, async () => {
    await using server = await TestServer.start({ args: AOF });
    const client = await server.connect();
    assert.equal(await client.ask("SET k v"), "+OK");
    await client.send(encodeCommands([how.split(" ")]));
    assert.equal(await client.untilClosed(), "");
    assert.deepEqual(await server.process.ended(), DONE);
    assert.match(server.log(), /ready to exit, bye bye/);
    await server.restart();
    assert.equal(await (await server.connect()).ask("GET k"), "$v");
  });
}

Deno.test("shutdown: wrong options and ABORT without a shutdown are refused", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  assert.equal(await client.ask("SHUTDOWN SAVE NOSAVE"), "-ERR syntax error");
  assert.equal(await client.ask("SHUTDOWN ABORT NOW"), "-ERR syntax error");
  assert.equal(await client.ask("SHUTDOWN never"), "-ERR syntax error");
  assert.equal(await client.ask("SHUTDOWN ABORT"), "-ERR No shutdown in progress.");
  assert.equal(await client.ask("MULTI"), "+OK");
  assert.equal(await client.ask("SHUTDOWN"), "-ERR Command not allowed inside a transaction");
  assert.equal(await client.ask("DISCARD"), "+OK");
});

Deno.test("shutdown: writes pipelined before SHUTDOWN are kept", async () => {
  await using server = await TestServer.start({ args: [...AOF, "--appendfsync", "no"] });
  const client = await server.connect();
  const commands = Array.from({ length: 5000 }, (_, i) => ["SET", `k${i}`, `v${i}`]);
  await client.send(encodeCommands([...commands, ["SHUTDOWN"]]));
  assert.match(await client.untilClosed(), /^(\+OK\r\n)*$/);
  assert.deepEqual(await server.process.ended(), DONE);
  await server.restart();
  assert.equal(await (await server.connect()).ask("DBSIZE"), ":5000");
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`shutdown: ${signal} ends with code 0 and says why`, async () => {
    await using server = await TestServer.start({ args: AOF });
    const client = await server.connect();
    assert.equal(await client.ask("SET k v"), "+OK");
    server.process.signal(signal);
    assert.equal(await client.untilClosed(), "");
    assert.deepEqual(await server.process.ended(), DONE);
    assert.match(server.log(), new RegExp(`Received ${signal} scheduling shutdown`));
    assert.match(server.log(), /User requested shutdown/);
    await server.restart();
    assert.equal(await (await server.connect()).ask("GET k"), "$v");
  });
}

Deno.test("shutdown: a server with idle and half-read connections ends too", async () => {
  await using server = await TestServer.start({ args: AOF });
  const clients = await Promise.all(Array.from({ length: 50 }, () => server.connect()));
  for (const client of clients) await client.send("*2\r\n$3\r\nGET\r\n$10\r\nhalf");
  assert.deepEqual(await server.terminate(), DONE);
  for (const client of clients) assert.equal(await client.untilClosed(), "");
});
