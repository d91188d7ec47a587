/**
 * Records what real servers DUMP for the values of tests/support/rdb_values.ts, as the constants of
 * tests/support/rdb_payloads.ts.
 *
 * `deno run -A scripts/record_rdb_payloads.ts redis-server-7.2 redis-server-7.0 redis-server-6.2`
 */

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import process from "node:process";
import { ReferenceRedis } from "../tests/support/reference_redis.ts";
import { bytesOf, DEFAULT_SETTINGS, makeCommand, toHex, VALUE_CASES } from "../tests/support/rdb_values.ts";

const OUT = new URL("../tests/support/rdb_payloads.ts", import.meta.url);

async function ok(server: ReferenceRedis, ...args: string[]): Promise<void> {
  const reply = await server.ask(...args);
  if (reply.kind === "error") throw new Error(`${args.slice(0, 3).join(" ")}: ${reply.text}`);
}

async function dump(server: ReferenceRedis, key: string): Promise<string> {
  const reply = await server.ask("DUMP", key);
  if (reply.kind !== "bulk") throw new Error(`DUMP of ${key} gave ${reply.kind}`);
  return toHex(bytesOf(reply.text));
}

/** All payloads of one server, as lines of the module. */
async function record(path: string): Promise<string[]> {
  const version = / v=(\S+)/.exec(spawnSync(path, ["--version"], { encoding: "latin1" }).stdout)?.[1] ?? "";
  const isNew = Number(version.split(".")[0]) >= 7;
  const server = await ReferenceRedis.start(path, isNew ? ["--enable-debug-command", "yes"] : []);
  const lines: string[] = [];
  const add = (name: string, hex: string): void => {
    lines.push(`  { version: "${version}", name: "${name}", hex: "${hex}" },`);
  };
  for (const { name, kind, elements, settings, plainFrom } of VALUE_CASES) {
    if (plainFrom !== undefined && !isNew) continue;
    const all = Object.entries({ ...DEFAULT_SETTINGS, ...settings });
    for (const [directive, value] of all) await ok(server, "CONFIG", "SET", directive, value);
    if (isNew) await ok(server, "DEBUG", "QUICKLIST-PACKED-THRESHOLD", plainFrom ?? "0B");
    await ok(server, "DEL", "k");
    await ok(server, ...makeCommand("k", kind, elements));
    add(name, await dump(server, "k"));
  }
  await ok(server, "XADD", "stream", "1-1", "f", "v");
  add("stream", await dump(server, "stream"));
  await server.stop();
  return lines;
}

const blocks: string[] = [];
for (const path of process.argv.slice(2)) blocks.push(...await record(path));
writeFileSync(
  OUT,
  `/**
 * What real servers DUMP for the values of rdb_values.ts: written by scripts/record_rdb_payloads.ts.
 */

/** A payload, and which of the values it is. */
export interface Payload {
  readonly version: string;
  readonly name: string;
  readonly hex: string;
}

export const PAYLOADS: readonly Payload[] = [
${blocks.join("\n")}
];
`,
);
