/**
 * Random histories of one server: commands, rewrites in every state, children that end or are killed, the AOF
 * turned off and on, time that passes, memory that runs short. Whenever the process is killed while the AOF is on,
 * what the next server loads is what this one had.
 */

import assert from "node:assert/strict";
import process from "node:process";
import { AOF_ON } from "../../lib/aof/aof.ts";
import { verifyKeyspace } from "../../lib/keyspace/verify.ts";
import { sleep } from "../support/client.ts";
import { memoryDataset } from "../support/memory_dataset.ts";
import { Random } from "../support/random.ts";
import { type FakeChild, type FakeConn, ServerWorld } from "../support/server_world.ts";

/** How many histories; VELLUM_HISTORIES for more, VELLUM_HISTORY for the one with that seed. */
const HISTORIES = Number(process.env.VELLUM_HISTORIES ?? 25);
const ONLY = process.env.VELLUM_HISTORY;
const STEPS = 250;
const DATABASES = 3;
/** Few keys that much happens to, among so many that a snapshot takes many steps. */
const BUSY_KEYS = 12;
const KEYS = 1200;
/** More than what an entry holds inline. */
const BIG_BYTES = 70_000;

function dataset({ server, nowMs }: ServerWorld): Map<string, string> {
  return memoryDataset(server.ks, nowMs);
}

/** A random command about few keys. */
function command(random: Random): string {
  const key = (): string => `k${random.below(random.below(2) === 0 ? KEYS : BUSY_KEYS)}`;
  const db = (): number => random.below(DATABASES);
  const value = (): string =>
    random.below(12) === 0 ? `${random.below(9)}`.repeat(BIG_BYTES) : `${random.below(1000)}`;
  const ttl = (): number => 1 + random.below(3000);
  return random.pick([
    () => `SET ${key()} ${value()}`,
    () => `SET ${key()} ${value()} PX ${ttl()}`,
    () => `SET ${key()} ${value()} KEEPTTL GET`,
    () => `INCR ${key()}`,
    () => `INCR ${key()}`,
    () => `INCRBYFLOAT ${key()} 0.5`,
    () => `APPEND ${key()} ${value()}`,
    () => `SETRANGE ${key()} ${random.below(BIG_BYTES)} xyz`,
    () => `SETBIT ${key()} ${random.below(900)} 1`,
    () => `BITOP OR ${key()} ${key()} ${key()}`,
    () => `BITFIELD ${key()} INCRBY u8 ${random.below(400)} 7`,
    () => collectionCommand(random),
    () => collectionCommand(random),
    () => collectionCommand(random),
    () => collectionCommand(random),
    () => collectionCommand(random),
    () => collectionCommand(random),
    () => `GETEX ${key()} PX ${ttl()}`,
    () => `GETDEL ${key()}`,
    () => `GETSET ${key()} ${value()}`,
    () => `PEXPIRE ${key()} ${ttl() - 100}`,
    () => `PERSIST ${key()}`,
    () => `DEL ${key()} ${key()}`,
    () => `MSET ${key()} ${value()} ${key()} ${value()}`,
    () => `MSETNX ${key()} 1 ${key()} 2`,
    () => `RENAME ${key()} ${key()}`,
    () => `RENAMENX ${key()} ${key()}`,
    () => `COPY ${key()} ${key()} DB ${db()} REPLACE`,
    () => `MOVE ${key()} ${db()}`,
    () => `SELECT ${db()}`,
    () => `SELECT ${db()}`,
    () => random.below(3) === 0 ? `SWAPDB ${db()} ${db()}` : `GET ${key()}`,
    () => random.below(20) === 0 ? "FLUSHALL" : random.below(10) === 0 ? "FLUSHDB" : `STRLEN ${key()}`,
    () => `GET ${key()}`,
    () => "RANDOMKEY",
    () => "SCAN 0",
    () => `DEBUG OBJECT ${key()}`,
    () => `WATCH ${key()}`,
  ])();
}

