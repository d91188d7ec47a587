/**
 * The worker's own end of the parent-worker channel, on either runtime.
 *
 * DESIGN. Both runtimes give a Worker the web's `postMessage` and `onmessage`
 * as globals, so nothing here names a runtime. Messages are structured clones.
 */

import type { WorkerSelf } from "./types.ts";

interface WorkerScope {
  postMessage(message: unknown): void;
  onmessage: ((event: { data: unknown }) => void) | null;
}

/** This Worker's channel to its parent. Call it inside a Worker only. */
export function createWorkerSelf(): WorkerSelf {
  const scope = globalThis as unknown as WorkerScope;
  return {
    post(message: unknown): void {
      scope.postMessage(message);
    },
    onMessage(callback: (message: unknown) => void): void {
      scope.onmessage = (event) => callback(event.data);
    },
  };
}
