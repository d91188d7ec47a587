/**
 * What a HyperLogLog is made of: the header, and numbers that all its
 * representations share.
 *
 * ```
 *   0   "HYLL"
 *   4   encoding: 0 dense, 1 sparse
 *   5   three bytes of no meaning
 *   8   cached cardinality, 64 bits little-endian; its highest bit: not valid
 *  16   dense: 16384 registers of 6 bits, the lowest bits of a byte first
 *       sparse: opcodes
 * ```
 *
 * A register holds the greatest *rank* of the elements that chose it: the
 * number of low zero bits of the rest of the hash, plus one. 0: none came yet.
 */

/** How many bits of the hash choose the register. */
export const HLL_INDEX_BITS = 14;
export const HLL_REGISTERS = 1 << HLL_INDEX_BITS;
export const HLL_HEADER_BYTES = 16;
/** A dense HyperLogLog is exactly so long. */
export const HLL_DENSE_BYTES = HLL_HEADER_BYTES + (HLL_REGISTERS * 6) / 8;
/** The greatest rank: all 50 bits of the rest are zero. */
export const HLL_MAX_RANK = 64 - HLL_INDEX_BITS + 1;

/** The encodings that byte 4 names. */
export const HLL_DENSE = 0;
export const HLL_SPARSE = 1;

/** All registers, a byte each: what crosses from one representation to another. */
export type Registers = Uint8Array;
