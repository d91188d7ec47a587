/** Connection commands and what surrounds them: CLIENT, PAUSE, REPLY, UNBLOCK, WAIT, limits. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Client, eventually, sleep } from "../support/client.ts";
import { type Arg, commandText, encodeCommands, replyText, textOf } from "../support/resp.ts";
import { TestServer } from "../support/server.ts";

/** Sends lines as one pipeline; their replies are read by the caller. */
async function sendLines(client: Client, lines: readonly string[]): Promise<void> {
  await client.send(lines.map((line) => commandText(line.split(" "))).join(""));
}

/** The next replies, as `replyText` has them. */
async function texts(client: Client, count: number): Promise<string[]> {
  return (await client.replies(count)).map(replyText);
}

async function idOf(client: Client): Promise<string> {
  return textOf(await client.command("CLIENT", "ID"));
}

/** The fields of a line of CLIENT LIST. */
function fieldsOf(line: string): Map<string, string> {
  return new Map(
    line.trimEnd().split(" ").map((field) => {
      const equals = field.indexOf("=");
      return [field.slice(0, equals), field.slice(equals + 1)];
    }),
  );
}

async function flagsOf(client: Client, id: string): Promise<string | undefined> {
  return fieldsOf(textOf(await client.command("CLIENT", "LIST", "ID", id))).get("flags");
}

/** Waits until the client `id` is blocked. */
async function untilBlocked(client: Client, id: string): Promise<void> {
  await eventually(`client ${id} waits`, async () => (await flagsOf(client, id))?.includes("b") === true);
}

Deno.test("CLIENT INFO: all fields of Redis 7.2, in order", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  await client.command("HELLO", "3", "SETNAME", "joe");
  await client.ask("CLIENT SETINFO LIB-NAME lib");
  await client.ask("CLIENT SETINFO LIB-VER 1.2");
  await client.ask("SELECT 3");
  const reply = await client.command("CLIENT", "INFO");
  assert.equal(reply.type, "verbatim");
  const text = textOf(reply);
  assert.ok(text.endsWith("\n"));
  const fields = fieldsOf(text);
  assert.equal(
    [...fields.keys()].join(" "),
    "id addr laddr fd name age idle flags db sub psub ssub multi qbuf qbuf-free argv-mem multi-mem rbs rbp obl " +
      "oll omem tot-mem events cmd user redir resp lib-name lib-ver",
  );
  const shown = ["name", "flags", "db", "multi", "cmd", "user", "redir", "resp", "lib-name", "lib-ver"];
  assert.deepEqual(shown.map((name) => fields.get(name)), [
    ...["joe", "N", "3", "-1", "client|info", "default", "-1", "3", "lib", "1.2"],
  ]);
  assert.match(fields.get("laddr")!, new RegExp(`:${server.port}$`));
});

Deno.test("CLIENT LIST and INFO: the request being executed is in its own client's query buffer, in no other's", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  const other = await idOf(await server.connect());
  const buffers = (fields: Map<string, string>) => [fields.get("qbuf"), fields.get("argv-mem")];
  const info = fieldsOf(textOf(await client.command("CLIENT", "INFO")));
  assert.deepEqual(buffers(info), [String(commandText(["CLIENT", "INFO"]).length), "10"]);
  const lines = textOf(await client.command("CLIENT", "LIST")).trimEnd().split("\n").map(fieldsOf);
  for (const fields of lines) {
    const own = fields.get("id") !== other;
    assert.deepEqual(
      buffers(fields),
      own ? [String(commandText(["CLIENT", "LIST"]).length), "10"] : ["0", "0"],
    );
  }
  await client.send("CLIENT INFO\r\n");
  const [inline] = await client.replies(1);
  assert.equal(fieldsOf(textOf(inline)).get("qbuf"), "13");
});

Deno.test("query buffer: room for an argument that does not come is given back, and made again when it does", async () => {
  await using server = await TestServer.start({ args: ["--hz", "100"] });
  const client = await server.connect();
  const slow = await server.connect();
  const id = await idOf(slow);
  const room = async (): Promise<number> => {
    const fields = fieldsOf(textOf(await client.command("CLIENT", "LIST", "ID", id)));
    return Number(fields.get("qbuf")) + Number(fields.get("qbuf-free"));
  };
  const value = "v".repeat(1_000_000);
  const request = commandText(["SET", "k", value]);
  await slow.send(request.slice(0, 100));
  await eventually("there is room for all of it", async () => await room() >= value.length);
  await eventually("the room is given back", async () => await room() < 20_000);
  await slow.send(request.slice(100));
  assert.deepEqual(await texts(slow, 1), ["+OK"]);
  assert.equal(textOf(await client.command("GET", "k")), value);
});

