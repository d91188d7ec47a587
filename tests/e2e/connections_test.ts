/** Connections: many, slow, half-closed, reset, refused, idle; none may hurt another. */

import assert from "node:assert/strict";
import { Client, eventually, sleep } from "../support/client.ts";
import { commandText, encodeCommands, pairsOf, textOf } from "../support/resp.ts";
import { TestServer } from "../support/server.ts";

/** One field of INFO clients. */
async function connectedClients(client: Client): Promise<number> {
  const info = textOf(await client.command("INFO", "clients"));
  return Number(/^connected_clients:(\d+)\r$/m.exec(info)?.[1]);
}

Deno.test("connections: 1,000 at once are all served", async () => {
  await using server = await TestServer.start();
  const clients = await Promise.all(Array.from({ length: 1000 }, () => server.connect()));
  await Promise.all(clients.map(async (client, i) => {
    const replies = await client.pipeline([["SET", `k${i}`, `v${i}`], ["GET", `k${i}`]]);
    assert.deepEqual(replies.map(textOf), ["OK", `v${i}`]);
  }));
  assert.equal(await clients[0].ask("DBSIZE"), ":1000");
  assert.equal(await connectedClients(clients[0]), 1000);
  for (const client of clients.slice(1)) client.close();
  await eventually("closed connections are forgotten", async () => await connectedClients(clients[0]) === 1);
});

Deno.test("connections: beyond maxclients the reply is an error and the connection closes", async () => {
  await using server = await TestServer.start({ args: ["--maxclients", "3"] });
  const clients: Client[] = [];
  for (let i = 0; i < 3; i++) {
    clients.push(await server.connect());
    assert.equal(await clients[i].ask("PING"), "+PONG");
  }
  const fourth = await server.connect();
  assert.equal(await fourth.untilClosed(), "-ERR max number of clients reached\r\n");
  clients[0].close();
  await eventually("a place is free again", async () => await connectedClients(clients[1]) === 2);
  const fifth = await server.connect();
  assert.equal(await fifth.ask("PING"), "+PONG");
});

Deno.test("connections: a peer that half-closes after its commands gets every reply, then the end", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  const commands: string[][] = [];
  for (let i = 0; i < 2000; i++) commands.push(["SET", `k${i}`, "x".repeat(500)], ["GET", `k${i}`]);
  const sent = client.send(encodeCommands(commands)).then(() => client.endWriting());
  const replies = await client.replies(commands.length);
  await sent;
  assert.equal(textOf(replies[replies.length - 1]), "x".repeat(500));
  assert.equal(await client.untilClosed(), "");
});

Deno.test("connections: a request cut off by the end of the stream is not executed", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  await client.send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nab");
  await client.endWriting();
  assert.equal(await client.untilClosed(), "");
  const other = await server.connect();
  assert.equal(await other.ask("EXISTS k"), ":0");
});

Deno.test("connections: a reset in the middle of a large reply harms nobody", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  await client.command("SET", "big", "x".repeat(8 << 20));
  for (let i = 0; i < 5; i++) {
    const rude = await Client.connect({ port: server.port });
    await rude.send(encodeCommands([["GET", "big"], ["GET", "big"], ["GET", "big"]]));
    await rude.rawBytes(100);
    rude.close(); // with bytes unread: a RST
    assert.equal(await client.ask("PING"), "+PONG");
  }
  await eventually("reset connections are forgotten", async () => await connectedClients(client) === 1);
  assert.equal(await client.ask("STRLEN big"), `:${8 << 20}`);
});

Deno.test("connections: a peer that reads slowly gets everything in order, and delays nobody", async () => {
  await using server = await TestServer.start();
  const slow = await server.connect();
  const quick = await server.connect();
  await quick.command("SET", "big", "0123456789abcdef".repeat(16384)); // 256 KiB
  const count = 200;
  const commands: string[][] = [];
  for (let i = 0; i < count; i++) commands.push(["ECHO", `n${i}`], ["GET", "big"]);
  const sent = slow.send(encodeCommands(commands));
  for (let i = 0; i < 50; i++) assert.equal(await quick.ask("PING"), "+PONG");
  for (let i = 0; i < count; i++) {
    assert.equal(textOf(await slow.reply()), `n${i}`);
    assert.equal(textOf(await slow.reply()).length, 256 * 1024);
    if (i % 40 === 0) await sleep(20);
  }
  await sent;
});

