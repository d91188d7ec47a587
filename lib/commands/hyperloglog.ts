/**
 * HyperLogLogs: PFADD, PFCOUNT, PFMERGE. PFDEBUG and PFSELFTEST are in hyperloglog_debug.ts.
 *
 * DESIGN. A HyperLogLog is a string and is changed where it lies. A sparse one
 * moves only when it grows out of its block; a dense one never does. Merging
 * goes through one table of registers, a byte each, that is used again and
 * again. What is logged is always the command as typed: PFCOUNT too, when it
 * stored the cardinality that it computed.
 */

import { NIL, type Ref } from "../arena/layout.ts";
import { copyBytes } from "../base/ascii.ts";
import { ENC_RAW, NO_EXPIRE } from "../objects/entry.ts";
import {
  cacheCardinality,
  cachedHalf,
  denseRegister,
  EMPTY_HLL,
  encodingOf,
  hasCachedCardinality,
  indexOf,
  invalidateCache,
  mergeInto,
  raiseDense,
  rankOf,
  registerAndRank,
  writeDense,
} from "../objects/hyperloglog.ts";
import { estimate, estimateRegisters } from "../objects/hyperloglog_estimate.ts";
import {
  HLL_DENSE,
  HLL_DENSE_BYTES,
  HLL_HEADER_BYTES,
  HLL_REGISTERS,
  type Registers,
} from "../objects/hyperloglog_layout.ts";
import {
  applyRaise,
  PLAN_CORRUPTED,
  PLAN_DENSE,
  PLAN_UNCHANGED,
  planRaise,
  raiseAllSparse,
  SPARSE_MAX_GROWTH,
  sparseStart,
} from "../objects/hyperloglog_sparse.ts";
import { type CommandContext } from "./context.ts";
import { HYPERLOGLOG_DEBUG_COMMANDS } from "./hyperloglog_debug.ts";
import { ERR_CORRUPTED, isHllOrReply, makeDense, makeRaw } from "./hyperloglog_values.ts";
import { type HandlerTable } from "./spec.ts";

/** What is being merged. */
const registers: Registers = new Uint8Array(HLL_REGISTERS);
/** Where a sparse HyperLogLog is merged into. */
let scratch = new Uint8Array(16 * 1024);
/** A longer one is not kept: a sparse string may have trailing bytes without end. */
const SCRATCH_KEPT_BYTES = 64 * 1024;
const FIRST_OPCODE = sparseStart();

/** What `add` returns instead of an entry. */
const UNCHANGED = 0;
const CORRUPTED = -1;

/** Adds elements. O(1) each. `PFADD key [element …]` */
function pfaddCommand(c: CommandContext): void {
  let ref = c.write(1);
  let changes = 0;
  if (ref === NIL) {
    ref = storeHll(c, EMPTY_HLL, EMPTY_HLL.length);
    changes++;
  } else {
    if (!isHllOrReply(c, ref)) return;
    makeRaw(c, ref);
  }
  const { buf, off, len, argc } = c.args;
  let isCorrupted = false;
  for (let i = 2; i < argc && !isCorrupted; i++) {
    const changed = add(c, ref, registerAndRank(buf, off[i], len[i]));
    if (changed === UNCHANGED) continue;
    isCorrupted = changed === CORRUPTED;
    if (isCorrupted) continue;
    ref = changed;
    changes++;
  }
  if (changes > 0) {
    c.ks.entries.value(ref, c.a);
    invalidateCache(c.a.buf, c.a.off);
    // Also before an error: what was added stays, and a replay comes to the same end.
    c.dirty += changes;
  }
  if (isCorrupted) c.out.error(ERR_CORRUPTED);
  else c.out.integer(changes > 0 ? 1 : 0);
}

/** Makes `buf[0, len)` the value of argument 1, which does not exist. */
function storeHll(c: CommandContext, value: Uint8Array, valueLen: number): Ref {
  const { buf, off, len } = c.args;
  return c.ks.setString(c.db, buf, off[1], len[1], value, 0, valueLen, ENC_RAW, NO_EXPIRE);
}

/**
 * Adds an element to a HyperLogLog.
 * @param hashed what `registerAndRank` says of the element
 * @returns the entry, which may have moved; or UNCHANGED or CORRUPTED
 */
function add(c: CommandContext, ref: Ref, hashed: number): Ref {
  const value = c.a;
  c.ks.entries.value(ref, value);
  const index = indexOf(hashed);
  const rank = rankOf(hashed);
  if (encodingOf(value.buf, value.off) === HLL_DENSE) {
    if (denseRegister(value.buf, value.off, index) >= rank) return UNCHANGED;
    ref = c.ks.prepareString(c.db, ref, HLL_DENSE_BYTES, ENC_RAW);
  } else {
    const { hllSparseMaxBytes } = c.server.config;
    const plan = planRaise(value.buf, value.off, value.len, index, rank, hllSparseMaxBytes, FIRST_OPCODE);
    if (plan === PLAN_UNCHANGED) return UNCHANGED;
    if (plan === PLAN_CORRUPTED) return CORRUPTED;
    if (plan !== PLAN_DENSE) return changeSparse(c, ref, plan);
    ref = makeDense(c, ref, registers);
    if (ref === NIL) return CORRUPTED;
  }
  c.ks.entries.value(ref, value);
  raiseDense(value.buf, value.off, index, rank);
  return ref;
}

