/** Makes a failing sequence of commands small: what is left out of it makes the failure go away. */

/**
 * Removes ever smaller runs of items while `fails` still says yes.
 * @param budgetMs after this time the smallest failing sequence so far is good enough
 */
export async function shrink<T>(
  items: readonly T[],
  fails: (items: readonly T[]) => Promise<boolean>,
  budgetMs: number,
): Promise<readonly T[]> {
  const deadline = performance.now() + budgetMs;
  let best = items;
  for (let size = Math.ceil(best.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.length && performance.now() < deadline;) {
      const candidate = [...best.slice(0, at), ...best.slice(at + size)];
      if (candidate.length > 0 && await fails(candidate)) best = candidate;
      else at += size;
    }
  }
  return best;
}
