/**
 * The arena: where the data set lives, out of the garbage collector's sight.
 *
 * DESIGN. Memory is a growing list of 1 MiB chunks, each with typed views in
 * plain arrays. A chunk is cut into 64 KiB pages of one size class each
 * (layout.ts); a page's record (class, used blocks, free list, bump position)
 * stands in side arrays, the free list itself runs through the freed blocks.
 * A page whose blocks are all free returns to the pool, a chunk whose pages
 * are all free returns to the operating system at once.
 *
 * Lifetimes: a `Ref` is valid until `free`; a view of a chunk must be re-read
 * after every `alloc` or `free`, never stored. `alloc` never evicts: eviction
 * and out-of-memory are decided before a command runs.
 *
 * `usedBytes` is exact: blocks in use, slack included, plus big blocks.
 */

import { BigBlocks } from "./big_blocks.ts";
import * as layout from "./layout.ts";
import { type Ref, sizeClass } from "./layout.ts";

const {
  CHUNK_BYTES,
  CHUNK_SHIFT,
  CLASS_BYTES,
  CLASS_CAPACITY,
  CLASS_COUNT,
  GRANULE_MASK,
  MAX_CHUNKS,
  MAX_SMALL_BYTES,
  PAGE_SHIFT,
  PAGES_PER_CHUNK,
} = layout;

const NO_PAGE = -1;
/** Class of a page that belongs to no class: it is in the pool, or the rest of a large page. */
const NO_CLASS = 255;
/** Wholly free chunks kept for reuse before memory goes back to the system. */
const SPARE_CHUNKS = 4;
const SPARE_LARGE_CHUNKS = 2;

const NO_U8 = new Uint8Array(0);
const NO_U32 = new Int32Array(0);
const NO_F64 = new Float64Array(0);

/** A size-segregated allocator over 1 MiB chunks; see the module's note. */
export class Arena {
  /** Byte views of the chunks; index by `ref >>> CHUNK_SHIFT`. */
  readonly u8: Uint8Array[] = [];
  /** Word (int32) views of the chunks. */
  readonly i32: Int32Array[] = [];
  /** Double views of the chunks. */
  readonly f64: Float64Array[] = [];
  /** Bytes of all blocks in use, their slack included; big blocks too. */
  usedBytes = 0;
  /** Fills freed blocks with 0xDD, so that a stale read shows; tests set it. */
  fillFreed = false;
  /** Chunks that there may be: what a `Ref` can address, unless a test lowers it. */
  maxChunks = MAX_CHUNKS;
  /** Buffers of values too large for a page. */
  readonly big: BigBlocks;

  #pageClass = new Uint8Array(64).fill(NO_CLASS);
  /** The page that keeps the record: itself, or the first of a large page. */
  #pageHead = new Int32Array(64);
  #pageUsed = new Int32Array(64);
  #pageBump = new Int32Array(64);
  #pageFree = new Int32Array(64);
  #pagePrev = new Int32Array(64).fill(NO_PAGE);
  #pageNext = new Int32Array(64).fill(NO_PAGE);
  /** First page with room, per class. */
  readonly #classHead = new Int32Array(CLASS_COUNT).fill(NO_PAGE);
  /** First page of the pool of free 64 KiB pages. */
  #poolHead = NO_PAGE;
  /** Free pool pages per chunk; a chunk with all its pages free can be released. */
  #chunkFreePages: number[] = [];
  /** Indexes whose memory was given back. */
  readonly #releasedChunks: number[] = [];
  #spareChunks = 0;
  /** Free chunks that were large pages, kept so that one value coming and going maps no memory each time. */
  readonly #spareLarge: number[] = [];
  #liveChunks = 0;

  constructor() {
    this.big = new BigBlocks(this);
  }

  /** Bytes of the chunks held from the system, big blocks not included. */
  get chunkBytes(): number {
    return this.#liveChunks * CHUNK_BYTES;
  }

