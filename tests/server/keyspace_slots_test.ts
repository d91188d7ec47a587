/** Looking at a key never makes the keyspace remove another one. */

import assert from "node:assert/strict";
import { verifyKeyspace } from "../../lib/keyspace/verify.ts";
import { ServerWorld } from "../support/server_world.ts";

const OPTIONS = ["enable-debug-command yes", "appendonly no"];

for (
  const look of ["DEBUG OBJECT stays", "DEBUG SDSLEN stays", "DEBUG DIGEST-VALUE stays", "OBJECT FREQ stays"]
) {
  Deno.test(`keyspace: ${look} between a look-up and its key's active expiry`, async () => {
    const world = await new ServerWorld(OPTIONS).start();
    const conn = world.connect();
    conn.ask("SET goes 1 PX 1000", "SET stays 2", "GET goes", look);
    world.nowMs += 2000;
    world.server.openBatch();
    world.server.onTick(world.nowMs);
    world.endTurn();
    conn.take();
    assert.equal(conn.ask("GET stays", "DBSIZE"), "$1\r\n2\r\n:1\r\n");
    verifyKeyspace(world.server.ks);
  });
}
