/**
 * Writes lib/server/modules.ts: one import for each module that a server loads at start.
 *
 *     deno task modules [--check]
 *
 * DESIGN. With `--check` nothing is written, and a list that is not up to date is an error. On the list is what
 * lib/server/run.ts imports at run time, directly or not; dynamic imports and those of types only do not count. Nor
 * do modules that git does not know yet: a list that names one could be committed before it, and nothing would start.
 */

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const ENTRY = "lib/server/run.ts";
const LIST = "lib/server/modules.ts";

const HEADER = `/**
 * Every module that a server loads at start. Written by \`deno task modules\`; not to be edited.
 *
 * DESIGN. For each module that is the first to import some other one, the loader of Deno decodes the source map,
 * only to know the place of that import. With all modules asked for here that happens once instead of some 60
 * times, which takes 6 ms off a cold start.
 */

`;

/** An import or export with a source: whether all of it are types, the names, the source. */
const IMPORT = /^(?:import|export)\s+(type\s)?(?:([^"';]*?)\sfrom\s+)?"(\.[^"]+)"/gm;

/** The modules that `path` loads by itself, relative to the root. */
function importsOf(path: string): string[] {
  const found: string[] = [];
  for (const [, isType, names = "", source] of readFileSync(join(ROOT, path), "utf8").matchAll(IMPORT)) {
    const bound = names.replace(/[{}\s]+/g, " ").split(",").map((name) => name.trim()).filter(Boolean);
    const erased = isType !== undefined ||
      bound.length > 0 && bound.every((name) => name.startsWith("type "));
    if (!erased) found.push(join(dirname(path), source));
  }
  return found;
}

/** The files below lib that are in git's index; undefined where there is no git. */
function knownToGit(): Set<string> | undefined {
  if (!existsSync(join(ROOT, ".git"))) return undefined;
  return new Set(execFileSync("git", ["ls-files", "lib"], { cwd: ROOT, encoding: "utf8" }).split("\n"));
}

/** All modules that a server loads at start, but for the entry and the list itself. */
function reachable(): string[] {
  const known = knownToGit();
  const seen = new Set([ENTRY]);
  // A Set also yields what is added while it is walked.
  for (const path of seen) {
    if (path === LIST) continue;
    for (const target of importsOf(path)) if (known === undefined || known.has(target)) seen.add(target);
  }
  seen.delete(ENTRY);
  seen.delete(LIST);
  return [...seen].sort();
}

const lines = reachable().map((path) => `import "../${path.slice("lib/".length)}";\n`);
const text = HEADER + lines.join("");
if (process.argv.includes("--check")) {
  if (readFileSync(join(ROOT, LIST), "utf8") !== text) {
    console.error(`${LIST} is not up to date: run \`deno task modules\``);
    process.exit(1);
  }
  console.log(`list_modules: ok (${lines.length} modules)`);
} else {
  writeFileSync(join(ROOT, LIST), text);
}
