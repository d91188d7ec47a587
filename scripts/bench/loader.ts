/**
 * Fills a server over one raw, pipelined connection, and writes AOFs that a
 * server can replay.
 *
 * DESIGN. Batches of about 256 KiB are patched and written while the replies of
 * earlier ones are counted: two million keys take seconds. Keys are distinct
 * (they count up), so that `DBSIZE` proves the load.
 */
import { connect, within, writeAll } from "./client.ts";
import { SEQUENCE_MARK } from "./commands.ts";
import { encodeCommand, ReplyCounter } from "./resp.ts";
import type { Server } from "./server.ts";
import { CommandBatch } from "./template.ts";

/** SET of a 16-byte key and a 32-byte value. */
export const SET_16_32: readonly string[] = [
  "SET",
  `key:${SEQUENCE_MARK}`,
  "abcdefghijklmnopqrstuvwxyz012345",
];

const BATCH_BYTES = 256 * 1024;
const LOAD_TIMEOUT_MS = 300_000;

/** Sends `argv` `count` times, its gaps counting up from 0. @throws Error at the first error reply. */
export async function load(port: number, argv: readonly string[], count: number): Promise<void> {
  if (count <= 0) return;
  const conn = await connect(port);
  try {
    const counting = countReplies(conn, count);
    counting.catch(() => conn.close()); // so that a writer the server reads no more does not hang
    const writing = forEachBatch(argv, count, (bytes) => writeAll(conn, bytes));
    // An error reply tells more than the broken pipe that it causes.
    const [counted, written] = await within(LOAD_TIMEOUT_MS, "load", Promise.allSettled([counting, writing]));
    if (counted.status === "rejected") throw counted.reason;
    if (written.status === "rejected") throw written.reason;
  } finally {
    closeQuietly(conn);
  }
}

/** Loads `count` keys of 16 bytes with values of 32 and checks that they are there. */
export async function loadKeys(server: Server, count: number): Promise<void> {
  await load(server.port, SET_16_32, count);
  await expectKeys(server, count);
}

/** @throws Error unless the server holds exactly `count` keys. */
export async function expectKeys(server: Server, count: number): Promise<void> {
  const size = await server.client.command("DBSIZE");
  if (size !== count) throw new Error(`${server.contender.name} holds ${size} keys, not ${count}`);
}

/** Writes an AOF of `count` SETs of distinct keys to `path`, synced, so that no write-back disturbs what follows. */
export async function writeAof(path: string, count: number): Promise<void> {
  using file = Deno.openSync(path, { write: true, createNew: true });
  file.writeSync(encodeCommand(["SELECT", "0"]));
  await forEachBatch(SET_16_32, count, (bytes) => {
    for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
    return Promise.resolve();
  });
  file.syncSync();
}

async function forEachBatch(
  argv: readonly string[],
  count: number,
  take: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  const commandBytes = new CommandBatch(argv, 1).commandBytes;
  const batch = new CommandBatch(argv, Math.max(1, Math.floor(BATCH_BYTES / commandBytes)));
  for (let first = 0; first < count; first += batch.repeats) {
    const commands = Math.min(batch.repeats, count - first);
    batch.fillSequence(first, commands);
    await take(batch.bytes.subarray(0, commands * commandBytes));
  }
}

async function countReplies(conn: Deno.Conn, count: number): Promise<void> {
  const counter = new ReplyCounter();
  const buf = new Uint8Array(BATCH_BYTES);
  while (counter.replies < count) {
    const bytes = await conn.read(buf);
    if (bytes === null) throw new Error("The server closed the loading connection");
    counter.feed(buf, 0, bytes);
    if (counter.errors > 0) throw new Error(`A command of the load was answered: ${counter.firstError}`);
  }
}

/** Closes a connection that may be closed already. */
export function closeQuietly(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
