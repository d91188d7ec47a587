/** MULTI, EXEC, DISCARD and WATCH; and the units that transactions make in the append-only file. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type Client, eventually, sleep } from "../support/client.ts";
import { infoField } from "../support/info.ts";
import { bytesOf, commandText, ReplyParser, replyText } from "../support/resp.ts";
import { TestServer } from "../support/server.ts";

// Without fsync no write of the file is ever postponed: what was answered is in it.
const AOF = ["--appendonly", "yes", "--appendfsync", "no", "--enable-debug-command", "yes"];

/** Sends lines as one pipeline. @returns their replies */
async function run(client: Client, ...lines: string[]): Promise<string[]> {
  await client.send(lines.map((line) => commandText(line.split(" "))).join(""));
  return (await client.replies(lines.length)).map(replyText);
}

/** The last of `run`'s replies. */
async function last(client: Client, ...lines: string[]): Promise<string> {
  return (await run(client, ...lines)).pop()!;
}

/** The commands in the server's file, each in one line. */
function logged(server: TestServer): string[] {
  const parser = new ReplyParser(bytesOf(readFileSync(server.path("appendonly.aof"), "latin1")));
  const commands: string[] = [];
  for (let reply = parser.next(); reply !== undefined; reply = parser.next()) {
    assert.ok(reply.type === "array");
    commands.push(reply.items.map((item) => replyText(item).slice(1)).join(" "));
  }
  return commands;
}

Deno.test("MULTI: what may and may not stand inside", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  assert.deepEqual(
    await run(client, "EXEC", "DISCARD", "MULTI", "MULTI", "WATCH k", "SET k 1", "UNWATCH", "EXEC"),
    [
      "-ERR EXEC without MULTI",
      "-ERR DISCARD without MULTI",
      "+OK",
      "-ERR MULTI calls can not be nested",
      "-ERR WATCH inside MULTI is not allowed",
      "+QUEUED",
      "+QUEUED",
      "*[+OK, +OK]",
    ],
  );
  assert.equal(await last(client, "MULTI", "EXEC"), "*[]");
});

Deno.test("EXEC: an error inside does not stop the others, one while queueing stops all", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  const text = "-ERR value is not an integer or out of range";
  assert.equal(await last(client, "MULTI", "SET k x", "INCR k", "GET k", "EXEC"), `*[+OK, ${text}, $x]`);
  const aborted = "-EXECABORT Transaction discarded because of previous errors.";
  assert.equal(await last(client, "MULTI", "SET k 1", "NOSUCH", "EXEC"), aborted);
  assert.equal(await last(client, "MULTI", "SET k 2", "SET k", "EXEC"), aborted);
  const arity = "-EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command";
  assert.equal(await last(client, "MULTI", "SET k 3", "EXEC now"), arity);
  assert.equal(await last(client, "EXEC now"), arity);
  assert.equal(await last(client, "GET k"), "$x");
});

Deno.test("EXEC: counts each error once, for the command that made it", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  await run(client, "SET k x", "MULTI", "INCR k", "INCR k", "PING", "EXEC");
  assert.match(await client.ask("INFO errorstats"), /errorstat_ERR:count=2\r/);
  const stats = await client.ask("INFO commandstats");
  assert.match(stats, /cmdstat_incr:calls=2,.*,failed_calls=2\r/);
  assert.match(stats, /cmdstat_exec:calls=1,.*,failed_calls=0\r/);
});

Deno.test("EXEC: time stands still, and nothing of others comes between", async () => {
  await using server = await TestServer.start({ args: AOF });
  const client = await server.connect();
  const other = await server.connect();
  assert.equal(
    await last(client, "MULTI", "SET k v PX 20", "DEBUG SLEEP 0.1", "EXISTS k", "GET k", "EXEC"),
    "*[+OK, +OK, :1, $v]",
  );
  const lines = ["MULTI"];
  for (let i = 0; i < 200; i++) lines.push("INCR counter");
  const [mine] = await Promise.all([
    last(client, ...lines, "EXEC"),
    run(other, ...Array.from({ length: 50 }, () => "INCRBY counter 1000")),
  ]);
  const values = mine.slice(2, -1).split(", ").map((value) => Number(value.slice(1)));
  for (let i = 1; i < values.length; i++) assert.equal(values[i], values[i - 1] + 1);
});

Deno.test("EXEC: SELECT inside stays, replies of each protocol", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  assert.equal(
    await last(client, "MULTI", "SELECT 3", "SET k 3", "SELECT 99", "EXEC"),
    "*[+OK, +OK, -ERR DB index is out of range]",
  );
  assert.equal(await last(client, "GET k"), "$3");
  await run(client, "WATCH k", "SET k 4", "MULTI");
  assert.equal(await last(client, "EXEC"), "*nil");
  await client.command("HELLO", "3");
  await run(client, "WATCH k", "SET k 4", "MULTI");
  assert.equal(await last(client, "EXEC"), "_");
});

