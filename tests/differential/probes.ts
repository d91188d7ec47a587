/**
 * Commands whose replies are compared by what they must be, not byte for byte: members drawn at random, scans, sorts
 * without an order, and what one server dumps and the other restores.
 *
 * DESIGN. A probe has both connections for itself. When it is done both servers hold the same data again: what only
 * one of them popped is put back, or taken from the other as well.
 */

import { Crc64 } from "../../lib/base/crc64.ts";
import { type Client } from "../support/client.ts";
import { type Arg, bytesOf, encodeCommand, itemsOf, latin1, pairsOf, type Reply } from "../support/resp.ts";
import { replyText, textOf, textsOf } from "../support/resp.ts";
import { Random } from "../support/random.ts";
import { sameReply } from "./compare.ts";
import { type Command } from "./generator.ts";

/** The connections to both servers. */
export interface Pair {
  readonly ours: Client;
  readonly theirs: Client;
}

/** Sends a command, in its way. @returns the two replies when they are not as they must be */
export type Probe = (pair: Pair, command: Command) => Promise<Differing | undefined>;

/** Replies, or what else differed, as text. */
export interface Differing {
  readonly ours: string;
  readonly theirs: string;
}

const SCAN_PAGES_MAX = 20_000;
/** Sets the C library's errno to 0, which SORT takes for the result of its own conversions. */
const CLEAN_ERRNO = ["GEOSEARCH", "@", "FROMLONLAT", "0", "0", "BYRADIUS", "1", "m"];
const RDB_FOOTER_BYTES = 10;
const CRC_BYTES = 8;

async function both(pair: Pair, ...args: Arg[]): Promise<[Reply, Reply]> {
  const bytes = encodeCommand(args);
  await Promise.all([pair.ours.send(bytes), pair.theirs.send(bytes)]);
  return await Promise.all([pair.ours.reply(), pair.theirs.reply()]);
}

function differing(a: Reply, b: Reply): Differing {
  return { ours: replyText(a), theirs: replyText(b) };
}

function isList(reply: Reply): boolean {
  return reply.type === "array" || reply.type === "set";
}

/** One member, several, or undefined for what is neither. */
function drawn(reply: Reply): string[] | undefined {
  if (reply.type === "bulk") return [reply.text];
  return isList(reply) ? textsOf(reply) : undefined;
}

/** Pairs in one text each: of a map, a flat array, or an array of pairs. */
function entriesOf(reply: Reply): string[] {
  if (reply.type === "null") return [];
  const nested = isList(reply) && itemsOf(reply).every((item) => item.type === "array");
  const pairs = nested
    ? itemsOf(reply).map((item) => textsOf(item))
    : pairsOf(reply).map((pair) => pair.map(textOf));
  return pairs.map((pair) => pair.join("\0=\0"));
}

function isSubset(some: readonly string[], all: ReadonlySet<string>): boolean {
  return some.every((item) => all.has(item));
}

function areDistinct(items: readonly string[]): boolean {
  return new Set(items).size === items.length;
}

/** Whether a draw of `count` may come back with repetitions. */
function mayRepeat(command: Command): boolean {
  return (command[2] ?? "").startsWith("-");
}

const spop: Probe = async (pair, command) => {
  const [before] = await both(pair, "SMEMBERS", command[1]);
  const [a, b] = await both(pair, ...command);
  if (replyText(a) === replyText(b)) return undefined;
  const ours = drawn(a), theirs = drawn(b);
  if (a.type !== b.type || ours === undefined || theirs === undefined) return differing(a, b);
  const had = new Set(textsOf(before));
  const fits = (some: string[]) => areDistinct(some) && isSubset(some, had);
  if (ours.length !== theirs.length || !fits(ours) || !fits(theirs)) return differing(a, b);
  const back = theirs.filter((item) => !ours.includes(item));
  const away = ours.filter((item) => !theirs.includes(item));
  if (back.length === 0) return undefined;
  // In this order the set is never empty, and so keeps its deadline.
  await pair.theirs.command("SADD", command[1], ...back);
  await pair.theirs.command("SREM", command[1], ...away);
  return await alignEncoding(pair, command[1], ours.length, had.size - ours.length);
};

