/** docs/AOF.md, decisions and §6: opening, the lock, stopping, and the switch to a rewritten file. */

import assert from "node:assert/strict";
import { AOF_OFF, AOF_ON } from "../../lib/aof/aof.ts";
import { FSYNC_ALWAYS, FSYNC_NO } from "../../lib/aof/settings.ts";
import { latin1 } from "../../lib/base/ascii.ts";
import { type AppendFile } from "../../lib/platform/types.ts";
import { AOF_PATH, AofWorld, Exited, request } from "../support/aof_world.ts";
import { FaultyFs } from "../support/faulty_fs.ts";

const TEMP = "/data/temp-rewriteaof-bg-7.aof";

/** A file that stands ready to replace the AOF. */
async function prepared(world: AofWorld, bytes = request("SET", "x", "y")): Promise<AppendFile> {
  const file = world.fs.openAppend(TEMP, { create: true });
  file.write(bytes, 0, bytes.length);
  const ready = world.aof.prepareFile(file);
  world.worker.drain();
  await ready;
  return file;
}

function switchTo(world: AofWorld, file: AppendFile): void {
  world.fs.rename(TEMP, AOF_PATH);
  world.aof.replaceFile(file, file.size());
}

Deno.test("open: the new file's name is synced before anything is written", () => {
  const world = new AofWorld();
  world.aof.open();
  assert.deepEqual(world.fs.trace, ["syncDir /data"]);
  world.fs.powerCut();
  assert.equal(world.fs.contents(AOF_PATH).length, 0, "the file is there after a power cut");
});

Deno.test("open: a file that cannot be opened or synced leaves no lock behind", () => {
  for (const op of ["open", "syncDir"] as const) {
    const world = new AofWorld();
    world.fs.inject({ op, code: "EACCES" });
    assert.throws(() => world.aof.open(), { code: "EACCES" });
    assert.equal(world.aof.state, AOF_OFF);
    world.aof.open();
  }
});

Deno.test("lock: a second server in the directory is refused, also after a rewrite has replaced the file", async () => {
  const fs = new FaultyFs();
  const first = new AofWorld({}, fs).start();
  const refused = /Another server is using this append-only file/;
  assert.throws(() => new AofWorld({}, fs).aof.open(), refused);
  switchTo(first, await prepared(first));
  first.worker.drain();
  assert.throws(() => new AofWorld({}, fs).aof.open(), refused);
  new AofWorld({ filename: "other.aof" }, fs).aof.open();
  first.aof.stop();
  new AofWorld({}, fs).aof.open();
});

Deno.test("lock: it ends with the process", () => {
  const fs = new FaultyFs();
  new AofWorld({}, fs).start();
  fs.kill();
  new AofWorld({}, fs).aof.open();
});

Deno.test("stop §4: writes, syncs, closes everything, keeps the file", () => {
  const world = new AofWorld().start();
  world.set("a", "1");
  world.aof.flush(false);
  world.set("b", "1");
  assert.equal(world.aof.stop(), true);
  assert.equal(world.aof.state, AOF_OFF);
  assert.equal(world.aof.wantsFeed, false);
  assert.equal(world.aof.syncedOffset, world.aof.fedOffset);
  world.worker.drain();
  assert.equal(world.fs.openFiles, 0);
  assert.equal(world.text().length, world.aof.fedOffset);
  assert.equal(world.aof.stop(), true, "again is harmless");
});

Deno.test("stop §9: says so when the rest could not be written or synced", () => {
  for (const op of ["write", "fdatasync"] as const) {
    const world = new AofWorld().start();
    world.set("a", "1");
    world.fs.inject({ op, code: "EIO" });
    assert.equal(world.aof.stop(), false);
    assert.equal(world.aof.state, AOF_OFF);
  }
  const world = new AofWorld({ fsync: FSYNC_NO }).start();
  world.set("a", "1");
  world.aof.flush(false);
  world.takeLog();
  world.fs.inject({ op: "fdatasync", code: "EIO" });
  assert.equal(world.aof.stop(), false);
  assert.deepEqual(world.takeLog(), ["# Fail to fsync the AOF file: Input/output error"]);
});

Deno.test("stop: our handle is closed even if the worker was still opening its own", () => {
  const world = new AofWorld();
  world.aof.open();
  world.aof.turnOn();
  world.aof.stop();
  assert.equal(world.fs.openFiles, 1);
  world.worker.drain();
  assert.equal(world.fs.openFiles, 0);
});

Deno.test("switch: everysec and no sync the new file, then the directory, then close the old file", async () => {
  for (const fsync of [undefined, FSYNC_NO]) {
    const world = new AofWorld(fsync === undefined ? {} : { fsync }).start();
    world.set("a", "1");
    world.aof.flush(false);
    world.worker.drain();
    const file = await prepared(world);
    world.fs.trace.length = 0;
    world.set("b", "1");
    switchTo(world, file);
    assert.equal(world.fs.openFiles, 3, "the worker holds the last handle of the old file");
    world.worker.drain();
    assert.deepEqual(world.fs.trace, [`rename ${TEMP} ${AOF_PATH}`, `fdatasync ${TEMP}`, "syncDir /data"]);
    assert.equal(world.fs.openFiles, 2);
    assert.equal(world.aof.syncedOffset, world.aof.fedOffset);
  }
});

