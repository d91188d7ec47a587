/**
 * What server and save child agree upon: arguments and the temp file's name.
 *
 * DESIGN. Apart from the child itself, so that a server does not load what only the child needs.
 */

/** First argument of a process that is to be a save child. */
export const SAVE_CHILD_FLAG = "--vellum-rdb-save-child";

/** Sync after this many bytes when `rdb-save-incremental-fsync` is on. */
export const SAVE_AUTOSYNC_BYTES = 4 * 1024 * 1024;

/** How a file is saved, and where. */
export interface SaveOptions {
  /** Directory of the file; the temp file is made there. */
  readonly dir: string;
  /** Name of the file within `dir`. */
  readonly filename: string;
  readonly compress: boolean;
  readonly checksum: boolean;
  readonly incrementalFsync: boolean;
  /** `rdb-key-save-delay`, microseconds. */
  readonly keyDelayUs: number;
}

/** What the server tells its child. */
export interface SaveChildOptions extends SaveOptions {
  readonly logLevel: number;
  /** Log file, or empty for standard output. */
  readonly logFile: string;
}

/** The arguments that carry `options`. */
export function saveChildArgs(options: SaveChildOptions): string[] {
  return [SAVE_CHILD_FLAG, JSON.stringify(options)];
}

/** Name of the file that a process with `pid` is saving to. */
export function tempRdbName(pid: number): string {
  return `temp-${pid}.rdb`;
}
