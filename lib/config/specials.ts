/**
 * The directives with grammars of their own: save, bind, dir, replicaof,
 * client-output-buffer-limit, notify-keyspace-events, oom-score-adj-values,
 * latency-tracking-info-percentiles.
 */

import { byteStringToText } from "../base/byte_string.ts";
import { repr } from "../base/quoted_args.ts";
import { Fault, type SetEnv, type Special } from "./directive.ts";
import { formatDouble, formatMemory, parseDouble, parseMemory, strtoll } from "./numbers.ts";

/** Shared by the grammars that take a fixed number of arguments. */
const WRONG_ARGUMENTS = "wrong number of arguments";

/** Most addresses that `bind` takes. */
const MAX_BIND_ADDRESSES = 16;

/** Whether the arguments are the lone empty string, which stands for none. */
function isLoneEmpty(args: readonly string[]): boolean {
  return args.length === 1 && args[0] === "";
}

/** A save point: snapshot when `changes` keys changed within `seconds`. */
export interface SavePoint {
  readonly seconds: number;
  readonly changes: number;
}

/** `save <seconds> <changes> [...]`, or `save ""` for none. In a file the lines add up. */
export const SAVE: Special<readonly SavePoint[]> = {
  initial: [],
  parse(args, old, env) {
    let keep: readonly SavePoint[] = env.loading && env.repeated ? old : [];
    if (isLoneEmpty(args)) {
      args = [];
      keep = [];
    }
    if (args.length % 2 !== 0) return new Fault("Invalid save parameters");
    const points: SavePoint[] = [];
    for (let i = 0; i < args.length; i += 2) {
      const seconds = strtoll(args[i], 10);
      const changes = strtoll(args[i + 1], 10);
      if (!seconds.complete || !changes.complete || seconds.value < 1n || changes.value < 0n) {
        return new Fault("Invalid save parameters");
      }
      points.push({
        seconds: Number(seconds.value),
        changes: Number(BigInt.asIntN(32, changes.value)),
      });
    }
    return [...keep, ...points];
  },
  format: (points) => points.map((point) => `${point.seconds} ${point.changes}`).join(" "),
  rewrite(name, points) {
    if (points.length === 0) return [{ text: `${name} ""`, force: true }];
    return points.map((point) => ({ text: `${name} ${point.seconds} ${point.changes}`, force: true }));
  },
  field: (points) => points,
};

/** The classes of clients that have output buffer limits; indices into the limits. */
export const OBUF_CLASS_NORMAL = 0;
export const OBUF_CLASS_REPLICA = 1;
export const OBUF_CLASS_PUBSUB = 2;

/** When a client of one class is disconnected for what it does not read. 0 bytes: no limit. */
export interface OutputBufferLimit {
  readonly hardBytes: number;
  readonly softBytes: number;
  readonly softSeconds: number;
}

/** An {@link OutputBufferLimit} with exact 64-bit sizes. */
interface ExactLimit {
  readonly hard: bigint;
  readonly soft: bigint;
  readonly seconds: number;
}

const OBUF_CLASSES = new Map([
  ["normal", OBUF_CLASS_NORMAL],
  ["slave", OBUF_CLASS_REPLICA],
  ["replica", OBUF_CLASS_REPLICA],
  ["pubsub", OBUF_CLASS_PUBSUB],
]);

const OBUF_DEFAULTS: readonly ExactLimit[] = [
  { hard: 0n, soft: 0n, seconds: 0 },
  { hard: 256n << 20n, soft: 64n << 20n, seconds: 60 },
  { hard: 32n << 20n, soft: 8n << 20n, seconds: 60 },
];

