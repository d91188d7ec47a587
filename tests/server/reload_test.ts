/** DEBUG RELOAD of a file that is corrupt. */

import assert from "node:assert/strict";
import { latin1 } from "../../lib/base/ascii.ts";
import { verifyKeyspace } from "../../lib/keyspace/verify.ts";
import { ServerWorld } from "../support/server_world.ts";

Deno.test("reload: of a value that turns out to be corrupt nothing is kept, and all bytes are accounted for", async () => {
  const world = await new ServerWorld([
    "appendonly no",
    "enable-debug-command yes",
    'save ""',
    "rdbchecksum no",
  ]).start();
  const conn = world.connect();
  const members = Array.from({ length: 300 }, (_, i) => `${i} member:${i}`).join(" ");
  assert.equal(conn.ask(`ZADD key ${members}`, "SAVE"), ":300\r\n+OK\r\n");
  const bytes = world.fs.contents("/data/dump.rdb").slice();
  // The score of one of the last members becomes a NaN.
  const name = "member:290";
  const score = latin1(bytes, 0, bytes.length).indexOf(name) + name.length;
  bytes.fill(0xff, score, score + 8);
  const file = world.fs.openAppend("/data/dump.rdb", { create: true, truncate: true });
  file.write(bytes, 0, bytes.length);
  file.close();
  conn.receive("DEBUG RELOAD NOSAVE");
  // The modules that read RDB are imported first.
  while (conn.sent === "") {
    await new Promise((resolve) => setTimeout(resolve, 1));
    await world.settle();
  }
  assert.match(conn.take(), /^-ERR Error trying to load the RDB dump/);
  assert.ok(world.takeLog().some((line) => line.includes("score that is not a number")));
  assert.equal(conn.ask("DBSIZE"), ":0\r\n");
  verifyKeyspace(world.server.ks);
});
