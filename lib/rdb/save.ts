/**
 * Saving an RDB file: a temp file, synced, put in the place of the last one.
 *
 * DESIGN. The same in a child as in a server that saves in the foreground; what
 * fills the file is the caller's. Whatever fails, the old file stays.
 */

import { type Log } from "../base/log.ts";
import { type AppendFile, type Platform } from "../platform/types.ts";
import { errorText, removeQuietly } from "../rio/child_io.ts";
import { FileRio } from "../rio/file_rio.ts";
import { RdbFile } from "./rdb_file.ts";
import { SAVE_AUTOSYNC_BYTES, type SaveOptions, tempRdbName } from "./save_child_args.ts";

/**
 * Writes what `fill` writes into a temp file and renames it. Failures are logged.
 * @param ended tells an error of `fill` that needs no line, as the parent's end
 * @returns whether the file is in place and on disk
 */
export function saveRdb(
  platform: Platform,
  options: SaveOptions,
  log: Log,
  fill: (file: RdbFile) => void,
  ended: (error: unknown) => boolean = () => false,
): boolean {
  const { dir } = options;
  const name = tempRdbName(platform.host.pid);
  const temp = `${dir}/${name}`;
  let file: AppendFile;
  try {
    file = platform.fs.openAppend(temp, { create: true, truncate: true });
  } catch (error) {
    log.warning(
      `Failed opening the temp RDB file ${name} (in server root dir ${dir}) for saving: ${errorText(error)}`,
    );
    return false;
  }
  try {
    const rio = new FileRio(file, options.incrementalFsync ? SAVE_AUTOSYNC_BYTES : 0);
    const rdb = new RdbFile(rio, options);
    fill(rdb);
    rdb.end();
    rio.sync();
    // Some file systems tell only now that they are full.
    file.close();
  } catch (error) {
    if (!ended(error)) {
      log.warning(`Write error while saving DB to the disk(rdbSaveRio): ${errorText(error)}`);
    }
    closeQuietly(file);
    removeQuietly(platform, temp);
    return false;
  }
  return putInPlace(platform, name, options, log);
}

function closeQuietly(file: AppendFile): void {
  try {
    file.close();
  } catch {
    // It may be closed already; nobody wants what is in it.
  }
}

function putInPlace(platform: Platform, name: string, { dir, filename }: SaveOptions, log: Log): boolean {
  try {
    platform.fs.rename(`${dir}/${name}`, `${dir}/${filename}`);
  } catch (error) {
    log.warning(
      `Error moving temp DB file ${name} on the final destination ${filename} (in server root dir ${dir}): ` +
        errorText(error),
    );
    removeQuietly(platform, `${dir}/${name}`);
    return false;
  }
  try {
    platform.fs.syncDir(dir);
  } catch (error) {
    log.warning(`Failed to fsync directory while saving DB: ${errorText(error)}`);
    return false;
  }
  log.notice("DB saved on disk");
  return true;
}