/** Whether EXEC fails for one who watches `keys` (in database 0) after `change`. */
async function breaks(server: TestServer, keys: string, change: string[]): Promise<boolean> {
  const watcher = await server.connect();
  const other = await server.connect();
  await run(watcher, `WATCH ${keys}`);
  await run(other, ...change);
  const reply = await last(watcher, "MULTI", "PING", "EXEC");
  watcher.close();
  other.close();
  return reply === "*nil";
}

Deno.test("WATCH: every change of a watched key breaks EXEC, nothing else does", async () => {
  await using server = await TestServer.start();
  const changes: [keys: string, before: string, change: string, broken: boolean][] = [
    ["k", "SET k 1", "SET k 1", true],
    ["k", "SET k 1", "SET j 1", false],
    ["j k l", "SET k 1", "SET k 2", true],
    ["k", "SET k 1", "GET k", false],
    ["k", "SET k 1", "SETNX k 2", false],
    ["k", "SET k 1", "DEL k", true],
    ["k", "PING", "DEL k", false],
    ["k", "PING", "SET k 1", true],
    ["k", "SET k 1", "APPEND k x", true],
    ["k", "SET k 1", "SETRANGE k 3 x", true],
    ["k", "SET k 1", "EXPIRE k 100", true],
    ["k", "SET k 1", "PERSIST k", false],
    ["k", "SET k 1 EX 100", "PERSIST k", true],
    ["k", "SET k 1 EX 100", "GETEX k", false],
    ["k", "SET k 1", "RENAME k j", true],
    ["j", "SET k 1", "RENAME k j", true],
    ["j", "SET k 1", "COPY k j", true],
    ["k", "SET k 1", "COPY k j", false],
    ["k", "SET k 1", "MOVE k 1", true],
    ["k", "SET k 1", "FLUSHDB", true],
    ["k", "SET k 1", "FLUSHALL", true],
    ["k", "SET j 1", "FLUSHALL", false],
    ["k", "SET k 1", "SWAPDB 0 1", true],
    ["k", "SET j 1", "SWAPDB 0 1", false],
    ["k", "SET k 1", "SWAPDB 1 2", false],
  ];
  const client = await server.connect();
  for (const [keys, before, change, broken] of changes) {
    await run(client, "FLUSHALL", before);
    assert.equal(await breaks(server, keys, [change]), broken, `${before}; ${change}`);
  }
  await run(client, "FLUSHALL", "SELECT 1", "SET k 1", "SELECT 0");
  assert.equal(await breaks(server, "k", ["SELECT 1", "SET k 2"]), false, "another database");
  assert.equal(await breaks(server, "k", ["SWAPDB 0 1"]), true, "the key comes from the other database");
  assert.equal(await breaks(server, "k", ["MULTI", "SET k 1", "EXEC"]), true, "by a transaction");
  assert.equal(await breaks(server, "k", ["MULTI", "SET k 1", "DISCARD"]), false, "by a discarded one");
});

Deno.test("WATCH: a key that expires meanwhile breaks EXEC, one that had expired does not", async () => {
  await using server = await TestServer.start({ args: AOF });
  const client = await server.connect();
  for (const active of ["0", "1"]) {
    await run(client, `DEBUG SET-ACTIVE-EXPIRE ${active}`, "SET k v PX 40", "WATCH k");
    await sleep(200);
    assert.equal(await last(client, "MULTI", "PING", "EXEC"), "*nil", `active expiry ${active}`);
  }
  await run(client, "DEBUG SET-ACTIVE-EXPIRE 0", "SET k v PX 1");
  await sleep(30);
  assert.equal(await breaks(server, "k", ["PING"]), false);
  assert.equal(await breaks(server, "k", ["GET k"]), false, "its removal changes nothing");
  await run(client, "SET k v PX 1");
  await sleep(30);
  assert.equal(await breaks(server, "k", ["SET k 1"]), true, "its creation does");
  await run(client, "SET k v PX 1");
  await sleep(30);
  assert.equal(await breaks(server, "k", ["FLUSHALL"]), false);
  await run(client, "SET k v PX 1");
  await sleep(30);
  assert.equal(await breaks(server, "k", ["SWAPDB 0 1"]), false);
});

Deno.test("WATCH: ends with EXEC, DISCARD, UNWATCH and RESET, and with the connection", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  for (const ending of [["MULTI", "EXEC"], ["MULTI", "DISCARD"], ["UNWATCH"], ["RESET"]]) {
    await run(client, "WATCH k", "SET k 1", ...ending);
    assert.equal(await last(client, "MULTI", "PING", "EXEC"), "*[+PONG]", ending.join(" "));
    await run(client, "WATCH k", ...ending, "SET k 1");
    assert.equal(await last(client, "MULTI", "PING", "EXEC"), "*[+PONG]", ending.join(" "));
  }
  const gone = await server.connect();
  await run(gone, "WATCH k", "MULTI", "SET k 9");
  gone.close();
  assert.equal(await last(client, "SET k 2"), "+OK");
  assert.equal(await last(client, "GET k"), "$2");
});