Deno.test("connections: garbage on the port neither crashes nor blocks the server", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  let state = 12345;
  const random = () => (state = Math.imul(state, 1103515245) + 12345 >>> 0) >>> 16;
  for (let i = 0; i < 200; i++) {
    const garbage = Uint8Array.from({ length: 1 + random() % 3000 }, () => random() & 255);
    if (i % 3 === 0) garbage.set([42, 51, 13, 10, 36], 0);
    using rude = await Client.connect({ port: server.port });
    await rude.send(garbage).catch(() => {});
    if (i % 2 === 0) await rude.endWriting().catch(() => {});
    else rude.close();
  }
  assert.equal(await client.ask("PING"), "+PONG");
});

Deno.test("connections: an idle client is closed after timeout, an active one is not", async () => {
  await using server = await TestServer.start({ args: ["--timeout", "1"] });
  const idle = await server.connect();
  const active = await server.connect();
  assert.equal(await idle.ask("PING"), "+PONG");
  let closed = false;
  const ended = idle.untilClosed().then((rest) => {
    closed = true;
    assert.equal(rest, "");
  });
  await eventually("the idle client is closed", async () => {
    assert.equal(await active.ask("PING"), "+PONG");
    await sleep(50);
    return closed;
  });
  await ended;
  assert.equal(await active.ask("PING"), "+PONG");
});

Deno.test("connections: CLIENT KILL ends another's connection, CLIENT LIST shows who is there", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  const other = await server.connect();
  const id = textOf(await other.command("CLIENT", "ID"));
  assert.match(textOf(await client.command("CLIENT", "LIST")), new RegExp(`^id=${id} `, "m"));
  assert.equal(await client.ask(`CLIENT KILL ID ${id}`), ":1");
  assert.equal(await other.untilClosed(), "");
  assert.equal(await client.ask("PING"), "+PONG");
});

Deno.test("connections: QUIT answers OK after what came before it, and nothing after", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  await client.send(encodeCommands([["SET", "k", "v"], ["QUIT"], ["SET", "k", "w"]]));
  assert.equal(await client.untilClosed(), "+OK\r\n+OK\r\n");
  const other = await server.connect();
  assert.equal(await other.ask("GET k"), "$v");
});

Deno.test("connections: MONITOR shows what others do", async () => {
  await using server = await TestServer.start();
  const monitor = await server.connect();
  const client = await server.connect();
  assert.equal(await monitor.ask("MONITOR"), "+OK");
  assert.equal(textOf(await client.command("SET", "k", 'a "quoted" \x01\r\nvalue')), "OK");
  const line = textOf(await monitor.reply());
  assert.match(line, /^\d+\.\d{6} \[0 127\.0\.0\.1:\d+\] "SET" "k" "a \\"quoted\\" \\x01\\r\\nvalue"$/);
});

Deno.test("connections: CLIENT REPLY OFF and SKIP", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  await client.send(
    ["CLIENT REPLY SKIP", "SET a 1", "GET a", "CLIENT REPLY OFF", "SET a 2", "CLIENT REPLY ON", "GET a"]
      .map((line) => commandText(line.split(" "))).join(""),
  );
  assert.deepEqual((await client.replies(3)).map(textOf), ["1", "OK", "2"]);
});

Deno.test("connections: CONFIG SET maxclients and GET go together", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  assert.equal(await client.ask("CONFIG SET maxclients 77"), "+OK");
  const pairs = pairsOf(await client.command("CONFIG", "GET", "maxclients"));
  assert.deepEqual(pairs.map((pair) => pair.map(textOf)), [["maxclients", "77"]]);
});
