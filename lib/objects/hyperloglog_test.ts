import assert from "node:assert/strict";
import fc from "fast-check";
import { toAscii } from "../base/ascii.ts";
import {
  cacheCardinality,
  cachedHalf,
  denseRegister,
  EMPTY_HLL,
  encodingOf,
  hasCachedCardinality,
  indexOf,
  invalidateCache,
  isHyperLogLog,
  mergeInto,
  raiseDense,
  rankOf,
  registerAndRank,
  writeDense,
} from "./hyperloglog.ts";
import { estimate, estimateRegisters } from "./hyperloglog_estimate.ts";
import { HLL_DENSE_BYTES, HLL_HEADER_BYTES, HLL_REGISTERS, HLL_SPARSE } from "./hyperloglog_layout.ts";
import {
  applyRaise,
  describeSparse,
  PLAN_CORRUPTED,
  PLAN_DENSE,
  PLAN_UNCHANGED,
  planRaise,
  raiseAllSparse,
  sparseStart,
} from "./hyperloglog_sparse.ts";

const NO_LIMIT = 1e9;

/** A sparse HyperLogLog by itself. */
class Sparse {
  bytes = new Uint8Array(64 * 1024);
  len = EMPTY_HLL.length;

  constructor(opcodes?: readonly number[]) {
    this.bytes.set(EMPTY_HLL);
    if (opcodes === undefined) return;
    this.bytes.set(opcodes, HLL_HEADER_BYTES);
    this.len = HLL_HEADER_BYTES + opcodes.length;
  }

  raise(index: number, rank: number, maxBytes = NO_LIMIT): number {
    const plan = planRaise(this.bytes, 0, this.len, index, rank, maxBytes, sparseStart());
    if (plan > PLAN_UNCHANGED) this.len = applyRaise(this.bytes, 0, this.len);
    return plan;
  }

  get text(): string {
    return describeSparse(this.bytes, HLL_HEADER_BYTES, this.len);
  }

  get registers(): Uint8Array {
    const registers = new Uint8Array(HLL_REGISTERS);
    assert.ok(mergeInto(registers, this.bytes, 0, this.len));
    return registers;
  }
}

function denseOf(registers: Uint8Array): Uint8Array {
  const dense = new Uint8Array(HLL_DENSE_BYTES);
  dense.set(EMPTY_HLL.subarray(0, HLL_HEADER_BYTES));
  writeDense(registers, dense, 0);
  return dense;
}

function hashed(text: string): number {
  const bytes = toAscii(text);
  return registerAndRank(bytes, 0, bytes.length);
}

Deno.test("registerAndRank: what Redis chooses for known elements", () => {
  // Recorded with PFDEBUG GETREG.
  const known: [string, number, number][] = [
    ["", 5938, 2],
    ["a", 12711, 2],
    ["hello", 9216, 1],
    ["element:1", 1167, 1],
    ["0123456", 8436, 1],
    ["01234567", 594, 2],
    ["012345678", 7667, 3],
    ["\x80\xff", 5944, 3],
    ["x".repeat(100), 15288, 1],
    ["n4008364", 1048, 24],
    ["n7698915", 15164, 27],
  ];
  for (const [text, index, rank] of known) {
    assert.deepEqual([indexOf(hashed(text)), rankOf(hashed(text))], [index, rank], text);
  }
});

Deno.test("sparse: splitting and joining as Redis does", () => {
  const sparse = new Sparse();
  const steps: [index: number, rank: number, opcodes: string][] = [
    [100, 3, "Z:100 v:3,1 Z:16283"],
    [101, 3, "Z:100 v:3,2 Z:16282"],
    [103, 3, "Z:100 v:3,2 z:1 v:3,1 Z:16280"],
    [102, 3, "Z:100 v:3,4 Z:16280"],
    [102, 2, "Z:100 v:3,4 Z:16280"],
    [102, 5, "Z:100 v:3,2 v:5,1 v:3,1 Z:16280"],
    [104, 3, "Z:100 v:3,2 v:5,1 v:3,2 Z:16279"],
    [0, 1, "v:1,1 Z:99 v:3,2 v:5,1 v:3,2 Z:16279"],
    [16383, 32, "v:1,1 Z:99 v:3,2 v:5,1 v:3,2 Z:16278 v:32,1"],
    [64, 1, "v:1,1 z:63 v:1,1 z:35 v:3,2 v:5,1 v:3,2 Z:16278 v:32,1"],
  ];
  for (const [index, rank, opcodes] of steps) {
    sparse.raise(index, rank);
    assert.equal(sparse.text, opcodes);
  }
});

