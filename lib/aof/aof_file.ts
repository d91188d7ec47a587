/**
 * One open AOF: our descriptor and the bio Worker's handle of the same file.
 *
 * DESIGN. The worker opens the path itself; until it has acknowledged, the
 * file must not be renamed. When the file has been replaced, ours is closed at
 * once if the worker holds one, so that closing the last handle of a huge file,
 * which frees its blocks, happens in the worker.
 */

import { type Bio } from "../bio/bio.ts";
import { type AppendFile, type IoError } from "../platform/types.ts";

/** See the module's note. */
export class AofFile {
  readonly port: AppendFile;
  /** The worker's handle; jobs for it may be queued at once. */
  readonly handle: number;
  readonly #bio: Bio;
  #opening = true;
  #retired = false;

  /** @param opened told whether the worker has the file too */
  constructor(bio: Bio, port: AppendFile, opened: (error: IoError | null) => void) {
    this.#bio = bio;
    this.port = port;
    this.handle = bio.open(port.path, port.dev, port.ino, (error) => {
      this.#opening = false;
      if (this.#retired) this.#closeOurs();
      opened(error);
    });
  }

  /** Closes both handles, ours as soon as the worker's is surely the last. */
  retire(): void {
    this.#retired = true;
    if (!this.#opening) this.#closeOurs();
    this.#bio.close(this.handle);
  }

  #closeOurs(): void {
    try {
      this.port.close();
    } catch {
      // What matters was synced before; of a replaced or abandoned file nothing does.
    }
  }
}
