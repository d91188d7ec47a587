import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { eventually } from "../../tests/support/client.ts";
import { benchCommand } from "./commands.ts";
import { BUILT_IN, type LoadRun } from "./generator.ts";
import { load, SET_16_32 } from "./loader.ts";
import { parseReply } from "./resp.ts";
import { Traffic } from "./traffic.ts";

const NEVER = new Promise<never>(() => {});

/** A server of few words: answers every command with what `answer` says and remembers its commands. */
class FakeServer implements AsyncDisposable {
  readonly commands: string[][] = [];
  readonly port: number;
  #listener: Deno.TcpListener;
  #serving: Promise<void>;
  #conns: Promise<void>[] = [];
  #answer: (argv: string[], index: number) => string;

  constructor(answer: (argv: string[], index: number) => string) {
    this.#answer = answer;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = (this.#listener.addr as Deno.NetAddr).port;
    this.#serving = this.#accept();
  }

  async #accept(): Promise<void> {
    for await (const conn of this.#listener) this.#conns.push(this.#serve(conn));
  }

  async #serve(conn: Deno.Conn): Promise<void> {
    let pending = new Uint8Array(0);
    const buf = new Uint8Array(64 * 1024);
    try {
      for (let count = await conn.read(buf); count !== null; count = await conn.read(buf)) {
        const joined = new Uint8Array(pending.length + count);
        joined.set(pending);
        joined.set(buf.subarray(0, count), pending.length);
        let at = 0;
        let replies = "";
        for (let one = parseReply(joined, at); one !== null; one = parseReply(joined, at)) {
          at = one.end;
          const argv = one.reply as string[];
          replies += this.#answer(argv, this.commands.push(argv) - 1);
        }
        pending = joined.slice(at);
        const bytes = new TextEncoder().encode(replies);
        for (let sent = 0; sent < bytes.length;) sent += await conn.write(bytes.subarray(sent));
      }
    } catch {
      // the client under test went away in the middle
    }
    conn.close();
  }

  /** Waits until it has received `count` commands. */
  async receives(count: number): Promise<void> {
    await eventually(`${count} commands come`, () => this.commands.length >= count);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#serving;
    await Promise.all(this.#conns);
  }
}

function runOf(port: number, requests: number, pipeline: number): LoadRun {
  return { port, gone: NEVER, command: benchCommand("set"), requests, pipeline, clients: 3, keyRange: 100 };
}

Deno.test("load sends exactly the distinct keys it was asked for", async () => {
  await using server = new FakeServer(() => "+OK\r\n");
  await load(server.port, SET_16_32, 7001);
  strictEqual(server.commands.length, 7001);
  strictEqual(new Set(server.commands.map((argv) => argv[1])).size, 7001);
  deepStrictEqual(server.commands.at(-1), ["SET", "key:000000007000", SET_16_32[2]]);
  strictEqual(server.commands[0][1].length, 16);
  strictEqual(server.commands[0][2].length, 32);
});

Deno.test("load fails at an error reply", async () => {
  await using server = new FakeServer((_, index) => index === 500 ? "-OOM no\r\n" : "+OK\r\n");
  await rejects(load(server.port, SET_16_32, 5000), /OOM no/);
});

Deno.test("the built-in generator sends whole batches and reports a rate", async () => {
  await using server = new FakeServer(() => "+OK\r\n");
  const rate = await BUILT_IN.run(runOf(server.port, 300, 16));
  ok(rate > 0);
  ok(server.commands.length >= 300 && server.commands.length < 300 + 3 * 16);
  strictEqual(server.commands.length % 16, 0);
});

Deno.test("the built-in generator fails at an error reply", async () => {
  await using server = new FakeServer((_, index) => index === 20 ? "-ERR bad\r\n" : "+OK\r\n");
  await rejects(BUILT_IN.run(runOf(server.port, 300, 4)), /ERR bad/);
});

Deno.test("the prober counts PINGs between mark and stop", async () => {
  await using server = new FakeServer(() => "+PONG\r\n");
  const prober = await Traffic.start({ kind: "prober", port: server.port });
  try {
    await server.receives(20);
    await prober.mark();
    const atMark = server.commands.length;
    await server.receives(atMark + 20);
    const stats = await prober.stop();
    ok(stats.count >= 10 && stats.count <= server.commands.length - atMark + 1, `${stats.count}`);
    ok((stats.maxMs ?? 0) >= (stats.p99Ms ?? Infinity));
  } finally {
    prober.end();
  }
});

Deno.test("a prober that gets an error says so", async () => {
  await using server = new FakeServer((_, index) => index === 3 ? "-MISCONF disk\r\n" : "+PONG\r\n");
  const prober = await Traffic.start({ kind: "prober", port: server.port });
  try {
    await server.receives(4);
    await rejects(prober.stop(), /MISCONF disk/);
  } finally {
    prober.end();
  }
});

Deno.test("the paced writer writes existing keys and reports the answered rate", async () => {
  await using server = new FakeServer(() => "+OK\r\n");
  const writer = await Traffic.start({ kind: "writer", port: server.port, perSecond: 2000, keyRange: 50 });
  try {
    await server.receives(100);
    await writer.mark();
    // Commands are sent in bursts: when this many have come, replies have been read in between.
    await server.receives(1000);
    const stats = await writer.stop();
    ok((stats.perSecond ?? 0) > 0);
    ok(server.commands.every((argv) => Number(argv[1].slice(4)) < 50));
  } finally {
    writer.end();
  }
});
