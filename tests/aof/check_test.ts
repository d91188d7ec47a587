/** docs/AOF.md §11: `check-aof` on a disk that fails, fills up and loses power. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { latin1, toAscii } from "../../lib/base/ascii.ts";
import { Crc64 } from "../../lib/base/crc64.ts";
import { type Fs, type ReadFile } from "../../lib/platform/types.ts";
import { AOF_PATH, AofWorld, request } from "../support/aof_world.ts";
import { checkAof } from "../support/check_world.ts";
import { FaultyFs } from "../support/faulty_fs.ts";

function joined(...parts: (string | Uint8Array)[]): Uint8Array {
  const all = parts.map((part) => (typeof part === "string" ? toAscii(part) : part));
  const out = new Uint8Array(all.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of all) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function disk(bytes: Uint8Array | string): FaultyFs {
  const fs = new FaultyFs();
  fs.install(AOF_PATH, typeof bytes === "string" ? toAscii(bytes) : bytes);
  return fs;
}

function text(fs: FaultyFs, path = AOF_PATH): string {
  const bytes = fs.contents(path);
  return latin1(bytes, 0, bytes.length);
}

const GOOD = joined(request("SELECT", "0"), request("SET", "a", "1"));
const HEAD = "Start checking Old-Style AOF\n";
const CUT_PATH = `${AOF_PATH}.cut-${GOOD.length}`;

/** Checks a file and gives what is said about it behind the first line. */
function verdict(bytes: Uint8Array | string, ...options: string[]): string {
  const fs = disk(bytes);
  const { status, output } = checkAof(fs, [...options, AOF_PATH]);
  assert.ok(output.startsWith(HEAD), output);
  assert.equal(status, output.endsWith(`AOF ${AOF_PATH} is valid\n`) ? 0 : 1, output);
  assert.equal(fs.openFiles, 0);
  return output.slice(HEAD.length);
}

function analyzed(size: number, ok: number, line: number): string {
  return `AOF analyzed: filename=${AOF_PATH}, size=${size}, ok_up_to=${ok}, ok_up_to_line=${line}, diff=${
    size - ok
  }\n`;
}

const INVALID = `AOF ${AOF_PATH} is not valid. Use the --fix option to try fixing it.\n`;

/** What is said about good commands with something wrong behind them. */
function wrongTail(tail: Uint8Array | string): string {
  const said = verdict(joined(GOOD, tail));
  assert.ok(said.endsWith(INVALID), said);
  assert.ok(said.includes(`ok_up_to=${GOOD.length},`), said);
  return said.slice(0, said.indexOf("AOF analyzed"));
}

/** An error line at so many bytes behind the good commands. */
function at(behind: number, what: string): string {
  return `0x${(GOOD.length + behind).toString(16).padStart(16)}: ${what}\n`;
}

Deno.test("check-aof: good, empty and missing files, and what is no file", () => {
  assert.equal(verdict(GOOD), analyzed(GOOD.length, GOOD.length, 13) + `AOF ${AOF_PATH} is valid\n`);
  assert.deepEqual(checkAof(disk(""), [AOF_PATH]), {
    status: 0,
    output: `${HEAD}AOF ${AOF_PATH} is empty\n`,
  });
  assert.deepEqual(checkAof(new FaultyFs(), ["/data/x"]), {
    status: 1,
    output: "Cannot open file /data/x: No such file or directory\n",
  });
  assert.deepEqual(checkAof(new FaultyFs(), ["/data"]), { status: 1, output: "Cannot read file: /data\n" });
  const locked = disk(GOOD);
  locked.inject({ op: "open", code: "EACCES", path: AOF_PATH });
  assert.equal(checkAof(locked, [AOF_PATH]).output, `Cannot open file ${AOF_PATH}: Permission denied\n`);
});

Deno.test("check-aof: a file that must not be written to can be checked, but not fixed", () => {
  const fs = disk(joined(GOOD, "*1"));
  const openAppend = fs.openAppend.bind(fs);
  fs.openAppend = (path, options) => {
    fs.inject({ op: "open", code: "EROFS" });
    return openAppend(path, options);
  };
  assert.ok(checkAof(fs, [AOF_PATH]).output.endsWith(INVALID));
  assert.deepEqual(checkAof(fs, ["--fix", AOF_PATH], "y"), {
    status: 1,
    output: `${HEAD}Cannot open file ${AOF_PATH}: Read-only file system, aborting...\n`,
  });
});

