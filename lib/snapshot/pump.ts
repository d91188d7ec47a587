/**
 * Feeds a snapshot to a child process: the walk, and the writes to its pipe.
 *
 * DESIGN. The walk works in slices, short ones while commands come, and lets
 * the loop turn after each: whatever is ready goes first. A child that takes no
 * byte for a minute is hung and killed; what follows from that is the exit
 * handler's business, as with any other death.
 */

import { type Child, type Platform } from "../platform/types.ts";
import { type Snapshot } from "./snapshot.ts";
import { SNAPSHOT_CHUNK_BYTES } from "./stream.ts";

/** How long the walk may work before it lets the loop turn. */
const IDLE_SLICE_US = 1000;
const BUSY_SLICE_US = 500;
/** A child that takes no byte for so long is hung. */
const HUNG_MS = 60_000;

/** What feeding needs of the server. */
export interface PumpEnv {
  readonly platform: Platform;
  /** Counts executed commands: whether the server is busy. */
  commandsProcessed(): number;
}

/** Sends one snapshot, and whatever comes behind it, to one child. */
export class SnapshotPump {
  readonly #env: PumpEnv;
  readonly #child: Child;

  constructor(env: PumpEnv, child: Child) {
    this.#env = env;
    this.#child = child;
  }

  /**
   * Sends all of `snapshot`, or less once `stopped` says so; the snapshot is
   * released in any case. Rejects with {@link IoError} when the child is gone.
   */
  async sendSnapshot(snapshot: Snapshot, stopped: () => boolean): Promise<void> {
    try {
      await this.#walk(snapshot, stopped);
    } finally {
      snapshot.release();
    }
  }

  /** One write to the pipe, with a watch on a child that does not read. Rejects with {@link IoError}. */
  async send(bytes: Uint8Array): Promise<void> {
    const watch = setTimeout(() => this.#child.kill("SIGKILL"), HUNG_MS);
    try {
      await this.#child.write(bytes);
    } finally {
      clearTimeout(watch);
    }
  }

  async #walk(snapshot: Snapshot, stopped: () => boolean): Promise<void> {
    const { platform } = this.#env;
    let commands = this.#env.commandsProcessed();
    while (!stopped()) {
      const busy = this.#env.commandsProcessed() !== commands;
      commands = this.#env.commandsProcessed();
      const end = platform.monotonicUs() + (busy ? BUSY_SLICE_US : IDLE_SLICE_US);
      let more = true;
      while (more && snapshot.sendableBytes < SNAPSHOT_CHUNK_BYTES) {
        more = snapshot.step();
        if (platform.monotonicUs() > end) break;
      }
      while (snapshot.sendableBytes >= (snapshot.finished ? 1 : SNAPSHOT_CHUNK_BYTES)) {
        await this.send(snapshot.take()!);
        if (stopped()) return;
      }
      if (snapshot.finished) return;
      // Whatever is ready in this turn goes first.
      await new Promise<void>((resolve) => platform.nextTurn(resolve));
    }
  }
}
