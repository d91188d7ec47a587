/**
 * All keys of a server with their values, read over the wire: what two servers, or one server before and after,
 * are compared by. Made of what every Redis has (SCAN, TYPE, PEXPIRETIME and the reading commands), not of DUMP.
 */

import { type Client } from "./client.ts";
import { type Arg, itemsOf, type Reply, replyText, textOf, textsOf } from "./resp.ts";

/** One key: what it holds, in a canonical form, and when it expires (ms since the epoch; -1 for never). */
export interface Entry {
  readonly type: string;
  readonly value: string;
  readonly expiresMs: number;
}

/** Keys as `db:key`. */
export type Dataset = Map<string, Entry>;

const SCAN_COUNT = 1000;
const KEYS_PER_PIPELINE = 500;

/** Reads everything of the first `databases` databases. The connection is left in database 0, in RESP2. */
export async function readDataset(client: Client, databases = 16): Promise<Dataset> {
  const dataset: Dataset = new Map();
  await expectOk(client, "HELLO", "2");
  for (let db = 0; db < databases; db++) {
    await expectOk(client, "SELECT", String(db));
    const keys = await scanKeys(client);
    for (let at = 0; at < keys.length; at += KEYS_PER_PIPELINE) {
      await readKeys(client, db, keys.slice(at, at + KEYS_PER_PIPELINE), dataset);
    }
  }
  await expectOk(client, "SELECT", "0");
  return dataset;
}

async function expectOk(client: Client, ...args: Arg[]): Promise<void> {
  const reply = await client.command(...args);
  if (reply.type === "error") throw new Error(`${args.join(" ")} was answered: ${reply.text}`);
}

async function scanKeys(client: Client): Promise<string[]> {
  const keys = new Set<string>();
  let cursor = "0";
  do {
    const [next, page] = itemsOf(await client.command("SCAN", cursor, "COUNT", String(SCAN_COUNT)));
    for (const key of textsOf(page)) keys.add(key);
    cursor = textOf(next);
  } while (cursor !== "0");
  return [...keys];
}

/** What reads a whole value of each type. */
const READERS: Readonly<Record<string, (key: string) => string[]>> = {
  string: (key) => ["GET", key],
  list: (key) => ["LRANGE", key, "0", "-1"],
  hash: (key) => ["HGETALL", key],
  set: (key) => ["SMEMBERS", key],
  zset: (key) => ["ZRANGE", key, "0", "-1", "WITHSCORES"],
  stream: (key) => ["XRANGE", key, "-", "+"],
};

async function readKeys(client: Client, db: number, keys: string[], dataset: Dataset): Promise<void> {
  const facts = await client.pipeline(keys.flatMap((key) => [["TYPE", key], ["PEXPIRETIME", key]]));
  const types = keys.map((_, i) => textOf(facts[2 * i]));
  const commands = keys.map((key, i) => (READERS[types[i]] ?? READERS.string)(key));
  const values = await client.pipeline(commands);
  keys.forEach((key, i) => {
    if (types[i] === "none") return; // expired between SCAN and now
    const expiresMs = Number(textOf(facts[2 * i + 1]));
    dataset.set(`${db}:${key}`, { type: types[i], value: canonical(types[i], values[i]), expiresMs });
  });
}

/** Unordered values sorted. */
function canonical(type: string, reply: Reply): string {
  if (type === "set") return textsOf(reply).sort().join("\0");
  if (type === "hash") {
    const flat = textsOf(reply);
    const pairs: string[] = [];
    for (let i = 0; i < flat.length; i += 2) pairs.push(`${flat[i]}\0${flat[i + 1]}`);
    return pairs.sort().join("\0\0");
  }
  return replyText(reply);
}

/**
 * The differences of two data sets, one line each.
 * @param toleranceMs how far apart expiry times may be
 */
export function differences(ours: Dataset, theirs: Dataset, toleranceMs = 0): string[] {
  const lines: string[] = [];
  const show = (entry: Entry | undefined) =>
    entry === undefined ? "(absent)" : JSON.stringify(entry).slice(0, 300);
  for (const key of new Set([...ours.keys(), ...theirs.keys()])) {
    const a = ours.get(key), b = theirs.get(key);
    const same = a !== undefined && b !== undefined && a.type === b.type && a.value === b.value &&
      (a.expiresMs < 0) === (b.expiresMs < 0) &&
      Math.abs(a.expiresMs - b.expiresMs) <= toleranceMs + slack(a);
    if (!same) lines.push(`${JSON.stringify(key)}: ${show(a)} against ${show(b)}`);
  }
  return lines;
}

/** Times beyond 2^53 ms, 285,000 years from now, are kept to 53 bits. */
function slack(entry: Entry): number {
  return entry.expiresMs > Number.MAX_SAFE_INTEGER ? entry.expiresMs * 2 ** -52 : 0;
}
