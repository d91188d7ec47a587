/**
 * Printing doubles, byte for byte as Redis 7.2 prints them.
 *
 * DESIGN. Integers up to 2^62 in magnitude are printed in full. Everything else
 * gets the digits of Grisu2 (F. Loitsch, "Printing Floating-Point Numbers
 * Quickly and Accurately with Integers", 2010): they always read back as the
 * same double, and are the shortest that do in all but about one case in a
 * thousand. Those exceptions are why the engine's own shortest digits will not
 * do: a reply, and with it an AOF or a client's comparison, would differ.
 *
 * The algorithm scales the double and the two edges of its rounding interval by
 * a power of ten, as 64-bit fixed point numbers, and emits digits of the upper
 * edge until what is left is inside the interval. The 64-bit numbers are pairs
 * of unsigned 32-bit halves held in JS numbers; scratch is module level, so
 * nothing is allocated (but BigInts for integers beyond 2^53).
 */

import { latin1, writeBigInt, writeInt } from "./ascii.ts";

/** Room {@link writeDouble} needs at most: `-1.2345678901234567e-308` and a few to spare. */
export const MAX_DOUBLE_LENGTH = 32;

const TWO32 = 4294967296;
/** Factors that shift right: a product is cheaper than a division, and `%` on doubles is a library call. */
const TWO_32 = 2 ** -32;
const TWO_16 = 2 ** -16;
/** Doubles beyond this are never printed as an integer in full. */
const PLAIN_INTEGER_MAX = 2 ** 62;

/** Cached powers: every 8th power of ten from 10^-348 on, 87 of them. */
const POWER_COUNT = 87;
const POWER_FIRST = -348;
const POWER_STEP = 8;
/** The binary exponent of a scaled number must come out in this window. */
const EXPONENT_MIN = -60;
const EXPONENT_MAX = -32;
/** The divisors of the ten digits a 32-bit whole part can have. */
const DIVISORS = Uint32Array.from({ length: 10 }, (_, i) => 10 ** (9 - i));
const LOG10_2 = 0.30102999566398114;

let powerHigh = new Uint32Array(0);
let powerLow = new Uint32Array(0);
let powerExponent = new Int16Array(0);

const doubleBits = new Float64Array(1);
const wordBits = new Uint32Array(doubleBits.buffer);
/** The digits of the number at hand, as characters. */
const digits = new Uint8Array(20);
/** The decimal exponent of the last of `digits`. */
let decimalExponent = 0;
/** The binary exponent of what `unpack` found. */
let binaryExponent = 0;
/** The halves of 64-bit scratch numbers; a typed array, as a variable would box values above 2^31. */
const HIGH = 0;
const LOW = 1;
/** The result of `unpack` and of `scale`. */
const product = new Uint32Array(2);
/** The width of the rounding interval. */
const delta = new Uint32Array(2);
/** How far the double lies below the interval's upper edge. */
const distance = new Uint32Array(2);

/**
 * Writes a double as replies, the AOF and the keyspace show it: `3`, `0.1`, `1e+20`, `-inf`, `-0`, `nan`.
 *
 * @param out where to write; needs room for {@link MAX_DOUBLE_LENGTH} bytes
 * @param at offset of the first byte
 * @returns the offset after the last byte written
 */
export function writeDouble(out: Uint8Array, at: number, value: number): number {
  if (Number.isSafeInteger(value)) {
    if (value !== 0 || 1 / value > 0) return writeInt(out, at, value);
    out[at] = 45;
    out[at + 1] = 48;
    return at + 2;
  }
  if (value !== value) return writeWord(out, at, 110, 97, 110);
  if (value < 0) {
    out[at++] = 45;
    value = -value;
  }
  if (value === Infinity) return writeWord(out, at, 105, 110, 102);
  if (value <= PLAIN_INTEGER_MAX && Math.floor(value) === value) return writeBigInt(out, at, BigInt(value));
  if (value < SHORT_MAX) {
    const end = writeShort(out, at, value);
    if (end !== 0) return end;
  }
  return layOut(out, at, generate(value));
}

/**
 * As {@link writeDouble}, but with an exponent for large integers too: `1e+8`. DEBUG DIGEST takes scores in this form.
 *
 * @returns the offset after the last byte written
 */
export function writeDoubleExponent(out: Uint8Array, at: number, value: number): number {
  const isLarge = Number.isFinite(value) && Math.abs(value) >= SHORTER_MIN && Math.floor(value) === value;
  if (!isLarge) return writeDouble(out, at, value);
  if (value < 0) out[at++] = 45;
  return layOut(out, at, generate(Math.abs(value)));
}

