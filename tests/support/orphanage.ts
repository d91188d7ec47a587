/** An orphanage for tests of path-copying: it keeps what a live collection has dropped, to free it on demand. */

import { type Ref } from "../../lib/arena/layout.ts";
import { type Nodes, type Orphanage } from "../../lib/arena/nodes.ts";

/** Collects blocks and big blocks; see the module's note. */
export class CollectingOrphanage implements Orphanage {
  readonly #nodes: Nodes;
  readonly #blocks: Ref[] = [];
  readonly #bigs: number[] = [];
  #bytes = 0;

  constructor(nodes: Nodes) {
    this.#nodes = nodes;
  }

  block(ref: Ref): void {
    this.#blocks.push(ref);
    this.#bytes += this.#nodes.arena.sizeOf(ref);
  }

  big(index: number): void {
    if (index === 0) throw new Error("Cannot keep big block 0 as it stands for none");
    this.#bigs.push(index);
    this.#bytes += this.#nodes.arena.big.bytes(index).length;
  }

  /** Frees everything, as if the frozen root had been walked; no block may have come twice. */
  freeAll(): void {
    const { arena } = this.#nodes;
    if (new Set(this.#blocks).size !== this.#blocks.length) throw new Error("Cannot free a block twice");
    if (new Set(this.#bigs).size !== this.#bigs.length) throw new Error("Cannot free a big block twice");
    for (const ref of this.#blocks) arena.free(ref);
    for (const index of this.#bigs) arena.big.free(index);
    this.#nodes.orphanedBytes -= this.#bytes;
  }
}
