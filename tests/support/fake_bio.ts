/** A bio Worker without a thread: jobs run when the test says so. */

import { Bio } from "../../lib/bio/bio.ts";
import { type BioRequest } from "../../lib/bio/protocol.ts";
import { BioService } from "../../lib/bio/service.ts";
import { type Fs, type WorkerPort } from "../../lib/platform/types.ts";

/** The worker's end, driven by `step`. */
export class FakeWorker implements WorkerPort {
  /** Jobs the worker was given and has not begun. */
  readonly inbox: BioRequest[] = [];
  terminated = false;
  readonly #service: BioService;
  #onMessage: (message: unknown) => void = () => {};
  #onError: (text: string) => void = () => {};

  constructor(fs: Fs) {
    this.#service = new BioService(fs);
  }

  post(message: unknown): void {
    this.inbox.push(structuredClone(message) as BioRequest);
  }

  onMessage(callback: (message: unknown) => void): void {
    this.#onMessage = callback;
  }

  onError(callback: (text: string) => void): void {
    this.#onError = callback;
  }

  terminate(): void {
    this.terminated = true;
  }

  /** Runs one job and delivers its answer. @returns false when there was none */
  step(): boolean {
    const request = this.inbox.shift();
    if (request === undefined) return false;
    this.#onMessage(this.#service.run(request));
    return true;
  }

  /** Runs all jobs, and those that they lead to. */
  drain(): void {
    while (this.step());
  }

  /** The worker dies of an uncaught error. */
  die(text: string): void {
    this.#onError(text);
  }

  /** The worker says something. */
  say(message: unknown): void {
    this.#onMessage(message);
  }
}

/** A `Bio` over a fake worker. */
export function fakeBio(fs: Fs): { bio: Bio; worker: FakeWorker } {
  const worker = new FakeWorker(fs);
  return { bio: new Bio(worker), worker };
}
