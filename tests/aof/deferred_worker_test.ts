/** A bio Worker that is started late: nothing that somebody waits for waits for it longer than it must. */

import assert from "node:assert/strict";
import { Bio } from "../../lib/bio/bio.ts";
import { DeferredWorker } from "../../lib/bio/deferred_worker.ts";
import { FakeWorker } from "../support/fake_bio.ts";
import { FaultyFs } from "../support/faulty_fs.ts";

function deferred(): { bio: Bio; worker: FakeWorker; late: DeferredWorker; started: () => number } {
  const fs = new FaultyFs();
  fs.install("/data/a", new Uint8Array(1));
  const worker = new FakeWorker(fs);
  let started = 0;
  const late = new DeferredWorker(() => {
    started++;
    return worker;
  });
  const bio = new Bio(late);
  bio.onUrgent = () => late.start();
  return { bio, worker, late, started: () => started };
}

Deno.test("deferred worker: opening a file waits, and is done when the worker is started", () => {
  const { bio, worker, late, started } = deferred();
  const done: string[] = [];
  bio.open("/data/a", 1, 1, (error) => done.push(`open ${error === null}`));
  assert.equal(started(), 0);
  late.start();
  late.start();
  worker.drain();
  assert.equal(started(), 1);
  assert.deepEqual(done, ["open true"]);
});

Deno.test("deferred worker: a sync behind an opening that waits starts the worker", () => {
  const { bio, worker, started } = deferred();
  const done: string[] = [];
  const handle = bio.open("/data/a", 1, 1, () => done.push("open"));
  bio.fsync(handle, (error) => done.push(`sync ${error === null}`));
  assert.equal(started(), 1);
  worker.drain();
  assert.deepEqual(done, ["open", "sync true"]);
});
