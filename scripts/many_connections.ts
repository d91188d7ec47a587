/**
 * Opens many connections to a server, lets each write and read, and tells what that cost.
 *
 *     deno run -A scripts/many_connections.ts [--count 10000]
 *
 * The program under test is that of the tests (`VELLUM_UNDER_TEST`). Ends with code 1 when a reply is wrong.
 */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type Client } from "../tests/support/client.ts";
import { info } from "../tests/support/info.ts";
import { textOf } from "../tests/support/resp.ts";
import { TestServer } from "../tests/support/server.ts";

/** Connections that are opened, or asked, at once. */
const AT_ONCE = 200;

function residentMb(pid: number): number {
  const kb = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kb) / 1024;
}

/** Runs `work` for 0 … count-1, some at once. */
async function inGroups(count: number, work: (i: number) => Promise<void>): Promise<void> {
  for (let at = 0; at < count; at += AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - at) }, (_, i) => work(at + i)));
  }
}

const { values } = parseArgs({ options: { count: { type: "string", default: "10000" } } });
const count = Number(values.count);
await using server = await TestServer.start({ args: ["--maxclients", String(count + 100)] });
const before = residentMb(server.pid);
const clients: Client[] = [];
await inGroups(count, async (i) => {
  clients[i] = await server.connect();
});
const idle = residentMb(server.pid);
await inGroups(count, async (i) => {
  const replies = await clients[i].pipeline([["SET", `key:${i}`, `value:${i}`], ["GET", `key:${i}`]]);
  assert.deepEqual(replies.map(textOf), ["OK", `value:${i}`]);
});
const control = await server.connect();
assert.equal(Number((await info(control, "clients")).get("connected_clients")), count + 1);
const pings: number[] = [];
for (let i = 0; i < 200; i++) {
  const started = performance.now();
  assert.equal(await control.ask("PING"), "+PONG");
  pings.push(performance.now() - started);
}
pings.sort((a, b) => a - b);
console.log(
  `${count} connections: ${before.toFixed(0)} MB before, ${idle.toFixed(0)} MB with all open, ` +
    `${residentMb(server.pid).toFixed(0)} MB when each was used; PING median ${pings[100].toFixed(2)} ms, ` +
    `longest ${pings[199].toFixed(2)} ms`,
);