  /** Whether `bytes` more can be had before the address space of a `Ref` ends. */
  hasRoom(bytes: number): boolean {
    return (this.maxChunks - this.#liveChunks - 8) * CHUNK_BYTES > bytes;
  }

  /**
   * A block of at least `bytes` (at most {@link MAX_BLOCK_BYTES}), its content
   * undefined, 8-byte aligned.
   * @throws RangeError when the 16 GiB of a `Ref` are used up
   */
  alloc(bytes: number): Ref {
    const c = sizeClass(bytes);
    let page = this.#classHead[c];
    if (page === NO_PAGE) page = this.#addPage(c);
    let ref = this.#pageFree[page];
    if (ref !== 0) {
      this.#pageFree[page] = this.i32[ref >>> CHUNK_SHIFT][(ref & GRANULE_MASK) << 1];
    } else {
      ref = (page << PAGE_SHIFT) + this.#pageBump[page] * (CLASS_BYTES[c] >>> 3);
      this.#pageBump[page]++;
    }
    if (++this.#pageUsed[page] === this.#limit(page, c)) this.#unlink(page, c);
    this.usedBytes += CLASS_BYTES[c];
    return ref;
  }

  /** Gives a block back. Its content and every Slice over arena memory become invalid. */
  free(ref: Ref): void {
    const page = this.#pageHead[ref >>> PAGE_SHIFT];
    const c = this.#pageClass[page];
    if (c === NO_CLASS) throw new Error(`Cannot free block as ref must be live: ref is ${ref}`);
    if (this.fillFreed) this.#fill(ref, CLASS_BYTES[c]);
    const wasFull = this.#pageUsed[page]-- === this.#limit(page, c);
    this.usedBytes -= CLASS_BYTES[c];
    this.i32[ref >>> CHUNK_SHIFT][(ref & GRANULE_MASK) << 1] = this.#pageFree[page];
    this.#pageFree[page] = ref;
    if (wasFull) this.#link(page, c);
    if (this.#pageUsed[page] === 0) this.#retire(page, c);
  }

  /** The bytes that the block at `ref` really has. */
  sizeOf(ref: Ref): number {
    return CLASS_BYTES[this.#pageClass[this.#pageHead[ref >>> PAGE_SHIFT]]];
  }

  /** The size class of the block at `ref`. */
  classOf(ref: Ref): number {
    return this.#pageClass[this.#pageHead[ref >>> PAGE_SHIFT]];
  }

  /** The word (uint32) at word `index` of a block. */
  u32(ref: Ref, index: number): number {
    return this.i32[ref >>> CHUNK_SHIFT][((ref & GRANULE_MASK) << 1) + index] >>> 0;
  }

  /** Sets the word at word `index` of a block. */
  setU32(ref: Ref, index: number, value: number): void {
    this.i32[ref >>> CHUNK_SHIFT][((ref & GRANULE_MASK) << 1) + index] = value;
  }

  /** The double at 8-byte `index` of a block. */
  double(ref: Ref, index: number): number {
    return this.f64[ref >>> CHUNK_SHIFT][(ref & GRANULE_MASK) + index];
  }

  /** Sets the double at 8-byte `index` of a block. */
  setDouble(ref: Ref, index: number, value: number): void {
    this.f64[ref >>> CHUNK_SHIFT][(ref & GRANULE_MASK) + index] = value;
  }

  /** The byte view of the chunk that holds `ref`; valid until the next alloc or free. */
  bytes(ref: Ref): Uint8Array {
    return this.u8[ref >>> CHUNK_SHIFT];
  }

  /** Where the block at `ref` starts within {@link bytes}. */
  offset(ref: Ref): number {
    return (ref & GRANULE_MASK) << 3;
  }

  /**
   * Walks every page and free list and throws on the first broken invariant:
   * lists linked both ways, free blocks in their page and unique, counts and
   * `usedBytes` exact. For tests.
   */
  verify(): void {
    let used = this.big.usedBytes;
    for (let page = 0; page < this.u8.length * PAGES_PER_CHUNK; page++) {
      const c = this.#pageClass[page];
      if (c === NO_CLASS || this.#pageHead[page] !== page) continue;
      used += this.#pageUsed[page] * CLASS_BYTES[c];
      this.#verifyPage(page, c);
    }
    if (used !== this.usedBytes) {
      throw new Error(`Cannot verify arena: used bytes are ${this.usedBytes}, pages hold ${used}`);
    }
    for (let c = 0; c < CLASS_COUNT; c++) {
      let prev = NO_PAGE;
      for (let page = this.#classHead[c]; page !== NO_PAGE; page = this.#pageNext[page]) {
        if (this.#pagePrev[page] !== prev || this.#pageClass[page] !== c) {
          throw new Error(`Cannot verify arena: list of class ${c} is broken at page ${page}`);
        }
        prev = page;
      }
    }
  }

  #verifyPage(page: number, c: number): void {
    const granules = CLASS_BYTES[c] >>> 3;
    const seen = new Set<number>();
    for (
      let ref = this.#pageFree[page];
      ref !== 0;
      ref = this.i32[ref >>> CHUNK_SHIFT][(ref & GRANULE_MASK) << 1]
    ) {
      const index = (ref - (page << PAGE_SHIFT)) / granules;
      if (!Number.isInteger(index) || index < 0 || index >= this.#pageBump[page] || seen.has(index)) {
        throw new Error(`Cannot verify arena: free list of page ${page} is broken at ref ${ref}`);
      }
      seen.add(index);
    }
    const bumped = this.#pageBump[page] - (page === 0 ? 1 : 0);
    if (bumped - seen.size !== this.#pageUsed[page]) {
      throw new Error(`Cannot verify arena: page ${page} counts ${this.#pageUsed[page]} used blocks`);
    }
  }

  /** Blocks that a page can have in use: the first block of page 0 is never given out, for ref 0 is nil. */
  #limit(page: number, c: number): number {
    return page === 0 ? CLASS_CAPACITY[c] - 1 : CLASS_CAPACITY[c];
  }

  #fill(ref: Ref, bytes: number): void {
    const at = this.offset(ref);
    this.u8[ref >>> CHUNK_SHIFT].fill(0xdd, at, at + bytes);
  }

  #link(page: number, c: number): void {
    const head = this.#classHead[c];
    this.#pagePrev[page] = NO_PAGE;
    this.#pageNext[page] = head;
    if (head !== NO_PAGE) this.#pagePrev[head] = page;
    this.#classHead[c] = page;
  }

  #unlink(page: number, c: number): void {
    const prev = this.#pagePrev[page];
    const next = this.#pageNext[page];
    if (prev === NO_PAGE) this.#classHead[c] = next;
    else this.#pageNext[prev] = next;
    if (next !== NO_PAGE) this.#pagePrev[next] = prev;
  }

