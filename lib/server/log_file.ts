/** Where the log goes: standard output, or the file of `logfile`. */

import { type LogSink } from "../base/log.ts";
import { type Config } from "../config/config.ts";
import { type Platform } from "../platform/types.ts";

/** A sink that follows the configuration. A file that cannot be written to falls back to standard output. */
export function logSink(platform: Platform, config: Config): LogSink {
  return (line) => {
    if (config.logfile === "") return platform.writeStdout(line);
    try {
      platform.fs.writeText(config.logfile, line, { append: true });
    } catch {
      platform.writeStdout(line);
    }
  };
}
