/**
 * What of the configuration concerns the AOF, as plain fields.
 *
 * DESIGN. The server fills one `AofSettings` from CONFIG and may change it at
 * any time between two events; whoever reads it reads it anew every time.
 */

/** `appendfsync`: the numbers are those of the configuration's enumeration. */
export const FSYNC_NO = 0;
export const FSYNC_ALWAYS = 1;
export const FSYNC_EVERYSEC = 2;

/** Settings of the AOF; see the module's note. */
export interface AofSettings {
  /** `dir`: where the AOF is. Read when the file is opened. */
  dir: string;
  /** `appendfilename`. Read when the file is opened. */
  filename: string;
  /** `appendfsync`: FSYNC_NO, FSYNC_ALWAYS or FSYNC_EVERYSEC. */
  fsync: number;
  /** `no-appendfsync-on-rewrite`. */
  noFsyncOnRewrite: boolean;
  /** `aof-timestamp-enabled`. */
  timestamps: boolean;
  /** `aof-load-truncated`. */
  loadTruncated: boolean;
  /** `DEBUG AOF-FLUSH-SLEEP`, microseconds. */
  flushSleepUs: number;
}

/** The defaults of the configuration. */
export function defaultAofSettings(): AofSettings {
  return {
    dir: ".",
    filename: "appendonly.aof",
    fsync: FSYNC_EVERYSEC,
    noFsyncOnRewrite: false,
    timestamps: false,
    loadTruncated: true,
    flushSleepUs: 0,
  };
}
