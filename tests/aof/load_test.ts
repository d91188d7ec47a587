/** docs/AOF.md §7 and §12.2, §12.3: replay, cutting torn tails, fatal errors and their lines. */

import assert from "node:assert/strict";
import { LOAD_EMPTY, LOAD_MISSING, LOAD_OK, LOAD_TRUNCATED, REPLAY_FATAL } from "../../lib/aof/load.ts";
import { toAscii } from "../../lib/base/ascii.ts";
import { AOF_PATH, request } from "../support/aof_world.ts";
import { FaultyFs } from "../support/faulty_fs.ts";
import { load, withAof } from "../support/replay_world.ts";

const BAD_FORMAT = "Bad file format reading the append only file: make a backup of your AOF file, " +
  "then use ./redis-check-aof --fix <filename>";
const UNEXPECTED_END = "Unexpected end of file reading the append only file. You can: " +
  "1) Make a backup of your AOF file, then use ./redis-check-aof --fix <filename>. " +
  "2) Alternatively you can set the 'aof-load-truncated' configuration option to yes and restart the server.";

function joined(...parts: (Uint8Array | string)[]): Uint8Array {
  const bytes = parts.map((part) => typeof part === "string" ? toAscii(part) : part);
  const out = new Uint8Array(bytes.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of bytes) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

Deno.test("load §7: commands, SELECT, transactions and annotations", async () => {
  const bytes = joined(
    "#TS:1700000000\r\n",
    request("SELECT", "3"),
    request("SET", "a", "1"),
    "# any other annotation\n",
    request("MULTI"),
    request("SET", "b", "2"),
    "#TS:1700000001\r\n",
    request("SELECT", "0"),
    request("DEL", "none"),
    request("EXEC"),
    request("set", "c", ""),
    "#TS:1700000002\r\n",
  );
  const { result, db, lines, progress } = await load(withAof(bytes));
  assert.deepEqual(result, { outcome: LOAD_OK, commands: 8, size: bytes.length });
  assert.equal(db.dump(), "0:c= 3:a=1 3:b=2");
  assert.equal(lines.length, 1);
  assert.match(lines[0], /^\* DB loaded from append only file: \d+\.\d{3} seconds$/);
  assert.deepEqual([progress.totalBytes, progress.loadedBytes, progress.startMs], [
    bytes.length,
    bytes.length,
    1_700_000_000_000,
  ]);
});

Deno.test("load §7: no file and an empty file", async () => {
  const missing = await load(new FaultyFs());
  assert.deepEqual(missing.result, { outcome: LOAD_MISSING, commands: 0, size: 0 });
  const empty = await load(withAof(new Uint8Array(0)));
  assert.deepEqual(empty.result, { outcome: LOAD_EMPTY, commands: 0, size: 0 });
  assert.deepEqual(empty.lines, []);
});

Deno.test("load §7: a file that cannot be opened or read", async () => {
  const fs = withAof(request("SET", "a", "1"));
  fs.inject({ op: "open", code: "EACCES" });
  const opening = await load(fs);
  assert.equal(
    opening.error,
    "Fatal error: can't open the append log file for reading: Permission denied",
  );
  fs.inject({ op: "read", code: "EINTR" });
  fs.inject({ op: "read", code: "EIO", at: 2 });
  const reading = await load(fs);
  assert.equal(reading.error, "Unrecoverable error reading the append only file: Input/output error");
  assert.equal(fs.openFiles, 0);
});

Deno.test("load §7: numbers as atoi reads them, lines that end in a bare LF, payload ends unchecked", async () => {
  const { db, error } = await load(withAof(toAscii(
    "*3\n$3\nSET\r\n$1 junk\r\na\r\n$ +2\r\nbb??*03\r\n$003\r\nSET\r\n$01\r\nc\r\n$0\r\n\r\n" +
      "*3abc\r\n$3\r\nSET\r\n$x\r\n\r\n$1\r\ny\r\n",
  )));
  assert.equal(error, "");
  assert.equal(db.dump(), "0:=y 0:a=bb 0:c=");
});

Deno.test("load §7: what is wrong before the end is fatal and never repaired", async () => {
  const good = request("SET", "a", "1");
  const wrong = [
    "+3\r\n",
    "SET a 1\r\n",
    "\r\n",
    "*0\r\n",
    "*-1\r\n",
    "*x\r\n",
    "*99999999999\r\n",
    "*1\r\n*1\r\n",
    "*1\r\n$-1\r\n",
    "*1\r\n$99999999999\r\n",
    "*2\r\n$3\r\nSETxx+1\r\n",
    "*" + " ".repeat(1100) + "1\r\n",
    "#" + "x".repeat(1023) + "\r\n",
  ];
  for (const text of wrong) {
    const bytes = joined(good, text, good, good);
    const fs = withAof(bytes);
    const { error, result } = await load(fs);
    assert.equal(error, BAD_FORMAT, JSON.stringify(text.slice(0, 20)));
    assert.equal(result, undefined);
    assert.deepEqual(fs.contents(AOF_PATH), bytes);
    assert.equal(fs.openFiles, 0);
  }
});

Deno.test("load §7: a wrong prefix is fatal even as the very last byte", async () => {
  for (const text of ["x", "*1\r\n+"]) {
    const { error } = await load(withAof(joined(request("SET", "a", "1"), text)));
    assert.equal(error, BAD_FORMAT);
  }
});

Deno.test("load §7: an unknown command is named", async () => {
  const { error } = await load(withAof(joined(request("SET", "a", "1"), request("Frob", "x"))));
  assert.equal(error, "Unknown command 'Frob' reading the append only file");
});

Deno.test("load §12.7: the server can refuse to go on, with a line of its own", async () => {
  const sink = {
    run: () => REPLAY_FATAL,
    inTransaction: false,
    discardTransaction: () => {},
    fatalText: "SELECT 99 is out of range",
  };
  const { error } = await load(withAof(request("SELECT", "99")), { sink });
  assert.equal(error, "SELECT 99 is out of range");
});

/** An AOF with all that can be torn, and the state and offset after each point where a cut may fall. */
function sample(): { bytes: Uint8Array; valid: number[] } {
  const parts: [Uint8Array, boolean][] = [
    [toAscii("#TS:1700000000\r\n"), false],
    [request("SELECT", "1"), true],
    [request("SET", "a", "1"), true],
    [request("MULTI"), false],
    [request("SET", "b", "\r\n*3\r\n"), false],
    [toAscii("#TS:1700000001\r\n"), false],
    [request("SELECT", "2"), false],
    [request("RPUSH", "l", "x", "y"), false],
    [request("EXEC"), true],
    [toAscii("#TS:1700000002\r\n"), false],
    [request("DEL", "a"), true],
    [request("SET", "c", "some longer value than ten bytes"), true],
  ];
  const valid = [0];
  let at = 0;
  for (const [bytes, ends] of parts) {
    at += bytes.length;
    if (ends) valid.push(at);
  }
  return { bytes: joined(...parts.map(([bytes]) => bytes)), valid };
}

/** Whether `cut` ends a line that is an annotation, at the top level: nothing is torn then. */
function endsAnnotation(bytes: Uint8Array, cut: number, valid: number): boolean {
  const rest = String.fromCharCode(...bytes.slice(valid, cut));
  return /^(#[^\n]*\n)+$/.test(rest);
}

Deno.test("load §12.2: cut at every byte: loads up to the last whole unit, and the file ends there", async () => {
  const { bytes, valid } = sample();
  for (let cut = 1; cut <= bytes.length; cut++) {
    const end = valid.filter((offset) => offset <= cut).at(-1)!;
    const fs = withAof(bytes.slice(0, cut));
    const { result, db, lines, error } = await load(fs);
    assert.equal(error, "", `cut at ${cut}`);
    if (cut === end || endsAnnotation(bytes, cut, end)) {
      assert.deepEqual([result!.outcome, result!.size], [LOAD_OK, cut], `cut at ${cut}`);
      assert.equal(fs.contents(AOF_PATH).length, cut);
      continue;
    }
    assert.deepEqual([result!.outcome, result!.size], [LOAD_TRUNCATED, end], `cut at ${cut}`);
    const inMulti = cut >= valid[2] + request("MULTI").length && cut < valid[3];
    const expected = [
      ...(inMulti ? ["# Revert incomplete MULTI/EXEC transaction in AOF file"] : []),
      "# !!! Warning: short read while loading the AOF file !!!",
      `# !!! Truncating the AOF at offset ${end} !!!`,
      "# AOF loaded anyway because aof-load-truncated is enabled",
    ];
    assert.deepEqual(lines.slice(0, -1), expected, `cut at ${cut}`);
    assert.deepEqual(fs.contents(AOF_PATH), bytes.slice(0, end));
    const again = await load(fs);
    assert.equal(again.result!.outcome, end === 0 ? LOAD_EMPTY : LOAD_OK);
    assert.equal(again.db.dump(), db.dump(), `cut at ${cut}: the same data as the cut file has`);
    fs.powerCut();
    assert.equal(fs.contents(AOF_PATH).length, end, "the cut itself is on disk");
  }
});

Deno.test("load §7: without aof-load-truncated a torn file is fatal and stays as it is", async () => {
  const { bytes, valid } = sample();
  for (let cut = 1; cut < bytes.length; cut++) {
    const end = valid.filter((offset) => offset <= cut).at(-1)!;
    const torn = bytes.slice(0, cut);
    const fs = withAof(torn);
    const { error } = await load(fs, { loadTruncated: false });
    const whole = cut === end || endsAnnotation(bytes, cut, end);
    assert.equal(error, whole ? "" : UNEXPECTED_END, `cut at ${cut}`);
    assert.deepEqual(fs.contents(AOF_PATH), torn);
  }
});

Deno.test("load §7: a torn file that cannot be cut is fatal", async () => {
  for (const op of ["ftruncate", "fdatasync"] as const) {
    const fs = withAof(joined(request("SET", "a", "1"), "*1"));
    fs.inject({ op, code: "EIO" });
    const { error, lines } = await load(fs);
    assert.equal(error, UNEXPECTED_END);
    assert.equal(lines.at(-1), "# Error truncating the AOF file: Input/output error");
    assert.equal(fs.openFiles, 0);
  }
});

Deno.test("load §7: events are served between slices, and progress grows", async () => {
  const command = request("SET", "key", "value");
  const bytes = new Uint8Array(command.length * 10_000);
  for (let i = 0; i < 10_000; i++) bytes.set(command, i * command.length);
  const seen: number[] = [];
  const fs = withAof(bytes);
  const started = await load(fs, {
    yieldToLoop() {
      seen.push(this.progress!.loadedBytes);
      return Promise.resolve();
    },
  });
  assert.equal(started.result!.commands, 10_000);
  assert.ok(seen.length >= 10, `${seen.length} turns`);
  assert.ok(seen.every((bytes, i) => i === 0 || bytes > seen[i - 1]));
});

Deno.test("load §7: values larger than a chunk, at and around its edges, and commands of many arguments", async () => {
  const chunk = 1024 * 1024;
  const sizes = [chunk - 60, chunk - 20, chunk, chunk + 1, 3 * chunk + 7, 20 * chunk, 5];
  const parts: Uint8Array[] = [];
  sizes.forEach((size, i) => {
    parts.push(request("SET", `k${i}`, String.fromCharCode(97 + i).repeat(size)));
    parts.push(request("SET", `after${i}`, String(i)));
  });
  const elements = Array.from({ length: 300_000 }, (_, i) => `$1\r\n${i % 10}\r\n`).join("");
  parts.push(toAscii(`*300002\r\n$5\r\nRPUSH\r\n$1\r\nl\r\n${elements}`));
  parts.push(request("SET", "end", "1"));
  const bytes = joined(...parts);
  const { result, db } = await load(withAof(bytes));
  assert.deepEqual(result, { outcome: LOAD_OK, commands: parts.length, size: bytes.length });
  sizes.forEach((size, i) => {
    const value = db.data.get(`0:k${i}`)!;
    assert.equal(value.length, size);
    assert.equal(value, String.fromCharCode(97 + i).repeat(size));
    assert.equal(db.data.get(`0:after${i}`), String(i));
  });
  assert.equal(db.data.get("0:l"), "0123456789".repeat(30_000));
  assert.equal(db.data.get("0:end"), "1");
});

Deno.test("load §7: a large value that is torn is cut off", async () => {
  const whole = request("SET", "a", "1");
  const large = request("SET", "b", "x".repeat(5_000_000));
  const fs = withAof(joined(whole, large.slice(0, 4_900_000)));
  const { result } = await load(fs);
  assert.deepEqual(result, { outcome: LOAD_TRUNCATED, commands: 1, size: whole.length });
});

Deno.test("load: reads of any size give the same", async () => {
  const { bytes } = sample();
  const expected = "1:a=1 1:b=\r\n*3\r\n 2:c=some longer value than ten bytes 2:l=xy";
  for (const most of [1, 2, 3, 7]) {
    const fs = withAof(bytes);
    const open = fs.openRead.bind(fs);
    fs.openRead = (path) => {
      const file = open(path);
      return {
        size: file.size,
        read: (buf, start, end) => file.read(buf, start, Math.min(end, start + most)),
        close: () => file.close(),
      };
    };
    const { result, db } = await load(fs);
    assert.deepEqual([result!.outcome, result!.size], [LOAD_OK, bytes.length]);
    assert.equal(db.dump(), expected);
  }
});

Deno.test("load §7: an RDB preamble without a reader is fatal and says so", async () => {
  const { error, lines } = await load(withAof(toAscii("REDIS0011 and so on")));
  assert.equal(
    error,
    "Error reading the RDB preamble of the AOF file, AOF loading aborted: this server has no RDB reader",
  );
  assert.deepEqual(lines, ["* Reading RDB preamble from AOF file..."]);
});

Deno.test("load §12.3: with a reader the tail follows, and a torn first command is cut at the preamble's end", async () => {
  const preamble = toAscii("REDIS0011" + "x".repeat(50));
  const tail = request("SET", "a", "1");
  let seen = "";
  for (const cut of [tail.length, tail.length - 1, 1, 0]) {
    const fs = withAof(joined(preamble, tail.slice(0, cut)));
    const { result, db, lines } = await load(fs, {
      loadRdb: (input) => {
        seen = String.fromCharCode(...input.buf.slice(input.pos, input.pos + 5));
        input.pos += preamble.length;
      },
    });
    assert.equal(seen, "REDIS");
    assert.deepEqual(lines.slice(0, 2), [
      "* Reading RDB preamble from AOF file...",
      "* Reading the remaining AOF tail...",
    ]);
    const whole = cut === tail.length;
    const end = preamble.length + (whole ? cut : 0);
    assert.deepEqual([result!.outcome, result!.size], [whole || cut === 0 ? LOAD_OK : LOAD_TRUNCATED, end]);
    assert.equal(db.dump(), whole ? "0:a=1" : "");
    assert.equal(fs.contents(AOF_PATH).length, end);
  }
});

Deno.test("load §12.3: a preamble larger than a chunk, read piece by piece", async () => {
  const preamble = joined("REDIS0011", "x".repeat(3_000_000));
  const fs = withAof(joined(preamble, request("SET", "a", "1"), request("SET", "b", "2").slice(0, 9)));
  const { result, db } = await load(fs, {
    loadRdb: (input) => {
      let rest = preamble.length;
      while (rest > 0) {
        if (input.pos === input.end) assert.ok(input.fill(input.pos, 0));
        const taken = Math.min(rest, input.end - input.pos, 100_000);
        input.pos += taken;
        rest -= taken;
      }
    },
  });
  const size = preamble.length + request("SET", "a", "1").length;
  assert.deepEqual(result, { outcome: LOAD_TRUNCATED, commands: 1, size });
  assert.equal(db.dump(), "0:a=1");
});

Deno.test("load §7: a preamble that its reader rejects is fatal", async () => {
  const { error, lines } = await load(withAof(toAscii("REDIS9999")), {
    loadRdb: () => Promise.reject(new Error("wrong version")),
  });
  assert.equal(error, "Error reading the RDB preamble of the AOF file, AOF loading aborted");
  assert.equal(lines.at(-1), "# RDB preamble: wrong version");
});

Deno.test("load: a file of fewer bytes than the magic of an RDB", async () => {
  const { result } = await load(withAof(toAscii("*1\r")));
  assert.deepEqual(result, { outcome: LOAD_TRUNCATED, commands: 0, size: 0 });
});

Deno.test("load: a sink that throws is a bug and comes through, with the file closed", async () => {
  const fs = withAof(request("SET", "a", "1"));
  const sink = {
    run: () => {
      throw new TypeError("bug");
    },
    inTransaction: false,
    discardTransaction: () => {},
  };
  await assert.rejects(load(fs, { sink }), TypeError);
  assert.equal(fs.openFiles, 0);
});