Deno.test("check-aof: the command line", () => {
  const usage =
    "Usage: vellum check-aof [--fix] [--truncate-to-timestamp $timestamp] <file.manifest|file.aof>\n";
  for (
    const args of [[], ["--fix"], ["--foo", AOF_PATH], [AOF_PATH, "x"], ["--truncate-to-timestamp", "1"]]
  ) {
    assert.deepEqual(checkAof(disk(GOOD), args), { status: 1, output: usage }, args.join(" "));
  }
  assert.deepEqual(checkAof(disk(GOOD), ["--help"]), { status: 0, output: usage });
  for (const wrong of ["x", "1x", " ", "9223372036854775808"]) {
    assert.deepEqual(checkAof(disk(GOOD), ["--truncate-to-timestamp", wrong, AOF_PATH]), {
      status: 1,
      output: "Invalid timestamp, aborting...\n",
    });
  }
});

Deno.test("check-aof: what is wrong is told with its place", () => {
  assert.equal(wrongTail("*3\r\n$3\r\nSE"), at(8, "Expected to read 5 bytes, got 2 bytes"));
  assert.equal(wrongTail("*3\r\n"), "");
  assert.equal(wrongTail("*1"), at(0, "Expected \\r\\n, got: 0000"));
  assert.equal(wrongTail("*1\n"), at(0, "Expected \\r\\n, got: 0a00"));
  assert.equal(wrongTail("*1\r\n:3\r\n"), at(4, "Expected prefix '$', got: ':'"));
  assert.equal(wrongTail("*1\r\n\xff3\r\n"), at(4, "Expected prefix '$', got: '\\xff'"));
  assert.equal(wrongTail("*1\r\n$3\r\nGETab"), at(8, "Expected \\r\\n, got: 6162"));
  assert.equal(
    wrongTail("*1\r\n$-1\r\n"),
    at(4, "Expected to read string of -1 bytes, which is not in the suitable range"),
  );
  assert.equal(wrongTail("hello"), `AOF ${AOF_PATH} format error\n`);
  assert.equal(wrongTail(new Uint8Array(5000)), `AOF ${AOF_PATH} format error\n`);
});

Deno.test("check-aof: lengths beyond all bounds are told, and take no memory", () => {
  for (const length of ["1000000", "536870912", "9007199254740993", "9223372036854775805"]) {
    const expected = BigInt(length) + 2n;
    assert.equal(
      wrongTail(`*1\r\n$${length}\r\nabc`),
      at(4 + length.length + 3, `Expected to read ${expected} bytes, got 3 bytes`),
    );
  }
  for (const length of ["9223372036854775806", "99999999999999999999999"]) {
    const shown = length.length > 19 ? "9223372036854775807" : length;
    assert.equal(
      wrongTail(`*1\r\n$${length}\r\nabc`),
      at(4, `Expected to read string of ${shown} bytes, which is not in the suitable range`),
    );
  }
});

Deno.test("check-aof: transactions", () => {
  const unit = joined(request("MULTI"), request("SET", "a", "2"), request("exec"));
  assert.ok(verdict(joined(GOOD, unit, unit)).endsWith("is valid\n"));
  const opened = joined(request("MULTI"), request("SET", "a", "2"));
  assert.equal(wrongTail(opened), at(opened.length - 3, "Reached EOF before reading EXEC for MULTI"));
  assert.equal(wrongTail(request("EXEC")), at(8, `Unexpected EXEC in AOF ${AOF_PATH}`));
  assert.equal(
    wrongTail(joined(request("MULTI"), request("Multi"))),
    at(request("MULTI").length + 8, `Unexpected MULTI in AOF ${AOF_PATH}`),
  );
});

Deno.test("check-aof: what no server loads is not good, other than Redis says", () => {
  assert.equal(wrongTail("#TS:17"), at(0, "Reached EOF before the end of the annotation"));
  assert.equal(wrongTail("*0\r\n"), at(0, "Expected a command of 1 argument at least, got: 0"));
  assert.equal(wrongTail("*-3\r\n"), at(0, "Expected a command of 1 argument at least, got: -3"));
});

