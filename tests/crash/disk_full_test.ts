/**
 * A disk that is full: under everysec writes are refused with MISCONF until there is room again, and nothing that
 * was acknowledged is lost; under always the server ends before it answers.
 *
 * A small tmpfs where mounting is allowed; else a limit on the size of files, which prlimit lifts.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import { type Client, eventually } from "../support/client.ts";
import { differences, readDataset } from "../support/dataset.ts";
import { infoField, writtenOut } from "../support/info.ts";
import { Random } from "../support/random.ts";
import { textOf } from "../support/resp.ts";
import { rewrite, rewriteHeld } from "../support/rewrite.ts";
import { freshDir, TestServer } from "../support/server.ts";

/** Room at first, and when the disk has been cleared: everysec may hold back some megabytes that must then fit. */
const ROOM_BYTES = 1 << 19;
const DISK_BYTES = 32 << 20;
/** A short write counts as a full disk, whatever the limit is. */
const MISCONF = /^-MISCONF Errors writing to the AOF file: (No space left on device|File too large)$/;
const VALUE = "x".repeat(2000);

/** A server whose AOF can grow to about half a megabyte. */
interface SmallDisk {
  readonly server: TestServer;
  /** Whether a server that ended needs room to start again. */
  readonly stillFull: boolean;
  makeRoom(): void;
  /** From now on no second file of the AOF's size fits. */
  tighten(): void;
  release(): Promise<void>;
}

