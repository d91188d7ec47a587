/**
 * Sizes for human eyes, as INFO's `*_human` fields show them.
 */

const UNITS = ["K", "M", "G", "T", "P"];

/**
 * Formats a number of bytes: `512B`, `1.00K`, `2.35M`, …; from 1024 P on in plain bytes again.
 *
 * @param bytes a non-negative integer
 */
export function bytesToHuman(bytes: number): string {
  let size = bytes;
  if (size < 1024) return `${bytes}B`;
  for (const unit of UNITS) {
    size /= 1024;
    if (size < 1024) return twoDecimals(size) + unit;
  }
  return `${BigInt(bytes)}B`;
}

/** Two decimals, a tie to the even digit as C's printf does; `toFixed` takes ties up. */
function twoDecimals(x: number): string {
  const fraction = x % 1;
  // Only a multiple of 1/8 can be a tie; .375 and .875 go up anyway.
  if (fraction === 0.125 || fraction === 0.625) return `${Math.floor(x)}.${fraction === 0.125 ? "12" : "62"}`;
  return x.toFixed(2);
}
