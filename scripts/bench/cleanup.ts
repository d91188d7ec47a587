/**
 * Everything the benchmark must not leave behind: its processes and its files.
 *
 * DESIGN. All temp dirs live under one root, every process is the leader of a
 * group of its own, and both are noted here. `sweep` is synchronous, so that it
 * also works from the `unload` event, which runs however the program ends.
 * Groups, not processes, are killed: a rewriting child must not survive.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const groups = new Set<number>();
let root = "";
let dirs = 0;

/** Chooses the parent of all temp dirs and arms the sweep for exit, Ctrl-C and termination. */
export function armCleanup(tmp: string | null): void {
  root = mkdtempSync(join(tmp ?? tmpdir(), "vellum-bench-"));
  globalThis.addEventListener("unload", sweep);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    Deno.addSignalListener(signal, () => {
      sweep();
      Deno.exit(130);
    });
  }
}

/** The directory under which {@link freshDir} works. */
export function tempRoot(): string {
  return root;
}

/** A new, empty directory. */
export function freshDir(label: string): string {
  const dir = join(root, `${++dirs}-${label.replaceAll(/[^\w.-]+/g, "_")}`);
  Deno.mkdirSync(dir);
  return dir;
}

/** Removes a directory now rather than at exit; files that vanish meanwhile do not matter. */
export function removeDir(dir: string): void {
  rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}

/** Notes the process group `pgid`, to be killed at exit. */
export function noteGroup(pgid: number): void {
  groups.add(pgid);
}

/** Kills a noted process group now. */
export function killGroup(pgid: number): void {
  if (!groups.delete(pgid)) return;
  try {
    Deno.kill(-pgid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function sweep(): void {
  for (const pgid of groups) killGroup(pgid);
  if (root !== "") removeDir(root);
  root = "";
}
