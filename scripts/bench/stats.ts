/**
 * The arithmetic of the benchmark: medians, quantiles and paired ratios.
 *
 * DESIGN. A figure of one server says little on a machine whose speed drifts,
 * so every row rests on pairs: the subject's value and the reference's value of
 * the same round, divided, and of those ratios the median. The spread is the
 * smallest and the largest ratio: a reader sees at once whether a row is noise.
 */

/** The middle and the ends of a list of figures. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/**
 * The quantile `q` (0 to 1) of an unsorted list, by the nearest rank.
 * @returns NaN for an empty list.
 */
export function quantile(values: readonly number[], q: number): number {
  if (values.length === 0) return NaN;
  const sorted = Float64Array.from(values).sort();
  const rank = Math.ceil(q * sorted.length) - 1;
  return sorted[Math.min(sorted.length - 1, Math.max(0, rank))];
}

/** The median: the mean of the two middle values when their number is even. NaN for an empty list. */
export function median(values: readonly number[]): number {
  if (values.length === 0) return NaN;
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** Median, minimum and maximum; all NaN for an empty list. */
export function summarize(values: readonly number[]): Summary {
  if (values.length === 0) return { median: NaN, min: NaN, max: NaN };
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/** Round by round, `subject[i] / reference[i]`; rounds that only one of them finished are left out. */
export function pairedRatios(subject: readonly number[], reference: readonly number[]): number[] {
  const pairs = Math.min(subject.length, reference.length);
  const ratios: number[] = [];
  for (let i = 0; i < pairs; i++) ratios.push(subject[i] / reference[i]);
  return ratios;
}