Deno.test("AOF: one effective write of a transaction is logged bare, several as one unit, none not at all", async () => {
  await using server = await TestServer.start({ args: AOF });
  const client = await server.connect();
  await run(client, "MULTI", "SET a 1", "EXEC");
  await run(client, "MULTI", "GET a", "DEL nothing", "SETNX a 2", "EXEC");
  await run(client, "MULTI", "DEL nothing", "INCR a", "GET a", "EXEC");
  await run(client, "MULTI", "SET b 1", "GET b", "APPEND b x", "INCR b", "EXEC");
  await run(client, "MULTI", "SELECT 3", "SET c 1", "SELECT 0", "SET d 1", "EXEC");
  await run(client, "MULTI", "SELECT 3", "SET e 1", "EXEC", "SET f 1");
  await run(client, "MULTI", "SET g 1", "DISCARD", "MULTI", "NOSUCH", "SET g 1", "EXEC");
  await run(client, "MULTI", "FLUSHDB", "EXEC");
  assert.deepEqual(logged(server), [
    ...["SELECT 0", "SET a 1", "INCR a"],
    ...["MULTI", "SET b 1", "APPEND b x", "EXEC"],
    ...["MULTI", "SELECT 3", "SET c 1", "SELECT 0", "SET d 1", "EXEC"],
    ...["SELECT 3", "SET e 1", "SET f 1", "FLUSHDB"],
  ]);
  await server.restart();
  const again = await server.connect();
  assert.deepEqual(await run(again, "MGET a b d", "SELECT 3", "DBSIZE"), ["*[$2, $1x, $1]", "+OK", ":0"]);
});

Deno.test("AOF: a key that expires inside a command or transaction is part of its unit", async () => {
  await using server = await TestServer.start({ args: AOF });
  const client = await server.connect();
  await run(client, "DEBUG SET-ACTIVE-EXPIRE 0");
  const keys = ["e", "f", "g", "h", "i", "j"];
  for (const key of keys) await run(client, `SET ${key} 1 PX 1`);
  await sleep(30);
  await run(
    client,
    "GET e",
    "INCR f",
    "MULTI",
    "GET g",
    "EXEC",
    "MULTI",
    "GET h",
    "INCR i",
    "EXEC",
    "SCAN 0 COUNT 99",
  );
  const commands = logged(server).slice(1 + keys.length);
  assert.deepEqual(commands, [
    "DEL e",
    ...["MULTI", "DEL f", "INCR f", "EXEC"],
    "DEL g",
    ...["MULTI", "DEL h", "DEL i", "INCR i", "EXEC"],
    "DEL j",
  ]);
});

Deno.test("AOF: commands that were not typed as arrays, and those logged as others, inside a transaction", async () => {
  await using server = await TestServer.start({ args: AOF });
  const client = await server.connect();
  await client.send("MULTI\r\nSET \"a b\" 'c'\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nvXYEXEC\r\n");
  assert.deepEqual((await client.replies(4)).map(replyText), ["+OK", "+QUEUED", "+QUEUED", "*[+OK, +OK]"]);
  await run(client, "MULTI", "SET x 1 GET", "GETDEL k", "INCRBYFLOAT n 0.5", "EXEC");
  assert.deepEqual(logged(server), [
    ...["MULTI", "SELECT 0", "SET a b c", "SET k v", "EXEC"],
    ...["MULTI", "SET x 1", "DEL k", "SET n 0.5 KEEPTTL", "EXEC"],
  ]);
});

/** Waits until a turned on AOF has its first file. */
async function fileIsWhole(client: Client): Promise<void> {
  await eventually("the file is whole", async () => {
    const scheduled = await infoField(client, "aof_rewrite_scheduled");
    return scheduled === "0" && (await infoField(client, "aof_rewrite_in_progress")) === "0";
  });
}

Deno.test("AOF: turned on amid a transaction, it begins with what the whole transaction has left", async () => {
  await using server = await TestServer.start({ args: AOF });
  const client = await server.connect();
  const turns = ["CONFIG SET appendonly no", "INCR n", "CONFIG SET appendonly yes"];
  assert.equal(await last(client, "MULTI", "INCR n", ...turns, "INCR n", "EXEC", "INCR n"), ":4");
  assert.match(server.log(), /AOF was enabled during a transaction/);
  await fileIsWhole(client);
  assert.equal(await last(client, "INCR n"), ":5");
  await server.restart();
  assert.equal(await last(await server.connect(), "GET n"), "$5");
});

Deno.test("AOF: what a transaction did before it turned the AOF off is not told when it is on again", async () => {
  await using server = await TestServer.start({ args: AOF });
  const client = await server.connect();
  await run(client, "MULTI", "INCR n", "CONFIG SET appendonly no", "EXEC", "CONFIG SET appendonly yes");
  await fileIsWhole(client);
  assert.equal(await last(client, "INCR n"), ":2");
  await server.restart();
  assert.equal(await last(await server.connect(), "GET n"), "$2");
});
