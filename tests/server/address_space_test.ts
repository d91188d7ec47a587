/** The end of the arena's 16 GiB: commands that need memory are refused, whole; what frees memory still works. */

import assert from "node:assert/strict";
import { verifyKeyspace } from "../../lib/keyspace/verify.ts";
import { type FakeConn, ServerWorld } from "../support/server_world.ts";

const OOM = "-OOM command not allowed when used memory > 'maxmemory'.\r\n";
const MEGABYTE = 1 << 20;
const BLOCK_BYTES = 128 * 1024;
/** The arena of these tests, in chunks of a megabyte. */
const CHUNKS = 240;

/** A server with a key `k`, whose arena has only so many bytes left. */
async function nearlyFull(
  left: number,
): Promise<{ world: ServerWorld; conn: FakeConn; foreignBytes: number }> {
  const world = await new ServerWorld(["appendonly no", "client-query-buffer-limit 1gb"]).start();
  const conn = world.connect();
  conn.ask("SET k v");
  const { arena } = world.server.ks;
  arena.maxChunks = CHUNKS;
  const before = arena.usedBytes;
  while (arena.hasRoom(left)) for (let i = 0; i < 8; i++) arena.alloc(BLOCK_BYTES);
  return { world, conn, foreignBytes: arena.usedBytes - before };
}

Deno.test("address space: a large MSET, alone or in a transaction, is refused as a whole", async () => {
  const { world, conn, foreignBytes } = await nearlyFull(100 * MEGABYTE);
  const value = "v".repeat(60_000);
  const pairs = Array.from({ length: 1500 }, (_, i) => `key:${i} ${value}`);
  const large = `MSET ${pairs.join(" ")}`;
  assert.equal(conn.ask(large), OOM);
  assert.equal(conn.ask("SET small value"), "+OK\r\n");
  const commands = pairs.map((pair) => `SET ${pair}`);
  const replies = conn.ask("MULTI", ...commands, "EXEC").split("\r\n");
  assert.ok(replies.filter((reply) => reply === "+OK").length > 100);
  assert.equal(replies.filter((reply) => reply.startsWith("-OOM")).length > 100, true);
  verifyKeyspace(world.server.ks, foreignBytes);
});

Deno.test("address space: no write that may need memory takes the last of it, deleting goes on", async () => {
  const { world, conn } = await nearlyFull(66 * MEGABYTE);
  assert.equal(conn.ask("SET other value", "DEL other"), "+OK\r\n:1\r\n");
  const { arena } = world.server.ks;
  while (arena.hasRoom(60 * MEGABYTE)) arena.alloc(BLOCK_BYTES);
  assert.equal(conn.ask("SET other value"), OOM);
  assert.equal(conn.ask("EXPIRE k 1000", "PERSIST k"), ":1\r\n:1\r\n");
  while (arena.hasRoom(8 * MEGABYTE)) arena.alloc(BLOCK_BYTES);
  for (const line of ["SET k w", "EXPIRE k 1000", "RENAME k l", "GETEX k EX 10"]) {
    assert.equal(conn.ask(line), OOM);
  }
  assert.equal(conn.ask("GET k", "TTL k", "DEL k", "DBSIZE"), "$1\r\nv\r\n:-1\r\n:1\r\n:0\r\n");
  assert.equal(conn.ask("FLUSHALL", "CONFIG GET maxmemory").slice(0, 5), "+OK\r\n");
});

/** Fills `key` with 15,000 elements of some 1000 bytes, in several requests. */
function fillKey(conn: FakeConn, command: string, element: (i: number) => string): void {
  for (let at = 0; at < 15_000; at += 1000) {
    const elements = Array.from({ length: 1000 }, (_, i) => element(at + i));
    assert.doesNotMatch(conn.ask(`${command} ${elements.join(" ")}`), /^-/);
  }
}

Deno.test("address space: what would be made of large keys is refused before anything changes", async () => {
  const { world, conn, foreignBytes } = await nearlyFull(190 * MEGABYTE);
  const long = "x".repeat(1000);
  fillKey(conn, "SADD set", (i) => `${long}${i}`);
  fillKey(conn, "HSET hash", (i) => `field:${i} ${long}`);
  fillKey(conn, "GEOADD zset", (i) => `0.${i} 1 ${long}${i}`);
  fillKey(conn, "RPUSH list", (i) => `${long}${i}`);
  conn.ask(`SADD few ${long}1 ${long}2`, `ZADD zfew 1 ${long}1 2 ${long}2`, "SET other value");
  const { arena } = world.server.ks;
  const before = arena.usedBytes;
  while (arena.hasRoom(68 * MEGABYTE)) arena.alloc(BLOCK_BYTES);
  const foreign = foreignBytes + arena.usedBytes - before;
  for (
    const line of [
      "COPY set other REPLACE",
      "COPY hash other REPLACE",
      "COPY zset other REPLACE",
      "COPY list other REPLACE",
      "SUNIONSTORE other set few",
      "SINTERSTORE other set",
      "SDIFFSTORE other set few",
      "SUNION set few",
      "SDIFF set few few few few",
      "ZUNIONSTORE other 2 zset zfew",
      "ZINTERSTORE other 1 zset",
      "ZDIFFSTORE other 2 zset zfew",
      "ZUNION 2 set zset",
      "ZRANGESTORE other zset 0 -1",
      "GEOSEARCHSTORE other zset FROMLONLAT 0 1 BYRADIUS 1000 km",
      "SORT list ALPHA STORE other",
    ]
  ) {
    assert.equal(conn.ask(line).slice(0, OOM.length), OOM, line);
  }
  assert.equal(conn.ask("GET other"), "$5\r\nvalue\r\n");
  verifyKeyspace(world.server.ks, foreign);
  // Little of what is large is little.
  for (
    const line of [
      "SINTERSTORE other set few",
      "SDIFFSTORE other few none",
      "ZINTERSTORE other 2 zset zfew",
      "ZRANGESTORE other zset 0 1",
      "GEOSEARCHSTORE other zset FROMLONLAT 0 1 BYRADIUS 1000 km COUNT 2",
      "SORT list ALPHA LIMIT 0 2 STORE other",
    ]
  ) {
    assert.equal(conn.ask(line).slice(0, OOM.length), ":2\r\n", line);
  }
  verifyKeyspace(world.server.ks, foreign);
});

Deno.test("address space: a payload that is much larger than it looks is refused", async () => {
  const { world, conn, foreignBytes } = await nearlyFull(160 * MEGABYTE);
  const long = "x".repeat(30_000);
  for (let at = 0; at < 2000; at += 100) {
    conn.ask(`RPUSH list ${Array.from({ length: 100 }, (_, i) => `${long}${at + i}`).join(" ")}`);
  }
  const dump = conn.ask("DUMP list");
  const payload = dump.slice(dump.indexOf("\r\n") + 2, -2);
  assert.ok(payload.length < 2 * MEGABYTE, `${payload.length} bytes`);
  const restore = ["RESTORE", "copy", "0", payload];
  const request = `*4\r\n${restore.map((arg) => `$${arg.length}\r\n${arg}\r\n`).join("")}`;
  const bytes = Uint8Array.from(request, (char) => char.charCodeAt(0));
  world.server.connections.onData(conn, bytes, 0, bytes.length);
  world.endTurn();
  assert.equal(conn.take(), OOM);
  assert.equal(conn.ask("EXISTS copy", "LLEN list"), ":0\r\n:2000\r\n");
  while (world.server.ks.lazyFree.step(() => false));
  verifyKeyspace(world.server.ks, foreignBytes);
});
