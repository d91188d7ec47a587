/**
 * Sorting by numeric keys: indexes are moved, keys stay where they are.
 *
 * DESIGN. Two ways, which put equal keys in the orders that Redis puts them
 * in: `sortByKeys` keeps their order (a merge sort, as the C library's qsort);
 * `sortFirstByKeys` sorts only the first ones and leaves the rest in some
 * order. That is the quicksort of Bentley and McIlroy ("Engineering a Sort
 * Function", 1993), which goes on only with parts that are asked for. Its
 * choice of pivots is part of the result, so it is followed to the letter.
 */

/** Runs of this length are sorted by insertion before they are merged. */
const RUN = 8;

/**
 * Sorts `order[0, count)` by `keys[order[i]]`, ascending; equal keys stay in order.
 * @param spare room for `count` indexes
 * @returns `order` or `spare`, in which the result is
 */
export function sortByKeys(
  order: Int32Array,
  keys: Float64Array,
  count: number,
  spare: Int32Array,
): Int32Array {
  for (let from = 0; from < count; from += RUN) {
    insertionSort(order, keys, from, Math.min(RUN, count - from));
  }
  let source = order;
  let target = spare;
  for (let width = RUN; width < count; width *= 2) {
    for (let from = 0; from < count; from += width * 2) {
      const middle = Math.min(from + width, count);
      merge(source, target, keys, from, middle, Math.min(from + width * 2, count));
    }
    [source, target] = [target, source];
  }
  return source;
}

/** Merges `source[from, middle)` and `source[middle, end)` to `target[from, end)`. */
function merge(
  source: Int32Array,
  target: Int32Array,
  keys: Float64Array,
  from: number,
  middle: number,
  end: number,
): void {
  let left = from;
  let right = middle;
  for (let at = from; at < end; at++) {
    const isLeft = right === end || (left < middle && !(keys[source[left]] > keys[source[right]]));
    target[at] = isLeft ? source[left++] : source[right++];
  }
}

function insertionSort(order: Int32Array, keys: Float64Array, from: number, count: number): void {
  for (let i = from + 1; i < from + count; i++) {
    for (let j = i; j > from && keys[order[j - 1]] > keys[order[j]]; j--) swap(order, j, j - 1);
  }
}

function swap(order: Int32Array, i: number, j: number): void {
  const index = order[i];
  order[i] = order[j];
  order[j] = index;
}

/** The place among three whose key is in the middle. */
function medianOf(order: Int32Array, keys: Float64Array, a: number, b: number, c: number): number {
  const ka = keys[order[a]];
  const kb = keys[order[b]];
  const kc = keys[order[c]];
  if (ka < kb) return kb < kc ? b : ka < kc ? c : a;
  return kb > kc ? b : ka < kc ? a : c;
}

/** Where a partition is split. */
function pivotOf(order: Int32Array, keys: Float64Array, from: number, count: number): number {
  let middle = from + (count >>> 1);
  if (count === 7) return middle;
  let low = from;
  let high = from + count - 1;
  if (count > 40) {
    const d = count >>> 3;
    low = medianOf(order, keys, low, low + d, low + 2 * d);
    middle = medianOf(order, keys, middle - d, middle, middle + d);
    high = medianOf(order, keys, high - 2 * d, high - d, high);
  }
  return medianOf(order, keys, low, middle, high);
}

/** Sorts `order[0, count)` by `keys[order[i]]`, ascending, as far as `order[0, wanted)` is concerned. */
export function sortFirstByKeys(order: Int32Array, keys: Float64Array, count: number, wanted: number): void {
  sortPart(order, keys, 0, count, wanted);
}

function sortPart(order: Int32Array, keys: Float64Array, from: number, count: number, wanted: number): void {
  while (count >= 7) {
    const end = from + count;
    swap(order, from, pivotOf(order, keys, from, count));
    const pivot = keys[order[from]];
    // Keys equal to the pivot gather at both ends: [from, equalLow) and (equalHigh, end).
    let equalLow = from + 1;
    let low = equalLow;
    let high = end - 1;
    let equalHigh = high;
    for (;;) {
      for (; low <= high && keys[order[low]] <= pivot; low++) {
        if (keys[order[low]] === pivot) swap(order, equalLow++, low);
      }
      for (; low <= high && keys[order[high]] >= pivot; high--) {
        if (keys[order[high]] === pivot) swap(order, high, equalHigh--);
      }
      if (low > high) break;
      swap(order, low++, high--);
    }
    // Then they go to the middle.
    swapRuns(order, from, low, Math.min(equalLow - from, low - equalLow));
    swapRuns(order, low, end, Math.min(equalHigh - high, end - 1 - equalHigh));
    const less = low - equalLow;
    const greater = equalHigh - high;
    if (less > 1 && from < wanted) sortPart(order, keys, from, less, wanted);
    from = end - greater;
    count = greater;
    if (count <= 1 || from >= wanted) return;
  }
  insertionSort(order, keys, from, count);
}

/** Exchanges `length` indexes from `a` on with the last ones before `bEnd`. */
function swapRuns(order: Int32Array, a: number, bEnd: number, length: number): void {
  for (let i = 0; i < length; i++) swap(order, a + i, bEnd - length + i);
}
