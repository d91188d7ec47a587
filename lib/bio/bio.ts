/**
 * Background I/O: the server's end of the bio Worker.
 *
 * DESIGN. What may block for long (fdatasync, freeing the blocks of a huge
 * file) is done by one Worker (docs/AOF.md §3). A queue per job type stands
 * here, on the server's side; the worker holds one job at a time and gets the
 * next when it has answered, by precedence of the types (protocol.ts), and in
 * order within a type. A worker cannot use our descriptors, so it opens files
 * itself and proves by device and inode that it has the same one.
 *
 * Invariants: `done` of every job is called exactly once, never within the
 * call that queued it; the pending count of a type drops only when a job is
 * done; after the worker's death every job, pending or later, fails. A file is
 * never closed before the jobs queued for it: JOB_CLOSE comes last.
 */

import { IoError, type WorkerPort } from "../platform/types.ts";
import {
  type BioReply,
  type BioRequest,
  JOB_CLOSE,
  JOB_FSYNC,
  JOB_OPEN,
  JOB_SYNC_DIR,
  JOB_TYPES,
  JOB_UNLINK,
} from "./protocol.ts";

/** Told how a job ended; null is success. */
export type BioDone = (error: IoError | null) => void;

interface Job {
  readonly request: BioRequest;
  readonly done: BioDone;
}

const IGNORE: BioDone = () => {};

/** Queues jobs for the Worker; see the module's note. */
export class Bio {
  /** Called once, when the worker has died and before the jobs it takes along fail. */
  onDeath: (error: IoError) => void = () => {};
  /** Called when a job is queued that somebody waits for: any but the opening of a file. */
  onUrgent: () => void = () => {};
  readonly #port: WorkerPort;
  readonly #queues: Job[][] = [];
  readonly #pending = new Int32Array(JOB_TYPES);
  #running: Job | null = null;
  #death: IoError | null = null;
  #lastId = 0;
  #lastHandle = 0;

  constructor(port: WorkerPort) {
    this.#port = port;
    for (let type = 0; type < JOB_TYPES; type++) this.#queues.push([]);
    port.onMessage((message) => this.#answered(message as BioReply));
    port.onError((text) => this.#died(text));
  }

  /** Jobs of a type (`JOB_…`) that are not done. */
  pending(type: number): number {
    return this.#pending[type];
  }

  /** Why no job can be done any more; null while the worker lives. */
  get death(): IoError | null {
    return this.#death;
  }

  /**
   * Makes the worker open `path`, which must be the file `dev`, `ino`.
   * @returns the handle, good for jobs queued from now on; if opening fails, so do they
   */
  open(path: string, dev: number, ino: number, done: BioDone): number {
    const handle = ++this.#lastHandle;
    this.#submit(JOB_OPEN, handle, path, dev, ino, done);
    return handle;
  }

  /** fdatasync(2): on success, all that was written before this call is on disk. */
  fsync(handle: number, done: BioDone): void {
    this.#submit(JOB_FSYNC, handle, "", 0, 0, done);
  }

  /** Closes the worker's handle, after all its other jobs. */
  close(handle: number, done: BioDone = IGNORE): void {
    this.#submit(JOB_CLOSE, handle, "", 0, 0, done);
  }

  /** Removes a file, later: the name must not be used again before `done`. */
  unlink(path: string, done: BioDone = IGNORE): void {
    this.#submit(JOB_UNLINK, 0, path, 0, 0, done);
  }

  /** Fsyncs a directory, so that renames and creations in it last. */
  syncDir(path: string, done: BioDone): void {
    this.#submit(JOB_SYNC_DIR, 0, path, 0, 0, done);
  }

  /** Ends the worker; every job fails from now on. As this is no accident, `onDeath` is not called. */
  terminate(): void {
    if (this.#death !== null) return;
    this.#port.terminate();
    this.onDeath = () => {};
    this.#died("terminated");
  }

  #submit(type: number, handle: number, path: string, dev: number, ino: number, done: BioDone): void {
    const job: Job = { request: { id: ++this.#lastId, type, handle, path, dev, ino }, done };
    this.#pending[type]++;
    if (this.#death !== null) {
      const death = this.#death;
      queueMicrotask(() => this.#finish(job, death));
      return;
    }
    this.#queues[type].push(job);
    this.#dispatch();
    if (type !== JOB_OPEN) this.onUrgent();
  }

  /** Gives the worker its next job, if it has none. */
  #dispatch(): void {
    if (this.#running !== null) return;
    for (const queue of this.#queues) {
      const job = queue.shift();
      if (job === undefined) continue;
      this.#running = job;
      this.#port.post(job.request);
      return;
    }
  }

  #answered(reply: BioReply): void {
    const job = this.#running;
    if (job === null || reply.id !== job.request.id) {
      this.#died(reply.strerror === "" ? `unexpected reply ${reply.id}` : reply.strerror);
      return;
    }
    this.#running = null;
    this.#dispatch();
    const failed = reply.code !== "";
    this.#finish(job, failed ? new IoError(reply.code, reply.strerror, syscallOf(job.request)) : null);
  }

  #died(text: string): void {
    if (this.#death !== null) return;
    const death = new IoError("EIO", "Input/output error", `bio worker (${text})`);
    this.#death = death;
    const lost = this.#running === null ? [] : [this.#running];
    this.#running = null;
    for (const queue of this.#queues) lost.push(...queue.splice(0));
    for (const job of lost) queueMicrotask(() => this.#finish(job, death));
    this.onDeath(death);
  }

  #finish(job: Job, error: IoError | null): void {
    this.#pending[job.request.type]--;
    job.done(error);
  }
}

function syscallOf(request: BioRequest): string {
  switch (request.type) {
    case JOB_OPEN:
      return `open ${request.path}`;
    case JOB_FSYNC:
      return "fdatasync";
    case JOB_SYNC_DIR:
      return `fsync ${request.path}`;
    case JOB_UNLINK:
      return `unlink ${request.path}`;
    default:
      return "close";
  }
}
