/** Leftovers of rewrites and saves that a crash has interrupted. */

import { type Log } from "../base/log.ts";
import { type Fs, type IoError } from "../platform/types.ts";
import { REWRITE_CHILD_FLAG } from "./rewrite_child_args.ts";

const SAVE_NAME = /^temp-(\d+)\.rdb$/;
const TEMP_NAME = /^temp-rewriteaof-(?:bg-)?(\d+)\.aof$/;

/**
 * Removes temporary files of dead rewrites from `dir`; at start, and with the
 * AOF's lock held. The file of a child that is alive (another server may share
 * the directory under another appendfilename) is left. Failures are logged.
 * @returns how many were removed
 */
export function removeStaleTemps(fs: Fs, dir: string, log: Log): number {
  return removeMatching(fs, dir, log, TEMP_NAME, (pid) => !isRewriteChild(fs, pid));
}

/**
 * Removes the temporary files of dead saves from `dir`, at start. A server that saves in the foreground has its own
 * pid in the name, so the file of any process that is alive is left, unless it is this one.
 * @returns how many were removed
 */
export function removeStaleSaves(fs: Fs, dir: string, ownPid: number, log: Log): number {
  const own = String(ownPid);
  return removeMatching(fs, dir, log, SAVE_NAME, (pid) => pid === own || commandLine(fs, pid) === "");
}

/** Removes the files with such names whose pid is `dead`. */
function removeMatching(
  fs: Fs,
  dir: string,
  log: Log,
  names: RegExp,
  dead: (pid: string) => boolean,
): number {
  let removed = 0;
  for (const name of namesIn(fs, dir, log)) {
    const pid = names.exec(name)?.[1];
    if (pid === undefined || !dead(pid)) continue;
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
  return commandLine(fs, pid).includes(REWRITE_CHILD_FLAG);
}

/** What a process was started with; empty when it is dead. */
function commandLine(fs: Fs, pid: string): string {
  try {
    return fs.readText(`/proc/${pid}/cmdline`);
  } catch {
    return "";
  }
}
