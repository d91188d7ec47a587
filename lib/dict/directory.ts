/**
 * One directory node of a hash trie: the children of a range of hashes.
 *
 * ```
 *   words  0 bits (1 to 8)   1 slots in use   2 epoch   3 count of entries below
 *          4…                2^bits children: a segment's ref, or ~ref of a directory
 *          4 + 2^bits…       2^bits counts: entries below a child, at its first slot; 0 at its others
 * ```
 *
 * DESIGN. A directory of level n is indexed by up to eight bits of the hash
 * behind the first 8n. A segment whose depth is less than the directory's
 * stands in several neighbouring slots; another directory, which there is only
 * below one of eight bits, in exactly one. The counts make a uniformly random
 * pick possible without looking into the children.
 *
 * "Slots in use" is 2^bits until the trie is taken apart (`takeSegment`).
 * Whoever calls a function that changes a directory has made it writable.
 */

import * as layout from "../arena/layout.ts";
import { type Ref } from "../arena/layout.ts";
import { type Nodes } from "../arena/nodes.ts";
import { wordBase } from "./segment.ts";

const { CHUNK_SHIFT } = layout;

/** The most bits that a directory is indexed by. */
export const DIRECTORY_BITS_MAX = 8;

/** Word indexes in a directory's header. */
export const BITS_WORD = 0;
export const USED_WORD = 1;
export const ENTRIES_WORD = 3;
/** First word of the children. */
export const CHILDREN = 4;

/** The slot that `hash` has in a directory of `level` and `bits`. */
export function slotOfHash(hash: number, level: number, bits: number): number {
  return (hash << (level << 3)) >>> (32 - bits);
}

/** A new directory of `bits` bits, without children. */
function newDirectory(nodes: Nodes, bits: number, count: number): Ref {
  const directory = nodes.alloc((CHILDREN + (2 << bits)) << 2);
  const words = nodes.arena.i32[directory >>> CHUNK_SHIFT];
  const base = wordBase(directory);
  words[base + BITS_WORD] = bits;
  words[base + USED_WORD] = 1 << bits;
  words[base + ENTRIES_WORD] = count;
  return directory;
}

/** A new directory of one bit, both slots of which lead to `segment` with its `count` entries. */
export function directoryAbove(nodes: Nodes, segment: Ref, count: number): Ref {
  const directory = newDirectory(nodes, 1, count);
  const words = nodes.arena.i32[directory >>> CHUNK_SHIFT];
  const at = wordBase(directory) + CHILDREN;
  words[at] = words[at + 1] = segment;
  words[at + 2] = count;
  words[at + 3] = 0;
  return directory;
}

/** Replaces a writable directory by one with a bit more. @returns the new one */
export function doubleDirectory(nodes: Nodes, directory: Ref): Ref {
  const from = wordBase(directory) + CHILDREN;
  const words = nodes.arena.i32[directory >>> CHUNK_SHIFT];
  const bits = words[from - CHILDREN + BITS_WORD];
  const slots = 1 << bits;
  const doubled = newDirectory(nodes, bits + 1, words[from - CHILDREN + ENTRIES_WORD]);
  const into = nodes.arena.i32[doubled >>> CHUNK_SHIFT];
  const to = wordBase(doubled) + CHILDREN;
  for (let i = 0; i < slots; i++) {
    into[to + 2 * i] = into[to + 2 * i + 1] = words[from + i];
    into[to + 2 * slots + 2 * i] = words[from + slots + i];
    into[to + 2 * slots + 2 * i + 1] = 0;
  }
  nodes.free(directory);
  return doubled;
}

/** Whether a directory could do with a bit less: no child has only one slot of its own. */
export function canHalve(nodes: Nodes, directory: Ref): boolean {
  const words = nodes.arena.i32[directory >>> CHUNK_SHIFT];
  const base = wordBase(directory);
  const slots = 1 << words[base + BITS_WORD];
  if (slots === 2) return false;
  for (let at = base + CHILDREN; at < base + CHILDREN + slots; at += 2) {
    if (words[at] !== words[at + 1]) return false;
  }
  return true;
}

/** Replaces a writable directory that {@link canHalve} by one with a bit less. @returns the new one */
export function halveDirectory(nodes: Nodes, directory: Ref): Ref {
  const from = wordBase(directory) + CHILDREN;
  const words = nodes.arena.i32[directory >>> CHUNK_SHIFT];
  const bits = words[from - CHILDREN + BITS_WORD];
  const slots = 1 << (bits - 1);
  const halved = newDirectory(nodes, bits - 1, words[from - CHILDREN + ENTRIES_WORD]);
  const into = nodes.arena.i32[halved >>> CHUNK_SHIFT];
  const to = wordBase(halved) + CHILDREN;
  for (let i = 0; i < slots; i++) {
    into[to + i] = words[from + 2 * i];
    into[to + slots + i] = words[from + 2 * slots + 2 * i];
  }
  nodes.free(directory);
  return halved;
}
