/**
 * What idle connections cost: a child process opens many to this one, which
 * prints its resident memory while they are idle, and again when each has sent
 * one large burst. Prints only; run it on either runtime:
 *
 *     deno run -A tests/platform/idle_connections.ts [connections]
 *     bun tests/platform/idle_connections.ts [connections]
 */

import * as net from "node:net";
import process from "node:process";
import type { Conn, Platform } from "../../lib/platform/types.ts";

const p: Platform = typeof Deno !== "undefined"
  ? (await import("../../lib/platform/deno.ts")).createDenoPlatform()
  : (await import("../../lib/platform/bun.ts")).createBunPlatform();

const MEBI = 1024 * 1024;
const args = process.argv.slice(2);

/** The client's process: opens the connections, waits, then sends a burst on each. */
async function clients(port: number, count: number): Promise<void> {
  const sockets: net.Socket[] = [];
  for (let i = 0; i < count; i++) {
    sockets.push(
      await new Promise((resolve, reject) => {
        const socket: net.Socket = net.connect(port, "127.0.0.1", () => resolve(socket));
        socket.on("error", reject);
      }),
    );
  }
  p.writeStdout(`${count} connections are open\n`);
  await wait(1000);
  const burst = new Uint8Array(40_000);
  for (const socket of sockets) await new Promise((resolve) => socket.write(burst, resolve));
  p.writeStdout("each has sent 40,000 bytes\n");
  await wait(1000);
  p.exit(0);
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function serve(count: number): Promise<void> {
  let open = 0;
  let received = 0;
  const listener = p.listen({ kind: "tcp", host: "127.0.0.1", port: 0, backlog: 511 }, {
    onOpen: () => open++,
    onData: (_conn, _buf, start, end) => received += end - start,
    onSent() {},
    onEnd: (conn: Conn) => conn.close(),
    onClose: () => open--,
    onAcceptError: (error) => p.writeStderr(`${error.message}\n`),
  });
  const report = (what: string): void => {
    p.writeStdout(
      `${what}: RSS ${(p.rss() / MEBI).toFixed(1)} MiB, heap ${(p.heapUsed() / MEBI).toFixed(1)} MiB\n`,
    );
  };
  report("before");
  const child = p.spawnSelf([String(listener.port), String(count)]);
  while (open < count) await wait(10);
  await wait(300);
  report(`${open} idle connections`);
  while (received < count * 40_000) await wait(10);
  await wait(300);
  report("after a burst from each");
  await child.exited;
  await wait(500);
  report(`${open} connections left`);
  p.exit(0);
}

if (args.length === 2) await clients(Number(args[0]), Number(args[1]));
else await serve(Number(args[0] ?? 10_000));
