/**
 * Commands whose modules are loaded behind the first clients: those for operators and tools, with their texts.
 *
 * DESIGN. Every module costs a cold start 0.1 to 0.2 ms. The table knows these commands from the start, with all
 * their facts; only the code behind them comes later, by {@link loadLateCommands}. Until then the server lets a
 * client that asks for one wait (lib/server/late_gate.ts), and it replays no file, so a handler here never runs
 * before its module is there. Commands that data is made of, or that clients begin with, do not belong here.
 */

import { type CommandSpec, type Handler, type HandlerTable } from "./spec.ts";

/** Commands that one module brings. */
interface Family {
  readonly names: readonly string[];
  load(): Promise<HandlerTable>;
}

const FAMILIES: readonly Family[] = [
  { names: ["command|docs"], load: async () => (await import("./command_docs.ts")).COMMAND_DOCS_COMMANDS },
  { names: ["debug"], load: async () => (await import("./debug.ts")).DEBUG_COMMANDS },
  {
    names: [
      "latency|doctor",
      "latency|graph",
      "latency|help",
      "latency|histogram",
      "latency|history",
      "latency|latest",
      "latency|reset",
    ],
    load: async () => (await import("./latency_commands.ts")).LATENCY_COMMANDS,
  },
  { names: ["lcs"], load: async () => (await import("./lcs.ts")).LCS_COMMANDS },
  {
    names: [
      "memory|doctor",
      "memory|help",
      "memory|malloc-stats",
      "memory|purge",
      "memory|stats",
      "memory|usage",
    ],
    load: async () => (await import("./memory.ts")).MEMORY_COMMANDS,
  },
];

/** The handlers that have been loaded, by full name. */
const loaded = new Map<string, Handler>();
let loading: Promise<void> | undefined;

/** Stands for a handler in the table, and calls it. */
function standIn(name: string): Handler {
  return (c) => {
    const handler = loaded.get(name);
    if (handler === undefined) throw new Error(`Cannot run ${name}: it has not been loaded`);
    handler(c);
  };
}

async function loadAll(): Promise<void> {
  const tables: HandlerTable[] = [];
  // One after the other: between them clients are served.
  for (const { load } of FAMILIES) tables.push(await load());
  // All at once: DEBUG LOADAOF, say, may run any of the others.
  for (const [i, { names }] of FAMILIES.entries()) {
    if (Object.keys(tables[i]).sort().join() !== [...names].sort().join()) {
      throw new Error(`Cannot load late commands: ${names.join(", ")} are not what their module has`);
    }
    for (const name of names) loaded.set(name, tables[i][name]);
  }
}

/** All late commands, by full name. */
export const LATE_COMMANDS: HandlerTable = Object.fromEntries(
  FAMILIES.flatMap(({ names }) => names.map((name) => [name, standIn(name)])),
);

/** Loads the modules, once per process. @returns when every late command can run */
export function loadLateCommands(): Promise<void> {
  loading ??= loadAll();
  return loading;
}

/** Whether the command cannot run yet. */
export function isStillToLoad(spec: CommandSpec): boolean {
  return Object.hasOwn(LATE_COMMANDS, spec.name) && !loaded.has(spec.name);
}
