/**
 * The commands whose throughput is compared, with redis-benchmark's own names
 * and arguments, and what must be in the keyspace before each of them.
 *
 * DESIGN. One table feeds both load generators, the external tool and the
 * built-in one: the bytes on the wire are the same. `__rand_int__` in an
 * argument is replaced by 12 random decimal digits per command (the tool's own
 * convention); `__seq__` in a fill by 12 digits that count up.
 */

/** Where a load generator puts 12 random digits. */
export const RANDOM_MARK = "__rand_int__";
/** Where the loader puts 12 digits that count up. */
export const SEQUENCE_MARK = "__seq__";

/** Elements that a command needs to find. */
export interface Fill {
  /** The command that adds one element, with {@link SEQUENCE_MARK} in it. */
  readonly argv: readonly string[];
  /** How many: a fixed number, one per key of the key range, or one per request of the coming run. */
  readonly count: number | "range" | "requests";
}

/** One command of redis-benchmark's list. */
export interface BenchCommand {
  /** The tool's name for it, in lower case. */
  readonly name: string;
  /** What is sent; null: the inline form of PING. */
  readonly argv: readonly string[] | null;
  /** Requests of the first, calibrating run relative to SET's: dear commands need fewer. */
  readonly weight: number;
  /** What is loaded before the command, if anything. */
  readonly fill?: Fill;
}

const VALUE = "xxx";
const KEY = `key:${RANDOM_MARK}`;
const LIST_FILL: Fill = { argv: ["RPUSH", "mylist", VALUE], count: 1000 };
const POP_FILL: Fill = { argv: ["RPUSH", "mylist", VALUE], count: "requests" };

function range(last: number): BenchCommand {
  const argv = ["LRANGE", "mylist", "0", String(last)];
  return { name: `lrange_${last + 1}`, argv, weight: 8 / last, fill: LIST_FILL };
}

function command(name: string, argv: readonly string[], fill?: Fill, weight = 1): BenchCommand {
  return fill === undefined ? { name, argv, weight } : { name, argv, weight, fill };
}

function setOfTen(): string[] {
  const argv = ["MSET"];
  for (let i = 0; i < 10; i++) argv.push(KEY, VALUE);
  return argv;
}

/** redis-benchmark's list, in its order. */
export const BENCH_COMMANDS: readonly BenchCommand[] = [
  { name: "ping_inline", argv: null, weight: 1 },
  command("ping_mbulk", ["PING"]),
  command("set", ["SET", KEY, VALUE]),
  command("get", ["GET", KEY], { argv: ["SET", `key:${SEQUENCE_MARK}`, VALUE], count: "range" }),
  command("incr", ["INCR", `counter:${RANDOM_MARK}`]),
  command("lpush", ["LPUSH", "mylist", VALUE]),
  command("rpush", ["RPUSH", "mylist", VALUE]),
  command("lpop", ["LPOP", "mylist"], POP_FILL),
  command("rpop", ["RPOP", "mylist"], POP_FILL),
  command("sadd", ["SADD", "myset", `element:${RANDOM_MARK}`]),
  command("hset", ["HSET", "myhash", `element:${RANDOM_MARK}`, VALUE]),
  command("spop", ["SPOP", "myset"], {
    argv: ["SADD", "myset", `element:${SEQUENCE_MARK}`],
    count: "requests",
  }),
  command("zadd", ["ZADD", "myzset", RANDOM_MARK, `element:${RANDOM_MARK}`]),
  command("zpopmin", ["ZPOPMIN", "myzset"], {
    argv: ["ZADD", "myzset", SEQUENCE_MARK, `element:${SEQUENCE_MARK}`],
    count: "requests",
  }),
  range(99),
  range(299),
  range(499),
  range(599),
  command("mset", setOfTen(), undefined, 0.2),
  command("xadd", ["XADD", "mystream", "*", "myfield", VALUE]),
];

/** The command called `name`. @throws Error when redis-benchmark has none of that name. */
export function benchCommand(name: string): BenchCommand {
  const found = BENCH_COMMANDS.find((one) => one.name === name.toLowerCase());
  if (found === undefined) throw new Error(`Cannot benchmark "${name}" as the list has no such command`);
  return found;
}

/** The server commands that `one` needs: its own and that of its fill. */
export function requiredCommands(one: BenchCommand): string[] {
  const names = [one.argv === null ? "PING" : one.argv[0]];
  if (one.fill !== undefined) names.push(one.fill.argv[0]);
  return names;
}
