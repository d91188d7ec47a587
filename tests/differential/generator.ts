/**
 * Where generators of random commands are found: every export `…Commands` of a module in `generators/`; an export
 * `…Fixtures` of the same module is sent once before, and an export `…Traits` says how they are to be run.
 * `generators/choose.ts` says what they are made with; a name that begins with @ is a word of `probes.ts`.
 */

import { readdirSync } from "node:fs";
import { type Command, type CommandGenerator } from "./generators/choose.ts";

export type { Command };

/** How the commands of a generator are run. */
export interface Traits {
  /** Never mixed with those of others. */
  readonly alone?: boolean;
  /** Left out or true: encodings are compared. */
  readonly encodings?: boolean;
}

/** One source of random commands. */
export interface Generator {
  readonly name: string;
  /** Sent before all others. */
  readonly fixtures: readonly Command[];
  readonly next: CommandGenerator;
  readonly traits: Traits;
}

/** Loads all generators. */
export async function loadGenerators(): Promise<Generator[]> {
  const folder = new URL("./generators/", import.meta.url);
  const generators: Generator[] = [];
  for (const file of readdirSync(folder).sort()) {
    if (!file.endsWith(".ts") || file.endsWith("_test.ts") || file === "choose.ts") continue;
    const exports = await import(new URL(file, folder).href) as Record<string, unknown>;
    const fixtures = Object.entries(exports)
      .filter(([name]) => name.endsWith("Fixtures"))
      .flatMap(([, commands]) => commands as Command[]);
    const traits = Object.entries(exports).find(([name]) => name.endsWith("Traits"))?.[1] as Traits ?? {};
    for (const [name, next] of Object.entries(exports)) {
      if (!name.endsWith("Commands")) continue;
      generators.push({ name, fixtures, next: next as CommandGenerator, traits });
    }
  }
  if (generators.length === 0) throw new Error("generators/ exports no generator");
  return generators;
}
