/**
 * The save child: a second process of the same executable that turns a
 * snapshot on its standard input into an RDB file.
 *
 * DESIGN. It holds nothing: records are read from the pipe, packed, compressed,
 * written, and forgotten. End of file before the end marker means that the
 * server is gone or gave up: the temp file is removed and the exit code is 1.
 */

import { type Platform } from "../platform/types.ts";
import { childLog, keyDelay, stdinReader } from "../rio/child_io.ts";
import { UnexpectedEnd } from "../rio/stream_reader.ts";
import { copyKeys } from "./rdb_file.ts";
import { RdbReader } from "./reader.ts";
import { saveRdb } from "./save.ts";
import { type SaveChildOptions } from "./save_child_args.ts";

/** Runs the child's whole life. @returns the exit code */
export function runSaveChild(platform: Platform): number {
  const options = JSON.parse(platform.args[1]) as SaveChildOptions;
  const log = childLog(platform, options.logLevel, options.logFile);
  const reader = new RdbReader(stdinReader(platform));
  const saved = saveRdb(
    platform,
    options,
    log,
    (file) => copyKeys(reader, file, keyDelay(platform, options.keyDelayUs)),
    (error) => error instanceof UnexpectedEnd,
  );
  return saved ? 0 : 1;
}
