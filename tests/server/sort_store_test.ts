/** A list that SORT has stored is the same after a restart, though sets come in another order then. */

import assert from "node:assert/strict";
import { ServerWorld } from "../support/server_world.ts";

/** A server whose hashes are not those of others. */
function otherHashes(world: ServerWorld): ServerWorld {
  (world.server.ks.entries as { seed0: number }).seed0 ^= 0x12345678;
  return world;
}

Deno.test("SORT STORE: members of a set with equal texts are replayed in the order that was stored", async () => {
  const world = await new ServerWorld().start();
  const conn = world.connect();
  const members = Array.from({ length: 3000 }, (_, i) => `member:${i}`);
  conn.ask(`SADD set ${members.join(" ")}`, "SET text_member:7 a", "SET equal b");
  const lists = ["whole", "some", "found", "few"];
  assert.equal(
    conn.ask(
      "SORT set BY text_* ALPHA STORE whole",
      "SORT set BY text_* ALPHA DESC LIMIT 0 5 STORE some",
      "SORT set BY text_* ALPHA GET equal GET # STORE found",
      "SET few value",
      "SORT set BY text_* ALPHA LIMIT 2990 100 STORE few",
    ),
    ":3000\r\n:5\r\n:6000\r\n+OK\r\n:10\r\n",
  );
  const look = lists.map((list) => `LRANGE ${list} 0 -1`);
  const before = conn.ask(...look);
  await world.settle();
  const again = await otherHashes(new ServerWorld([], world.fs.clone())).start();
  assert.equal(again.connect().ask("DBSIZE", ...look), `:7\r\n${before}`);
});

Deno.test("SORT STORE: what has one order is logged as it was typed", async () => {
  const world = await new ServerWorld().start();
  const conn = world.connect();
  conn.ask("SADD set a b c", "RPUSH list a b c", "SORT set ALPHA STORE d", "SORT list BY x* ALPHA STORE e");
  await world.settle();
  assert.match(world.aof(), /SORT\r\n\$3\r\nset.*SORT\r\n\$4\r\nlist/s);
});
