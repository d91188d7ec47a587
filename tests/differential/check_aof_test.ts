/**
 * What `check-aof` says and returns, against redis-check-aof 7.2 on the same files.
 *
 * Ours runs in this process, on the real file system. What differs on purpose is either taken out of both outputs
 * ({@link normal}) or in {@link STRICTER}.
 */

import assert from "node:assert/strict";
import {
  accessSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import { latin1, toAscii } from "../../lib/base/ascii.ts";
import { createDenoFs } from "../../lib/platform/deno_fs.ts";
import { request } from "../support/aof_world.ts";
import { checkAof } from "../support/check_world.ts";
import { findReferenceRedis, ReferenceRedis } from "../support/reference_redis.ts";
import { runTool } from "../support/run_tool.ts";
import { Random } from "../support/random.ts";

/** Our lines for what Redis' tool calls good and no server loads. */
const STRICTER =
  /Reached EOF before the end of the annotation|Expected a command of 1 argument at least|format version "/;

/** A directory with the reference tool in it: redis-server is the checker when it is called so. */
class Bench implements Disposable {
  readonly dir = mkdtempSync(join(tmpdir(), "vellum-check-"));
  readonly tool = join(this.dir, "redis-check-aof");
  compared = 0;
  /** Files on which we are stricter. */
  stricter = 0;

  constructor(redis: string) {
    symlinkSync(absolute(redis), this.tool);
  }

  /** Runs both on copies of `files`; all names are in the working directory `w`. @param statusOnly two texts may differ */
  async compare(
    files: Record<string, Uint8Array>,
    args: readonly string[],
    answer = "",
    statusOnly = false,
  ): Promise<void> {
    const path = join(this.dir, "w");
    this.#fill(path, files);
    const full = args.map((arg) => (arg.startsWith("-") || /^\d*$/.test(arg) ? arg : join(path, arg)));
    const { status, stdout } = await runTool([this.tool, ...full], { input: answer, encoding: "latin1" });
    const theirFiles = this.#contents(path, files);
    this.#fill(path, files);
    const ours = checkAof(createDenoFs(), full, answer, Date.now());
    const ourFiles = this.#contents(path, files);
    const label = `${args.join(" ")}: ${
      JSON.stringify(Object.values(files).map((b) => latin1(b, 0, b.length)))
    }`;
    this.compared++;
    assert.doesNotMatch(ours.output, /Unexpected failure/, label);
    if (STRICTER.test(ours.output)) {
      this.stricter++;
      return;
    }
    // A length that Redis has no memory for ends it by a signal; we tell what is there.
    assert.equal(
      ours.status === 0,
      status === 0,
      `${label}\n${stdout}\n--- ours:\n${ours.output}`,
    );
    if (status === undefined || statusOnly) return;
    assert.equal(normal(ours.output), normal(stdout), label);
    assert.deepEqual(ourFiles, theirFiles, label);
  }

  #fill(path: string, files: Record<string, Uint8Array>): void {
    rmSync(path, { recursive: true, force: true });
    mkdirSync(path);
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(path, name), bytes);
  }

  #contents(path: string, files: Record<string, Uint8Array>): string[] {
    return Object.keys(files).map((name) => readFileSync(join(path, name), "latin1"));
  }

  [Symbol.dispose](): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** A program of the PATH with its directory. */
function absolute(program: string): string {
  if (program.includes("/")) return program;
  for (const dir of (process.env.PATH ?? "").split(delimiter)) {
    try {
      accessSync(join(dir, program), constants.X_OK);
      return join(dir, program);
    } catch {
      // Not there: on to the next directory.
    }
  }
  throw new Error(`Cannot find ${program} on the PATH`);
}

