/** The modes of redis-cli, where it is installed: what it finds out about a server and its keys. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { eventually } from "../support/client.ts";
import { commandText } from "../support/resp.ts";
import { type TestServer } from "../support/server.ts";
import { type Cli, runToEnd, withCli } from "./programs.ts";

/** Fills in keys of each type. */
async function addCollections(cli: Cli): Promise<void> {
  const numbers = Array.from({ length: 500 }, (_, i) => i + 1);
  const lines = [
    `RPUSH list:big ${numbers.join(" ")}`,
    "RPUSH list:small a b",
    `HSET hash:big ${numbers.slice(0, 300).map((i) => `f${i} v${i}`).join(" ")}`,
    `SADD set:big ${numbers.slice(0, 400).join(" ")}`,
    `ZADD zset:big ${numbers.slice(0, 250).map((i) => `${i} m${i}`).join(" ")}`,
    "GEOADD geo 13.361389 38.115556 Palermo",
    "PFADD hll a b c",
    String.raw`SET "odd \"key\"\xff" v`,
  ];
  assert.equal(await cli([], lines.join("\n") + "\n"), "500\n2\n300\n400\n250\n1\n1\nOK\n");
}

/** Shows redis-cli in a mode that does not end, until its output matches. */
async function watch(server: TestServer, args: readonly string[], until: RegExp, meanwhile = async () => {}) {
  const child = spawn("redis-cli", ["-p", String(server.port), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "", ended = false;
  child.stdout.setEncoding("utf8").on("data", (chunk) => text += chunk);
  child.stderr.setEncoding("utf8").on("data", (chunk) => text += chunk);
  const closed = new Promise<void>((done) =>
    child.on("close", () => {
      ended = true;
      done();
    })
  );
  try {
    await eventually(`redis-cli ${args.join(" ")} shows ${until}`, async () => {
      assert.ok(!ended, `it has ended: ${text}`);
      await meanwhile();
      return until.test(text);
    });
  } finally {
    child.kill("SIGKILL");
    await closed;
  }
  return text;
}

/** A text without colours and carriage returns. */
function plain(text: string): string {
  const [first, ...coloured] = text.replaceAll("\r", "").split("\x1b[");
  return first + coloured.map((part) => part.slice(part.indexOf("m") + 1)).join("");
}

Deno.test("redis-cli: --bigkeys finds the biggest of each type", async () => {
  await withCli(async (cli) => {
    await addCollections(cli);
    const text = await cli(["--bigkeys"]);
    assert.match(text, /Sampled 108 keys in the keyspace!/);
    assert.match(text, /Biggest +list found '"list:big"' has 500 items/);
    assert.match(text, /Biggest +hash found '"hash:big"' has 300 fields/);
    assert.match(text, /Biggest +set found '"set:big"' has 400 members/);
    assert.match(text, /Biggest +zset found '"zset:big"' has 250 members/);
    assert.match(text, /Biggest +string found '"key:99"' has 99 bytes/);
    assert.match(text, /\n102 strings with /);
    assert.match(text, /\n2 zsets with 251 members/);
    assert.doesNotMatch(text, /error/i);
  });
});

Deno.test("redis-cli: --memkeys finds what takes most memory, with and without samples", async () => {
  await withCli(async (cli) => {
    await addCollections(cli);
    for (const more of [[], ["--memkeys-samples", "0"], ["--memkeys-samples", "2"]]) {
      const text = await cli(["--memkeys", ...more]);
      assert.match(text, /Sampled 108 keys in the keyspace!/);
      for (const type of ["list", "hash", "set", "zset"]) {
        const found = new RegExp(`Biggest +${type} found '"${type}:big"' has (\\d+) bytes`).exec(text);
        assert.ok(Number(found?.[1]) > 400, text);
      }
      assert.doesNotMatch(text, /error/i);
    }
  });
});

Deno.test("redis-cli: --hotkeys names the key in use under an LFU policy, and tells what it needs without", async () => {
  await withCli(async (cli, server) => {
    const refused = await runToEnd("redis-cli", ["-p", String(server.port), "--hotkeys"]);
    assert.equal(refused.status, 1);
    assert.match(refused.text, /ERR An LFU maxmemory policy is not selected/);
    assert.equal(await cli(["CONFIG", "SET", "maxmemory-policy", "allkeys-lfu"]), "OK\n");
    await cli(["-r", "3000", "GET", "key:7"]);
    const text = await cli(["--hotkeys"]);
    assert.match(text, /Sampled 100 keys in the keyspace!/);
    const hot = [...text.matchAll(/hot key found with counter: (\d+)\tkeyname: "(key:\d+)"/g)];
    assert.equal(hot[0]?.[2], "key:7", text);
    assert.ok(Number(hot[0][1]) > 5);
  });
});

Deno.test("redis-cli: --scan with patterns; names are bytes", async () => {
  await withCli(async (cli) => {
    await addCollections(cli);
    const lines = async (...args: string[]) => (await cli(["--scan", ...args])).trimEnd().split("\n").sort();
    assert.deepEqual(await lines("--pattern", "key:9?"), Array.from({ length: 10 }, (_, i) => `key:9${i}`));
    assert.deepEqual(await lines("--pattern", "*:big"), [
      ...["hash:big", "list:big", "set:big", "zset:big"],
    ]);
    assert.equal((await lines()).length, 108);
    assert.deepEqual(await lines("--pattern", "none*"), [""]);
    assert.match(
      await cli(["--no-raw", "--scan", "--quoted-pattern", String.raw`"odd \"*\xff"`]),
      /odd \\?"key/,
    );
  });
});

Deno.test("redis-cli: --stat and --latency for two seconds", async () => {
  await withCli(async (cli, server) => {
    const stat = await watch(server, ["--stat", "-i", "0.04"], /(\n100 .*){2}/);
    assert.match(stat, /keys +mem +clients +blocked +requests +connections/);
    assert.match(stat, /\n100 +\d+\.\d+[KMG] +\d+ +0 +\d+ \(\+0\) +\d+/);
    const [min, max, avg, samples] = (await cli(["--raw", "--latency", "-i", "2"])).trim().split(" ").map(
      Number,
    );
    assert.ok(min <= avg && avg <= max && samples > 10, `${[min, max, avg, samples]}`);
    assert.match(await cli(["--csv", "--latency", "-i", "0.2"]), /^\d+,\d+,\d+\.\d\d,\d+\n$/);
  });
});

Deno.test("redis-cli: MONITOR shows what others do", async () => {
  await withCli(async (cli, server) => {
    const text = await watch(server, ["MONITOR"], /"HSET" "h" "f" "a\\r\\nb\\"\\x01"/, async () => {
      await cli([], 'HSET h f "a\\r\\nb\\"\\x01"\n');
    });
    assert.match(text, /^OK\n\d+\.\d{6} \[0 127\.0\.0\.1:\d+\] "/);
  });
});

Deno.test("redis-cli: --pipe loads commands for every type, and tells errors", async () => {
  await withCli(async (cli, server) => {
    const commands: string[][] = [];
    for (let i = 0; i < 2000; i++) {
      commands.push(
        ["SET", `s:${i}`, `v${i}`, "EX", "1000"],
        ["RPUSH", "l", `\xff\r\n${i}`],
        ["HSET", "h", `f${i}`, `v${i}`],
        ["SADD", "set", String(i)],
        ["ZADD", "z", String(i / 4), `m${i}`],
        ["PFADD", "p", `e${i}`],
        ["GEOADD", "g", String(i / 100), "38.5", `g${i}`],
      );
    }
    const text = await cli(["--pipe"], commands.map(commandText).join(""));
    assert.match(text, /errors: 0, replies: 14000/);
    assert.equal(await cli(["GET", "s:1999"]), "v1999\n");
    assert.equal(
      await cli([], "LLEN l\nHLEN h\nSCARD set\nZCARD z\nZCARD g\nDBSIZE\n"),
      "2000\n2000\n2000\n2000\n2000\n2106\n",
    );
    assert.equal(await cli(["--no-raw", "LINDEX", "l", "7"]), '"\\xff\\r\\n7"\n');
    const failing = [["LPUSH", "h", "x"], ["SET", "k", "v"], ["ZADD", "z", "x", "m"]].map(commandText).join(
      "",
    );
    const run = await runToEnd("redis-cli", ["-p", String(server.port), "--pipe"], failing);
    assert.equal(run.status, 1);
    assert.match(run.text, /WRONGTYPE.*\n.*not a valid float[^]*errors: 2, replies: 3/);
  });
});

Deno.test("redis-cli: replies as text, CSV and JSON, in RESP2 and RESP3", async () => {
  await withCli(async (cli) => {
    await cli([], "HSET h a 1 b 2\nZADD z 1.5 x inf y\nSADD s only\nGEOADD g 13.361389 38.115556 P\n");
    assert.equal(await cli(["--csv", "HGETALL", "h"]), '"a","1","b","2"\n');
    assert.equal(await cli(["-3", "--no-raw", "HGETALL", "h"]), '1# "a" => "1"\n2# "b" => "2"\n');
    assert.equal(await cli(["-2", "--no-raw", "HGETALL", "h"]), '1) "a"\n2) "1"\n3) "b"\n4) "2"\n');
    assert.equal(await cli(["--json", "HGETALL", "h"]), '{"a":"1","b":"2"}\n');
    assert.equal(await cli(["-2", "--json", "HGETALL", "h"]), '["a","1","b","2"]\n');
    assert.equal(
      await cli(["-3", "--no-raw", "ZRANGE", "z", "0", "0", "WITHSCORES"]),
      '1) 1) "x"\n   2) (double) 1.5\n',
    );
    assert.equal(await cli(["-3", "--no-raw", "ZSCORE", "z", "y"]), "(double) inf\n");
    assert.equal(await cli(["-3", "--no-raw", "SMEMBERS", "s"]), '1~ "only"\n');
    assert.equal(await cli(["-3", "--no-raw", "GET", "none"]), "(nil)\n");
    assert.equal(await cli(["-3", "--no-raw", "HGETALL", "none"]), "(empty hash)\n");
    assert.match(
      await cli(["--no-raw", "GEOPOS", "g", "P"]),
      /^1\) 1\) "13\.36138\d+"\n {3}2\) "38\.11555\d+"\n$/,
    );
    assert.equal(
      await cli([], "MULTI\nSET a 1\nINCR a\nEXEC\nSELECT 2\nDBSIZE\n"),
      "OK\nQUEUED\nQUEUED\nOK\n2\nOK\n0\n",
    );
    assert.equal(await cli(["-n", "3", "SET", "k", "in three"]), "OK\n");
    assert.equal(await cli(["-n", "3", "KEYS", "*"]), "k\n");
    assert.equal(await cli(["-x", "SET", "bytes"], "a\n\0b"), "OK\n");
    assert.equal(await cli(["--no-raw", "GET", "bytes"]), '"a\\n\\x00b"\n');
  });
});

