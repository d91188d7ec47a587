/**
 * Where generators of random commands are found: every export `…Commands` of a module in `generators/`; an export
 * `…Fixtures` of the same module is sent once before. `generators/choose.ts` says what they are made with.
 */

import { readdirSync } from "node:fs";
import { type Command, type CommandGenerator } from "./generators/choose.ts";

export type { Command };

/** One source of random commands. */
export interface Generator {
  readonly name: string;
  /** Sent before all others. */
  readonly fixtures: readonly Command[];
  readonly next: CommandGenerator;
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
    for (const [name, next] of Object.entries(exports)) {
      if (name.endsWith("Commands")) generators.push({ name, fixtures, next: next as CommandGenerator });
    }
  }
  if (generators.length === 0) throw new Error("generators/ exports no generator");
  return generators;
}
