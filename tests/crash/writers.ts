/** Connections that write without pause and remember what was acknowledged, for tests that kill the server. */

import { type Client } from "../support/client.ts";
import { encodeCommands, textOf } from "../support/resp.ts";
import { type TestServer } from "../support/server.ts";

/** Keys per writer; each key's value only grows. */
const KEYS = 20;

interface Acknowledged {
  readonly atMs: number;
  readonly key: string;
  readonly value: number;
}

/** One connection: pipelines of `SET key n` with growing n, until the connection breaks. */
class Writer {
  readonly #client: Client;
  readonly #name: string;
  readonly #depth: number;
  readonly acknowledged: Acknowledged[] = [];
  /** The last value sent of each key. */
  readonly sent = new Map<string, number>();
  /** An error reply, which no test here expects. */
  error = "";
  #stopped = false;
  readonly done: Promise<void>;

  constructor(client: Client, name: string, depth: number, first: number) {
    this.#client = client;
    this.#name = name;
    this.#depth = depth;
    this.done = this.#run(first);
  }

  stop(): void {
    this.#stopped = true;
  }

  async #run(first: number): Promise<void> {
    let n = first;
    try {
      while (!this.#stopped) {
        const batch = Array.from(
          { length: this.#depth },
          () => ({ key: `${this.#name}:${n % KEYS}`, value: n++ }),
        );
        for (const { key, value } of batch) this.sent.set(key, value);
        await this.#client.send(encodeCommands(batch.map(({ key, value }) => ["SET", key, value])));
        for (const { key, value } of batch) {
          const reply = await this.#client.reply();
          if (reply.type === "error") {
            this.error = reply.text;
            return;
          }
          this.acknowledged.push({ atMs: Date.now(), key, value });
        }
      }
    } catch {
      // The server is gone: what was sent and not answered may or may not be there.
    }
  }
}

/** Several writers at different pipeline depths. */
export class Writers {
  readonly #writers: Writer[] = [];

  /** @param first the first value written; above all values of earlier writers of the same data */
  static async start(server: TestServer, depths: readonly number[], first = 1): Promise<Writers> {
    const writers = new Writers();
    for (const [i, depth] of depths.entries()) {
      writers.#writers.push(new Writer(await server.connect(), `w${i}`, depth, first));
    }
    return writers;
  }

  /** Waits until every writer has stopped by itself, its connection being gone. */
  async broken(): Promise<void> {
    await Promise.all(this.#writers.map((writer) => writer.done));
    for (const writer of this.#writers) {
      if (writer.error !== "") throw new Error(`A write was refused: ${writer.error}`);
    }
  }

  /** Stops them after their present batch. */
  async stop(): Promise<void> {
    for (const writer of this.#writers) writer.stop();
    await this.broken();
  }

  /** How many writes were acknowledged. */
  get count(): number {
    return this.#writers.reduce((sum, writer) => sum + writer.acknowledged.length, 0);
  }

  /** The largest value that any writer has sent. */
  get highest(): number {
    return Math.max(0, ...this.#writers.flatMap((writer) => [...writer.sent.values()]));
  }

  /**
   * Reads the keys back.
   * @param untilMs only what was acknowledged until then must be there
   * @returns one line for each key that is older than acknowledged, or newer than ever sent
   */
  async losses(client: Client, untilMs = Infinity): Promise<string[]> {
    const lines: string[] = [];
    for (const writer of this.#writers) {
      const last = new Map<string, number>();
      for (const { atMs, key, value } of writer.acknowledged) if (atMs <= untilMs) last.set(key, value);
      const keys = [...writer.sent.keys()];
      if (keys.length === 0) continue;
      const replies = await client.pipeline(keys.map((key) => ["GET", key]));
      keys.forEach((key, i) => {
        const found = replies[i].type === "null" ? 0 : Number(textOf(replies[i]));
        const least = last.get(key) ?? 0, most = writer.sent.get(key)!;
        if (found < least || found > most) {
          lines.push(`${key}: found ${found}, acknowledged ${least}, last sent ${most}`);
        }
      });
    }
    return lines;
  }
}
