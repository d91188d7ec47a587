/** CONFIG: what it shows, what takes effect at once, and what is written back. */

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Client, eventually } from "../support/client.ts";
import { info } from "../support/info.ts";
import { pairsOf, textOf } from "../support/resp.ts";
import { freePort, freshDir, TestServer } from "../support/server.ts";

async function setting(client: Client, name: string): Promise<string> {
  const [[, value]] = pairsOf(await client.command("CONFIG", "GET", name));
  return textOf(value);
}

Deno.test("config: errors are in Redis' words, and nothing is set then", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  assert.equal(await client.ask("CONFIG GET nosuch"), "*[]");
  assert.equal(
    await client.ask("CONFIG SET timeout"),
    "-ERR wrong number of arguments for 'config|set' command",
  );
  assert.equal(await client.ask("CONFIG SET timeout 1 hz"), "-ERR syntax error");
  assert.equal(
    await client.ask("CONFIG SET nosuch 1"),
    "-ERR Unknown option or number of arguments for CONFIG SET - 'nosuch'",
  );
  assert.equal(
    await client.ask("CONFIG SET timeout 5 hz abc"),
    "-ERR CONFIG SET failed (possibly related to argument 'hz') - argument couldn't be parsed into an integer",
  );
  assert.equal(await setting(client, "timeout"), "0");
  assert.equal(
    await client.ask("CONFIG SET databases 3"),
    "-ERR CONFIG SET failed (possibly related to argument 'databases') - can't set immutable config",
  );
  assert.equal(
    await client.ask("CONFIG SET dir /"),
    "-ERR CONFIG SET failed (possibly related to argument 'dir') - can't set protected config",
  );
  assert.match(
    await client.ask("CONFIG SET maxclients 4000000000"),
    /^-ERR CONFIG SET failed \(possibly related to argument 'maxclients'\) - The operating system is not able/,
  );
  assert.equal(await setting(client, "maxclients"), "10000");
});

Deno.test("config: a password keeps out whoever comes later, not who is in", async () => {
  await using server = await TestServer.start();
  const first = await server.connect();
  const secret = "geheim\xff";
  assert.equal(
    textOf(
      await first.command(
        "CONFIG",
        "SET",
        "requirepass",
        Uint8Array.from(secret, (ch) => ch.charCodeAt(0)),
      ),
    ),
    "OK",
  );
  assert.equal(await first.ask("SET k v"), "+OK");
  assert.equal(await setting(first, "requirepass"), secret);
  const second = await server.connect();
  assert.equal(await second.ask("GET k"), "-NOAUTH Authentication required.");
  assert.equal(await first.ask("CONFIG SET requirepass "), "+OK");
  assert.equal(await second.ask("GET k"), "$v");
});

Deno.test("config: port moves, open connections stay, and a port that is taken changes nothing", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  const port = freePort();
  assert.equal(await client.ask(`CONFIG SET port ${port}`), "+OK");
  assert.equal(await client.ask("PING"), "+PONG");
  const moved = await Client.connect({ port });
  assert.equal(await moved.ask("PING"), "+PONG");
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const takenPort = (taken.addr as Deno.NetAddr).port;
  assert.equal(
    await moved.ask(`CONFIG SET port ${takenPort}`),
    "-ERR CONFIG SET failed (possibly related to argument 'port') - Unable to listen on this port. Check server logs.",
  );
  taken.close();
  assert.equal(await setting(moved, "port"), String(port));
  const again = await Client.connect({ port });
  assert.equal(await again.ask("PING"), "+PONG");
  assert.equal(await again.ask("CONFIG SET bind 127.0.0.1"), "+OK");
  assert.equal((await info(again, "server")).get("listener0"), `name=tcp,bind=127.0.0.1,port=${port}`);
  moved.close();
  again.close();
});

Deno.test("config: an empty bind takes no new connections, and one with addresses does again", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  assert.equal(textOf(await client.command("CONFIG", "SET", "bind", "")), "OK");
  assert.equal(await setting(client, "bind"), "");
  assert.equal((await info(client, "server")).get("listener0"), undefined);
  await eventually("connections are refused", async () => {
    try {
      (await Client.connect({ port: server.port })).close();
      return false;
    } catch {
      return true;
    }
  });
  assert.equal(await client.ask("PING"), "+PONG");
  await eventually(
    "the address is free",
    async () => await client.ask("CONFIG SET bind 127.0.0.1") === "+OK",
  );
  assert.equal(await (await server.connect()).ask("PING"), "+PONG");
});

Deno.test("config: a lowered maxmemory evicts by itself, and noeviction refuses writes", async () => {
  await using server = await TestServer.start({ args: ["--maxmemory-policy", "allkeys-lru"] });
  const client = await server.connect();
  const value = "x".repeat(200);
  await client.pipeline(Array.from({ length: 20_000 }, (_, i) => ["SET", `key:${i}`, value]));
  assert.equal(await client.ask("CONFIG SET maxmemory 2mb"), "+OK");
  await eventually(
    "memory is below the limit",
    async () => Number((await info(client, "memory")).get("used_memory_dataset")) < 2 * 1024 * 1024,
  );
  const fields = await info(client, "stats");
  assert.ok(Number(fields.get("evicted_keys")) > 1000);
  assert.equal(await client.ask("SET more v"), "+OK");
  assert.equal(await client.ask("CONFIG SET maxmemory-policy noeviction maxmemory 1mb"), "+OK");
  assert.equal(await client.ask("SET k v"), "-OOM command not allowed when used memory > 'maxmemory'.");
  assert.equal(await client.ask("DEL more"), ":1");
  assert.equal(await client.ask("CONFIG SET maxmemory 0"), "+OK");
  assert.equal(await client.ask("SET k v"), "+OK");
});

