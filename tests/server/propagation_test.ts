/** docs/AOF.md §1: what each command is logged as, when nothing is logged, and what is a unit. */

import assert from "node:assert/strict";
import { type FakeConn, ServerWorld } from "../support/server_world.ts";

/** 2023-11-14 22:13:20, where the world's clock begins; in ms. */
const NOW_MS = 1_700_000_000_000;
const PAST_MS = NOW_MS - 1000;
const FUTURE_MS = NOW_MS + 5000;

/** The commands of an AOF, one per line, without the SELECT that it begins with. */
function commandsOf(aof: string): string[] {
  const words = aof.split("\r\n");
  const lines: string[] = [];
  for (let at = 0; at < words.length - 1;) {
    const count = Number(words[at].slice(1));
    lines.push(Array.from({ length: count }, (_, i) => words[at + 2 + 2 * i]).join(" "));
    at += 1 + 2 * count;
  }
  return lines;
}

/** A server under `always` whose AOF can be asked for what came last. */
class Logged {
  readonly world: ServerWorld;
  readonly conn: FakeConn;
  #seen = 0;

  private constructor(world: ServerWorld) {
    this.world = world;
    this.conn = world.connect();
    this.run("SET warm up");
  }

  static async start(options: readonly string[] = []): Promise<Logged> {
    return new Logged(await new ServerWorld(["appendfsync always", ...options]).start());
  }

  /** @returns what has been logged since the last look */
  run(...lines: string[]): string[] {
    for (const line of lines) this.conn.ask(line);
    return this.look();
  }