/** Takes out of an output what is not to be compared. */
function normal(output: string): string {
  // Of an RDB that is corrupt, not cut, what is wrong is told in each one's own words.
  const damaged =
    /--- RDB ERROR DETECTED ---\n\[offset \d+\] (?!Unexpected EOF|Can't handle|RDB CRC|Invalid object)/;
  const at = output.search(damaged);
  return (at < 0 ? output : output.slice(0, at) + "--- RDB ERROR DETECTED ---\n")
    // The time and the pid of log lines; our line about the copy; the tool's name.
    .replace(/^\d+:C \d\d \w{3} \d{4} [\d:.]+ # /gm, "# ")
    .replace(/Saved the \d+ bytes to be cut off as \S+\n/, "")
    .replace(/^Usage: \S+( check-aof)? .*/m, "Usage")
    // Redis shows signed bytes as int, bytes behind the end of the line as they lie in memory, and others raw.
    .replace(/ffffff([89a-f][0-9a-f])/g, "$1")
    .replace(/got: 00[0-9a-f]{2}$/m, "got: 00??")
    .replace(/got: '(?:[\x80-\xff]|\\x[89a-f][0-9a-f])'/, "got: '?'");
}

async function withTool(
  what: string,
  compare: (bench: Bench, redis: string) => void | Promise<void>,
): Promise<void> {
  const redis = findReferenceRedis();
  if (redis === undefined) {
    console.log(`NOT COMPARED: ${what}: no redis-server 7.2 on PATH or in VELLUM_REF_REDIS`);
    return;
  }
  using bench = new Bench(redis);
  await compare(bench, redis);
  console.log(`compared ${what}: ${bench.compared} runs, stricter in ${bench.stricter}`);
}

function joined(...parts: (string | Uint8Array)[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...(typeof part === "string" ? toAscii(part) : part)]));
}

const GOOD = joined(request("SELECT", "0"), request("SET", "a", "1"));
const RICH = joined(
  "#TS:100\r\n",
  GOOD,
  request("MULTI"),
  request("SET", "k", "\r\n*1\r\n\0\xff"),
  request("EXEC"),
  "#TS:200\r\n",
  request("DEL", "a"),
);

Deno.test("check-aof against Redis: good commands with all kinds of tails", async () => {
  await withTool("tails", async (bench) => {
    const tails = [
      ...[
        "",
        "*",
        "*3",
        "*3\r",
        "*3\n",
        "*3\r\n",
        "*x\r\n",
        "* 1\r\n$4\r\nPING\r\n",
        "*+1\r\n$4\r\nPING\r\n",
      ],
      ...[
        "*1\r\n:",
        "*1\r\n\0",
        "*1\r\n\xff",
        "*1\r\n$",
        "*1\r\n$4",
        "*1\r\n$4\r\n",
        "*1\r\n$4\r\nPIN",
        "*1\r\n$4\r\nPING",
      ],
      ...[
        "*1\r\n$4\r\nPING\r",
        "*1\r\n$4\r\nPING\n\r",
        "*1\r\n$4\r\nPING\xfe\xff",
        "*1\r\n$-1\r\n",
        "*1\r\n$0\r\n\r\n",
      ],
      ...["*1\r\n$9223372036854775806\r\n", "*1\r\n$99999999999999999999999999\r\n", "*1\r\n$1000000\r\nabc"],
      ...[
        "*1\r\n$03\r\nGET\r\n",
        "*1\r\n$3x\r\nGET\r\n",
        "*1\r\n$3\0\r\nGET\r\n",
        `*${"0".repeat(130)}1\r\n`,
      ],
      ...["\0", "\0".repeat(5000), "hello\r\n", "\xff\xfe", "\r\n", "REDIS0011", "PING\r\n"],
      ...[
        "#\r\n",
        "#TS:\r\n",
        "#TS:x\r\n",
        "# a comment\n",
        `#${"x".repeat(1021)}\n`,
        `#${"x".repeat(3000)}\n`,
        "#TS:5",
      ],
      ...["*0\r\n", "*-1\r\n"],
      ...[request("EXEC"), request("MULTI"), joined(request("MULTI"), request("SET", "a", "2"))],
      ...[
        joined(request("MULTI"), request("multi")),
        joined(request("mUlTi"), request("ExEc"), request("EXEC")),
      ],
      ...[
        joined(request("MULTI"), "#TS:150\r\n", request("EXEC"), "*"),
        joined(request("MULTI"), "*1\r\n$3\r\nGE"),
      ],
      ...[
        request("MULTI\0x"),
        request("SET", "a", "x".repeat(200_000)),
        request("SET", "a", "x".repeat(70_000)).slice(0, 69_000),
      ],
    ];
    for (const tail of tails) {
      for (const head of [GOOD, new Uint8Array(0)]) {
        const files = { f: joined(head, tail) };
        await bench.compare(files, ["f"]);
        await bench.compare(files, ["--fix", "f"], "y\n");
        await bench.compare(files, ["--fix", "f"], "n\n");
      }
    }
    for (const args of [[], ["missing"], ["--foo", "f"], ["--fix", "missing"], ["."]]) {
      await bench.compare({ f: GOOD }, args);
    }
    assert.equal(bench.stricter > 0 && bench.stricter < bench.compared / 5, true);
  });
});

