/** The file system port against the real file system, devices and limits. */

import assert from "node:assert/strict";
import * as nodeFs from "node:fs";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { IoError } from "../../lib/platform/types.ts";
import { platform, runFixture, startFixture, tempDir, test, until } from "./harness.ts";

const { fs } = platform;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Asserts that `call` throws an IoError with this code and C library text. */
function throwsIoError(call: () => unknown, code: string, strerror: string): void {
  assert.throws(call, (error: unknown) => {
    assert.ok(error instanceof IoError, `Not an IoError: ${error}`);
    assert.deepEqual([error.code, error.strerror], [code, strerror]);
    return true;
  });
}

test("AppendFile writes a range at the end, truncates, and goes on appending there", () => {
  const path = `${tempDir()}/a`;
  const file = fs.openAppend(path, { create: true });
  assert.equal(file.write(bytes("xxhello worldxx"), 2, 13), 11);
  assert.equal(file.size(), 11);
  file.truncate(5);
  assert.equal(file.size(), 5);
  assert.equal(file.write(bytes("!"), 0, 1), 1);
  file.dataSync();
  assert.equal(fs.readText(path), "hello!");
  const info = nodeFs.statSync(path);
  assert.deepEqual([file.path, file.dev, file.ino], [path, info.dev, info.ino]);
  file.close();
});

test("openAppend keeps or truncates what is there, and creates only when told to", () => {
  const path = `${tempDir()}/a`;
  throwsIoError(() => fs.openAppend(path, { create: false }), "ENOENT", "No such file or directory");
  fs.writeText(path, "old");
  const kept = fs.openAppend(path, { create: false });
  kept.write(bytes("new"), 0, 3);
  kept.close();
  assert.equal(fs.readText(path), "oldnew");
  const emptied = fs.openAppend(path, { create: true, truncate: true });
  emptied.write(bytes("x"), 0, 1);
  emptied.close();
  assert.equal(fs.readText(path), "x");
});

test("Two AppendFiles on one path both append", () => {
  const path = `${tempDir()}/a`;
  const first = fs.openAppend(path, { create: true });
  const second = fs.openAppend(path, { create: false });
  first.write(bytes("1"), 0, 1);
  second.write(bytes("2"), 0, 1);
  first.write(bytes("3"), 0, 1);
  assert.equal(fs.readText(path), "123");
  first.close();
  second.close();
});

test("AppendFile reports a full device as ENOSPC", () => {
  const file = fs.openAppend("/dev/full", { create: false });
  throwsIoError(() => file.write(bytes("x"), 0, 1), "ENOSPC", "No space left on device");
  file.close();
});

test("AppendFile returns a short count at the file size limit, then EFBIG", async () => {
  const path = `${tempDir()}/a`;
  const result = await runFixture(["file-limit", path], "ulimit -f 64; trap '' XFSZ");
  assert.equal(result.stdout, "65536\nEFBIG File too large\n65536\n", result.stderr);
});

test("ReadFile reads ranges up to the end", () => {
  const path = `${tempDir()}/a`;
  fs.writeText(path, "0123456789");
  const file = fs.openRead(path);
  assert.equal(file.size, 10);
  const buf = new Uint8Array(8);
  assert.equal(file.read(buf, 1, 5), 4);
  assert.equal(new TextDecoder().decode(buf), "\x000123\0\0\0");
  assert.equal(file.read(buf, 0, 8), 6);
  assert.equal(file.read(buf, 0, 8), 0);
  file.close();
});