  look(): string[] {
    const commands = commandsOf(this.world.aof());
    return commands.slice(this.#seen, this.#seen = commands.length);
  }
}

/** Rows of the table: what there is before, what is executed, what is logged. */
type Row = readonly [before: string[], executed: string, logged: string[]];

const ROWS: Readonly<Record<string, readonly Row[]>> = {
  "EXPIRE, PEXPIRE, EXPIREAT": [
    [["SET k v"], "EXPIRE k 5", [`PEXPIREAT k ${FUTURE_MS}`]],
    [["SET k v"], "PEXPIRE k 5000 NX", [`PEXPIREAT k ${FUTURE_MS} NX`]],
    [["RPUSH k v"], `EXPIREAT k ${FUTURE_MS / 1000} LT`, [`PEXPIREAT k ${FUTURE_MS} LT`]],
    [["HSET k f v", "EXPIRE k 1"], "EXPIRE k 5 GT", [`PEXPIREAT k ${FUTURE_MS} GT`]],
    [["SADD k v"], `PEXPIREAT k ${FUTURE_MS}`, [`PEXPIREAT k ${FUTURE_MS}`]],
    [["ZADD k 1 v"], "EXPIRE k -1", ["DEL k"]],
    [["SET k v"], `PEXPIREAT k ${PAST_MS}`, ["DEL k"]],
  ],
  "SETEX, PSETEX, SET with a time": [
    [[], "SETEX k 5 v", [`SET k v PXAT ${FUTURE_MS}`]],
    [[], "PSETEX k 5000 v", [`SET k v PXAT ${FUTURE_MS}`]],
    [[], "SET k v NX EX 5", [`SET k v PXAT ${FUTURE_MS}`]],
    [[], "SET k v PX 5000", [`SET k v PXAT ${FUTURE_MS}`]],
    [[], `SET k v EXAT ${FUTURE_MS / 1000}`, [`SET k v PXAT ${FUTURE_MS}`]],
    [[], `SET k v PXAT ${FUTURE_MS}`, [`SET k v PXAT ${FUTURE_MS}`]],
  ],
  "SET GET, GETSET, GETDEL": [
    [["SET k o"], "SET k v GET", ["SET k v"]],
    [["SET k o"], "GETSET k v", ["SET k v"]],
    [["SET k o"], "GETDEL k", ["DEL k"]],
  ],
  "GETEX": [
    [["SET k v"], "GETEX k EX 5", [`PEXPIREAT k ${FUTURE_MS}`]],
    [["SET k v EX 9"], "GETEX k PERSIST", ["PERSIST k"]],
    [["SET k v"], "GETEX k PERSIST", []],
    [["SET k v"], `GETEX k PXAT ${PAST_MS}`, ["DEL k"]],
  ],
  "INCRBYFLOAT, HINCRBYFLOAT": [
    [["SET k 1"], "INCRBYFLOAT k 0.5", ["SET k 1.5 KEEPTTL"]],
    [["HSET k f 1"], "HINCRBYFLOAT k f 0.5", ["HSET k f 1.5"]],
  ],
  "SPOP": [
    [["SADD k a"], "SPOP k", ["SREM k a"]],
    [["SADD k a"], "SPOP k 1", ["DEL k"]],
    [["SADD k a b"], "SPOP k 5", ["DEL k"]],
    [["SADD k a"], "SPOP k 0", []],
  ],
  "LMPOP, BLMPOP, ZMPOP, BZMPOP": [
    [["RPUSH k a b c"], "LMPOP 2 none k LEFT COUNT 2", ["LPOP k 2"]],
    [["RPUSH k a b c"], "LMPOP 1 k RIGHT COUNT 9", ["RPOP k 3"]],
    [["RPUSH k a b c"], "BLMPOP 0 1 k LEFT", ["LPOP k 1"]],
    [["ZADD k 1 a 2 b"], "ZMPOP 2 none k MIN", ["ZPOPMIN k 1"]],
    [["ZADD k 1 a 2 b"], "BZMPOP 0 1 k MAX COUNT 5", ["ZPOPMAX k 2"]],
  ],
  "BLPOP, BRPOP, BZPOPMIN, BZPOPMAX": [
    [["RPUSH k a"], "BLPOP none k 0", ["LPOP k"]],
    [["RPUSH k a"], "BRPOP k 0", ["RPOP k"]],
    [["ZADD k 1 a"], "BZPOPMIN none k 0", ["ZPOPMIN k"]],
    [["ZADD k 1 a"], "BZPOPMAX k 0", ["ZPOPMAX k"]],
  ],
  "BLMOVE, BRPOPLPUSH": [
    [["RPUSH k a"], "BLMOVE k l LEFT RIGHT 0", ["LMOVE k l LEFT RIGHT"]],
    [["RPUSH k a"], "BRPOPLPUSH k l 0", ["RPOPLPUSH k l"]],
  ],
  "GEOADD": [
    [[], "GEOADD k 13.361389 38.115556 p", ["ZADD k 3479099956230698 p"]],
  ],
  "verbatim": [
    [["RPUSH k a"], "RPOPLPUSH k l", ["RPOPLPUSH k l"]],
    [["RPUSH k a"], "LMOVE k l LEFT LEFT", ["LMOVE k l LEFT LEFT"]],
    [[], "ZADD k INCR 2 a", ["ZADD k INCR 2 a"]],
    [[], "ZINCRBY k 2 a", ["ZINCRBY k 2 a"]],
    [["SET k v"], "RENAME k l", ["RENAME k l"]],
    [[], "SWAPDB 0 1", ["SWAPDB 0 1"]],
    [["SADD k a"], "SUNIONSTORE l k", ["SUNIONSTORE l k"]],
    [["HSET k f 1"], "HINCRBY k f 2", ["HINCRBY k f 2"]],
    [["RPUSH k a"], "LINSERT k BEFORE a b", ["LINSERT k BEFORE a b"]],
    [["ZADD k 1 a"], "ZRANGESTORE l k 0 -1", ["ZRANGESTORE l k 0 -1"]],
  ],
  "FLUSHDB and FLUSHALL always, even of nothing": [
    [["FLUSHALL"], "FLUSHDB", ["FLUSHDB"]],
    [["FLUSHALL"], "FLUSHALL", ["FLUSHALL"]],
  ],
  "nothing for reads, errors and what changes nothing": [
    [["SET k v"], "GET k", []],
    [["SET k v"], "GETEX k", []],
    [["SET k v"], "SETNX k w", []],
    [["SET k v"], "LPUSH k a", []],
    [[], "DEL none", []],
    [["SADD k a"], "SADD k a", []],
    [["HSET k f v"], "HSETNX k f w", []],
    [["ZADD k 1 a"], "ZADD k 1 a", []],
    [["ZADD k 1 a"], "ZADD k NX 5 a", []],
    [["RPUSH k a"], "LREM k 0 b", []],
    [["RPUSH k a"], "LPUSHX none a", []],
    [["SADD k a"], "SMOVE k l b", []],
    [["SET k v"], "PERSIST k", []],
    [["SET k v"], "EXPIRE none 5", []],
    [[], "BLPOP none 0.1", []],
  ],
};

for (const [name, rows] of Object.entries(ROWS)) {
  Deno.test(`propagation §1: ${name}`, async () => {
    for (const [before, executed, expected] of rows) {
      const logged = await Logged.start();
      logged.run(...before);
      assert.deepEqual(logged.run(executed), expected, executed);
    }
  });
}

Deno.test("propagation §1: deletions become UNLINK where they are to be lazy", async () => {
  const logged = await Logged.start([
    "lazyfree-lazy-expire yes",
    "lazyfree-lazy-server-del yes",
    "lazyfree-lazy-eviction yes",
    "maxmemory-policy allkeys-lru",
  ]);
  assert.deepEqual(logged.run("SET k v", "EXPIRE k -1"), ["SET k v", "UNLINK k"]);
  assert.deepEqual(logged.run("SADD s a b", "SPOP s 9"), ["SADD s a b", "UNLINK s"]);
  logged.run("SET e v PX 10");
  logged.world.nowMs += 1000;
  assert.deepEqual(logged.run("GET e"), ["UNLINK e"]);
  logged.run("FLUSHALL", "SET victim v");
  assert.equal(logged.world.server.config.set([["maxmemory", "1"]]), undefined);
  assert.deepEqual(logged.run("SET no room"), ["UNLINK victim"]);
});

Deno.test("propagation §1: SPOP of very many members is told in pieces of at most 1024", async () => {
  const logged = await Logged.start();
  logged.run(`SADD k ${Array.from({ length: 5000 }, (_, i) => `m${i}`).join(" ")}`);
  const lines = logged.run("SPOP k 2500");
  assert.deepEqual([lines[0], lines.at(-1)], ["MULTI", "EXEC"]);
  const counts = lines.slice(1, -1).map((line) => {
    assert.match(line, /^SREM k /);
    return line.split(" ").length - 2;
  });
  assert.equal(counts.reduce((sum, count) => sum + count), 2500);
  assert.ok(counts.length === 3 && Math.max(...counts) === 1024, String(counts));
});

Deno.test("propagation §1: RESTORE with a relative time is logged with the absolute one", async () => {
  const world = await new ServerWorld(["appendfsync always"]).start();
  const conn = world.connect();
  // An RDB payload has any byte: it is sent as it was dumped, and only what is around it is looked at.
  conn.ask("SET k v");
  const dump = conn.ask("DUMP k").replace(/^\$\d+\r\n/, "").slice(0, -2);
  const request = (...args: string[]) =>
    `*${args.length}\r\n` + args.map((arg) => `$${arg.length}\r\n${arg}\r\n`).join("");
  const send = (text: string): void => {
    const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0));
    world.server.connections.onData(conn, bytes, 0, bytes.length);
    world.endTurn();
  };
  const before = world.aof().length;
  send(request("RESTORE", "l", "5000", dump));
  assert.equal(conn.take(), "+OK\r\n");
  assert.equal(world.aof().slice(before), request("RESTORE", "l", String(FUTURE_MS), dump, "ABSTTL"));
  const past = world.aof().length;
  send(request("RESTORE", "l", String(PAST_MS), dump, "ABSTTL", "REPLACE"));
  assert.equal(world.aof().slice(past), request("DEL", "l"));
  send(request("RESTORE", "m", String(PAST_MS), dump, "ABSTTL"));
  assert.equal(world.aof().slice(past), request("DEL", "l"));
});

