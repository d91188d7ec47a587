/**
 * The program that the platform tests run as another process: one role per
 * behaviour that needs a process of its own (limits, signals, children).
 */

import * as net from "node:net";
import * as fs from "node:fs";
import process from "node:process";
import type { Child, Conn, NetHandler, Platform } from "../../lib/platform/types.ts";

const p: Platform = typeof Deno !== "undefined"
  ? (await import("../../lib/platform/deno.ts")).createDenoPlatform()
  : (await import("../../lib/platform/bun.ts")).createBunPlatform();

const [role, ...args] = process.argv.slice(2);
const print = (text: string): void => p.writeStdout(`${text}\n`);
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const block = new Uint8Array(256 * 1024).fill(255);

function errorText(error: unknown): string {
  const { code, strerror } = error as { code?: string; strerror?: string };
  return `${code} ${strerror}`;
}

async function printExit(child: Child): Promise<void> {
  const { code, signal } = await child.exited;
  print(`exit ${code} ${signal ?? "none"}`);
}

function handler(overrides: Partial<NetHandler>): NetHandler {
  return {
    onOpen() {},
    onData() {},
    onSent() {},
    onEnd: (conn) => conn.close(),
    onClose() {},
    onAcceptError() {},
    ...overrides,
  };
}

function connect(port: number): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, "127.0.0.1", () => resolve(socket));
    socket.on("error", reject);
  });
}

async function acceptLimit(): Promise<void> {
  let failure = "";
  const open: Conn[] = [];
  const served = handler({
    onOpen: (conn) => open.push(conn),
    onData(conn) {
      conn.send(new Uint8Array([107]), 0, 1);
    },
    onAcceptError: (error) => failure = errorText(error),
  });
  const listener = p.listen({ kind: "tcp", host: "127.0.0.1", port: 0, backlog: 511 }, served);
  // The clients are another process, so that the descriptors that run out are the server's alone.
  const clients = p.spawnSelf(["connect-many", String(listener.port), args[0]]);
  for (let waits = 0; failure === "" && waits < 6000; waits++) await sleep(5);
  print(`reported ${failure}`);
  clients.kill("SIGKILL");
  await clients.exited;
  for (const conn of open) conn.close();
  await sleep(50);
  const socket = await connect(listener.port);
  socket.write("x");
  await new Promise((resolve) => socket.once("data", resolve));
  print("served again");
}

