/**
 * Commands of a pipeline are logged together where they can be (lib/server/propagation.ts): the AOF, what rewrites
 * see and what WAITAOF knows are those of the same commands one by one.
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { type FakeConn, ServerWorld } from "../support/server_world.ts";

const PAST_MS = 1_600_000_000_000;
/** Longer than requests that are logged together. */
const LONG = "long".repeat(300);

/** Brief writes and reads, and everything that comes between them in the log. */
const COMMANDS = [
  ...["SET k v", "SET l w", "INCR n", "LPUSH list a b", "SADD set a b c", "HSET h f v", "ZADD z 1 a"],
  ...["GET k", "LPOP list", "ZPOPMIN z", "SPOP set", "SET k v EX 100", `SET gone v PXAT ${PAST_MS}`],
  ...["GET gone", "DEL k l", "EXPIRE k 100", "INCR k", "RPUSH waited x", "SELECT 1", "SELECT 0"],
  ...["MULTI", "EXEC", "DISCARD", `SET long ${LONG}`, "FLUSHALL", "SUNIONSTORE s set", "RENAME k m"],
  ...["CONFIG SET aof-timestamp-enabled yes", "CLIENT NO-EVICT on", "PING", "NOSUCH", "SET", "WAIT 0 0"],
  ...["CONFIG SET appendonly no", "CONFIG SET appendonly yes", "BGREWRITEAOF"],
];

async function worldWithWaiter(): Promise<[ServerWorld, FakeConn]> {
  const world = await new ServerWorld(["appendfsync no", 'save ""']).start();
  world.connect().ask("BLPOP waited 0");
  return [world, world.connect()];
}

Deno.test("runs: a pipeline is logged as its commands one by one", async () => {
  const lines = fc.array(fc.constantFrom(...COMMANDS), { minLength: 4, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(lines, async (commands) => {
      const [alone, aloneConn] = await worldWithWaiter();
      const expected = commands.map((command) => aloneConn.ask(command)).join("");
      const [together, togetherConn] = await worldWithWaiter();
      assert.equal(togetherConn.ask(...commands), expected);
      assert.equal(together.aof(), alone.aof());
      assert.equal(together.server.aof.writeOffset, alone.server.aof.writeOffset);
      if (!alone.server.persistence.rewrite.active) return;
      await alone.finishChild();
      await together.finishChild();
      assert.equal(together.aof(), alone.aof());
    }),
    { numRuns: 150 },
  );
});

Deno.test("runs: WAITAOF behind a pipeline of writes waits for the last of them", async () => {
  const world = await new ServerWorld(["appendfsync everysec"]).start();
  const conn = world.connect();
  conn.ask("SET warm up");
  await world.settle();
  world.nowMs += 2000;
  const writes = Array<string>(8).fill("SET key value");
  assert.equal(conn.ask(...writes, "WAITAOF 1 0 0"), "+OK\r\n".repeat(8));
  world.tick();
  await world.settle();
  assert.equal(conn.take(), "*2\r\n:1\r\n:0\r\n");
});

Deno.test("runs: what a pipeline wrote before BGREWRITEAOF is in the snapshot, what it wrote after in the diff", async () => {
  const world = await new ServerWorld(["appendfsync no", "aof-use-rdb-preamble no"]).start();
  const conn = world.connect();
  const increments = Array<string>(8).fill("INCR n");
  conn.ask(...increments, "BGREWRITEAOF", ...increments);
  await world.finishChild();
  assert.equal(world.aof().match(/SET\r\n\$1\r\nn\r\n\$1\r\n8/g)?.length, 1);
  assert.equal(world.aof().match(/INCR/g)?.length, 8);
});
