/** The socket port end to end: a server on the port under test, clients on node:net, both in this process. */

import assert from "node:assert/strict";
import fc from "fast-check";
import * as nodeFs from "node:fs";
import { type Conn, IoError, type ListenAddress, type NetHandler } from "../../lib/platform/types.ts";
import { Client, handler, platform, runFixture, startFixture, tempDir, test, until } from "./harness.ts";

const ANY: ListenAddress = { kind: "tcp", host: "127.0.0.1", port: 0, backlog: 511 };
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));

/** Serves `served` while `body` runs. */
async function serving(served: NetHandler, body: (port: number) => Promise<void>): Promise<void> {
  const listener = platform.listen(ANY, served);
  try {
    await body(listener.port);
  } finally {
    listener.close();
  }
}

/** Sends everything queued in order, one send at a time. */
class Sender {
  readonly #conn: Conn;
  #queue: Uint8Array[] = [];
  #busy = false;
  falseSends = 0;
  sentCalls = 0;

  constructor(conn: Conn) {
    this.#conn = conn;
  }

  push(piece: Uint8Array): void {
    this.#queue.push(piece);
    this.#pump();
  }

  onSent(): void {
    this.sentCalls++;
    assert.ok(this.#busy, "onSent without a send under way");
    this.#busy = false;
    this.#pump();
  }

  #pump(): void {
    while (!this.#busy && this.#queue.length > 0) {
      const piece = this.#queue.shift()!;
      this.#busy = !this.#conn.send(piece, 0, piece.length);
      if (this.#busy) this.falseSends++;
    }
  }
}

/** A handler that echoes what it receives. */
function echo() {
  const sender = (conn: Conn): Sender => conn.data as Sender;
  return handler({
    onOpen: (conn) => conn.data = new Sender(conn),
    onData: (conn, buf, start, end) => sender(conn).push(buf.slice(start, end)),
    onSent: (conn) => sender(conn).onSent(),
  });
}

/** Bytes that tell their own position. */
function counted(length: number): Uint8Array {
  const words = new Uint32Array(length / 4);
  for (let i = 0; i < words.length; i++) words[i] = i;
  return new Uint8Array(words.buffer);
}

function assertCounted(pieces: readonly Uint8Array[], length: number): void {
  const all = Buffer.concat(pieces);
  assert.equal(all.length, length);
  assert.equal(Buffer.compare(all, counted(length)), 0, "bytes differ or are out of order");
}

test("A connection has addresses and echoes", async () => {
  let seen: Conn | undefined;
  const served = echo();
  const open = served.onOpen;
  served.onOpen = (conn) => {
    seen = conn;
    open(conn);
  };
  await serving(served, async (port) => {
    const client = await Client.connect(port);
    client.socket.write("hello");
    await until("the echo", () => client.receivedBytes === 5);
    assert.equal(client.text(), "hello");
    assert.equal(seen!.remoteAddress, `127.0.0.1:${client.socket.localPort}`);
    assert.equal(seen!.localAddress, `127.0.0.1:${port}`);
    assert.deepEqual([seen!.isLocal, seen!.isUnix], [true, false]);
    client.socket.destroy();
    await until("the close", () => served.closes === 1);
  });
});

test("Pieces of any sizes arrive whole and in order", async () => {
  const served = echo();
  await serving(served, async (port) => {
    const sizes = fc.array(fc.oneof(fc.nat(100), fc.nat(5000), fc.nat(100_000)), {
      minLength: 1,
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(sizes, async (lengths) => {
        const client = await Client.connect(port);
        const total = lengths.reduce((sum, length) => sum + length * 4, 0);
        const all = counted(total);
        let at = 0;
        for (const length of lengths) client.socket.write(all.slice(at, at += length * 4));
        await until("all of the echo", () => client.receivedBytes === total);
        assertCounted(client.received, total);
        client.socket.destroy();
      }),
      { numRuns: 25 },
    );
  });
});

test("A reply larger than the kernel takes reaches a slow reader whole", async () => {
  const length = 32 * 1024 * 1024;
  let sender: Sender | undefined;
  const served = handler({
    onOpen: (conn) => conn.data = sender = new Sender(conn),
    onData: () => sender!.push(counted(length)),
    onSent: () => sender!.onSent(),
  });
  await serving(served, async (port) => {
    const client = await Client.connect(port);
    client.socket.pause();
    client.socket.write("go");
    await until("the send is under way", () => sender?.falseSends === 1);
    await settle();
    assert.equal(sender!.sentCalls, 0);
    client.socket.resume();
    await until("the whole reply", () => client.receivedBytes === length);
    assertCounted(client.received, length);
    await until("onSent", () => sender!.sentCalls === 1);
    client.socket.destroy();
    await until("the close", () => served.closes === 1);
  });
});

test("What was sent before close still arrives, and onClose comes later, once", async () => {
  let closesDuringCall = -1;
  const finish = (conn: Conn): void => {
    conn.close();
    conn.close();
    closesDuringCall = served.closes;
  };
  const served = handler({
    onData(conn) {
      if (conn.send(bytes("bye"), 0, 3)) finish(conn);
    },
    onSent: finish,
  });
  await serving(served, async (port) => {
    const client = await Client.connect(port);
    client.socket.write("x");
    await until("the end", () => client.ended);
    assert.equal(client.text(), "bye");
    await until("onClose", () => served.closes === 1);
    assert.equal(closesDuringCall, 0);
    client.socket.destroy();
    await settle();
    assert.equal(served.closes, 1);
  });
});

test("Closing with a send under way drops it and calls back only onClose", async () => {
  let conn: Conn | undefined;
  let sent = 0;
  const served = handler({
    onOpen: (opened) => conn = opened,
    onData: (opened) => opened.send(new Uint8Array(32 * 1024 * 1024), 0, 32 * 1024 * 1024),
    onSent: () => sent++,
  });
  await serving(served, async (port) => {
    const client = await Client.connect(port);
    client.socket.pause();
    client.socket.write("x");
    await settle();
    conn!.close();
    await until("onClose", () => served.closes === 1);
    client.socket.resume();
    await until("the client sees the end", () => client.ended || client.closed);
    assert.ok(client.receivedBytes < 32 * 1024 * 1024);
    assert.equal(sent, 0);
    client.socket.destroy();
  });
});

test("A reset by the peer, with a send and a read under way, is one onClose", async () => {
  const served = handler({
    onOpen: (conn) => conn.send(new Uint8Array(32 * 1024 * 1024), 0, 32 * 1024 * 1024),
  });
  await serving(served, async (port) => {
    for (let round = 1; round <= 5; round++) {
      const client = await Client.connect(port);
      client.socket.pause();
      await settle();
      // Closing with unread bytes makes the kernel send RST.
      client.socket.destroy();
      await until("onClose", () => served.closes === round);
    }
    const client = await Client.connect(port);
    client.socket.destroy();
    await until("the listener goes on", () => served.closes === 6);
  });
});

test("A half-closed peer is told once as onEnd, and still gets its reply", async () => {
  let ends = 0;
  const served = handler({
    onEnd(conn) {
      ends++;
      setTimeout(() => {
        if (conn.send(bytes("late"), 0, 4)) conn.close();
      }, 20);
    },
    onSent: (conn) => conn.close(),
  });
  await serving(served, async (port) => {
    const client = await Client.connect(port);
    client.socket.end("question");
    await until("the reply and the end", () => client.ended);
    assert.equal(client.text(), "late");
    await until("onClose", () => served.closes === 1);
    assert.equal(ends, 1);
  });
});

test("pause stops delivery and reading; resume delivers everything in order", async () => {
  const length = 48 * 1024 * 1024;
  let conn: Conn | undefined;
  let got = 0;
  let paused = false;
  let whilePaused = 0;
  let ends = 0;
  const pieces: Uint8Array[] = [];
  const served = handler({
    onOpen: (opened) => conn = opened,
    onData(opened, buf, start, end) {
      if (paused) whilePaused++;
      pieces.push(buf.slice(start, end));
      got += end - start;
      if (pieces.length === 1) {
        paused = true;
        opened.pause();
      }
    },
    onEnd() {
      ends++;
      if (paused) whilePaused++;
    },
  });
  await serving(served, async (port) => {
    const client = await Client.connect(port);
    client.socket.end(counted(length));
    await until("the first piece", () => paused);
    await settle();
    await settle();
    assert.ok(client.socket.writableLength > 0, "the peer felt no backpressure");
    for (const _again of [1, 2, 3]) {
      conn!.resume();
      conn!.pause();
    }
    await settle();
    paused = false;
    conn!.resume();
    await until("everything", () => got === length);
    await until("the end", () => ends === 1);
    assertCounted(pieces, length);
    assert.equal(whilePaused, 0);
    conn!.resume();
    conn!.pause();
    conn!.resume();
    await settle();
    assert.equal(ends, 1);
    conn!.close();
    client.socket.destroy();
  });
});

test("The end of input that comes while paused is told after resume", async () => {
  let conn: Conn | undefined;
  const events: string[] = [];
  const served = handler({
    onOpen(opened) {
      conn = opened;
      opened.pause();
    },
    onData: (_conn, buf, start, end) => events.push(Buffer.from(buf.slice(start, end)).toString()),
    onEnd: () => events.push("end"),
  });
  await serving(served, async (port) => {
    const client = await Client.connect(port);
    client.socket.end("abc");
    await until("the connection", () => conn !== undefined);
    await settle();
    assert.deepEqual(events, []);
    conn!.resume();
    await until("data and end", () => events.length === 2);
    assert.deepEqual(events, ["abc", "end"]);
    conn!.close();
    client.socket.destroy();
  });
});

test("pause and resume inside onData neither lose nor overwrite bytes", async () => {
  const length = 4 * 1024 * 1024;
  const pieces: Uint8Array[] = [];
  let got = 0;
  const served = handler({
    onData(conn, buf, start, end) {
      conn.pause();
      conn.resume();
      const until = platform.monotonicUs() + 50;
      while (platform.monotonicUs() < until);
      pieces.push(buf.slice(start, end));
      got += end - start;
    },
  });
  await serving(served, async (port) => {
    const client = await Client.connect(port);
    client.socket.write(counted(length));
    await until("everything", () => got === length);
    assertCounted(pieces, length);
    client.socket.destroy();
    await until("onClose", () => served.closes === 1);
  });
});

test("pause and resume at any moments keep every byte in order", async () => {
  // What to do after each delivery, now, in a microtask or in an immediate: p pauses, r resumes.
  const script = fc.array(
    fc.record({
      when: fc.constantFrom("now", "microtask", "immediate"),
      what: fc.stringMatching(/^[pr]{1,4}$/),
    }),
    { minLength: 1, maxLength: 12 },
  );
  await fc.assert(
    fc.asyncProperty(script, async (steps) => {
      const length = 1024 * 1024;
      const pieces: Uint8Array[] = [];
      let got = 0;
      let at = 0;
      let ends = 0;
      let paused = false;
      let brokenPromise = false;
      const play = (conn: Conn, what: string): void => {
        for (const step of what) {
          paused = step === "p";
          if (paused) conn.pause();
          else conn.resume();
        }
      };
      const served = handler({
        onOpen(conn) {
          const timer = setInterval(() => play(conn, "r"), 1);
          conn.data = timer;
        },
        onData(conn, buf, start, end) {
          brokenPromise ||= paused;
          const { when, what } = steps[at++ % steps.length];
          if (when === "now") play(conn, what);
          else if (when === "microtask") queueMicrotask(() => play(conn, what));
          else setImmediate(() => play(conn, what));
          pieces.push(buf.slice(start, end));
          got += end - start;
        },
        onEnd(conn) {
          ends++;
          conn.close();
        },
        onClose: (conn) => clearInterval(conn.data as number),
      });
      await serving(served, async (port) => {
        const client = await Client.connect(port);
        client.socket.end(counted(length));
        await until("the close", () => served.closes === 1);
        client.socket.destroy();
      });
      assertCounted(pieces, length);
      assert.deepEqual([got, ends, brokenPromise], [length, 1, false]);
    }),
    { numRuns: 30 },
  );
});

test("close inside onData ends delivery at once", async () => {
  let deliveries = 0;
  const served = handler({
    onData(conn) {
      deliveries++;
      conn.close();
    },
  });
  await serving(served, async (port) => {
    const client = await Client.connect(port);
    client.socket.write(new Uint8Array(4 * 1024 * 1024));
    await until("onClose", () => served.closes === 1);
    await settle();
    assert.equal(deliveries, 1);
    client.socket.destroy();
  });
});

test("afterBatch runs once, after every socket that was ready", async () => {
  const marker = `${tempDir()}/written`;
  let opens = 0;
  let deliveries = 0;
  const batches: number[] = [];
  let scheduled = false;
  const served = handler({
    onOpen: () => opens++,
    onData() {
      deliveries++;
      if (scheduled) return;
      scheduled = true;
      platform.afterBatch(() => {
        scheduled = false;
        batches.push(deliveries);
      });
    },
  });
  await serving(served, async (port) => {
    const writer = startFixture(["burst", String(port), "20", marker]);
    await until("twenty connections", () => opens === 20);
    platform.fs.writeText(`${marker}.go`, "");
    // The loop stands still until all twenty have been written to.
    for (let ms = 0; platform.fs.stat(marker) === undefined; ms++) {
      assert.ok(ms < 30_000, "the writer has not written");
      platform.sleepSync(1);
    }
    await until("all deliveries", () => deliveries === 20);
    await settle();
    assert.deepEqual(batches, [20]);
    await writer.done;
  });
});

test("A closed listener refuses, while its open connections live on", async () => {
  const served = echo();
  const listener = platform.listen(ANY, served);
  const client = await Client.connect(listener.port);
  client.socket.write("a");
  await until("the echo", () => client.receivedBytes === 1);
  listener.close();
  listener.close();
  await assert.rejects(Client.connect(listener.port));
  client.socket.write("b");
  await until("the second echo", () => client.receivedBytes === 2);
  client.socket.destroy();
  await until("onClose", () => served.closes === 1);
});

test("Failing binds carry their errno", async () => {
  await serving(handler({}), (port) => {
    const codeOf = (address: ListenAddress): string => {
      try {
        platform.listen(address, handler({})).close();
        return "none";
      } catch (error) {
        assert.ok(error instanceof IoError);
        return `${error.code} ${error.strerror}`;
      }
    };
    assert.equal(codeOf({ ...ANY, port }), "EADDRINUSE Address already in use");
    assert.equal(codeOf({ ...ANY, host: "*", port }), "EADDRINUSE Address already in use");
    assert.equal(
      codeOf({ ...ANY, host: "192.0.2.1", port }),
      "EADDRNOTAVAIL Cannot assign requested address",
    );
    assert.equal(
      codeOf({ kind: "unix", path: "/nonexistent/x", mode: 0, backlog: 1 }),
      "ENOENT No such file or directory",
    );
    return Promise.resolve();
  });
});

test("Every host form binds; a dual-stack socket shows IPv4 peers as such", async () => {
  for (const host of ["::1", "0.0.0.0", "*", "::*", "localhost"]) {
    platform.listen({ ...ANY, host }, handler({})).close();
  }
  let remote = "";
  const listener = platform.listen(
    { ...ANY, host: "::*" },
    handler({ onOpen: (conn) => remote = conn.remoteAddress }),
  );
  const client = await Client.connect(listener.port);
  await until("the connection", () => remote !== "");
  assert.equal(remote, `127.0.0.1:${client.socket.localPort}`);
  client.socket.destroy();
  listener.close();
});

test("A Unix socket replaces a stale file, has its mode, and removes its file", async () => {
  const path = `${tempDir()}/s`;
  nodeFs.writeFileSync(path, "stale");
  let seen: Conn | undefined;
  const served = echo();
  const open = served.onOpen;
  served.onOpen = (conn) => {
    seen = conn;
    open(conn);
  };
  const listener = platform.listen({ kind: "unix", path, mode: 0o700, backlog: 5 }, served);
  assert.equal(nodeFs.statSync(path).mode & 0o777, 0o700);
  assert.equal(listener.port, 0);
  const client = await Client.connect(path);
  client.socket.write("hello");
  await until("the echo", () => client.receivedBytes === 5);
  assert.deepEqual([seen!.remoteAddress, seen!.localAddress], [`${path}:0`, `${path}:0`]);
  assert.deepEqual([seen!.isLocal, seen!.isUnix], [true, true]);
  client.socket.destroy();
  await until("onClose", () => served.closes === 1);
  listener.close();
  assert.equal(nodeFs.existsSync(path), false);
});

test("Running out of descriptors is reported, and accepting goes on", async () => {
  const result = await runFixture(["accept-limit", "200"], "ulimit -n 100");
  assert.equal(result.stdout, "reported EMFILE Too many open files\nserved again\n", result.stderr);
});

test("A handler's error reaches onUncaught before the batch ends", async () => {
  const result = await runFixture(["uncaught-data"]);
  assert.equal(result.stdout, "uncaught bug in onData\n", result.stderr);
  assert.equal(result.code, 1);
});
