/**
 * Collections: what they take in memory, and how long others wait while large
 * ones, or keys of all types, are rewritten under writes.
 */
import { sleep } from "./client.ts";
import { RANDOM_MARK, SEQUENCE_MARK } from "./commands.ts";
import { rewriteOnce, type RewriteRows, rewriteRows } from "./latency.ts";
import { load } from "./loader.ts";
import type { Metric, Session } from "./session.ts";
import { SETTLE_MS } from "./settle.ts";
import { COLLECTION_MEMORY_TARGET, LARGE_MAX_TARGET, REWRITE_MAX_TARGET } from "./targets.ts";

/** This part of the elements is loaded, and flushed, before anything is measured. */
const WARM_UP_PART = 10;

/** A member of 16 bytes. */
const MEMBER = `mbr:${SEQUENCE_MARK}`;

/** HSET of a hash with ten fields: names of 8 bytes, values of 16. */
function hashOfTen(): string[] {
  const argv = ["HSET", `hash:${SEQUENCE_MARK}`];
  for (let i = 0; i < 10; i++) argv.push(`field:0${i}`, `value:abcdefghi${i}`);
  return argv;
}

/** Bytes per hash or member: (RSS after − before) / count. */
export async function measureCollectionMemory(session: Session): Promise<void> {
  const { heavyRounds, elements, hashes } = session.sizes;
  const rows: [string, readonly string[], number][] = [
    ["hash of 10 fields", hashOfTen(), hashes],
    ["set member of 16 B", ["SADD", "set", MEMBER], elements],
    ["zset member of 16 B", ["ZADD", "zset", SEQUENCE_MARK, MEMBER], elements],
    ["list item of 16 B", ["RPUSH", "list", MEMBER], elements],
  ];
  for (const [name, argv, count] of rows) {
    const target = name.startsWith("list") ? null : COLLECTION_MEMORY_TARGET;
    const metric: Metric = { what: `memory per ${name}`, unit: "B", target };
    await session.rounds(session.contenders, heavyRounds, async (contender) => {
      await session.withServer(contender, "everysec", async (server) => {
        // What the server's own code takes when it is first used is not the data's.
        await load(server.port, argv, Math.ceil(count / WARM_UP_PART));
        await server.client.command("FLUSHALL");
        await sleep(SETTLE_MS);
        const before = server.residentBytes();
        await load(server.port, argv, count);
        await sleep(SETTLE_MS);
        session.record(metric, contender, (server.residentBytes() - before) / count);
      });
    });
  }
}

/** One large hash, set, zset and list each, rewritten while all four are changed. */
export async function measureLarge(session: Session): Promise<void> {
  const { elements, rewriteRounds } = session.sizes;
  const fills = [
    ["HSET", "hash", MEMBER, "value"],
    ["SADD", "set", MEMBER],
    ["ZADD", "zset", SEQUENCE_MARK, MEMBER],
    ["RPUSH", "list", MEMBER],
  ];
  const member = `mbr:${RANDOM_MARK}`;
  const changes = [
    ["HSET", "hash", member, "other"],
    ["SREM", "set", member],
    ["ZADD", "zset", RANDOM_MARK, member],
    ["LPUSH", "list", "other item"],
  ];
  await measureOver(
    session,
    rewriteRows("large collections rewritten", LARGE_MAX_TARGET),
    rewriteRounds,
    elements,
    changes,
    [
      ...fills.map((argv): [readonly string[], number] => [argv, elements]),
    ],
  );
}

/** Keys of all types, small ones, rewritten under writes of all types. */
export async function measureMixed(session: Session): Promise<void> {
  const { mixedKeys, rewriteRounds } = session.sizes;
  const seq = SEQUENCE_MARK;
  const parts: [readonly string[], number][] = [
    [["SET", `key:${seq}`, "abcdefghijklmnopqrstuvwxyz012345"], 0.4],
    [["HSET", `hash:${seq}`, "name", "somebody", "mail", "somebody@example.com", "n", seq], 0.2],
    [["RPUSH", `list:${seq}`, "one", "two", "three"], 0.15],
    [["SADD", `set:${seq}`, "1", "2", "3"], 0.1],
    [["ZADD", `zset:${seq}`, "1", "one", "2", "two"], 0.15],
  ];
  const fills = parts.map((
    [argv, share],
  ): [readonly string[], number] => [argv, Math.round(mixedKeys * share)]);
  const changes = [
    ["SET", `key:${RANDOM_MARK}`, "abcdefghijklmnopqrstuvwxyz543210"],
    ["HSET", `hash:${RANDOM_MARK}`, "n", "42"],
    ["RPUSH", `list:${RANDOM_MARK}`, "four"],
    ["ZINCRBY", `zset:${RANDOM_MARK}`, "1", "one"],
  ];
  const keyRange = Math.round(mixedKeys * 0.1);
  await measureOver(
    session,
    rewriteRows("mixed keys rewritten", REWRITE_MAX_TARGET),
    rewriteRounds,
    keyRange,
    changes,
    fills,
  );
}

/** Loads `fills` into every contender and rewrites them under `changes`, round by round; the first round is dropped. */
async function measureOver(
  session: Session,
  rows: RewriteRows,
  rounds: number,
  keyRange: number,
  changes: readonly (readonly string[])[],
  fills: readonly (readonly [readonly string[], number])[],
): Promise<void> {
  await session.withServers(session.contenders, "everysec", async (servers) => {
    for (const server of servers) {
      for (const [argv, count] of fills) await load(server.port, argv, count);
    }
    await session.rounds(
      servers,
      rounds,
      (server, round) => rewriteOnce(session, server, round > 0, rows, keyRange, changes),
      2,
    );
  });
}
