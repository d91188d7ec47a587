/** The wire: both protocols, inline commands, protocol errors, requests cut anywhere. */

import assert from "node:assert/strict";
import { Client } from "../support/client.ts";
import { bytesOf, commandText, encodeCommands, pairsOf, replyText, textOf } from "../support/resp.ts";
import { TestServer } from "../support/server.ts";

/** Sends `request` on a connection of its own. @returns every byte until the server closes */
async function untilClosed(server: TestServer, request: string): Promise<string> {
  using client = await Client.connect({ port: server.port });
  await client.send(bytesOf(request)).catch(() => {});
  return await client.untilClosed();
}

Deno.test("HELLO: switches the protocol, tells about the server, refuses other versions", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  const two = await client.command("HELLO");
  assert.equal(two.type, "array");
  assert.equal(await client.ask("GET nothing"), "$nil");
  const three = await client.command("HELLO", "3");
  assert.equal(three.type, "map");
  const fields = new Map(pairsOf(three).map(([name, value]) => [textOf(name), replyText(value)]));
  assert.deepEqual([...fields.keys()], ["server", "version", "proto", "id", "mode", "role", "modules"]);
  assert.equal(fields.get("server"), "$redis");
  assert.equal(fields.get("proto"), ":3");
  assert.equal(fields.get("mode"), "$standalone");
  assert.equal(fields.get("role"), "$master");
  assert.equal(fields.get("modules"), "*[]");
  assert.equal(await client.ask("GET nothing"), "_");
  assert.equal(await client.ask("HELLO 4"), "-NOPROTO unsupported protocol version");
  assert.equal(
    await client.ask("HELLO x"),
    "-ERR Protocol version is not an integer or out of range",
  );
  assert.equal(await client.ask("GET nothing"), "_");
  assert.equal((await client.command("HELLO", "2", "SETNAME", "joe")).type, "array");
  assert.equal(await client.ask("CLIENT GETNAME"), "$joe");
  assert.equal(await client.ask("GET nothing"), "$nil");
});

Deno.test("inline commands: words, quotes, escapes, empty lines", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  await client.send("PING\r\n");
  assert.equal(await client.rawReply(), "+PONG\r\n");
  await client.send("ping\n");
  assert.equal(await client.rawReply(), "+PONG\r\n");
  await client.send("\r\n\n  \r\n*0\r\n*-1\r\nECHO ok\r\n");
  assert.equal(await client.rawReply(), "$2\r\nok\r\n");
  await client.send(`SET "a key" 'it''s'\r\n`);
  assert.equal(await client.rawReply(), "-ERR Protocol error: unbalanced quotes in request\r\n");
  const next = await server.connect();
  await next.send(`SET "a\\tkey\\x41" 'it\\'s "so"'\r\n`);
  assert.equal(await next.rawReply(), "+OK\r\n");
  assert.equal(textOf(await next.command("GET", "a\tkeyA")), `it's "so"`);
});

Deno.test("protocol errors: Redis' words, then the connection closes", async () => {
  await using server = await TestServer.start();
  const cases: [string, string][] = [
    ["*x\r\n", "invalid multibulk length"],
    ["*2147483648\r\n", "invalid multibulk length"],
    ["*1\r\nPING\r\n", "expected '$', got 'P'"],
    ["*1\r\n:4\r\n", "expected '$', got ':'"],
    ["*1\r\n$-1\r\n", "invalid bulk length"],
    ["*1\r\n$x\r\n", "invalid bulk length"],
    ["*1\r\n$536870913\r\n", "invalid bulk length"],
    [`ECHO "a\r\n`, "unbalanced quotes in request"],
    [`ECHO 'a' 'b\r\n`, "unbalanced quotes in request"],
    [`*${"1".repeat(65 * 1024)}`, "too big mbulk count string"],
    [`*1\r\n$${"1".repeat(65 * 1024)}`, "too big bulk count string"],
    ["a".repeat(65 * 1024), "too big inline request"],
  ];
  for (const [request, text] of cases) {
    assert.equal(
      await untilClosed(server, request),
      `-ERR Protocol error: ${text}\r\n`,
      JSON.stringify(request.slice(0, 40)),
    );
  }
});

