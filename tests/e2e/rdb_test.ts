/** RDB files as users see them: SAVE, BGSAVE, save points, loading, what is wrong with a file, the import. */

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { type Client, eventually, sleep } from "../support/client.ts";
import { differences, readDataset } from "../support/dataset.ts";
import { infoField, writtenOut } from "../support/info.ts";
import { commandText, replyText } from "../support/resp.ts";
import { rewrite, rewriteEnd } from "../support/rewrite.ts";
import { writeCollections } from "../support/sample_collections.ts";
import { failingStart, freshDir, TestServer } from "../support/server.ts";

const RDB_ONLY = ["--appendonly", "no"];

/** Waits until no save runs. @returns INFO's status */
async function saveEnd(client: Client): Promise<string> {
  await eventually("the save ends", async () => await infoField(client, "rdb_bgsave_in_progress") === "0");
  return await infoField(client, "rdb_last_bgsave_status");
}

async function setSave(client: Client, points: string): Promise<string> {
  return replyText(await client.command("CONFIG", "SET", "save", points));
}

/** What a server holds after `action`, compared with before. */
async function survives(server: TestServer, action: () => Promise<void>): Promise<void> {
  const before = await readDataset(await server.connect());
  assert.ok(before.size > 10);
  await action();
  assert.deepEqual(differences(await readDataset(await server.connect()), before), []);
}

for (const command of ["SAVE", "BGSAVE"]) {
  Deno.test(`rdb: what ${command} has written is there after kill -9`, async () => {
    await using server = await TestServer.start({ args: RDB_ONLY });
    const client = await server.connect();
    await writeCollections(client);
    await survives(server, async () => {
      assert.match(await client.ask(command), /^\+(OK|Background saving started)$/);
      assert.equal(await saveEnd(client), "ok");
      assert.equal(await infoField(client, "rdb_changes_since_last_save"), "0");
      await server.kill();
      await server.restart();
    });
    assert.deepEqual(readdirSync(server.dir).filter((name) => name.startsWith("temp-")), []);
  });
}

Deno.test("rdb: rdbcompression and rdbchecksum", async () => {
  const sizes: number[] = [];
  for (const compression of ["yes", "no"]) {
    const args = [...RDB_ONLY, "--rdbcompression", compression, "--rdbchecksum", compression];
    await using server = await TestServer.start({ args });
    const client = await server.connect();
    await writeCollections(client);
    await survives(server, async () => {
      assert.equal(await client.ask("SAVE"), "+OK");
      sizes.push(statSync(server.path("dump.rdb")).size);
      await server.kill();
      await server.restart();
    });
    const checksum = readFileSync(server.path("dump.rdb")).subarray(-8);
    assert.equal(checksum.some((byte) => byte !== 0), compression === "yes");
  }
  assert.ok(sizes[0] < sizes[1] - 5000);
});

Deno.test("rdb: INFO tells how many keys a file had, and how many of them had expired", async () => {
  await using server = await TestServer.start({ args: [...RDB_ONLY, "--enable-debug-command", "yes"] });
  const client = await server.connect();
  await client.ask("DEBUG SET-ACTIVE-EXPIRE 0");
  for (let i = 0; i < 5; i++) await client.ask(`SET kept:${i} value`);
  for (let i = 0; i < 3; i++) await client.ask(`SET expired:${i} value PX 1`);
  await sleep(5);
  assert.equal(await client.ask("SAVE"), "+OK");
  assert.equal(await infoField(client, "rdb_last_load_keys_loaded"), "0");
  await server.restart();
  const again = await server.connect();
  assert.equal(await infoField(again, "rdb_last_load_keys_loaded"), "5");
  assert.equal(await infoField(again, "rdb_last_load_keys_expired"), "3");
});

Deno.test("rdb: a save point starts a save by itself", async () => {
  await using server = await TestServer.start({ args: RDB_ONLY });
  const client = await server.connect();
  assert.equal(await setSave(client, "1 2"), "+OK");
  await client.ask("SET a 1");
  await client.ask("SET b 1");
  await eventually("the file is there", () => existsSync(server.path("dump.rdb")), 20_000);
  await saveEnd(client);
  assert.match(server.log(), /2 changes in 1 seconds\. Saving\.\.\./);
});