Deno.test("check-aof: cut at any byte, it finds the end of the last whole command outside a transaction", () => {
  const parts = [request("SET", "a", "x".repeat(70_000)), toAscii("#TS:12\r\n"), request("MULTI")];
  const unitEnd = joined(...parts, request("DEL", "a"), request("EXEC"));
  const bytes = joined(unitEnd, request("SET", "b", "\r\n*1\r\n"));
  const ends = [0, parts[0].length, parts[0].length + parts[1].length, unitEnd.length, bytes.length];
  const cuts = fc.oneof(
    fc.integer({ min: 1, max: bytes.length }),
    fc.integer({ min: 70_000, max: bytes.length }),
  );
  fc.assert(fc.property(cuts, (cut) => {
    const ok = ends.findLast((end) => end <= cut)!;
    assert.ok(verdict(bytes.slice(0, cut)).includes(`size=${cut}, ok_up_to=${ok},`));
  }));
});

Deno.test("check-aof: reads of any size give the same", () => {
  const bytes = joined(
    GOOD,
    "#TS:1\r\n",
    request("SET", "k", "v".repeat(200_000)),
    request("MULTI"),
    "*2\r\n$3\r\nDE",
  );
  const expected = verdict(bytes);
  for (const most of [1, 2, 3, 1000]) {
    const fs: Fs = disk(bytes);
    const open = fs.openRead.bind(fs);
    fs.openRead = (path) => {
      const file: ReadFile = open(path);
      const read = (buf: Uint8Array, start: number, end: number) =>
        file.read(buf, start, Math.min(end, start + most));
      return { size: file.size, read, close: () => file.close() };
    };
    assert.equal(checkAof(fs, [AOF_PATH]).output, HEAD + expected);
  }
});

Deno.test("check-aof: a file of any bytes gets a verdict, and a fixed one is good", () => {
  const piece = fc.constantFrom(
    "*",
    "$",
    "#",
    "1",
    "2",
    "\r\n",
    "\n",
    "\0",
    "MULTI",
    "EXEC",
    "#TS:",
    "file",
    "REDIS0011",
    "\xff",
  );
  const some = fc.oneof(fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join("")), fc.string());
  fc.assert(fc.property(some, fc.boolean(), (tail, good) => {
    const fs = disk(joined(good ? GOOD : "", toAscii(tail)));
    const first = checkAof(fs, ["--fix", AOF_PATH], "y");
    assert.doesNotMatch(first.output, /Unexpected failure|Error:|\n {4}at /);
    if (first.status === 0) assert.equal(checkAof(fs, [AOF_PATH]).status, 0, first.output);
    assert.equal(fs.openFiles, 0);
  }));
});

Deno.test("check-aof: an error of the disk while reading ends the check, wherever it comes", () => {
  const last: string[] = [];
  for (let at = 1;; at++) {
    const fs = disk(GOOD);
    fs.inject({ op: "read", code: "EIO", at });
    const { status, output } = checkAof(fs, [AOF_PATH]);
    assert.equal(fs.openFiles, 0);
    if (status === 0) break;
    last.push(output.trimEnd().split("\n").at(-1)!);
  }
  assert.ok(last.includes(`Failed to read from AOF ${AOF_PATH}, aborting...`), last.join());
  assert.ok(
    last.every((line) => /^(Failed to read from AOF|Cannot read file:|Cannot open file) /.test(line)),
    last.join(),
  );
});

// --fix

Deno.test("check-aof --fix: asks, saves what it cuts off, syncs both in that order", () => {
  const tail = "*3\r\n$3\r\nSET\r\n$1\r\nb";
  const fs = disk(joined(GOOD, tail));
  fs.trace.length = 0;
  const { status, output } = checkAof(fs, ["--fix", AOF_PATH], "yes\n");
  assert.equal(status, 0);
  const size = GOOD.length + tail.length;
  assert.equal(
    output.slice(output.indexOf("This will")),
    `This will shrink the AOF ${AOF_PATH} from ${size} bytes, with ${tail.length} bytes, to ${GOOD.length} bytes\n` +
      `Continue? [y/N]: Saved the ${tail.length} bytes to be cut off as ${CUT_PATH}\n` +
      `Successfully truncated AOF ${AOF_PATH}\n`,
  );
  assert.deepEqual(fs.trace, [
    `write ${CUT_PATH} ${tail.length}`,
    `fdatasync ${CUT_PATH}`,
    "syncDir /data",
    `ftruncate ${AOF_PATH} ${GOOD.length}`,
    `fdatasync ${AOF_PATH}`,
    "syncDir /data",
  ]);
  assert.equal(text(fs, CUT_PATH), tail);
  assert.equal(text(fs), latin1(GOOD, 0, GOOD.length));
  assert.equal(checkAof(fs, [AOF_PATH]).status, 0);
});