Deno.test("check-aof against Redis: a file cut at every byte, and changed at every byte", async () => {
  await withTool("cuts and changes", async (bench) => {
    const random = new Random(5);
    for (let cut = 0; cut <= RICH.length; cut++) {
      await bench.compare({ f: RICH.slice(0, cut) }, cut % 2 === 0 ? ["f"] : ["--fix", "f"], "y");
    }
    for (let i = 0; i < RICH.length; i++) {
      for (const byte of [0, toAscii("*$#\r\n 90-")[i % 9], random.below(256)]) {
        const bytes = RICH.slice();
        bytes[i] = byte;
        await bench.compare({ f: bytes }, ["f"]);
      }
    }
  });
});

Deno.test("check-aof against Redis: timestamps", async () => {
  await withTool("timestamps", async (bench) => {
    const T = "--truncate-to-timestamp";
    const files = [
      RICH,
      GOOD,
      joined(RICH, "*1\r\n"),
      joined(GOOD, "#TS:x\r\n"),
      joined(GOOD, "#TS:99\n"),
      new Uint8Array(0),
    ];
    for (const file of files) {
      for (
        const time of [
          "0",
          "50",
          "99",
          "100",
          "150",
          "200",
          "999",
          "9223372036854775807",
          "9223372036854775808",
          "",
        ]
      ) {
        await bench.compare({ f: file }, [T, time, "f"]);
      }
    }
  });
});

Deno.test("check-aof against Redis: manifests", async () => {
  await withTool("manifests", async (bench) => {
    const lines = "file base seq 1 type b\nfile i1 seq 1 type i\nfile i2 seq 2 type i\n";
    const manifests = [
      ...[
        lines,
        `#c\n${lines}`,
        "file base seq 1 type b\n",
        "file i1 seq 3 type i\n",
        "file base seq 1 type b",
      ],
      ...["file base seq 1 type b\nfile base seq 2 type b\n", "file i1 seq 2 type i\nfile i2 seq 2 type i\n"],
      ...[
        "file base seq 1\n",
        "file base seq 0 type b\n",
        "file base seq 1 type z\n",
        "file base seq 1 type b x\n",
      ],
      ...[
        "file ../base seq 1 type b\n",
        'file "base" type b seq 1 more x\n',
        'file "base seq 1 type b\n',
        "file\n\n",
      ],
      ...[
        `file ${"b".repeat(1200)} seq 1 type b\n`,
        "FILE base seq 1 type b\n",
        "file missing seq 1 type b\n",
        "filex\n",
      ],
      ...[
        "file base seq 1 type h\n",
        "file base seq 1 type b\nfile missing seq 1 type i\n",
        "file ba\0se seq 1 type b\n",
      ],
      ...[
        "file base seq 1x type bx\n",
        " file base seq 1 type b\n",
        "file base seq 1 type b\r\n\r\n",
        'file a seq 1 type ""\n',
      ],
    ];
    const torn = joined(GOOD, "*1\r\n$4");
    const sets: Record<string, Uint8Array>[] = [
      { base: GOOD, i1: RICH, i2: GOOD },
      { base: GOOD, i1: GOOD, i2: torn },
      { base: torn, i1: GOOD, i2: GOOD },
      { base: GOOD, i1: torn, i2: GOOD },
      { base: new Uint8Array(0), i1: new Uint8Array(0), i2: RICH },
    ];
    for (const manifest of manifests) {
      for (const set of sets) {
        const files = { ...set, "a.manifest": toAscii(manifest) };
        await bench.compare(files, ["a.manifest"]);
        await bench.compare(files, ["--fix", "a.manifest"], "y");
        await bench.compare(files, ["--truncate-to-timestamp", "150", "a.manifest"]);
      }
    }
  });
});

