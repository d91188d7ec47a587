/** Children, signals, standard streams, clocks and uncaught errors. */

import assert from "node:assert/strict";
import * as nodeFs from "node:fs";
import * as os from "node:os";
import process from "node:process";
import { Client, handler, platform, runFixture, startFixture, tempDir, test, until } from "./harness.ts";

/** Runs a role and returns what it printed, as lines. */
async function lines(...args: string[]): Promise<string[]> {
  const result = await runFixture(args);
  assert.equal(result.signal, null, result.stderr);
  return result.stdout.trimEnd().split("\n");
}

test("spawnSelf pipes everything to the child's stdin and tells its exit code", async () => {
  assert.deepEqual(await lines("spawn-sum"), ["child got 67108864 bytes, sum 8556380160", "exit 7 none"]);
});

test("A write to a dead child is EPIPE, each time, and nothing is left unhandled", async () => {
  assert.deepEqual(await lines("spawn-early", "0"), [
    "EPIPE Broken pipe",
    "EPIPE Broken pipe",
    "exit 9 none",
  ]);
  assert.deepEqual(await lines("spawn-early", "10"), [
    "EPIPE Broken pipe",
    "EPIPE Broken pipe",
    "exit 9 none",
  ]);
});

test("A killed child is told by its signal, and killing it again is no error", async () => {
  assert.deepEqual(await lines("spawn-kill"), ["exit 137 SIGKILL"]);
});

test("A child started by spawnSelf cannot start itself again", async () => {
  assert.deepEqual(await lines("spawn-nested"), ["EPERM Operation not permitted", "exit 0 none"]);
});

test("readStdin blocks for what comes and ends with 0", async () => {
  const result = await runFixture(["read-stdin"], "exec < <(printf abc; sleep 0.2; printf defg)");
  assert.equal(result.stdout, "abcdefg\n", result.stderr);
});

test("A signal reaches its callback", async () => {
  for (const signal of ["SIGTERM", "SIGINT", "SIGUSR1", "SIGHUP"] as const) {
    const waiting = startFixture(["wait-signal", signal]);
    await until("the callback is registered", () => waiting.stdout().includes("ready"));
    process.kill(waiting.pid, signal);
    const result = await waiting.done;
    assert.deepEqual([result.stdout, result.code], [`ready\ngot ${signal}\n`, 5], result.stderr);
  }
});

test("An unhandled rejection and an error in a timer reach onUncaught", async () => {
  assert.deepEqual(await lines("uncaught-rejection"), ["uncaught rejected"]);
  assert.deepEqual(await lines("uncaught-timer"), ["uncaught thrown in a timer"]);
});

test("Output to a closed pipe is swallowed", async () => {
  const result = await runFixture(["write-closed"], "exec > >(true)");
  assert.equal(result.code, 6, result.stderr);
});

test("Facts of the machine and the process are those that others tell", () => {
  const { host } = platform;
  assert.equal(host.pid, process.pid);
  assert.equal(host.os, `${os.type()} ${os.release()} ${process.arch === "x64" ? "x86_64" : "aarch64"}`);
  assert.equal(host.totalMemory, os.totalmem());
  assert.ok(nodeFs.existsSync(host.executable));
  assert.match(host.runtimeVersion, /^\d+\.\d+\.\d+/);
  assert.ok(platform.rss() > 1e6 && platform.rss() < host.totalMemory);
  assert.ok(platform.heapUsed() > 1e5 && platform.heapUsed() < platform.rss() * 4);
  const used = platform.cpuUsage();
  assert.ok(used.user > 0 && used.user < 3600 && used.system >= 0);
  assert.ok(platform.openFilesLimit() >= 64);
  assert.equal(platform.cwd(), process.cwd());
  assert.equal(platform.env("PATH"), process.env.PATH);
  assert.equal(platform.env("VELLUM_NO_SUCH_VARIABLE"), undefined);
  assert.ok(Math.abs(platform.nowMs() - Date.now()) < 1000);
});

test("The soft limit of open files is the hard one", async () => {
  const result = await runFixture(["open-files"], "ulimit -Sn 256; ulimit -Hn 700");
  assert.equal(result.stdout, "700\n", result.stderr);
});

test("sleepSync and the monotonic clock agree", () => {
  const start = platform.monotonicUs();
  platform.sleepSync(20);
  assert.ok(platform.monotonicUs() - start >= 19_000);
});

test("startBioWorker starts the bio Worker, which does jobs and answers", async () => {
  const path = `${tempDir()}/a`;
  assert.deepEqual(await lines("bio-worker", path), [
    '{"id":1,"code":"","strerror":""}',
    '{"id":2,"code":"","strerror":""}',
    '{"id":3,"code":"ENOENT","strerror":"No such file or directory"}',
  ]);
});

test("nextTurn calls back in order, in later turns, and other sockets get in between", async () => {
  const order: string[] = [];
  platform.nextTurn(() => order.push("first"));
  platform.nextTurn(() => order.push("second"));
  order.push("now");
  await until("both", () => order.length === 3);
  assert.deepEqual(order, ["now", "first", "second"]);
  // Slices one after the other, without a pause, until a client has been served in between.
  let turns = 0;
  let served = false;
  const listener = platform.listen(
    { kind: "tcp", host: "127.0.0.1", port: 0, backlog: 5 },
    handler({ onData: () => served = true }),
  );
  const client = await Client.connect(listener.port);
  const slice = (): void => {
    turns++;
    if (!served) platform.nextTurn(slice);
  };
  slice();
  client.socket.write("x");
  await until("the client is served", () => served);
  assert.ok(turns > 0);
  client.socket.destroy();
  listener.close();
});

test("randomBytes differ", () => {
  const first = platform.randomBytes(20);
  assert.equal(first.length, 20);
  assert.notDeepEqual(first, platform.randomBytes(20));
});

test("CPU time of waited-for children is told", async () => {
  const printed = await lines("child-cpu");
  assert.match(printed[0], /^0 0$/);
  assert.match(printed[1], /^true$/);
});
