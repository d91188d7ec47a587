/** The faulty disk itself: what survives what. */

import assert from "node:assert/strict";
import { toAscii } from "../../lib/base/ascii.ts";
import { FaultyFs } from "./faulty_fs.ts";

const HELLO = toAscii("hello");

function text(fs: FaultyFs, path: string): string {
  return String.fromCharCode(...fs.contents(path));
}

Deno.test("FaultyFs: power keeps what was synced and a beginning of the rest", () => {
  const lengths = new Set<number>();
  for (let seed = 0; seed < 100; seed++) {
    const fs = new FaultyFs(seed);
    const file = fs.openAppend("/data/a", { create: true });
    fs.syncDir("/data");
    file.write(HELLO, 0, 5);
    file.dataSync();
    file.write(toAscii("world"), 0, 5);
    fs.powerCut();
    assert.ok("helloworld".startsWith(text(fs, "/data/a")));
    lengths.add(fs.contents("/data/a").length);
    assert.throws(() => file.write(HELLO, 0, 5), { code: "EBADF" });
  }
  assert.deepEqual([...lengths].sort((a, b) => a - b), [5, 6, 7, 8, 9, 10]);
});

Deno.test("FaultyFs: names that were not synced may or may not be there, in order", () => {
  const seen = new Set<string>();
  for (let seed = 0; seed < 100; seed++) {
    const fs = new FaultyFs(seed);
    fs.install("/data/a", toAscii("old"));
    fs.openAppend("/data/b", { create: true });
    fs.rename("/data/b", "/data/a");
    fs.openAppend("/data/c", { create: true });
    fs.powerCut();
    seen.add(
      fs.list("/data").sort().map((name) => `${name}${fs.contents(`/data/${name}`).length}`).join(" "),
    );
  }
  assert.deepEqual([...seen].sort(), ["a0", "a0 c0", "a3", "a3 b0"]);
});

Deno.test("FaultyFs: a failed sync loses its bytes for good, though later syncs succeed", () => {
  const fs = new FaultyFs();
  const file = fs.openAppend("/data/a", { create: true });
  fs.syncDir("/data");
  file.write(HELLO, 0, 5);
  fs.inject({ op: "fdatasync", code: "EIO" });
  assert.throws(() => file.dataSync(), { code: "EIO" });
  file.write(HELLO, 0, 5);
  file.dataSync();
  assert.equal(text(fs, "/data/a"), "hellohello");
  fs.powerCut();
  assert.equal(text(fs, "/data/a"), "\0\0\0\0\0hello");
});

Deno.test("FaultyFs: faults by count, by path, by probability; short writes; a full disk", () => {
  const fs = new FaultyFs();
  const file = fs.openAppend("/data/a", { create: true });
  fs.inject({ op: "write", code: "EIO", at: 2 });
  fs.inject({ op: "write", code: "EROFS", path: "/data/b", times: Infinity });
  assert.equal(file.write(HELLO, 0, 5), 5);
  assert.throws(() => file.write(HELLO, 0, 5), { code: "EIO" });
  assert.equal(file.write(HELLO, 1, 3), 2);
  assert.equal(text(fs, "/data/a"), "helloel");
  fs.inject({ op: "write", code: "ENOSPC", keep: 2 });
  assert.equal(file.write(HELLO, 0, 5), 2);
  assert.throws(() => file.write(HELLO, 0, 5), { code: "ENOSPC" });
  fs.capacity = 12;
  assert.equal(file.write(HELLO, 0, 5), 3);
  assert.throws(() => file.write(HELLO, 0, 5), { code: "ENOSPC" });
  fs.heal();
  fs.inject({ op: "write", code: "EIO", probability: 0.5 });
  let failures = 0;
  for (let i = 0; i < 100; i++) {
    try {
      file.write(HELLO, 0, 5);
    } catch {
      failures++;
    }
  }
  assert.ok(failures > 20 && failures < 80, `${failures} failures`);
});

Deno.test("FaultyFs: the power can fail by itself, in a call", () => {
  const fs = new FaultyFs();
  const file = fs.openAppend("/data/a", { create: true });
  fs.syncDir("/data");
  fs.cutAfterCalls = 1;
  file.write(HELLO, 0, 5);
  assert.throws(() => file.write(HELLO, 0, 5), { code: "EIO" });
  assert.equal(fs.dead, true);
  assert.throws(() => fs.syncDir("/data"), { code: "EIO" });
  fs.powerCut();
  assert.equal(fs.dead, false);
  assert.ok("hellohello".startsWith(text(fs, "/data/a")));
});

Deno.test("FaultyFs: directories are made and renamed durably only when the one above was synced", () => {
  const seen = new Set<string>();
  for (let seed = 0; seed < 100; seed++) {
    const fs = new FaultyFs(seed);
    fs.mkdir("/data/parts");
    fs.install("/data/parts/a", HELLO);
    fs.syncDir("/data");
    fs.rename("/data/parts", "/data/parts.imported");
    assert.equal(text(fs, "/data/parts.imported/a"), "hello");
    fs.powerCut();
    const [name] = fs.list("/data");
    seen.add(name);
    assert.equal(text(fs, `/data/${name}/a`), "hello");
  }
  assert.deepEqual([...seen].sort(), ["parts", "parts.imported"]);
});

Deno.test("FaultyFs: a power cut can leave the extremes, of names and of contents", () => {
  const at = (entries: "none" | "all", data: "none" | "all"): string => {
    const fs = new FaultyFs();
    fs.install("/data/a", toAscii("old"));
    const file = fs.openAppend("/data/b", { create: true });
    file.write(HELLO, 0, 5);
    fs.rename("/data/b", "/data/a");
    const clone = fs.clone();
    assert.equal(clone.fingerprint(), fs.fingerprint());
    clone.powerCut(entries, data);
    assert.equal(text(fs, "/data/a"), "hello", "the clone is another disk");
    return text(clone, "/data/a");
  };
  assert.deepEqual([at("all", "none"), at("all", "all"), at("none", "all")], ["", "hello", "old"]);
});
