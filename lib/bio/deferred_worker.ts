/**
 * A Worker that is started later than it is needed.
 *
 * DESIGN. Starting a Worker takes a good part of a server's start-up, and its
 * first job (opening a file that nobody syncs yet) can wait. So messages are
 * kept until `start`, which the server calls when it has answered its first
 * clients, or when a job is queued that cannot wait (bio.ts). Such a job is not
 * seen here: the queue posts one at a time, and the first one waits here.
 */

import { type WorkerPort } from "../platform/types.ts";

/** A {@link WorkerPort} before there is a Worker; see the module's note. */
export class DeferredWorker implements WorkerPort {
  readonly #create: () => WorkerPort;
  #port: WorkerPort | null = null;
  readonly #waiting: unknown[] = [];
  #onMessage: (message: unknown) => void = () => {};
  #onError: (text: string) => void = () => {};

  /** @param create starts the real one */
  constructor(create: () => WorkerPort) {
    this.#create = create;
  }

  /** Starts the Worker, if it is not, and sends it what has waited. */
  start(): void {
    if (this.#port !== null) return;
    this.#port = this.#create();
    this.#port.onMessage(this.#onMessage);
    this.#port.onError(this.#onError);
    for (const message of this.#waiting.splice(0)) this.#port.post(message);
  }

  post(message: unknown): void {
    if (this.#port !== null) this.#port.post(message);
    else this.#waiting.push(message);
  }

  onMessage(callback: (message: unknown) => void): void {
    this.#onMessage = callback;
    this.#port?.onMessage(callback);
  }

  onError(callback: (text: string) => void): void {
    this.#onError = callback;
    this.#port?.onError(callback);
  }

  terminate(): void {
    this.#waiting.length = 0;
    this.#port?.terminate();
  }
}
