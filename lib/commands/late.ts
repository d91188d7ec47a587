/**
 * Commands whose modules are loaded behind the first clients: those for operators and tools, with their texts, and
 * families of types that few clients use.
 *
 * DESIGN. Every module costs a cold start 0.1 to 0.2 ms. The table knows these commands from the start, with all
 * their facts; only the code behind them comes later, by {@link loadLateCommands}. Until then the server lets a
 * client that asks for one wait (lib/server/late_gate.ts), and it replays no file, so a handler here never runs
 * before its module is there. What clients begin with does not belong here, nor what must not cost a call more.
 */

import { type CommandSpec, type Handler, type HandlerTable } from "./spec.ts";

/** Commands that one module brings. */
interface Family {
  readonly names: readonly string[];
  load(): Promise<HandlerTable>;
}

const FAMILIES: readonly Family[] = [
  {
    names: ["bitcount", "bitfield", "bitfield_ro", "bitop", "bitpos", "getbit", "setbit"],
    load: async () => (await import("./bitmaps.ts")).BITMAP_COMMANDS,
  },
  { names: ["command|docs"], load: async () => (await import("./command_docs.ts")).COMMAND_DOCS_COMMANDS },
  {
    names: ["pfadd", "pfcount", "pfdebug", "pfmerge", "pfselftest"],
    load: async () => (await import("./hyperloglog.ts")).HYPERLOGLOG_COMMANDS,
  },
  {
    names: [
      "geoadd",
      "geodist",
      "geohash",
      "geopos",
      "georadius",
      "georadius_ro",
      "georadiusbymember",
      "georadiusbymember_ro",
      "geosearch",
      "geosearchstore",
    ],
    load: async () => (await import("./geo.ts")).GEO_COMMANDS,
  },
  { names: ["dump", "restore"], load: async () => (await import("./dump.ts")).DUMP_COMMANDS },
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