Deno.test("check-aof --fix: without a yes nothing changes, and a good file is not asked about", () => {
  for (const answer of ["", "n\n", "\n", " y"]) {
    const fs = disk(joined(GOOD, "*"));
    fs.trace.length = 0;
    const { status, output } = checkAof(fs, ["--fix", AOF_PATH], answer);
    assert.equal(status, 1);
    assert.ok(output.endsWith("Continue? [y/N]: Aborting...\n"), output);
    assert.deepEqual(fs.trace, []);
    assert.equal(fs.contents(AOF_PATH).length, GOOD.length + 1);
  }
  assert.doesNotMatch(checkAof(disk(GOOD), ["--fix", AOF_PATH]).output, /Continue/);
});

Deno.test("check-aof --fix: an earlier copy is never written over", () => {
  const fs = disk(joined(GOOD, "*2"));
  fs.install(CUT_PATH, toAscii("earlier"));
  const { output } = checkAof(fs, ["--fix", AOF_PATH], "Y");
  assert.match(output, new RegExp(`as ${CUT_PATH}\\.2\n`));
  assert.equal(text(fs, CUT_PATH), "earlier");
  assert.equal(text(fs, `${CUT_PATH}.2`), "*2");
});

Deno.test("check-aof --fix: nothing is removed if the copy cannot be made", () => {
  const faults = [
    { op: "open", code: "EACCES" },
    { op: "write", code: "ENOSPC" },
    { op: "write", code: "ENOSPC", keep: 3 },
    { op: "fdatasync", code: "EIO" },
    { op: "close", code: "EIO" },
  ] as const;
  const tail = "*3\r\n$3\r\nSET";
  for (const fault of faults) {
    const fs = disk(joined(GOOD, tail));
    fs.inject({ ...fault, path: ".cut-" });
    const { status, output } = checkAof(fs, ["--fix", AOF_PATH], "y");
    assert.equal(status, 1);
    assert.match(output, /Failed to save .*\.cut-\d+: .*\. Nothing was removed\.\n$/);
    assert.equal(fs.contents(AOF_PATH).length, GOOD.length + tail.length);
    assert.deepEqual(fs.list("/data").filter((name) => name.includes("cut")), []);
  }
});

Deno.test("check-aof --fix: a file that has grown meanwhile is left alone", () => {
  const fs = disk(joined(GOOD, "*1"));
  const openAppend = fs.openAppend.bind(fs);
  fs.openAppend = (path, options) => {
    const file = openAppend(path, options);
    if (path !== AOF_PATH) return file;
    // The other process appends between the check and the question's answer.
    const size = file.size.bind(file);
    file.size = () => {
      file.write(GOOD, 0, GOOD.length);
      return size();
    };
    return file;
  };
  const { status, output } = checkAof(fs, ["--fix", AOF_PATH], "y");
  assert.equal(status, 1);
  assert.match(output, /has changed while it was checked\. Nothing was removed/);
  assert.deepEqual(fs.list("/data").filter((name) => name.includes("cut")), []);
});

Deno.test("check-aof --fix: a failing cut is told", () => {
  const fs = disk(joined(GOOD, "*1"));
  fs.inject({ op: "ftruncate", code: "EIO" });
  assert.match(
    checkAof(fs, ["--fix", AOF_PATH], "y").output,
    /\nFailed to truncate AOF .*: Input\/output error\n$/,
  );
  fs.inject({ op: "fdatasync", code: "EIO", path: "appendonly.aof", at: 2 });
  const { status, output } = checkAof(fs, ["--fix", AOF_PATH], "y");
  assert.equal(status, 1);
  assert.match(output, /was truncated, but syncing it failed: Input\/output error\n$/);
});

