/** Pipelines, whose memory is fetched ahead, reply as the same commands one by one. */

import assert from "node:assert/strict";
import { replyText } from "../support/resp.ts";
import { TestServer } from "../support/server.ts";

/** More than any packed form holds. */
const MEMBERS = 1500;
/** Longer than what is hashed ahead. */
const LONG = "long".repeat(100);

/** Commands on one large hash, set and sorted set, and on a list and a string that the same words also fit. */
function commandsOn(prefix: string): string[][] {
  const commands: string[][] = [];
  for (let i = 0; i < MEMBERS; i++) {
    commands.push(["HSET", `${prefix}hash`, `f${i}`, `v${i}`], ["SADD", `${prefix}set`, `m${i}`]);
    commands.push(["ZADD", `${prefix}zset`, String(i % 50), `m${i}`], ["RPUSH", `${prefix}list`, `i${i}`]);
  }
  for (let i = 0; i < MEMBERS; i += 3) {
    const member = i % 30 === 0 ? LONG : `m${(i * 7) % (MEMBERS + 100)}`;
    commands.push(["SADD", `${prefix}set`, member], ["SREM", `${prefix}set`, member], [
      "SCARD",
      `${prefix}set`,
    ]);
    commands.push(["HSET", `${prefix}hash`, member, "x"], ["HGET", `${prefix}hash`, member]);
    commands.push(["HDEL", `${prefix}hash`, member], ["ZADD", `${prefix}zset`, "7", member]);
    commands.push(["ZINCRBY", `${prefix}zset`, "1", member], ["ZSCORE", `${prefix}zset`, member]);
    commands.push(["ZPOPMIN", `${prefix}zset`], ["ZPOPMAX", `${prefix}zset`], ["LPOP", `${prefix}list`]);
    commands.push(["SADD", `${prefix}list`, member], ["GETSET", `${prefix}text`, member]);
    if (i % 300 === 0) {
      commands.push(["RENAME", `${prefix}set`, `${prefix}set2`], ["COPY", `${prefix}set2`, `${prefix}set`]);
    }
  }
  return commands;
}

Deno.test("pipelines: on large collections they reply as single commands do", async () => {
  await using server = await TestServer.start({ args: ["--enable-debug-command", "yes"] });
  const client = await server.connect();
  const together = (await client.pipeline(commandsOn("a:"))).map(replyText);
  const alone: string[] = [];
  for (const command of commandsOn("b:")) alone.push(replyText(await client.command(...command)));
  assert.deepEqual(together, alone);
  for (const key of ["hash", "set", "zset", "list"]) {
    const digest = await client.ask(`DEBUG DIGEST-VALUE a:${key}`);
    assert.match(digest, /[0-9a-f]{40}/);
    assert.equal(digest, await client.ask(`DEBUG DIGEST-VALUE b:${key}`), key);
  }
});