/** The least integer that can be shorter with an exponent. */
const SHORTER_MIN = 1e7;
/** `writeShort` leaves alone what is not below this: its digits must stay exact integers. */
const SHORT_MAX = 1e9;
/** Splits a 53-bit mantissa in two halves, whose products are exact. */
const SPLITTER = 134217729;
/** How near to a double a decimal must be for Grisu2 to find it: 9/10 of the least half unit of the last place. */
const NEAR = 0.9 * 2 ** -54;

/**
 * Writes a positive number with one to four decimals, as prices and seconds have, without Grisu2.
 *
 * A decimal of at most 15 digits that reads back as the double is the only one
 * that short, hence what Grisu2 prints, unless it lies so near the edge of the
 * rounding interval that Grisu2 misses it. So the distance is computed, exactly.
 *
 * @returns the offset after the last byte, or 0 if the number is not of this kind
 */
function writeShort(out: Uint8Array, at: number, value: number): number {
  let ten = 1;
  for (let decimals = 1; decimals <= 4; decimals++) {
    ten *= 10;
    const product = value * ten;
    const scaled = Math.floor(product + 0.5);
    if (scaled / ten !== value) continue;
    // `product` lacks `error` of the exact product (Dekker); `ten` needs no splitting.
    const big = SPLITTER * value;
    const high = big - (big - value);
    const error = high * ten - product + (value - high) * ten;
    if (Math.abs(scaled - product - error) > product * NEAR) return 0;
    const whole = Math.floor(scaled / ten);
    at = writeInt(out, at, whole);
    out[at] = 46;
    let rest = (scaled - whole * ten) | 0;
    for (let i = at + decimals; i > at; i--) {
      const q = (rest / 10) | 0;
      out[i] = 48 + rest - q * 10;
      rest = q;
    }
    return at + decimals + 1;
  }
  return 0;
}

/**
 * Formats a double as {@link writeDouble} does. For cold paths.
 *
 * @returns ASCII text
 */
export function formatDouble(value: number): string {
  const out = new Uint8Array(MAX_DOUBLE_LENGTH);
  return latin1(out, 0, writeDouble(out, 0, value));
}

function writeWord(out: Uint8Array, at: number, a: number, b: number, c: number): number {
  out[at] = a;
  out[at + 1] = b;
  out[at + 2] = c;
  return at + 3;
}

/** Places the point or the exponent: plain below 10^(digits+7), `0.00…` down to six zeros, else scientific. */
function layOut(out: Uint8Array, at: number, count: number): number {
  const k = decimalExponent;
  const magnitude = Math.abs(k + count - 1);
  if (k >= 0 && magnitude < count + 7) {
    for (let i = 0; i < count; i++) out[at++] = digits[i];
    for (let i = 0; i < k; i++) out[at++] = 48;
    return at;
  }
  if (k < 0 && (k > -7 || magnitude < 4)) {
    const whole = count + k;
    if (whole <= 0) {
      out[at++] = 48;
      out[at++] = 46;
      for (let i = whole; i < 0; i++) out[at++] = 48;
      for (let i = 0; i < count; i++) out[at++] = digits[i];
    } else {
      for (let i = 0; i < count; i++) {
        if (i === whole) out[at++] = 46;
        out[at++] = digits[i];
      }
    }
    return at;
  }
  out[at++] = digits[0];
  if (count > 1) {
    out[at++] = 46;
    for (let i = 1; i < count; i++) out[at++] = digits[i];
  }
  out[at++] = 101;
  out[at++] = k + count - 1 < 0 ? 45 : 43;
  return writeInt(out, at, magnitude);
}

/** Computes the cached powers, each correctly rounded to 64 bits. Once, at the first fraction printed. */
function buildPowers(): void {
  powerHigh = new Uint32Array(POWER_COUNT);
  powerLow = new Uint32Array(POWER_COUNT);
  powerExponent = new Int16Array(POWER_COUNT);
  for (let i = 0; i < POWER_COUNT; i++) {
    const power = POWER_FIRST + i * POWER_STEP;
    const ten = 10n ** BigInt(Math.abs(power));
    const bits = ten.toString(2).length;
    // 10^power = fraction * 2^exponent with a fraction of 64 bits; half is added to round.
    const exponent = power < 0 ? -bits - 63 : bits - 64;
    let twice: bigint;
    if (power < 0) twice = (1n << BigInt(1 - exponent)) / ten;
    else twice = exponent > 0 ? ten >> BigInt(exponent - 1) : ten << BigInt(1 - exponent);
    const fraction = (twice + 1n) >> 1n;
    powerHigh[i] = Number(fraction >> 32n);
    powerLow[i] = Number(fraction & 0xffffffffn);
    powerExponent[i] = exponent;
  }
}