Deno.test("switch: always syncs file and directory before it returns", async () => {
  const world = new AofWorld({ fsync: FSYNC_ALWAYS }).start();
  const file = await prepared(world);
  world.fs.trace.length = 0;
  world.set("b", "1");
  switchTo(world, file);
  assert.deepEqual(world.fs.trace, [`rename ${TEMP} ${AOF_PATH}`, `fdatasync ${TEMP}`, "syncDir /data"]);
  assert.equal(world.aof.syncedOffset, world.aof.fedOffset);
  for (const op of ["fdatasync", "syncDir"] as const) {
    const failing = new AofWorld({ fsync: FSYNC_ALWAYS }).start();
    const next = await prepared(failing);
    failing.fs.inject({ op, code: "EIO" });
    assert.throws(() => switchTo(failing, next), Exited);
  }
});

Deno.test("switch §6: buffer discarded, SELECT anew, sizes and offsets of the new file", async () => {
  const world = new AofWorld().start();
  world.set("a", "1");
  world.aof.flush(false);
  world.set("b", "1");
  assert.equal(world.aof.flush(false), 2, "postponed");
  const file = await prepared(world);
  world.set("c", "1");
  switchTo(world, file);
  const base = request("SET", "x", "y").length;
  assert.equal(world.aof.bufferLength, 0);
  assert.equal(world.aof.flushPostponed, false);
  assert.deepEqual([world.aof.currentSize, world.aof.baseSize], [base, base]);
  assert.equal(world.aof.writtenOffset, world.aof.fedOffset);
  world.set("d", "1");
  world.worker.drain();
  world.aof.flush(false);
  const rest = latin1(request("SELECT", "0"), 0, 23) + latin1(request("SET", "d", "1"), 0, 27);
  assert.equal(world.text().slice(base), rest);
  assert.equal(world.aof.currentSize, base + rest.length);
});

Deno.test("switch §6: WAIT_REWRITE becomes ON; what was fed meanwhile counts as synced when the file is", async () => {
  const world = new AofWorld();
  world.aof.startWaitRewrite();
  world.worker.drain();
  world.aof.diff = { append: () => {} };
  world.set("a", "1");
  assert.equal(world.aof.syncedOffset, 0);
  const file = await prepared(world);
  switchTo(world, file);
  world.aof.diff = null;
  assert.equal(world.aof.state, AOF_ON);
  assert.equal(world.aof.wantsFeed, true);
  world.worker.drain();
  assert.equal(world.aof.syncedOffset, world.aof.fedOffset);
});

Deno.test("switch §2: a write error of the old file ends with it", async () => {
  const world = new AofWorld().start();
  world.fs.inject({ op: "write", code: "ENOSPC", path: AOF_PATH });
  world.set("a", "1");
  world.aof.flush(false);
  assert.notEqual(world.aof.misconfError(), null);
  switchTo(world, await prepared(world));
  assert.equal(world.aof.misconfError(), null);
});

Deno.test("switch: a file that was not prepared, or while off, is a bug", async () => {
  const world = new AofWorld().start();
  const file = world.fs.openAppend(TEMP, { create: true });
  assert.throws(() => world.aof.replaceFile(file, 0), /before it is prepared/);
  const ready = await prepared(world);
  world.aof.stop();
  assert.throws(() => world.aof.replaceFile(ready, 0), /it is off/);
});

Deno.test("switch: a prepared file can be synced in the background, and given up", async () => {
  const world = new AofWorld().start();
  const file = await prepared(world);
  const good = world.aof.syncPrepared(file);
  world.worker.drain();
  await good;
  world.fs.inject({ op: "fdatasync", code: "ENOSPC" });
  const bad = world.aof.syncPrepared(file);
  world.worker.drain();
  await assert.rejects(bad, { code: "ENOSPC" });
  assert.equal(world.aof.misconfError(), null, "it is not the AOF");
  world.aof.discardPrepared(file);
  world.worker.drain();
  assert.equal(world.fs.openFiles, 2);
  world.aof.discardPrepared(world.fs.openAppend(TEMP, { create: true }));
  assert.equal(world.fs.openFiles, 2, "one that never was prepared is closed too");
});

Deno.test("prepare: a file that was renamed too early is refused", async () => {
  const world = new AofWorld().start();
  const file = world.fs.openAppend(TEMP, { create: true });
  const ready = world.aof.prepareFile(file);
  world.fs.rename(TEMP, "/data/elsewhere");
  world.worker.drain();
  await assert.rejects(ready, { code: "ENOENT" });
  assert.equal(world.aof.misconfError(), null);
  world.aof.discardPrepared(file);
  world.worker.drain();
  assert.equal(world.fs.openFiles, 2);
});
