/**
 * The sparse representation of a HyperLogLog: runs of registers as opcodes.
 *
 * ```
 *   00nnnnnn            ZERO    n + 1 registers are 0
 *   01nnnnnn nnnnnnnn   XZERO   n + 1 registers are 0
 *   1vvvvvnn            VAL     n + 1 registers are v + 1
 * ```
 *
 * DESIGN. Which of the many sequences for the same registers comes out depends
 * on the order of the changes; splitting and joining follow Redis step by
 * step, so that the bytes are the same. A change has two halves: `planRaise`
 * finds the opcode and says how much longer the string must be, `applyRaise`
 * writes. Between them the string may move.
 *
 * The bytes may be anything a client has SET: no opcode is believed before it
 * was seen to lie within them, and sums of registers are bounded.
 */

import { HLL_HEADER_BYTES, HLL_REGISTERS, type Registers } from "./hyperloglog_layout.ts";

/** The highest rank that VAL can hold; a higher one needs the dense representation. */
export const SPARSE_MAX_RANK = 32;
/** The registers of the longest ZERO and VAL. */
const ZERO_MAX = 64;
const VAL_MAX = 4;
/** How many opcodes are looked at for joining. */
const JOIN_SCANS = 5;
/** By how many bytes a string grows at most when one register is raised: XZERO becomes XZERO, VAL, XZERO. */
export const SPARSE_MAX_GROWTH = 3;

/** What `planRaise` says, besides how many bytes longer (-1 to 3) the opcodes get: the register is as high already… */
export const PLAN_UNCHANGED = -2;
/** …the bytes are no HyperLogLog… */
export const PLAN_CORRUPTED = -3;
/** …or the dense representation is needed. */
export const PLAN_DENSE = -4;

/** The registers that a first byte stands for; 0 for XZERO, which has a second. */
const SPANS = Uint8Array.from({ length: 256 }, (_, op) => {
  if (op >= 0x80) return (op & 3) + 1;
  return op < 0x40 ? op + 1 : 0;
});

function isXzero(op: number): boolean {
  return (op & 0xc0) === 0x40;
}

/**
 * Raises registers, one byte each, to those of opcodes where they are lower.
 * @returns false when the opcodes do not stand for all registers; some may have been raised then
 */
export function mergeSparse(buf: Uint8Array, start: number, end: number, registers: Registers): boolean {
  let index = 0;
  for (let at = start; at < end && index <= HLL_REGISTERS; at++) {
    const op = buf[at];
    const span = SPANS[op];
    if (op >= 0x80) {
      if (index + span > HLL_REGISTERS) break;
      const rank = ((op >>> 2) & 31) + 1;
      for (const last = index + span; index < last; index++) {
        if (rank > registers[index]) registers[index] = rank;
      }
    } else if (span > 0) index += span;
    else {
      if (++at === end) return false;
      index += (((op & 0x3f) << 8) | buf[at]) + 1;
    }
  }
  return index === HLL_REGISTERS;
}

/**
 * Counts registers by value.
 * @param histogram 64 numbers, added to
 * @returns whether the opcodes stand for all registers and no more
 */
export function countSparse(buf: Uint8Array, start: number, end: number, histogram: Int32Array): boolean {
  let index = 0;
  for (let at = start; at < end; at++) {
    const op = buf[at];
    let span = SPANS[op];
    if (span === 0) {
      if (++at === end) return false;
      span = (((op & 0x3f) << 8) | buf[at]) + 1;
    }
    index += span;
    if (index > HLL_REGISTERS) return false;
    histogram[op >= 0x80 ? ((op >>> 2) & 31) + 1 : 0] += span;
  }
  return index === HLL_REGISTERS;
}

/**
 * Where a search for a register begins, as offsets from the string's start:
 * an opcode, the first register it stands for, and the opcode before it or -1.
 */
export interface SparseCursor {
  at: number;
  first: number;
  previous: number;
}

/** The change that `planRaise` found, for `applyRaise`; offsets are from the string's start. */
const plan = { at: 0, first: 0, previous: -1, oldBytes: 0, bytes: 0 };
/** What the opcode at `plan.at` is replaced by. */
const replacement = new Uint8Array(5);

/**
 * Finds what must be done to raise a register.
 *
 * @param buf the string is `buf[off, off + len)`, header included
 * @param rank at least 1
 * @param maxBytes the string may not grow beyond this
 * @param from where to begin; a register before it is not found
 * @returns by how many bytes the string grows (-1 to 3), or one of PLAN_UNCHANGED, PLAN_CORRUPTED, PLAN_DENSE
 */
export function planRaise(
  buf: Uint8Array,
  off: number,
  len: number,
  index: number,
  rank: number,
  maxBytes: number,
  from: SparseCursor,
): number {
  if (rank > SPARSE_MAX_RANK) return PLAN_DENSE;
  const span = locate(buf, off, len, index, from);
  if (span === 0) return PLAN_CORRUPTED;
  const op = buf[off + plan.at];
  const value = op >= 0x80 ? ((op >>> 2) & 31) + 1 : 0;
  if (value >= rank) return PLAN_UNCHANGED;
  plan.oldBytes = isXzero(op) ? 2 : 1;
  plan.bytes = split(value, index - plan.first, rank, plan.first + span - 1 - index);
  const growth = plan.bytes - plan.oldBytes;
  return growth > 0 && len + growth > maxBytes ? PLAN_DENSE : growth;
}

