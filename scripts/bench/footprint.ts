/**
 * What a server costs before it does anything: memory per key and per
 * connection, the time of a cold start and of a replay.
 */
import { linkSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { freshDir, removeDir } from "./cleanup.ts";
import { connect, sleep, writeAll } from "./client.ts";
import { closeQuietly, expectKeys, loadKeys, writeAof } from "./loader.ts";
import { encodeCommand } from "./resp.ts";
import { type Contender, Server } from "./server.ts";
import type { Metric, Session } from "./session.ts";
import { SETTLE_MS, settleDisk } from "./settle.ts";
import { COLD_START_TARGET, memoryTarget, REPLAY_TARGET } from "./targets.ts";

const COLD: Metric = { what: "cold start to first PONG", unit: "ms", target: COLD_START_TARGET };
const MEMORY: Metric = {
  what: "memory per 16 B key + 32 B value",
  unit: "B",
  target: (reference) => reference === null ? null : memoryTarget(reference.flavour, reference.version),
};
const REPLAY: Metric = { what: "AOF replay, commands", unit: "/s", target: REPLAY_TARGET };

/** Descriptors that the benchmark needs beside the idle connections. */
const SPARE_DESCRIPTORS = 200;
/** Connections opened at a time. */
const CONNECT_BATCH = 100;

/** From spawn to the first PONG with an empty AOF, every variant; the first start of each warms the caches. */
export async function measureColdStart(session: Session): Promise<void> {
  const { rounds } = session.sizes;
  await session.rounds(session.allContenders, rounds + 1, async (contender, round) => {
    const readyMs = await startUpMs(contender);
    if (round > 0) session.record(COLD, contender, readyMs);
  }, 2);
}

async function startUpMs(contender: Contender): Promise<number> {
  const server = await Server.start(contender, "everysec");
  await server.stop();
  return server.readyMs;
}

/** (RSS after − before) / keys. */
export async function measureMemory(session: Session): Promise<void> {
  const { heavyRounds, memoryKeys } = session.sizes;
  await session.rounds(session.contenders, heavyRounds, async (contender) => {
    await session.withServer(contender, "everysec", async (server) => {
      await sleep(SETTLE_MS);
      const before = server.residentBytes();
      await loadKeys(server, memoryKeys);
      await sleep(SETTLE_MS);
      session.record(MEMORY, contender, (server.residentBytes() - before) / memoryKeys);
    });
  });
}

/** Commands per second of a replay, the start-up with an empty AOF subtracted. */
export async function measureReplay(session: Session): Promise<void> {
  const { rounds, replayCommands } = session.sizes;
  const dir = freshDir("aof");
  const master = join(dir, "appendonly.aof");
  await writeAof(master, replayCommands);
  const written = statSync(master);
  await session.rounds(session.contenders, rounds, async (contender) => {
    const emptyMs = await startUpMs(contender);
    await settleDisk();
    const home = freshDir(contender.name);
    // A link, not a copy: every server reads the same pages, which are in the cache. Servers older and
    // younger than the multi-part AOF take a plain appendonly.aof; the younger ones move it.
    linkSync(master, join(home, "appendonly.aof"));
    const server = await Server.start(contender, "everysec", home);
    try {
      await expectKeys(server, replayCommands);
    } finally {
      await server.stop();
    }
    const now = statSync(master);
    if (now.size !== written.size || now.mtimeMs !== written.mtimeMs) {
      throw new Error(`${contender.name} changed the AOF that it only had to load`);
    }
    // With very small sizes a start with commands may be as quick as one without.
    const replayMs = Math.max(0.1, server.readyMs - emptyMs);
    session.record(REPLAY, contender, replayCommands / replayMs * 1000);
  });
  removeDir(dir);
}

/** RSS that connections cost which have sent one PING each and wait. */
export async function measureIdle(session: Session): Promise<void> {
  const { heavyRounds } = session.sizes;
  const connections = Math.min(session.sizes.connections, openFilesLimit() - SPARE_DESCRIPTORS);
  if (connections < session.sizes.connections) {
    session.notes.add(`idle: ${connections} connections, as the limit of open files is ${openFilesLimit()}`);
  }
  const metric: Metric = { what: `${connections} idle connections, RSS`, unit: "MB", target: null };
  await session.rounds(session.contenders, heavyRounds, async (contender) => {
    await session.withServer(contender, "everysec", async (server) => {
      await sleep(SETTLE_MS);
      const before = server.residentBytes();
      const conns: Deno.Conn[] = [];
      try {
        await openConnections(conns, server.port, connections);
        await sleep(SETTLE_MS);
        session.record(metric, contender, (server.residentBytes() - before) / 1e6);
      } finally {
        for (const conn of conns) closeQuietly(conn);
      }
    });
  });
}

async function openConnections(conns: Deno.Conn[], port: number, count: number): Promise<void> {
  const ping = encodeCommand(["PING"]);
  const openOne = async () => {
    const conn = await connect(port);
    conns.push(conn);
    await writeAll(conn, ping);
    const buf = new Uint8Array(64);
    const bytes = await conn.read(buf);
    if (bytes === null || buf[0] !== 43) throw new Error(`Connection ${conns.length} was refused`);
  };
  for (let open = 0; open < count; open += CONNECT_BATCH) {
    await Promise.all(Array.from({ length: Math.min(CONNECT_BATCH, count - open) }, openOne));
  }
}

function openFilesLimit(): number {
  const match = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"));
  return match === null ? 1024 : Number(match[1]);
}