const roles: Record<string, () => Promise<void> | void> = {
  "file-limit"() {
    const file = p.fs.openAppend(args[0], { create: true });
    print(String(file.write(new Uint8Array(100_000), 0, 100_000)));
    try {
      file.write(block, 0, 10);
    } catch (error) {
      print(errorText(error));
    }
    print(String(file.size()));
  },
  async "hold-lock"() {
    const lock = p.fs.tryLock(args[0]);
    print(lock === undefined ? "refused" : "held");
    await sleep(60_000);
    lock?.release();
  },
  async "burst"() {
    const sockets: net.Socket[] = [];
    for (let i = 0; i < Number(args[1]); i++) sockets.push(await connect(Number(args[0])));
    for (let waits = 0; !fs.existsSync(`${args[2]}.go`) && waits < 30_000; waits++) await sleep(1);
    await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.write("x", resolve))));
    fs.writeFileSync(args[2], "");
    await sleep(300);
  },
  async "connect-many"() {
    for (let i = 0; i < Number(args[1]); i++) {
      net.connect(Number(args[0]), "127.0.0.1").on("error", () => {});
    }
    await sleep(60_000);
  },
  "accept-limit": acceptLimit,
  async "uncaught-data"() {
    p.onUncaught((error) => {
      print(`uncaught ${(error as Error).message}`);
      p.exit(1);
    });
    const listener = p.listen(
      { kind: "tcp", host: "127.0.0.1", port: 0, backlog: 5 },
      handler({
        onData() {
          p.afterBatch(() => print("the batch went on"));
          throw new Error("bug in onData");
        },
      }),
    );
    (await connect(listener.port)).write("x");
    await sleep(60_000);
  },
  async "uncaught-rejection"() {
    p.onUncaught((error) => {
      print(`uncaught ${(error as Error).message}`);
      p.exit(1);
    });
    Promise.reject(new Error("rejected"));
    await sleep(60_000);
  },
  async "uncaught-timer"() {
    p.onUncaught((error) => {
      print(`uncaught ${(error as Error).message}`);
      p.exit(1);
    });
    setTimeout(() => {
      throw new Error("thrown in a timer");
    }, 1);
    await sleep(60_000);
  },
  async "spawn-sum"() {
    const child = p.spawnSelf(["child-sum"]);
    const piece = block.slice().fill(0).map((_, i) => i & 255);
    for (let i = 0; i < 256; i++) await child.write(piece);
    await child.closeStdin();
    await printExit(child);
  },
  "child-sum"() {
    let total = 0;
    let sum = 0;
    for (;;) {
      const count = p.readStdin(block, 0, block.length);
      if (count === 0) break;
      total += count;
      for (let i = 0; i < count; i++) sum += block[i];
    }
    print(`child got ${total} bytes, sum ${sum}`);
    p.exit(7);
  },
  async "spawn-early"() {
    p.onUncaught((error) => print(`uncaught ${error}`));
    const child = p.spawnSelf(["child-early"]);
    try {
      for (;;) {
        await child.write(block);
        await sleep(Number(args[0]));
      }
    } catch (error) {
      print(errorText(error));
    }
    await child.write(block).catch((error) => print(errorText(error)));
    await child.closeStdin();
    child.kill("SIGTERM");
    await printExit(child);
    await child.closeStdin();
    await sleep(50);
  },
  "child-early"() {
    p.readStdin(block, 0, 1);
    p.exit(9);
  },
  async "spawn-kill"() {
    const child = p.spawnSelf(["child-sum"]);
    child.kill("SIGKILL");
    await printExit(child);
    child.kill("SIGKILL");
    child.kill("SIGUSR1");
    await child.closeStdin();
  },
  async "spawn-nested"() {
    const child = p.spawnSelf(["child-nested"]);
    await printExit(child);
  },
  "child-nested"() {
    try {
      p.spawnSelf(["child-nested"]);
      print("started a grandchild");
    } catch (error) {
      print(errorText(error));
    }
    p.exit(0);
  },
  "read-stdin"() {
    let text = "";
    const buf = new Uint8Array(10);
    for (;;) {
      const count = p.readStdin(buf, 2, 10);
      if (count === 0) break;
      text += new TextDecoder().decode(buf.subarray(2, 2 + count));
    }
    print(text);
  },
  async "wait-signal"() {
    p.onSignal(args[0] as "SIGTERM", () => {
      print(`got ${args[0]}`);
      p.exit(5);
    });
    print("ready");
    await sleep(60_000);
  },
  async "write-closed"() {
    await sleep(200);
    for (let i = 0; i < 5; i++) p.writeStdout("x".repeat(100_000));
    p.exit(6);
  },
  "open-files"() {
    print(String(p.openFilesLimit()));
  },
  async "child-cpu"() {
    const before = p.childCpuUsage();
    print(`${before.user} ${before.system}`);
    const child = p.spawnSelf(["child-busy"]);
    await child.exited;
    const after = p.childCpuUsage();
    print(String(after.user >= 0.1 && after.user < 30));
  },
  async "bio-worker"() {
    const file = p.fs.openAppend(args[0], { create: true });
    const worker = p.startBioWorker();
    worker.onError((text) => print(`worker error ${text}`));
    const next = (): Promise<void> =>
      new Promise((resolve) =>
        worker.onMessage((message) => {
          print(JSON.stringify(message));
          resolve();
        })
      );
    // Job types 0 and 1 open and sync a file (lib/bio/protocol.ts).
    const { path, dev, ino } = file;
    let reply = next();
    worker.post({ id: 1, type: 0, handle: 1, path, dev, ino });
    await reply;
    reply = next();
    worker.post({ id: 2, type: 1, handle: 1, path: "", dev: 0, ino: 0 });
    await reply;
    reply = next();
    worker.post({ id: 3, type: 0, handle: 2, path: `${path}.none`, dev, ino });
    await reply;
    worker.terminate();
  },
  "child-busy"() {
    // By its own CPU time: on a busy machine wall time tells nothing.
    while (process.cpuUsage().user < 200_000);
    p.exit(0);
  },
};

await roles[role]();
p.exit(0);