Deno.test("check-aof against Redis: an RDB in front, whole, cut and changed", async () => {
  await withTool("RDB in front", async (bench, path) => {
    const dump = await recordDump(path, bench.dir);
    const whole = joined(dump, GOOD);
    await bench.compare({ f: whole }, ["f"]);
    assert.match(checkAof(createDenoFs(), [join(bench.dir, "w", "f")]).output, /Checksum OK[^]*is valid\n$/);
    for (let cut = 5; cut < whole.length; cut += cut < 150 ? 1 : 3) {
      await bench.compare({ f: whole.slice(0, cut) }, ["f"]);
    }
    const random = new Random(7);
    for (let i = 5; i < dump.length; i += 2) {
      const bytes = whole.slice();
      bytes[i] ^= 1 + random.below(255);
      // Either may see in the value what the other sees in the checksum.
      await bench.compare({ f: bytes }, ["f"], "", true);
    }
    const unsummed = whole.slice();
    unsummed.fill(0, dump.length - 8, dump.length);
    await bench.compare({ f: unsummed }, ["f"]);
    const lines = "file base seq 1 type b\nfile incr seq 1 type i\n";
    await bench.compare({ base: dump, incr: RICH, "a.manifest": toAscii(lines) }, ["a.manifest"]);
    await bench.compare(
      { base: dump, incr: dump, "a.manifest": toAscii(lines) },
      ["--fix", "a.manifest"],
      "y",
    );
  });
});

/** An RDB of a real server, with values of all kinds that we read. */
async function recordDump(path: string, dir: string): Promise<Uint8Array> {
  const redis = await ReferenceRedis.start(path, ["--dir", dir]);
  try {
    const commands = [
      ["SET", "number", "12345"],
      ["SET", "text", "some text"],
      ["SET", "long", "abc".repeat(60)],
      ["SET", "gone", "1", "PXAT", "1"],
      ["SET", "late", "1", "PXAT", "9999999999999"],
      ["RPUSH", "list", "a", "1", "70000", "x".repeat(100)],
      ["SADD", "ints", "1", "2", "300"],
      ["SADD", "set", "a", "b", "3"],
      ["SADD", "table", ...Array.from({ length: 140 }, (_, i) => `m${i}`)],
      ["ZADD", "zset", "1", "a", "2.5", "b"],
      ["ZADD", "tree", "inf", "y".repeat(70), "-1.25", "z"],
      ["HSET", "hash", "f", "v", "g", "2"],
      ["HSET", "fields", "f", "w".repeat(70)],
      ["FUNCTION", "LOAD", "#!lua name=l\nredis.register_function('f', function() return 1 end)"],
      ["SELECT", "3"],
      ["SET", "other", "db"],
    ];
    for (const command of commands) {
      assert.notEqual((await redis.ask(...command)).kind, "error", command.join(" "));
    }
    assert.deepEqual(await redis.ask("SAVE"), { kind: "status", text: "OK" });
    return new Uint8Array(readFileSync(join(dir, "dump.rdb")));
  } finally {
    await redis.stop();
  }
}
