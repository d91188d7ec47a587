/**
 * The cardinality that a HyperLogLog's registers suggest.
 *
 * DESIGN. Otmar Ertl, "New cardinality estimation algorithms for HyperLogLog
 * sketches" (arXiv:1702.01284), algorithm 6: everything follows from how many
 * registers have each value. The order of the operations is that of Redis, so
 * that the doubles, and the integer at the end, are the same.
 */

import { encodingOf } from "./hyperloglog.ts";
import {
  HLL_HEADER_BYTES,
  HLL_MAX_RANK,
  HLL_REGISTERS,
  HLL_SPARSE,
  type Registers,
} from "./hyperloglog_layout.ts";
import { countSparse } from "./hyperloglog_sparse.ts";

/** 0.5 / ln 2. */
const ALPHA = 0.721347520444481703680;
/** No int64 is as large as this: where the estimate is, C's conversion gives this bit pattern. */
const INT64_END = 2 ** 63;

/** Registers by value; four tables, so that an increment need not wait for the last one to the same cell. */
const histogram = new Int32Array(4 * 64);

/**
 * The estimated cardinality of a HyperLogLog, whatever is cached: a whole number below 2^63, or 2^63 itself when
 * the registers suggest more than that.
 * @returns -1 when its bytes are corrupted
 */
export function estimate(buf: Uint8Array, off: number, len: number): number {
  histogram.fill(0);
  if (encodingOf(buf, off) === HLL_SPARSE) {
    if (!countSparse(buf, off + HLL_HEADER_BYTES, off + len, histogram)) return -1;
    return estimateFrom(histogram);
  }
  let at = off + HLL_HEADER_BYTES;
  for (const end = off + len; at < end; at += 3) {
    const four = buf[at] | (buf[at + 1] << 8) | (buf[at + 2] << 16);
    histogram[four & 63]++;
    histogram[64 + ((four >>> 6) & 63)]++;
    histogram[128 + ((four >>> 12) & 63)]++;
    histogram[192 + (four >>> 18)]++;
  }
  return estimateFrom(folded());
}

/** The estimated cardinality of what has been merged. */
export function estimateRegisters(registers: Registers): number {
  histogram.fill(0);
  for (let i = 0; i < HLL_REGISTERS; i += 4) {
    histogram[registers[i]]++;
    histogram[64 + registers[i + 1]]++;
    histogram[128 + registers[i + 2]]++;
    histogram[192 + registers[i + 3]]++;
  }
  return estimateFrom(folded());
}

/** Adds the four tables up in the first. */
function folded(): Int32Array {
  for (let i = 0; i < 64; i++) histogram[i] += histogram[64 + i] + histogram[128 + i] + histogram[192 + i];
  return histogram;
}

function estimateFrom(counts: Int32Array): number {
  const m = HLL_REGISTERS;
  let z = m * tau((m - counts[HLL_MAX_RANK]) / m);
  for (let value = HLL_MAX_RANK - 1; value >= 1; value--) {
    z += counts[value];
    z *= 0.5;
  }
  z += m * sigma(counts[0] / m);
  const cardinality = Math.round((ALPHA * m * m) / z);
  return cardinality < INT64_END ? cardinality : INT64_END;
}

/** Corrects for registers that no element chose. */
function sigma(x: number): number {
  if (x === 1) return Infinity;
  let y = 1;
  let z = x;
  for (let before = NaN; before !== z;) {
    x *= x;
    before = z;
    z += x * y;
    y += y;
  }
  return z;
}

/** Corrects for registers at the end of their range. */
function tau(x: number): number {
  if (x === 0 || x === 1) return 0;
  let y = 1;
  let z = 1 - x;
  for (let before = NaN; before !== z;) {
    x = Math.sqrt(x);
    before = z;
    y *= 0.5;
    z -= (1 - x) * (1 - x) * y;
  }
  return z / 3;
}