Deno.test("check-aof --fix: power may fail at any moment, and every byte is in the file or in the copy", () => {
  const tail = latin1(request("SET", "b", "y".repeat(300)), 0, 200);
  const whole = latin1(GOOD, 0, GOOD.length) + tail;
  for (let seed = 1; seed <= 20; seed++) {
    for (let calls = 0; calls <= 7; calls++) {
      const fs = new FaultyFs(seed);
      fs.install(AOF_PATH, toAscii(whole));
      fs.cutAfterCalls = calls;
      checkAof(fs, ["--fix", AOF_PATH], "y");
      fs.powerCut();
      if (text(fs) === whole) continue;
      assert.equal(text(fs), whole.slice(0, GOOD.length));
      assert.equal(text(fs, CUT_PATH), tail);
    }
  }
});

Deno.test("check-aof --fix: refused while a server has the file, and the lock is held meanwhile and released", () => {
  const world = new AofWorld();
  world.start();
  world.set("a", "1");
  world.aof.flush(true);
  const before = world.text();
  for (const options of [["--fix"], ["--truncate-to-timestamp", "5"]]) {
    const { status, output } = checkAof(world.fs, [...options, AOF_PATH], "y");
    assert.equal(status, 1);
    assert.match(
      output,
      /is in use: a running server holds the lock \/data\/appendonly\.aof\.lock\. Nothing was changed/,
    );
  }
  assert.equal(checkAof(world.fs, [AOF_PATH]).status, 0);
  assert.equal(world.text(), before);
  world.aof.stop();
  assert.equal(checkAof(world.fs, ["--fix", AOF_PATH], "y").status, 0);
  assert.notEqual(world.fs.tryLock(`${AOF_PATH}.lock`), undefined);
});

Deno.test("check-aof --fix: of a name that is a link, the lock of either name refuses", () => {
  for (const locked of ["/data/appendonly.aof.lock", "/data/real.aof.lock"]) {
    const fs = disk(joined(GOOD, "*"));
    fs.realPath = (path) => (path === AOF_PATH ? "/data/real.aof" : path);
    const lock = fs.tryLock(locked);
    assert.match(checkAof(fs, ["--fix", AOF_PATH], "y").output, new RegExp(`holds the lock ${locked}`));
    lock!.release();
    assert.equal(checkAof(fs, ["--fix", AOF_PATH], "y").status, 0);
  }
});

// --truncate-to-timestamp

Deno.test("check-aof --truncate-to-timestamp: cuts before the first later annotation, and keeps that too", () => {
  const kept = joined("#TS:100\r\n", GOOD, "#TS:200\r\n", GOOD);
  const tail = joined("#TS:201\r\n", GOOD);
  const fs = disk(joined(kept, tail));
  const { status, output } = checkAof(fs, ["--truncate-to-timestamp", "200", AOF_PATH]);
  assert.equal(status, 0);
  const saved = `${AOF_PATH}.cut-${kept.length}`;
  assert.equal(
    output,
    `${HEAD}Saved the ${tail.length} bytes to be cut off as ${saved}\n` +
      `Successfully truncated AOF ${AOF_PATH} to timestamp 200\n`,
  );
  assert.equal(text(fs), latin1(kept, 0, kept.length));
  assert.equal(text(fs, saved), latin1(tail, 0, tail.length));
});

Deno.test("check-aof --truncate-to-timestamp: nothing later, nothing earlier, no number, a torn file", () => {
  const bytes = joined("#TS:100\r\n", GOOD);
  const T = "--truncate-to-timestamp";
  const none = `Truncate nothing in AOF ${AOF_PATH} to timestamp`;
  assert.equal(verdict(bytes, T, "100"), `${none} 100\nAOF ${AOF_PATH} is valid\n`);
  assert.equal(verdict(GOOD, T, "-1"), `${none} -1\nAOF ${AOF_PATH} is valid\n`);
  assert.equal(verdict(bytes, T, "99"), `AOF ${AOF_PATH} has nothing before timestamp 99, aborting...\n`);
  assert.equal(verdict(joined(GOOD, "#TS:x\r\n"), T, "99"), "Invalid timestamp annotation\n");
  assert.ok(verdict(joined(GOOD, "#TS:x\r\n")).endsWith("is valid\n"));
  assert.ok(verdict(joined(bytes, "*1\r\n"), T, "100").endsWith(INVALID));
  assert.ok(verdict(bytes, T, "0").startsWith("AOF analyzed"));
});