Deno.test("protocol errors: what came before in the same packet is answered", async () => {
  await using server = await TestServer.start();
  const request = commandText(["SET", "k", "v"]) + commandText(["GET", "k"]) + "*1\r\nbad\r\n";
  assert.equal(
    await untilClosed(server, request + commandText(["GET", "k"])),
    "+OK\r\n$1\r\nv\r\n-ERR Protocol error: expected '$', got 'b'\r\n",
  );
});

Deno.test("protocol: POST and Host: end the connection without a word", async () => {
  await using server = await TestServer.start();
  assert.equal(await untilClosed(server, "POST / HTTP/1.1\r\nHost: x\r\n\r\nSET k v\r\n"), "");
  assert.equal(await untilClosed(server, "Host: x\r\n"), "");
  const client = await server.connect();
  assert.equal(await client.ask("GET k"), "$nil");
});

Deno.test("protocol: lines of a request may end in any byte behind the CR", async () => {
  await using server = await TestServer.start({ args: ["--appendonly", "yes"] });
  const client = await server.connect();
  await client.send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nvXY*2\r\n$3\r\nGET\r\n$1\r\nkXY");
  assert.equal(await client.rawBytes(12), "+OK\r\n$1\r\nv\r\n");
  await server.restart();
  const again = await server.connect();
  assert.equal(await again.ask("GET k"), "$v");
});

const SAMPLE = [
  ["SET", "key", "a value with\r\nline breaks $5\r\n*3\r\n"],
  ["GET", "key"],
  ["SET", "", ""],
  ["GET", ""],
  ["MGET", "key", "", "none"],
  ["INCR", "counter"],
  ["ECHO", "x".repeat(120)],
  ["GET"],
  ["DEL", "key", "", "counter"],
];

Deno.test("protocol: a pipeline cut at every byte gets the same replies", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  const bytes = bytesOf(
    encodeText(SAMPLE) + `INCR counter\r\n ECHO "two words"\n` + encodeText([["DEL", "counter"]]),
  );
  const count = SAMPLE.length + 3;
  const whole = (await client.exchange(bytes, count)).map(replyText);
  assert.equal(whole[0], "+OK");
  assert.equal(whole[8], ":3");
  assert.equal(whole[10], "$two words");
  for (let cut = 1; cut < bytes.length; cut++) {
    await client.send(bytes.subarray(0, cut));
    // A command that the server answers by itself parts the two writes: the first piece has been read then.
    await Promise.resolve();
    await new Promise((done) => setTimeout(done, 0));
    const replies = (await client.exchange(bytes.subarray(cut), count)).map(replyText);
    assert.deepEqual(replies, whole, `cut at byte ${cut}`);
  }
});

Deno.test("protocol: a pipeline sent byte by byte gets the same replies", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  const bytes = bytesOf(encodeText(SAMPLE));
  const whole = (await client.exchange(bytes, SAMPLE.length)).map(replyText);
  for (let i = 0; i < bytes.length; i++) await client.send(bytes.subarray(i, i + 1));
  assert.deepEqual((await client.replies(SAMPLE.length)).map(replyText), whole);
});

Deno.test("protocol: 100,000 commands in one pipeline", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  const commands: string[][] = [];
  for (let i = 0; i < 50_000; i++) {
    commands.push(["SET", `key:${i % 1000}`, `value:${i}`], ["GET", `key:${i % 1000}`]);
  }
  const replies = await client.exchange(encodeCommands(commands), commands.length);
  for (let i = 0; i < 50_000; i++) {
    assert.equal(textOf(replies[2 * i]), "OK");
    assert.equal(textOf(replies[2 * i + 1]), `value:${i}`);
  }
  assert.equal(await client.ask("DBSIZE"), ":1000");
});

function encodeText(commands: readonly (readonly string[])[]): string {
  return commands.map(commandText).join("");
}
