/** A pool of reply buffers, so that idle connections hold none and busy ones make none. */

/** Size of a pooled buffer in bytes. */
export const REPLY_BUFFER_BYTES = 16 * 1024;
const POOLED_MAX = 256;

const pool: Uint8Array[] = [];

/** A buffer of at least `bytes`, its content undefined. */
export function takeBuffer(bytes: number): Uint8Array {
  if (bytes <= REPLY_BUFFER_BYTES) return pool.pop() ?? new Uint8Array(REPLY_BUFFER_BYTES);
  return new Uint8Array(bytes);
}

/** Gives a buffer back; it must not be used any more. */
export function giveBuffer(buf: Uint8Array): void {
  if (buf.length === REPLY_BUFFER_BYTES && pool.length < POOLED_MAX) pool.push(buf);
}