  /** Makes a page of class `c` and puts it at the head of the class's list. */
  #addPage(c: number): number {
    const page = CLASS_BYTES[c] <= MAX_SMALL_BYTES ? this.#takePage() : this.#takeLargePage();
    this.#pageClass[page] = c;
    this.#pageUsed[page] = 0;
    this.#pageBump[page] = page === 0 ? 1 : 0;
    this.#pageFree[page] = 0;
    this.#link(page, c);
    return page;
  }

  /** A 64 KiB page from the pool, or the first of a new chunk. */
  #takePage(): number {
    if (this.#poolHead === NO_PAGE) {
      const first = this.#addChunk() * PAGES_PER_CHUNK;
      for (let page = first + PAGES_PER_CHUNK - 1; page >= first; page--) {
        this.#pageHead[page] = page;
        this.#poolPush(page);
      }
    }
    const page = this.#poolHead;
    this.#poolRemove(page);
    return page;
  }

  /** A whole chunk as one page. */
  #takeLargePage(): number {
    // Chunk 0 keeps nil out of the way of large pages too: it always starts as small pages.
    if (this.u8.length === 0) this.#poolPush(this.#takePage());
    const first = (this.#spareLarge.pop() ?? this.#addChunk()) * PAGES_PER_CHUNK;
    this.#pageHead.fill(first, first, first + PAGES_PER_CHUNK);
    return first;
  }

  #poolPush(page: number): void {
    this.#pageClass[page] = NO_CLASS;
    this.#pagePrev[page] = NO_PAGE;
    this.#pageNext[page] = this.#poolHead;
    if (this.#poolHead !== NO_PAGE) this.#pagePrev[this.#poolHead] = page;
    this.#poolHead = page;
    const chunk = (page / PAGES_PER_CHUNK) | 0;
    if (++this.#chunkFreePages[chunk] === PAGES_PER_CHUNK) this.#spareChunks++;
  }

  #poolRemove(page: number): void {
    const prev = this.#pagePrev[page];
    const next = this.#pageNext[page];
    if (prev === NO_PAGE) this.#poolHead = next;
    else this.#pageNext[prev] = next;
    if (next !== NO_PAGE) this.#pagePrev[next] = prev;
    const chunk = (page / PAGES_PER_CHUNK) | 0;
    if (this.#chunkFreePages[chunk]-- === PAGES_PER_CHUNK) this.#spareChunks--;
  }

  /** Takes a wholly free page out of its class; frees its chunk when that is wholly free too. */
  #retire(page: number, c: number): void {
    const chunk = (page / PAGES_PER_CHUNK) | 0;
    this.#unlink(page, c);
    if (CLASS_BYTES[c] > MAX_SMALL_BYTES) {
      this.#pageClass[page] = NO_CLASS;
      if (this.#spareLarge.length < SPARE_LARGE_CHUNKS) this.#spareLarge.push(chunk);
      else this.#releaseChunk(chunk);
      return;
    }
    this.#poolPush(page);
    if (chunk !== 0 && this.#chunkFreePages[chunk] === PAGES_PER_CHUNK && this.#spareChunks > SPARE_CHUNKS) {
      const first = chunk * PAGES_PER_CHUNK;
      for (let p = first; p < first + PAGES_PER_CHUNK; p++) this.#poolRemove(p);
      this.#releaseChunk(chunk);
    }
  }

  #releaseChunk(chunk: number): void {
    // transfer(0) frees the memory now; waiting for a collection would keep it.
    (this.u8[chunk].buffer as ArrayBuffer).transfer(0);
    this.u8[chunk] = NO_U8;
    this.i32[chunk] = NO_U32;
    this.f64[chunk] = NO_F64;
    this.#chunkFreePages[chunk] = 0;
    this.#liveChunks--;
    this.#releasedChunks.push(chunk);
  }

  #addChunk(): number {
    const chunk = this.#releasedChunks.pop() ?? this.u8.length;
    if (chunk >= this.maxChunks) throw new RangeError("Cannot grow arena as all 16 GiB are in use");
    const buffer = new ArrayBuffer(CHUNK_BYTES);
    this.u8[chunk] = new Uint8Array(buffer);
    this.i32[chunk] = new Int32Array(buffer);
    this.f64[chunk] = new Float64Array(buffer);
    this.#chunkFreePages[chunk] = 0;
    this.#liveChunks++;
    const pages = (chunk + 1) * PAGES_PER_CHUNK;
    if (pages > this.#pageClass.length) this.#growRecords(pages * 2);
    return chunk;
  }

  #growRecords(pages: number): void {
    const grow = <T extends Int32Array | Uint8Array>(old: T, fresh: T): T => {
      fresh.set(old);
      return fresh;
    };
    this.#pageClass = grow(this.#pageClass, new Uint8Array(pages).fill(NO_CLASS));
    this.#pageHead = grow(this.#pageHead, new Int32Array(pages));
    this.#pageUsed = grow(this.#pageUsed, new Int32Array(pages));
    this.#pageBump = grow(this.#pageBump, new Int32Array(pages));
    this.#pageFree = grow(this.#pageFree, new Int32Array(pages));
    this.#pagePrev = grow(this.#pagePrev, new Int32Array(pages).fill(NO_PAGE));
    this.#pageNext = grow(this.#pageNext, new Int32Array(pages).fill(NO_PAGE));
  }
}