/** Fills `plan` with the opcode that stands for a register. @returns its number of registers, 0 if there is none */
function locate(buf: Uint8Array, off: number, len: number, index: number, from: SparseCursor): number {
  const end = off + len;
  let at = off + from.at;
  let previous = from.previous < 0 ? -1 : off + from.previous;
  /** How many registers `index` is behind the first one of the opcode. */
  let rest = (index - from.first) | 0;
  let span = 0;
  while (at < end) {
    const op = buf[at];
    span = SPANS[op];
    if (span === 0) {
      if (at + 1 === end) return 0;
      span = (((op & 0x3f) << 8) | buf[at + 1]) + 1;
      if (rest < span) break;
      previous = at++;
    } else {
      if (rest < span) break;
      previous = at;
    }
    at = (at + 1) | 0;
    rest = (rest - span) | 0;
  }
  if (at >= end) return 0;
  plan.at = at - off;
  plan.previous = previous < 0 ? -1 : previous - off;
  plan.first = index - rest;
  return span;
}

/**
 * Fills `replacement`: `before` registers of `value`, one of `rank`, `after` ones of `value`.
 * @returns its bytes
 */
function split(value: number, before: number, rank: number, after: number): number {
  let bytes = writeRun(0, value, before);
  replacement[bytes++] = 0x80 | ((rank - 1) << 2);
  bytes = writeRun(bytes, value, after);
  return bytes;
}

/** Writes a run of `count` registers (maybe none) to `replacement`. @returns the offset behind it */
function writeRun(at: number, value: number, count: number): number {
  if (count === 0) return at;
  if (value > 0) replacement[at++] = 0x80 | ((value - 1) << 2) | (count - 1);
  else if (count <= ZERO_MAX) replacement[at++] = count - 1;
  else {
    replacement[at++] = 0x40 | ((count - 1) >>> 8);
    replacement[at++] = count - 1;
  }
  return at;
}

/**
 * Does what `planRaise` found last, then joins equal neighbours.
 *
 * @param buf the string is `buf[off, off + len)`, with room for the growth behind it
 * @param len its length without the growth
 * @returns its length now, at most `len` plus the growth
 */
export function applyRaise(buf: Uint8Array, off: number, len: number): number {
  const at = off + plan.at;
  const growth = plan.bytes - plan.oldBytes;
  if (growth !== 0) buf.copyWithin(at + plan.bytes, at + plan.oldBytes, off + len);
  for (let i = 0; i < plan.bytes; i++) buf[at + i] = replacement[i];
  return join(buf, off + Math.max(plan.previous, HLL_HEADER_BYTES), off + len + growth) - off;
}

/** Joins VALs of one value from `at` on, as far as Redis looks. @returns the end, which comes nearer with every join */
function join(buf: Uint8Array, at: number, end: number): number {
  for (let scans = JOIN_SCANS; scans > 0 && at < end; scans--) {
    const op = buf[at];
    if (op < 0x80) {
      at += isXzero(op) ? 2 : 1;
      continue;
    }
    const next = at + 1 < end ? buf[at + 1] : 0;
    const registers = (op & 3) + (next & 3) + 2;
    if (next >>> 2 === op >>> 2 && registers <= VAL_MAX) {
      buf[at + 1] = (op & ~3) | (registers - 1);
      buf.copyWithin(at, at + 1, end);
      end--;
    } else at++;
  }
  return end;
}

/** A cursor at the first opcode. */
export function sparseStart(): SparseCursor {
  return { at: HLL_HEADER_BYTES, first: 0, previous: -1 };
}

/**
 * Raises all registers to those given where they are lower, in ascending order.
 *
 * @param buf the string is `buf[0, len)`, with room for all growth behind it
 * @param maxBytes the string may not grow beyond this
 * @returns its length now; -1 when the registers need the dense representation
 */
export function raiseAllSparse(buf: Uint8Array, len: number, registers: Registers, maxBytes: number): number {
  const cursor = sparseStart();
  for (let index = 0; index < HLL_REGISTERS; index++) {
    if (registers[index] === 0) continue;
    const growth = planRaise(buf, 0, len, index, registers[index], maxBytes, cursor);
    if (growth === PLAN_DENSE || growth === PLAN_CORRUPTED) return -1;
    if (growth !== PLAN_UNCHANGED) len = applyRaise(buf, 0, len);
    advance(buf, cursor);
  }
  return len;
}

/**
 * Moves a cursor to the opcode before the one that `planRaise` found last: when
 * registers are raised in ascending order, no later one needs an earlier
 * place, and up to there `applyRaise` has changed nothing.
 */
function advance(buf: Uint8Array, cursor: SparseCursor): void {
  while (cursor.at < plan.previous) {
    const op = buf[cursor.at];
    const span = SPANS[op];
    cursor.previous = cursor.at;
    cursor.first += span > 0 ? span : (((op & 0x3f) << 8) | buf[cursor.at + 1]) + 1;
    cursor.at += span > 0 ? 1 : 2;
  }
}

/** The opcodes `buf[start, end)` as PFDEBUG DECODE shows them: `z:n` ZERO, `Z:n` XZERO, `v:value,n` VAL. */
export function describeSparse(buf: Uint8Array, start: number, end: number): string {
  const words: string[] = [];
  for (let at = start; at < end; at++) {
    const op = buf[at];
    if (op >= 0x80) words.push(`v:${((op >>> 2) & 31) + 1},${(op & 3) + 1}`);
    else if (!isXzero(op)) words.push(`z:${op + 1}`);
    else {
      at++;
      words.push(`Z:${(((op & 0x3f) << 8) | (at < end ? buf[at] : 0)) + 1}`);
    }
  }
  return words.join(" ");
}