/** Where so much is popped that Redis makes a new set of the rest, its encoding depends on what that is. */
async function alignEncoding(
  pair: Pair,
  key: string,
  popped: number,
  rest: number,
): Promise<Differing | undefined> {
  const [a, b] = await both(pair, "OBJECT", "ENCODING", key);
  if (replyText(a) === replyText(b)) return undefined;
  if (rest * 5 > popped) return undefined; // told with all other encodings at the end
  const [deadline] = await both(pair, "PEXPIRETIME", key);
  await both(pair, "SUNIONSTORE", key, key);
  if (textOf(deadline) !== "-1") await both(pair, "PEXPIREAT", key, textOf(deadline));
}

/** SRANDMEMBER, HRANDFIELD and ZRANDMEMBER. `whole` reads what is drawn from. */
function draw(whole: (key: string) => Command, withFlag: RegExp): Probe {
  return async (pair, command) => {
    const alls = await both(pair, ...whole(command[1]));
    const replies = await both(pair, ...command);
    if (replyText(replies[0]) === replyText(replies[1])) return undefined;
    const isSet = command[0].toLowerCase() === "srandmember";
    const inPairs = withFlag.test(command[3] ?? "");
    const draws = replies.map((reply, i) => {
      if (reply.type !== replies[0].type || alls[i].type === "error") return undefined;
      const had = isSet ? textsOf(alls[i]) : entriesOf(alls[i]);
      const pool = new Set(isSet || inPairs ? had : had.map((entry) => entry.split("\0=\0")[0]));
      const items = inPairs ? entriesOf(reply) : drawn(reply);
      const fits = items !== undefined && isSubset(items, pool) && (mayRepeat(command) || areDistinct(items));
      return fits ? items.length : undefined;
    });
    return draws[0] !== undefined && draws[0] === draws[1] ? undefined : differing(...replies);
  };
}

/** All pages of a scan on one server, as a sorted list without repetitions. */
async function scanAll(client: Client, command: Command, at: number, first: Reply): Promise<string[]> {
  const found = new Set<string>();
  let page = first;
  for (let pages = 0; pages < SCAN_PAGES_MAX; pages++) {
    const [cursor, items] = itemsOf(page);
    const texts = /^[hz]scan$/i.test(command[0]) ? entriesOf(items) : textsOf(items);
    for (const text of texts) found.add(text);
    if (textOf(cursor) === "0") return [...found].sort();
    page = await client.command(...command.map((arg, i) => i === at ? textOf(cursor) : arg));
    if (page.type !== "array") return [replyText(page)];
  }
  return ["(the scan has no end)"];
}

async function meetAllKeys(client: Client): Promise<void> {
  const command = ["SCAN", "0", "COUNT", "1000"];
  await scanAll(client, command, 1, await client.command(...command));
}

/** SCAN and its kin from the first cursor; `at` is where the cursor stands. */
function scan(at: number): Probe {
  return async (pair, command) => {
    const [a, b] = await both(pair, ...command);
    if (a.type !== "array" || b.type !== "array") {
      return sameReply(command, replyRaw(a), replyRaw(b), []) ? undefined : differing(a, b);
    }
    if (!/^-?0+$/.test(command[at])) {
      // Its page is whatever the cursor means to a server, and so are the expired keys that it met and deleted.
      if (at === 1) { for (const client of [pair.ours, pair.theirs]) await meetAllKeys(client); }
      return undefined;
    }
    const ours = await scanAll(pair.ours, command, at, a);
    const theirs = await scanAll(pair.theirs, command, at, b);
    if (ours.join("\0\0") === theirs.join("\0\0")) return undefined;
    return { ours: ours.join("\n"), theirs: theirs.join("\n") };
  };
}

