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