test("Failures carry the errno name and the text of strerror", () => {
  const directory = tempDir();
  fs.writeText(`${directory}/file`, "x");
  const missing = `${directory}/missing`;
  const noEntry = ["ENOENT", "No such file or directory"] as const;
  throwsIoError(() => fs.openRead(missing), ...noEntry);
  throwsIoError(() => fs.unlink(missing), ...noEntry);
  throwsIoError(() => fs.rename(missing, `${directory}/x`), ...noEntry);
  throwsIoError(() => fs.list(missing), ...noEntry);
  throwsIoError(() => fs.readText(missing), ...noEntry);
  throwsIoError(() => fs.realPath(missing), ...noEntry);
  throwsIoError(() => fs.syncDir(missing), ...noEntry);
  throwsIoError(() => fs.writeText(`${missing}/x`, ""), ...noEntry);
  throwsIoError(() => fs.tryLock(`${missing}/x`), ...noEntry);
  throwsIoError(() => platform.chdir(missing), ...noEntry);
  throwsIoError(() => fs.mkdir(directory), "EEXIST", "File exists");
  throwsIoError(() => fs.openAppend(directory, { create: false }), "EISDIR", "Is a directory");
  throwsIoError(() => fs.openRead(directory).read(new Uint8Array(1), 0, 1), "EISDIR", "Is a directory");
  throwsIoError(() => fs.openRead(`${directory}/file/x`), "ENOTDIR", "Not a directory");
  // A sysfs attribute without write permission refuses even root.
  throwsIoError(
    () => fs.openAppend("/sys/kernel/uevent_seqnum", { create: false }),
    "EACCES",
    "Permission denied",
  );
});

test("stat tells size, kind, mode and identity; undefined for nothing", () => {
  const directory = tempDir();
  const path = `${directory}/a`;
  fs.writeText(path, "abc", { mode: 0o600 });
  const info = nodeFs.statSync(path);
  assert.deepEqual(fs.stat(path), {
    size: 3,
    isFile: true,
    isDirectory: false,
    dev: info.dev,
    ino: info.ino,
    mode: info.mode,
  });
  assert.equal(fs.stat(path)!.mode & 0o777, 0o600);
  assert.equal(fs.stat(directory)!.isDirectory, true);
  assert.equal(fs.stat(`${directory}/none`), undefined);
  assert.equal(fs.stat(`${path}/below`), undefined);
});

test("Names: mkdir, writeText with append, rename, list, realPath, unlink, syncDir", () => {
  const directory = fs.realPath(tempDir());
  fs.mkdir(`${directory}/d`);
  fs.writeText(`${directory}/d/a`, "é");
  fs.writeText(`${directory}/d/a`, "ü", { append: true });
  assert.equal(fs.readText(`${directory}/d/a`), "éü");
  fs.rename(`${directory}/d/a`, `${directory}/d/b`);
  nodeFs.symlinkSync(`${directory}/d/b`, `${directory}/d/link`);
  assert.deepEqual(fs.list(`${directory}/d`).sort(), ["b", "link"]);
  assert.equal(fs.realPath(`${directory}/d/../d/link`), `${directory}/d/b`);
  fs.unlink(`${directory}/d/link`);
  fs.syncDir(`${directory}/d`);
  assert.deepEqual(fs.list(`${directory}/d`), ["b"]);
});

test("tryLock excludes a second holder in this process until released", () => {
  const path = `${tempDir()}/lock`;
  const lock = fs.tryLock(path);
  assert.ok(lock !== undefined);
  assert.equal(fs.tryLock(path), undefined);
  lock.release();
  lock.release();
  const again = fs.tryLock(path);
  assert.ok(again !== undefined);
  again.release();
});

test("tryLock is flock(2): it excludes flock(1), and the other way round", async () => {
  const path = `${tempDir()}/lock`;
  const lock = fs.tryLock(path)!;
  assert.equal(spawnSync("flock", ["-n", path, "true"]).status, 1);
  lock.release();
  assert.equal(spawnSync("flock", ["-n", path, "true"]).status, 0);
  const holder = startFixture(["hold-lock", path]);
  await until("the holder has the lock", () => holder.stdout().includes("held"));
  assert.equal(fs.tryLock(path), undefined);
  assert.equal(spawnSync("flock", ["-n", path, "true"]).status, 1);
  // A lock ends with its process, however that ends.
  process.kill(holder.pid, "SIGKILL");
  await holder.done;
  const lockAfter = fs.tryLock(path);
  assert.ok(lockAfter !== undefined);
  lockAfter.release();
});
