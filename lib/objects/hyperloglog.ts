/**
 * HyperLogLogs as bytes: the header, the dense representation, and what an
 * element does to a register. The sparse representation is in
 * hyperloglog_sparse.ts, the estimate in hyperloglog_estimate.ts.
 *
 * DESIGN. A HyperLogLog is a string, and the bytes are those of Redis, so that
 * GET, SET and files carry it from one to the other. Functions work on
 * `buf[off, off + len)` wherever it lies. What crosses representations goes
 * through {@link Registers}, one byte each.
 */

import { murmurHash64A } from "../base/murmur64.ts";
import {
  HLL_DENSE,
  HLL_DENSE_BYTES,
  HLL_HEADER_BYTES,
  HLL_INDEX_BITS,
  HLL_MAX_RANK,
  HLL_REGISTERS,
  HLL_SPARSE,
  type Registers,
} from "./hyperloglog_layout.ts";
import { mergeSparse } from "./hyperloglog_sparse.ts";

/** The value of a new key: sparse, all registers zero, the cached cardinality 0. */
export const EMPTY_HLL: Uint8Array = Uint8Array.of(
  ...[0x48, 0x59, 0x4c, 0x4c, HLL_SPARSE, 0, 0, 0],
  ...[0, 0, 0, 0, 0, 0, 0, 0],
  ...[0x7f, 0xff],
);

const HASH_SEED = 0xadc83b19;
const RANK_BITS = 6;
const CACHE_INVALID = 0x80;
/** Where the highest byte of the cached cardinality is. */
const CACHE_TOP = 15;
/** Two words of a hash. */
const hash = new Int32Array(2);

/** The register that an element chooses and its rank there, as `index << 6 | rank`. */
export function registerAndRank(buf: Uint8Array, off: number, len: number): number {
  murmurHash64A(buf, off, len, HASH_SEED, hash);
  const low = hash[0] >>> HLL_INDEX_BITS;
  const high = hash[1];
  let rank = HLL_MAX_RANK;
  // The lowest set bit of a word w is w & -w.
  if (low !== 0) rank = 32 - Math.clz32(low & -low);
  else if (high !== 0) rank = 32 - HLL_INDEX_BITS + 32 - Math.clz32(high & -high);
  return ((hash[0] & (HLL_REGISTERS - 1)) << RANK_BITS) | rank;
}

/** The register's index in what `registerAndRank` returned. */
export function indexOf(registerAndRank: number): number {
  return registerAndRank >>> RANK_BITS;
}

/** The rank in what `registerAndRank` returned. */
export function rankOf(registerAndRank: number): number {
  return registerAndRank & ((1 << RANK_BITS) - 1);
}

/** Whether a string has the header of a HyperLogLog, and a dense one the right size. */
export function isHyperLogLog(buf: Uint8Array, off: number, len: number): boolean {
  if (len < HLL_HEADER_BYTES) return false;
  for (let i = 0; i < 4; i++) if (buf[off + i] !== EMPTY_HLL[i]) return false;
  const encoding = buf[off + 4];
  return encoding === HLL_SPARSE || (encoding === HLL_DENSE && len === HLL_DENSE_BYTES);
}

/** {@link HLL_DENSE} or {@link HLL_SPARSE}. */
export function encodingOf(buf: Uint8Array, off: number): number {
  return buf[off + 4];
}

/** Marks the cached cardinality as not valid. */
export function invalidateCache(buf: Uint8Array, off: number): void {
  buf[off + CACHE_TOP] |= CACHE_INVALID;
}

/** Whether the cached cardinality is valid. */
export function hasCachedCardinality(buf: Uint8Array, off: number): boolean {
  return (buf[off + CACHE_TOP] & CACHE_INVALID) === 0;
}

