/** MONITOR: which commands are shown, how, and in which order. */

import assert from "node:assert/strict";
import { type Client } from "../support/client.ts";
import { type Arg, commandText, replyText, textOf } from "../support/resp.ts";
import { TestServer } from "../support/server.ts";

const END = "end of the test";

/** A connection that monitors. */
async function monitor(server: TestServer): Promise<Client> {
  const client = await server.connect();
  assert.equal(await client.ask("MONITOR"), "+OK");
  return client;
}

/** What `monitor` was shown until now, without times and addresses. */
async function shown(monitor: Client, client: Client): Promise<string[]> {
  await client.command("ECHO", END);
  const lines: string[] = [];
  for (;;) {
    const line = textOf(await monitor.reply());
    if (line.endsWith(`"ECHO" "${END}"`)) return lines;
    lines.push(line.replace(/^\d{10}\.\d{6} \[(\d+) 127\.0\.0\.1:\d+\]/, "[$1]"));
  }
}

Deno.test("MONITOR: the database, the peer and every argument, escaped", async () => {
  await using server = await TestServer.start();
  const watching = await monitor(server);
  const client = await server.connect();
  await client.command("SELECT", 3);
  await client.command("set", "k", 'a "b" \\ \x00\x07\b\t\r\n\x7f\xff');
  assert.deepEqual(await shown(watching, client), [
    '[3] "SELECT" "3"',
    '[3] "set" "k" "a \\"b\\" \\\\ \\x00\\a\\b\\t\\r\\n\\x7f\\xff"',
  ]);
});

Deno.test("MONITOR: a transaction's commands when they run, then EXEC; refused ones not", async () => {
  await using server = await TestServer.start();
  const watching = await monitor(server);
  const client = await server.connect();
  const lines = [
    "MULTI",
    "SET k 1",
    "SELECT 2",
    "GET k",
    "EXEC",
    "NOSUCH",
    "SET k",
    "MULTI",
    "SET k",
    "EXEC",
  ];
  for (const line of [...lines, "MULTI", "EXEC now"]) await client.ask(line);
  assert.deepEqual(await shown(watching, client), [
    ...['[0] "MULTI"', '[0] "SET" "k" "1"', '[2] "SELECT" "2"', '[2] "GET" "k"', '[2] "EXEC"'],
    ...['[2] "MULTI"', '[2] "EXEC"', '[2] "MULTI"', '[2] "EXEC" "now"'],
  ]);
});

Deno.test("MONITOR: passwords are not shown, nor administrative commands", async () => {
  await using server = await TestServer.start();
  const watching = await monitor(server);
  const client = await server.connect();
  const commands: Arg[][] = [
    ["AUTH", "secret"],
    ["AUTH", "default", "secret"],
    ["AUTH", "nobody", "secret"],
    ["HELLO", 3, "AUTH", "default", "secret", "SETNAME", "joe"],
    ["HELLO", 2, "SETNAME", "auth", "AUTH", "nobody", "secret"],
    ["CONFIG", "SET", "requirepass", ""],
    ["CLIENT", "LIST"],
    ["CLIENT", "GETNAME"],
  ];
  for (const command of commands) await client.command(...command);
  const hidden = '"(redacted)"';
  assert.deepEqual(await shown(watching, client), [
    `[0] "AUTH" ${hidden}`,
    `[0] "AUTH" ${hidden} ${hidden}`,
    `[0] "AUTH" ${hidden} ${hidden}`,
    `[0] "HELLO" "3" "AUTH" ${hidden} ${hidden} "SETNAME" "joe"`,
    `[0] "HELLO" "2" "SETNAME" "auth" "AUTH" ${hidden} ${hidden}`,
    '[0] "CLIENT" "GETNAME"',
  ]);
});

Deno.test("MONITOR: the monitoring connection itself may not touch keys, and RESET ends it", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  const watching = await monitor(server);
  const refused = "-ERR Replica can't interact with the keyspace";
  for (const line of ["GET k", "SET k v"]) assert.equal(await watching.ask(line), refused);
  await watching.send([["MULTI"], ["GET", "k"], ["EXEC"]].map(commandText).join(""));
  const replies = (await watching.replies(5)).map(replyText);
  assert.equal(replies[0], "+OK");
  assert.match(replies[1], /"MULTI"$/);
  assert.equal(replies[2], refused);
  assert.equal(replies[3], "-EXECABORT Transaction discarded because of previous errors.");
  assert.match(replies[4], /"EXEC"$/);
  const fresh = await monitor(server);
  assert.equal(await fresh.ask("RESET"), "+RESET");
  assert.equal(await client.ask("SET k 1"), "+OK");
  assert.equal(await fresh.ask("GET k"), "$1");
  assert.equal(await fresh.ask("MULTI"), "+OK");
  assert.equal(await fresh.ask("MONITOR"), "+QUEUED");
  assert.equal(await fresh.ask("EXEC"), "*[-ERR MONITOR isn't allowed for DENY BLOCKING client]");
});

Deno.test("MONITOR: one that leaves harms nobody, two see the same", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  const leaving = await monitor(server);
  const staying = await monitor(server);
  const third = await monitor(server);
  leaving.close();
  for (let i = 0; i < 1000; i++) assert.equal(await client.ask("INCR k"), `:${i + 1}`);
  const expected = Array.from({ length: 1000 }, () => '[0] "INCR" "k"');
  const seen = await shown(staying, client);
  assert.deepEqual(seen.slice(-1000), expected);
  const also: string[] = [];
  while (also.length < seen.length) {
    also.push(textOf(await third.reply()).replace(/^\d{10}\.\d{6} \[(\d+) 127\.0\.0\.1:\d+\]/, "[$1]"));
  }
  assert.ok(also.every((line) => /"(INCR|MONITOR)"/.test(line)));
});
