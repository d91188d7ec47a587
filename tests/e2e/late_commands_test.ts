/** Commands whose modules are loaded behind the first clients: whoever comes too early waits, and nobody notices. */

import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../support/client.ts";
import { encodeCommands, itemsOf, latin1, replyText, textOf } from "../support/resp.ts";
import { freshDir, TestServer } from "../support/server.ts";

const OPTIONS = { args: ["--enable-debug-command", "yes"] };

/** What each may be asked at once after the start. */
const FIRST: readonly (readonly [command: string, reply: RegExp])[] = [
  ["COMMAND DOCS get", /summary/],
  ["DEBUG SLEEP 0", /^\+OK$/],
  ["LATENCY HISTOGRAM get", /^\*/],
  ["LCS a b", /^\$/],
  ["MEMORY DOCTOR", /memory/],
];

for (const [command, reply] of FIRST) {
  Deno.test(`late commands: ${command} as the first command of a server`, async () => {
    await using server = await TestServer.start(OPTIONS);
    const client = await server.connect();
    assert.match(await client.ask(command), reply);
  });
}

Deno.test("late commands: requests behind one keep their order; MULTI takes one", async () => {
  await using server = await TestServer.start(OPTIONS);
  const client = await server.connect();
  const replies = await client.pipeline([
    ["SET", "a", "ohmytext"],
    ["LCS", "a", "a"],
    ["SET", "a", "mynewtext"],
    ["MULTI"],
    ["LCS", "a", "a", "LEN"],
    ["DEBUG", "STRINGMATCH-LEN", "1", "x"],
    ["EXEC"],
    ["GET", "a"],
  ]);
  assert.deepEqual(replies.slice(0, 4).map(replyText), ["+OK", "$ohmytext", "+OK", "+OK"]);
  assert.equal(replyText(itemsOf(replies[6])[0]), ":9");
  assert.equal(textOf(replies[7]), "mynewtext");
});

Deno.test("late commands: one in the append-only file is replayed", async () => {
  const dir = freshDir();
  try {
    const file = encodeCommands([["SELECT", "0"], ["SET", "a", "x"], ["LCS", "a", "a"], ["SET", "b", "y"]]);
    writeFileSync(join(dir, "appendonly.aof"), latin1(file), "latin1");
    await using server = await TestServer.start({ ...OPTIONS, dir });
    const client = await server.connect();
    assert.equal(await client.ask("MGET a b"), "*[$x, $y]");
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

Deno.test("late commands: who is shown as blocked can be unblocked, from the first moment on", async () => {
  for (let round = 0; round < 3; round++) {
    await using server = await TestServer.start();
    const [waiting, client] = await Promise.all([server.connect(), server.connect()]);
    const id = (await waiting.ask("CLIENT ID")).slice(1);
    await waiting.send(encodeCommands([["BLPOP", "queue", "0"]]));
    let line = "";
    await eventually("it is blocked", async () => {
      line = textOf(await client.command("CLIENT", "LIST", "ID", id));
      return / flags=b /.test(line);
    });
    assert.equal(await client.ask(`CLIENT UNBLOCK ${id}`), ":1", line);
    assert.equal(replyText(await waiting.reply()), "*nil");
  }
});
