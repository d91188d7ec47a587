/** The append-only file as users see it: restarts, kill -9, rewrites under writes. */

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import process from "node:process";
import { type Client, eventually } from "../support/client.ts";
import { differences, readDataset } from "../support/dataset.ts";
import { childrenOf, infoField, isAlive, writtenOut } from "../support/info.ts";
import { commandText, textOf } from "../support/resp.ts";
import { BIG_KEYS, fill, rewrite, rewriteEnd, rewriteHeld } from "../support/rewrite.ts";
import { TestServer } from "../support/server.ts";

const AOF = ["--appendonly", "yes"];
const ALWAYS = [...AOF, "--appendfsync", "always"];

/** A bit of everything that strings can do. */
async function writeSample(client: Client): Promise<void> {
  const commands = [
    ["SET", "plain", "value"],
    ["SET", "bytes", Uint8Array.from({ length: 256 }, (_, i) => i)],
    ["SET", "expiring", "v", "EX", "100000"],
    ["SETEX", "setex", "100000", "v"],
    ["PSETEX", "psetex", "100000000", "v"],
    ["INCRBY", "counter", "41"],
    ["INCR", "counter"],
    ["INCRBYFLOAT", "float", "3.25"],
    ["APPEND", "appended", "one"],
    ["APPEND", "appended", " two"],
    ["SETRANGE", "ranged", "5", "x"],
    ["MSET", "m1", "1", "m2", "2"],
    ["SET", "gone", "x"],
    ["DEL", "gone"],
    ["SET", "brief", "x", "PX", "1"],
    ["RENAME", "m2", "renamed"],
    ["PEXPIRE", "plain", "100000000"],
    ["SELECT", "5"],
    ["SET", "elsewhere", "v"],
    ["SELECT", "0"],
    ["MULTI"],
    ["SET", "tx", "1"],
    ["INCR", "tx"],
    ["EXEC"],
  ];
  for (const reply of await client.pipeline(commands)) {
    assert.notEqual(reply.type, "error", JSON.stringify(reply, String));
  }
}

/** Compares the data before and after `action`. */
async function survives(server: TestServer, action: () => Promise<void>): Promise<void> {
  const client = await server.connect();
  await eventually("the brief key has expired", async () => await client.ask("EXISTS brief") === ":0");
  const before = await readDataset(client);
  assert.ok(before.size > 0);
  await action();
  const after = await readDataset(await server.connect());
  assert.deepEqual(differences(after, before), []);
}

Deno.test("persistence: everything is there after SIGTERM and a restart, with the same expiry times", async () => {
  await using server = await TestServer.start({ args: AOF });
  await writeSample(await server.connect());
  await survives(server, async () => {
    assert.deepEqual(await server.terminate(), { code: 0, signal: null });
    await server.restart();
  });
  await survives(server, () => server.restart());
});

for (const policy of ["always", "everysec", "no"]) {
  Deno.test(`persistence: kill -9 loses nothing that was answered under appendfsync ${policy}`, async () => {
    await using server = await TestServer.start({ args: [...AOF, "--appendfsync", policy] });
    await writeSample(await server.connect());
    await survives(server, async () => {
      await writtenOut(await server.connect());
      assert.equal((await server.kill()).signal, "SIGKILL");
      await server.restart();
    });
  });
}

Deno.test("persistence: the file is plain RESP, one command after the other", async () => {
  await using server = await TestServer.start({ args: ALWAYS });
  const client = await server.connect();
  await client.ask("SET a 1");
  await client.ask("GET a");
  await client.ask("SETNX a 2");
  await client.ask("SELECT 3");
  await client.ask("INCR b");
  await client.ask("SET b x PXAT 99999999999999");
  await client.ask("DEL nothing");
  const lines = ["SELECT 0", "SET a 1", "SELECT 3", "INCR b", "SET b x PXAT 99999999999999"];
  assert.equal(
    readFileSync(server.path("appendonly.aof"), "latin1"),
    lines.map((line) => commandText(line.split(" "))).join(""),
  );
});

Deno.test("persistence: with appendonly no nothing is written, and a restart starts empty", async () => {
  await using server = await TestServer.start({ args: ["--appendonly", "no"] });
  const client = await server.connect();
  assert.equal(await client.ask("SET k v"), "+OK");
  assert.equal(existsSync(server.path("appendonly.aof")), false);
  await server.restart();
  assert.equal(await (await server.connect()).ask("DBSIZE"), ":0");
});

Deno.test("persistence: appendfilename and dir are honoured", async () => {
  await using server = await TestServer.start({ args: [...ALWAYS, "--appendfilename", "my file.aof"] });
  assert.equal(await (await server.connect()).ask("SET k v"), "+OK");
  assert.ok(statSync(server.path("my file.aof")).size > 0);
  await server.restart();
  assert.equal(await (await server.connect()).ask("GET k"), "$v");
});

