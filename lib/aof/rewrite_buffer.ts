/**
 * The rewrite buffer: what is logged while a rewrite runs, in 10 MB blocks.
 *
 * DESIGN. Appended to by every command, drained from the front: first into the
 * child's pipe, the rest by the done handler. Bytes that were appended never
 * move or change, so a front that was handed out may be sent while more is
 * appended behind it.
 */

import { copyBytes } from "../base/ascii.ts";
import { type Log } from "../base/log.ts";
import { type DiffSink } from "./ports.ts";

const BLOCK_BYTES = 10 * 1024 * 1024;
const MEGABYTE = 1024 * 1024;

/** A queue of bytes; see the module's note. */
export class RewriteBuffer implements DiffSink {
  /** Bytes that wait. */
  length = 0;
  readonly #log: Log;
  readonly #blocks: Uint8Array[] = [];
  /** Bytes used of the last block, and taken from the first. */
  #used = 0;
  #taken = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  append(buf: Uint8Array, start: number, end: number): void {
    this.length += end - start;
    while (start < end) {
      let block = this.#blocks[this.#blocks.length - 1];
      if (block === undefined || this.#used === BLOCK_BYTES) block = this.#addBlock();
      const n = Math.min(end - start, BLOCK_BYTES - this.#used);
      copyBytes(buf, start, block, this.#used, n);
      this.#used += n;
      start += n;
    }
  }

  /** The oldest bytes, at most `limit`; they stay until `consume`. */
  front(limit: number): Uint8Array {
    const block = this.#blocks[0];
    const end = this.#blocks.length === 1 ? this.#used : BLOCK_BYTES;
    return block.subarray(this.#taken, Math.min(end, this.#taken + limit));
  }

  /** Forgets the oldest `bytes`, which `front` gave. */
  consume(bytes: number): void {
    this.length -= bytes;
    this.#taken += bytes;
    const end = this.#blocks.length === 1 ? this.#used : BLOCK_BYTES;
    if (this.#taken < end) return;
    // The last block is used again from its start: `consume` says that nobody reads its bytes any more.
    if (this.#blocks.length === 1) this.#used = 0;
    else this.#blocks.shift();
    this.#taken = 0;
  }

  #addBlock(): Uint8Array {
    const block = new Uint8Array(BLOCK_BYTES);
    this.#blocks.push(block);
    this.#used = 0;
    const count = this.#blocks.length;
    if ((count + 1) % 10 === 0) {
      const used = (count - 1) * BLOCK_BYTES - this.#taken;
      const text = `Background AOF buffer size: ${Math.floor(used / MEGABYTE)} MB`;
      if ((count + 1) % 100 === 0) this.#log.warning(text);
      else this.#log.notice(text);
    }
    return block;
  }
}