/** `client-output-buffer-limit <class> <hard> <soft> <soft seconds> [...]`. */
export const CLIENT_OUTPUT_BUFFER_LIMIT: Special<readonly ExactLimit[]> = {
  initial: OBUF_DEFAULTS,
  parse(args, old) {
    if (args.length % 4 !== 0) return new Fault("Wrong number of arguments in buffer limit configuration.");
    const limits = [...old];
    for (let i = 0; i < args.length; i += 4) {
      const group = OBUF_CLASSES.get(args[i].toLowerCase());
      if (group === undefined) {
        return new Fault("Invalid client class specified in buffer limit configuration.");
      }
      const hard = parseMemory(args[i + 1]);
      const soft = parseMemory(args[i + 2]);
      const duration = strtoll(args[i + 3], 10);
      const seconds = Number(BigInt.asIntN(32, duration.value));
      if (hard === undefined || soft === undefined || !duration.complete || seconds < 0) {
        return new Fault("Error in hard, soft or soft_seconds setting in buffer limit configuration.");
      }
      limits[group] = { hard, soft, seconds };
    }
    return limits;
  },
  format(limits) {
    return ["normal", "slave", "pubsub"]
      .map((name, i) => `${name} ${limits[i].hard} ${limits[i].soft} ${limits[i].seconds}`)
      .join(" ");
  },
  rewrite(name, limits) {
    return ["normal", "replica", "pubsub"].map((group, i) => {
      const { hard, soft, seconds } = limits[i];
      const normal = OBUF_DEFAULTS[i];
      return {
        text: `${name} ${group} ${formatMemory(hard)} ${formatMemory(soft)} ${seconds}`,
        force: hard !== normal.hard || soft !== normal.soft || seconds !== normal.seconds,
      };
    });
  },
  field(limits): readonly OutputBufferLimit[] {
    return limits.map((limit) => ({
      hardBytes: Number(limit.hard),
      softBytes: Number(limit.soft),
      softSeconds: limit.seconds,
    }));
  },
};

const OOM_DEFAULTS: readonly number[] = [0, 200, 800];

/** `oom-score-adj-values <master> <replica> <background child>`. */
export const OOM_SCORE_ADJ_VALUES: Special<readonly number[]> = {
  initial: OOM_DEFAULTS,
  parse(args, _old, env: SetEnv) {
    if (args.length !== OOM_DEFAULTS.length) return new Fault(WRONG_ARGUMENTS);
    const values: number[] = [];
    for (const arg of args) {
      const parsed = strtoll(arg, 10);
      if (!parsed.complete || parsed.value < -2000n || parsed.value > 2000n) {
        return new Fault("Invalid oom-score-adj-values, elements must be between -2000 and 2000.");
      }
      values.push(Number(parsed.value));
    }
    if (values[1] < values[0] || values[2] < values[1]) {
      env.warn(
        "The oom-score-adj-values configuration may not work for non-privileged processes! " +
          "Please consult the documentation.",
      );
    }
    return values;
  },
  format: (values) => values.join(" "),
  rewrite(name, values) {
    const force = values.some((value, i) => value !== OOM_DEFAULTS[i]);
    return [{ text: `${name} ${values.join(" ")}`, force }];
  },
  field: (values) => values,
  quietWhenEqual: true,
};

/** Bits of notify-keyspace-events. */
export const NOTIFY_KEYSPACE = 1 << 0; // K
export const NOTIFY_KEYEVENT = 1 << 1; // E
export const NOTIFY_GENERIC = 1 << 2; // g
export const NOTIFY_STRING = 1 << 3; // $
export const NOTIFY_LIST = 1 << 4; // l
export const NOTIFY_SET = 1 << 5; // s
export const NOTIFY_HASH = 1 << 6; // h
export const NOTIFY_ZSET = 1 << 7; // z
export const NOTIFY_EXPIRED = 1 << 8; // x
export const NOTIFY_EVICTED = 1 << 9; // e
export const NOTIFY_STREAM = 1 << 10; // t
export const NOTIFY_KEY_MISS = 1 << 11; // m, not in A
export const NOTIFY_MODULE = 1 << 13; // d
export const NOTIFY_NEW = 1 << 14; // n, not in A

/** What `A` stands for. */
export const NOTIFY_ALL = NOTIFY_GENERIC | NOTIFY_STRING | NOTIFY_LIST | NOTIFY_SET | NOTIFY_HASH |
  NOTIFY_ZSET | NOTIFY_EXPIRED | NOTIFY_EVICTED | NOTIFY_STREAM | NOTIFY_MODULE;

/** The classes that `A` covers when all are on, in the order in which they are shown; then `n`. */
const NOTIFY_CLASSES: readonly (readonly [string, number])[] = [
  ["g", NOTIFY_GENERIC],
  ["$", NOTIFY_STRING],
  ["l", NOTIFY_LIST],
  ["s", NOTIFY_SET],
  ["h", NOTIFY_HASH],
  ["z", NOTIFY_ZSET],
  ["x", NOTIFY_EXPIRED],
  ["e", NOTIFY_EVICTED],
  ["t", NOTIFY_STREAM],
  ["d", NOTIFY_MODULE],
  ["n", NOTIFY_NEW],
];

/** The classes that are always shown by themselves. */
const NOTIFY_CHANNELS: readonly (readonly [string, number])[] = [
  ["K", NOTIFY_KEYSPACE],
  ["E", NOTIFY_KEYEVENT],
  ["m", NOTIFY_KEY_MISS],
];

const NOTIFY_LETTERS = new Map<string, number>([...NOTIFY_CLASSES, ...NOTIFY_CHANNELS, ["A", NOTIFY_ALL]]);

