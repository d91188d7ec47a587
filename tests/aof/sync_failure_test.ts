/** docs/AOF.md §2, §3 and §12.8: a failed background fsync is never forgotten by a later success. */

import assert from "node:assert/strict";
import { latin1 } from "../../lib/base/ascii.ts";
import { type AppendFile } from "../../lib/platform/types.ts";
import { AOF_PATH, AofWorld, request } from "../support/aof_world.ts";

const REFUSED = "-MISCONF Errors writing to the AOF file: Input/output error\r\n";

function misconf(world: AofWorld): string | null {
  const bytes = world.aof.misconfError();
  return bytes === null ? null : latin1(bytes, 0, bytes.length);
}

/** Writes, and lets the background fsync of it fail. */
function failed(): AofWorld {
  const world = new AofWorld().start();
  world.fs.inject({ op: "fdatasync", code: "EIO" });
  world.set("a", "1");
  world.aof.flush(false);
  world.takeLog();
  world.worker.drain();
  return world;
}

/** A new whole file under the AOF's name, as a rewrite makes it. */
async function rewritten(world: AofWorld): Promise<AppendFile> {
  const file = world.fs.openAppend("/data/temp-rewriteaof-bg-7.aof", { create: true });
  const bytes = request("SET", "a", "1");
  file.write(bytes, 0, bytes.length);
  const prepared = world.aof.prepareFile(file);
  world.worker.drain();
  await prepared;
  world.fs.rename(file.path, AOF_PATH);
  world.aof.replaceFile(file, bytes.length);
  return file;
}

Deno.test("sync failure §2: the status is err, writes are refused, one line per transition", () => {
  const world = failed();
  assert.equal(world.aof.lastWriteStatus, "err");
  assert.equal(world.aof.lastWriteOk, true);
  assert.equal(world.aof.bioFsyncOk, false);
  assert.equal(misconf(world), REFUSED);
  assert.equal(world.takeLog()[0], "# Fail to fsync the AOF file: Input/output error");
  world.fs.inject({ op: "fdatasync", code: "ENOSPC" });
  world.pass(1);
  world.set("b", "1");
  world.aof.flush(false);
  world.worker.drain();
  assert.deepEqual(world.takeLog(), []);
  assert.equal(misconf(world), "-MISCONF Errors writing to the AOF file: No space left on device\r\n");
});

Deno.test("sync failure §12.8: a later successful fsync neither clears it nor acknowledges anything", () => {
  const world = failed();
  world.set("b", "1");
  world.pass(1);
  world.aof.flush(false);
  world.worker.drain();
  assert.equal(world.fs.trace.at(-1), `fdatasync ${AOF_PATH}`, "syncing goes on");
  assert.equal(misconf(world), REFUSED);
  assert.equal(world.aof.needsRewrite, true);
  assert.equal(world.aof.syncedOffset, 0);
  world.fs.powerCut();
  assert.equal(world.fs.contents(AOF_PATH)[0], 0, "and rightly so: the disk has lost those bytes");
});

Deno.test("sync failure §12.8: a rewrite heals it, when the new file and its name are on disk", async () => {
  const world = failed();
  await rewritten(world);
  world.takeLog();
  assert.equal(world.aof.needsRewrite, false);
  assert.equal(misconf(world), REFUSED, "not on disk yet");
  world.worker.step();
  assert.equal(misconf(world), REFUSED, "its name is not");
  assert.equal(world.aof.syncedOffset, 0);
  world.worker.step();
  assert.equal(misconf(world), null);
  assert.equal(world.aof.syncedOffset, world.aof.fedOffset);
  assert.deepEqual(world.takeLog(), ["* The new AOF file is on disk, Redis can write again."]);
});

Deno.test("sync failure: a rewritten file or a directory that cannot be synced is no better", async () => {
  for (const op of ["fdatasync", "syncDir"] as const) {
    const world = failed();
    world.fs.inject({ op, code: "EIO" });
    await rewritten(world);
    world.worker.drain();
    world.pass(1);
    world.set("b", "1");
    world.aof.flush(false);
    world.worker.drain();
    assert.equal(misconf(world), REFUSED);
    assert.equal(world.aof.needsRewrite, true);
    assert.equal(world.aof.syncedOffset, 0);
  }
});

Deno.test("sync failure: one of a file that was replaced meanwhile does not matter", async () => {
  const world = new AofWorld().start();
  world.set("a", "1");
  const file = world.fs.openAppend("/data/temp-rewriteaof-bg-7.aof", { create: true });
  const prepared = world.aof.prepareFile(file);
  world.worker.drain();
  await prepared;
  world.fs.inject({ op: "fdatasync", code: "EIO", path: AOF_PATH });
  world.aof.flush(false);
  assert.equal(world.aof.pendingBioFsync, 1);
  const bytes = request("SET", "a", "1");
  file.write(bytes, 0, bytes.length);
  world.fs.rename(file.path, AOF_PATH);
  world.aof.replaceFile(file, bytes.length);
  world.worker.step();
  assert.equal(misconf(world), null);
  assert.equal(world.aof.syncedOffset, 0, "nor does an acknowledgement count");
  world.worker.drain();
  assert.equal(world.aof.syncedOffset, world.aof.fedOffset);
});

Deno.test("sync failure §3: the worker's death means err, at once and for good", async () => {
  const world = new AofWorld().start();
  world.takeLog();
  world.worker.die("boom");
  assert.equal(misconf(world), REFUSED);
  assert.deepEqual(world.takeLog().slice(0, 2), [
    "# Background I/O is dead and the AOF cannot be synced without it: bio worker (boom): Input/output error",
    "# Fail to fsync the AOF file: Input/output error",
  ]);
  const file = world.fs.openAppend("/data/temp-rewriteaof-bg-7.aof", { create: true });
  await assert.rejects(world.aof.prepareFile(file), { code: "EIO" });
  world.set("a", "1");
  world.aof.flush(true);
  await Promise.resolve();
  assert.equal(world.text().length, world.aof.fedOffset, "written it is all the same");
  assert.equal(world.aof.syncedOffset, 0);
  assert.equal(world.aof.stop(), false, "and stop does not claim more than it knows");
});

Deno.test("sync failure §3: a worker that cannot open the AOF, or opens another file, means err", () => {
  const world = new AofWorld();
  world.aof.open();
  world.fs.install(AOF_PATH, new Uint8Array(3));
  world.worker.drain();
  world.aof.turnOn();
  assert.equal(misconf(world), "-MISCONF Errors writing to the AOF file: Stale file handle\r\n");
});

Deno.test("sync failure §4: turning the AOF off and on forgets the errors of the old file", () => {
  const world = failed();
  world.fs.inject({ op: "write", code: "EIO", times: Infinity });
  world.set("b", "1");
  world.aof.flush(true);
  assert.equal(world.aof.lastWriteOk, false);
  assert.equal(world.aof.stop(), false);
  assert.equal(misconf(world), null, "nothing is refused while off");
  world.fs.heal();
  world.takeLog();
  world.aof.startWaitRewrite();
  assert.deepEqual(world.takeLog(), [
    "# AOF reopen, just ignore the AOF fsync error in bio job",
    "# AOF reopen, just ignore the last error.",
  ]);
  assert.equal(misconf(world), null);
  world.worker.drain();
  world.pass(2);
  world.aof.flush(false);
  world.worker.drain();
  assert.equal(world.aof.syncedOffset, 0, "syncing the stale file acknowledges nothing");
});
