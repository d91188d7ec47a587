/** docs/AOF.md §2: every branch of flush(force). */

import assert from "node:assert/strict";
import { FLUSH_FAILED, FLUSH_IDLE, FLUSH_POSTPONED, FLUSH_WRITTEN } from "../../lib/aof/flush.ts";
import { FSYNC_ALWAYS, FSYNC_EVERYSEC, FSYNC_NO } from "../../lib/aof/settings.ts";
import { latin1 } from "../../lib/base/ascii.ts";
import { AOF_PATH, AofWorld, Exited } from "../support/aof_world.ts";
import { FaultyFs } from "../support/faulty_fs.ts";

const DELAYED =
  "* Asynchronous AOF fsync is taking too long (disk is busy?). Writing the AOF buffer without " +
  "waiting for fsync to complete, this may slow down Redis.";

function misconf(world: AofWorld): string | null {
  const bytes = world.aof.misconfError();
  return bytes === null ? null : latin1(bytes, 0, bytes.length);
}

function syncs(world: AofWorld): number {
  return world.fs.trace.filter((line) => line.startsWith("fdatasync")).length;
}

function writes(world: AofWorld): number {
  return world.fs.trace.filter((line) => line.startsWith("write")).length;
}

/** An everysec AOF whose worker is busy with an fsync that never ends by itself. */
function busy(): AofWorld {
  const world = new AofWorld().start();
  world.set("a", "1");
  world.aof.flush(false);
  assert.equal(world.aof.pendingBioFsync, 1);
  return world;
}

Deno.test("flush §2.1: nothing to do while off and while empty", () => {
  const off = new AofWorld();
  assert.equal(off.aof.flush(true), FLUSH_IDLE);
  const on = new AofWorld().start();
  assert.equal(on.aof.flush(false), FLUSH_IDLE);
  assert.deepEqual(on.fs.trace, ["syncDir /data"]);
});

Deno.test("flush §2.1, §12.12: everysec syncs the last write in the next second without another write", () => {
  const world = busy();
  world.worker.drain();
  world.set("b", "1");
  assert.equal(world.aof.flush(false), FLUSH_WRITTEN);
  assert.equal(world.aof.pendingBioFsync, 0, "synced in this second already");
  assert.equal(world.aof.flush(false), FLUSH_IDLE);
  assert.equal(world.aof.pendingBioFsync, 0);
  world.nowMs += 1000;
  assert.equal(world.aof.flush(false), FLUSH_IDLE);
  assert.equal(world.aof.pendingBioFsync, 1);
  world.worker.drain();
  assert.equal(world.aof.syncedOffset, world.aof.fedOffset);
  world.nowMs += 1000;
  world.aof.flush(false);
  assert.equal(world.aof.pendingBioFsync, 0, "nothing is left to sync");
});

Deno.test("flush §2.1: an empty buffer does not queue a second fsync behind one under way", () => {
  const world = busy();
  world.set("b", "1");
  world.aof.flush(true);
  world.pass(5);
  assert.equal(world.aof.flush(false), FLUSH_IDLE);
  assert.equal(world.aof.pendingBioFsync, 1);
  world.worker.drain();
  world.aof.flush(false);
  assert.equal(world.aof.pendingBioFsync, 1);
});

Deno.test("flush §2.1: CONFIG SET appendfsync always syncs what everysec left", () => {
  const world = busy();
  world.worker.drain();
  world.set("b", "1");
  world.aof.flush(false);
  world.settings.fsync = FSYNC_ALWAYS;
  assert.equal(world.aof.flush(false), FLUSH_IDLE);
  assert.equal(world.aof.syncedOffset, world.aof.fedOffset);
});

