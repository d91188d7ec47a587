/**
 * SHA-1 (RFC 3174), for DEBUG DIGEST alone: nothing here is a secret.
 *
 * DESIGN. One shared message schedule and state; input of any length is taken
 * block by block where it lies, so that hashing a value copies only its end.
 */

const BLOCK = 64;
/** Length of a hash in bytes. */
export const SHA1_BYTES = 20;

const words = new Int32Array(80);
const state = new Int32Array(5);
const tail = new Uint8Array(2 * BLOCK);

function rotate(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}

/** The choice, parity or majority of three words, by round. */
function mix(round: number, b: number, c: number, d: number): number {
  if (round < 20) return ((b & c) | (~b & d)) + 0x5a827999;
  if (round < 40) return (b ^ c ^ d) + 0x6ed9eba1;
  if (round < 60) return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
  return (b ^ c ^ d) + 0xca62c1d6;
}

/** Takes in one block. */
function compress(buf: Uint8Array, at: number): void {
  for (let i = 0; i < 16; i++, at += 4) {
    words[i] = (buf[at] << 24) | (buf[at + 1] << 16) | (buf[at + 2] << 8) | buf[at + 3];
  }
  for (let i = 16; i < 80; i++) {
    words[i] = rotate(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
  }
  let [a, b, c, d, e] = state;
  for (let i = 0; i < 80; i++) {
    const next = (rotate(a, 5) + mix(i, b, c, d) + e + words[i]) | 0;
    e = d;
    d = c;
    c = rotate(b, 30);
    b = a;
    a = next;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
}

/** Writes the hash of `buf[off, off + len)` to `out[0, 20)`, which may be the buffer itself. */
export function sha1(buf: Uint8Array, off: number, len: number, out: Uint8Array): void {
  state.set([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0]);
  const whole = len - len % BLOCK;
  for (let at = 0; at < whole; at += BLOCK) compress(buf, off + at);
  const rest = len - whole;
  tail.fill(0);
  for (let i = 0; i < rest; i++) tail[i] = buf[off + whole + i];
  tail[rest] = 0x80;
  const end = rest < BLOCK - 8 ? BLOCK : 2 * BLOCK;
  // The length in bits, of which 53 are exact.
  const high = Math.floor(len / 0x20000000);
  const low = (len << 3) >>> 0;
  for (let i = 0; i < 4; i++) {
    tail[end - 8 + i] = high >>> (24 - 8 * i);
    tail[end - 4 + i] = low >>> (24 - 8 * i);
  }
  compress(tail, 0);
  if (end > BLOCK) compress(tail, BLOCK);
  for (let i = 0; i < SHA1_BYTES; i++) out[i] = state[i >> 2] >>> (24 - 8 * (i & 3));
}
