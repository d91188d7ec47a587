/**
 * A redis-server 7.2 that takes any arguments, to compare configurations with.
 *
 * Everything here comes with recorded facts that are tested with or without
 * it; the comparison proves the facts where a real server is found.
 */

import { Buffer } from "node:buffer";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bytesToByteString, textToByteString } from "../../lib/base/byte_string.ts";
import type { ConfigIo } from "../../lib/config/io.ts";
import { Client, sleep } from "../support/client.ts";
import { findReferenceRedis } from "../support/reference_redis.ts";
import { freePort } from "../support/server.ts";

/** Runs a comparison with a real redis-server, or says aloud that there is none. */
export async function withRedis72(
  what: string,
  compare: (executable: string) => Promise<void> | void,
): Promise<void> {
  const path = findReferenceRedis();
  if (path === undefined) {
    console.log(`NOT COMPARED: ${what}: no redis-server 7.2 on PATH or in VELLUM_REF_REDIS`);
  } else await compare(path);
}

/** A new directory that goes with its scope. */
export class Directory implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "vellum-config-"));
  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}

/** The real file system seen from `dir`, as the configuration wants it. Changing directory only answers. */
export function diskIo(dir: string): ConfigIo {
  const words = (error: unknown) => {
    const code = (error as { code?: string }).code;
    return { strerror: code === "ENOENT" ? "No such file or directory" : String(code) };
  };
  const at = (path: string) => path.startsWith("/") ? path : join(dir, path);
  return {
    readFile(path) {
      try {
        return bytesToByteString(readFileSync(at(path)));
      } catch (error) {
        throw words(error);
      }
    },
    listDirectory: (path) => readdirSync(at(path)).map(textToByteString),
    changeDirectory(path) {
      try {
        readdirSync(at(path));
        return at(path);
      } catch (error) {
        throw words(error);
      }
    },
    probeLogFile: (path) => {
      if (path.startsWith("/nonexistent/")) throw words({ code: "ENOENT" });
    },
  };
}

/** A byte string as bytes for node's file functions. */
export function toBuffer(text: string): Buffer {
  return Buffer.from(text, "latin1");
}

/** Starts `executable` with a configuration that it must refuse. @returns what it wrote to standard error */
export function refusal(executable: string, args: readonly string[], cwd: string): string {
  const out = spawnSync(executable, args, { cwd, timeout: 20_000, killSignal: "SIGKILL" });
  if (out.status === null) throw new Error(`redis-server accepted ${JSON.stringify(args)}`);
  return out.stderr.toString("latin1");
}

/** A running redis-server in a directory of its own, and a connection to it. */
export class Redis72 implements AsyncDisposable {
  readonly dir: string;
  readonly port: number;
  readonly client: Client;
  readonly #child: ChildProcess;

  private constructor(dir: string, port: number, child: ChildProcess, client: Client) {
    this.dir = dir;
    this.port = port;
    this.#child = child;
    this.client = client;
  }

  /** Starts it with the arguments made from its directory and port. */
  static async start(executable: string, argsOf: (dir: string, port: number) => string[]): Promise<Redis72> {
    const dir = mkdtempSync(join(tmpdir(), "vellum-config-"));
    const port = freePort();
    const child = spawn(executable, argsOf(dir, port), { cwd: dir, stdio: "ignore" });
    for (let tries = 0; tries < 400 && child.exitCode === null; tries++) {
      try {
        return new Redis72(dir, port, child, await Client.connect({ port }));
      } catch {
        await sleep(25);
      }
    }
    child.kill("SIGKILL");
    rmSync(dir, { recursive: true });
    throw new Error("Cannot start redis-server");
  }

  /** Runs commands in one pipeline. @returns the replies, arrays as lists, the rest as text */
  async pipeline(commands: readonly (readonly string[])[]): Promise<(string | string[])[]> {
    const latin1 = commands.map((args) =>
      args.map((arg) => Uint8Array.from(arg, (char) => char.charCodeAt(0)))
    );
    const replies = await this.client.pipeline(latin1);
    return replies.map((reply) => {
      if (reply.type === "array") return reply.items.map((item) => item.type === "bulk" ? item.text : "");
      if (reply.type === "error") return `-${reply.text}`;
      return "text" in reply ? reply.text : "";
    });
  }

  /** Runs one command. */
  async command(...args: string[]): Promise<string | string[]> {
    return (await this.pipeline([args]))[0];
  }

  /** CONFIG GET as a map. */
  async configGet(pattern: string): Promise<Map<string, string>> {
    const flat = await this.command("CONFIG", "GET", pattern) as string[];
    return new Map(Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    const gone = new Promise((resolve) => this.#child.once("exit", resolve));
    if (this.#child.exitCode === null && this.#child.kill("SIGKILL")) await gone;
    rmSync(this.dir, { recursive: true });
  }
}
