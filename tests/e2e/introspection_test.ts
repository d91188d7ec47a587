/** SLOWLOG, LATENCY, MEMORY, COMMAND and the small commands around them. */

import assert from "node:assert/strict";
import { type Client } from "../support/client.ts";
import { itemsOf, pairsOf, type Reply, replyText, textOf, textsOf } from "../support/resp.ts";
import { TestServer } from "../support/server.ts";

const DEBUG = ["--enable-debug-command", "yes"];

/** The arguments of each slow command, newest first. */
async function slowCommands(client: Client): Promise<string[]> {
  const entries = itemsOf(await client.command("SLOWLOG", "GET", "-1"));
  return entries.map((entry) => textsOf(itemsOf(entry)[3]).join(" "));
}

Deno.test("slowlog: commands from the threshold on are kept, the newest first, as many as wanted", async () => {
  await using server = await TestServer.start({ args: [...DEBUG, "--slowlog-log-slower-than", "100000"] });
  const client = await server.connect();
  await client.ask("CLIENT SETNAME tester");
  await client.ask("PING");
  assert.equal(await client.ask("SLOWLOG LEN"), ":0");
  await client.ask("DEBUG SLEEP 0.12");
  const [entry] = itemsOf(await client.command("SLOWLOG", "GET"));
  const [id, time, usec, args, address, name] = itemsOf(entry);
  assert.equal(textOf(id), "0");
  assert.ok(Math.abs(Number(textOf(time)) - Date.now() / 1000) < 60);
  assert.ok(Number(textOf(usec)) >= 120_000);
  assert.deepEqual(textsOf(args), ["DEBUG", "SLEEP", "0.12"]);
  assert.match(textOf(address), /^127\.0\.0\.1:\d+$/);
  assert.equal(textOf(name), "tester");
  assert.equal(await client.ask("CONFIG SET slowlog-max-len 2"), "+OK");
  for (const seconds of ["0.101", "0.102", "0.103"]) await client.ask(`DEBUG SLEEP ${seconds}`);
  assert.deepEqual(await slowCommands(client), ["DEBUG SLEEP 0.103", "DEBUG SLEEP 0.102"]);
  assert.equal(itemsOf(await client.command("SLOWLOG", "GET", "1")).length, 1);
  assert.equal(await client.ask("SLOWLOG RESET"), "+OK");
  assert.equal(await client.ask("SLOWLOG LEN"), ":0");
  assert.equal(await client.ask("SLOWLOG GET -2"), "-ERR count should be greater than or equal to -1");
});

Deno.test("slowlog: passwords are hidden, long arguments cut, EXEC's commands shown one by one", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  await client.ask("CONFIG SET slowlog-log-slower-than 0");
  await client.ask("SLOWLOG RESET");
  await client.ask("AUTH default secret");
  await client.ask("AUTH secret");
  await client.ask("HELLO 2 AUTH default secret SETNAME me");
  await client.ask("CONFIG SET masterauth secret");
  await client.ask("MULTI");
  await client.ask("SET k v");
  await client.ask("EXEC");
  await client.command("SET", "long", "x".repeat(200));
  await client.command("DEL", ...Array.from({ length: 40 }, (_, i) => `k${i}`));
  await client.ask("CONFIG SET slowlog-log-slower-than -1");
  await client.ask("SET unseen v");
  const shown = (await slowCommands(client)).reverse();
  assert.deepEqual(shown.slice(1, 7), [
    "AUTH (redacted) (redacted)",
    "AUTH (redacted)",
    "HELLO 2 AUTH (redacted) (redacted) SETNAME me",
    "CONFIG SET masterauth (redacted)",
    "MULTI",
    "SET k v",
  ]);
  assert.equal(shown[7], `SET long ${"x".repeat(128)}... (72 more bytes)`);
  assert.match(shown[8], /^DEL k0 .* k29 \.\.\. \(10 more arguments\)$/);
  assert.equal(shown.length, 9);
});

Deno.test("latency: slow commands become samples once a threshold is set", async () => {
  await using server = await TestServer.start({ args: DEBUG });
  const client = await server.connect();
  await client.ask("DEBUG SLEEP 0.12");
  assert.equal(await client.ask("LATENCY LATEST"), "*[]");
  assert.match(textOf(await client.command("LATENCY", "DOCTOR")), /monitor is off/);
  await client.ask("CONFIG SET latency-monitor-threshold 100");
  await client.ask("DEBUG SLEEP 0.12");
  const [latest] = itemsOf(await client.command("LATENCY", "LATEST"));
  const [event, , ms, max] = textsOf(latest);
  assert.equal(event, "command");
  assert.ok(Number(ms) >= 120 && Number(max) >= Number(ms));
  const history = itemsOf(await client.command("LATENCY", "HISTORY", "command"));
  assert.equal(textsOf(history[history.length - 1])[1], ms);
  assert.equal(await client.ask("LATENCY HISTORY nosuch"), "*[]");
  assert.match(
    textOf(await client.command("LATENCY", "GRAPH", "command")),
    /^command - high \d+ ms, low \d+ ms/,
  );
  assert.equal(
    await client.ask("LATENCY GRAPH nosuch"),
    "-ERR No samples available for event 'nosuch'",
  );
  assert.match(textOf(await client.command("LATENCY", "DOCTOR")), /command: .* sample/);
  assert.equal(await client.ask("LATENCY RESET nosuch"), ":0");
  assert.equal(await client.ask("LATENCY RESET"), ":1");
  assert.equal(await client.ask("LATENCY LATEST"), "*[]");
});

