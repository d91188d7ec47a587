/** Removing all items of a pack that have given bytes. */

import { type Ref } from "../arena/layout.ts";
import { type Packs } from "./pack.ts";

let removed = 0;

/** How many items the last {@link removeEqual} took. */
export function removedItems(): number {
  return removed;
}

/**
 * Removes up to `limit` items with the given bytes, the first ones or, from the
 * tail, the last ones.
 * @returns the pack, maybe moved, maybe empty
 */
export function removeEqual(
  packs: Packs,
  p: Ref,
  buf: Uint8Array,
  off: number,
  len: number,
  limit: number,
  fromTail: boolean,
): Ref {
  removed = 0;
  if (fromTail) {
    for (let pos = packs.prev(p, packs.end(p)); pos !== 0 && removed < limit; pos = packs.prev(p, pos)) {
      if (!packs.equals(p, pos, buf, off, len)) continue;
      p = packs.remove(p, pos, 1);
      pos = packs.position;
      removed++;
    }
    return p;
  }
  for (let pos = packs.first(p); pos !== packs.end(p) && removed < limit;) {
    if (!packs.equals(p, pos, buf, off, len)) pos = packs.next(p, pos);
    else {
      p = packs.remove(p, pos, 1);
      pos = packs.position;
      removed++;
    }
  }
  return p;
}