Deno.test("rdb: one child at a time, and BGSAVE SCHEDULE waits for its turn", async () => {
  await using server = await TestServer.start({ args: ["--appendonly", "yes", "--rdb-key-save-delay", "0"] });
  const client = await server.connect();
  await writeCollections(client);
  const replies = await client.pipeline([["BGREWRITEAOF"], ["BGSAVE"], ["BGSAVE", "SCHEDULE"], [
    "BGSAVE",
    "x",
  ]]);
  assert.deepEqual(
    replies.map((reply) => reply.type === "error" || reply.type === "status" ? reply.text : ""),
    [
      "Background append only file rewriting started",
      "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order to schedule " +
      "a BGSAVE whenever possible.",
      "Background saving scheduled",
      "ERR syntax error",
    ],
  );
  assert.equal(await rewriteEnd(client), "ok");
  await eventually("the scheduled save has run", () => existsSync(server.path("dump.rdb")));
  assert.equal(await saveEnd(client), "ok");
});

Deno.test("rdb: a save that fails refuses writes until one works, with save points only", async () => {
  await using server = await TestServer.start({ args: RDB_ONLY });
  const client = await server.connect();
  await client.ask("SET k v");
  // The temp file cannot take the place of a directory.
  assert.equal(await setSave(client, "3600 1"), "+OK");
  mkdirSync(server.path("dump.rdb"));
  writeFileSync(server.path("dump.rdb/x"), "");
  assert.equal(await client.ask("BGSAVE"), "+Background saving started");
  await eventually("it has failed", async () => await saveEnd(client) === "err");
  assert.match(await client.ask("SET k w"), /^-MISCONF Redis is configured to save RDB snapshots/);
  assert.equal(await client.ask("GET k"), "$v");
  rmSync(server.path("dump.rdb"), { recursive: true });
  assert.equal(await client.ask("SAVE"), "+OK");
  assert.equal(await client.ask("SET k w"), "+OK");
});

Deno.test("rdb: DEBUG RELOAD brings everything back, the AOF as it was", async () => {
  await using server = await TestServer.start({
    args: ["--appendonly", "yes", "--enable-debug-command", "yes"],
  });
  const client = await server.connect();
  await writeCollections(client);
  await survives(server, async () => {
    assert.equal(await client.ask("DEBUG RELOAD"), "+OK");
    await client.ask("SET after 1");
    await client.ask("DEL after");
    await writtenOut(client);
    await server.kill();
    await server.restart();
  });
  assert.equal(await (await server.connect()).ask("DEBUG RELOAD NOSAVE"), "+OK");
});

Deno.test("rdb: SHUTDOWN SAVE and save points write the file, SHUTDOWN NOSAVE does not", async () => {
  for (const [words, written] of [["SAVE", true], ["NOSAVE", false]] as const) {
    await using server = await TestServer.start({ args: RDB_ONLY });
    const client = await server.connect();
    await client.ask("SET k v");
    await client.ask(`SHUTDOWN ${words}`).catch(() => "");
    assert.equal((await server.process.ended()).code, 0);
    assert.equal(existsSync(server.path("dump.rdb")), written);
  }
});

Deno.test("rdb: FLUSHALL ends a running save, and empties the file where there are save points", async () => {
  await using server = await TestServer.start({ args: RDB_ONLY });
  const client = await server.connect();
  await writeCollections(client);
  assert.equal(await client.ask("SAVE"), "+OK");
  const size = statSync(server.path("dump.rdb")).size;
  await setSave(client, "3600 1");
  await client.pipeline([["BGSAVE"], ["FLUSHALL"]]);
  await saveEnd(client);
  assert.ok(statSync(server.path("dump.rdb")).size < size / 10);
  assert.equal(await infoField(client, "rdb_last_bgsave_status"), "ok");
  assert.equal(await infoField(client, "rdb_changes_since_last_save"), "0");
  await setSave(client, "");
  await client.pipeline([["SET", "key", "value"], ["FLUSHALL"]]);
  assert.equal(await infoField(client, "rdb_changes_since_last_save"), "2");
});

