/**
 * Durability, by cutting power and killing the process anywhere (docs/AOF.md
 * §9): `always` loses nothing acknowledged, everysec nothing older than two
 * seconds, nothing loses what `syncedOffset` claims, and the file always loads.
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { FLUSH_WRITTEN } from "../../lib/aof/flush.ts";
import { FSYNC_ALWAYS, FSYNC_EVERYSEC, FSYNC_NO } from "../../lib/aof/settings.ts";
import { latin1 } from "../../lib/base/ascii.ts";
import { AOF_PATH, AofWorld, Exited, request } from "../support/aof_world.ts";
import { FaultyFs } from "../support/faulty_fs.ts";
import { load } from "../support/replay_world.ts";

/** Everything that was fed, and when. */
class Recorder {
  text = "";
  /** For each feed: the offset behind it and the time. */
  readonly marks: { offset: number; nowMs: number }[] = [];
  readonly #world: AofWorld;

  constructor(world: AofWorld) {
    this.#world = world;
  }

  append(buf: Uint8Array, start: number, end: number): void {
    this.text += latin1(buf, start, end);
    this.marks.push({ offset: this.text.length, nowMs: this.#world.nowMs });
  }
}

/** One step of a random life of a server. */
type Step =
  | { readonly kind: "set"; readonly key: number; readonly size: number; readonly db: number }
  | { readonly kind: "unit"; readonly size: number }
  | { readonly kind: "flush" | "work" | "retry" }
  | { readonly kind: "pass"; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("set" as const),
      key: fc.nat(9),
      size: fc.nat(300),
      db: fc.nat(2),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("unit" as const), size: fc.nat(50) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("flush" as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("work" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("retry" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 1500 }) }),
  },
);

/** Runs a step. @returns false when the process has ended */
function take(world: AofWorld, one: Step): boolean {
  try {
    switch (one.kind) {
      case "set":
        world.set(`k${one.key}`, "v".repeat(one.size), one.db);
        break;
      case "unit":
        world.aof.feedMulti();
        world.set("a", "x".repeat(one.size));
        world.set("b", "x".repeat(one.size));
        world.aof.feedExec();
        break;
      case "flush":
        world.aof.flush(false);
        break;
      case "work":
        world.worker.step();
        break;
      case "retry":
        world.aof.retryTick();
        break;
      case "pass":
        world.nowMs += one.ms;
    }
  } catch (error) {
    if (error instanceof Exited) return false;
    throw error;
  }
  return true;
}

function fileText(fs: FaultyFs): string {
  const bytes = fs.contents(AOF_PATH);
  return latin1(bytes, 0, bytes.length);
}

/** The file is a beginning of what was fed, at least `atLeast` bytes of it, and loads. */
async function assertRecovered(fs: FaultyFs, fed: string, atLeast: number): Promise<void> {
  const text = fileText(fs);
  assert.ok(text.length >= atLeast, `${text.length} bytes are left, ${atLeast} were promised`);
  assert.equal(text, fed.slice(0, text.length));
  const { error, result } = await load(fs);
  assert.equal(error, "");
  const again = await load(fs);
  assert.equal(again.result!.size, result!.size);
  assert.equal(again.lines.length, result!.size === 0 ? 0 : 1, "the second load finds nothing to repair");
}

Deno.test("crash: under always a power cut anywhere loses nothing acknowledged", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.nat(), fc.nat(60), async (steps, seed, calls) => {
      const world = new AofWorld({ fsync: FSYNC_ALWAYS }, new FaultyFs(seed)).start();
      const fed = new Recorder(world);
      world.aof.diff = fed;
      world.fs.cutAfterCalls = calls;
      let acknowledged = 0;
      for (const one of steps) {
        if (!take(world, one) || world.fs.dead) break;
        // Replies leave after a flush.
        if (one.kind === "flush") acknowledged = world.aof.fedOffset;
        assert.ok(world.aof.syncedOffset >= acknowledged);
      }
      world.fs.powerCut();
      await assertRecovered(world.fs, fed.text, acknowledged);
    }),
    { numRuns: 400 },
  );
});

Deno.test("crash: under everysec a power cut loses at most two seconds, and nothing that counts as synced", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 80 }), fc.nat(), fc.nat(80), async (steps, seed, calls) => {
      const world = new AofWorld({ fsync: FSYNC_EVERYSEC }, new FaultyFs(seed)).start();
      const fed = new Recorder(world);
      world.aof.diff = fed;
      world.fs.cutAfterCalls = calls;
      let synced = 0;
      for (const one of steps) {
        if (!take(world, one)) break;
        // The cron flushes ten times a second, and the worker is not slow here.
        for (let i = 0; one.kind === "pass" && i < 2; i++) {
          world.aof.flush(false);
          world.worker.drain();
        }
        if (world.fs.dead) break;
        synced = world.aof.syncedOffset;
      }
      const old = fed.marks.filter((mark) => mark.nowMs <= world.nowMs - 2000).at(-1)?.offset ?? 0;
      if (!world.fs.dead) assert.ok(synced >= old, `${synced} bytes are synced, ${old} are old`);
      world.fs.powerCut();
      await assertRecovered(world.fs, fed.text, synced);
    }),
    { numRuns: 400 },
  );
});

