/**
 * A rate, as INFO's `instantaneous_*` fields show it: the average over the
 * last sixteen samples, which the cron takes ten times a second.
 */

const SAMPLES = 16;

/** Follows one counter. */
export class Rate {
  readonly #samples = new Float64Array(SAMPLES);
  readonly #factor: number;
  #next = 0;
  #lastBase = 0;
  #lastValue = 0;

  /** @param factor what one unit of growth per unit of base counts (1000 for "per second" over milliseconds) */
  constructor(factor: number) {
    this.#factor = factor;
  }

  /** Takes a sample. @param value of the counter @param base what it is related to: a time, or another counter */
  sample(value: number, base: number): void {
    if (this.#lastBase > 0) {
      const elapsed = base - this.#lastBase;
      const grown = value - this.#lastValue;
      this.#samples[this.#next] = elapsed > 0 ? Math.trunc(grown * this.#factor / elapsed) : 0;
      this.#next = (this.#next + 1) % SAMPLES;
    }
    this.#lastBase = base;
    this.#lastValue = value;
  }

  /** The average of the samples, a whole number. */
  get average(): number {
    return Math.trunc(this.#samples.reduce((sum, sample) => sum + sample, 0) / SAMPLES);
  }

  /** Forgets everything. */
  reset(): void {
    this.#samples.fill(0);
    this.#next = this.#lastBase = this.#lastValue = 0;
  }
}
