/** Programs on the PATH that talk to a server, for the tests beside this file: they run where they are found. */

import { spawn, spawnSync } from "node:child_process";
import { TestServer } from "../support/server.ts";

/** How long a program may take, in ms; generous, for machines that are busy with something else. */
const RUN_TIMEOUT_MS = 120_000;

/** Whether a program is there and ends well with these arguments. */
export function works(program: string, args: readonly string[]): boolean {
  return spawnSync(program, args).status === 0;
}

/** Whether a program is on the PATH; says aloud when it is not. */
export function found(program: string): boolean {
  const there = works(program, ["--version"]);
  if (!there) console.log(`NOT TESTED: no ${program} on PATH`);
  return there;
}

/** How a program has ended, and everything it has printed. */
export interface Run {
  /** Null if a signal has ended it. */
  readonly status: number | null;
  readonly text: string;
}

/** Runs a program to its end; standard input brings `input`, as latin1. @throws Error when it takes too long */
export function runToEnd(program: string, args: readonly string[], input = ""): Promise<Run> {
  return new Promise((done, fail) => {
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
    let text = "";
    const timer = setTimeout(() => {
      fail(new Error(`${program} ${args.join(" ")} did not end within ${RUN_TIMEOUT_MS} ms: ${text}`));
      child.kill("SIGKILL");
    }, RUN_TIMEOUT_MS);
    child.stdout.setEncoding("utf8").on("data", (chunk) => text += chunk);
    child.stderr.setEncoding("utf8").on("data", (chunk) => text += chunk);
    child.on("error", fail);
    child.on("close", (status) => {
      clearTimeout(timer);
      done({ status, text });
    });
    child.stdin.on("error", () => {}); // who has ended without reading leaves a broken pipe
    child.stdin.end(input, "latin1");
  });
}

/** Runs a program. @returns everything it printed; rejects unless it ends with code 0 */
export async function run(program: string, args: readonly string[], input = ""): Promise<string> {
  const { status, text } = await runToEnd(program, args, input);
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${text}`);
  return text;
}

/** Runs redis-cli with these arguments for a server, and returns what it printed. */
export type Cli = (args: string[], input?: string) => Promise<string>;

/** A server with 100 strings, and redis-cli for it, where there is one. */
export async function withCli(test: (cli: Cli, server: TestServer) => Promise<void>): Promise<void> {
  if (!found("redis-cli")) return;
  await using server = await TestServer.start();
  const client = await server.connect();
  for (let i = 0; i < 100; i++) await client.command("SET", `key:${i}`, "x".repeat(i));
  await test((args, input) => run("redis-cli", ["-p", String(server.port), ...args], input), server);
}
