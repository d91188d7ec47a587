/** The two servers of a comparison: a real Redis that is found, and the program under test; both with an AOF. */

import { spawnSync } from "node:child_process";
import process from "node:process";
import { TestServer, underTest } from "../support/server.ts";

/** The reference: a redis-server and its version, such as 7.2.6. */
export interface Reference {
  readonly path: string;
  readonly version: string;
}

/** Options of both servers. */
export const COMMON_ARGS: readonly string[] = [
  ["--appendonly", "yes", "--appendfsync", "no", "--auto-aof-rewrite-percentage", "0"],
  ["--enable-debug-command", "yes"],
].flat();
/** Redis looks at the timeouts of blocked clients when its timer comes round, and at payloads when it is told to. */
export const REDIS_ARGS: readonly string[] = ["--hz", "500", "--sanitize-dump-payload", "yes"];
/** SORT ALPHA compares as the locale says. */
const ENV = { LC_ALL: "C" };

/** A redis-server 7.2 if there is one, else a 7.0; `VELLUM_REF_REDIS` comes first. */
export function findReference(): Reference | undefined {
  const found: Reference[] = [];
  for (const path of [process.env.VELLUM_REF_REDIS, "redis-server-7.2", "redis-server"]) {
    if (path === undefined || path === "") continue;
    const { stdout } = spawnSync(path, ["--version"], { encoding: "latin1" });
    const version = / v=(7\.[02]\.\d+)/.exec(stdout ?? "")?.[1];
    if (version !== undefined && path === process.env.VELLUM_REF_REDIS) return { path, version };
    if (version !== undefined) found.push({ path, version });
  }
  return found.find(({ version }) => version.startsWith("7.2.")) ?? found[0];
}

/** Starts the program under test. */
export async function startOurs(): Promise<TestServer> {
  const isRedis = /redis/.test(underTest()[0]);
  return await TestServer.start({ args: isRedis ? [...COMMON_ARGS, ...REDIS_ARGS] : COMMON_ARGS, env: ENV });
}

/** Starts the reference, whose file is plain commands. */
export async function startTheirs({ path }: Reference): Promise<TestServer> {
  const args = [...COMMON_ARGS, ...REDIS_ARGS, "--aof-use-rdb-preamble", "no"];
  return await TestServer.start({ command: [path], args, env: ENV });
}
