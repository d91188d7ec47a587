/** Moving words between and within nodes. */

/** Below this many a loop is faster than the engine's call. */
const MOVE_LOOP_MAX = 24;

/** Copies `n` words from `source[from, …)` to `target[to, …)`; ranges of one array may overlap. */
export function moveWords(source: Int32Array, from: number, target: Int32Array, to: number, n: number): void {
  if (n > MOVE_LOOP_MAX) {
    if (source === target) source.copyWithin(to, from, from + n);
    else target.set(source.subarray(from, from + n), to);
  } else if (to <= from || source !== target) {
    for (let i = 0; i < n; i++) target[to + i] = source[from + i];
  } else {
    for (let i = n - 1; i >= 0; i--) target[to + i] = source[from + i];
  }
}
