/**
 * Starting this program again on Deno, with a piped stdin.
 *
 * DESIGN. From source that is `deno run` of the main module with the same
 * permissions; in an executable built by `deno compile` it is the executable.
 * Every promise of the child's pipe is observed here, so that a child that dies
 * early shows as a rejected `write`, never as an unhandled rejection.
 */

import { toIoError } from "./errno.ts";
import { childEnvironment, refuseNestedSpawn } from "./spawn_guard.ts";
import type { Child, ExitStatus } from "./types.ts";

class DenoChild implements Child {
  readonly pid: number;
  readonly exited: Promise<ExitStatus>;
  readonly #process: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;

  constructor(process: Deno.ChildProcess) {
    this.pid = process.pid;
    this.#process = process;
    this.#stdin = process.stdin.getWriter();
    this.#stdin.closed.catch(() => {});
    this.exited = process.status.then((status) => ({
      code: status.code,
      signal: status.signal ?? undefined,
    }));
  }

  async write(buf: Uint8Array): Promise<void> {
    try {
      await this.#stdin.write(buf as Uint8Array<ArrayBuffer>);
    } catch (error) {
      throw toIoError(error, "write");
    }
  }

  async closeStdin(): Promise<void> {
    try {
      await this.#stdin.close();
    } catch {
      // The pipe is broken: the child reads end of file anyhow.
    }
  }

  kill(signal: "SIGKILL" | "SIGUSR1" | "SIGTERM"): void {
    try {
      this.#process.kill(signal);
    } catch {
      // Gone already.
    }
  }
}

/**
 * The arguments that make this executable run the same main module. Modules that are imported on demand are not even
 * looked at before: to a rewrite child those are the whole server's.
 */
function selfArgs(): string[] {
  if (Deno.build.standalone) return [];
  return ["run", "-A", "--no-prompt", "--quiet", "--unstable-lazy-dynamic-imports", Deno.mainModule];
}

/** As `Platform.spawnSelf`. @throws {IoError} */
export function spawnDenoSelf(args: readonly string[]): Child {
  refuseNestedSpawn(Deno.env.toObject(), Deno.ppid);
  try {
    const command = new Deno.Command(Deno.execPath(), {
      args: [...selfArgs(), ...args],
      stdin: "piped",
      stdout: "inherit",
      stderr: "inherit",
      env: childEnvironment(Deno.pid),
    });
    return new DenoChild(command.spawn());
  } catch (error) {
    throw toIoError(error, "spawn");
  }
}
