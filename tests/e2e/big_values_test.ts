/** Values at and beyond the limits: 512 MB to and fro, and one byte more. */

import assert from "node:assert/strict";
import { TestServer } from "../support/server.ts";

const MB = 1 << 20;
const PIECE_BYTES = 4 * MB;

/** A piece whose content depends on its place, so that a shifted one is seen. */
function pieceAt(offset: number): Uint8Array<ArrayBuffer> {
  const piece = new Uint8Array(PIECE_BYTES);
  const view = new Uint32Array(piece.buffer);
  for (let i = 0; i < view.length; i++) view[i] = Math.imul(offset + i * 4, 2654435761) >>> 0;
  return piece;
}

Deno.test("big values: 512 MB in and out again, byte for byte", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  client.timeoutMs = 120_000;
  const size = 512 * MB;
  await client.send(`*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$${size}\r\n`);
  for (let at = 0; at < size; at += PIECE_BYTES) await client.send(pieceAt(at));
  await client.send("\r\n");
  assert.equal(await client.rawReply(), "+OK\r\n");
  assert.equal(await client.ask("STRLEN big"), `:${size}`);
  await client.send("*2\r\n$3\r\nGET\r\n$3\r\nbig\r\n");
  const head = `$${size}\r\n`;
  assert.equal(await client.rawBytes(head.length), head);
  let at = 0;
  let expected = pieceAt(0);
  await client.drain(size, (piece) => {
    for (let done = 0; done < piece.length;) {
      const from = at % PIECE_BYTES;
      if (from === 0) expected = pieceAt(at);
      const length = Math.min(piece.length - done, PIECE_BYTES - from);
      const same = indexOfDifference(piece, done, expected, from, length) < 0;
      assert.ok(same, `the bytes from ${at} on differ`);
      done += length;
      at += length;
    }
  });
  assert.equal(await client.rawBytes(2), "\r\n");
  assert.equal(await client.ask("DEL big"), ":1");
  assert.equal(await client.ask("PING"), "+PONG");
});

/** Where two ranges of one length differ first; -1 when they are equal. */
function indexOfDifference(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number, length: number): number {
  for (let i = 0; i < length; i++) if (a[aAt + i] !== b[bAt + i]) return i;
  return -1;
}

Deno.test("big values: one byte more than proto-max-bulk-len is refused, and the limit can be set", async () => {
  await using server = await TestServer.start({ args: ["--proto-max-bulk-len", "1mb"] });
  const client = await server.connect();
  assert.equal((await client.command("SET", "k", "x".repeat(MB))).type, "status");
  const refused = await server.connect();
  await refused.send(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${MB + 1}\r\n`);
  assert.equal(await refused.untilClosed(), "-ERR Protocol error: invalid bulk length\r\n");
  assert.equal(
    await client.ask("APPEND k x"),
    "-ERR string exceeds maximum allowed size (proto-max-bulk-len)",
  );
  assert.equal(await client.ask("STRLEN k"), `:${MB}`);
});

Deno.test("big values: sizes around powers of two survive a restart", async () => {
  await using server = await TestServer.start({ args: ["--appendonly", "yes"] });
  const client = await server.connect();
  const sizes: number[] = [];
  for (let power = 0; power <= 22; power++) sizes.push((1 << power) - 1, 1 << power, (1 << power) + 1);
  for (const size of sizes) {
    const reply = await client.command("SET", `k${size}`, String.fromCharCode(65 + size % 26).repeat(size));
    assert.equal(reply.type, "status");
  }
  await server.restart();
  const again = await server.connect();
  for (const size of sizes) {
    const reply = await again.command("GET", `k${size}`);
    assert.ok(
      reply.type === "bulk" && reply.text === String.fromCharCode(65 + size % 26).repeat(size),
      `size ${size}`,
    );
  }
});
