/** Keys of all types and forms, for tests that compare data before and after something. */

import assert from "node:assert/strict";
import { type Client } from "./client.ts";

/** Writes small and large strings, lists, sets, sorted sets and hashes into databases 0 and 3. */
export async function writeCollections(client: Client): Promise<void> {
  const commands: string[][] = [
    ["SET", "text", "value"],
    ["SET", "number", "12345"],
    ["SET", "long", "compressible ".repeat(500)],
    ["SET", "expiring", "v", "EX", "100000"],
    ["RPUSH", "list", "a", "-7", "c"],
    ["SADD", "ints", "1", "-2", "30000000000"],
    ["SADD", "set", "x", "y", ""],
    ["ZADD", "zset", "1", "one", "-inf", "least", "2.5", "two and a half"],
    ["HSET", "hash", "field", "value", "empty", "", "long", "v".repeat(3000)],
    ["EXPIRE", "hash", "100000"],
    ["RPUSH", "hugeitems", "i".repeat(70_000), "j".repeat(5000)],
    ["SELECT", "3"],
    ["SET", "elsewhere", "v"],
    ["SADD", "otherset", "m"],
    ["SELECT", "0"],
  ];
  for (let i = 0; i < 1500; i++) {
    commands.push(
      ["RPUSH", "longlist", `item:${i}`],
      ["SADD", "largeset", `member:${i}`],
      ["ZADD", "largezset", String(i % 7), `member:${i}`],
      ["HSET", "largehash", `field:${i}`, `value:${i}`],
    );
  }
  for (const reply of await client.pipeline(commands)) {
    assert.notEqual(reply.type, "error", JSON.stringify(reply, String));
  }
}