/** The index of the cached power that brings a number with this binary exponent into the window. */
function pickPower(exponent: number): number {
  const approximate = Math.trunc(-(exponent + POWER_COUNT) * LOG10_2);
  let index = Math.trunc((approximate - POWER_FIRST) / POWER_STEP);
  for (;;) {
    const scaled = exponent + powerExponent[index] + 64;
    if (scaled < EXPONENT_MIN) index++;
    else if (scaled > EXPONENT_MAX) index--;
    else return index;
  }
}

/** The upper 64 bits of a 64 by 64 bit product, rounded, into `product`. */
function scale(aHigh: number, aLow: number, bHigh: number, bLow: number): void {
  // Products of a 32-bit and a 16-bit half are below 2^48: columns of them are exact in doubles.
  const b3 = bHigh >>> 16;
  const b2 = bHigh & 0xffff;
  const b1 = bLow >>> 16;
  const b0 = bLow & 0xffff;
  // Each pair (high, low) below is one 64-bit product of two 32-bit halves.
  let c0 = aLow * b0;
  let c1 = aLow * b1 + Math.floor(c0 * TWO_16);
  const lowHigh = Math.floor(c1 * TWO_16);
  c0 = aLow * b2;
  c1 = aLow * b3 + Math.floor(c0 * TWO_16);
  const aHighPart = Math.floor(c1 * TWO_16);
  let middle = ((c1 << 16) | (c0 & 0xffff)) >>> 0;
  c0 = aHigh * b0;
  c1 = aHigh * b1 + Math.floor(c0 * TWO_16);
  const bHighPart = Math.floor(c1 * TWO_16);
  middle += (((c1 << 16) | (c0 & 0xffff)) >>> 0) + lowHigh + 2147483648;
  c0 = aHigh * b2;
  c1 = aHigh * b3 + Math.floor(c0 * TWO_16);
  const low = (((c1 << 16) | (c0 & 0xffff)) >>> 0) + aHighPart + bHighPart + Math.floor(middle * TWO_32);
  product[LOW] = low;
  product[HIGH] = Math.floor(c1 * TWO_16) + Math.floor(low * TWO_32);
}

/**
 * Unpacks a positive finite double into a 64-bit fraction with its top bit set, in `product`.
 *
 * @returns how far the mantissa was shifted; `binaryExponent` is set too
 */
function unpack(value: number): number {
  doubleBits[0] = value;
  let high = wordBits[1] & 0xfffff;
  const low = wordBits[0];
  const biased = wordBits[1] >>> 20;
  let shift = 11;
  if (biased !== 0) high |= 0x100000;
  else shift = high !== 0 ? Math.clz32(high) : 32 + Math.clz32(low);
  binaryExponent = (biased !== 0 ? biased - 1075 : -1074) - shift;
  if (shift >= 32) {
    product[HIGH] = low << (shift - 32);
    product[LOW] = 0;
  } else {
    product[HIGH] = (high << shift) | (low >>> (32 - shift));
    product[LOW] = low << shift;
  }
  return shift;
}

/**
 * Runs Grisu2 on a positive finite double that is no small integer.
 *
 * @returns how many `digits` there are; `decimalExponent` is set too
 */
function generate(value: number): number {
  if (powerHigh.length === 0) buildPowers();
  const shift = unpack(value);
  const high = product[HIGH];
  const low = product[LOW];
  const index = pickPower(binaryExponent);
  const pHigh = powerHigh[index];
  const pLow = powerLow[index];
  decimalExponent = -(POWER_FIRST + index * POWER_STEP);
  // The edges of the rounding interval lie half a unit of the last place away,
  // but the lowest double of a binade has a closer neighbour below.
  const half = 2 ** (shift - 1);
  const below = shift === 11 && high === 0x80000000 && low === 0 ? half / 2 : half;
  const belowHigh = Math.floor(below * TWO_32);
  const lowerLow = low - (below - belowHigh * TWO32);
  scale(high - belowHigh - (lowerLow < 0 ? 1 : 0), lowerLow < 0 ? lowerLow + TWO32 : lowerLow, pHigh, pLow);
  const minHigh = product[HIGH];
  const minLow = product[LOW];
  scale(high, low, pHigh, pLow);
  const wHigh = product[HIGH];
  const wLow = product[LOW];
  const halfHigh = Math.floor(half * TWO_32);
  const upperLow = low + (half - halfHigh * TWO32);
  scale(high + halfHigh + (upperLow >= TWO32 ? 1 : 0), upperLow >>> 0, pHigh, pLow);
  // Each product may be off by one: draw the edges in by one.
  const borrow = product[LOW] === 0 ? 1 : 0;
  const maxHigh = product[HIGH] - borrow;
  const maxLow = product[LOW] - 1 + borrow * TWO32;
  const deltaLow = maxLow - minLow - 1;
  const distanceLow = maxLow - wLow;
  distance[HIGH] = maxHigh - wHigh - (distanceLow < 0 ? 1 : 0);
  distance[LOW] = distanceLow < 0 ? distanceLow + TWO32 : distanceLow;
  delta[HIGH] = maxHigh - minHigh - (deltaLow < 0 ? 1 : 0);
  delta[LOW] = deltaLow < 0 ? deltaLow + TWO32 : deltaLow;
  // One, in the fixed point at hand, is 2^(32 + fractionBits): its low half is 0.
  const fractionBits = -(binaryExponent + powerExponent[index] + 64) - 32;
  const count = emitWhole(maxHigh, maxLow, fractionBits);
  return count > 0 ? count : emitFraction(-count, maxHigh & ((1 << fractionBits) - 1), maxLow, fractionBits);
}

