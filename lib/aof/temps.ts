/** Leftovers of rewrites that a crash has interrupted. */

import { type Log } from "../base/log.ts";
import { type Fs, type IoError } from "../platform/types.ts";
import { REWRITE_CHILD_FLAG } from "./rewrite_child_args.ts";

const TEMP_NAME = /^temp-rewriteaof-(?:bg-)?(\d+)\.aof$/;

/**
 * Removes temporary files of dead rewrites from `dir`; at start, and with the
 * AOF's lock held. The file of a child that is alive (another server may share
 * the directory under another appendfilename) is left. Failures are logged.
 * @returns how many were removed
 */
export function removeStaleTemps(fs: Fs, dir: string, log: Log): number {
  let removed = 0;
  for (const name of namesIn(fs, dir, log)) {
    const pid = TEMP_NAME.exec(name)?.[1];
    if (pid === undefined || isRewriteChild(fs, pid)) continue;
    try {
      fs.unlink(`${dir}/${name}`);
      log.notice(`Removed stale temporary file ${name}`);
      removed++;
    } catch (error) {
      log.warning(`Can't remove stale temporary file ${name}: ${(error as IoError).strerror}`);
    }
  }
  return removed;
}

function namesIn(fs: Fs, dir: string, log: Log): string[] {
  try {
    return fs.list(dir);
  } catch (error) {
    log.warning(`Can't look for stale temporary files: ${(error as IoError).strerror}`);
    return [];
  }
}

/** Whether the process is alive and a rewrite child; the pid alone may belong to anybody by now. */
function isRewriteChild(fs: Fs, pid: string): boolean {
  try {
    return fs.readText(`/proc/${pid}/cmdline`).includes(REWRITE_CHILD_FLAG);
  } catch {
    return false;
  }
}
