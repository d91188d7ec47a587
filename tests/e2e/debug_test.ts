/** DEBUG: who may use it, digests that equal Redis', and the switches that tests need. */

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { type Client, eventually } from "../support/client.ts";
import { info } from "../support/info.ts";
import { itemsOf, replyText, textOf } from "../support/resp.ts";
import { TestServer } from "../support/server.ts";

function start(...args: string[]): Promise<TestServer> {
  return TestServer.start({ args: ["--enable-debug-command", "yes", ...args] });
}

const REFUSED =
  '-ERR DEBUG command not allowed. If the enable-debug-command option is set to "local", you can run it ' +
  "from a local connection, otherwise you need to set this option in the configuration file, and then restart the " +
  "server.";

Deno.test("debug: it must be allowed by the configuration", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  assert.equal(await client.ask("DEBUG DIGEST"), REFUSED);
  await client.ask("MULTI");
  assert.equal(await client.ask("DEBUG DIGEST"), REFUSED);
  assert.equal(await client.ask("EXEC"), "-EXECABORT Transaction discarded because of previous errors.");
  await server.restart(["--enable-debug-command", "local"]);
  assert.equal(await (await server.connect()).ask("DEBUG DIGEST"), "+" + "0".repeat(40));
});

Deno.test("debug: unknown subcommands and wrong counts of arguments", async () => {
  await using server = await start();
  const client = await server.connect();
  const wrong = (name: string) =>
    `-ERR unknown subcommand or wrong number of arguments for '${name}'. Try DEBUG HELP.`;
  assert.equal(await client.ask("DEBUG nosuch"), wrong("nosuch"));
  assert.equal(await client.ask("DEBUG sleep"), wrong("sleep"));
  assert.equal(await client.ask("DEBUG object a b"), wrong("object"));
  assert.equal(await client.ask("DEBUG OBJECT nothing"), "-ERR no such key");
});

/** Data in three databases, with a deadline, an empty value and one longer than a block of SHA-1. */
async function fill(client: Client): Promise<void> {
  await client.ask("SET greeting hello");
  await client.ask("SET number 12345");
  await client.ask("SET mortal v PX 100000000");
  await client.command("SET", "empty", "");
  await client.command("SET", Uint8Array.of(0, 255, 13, 10), "x".repeat(1000));
  await client.ask("SELECT 3");
  await client.ask("SET greeting hello");
  await client.ask("SELECT 0");
}

Deno.test("debug: digests are those of Redis 7.2", async () => {
  await using server = await start();
  const client = await server.connect();
  assert.equal(await client.ask("DEBUG DIGEST"), "+" + "0".repeat(40));
  await fill(client);
  assert.equal(await client.ask("DEBUG DIGEST"), "+fd25f4122deac9bb4004237d77cb59e9e26a30b2");
  assert.equal(
    await client.ask("DEBUG DIGEST-VALUE greeting number mortal empty nothing"),
    "*[+36b23a1456b2dce2c3ed252c456761301dba8060, +e1cf90774e995ae03de66e8109dc5cb9d9c2dc83, +311b17018163335616e089f6b951c82c477335ac, +8b3447c33a834b810e3e181b6fd6a2ee1020921c, +0000000000000000000000000000000000000000]",
  );
  await client.ask("SET greeting bye");
  assert.notEqual(await client.ask("DEBUG DIGEST"), "+fd25f4122deac9bb4004237d77cb59e9e26a30b2");
});

Deno.test("debug: the digest is the same after a rewrite and after DEBUG LOADAOF", async () => {
  await using server = await start();
  const client = await server.connect();
  await fill(client);
  const digest = await client.ask("DEBUG DIGEST");
  assert.equal(await client.ask("DEBUG LOADAOF"), "+OK");
  assert.equal(await client.ask("DEBUG DIGEST"), digest);
  await client.ask("BGREWRITEAOF");
  await eventually(
    "the rewrite ends",
    async () => (await info(client, "persistence")).get("aof_rewrite_in_progress") === "0",
  );
  assert.equal(await client.ask("DEBUG LOADAOF"), "+OK");
  assert.equal(await client.ask("DEBUG DIGEST"), digest);
});