Deno.test("redis-cli: a program of commands with an error ends with its code under -e", async () => {
  await withCli(async (_cli, server) => {
    const { status, text } = await runToEnd("redis-cli", [
      "-p",
      String(server.port),
      "-e",
      "LPUSH",
      "key:1",
      "x",
    ]);
    assert.equal(status, 1);
    assert.match(text, /^WRONGTYPE Operation against a key holding the wrong kind of value/);
  });
});

Deno.test("redis-cli: --rdb, --functions-rdb and --replica are refused, and the server goes on", async () => {
  await withCli(async (cli, server) => {
    for (
      const mode of [["--rdb", server.path("out.rdb")], ["--functions-rdb", server.path("out.rdb")], [
        "--replica",
      ]]
    ) {
      const { status, text } = await runToEnd("redis-cli", ["-p", String(server.port), ...mode]);
      assert.equal(status, 1, text);
      assert.match(text, /unknown command '(SYNC|REPLCONF)'/);
      assert.equal(existsSync(server.path("out.rdb")), false);
    }
    assert.equal(await cli(["GET", "key:3"]), "xxx\n");
    assert.equal(await cli(["CLIENT", "LIST"]).then((text) => text.trimEnd().split("\n").length <= 3), true);
  });
});

Deno.test("redis-cli: its help is made of our COMMAND DOCS", async () => {
  await withCli(async (cli) => {
    const help = async (topic: string) => plain(await cli(["help", topic]));
    const zadd = await help("ZADD");
    assert.match(zadd, /ZADD key \[NX\|XX\] \[GT\|LT\] \[CH\] \[INCR\] score member \[score member \.\.\.\]/);
    assert.match(zadd, /summary: [A-Z].*\n *since: 1\.2\.0\n *group: sorted-set/);
    for (
      const group of [
        "list",
        "hash",
        "set",
        "sorted-set",
        "geo",
        "hyperloglog",
        "string",
        "generic",
        "connection",
      ]
    ) {
      assert.match(await help(`@${group}`), /\n.*summary:/, group);
    }
    assert.match(
      plain(await cli([], "help blmove\nPING\n")),
      /BLMOVE source destination LEFT\|RIGHT LEFT\|RIGHT timeout[^]*PONG/,
    );
    assert.match(await cli(["OBJECT", "HELP"]), /^OBJECT <subcommand>/);
  });
});
