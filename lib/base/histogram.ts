/**
 * The latency histogram of one command: LATENCY HISTOGRAM and INFO latencystats.
 *
 * DESIGN. The layout of an HDR histogram for 1 ns to 1 s at two significant
 * digits, so that the boundaries and percentiles shown are those of Redis. A
 * page is 128 slots of equal width; each page after the second covers values
 * twice as large with slots twice as wide, so a value is off by at most 1/128.
 * Pages 0 and 1 together hold 0 to 255 ns by ones, page p the values from
 * 2^(p+6) up to 2^(p+7).
 *
 * A page (1 KiB) is allocated when the first value falls into it: a command
 * that is never called costs nothing, a typical one three to eight pages where
 * the full array would take 24 KiB. Counts are doubles: exact up to 2^53, where
 * 32 bits would overflow within an hour or two.
 *
 * Units: values go in and percentiles come out in microseconds; slots are in nanoseconds.
 */

/** log2 of the slots in a page. */
const PAGE_BITS = 7;
const PAGE_SLOTS = 1 << PAGE_BITS;
const PAGE_MASK = PAGE_SLOTS - 1;
/** Enough for values below 2^30 ns. */
const PAGE_COUNT = 24;
const SLOT_COUNT = PAGE_COUNT * PAGE_SLOTS;
/** Values are clamped to this range. */
const MIN_NS = 1;
const MAX_NS = 1000000000;
/** The first boundary LATENCY HISTOGRAM reports lies at 1024 ns, each further one at twice that. */
const FIRST_LEVEL_NS = 1024;

const NO_PAGE = new Float64Array(0);

/** The slot a value (int32 nanoseconds) falls into. */
function slotOf(ns: number): number {
  const scale = 32 - PAGE_BITS - 1 - Math.clz32(ns | (2 * PAGE_SLOTS - 1));
  return (scale << PAGE_BITS) + (ns >> scale);
}

/** The lowest value, in nanoseconds, of a slot. */
function lowestOf(slot: number): number {
  const page = slot >> PAGE_BITS;
  return page < 2 ? slot : ((slot & PAGE_MASK) | PAGE_SLOTS) << (page - 1);
}

/** The highest value, in nanoseconds, of a slot. */
function highestOf(slot: number): number {
  return lowestOf(slot + 1) - 1;
}

/** Counts durations in slots of logarithmic width. */
export class Histogram {
  #pages: Float64Array[] = [];
  #count = 0;

  /** How many values have been recorded. */
  get count(): number {
    return this.#count;
  }

  /**
   * Records one duration. Allocates only when a page is touched for the first time.
   *
   * @param usec microseconds, fractions welcome; below 1 ns counts as 1 ns, above 1 s as 1 s
   */
  record(usec: number): void {
    this.recordMany(usec, 1);
  }

  /** Records `count` durations of the same length. */
  recordMany(usec: number, count: number): void {
    let ns = usec * 1000;
    if (!(ns >= MIN_NS)) ns = MIN_NS;
    else if (ns > MAX_NS) ns = MAX_NS;
    const slot = slotOf(ns | 0);
    const page = slot >> PAGE_BITS;
    if (page >= this.#pages.length || this.#pages[page] === NO_PAGE) this.#addPage(page);
    this.#pages[page][slot & PAGE_MASK] += count;
    this.#count += count;
  }

  #addPage(page: number): void {
    while (this.#pages.length <= page) this.#pages.push(NO_PAGE);
    this.#pages[page] = new Float64Array(PAGE_SLOTS);
  }

  /** Forgets everything and frees the pages. */
  reset(): void {
    this.#pages = [];
    this.#count = 0;
  }

  /**
   * The duration that `p` percent of the recorded values do not exceed.
   *
   * @param p 0 to 100
   * @returns microseconds, to the nanosecond: the upper end of the slot (the lower end
   * for `p` = 0); 0 if nothing has been recorded
   */
  percentile(p: number): number {
    const wanted = Math.max(1, Math.floor((Math.min(p, 100) / 100) * this.#count + 0.5));
    let seen = 0;
    for (let page = 0; page < this.#pages.length; page++) {
      const counts = this.#pages[page];
      for (let i = 0; i < counts.length; i++) {
        seen += counts[i];
        if (seen < wanted) continue;
        const slot = page * PAGE_SLOTS + i;
        return (p === 0 ? lowestOf(slot) : highestOf(slot)) / 1000;
      }
    }
    return 0;
  }

  /**
   * The cumulative distribution LATENCY HISTOGRAM replies with.
   *
   * Boundaries grow by powers of two; one is listed only if values lie between it and the one before.
   *
   * @returns boundary (whole microseconds) and cumulative count in turn
   */
  cumulative(): number[] {
    const result: number[] = [];
    let seen = 0;
    let reported = 0;
    let slot = 0;
    for (let level = FIRST_LEVEL_NS; seen < this.#count; level *= 2) {
      // A boundary's own slot still belongs below it: it cannot be told apart.
      const lastSlot = level < 2 ** 30 ? slotOf(level) : SLOT_COUNT - 1;
      for (; slot <= lastSlot; slot++) seen += this.#at(slot);
      if (seen > reported) result.push(Math.floor(highestOf(lastSlot) / 1000), seen);
      reported = seen;
    }
    return result;
  }

  #at(slot: number): number {
    const page = slot >> PAGE_BITS;
    if (page >= this.#pages.length || this.#pages[page] === NO_PAGE) return 0;
    return this.#pages[page][slot & PAGE_MASK];
  }
}