for (const preamble of ["yes", "no"]) {
  const args = [...AOF, "--aof-use-rdb-preamble", preamble];

  Deno.test(`rewrite: the file shrinks and holds the same data (aof-use-rdb-preamble ${preamble})`, async () => {
    await using server = await TestServer.start({ args });
    const client = await server.connect();
    await writeSample(client);
    for (let i = 0; i < 20; i++) await client.pipeline(Array.from({ length: 500 }, () => ["INCR", "hot"]));
    await writtenOut(client);
    const sizeBefore = statSync(server.path("appendonly.aof")).size;
    await survives(server, async () => {
      assert.equal(await rewrite(client), "ok");
      assert.ok(statSync(server.path("appendonly.aof")).size < sizeBefore / 10);
      assert.equal(await infoField(client, "aof_base_size"), await infoField(client, "aof_current_size"));
      await writtenOut(await server.connect());
      await server.kill();
      await server.restart();
    });
    assert.deepEqual(temporaryFiles(server), []);
  });

  Deno.test(`rewrite: writes during it are all there after kill -9 (aof-use-rdb-preamble ${preamble})`, async () => {
    await using server = await TestServer.start({ args });
    const client = await server.connect();
    await writeSample(client);
    await fill(client);
    const child = await rewriteHeld(server, client);
    // Keys the walk has and has not passed: changed, deleted, renamed, given and robbed of an expiry, new ones.
    const commands: string[][] = [];
    for (let i = 0; i < BIG_KEYS; i += 7) {
      commands.push(["APPEND", `fill:${i}`, "+"], ["DEL", `fill:${i + 1}`], [
        "PEXPIRE",
        `fill:${i + 2}`,
        "99999999",
      ]);
      commands.push(["PERSIST", `fill:${i + 3}`], ["SET", `new:${i}`, "n"], [
        "RENAME",
        `fill:${i}`,
        `moved:${i}`,
      ]);
    }
    const renamed = await client.pipeline(commands.slice(0, 6000));
    assert.ok(renamed.filter((reply) => reply.type !== "error").length > 5000);
    process.kill(child, "SIGCONT");
    await client.pipeline(commands.slice(6000));
    assert.equal(await rewriteEnd(client), "ok");
    await client.pipeline(Array.from({ length: 100 }, (_, i) => ["SET", `after:${i}`, "a"]));
    await survives(server, async () => {
      await writtenOut(await server.connect());
      await server.kill();
      await server.restart();
    });
  });
}

Deno.test("rewrite: FLUSHALL and SWAPDB in the middle of one are right after a restart", async () => {
  await using server = await TestServer.start({ args: AOF });
  const client = await server.connect();
  await fill(client);
  await client.ask("SELECT 1");
  await fill(client, 2000, "one");
  let child = await rewriteHeld(server, client);
  assert.equal(await client.ask("SWAPDB 0 1"), "+OK");
  assert.equal(await client.ask("SET swapped yes"), "+OK");
  process.kill(child, "SIGCONT");
  assert.equal(await rewriteEnd(client), "ok");
  await survives(server, async () => {
    await writtenOut(await server.connect());
    await server.kill();
    await server.restart();
  });
  const again = await server.connect();
  child = await rewriteHeld(server, again);
  assert.equal(await again.ask("FLUSHALL"), "+OK");
  assert.equal(await again.ask("SET only survivor"), "+OK");
  if (isAlive(child)) process.kill(child, "SIGCONT");
  await rewriteEnd(again);
  await survives(server, async () => {
    await writtenOut(await server.connect());
    await server.kill();
    await server.restart();
  });
  assert.equal(await (await server.connect()).ask("GET only"), "$survivor");
});

Deno.test("rewrite: a second one is refused while the first runs", async () => {
  await using server = await TestServer.start({ args: AOF });
  const client = await server.connect();
  await fill(client);
  const child = await rewriteHeld(server, client);
  assert.equal(
    await client.ask("BGREWRITEAOF"),
    "-ERR Background append only file rewriting already in progress",
  );
  process.kill(child, "SIGCONT");
  assert.equal(await rewriteEnd(client), "ok");
});