Deno.test("config: evicted and expired keys are gone after a restart too", async () => {
  await using server = await TestServer.start({ args: ["--maxmemory-policy", "allkeys-random"] });
  const client = await server.connect();
  await client.pipeline(Array.from({ length: 5000 }, (_, i) => ["SET", `key:${i}`, "x".repeat(200)]));
  await client.ask("SET short v PX 1");
  await client.ask("CONFIG SET maxmemory 500kb");
  await eventually(
    "memory is below the limit",
    async () => Number((await info(client, "memory")).get("used_memory_dataset")) < 500 * 1024,
  );
  // Without a limit nothing more goes, whatever buffers clients take from here on.
  assert.equal(await client.ask("CONFIG SET maxmemory 0"), "+OK");
  // If it was not evicted and the active cycle has not come by yet, this is what removes it.
  assert.equal(await client.ask("EXISTS short"), ":0");
  const left = textOf(await client.command("DBSIZE"));
  assert.ok(Number(left) < 4000);
  await server.restart();
  assert.equal(textOf(await (await server.connect()).command("DBSIZE")), left);
});

Deno.test("config: REWRITE keeps comments, writes what changed, and leaves no other file", async () => {
  const dir = freshDir();
  try {
    const path = `${dir}/vellum.conf`;
    writeFileSync(path, "# mine\nhz 20\nmaxclients 77\n");
    await using server = await TestServer.start({ dir, args: [path] });
    const client = await server.connect();
    assert.equal((await info(client, "server")).get("config_file"), path);
    await client.ask("CONFIG SET hz 33 slowlog-max-len 5");
    assert.equal(await client.ask("CONFIG REWRITE"), "+OK");
    const text = readFileSync(path, "utf8");
    assert.match(text, /^# mine\nhz 33\nmaxclients 77\n/);
    assert.match(text, /\nslowlog-max-len 5\n/);
    assert.deepEqual(readdirSync(dir).filter((name) => name.includes("tmp")), []);
    await server.restart();
    const again = await server.connect();
    assert.equal(await setting(again, "hz"), "33");
    assert.equal(await setting(again, "slowlog-max-len"), "5");
    rmSync(path);
    assert.equal(await again.ask("CONFIG REWRITE"), "+OK");
    assert.ok(existsSync(path));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

Deno.test("config: REWRITE without a file is refused", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  assert.equal(await client.ask("CONFIG REWRITE"), "-ERR The server is running without a config file");
});

Deno.test("config: loglevel and appendfsync take effect at once", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  assert.equal(await client.ask("CONFIG SET loglevel warning appendfsync always"), "+OK");
  assert.equal(await client.ask("BGREWRITEAOF"), "+Background append only file rewriting started");
  await eventually(
    "the rewrite ends",
    async () => (await info(client, "persistence")).get("aof_rewrite_in_progress") === "0",
  );
  assert.equal(server.log().includes("Background AOF rewrite finished"), false);
  assert.equal(await client.ask("SET k v"), "+OK");
  assert.ok(readFileSync(server.path("appendonly.aof"), "latin1").endsWith("$1\r\nk\r\n$1\r\nv\r\n"));
});

Deno.test("config: rename-command hides a command, or gives it another name", async () => {
  const dir = freshDir();
  try {
    const path = `${dir}/vellum.conf`;
    writeFileSync(path, 'rename-command FLUSHALL ""\nrename-command set Put\nrename-command EVALSHA ""\n');
    await using server = await TestServer.start({ dir, args: [path] });
    const client = await server.connect();
    assert.match(await client.ask("FLUSHALL"), /^-ERR unknown command 'FLUSHALL'/);
    assert.match(await client.ask("SET k v"), /^-ERR unknown command 'SET'/);
    assert.equal(await client.ask("PUT k v"), "+OK");
    assert.equal(await client.ask("GET k"), "$v");
    assert.equal(await client.ask("CONFIG REWRITE"), "+OK");
    await server.restart();
    const again = await server.connect();
    assert.equal(await again.ask("GET k"), "$v");
    assert.match(await again.ask("FLUSHALL"), /^-ERR unknown command/);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

Deno.test("config: a client's buffers count against maxmemory, and no longer when it is gone", async () => {
  await using server = await TestServer.start({ args: ["--maxmemory", "2mb"] });
  const client = await server.connect();
  const greedy = await server.connect();
  await greedy.send(`*2\r\n$3\r\nGET\r\n$4000000\r\n${"x".repeat(3_000_000)}`);
  await eventually(
    "writes are refused",
    async () => await client.ask("SET k v") === "-OOM command not allowed when used memory > 'maxmemory'.",
  );
  assert.ok(Number((await info(client, "memory")).get("mem_clients_normal")) >= 3_000_000);
  greedy.close();
  await eventually("writes are taken again", async () => await client.ask("SET k v") === "+OK");
});
