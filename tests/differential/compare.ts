/**
 * When two replies to one command count as equal: byte for byte, but for what no two servers have in common, such
 * as the order of a set or the moment a TTL is asked.
 */

import { itemsOf, type Reply, ReplyParser, replyText } from "../support/resp.ts";
import { bytesOf } from "../support/resp.ts";
import { type Command } from "./generator.ts";

/** How far apart times may be that each server computed from its own clock, in ms. */
export const DRIFT_MS = 10_000;

type Comparison = (ours: Reply, theirs: Reply) => boolean;

/** Equal, the items of lists in any order at every depth. */
const sameMembers: Comparison = (ours, theirs) => sorted(ours) === sorted(theirs);

/** Field and value stay together: a flat array of pairs in RESP2, a map in RESP3. */
const samePairs: Comparison = (ours, theirs) => pairText(ours) === pairText(theirs);

/** Only the kind counts. */
const sameKind: Comparison = (ours, theirs) => ours.type === theirs.type;

/** A cursor each of its own; pages are compared by whole scans elsewhere. */
const sameScanShape: Comparison = (ours, theirs) => {
  if (ours.type !== "array" || theirs.type !== "array") return replyText(ours) === replyText(theirs);
  const shape = (reply: Reply) => itemsOf(reply).map((item) => item.type).join();
  return shape(ours) === shape(theirs);
};

/** Integers that may differ by the drift; negative ones and all else must be equal. */
function withinDrift(unitMs: number): Comparison {
  return (ours, theirs) => {
    if (ours.type !== "int" || theirs.type !== "int") return replyText(ours) === replyText(theirs);
    if (ours.value < 0n || theirs.value < 0n) return ours.value === theirs.value;
    const apart = ours.value > theirs.value ? ours.value - theirs.value : theirs.value - ours.value;
    return apart <= BigInt(DRIFT_MS / unitMs);
  };
}

const SPECIAL: Readonly<Record<string, Comparison>> = {
  keys: sameMembers,
  smembers: sameMembers,
  sunion: sameMembers,
  sinter: sameMembers,
  sdiff: sameMembers,
  hkeys: sameMembers,
  hvals: sameMembers,
  hgetall: samePairs,
  spop: sameKind,
  srandmember: sameKind,
  hrandfield: sameKind,
  zrandmember: sameKind,
  randomkey: sameKind,
  scan: sameScanShape,
  hscan: sameScanShape,
  sscan: sameScanShape,
  zscan: sameScanShape,
  ttl: withinDrift(1000),
  pttl: withinDrift(1),
  expiretime: withinDrift(1000),
  pexpiretime: withinDrift(1),
  time: sameKind,
  lastsave: sameKind,
  info: sameKind,
  dump: sameKind,
  "client id": sameKind,
  "memory usage": sameKind,
  "object idletime": sameKind,
  "object freq": sameKind,
  // Redis counts its own passing uses of a value, such as being queued by MULTI.
  "object refcount": sameKind,
};

/** The comparison for a command; undefined means byte for byte. */
function comparisonOf(command: Command): Comparison | undefined {
  const name = (command[0] ?? "").toLowerCase();
  return SPECIAL[name] ?? SPECIAL[`${name} ${(command[1] ?? "").toLowerCase()}`];
}

/** Whether two raw replies to `command` are as good as equal. `queued` are the commands of the EXEC it may be. */
export function sameReply(
  command: Command,
  ours: string,
  theirs: string,
  queued: readonly Command[],
): boolean {
  if (ours === theirs) return true;
  const a = parse(ours), b = parse(theirs);
  if ((command[0] ?? "").toLowerCase() === "exec") return sameExec(a, b, queued);
  const comparison = comparisonOf(command);
  return comparison !== undefined && comparison(a, b);
}

function sameExec(ours: Reply, theirs: Reply, queued: readonly Command[]): boolean {
  if (ours.type !== "array" || theirs.type !== "array") return false;
  if (ours.items.length !== theirs.items.length || ours.items.length !== queued.length) return false;
  return queued.every((command, i) => {
    if (replyText(ours.items[i]) === replyText(theirs.items[i])) return true;
    return comparisonOf(command)?.(ours.items[i], theirs.items[i]) ?? false;
  });
}

function parse(raw: string): Reply {
  const reply = new ReplyParser(bytesOf(raw)).next();
  if (reply === undefined) {
    throw new Error(`Cannot compare a reply as it must be whole: ${raw.slice(0, 100)}`);
  }
  return reply;
}

function sorted(reply: Reply): string {
  if (reply.type !== "array" && reply.type !== "set") return replyText(reply);
  return `${reply.type}${reply.items.map(sorted).sort().join("\n")}`;
}

function pairText(reply: Reply): string {
  if (reply.type === "map") {
    return `map${reply.pairs.map((pair) => pair.map(replyText).join("\0")).sort().join("\n")}`;
  }
  if (reply.type !== "array") return replyText(reply);
  const pairs: string[] = [];
  for (let i = 0; i < reply.items.length; i += 2) {
    pairs.push(reply.items.slice(i, i + 2).map(replyText).join("\0"));
  }
  return `array${pairs.sort().join("\n")}`;
}
