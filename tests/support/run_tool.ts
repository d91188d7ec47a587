/** A program that is run to its end, for its output and status. */

import { type Buffer } from "node:buffer";
import { spawn } from "node:child_process";

/** How it has ended. */
export interface ToolRun {
  /** Undefined if a signal has ended it. */
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program; standard input brings `input`, which it need not read. Output is decoded as `encoding`. */
export function runTool(
  argv: readonly string[],
  options: { cwd?: string; input?: string; encoding?: "utf8" | "latin1"; timeoutMs?: number } = {},
): Promise<ToolRun> {
  const { cwd, input = "", encoding = "utf8", timeoutMs = 60_000 } = options;
  const [file, ...args] = argv;
  return new Promise((done, fail) => {
    const child = spawn(file, args, { cwd, stdio: ["pipe", "pipe", "pipe"] });
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, timeoutMs);
    const output = { stdout: "", stderr: "" };
    child.stdout.on("data", (chunk: Buffer) => output.stdout += chunk.toString("latin1"));
    child.stderr.on("data", (chunk: Buffer) => output.stderr += chunk.toString("latin1"));
    // Who has ended without reading leaves a broken pipe.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
    child.on("error", fail);
    child.on("close", (code) => {
      clearTimeout(timer);
      if (late) return fail(new Error(`${argv.join(" ")} did not end within ${timeoutMs} ms`));
      const text = (raw: string) =>
        encoding === "latin1" ? raw : new TextDecoder().decode(Uint8Array.from(raw, (c) => c.charCodeAt(0)));
      done({ status: code ?? undefined, stdout: text(output.stdout), stderr: text(output.stderr) });
    });
  });
}
