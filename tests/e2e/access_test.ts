/** Who may come in, and where: passwords, what strangers may send, Unix sockets, port 0, protected mode. */

import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { rmSync } from "node:fs";
import { Client } from "../support/client.ts";
import { commandText, textOf } from "../support/resp.ts";
import { freshDir, TestServer } from "../support/server.ts";

const PASSWORD = ["--requirepass", "secret word"];

Deno.test("requirepass: nothing but AUTH, HELLO, QUIT and RESET before the password", async () => {
  await using server = await TestServer.start({ args: PASSWORD, password: "secret word" });
  const client = await server.connect();
  for (const line of ["GET k", "PING", "SET k v", "MULTI", "CONFIG GET *", "NOSUCH"]) {
    const reply = await client.ask(line);
    if (line === "NOSUCH") assert.match(reply, /^-(NOAUTH Authentication required\.|ERR unknown command)/);
    else assert.equal(reply, "-NOAUTH Authentication required.", line);
  }
  assert.equal(
    await client.ask("HELLO 3"),
    "-NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> " +
      "<pass> option can be used to authenticate the client and select the RESP protocol version at the same time",
  );
  assert.equal(
    await client.ask("AUTH wrong"),
    "-WRONGPASS invalid username-password pair or user is disabled.",
  );
  assert.equal(textOf(await client.command("AUTH", "default", "secret word")), "OK");
  assert.equal(await client.ask("PING"), "+PONG");
  assert.equal(await client.ask("RESET"), "+RESET");
  assert.equal(await client.ask("PING"), "-NOAUTH Authentication required.");
});

Deno.test("requirepass: HELLO 3 AUTH lets in and switches at once", async () => {
  await using server = await TestServer.start({ args: PASSWORD, password: "secret word" });
  const client = await server.connect();
  assert.equal((await client.command("HELLO", "3", "AUTH", "default", "secret word")).type, "map");
  assert.equal(await client.ask("GET nothing"), "_");
});

Deno.test("requirepass: a stranger's large requests are refused before they are read", async () => {
  await using server = await TestServer.start({ args: PASSWORD, password: "secret word" });
  const many = await server.connect();
  await many.send("*11\r\n");
  assert.equal(await many.untilClosed(), "-ERR Protocol error: unauthenticated multibulk length\r\n");
  const big = await server.connect();
  await big.send("*1\r\n$16385\r\n");
  assert.equal(await big.untilClosed(), "-ERR Protocol error: unauthenticated bulk length\r\n");
  const fine = await server.connect();
  await fine.send(commandText(["ECHO", "x".repeat(16384)]));
  assert.equal(await fine.rawReply(), "-NOAUTH Authentication required.\r\n");
});

Deno.test("requirepass: AUTH without a password configured says so; CONFIG SET requirepass takes effect", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  assert.equal(
    await client.ask("AUTH x"),
    "-ERR AUTH <password> called without any password configured for the default user. Are you sure your " +
      "configuration is correct?",
  );
  assert.equal(await client.ask("CONFIG SET requirepass pw"), "+OK");
  assert.equal(await client.ask("PING"), "+PONG");
  const other = await server.connect();
  assert.equal(await other.ask("PING"), "-NOAUTH Authentication required.");
  assert.equal(await other.ask("AUTH pw"), "+OK");
  assert.equal(await other.ask("PING"), "+PONG");
});

Deno.test("unixsocket: served with port 0, with the permissions asked for, removed at the end", async () => {
  const dir = freshDir();
  try {
    const socketPath = `${dir}/v.sock`;
    await using server = await TestServer.start({ dir, socketPath, args: ["--unixsocketperm", "700"] });
    assert.equal(statSync(socketPath).mode & 0o777, 0o700);
    const client = await server.connect();
    assert.equal(await client.ask("SET k v"), "+OK");
    assert.equal(await client.ask("GET k"), "$v");
    assert.match(textOf(await client.command("CLIENT", "LIST")), /addr=\S+v\.sock:0 /);
    await server.kill();
    await server.restart(); // a stale socket file is in the way
    const again = await server.connect();
    assert.equal(await again.ask("PING"), "+PONG");
    assert.deepEqual(await server.terminate(), { code: 0, signal: null });
    assert.throws(() => statSync(socketPath));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

Deno.test("unixsocket: beside a TCP port both are served", async () => {
  const dir = freshDir();
  try {
    await using server = await TestServer.start({ dir, args: ["--unixsocket", `${dir}/v.sock`] });
    using unix = await Client.connect({ path: `${dir}/v.sock` });
    const tcp = await server.connect();
    assert.equal(await unix.ask("SET k v"), "+OK");
    assert.equal(await tcp.ask("GET k"), "$v");
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
