/**
 * What the server and its bio Worker say to each other.
 *
 * DESIGN. One flat request shape and one flat reply shape, cloned by
 * `postMessage`. Job types are numbered in the order of their precedence:
 * when jobs of several types wait, the lowest number runs first, so that a
 * file is synced before its directory and closed after everything else.
 */

/** Opens the worker's own handle of a file and proves that it is the same file. */
export const JOB_OPEN = 0;
/** fdatasync(2) of a file. */
export const JOB_FSYNC = 1;
/** Fsyncs a directory. */
export const JOB_SYNC_DIR = 2;
/** Removes a file; the worker pays for freeing it. */
export const JOB_UNLINK = 3;
/** Closes a handle, which may be the last one of a huge unlinked file. */
export const JOB_CLOSE = 4;
/** How many job types there are. */
export const JOB_TYPES = 5;

/** A job for the worker. */
export interface BioRequest {
  readonly id: number;
  /** One of the `JOB_` numbers. */
  readonly type: number;
  /** Of JOB_OPEN, JOB_FSYNC and JOB_CLOSE: the handle; chosen by the server, never used twice. */
  readonly handle: number;
  /** Of JOB_OPEN, JOB_SYNC_DIR and JOB_UNLINK: a file or directory. */
  readonly path: string;
  /** Of JOB_OPEN: device and inode that the path must have. */
  readonly dev: number;
  readonly ino: number;
}

/** How a job ended. */
export interface BioReply {
  /** The request's; -1 when the worker could not start and no job will ever be done. */
  readonly id: number;
  /** The errno name; empty for success. */
  readonly code: string;
  readonly strerror: string;
}
