/**
 * A small fast pseudo-random generator: eviction samples, SPOP, RANDOMKEY, SRANDMEMBER.
 *
 * DESIGN. sfc32 ("small fast counter", from PractRand): 96 bits of chaotic state
 * and a 32-bit counter, so that no seed leads to a period below 2^32. All int32
 * arithmetic. Not for secrets: keys of the hash and run ids come from the
 * platform's cryptographic source.
 */

/** A generator with its own state. Two of the same seed give the same numbers. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter: number;

  /** Seeds with four 32-bit words, any at all. */
  constructor(s0: number, s1: number, s2: number, s3: number) {
    this.#a = s0 | 0;
    this.#b = s1 | 0;
    this.#c = s2 | 0;
    this.#counter = s3 | 0;
    // Lets every bit of a poor seed reach every bit of the state.
    for (let i = 0; i < 15; i++) this.int32();
  }

  /** The next 32 bits, as a signed integer. */
  int32(): number {
    const result = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + result) | 0;
    return result;
  }

  /** The next 32 bits, as an unsigned integer. */
  uint32(): number {
    return this.int32() >>> 0;
  }

  /**
   * A uniformly distributed integer in `[0, n)`.
   *
   * Unbiased: as many bits as `n - 1` has are drawn until they come out below
   * `n`, less than twice on average.
   *
   * @param n 1 to 2^32
   */
  below(n: number): number {
    if (n <= 1) return 0;
    const shift = Math.clz32(n - 1);
    for (;;) {
      const value = this.int32() >>> shift;
      if (value < n) return value;
    }
  }
}
