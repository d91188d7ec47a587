/**
 * Cutting an AOF, and keeping what is cut off.
 *
 * DESIGN. What a repair removes may be all that is left of somebody's writes, so
 * it is copied to `<file>.cut-<offset>` and that copy, and its name, are on disk
 * before anything is removed. If that fails nothing is removed. The server's
 * lock is held from before the check until after the cut: between the two
 * nobody may append.
 */

import { type AppendFile, type FileLock, type Fs, IoError } from "../platform/types.ts";
import { CheckFailed, type CheckPort, orFail, withFile } from "./check_port.ts";
import { CheckInput } from "./check_input.ts";

const COPY_BYTES = 1024 * 1024;

/** The directory that a path is in, as dirname(1) has it. */
export function directoryOf(path: string): string {
  const trimmed = path.replace(/\/+$/, "");
  const slash = trimmed.lastIndexOf("/");
  if (slash < 0) return trimmed === "" && path !== "" ? "/" : ".";
  return trimmed.slice(0, slash).replace(/\/+$/, "") || "/";
}

/**
 * Takes the locks that a server with this AOF would hold (lib/aof/aof.ts): beside its name, and beside the file
 * itself where the name is a link.
 * @throws {CheckFailed} when a server has one
 */
export function lockAof(fs: Fs, path: string): FileLock {
  const held: FileLock[] = [];
  const release = () => {
    for (const lock of held) lock.release();
  };
  try {
    for (const lockPath of lockPathsOf(fs, path)) {
      const lock = orFail(
        () => fs.tryLock(lockPath),
        (why) => `Cannot lock ${lockPath}: ${why}, aborting...`,
      );
      if (lock === undefined) {
        throw new CheckFailed(
          `AOF ${path} is in use: a running server holds the lock ${lockPath}. Nothing was changed. ` +
            "Stop the server and try again.",
        );
      }
      held.push(lock);
    }
  } catch (error) {
    release();
    throw error;
  }
  return { release };
}

function lockPathsOf(fs: Fs, path: string): Set<string> {
  return orFail(() => {
    const name = path.slice(path.lastIndexOf("/") + 1);
    const dir = fs.realPath(directoryOf(path));
    return new Set([`${dir === "/" ? "" : dir}/${name}.lock`, `${fs.realPath(path)}.lock`]);
  }, (why) => `Cannot open file ${path}: ${why}, aborting...`);
}

/**
 * Removes what `file` has from `offset` on, after it was saved and synced; then syncs the file and its directory.
 * @param size what the file had when it was checked
 * @param cannot the line for a cut that fails
 * @throws {CheckFailed}
 */
export function cutAof(
  port: CheckPort,
  file: AppendFile,
  size: number,
  offset: number,
  cannot: string,
): void {
  const { fs } = port;
  const { path } = file;
  const present = orFail(() => file.size(), () => cannot);
  if (present !== size) {
    throw new CheckFailed(`AOF ${path} has changed while it was checked. Nothing was removed, aborting...`);
  }
  const saved = saveTail(fs, path, offset, size - offset);
  port.writeStdout(`Saved the ${size - offset} bytes to be cut off as ${saved}\n`);
  orFail(() => file.truncate(offset), (why) => `${cannot}: ${why}`);
  orFail(() => {
    file.dataSync();
    fs.syncDir(directoryOf(path));
  }, (why) => `AOF ${path} was truncated, but syncing it failed: ${why}`);
}

/** Copies the end of a file to a new one beside it, on disk. @returns the new one's path */
function saveTail(fs: Fs, path: string, offset: number, length: number): string {
  const target = freeName(fs, `${path}.cut-${offset}`);
  const cannot = (why: string) =>
    `Failed to save what is to be cut off as ${target}: ${why}. Nothing was removed.`;
  const copy = orFail(() => fs.openAppend(target, { create: true, truncate: true }), cannot);
  try {
    try {
      const copied = withFile(fs, path, cannot, (source) => {
        const input = new CheckInput(source);
        return input.skip(offset) < offset ? 0 : copyRest(input, copy);
      });
      if (copied !== length) throw new CheckFailed(cannot(`${copied} of ${length} bytes were found`));
      orFail(() => copy.dataSync(), cannot);
    } finally {
      copy.close();
    }
    orFail(() => fs.syncDir(directoryOf(target)), cannot);
  } catch (error) {
    removeQuietly(fs, target);
    if (!(error instanceof IoError)) throw error;
    throw new CheckFailed(cannot(error.strerror), { cause: error });
  }
  return target;
}

/** An earlier copy is never written over. */
function freeName(fs: Fs, wanted: string): string {
  let name = wanted;
  for (
    let n = 2;
    orFail(() => fs.stat(name), (why) => `Cannot stat file: ${name}: ${why}`) !== undefined;
    n++
  ) {
    name = `${wanted}.${n}`;
  }
  return name;
}

/** @returns how many bytes were copied @throws {IoError} */
function copyRest(input: CheckInput, copy: AppendFile): number {
  const buf = new Uint8Array(COPY_BYTES);
  let copied = 0;
  for (;;) {
    const taken = input.chunk.take(buf, 0, buf.length);
    if (taken === 0) return copied;
    for (let at = 0; at < taken;) at += copy.write(buf, at, taken);
    copied += taken;
  }
}

function removeQuietly(fs: Fs, path: string): void {
  try {
    fs.unlink(path);
  } catch {
    // A copy that is not whole; what matters is said by whoever has failed.
  }
}
