/** Rewrites of the AOF, as tests start, hold and await them. */

import assert from "node:assert/strict";
import process from "node:process";
import { type Client, eventually, sleep } from "./client.ts";
import { childrenOf, commandLineOf, infoField, isAlive } from "./info.ts";
import { encodeCommands } from "./resp.ts";
import { type TestServer } from "./server.ts";

/** Enough data that a rewrite does not fit into a pipe. */
export const BIG_KEYS = 20_000;

/** Writes `count` keys of about 200 bytes each, every tenth with an expiry far away. */
export async function fill(client: Client, count = BIG_KEYS, prefix = "fill"): Promise<void> {
  const commands: string[][] = [];
  for (let i = 0; i < count; i++) {
    const command = ["SET", `${prefix}:${i}`, `${i}:`.repeat(200 / (String(i).length + 1))];
    if (i % 10 === 0) command.push("PX", "100000000");
    commands.push(command);
  }
  const replies = await client.exchange(encodeCommands(commands), count);
  assert.ok(replies.every((reply) => reply.type === "status"));
}

/** BGREWRITEAOF, and waits until it has ended. @returns the status that INFO tells */
export async function rewrite(client: Client): Promise<string> {
  assert.match(
    await client.ask("BGREWRITEAOF"),
    /^\+Background append only file rewriting (started|scheduled)$/,
  );
  return await rewriteEnd(client);
}

/** Waits until no rewrite runs or is scheduled. @returns the status that INFO tells */
export async function rewriteEnd(client: Client): Promise<string> {
  await eventually("the rewrite ends", async () => {
    return await infoField(client, "aof_rewrite_in_progress") === "0" &&
      await infoField(client, "aof_rewrite_scheduled") === "0";
  }, 60_000);
  return await infoField(client, "aof_last_bgrewrite_status");
}

/**
 * Starts a rewrite and stops its child with SIGSTOP as soon as it is there, so that the rewrite hangs half-way.
 * The data must be more than a pipe holds.
 * @returns the child's process id; the caller continues or kills it
 */
export async function rewriteHeld(server: TestServer, client: Client): Promise<number> {
  const child = await held(
    server,
    client,
    "BGREWRITEAOF",
    "+Background append only file rewriting started",
    "aof_rewrite_in_progress",
  );
  assert.equal(await infoField(client, "aof_rewrite_in_progress"), "1");
  return child;
}

/** As {@link rewriteHeld}, with BGSAVE. */
export async function saveHeld(server: TestServer, client: Client): Promise<number> {
  const child = await held(
    server,
    client,
    "BGSAVE",
    "+Background saving started",
    "rdb_bgsave_in_progress",
  );
  assert.equal(await infoField(client, "rdb_bgsave_in_progress"), "1");
  return child;
}

/** How often `/proc` is searched before the server is asked whether its child has come and gone. */
const SEARCHES = 50;

async function held(
  server: TestServer,
  client: Client,
  command: string,
  expected: string,
  progressField: string,
): Promise<number> {
  const deadline = performance.now() + 30_000;
  const own = commandLineOf(server.pid);
  for (;;) {
    const reply = client.ask(command);
    for (let searches = 1;; searches++) {
      // Stopped between fork and exec it would hold its parent's spawn up as well.
      const [child] = childrenOf(server.pid).filter((pid) => isAlive(pid) && commandLineOf(pid) !== own);
      if (child !== undefined) {
        process.kill(child, "SIGSTOP");
        assert.equal(await reply, expected);
        return child;
      }
      if (performance.now() > deadline) throw new Error("No child appeared");
      await sleep(1);
      if (searches % SEARCHES !== 0) continue;
      assert.equal(await reply, expected);
      // On a full disk it may have ended before it was seen: once more.
      if (await infoField(client, progressField) === "0") break;
    }
  }
}
