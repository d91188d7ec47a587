/**
 * docs/AOF.md §2, §6, §9, decisions: the power fails, or the process is killed, at every single write, sync, rename
 * and truncate of a recorded history with all types. What each policy promises is there, and the file always loads:
 * `always` has lost nothing acknowledged, everysec nothing older than two seconds, a kill nothing that was written.
 *
 * One seed per run, which a failure tells; VELLUM_SEED repeats it, VELLUM_CUTS=20 takes so many.
 */

import assert from "node:assert/strict";
import process from "node:process";
import { toAscii } from "../../lib/base/ascii.ts";
import { Exited, request } from "../support/aof_world.ts";
import { chooseSeed } from "../support/random.ts";
import {
  type Batch,
  cutEverywhere,
  type CutHistory,
  type Ending,
  type RecordedLife,
  wholeLife,
} from "../support/recorded_life.ts";

const SEED = chooseSeed(process.env.VELLUM_SEED);
const SEEDS = Number(process.env.VELLUM_CUTS ?? 1);
type Dataset = ReadonlyMap<string, string>;

const ENDINGS: readonly Ending[] = ["power cut", "kill"];
/** What everysec may lose, in ms. */
const EVERYSEC_MS = 2000;
const REWRITTEN = "* Background AOF rewrite finished successfully";
const START_MS = 1_700_000_000_000;
const FAR_MS = 1_900_000_000_000;

// A server that ends within a promise throws there: nobody is left to catch it.
globalThis.addEventListener("unhandledrejection", (event) => {
  if (event.reason instanceof Exited) event.preventDefault();
});

/** Batches of commands, divided by semicolons. */
function script(...lines: string[]): Batch[] {
  return lines.map((line) => line.split("; "));
}

const numbers = (count: number, text: (n: number) => string): string =>
  Array.from({ length: count }, (_, i) => text(i)).join(" ");

/** A data set of all types in several databases, small and large. */
const FIRST = script(
  "SET s 1; RPUSH l a b c",
  "MULTI; INCR s; HSET h f v g w; SADD t 1 2 3; EXEC",
  `ZADD z ${numbers(40, (n) => `${n}.5 m${n}`)}`,
  `RPUSH long ${numbers(150, (n) => `item:${n}`)}`,
  `HSET wide ${numbers(150, (n) => `f${n} v${n}`)}`,
  `SET brief x PXAT 1700000000900; SADD words ${numbers(150, (n) => `w${n}`)}`,
  `SELECT 3; SET s other; PEXPIREAT s ${FAR_MS}; ZADD z 1 one -inf two; SELECT 0`,
  "SPOP t; LPOP l; HINCRBYFLOAT h n 0.25; ZINCRBY z 2 m3",
);

/** Changes of everything that FIRST has made, for a rewrite to run into. */
const MEANWHILE = script(
  "APPEND s x; LPUSH l z; SPOP words 3",
  "HDEL wide f1 f2; HSET wide f3 new",
  "MULTI; SELECT 3; DEL z; SELECT 0; LTRIM long 5 -5; EXEC",
  "ZPOPMIN z 5",
  "RENAME h h2; SET h string",
  "SELECT 5; SADD new member; SELECT 0",
  "COPY wide wide2; DEL wide",
  "LMOVE l long LEFT RIGHT",
  "BLPOP l long 0; SUNIONSTORE t2 t words",
  "GETEX s PX 100000; INCRBYFLOAT float 1.5",
  "SWAPDB 3 5",
  "ZRANGESTORE z2 z 0 9",
);

const LAST = script(
  "SET after 1; RPUSH l last",
  "HSET h3 a b; ZADD z 100 last",
  "MULTI; DEL long; SADD t x y; EXEC",
  "PERSIST s; SPOP t2 2",
);

const WRITES: Batch[] = Array.from({ length: 20 }, (_, i) => [`RPUSH l ${i}`]);

/** What was there from the last moment on that must not be lost; before the first, what was there at the beginning. */
function promised(policy: string, atFirst: Dataset = new Map()): CutHistory["left"] {
  return ({ moments, world }: RecordedLife, ending: Ending): Dataset[] => {
    const untilMs = policy === "everysec" ? world.nowMs - EVERYSEC_MS : Infinity;
    const oldest = policy === "no" && ending === "power cut"
      ? -1
      : moments.findLastIndex((moment) => moment.acknowledged && moment.logged && moment.atMs <= untilMs);
    const left = moments.slice(Math.max(0, oldest)).map((moment) => moment.dataset).reverse();
    return oldest < 0 ? [...left, atFirst] : left;
  };
}

/** Cuts a history off everywhere, with every seed. */
async function survives(history: CutHistory, atLeast: number): Promise<void> {
  for (let i = 0; i < SEEDS; i++) {
    for (const ending of ENDINGS) {
      const calls = await cutEverywhere(history, SEED + 1000 * i, ending);
      assert.ok(calls >= atLeast, `only ${calls} calls`);
    }
  }
}

/** Runs a history to its end, where all must be well. */
async function whole(history: CutHistory): Promise<RecordedLife> {
  const life = await wholeLife(history);
  assert.deepEqual(life.errors, []);
  assert.equal(life.world.server.persistence.rewrite.lastOk, true);
  return life;
}

