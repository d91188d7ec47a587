/**
 * Builds dist/vellum, one executable with everything in it.
 *
 *     deno task compile [--with deno|bun] [--out dist/vellum]
 *
 * DESIGN. `deno compile` needs a runtime that it downloads from Deno's own site; where that is out of reach, Bun
 * (from the PATH, else from npm) builds the same program. Nothing in lib depends on which of them did. The bio
 * Worker is loaded by its path, so each build must be told of it.
 */

import { spawnSync } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { v8Option } from "./start_command.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const BUN_VERSION = "1.4.4";
const WORKER = "lib/bio/worker.ts";
/** A download that takes longer than this counts as out of reach. */
const DENO_TIMEOUT_MS = 180_000;
const BUN_TIMEOUT_MS = 600_000;

/** Runs a command in the project's root. @returns whether it succeeded */
function run(argv: readonly string[], timeout: number): boolean {
  console.log(argv.join(" "));
  const [file, ...args] = argv;
  const { status } = spawnSync(file, args, { cwd: ROOT, stdio: "inherit", timeout });
  return status === 0;
}

function compileWithDeno(out: string): boolean {
  const options = ["--allow-all", "--no-check", ...v8Option(), "--include", WORKER, "--output", out];
  return run([process.execPath, "compile", ...options, "main.ts"], DENO_TIMEOUT_MS);
}

/** The bun of the PATH if it has the right version, else that of the npm registry. */
function bunCommand(): string[] {
  const { stdout } = spawnSync("bun", ["--version"], { encoding: "utf8" });
  return stdout?.trim() === BUN_VERSION ? ["bun"] : ["npx", "-y", `bun@${BUN_VERSION}`];
}

function compileWithBun(out: string): boolean {
  // Bytecode nearly halves a cold start, which is mostly parsing. A server must not take settings from a .env or
  // bunfig.toml that lies where it is started.
  const options = [
    "--compile",
    "--bytecode",
    "--format=esm",
    "--no-compile-autoload-dotenv",
    "--no-compile-autoload-bunfig",
  ];
  return run([...bunCommand(), "build", ...options, "main.ts", WORKER, "--outfile", out], BUN_TIMEOUT_MS);
}

const { values } = parseArgs({
  options: { with: { type: "string" }, out: { type: "string", default: "dist/vellum" } },
});
const out = resolve(ROOT, values.out);
mkdirSync(dirname(out), { recursive: true });
const built = values.with === "bun"
  ? compileWithBun(out)
  : compileWithDeno(out) || (values.with === undefined && compileWithBun(out));
if (!built) {
  console.error("compile: no executable was built");
  process.exit(1);
}
console.log(`compile: ${out}, ${(statSync(out).size / 1e6).toFixed(0)} MB`);