Deno.test("rdb: a file that cannot be loaded ends the start with file, offset and code 1", async () => {
  const dir = freshDir();
  try {
    const good = await goodFile();
    const cut = good.subarray(0, good.length - 20);
    const flipped = Uint8Array.from(good);
    flipped[flipped.length - 9] ^= 255;
    const garbage = new TextEncoder().encode("this is no RDB file at all");
    for (const bytes of [cut, flipped, garbage]) {
      for (const args of [["--appendonly", "no"], ["--appendonly", "yes"]]) {
        writeFileSync(`${dir}/dump.rdb`, bytes);
        const { ending, log } = await failingStart([
          ...args,
          "--port",
          "0",
          "--unixsocket",
          `${dir}/s`,
          "--dir",
          dir,
        ], { dir });
        assert.equal(ending.code, 1, log);
        const last = log.trimEnd().split("\n").pop()!;
        assert.match(last, /dump\.rdb, offset \d+/);
        assert.ok(!/\n\s+at /.test(log), log);
        assert.ok(existsSync(`${dir}/dump.rdb`), "the file stays");
      }
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

Deno.test("rdb: empty collections, which cannot be, are left out and named", async () => {
  await using server = await TestServer.start({ args: RDB_ONLY });
  await server.kill();
  // "REDIS0003", select 0, lists (type 1) "a" to "l" without elements, the string "s", end.
  const bytes = [...new TextEncoder().encode("REDIS0003"), 0xfe, 0];
  for (let i = 0; i < 12; i++) bytes.push(1, 1, 97 + i, 0);
  bytes.push(0, 1, 115, 1, 118, 0xff);
  writeFileSync(server.path("dump.rdb"), Uint8Array.from(bytes));
  await server.restart();
  const client = await server.connect();
  assert.equal(await client.ask("KEYS *"), "*[$s]");
  assert.match(server.log(), /rdbLoadObject skipping empty key: a\n(.*\n)*.*skipping empty key: j\n/);
  assert.doesNotMatch(server.log(), /skipping empty key: k/);
  assert.match(server.log(), /keys loaded: 1, keys expired: 0, empty keys skipped: 12\./);
});

Deno.test("rdb: a stream is refused with its key and type", async () => {
  const dir = freshDir();
  try {
    // "REDIS0011", select 0, type 21 (stream), key "events".
    const bytes = [
      ...new TextEncoder().encode("REDIS0011"),
      0xfe,
      0,
      21,
      6,
      ...new TextEncoder().encode("events"),
      0,
    ];
    writeFileSync(`${dir}/dump.rdb`, Uint8Array.from(bytes));
    const { ending, log } = await failingStart(
      ["--appendonly", "no", "--port", "0", "--unixsocket", `${dir}/s`, "--dir", dir],
      { dir },
    );
    assert.equal(ending.code, 1);
    assert.match(log.trimEnd().split("\n").pop()!, /'events'.*stream/);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

Deno.test("import: a dump.rdb beside an empty AOF becomes the AOF, whenever the server is killed meanwhile", async () => {
  const dir = freshDir();
  try {
    writeFileSync(`${dir}/dump.rdb`, await goodFile());
    await using server = await startKilled(dir);
    const client = await server.connect();
    assert.equal(await client.ask("LLEN longlist"), ":1500");
    assert.equal(await client.ask("DBSIZE"), ":14");
    assert.equal(await client.ask("SET new 1"), "+OK");
    assert.ok(!existsSync(`${dir}/dump.rdb`) && existsSync(`${dir}/dump.rdb.imported`));
    await writtenOut(client);
    await server.kill();
    await server.restart();
    assert.equal(await (await server.connect()).ask("GET new"), "$1");
    assert.equal(await (await server.connect()).ask("DBSIZE"), ":15");
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

Deno.test("import: an AOF with anything in it wins over a dump.rdb", async () => {
  await using server = await TestServer.start({ args: ["--appendonly", "yes", "--appendfsync", "always"] });
  await (await server.connect()).ask("SET mine 1");
  await server.kill();
  writeFileSync(server.path("dump.rdb"), await goodFile());
  await server.restart();
  const client = await server.connect();
  assert.equal(await client.ask("DBSIZE"), ":1");
  assert.ok(existsSync(server.path("dump.rdb")));
  // A rewrite with an RDB preamble, and writes behind it, load as well.
  await client.ask("CONFIG SET aof-use-rdb-preamble yes");
  await writeCollections(client);
  await survives(server, async () => {
    assert.equal(await rewrite(client), "ok");
    assert.equal(readFileSync(server.path("appendonly.aof"), "latin1").slice(0, 5), "REDIS");
    await client.ask("LPUSH list tail");
    await client.ask("LPOP list");
    await server.kill();
    await server.restart();
  });
});

Deno.test("import: the appendonlydir of a Redis 7 becomes the AOF; one that lacks a file is left alone", async () => {
  const dir = freshDir();
  try {
    const parts = `${dir}/appendonlydir`;
    mkdirSync(parts);
    const manifest = "file a.2.base.rdb seq 2 type b\nfile a.1.incr.aof seq 1 type h\n" +
      "file a.2.incr.aof seq 2 type i\nfile a.3.incr.aof seq 3 type i\n";
    writeFileSync(`${parts}/appendonly.aof.manifest`, manifest);
    writeFileSync(`${parts}/a.2.base.rdb`, await goodFile());
    writeFileSync(
      `${parts}/a.2.incr.aof`,
      commandText(["SELECT", "0"]) + commandText(["RPUSH", "list", "incr"]),
    );
    const options = ["--appendonly", "yes", "--port", "0", "--unixsocket", `${dir}/s`, "--dir", dir];
    const { ending, log } = await failingStart(options, { dir });
    assert.equal(ending.code, 1);
    assert.match(log.trimEnd().split("\n").pop()!, /a\.3\.incr\.aof is missing/);
    assert.equal(statSync(`${dir}/appendonly.aof`).size, 0);
    // The last file may be torn, as after a crash.
    const torn = "#TS:1700000000\r\n" + commandText(["SET", "last", "1"]) + "*2\r\n$3\r\nSE";
    writeFileSync(`${parts}/a.3.incr.aof`, torn);
    await using server = await TestServer.start({ dir, args: ["--appendonly", "yes"] });
    const client = await server.connect();
    assert.equal(await client.ask("LINDEX list -1"), "$incr");
    assert.equal(await client.ask("GET last"), "$1");
    assert.equal(await client.ask("DBSIZE"), ":15");
    assert.ok(!existsSync(parts) && existsSync(`${parts}.imported/a.2.base.rdb`));
    await survives(server, async () => {
      await server.kill();
      await server.restart();
    });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

/** A dump.rdb of {@link writeCollections}. */
async function goodFile(): Promise<Uint8Array> {
  await using server = await TestServer.start({ args: RDB_ONLY });
  const client = await server.connect();
  await writeCollections(client);
  assert.equal(await client.ask("SAVE"), "+OK");
  return readFileSync(server.path("dump.rdb"));
}

/** Starts a server in `dir` that is killed again and again, a little later each time, until it has come up. */
async function startKilled(dir: string): Promise<TestServer> {
  for (let ms = 100;; ms += 60) {
    const attempt = failingStart([
      "--appendonly",
      "yes",
      "--port",
      "0",
      "--unixsocket",
      `${dir}/s`,
      "--dir",
      dir,
    ], {
      dir,
      ms,
    });
    // It ends because it is killed: that is what its time being over means here.
    await attempt.catch(() => {});
    await sleep(1);
    if (existsSync(`${dir}/dump.rdb.imported`)) break;
    assert.ok(existsSync(`${dir}/dump.rdb`));
  }
  return await TestServer.start({ dir, args: ["--appendonly", "yes"] });
}
