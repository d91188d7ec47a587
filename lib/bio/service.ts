/**
 * The bio worker's work: runs one job after the other over the file port.
 *
 * DESIGN. Synchronous and without a queue of its own: the server sends the
 * next job when it has the answer to the last one (bio.ts), so order and
 * precedence are decided in one place. Everything is caught: an uncaught error
 * in a Worker would kill the server.
 *
 * Invariants: every request gets exactly one reply; a handle is open from a
 * successful JOB_OPEN to its JOB_CLOSE.
 */

import { type AppendFile, type Fs, IoError } from "../platform/types.ts";
import {
  type BioReply,
  type BioRequest,
  JOB_CLOSE,
  JOB_FSYNC,
  JOB_OPEN,
  JOB_SYNC_DIR,
  JOB_UNLINK,
} from "./protocol.ts";

/** Executes jobs; see the module's note. */
export class BioService {
  readonly #fs: Fs;
  readonly #files = new Map<number, AppendFile>();

  constructor(fs: Fs) {
    this.#fs = fs;
  }

  /** Runs a job. Never throws. */
  run(request: BioRequest): BioReply {
    try {
      this.#execute(request);
      return { id: request.id, code: "", strerror: "" };
    } catch (error) {
      if (error instanceof IoError) return { id: request.id, code: error.code, strerror: error.strerror };
      return { id: request.id, code: "EIO", strerror: `Input/output error (${String(error)})` };
    }
  }

  #execute(request: BioRequest): void {
    switch (request.type) {
      case JOB_OPEN:
        return this.#open(request);
      case JOB_FSYNC:
        return this.#file(request.handle).dataSync();
      case JOB_SYNC_DIR:
        return this.#fs.syncDir(request.path);
      case JOB_UNLINK:
        return this.#fs.unlink(request.path);
      case JOB_CLOSE: {
        const file = this.#file(request.handle);
        this.#files.delete(request.handle);
        return file.close();
      }
      default:
        throw new IoError("EINVAL", "Invalid argument", `bio job of type ${request.type}`);
    }
  }

  #open(request: BioRequest): void {
    const file = this.#fs.openAppend(request.path, { create: false });
    if (file.dev !== request.dev || file.ino !== request.ino) {
      file.close();
      throw new IoError("ESTALE", "Stale file handle", `open ${request.path}`);
    }
    this.#files.set(request.handle, file);
  }

  #file(handle: number): AppendFile {
    const file = this.#files.get(handle);
    if (file === undefined) throw new IoError("EBADF", "Bad file descriptor", `bio handle ${handle}`);
    return file;
  }
}
