/**
 * Numbers as configuration spells them: C's strtoll, strict integers, memory
 * sizes with units, floating point.
 *
 * DESIGN. Everything is a BigInt, so that the whole range of 64 bits survives
 * a CONFIG GET; hot fields hold a plain number derived from it once.
 */

export const INT_MIN = -(1n << 31n);
export const INT_MAX = (1n << 31n) - 1n;
export const UINT_MAX = (1n << 32n) - 1n;
export const LLONG_MIN = -(1n << 63n);
export const LLONG_MAX = (1n << 63n) - 1n;
export const ULLONG_MAX = (1n << 64n) - 1n;

/** Longest text that can be a 64-bit integer: sign and 19 digits. */
const MAX_INTEGER_CHARS = 20;

/** More digits than this are refused in a memory size. */
const MAX_MEMORY_DIGITS = 127;

/** What {@link strtoll} found. */
export interface LongParse {
  /** The value, held to the range of 64 bits. */
  readonly value: bigint;
  /** Whether the whole text was a number, or empty. */
  readonly complete: boolean;
  /** Whether the value had to be cut to fit. */
  readonly overflow: boolean;
}

/** C's strtoll: leading white space and a sign are fine, and so is no digit at all when nothing is left over. */
export function strtoll(text: string, base: 8 | 10): LongParse {
  const digits = base === 8 ? "[0-7]" : "[0-9]";
  const found = new RegExp(`^[ \\t\\n\\v\\f\\r]*([+-]?)(${digits}+)`).exec(text);
  if (found === null) return { value: 0n, complete: text === "", overflow: false };
  const magnitude = BigInt((base === 8 ? "0o" : "") + found[2]);
  const value = found[1] === "-" ? -magnitude : magnitude;
  const overflow = value < LLONG_MIN || value > LLONG_MAX;
  const held = value < LLONG_MIN ? LLONG_MIN : value > LLONG_MAX ? LLONG_MAX : value;
  return { value: held, complete: found[0].length === text.length, overflow };
}

/** A strict signed 64-bit integer: no spaces, no plus, no leading zeros. undefined when it is none. */
export function parseInteger(text: string): bigint | undefined {
  if (text.length > MAX_INTEGER_CHARS || !/^(0|-?[1-9][0-9]*)$/.test(text)) return undefined;
  const value = BigInt(text);
  return value < LLONG_MIN || value > LLONG_MAX ? undefined : value;
}

const MEMORY_UNITS = new Map<string, bigint>([
  ["", 1n],
  ["b", 1n],
  ["k", 1000n],
  ["kb", 1n << 10n],
  ["m", 1000_000n],
  ["mb", 1n << 20n],
  ["g", 1000_000_000n],
  ["gb", 1n << 30n],
]);

/**
 * A memory size in bytes: digits and a unit. `1k` is 1000, `1kb` is 1024; no
 * digits mean 0; what exceeds 64 bits wraps around.
 * @returns 0 to 2^64 - 1, undefined when the text is none
 */
export function parseMemory(text: string): bigint | undefined {
  const found = /^([0-9]*)([a-zA-Z]*)$/.exec(text);
  if (found === null || found[1].length > MAX_MEMORY_DIGITS) return undefined;
  const unit = MEMORY_UNITS.get(found[2].toLowerCase());
  if (unit === undefined) return undefined;
  const digits = BigInt(found[1]);
  return BigInt.asUintN(64, (digits > ULLONG_MAX ? ULLONG_MAX : digits) * unit);
}

/** A memory size in the largest unit that divides it, as CONFIG REWRITE spells it. */
export function formatMemory(bytes: bigint): string {
  if (bytes !== 0n) {
    if (bytes % (1n << 30n) === 0n) return `${bytes >> 30n}gb`;
    if (bytes % (1n << 20n) === 0n) return `${bytes >> 20n}mb`;
    if (bytes % (1n << 10n) === 0n) return `${bytes >> 10n}kb`;
  }
  return String(bytes);
}

/** A floating-point number as C's strtod takes it, the whole text and not NaN; undefined when it is none. */
export function parseDouble(text: string): number | undefined {
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) {
    const value = Number(text);
    const underflow = value === 0 && /[1-9]/.test(text.replace(/e.*$/i, ""));
    return Number.isFinite(value) && !underflow ? value : undefined;
  }
  if (/^[+-]?inf(inity)?$/i.test(text)) return text[0] === "-" ? -Infinity : Infinity;
  const hex = /^([+-]?)(0x[0-9a-f]+)$/i.exec(text);
  return hex === null ? undefined : Number(hex[2]) * (hex[1] === "-" ? -1 : 1);
}

/** Six decimals at most, without trailing zeros: `99.9`, `100`. */
export function formatDouble(value: number): string {
  return value.toFixed(6).replace(/\.?0+$/, "");
}
