/**
 * Files that end in the middle of a command, cut at every byte: the server loads what is whole, cuts the rest off,
 * and appends behind it. All bytes of the last commands with `deno task test:crash`, else those of the very last.
 */

import assert from "node:assert/strict";
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import process from "node:process";
import { commandText } from "../support/resp.ts";
import { failingStart, freshDir, TestServer } from "../support/server.ts";

const FULL = process.env.VELLUM_CRASH === "full";
const AOF = ["--appendonly", "yes"];

const WHOLE = ["SELECT 0", "SET a 1", "SET b 2"];
const LAST = ["INCR a", "MULTI", "SET c 3", "INCR b", "EXEC", "SET d four"];

/** Where each unit ends that loads as a whole: a command, or a transaction up to its EXEC. */
function unitEnds(lines: readonly string[], start: number): number[] {
  const ends: number[] = [start];
  let at = start, open = false;
  for (const line of lines) {
    at += encode(line).length;
    if (line === "MULTI") open = true;
    if (line === "EXEC") open = false;
    if (!open) ends.push(at);
  }
  return ends;
}

function encode(line: string): string {
  return commandText(line.split(" "));
}

/** The values of a, b, c and d after `bytes` of the file. */
function expectedAfter(whole: number): string {
  const [start, incr, exec, end] = unitEnds(LAST, WHOLE.map(encode).join("").length);
  if (whole >= end) return "*[$2, $3, $3, $four]";
  if (whole >= exec) return "*[$2, $3, $3, $nil]";
  if (whole >= incr) return "*[$2, $2, $nil, $nil]";
  assert.ok(whole >= start);
  return "*[$1, $2, $nil, $nil]";
}

Deno.test("torn tail: cut at any byte, the whole commands load and the file goes on behind them", async () => {
  const text = [...WHOLE, ...LAST].map(encode).join("");
  const start = WHOLE.map(encode).join("").length;
  const ends = unitEnds(LAST, start);
  const first = FULL ? start : ends[ends.length - 2];
  for (let cut = first; cut <= text.length; cut++) {
    const dir = freshDir();
    try {
      writeFileSync(`${dir}/appendonly.aof`, text.slice(0, cut), "latin1");
      await using server = await TestServer.start({ dir, args: AOF });
      const whole = Math.max(...ends.filter((end) => end <= cut));
      const client = await server.connect();
      assert.equal(await client.ask("MGET a b c d"), expectedAfter(whole), `cut at ${cut}`);
      assert.equal(statSync(`${dir}/appendonly.aof`).size, whole, `cut at ${cut}`);
      if (cut !== whole) assert.match(server.log(), new RegExp(`Truncating the AOF .*at offset ${whole}`));
      assert.equal(await client.ask("SET e 5"), "+OK");
      await server.terminate();
      const appended = readFileSync(`${dir}/appendonly.aof`, "latin1").slice(whole);
      assert.equal(appended, encode("SELECT 0") + encode("SET e 5"), `cut at ${cut}`);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  }
});

Deno.test("torn tail: aof-load-truncated no refuses to start and leaves the file alone", async () => {
  const dir = freshDir();
  try {
    const text = [...WHOLE, ...LAST].map(encode).join("").slice(0, -3);
    writeFileSync(`${dir}/appendonly.aof`, text, "latin1");
    const args = [
      "--port",
      "0",
      "--unixsocket",
      `${dir}/v.sock`,
      "--dir",
      dir,
      ...AOF,
      "--aof-load-truncated",
      "no",
    ];
    const { ending, log } = await failingStart(args, { dir });
    assert.equal(ending.code, 1);
    assert.match(log.trimEnd().split("\n").at(-1)!, /Unexpected end of file reading the append only file/);
    assert.equal(readFileSync(`${dir}/appendonly.aof`, "latin1"), text);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

Deno.test("damaged file: garbage in the middle refuses to start and leaves the file alone", async () => {
  const cases: [string, RegExp][] = [
    ["*2\r\n#3\r\nGET\r\n", /Bad file format reading the append only file/],
    ["garbage\r\n", /Bad file format reading the append only file/],
    ["*0\r\n", /Bad file format reading the append only file/],
    [encode("NOSUCH a b"), /Unknown command 'NOSUCH' reading the append only file/],
  ];
  for (const [damage, expected] of cases) {
    const dir = freshDir();
    try {
      const text = WHOLE.map(encode).join("") + damage + LAST.map(encode).join("");
      writeFileSync(`${dir}/appendonly.aof`, text, "latin1");
      const args = ["--port", "0", "--unixsocket", `${dir}/v.sock`, "--dir", dir, ...AOF];
      const { ending, log } = await failingStart(args, { dir });
      assert.equal(ending.code, 1, damage);
      assert.match(log.trimEnd().split("\n").at(-1)!, expected);
      assert.equal(readFileSync(`${dir}/appendonly.aof`, "latin1"), text);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  }
});