Deno.test("rewrite: when its child is killed the old file stays, and the next rewrite succeeds", async () => {
  await using server = await TestServer.start({ args: AOF });
  const client = await server.connect();
  await fill(client);
  const child = await rewriteHeld(server, client);
  assert.equal(await client.ask("SET during rewrite"), "+OK");
  process.kill(child, "SIGKILL");
  assert.equal(await rewriteEnd(client), "err");
  await eventually("temporary files are gone", () => temporaryFiles(server).length === 0);
  assert.match(server.log(), /Background AOF rewrite terminated by signal 9/);
  assert.equal(await client.ask("SET after rewrite"), "+OK");
  await survives(server, async () => {
    await writtenOut(await server.connect());
    await server.kill();
    await server.restart();
  });
  const again = await server.connect();
  assert.equal(await rewrite(again), "ok");
  await survives(server, async () => {
    await writtenOut(await server.connect());
    await server.kill();
    await server.restart();
  });
});

Deno.test("rewrite: starts by itself when the file has grown enough", async () => {
  const args = [...AOF, "--auto-aof-rewrite-percentage", "0", "--auto-aof-rewrite-min-size", "20kb"];
  await using server = await TestServer.start({ args });
  const client = await server.connect();
  await client.pipeline(Array.from({ length: 2000 }, () => ["INCR", "counter"]));
  // Not before all is there: what comes during a rewrite stands behind it in the new file.
  assert.equal(await client.ask("CONFIG SET auto-aof-rewrite-percentage 100"), "+OK");
  // Before that the file is small too: everysec may hold the first write back.
  await eventually(
    "it starts",
    () => /Starting automatic rewriting of AOF on \d+% growth/.test(server.log()),
  );
  assert.equal(await rewriteEnd(client), "ok");
  assert.ok(statSync(server.path("appendonly.aof")).size < 10_000);
  assert.equal(await client.ask("GET counter"), "$2000");
});

Deno.test("rewrite: with aof-timestamp-enabled the new file says when it was begun", async () => {
  await using server = await TestServer.start({ args: [...AOF, "--aof-timestamp-enabled", "yes"] });
  const client = await server.connect();
  const started = Math.floor(Date.now() / 1000);
  await client.ask("SET k v");
  for (const preamble of ["no", "yes"]) {
    assert.equal(await client.ask(`CONFIG SET aof-use-rdb-preamble ${preamble}`), "+OK");
    assert.equal(await rewrite(client), "ok");
    const start = readFileSync(server.path("appendonly.aof"), "latin1").slice(0, 100);
    if (preamble === "yes") assert.match(start, /^REDIS/);
    else {
      const [, seconds] = /^#TS:(\d+)\r\n\*2\r\n\$6\r\nSELECT/.exec(start)!;
      assert.ok(Number(seconds) >= started);
    }
  }
  await server.restart();
  assert.equal(await (await server.connect()).ask("GET k"), "$v");
});

Deno.test("persistence: CONFIG SET appendonly yes keeps the data written before, no stops and yes resumes", async () => {
  await using server = await TestServer.start({
    args: ["--appendonly", "no", "--auto-aof-rewrite-percentage", "0"],
  });
  const client = await server.connect();
  await writeSample(client);
  assert.equal(await client.ask("CONFIG SET appendonly yes"), "+OK");
  assert.equal(await rewriteEnd(client), "ok");
  assert.equal(await infoField(client, "aof_enabled"), "1");
  assert.equal(await client.ask("SET later 1"), "+OK");
  await survives(server, async () => {
    await writtenOut(await server.connect());
    await server.kill();
    await server.restart(AOF);
  });
  const again = await server.connect();
  assert.equal(await again.ask("CONFIG SET appendonly no"), "+OK");
  assert.equal(await again.ask("SET unlogged 1"), "+OK");
  assert.equal(await again.ask("CONFIG SET appendonly yes"), "+OK");
  assert.equal(await rewriteEnd(again), "ok");
  await survives(server, async () => {
    await writtenOut(await server.connect());
    await server.kill();
    await server.restart(AOF);
  });
  assert.equal(await (await server.connect()).ask("GET unlogged"), "$1");
});

Deno.test("persistence: DEBUG LOADAOF reloads the same data", async () => {
  await using server = await TestServer.start({ args: [...AOF, "--enable-debug-command", "yes"] });
  const client = await server.connect();
  await writeSample(client);
  await survives(server, async () => {
    assert.equal(await client.ask("DEBUG LOADAOF"), "+OK");
  });
});

Deno.test("persistence: no process but the server is left when a rewrite is over", async () => {
  await using server = await TestServer.start({ args: AOF });
  const client = await server.connect();
  assert.equal(await rewrite(client), "ok");
  await eventually("the child has been reaped", () => childrenOf(server.pid).length === 0);
  assert.equal(textOf(await client.command("DBSIZE")), "0");
});

function temporaryFiles(server: TestServer): string[] {
  return readdirSync(server.dir).filter((name) => name.startsWith("temp-"));
}
