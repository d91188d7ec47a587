/**
 * Commands whose modules are loaded behind "Ready": all families but strings, keys and connections, and what is for
 * operators and tools.
 *
 * DESIGN. Every module costs a cold start 0.1 to 0.2 ms. The table knows these commands from the start, with all
 * their facts; only the code behind them comes later, by {@link loadLateCommands}, the families that most clients
 * use first. Until all have come the server lets a client that asks for one wait (lib/server/late_gate.ts), and it
 * replays no file, so a handler here never runs before its module is there.
 */

import { BITMAP_COMMANDS as BITMAP_META } from "./meta/bitmap.ts";
import { GEO_COMMANDS as GEO_META } from "./meta/geo.ts";
import { HASH_COMMANDS as HASH_META } from "./meta/hash.ts";
import { HYPERLOGLOG_COMMANDS as HYPERLOGLOG_META } from "./meta/hyperloglog.ts";
import { LIST_COMMANDS as LIST_META } from "./meta/list.ts";
import { SET_COMMANDS as SET_META } from "./meta/set.ts";
import { SORTED_SET_COMMANDS as SORTED_SET_META } from "./meta/sorted_set.ts";
import { type CommandMeta } from "./meta/types.ts";
import { type CommandSpec, type Handler, type HandlerTable } from "./spec.ts";

/** Commands that one module brings. */
interface Family {
  readonly names: readonly string[];
  load(): Promise<HandlerTable>;
}

/** The names of a whole group. */
function namesOf(commands: readonly CommandMeta[]): string[] {
  return commands.map(({ name }) => name);
}

const FAMILIES: readonly Family[] = [
  { names: namesOf(HASH_META), load: async () => (await import("./hashes.ts")).HASH_COMMANDS },
  { names: namesOf(LIST_META), load: async () => (await import("./lists.ts")).LIST_COMMANDS },
  { names: namesOf(SET_META), load: async () => (await import("./sets.ts")).SET_COMMANDS },
  {
    names: namesOf(SORTED_SET_META),
    load: async () => (await import("./sorted_sets.ts")).SORTED_SET_COMMANDS,
  },
  { names: namesOf(BITMAP_META), load: async () => (await import("./bitmaps.ts")).BITMAP_COMMANDS },
  {
    names: namesOf(HYPERLOGLOG_META),
    load: async () => (await import("./hyperloglog.ts")).HYPERLOGLOG_COMMANDS,
  },
  { names: namesOf(GEO_META), load: async () => (await import("./geo.ts")).GEO_COMMANDS },
  { names: ["sort", "sort_ro"], load: async () => (await import("./sort.ts")).SORT_COMMANDS },
  { names: ["lcs"], load: async () => (await import("./lcs.ts")).LCS_COMMANDS },
  { names: ["dump", "restore"], load: async () => (await import("./dump.ts")).DUMP_COMMANDS },
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

/** Stands for a handler in the table, and calls it. */
class StandIn {
  handler: Handler;
  readonly proc: Handler = (c) => this.handler(c);

  constructor(name: string) {
    this.handler = () => {
      throw new Error(`Cannot run ${name}: it has not been loaded`);
    };
  }
}

const standIns = new Map(
  FAMILIES.flatMap(({ names }) => names.map((name) => [name, new StandIn(name)] as const)),
);
let isLoaded = false;
let loading: Promise<void> | undefined;

async function loadAll(): Promise<void> {
  const tables: HandlerTable[] = [];
  // One after the other: between them clients are served.
  for (const { load } of FAMILIES) tables.push(await load());
  // All at once: DEBUG LOADAOF, say, may run any of the others.
  for (const [i, { names }] of FAMILIES.entries()) {
    if (Object.keys(tables[i]).sort().join() !== [...names].sort().join()) {
      throw new Error(`Cannot load late commands: ${names.join(", ")} are not what their module has`);
    }
    for (const name of names) standIns.get(name)!.handler = tables[i][name];
  }
  isLoaded = true;
}

/** All late commands, by full name. */
export const LATE_COMMANDS: HandlerTable = Object.fromEntries(
  [...standIns].map(([name, { proc }]) => [name, proc]),
);

/** Loads the modules, once per process. @returns when every late command can run */
export function loadLateCommands(): Promise<void> {
  loading ??= loadAll();
  return loading;
}

/** Whether the command cannot run yet. */
export function isStillToLoad(spec: CommandSpec): boolean {
  return !isLoaded && standIns.has(spec.name);
}