Deno.test("sparse: limits need the dense representation, and change nothing", () => {
  const sparse = new Sparse();
  assert.equal(sparse.raise(5, 33), PLAN_DENSE);
  assert.equal(sparse.raise(5, 1, 19), PLAN_DENSE);
  assert.equal(sparse.text, "Z:16384");
  assert.equal(sparse.raise(5, 1, 20), 2);
  assert.equal(sparse.raise(5, 4, 0), 0);
  assert.equal(sparse.raise(5, 4), PLAN_UNCHANGED);
  assert.equal(sparse.text, "z:5 v:4,1 Z:16378");
});

Deno.test("sparse: opcodes that are not believed", () => {
  const merged = (...opcodes: number[]) => {
    const sparse = new Sparse(opcodes);
    return mergeInto(new Uint8Array(HLL_REGISTERS), sparse.bytes, 0, sparse.len);
  };
  const counted = (...opcodes: number[]) => {
    const sparse = new Sparse(opcodes);
    return estimate(sparse.bytes, 0, sparse.len);
  };
  assert.equal(merged(0x7f, 0xff), true);
  for (
    const opcodes of [[], [0x7f], [0x7f, 0xfe], [0x7f, 0xff, 0], [0x7f, 0xff, 0x7f, 0xff], [0x7f, 0xff, 0x40]]
  ) {
    assert.equal(merged(...opcodes), false, `merged ${opcodes}`);
    assert.equal(counted(...opcodes), -1, `counted ${opcodes}`);
  }
  // Values behind the last register are ignored by a merge, as Redis does.
  assert.equal(merged(0x7f, 0xff, 0x80), true);
  assert.equal(counted(0x7f, 0xff, 0x80), -1);
  assert.equal(new Sparse([]).raise(0, 1), PLAN_CORRUPTED);
  assert.equal(new Sparse([0x00]).raise(1, 1), PLAN_CORRUPTED);
  assert.equal(new Sparse([0x40]).raise(0, 1), PLAN_CORRUPTED);
  assert.equal(new Sparse([0x00, 0x7f]).raise(5, 1), PLAN_CORRUPTED);
});

Deno.test("sparse: an XZERO of one register shrinks", () => {
  const sparse = new Sparse([0x40, 0x00, 0x7f, 0xfe]);
  assert.equal(sparse.raise(0, 1), -1);
  assert.equal(sparse.text, "v:1,1 Z:16383");
});

const raises = fc.array(fc.tuple(fc.nat(HLL_REGISTERS - 1), fc.integer({ min: 1, max: 32 })), {
  maxLength: 400,
});
/** Registers near one another, so that runs are split and joined. */
const nearRaises = fc.array(fc.tuple(fc.nat(90), fc.integer({ min: 1, max: 4 })), { maxLength: 400 });

Deno.test("sparse and dense: the same registers after the same raises, and the same estimate", () => {
  fc.assert(
    fc.property(fc.oneof(raises, nearRaises), (list) => {
      const expected = new Uint8Array(HLL_REGISTERS);
      const dense = denseOf(expected);
      const sparse = new Sparse();
      for (const [index, rank] of list) {
        const rises = rank > expected[index];
        assert.equal(raiseDense(dense, 0, index, rank), rises);
        const plan = sparse.raise(index, rank);
        assert.equal(plan !== PLAN_UNCHANGED, rises);
        if (rises) expected[index] = rank;
        assert.equal(denseRegister(dense, 0, index), expected[index]);
      }
      assert.deepEqual(sparse.registers, expected);
      assert.deepEqual(denseOf(expected), dense);
      const count = estimateRegisters(expected);
      assert.equal(estimate(dense, 0, dense.length), count);
      assert.equal(estimate(sparse.bytes, 0, sparse.len), count);
    }),
    { numRuns: 300 },
  );
});

