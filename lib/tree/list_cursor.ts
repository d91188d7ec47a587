/**
 * A place in a list, packed or large, for reading it in either direction.
 *
 * DESIGN. One object is used again and again, so that reading makes none. A
 * step within a leaf looks at the leaf alone; from leaf to leaf the path knows
 * the way. Valid until the list changes or the arena frees anything.
 */

import { NIL, type Ref } from "../arena/layout.ts";
import { type Slice } from "../base/slice.ts";
import { type Packs } from "../pack/pack.ts";
import { type Branches, TreePath } from "./branch.ts";

/** See the module's note. */
export class ListCursor {
  /** The pack that holds the item, and where it stands there. */
  pack: Ref = NIL;
  position = 0;
  #end = 0;
  #inTree = false;
  readonly #packs: Packs;
  readonly #branches: Branches;
  readonly #path = new TreePath();

  constructor(packs: Packs, branches: Branches) {
    this.#packs = packs;
    this.#branches = branches;
  }

  /** Goes to item `index` of a list that is one pack. @returns whether there is one */
  seekPack(pack: Ref, index: number): boolean {
    this.#inTree = false;
    this.pack = pack;
    this.position = this.#packs.at(pack, index);
    this.#end = this.#packs.end(pack);
    return this.position !== 0;
  }

  /** Goes to item `index` (not negative) of a tree. @returns whether there is one */
  seekTree(top: Ref, index: number): boolean {
    if (index >= this.#branches.total(top)) return false;
    this.#inTree = true;
    this.pack = this.#branches.seek(top, index, this.#path);
    this.position = this.#packs.at(this.pack, this.#path.offset);
    this.#end = this.#packs.end(this.pack);
    return true;
  }

  /** Goes on to the next item. @returns false at the end of the list, where the cursor is used up */
  next(): boolean {
    this.position = this.#packs.next(this.pack, this.position);
    return this.position !== this.#end || this.nextLeaf();
  }

  /** Goes on to the first item of the next leaf. @returns false when there is none */
  nextLeaf(): boolean {
    if (!this.#inTree || !this.#branches.step(this.#path, 1)) return false;
    this.pack = this.#path.leaf;
    this.position = this.#packs.first(this.pack);
    this.#end = this.#packs.end(this.pack);
    return true;
  }

  /** Goes back to the previous item. @returns false at the start of the list, where the cursor is used up */
  prev(): boolean {
    this.position = this.#packs.prev(this.pack, this.position);
    if (this.position !== 0) return true;
    if (!this.#inTree || !this.#branches.step(this.#path, -1)) return false;
    this.pack = this.#path.leaf;
    this.#end = this.#packs.end(this.pack);
    this.position = this.#packs.prev(this.pack, this.#end);
    return true;
  }

  /** Points `out` at the item. */
  read(out: Slice): void {
    this.#packs.read(this.pack, this.position, out);
  }

  /** Whether the item has the given bytes. */
  equals(buf: Uint8Array, off: number, len: number): boolean {
    return this.#packs.equals(this.pack, this.position, buf, off, len);
  }

  /** The big block that the item is in, or 0. */
  bigIndex(): number {
    return this.#packs.bigIndex(this.pack, this.position);
  }
}
