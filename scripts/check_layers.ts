/**
 * Fails when an import goes against the direction of the layers, when modules import each other in a circle, or
 * when a runtime is named outside lib/platform.
 *
 * Layers: base ← arena ← pack ← dict, tree ← objects ← keyspace ← commands ← server ← main; the rest beside them, as
 * {@link ALLOWED} says. For direction type imports count like all others; circles are those of imports that exist at
 * run time, because a port and the types it is made of may well mention each other within one layer. The graph is
 * that of `deno info --json`.
 */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** What the modules of each folder of lib may import, besides their own folder. `platform` means types.ts. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  base: [],
  platform: [],
  config: ["base"],
  arena: ["base"],
  pack: ["base", "arena"],
  dict: ["base", "arena", "pack"],
  tree: ["base", "arena", "pack"],
  objects: ["base", "arena", "pack", "dict", "tree"],
  keyspace: ["base", "arena", "pack", "dict", "tree", "objects", "config"],
  resp: ["base", "arena", "platform"],
  rio: ["base", "arena", "platform"],
  bio: ["base", "platform"],
  rdb: ["base", "arena", "pack", "dict", "tree", "objects", "keyspace", "rio", "platform"],
  snapshot: ["base", "arena", "pack", "dict", "tree", "objects", "keyspace", "rdb", "rio", "platform"],
  aof: [
    "base",
    "arena",
    "dict",
    "tree",
    "objects",
    "keyspace",
    "rdb",
    "rio",
    "bio",
    "resp",
    "snapshot",
    "platform",
  ],
  commands: ["base", "arena", "pack", "dict", "tree", "objects", "keyspace", "resp", "config", "rdb", "rio"],
  server: [
    ...["base", "arena", "pack", "dict", "tree", "objects", "keyspace", "resp", "config", "rdb", "rio"],
    ...["commands", "aof", "bio", "snapshot", "platform"],
  ],
};

/** The only modules of lib/platform that others may import: the port, and a worker's own end of its channel. */
const PLATFORM_DOORS = ["lib/platform/types.ts", "lib/platform/worker_self.ts"];
/** The entry point of a Worker: like main.ts it picks its platform. */
const WORKER = "lib/bio/worker.ts";
/** What main.ts may import. */
const MAIN_MAY =
  /^lib\/(server\/|aof\/(rewrite_child|check)\.ts$|rdb\/save_child\.ts$|platform\/(deno|bun|types)\.ts$)/;

/** Module → what it imports; paths relative to the root. */
type Graph = Map<string, string[]>;

interface InfoModule {
  specifier: string;
  error?: string;
  dependencies?: { specifier: string; code?: { specifier?: string }; type?: { specifier?: string } }[];
}

/** All modules below lib, tests beside the code left out. */
function libModules(dir = "lib"): string[] {
  return readdirSync(join(ROOT, dir), { withFileTypes: true }).flatMap((entry) => {
    const path = `${dir}/${entry.name}`;
    if (entry.isDirectory()) return libModules(path);
    return entry.name.endsWith(".ts") && !entry.name.endsWith("_test.ts") ? [path] : [];
  });
}