Deno.test("crash: kill -9 loses nothing that flush has written, under any policy", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60 }),
      fc.nat(),
      fc.constantFrom(FSYNC_NO, FSYNC_EVERYSEC, FSYNC_ALWAYS),
      async (steps, seed, fsync) => {
        const world = new AofWorld({ fsync }, new FaultyFs(seed)).start();
        const fed = new Recorder(world);
        world.aof.diff = fed;
        for (const one of steps) take(world, one);
        const written = world.aof.writtenOffset;
        world.fs.kill();
        await assertRecovered(world.fs, fed.text, written);
        assert.ok(fileText(world.fs).length <= written);
      },
    ),
    { numRuns: 200 },
  );
});

Deno.test("crash: with a failing disk, what counts as synced is there, writes end up in order, and it heals", async () => {
  const fault = fc.record({
    op: fc.constantFrom("write" as const, "ftruncate" as const, "fdatasync" as const),
    code: fc.constantFrom("EIO", "ENOSPC", "EINTR"),
    probability: fc.double({ min: 0.05, max: 0.6, noNaN: true }),
    keep: fc.option(fc.nat(40), { nil: undefined }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 80 }),
      fc.nat(),
      fc.array(fault, { minLength: 1, maxLength: 3 }),
      fc.boolean(),
      (steps, seed, faults, cut) => {
        const world = new AofWorld({ fsync: FSYNC_EVERYSEC }, new FaultyFs(seed)).start();
        const fed = new Recorder(world);
        world.aof.diff = fed;
        for (const one of faults) {
          // Only a write takes part of what it is given.
          world.fs.inject(one.op === "write" ? one : { ...one, keep: undefined });
        }
        for (const one of steps) {
          take(world, one);
          if (one.kind === "pass" && one.ms > 300) {
            world.aof.flush(false);
            world.worker.drain();
          }
          const err = !world.aof.lastWriteOk || !world.aof.bioFsyncOk;
          assert.equal(world.aof.misconfError() !== null, err);
          assert.equal(world.aof.currentSize, world.aof.writtenOffset);
          assert.equal(world.aof.bufferLength, world.aof.fedOffset - world.aof.writtenOffset);
        }
        const synced = world.aof.syncedOffset;
        if (cut) {
          world.fs.powerCut();
          assert.equal(fileText(world.fs).slice(0, synced), fed.text.slice(0, synced));
          return Promise.resolve();
        }
        world.fs.heal();
        world.pass(40);
        world.worker.drain();
        world.aof.flush(true);
        world.aof.retryTick();
        assert.equal(world.aof.lastWriteOk, true);
        assert.equal(fileText(world.fs), fed.text, "every byte once, in order");
        return Promise.resolve();
      },
    ),
    { numRuns: 400 },
  );
});

Deno.test("crash: under always power cut at every call of a switch loses nothing acknowledged", async () => {
  const temp = "/data/temp-rewriteaof-bg-7.aof";
  for (let calls = 0; calls < 12; calls++) {
    for (let seed = 0; seed < 20; seed++) {
      const world = new AofWorld({ fsync: FSYNC_ALWAYS }, new FaultyFs(seed)).start();
      world.set("a", "old");
      assert.equal(world.aof.flush(false), FLUSH_WRITTEN);
      const file = world.fs.openAppend(temp, { create: true });
      const prepared = world.aof.prepareFile(file);
      world.worker.drain();
      await prepared;
      let acknowledged = "old";
      world.fs.cutAfterCalls = calls;
      try {
        const bytes = request("SET", "a", "old");
        file.write(bytes, 0, bytes.length);
        file.dataSync();
        world.fs.rename(temp, AOF_PATH);
        world.fs.syncDir("/data");
        world.aof.replaceFile(file, bytes.length);
        world.set("a", "new");
        world.aof.flush(false);
        acknowledged = "new";
      } catch {
        // The power is off, or the server has ended because of it.
      }
      world.worker.drain();
      if (world.fs.dead) assert.ok(calls < 8, "the whole switch was cut through");
      world.fs.powerCut();
      const { db, error } = await load(world.fs);
      assert.equal(error, "");
      const value = db.data.get("0:a");
      assert.ok(value === acknowledged || value === "new", `${value} after ${calls} calls, seed ${seed}`);
    }
  }
});
