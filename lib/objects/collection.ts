/**
 * What all collection types have in common: the part that keyspace, snapshot
 * and lazy free use without knowing which type it is.
 */

import { type Ref } from "../arena/layout.ts";
import { type Slice } from "../base/slice.ts";

/** Receives elements one by one; the Slices are valid during the call. `big` is the index of the big block that holds the bytes, or 0. */
export interface ElementSink {
  /** An item of a list or a member of a set. */
  item(bytes: Slice, big: number): void;
  /** A field of a hash. */
  field(name: Slice, nameBig: number, value: Slice, valueBig: number): void;
  /** A member of a sorted set. */
  scored(member: Slice, big: number, score: number): void;
}

/** Operations of one type (Lists, Hashes, Sets, ZSets) that every type has. */
export interface CollectionType {
  /** Number of elements of the entry's collection. */
  count(ref: Ref): number;
  /** The encoding's name, as Redis would have it. */
  encodingName(ref: Ref): string;
  /** Gives an entry that was just created an empty collection. */
  init(ref: Ref): void;
  /** Copies all elements and the encoding's name into the fresh entry `target`. */
  copyInto(source: Ref, target: Ref): void;
  /** Hands all elements of a packed collection to `sink`. */
  emitPacked(ref: Ref, sink: ElementSink): void;
  /**
   * Hands a slice of the elements below a root block to `sink`: about 256 of
   * them, or 64 KiB. The root may be a frozen one.
   * @param position where to go on, 0 to begin with
   * @returns the next position, 0 when all went out
   */
  emitRoot(root: Ref, position: number, sink: ElementSink): number;
  /** Frees about one node with its elements below a root that nobody uses any more. @returns false when none was left */
  reclaimRoot(root: Ref): boolean;
  /** Frees the block of a packed collection. */
  freePacked(ref: Ref): void;
  /** Throws on the first broken invariant. For tests. */
  verify(ref: Ref): void;
}
