/**
 * The numbers that vellum has to reach.
 *
 * DESIGN. A target is either on the paired ratio subject / reference or on the
 * subject's own figure. Throughput at P=1 is wanted at 1.0x and passes at
 * 0.95x: below that it is more than noise.
 */

/** A limit on a row. */
export interface Target {
  /** What is compared with `limit`: the median ratio, or the subject's median. */
  readonly on: "ratio" | "value";
  readonly op: ">=" | "<=";
  readonly limit: number;
  /** The unit behind the limit, or a remark. */
  readonly suffix: string;
}

const atLeast = (limit: number, suffix = "x"): Target => ({ on: "ratio", op: ">=", limit, suffix });
const atMost = (limit: number): Target => ({ on: "ratio", op: "<=", limit, suffix: "x" });
const atMostMs = (limit: number): Target => ({ on: "value", op: "<=", limit, suffix: " ms" });

/** Commands that work on one key of many elements: more of the time is theirs, less the network's. */
const ON_COLLECTIONS = new Set([
  "lpush",
  "rpush",
  "lpop",
  "rpop",
  "sadd",
  "hset",
  "spop",
  "zadd",
  "zpopmin",
  "lrange_100",
]);

/** Any command under everysec. */
export function throughputTarget(command: string, pipeline: number): Target {
  if (pipeline === 1) return atLeast(0.95, "x (1.0)");
  return atLeast(ON_COLLECTIONS.has(command) ? 1.3 : 1.5);
}

/** SET under always. */
export function alwaysTarget(pipeline: number): Target {
  return pipeline === 1 ? atLeast(0.95) : atLeast(1.5);
}

/** Memory per key: dearer in 7.0 and before than in 7.2 and valkey, so the limit differs. */
export function memoryTarget(flavour: string, version: string): Target {
  const [major, minor] = version.split(".").map(Number);
  const old = flavour === "redis" && (major < 7 || major === 7 && minor < 2);
  return atMost(old ? 0.8 : 0.95);
}

/** Memory of collections, against 7.0. */
export const COLLECTION_MEMORY_TARGET: Target = atMost(1);
/** The longest PING while large collections are rewritten and changed. */
export const LARGE_MAX_TARGET: Target = atMostMs(5);
/** Replayed commands per second. */
export const REPLAY_TARGET: Target = atLeast(1.5);
/** The longest PING during a rewrite. */
export const REWRITE_MAX_TARGET: Target = atMost(0.5);
/** The 99th percentile of PING during a rewrite. */
export const REWRITE_P99_TARGET: Target = atMost(2);
/** How long a rewrite takes. */
export const REWRITE_DURATION_TARGET: Target = atMost(1.2);
/** How much memory the server takes more while it rewrites. */
export const REWRITE_GROWTH_TARGET: Target = { on: "value", op: "<=", limit: 10, suffix: " %" };
/** What is left to write when the child has ended. */
export const REWRITE_REST_TARGET: Target = { on: "value", op: "<=", limit: 1, suffix: " MB" };
/** PING's 99th percentile beside a client that never stops pipelining. */
export const FLOOD_TARGET: Target = atMostMs(5);
/** From spawn to the first PONG. */
export const COLD_START_TARGET: Target = atMostMs(60);

/** `≥ 1.5x`, `≤ 5 ms`. */
export function describeTarget(target: Target): string {
  return `${target.op === ">=" ? "≥" : "≤"} ${target.limit}${target.suffix}`;
}

/** Whether `figure` is within the limit; a NaN is not. */
export function meets(target: Target, figure: number): boolean {
  return target.op === ">=" ? figure >= target.limit : figure <= target.limit;
}
