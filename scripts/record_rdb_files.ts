/**
 * Records the RDB files that real servers SAVE of the data set of tests/support/rdb_file_sample.ts, as the constants
 * of tests/support/rdb_files.ts.
 *
 * `deno run -A scripts/record_rdb_files.ts path/to/redis-server-2.8 path/to/redis-server-3.0 …`
 */

import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { SAMPLE_COMMANDS, SAMPLE_SETTINGS } from "../tests/support/rdb_file_sample.ts";
import { ReferenceRedis } from "../tests/support/reference_redis.ts";

const OUT = new URL("../tests/support/rdb_files.ts", import.meta.url);
const LINE_CHARACTERS = 100;

async function ok(server: ReferenceRedis, args: readonly string[]): Promise<void> {
  const reply = await server.ask(...args);
  if (reply.kind === "error") throw new Error(`${args.slice(0, 3).join(" ")}: ${reply.text}`);
}

/** One server's file, as an entry of the module. */
async function record(path: string): Promise<string> {
  const { stdout } = spawnSync(path, ["--version"], { encoding: "latin1" });
  const version = / v=(\S+)/.exec(stdout)?.[1] ?? "";
  const server = await ReferenceRedis.start(path);
  for (const [directive, value] of SAMPLE_SETTINGS) await server.ask("CONFIG", "SET", directive, value);
  // With these policies the file tells of each key how long it has been idle (even majors), or how often it was used.
  const policy = Number(version[0]) % 2 === 0 ? "allkeys-lru" : "allkeys-lfu";
  await server.ask("CONFIG", "SET", "maxmemory-policy", policy);
  for (const command of SAMPLE_COMMANDS) await ok(server, command);
  await ok(server, ["SAVE"]);
  const reply = await server.ask("CONFIG", "GET", "dir");
  const [, dir] = reply.kind === "array" ? reply.items : [];
  if (dir?.kind !== "bulk") throw new Error("CONFIG GET dir gave no directory");
  const text = readFileSync(join(dir.text, "dump.rdb")).toString("base64");
  await server.stop();
  const lines = text.match(new RegExp(`.{1,${LINE_CHARACTERS}}`, "g"))!;
  return `  {\n    version: "${version}",\n    base64: \`\n${lines.join("\n")}\`,\n  },`;
}

const entries: string[] = [];
for (const path of process.argv.slice(2)) entries.push(await record(path));
writeFileSync(
  OUT,
  `/** What real servers SAVE of the data set of rdb_file_sample.ts: written by scripts/record_rdb_files.ts. */

/** A server's file. */
export interface RecordedFile {
  readonly version: string;
  readonly base64: string;
}

export const RDB_FILES: readonly RecordedFile[] = [
${entries.join("\n")}
];
`,
);
