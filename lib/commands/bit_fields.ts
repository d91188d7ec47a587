/**
 * Integers of any width at any bit of a byte range, and what becomes of those
 * that do not fit: the arithmetic of BITFIELD.
 *
 * DESIGN. Fields of up to {@link PLAIN_BITS} bits are JS numbers, exact below
 * 2^53; wider ones are BigInt. Both obey the same three overflow rules.
 *
 * Bits are numbered as SETBIT does: bit 0 is the highest of the first byte, so
 * that a field's first bit is its highest. Bytes behind the range read as 0.
 */

/** Fields of up to this many bits are handled as numbers. */
export const PLAIN_BITS = 48;

/** What does not fit loses its high bits… */
export const OVERFLOW_WRAP = 0;
/** …becomes the nearest value that fits… */
export const OVERFLOW_SAT = 1;
/** …or is not stored. */
export const OVERFLOW_FAIL = 2;

/** 2^i, for all that a number or a bit count needs. */
const POWERS = Float64Array.from({ length: 65 }, (_, i) => 2 ** i);

/**
 * Reads an unsigned field.
 * @param bits its width, 1 to 52
 * @param end where the range that starts at `off` ends
 */
export function readUnsigned(
  buf: Uint8Array,
  off: number,
  end: number,
  bitOffset: number,
  bits: number,
): number {
  let at = off + Math.floor(bitOffset / 8);
  const skip = bitOffset % 8;
  let left = bits - (8 - skip);
  let value = at < end ? buf[at] & (0xff >>> skip) : 0;
  if (left <= 0) return value >>> -left;
  for (at++; left >= 8; left -= 8, at++) value = value * 256 + (at < end ? buf[at] : 0);
  return left === 0 ? value : value * POWERS[left] + ((at < end ? buf[at] : 0) >>> (8 - left));
}

/** As {@link readUnsigned}, the highest bit being the sign. */
export function readSigned(
  buf: Uint8Array,
  off: number,
  end: number,
  bitOffset: number,
  bits: number,
): number {
  const value = readUnsigned(buf, off, end, bitOffset, bits);
  return value >= POWERS[bits - 1] ? value - POWERS[bits] : value;
}

/** Writes the low `bits` bits (1 to 52) of a safe integer; the range must hold them. */
export function writeField(
  buf: Uint8Array,
  off: number,
  bitOffset: number,
  bits: number,
  value: number,
): void {
  let rest = value - Math.floor(value / POWERS[bits]) * POWERS[bits];
  const lastBit = bitOffset + bits - 1;
  let at = off + Math.floor(lastBit / 8);
  let shift = 7 - lastBit % 8;
  // From the last byte to the first: `count` bits of it, `shift` bits from its low end.
  for (let left = bits; left > 0; at--) {
    const count = Math.min(8 - shift, left);
    const mask = 0xff >>> (8 - count);
    const high = Math.floor(rest / POWERS[count]);
    buf[at] = (buf[at] & ~(mask << shift)) | ((rest - high * POWERS[count]) << shift);
    rest = high;
    left -= count;
    shift = 0;
  }
}

/**
 * Makes a safe integer fit a field of up to {@link PLAIN_BITS} bits.
 * @param overflow an OVERFLOW_ rule
 * @returns NaN when it does not fit under OVERFLOW_FAIL
 */
export function fitPlain(value: number, bits: number, signed: boolean, overflow: number): number {
  const max = POWERS[signed ? bits - 1 : bits] - 1;
  const min = signed ? -max - 1 : 0;
  if (value >= min && value <= max) return value;
  if (overflow === OVERFLOW_FAIL) return NaN;
  if (overflow === OVERFLOW_SAT) return value > max ? max : min;
  const wrapped = value - Math.floor(value / POWERS[bits]) * POWERS[bits];
  return wrapped > max ? wrapped - POWERS[bits] : wrapped;
}

/** Reads a field of any width up to 64. */
export function readBig(
  buf: Uint8Array,
  off: number,
  end: number,
  bitOffset: number,
  bits: number,
  signed: boolean,
): bigint {
  const lowBits = Math.min(bits, 32);
  const low = readUnsigned(buf, off, end, bitOffset + bits - lowBits, lowBits);
  const high = bits > 32 ? readUnsigned(buf, off, end, bitOffset, bits - 32) : 0;
  const value = (BigInt(high) << 32n) | BigInt(low);
  return signed ? BigInt.asIntN(bits, value) : value;
}

/** Writes the low `bits` bits (up to 64) of a value; the range must hold them. */
export function writeBig(buf: Uint8Array, off: number, bitOffset: number, bits: number, value: bigint): void {
  const lowBits = Math.min(bits, 32);
  const low = Number(BigInt.asUintN(32, value));
  writeField(buf, off, bitOffset + bits - lowBits, lowBits, low);
  if (bits <= 32) return;
  writeField(buf, off, bitOffset, bits - 32, Number(BigInt.asUintN(32, value >> 32n)));
}

/** As {@link fitPlain}, for any width. @returns undefined when it does not fit under OVERFLOW_FAIL */
export function fitBig(value: bigint, bits: number, signed: boolean, overflow: number): bigint | undefined {
  const fitted = signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
  if (fitted === value || overflow === OVERFLOW_WRAP) return fitted;
  if (overflow === OVERFLOW_FAIL) return undefined;
  const max = (1n << BigInt(signed ? bits - 1 : bits)) - 1n;
  if (value > max) return max;
  return signed ? -max - 1n : 0n;
}
