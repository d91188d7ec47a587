/** docs/AOF.md §9: temporary files of dead rewrites and saves go at start. */

import assert from "node:assert/strict";
import { REWRITE_CHILD_FLAG } from "../../lib/aof/rewrite_child_args.ts";
import { removeStaleSaves, removeStaleTemps } from "../../lib/aof/temps.ts";
import { capturedLog } from "../support/aof_world.ts";
import { FaultyFs } from "../support/faulty_fs.ts";

function directory(...names: string[]): FaultyFs {
  const fs = new FaultyFs();
  for (const name of names) fs.install(`/data/${name}`, new Uint8Array(3));
  return fs;
}

Deno.test("temps: files of rewrites go, all others stay", () => {
  const others = [
    "appendonly.aof",
    "temp-rewriteaof-x.aof",
    "temp-rewriteaof-1.aof.bak",
    "my-temp-rewriteaof-1.aof",
  ];
  const fs = directory("temp-rewriteaof-12.aof", "temp-rewriteaof-bg-13.aof", ...others);
  const { log, lines } = capturedLog();
  assert.equal(removeStaleTemps(fs, "/data", log), 2);
  assert.deepEqual(fs.list("/data").sort(), others.sort());
  assert.deepEqual(lines, [
    "* Removed stale temporary file temp-rewriteaof-12.aof",
    "* Removed stale temporary file temp-rewriteaof-bg-13.aof",
  ]);
});

Deno.test("temps: the file of a live rewrite child stays, that of another process with its pid goes", () => {
  const fs = directory("temp-rewriteaof-12.aof", "temp-rewriteaof-13.aof");
  for (const [pid, line] of [["12", `vellum\0${REWRITE_CHILD_FLAG}\0/data\0`], ["13", "bash\0"]]) {
    fs.mkdir(`/proc/${pid}`);
    fs.install(`/proc/${pid}/cmdline`, new TextEncoder().encode(line));
  }
  assert.equal(removeStaleTemps(fs, "/data", capturedLog().log), 1);
  assert.deepEqual(fs.list("/data"), ["temp-rewriteaof-12.aof"]);
});

Deno.test("temps: failures are logged and do no harm", () => {
  const fs = directory("temp-rewriteaof-12.aof");
  const { log, lines } = capturedLog();
  fs.inject({ op: "unlink", code: "EACCES" });
  assert.equal(removeStaleTemps(fs, "/data", log), 0);
  assert.equal(removeStaleTemps(fs, "/none", log), 0);
  assert.deepEqual(lines, [
    "# Can't remove stale temporary file temp-rewriteaof-12.aof: Permission denied",
    "# Can't look for stale temporary files: No such file or directory",
  ]);
});

Deno.test("temps: files of saves go, but for those of other processes that are alive", () => {
  const others = ["dump.rdb", "temp-x.rdb", "temp-1.rdb.bak", "temp-rewriteaof-9.aof"];
  const fs = directory("temp-11.rdb", "temp-12.rdb", "temp-13.rdb", "temp-14.rdb", ...others);
  // 12 saves in the foreground, 13 is this process (in a container pids come again), 14 is dead but not waited for.
  for (const [pid, line] of [["12", "vellum\0"], ["13", "vellum\0"], ["14", ""]]) {
    fs.mkdir(`/proc/${pid}`);
    fs.install(`/proc/${pid}/cmdline`, new TextEncoder().encode(line));
  }
  assert.equal(removeStaleSaves(fs, "/data", 13, capturedLog().log), 3);
  assert.deepEqual(fs.list("/data").sort(), [...others, "temp-12.rdb"].sort());
});