Deno.test("flush §2.1: what the file had at start is synced too, since nobody knows whether it was", () => {
  const fs = new FaultyFs();
  fs.install(AOF_PATH, new Uint8Array(10));
  for (const policy of [FSYNC_EVERYSEC, FSYNC_ALWAYS]) {
    const world = new AofWorld({ fsync: policy }, fs).start();
    const before = syncs(world);
    world.aof.flush(false);
    world.worker.drain();
    assert.equal(syncs(world), before + 1);
    world.pass(1);
    world.aof.flush(false);
    assert.equal(world.aof.pendingBioFsync, 0);
    world.aof.stop();
  }
});

Deno.test("flush §2.2: everysec postpones for less than two seconds, then writes and counts it", () => {
  const world = busy();
  const before = writes(world);
  world.set("b", "1");
  assert.equal(world.aof.flush(false), FLUSH_POSTPONED);
  assert.equal(world.aof.flushPostponed, true);
  world.pass(1);
  assert.equal(world.aof.flush(false), FLUSH_POSTPONED);
  assert.equal(writes(world), before);
  assert.equal(world.aof.delayedFsync, 0);
  world.takeLog();
  world.pass(1);
  assert.equal(world.aof.flush(false), FLUSH_WRITTEN);
  assert.equal(world.aof.delayedFsync, 1);
  assert.equal(world.aof.flushPostponed, false);
  assert.deepEqual(world.takeLog(), [DELAYED]);
  assert.equal(world.aof.pendingBioFsync, 1, "no second fsync while one is under way");
  world.set("c", "1");
  assert.equal(world.aof.flush(false), FLUSH_POSTPONED, "the wait starts anew");
  world.aof.resetStats();
  assert.equal(world.aof.delayedFsync, 0);
});

Deno.test("flush §2.2: a postponed buffer is written as soon as the fsync is done", () => {
  const world = busy();
  world.set("b", "1");
  world.aof.flush(false);
  world.worker.step();
  assert.equal(world.aof.bufferLength, 0);
  assert.equal(world.aof.flushPostponed, false);
  assert.equal(world.aof.writtenOffset, world.aof.fedOffset);
});

Deno.test("flush §2.2: force writes in spite of a pending fsync", () => {
  const world = busy();
  world.set("b", "1");
  world.aof.flush(false);
  assert.equal(world.aof.flush(true), FLUSH_WRITTEN);
  assert.equal(world.aof.delayedFsync, 0);
  assert.equal(world.aof.flushPostponed, false);
});

Deno.test("flush §2.2: a clock set back does not hold the buffer for ever", () => {
  const world = busy();
  world.set("b", "1");
  world.aof.flush(false);
  world.nowMs -= 3_600_000;
  assert.equal(world.aof.flush(false), FLUSH_WRITTEN);
  world.worker.drain();
  world.pass(1);
  world.aof.flush(false);
  assert.equal(world.aof.pendingBioFsync, 1, "nor does it hold back the next fsync");
});

Deno.test("flush §2.2: only everysec postpones", () => {
  for (const policy of [FSYNC_NO, FSYNC_ALWAYS]) {
    const world = busy();
    world.settings.fsync = policy;
    world.set("b", "1");
    assert.equal(world.aof.flush(false), FLUSH_WRITTEN);
  }
});

Deno.test("flush §2.3: EINTR and partial writes are retried", () => {
  const world = new AofWorld().start();
  world.fs.inject({ op: "write", code: "EINTR", keep: 5 });
  world.set("a", "1");
  assert.equal(world.aof.flush(false), FLUSH_WRITTEN);
  assert.equal(world.text().length, world.aof.fedOffset);
  assert.equal(world.aof.lastWriteStatus, "ok");
});

Deno.test("flush §2.3: latency samples by what made the write slow, at or above the threshold", () => {
  const world = busy();
  const slow = (): void => {
    const write = world.fs.room.bind(world.fs);
    world.fs.room = (wanted) => {
      world.monotonicUs += 7_500;
      return write(wanted);
    };
  };
  slow();
  world.thresholdMs = 7;
  world.set("b", "1");
  world.aof.flush(true);
  world.worker.drain();
  world.childActive = true;
  world.set("c", "1");
  world.aof.flush(false);
  world.childActive = false;
  world.set("d", "1");
  world.aof.flush(false);
  world.thresholdMs = 8;
  world.set("e", "1");
  world.aof.flush(false);
  world.thresholdMs = 0;
  world.set("f", "1");
  world.aof.flush(false);
  assert.deepEqual(world.samples, [
    ["aof-write-pending-fsync", 7],
    ["aof-write", 7],
    ["aof-write-active-child", 7],
    ["aof-write", 7],
    ["aof-write-alone", 7],
    ["aof-write", 7],
  ]);
});