Deno.test("debug: POPULATE makes keys that are not logged", async () => {
  await using server = await start();
  const client = await server.connect();
  await client.ask("SET key:1 mine");
  assert.equal(await client.ask("DEBUG POPULATE 3"), "+OK");
  assert.equal(await client.ask("MGET key:0 key:1 key:2"), "*[$value:0, $mine, $value:2]");
  assert.equal(await client.ask("DEBUG POPULATE 2 pre 9"), "+OK");
  assert.equal(await client.ask("GET pre:1"), "$value:1\0\0");
  assert.equal(await client.ask("DEBUG POPULATE 1 cut 3"), "+OK");
  assert.equal(await client.ask("GET cut:0"), "$val");
  assert.equal(await client.ask("DEBUG POPULATE -1"), "-ERR value is out of range, must be positive");
  assert.equal(await client.ask("DBSIZE"), ":6");
  await server.restart();
  assert.equal(await (await server.connect()).ask("DBSIZE"), ":1");
});

Deno.test("debug: SET-ACTIVE-EXPIRE 0 leaves expired keys until somebody looks", async () => {
  await using server = await start("--hz", "100");
  const client = await server.connect();
  assert.equal(await client.ask("DEBUG SET-ACTIVE-EXPIRE 0"), "+OK");
  await client.ask("SET k v PX 1");
  await new Promise((done) => setTimeout(done, 100));
  assert.equal(await client.ask("DBSIZE"), ":1");
  assert.equal(await client.ask("DEBUG SET-ACTIVE-EXPIRE 1"), "+OK");
  await eventually("the key goes", async () => await client.ask("DBSIZE") === ":0");
});

Deno.test("debug: PAUSE-CRON stops the cron until it is let go on", async () => {
  await using server = await start("--hz", "100");
  const client = await server.connect();
  assert.equal(await client.ask("DEBUG PAUSE-CRON 1"), "+OK");
  await client.ask("SET k v PX 1");
  await new Promise((done) => setTimeout(done, 100));
  assert.equal(await client.ask("DBSIZE"), ":1");
  assert.equal(await client.ask("DEBUG PAUSE-CRON 0"), "+OK");
  await eventually("the key goes", async () => await client.ask("DBSIZE") === ":0");
});

Deno.test("debug: PROTOCOL shows every kind of reply in both protocols", async () => {
  await using server = await start();
  const client = await server.connect();
  const shown = async (kind: string): Promise<string> => await client.ask(`DEBUG PROTOCOL ${kind}`);
  assert.equal(await shown("double"), "$3.141");
  assert.equal(await shown("bignum"), "$1234567999999999999999999999999999999");
  assert.equal(await shown("map"), "*[:0, :0, :1, :1, :2, :0]");
  assert.equal(await shown("push"), "-ERR RESP2 is not supported by this command");
  assert.match(
    await shown("nosuch"),
    /^-ERR Wrong protocol type name\. Please use one of the following: string\|/,
  );
  await client.ask("HELLO 3");
  assert.equal(await shown("double"), ",3.141");
  assert.equal(await shown("bignum"), "(1234567999999999999999999999999999999");
  assert.equal(await shown("null"), "_");
  assert.equal(await shown("set"), "~[:0, :1, :2]");
  assert.equal(await shown("map"), "%{:0: #f, :1: #t, :2: #f}");
  assert.equal(await shown("verbatim"), "=txt:This is a verbatim\nstring");
  assert.equal(await shown("attrib"), "|{$key-popularity: *[$key:123, :90]}");
  assert.equal(replyText(await client.reply()), "$Some real reply following the attribute");
  assert.equal(await shown("push"), "$Some real reply following the push reply");
  assert.equal(replyText(await client.reply()), ">[$server-cpu-usage, :42]");
});