/** An error as the wire has it; of anything else what tells it from others. */
function replyRaw(reply: Reply): string {
  return reply.type === "error" ? `-${reply.text}\r\n` : `+${replyText(reply).replace(/[\r\n]/g, " ")}\r\n`;
}

/** Where an option stands in a SORT; 0 if nowhere. Arguments of other options are not looked at. */
function sortOption(command: Command, name: string): number {
  const lengths: Record<string, number> = { by: 2, get: 2, store: 2, limit: 3 };
  for (let at = 2; at < command.length; at += lengths[command[at].toLowerCase()] ?? 1) {
    if (command[at].toLowerCase() === name) return at;
  }
  return 0;
}

/** A SORT that need not have one order: by nothing, or of texts that may be equal as it sees them. */
const sort: Probe = async (pair, command) => {
  await both(pair, ...CLEAN_ERRNO);
  const [a, b] = await both(pair, ...command);
  const store = sortOption(command, "store");
  if (store === 0 || a.type !== "int" || b.type !== "int") {
    return hasSameItems(command, a, b) ? undefined : differing(a, b);
  }
  if (a.value !== b.value) return differing(a, b);
  const target = command[store + 1];
  const [x, y] = await both(pair, "LRANGE", target, "0", "-1");
  if (!hasSameItems(command, x, y)) return differing(x, y);
  // Even where the order is the same: it need not be when the command is replayed from a file.
  if (!isLoose(command) || textsOf(x).length === 0) return undefined;
  await both(pair, "DEL", target);
  await both(pair, "RPUSH", target, ...textsOf(x));
};

function hasSameItems(command: Command, a: Reply, b: Reply): boolean {
  if (replyText(a) === replyText(b)) return true;
  if (a.type !== "array" || b.type !== "array" || !isLoose(command)) return false;
  if (a.items.length !== b.items.length) return false;
  const sorted = (reply: Reply) => itemsOf(reply).map(replyText).sort().join("\0\0");
  return sortOption(command, "limit") > 0 || sorted(a) === sorted(b);
}

function isLoose(command: Command): boolean {
  const by = sortOption(command, "by");
  const isUnsorted = by > 0 && !command[by + 1]?.includes("*");
  return isUnsorted || sortOption(command, "alpha") > 0;
}

/** Whether a command is about a range by members. */
function isByLex([name, ...args]: Command): boolean {
  return /^z(rev|rem)?(range)?(bylex|lexcount)$/i.test(name) ||
    /^zrange(store)?$/i.test(name) && args.some((arg) => /^bylex$/i.test(arg));
}

/** A range by members, which means something only where all scores are equal; elsewhere it is not sent. */
const lex: Probe = async (pair, command) => {
  const key = command[/^zrangestore$/i.test(command[0]) ? 2 : 1] ?? "";
  const [all] = await both(pair, "ZRANGE", key, "0", "-1", "WITHSCORES");
  if (all.type === "array" && new Set(entriesOf(all).map((entry) => entry.split("\0=\0").at(-1))).size > 1) {
    return;
  }
  const [a, b] = await both(pair, ...command);
  return replyText(a) === replyText(b) ? undefined : differing(a, b);
};

/** `@CROSS key target ttl options…`: each server restores what the other one dumps. */
const cross: Probe = async (pair, [, key, target, ...options]) => {
  const [a, b] = await both(pair, "DUMP", key);
  if (a.type !== b.type || a.type !== "bulk" || b.type !== "bulk") {
    return replyText(a) === replyText(b) ? undefined : differing(a, b);
  }
  const [time, ...rest] = options;
  const ours = await pair.ours.command("RESTORE", target, time, bytesOf(b.text), ...rest);
  const theirs = await pair.theirs.command("RESTORE", target, time, bytesOf(a.text), ...rest);
  if (replyText(ours) === replyText(theirs)) return undefined;
  return { ours: `${replyText(ours)} to ${hex(b.text)}`, theirs: `${replyText(theirs)} to ${hex(a.text)}` };
};

