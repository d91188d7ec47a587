/**
 * The benchmark's command line, and the sizes that follow from it.
 *
 * DESIGN. `--quick`, `--full` and `--scale` change sizes, `--rounds` the number
 * of pairs; nothing else in the benchmark knows of these options, it asks
 * {@link Sizes}.
 */
import { parseArgs } from "node:util";

/** The groups of rows, in the order they are measured; the values of `--only`. */
export const GROUPS = [
  "cold",
  "throughput",
  "always",
  "memory",
  "replay",
  "rewrite",
  "large",
  "mixed",
  "collections",
  "flood",
  "idle",
  "flushall",
] as const;

/** The name of one group of rows. */
export type Group = typeof GROUPS[number];

/** How much of everything. */
export interface Sizes {
  /** Paired rounds per row. */
  readonly rounds: number;
  /** Rounds of the rewrite; the first is dropped. */
  readonly rewriteRounds: number;
  /** Rounds of the rows that load millions of keys or open thousands of connections, and hardly vary. */
  readonly heavyRounds: number;
  /** When the run is older than this, every row makes do with the fewest rounds it can. */
  readonly budgetSeconds: number;
  /** Seconds that one throughput run should take. */
  readonly runSeconds: number;
  /** Commands of the calibrating run that also warms the server up. */
  readonly warmUpRequests: number;
  /** Keys of the throughput rows: the range of random keys. */
  readonly keyRange: number;
  /** Pipeline depths under everysec. */
  readonly pipelines: readonly number[];
  /** Keys loaded for the memory row. */
  readonly memoryKeys: number;
  /** Commands in the replayed AOF. */
  readonly replayCommands: number;
  /** Keys that are rewritten. */
  readonly rewriteKeys: number;
  /** Paced writes per second during a rewrite. */
  readonly writesPerSecond: number;
  /** Seconds of PINGs beside the flooding client. */
  readonly floodSeconds: number;
  /** Idle connections. */
  readonly connections: number;
  /** Elements of the large collections. */
  readonly elements: number;
  /** Hashes of ten fields for the memory row. */
  readonly hashes: number;
  /** Keys of all types that are rewritten. */
  readonly mixedKeys: number;
  /** Keys that FLUSHALL removes. */
  readonly flushKeys: number;
}

/** The command line, checked. */
export interface Options {
  readonly groups: readonly Group[];
  /** Names of redis-benchmark's list; null: every command of it that the subject has. */
  readonly commands: readonly string[] | null;
  /** A command that poses as vellum. */
  readonly subject: string | null;
  /** An executable of vellum. */
  readonly executable: string | null;
  /** Reference commands; empty: those that are found. */
  readonly references: readonly string[];
  readonly jsonFile: string | null;
  /** Where the temp dirs go. */
  readonly tmp: string | null;
  /** Misses make the exit code 1. */
  readonly check: boolean;
  /** Never use the `redis-benchmark` tool. */
  readonly builtin: boolean;
  readonly help: boolean;
  readonly sizes: Sizes;
}

/** What `--help` prints. */
export const USAGE = `deno task bench [options]: vellum beside redis-server, as paired ratios

  --quick               at most 3 minutes: fewer rounds, commands and requests
  --full                memory and mixed with 5 million keys
  --rounds N            paired rounds per row (default 7, with --quick 3)
  --scale F             multiplies all sizes (0.01 to try the benchmark itself)
  --only NAME,...       ${GROUPS.join(", ")}
  --commands NAME,...   of redis-benchmark's list (set,get,lpush,...)
  --subject "CMD ..."   any Redis-compatible server in the place of vellum
  --exe PATH            vellum's executable (default dist/vellum, if present)
  --reference "CMD ..." instead of redis-server and valkey-server; may be repeated
  --builtin             the built-in load generator even where redis-benchmark is found
  --tmp DIR             where the servers' directories go (default: the system's)
  --json FILE           writes all figures
  --check               exit 1 when a target is missed
`;

const QUICK_COMMANDS = ["set", "get", "incr", "mset"];

/** Reads the command line. @throws Error when an option is unknown or its value makes no sense. */
export function parseOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: { type: "boolean", default: false },
      full: { type: "boolean", default: false },
      rounds: { type: "string" },
      scale: { type: "string" },
      only: { type: "string" },
      commands: { type: "string" },
      subject: { type: "string" },
      exe: { type: "string" },
      reference: { type: "string", multiple: true },
      builtin: { type: "boolean", default: false },
      tmp: { type: "string" },
      json: { type: "string" },
      check: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const scale = positive("scale", values.scale, 1);
  const rounds = Math.round(positive("rounds", values.rounds, values.quick ? 3 : 7));
  return {
    groups: groupsOf(values.only),
    commands: values.commands === undefined ? (values.quick ? QUICK_COMMANDS : null) : list(values.commands),
    subject: values.subject ?? null,
    executable: values.exe ?? null,
    references: values.reference ?? [],
    jsonFile: values.json ?? null,
    tmp: values.tmp ?? null,
    check: values.check,
    builtin: values.builtin,
    help: values.help,
    sizes: sizesOf(values.quick, values.full, Math.max(1, rounds), scale),
  };
}

function sizesOf(quick: boolean, full: boolean, rounds: number, scale: number): Sizes {
  const count = (n: number, least: number) => Math.max(least, Math.round(n * scale));
  const million = quick ? 1_000_000 : 2_000_000;
  return {
    rounds,
    rewriteRounds: Math.min(5, rounds + 1),
    heavyRounds: quick ? Math.min(2, rounds) : rounds,
    budgetSeconds: quick ? 90 : Infinity,
    runSeconds: Math.max(0.05, (quick ? 0.3 : 1.5) * scale),
    warmUpRequests: count(quick ? 25_000 : 250_000, 500),
    keyRange: count(1_000_000, 1000),
    pipelines: [1, 16, 64],
    memoryKeys: count(full ? 5_000_000 : million, 1000),
    replayCommands: count(million, 1000),
    rewriteKeys: count(million, 1000),
    writesPerSecond: count(40_000, 1000),
    floodSeconds: Math.max(0.2, (quick ? 1 : 4) * scale),
    connections: count(10_000, 20),
    elements: count(quick ? 200_000 : 1_000_000, 1000),
    hashes: count(100_000, 1000),
    mixedKeys: count(full ? 5_000_000 : million, 1000),
    flushKeys: count(quick ? 2_000_000 : 5_000_000, 1000),
  };
}

function groupsOf(only: string | undefined): Group[] {
  if (only === undefined) return [...GROUPS];
  const wanted = list(only);
  for (const name of wanted) {
    if (!GROUPS.some((group) => group === name)) {
      throw new Error(`Cannot measure "${name}": --only knows ${GROUPS.join(", ")}`);
    }
  }
  return GROUPS.filter((group) => wanted.includes(group));
}

function list(text: string): string[] {
  return text.split(",").map((one) => one.trim().toLowerCase()).filter((one) => one !== "");
}

function positive(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) {
    throw new Error(`Cannot use --${name} ${text} as it must be a number above 0`);
  }
  return value;
}

/** Splits a command line at blanks; single and double quotes keep blanks together. */
export function splitCommand(text: string): string[] {
  const words: string[] = [];
  for (const match of text.matchAll(/(?:"([^"]*)"|'([^']*)'|[^\s"']+)+/g)) {
    words.push(match[0].replace(/"([^"]*)"|'([^']*)'/g, "$1$2"));
  }
  return words;
}