function mountSmall(dir: string): boolean {
  const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${DISK_BYTES}`, "tmpfs", dir], {
    stdio: "ignore",
  });
  return status === 0;
}

async function startOnSmallDisk(policy: string): Promise<SmallDisk> {
  const home = freshDir();
  const args = ["--appendonly", "yes", "--appendfsync", policy, "--auto-aof-rewrite-percentage", "0"];
  const dir = `${home}/disk`;
  mkdirSync(dir);
  const removeHome = () => rmSync(home, { recursive: true, force: true });
  if (mountSmall(dir)) {
    writeFileSync(`${dir}/ballast`, new Uint8Array(DISK_BYTES - ROOM_BYTES));
    const server = await TestServer.start({ dir, logDir: home, args });
    return {
      server,
      stillFull: true,
      makeRoom: () => rmSync(`${dir}/ballast`),
      tighten: () => {},
      async release() {
        await server[Symbol.asyncDispose]();
        spawnSync("umount", [dir]);
        removeHome();
      },
    };
  }
  const shellPrefix = `trap '' XFSZ; ulimit -S -f ${ROOM_BYTES / 512}`;
  const server = await TestServer.start({ dir, logDir: home, args, shellPrefix });
  return {
    server,
    stillFull: false,
    makeRoom() {
      limitFiles(server.pid, "unlimited");
    },
    tighten() {
      limitFiles(server.pid, "1000");
    },
    async release() {
      await server[Symbol.asyncDispose]();
      removeHome();
    },
  };
}

function limitFiles(pid: number, bytes: string): void {
  // The soft limit only: it is to be lifted again.
  const { status } = spawnSync("prlimit", ["--pid", String(pid), `--fsize=${bytes}:unlimited`]);
  assert.equal(status, 0, "prlimit is needed where tmpfs cannot be mounted");
}

/** Writes until a reply is an error or the server is gone. @returns how many were acknowledged, and that error */
async function writeUntilRefused(client: Client): Promise<{ count: number; error: string }> {
  for (let count = 0; count < 10_000; count++) {
    let reply;
    try {
      reply = await client.command("SET", `k${count}`, VALUE);
    } catch {
      return { count, error: "" };
    }
    if (reply.type === "error") return { count, error: reply.text };
  }
  throw new Error("The disk never got full");
}

for (const policy of ["everysec", "no"]) {
  Deno.test(`disk full under ${policy}: MISCONF for writes and PING, reads go on, and it heals`, async () => {
    const disk = await startOnSmallDisk(policy);
    try {
      const { server } = disk;
      const client = await server.connect();
      const { count, error } = await writeUntilRefused(client);
      assert.match(`-${error}`, MISCONF);
      assert.ok(count > 100);
      assert.match(await client.ask("PING"), MISCONF);
      for (const line of ["DEL k0", "RPUSH l a", "HSET h f v", "SADD s m", "ZADD z 1 m", "FLUSHALL"]) {
        assert.match(await client.ask(line), MISCONF);
      }
      assert.equal(textOf(await client.command("GET", "k0")), VALUE);
      assert.match(
        server.log(),
        /(Error|Short write) writing to the AOF file|Short write while writing to the AOF file/,
      );
      disk.makeRoom();
      await eventually("writes are taken again", async () => await client.ask("SET healed yes") === "+OK");
      assert.equal(await client.ask("PING"), "+PONG");
      assert.match(server.log(), /AOF write error looks solved, Redis can write again\./);
      await writtenOut(client);
      await server.kill();
      await server.restart();
      const again = await server.connect();
      assert.equal(await again.ask("GET healed"), "$yes");
      const present = await again.pipeline(Array.from({ length: count }, (_, i) => ["STRLEN", `k${i}`]));
      assert.deepEqual(present.filter((reply) => textOf(reply) !== String(VALUE.length)), []);
    } finally {
      await disk.release();
    }
  });
}

Deno.test("disk full under always: the server ends without answering, and loads what it answered", async () => {
  const disk = await startOnSmallDisk("always");
  try {
    const { server } = disk;
    const { count, error } = await writeUntilRefused(await server.connect());
    assert.equal(error, "");
    assert.ok(count > 100);
    assert.deepEqual(await server.process.ended(), { code: 1, signal: null });
    assert.match(
      server.log(),
      /Can't recover from AOF write error when the AOF fsync policy is 'always'\. Exiting\.\.\./,
    );
    if (disk.stillFull) disk.makeRoom();
    await server.restart();
    const again = await server.connect();
    const present = await again.pipeline(Array.from({ length: count }, (_, i) => ["STRLEN", `k${i}`]));
    assert.deepEqual(present.filter((reply) => textOf(reply) !== String(VALUE.length)), []);
  } finally {
    await disk.release();
  }
});

Deno.test("disk full: BGREWRITEAOF and BGSAVE fail without harm, and work when there is room", async () => {
  const disk = await startOnSmallDisk("everysec");
  try {
    const { server } = disk;
    const client = await server.connect();
    await writeIncompressible(client);
    await writtenOut(client);
    const before = await readDataset(client);
    disk.tighten();
    for (let i = 0; i < 2; i++) {
      assert.equal(await rewrite(client), "err");
      assert.match(
        server.log(),
        /Write error writing append only file on disk: (No space left on device|File too large)/,
      );
      assert.match(await client.ask("BGSAVE"), /^\+Background saving started/);
      await eventually(
        "it has failed",
        async () => await infoField(client, "rdb_bgsave_in_progress") === "0",
      );
      assert.equal(await infoField(client, "rdb_last_bgsave_status"), "err");
      assert.match(
        server.log(),
        /Write error while saving DB to the disk\(rdbSaveRio\): (No space left|File too large)/,
      );
      assert.deepEqual(readdirSync(server.dir).filter((name) => /^(temp-|dump)/.test(name)), []);
    }
    assert.equal(await infoField(client, "aof_rewrites_consecutive_failures"), "2");
    assert.deepEqual(differences(await readDataset(client), before), []);
    disk.makeRoom();
    await eventually("writes are taken", async () => await client.ask("SET room yes") === "+OK");
    assert.equal(await rewrite(client), "ok");
    assert.match(await client.ask("BGSAVE"), /^\+Background saving started/);
    await eventually("it is saved", async () => await infoField(client, "rdb_bgsave_in_progress") === "0");
    assert.equal(await infoField(client, "rdb_last_bgsave_status"), "ok");
    await writtenOut(client);
    await server.kill();
    await server.restart();
    const after = await readDataset(await server.connect());
    assert.equal(after.delete("0:room"), true);
    assert.deepEqual(differences(after, before), []);
  } finally {
    await disk.release();
  }
});

Deno.test("disk full in a rewrite: a kill leaves the old file whole, and nothing else after the next start", async () => {
  const disk = await startOnSmallDisk("always");
  try {
    const { server } = disk;
    const client = await server.connect();
    await writeIncompressible(client);
    const before = await readDataset(client);
    disk.tighten();
    const child = await rewriteHeld(server, client);
    process.kill(child, "SIGKILL");
    await server.kill();
    await server.restart();
    assert.deepEqual(readdirSync(server.dir).filter((name) => name.startsWith("temp-")), []);
    assert.deepEqual(differences(await readDataset(await server.connect()), before), []);
  } finally {
    await disk.release();
  }
});

/** About 300 KB of all types that no compression makes smaller. */
async function writeIncompressible(client: Client): Promise<void> {
  const random = new Random(1);
  const text = (): string => Array.from({ length: 16 }, () => random.below(2 ** 30).toString(36)).join("");
  for (let i = 0; i < 500; i++) {
    const commands = [["SET", `s${i}`, text()], ["RPUSH", "l", text()], ["HSET", "h", text(), text()]];
    commands.push(["SADD", "t", text()], ["ZADD", "z", String(i), text()]);
    for (const reply of await client.pipeline(commands)) assert.notEqual(reply.type, "error");
  }
}
