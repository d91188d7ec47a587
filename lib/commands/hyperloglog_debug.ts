/**
 * PFDEBUG and PFSELFTEST.
 *
 * DESIGN. The self-test is what Redis tests, with as many registers and
 * elements: it takes seconds, during which nobody is served.
 */

import { NIL } from "../arena/layout.ts";
import { toAscii } from "../base/ascii.ts";
import { type Random } from "../base/random.ts";
import {
  denseRegister,
  EMPTY_HLL,
  encodingOf,
  indexOf,
  raiseDense,
  rankOf,
  registerAndRank,
  writeDense,
} from "../objects/hyperloglog.ts";
import { estimate } from "../objects/hyperloglog_estimate.ts";
import {
  HLL_DENSE,
  HLL_DENSE_BYTES,
  HLL_HEADER_BYTES,
  HLL_REGISTERS,
  HLL_SPARSE,
} from "../objects/hyperloglog_layout.ts";
import {
  applyRaise,
  describeSparse,
  PLAN_DENSE,
  PLAN_UNCHANGED,
  planRaise,
  SPARSE_MAX_GROWTH,
  sparseStart,
} from "../objects/hyperloglog_sparse.ts";
import { errorReply } from "../resp/errors.ts";
import { type CommandContext } from "./context.ts";
import { ERR_CORRUPTED, isHllOrReply, makeDense, makeRaw } from "./hyperloglog_values.ts";
import { type HandlerTable } from "./spec.ts";

const ERR_ABSENT = errorReply("ERR The specified key does not exist");
const ERR_NOT_SPARSE = errorReply("ERR HLL encoding is not sparse");
const GETREG = toAscii("getreg");
const DECODE = toAscii("decode");
const ENCODING = toAscii("encoding");
const TODENSE = toAscii("todense");
const registers = new Uint8Array(HLL_REGISTERS);
/** No valid sparse string is longer: an XZERO for each register. A longer one is not worth describing. */
const MAX_SPARSE_BYTES = HLL_HEADER_BYTES + 2 * HLL_REGISTERS;

/** Shows or changes how a HyperLogLog is represented. `PFDEBUG GETREG|DECODE|ENCODING|TODENSE key` */
function pfdebugCommand(c: CommandContext): void {
  const ref = c.write(2);
  if (ref === NIL) return c.out.error(ERR_ABSENT);
  if (!isHllOrReply(c, ref)) return;
  makeRaw(c, ref);
  const value = c.a;
  const isSparse = encodingOf(value.buf, value.off) === HLL_SPARSE;
  if (c.is(1, ENCODING)) c.out.simple(isSparse ? "sparse" : "dense");
  else if (c.is(1, DECODE)) {
    if (!isSparse) c.out.error(ERR_NOT_SPARSE);
    else if (value.len > MAX_SPARSE_BYTES) c.out.error(ERR_CORRUPTED);
    else c.out.bulkText(describeSparse(value.buf, value.off + HLL_HEADER_BYTES, value.off + value.len));
  } else if (c.is(1, GETREG) || c.is(1, TODENSE)) {
    const dense = isSparse ? makeDense(c, ref, registers) : ref;
    if (dense === NIL) return c.out.error(ERR_CORRUPTED);
    if (isSparse) c.dirty++;
    if (c.is(1, TODENSE)) return c.out.integer(isSparse ? 1 : 0);
    c.ks.entries.value(dense, value);
    c.out.arrayHeader(HLL_REGISTERS);
    for (let i = 0; i < HLL_REGISTERS; i++) c.out.integer(denseRegister(value.buf, value.off, i));
  } else c.out.errorText(`ERR Unknown PFDEBUG subcommand '${c.text(1).split("\0", 1)[0]}'`);
}

const REGISTER_CYCLES = 1000;
const ELEMENTS = 10_000_000;

/** Tests registers, and that estimates are near. `PFSELFTEST` */
function pfselftestCommand(c: CommandContext): void {
  const failure = testRegisters(c.ks.random) ?? testEstimates(c.ks.random, c.server.config.hllSparseMaxBytes);
  if (failure === undefined) c.out.ok();
  else c.out.errorText(`ERR TESTFAILED ${failure}`);
}

/** Writes and reads all registers, again and again. @returns what failed */
function testRegisters(random: Random): string | undefined {
  const dense = new Uint8Array(HLL_DENSE_BYTES);
  for (let cycle = 0; cycle < REGISTER_CYCLES; cycle++) {
    for (let i = 0; i < HLL_REGISTERS; i++) registers[i] = random.int32() & 63;
    writeDense(registers, dense, 0);
    for (let i = 0; i < HLL_REGISTERS; i++) {
      const got = denseRegister(dense, 0, i);
      if (got !== registers[i]) return `Register ${i} should be ${registers[i]} but is ${got}`;
    }
  }
  return undefined;
}

/** Adds elements to a dense and to a sparse HyperLogLog, and looks at both at powers of ten. @returns what failed */
function testEstimates(random: Random, maxBytes: number): string | undefined {
  const dense = new Uint8Array(HLL_DENSE_BYTES);
  registers.fill(0);
  writeDense(registers, dense, 0);
  const sparse = new Uint8Array(HLL_DENSE_BYTES + 2 * HLL_REGISTERS + SPARSE_MAX_GROWTH);
  sparse.set(EMPTY_HLL);
  let sparseLen = EMPTY_HLL.length;
  const start = sparseStart();
  const element = new Uint8Array(8);
  const words = new Int32Array(element.buffer);
  const seed = random.int32();
  words[1] = random.int32();
  let checkpoint = 1;
  for (let j = 1; j <= ELEMENTS; j++) {
    words[0] = j ^ seed;
    const hashed = registerAndRank(element, 0, 8);
    const index = indexOf(hashed);
    const rank = rankOf(hashed);
    raiseDense(dense, 0, index, rank);
    if (encodingOf(sparse, 0) === HLL_DENSE) raiseDense(sparse, 0, index, rank);
    else {
      const plan = planRaise(sparse, 0, sparseLen, index, rank, maxBytes, start);
      if (plan === PLAN_DENSE) {
        // The other one has all registers.
        sparse.set(dense);
        sparseLen = HLL_DENSE_BYTES;
      } else if (plan !== PLAN_UNCHANGED) sparseLen = applyRaise(sparse, 0, sparseLen);
    }
    if (j < checkpoint) continue;
    if (j < maxBytes / 2 && encodingOf(sparse, 0) !== HLL_SPARSE) return "sparse encoding not used";
    const estimated = estimate(dense, 0, HLL_DENSE_BYTES);
    if (estimated !== estimate(sparse, 0, sparseLen)) return "dense/sparse disagree";
    const error = Math.abs(j - estimated);
    if (error > allowedError(j)) return `Too big error. card:${j} abserr:${error}`;
    checkpoint *= 10;
  }
  return undefined;
}

/** Six times the standard error; of ten elements one collision. */
function allowedError(cardinality: number): number {
  if (cardinality === 10) return 1;
  return Math.ceil((1.04 / Math.sqrt(HLL_REGISTERS)) * 6 * cardinality);
}

/** Part of the HyperLogLog family, for hyperloglog.ts. */
export const HYPERLOGLOG_DEBUG_COMMANDS: HandlerTable = {
  pfdebug: pfdebugCommand,
  pfselftest: pfselftestCommand,
};
