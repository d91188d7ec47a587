/**
 * The rewrite child: a second process of the same executable that turns a
 * snapshot on its standard input into a new AOF.
 *
 * DESIGN. It holds nothing: records are read from the pipe, written as
 * commands, and forgotten. The stream is RDB up to its end marker, then the
 * commands that the server executed since the snapshot began, copied as they
 * are, until the pipe is closed. At the end marker the file is synced, so that
 * little is left to sync at the end. The file is `temp-rewriteaof-<pid>.aof`
 * while it is written and `temp-rewriteaof-bg-<pid>.aof` when it is whole.
 *
 * End of file before the end marker means that the server is gone or gave up:
 * the temp file is removed and the exit code is 1.
 */

import { toAscii } from "../base/ascii.ts";
import { type Log } from "../base/log.ts";
import { type AppendFile, type Platform } from "../platform/types.ts";
import { copyKeys, RdbFile } from "../rdb/rdb_file.ts";
import { RdbReader } from "../rdb/reader.ts";
import { KeyCommands } from "./key_commands.ts";
import { type RewriteChildOptions, tempBgName, tempName } from "./rewrite_child_args.ts";
import { FileRio } from "../rio/file_rio.ts";
import { childLog, errorText, keyDelay, removeQuietly, stdinReader } from "../rio/child_io.ts";
import { UnexpectedEnd } from "../rio/stream_reader.ts";

/** Sync after this many bytes when `aof-rewrite-incremental-fsync` is on. */
export const AUTOSYNC_BYTES = 32 * 1024 * 1024;
const MEGABYTE = 1024 * 1024;
/**
 * The AOF of an empty data set. A file without a byte would be taken for an AOF that was only just turned on, and
 * an old dump.rdb beside it for what is to be imported.
 */
const NOTHING = toAscii("*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n");

/** Runs the child's whole life. @returns the exit code */
export function runRewriteChild(platform: Platform): number {
  const options = JSON.parse(platform.args[1]) as RewriteChildOptions;
  const { dir } = options;
  const pid = platform.host.pid;
  const log = childLog(platform, options.logLevel, options.logFile);
  const temp = `${dir}/${tempName(pid)}`;
  let file: AppendFile;
  try {
    file = platform.fs.openAppend(temp, { create: true, truncate: true });
  } catch (error) {
    log.warning(`Opening the temp file for AOF rewrite in rewriteAppendOnlyFile(): ${errorText(error)}`);
    return 1;
  }
  try {
    writeAof(platform, file, options, log);
    file.close();
  } catch (error) {
    if (!(error instanceof UnexpectedEnd)) {
      log.warning(`Write error writing append only file on disk: ${errorText(error)}`);
    }
    removeQuietly(platform, temp);
    return 1;
  }
  try {
    platform.fs.rename(temp, `${dir}/${tempBgName(pid)}`);
  } catch (error) {
    log.warning(`Error moving temp append only file on the final destination: ${errorText(error)}`);
    removeQuietly(platform, temp);
    return 1;
  }
  log.notice("SYNC append only file rewrite performed");
  return 0;
}

/** Snapshot, then diff, into the file. @throws {IoError} {@link UnexpectedEnd} */
function writeAof(platform: Platform, file: AppendFile, options: RewriteChildOptions, log: Log): void {
  const stream = stdinReader(platform);
  const rio = new FileRio(file, options.incrementalFsync ? AUTOSYNC_BYTES : 0);
  const reader = new RdbReader(stream);
  const keyDone = keyDelay(platform, options.keyDelayUs);
  if (options.rdbPreamble) {
    const rdb = new RdbFile(rio, options);
    copyKeys(reader, rdb, keyDone);
    rdb.end();
  } else {
    if (options.timestamp > 0) {
      const line = toAscii(`#TS:${options.timestamp}\r\n`);
      rio.write(line, 0, line.length);
    }
    writeKeys(reader, rio, keyDone);
  }
  rio.sync();
  const before = rio.written;
  while (stream.more()) {
    rio.write(stream.buf, stream.position, stream.end);
    stream.position = stream.end;
  }
  if (rio.written === 0) rio.write(NOTHING, 0, NOTHING.length);
  const megabytes = ((rio.written - before) / MEGABYTE).toFixed(2);
  log.notice(`Concatenating ${megabytes} MB of AOF diff received from parent.`);
  rio.sync();
}

/** Every key of the snapshot as commands. */
function writeKeys(reader: RdbReader, rio: FileRio, keyDone?: () => void): void {
  const commands = new KeyCommands(rio);
  reader.header();
  while (reader.next()) {
    commands.write(reader);
    keyDone?.();
  }
}
