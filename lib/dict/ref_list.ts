/** A growing list of (hash, ref) pairs in typed arrays: what a scan fills. */

import { type Ref } from "../arena/layout.ts";

/** Reused by its owner: `clear`, have it filled, read `refs[0, length)`. */
export class RefList {
  hashes = new Uint32Array(512);
  refs = new Int32Array(512);
  length = 0;

  clear(): void {
    this.length = 0;
  }

  push(hash: number, ref: Ref): void {
    if (this.length === this.refs.length) this.#grow();
    this.hashes[this.length] = hash;
    this.refs[this.length++] = ref;
  }

  #grow(): void {
    const hashes = new Uint32Array(this.length * 2);
    hashes.set(this.hashes);
    this.hashes = hashes;
    const refs = new Int32Array(this.length * 2);
    refs.set(this.refs);
    this.refs = refs;
  }
}

/**
 * Shortens `out` so that from `first` on about `count` entries remain: those
 * with the smallest hashes, equal hashes all in or all out.
 * @returns the cursor behind them, or `next` when all stayed
 */
export function cutAtHash(out: RefList, first: number, count: number, next: number): number {
  const hashes = out.hashes.slice(first, out.length).sort();
  const last = hashes[Math.max(count, 1) - 1];
  if (hashes[hashes.length - 1] === last) return next;
  let kept = first;
  for (let i = first; i < out.length; i++) {
    if (out.hashes[i] > last) continue;
    out.hashes[kept] = out.hashes[i];
    out.refs[kept++] = out.refs[i];
  }
  out.length = kept;
  return last + 1;
}