/** Half of the cached cardinality: the low 32 bits at `half` 0, the high ones at 1. */
export function cachedHalf(buf: Uint8Array, off: number, half: number): number {
  const at = off + 8 + 4 * half;
  return (buf[at] | (buf[at + 1] << 8) | (buf[at + 2] << 16) | (buf[at + 3] << 24)) >>> 0;
}

/** Writes the cached cardinality: an integer up to 2^63, which is itself the mark of an invalid one. */
export function cacheCardinality(buf: Uint8Array, off: number, cardinality: number): void {
  const high = Math.floor(cardinality / 2 ** 32);
  const low = cardinality - high * 2 ** 32;
  for (let i = 0; i < 4; i++) {
    buf[off + 8 + i] = low >>> (8 * i);
    buf[off + 12 + i] = high >>> (8 * i);
  }
}

/** A register of a dense HyperLogLog. */
export function denseRegister(buf: Uint8Array, off: number, index: number): number {
  const bit = index * 6;
  const at = off + HLL_HEADER_BYTES + (bit >>> 3);
  const shift = bit & 7;
  if (shift <= 2) return (buf[at] >>> shift) & 63;
  return ((buf[at] | (buf[at + 1] << 8)) >>> shift) & 63;
}

/** Raises a register of a dense HyperLogLog to `rank`. @returns whether it was lower */
export function raiseDense(buf: Uint8Array, off: number, index: number, rank: number): boolean {
  const bit = index * 6;
  const at = off + HLL_HEADER_BYTES + (bit >>> 3);
  const shift = bit & 7;
  if (shift <= 2) {
    if (((buf[at] >>> shift) & 63) >= rank) return false;
    buf[at] = (buf[at] & ~(63 << shift)) | (rank << shift);
    return true;
  }
  const pair = buf[at] | (buf[at + 1] << 8);
  if (((pair >>> shift) & 63) >= rank) return false;
  const raised = (pair & ~(63 << shift)) | (rank << shift);
  buf[at] = raised;
  buf[at + 1] = raised >>> 8;
  return true;
}

/** Raises `registers` to those of a dense HyperLogLog where they are lower. */
function mergeDense(buf: Uint8Array, off: number, registers: Registers): void {
  let at = off + HLL_HEADER_BYTES;
  for (let i = 0; i < HLL_REGISTERS; i += 4, at += 3) {
    const four = buf[at] | (buf[at + 1] << 8) | (buf[at + 2] << 16);
    if (four === 0) continue;
    const r0 = four & 63;
    const r1 = (four >>> 6) & 63;
    const r2 = (four >>> 12) & 63;
    const r3 = four >>> 18;
    if (r0 > registers[i]) registers[i] = r0;
    if (r1 > registers[i + 1]) registers[i + 1] = r1;
    if (r2 > registers[i + 2]) registers[i + 2] = r2;
    if (r3 > registers[i + 3]) registers[i + 3] = r3;
  }
}

/**
 * Raises `registers` to those of a HyperLogLog where they are lower.
 * @returns false when a sparse one is corrupted; some registers may have been raised then
 */
export function mergeInto(registers: Registers, buf: Uint8Array, off: number, len: number): boolean {
  if (encodingOf(buf, off) === HLL_SPARSE) {
    return mergeSparse(buf, off + HLL_HEADER_BYTES, off + len, registers);
  }
  mergeDense(buf, off, registers);
  return true;
}

/** Writes `registers` (each at most 63) as the dense representation; of the header only the encoding is written. */
export function writeDense(registers: Registers, buf: Uint8Array, off: number): void {
  buf[off + 4] = HLL_DENSE;
  let at = off + HLL_HEADER_BYTES;
  for (let i = 0; i < HLL_REGISTERS; i += 4, at += 3) {
    const four = registers[i] | (registers[i + 1] << 6) | (registers[i + 2] << 12) | (registers[i + 3] << 18);
    buf[at] = four;
    buf[at + 1] = four >>> 8;
    buf[at + 2] = four >>> 16;
  }
}
