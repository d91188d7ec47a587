/**
 * The buffers that connections read into on Deno.
 *
 * DESIGN. A pending read pins its buffer and cannot be cancelled, so every idle
 * connection costs one: a small one of its own. Larger ones are lent from pools
 * while reads fill them, and the sum of those lent is bounded, whatever many
 * connections did before they fell idle.
 */

/** Bytes of the buffer of a new or idle connection. */
export const SMALL_BUFFER = 1024;
/** Bytes of the buffer of a connection whose reads fill the small one. */
export const LARGE_BUFFER = 16 * 1024;
/** Bytes of the buffer of a connection that goes on filling large ones: one big value, say. */
export const HUGE_BUFFER = 64 * 1024;

/** Most bytes lent at a time. */
const LENT_LIMIT = 32 * 1024 * 1024;
/** Most buffers of a size that wait to be lent again. */
const SPARE_LIMIT = 32;

type Buffer = Uint8Array<ArrayBuffer>;

let lentBytes = 0;
const spareLarge: Buffer[] = [];
const spareHuge: Buffer[] = [];

/**
 * Lends a buffer of `size` bytes, {@link LARGE_BUFFER} or {@link HUGE_BUFFER}; its content is arbitrary.
 * @returns undefined when too much is lent already
 */
export function lendBuffer(size: number): Buffer | undefined {
  if (lentBytes + size > LENT_LIMIT) return undefined;
  lentBytes += size;
  return (size === LARGE_BUFFER ? spareLarge : spareHuge).pop() ?? new Uint8Array(size);
}

/** Takes a buffer back; a small one was never lent and is left to the garbage collector. */
export function returnBuffer(buf: Buffer): void {
  if (buf.length <= SMALL_BUFFER) return;
  lentBytes -= buf.length;
  const spare = buf.length === LARGE_BUFFER ? spareLarge : spareHuge;
  if (spare.length < SPARE_LIMIT) spare.push(buf);
}
