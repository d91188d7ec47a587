/** Numbers as C's atoi and strtod read them: as far as they go, 0 when there is none. */

/** The integer that `text` starts with. */
export function parseIntPrefix(text: string): number {
  return Number(/^\s*([+-]?\d+)/.exec(text)?.[1] ?? 0);
}

/** The decimal number that `text` starts with. */
export function parseFloatPrefix(text: string): number {
  const value = Number.parseFloat(text);
  return Number.isFinite(value) ? value : 0;
}
