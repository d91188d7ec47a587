/**
 * Frozen roots: large collections as they were when a snapshot had to keep them.
 *
 * DESIGN. Freezing copies the root block and gives the live root the id of the
 * record made here. From then on both lead to the same nodes; whoever changes
 * the live collection copies old nodes and leaves the originals here
 * (lib/arena/nodes.ts). Releasing forgets the record *first*: from that moment
 * the live collection owns what it still reaches, and only what it has dropped
 * is freed, in slices, by lazy free.
 */

import { type Ref } from "../arena/layout.ts";
import { type Nodes, type Orphanage } from "../arena/nodes.ts";
import { type Roots } from "../objects/root.ts";

/** A collection as it was, and the blocks that only it still needs. */
export class FrozenRoot implements Orphanage {
  readonly id: number;
  /** The copy of the root block. */
  readonly root: Ref;
  /** Blocks that the live collection has dropped. */
  readonly blocks: Ref[] = [];
  /** Big blocks that it has dropped. */
  readonly bigs: number[] = [];

  constructor(id: number, root: Ref) {
    this.id = id;
    this.root = root;
  }

  block(ref: Ref): void {
    this.blocks.push(ref);
  }

  big(index: number): void {
    this.bigs.push(index);
  }
}

/** The frozen roots of the running snapshot, by id. */
export class FrozenRoots {
  readonly #nodes: Nodes;
  readonly #roots: Roots;
  readonly #held = new Map<number, FrozenRoot>();
  #lastId = 0;

  constructor(nodes: Nodes, roots: Roots) {
    this.#nodes = nodes;
    this.#roots = roots;
  }

  /** How many roots are held. */
  get size(): number {
    return this.#held.size;
  }

  /** Freezes what `root` leads to, as it is now. O(1). */
  freeze(root: Ref): FrozenRoot {
    const id = this.#lastId = (this.#lastId + 1) | 0 || 1;
    const frozen = new FrozenRoot(id, this.#roots.copy(root));
    this.#nodes.orphanedBytes += this.#nodes.arena.sizeOf(frozen.root);
    this.#roots.setFrozenId(root, id);
    this.#held.set(id, frozen);
    return frozen;
  }

  /** The frozen root that shares nodes with the live `root`, or null. */
  of(root: Ref): FrozenRoot | null {
    const id = this.#roots.frozenId(root);
    if (id === 0) return null;
    const frozen = this.#held.get(id);
    if (frozen !== undefined) return frozen;
    this.#roots.setFrozenId(root, 0);
    return null;
  }

  /** Nobody reads the frozen root any more: what only it needed is the caller's to free. */
  release(frozen: FrozenRoot): void {
    this.#held.delete(frozen.id);
    frozen.block(frozen.root);
  }
}