/** Asks `deno info` for the imports of all `paths`. */
function readGraph(paths: readonly string[]): Graph {
  const dir = mkdtempSync(join(tmpdir(), "vellum-layers-"));
  try {
    const entry = join(dir, "all.ts");
    writeFileSync(
      entry,
      paths.map((path) => `import ${JSON.stringify(pathToFileURL(ROOT + path).href)};\n`).join(""),
    );
    const args = ["info", "--json", "--config", `${ROOT}deno.json`, entry];
    const text = execFileSync(process.execPath, args, { encoding: "utf8", maxBuffer: 1 << 28 });
    return toGraph((JSON.parse(text) as { modules: InfoModule[] }).modules);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function toGraph(modules: readonly InfoModule[]): Graph {
  const base = pathToFileURL(ROOT).href;
  const relative = (url: string) => url.startsWith(base) ? url.slice(base.length) : url;
  const graph: Graph = new Map();
  for (const module of modules) {
    if (!module.specifier.startsWith(base)) continue;
    if (module.error !== undefined) throw new Error(module.error);
    const imports = new Set<string>();
    for (const dependency of module.dependencies ?? []) {
      const target = dependency.code?.specifier ?? dependency.type?.specifier;
      imports.add(target === undefined ? dependency.specifier : relative(target));
    }
    graph.set(relative(module.specifier), [...imports]);
  }
  return graph;
}

/** The folder of lib a module is in; "" when it is elsewhere. */
function layerOf(path: string): string {
  return /^lib\/([^/]+)\//.exec(path)?.[1] ?? "";
}

/** What is wrong with one import, or undefined. */
function complaint(from: string, to: string): string | undefined {
  const layer = layerOf(from), target = layerOf(to);
  if (from === "main.ts") {
    return MAIN_MAY.test(to) ? undefined : "main may import server, the rewrite child and the platforms only";
  }
  if (to.startsWith("node:")) {
    return layer === "platform" ? undefined : "built-ins of node belong in lib/platform";
  }
  if (target === "") return "lib imports lib only";
  const allowed = ALLOWED[layer];
  if (allowed === undefined) return `lib/${layer} has no place in scripts/check_layers.ts`;
  if (target === layer) return undefined;
  if (!allowed.includes(target)) return `${layer} may not import ${target}`;
  if (target === "platform" && from !== WORKER && !PLATFORM_DOORS.includes(to)) {
    return "only the port's types may be imported";
  }
}

/** The imports that are there at run time: those with a name that is no `type`, or without names. */
function runtimeGraph(graph: Graph): Graph {
  const lean: Graph = new Map();
  for (const [path, targets] of graph) {
    const text = readFileSync(ROOT + path, "utf8");
    const typeOnly = new Set<string>(), runtime = new Set<string>();
    for (const [, isType, names, target] of text.matchAll(IMPORT)) {
      const all = names.replace(/[{}\s]+/g, " ").split(",").map((name) => name.trim()).filter((name) =>
        name !== ""
      );
      const erased = isType !== undefined || all.every((name) => name.startsWith("type "));
      (erased ? typeOnly : runtime).add(target.slice(target.lastIndexOf("/") + 1));
    }
    lean.set(
      path,
      targets.filter((target) => {
        const name = target.slice(target.lastIndexOf("/") + 1);
        return runtime.has(name) || !typeOnly.has(name);
      }),
    );
  }
  return lean;
}

/** An import or export with names and a source: whether all are types, the names, the source. */
const IMPORT = /^(?:import|export)\s+(type\s)?([^"';]*?)\sfrom\s+"([^"]+)"/gm;

/** The circles of a graph, each named once. */
function findCycles(graph: Graph): string[] {
  const state = new Map<string, "open" | "done">();
  const cycles: string[] = [];
  const path: string[] = [];
  const visit = (node: string) => {
    if (state.get(node) === "done") return;
    if (state.get(node) === "open") {
      cycles.push([...path.slice(path.indexOf(node)), node].join(" → "));
      return;
    }
    state.set(node, "open");
    path.push(node);
    for (const next of graph.get(node) ?? []) if (next !== node && graph.has(next)) visit(next);
    path.pop();
    state.set(node, "done");
  };
  for (const node of graph.keys()) visit(node);
  return cycles;
}

/** The lines that name a runtime, outside comments and strings. */
function runtimeNames(path: string): string[] {
  if (layerOf(path) === "platform") return [];
  const text = readFileSync(ROOT + path, "utf8")
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, " "))
    .replace(/\/\/.*$/gm, "")
    .replace(/"(?:[^"\\\n]|\\.)*"/g, '""');
  return text.split("\n").flatMap((line, i) =>
    /\b(Deno|Bun)\s*[.[]/.test(line) ? [`${path}:${i + 1}: names a runtime outside lib/platform`] : []
  );
}

const modules = [...libModules(), "main.ts"];
const graph = readGraph(modules);
const problems = modules.flatMap(runtimeNames);
for (const path of modules) {
  for (const target of graph.get(path) ?? []) {
    const why = complaint(path, target);
    if (why !== undefined) problems.push(`${path} → ${target}: ${why}`);
  }
}
problems.push(...findCycles(runtimeGraph(graph)).map((cycle) => `circle: ${cycle}`));
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
console.log(`check_layers: ok (${modules.length} modules)`);