Deno.test("flush §2.7: aof-fsync-always is sampled", () => {
  const world = new AofWorld({ fsync: FSYNC_ALWAYS }).start();
  world.thresholdMs = 1;
  world.set("a", "1");
  const change = world.fs.change.bind(world.fs);
  world.fs.change = (op, what) => {
    if (op === "fdatasync") world.monotonicUs += 3_000;
    return change(op, what);
  };
  world.aof.flush(false);
  assert.deepEqual(world.samples, [["aof-fsync-always", 3]]);
});

Deno.test("flush §2.4: a failed write is refused, kept, logged once in 30 s, retried and healed", () => {
  const world = new AofWorld().start();
  world.takeLog();
  world.fs.inject({ op: "write", code: "EIO", times: 3 });
  world.set("a", "1");
  assert.equal(world.aof.flush(false), FLUSH_FAILED);
  assert.deepEqual(world.takeLog(), ["# Error writing to the AOF file: Input/output error"]);
  assert.equal(world.aof.lastWriteStatus, "err");
  assert.equal(world.aof.lastErrorText, "Input/output error");
  assert.equal(misconf(world), "-MISCONF Errors writing to the AOF file: Input/output error\r\n");
  world.pass(30);
  world.aof.retryTick();
  assert.deepEqual(world.takeLog(), [], "30 s have not passed");
  world.pass(1);
  world.aof.retryTick();
  assert.deepEqual(world.takeLog(), ["# Error writing to the AOF file: Input/output error"]);
  world.aof.retryTick();
  assert.deepEqual(world.takeLog(), ["* AOF write error looks solved, Redis can write again."]);
  assert.equal(misconf(world), null);
  assert.equal(world.text().length, world.aof.fedOffset);
  const written = writes(world);
  world.aof.retryTick();
  assert.equal(writes(world), written, "nothing to retry any more");
});

Deno.test("flush §2.4: a short write is taken back, and everything written again when there is room", () => {
  const world = new AofWorld({ fsync: FSYNC_NO }).start();
  world.set("a", "1");
  world.aof.flush(false);
  const whole = world.text();
  world.takeLog();
  world.fs.capacity = whole.length + 12;
  world.set("b", "2");
  const length = world.aof.bufferLength;
  assert.equal(world.aof.flush(false), FLUSH_FAILED);
  assert.equal(world.text(), whole, "no torn command is left");
  assert.equal(world.aof.currentSize, whole.length);
  assert.equal(world.aof.bufferLength, length);
  assert.deepEqual(world.takeLog(), [
    `# Short write while writing to the AOF file: (nwritten=12, expected=${length})`,
  ]);
  assert.equal(misconf(world), "-MISCONF Errors writing to the AOF file: No space left on device\r\n");
  world.fs.heal();
  world.aof.retryTick();
  assert.equal(world.text().length, world.aof.fedOffset);
  assert.equal(world.aof.currentSize, world.aof.fedOffset);
});