/** Writes notify bits as letters. */
function formatNotify(flags: number): string {
  const shown = (flags & NOTIFY_ALL) === NOTIFY_ALL ? "A" : lettersOf(NOTIFY_CLASSES, flags);
  return shown + lettersOf(NOTIFY_CHANNELS, flags);
}

/** The letters of the classes that are on. */
function lettersOf(classes: readonly (readonly [string, number])[], flags: number): string {
  return classes.filter(([, bit]) => (flags & bit) !== 0).map(([letter]) => letter).join("");
}

/** `notify-keyspace-events <letters>`. */
export const NOTIFY_KEYSPACE_EVENTS: Special<number> = {
  initial: 0,
  parse(args) {
    if (args.length !== 1) return new Fault(WRONG_ARGUMENTS);
    let flags = 0;
    for (const letter of args[0]) {
      const bits = NOTIFY_LETTERS.get(letter);
      if (bits === undefined) {
        return new Fault("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
      }
      flags |= bits;
    }
    return flags;
  },
  format: formatNotify,
  rewrite: (name, flags) => [{ text: `${name} ${repr(formatNotify(flags))}`, force: flags !== 0 }],
  field: (flags) => flags,
};

const BIND_DEFAULTS: readonly string[] = ["127.0.0.1", "-::1"];

/** `bind <address> [...]`; an address that starts with `-` may be unavailable. `bind ""` listens nowhere. */
export const BIND: Special<readonly string[]> = {
  initial: BIND_DEFAULTS,
  parse(args) {
    if (args.length > MAX_BIND_ADDRESSES) return new Fault("Too many bind addresses specified.");
    return isLoneEmpty(args) ? [] : [...args];
  },
  format: (addresses) => addresses.join(" "),
  rewrite(name, addresses) {
    // Redis drops the line at its default. Here an existing one stays, for Redis'
    // own default is wider than ours, and the file may go back to it.
    const force = addresses.join(" ") !== BIND_DEFAULTS.join(" ");
    return [{ text: `${name} ${addresses.length === 0 ? '""' : addresses.join(" ")}`, force }];
  },
  field: (addresses) => addresses.map(byteStringToText),
};

/** The master to follow. */
export interface ReplicaOf {
  readonly host: string;
  readonly port: number;
}

/** `replicaof <host> <port>`, or `replicaof no one`. */
export const REPLICAOF: Special<ReplicaOf | null> = {
  initial: null,
  parse(args) {
    if (args.length !== 2) return new Fault(WRONG_ARGUMENTS);
    if (args[0].toLowerCase() === "no" && args[1].toLowerCase() === "one") return null;
    const parsed = strtoll(args[1], 10);
    const port = Number(BigInt.asIntN(32, parsed.value));
    if (!parsed.complete || port < 0 || port > 65535) return new Fault("Invalid master port");
    return { host: args[0], port };
  },
  format: (master) => master === null ? "" : `${master.host} ${master.port}`,
  rewrite(name, master) {
    return master === null ? [] : [{ text: `${name} ${master.host} ${master.port}`, force: true }];
  },
  field: (master) => master,
};

/** `dir <path>`: the working directory. The value is what the environment says it is after the change. */
export const DIR: Special<string> = {
  initial: ".",
  parse(args, _old, env) {
    if (args.length !== 1) return new Fault(WRONG_ARGUMENTS);
    return env.changeDir(args[0]);
  },
  format: (path) => path,
  rewrite: (name, path) => [{ text: `${name} ${repr(path)}`, force: true }],
  field: byteStringToText,
};

/** `latency-tracking-info-percentiles <percentile> [...]`, or `""` for none. */
export const LATENCY_PERCENTILES: Special<readonly number[]> = {
  initial: [50, 99, 99.9],
  parse(args) {
    if (isLoneEmpty(args)) return [];
    const percentiles: number[] = [];
    for (const arg of args) {
      const value = parseDouble(arg);
      if (value === undefined) return new Fault("Invalid latency-tracking-info-percentiles parameters");
      if (value > 100 || value < 0) {
        return new Fault("latency-tracking-info-percentiles parameters should sit between [0.0,100.0]");
      }
      percentiles.push(value);
    }
    return percentiles;
  },
  format: (percentiles) => percentiles.map(formatDouble).join(" "),
  rewrite(name, percentiles) {
    const shown = percentiles.length === 0 ? '""' : percentiles.map(formatDouble).join(" ");
    return [{ text: `${name} ${shown}`, force: true }];
  },
  field: (percentiles) => percentiles,
};