/** A random command about lists, hashes, sets and sorted sets; keys are shared with all other types. */
function collectionCommand(random: Random): string {
  const name = random.pick(["list", "hash", "set", "zset"]);
  const key = (of = name): string => `${of}${random.below(random.below(2) === 0 ? 3 : 40)}`;
  const item = (): string => {
    const text = `i${random.below(50)}`;
    return random.below(25) === 0 ? text.padEnd(random.pick([100, 5000, BIG_BYTES]), "x") : text;
  };
  const items = (): string => Array.from({ length: 1 + random.below(30) }, item).join(" ");
  const pairs = (left: () => string, right: () => string): string =>
    Array.from({ length: 1 + random.below(30) }, () => `${left()} ${right()}`).join(" ");
  const score = (): string => random.pick(["1", "-2.5", "inf", "-inf", "1e300", String(random.below(100))]);
  const side = (): string => random.pick(["LEFT", "RIGHT"]);
  const ways: Record<string, (() => string)[]> = {
    list: [
      () => `RPUSH ${key()} ${items()}`,
      () => `LPUSH ${key()} ${items()}`,
      () => `LPOP ${key()} ${random.below(5)}`,
      () => `LMPOP 2 ${key()} ${key()} ${side()} COUNT ${1 + random.below(9)}`,
      () => `LMOVE ${key()} ${key()} ${side()} ${side()}`,
      () => `BLMOVE ${key()} ${key()} ${side()} ${side()} 1`,
      () => `BLPOP ${key()} ${key()} 1`,
      () => `BRPOP ${key()} 1`,
      () => `LINSERT ${key()} BEFORE ${item()} ${item()}`,
      () => `LSET ${key()} ${random.below(5)} ${item()}`,
      () => `LREM ${key()} 0 ${item()}`,
      () => `LTRIM ${key()} 1 -2`,
    ],
    hash: [
      () => `HSET ${key()} ${pairs(item, item)}`,
      () => `HDEL ${key()} ${items()}`,
      () => `HINCRBY ${key()} n ${random.below(50)}`,
      () => `HINCRBYFLOAT ${key()} f 0.25`,
      () => `HSETNX ${key()} ${item()} ${item()}`,
    ],
    set: [
      () => `SADD ${key()} ${items()}`,
      () => `SREM ${key()} ${items()}`,
      () => `SPOP ${key()}`,
      () => `SPOP ${key()} ${random.below(60)}`,
      () => `SMOVE ${key()} ${key()} ${item()}`,
      () => `SUNIONSTORE ${key()} ${key()} ${key()}`,
      () => `SDIFFSTORE ${key()} ${key()} ${key()}`,
    ],
    zset: [
      () => `ZADD ${key()} ${pairs(score, item)}`,
      () => `ZADD ${key()} GT CH ${pairs(score, item)}`,
      () => `ZINCRBY ${key()} 1.5 ${item()}`,
      () => `ZREM ${key()} ${items()}`,
      () => `ZPOPMIN ${key()} ${random.below(5)}`,
      () => `ZMPOP 2 ${key()} ${key()} MAX COUNT ${1 + random.below(9)}`,
      () => `BZPOPMIN ${key()} ${key()} 1`,
      () => `ZUNIONSTORE ${key()} 2 ${key()} ${key("set")} WEIGHTS 2 0.5`,
      () => `ZRANGESTORE ${key()} ${key()} 0 5`,
      () => `ZREMRANGEBYRANK ${key()} 0 1`,
    ],
  };
  const anyType = [
    () => `PEXPIRE ${key()} ${1 + random.below(3000)}`,
    () => `DEL ${key()}`,
    () => `RENAME ${key()} ${key()}`,
    () => `COPY ${key()} ${key()} REPLACE`,
    () => `MOVE ${key()} ${random.below(DATABASES)}`,
    () => `UNLINK ${key()}`,
  ];
  return random.pick(random.below(5) === 0 ? anyType : ways[name])();
}

/** The history of one seed. */
class History {
  readonly random: Random;
  readonly done: string[] = [];
  world: ServerWorld;
  conns: FakeConn[] = [];

  constructor(seed: number) {
    this.random = new Random(seed);
    this.world = this.#newWorld();
  }

