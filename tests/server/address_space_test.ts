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