Deno.test("CLIENT LIST: a transaction's commands and memory, and which clients are meant", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  const other = await server.connect();
  const id = await idOf(other);
  await sendLines(other, ["MULTI", "SET key value", "GET key"]);
  await texts(other, 3);
  const fields = fieldsOf(textOf(await client.command("CLIENT", "LIST", "ID", id, "999")));
  assert.equal(fields.get("flags"), "x");
  assert.equal(fields.get("multi"), "2");
  assert.equal(fields.get("multi-mem"), String("SETkeyvalueGETkey".length + 5 * 8));
  const lines = async (...args: Arg[]): Promise<number> =>
    textOf(await client.command("CLIENT", "LIST", ...args)).split("\n").length - 1;
  assert.equal(await lines(), 2);
  assert.equal(await lines("TYPE", "normal"), 2);
  assert.equal(await lines("TYPE", "pubsub"), 0);
  assert.equal(await client.ask("CLIENT LIST TYPE odd"), "-ERR Unknown client type 'odd'");
  assert.equal(await client.ask("CLIENT LIST ID x"), "-ERR Invalid client ID");
});

Deno.test("CLIENT KILL: old and new forms, others at once, oneself after the reply", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  const address = async (victim: Client): Promise<string> =>
    fieldsOf(textOf(await victim.command("CLIENT", "INFO"))).get("addr")!;
  const first = await server.connect();
  assert.equal(await client.ask(`CLIENT KILL ${await address(first)}`), "+OK");
  assert.equal(await first.untilClosed(), "");
  assert.equal(await client.ask("CLIENT KILL 1.2.3.4:5"), "-ERR No such client");
  const second = await server.connect();
  const secondAddress = await address(second);
  assert.equal(await client.ask(`CLIENT KILL ADDR ${secondAddress} TYPE pubsub`), ":0");
  assert.equal(await client.ask(`CLIENT KILL ADDR ${secondAddress} MAXAGE 1000`), ":0");
  assert.equal(await client.ask(`CLIENT KILL ADDR ${secondAddress} USER default TYPE normal`), ":1");
  assert.equal(await second.untilClosed(), "");
  assert.equal(await client.ask(`CLIENT KILL ID ${await idOf(client)}`), ":0");
  await sendLines(client, [`CLIENT KILL SKIPME no ID ${await idOf(client)}`, "SET k v"]);
  assert.equal(await client.untilClosed(), ":1\r\n");
  const last = await server.connect();
  assert.equal(await last.ask("GET k"), "$nil");
});

Deno.test("CLIENT REPLY: what is off or skipped is not sent, in and around transactions too", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  await sendLines(client, ["CLIENT REPLY OFF", "SET k 1", "NOSUCH", "CLIENT REPLY OFF", "CLIENT REPLY ON"]);
  await sendLines(client, ["CLIENT REPLY SKIP", "INCR k", "GET k", "CLIENT REPLY SKIP", "NOSUCH", "GET k"]);
  assert.deepEqual(await texts(client, 3), ["+OK", "$2", "$2"]);
  await sendLines(client, ["CLIENT REPLY SKIP", "CLIENT REPLY SKIP", "PING", "ECHO a"]);
  await sendLines(client, ["MULTI", "GET k", "CLIENT REPLY SKIP", "GET k", "EXEC", "GET k", "ECHO b"]);
  const replies = "+OK +QUEUED +QUEUED +QUEUED".split(" ");
  assert.deepEqual(await texts(client, 5), ["$a", ...replies]);
  // The skipped CLIENT REPLY SKIP replies nothing, so the array has one item less than it says.
  assert.equal(await client.rawBytes(4), "*3\r\n");
  assert.deepEqual(await texts(client, 3), ["$2", "$2", "$b"]);
  await sendLines(client, [
    "CLIENT REPLY OFF",
    "MULTI",
    "GET k",
    "CLIENT REPLY ON",
    "PING",
    "EXEC",
    "ECHO c",
  ]);
  assert.deepEqual(await texts(client, 3), ["+OK", "+PONG", "$c"]);
  await sendLines(client, [
    "CLIENT REPLY SKIP",
    "WAIT 1 30",
    "ECHO d",
    "CLIENT REPLY OFF",
    "RESET",
    "ECHO e",
  ]);
  assert.deepEqual(await texts(client, 3), ["$d", "+RESET", "$e"]);
});

