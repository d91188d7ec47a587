/**
 * HalfSipHash-1-3 with 32 bits of output: the keyed hash of every dict.
 *
 * DESIGN. One compression round per 32-bit word and three at the end, the
 * parameters Linux and Rust picked for hash tables (SipHash-1-3): enough that a
 * client who does not know the key cannot construct collisions, and cheap
 * enough to run once per command. The 32-bit half variant is used because all
 * of its arithmetic is int32, the only integer width a JS engine keeps in
 * registers; 64-bit SipHash would need BigInt or twice the operations.
 *
 * The rounds are written out three times rather than called: a helper would
 * have to return four words. All state stays int32 (`| 0`) to the very end.
 */

const V2_INIT = 0x6c796765;
const V3_INIT = 0x74656462;

/**
 * Hashes `buf[start, start + len)` under a 64-bit key. Allocates nothing. Case sensitive.
 *
 * @param buf the bytes
 * @param start offset of the first byte
 * @param len number of bytes; the range must lie inside `buf`
 * @param k0 low word of the key (any int32 or uint32)
 * @param k1 high word of the key
 * @returns an unsigned 32-bit integer
 */
export function hashBytes(buf: Uint8Array, start: number, len: number, k0: number, k1: number): number {
  return hashBytesInt32(buf, start, len, k0, k1) >>> 0;
}

/**
 * The same hash as {@link hashBytes}, as a signed 32-bit integer.
 *
 * A signed result never needs a heap number, where an unsigned one above
 * 2^31 does whenever the engine has not inlined the call: take this one if the
 * value goes straight into an `Int32Array` or on into int32 arithmetic.
 *
 * @returns a signed 32-bit integer; `>>> 0` of it is what `hashBytes` returns
 */
export function hashBytesInt32(buf: Uint8Array, start: number, len: number, k0: number, k1: number): number {
  let v0 = k0 | 0;
  let v1 = k1 | 0;
  let v2 = V2_INIT ^ k0;
  let v3 = V3_INIT ^ k1;
  let at = start | 0;
  const end = (start + len) | 0;
  const wordsEnd = (at + (len & ~3)) | 0;
  for (; at < wordsEnd; at = (at + 4) | 0) {
    const m = buf[at] | (buf[at + 1] << 8) | (buf[at + 2] << 16) | (buf[at + 3] << 24);
    v3 ^= m;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= m;
  }
  // The last word: up to three left-over bytes, and the length's low byte on top.
  let b = len << 24;
  if (at < end) {
    b |= buf[at];
    if (at + 1 < end) {
      b |= buf[at + 1] << 8;
      if (at + 2 < end) b |= buf[at + 2] << 16;
    }
  }
  v3 ^= b;
  v0 = (v0 + v1) | 0;
  v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
  v0 = (v0 << 16) | (v0 >>> 16);
  v2 = (v2 + v3) | 0;
  v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
  v0 = (v0 + v3) | 0;
  v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
  v2 = (v2 + v1) | 0;
  v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
  v2 = (v2 << 16) | (v2 >>> 16);
  v0 ^= b;
  v2 ^= 0xff;
  for (let round = 0; round < 3; round++) {
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
  }
  return v1 ^ v3;
}