  #newWorld(fs?: ServerWorld["fs"]): ServerWorld {
    const policy = this.random.pick(["noeviction", "allkeys-lru", "allkeys-random", "volatile-ttl"]);
    const world = new ServerWorld([
      `appendonly ${this.random.below(4) === 0 && fs === undefined ? "no" : "yes"}`,
      `appendfsync ${this.random.pick(["always", "everysec", "no"])}`,
      "enable-debug-command yes",
      `maxmemory-policy ${policy}`,
      `lazyfree-lazy-expire ${this.random.pick(["yes", "no"])}`,
      "auto-aof-rewrite-percentage 0",
    ], fs);
    world.server.ks.arena.fillFreed = true;
    // One step of a snapshot per slice, or many.
    world.tickUs = this.random.pick([1, 400]);
    if (this.world !== undefined) world.nowMs = this.world.nowMs;
    return world;
  }

  /** @param expected what has to be loaded */
  async begin(expected?: Map<string, string>): Promise<void> {
    await this.world.start();
    if (expected !== undefined) assert.deepEqual(dataset(this.world), expected);
    this.conns = [this.world.connect(), this.world.connect()];
    this.#fill();
    if (this.random.below(3) === 0) {
      const limit = this.world.server.ks.usedBytes + 150_000;
      assert.equal(this.world.server.config.set([["maxmemory", String(limit)]]), undefined);
    }
  }

  #fill(): void {
    const conn = this.world.connect();
    for (let db = 0; db < DATABASES; db++) {
      if (this.random.below(3) === 0) continue;
      conn.receive(`SELECT ${db}`);
      const pairs = Array.from({ length: KEYS }, (_, i) => `k${i} ${i}`);
      if (conn.ask("DBSIZE").endsWith(":0\r\n")) {
        conn.ask(`MSET ${pairs.join(" ")}`, "EXPIRE k7 1", "EXPIRE k70 2");
      }
    }
  }

  #commands(): void {
    const { random } = this;
    const conn = random.pick(this.conns);
    const lines = Array.from({ length: 1 + random.below(4) }, () => command(random));
    if (random.below(4) === 0) {
      const admin = random.pick([
        "BGREWRITEAOF",
        "CONFIG SET appendonly no",
        "CONFIG SET appendonly yes",
        "PING",
      ]);
      if (random.below(3) === 0) lines.splice(random.below(lines.length), 0, admin);
      lines.unshift("MULTI");
      lines.push(random.below(8) === 0 ? "DISCARD" : "EXEC");
    }
    this.done.push(...lines.map((line) => line.slice(0, 60)));
    conn.receive(...lines);
    if (random.below(3) > 0) this.world.endTurn();
  }

  #admin(): void {
    const { random, world } = this;
    const line = random.pick([
      ...[
        "BGREWRITEAOF",
        "BGREWRITEAOF",
        "BGREWRITEAOF",
        "CONFIG SET appendonly yes",
        "CONFIG SET appendonly yes",
      ],
      ...["CONFIG SET appendonly no", "CONFIG SET appendfsync always", "CONFIG SET appendfsync everysec"],
      ...["CONFIG SET no-appendfsync-on-rewrite yes", "CONFIG RESETSTAT"],
    ]);
    this.done.push(line);
    random.pick(this.conns).receive(line);
    world.endTurn();
  }

  #child(): FakeChild | undefined {
    const child = this.world.children.at(-1);
    return child === undefined || child.ended ? undefined : child;
  }

  /** Something happens to the running child. */
  #childEvent(): void {
    const child = this.#child();
    if (child === undefined) return;
    const { random } = this;
    if (child.signals.length > 0) return this.#end(child, { code: 137, signal: "SIGKILL" });
    switch (random.below(6)) {
      case 0:
        child.stuck = true;
        return;
      case 1:
        if (random.below(4) === 0) this.#end(child, { code: 137, signal: "SIGKILL" });
        return;
      default:
        child.proceed();
        if (child.closed) this.#end(child, { code: this.world.runChild(child), signal: undefined });
    }
  }

  #end(child: FakeChild, status: { code: number; signal: string | undefined }): void {
    this.done.push(`-- child ${child.pid} ends: ${status.code}`);
    child.exit(status);
    // Its exit and the broken pipe are told in either order.
    if (this.random.below(2) === 0) child.breakPipe();
  }

  async #time(): Promise<void> {
    const { random, world } = this;
    switch (random.below(5)) {
      case 0:
        world.nowMs += random.below(1500);
        world.server.openBatch();
        world.server.onTick(world.nowMs);
        if (random.below(2) === 0) {
          world.server.ks.lazyFree.step((dict) => world.server.ks.snapshot?.isWalking(dict) ?? false);
        }
        return world.tick();
      case 1:
        world.worker.step();
        return;
      case 2:
        // Pauses of a busy rewrite are real timers.
        if (random.below(4) === 0) await sleep(2);
        return;
      default:
        world.later.shift()?.();
        for (let i = random.below(6); i > 0; i--) await Promise.resolve();
    }
  }

  /** One step of a rewrite goes wrong on the disk. */
  #fault(): void {
    const fault = this.random.pick(
      [
        { op: "rename", code: "EACCES", path: "temp-rewriteaof-bg" },
        { op: "open", code: "EMFILE", path: "temp-rewriteaof-1" },
        { op: "write", code: "ENOSPC", path: "temp-rewriteaof-1" },
        { op: "fdatasync", code: "EIO", path: "temp-rewriteaof-1" },
        { op: "open", code: "EMFILE", path: "temp-rewriteaof-bg" },
      ] as const,
    );
    this.done.push(`-- ${fault.op} will fail`);
    this.world.fs.inject(fault);
  }

  /** DEBUG LOADAOF brings everything back. */
  async #loadAof(): Promise<void> {
    const { world } = this;
    world.endTurn();
    if (world.server.aof.state !== AOF_ON) return;
    this.done.push("DEBUG LOADAOF");
    // What has to be evicted before a command goes before this one.
    const { ks } = world.server;
    for (let evicted = -1; evicted !== ks.evictedKeys;) {
      evicted = ks.evictedKeys;
      world.connect().ask("PING");
    }
    const before = dataset(world);
    world.connect().ask("DEBUG LOADAOF");
    await world.settle();
    assert.deepEqual(dataset(world), before);
  }

  /** Turns the AOF on and lets its first rewrite come to an end. */
  async #turnOn(): Promise<void> {
    const { world } = this;
    this.done.push("-- turned on");
    world.fs.heal();
    world.endTurn();
    world.connect().ask("CONFIG SET appendonly yes");
    for (let tries = 0; world.server.aof.state !== AOF_ON; tries++) {
      assert.ok(tries < 200, "the AOF does not come on");
      // The delay after failures, and the pauses of a busy rewrite.
      world.nowMs += 100_000;
      world.tick();
      await sleep(2);
      await world.settle();
      const child = this.#child();
      if (child !== undefined) this.#childEvent();
      await world.settle();
    }
  }

  async step(): Promise<void> {
    if (this.random.below(60) === 0) return this.#fault();
    if (this.random.below(120) === 0) return await this.#loadAof();
    const n = this.random.below(20);
    if (n < 9) this.#commands();
    else if (n < 10) this.#admin();
    else if (n < 13) this.#childEvent();
    else await this.#time();
  }

  /** Kills the process and starts another one on what is left of the disk. */
  async crash(): Promise<void> {
    const { world } = this;
    this.done.push("-- crash");
    if (this.random.below(3) > 0) await this.#turnOn();
    world.endTurn();
    verifyKeyspace(world.server.ks);
    const { aof } = world.server;
    const isOn = aof.state === AOF_ON;
    // What everysec postpones may be lost; here it is not.
    if (isOn) aof.flush(true);
    const before = dataset(world);
    for (const child of world.children) child.breakPipe();
    world.server.cron.stop();
    world.fs.kill();
    this.world = this.#newWorld(world.fs);
    await this.begin(isOn ? before : undefined);
    this.done.push("-- restarted");
  }
}

Deno.test({
  name: "history: what is loaded after a kill is what was there",
  // Timers of rewrites that are cut off in the midst.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    for (let seed = 1; seed <= HISTORIES; seed++) {
      if (ONLY !== undefined && seed !== Number(ONLY)) continue;
      const history = new History(seed);
      try {
        await history.begin();
        for (let crash = 0; crash < 3; crash++) {
          for (let i = 0; i < STEPS; i++) await history.step();
          await history.crash();
        }
      } catch (error) {
        const tail = history.done.slice(-40).join("\n");
        throw new Error(`Seed ${seed} failed after\n${tail}`, { cause: error });
      } finally {
        history.world.server.cron.stop();
        for (const child of history.world.children) child.breakPipe();
      }
    }
  },
});
