/**
 * Fails when a source file has more than 600 lines, and names those above 400, which deserve a second look.
 *
 * The length of functions is checked by the lint plugin beside this file.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

const LINES_WANTED = 400;
const LINES_MAX = 600;
const ROOTS = ["lib", "tests", "scripts"];

/** All TypeScript files below `dir`. */
function sourceFiles(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) return sourceFiles(path);
    return entry.name.endsWith(".ts") ? [path] : [];
  });
}

let failed = 0;
for (const path of ["main.ts", ...ROOTS.flatMap(sourceFiles)]) {
  const lines = readFileSync(path, "utf8").trimEnd().split("\n").length;
  if (lines <= LINES_WANTED) continue;
  if (lines > LINES_MAX) failed++;
  console.log(`${path}: ${lines} lines${lines > LINES_MAX ? `, more than ${LINES_MAX}` : ""}`);
}
if (failed > 0) {
  console.error(`check_sizes: ${failed} file(s) too long`);
  process.exit(1);
}
console.log("check_sizes: ok");
