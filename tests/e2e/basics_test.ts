/** What README shows first, in both protocols, over one connection. */

import assert from "node:assert/strict";
import { TestServer } from "../support/server.ts";
import { textOf } from "../support/resp.ts";

Deno.test("basics: PING, ECHO, SET, GET, DEL, EXISTS and their replies", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  assert.equal(await client.ask("PING"), "+PONG");
  assert.equal(await client.ask("PING hello"), "$hello");
  assert.equal(await client.ask("ECHO hello"), "$hello");
  assert.equal(await client.ask("SET greeting hello"), "+OK");
  assert.equal(await client.ask("GET greeting"), "$hello");
  assert.equal(await client.ask("GET nothing"), "$nil");
  assert.equal(await client.ask("EXISTS greeting nothing greeting"), ":2");
  assert.equal(await client.ask("DEL greeting nothing"), ":1");
  assert.equal(await client.ask("GET greeting"), "$nil");
  assert.equal(await client.ask("DBSIZE"), ":0");
});

Deno.test("basics: a key expires at its time and answers its TTL until then", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  assert.equal(await client.ask("SET k v EX 100"), "+OK");
  const left = Number(textOf(await client.command("TTL", "k")));
  assert.ok(left > 95 && left <= 100, `TTL was ${left}`);
  assert.equal(await client.ask("PERSIST k"), ":1");
  assert.equal(await client.ask("TTL k"), ":-1");
  assert.equal(await client.ask("PEXPIRE k 20"), ":1");
  await new Promise((done) => setTimeout(done, 60));
  assert.equal(await client.ask("GET k"), "$nil");
  assert.equal(await client.ask("TTL k"), ":-2");
});

Deno.test("basics: keys and values are bytes, all 256 of them", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  const all = Uint8Array.from({ length: 256 }, (_, i) => i);
  assert.equal(textOf(await client.command("SET", all, all)), "OK");
  const value = await client.command("GET", all);
  assert.equal(value.type, "bulk");
  assert.equal(textOf(value), String.fromCharCode(...all));
  assert.equal(await client.ask("STRLEN nothing"), ":0");
  assert.equal(textOf(await client.command("STRLEN", all)), "256");
  assert.equal(await client.ask("DBSIZE"), ":1");
});

Deno.test("basics: databases are separate, and SELECT refuses what is out of range", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  assert.equal(await client.ask("SET k zero"), "+OK");
  assert.equal(await client.ask("SELECT 1"), "+OK");
  assert.equal(await client.ask("GET k"), "$nil");
  assert.equal(await client.ask("SET k one"), "+OK");
  assert.equal(await client.ask("SELECT 16"), "-ERR DB index is out of range");
  assert.equal(await client.ask("SELECT x"), "-ERR value is not an integer or out of range");
  assert.equal(await client.ask("GET k"), "$one");
  assert.equal(await client.ask("FLUSHDB"), "+OK");
  assert.equal(await client.ask("SELECT 0"), "+OK");
  assert.equal(await client.ask("GET k"), "$zero");
  assert.equal(await client.ask("FLUSHALL"), "+OK");
  assert.equal(await client.ask("DBSIZE"), ":0");
});

Deno.test("basics: wrong names and wrong counts of arguments are told in Redis' words", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  assert.equal(await client.ask("GET"), "-ERR wrong number of arguments for 'get' command");
  assert.equal(await client.ask("SeT k"), "-ERR wrong number of arguments for 'set' command");
  assert.equal(await client.ask("NOSUCH"), "-ERR unknown command 'NOSUCH', with args beginning with: ");
  assert.equal(
    await client.ask("NOSUCH a bc"),
    "-ERR unknown command 'NOSUCH', with args beginning with: 'a' 'bc' ",
  );
  assert.equal(await client.ask("SET k v EX"), "-ERR syntax error");
  assert.equal(await client.ask("SET k v EX 0"), "-ERR invalid expire time in 'set' command");
  assert.equal(await client.ask("PING"), "+PONG");
});

Deno.test("basics: MULTI, EXEC and DISCARD", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  assert.equal(await client.ask("MULTI"), "+OK");
  assert.equal(await client.ask("SET a 1"), "+QUEUED");
  assert.equal(await client.ask("INCR a"), "+QUEUED");
  assert.equal(await client.ask("EXEC"), "*[+OK, :2]");
  assert.equal(await client.ask("MULTI"), "+OK");
  assert.equal(await client.ask("SET a 9"), "+QUEUED");
  assert.equal(await client.ask("DISCARD"), "+OK");
  assert.equal(await client.ask("GET a"), "$2");
  assert.equal(await client.ask("EXEC"), "-ERR EXEC without MULTI");
  assert.equal(await client.ask("MULTI"), "+OK");
  assert.equal(await client.ask("NOSUCH"), "-ERR unknown command 'NOSUCH', with args beginning with: ");
  assert.equal(await client.ask("EXEC"), "-EXECABORT Transaction discarded because of previous errors.");
});

Deno.test("basics: a watched key that changed makes EXEC answer nil", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  const other = await server.connect();
  assert.equal(await client.ask("WATCH k"), "+OK");
  assert.equal(await other.ask("SET k theirs"), "+OK");
  assert.equal(await client.ask("MULTI"), "+OK");
  assert.equal(await client.ask("SET k ours"), "+QUEUED");
  assert.equal(await client.ask("EXEC"), "*nil");
  assert.equal(await client.ask("GET k"), "$theirs");
});