Deno.test("raiseAllSparse: the bytes that raising one after the other makes", () => {
  fc.assert(
    fc.property(
      fc.oneof(raises, nearRaises),
      fc.oneof(raises, nearRaises),
      fc.integer({ min: 20, max: 900 }),
      (before, list, limit) => {
        const slow = new Sparse();
        const fast = new Sparse();
        for (const [index, rank] of before) {
          slow.raise(index, rank);
          fast.raise(index, rank);
        }
        const registers = new Uint8Array(HLL_REGISTERS);
        for (const [index, rank] of list) registers[index] = Math.max(registers[index], rank);
        let isDense = false;
        for (let i = 0; i < HLL_REGISTERS && !isDense; i++) {
          if (registers[i] > 0) isDense = slow.raise(i, registers[i], limit) === PLAN_DENSE;
        }
        fast.len = raiseAllSparse(fast.bytes, fast.len, registers, limit);
        assert.equal(fast.len < 0, isDense);
        if (!isDense) assert.equal(fast.text, slow.text);
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("sparse: any bytes at all stay within bounds", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(255), { maxLength: 60 }),
      fc.nat(HLL_REGISTERS - 1),
      fc.integer({ min: 1, max: 32 }),
      (opcodes, index, rank) => {
        const before = 40;
        const len = HLL_HEADER_BYTES + opcodes.length;
        const buf = new Uint8Array(before + len + 3 + 40).fill(0xee);
        buf.set(EMPTY_HLL.subarray(0, HLL_HEADER_BYTES), before);
        buf.set(opcodes, before + HLL_HEADER_BYTES);
        const plan = planRaise(buf, before, len, index, rank, NO_LIMIT, sparseStart());
        let size = len;
        if (plan > PLAN_UNCHANGED) size = applyRaise(buf, before, len);
        assert.ok(size >= HLL_HEADER_BYTES && size <= len + Math.max(0, plan));
        const registers = new Uint8Array(HLL_REGISTERS);
        mergeInto(registers, buf, before, size);
        estimate(buf, before, size);
        for (let i = 0; i < before; i++) assert.equal(buf[i], 0xee);
        for (let i = before + len + 3; i < buf.length; i++) assert.equal(buf[i], 0xee);
      },
    ),
    { numRuns: 2000 },
  );
});

Deno.test("dense: the last register leaves what is behind it alone", () => {
  const buf = new Uint8Array(HLL_DENSE_BYTES + 2).fill(0xff);
  writeDense(new Uint8Array(HLL_REGISTERS), buf, 1);
  assert.ok(raiseDense(buf, 1, HLL_REGISTERS - 1, 51));
  assert.equal(denseRegister(buf, 1, HLL_REGISTERS - 1), 51);
  assert.equal(denseRegister(buf, 1, HLL_REGISTERS - 2), 0);
  assert.deepEqual([buf[0], buf[HLL_DENSE_BYTES + 1]], [0xff, 0xff]);
});

Deno.test("estimate: within 5 standard errors of an exact set, at any size", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 60_000 }), fc.integer(), (size, salt) => {
      const registers = new Uint8Array(HLL_REGISTERS);
      const exact = new Set<string>();
      for (let i = 0; i < size; i++) {
        const text = `${salt}:${i % Math.ceil(size * 0.8)}`;
        exact.add(text);
        const index = indexOf(hashed(text));
        registers[index] = Math.max(registers[index], rankOf(hashed(text)));
      }
      const error = Math.abs(estimateRegisters(registers) - exact.size);
      assert.ok(error <= Math.max(3, (5 * 1.04 * exact.size) / 128), `${error} of ${exact.size}`);
    }),
    { numRuns: 25 },
  );
});

Deno.test("estimate: registers that no hash brings", () => {
  const all = (value: number) => estimateRegisters(new Uint8Array(HLL_REGISTERS).fill(value));
  assert.equal(all(0), 0);
  assert.equal(all(1), 23637);
  assert.equal(all(49), 6653256548922161152);
  for (const value of [50, 51, 52, 63]) assert.equal(all(value), 2 ** 63);
});

Deno.test("header: recognized only when whole, cached cardinality of 63 bits", () => {
  const bytes = EMPTY_HLL.slice();
  assert.ok(isHyperLogLog(bytes, 0, 18));
  assert.ok(isHyperLogLog(bytes, 0, 16));
  assert.ok(!isHyperLogLog(bytes, 0, 15));
  assert.equal(encodingOf(bytes, 0), HLL_SPARSE);
  bytes[4] = 0;
  assert.ok(!isHyperLogLog(bytes, 0, 18));
  assert.ok(isHyperLogLog(denseOf(new Uint8Array(HLL_REGISTERS)), 0, HLL_DENSE_BYTES));
  bytes[4] = 2;
  assert.ok(!isHyperLogLog(bytes, 0, 18));
  for (const cardinality of [0, 1, 255, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, 2 ** 62]) {
    cacheCardinality(bytes, 0, cardinality);
    assert.ok(hasCachedCardinality(bytes, 0));
    assert.equal(cachedHalf(bytes, 0, 1) * 2 ** 32 + cachedHalf(bytes, 0, 0), cardinality);
  }
  invalidateCache(bytes, 0);
  assert.ok(!hasCachedCardinality(bytes, 0));
  cacheCardinality(bytes, 0, 2 ** 63);
  assert.ok(!hasCachedCardinality(bytes, 0));
});