Deno.test("CLIENT REPLY OFF: large replies leave nothing behind in other connections", async () => {
  await using server = await TestServer.start();
  const muted = await server.connect();
  const other = await server.connect();
  const big = "0123456789abcdef".repeat(2048);
  await other.command("SET", "big", big);
  await sendLines(muted, ["CLIENT REPLY OFF", "PING"]);
  for (let i = 0; i < 50; i++) {
    await sendLines(muted, ["MULTI", "GET big", "GET big", "GET big", "EXEC", "GET big"]);
    await sendLines(other, ["GET big", `ECHO n${i}`, "MULTI", "GET big", "GET big", "EXEC"]);
    const replies = await other.replies(6);
    assert.equal(textOf(replies[0]), big);
    assert.equal(textOf(replies[1]), `n${i}`);
    assert.equal(replyText(replies[5]), `*[$${big}, $${big}]`);
  }
  await sendLines(muted, ["CLIENT REPLY ON"]);
  assert.deepEqual(await texts(muted, 1), ["+OK"]);
});

Deno.test("CLIENT REPLY OFF and QUIT: the connection still closes", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  await sendLines(client, ["CLIENT REPLY OFF", "QUIT"]);
  assert.equal(await client.untilClosed(), "");
});

Deno.test("CLIENT PAUSE WRITE: writes wait in order, reads go on, UNPAUSE ends it", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  const writer = await server.connect();
  const id = await idOf(writer);
  assert.equal(await client.ask("CLIENT PAUSE 1000000 WRITE"), "+OK");
  await sendLines(writer, ["GET k", "SET k 1", "INCR k", "GET k"]);
  assert.deepEqual(await texts(writer, 1), ["$nil"]);
  await untilBlocked(client, id);
  assert.equal(await client.ask("GET k"), "$nil");
  assert.equal(await client.ask(`CLIENT UNBLOCK ${id}`), ":0");
  assert.equal(await client.ask("CLIENT UNPAUSE"), "+OK");
  assert.deepEqual(await texts(writer, 3), ["+OK", ":2", "$2"]);
});

Deno.test("CLIENT PAUSE: ALL holds everything until its time; the longer and stricter pause stays", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  const other = await server.connect();
  assert.equal(await client.ask("CLIENT PAUSE 300 ALL"), "+OK");
  const started = Date.now();
  await sendLines(client, ["CLIENT PAUSE 1 WRITE"]);
  assert.equal(await other.ask("PING"), "+PONG");
  assert.ok(Date.now() - started >= 200, "the pause was waited for");
  assert.deepEqual(await texts(client, 1), ["+OK"]);
});

Deno.test("CLIENT PAUSE in a transaction: the rest of it runs, then the pause begins", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  const writer = await server.connect();
  await sendLines(client, ["MULTI", "CLIENT PAUSE 1000000 WRITE", "SET k 1", "INCR k", "EXEC"]);
  assert.equal((await texts(client, 5))[4], "*[+OK, +OK, :2]");
  const id = await idOf(writer);
  await sendLines(writer, ["MULTI", "INCR k", "EXEC"]);
  await untilBlocked(client, id);
  assert.equal(await client.ask("GET k"), "$2");
  await client.ask("CLIENT UNPAUSE");
  assert.deepEqual(await texts(writer, 3), ["+OK", "+QUEUED", "*[:3]"]);
});

Deno.test("CLIENT PAUSE: nothing expires meanwhile, though expired keys are not seen", async () => {
  await using server = await TestServer.start({ args: ["--appendonly", "yes"] });
  const client = await server.connect();
  // Together: a server that is short of time could expire the key between them.
  const replies = await client.pipeline([["SET", "k", "v", "PX", 50], ["CLIENT", "PAUSE", 1000000, "WRITE"]]);
  assert.deepEqual(replies.map(replyText), ["+OK", "+OK"]);
  await sleep(400);
  assert.equal(await client.ask("GET k"), "$nil");
  assert.equal(await client.ask("RANDOMKEY"), "$k");
  assert.equal(await client.ask("DBSIZE"), ":1");
  assert.ok(!readFileSync(server.path("appendonly.aof"), "latin1").includes("DEL"));
  await client.ask("CLIENT UNPAUSE");
  await eventually("the key goes", async () => await client.ask("DBSIZE") === ":0");
  await eventually(
    "its DEL is logged",
    () => readFileSync(server.path("appendonly.aof"), "latin1").includes("DEL\r\n$1\r\nk\r\n"),
  );
});

