/** `vellum check-aof` as a process of its own: output, status, standard input, and a server beside it. */

import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { textOf } from "../support/resp.ts";
import { runTool } from "../support/run_tool.ts";
import { freshDir, TestServer, underTest } from "../support/server.ts";

const GOOD = "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n";
const TORN = "*3\r\n$3\r\nSET\r\n$1\r\nb";

/** Runs `check-aof` in a directory; standard input brings `answer`. */
async function checkAof(
  cwd: string,
  args: readonly string[],
  answer = "",
): Promise<{ status: number | undefined; output: string }> {
  const { status, stdout, stderr } = await runTool([...underTest(), "check-aof", ...args], {
    cwd,
    input: answer,
  });
  assert.equal(stderr, "");
  return { status, output: stdout };
}

async function inDir(test: (dir: string) => Promise<void> | void): Promise<void> {
  const dir = freshDir();
  try {
    await test(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

Deno.test("check-aof: verdicts and statuses", async () => {
  await inDir(async (dir) => {
    writeFileSync(`${dir}/good file`, GOOD);
    writeFileSync(`${dir}/torn`, GOOD + TORN);
    writeFileSync(`${dir}/zeros`, GOOD + "\0".repeat(4096));
    assert.deepEqual(await checkAof(dir, ["good file"]), {
      status: 0,
      output: "Start checking Old-Style AOF\n" +
        "AOF analyzed: filename=good file, size=50, ok_up_to=50, ok_up_to_line=13, diff=0\n" +
        "AOF good file is valid\n",
    });
    assert.deepEqual(await checkAof(dir, ["torn"]), {
      status: 1,
      output: "Start checking Old-Style AOF\n" +
        "0x              43: Expected to read 3 bytes, got 1 bytes\n" +
        "AOF analyzed: filename=torn, size=68, ok_up_to=50, ok_up_to_line=17, diff=18\n" +
        "AOF torn is not valid. Use the --fix option to try fixing it.\n",
    });
    assert.match(
      (await checkAof(dir, ["zeros"])).output,
      /\nAOF zeros format error\n.*ok_up_to=50,.* diff=4096\n/,
    );
    assert.deepEqual(await checkAof(dir, ["none"]), {
      status: 1,
      output: "Cannot open file none: No such file or directory\n",
    });
    assert.deepEqual(await checkAof(dir, ["."]), { status: 1, output: "Cannot read file: .\n" });
    assert.match((await checkAof(dir, [])).output, /^Usage: vellum check-aof /);
  });
});

Deno.test("check-aof: a server's file is good, may be checked while it runs, and is not fixed then", async () => {
  await inDir(async (dir) => {
    const server = await TestServer.start({ dir, args: ["--appendonly", "yes", "--appendfsync", "always"] });
    try {
      const client = await server.connect();
      assert.equal(await client.ask("SET a 1"), "+OK");
      assert.equal((await checkAof(dir, ["appendonly.aof"])).status, 0);
      const { status, output } = await checkAof(dir, ["--fix", "appendonly.aof"], "y\n");
      assert.equal(status, 1);
      assert.match(
        output,
        /AOF appendonly\.aof is in use: a running server holds the lock .*appendonly\.aof\.lock\./,
      );
      assert.equal(textOf(await client.command("GET", "a")), "1");
    } finally {
      await server[Symbol.asyncDispose]();
    }
  });
});

Deno.test("check-aof --fix: what it cuts off is kept, and the server loads the rest", async () => {
  await inDir(async (dir) => {
    writeFileSync(`${dir}/appendonly.aof`, GOOD + TORN);
    const said = await checkAof(dir, ["--fix", "appendonly.aof"], "n\n");
    assert.equal(said.status, 1);
    assert.ok(said.output.endsWith("Continue? [y/N]: Aborting...\n"));
    assert.equal(readFileSync(`${dir}/appendonly.aof`, "latin1"), GOOD + TORN);

    const { status, output } = await checkAof(dir, ["--fix", "appendonly.aof"], "y\n");
    assert.equal(status, 0, output);
    assert.ok(output.endsWith(
      "Continue? [y/N]: Saved the 18 bytes to be cut off as appendonly.aof.cut-50\n" +
        "Successfully truncated AOF appendonly.aof\n",
    ));
    assert.equal(readFileSync(`${dir}/appendonly.aof`, "latin1"), GOOD);
    assert.equal(readFileSync(`${dir}/appendonly.aof.cut-50`, "latin1"), TORN);
    await using server = await TestServer.start({
      dir,
      args: ["--appendonly", "yes", "--aof-load-truncated", "no"],
    });
    const client = await server.connect();
    assert.equal(textOf(await client.command("GET", "a")), "1");
  });
});

Deno.test("check-aof --truncate-to-timestamp, and a manifest", async () => {
  await inDir(async (dir) => {
    mkdirSync(`${dir}/d`);
    writeFileSync(`${dir}/d/a.manifest`, "file base seq 1 type b\nfile incr seq 1 type i\n");
    writeFileSync(`${dir}/d/base`, GOOD);
    writeFileSync(`${dir}/d/incr`, `#TS:100\r\n${GOOD}`);
    appendFileSync(`${dir}/d/incr`, `#TS:200\r\n${GOOD}`);
    const { status, output } = await checkAof(dir, ["--truncate-to-timestamp", "150", "d/a.manifest"]);
    assert.equal(status, 0, output);
    assert.ok(output.endsWith(
      "Saved the 59 bytes to be cut off as d/incr.cut-59\n" +
        "Successfully truncated AOF incr to timestamp 150\nAll AOF files and manifest are valid\n",
    ));
    assert.equal(readFileSync(`${dir}/d/incr`, "latin1"), `#TS:100\r\n${GOOD}`);
    assert.deepEqual(readdirSync(`${dir}/d`).sort(), ["a.manifest", "base", "incr", "incr.cut-59"]);
  });
});
