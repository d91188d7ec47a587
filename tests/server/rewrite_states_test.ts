/** Rewrites and the states of the AOF around them, with events in unlucky orders. */

import assert from "node:assert/strict";
import { toAscii } from "../../lib/base/ascii.ts";
import { Exited, request } from "../support/aof_world.ts";
import { type FakeChild, FakeConn, ServerWorld } from "../support/server_world.ts";

const OFF = ["appendonly no"];
const AOF = "/data/appendonly.aof";

/** The running child has written its file and ends well. */
async function finish(world: ServerWorld, content: Uint8Array): Promise<void> {
  const child = world.children.at(-1)!;
  world.fs.install(`/data/temp-rewriteaof-bg-${child.pid}.aof`, content);
  child.exit({ code: 0, signal: undefined });
  await world.settle();
}

/** The running child is gone as its signal demands. */
async function die(world: ServerWorld, child: FakeChild): Promise<void> {
  child.exit({ code: 137, signal: "SIGKILL" });
  await world.settle();
}

/** Commands of a client, each in a turn of its own. @returns the last reply */
function last(conn: FakeConn, ...lines: string[]): string {
  let reply = "";
  for (const line of lines) reply = conn.ask(line);
  return reply;
}

Deno.test("rewrite: a file whose size cannot be told does not replace the AOF", async () => {
  const world = await new ServerWorld().start();
  const conn = world.connect();
  last(conn, "SET a 1", "BGREWRITEAOF");
  await world.settle();
  world.fs.inject({ op: "fstat", code: "EIO", path: "temp-rewriteaof-bg" });
  await finish(world, request("SET", "a", "1"));
  assert.equal(world.server.persistence.rewrite.lastOk, false);
  assert.equal(last(conn, "SET b 2"), "+OK\r\n");
  assert.match(world.aof(), /SET\r\n\$1\r\nb/);
});

Deno.test("rewrite: with the AOF off, the directory is synced and the worker frees the old file", async () => {
  const world = new ServerWorld(OFF);
  world.fs.install(AOF, request("SET", "old", "1"));
  await world.start();
  last(world.connect(), "SET a 1", "BGREWRITEAOF");
  await world.settle();
  const openBefore = world.fs.openFiles;
  let openAtRename = 0;
  const { rename } = world.fs;
  world.fs.rename = (from, to) => {
    openAtRename = world.fs.openFiles;
    rename.call(world.fs, from, to);
  };
  await finish(world, request("SET", "a", "1"));
  assert.equal(world.server.persistence.rewrite.lastOk, true);
  assert.equal(openAtRename, openBefore + 1);
  assert.equal(world.fs.openFiles, openBefore);
  const renamed = world.fs.trace.findIndex((line) => line.startsWith("rename"));
  assert.ok(world.fs.trace.indexOf("syncDir /data", renamed) > renamed);
  assert.match(world.aof(), /SET\r\n\$1\r\na/);
});

Deno.test("rewrite: one that was begun with the AOF off does not replace what was turned on meanwhile", async () => {
  const world = new ServerWorld(OFF);
  world.fs.install(AOF, request("SET", "old", "1"));
  await world.start();
  const conn = world.connect();
  last(conn, "SET a 1", "BGREWRITEAOF");
  await world.settle();
  world.fs.install(`/data/temp-rewriteaof-bg-1000.aof`, request("SET", "a", "1"));
  world.children[0].exit({ code: 0, signal: undefined });
  // The exit is handled up to where the worker has to open the old file; then the AOF is turned on.
  for (let i = 0; i < 5; i++) await Promise.resolve();
  last(conn, "CONFIG SET appendonly yes");
  await world.settle();
  world.tick();
  await world.settle();
  assert.equal(world.children.length, 2);
  last(conn, "SET b 2");
  await finish(world, request("SET", "a", "1"));
  assert.match(world.aof(), /SET\r\n\$1\r\nb/);
  assert.deepEqual(world.fs.list("/data").filter((name) => name.startsWith("temp")), []);
});

Deno.test("shutdown: kills the rewrite and leaves no temporary file", async () => {
  const world = await new ServerWorld().start();
  last(world.connect(), "SET a 1", "BGREWRITEAOF");
  await world.settle();
  world.fs.install("/data/temp-rewriteaof-1000.aof", toAscii("half"));
  assert.throws(() => world.server.signalled("SIGTERM"), Exited);
  assert.equal(world.exitCode, 0);
  assert.deepEqual(world.children[0].signals, ["SIGKILL"]);
  assert.deepEqual(world.fs.list("/data").filter((name) => name.startsWith("temp")), []);
});

Deno.test("snapshot: a big value stays as it was although an earlier snapshot lets it go", async () => {
  const world = await new ServerWorld().start();
  const conn = world.connect();
  const size = 300_000;
  last(conn, `SET big ${"x".repeat(size)}`, "BGREWRITEAOF");
  const [first] = world.children;
  first.stuck = true;
  await world.settle();
  last(conn, "CONFIG SET appendonly no");
  await die(world, first);
  last(conn, "CONFIG SET appendonly yes");
  const [, second] = world.children;
  second.stuck = true;
  await world.settle();
  // Only now does the first one's pipe turn out to be broken.
  first.breakPipe();
  await world.settle();
  last(conn, "SETRANGE big 0 yyyy");
  second.proceed();
  await world.settle();
  const bytes = second.received.flatMap((piece) => [...piece]);
  assert.equal(bytes.filter((byte) => byte === 120).length, size);
});

Deno.test("load: no command runs between the end of the load and the AOF being on", async () => {
  for (let pause = 0; pause < 40; pause++) {
    const world = new ServerWorld();
    world.fs.install(AOF, request("SET", "old", "1"));
    const conn = world.connect();
    const started = world.server.persistence.start();
    // A command arrives after so many microtasks.
    for (let i = 0; i < pause; i++) await Promise.resolve();
    const acknowledged = conn.ask("SET new 1") === "+OK\r\n";
    await world.settle();
    await started;
    assert.equal(/new/.test(world.aof()), acknowledged, `after ${pause} microtasks`);
  }
});