Deno.test("latency: histograms count calls, unless tracking is off", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  await client.ask("SET k v");
  for (let i = 0; i < 3; i++) await client.ask("GET k");
  await client.ask("CONFIG GET hz");
  const replies = pairsOf(await client.command("LATENCY", "HISTOGRAM", "get", "config", "nosuch", "del"));
  assert.deepEqual(replies.map(([name]) => textOf(name)), ["get", "config|get"]);
  const [calls, levels] = pairsOf(replies[0][1]);
  assert.deepEqual(calls.map(textOf), ["calls", "3"]);
  const counts = pairsOf(levels[1]).map(([, count]) => Number(textOf(count)));
  assert.equal(counts[counts.length - 1], 3);
  await client.ask("CONFIG SET latency-tracking no");
  await client.ask("GET k");
  const after = pairsOf(await client.command("LATENCY", "HISTOGRAM", "get"));
  assert.equal(textOf(pairsOf(after[0][1])[0][1]), "3");
  await client.ask("CONFIG RESETSTAT");
  assert.equal(await client.ask("LATENCY HISTOGRAM"), "*[]");
  await client.ask("HELLO 3");
  assert.equal(await client.ask("LATENCY HISTOGRAM nosuch"), "%{}");
});

Deno.test("memory: a key's bytes, a report in 27 fields and one per database", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  assert.equal(await client.ask("MEMORY USAGE nothing"), "$nil");
  await client.command("SET", "k", "x".repeat(1000));
  const bytes = Number(textOf(await client.command("MEMORY", "USAGE", "k", "SAMPLES", "0")));
  assert.ok(bytes > 1000 && bytes < 1300, `${bytes} bytes`);
  assert.equal(await client.ask("MEMORY USAGE k SAMPLES -1"), "-ERR syntax error");
  assert.equal(await client.ask("MEMORY PURGE"), "+OK");
  await client.ask("HELLO 3");
  const stats: Reply = await client.command("MEMORY", "STATS");
  const fields = new Map(pairsOf(stats).map(([name, value]) => [textOf(name), value]));
  assert.equal(fields.size, 28);
  assert.equal(textOf(fields.get("keys.count")!), "1");
  assert.equal(fields.get("fragmentation")!.type, "double");
  assert.deepEqual(pairsOf(fields.get("db.0")!).map(([name]) => textOf(name)), [
    "overhead.hashtable.main",
    "overhead.hashtable.expires",
    "overhead.hashtable.slot-to-keys",
  ]);
});

Deno.test("command: facts, keys and names of what is there", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  const count = Number(textOf(await client.command("COMMAND", "COUNT")));
  assert.equal(itemsOf(await client.command("COMMAND")).length, count);
  const names = textsOf(await client.command("COMMAND", "LIST"));
  assert.ok(names.includes("get") && names.includes("config|get"));
  assert.equal(names.filter((name) => !name.includes("|")).length, count);
  assert.equal(await client.ask("COMMAND GETKEYS MSET a 1 b 2"), "*[$a, $b]");
  assert.equal(await client.ask("COMMAND GETKEYSANDFLAGS GET k"), "*[*[$k, *[+RO, +access]]]");
  assert.equal(await client.ask("COMMAND GETKEYS NOSUCH a"), "-ERR Invalid command specified");
  assert.equal(await client.ask("COMMAND GETKEYS PING"), "-ERR The command has no key arguments");
  assert.equal(await client.ask("COMMAND LIST FILTERBY PATTERN GETR*"), "*[$getrange]");
  assert.equal(await client.ask("COMMAND LIST FILTERBY"), "-ERR syntax error");
  const [nothing, get] = itemsOf(await client.command("COMMAND", "INFO", "nosuch", "GET"));
  assert.equal(replyText(nothing), "$nil");
  assert.equal(textOf(itemsOf(get)[0]), "get");
  await client.ask("HELLO 3");
  const docs = pairsOf(await client.command("COMMAND", "DOCS", "get", "nosuch"));
  assert.deepEqual(docs.map(([name]) => textOf(name)), ["get"]);
});

Deno.test("introspection: TIME, ROLE, MODULE LIST, REPLICAOF NO ONE, LASTSAVE, LOLWUT and every HELP", async () => {
  await using server = await TestServer.start({ args: DEBUG });
  const client = await server.connect();
  const [seconds, micros] = textsOf(await client.command("TIME")).map(Number);
  assert.ok(Math.abs(seconds - Date.now() / 1000) < 60);
  assert.ok(micros >= 0 && micros < 1e6);
  assert.equal(await client.ask("ROLE"), "*[$master, :0, *[]]");
  assert.equal(await client.ask("MODULE LIST"), "*[]");
  assert.equal(await client.ask("REPLICAOF NO ONE"), "+OK");
  assert.match(await client.ask("REPLICAOF 127.0.0.1 1"), /^-ERR /);
  assert.ok(Math.abs(Number(textOf(await client.command("LASTSAVE"))) - Date.now() / 1000) < 60);
  assert.match(textOf(await client.command("LOLWUT")), /vellum ver\. \d/);
  for (const name of ["COMMAND", "CONFIG", "DEBUG", "LATENCY", "MEMORY", "MODULE", "SLOWLOG"]) {
    const lines = textsOf(await client.command(name, "HELP"));
    assert.equal(lines[0], `${name} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`);
    assert.deepEqual(lines.slice(-2), ["HELP", "    Print this help."]);
  }
});

Deno.test("shutdown: wrong combinations of words are refused", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  assert.equal(await client.ask("SHUTDOWN SAVE NOSAVE"), "-ERR syntax error");
  assert.equal(await client.ask("SHUTDOWN ABORT NOW"), "-ERR syntax error");
  assert.equal(await client.ask("SHUTDOWN SOON"), "-ERR syntax error");
  assert.equal(await client.ask("SHUTDOWN ABORT"), "-ERR No shutdown in progress.");
  assert.equal(await client.ask("PING"), "+PONG");
});