Deno.test("check-aof --truncate-to-timestamp: inside a transaction, the cut is before its MULTI", () => {
  const fs = disk(joined(GOOD, request("MULTI"), "#TS:300\r\n", request("DEL", "a"), request("EXEC")));
  assert.equal(checkAof(fs, ["--truncate-to-timestamp", "200", AOF_PATH]).status, 0);
  assert.equal(text(fs), latin1(GOOD, 0, GOOD.length));
});

// RDB in front

function rdb(...records: string[]): Uint8Array {
  const body = joined("REDIS0011", "\xfa\x09redis-ver\x057.2.6", ...records, "\xff");
  const crc = new Crc64();
  crc.update(body, 0, body.length);
  const end = new Uint8Array(8);
  crc.writeTo(end, 0);
  return joined(body, end);
}

const SMALL = rdb(
  "\xfe\x00",
  "\xfb\x02\x01",
  "\x00\x01a\x01b",
  "\xfc\x01\x00\x00\x00\x00\x00\x00\x00\x00\x01e\xc0\x07",
);

Deno.test("check-aof: an RDB in front is told record by record, and what follows is checked", () => {
  const size = SMALL.length + GOOD.length;
  assert.equal(
    verdict(joined(SMALL, GOOD)),
    `[offset 0] Checking RDB file ${AOF_PATH}\n` +
      "[offset 26] AUX FIELD redis-ver = '7.2.6'\n[offset 28] Selecting DB ID 0\n" +
      `[offset ${SMALL.length}] Checksum OK\n[offset ${SMALL.length}] \\o/ RDB looks OK! \\o/\n` +
      "[info] 2 keys read\n[info] 1 expires\n[info] 1 already expired\n" +
      "RDB preamble is OK, proceeding with AOF tail...\n" +
      analyzed(size, size, 13) + `AOF ${AOF_PATH} is valid\n`,
  );
  const fs = disk(joined(SMALL, GOOD, "*1\r"));
  assert.equal(checkAof(fs, ["--fix", AOF_PATH], "y").status, 0);
  assert.equal(fs.contents(AOF_PATH).length, size);
});

Deno.test("check-aof §12.3: the first command behind an RDB is torn: the RDB stays", () => {
  const fs = disk(joined(SMALL, GOOD.slice(0, 7)));
  assert.equal(checkAof(fs, ["--fix", AOF_PATH], "y").status, 0);
  assert.equal(fs.contents(AOF_PATH).length, SMALL.length);
});

Deno.test("check-aof: an RDB that is cut, changed or not ours is told, and never cut", () => {
  for (let cut = 8; cut < SMALL.length; cut++) {
    const fs = disk(SMALL.slice(0, cut));
    const { status, output } = checkAof(fs, ["--fix", AOF_PATH], "y");
    assert.equal(status, 1);
    assert.match(output, /RDB ERROR DETECTED ---\n\[offset \d+\] Unexpected EOF reading RDB file\n/);
    assert.ok(output.endsWith("RDB preamble of AOF file is not sane, aborting.\n"));
    assert.equal(fs.contents(AOF_PATH).length, cut);
  }
  for (let i = 5; i < SMALL.length; i++) {
    const bytes = SMALL.slice();
    bytes[i] ^= 0x55;
    const said = verdict(joined(bytes, GOOD));
    assert.match(said, /--- RDB ERROR DETECTED ---\n[^]*aborting\.\n$/, `byte ${i}`);
  }
  const stream = rdb("\x15\x01s\x00");
  assert.match(
    verdict(stream),
    /Unsupported RDB content: stream[^]*RDB preamble of AOF file holds what vellum cannot read, aborting\.\n$/,
  );
});

Deno.test("check-aof: an RDB without checksum, an empty collection, a length that is a lie", () => {
  const unsummed = SMALL.slice();
  unsummed.fill(0, SMALL.length - 8);
  assert.match(verdict(unsummed), /RDB file was saved with checksum disabled: no check performed\./);
  assert.match(
    verdict(rdb("\x02\x01s\x00")),
    /\] Value without elements\n\[additional info\] While doing: read-object-value/,
  );
  assert.match(verdict(rdb("\x00\x01s\x80\xff\xff\xff\xff")), /Unexpected EOF reading RDB file/);
  assert.match(
    verdict(rdb("\x00\x01s\x81\x7f\xff\xff\xff\xff\xff\xff\xff")),
    /string of \d+ bytes|Unexpected EOF/,
  );
});

