/** Slices of a large hash or set: what a snapshot hands out between two turns of the loop. */

import { type Ref } from "../arena/layout.ts";
import { type HashTrie, type TrieTop } from "../dict/hash_trie.ts";
import { cutAtHash, type RefList } from "../dict/ref_list.ts";

/** About how many bytes of elements a slice has at most. */
const SLICE_BYTES = 64 * 1024;

/**
 * Fills `out` with the elements of the segment at `position`, or with so many of
 * them that they have about {@link SLICE_BYTES} bytes, but one at least.
 * @param bytesOf the bytes of an element, its big blocks included
 * @returns the next position, 0 behind the last element
 */
export function collectSlice(
  trie: HashTrie,
  top: TrieTop,
  position: number,
  out: RefList,
  bytesOf: (element: Ref) => number,
): number {
  out.clear();
  const next = trie.collectSegment(top, position, out);
  let bytes = 0;
  for (let i = 0; i < out.length; i++) bytes += bytesOf(out.refs[i]);
  if (bytes <= SLICE_BYTES || out.length === 1) return next;
  return cutAtHash(out, 0, Math.floor(out.length * SLICE_BYTES / bytes), next);
}