Deno.test("propagation §1 unit: one write is bare, several are framed, none is nothing; SELECT comes after MULTI", async () => {
  const logged = await Logged.start();
  const { conn } = logged;
  conn.ask("MULTI", "GET a", "LLEN l", "EXEC");
  assert.deepEqual(logged.look(), []);
  conn.ask("MULTI", "GET a", "SADD s a", "SADD s a", "EXEC");
  assert.deepEqual(logged.look(), ["SADD s a"]);
  conn.ask("SELECT 3", "MULTI", "RPUSH l a", "HSET h f v", "SELECT 0", "ZADD z 1 a", "EXEC", "SET a 1");
  assert.deepEqual(logged.look(), [
    "MULTI",
    "SELECT 3",
    "RPUSH l a",
    "HSET h f v",
    "SELECT 0",
    "ZADD z 1 a",
    "EXEC",
    "SET a 1",
  ]);
});

Deno.test("propagation §1 unit: a lazy expiry joins the unit of a write, that of a read is bare", async () => {
  const logged = await Logged.start();
  logged.run("SET k 1 PX 10", "RPUSH l a", "PEXPIRE l 10", "SET m 1 PX 10");
  logged.world.nowMs += 1000;
  assert.deepEqual(logged.run("INCR k"), ["MULTI", "DEL k", "INCR k", "EXEC"]);
  assert.deepEqual(logged.run("RPUSH l b"), ["MULTI", "DEL l", "RPUSH l b", "EXEC"]);
  assert.deepEqual(logged.run("GET m"), ["DEL m"]);
});

