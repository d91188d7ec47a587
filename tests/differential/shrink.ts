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

/**
 * Makes the items of a failing sequence small, one after the other: arguments are left out, ever fewer at once, and
 * long ones cut.
 */
export async function shrinkArguments(
  commands: readonly (readonly string[])[],
  fails: (commands: readonly (readonly string[])[]) => Promise<boolean>,
  budgetMs: number,
): Promise<readonly (readonly string[])[]> {
  const deadline = performance.now() + budgetMs;
  let best = commands;
  for (let i = best.length - 1; i >= 0 && performance.now() < deadline; i--) {
    const [name, ...args] = best[i];
    const replaced = (some: readonly string[]) =>
      best.map((command, j) => j === i ? [name, ...some] : command);
    let small = await shrink(args, async (some) => await fails(replaced(some)), deadline - performance.now());
    for (let k = 0; k < small.length; k++) {
      for (let text = small[k]; text.length > 1 && performance.now() < deadline;) {
        text = text.slice(0, text.length >> 1);
        const candidate = small.map((arg, j) => j === k ? text : arg);
        if (!(await fails(replaced(candidate)))) break;
        small = candidate;
      }
    }
    best = replaced(small);
  }
  return best;
}
