/** The real Worker on the real disk: docs/AOF.md §3, DESIGN 2.9. */

import assert from "node:assert/strict";
import { Aof } from "../../lib/aof/aof.ts";
import { FLUSH_WRITTEN } from "../../lib/aof/flush.ts";
import { defaultAofSettings } from "../../lib/aof/settings.ts";
import { Bio } from "../../lib/bio/bio.ts";
import { createDenoPlatform } from "../../lib/platform/deno.ts";
import { type IoError } from "../../lib/platform/types.ts";
import { capturedLog, request } from "../support/aof_world.ts";

/** The job that `start` queues, as a promise of its error. */
function ended(start: (done: (error: IoError | null) => void) => void): Promise<IoError | null> {
  return new Promise((resolve) => start(resolve));
}

async function inTempDir(use: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "vellum-bio-" });
  try {
    await use(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("bio worker: opens, proves identity, syncs, unlinks, closes", async () => {
  await inTempDir(async (dir) => {
    const platform = createDenoPlatform();
    const bio = new Bio(platform.startBioWorker());
    try {
      const file = platform.fs.openAppend(`${dir}/a`, { create: true });
      platform.fs.openAppend(`${dir}/b`, { create: true }).close();
      let handle = 0;
      assert.equal(await ended((done) => handle = bio.open(file.path, file.dev, file.ino, done)), null);
      const wrong = await ended((done) => bio.open(`${dir}/b`, file.dev, file.ino, done));
      assert.equal(wrong?.code, "ESTALE");
      const missing = await ended((done) => bio.open(`${dir}/none`, file.dev, file.ino, done));
      assert.deepEqual([missing?.code, missing?.strerror], ["ENOENT", "No such file or directory"]);
      platform.fs.rename(`${dir}/b`, `${dir}/a`);
      assert.equal(await ended((done) => bio.fsync(handle, done)), null, "the handle outlives the name");
      assert.equal(await ended((done) => bio.syncDir(dir, done)), null);
      assert.equal(await ended((done) => bio.unlink(`${dir}/a`, done)), null);
      assert.equal(platform.fs.stat(`${dir}/a`), undefined);
      file.close();
      assert.equal(await ended((done) => bio.close(handle, done)), null);
      assert.equal((await ended((done) => bio.close(handle, done)))?.code, "EBADF");
    } finally {
      bio.terminate();
    }
  });
});

Deno.test("bio worker: an everysec AOF is synced in the background", async () => {
  await inTempDir(async (dir) => {
    const platform = createDenoPlatform();
    const bio = new Bio(platform.startBioWorker());
    try {
      const aof = new Aof({
        fs: platform.fs,
        bio,
        log: capturedLog().log,
        latency: { thresholdMs: 0, add: () => {} },
        nowMs: platform.nowMs,
        monotonicUs: platform.monotonicUs,
        sleepSync: platform.sleepSync,
        childActive: () => false,
        fatal: (message) => {
          throw new Error(message);
        },
      }, { ...defaultAofSettings(), dir });
      aof.open();
      aof.turnOn();
      const synced = new Promise<void>((resolve) => aof.onSynced = resolve);
      const command = request("SET", "a", "1");
      aof.feed(0, command, 0, command.length);
      assert.equal(aof.flush(false), FLUSH_WRITTEN);
      assert.equal(aof.syncedOffset, 0);
      await synced;
      assert.equal(aof.syncedOffset, aof.fedOffset);
      assert.equal(aof.lastWriteStatus, "ok");
      assert.equal(aof.stop(), true);
      assert.equal(platform.fs.stat(`${dir}/appendonly.aof`)!.size, aof.fedOffset);
    } finally {
      bio.terminate();
    }
  });
});