Deno.test("power cut §2: everywhere in a rewrite, what WAITAOF has promised under everysec is there", async () => {
  // Where in a second the new file takes the old one's place decides which syncs there are before.
  for (let phase = 0; phase < 10; phase++) {
    const history: CutHistory = {
      options: ["appendfsync everysec"],
      startMs: START_MS + 100 * phase,
      script: [
        ["SET s 1"],
        ["@SET other 1"],
        ["@WAITAOF 1 0 0"],
        ...FIRST.slice(0, 2),
        ["BGREWRITEAOF"],
        ...WRITES,
      ],
      left(life) {
        const { syncedOffset } = life.world.server.aof;
        const oldest = life.moments.findLastIndex((moment) => moment.offset <= syncedOffset);
        const left = life.moments.slice(Math.max(0, oldest)).map((moment) => moment.dataset).reverse();
        return oldest < 0 ? [...left, new Map()] : left;
      },
    };
    const life = await whole(history);
    assert.equal(life.world.server.persistence.syncPromised, true);
    assert.equal(logged(life, REWRITTEN), 1);
    for (let i = 0; i < SEEDS; i++) await cutEverywhere(history, SEED + 1000 * i, "power cut");
  }
});

function logged(life: RecordedLife, line: string): number {
  return life.world.lines.filter((one) => one === line).length;
}

for (const policy of ["always", "everysec", "no"]) {
  for (const preamble of ["no", "yes"]) {
    Deno.test(`power cut §9: everywhere in a rewrite, appendfsync ${policy}, aof-use-rdb-preamble ${preamble}`, async () => {
      const history: CutHistory = {
        options: [`appendfsync ${policy}`, `aof-use-rdb-preamble ${preamble}`],
        script: [...FIRST, ["BGREWRITEAOF"], ...MEANWHILE, ...LAST],
        left: promised(policy),
      };
      assert.equal(logged(await whole(history), REWRITTEN), 1);
      await survives(history, 30);
    });
  }

  Deno.test(`power cut §4: everywhere while the AOF is turned on, off and on, appendfsync ${policy}`, async () => {
    const history: CutHistory = {
      options: ["appendonly no", `appendfsync ${policy}`],
      restartOptions: ["appendonly yes", `appendfsync ${policy}`],
      script: [
        ...FIRST.slice(0, 4),
        ["CONFIG SET appendonly yes"],
        ...MEANWHILE.slice(0, 8),
        ["CONFIG SET appendonly no"],
        ["SET unlogged 1"],
        ["HSET unlogged2 f v"],
        ["CONFIG SET appendonly yes"],
        ...LAST,
      ],
      left: promised(policy),
    };
    assert.equal(logged(await whole(history), REWRITTEN), 2);
    await survives(history, 25);
  });

  Deno.test(`power cut decisions: everywhere in the import of a dump.rdb, appendfsync ${policy}`, async () => {
    const rdb = await savedRdb();
    const history: CutHistory = {
      options: [`appendfsync ${policy}`],
      prepare: (fs) => fs.install("/data/dump.rdb", rdb),
      script: LAST,
      left: () => [],
    };
    const life = await whole(history);
    const { fs } = life.world;
    assert.deepEqual(fs.list("/data").filter((name) => name.startsWith("dump")), ["dump.rdb.imported"]);
    const imported = life.moments[0].dataset;
    assert.ok(imported.size > 8);
    await survives({ ...history, left: promised(policy, imported) }, 12);
  });

  Deno.test(`power cut decisions: everywhere in the import of an appendonlydir, appendfsync ${policy}`, async () => {
    const rdb = await savedRdb();
    const parts = "/data/appendonlydir";
    const history: CutHistory = {
      options: [`appendfsync ${policy}`],
      prepare(fs) {
        fs.mkdir(parts);
        const manifest = "file base.rdb seq 1 type b\nfile incr.aof seq 1 type i\n";
        fs.install(`${parts}/appendonly.aof.manifest`, toAscii(manifest));
        fs.install(`${parts}/base.rdb`, rdb);
        fs.install(`${parts}/incr.aof`, request("RPUSH", "of-incr", "x"));
        fs.syncAll();
      },
      script: LAST,
      left: () => [],
    };
    const life = await whole(history);
    assert.ok(life.world.fs.list("/data").includes("appendonlydir.imported"));
    const imported = life.moments[0].dataset;
    assert.ok(imported.has("0/of-incr"));
    await survives({ ...history, left: promised(policy, imported) }, 12);
  });
}

Deno.test("power cut: everywhere in SAVE and BGSAVE the last good file is left, or the next", async () => {
  const history: CutHistory = {
    options: ["appendonly no"],
    script: [...FIRST, ["SAVE"], ...MEANWHILE.slice(0, 5), ["BGSAVE"], ...MEANWHILE.slice(5), ...LAST, [
      "SAVE",
    ]],
    left({ moments, world }) {
      const saves = moments.filter(({ line }) => line === "SAVE" || line === "BGSAVE");
      const done = saves.filter(({ line, acknowledged }) =>
        line === "SAVE" ? acknowledged : world.lines.includes("* Background saving terminated with success")
      );
      const empty: Dataset = new Map();
      const last = done.at(-1);
      return [...saves.slice(last === undefined ? 0 : saves.indexOf(last)), {
        dataset: last?.dataset ?? empty,
      }]
        .map(({ dataset }) => dataset);
    },
  };
  const life = await whole(history);
  assert.equal(logged(life, "* Background saving terminated with success"), 1);
  await survives(history, 11);
});

/** A dump.rdb of FIRST. */
async function savedRdb(): Promise<Uint8Array> {
  const life = await whole({ options: ["appendonly no"], script: [...FIRST, ["SAVE"]], left: () => [] });
  return life.world.fs.contents("/data/dump.rdb");
}
