/**
 * Constants of the arena: chunks, pages, size classes and the form of a `Ref`.
 *
 * ```
 *   Ref (int32, ≥ 0)      30          17 16            0
 *                         ┌─────────────┬──────────────┐
 *                         │ chunk index │ 8-byte granule│   0 = nil
 *                         └─────────────┴──────────────┘
 *   chunk  1 MiB ArrayBuffer = 16 pages of 64 KiB, or one single large page
 *   page   blocks of one size class, no header (its record is off the page)
 * ```
 *
 * Size classes: every multiple of 8 up to 128 bytes, of 16 up to 256, then
 * eight steps per doubling, so that at most an eighth of a block is slack.
 */

/** Address of a block: chunk index and granule; 0 is nil. */
export type Ref = number;

export const NIL: Ref = 0;

export const CHUNK_BYTES = 1 << 20;
/** Granules (8 bytes) per chunk, as a shift. */
export const CHUNK_SHIFT = 17;
export const GRANULE_MASK = (1 << CHUNK_SHIFT) - 1;
/** 2^14 chunks of 1 MiB: 16 GiB. */
export const MAX_CHUNKS = 1 << 14;

export const PAGE_BYTES = 1 << 16;
/** Granules per page, as a shift. */
export const PAGE_SHIFT = 13;
export const PAGES_PER_CHUNK = CHUNK_BYTES / PAGE_BYTES;

/** The largest block of a 64 KiB page; above it a chunk is one page. */
export const MAX_SMALL_BYTES = 8192;
/** The largest block of the arena; above it values live in big blocks. */
export const MAX_BLOCK_BYTES = 128 * 1024;

const sizes: number[] = [];
for (let size = 8; size <= 128; size += 8) sizes.push(size);
for (let size = 144; size <= 256; size += 16) sizes.push(size);
for (let base = 256; base < MAX_BLOCK_BYTES; base *= 2) {
  for (let step = 1; step <= 8; step++) sizes.push(base + (base / 8) * step);
}

/** Block size in bytes of each class. */
export const CLASS_BYTES: Int32Array = Int32Array.from(sizes);
export const CLASS_COUNT: number = CLASS_BYTES.length;

/** Blocks per page of each class. */
export const CLASS_CAPACITY: Int32Array = Int32Array.from(
  sizes,
  (size) => Math.floor((size <= MAX_SMALL_BYTES ? PAGE_BYTES : CHUNK_BYTES) / size),
);

const TABLE_BYTES = 1024;
/** Class of a request of up to 1024 bytes, by its granules rounded up. */
const CLASS_OF_GRANULES = new Uint8Array(TABLE_BYTES / 8 + 1);
for (let granules = 0, c = 0; granules < CLASS_OF_GRANULES.length; granules++) {
  while (CLASS_BYTES[c] < granules * 8) c++;
  CLASS_OF_GRANULES[granules] = c;
}
const FIRST_CLASS_ABOVE_256 = sizes.indexOf(288);

/** The smallest class whose blocks hold `bytes`, which is at most {@link MAX_BLOCK_BYTES}. */
export function sizeClass(bytes: number): number {
  if (bytes <= TABLE_BYTES) return CLASS_OF_GRANULES[(bytes + 7) >>> 3];
  // 2^k < bytes ≤ 2^(k+1), eight steps in between.
  const k = 31 - Math.clz32(bytes - 1);
  const step = (bytes - 1 - (1 << k)) >>> (k - 3);
  return FIRST_CLASS_ABOVE_256 + (k - 8) * 8 + step;
}

/** What a request of `bytes` really takes, slack included. */
export function blockBytes(bytes: number): number {
  return CLASS_BYTES[sizeClass(bytes)];
}
