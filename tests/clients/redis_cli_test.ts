/** redis-cli and redis-benchmark, where they are installed. */

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { commandText } from "../support/resp.ts";
import { TestServer } from "../support/server.ts";

/** Whether a program is on the PATH; says aloud when it is not. */
function found(program: string): boolean {
  const there = spawnSync(program, ["--version"]).status === 0;
  if (!there) console.log(`NOT TESTED: no ${program} on PATH`);
  return there;
}

/** Runs a program. @returns everything it printed; rejects unless it ends with code 0 */
function run(program: string, args: readonly string[], input = ""): Promise<string> {
  return new Promise((done, fail) => {
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (chunk) => text += chunk);
    child.stderr.setEncoding("utf8").on("data", (chunk) => text += chunk);
    child.on("error", fail);
    child.on(
      "close",
      (code) => code === 0 ? done(text) : fail(new Error(`${program} ended with ${code}: ${text}`)),
    );
    child.stdin.end(input, "latin1");
  });
}

/** A server with some keys, and redis-cli for it. */
async function withCli(
  test: (cli: (args: string[], input?: string) => Promise<string>, server: TestServer) => Promise<void>,
) {
  if (!found("redis-cli")) return;
  await using server = await TestServer.start();
  const client = await server.connect();
  for (let i = 0; i < 100; i++) await client.command("SET", `key:${i}`, "x".repeat(i));
  await test((args, input) => run("redis-cli", ["-p", String(server.port), ...args], input), server);
}

Deno.test("redis-cli: commands on its command line and on its standard input", async () => {
  await withCli(async (cli) => {
    assert.equal(await cli(["SET", "a b", "c d"]), "OK\n");
    assert.equal(await cli(["GET", "a b"]), "c d\n");
    assert.equal(await cli(["-3", "GET", "none"]), "\n");
    assert.equal(await cli([], "INCR n\nINCR n\nnosuch\n").then((text) => text.slice(0, 8)), "1\n2\nERR ");
    assert.match(await cli(["INFO", "server"]), /redis_version:/);
    assert.match(await cli(["-r", "3", "PING"]), /^PONG\nPONG\nPONG\n$/);
  });
});

Deno.test("redis-cli: --bigkeys, --memkeys, --scan and --stat", async () => {
  await withCli(async (cli, server) => {
    assert.match(await cli(["--bigkeys"]), /Sampled 100 keys in the keyspace!/);
    assert.match(await cli(["--memkeys"]), /Sampled 100 keys in the keyspace!/);
    const names = (await cli(["--scan", "--pattern", "key:*"])).trimEnd().split("\n");
    assert.equal(new Set(names).size, 100);
    const stat = spawn("redis-cli", ["-p", String(server.port), "--stat", "-i", "0.1"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const closed = new Promise((done) => stat.on("close", done));
    let text = "";
    for await (const chunk of stat.stdout.setEncoding("utf8")) {
      text += chunk;
      if (/\n100 /.test(text)) break;
    }
    stat.kill();
    await closed;
    assert.match(text, /\n100 +\S+ +\d+ +\d+ +\d+/);
  });
});

Deno.test("redis-cli: --pipe loads a file of commands", async () => {
  await withCli(async (cli) => {
    const commands = Array.from({ length: 20_000 }, (_, i) => commandText(["SET", `pipe:${i}`, `v${i}`]))
      .join("");
    const text = await cli(["--pipe"], commands);
    assert.match(text, /errors: 0, replies: 20000/);
    assert.equal(await cli(["GET", "pipe:19999"]), "v19999\n");
  });
});

Deno.test("redis-benchmark: its string tests run without an error", async () => {
  if (!found("redis-benchmark")) return;
  await using server = await TestServer.start();
  const args = [
    "-p",
    String(server.port),
    "-n",
    "2000",
    "-c",
    "20",
    "-P",
    "4",
    "-q",
    "-t",
    "ping,set,get,incr,mset",
  ];
  const text = await run("redis-benchmark", args);
  for (const name of ["PING_INLINE", "PING_MBULK", "SET", "GET", "INCR", "MSET (10 keys)"]) {
    assert.ok(text.includes(`${name}: `), `no result for ${name}: ${text}`);
  }
  assert.doesNotMatch(text, /error/i);
});
