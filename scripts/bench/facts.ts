/**
 * Who takes part, and on what machine.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { startCommand } from "../start_command.ts";
import { tempRoot } from "./cleanup.ts";
import { type Options, splitCommand } from "./options.ts";
import { type Contender, Server } from "./server.ts";
import type { ContenderFacts } from "./session.ts";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));

/** Whether a program of that name is on the PATH. */
export function onPath(program: string): boolean {
  return (Deno.env.get("PATH") ?? "").split(delimiter).some((dir) => existsSync(join(dir, program)));
}

/** The variants of vellum. @throws Error when there is none, or a named executable is missing. */
export function findSubjects(options: Options): Contender[] {
  const subjects: Contender[] = [];
  const add = (name: string, argv: string[]) => subjects.push({ name, role: "subject", argv });
  if (options.subject !== null) add("subject", splitCommand(options.subject));
  else if (existsSync(join(PROJECT, "main.ts"))) {
    add("source", startCommand(Deno.execPath()));
  }
  const built = join(PROJECT, "dist", "vellum");
  if (options.executable !== null) {
    if (!existsSync(options.executable)) throw new Error(`Cannot find the executable ${options.executable}`);
    add("executable", [resolve(options.executable)]);
  } else if (options.subject === null && existsSync(built)) add("executable", [built]);
  if (subjects.length === 0) {
    throw new Error(
      "Cannot find a subject: there is neither main.ts nor dist/vellum; see --subject and --exe",
    );
  }
  return subjects;
}

/** The servers to compare with: those that were named, else those that are found. */
export function findReferences(options: Options): Contender[] {
  const commands = options.references.length > 0
    ? options.references
    : ["redis-server", "valkey-server"].filter(onPath);
  const names = new Set<string>();
  return commands.map((command) => {
    const argv = splitCommand(command);
    let name = argv[0].split("/").at(-1) ?? command;
    if (names.has(name)) name = `${name}#${names.size + 1}`;
    names.add(name);
    return { name, role: "reference", argv };
  });
}

/** Starts `contender` once and asks what it is. */
export async function inspect(contender: Contender): Promise<ContenderFacts> {
  const server = await Server.start(contender, "everysec");
  try {
    const info = await server.client.info("server");
    const memory = await server.client.info("memory");
    const valkey = info.get("valkey_version");
    return {
      flavour: valkey === undefined ? info.get("server_name") ?? "redis" : "valkey",
      version: valkey ?? info.get("vellum_version") ?? info.get("redis_version") ?? "unknown",
      allocator: memory.get("mem_allocator") ?? "",
    };
  } finally {
    await server.stop();
  }
}

/** The machine and the tools, for the head of the report. */
export function machineFacts(): Record<string, string> {
  const cores = cpus();
  return {
    "date": new Date().toISOString(),
    "commit": output("git", ["-C", PROJECT, "describe", "--always", "--dirty"]),
    "processor": `${cores.length} x ${cores[0]?.model ?? "unknown"}`,
    "memory": `${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
    "kernel": `Linux ${release()}`,
    "load average": loadavg().map((load) => load.toFixed(2)).join(" "),
    "directory": `${tempRoot()} (${fileSystemOf(tempRoot())})`,
    "deno": `${Deno.version.deno}, v8 ${Deno.version.v8}`,
  };
}

/** What a program prints on its first line; `unknown` when it cannot be run. */
export function output(file: string, args: string[]): string {
  try {
    const text = execFileSync(file, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return text.trim().split("\n")[0];
  } catch {
    return "unknown";
  }
}

/** The type of the file system under `path`: an AOF on tmpfs never waits for a disk. */
function fileSystemOf(path: string): string {
  let type = "unknown";
  let longest = -1;
  for (const line of readFileSync("/proc/self/mounts", "utf8").split("\n")) {
    const [, mount, kind] = line.split(" ");
    if (mount === undefined || mount.length <= longest) continue;
    if (mount === "/" || path === mount || path.startsWith(mount + "/")) {
      longest = mount.length;
      type = kind;
    }
  }
  return type;
}
