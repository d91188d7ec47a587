/**
 * What server and rewrite child agree upon: arguments and names of files.
 *
 * DESIGN. Apart from the child itself, so that a server does not load what only the child needs.
 */

/** First argument of a process that is to be a rewrite child. */
export const REWRITE_CHILD_FLAG = "--vellum-rewrite-aof-child";

/** What the server tells its child, as arguments. */
export interface RewriteChildOptions {
  /** Directory of the AOF; temp files are made there. */
  readonly dir: string;
  readonly incrementalFsync: boolean;
  /** Keys go into the file as RDB instead of commands… */
  readonly rdbPreamble: boolean;
  /** …compressed, with a checksum. */
  readonly compress: boolean;
  readonly checksum: boolean;
  /** With `aof-timestamp-enabled` when the snapshot was begun, Unix time in seconds; else 0. */
  readonly timestamp: number;
  /** `rdb-key-save-delay`, microseconds. */
  readonly keyDelayUs: number;
  readonly logLevel: number;
  /** Log file, or empty for standard output. */
  readonly logFile: string;
}

/** The arguments that carry `options`. */
export function rewriteChildArgs(options: RewriteChildOptions): string[] {
  return [REWRITE_CHILD_FLAG, JSON.stringify(options)];
}

/** Name of the file that a child with `pid` is writing. */
export function tempName(pid: number): string {
  return `temp-rewriteaof-${pid}.aof`;
}

/** Name of the file that a child with `pid` has finished. */
export function tempBgName(pid: number): string {
  return `temp-rewriteaof-bg-${pid}.aof`;
}
