/** Command line and configuration: redis-server's ways, and its words when something is wrong. */

import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { failingStart, freshDir, TestServer } from "../support/server.ts";
import { pairsOf, textOf } from "../support/resp.ts";

/** Runs `test` in a directory that is removed afterwards. */
async function inDir(test: (dir: string) => Promise<void>): Promise<void> {
  const dir = freshDir();
  try {
    await test(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function setting(server: TestServer, name: string): Promise<string> {
  const client = await server.connect();
  const [[, value]] = pairsOf(await client.command("CONFIG", "GET", name));
  return textOf(value);
}

Deno.test("startup: a configuration file is read, and options behind it win", async () => {
  await inDir(async (dir) => {
    writeFileSync(
      `${dir}/redis.conf`,
      '# a comment\nmaxclients 123\nappendfilename "from file.aof"\n\nhz 50\n',
    );
    await using server = await TestServer.start({ dir, args: [`${dir}/redis.conf`, "--hz", "77"] });
    assert.equal(await setting(server, "maxclients"), "123");
    assert.equal(await setting(server, "appendfilename"), "from file.aof");
    assert.equal(await setting(server, "hz"), "77");
  });
});

Deno.test("startup: a configuration comes from standard input for -", async () => {
  await using server = await TestServer.start({ args: ["-"], stdin: "maxclients 321\nappendonly yes\n" });
  assert.equal(await setting(server, "maxclients"), "321");
  assert.equal(await setting(server, "appendonly"), "yes");
});

Deno.test("startup: CONFIG REWRITE writes what was set into the file", async () => {
  await inDir(async (dir) => {
    writeFileSync(`${dir}/redis.conf`, "# keep me\nmaxclients 123\n");
    await using server = await TestServer.start({ dir, args: [`${dir}/redis.conf`] });
    const client = await server.connect();
    assert.equal(await client.ask("CONFIG SET maxclients 200"), "+OK");
    assert.equal(await client.ask("CONFIG REWRITE"), "+OK");
    const text = readFileSync(`${dir}/redis.conf`, "utf8");
    assert.match(text, /^# keep me\nmaxclients 200\n/);
  });
});

Deno.test("startup: a bad line of the configuration is told with its number and text", async () => {
  await inDir(async (dir) => {
    writeFileSync(`${dir}/bad.conf`, "maxclients 10\n\nnosuch directive\n");
    const { ending, log } = await failingStart([`${dir}/bad.conf`], { dir });
    assert.equal(ending.code, 1);
    assert.match(
      log,
      /\*\*\* FATAL CONFIG FILE ERROR \(Redis \d+\.\d+\.\d+\) \*\*\*\nReading the configuration file, at line 3\n>>> 'nosuch directive'\nBad directive or wrong number of arguments\n/,
    );
  });
});

Deno.test("startup: bad options on the command line are told in the same way", async () => {
  await inDir(async (dir) => {
    const cases: [string[], RegExp][] = [
      [["--nosuch", "1"], />>> 'nosuch "1"'\nBad directive or wrong number of arguments\n/],
      [["--port", "x"], />>> 'port "x"'\nargument couldn't be parsed into an integer\n/],
      [["--port", "70000"], />>> 'port "70000"'\nargument must be between 0 and 65535 inclusive\n/],
      [["--appendfsync", "never"], />>> 'appendfsync "never"'\nargument\(s\) must be one of the following: /],
      [["--appendfilename", "a/b"], /appendfilename can't be a path, just a filename\n/],
    ];
    for (const [args, expected] of cases) {
      const { ending, log } = await failingStart(args, { dir });
      assert.equal(ending.code, 1, args.join(" "));
      assert.match(log, /\*\*\* FATAL CONFIG FILE ERROR/);
      assert.match(log, expected);
    }
  });
});

Deno.test("startup: a missing configuration file and a missing directory end it", async () => {
  await inDir(async (dir) => {
    const missing = await failingStart([`${dir}/none.conf`], { dir });
    assert.equal(missing.ending.code, 1);
    assert.match(missing.log, /Fatal error, can't open config file '.*none\.conf'/);
    const noDir = await failingStart(["--port", "0", "--dir", `${dir}/none`], { dir });
    assert.equal(noDir.ending.code, 1);
    assert.match(noDir.log, /No such file or directory/);
  });
});

Deno.test("startup: a port that is taken ends it with a message", async () => {
  await using server = await TestServer.start();
  const args = ["--port", String(server.port), "--bind", "127.0.0.1", "--dir", server.dir];
  const { ending, log } = await failingStart(args, { dir: server.dir });
  assert.equal(ending.code, 1);
  assert.match(
    log,
    new RegExp(
      `Could not create server TCP listening socket 127.0.0.1:${server.port}: bind: Address already in use`,
    ),
  );
  assert.equal(await (await server.connect()).ask("PING"), "+PONG");
});

Deno.test("startup: nowhere to listen ends it with a message", async () => {
  await inDir(async (dir) => {
    const { ending, log } = await failingStart(["--port", "0", "--dir", dir], { dir });
    assert.equal(ending.code, 1);
    assert.match(log, /Configured to not listen anywhere, exiting\./);
  });
});

Deno.test("startup: --version and --help answer and end", async () => {
  await inDir(async (dir) => {
    for (const option of ["--version", "-v"]) {
      const { ending, log } = await failingStart([option], { dir });
      assert.equal(ending.code, 0);
      assert.match(log, /v=\d+\.\d+\.\d+/);
    }
    const help = await failingStart(["--help"], { dir });
    assert.match(help.log, /^Usage: /);
  });
});

Deno.test("startup: logfile takes the log, and Ready to accept connections is in it", async () => {
  await inDir(async (dir) => {
    await using server = await TestServer.start({ dir, args: ["--logfile", `${dir}/own.log`] });
    assert.ok(existsSync(`${dir}/own.log`));
    assert.match(
      readFileSync(`${dir}/own.log`, "utf8"),
      /\d+:M \d\d \w{3} \d{4} \d\d:\d\d:\d\d\.\d{3} \* Ready to accept connections/,
    );
    await server.terminate();
  });
});

Deno.test("startup: several bind addresses, one of them optional and absent", async () => {
  await inDir(async (dir) => {
    await using server = await TestServer.start({ dir, args: ["--bind", "127.0.0.1", "-192.0.2.1"] });
    assert.equal(await (await server.connect()).ask("PING"), "+PONG");
  });
});