/**
 * `@BREAK key target way seed`: both servers restore what the reference dumped, damaged in some way. Where the
 * checksum was made to fit, we may refuse more than Redis, which believes what it does not have to count: scores that
 * are none, an order that is none. Whatever came of that is deleted.
 */
const breakPayload: Probe = async (pair, command) => {
  const [, key, target, way, seed] = command;
  const dump = await pair.theirs.command("DUMP", key);
  if (dump.type !== "bulk" || command.length < 5) return undefined;
  const payload = damage(bytesOf(dump.text), way, new Random(Number(seed)));
  const [a, b] = await both(pair, "RESTORE", target, "0", payload, "REPLACE");
  const isSealed = way.endsWith("+crc");
  if (isSealed) await both(pair, "DEL", target);
  if (replyText(a) === replyText(b)) return undefined;
  if (isSealed && b.type === "status" && replyText(a) === "-ERR Bad data format") return undefined;
  const of = `to ${hex(latin1(payload))} (was ${hex(dump.text)})`;
  return { ours: `${replyText(a)} ${of}`, theirs: replyText(b) };
};

function damage(payload: Uint8Array, way: string, random: Random): Uint8Array<ArrayBuffer> {
  let bytes = payload.slice();
  const body = bytes.length - RDB_FOOTER_BYTES;
  const flip = (at: number) => bytes[at] ^= 1 << random.below(8);
  if (way === "flip") flip(random.below(bytes.length));
  else if (way === "version") bytes[body] = random.pick([0, 1, 12, 255]);
  else if (way === "crc") flip(bytes.length - 1 - random.below(CRC_BYTES));
  else if (way === "cut") bytes = bytes.slice(0, random.below(bytes.length));
  else if (way === "flip+crc") flip(random.below(body));
  else if (way === "type+crc") bytes[0] = random.below(32);
  else if (way === "cut+crc") {
    const kept = random.below(body);
    bytes = new Uint8Array([...bytes.subarray(0, kept), ...bytes.subarray(body)]);
  }
  if (way === "version" || way.endsWith("+crc")) sign(bytes);
  return bytes;
}

/** Writes the checksum that belongs to all before it. */
function sign(bytes: Uint8Array<ArrayBuffer>): void {
  const crc = new Crc64();
  crc.update(bytes, 0, bytes.length - CRC_BYTES);
  new DataView(bytes.buffer).setBigUint64(bytes.length - CRC_BYTES, crc.value(), true);
}

/** Bytes as the arguments of redis-cli take them. */
export function hex(text: string): string {
  return Array.from(text, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`).join("");
}

const PROBES: Readonly<Record<string, Probe>> = {
  spop,
  srandmember: draw((key) => ["SMEMBERS", key], /^$(?!)/),
  hrandfield: draw((key) => ["HGETALL", key], /^withvalues$/i),
  zrandmember: draw((key) => ["ZRANGE", key, "0", "-1", "WITHSCORES"], /^withscores$/i),
  scan: scan(1),
  hscan: scan(2),
  sscan: scan(2),
  zscan: scan(2),
  sort,
  sort_ro: sort,
  "@cross": cross,
  "@break": breakPayload,
};

/** The probe that sends `command`; undefined for one that is sent as it is. */
export function probeOf(command: Command): Probe | undefined {
  if (command.length < 2) return undefined;
  return isByLex(command) ? lex : PROBES[command[0].toLowerCase()];
}

/** Whether a command, queued by MULTI, would leave different data behind, or an order that no two servers share. */
export function isOnlyProbed(command: Command): boolean {
  return /^(spop|sort|sort_ro|@.*)$/i.test(command[0] ?? "") || isByLex(command);
}
