/**
 * Counting, finding and combining bits of byte ranges.
 *
 * DESIGN. Values lie at any byte of a chunk, but words are read aligned:
 * ranges up to a block of 16 KiB are copied to an aligned one, which costs a
 * tenth of what counting does and makes no object; longer ones are viewed as
 * words from their first aligned byte on. Counting adds eight words at a time
 * with carry-save adders (Harley and Seal).
 *
 * Bits are numbered as SETBIT does: bit 0 is the highest of the first byte.
 * Units: bits where a name says so, bytes elsewhere.
 */

import { copyBytes } from "../base/ascii.ts";

/** How much is worked on at a time. */
export const BLOCK_BYTES = 16 * 1024;
/** Below this many bytes, byte by byte is faster than through the block. */
const SHORT_BYTES = 32;

const block = new Uint8Array(BLOCK_BYTES);
const blockWords = new Int32Array(block.buffer);

const BITS_OF_BYTE = Uint8Array.from({ length: 256 }, (_, byte) => bitsOfWord(byte));

/** How many bits of a word are set. */
function bitsOfWord(v: number): number {
  v = v - ((v >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** How many bits of `words[0, count)` are set. */
function countWords(words: Int32Array, count: number): number {
  let eights = 0;
  let ones = 0;
  let twos = 0;
  let fours = 0;
  let i = 0;
  for (; i + 8 <= count; i = (i + 8) | 0) {
    let x = words[i];
    let y = words[i + 1];
    let half = ones ^ x;
    let twosA = (ones & x) | (half & y);
    ones = half ^ y;
    x = words[i + 2];
    y = words[i + 3];
    half = ones ^ x;
    let twosB = (ones & x) | (half & y);
    ones = half ^ y;
    half = twos ^ twosA;
    const foursA = (twos & twosA) | (half & twosB);
    twos = half ^ twosB;
    x = words[i + 4];
    y = words[i + 5];
    half = ones ^ x;
    twosA = (ones & x) | (half & y);
    ones = half ^ y;
    x = words[i + 6];
    y = words[i + 7];
    half = ones ^ x;
    twosB = (ones & x) | (half & y);
    ones = half ^ y;
    half = twos ^ twosA;
    const foursB = (twos & twosA) | (half & twosB);
    twos = half ^ twosB;
    half = fours ^ foursA;
    eights = (eights + bitsOfWord((fours & foursA) | (half & foursB))) | 0;
    fours = half ^ foursB;
  }
  let total = eights * 8 + bitsOfWord(fours) * 4 + bitsOfWord(twos) * 2 + bitsOfWord(ones);
  for (; i < count; i++) total += bitsOfWord(words[i]);
  return total;
}

/** Copies a piece of a range into the block, padded with zeros to a whole word. @returns its words */
function loadBlock(buf: Uint8Array, off: number, len: number): number {
  const words = (len + 3) >>> 2;
  if (words > 0) blockWords[words - 1] = 0;
  copyBytes(buf, off, block, 0, len);
  return words;
}

/** How many bytes there are before the first aligned word of `buf[off, …)`: 0 to 3. */
function unalignedBytes(buf: Uint8Array, off: number): number {
  return -(buf.byteOffset + off) & 3;
}

/** The whole words of `buf[off, off + len)`, `off` being aligned. */
function viewWords(buf: Uint8Array, off: number, len: number): Int32Array {
  return new Int32Array(buf.buffer, buf.byteOffset + off, len >>> 2);
}

/** How many bits of `buf[off, off + len)` are set. */
export function countBytes(buf: Uint8Array, off: number, len: number): number {
  if (len > BLOCK_BYTES) return countLong(buf, off, len);
  if (len >= SHORT_BYTES) return countWords(blockWords, loadBlock(buf, off, len));
  let total = 0;
  for (let i = off; i < off + len; i++) total += BITS_OF_BYTE[buf[i]];
  return total;
}

function countLong(buf: Uint8Array, off: number, len: number): number {
  const head = unalignedBytes(buf, off);
  const words = viewWords(buf, off + head, len - head);
  const tail = head + words.length * 4;
  return countBytes(buf, off, head) + countWords(words, words.length) +
    countBytes(buf, off + tail, len - tail);
}

/** How many of the bits `first` to `last` (inclusive, `first <= last`) of the bytes from `off` on are set. */
export function countBits(buf: Uint8Array, off: number, first: number, last: number): number {
  const firstByte = Math.floor(first / 8);
  const lastByte = Math.floor(last / 8);
  let total = countBytes(buf, off + firstByte, lastByte - firstByte + 1);
  total -= BITS_OF_BYTE[buf[off + firstByte] & (0xff00 >>> (first % 8)) & 0xff];
  return total - BITS_OF_BYTE[buf[off + lastByte] & (0x7f >>> (last % 8))];
}

/** The first byte of `buf[from, to)` that is not `skip` (0 or 255), or `to`. */
function skipBytes(buf: Uint8Array, from: number, to: number, skip: number): number {
  const soon = Math.min(to, from + SHORT_BYTES + unalignedBytes(buf, from));
  let at = from;
  while (at < soon && buf[at] === skip) at++;
  if (at < soon) return at;
  if (to - at >= SHORT_BYTES) at += skipWords(viewWords(buf, at, to - at), skip === 0 ? 0 : -1) * 4;
  while (at < to && buf[at] === skip) at++;
  return at;
}

/** How many words at the start are `skip`, less those of a last group that was not looked through. */
function skipWords(words: Int32Array, skip: number): number {
  const count = words.length;
  let i = 0;
  for (; i + 8 <= count; i = (i + 8) | 0) {
    let differ = (words[i] ^ skip) | (words[i + 1] ^ skip) | (words[i + 2] ^ skip) | (words[i + 3] ^ skip);
    differ |= (words[i + 4] ^ skip) | (words[i + 5] ^ skip) | (words[i + 6] ^ skip) | (words[i + 7] ^ skip);
    if (differ !== 0) break;
  }
  return i;
}

/** The first bit of a byte, looking from its bit `from` to `to`, that is `bit`; -1 when there is none. */
function bitInByte(byte: number, from: number, to: number, bit: number): number {
  const wanted = (bit === 1 ? byte : ~byte) & (0xff >>> from) & (0xff << (7 - to));
  return wanted === 0 ? -1 : Math.clz32(wanted) - 24;
}

/**
 * The first of the bits `first` to `last` (inclusive) of the bytes from `off` on that is `bit`.
 * @returns its number, or -1
 */
export function findBit(buf: Uint8Array, off: number, first: number, last: number, bit: number): number {
  const firstByte = Math.floor(first / 8);
  const lastByte = Math.floor(last / 8);
  const endBit = firstByte === lastByte ? last % 8 : 7;
  const inFirst = bitInByte(buf[off + firstByte], first % 8, endBit, bit);
  if (inFirst >= 0) return firstByte * 8 + inFirst;
  if (firstByte === lastByte) return -1;
  const at = skipBytes(buf, off + firstByte + 1, off + lastByte, bit === 1 ? 0 : 255) - off;
  const found = bitInByte(buf[off + at], 0, at === lastByte ? last % 8 : 7, bit);
  return found < 0 ? -1 : at * 8 + found;
}

export const BITOP_AND = 0;
export const BITOP_OR = 1;
export const BITOP_XOR = 2;
export const BITOP_NOT = 3;

const result = new Uint8Array(BLOCK_BYTES);
const resultWords = new Int32Array(result.buffer);

/**
 * The block in which a result is made: `startBlock` with the first operand,
 * `combineBlock` with each other, then read `resultBlock`.
 */
export const resultBlock: Uint8Array = result;

/** Makes `buf[off, off + len)`, padded with zeros to `blockLen` bytes, the result so far. */
export function startBlock(buf: Uint8Array, off: number, len: number, blockLen: number): void {
  copyBytes(buf, off, result, 0, len);
  if (len < blockLen) result.fill(0, len, blockLen);
}

/** Combines the result's `blockLen` bytes with `buf[off, off + len)`, padded with zeros. */
export function combineBlock(op: number, buf: Uint8Array, off: number, len: number, blockLen: number): void {
  const words = loadBlock(buf, off, len);
  if (op === BITOP_AND) {
    andWords(words);
    if (words << 2 < blockLen) result.fill(0, words << 2, blockLen);
  } else if (op === BITOP_OR) orWords(words);
  else xorWords(words);
}

/** Inverts the first `len` bytes of the result; those that pad its last word too. */
export function invertBlock(len: number): void {
  const count = (len + 3) >>> 2;
  let i = 0;
  for (; i + 4 <= count; i = (i + 4) | 0) {
    resultWords[i] = ~resultWords[i];
    resultWords[i + 1] = ~resultWords[i + 1];
    resultWords[i + 2] = ~resultWords[i + 2];
    resultWords[i + 3] = ~resultWords[i + 3];
  }
  for (; i < count; i++) resultWords[i] = ~resultWords[i];
}

// One loop per operation, four words at a time: a third faster than one by one.

function andWords(count: number): void {
  let i = 0;
  for (; i + 4 <= count; i = (i + 4) | 0) {
    resultWords[i] &= blockWords[i];
    resultWords[i + 1] &= blockWords[i + 1];
    resultWords[i + 2] &= blockWords[i + 2];
    resultWords[i + 3] &= blockWords[i + 3];
  }
  for (; i < count; i++) resultWords[i] &= blockWords[i];
}

function orWords(count: number): void {
  let i = 0;
  for (; i + 4 <= count; i = (i + 4) | 0) {
    resultWords[i] |= blockWords[i];
    resultWords[i + 1] |= blockWords[i + 1];
    resultWords[i + 2] |= blockWords[i + 2];
    resultWords[i + 3] |= blockWords[i + 3];
  }
  for (; i < count; i++) resultWords[i] |= blockWords[i];
}

function xorWords(count: number): void {
  let i = 0;
  for (; i + 4 <= count; i = (i + 4) | 0) {
    resultWords[i] ^= blockWords[i];
    resultWords[i + 1] ^= blockWords[i + 1];
    resultWords[i + 2] ^= blockWords[i + 2];
    resultWords[i + 3] ^= blockWords[i + 3];
  }
  for (; i < count; i++) resultWords[i] ^= blockWords[i];
}