Deno.test("CLIENT UNBLOCK: as timed out, or with an error; what came behind goes on", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  const waiter = await server.connect();
  const id = await idOf(waiter);
  const cases = [["WAIT 3 0", "", ":0"], ["WAIT 3 0", " ERROR", ""], [
    "WAITAOF 0 1 0",
    " TIMEOUT",
    "*[:1, :0]",
  ]];
  for (const [command, reason, reply] of cases) {
    await sendLines(waiter, [command, "ECHO next"]);
    await untilBlocked(client, id);
    assert.equal(await client.ask(`CLIENT UNBLOCK ${id}${reason}`), ":1");
    const expected = reply === "" ? "-UNBLOCKED client unblocked via CLIENT UNBLOCK" : reply;
    assert.deepEqual(await texts(waiter, 2), [expected, "$next"]);
  }
  assert.equal(await client.ask(`CLIENT UNBLOCK ${id}`), ":0");
});

Deno.test("WAIT: nobody to wait for, a timeout, and inside EXEC", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  assert.equal(await client.ask("WAIT 0 0"), ":0");
  assert.equal(await client.ask("WAIT -1 0"), ":0");
  const started = Date.now();
  assert.equal(await client.ask("WAIT 1 60"), ":0");
  assert.ok(Date.now() - started >= 55);
  await sendLines(client, ["MULTI", "WAIT 1 0", "WAITAOF 0 1 0", "EXEC"]);
  assert.equal((await texts(client, 4))[3], "*[:0, *[:1, :0]]");
});

for (const policy of ["always", "everysec"]) {
  Deno.test(`WAITAOF: answers when the write is on disk (${policy})`, async () => {
    await using server = await TestServer.start({ args: ["--appendonly", "yes", "--appendfsync", policy] });
    const client = await server.connect();
    assert.equal(await client.ask("WAITAOF 1 0 0"), "*[:1, :0]");
    for (let i = 0; i < 3; i++) {
      await sendLines(client, [`SET k ${i}`, "WAITAOF 1 0 0", "ECHO next"]);
      assert.deepEqual(await texts(client, 3), ["+OK", "*[:1, :0]", "$next"]);
    }
    assert.equal(await client.ask("WAITAOF 0 1 30"), "*[:1, :0]");
  });
}

Deno.test("WAITAOF: without fsync it times out; turning the AOF off ends it", async () => {
  await using server = await TestServer.start({ args: ["--appendonly", "yes", "--appendfsync", "no"] });
  const client = await server.connect();
  const other = await server.connect();
  await sendLines(client, ["SET k v", "WAITAOF 1 0 50"]);
  assert.deepEqual(await texts(client, 2), ["+OK", "*[:0, :0]"]);
  const id = await idOf(client);
  await sendLines(client, ["WAITAOF 1 0 0"]);
  await untilBlocked(other, id);
  assert.equal(await other.ask("CONFIG SET appendonly no"), "+OK");
  const off = "-ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.";
  assert.deepEqual(await texts(client, 1), [off]);
  assert.equal(await client.ask("WAITAOF 1 0 0"), off);
});

Deno.test("a blocked client whose peer goes is forgotten", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  for (const command of ["WAIT 1 0", "WAITAOF 0 1 0"]) {
    const waiter = await server.connect();
    const id = await idOf(waiter);
    await sendLines(waiter, [command]);
    await untilBlocked(client, id);
    waiter.close();
    await eventually("it is gone", async () => await client.ask(`CLIENT LIST ID ${id}`) === "$");
  }
  assert.equal(await client.ask("CLIENT PAUSE 1000000 WRITE"), "+OK");
  const writer = await server.connect();
  const id = await idOf(writer);
  await sendLines(writer, ["SET k v"]);
  await untilBlocked(client, id);
  await writer.endWriting();
  assert.equal(await writer.untilClosed(), "");
  await client.ask("CLIENT UNPAUSE");
  assert.equal(await client.ask("GET k"), "$nil");
});

