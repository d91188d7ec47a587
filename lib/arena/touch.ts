/**
 * Touching: a block's memory is read ahead of its use, for nothing but that it
 * is in the cache then.
 *
 * DESIGN. The processor overlaps the cache misses of reads that do not depend on
 * each other, as many as fit into its window of instructions. So whoever knows
 * which blocks come next touches a batch of them in a loop that does nothing
 * else. The result is to be kept somewhere, lest the reads be optimized away.
 */

import * as layout from "./layout.ts";
import { type Ref } from "./layout.ts";

const { CHUNK_SHIFT, GRANULE_MASK } = layout;

/** Granules between the two touches of a block: half of the small ones reach into a second cache line. */
const NEXT_LINE = 6;

/** Touches the first bytes of a block, which may be 0 or already freed. @returns what was read, of no meaning */
export function touch(i32: readonly Int32Array[], ref: Ref): number {
  const words = i32[ref >>> CHUNK_SHIFT];
  return words[(ref & GRANULE_MASK) << 1] ^ words[((ref + NEXT_LINE) & GRANULE_MASK) << 1];
}