Deno.test("debug: OBJECT, ERROR, LOG, SLEEP, HTSTATS, CHANGE-REPL-ID and RELOAD", async () => {
  await using server = await start();
  const client = await server.connect();
  await client.ask("SET n 1000");
  assert.match(
    await client.ask("DEBUG OBJECT n"),
    /^\+Value at:0x[0-9a-f]+ refcount:1 encoding:int serializedlength:3 lru:\d+ lru_seconds_idle:\d+$/,
  );
  assert.equal(await client.ask("DEBUG ERROR OUCH"), "-OUCH");
  assert.equal((await info(client)).get("errorstat_OUCH"), "count=1");
  assert.equal(await client.ask("DEBUG LOG hello-log"), "+OK");
  assert.match(server.log(), /# DEBUG LOG: hello-log\n/);
  const before = performance.now();
  assert.equal(await client.ask("DEBUG SLEEP 0.1"), "+OK");
  assert.ok(performance.now() - before >= 95);
  assert.match(
    textOf(await client.command("DEBUG", "HTSTATS", "0")),
    /table size: \d+\n number of elements: 1\n/,
  );
  assert.equal(await client.ask("DEBUG HTSTATS 99"), "-ERR Out of range database");
  const id = (await info(client)).get("master_replid");
  assert.equal(await client.ask("DEBUG CHANGE-REPL-ID"), "+OK");
  assert.notEqual((await info(client)).get("master_replid"), id);
  assert.equal(await client.ask("DEBUG RELOAD"), "+OK");
  assert.equal(itemsOf(await client.command("DEBUG", "DIGEST-VALUE", "n", "m")).length, 2);
});

Deno.test("debug: SEGFAULT, PANIC and OOM end the process at once", async () => {
  for (const how of ["SEGFAULT", "PANIC", "OOM"]) {
    await using server = await start();
    const client = await server.connect();
    await client.send(`DEBUG ${how}\r\n`);
    assert.equal(await client.untilClosed(), "");
    const { code, signal } = await server.process.ended();
    assert.notEqual(code, 0, `${how} ended with ${code} ${signal}`);
  }
});

Deno.test("debug: QUICKLIST-PACKED-THRESHOLD takes a size below 4 GiB", async () => {
  await using server = await start();
  const client = await server.connect();
  const refused = "-ERR argument must be a memory value bigger than 1 and smaller than 4gb";
  for (const size of ["0", "1b", "200b", "1kb", "4293918720"]) {
    assert.equal(await client.ask(`DEBUG QUICKLIST-PACKED-THRESHOLD ${size}`), "+OK");
  }
  for (const size of ["4gb", "4293918721", "-1", "much"]) {
    assert.equal(await client.ask(`DEBUG QUICKLIST-PACKED-THRESHOLD ${size}`), refused);
  }
});

Deno.test("debug: SET-SKIP-CHECKSUM-VALIDATION lets payloads and files with wrong checksums in", async () => {
  await using server = await start("--appendonly", "no");
  const client = await server.connect();
  // The integer 1, as version 9 and with no checksum.
  const restore = ["RESTORE", "key", "0", "\x00\xc0\x01\x09\x00" + "x".repeat(8)];
  assert.equal(
    replyText(await client.command(...restore)),
    "-ERR DUMP payload version or checksum are wrong",
  );
  assert.equal(await client.ask("DEBUG SET-SKIP-CHECKSUM-VALIDATION 1"), "+OK");
  assert.equal(replyText(await client.command(...restore)), "+OK");
  assert.equal(await client.ask("GET key"), "$1");
  assert.equal(await client.ask("SAVE"), "+OK");
  const file = readFileSync(server.path("dump.rdb"));
  file[file.length - 1] ^= 255;
  writeFileSync(server.path("dump.rdb"), file);
  assert.equal(await client.ask("DEBUG RELOAD NOSAVE"), "+OK");
  assert.equal(await client.ask("GET key"), "$1");
  assert.equal(await client.ask("DEBUG SET-SKIP-CHECKSUM-VALIDATION 0"), "+OK");
  assert.equal(
    replyText(await client.command(...restore, "REPLACE")),
    "-ERR DUMP payload version or checksum are wrong",
  );
});