Deno.test("check-aof: an RDB larger than all buffers", () => {
  const keys = Array.from(
    { length: 40_000 },
    (_, i) => `\x00\x08${String(i).padStart(8, "k")}\x40\x40${"v".repeat(64)}`,
  );
  const big = rdb("\xfe\x00", keys.join(""));
  assert.match(verdict(joined(big, GOOD)), /\n\[info\] 40000 keys read\n[^]*is valid\n$/);
});

// Manifests

function manifestDisk(lines: string, files: Record<string, Uint8Array | string>): FaultyFs {
  const fs = new FaultyFs();
  fs.mkdir("/data/dir");
  fs.install("/data/dir/a.manifest", toAscii(lines));
  for (const [name, bytes] of Object.entries(files)) fs.install(`/data/dir/${name}`, joined(bytes));
  return fs;
}

const LINES = "file base seq 1 type b\nfile old seq 1 type h\nfile i1 seq 2 type i\nfile i2 seq 3 type i\n";

Deno.test("check-aof: a manifest's files are checked in order, and only the last may be cut", () => {
  const whole = { base: SMALL, i1: GOOD, i2: "" };
  const { status, output } = checkAof(manifestDisk(LINES, whole), ["/data/dir/a.manifest"]);
  assert.equal(status, 0, output);
  assert.match(
    output,
    /^Start checking Multi Part AOF\nStart to check BASE AOF \(RDB format\)\.\n\[offset 0\]/,
  );
  assert.match(output, /BASE AOF base is valid\nStart to check INCR files\.\n/);
  assert.match(output, /INCR AOF i1 is valid\nINCR AOF i2 is empty\nAll AOF files and manifest are valid\n$/);

  const torn = manifestDisk(LINES, { base: GOOD, i1: joined(GOOD, "*"), i2: GOOD });
  const refused = checkAof(torn, ["--fix", "/data/dir/a.manifest"], "y");
  assert.equal(refused.status, 1);
  assert.match(refused.output, /BASE AOF \(RESP format\)/);
  assert.ok(refused.output.endsWith("Failed to truncate AOF i1 because it is not the last file\n"));
  assert.equal(torn.contents("/data/dir/i1").length, GOOD.length + 1);

  const last = manifestDisk(LINES, { base: GOOD, i1: GOOD, i2: joined(GOOD, "*") });
  assert.equal(checkAof(last, ["--fix", "/data/dir/a.manifest"], "y").status, 0);
  assert.equal(last.contents("/data/dir/i2").length, GOOD.length);
  assert.equal(text(last, `/data/dir/i2.cut-${GOOD.length}`), "*");
});

Deno.test("check-aof: a manifest with a missing file, a wrong line, a timestamp that is not in the last file", () => {
  const path = "/data/dir/a.manifest";
  const missing = checkAof(manifestDisk(LINES, { base: GOOD, i1: GOOD }), [path]);
  assert.equal(missing.status, 1);
  assert.ok(
    missing.output.endsWith("Cannot open file /data/dir/i2: No such file or directory, aborting...\n"),
  );
  const wrong = checkAof(manifestDisk("file base seq 1 type b\nfile x seq 1\n", {}), [path]);
  assert.equal(wrong.status, 1);
  const lines = wrong.output.replace(/^\d+:C .{24} # /gm, "# ").split("\n").filter((line) => line !== "");
  assert.deepEqual(lines, [
    "Start checking Multi Part AOF",
    "# ",
    "*** FATAL AOF MANIFEST FILE ERROR ***",
    "# Reading the manifest file, at line 2",
    "# >>> 'file x seq 1'",
    "# Invalid AOF manifest file format",
  ]);
  const late = manifestDisk(LINES, { base: GOOD, i1: joined(GOOD, "#TS:9\r\n"), i2: GOOD });
  const { status, output } = checkAof(late, ["--truncate-to-timestamp", "5", path]);
  assert.equal(status, 1);
  assert.match(
    output,
    /Failed to truncate AOF \/data\/dir\/i1 to timestamp 5 to offset \d+ because it is not the last file\.\nIf you insist/,
  );
  assert.equal(late.contents("/data/dir/i1").length, GOOD.length + 7);
});