Deno.test("propagation §1 unit: active expiry is bare, one command per key", async () => {
  const logged = await Logged.start();
  logged.run("SET a 1 PX 10", "SADD b m", "PEXPIRE b 10");
  logged.world.nowMs += 1000;
  logged.world.server.openBatch();
  logged.world.server.onTick(logged.world.nowMs);
  logged.world.endTurn();
  assert.deepEqual(logged.look().sort(), ["DEL a", "DEL b"]);
});

Deno.test("propagation §1 unit: a client that was waiting is a unit of its own, behind who woke it", async () => {
  const logged = await Logged.start();
  const waiting = logged.world.connect();
  assert.equal(waiting.ask("BLPOP k 0"), "");
  const zwaiting = logged.world.connect();
  assert.equal(zwaiting.ask("BZPOPMIN z 0"), "");
  logged.conn.ask("MULTI", "RPUSH k a", "RPUSH k b", "ZADD z 1 m", "EXEC");
  assert.deepEqual(logged.look(), [
    "MULTI",
    "RPUSH k a",
    "RPUSH k b",
    "ZADD z 1 m",
    "EXEC",
    "LPOP k",
    "ZPOPMIN z",
  ]);
  assert.match(waiting.take(), /a/);
});

Deno.test("propagation §1: with the AOF off a manual rewrite has no diff", async () => {
  const world = await new ServerWorld(["appendonly no"]).start();
  const conn = world.connect();
  conn.ask("SET k v", "BGREWRITEAOF");
  conn.ask("SET l v", "RPUSH m a");
  assert.equal(world.server.persistence.rewrite.bufferBytes, 0);
  assert.equal(await world.finishChild(), 0);
  assert.deepEqual(commandsOf(world.aof()), ["SELECT 0", "SET k v"]);
});
