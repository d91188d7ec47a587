/** How the task `start` runs the server: the one place where its flags stand is deno.json. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = new URL("..", import.meta.url);
const V8_FLAGS = "--v8-flags=";

/** The words of the task, `deno` first and `main.ts` last. */
function startWords(): string[] {
  const { tasks } = JSON.parse(readFileSync(new URL("deno.json", ROOT), "utf8"));
  return tasks.start.split(" ");
}

/** The command line that starts a server from source with the Deno at `deno`, without options of its own. */
export function startCommand(deno: string): string[] {
  const words = startWords();
  return [deno, ...words.slice(1, -1), fileURLToPath(new URL(words.at(-1)!, ROOT))];
}

/** The option with which Deno's V8 is tuned, if there is one. */
export function v8Option(): string[] {
  return startWords().filter((word) => word.startsWith(V8_FLAGS));
}
