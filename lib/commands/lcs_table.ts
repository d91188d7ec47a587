/**
 * The longest common subsequence of two byte strings.
 *
 * DESIGN. The classic table L[i][j] (the length for the first i bytes of a and
 * the first j of b) rises by 0 or 1 from one column to the next, so that a row
 * is a bit vector; here a set bit says that the row is flat at that column. A
 * row follows from the one before by a handful of word operations, 32 columns
 * at a time (Hyyrö, 2004). The vectors also tell where the walk back turns: on
 * a mismatch it goes left where the row is flat, else up, which is what
 * comparing L[i - 1][j] with L[i][j - 1] would say.
 */

/** Lengths and matches of one pair of strings. */
export class LcsTable {
  /** The length of the longest common subsequence. */
  readonly length: number;
  readonly #a: Uint8Array;
  readonly #b: Uint8Array;
  /** Words per row. */
  readonly #words: number;
  /** Rows of `flat` bits, one per byte of a: a set bit is a column where the row does not rise. */
  readonly #rows: Uint32Array;

  /**
   * @param keepRows whether {@link walk} will be called; without it only one row is held
   */
  constructor(a: Uint8Array, b: Uint8Array, keepRows: boolean) {
    this.#a = a;
    this.#b = b;
    this.#words = (b.length + 31) >>> 5;
    this.#rows = new Uint32Array(this.#words * (keepRows ? a.length : 1));
    this.length = a.length === 0 || b.length === 0 ? 0 : this.#fill(keepRows);
  }

  /**
   * Walks back from the ends of both strings and reports each byte in common,
   * last first.
   * @param onMatch takes the offset in a and in b
   */
  walk(onMatch: (atA: number, atB: number) => void): void {
    let i = this.#a.length;
    let j = this.#b.length;
    while (i > 0 && j > 0) {
      if (this.#a[i - 1] === this.#b[j - 1]) onMatch(--i, --j);
      else if (this.#isFlat(i - 1, j - 1)) j--;
      else i--;
    }
  }

  #isFlat(row: number, column: number): boolean {
    return (this.#rows[row * this.#words + (column >>> 5)] & (1 << (column & 31))) !== 0;
  }

  /** Computes row after row. @returns how often the last one rises */
  #fill(keepRows: boolean): number {
    const a = this.#a;
    const words = this.#words;
    const rows = this.#rows;
    const masks = this.#masks();
    const ones = new Uint32Array(words).fill(0xffffffff);
    for (let i = 0; i < a.length; i++) {
      const from = keepRows ? i * words : 0;
      const previous = i === 0 ? ones : keepRows ? rows.subarray(from - words, from) : rows;
      nextRow(previous, masks[a[i]], rows, from, words);
    }
    const last = keepRows ? (a.length - 1) * words : 0;
    let rises = 0;
    for (let j = 0; j < this.#b.length; j++) {
      if ((rows[last + (j >>> 5)] & (1 << (j & 31))) === 0) rises++;
    }
    return rises;
  }

  /** For each byte that a has: the columns where b has it. */
  #masks(): Uint32Array[] {
    const masks: Uint32Array[] = new Array(256);
    for (const byte of this.#a) masks[byte] ??= new Uint32Array(this.#words);
    const b = this.#b;
    for (let j = 0; j < b.length; j++) {
      const mask = masks[b[j]];
      if (mask !== undefined) mask[j >>> 5] |= 1 << (j & 31);
    }
    return masks;
  }
}

/** One row of `flat` bits from the one before; `previous` may be where the row is written. */
function nextRow(
  previous: Uint32Array,
  mask: Uint32Array,
  rows: Uint32Array,
  at: number,
  words: number,
): void {
  let carry = 0;
  for (let w = 0; w < words; w++) {
    const flat = previous[w] | 0;
    const hit = flat & mask[w];
    const sum = (flat + hit + carry) | 0;
    // What a 32-bit addition carries out, from its operands and its result.
    carry = ((flat & hit) | ((flat | hit) & ~sum)) >>> 31;
    rows[at + w] = sum | (flat & ~hit);
  }
}