/** Does what `planRaise` found. @param growth what it returned */
function changeSparse(c: CommandContext, ref: Ref, growth: number): Ref {
  const { ks, a: value } = c;
  const len = value.len;
  ref = ks.prepareString(c.db, ref, Math.max(len, len + growth), ENC_RAW);
  ks.entries.value(ref, value);
  const size = applyRaise(value.buf, value.off, len);
  return size === value.len ? ref : ks.prepareString(c.db, ref, size, ENC_RAW);
}

/** Estimates how many different elements were added to the keys together. O(n) keys. `PFCOUNT key [key …]` */
function pfcountCommand(c: CommandContext): void {
  if (c.args.argc > 2) return countUnion(c);
  let ref = c.read(1);
  if (ref === NIL) return c.out.integer(0);
  if (!isHllOrReply(c, ref)) return;
  makeRaw(c, ref);
  const value = c.a;
  if (!hasCachedCardinality(value.buf, value.off)) {
    const cardinality = estimate(value.buf, value.off, value.len);
    if (cardinality < 0) return c.out.error(ERR_CORRUPTED);
    ref = c.ks.prepareString(c.db, ref, value.len, ENC_RAW);
    c.ks.entries.value(ref, value);
    cacheCardinality(value.buf, value.off, cardinality);
    c.dirty++;
    return replyCardinality(c, cardinality);
  }
  const low = cachedHalf(value.buf, value.off, 0);
  const high = cachedHalf(value.buf, value.off, 1);
  if (high < 2 ** 21) c.out.integer(high * 2 ** 32 + low);
  else c.out.bigInteger((BigInt(high) << 32n) | BigInt(low));
}

function countUnion(c: CommandContext): void {
  registers.fill(0);
  if (mergeArguments(c) < 0) return;
  replyCardinality(c, estimateRegisters(registers));
}

/** What the estimate is read as: 2^63 is no int64 but the lowest. */
function replyCardinality(c: CommandContext, cardinality: number): void {
  if (cardinality <= Number.MAX_SAFE_INTEGER) c.out.integer(cardinality);
  else c.out.bigInteger(BigInt.asIntN(64, BigInt(cardinality)));
}

/**
 * Merges all arguments into `registers`.
 * @returns how many are dense, or -1 after replying an error
 */
function mergeArguments(c: CommandContext): number {
  let dense = 0;
  const value = c.a;
  for (let i = 1; i < c.args.argc; i++) {
    const ref = c.read(i);
    if (ref === NIL) continue;
    if (!isHllOrReply(c, ref)) return -1;
    if (encodingOf(value.buf, value.off) === HLL_DENSE) dense++;
    if (!mergeInto(registers, value.buf, value.off, value.len)) {
      c.out.error(ERR_CORRUPTED);
      return -1;
    }
  }
  return dense;
}

/** Adds to a HyperLogLog what was added to others. O(n) keys. `PFMERGE destkey [sourcekey …]` */
function pfmergeCommand(c: CommandContext): void {
  registers.fill(0);
  const dense = mergeArguments(c);
  if (dense < 0) return;
  const ref = c.write(1);
  if (dense > 0 || !mergeIntoSparse(c, ref)) mergeIntoDense(c, ref);
  c.dirty++;
  c.out.ok();
}

/**
 * Raises the registers of argument 1, `ref`, which is sparse or 0.
 * @returns false when they do not fit a sparse string; nothing was changed then
 */
function mergeIntoSparse(c: CommandContext, ref: Ref): boolean {
  const value = c.a;
  if (ref === NIL) value.set(EMPTY_HLL, 0, EMPTY_HLL.length);
  else c.ks.entries.value(ref, value);
  const maxBytes = c.server.config.hllSparseMaxBytes;
  // No register takes more than its growth, nor the string more than the limit unless it is longer already.
  const longest = Math.min(HLL_REGISTERS * SPARSE_MAX_GROWTH, Math.max(0, maxBytes - value.len));
  const needed = value.len + longest + SPARSE_MAX_GROWTH;
  let bytes = scratch;
  if (bytes.length < needed) {
    bytes = new Uint8Array(needed);
    if (needed <= SCRATCH_KEPT_BYTES) scratch = bytes;
  }
  copyBytes(value.buf, value.off, bytes, 0, value.len);
  const size = raiseAllSparse(bytes, value.len, registers, maxBytes);
  if (size < 0) return false;
  invalidateCache(bytes, 0);
  if (ref === NIL) storeHll(c, bytes, size);
  else {
    c.ks.entries.value(c.ks.prepareString(c.db, ref, size, ENC_RAW), value);
    copyBytes(bytes, 0, value.buf, value.off, size);
  }
  return true;
}

/** Makes argument 1, `ref` or 0, a dense HyperLogLog of `registers`, in which its own are merged. */
function mergeIntoDense(c: CommandContext, ref: Ref): void {
  if (ref === NIL) ref = storeHll(c, EMPTY_HLL, HLL_HEADER_BYTES);
  ref = c.ks.prepareString(c.db, ref, HLL_DENSE_BYTES, ENC_RAW);
  const value = c.a;
  c.ks.entries.value(ref, value);
  writeDense(registers, value.buf, value.off);
  invalidateCache(value.buf, value.off);
}

/** The HyperLogLog family. */
export const HYPERLOGLOG_COMMANDS: HandlerTable = {
  pfadd: pfaddCommand,
  pfcount: pfcountCommand,
  pfmerge: pfmergeCommand,
  ...HYPERLOGLOG_DEBUG_COMMANDS,
};