Deno.test("RESET: everything that a connection has set, but for SETINFO", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  await client.command("HELLO", "3", "SETNAME", "joe");
  for (
    const line of ["CLIENT SETINFO LIB-NAME lib", "SELECT 2", "CLIENT NO-EVICT on", "CLIENT NO-TOUCH on"]
  ) {
    assert.equal(await client.ask(line), "+OK");
  }
  await sendLines(client, ["WATCH k", "MULTI", "SET k 1", "RESET", "GET k", "EXEC", "CLIENT GETNAME"]);
  assert.deepEqual(await texts(client, 7), [
    ...["+OK", "+OK", "+QUEUED", "+RESET", "$nil", "-ERR EXEC without MULTI", "$nil"],
  ]);
  const fields = fieldsOf(textOf(await client.command("CLIENT", "INFO")));
  assert.deepEqual(["db", "flags", "resp", "lib-name"].map((name) => fields.get(name)), [
    "0",
    "N",
    "2",
    "lib",
  ]);
});

Deno.test("client-output-buffer-limit: a peer that does not read is closed at the hard limit", async () => {
  await using server = await TestServer.start({
    args: ["--client-output-buffer-limit", "normal 1mb 0 0"],
  });
  const client = await server.connect();
  await client.command("SET", "big", "x".repeat(300_000));
  const lazy = await server.connect();
  const id = await idOf(lazy);
  const commands = Array.from({ length: 100 }, () => ["GET", "big"]);
  await lazy.send(encodeCommands(commands));
  await eventually("it is gone", async () => await client.ask(`CLIENT LIST ID ${id}`) === "$");
  assert.match(
    server.log(),
    new RegExp(`Client id=${id} .* scheduled to be closed ASAP for overcoming of output buffer limits\\.`),
  );
  assert.equal(await client.ask("PING"), "+PONG");
});

Deno.test("client-output-buffer-limit: the soft limit is for a time, and does not hit who reads", async () => {
  await using server = await TestServer.start({
    args: ["--client-output-buffer-limit", "normal 0 100kb 1"],
  });
  const client = await server.connect();
  await client.command("SET", "big", "x".repeat(3_000_000));
  const lazy = await server.connect();
  const id = await idOf(lazy);
  await lazy.send(encodeCommands(Array.from({ length: 10 }, () => ["GET", "big"])));
  for (let i = 0; i < 10; i++) {
    assert.equal(textOf(await client.command("GET", "big")).length, 3_000_000);
    await sleep(50);
  }
  await eventually("it is gone", async () => await client.ask(`CLIENT LIST ID ${id}`) === "$");
});

Deno.test("client-query-buffer-limit: a request that never ends is cut off", async () => {
  await using server = await TestServer.start({ args: ["--client-query-buffer-limit", "1mb"] });
  const client = await server.connect();
  const rude = await server.connect();
  await rude.send("*2\r\n$3\r\nGET\r\n$10000000\r\n");
  rude.send(new Uint8Array(3 << 20)).catch(() => {}); // it is cut off in the middle of it
  assert.equal(await rude.untilClosed(), "");
  assert.match(
    server.log(),
    /Closing client that reached max query buffer length: id=\d+ .* \(qbuf initial bytes: "\*2\\r\\n/,
  );
  assert.equal(await client.ask("PING"), "+PONG");
});

Deno.test("replies beyond 64 MiB: the client waits, reads everything in order, even half-closed", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  const size = 1 << 20;
  await client.command("SET", "big", "x".repeat(size));
  const lazy = await Client.connect({ port: server.port });
  const count = 150;
  const commands: string[][] = [];
  for (let i = 0; i < count; i++) commands.push(["GET", "big"], ["INCR", "counter"]);
  await lazy.send(encodeCommands(commands));
  await lazy.endWriting();
  await eventually("execution stops", async () => Number((await client.ask("GET counter")).slice(1)) >= 60);
  await sleep(100);
  assert.ok(Number((await client.ask("GET counter")).slice(1)) < 100);
  const prefix = `$${size}\r\n`.length;
  for (let i = 1; i <= count; i++) {
    await lazy.drain(prefix + size + 2, () => {});
    assert.equal(replyText(await lazy.reply()), `:${i}`);
  }
  assert.equal(await lazy.untilClosed(), "");
  lazy.close();
});
