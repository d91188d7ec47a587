/** A collection and a model of it: what tests of hashes, sets and sorted sets have in common. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { type Ref } from "../../lib/arena/layout.ts";
import { toAscii } from "../../lib/base/ascii.ts";
import { type FrozenRoot } from "../../lib/keyspace/frozen.ts";
import { verifyKeyspace } from "../../lib/keyspace/verify.ts";
import { TestKeyspace } from "./keyspace_support.ts";

/** What can be done to a collection as a whole. */
export type WholeOp = "copy" | "freeze" | "release" | "drop";

/** A step that takes the collection as a whole. */
export const wholeStep = fc.record({ op: fc.constantFrom<WholeOp[]>("copy", "freeze", "release", "drop") });

/** A keyspace with a collection at one key, what it should hold, and what it held when it was frozen. */
export abstract class CollectionWorld<Model> extends TestKeyspace {
  /** What should be there; a value that can be cloned. */
  model: Model;
  readonly #key: string;
  readonly #type: number;
  readonly #newModel: () => Model;
  #frozen: FrozenRoot | null = null;
  #frozenModel: Model;

  constructor(key: string, type: number, newModel: () => Model) {
    super();
    this.#key = key;
    this.#type = type;
    this.#newModel = newModel;
    this.model = newModel();
    this.#frozenModel = newModel();
  }

  /** What the collection of an entry holds. */
  abstract elementsOf(ref: Ref): Model;

  /** What a root leads to, slice by slice. */
  abstract elementsUnder(root: Ref): Model;

  /** The entry, or 0. */
  get ref(): Ref {
    return this.peek(0, this.#key);
  }

  get isLarge(): boolean {
    return this.ks.entries.isLarge(this.ref);
  }

  /** Opens the collection, or makes it. */
  open(): Ref {
    const key = toAscii(this.#key);
    const [db] = this.ks.databases;
    const ref = this.ref;
    if (ref === 0) return this.ks.create(db, key, 0, key.length, this.#type);
    this.ks.open(db, ref);
    return ref;
  }

  /** Does what {@link wholeStep} says. */
  applyWhole(op: WholeOp): void {
    if (op === "copy") this.#checkCopy();
    else if (op === "freeze") this.#freeze();
    else if (op === "release") {
      this.release();
      this.#freeAll();
    } else this.drop();
  }

  /** Removes the key. */
  drop(): void {
    this.remove(0, this.#key);
    this.model = this.#newModel();
  }

  /** Reads all of the frozen collection, and lets it go. */
  release(): void {
    if (this.#frozen === null) return;
    assert.deepEqual(this.elementsUnder(this.#frozen.root), this.#frozenModel);
    this.ks.collections.release(this.#frozen);
    this.#frozen = null;
  }

  /** Removes everything, and checks that every byte comes back. */
  checkNothingLeft(): void {
    this.drop();
    this.release();
    this.#freeAll();
    verifyKeyspace(this.ks);
    assert.equal(this.ks.collections.nodes.orphanedBytes, 0);
    const { dict } = this.ks.databases[0];
    assert.equal(this.ks.usedBytes, dict.segments * 4096, "nothing is left but the keyspace's own");
  }

  /** Removes a large collection, to be freed by lazy free. @returns in how many steps that was done */
  dropBySteps(): number {
    this.drop();
    assert.ok(this.ks.lazyFree.pendingBytes > 100_000);
    verifyKeyspace(this.ks);
    const steps = this.#freeAll();
    assert.equal(this.ks.lazyFree.pendingBytes, 0);
    return steps;
  }

  /** Keeps the collection as it is now, if it is large; what is packed goes out with a snapshot at once. */
  #freeze(): void {
    this.release();
    if (this.ref === 0 || !this.isLarge) return;
    this.ks.entries.nextEpoch();
    this.#frozen = this.ks.collections.freeze(this.ref);
    this.#frozenModel = structuredClone(this.model);
  }

  /** A copy has everything, its encoding's name too, and goes without a trace. */
  #checkCopy(): void {
    const source = this.ref;
    if (source === 0) return;
    const { collections, databases: [db] } = this.ks;
    const target = toAscii("copy");
    const copy = this.ks.transfer(db, source, db, target, 0, target.length, true);
    assert.deepEqual(this.elementsOf(copy), this.model);
    assert.equal(collections.encodingName(copy), collections.encodingName(source));
    verifyKeyspace(this.ks);
    this.remove(0, "copy");
  }

  #freeAll(): number {
    let steps = 0;
    while (this.ks.lazyFree.step(() => false)) steps++;
    return steps;
  }
}
