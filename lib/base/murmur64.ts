/**
 * MurmurHash64A (Austin Appleby's MurmurHash2 for 64 bits): what chooses a HyperLogLog's registers.
 *
 * DESIGN. The 64-bit state is two int32 halves; a product with the constant
 * takes four 16-bit partial products for the part that crosses the middle.
 * No BigInt, nothing is allocated. Blocks are read little-endian.
 */

const M_LOW = 0x5bd1e995;
const M_HIGH = 0xc6a4a793 | 0;
const M_LOW_0 = M_LOW & 0xffff;
const M_LOW_1 = M_LOW >>> 16;

/** The high half of `(high, low) * M`; the low half is `Math.imul(low, M_LOW)`. */
function productHigh(low: number, high: number): number {
  const a0 = low & 0xffff;
  const a1 = low >>> 16;
  const p00 = Math.imul(a0, M_LOW_0);
  const p01 = Math.imul(a0, M_LOW_1);
  const p10 = Math.imul(a1, M_LOW_0);
  const middle = (p00 >>> 16) + (p01 & 0xffff) + (p10 & 0xffff);
  const carry = (Math.imul(a1, M_LOW_1) + (p01 >>> 16) + (p10 >>> 16) + (middle >>> 16)) | 0;
  return (carry + Math.imul(low, M_HIGH) + Math.imul(high, M_LOW)) | 0;
}

/**
 * Hashes `buf[start, start + len)`.
 *
 * @param seed 32 bits
 * @param out receives the low and the high half, as int32
 */
export function murmurHash64A(
  buf: Uint8Array,
  start: number,
  len: number,
  seed: number,
  out: Int32Array,
): void {
  let low = seed ^ Math.imul(len, M_LOW);
  let high = productHigh(len, 0);
  const end = start + len;
  let at = start;
  for (const last = end - (len & 7); at < last; at += 8) {
    let kLow = buf[at] | (buf[at + 1] << 8) | (buf[at + 2] << 16) | (buf[at + 3] << 24);
    let kHigh = buf[at + 4] | (buf[at + 5] << 8) | (buf[at + 6] << 16) | (buf[at + 7] << 24);
    kHigh = productHigh(kLow, kHigh);
    kLow = Math.imul(kLow, M_LOW);
    // A shift by 47 leaves 17 bits, all from the high half.
    kLow ^= kHigh >>> 15;
    high ^= productHigh(kLow, kHigh);
    low ^= Math.imul(kLow, M_LOW);
    high = productHigh(low, high);
    low = Math.imul(low, M_LOW);
  }
  if (at < end) {
    for (let shift = 0; at < end; at++, shift += 8) {
      if (shift < 32) low ^= buf[at] << shift;
      else high ^= buf[at] << (shift - 32);
    }
    high = productHigh(low, high);
    low = Math.imul(low, M_LOW);
  }
  low ^= high >>> 15;
  high = productHigh(low, high);
  low = Math.imul(low, M_LOW);
  out[0] = low ^ (high >>> 15);
  out[1] = high;
}
