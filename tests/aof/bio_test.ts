/** docs/AOF.md §3: queues, order, pending counts, errors, the worker's death. The worker is a fake one. */

import assert from "node:assert/strict";
import { Bio } from "../../lib/bio/bio.ts";
import { JOB_CLOSE, JOB_FSYNC, JOB_OPEN, JOB_SYNC_DIR, JOB_UNLINK } from "../../lib/bio/protocol.ts";
import { type IoError } from "../../lib/platform/types.ts";
import { fakeBio, FakeWorker } from "../support/fake_bio.ts";
import { FaultyFs } from "../support/faulty_fs.ts";

/** A worker with one open file, and a list of how jobs ended. */
function world(): {
  fs: FaultyFs;
  bio: Bio;
  worker: FakeWorker;
  handle: number;
  ended: string[];
  note: Note;
} {
  const fs = new FaultyFs();
  const { bio, worker } = fakeBio(fs);
  const file = fs.openAppend("/data/a", { create: true });
  const ended: string[] = [];
  const note: Note = (name) => (error) => void ended.push(`${name} ${error === null ? "ok" : error.code}`);
  const handle = bio.open(file.path, file.dev, file.ino, note("open"));
  worker.drain();
  return { fs, bio, worker, handle, ended, note };
}

type Note = (name: string) => (error: IoError | null) => void;

Deno.test("bio §3: the worker opens its own handle and proves that it is the same file", () => {
  const { fs, bio, worker, handle, ended, note } = world();
  assert.equal(fs.openFiles, 2);
  bio.fsync(handle, note("fsync"));
  bio.close(handle, note("close"));
  worker.drain();
  assert.deepEqual(ended, ["open ok", "fsync ok", "close ok"]);
  assert.equal(fs.openFiles, 1);
});

Deno.test("bio §3: another file under the same path is an error, and so are later jobs for its handle", () => {
  const { fs, bio, worker, ended, note } = world();
  const old = fs.openAppend("/data/b", { create: true });
  fs.openAppend("/data/c", { create: true });
  fs.rename("/data/c", "/data/b");
  const handle = bio.open(old.path, old.dev, old.ino, note("open"));
  bio.fsync(handle, note("fsync"));
  const before = fs.openFiles;
  worker.drain();
  assert.deepEqual(ended, ["open ok", "open ESTALE", "fsync EBADF"]);
  assert.equal(fs.openFiles, before, "the wrong file is closed again");
});

Deno.test("bio §3: a missing file and a failing fsync come back with errno name and text", () => {
  const { fs, bio, worker, handle } = world();
  const errors: (IoError | null)[] = [];
  bio.open("/data/none", 1, 1, (error) => errors.push(error));
  fs.inject({ op: "fdatasync", code: "EIO" });
  bio.fsync(handle, (error) => errors.push(error));
  bio.fsync(handle, (error) => errors.push(error));
  worker.drain();
  assert.deepEqual(errors.map((e) => e?.code), ["ENOENT", "EIO", undefined]);
  assert.equal(errors[1]!.strerror, "Input/output error");
});

Deno.test("bio §3: a pending count drops only when the job is done, before its callback", () => {
  const { bio, worker, handle } = world();
  const seen: number[] = [];
  bio.fsync(handle, () => seen.push(bio.pending(JOB_FSYNC)));
  bio.fsync(handle, () => seen.push(bio.pending(JOB_FSYNC)));
  assert.equal(bio.pending(JOB_FSYNC), 2);
  assert.equal(worker.inbox.length, 1, "the worker holds one job at a time");
  assert.equal(bio.pending(JOB_FSYNC), 2, "given to the worker is not done");
  worker.step();
  assert.equal(bio.pending(JOB_FSYNC), 1);
  worker.step();
  assert.deepEqual(seen, [1, 0]);
});

Deno.test("bio §3: jobs of a type run in order; fsync before directory before close, whatever came first", () => {
  const { fs, bio, worker, handle, ended, note } = world();
  fs.openAppend("/data/gone", { create: true }).close();
  const other = fs.openAppend("/data/d", { create: true });
  bio.fsync(handle, note("running"));
  bio.close(handle, note("close"));
  bio.unlink("/data/gone", note("unlink"));
  bio.syncDir("/data", note("dir"));
  bio.fsync(handle, note("fsync 1"));
  bio.fsync(handle, note("fsync 2"));
  bio.open(other.path, other.dev, other.ino, note("open 2"));
  for (const type of [JOB_OPEN, JOB_SYNC_DIR, JOB_UNLINK, JOB_CLOSE]) assert.equal(bio.pending(type), 1);
  worker.drain();
  const order = ["running", "open 2", "fsync 1", "fsync 2", "dir", "unlink", "close"];
  assert.deepEqual(ended.slice(1), order.map((name) => `${name} ok`));
  assert.equal(fs.stat("/data/gone"), undefined);
});

Deno.test("bio §3: the worker's death fails the running, the waiting and all later jobs", async () => {
  const { bio, worker, handle, ended, note } = world();
  const deaths: string[] = [];
  bio.onDeath = (error) => deaths.push(error.message);
  bio.fsync(handle, note("running"));
  bio.fsync(handle, note("waiting"));
  bio.syncDir("/data", note("dir"));
  worker.die("boom");
  worker.die("boom again");
  bio.fsync(handle, note("later"));
  assert.deepEqual(ended, ["open ok"], "never within the call");
  assert.equal(bio.pending(JOB_FSYNC), 3);
  await Promise.resolve();
  assert.deepEqual(ended.slice(1).sort(), ["dir EIO", "later EIO", "running EIO", "waiting EIO"]);
  assert.equal(bio.pending(JOB_FSYNC), 0);
  assert.deepEqual(deaths, ["bio worker (boom): Input/output error"]);
  worker.step();
  await Promise.resolve();
  assert.equal(ended.length, 5, "an answer after death is ignored");
});

Deno.test("bio §3: a worker that could not start, or says nonsense, counts as dead", async () => {
  for (
    const message of [{ id: -1, code: "EIO", strerror: "no module" }, { id: 77, code: "", strerror: "" }]
  ) {
    const { bio, worker, handle, ended, note } = world();
    bio.fsync(handle, note("fsync"));
    worker.say(message);
    await Promise.resolve();
    assert.deepEqual(ended.slice(1), ["fsync EIO"]);
    assert.notEqual(bio.death, null);
  }
});

Deno.test("bio §3: terminate ends the worker and fails what waits", async () => {
  const { bio, worker, handle, ended, note } = world();
  bio.fsync(handle, note("fsync"));
  bio.terminate();
  bio.terminate();
  await Promise.resolve();
  assert.equal(worker.terminated, true);
  assert.deepEqual(ended.slice(1), ["fsync EIO"]);
});

Deno.test("bio §3: a job of unknown type and one for an unknown handle are errors, not crashes", () => {
  const worker = new FakeWorker(new FaultyFs());
  const replies: unknown[] = [];
  worker.onMessage((message) => replies.push(message));
  worker.post({ id: 1, type: 99, handle: 0, path: "", dev: 0, ino: 0 });
  worker.post({ id: 2, type: JOB_CLOSE, handle: 5, path: "", dev: 0, ino: 0 });
  worker.drain();
  assert.deepEqual(replies, [
    { id: 1, code: "EINVAL", strerror: "Invalid argument" },
    { id: 2, code: "EBADF", strerror: "Bad file descriptor" },
  ]);
});
