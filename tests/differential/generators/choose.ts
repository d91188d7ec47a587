/**
 * Random choices for command generators.
 *
 * DESIGN. A generator takes `random` (a number in [0, 1), like `Math.random`)
 * and nothing else, so that one seed repeats a run. Arguments are strings in
 * which every character is one byte.
 */

/** A source of numbers in [0, 1). */
export type RandomSource = () => number;

/** One command: its name and arguments. */
export type Command = readonly string[];

/** Makes the next commands to send; one or more that belong together. */
export type CommandGenerator = (random: RandomSource) => Command[];

/** An integer in [0, below). */
export function int(random: RandomSource, below: number): number {
  return Math.floor(random() * below);
}

/** True with a probability of `percent` in a hundred. */
export function chance(random: RandomSource, percent: number): boolean {
  return random() * 100 < percent;
}

/** One of the items. */
export function pick<T>(random: RandomSource, items: readonly T[]): T {
  return items[int(random, items.length)];
}

/** One of the second items, as often as the first ones say. */
export function weighted<T>(random: RandomSource, items: readonly (readonly [number, T])[]): T {
  let at = random() * items.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, item] of items) {
    at -= weight;
    if (at < 0) return item;
  }
  return items[items.length - 1][1];
}

/** `length` random bytes. */
export function randomBytes(random: RandomSource, length: number): string {
  let text = "";
  for (let i = 0; i < length; i++) text += String.fromCharCode(int(random, 256));
  return text;
}

/** The command in mixed case at times. */
export function mixCase(random: RandomSource, word: string): string {
  return chance(random, 80)
    ? word
    : Array.from(word, (c) => chance(random, 50) ? c.toLowerCase() : c).join("");
}

/** Spoils a command at times: an argument missing, one too many, one replaced. */
export function spoil(random: RandomSource, command: Command, percent: number): Command {
  if (!chance(random, percent)) return command;
  const at = 1 + int(random, Math.max(1, command.length - 1));
  switch (int(random, 3)) {
    case 0:
      return command.filter((_, i) => i !== at);
    case 1:
      return [...command.slice(0, at), pick(random, ["", "x", "-1", "NX"]), ...command.slice(at)];
    default:
      return command.map((arg, i) => i === at ? pick(random, ["", "abc", "9223372036854775808", "\0"]) : arg);
  }
}
