/** The arena against a shadow that knows what every block holds. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { Arena } from "../../lib/arena/arena.ts";
import { CHUNK_BYTES, MAX_BLOCK_BYTES } from "../../lib/arena/layout.ts";

/** Chunks that the arena may keep when nothing is in use: the first, spare ones, spare large ones. */
const KEPT_CHUNKS = 1 + 4 + 2;

interface Block {
  readonly ref: number;
  readonly bytes: number;
  readonly mark: number;
}

/** Allocates, fills, checks and frees. */
class Shadow {
  readonly arena = new Arena();
  readonly blocks: Block[] = [];
  #mark = 0;

  constructor() {
    this.arena.fillFreed = true;
  }

  alloc(bytes: number): void {
    const { arena } = this;
    const used = arena.usedBytes;
    const ref = arena.alloc(bytes);
    assert.ok(ref > 0 && arena.sizeOf(ref) >= bytes, `block of ${bytes} bytes`);
    assert.ok(bytes <= 8 || arena.sizeOf(ref) <= bytes * 9 / 8 + 8, "slack is an eighth at most");
    assert.equal(arena.usedBytes, used + arena.sizeOf(ref));
    const mark = this.#mark = this.#mark % 200 + 1;
    arena.bytes(ref).fill(mark, arena.offset(ref), arena.offset(ref) + arena.sizeOf(ref));
    this.blocks.push({ ref, bytes: arena.sizeOf(ref), mark });
  }

  free(at: number): void {
    if (this.blocks.length === 0) return;
    const { arena } = this;
    const [block] = this.blocks.splice(at % this.blocks.length, 1);
    this.#check(block);
    const chunk = arena.bytes(block.ref);
    const used = arena.usedBytes;
    arena.free(block.ref);
    assert.equal(arena.usedBytes, used - block.bytes);
    const offset = arena.offset(block.ref);
    if (chunk.length > 0 && block.bytes > 8) {
      assert.ok(isFilled(chunk, offset + 8, offset + block.bytes, 0xdd), "freed blocks are filled");
    }
  }

  /** Every block still holds what was written, and no two overlap. */
  check(): void {
    this.arena.verify();
    for (const block of this.blocks) this.#check(block);
    const order = this.blocks.toSorted((a, b) => a.ref - b.ref);
    for (let i = 1; i < order.length; i++) {
      assert.ok(order[i - 1].ref + order[i - 1].bytes / 8 <= order[i].ref, "blocks overlap");
    }
    assert.equal(this.arena.usedBytes, this.blocks.reduce((sum, block) => sum + block.bytes, 0));
    assert.ok(this.arena.chunkBytes >= this.arena.usedBytes);
  }

  #check({ ref, bytes, mark }: Block): void {
    const offset = this.arena.offset(ref);
    assert.ok(isFilled(this.arena.bytes(ref), offset, offset + bytes, mark), `block ${ref} was overwritten`);
  }
}

/** Whether every word's first byte, and the last byte, of the range is `mark`: who writes, writes words. */
function isFilled(buf: Uint8Array, start: number, end: number, mark: number): boolean {
  for (let at = start; at < end; at += 4) {
    if (buf[at] !== mark) return false;
  }
  return buf[end - 1] === mark;
}

const size = fc.oneof(
  fc.integer({ min: 1, max: 300 }),
  fc.integer({ min: 1, max: 9000 }),
  fc.integer({ min: 8000, max: MAX_BLOCK_BYTES }),
  fc.constantFrom(1, 8, 9, 256, 257, 1024, 1025, 8192, 8193, MAX_BLOCK_BYTES),
);
const steps = fc.array(
  fc.oneof(
    fc.record({ op: fc.constant("alloc"), size, times: fc.integer({ min: 1, max: 60 }), at: fc.nat(0) }),
    fc.record({
      op: fc.constant("free"),
      size: fc.constant(0),
      times: fc.integer({ min: 1, max: 90 }),
      at: fc.nat(10_000),
    }),
  ),
  { minLength: 1, maxLength: 14, size: "max" },
);

Deno.test("arena blocks never overlap and are counted exactly", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const shadow = new Shadow();
      for (const { op, size, times, at } of all) {
        for (let i = 0; i < times; i++) op === "alloc" ? shadow.alloc(size) : shadow.free(at + i);
        shadow.check();
      }
      while (shadow.blocks.length > 0) shadow.free(0);
      shadow.check();
      assert.ok(shadow.arena.chunkBytes <= KEPT_CHUNKS * CHUNK_BYTES);
    }),
    { numRuns: 80 },
  );
});

Deno.test("arena returns chunks to the system and uses their places again", () => {
  const arena = new Arena();
  const sizes = [40, 4096, 20_000, 100_000];
  for (let round = 0; round < 3; round++) {
    const refs: number[] = [];
    for (const bytes of sizes) {
      for (let i = 0; i < 24 * CHUNK_BYTES / bytes; i++) refs.push(arena.alloc(bytes));
    }
    assert.ok(arena.chunkBytes > 90 * CHUNK_BYTES);
    assert.ok(arena.u8.length < 130, "chunk indexes are used again");
    for (const ref of refs) arena.free(ref);
    assert.equal(arena.usedBytes, 0);
    assert.ok(arena.chunkBytes <= KEPT_CHUNKS * CHUNK_BYTES);
    arena.verify();
  }
});

Deno.test("arena refuses to free what is not a block", () => {
  const arena = new Arena();
  const ref = arena.alloc(5000);
  arena.free(ref);
  assert.throws(() => arena.free(ref), /ref must be live/);
});

Deno.test("big blocks keep their content and are counted exactly", () => {
  const step = fc.record({
    op: fc.constantFrom("alloc", "resize", "free"),
    at: fc.nat(1000),
    bytes: fc.integer({ min: 1, max: 300_000 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25, size: "max" }), (all) => {
      const arena = new Arena();
      const model = new Map<number, Uint8Array>();
      all.forEach(({ op, at, bytes }, i) => {
        const index = [...model.keys()][at % Math.max(model.size, 1)];
        if (op === "alloc") {
          const fresh = arena.big.alloc(bytes);
          assert.ok(fresh > 0 && !model.has(fresh));
          assert.ok(arena.big.bytes(fresh).every((byte) => byte === 0), "zeroed");
          arena.big.bytes(fresh).fill(i + 1);
          model.set(fresh, new Uint8Array(bytes).fill(i + 1));
        } else if (index !== undefined && op === "resize") {
          const grown = new Uint8Array(bytes);
          grown.set(model.get(index)!.subarray(0, bytes));
          arena.big.resize(index, bytes);
          model.set(index, grown);
        } else if (index !== undefined) {
          arena.big.free(index);
          model.delete(index);
        }
        arena.verify();
        let used = 0;
        for (const [each, content] of model) {
          used += content.length;
          assert.deepEqual(arena.big.bytes(each), content);
        }
        assert.equal(arena.usedBytes, used);
        assert.equal(arena.big.usedBytes, used);
      });
    }),
    { numRuns: 60 },
  );
});
