/** A Worker as a {@link WorkerPort}: the web's interface, the same on both runtimes. */

import type { WorkerPort } from "./types.ts";

/** Wraps a Worker that was just made. An error in it is reported, and kills nobody else. */
export function workerPort(worker: Worker): WorkerPort {
  return {
    post(message: unknown): void {
      worker.postMessage(message);
    },
    onMessage(callback: (message: unknown) => void): void {
      worker.onmessage = (event) => callback(event.data);
    },
    onError(callback: (text: string) => void): void {
      worker.onerror = (event) => {
        // Unprevented, the error would go on to the parent and kill it.
        event.preventDefault();
        callback(event.message);
      };
    },
    terminate(): void {
      worker.terminate();
    },
  };
}