/**
 * Emits the digits of the part of the upper edge before its binary point, until the rest is within `delta`.
 *
 * @returns how many digits there are if that happened, else the negative of it
 */
function emitWhole(maxHigh: number, maxLow: number, fractionBits: number): number {
  const unitHigh = 1 << fractionBits;
  let whole = maxHigh >>> fractionBits;
  const restHigh = maxHigh & (unitHigh - 1);
  const deltaHigh = delta[HIGH];
  const deltaLow = delta[LOW];
  let count = 0;
  for (let i = 0; i < 10; i++) {
    const divisor = DIVISORS[i];
    const digit = (whole / divisor) >>> 0;
    if (digit !== 0 || count !== 0) digits[count++] = 48 + digit;
    whole = (whole - Math.imul(digit, divisor)) >>> 0;
    const high = whole * unitHigh + restHigh;
    if (high < deltaHigh || (high === deltaHigh && maxLow <= deltaLow)) {
      decimalExponent += 9 - i;
      correct(count, high, maxLow, deltaHigh, deltaLow, distance[HIGH], distance[LOW], divisor * unitHigh);
      return count;
    }
  }
  return -count;
}

/** Emits digits of the part behind the binary point until the rest is within `delta`, and corrects the last. */
function emitFraction(count: number, restHigh: number, restLow: number, fractionBits: number): number {
  const unitHigh = 1 << fractionBits;
  let deltaHigh = delta[HIGH];
  let deltaLow = delta[LOW];
  let distanceHigh = distance[HIGH];
  let distanceLow = distance[LOW];
  for (;;) {
    let low = restLow * 10;
    const high = restHigh * 10 + Math.floor(low * TWO_32);
    restLow = low >>> 0;
    low = deltaLow * 10;
    deltaHigh = deltaHigh * 10 + Math.floor(low * TWO_32);
    deltaLow = low >>> 0;
    low = distanceLow * 10;
    distanceHigh = distanceHigh * 10 + Math.floor(low * TWO_32);
    distanceLow = low >>> 0;
    decimalExponent--;
    const digit = high >>> fractionBits;
    if (digit !== 0 || count !== 0) digits[count++] = 48 + digit;
    restHigh = high & (unitHigh - 1);
    if (restHigh < deltaHigh || (restHigh === deltaHigh && restLow < deltaLow)) {
      correct(count, restHigh, restLow, deltaHigh, deltaLow, distanceHigh, distanceLow, unitHigh);
      return count;
    }
  }
}

/**
 * Lowers the last digit while that brings the number nearer to the double and keeps it in the interval.
 *
 * The digits so far lie `rest` below the upper edge; the double lies
 * `distance`, the lower edge `delta` below it. One unit of the last digit is
 * `stepHigh * 2^32`.
 */
function correct(
  count: number,
  restHigh: number,
  restLow: number,
  deltaHigh: number,
  deltaLow: number,
  distanceHigh: number,
  distanceLow: number,
  stepHigh: number,
): void {
  const xLow = distanceLow - restLow;
  // How far the digits lie above the double, and (the high half only) above the lower edge.
  let aboveHigh = distanceHigh - restHigh - (xLow < 0 ? 1 : 0);
  const aboveLow = xLow >>> 0;
  let roomHigh = deltaHigh - restHigh - (deltaLow < restLow ? 1 : 0);
  const carry = aboveLow >= 2147483648 ? 1 : 0;
  const twiceLow = (aboveLow << 1) >>> 0;
  while (roomHigh >= stepHigh && aboveHigh >= 0) {
    // Nearer after the step means: twice the distance is more than the step.
    const twiceHigh = aboveHigh * 2 + carry;
    if (twiceHigh < stepHigh || (twiceHigh === stepHigh && twiceLow === 0)) return;
    digits[count - 1]--;
    aboveHigh -= stepHigh;
    roomHigh -= stepHigh;
  }
}