Deno.test("flush §2.4: a short write that cannot be taken back is continued where it ended", () => {
  const world = new AofWorld({ fsync: FSYNC_NO }).start();
  world.set("a", "1");
  const whole = world.aof.bufferLength;
  world.fs.inject({ op: "write", code: "ENOSPC", keep: 12 });
  world.fs.inject({ op: "ftruncate", code: "EIO" });
  world.takeLog();
  assert.equal(world.aof.flush(false), FLUSH_FAILED);
  assert.deepEqual(world.takeLog(), [
    `# Short write while writing to the AOF file: (nwritten=12, expected=${whole})`,
    "# Could not remove short write from the append-only file.  Redis may refuse to load the AOF the next time " +
    "it starts.  ftruncate: Input/output error",
  ]);
  assert.equal(world.aof.currentSize, 12);
  assert.equal(world.aof.bufferLength, whole - 12);
  assert.equal(world.aof.writtenOffset, 12);
  world.aof.retryTick();
  assert.ok(world.text().endsWith("$1\r\na\r\n$1\r\n1\r\n"));
  assert.equal(world.text().length, whole);
  assert.equal(world.aof.currentSize, whole);
});

Deno.test("flush §2.4: under always a write error ends the process before any reply", () => {
  for (const keep of [undefined, 4]) {
    const world = new AofWorld({ fsync: FSYNC_ALWAYS }).start();
    world.fs.inject({ op: "write", code: "EIO", keep });
    world.set("a", "1");
    assert.throws(() => world.aof.flush(false), Exited);
    assert.equal(
      world.takeLog().at(-1),
      "# Can't recover from AOF write error when the AOF fsync policy is 'always'. Exiting...",
    );
    assert.equal(world.text(), "", "and no torn command is left");
  }
});

Deno.test("flush §2.6: no-appendfsync-on-rewrite with a child active does not sync, not even under always", () => {
  for (const policy of [FSYNC_ALWAYS, FSYNC_EVERYSEC]) {
    const world = new AofWorld({ fsync: policy, noFsyncOnRewrite: true }).start();
    world.childActive = true;
    world.set("a", "1");
    assert.equal(world.aof.flush(false), FLUSH_WRITTEN);
    world.pass(1);
    world.aof.flush(false);
    assert.equal(syncs(world) + world.aof.pendingBioFsync, 0);
    assert.equal(world.aof.syncedOffset, 0);
    world.childActive = false;
    world.aof.flush(false);
    world.worker.drain();
    assert.equal(world.aof.syncedOffset, world.aof.fedOffset, "synced when the child is gone");
  }
});

Deno.test("flush §2.7: always syncs inline, once per batch, before it returns", () => {
  const world = new AofWorld({ fsync: FSYNC_ALWAYS }).start();
  world.set("a", "1");
  world.set("b", "1");
  world.aof.flush(false);
  assert.equal(syncs(world), 1);
  assert.equal(world.aof.syncedOffset, world.aof.fedOffset);
  assert.equal(world.aof.flush(false), FLUSH_IDLE);
  assert.equal(syncs(world), 1);
});

Deno.test("flush §2.7: under always a sync error ends the process", () => {
  const world = new AofWorld({ fsync: FSYNC_ALWAYS }).start();
  world.fs.inject({ op: "fdatasync", code: "EIO" });
  world.set("a", "1");
  assert.throws(() => world.aof.flush(false), Exited);
  assert.equal(
    world.takeLog().at(-1),
    "# Can't persist AOF for fsync error when the AOF fsync policy is 'always': Input/output error. Exiting...",
  );
});

Deno.test("flush §2.7: everysec asks for at most one fsync a second, no for none", () => {
  const world = new AofWorld().start();
  for (let i = 0; i < 5; i++) {
    world.set("a", String(i));
    world.aof.flush(false);
    world.worker.drain();
  }
  assert.equal(syncs(world), 1);
  const no = new AofWorld({ fsync: FSYNC_NO }).start();
  for (let i = 0; i < 5; i++) {
    no.set("a", String(i));
    no.aof.flush(false);
    no.pass(2);
  }
  no.worker.drain();
  assert.equal(syncs(no), 0);
});

Deno.test("flush: DEBUG AOF-FLUSH-SLEEP sleeps before a write", () => {
  const world = new AofWorld({ flushSleepUs: 2500 }).start();
  world.aof.flush(false);
  assert.equal(world.slept, 0);
  world.set("a", "1");
  world.aof.flush(false);
  assert.equal(world.slept, 2.5);
});
