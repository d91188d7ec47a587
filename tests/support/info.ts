/** What INFO and /proc tell about a server. */

import { readdirSync, readFileSync } from "node:fs";
import { type Client, eventually } from "./client.ts";
import { textOf } from "./resp.ts";

/** One section of INFO, or all that it gives. */
export async function info(client: Client, section = "everything"): Promise<Map<string, string>> {
  const fields = new Map<string, string>();
  for (const line of textOf(await client.command("INFO", section)).split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon > 0 && !line.startsWith("#")) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return fields;
}

/** One field of INFO. @throws Error when it is not there */
export async function infoField(client: Client, name: string): Promise<string> {
  const value = (await info(client)).get(name);
  if (value === undefined) throw new Error(`INFO has no field ${name}`);
  return value;
}

/** Waits until no command is held back: everysec may postpone a write while the last sync runs. */
export async function writtenOut(client: Client): Promise<void> {
  await eventually("everything is written", async () => await infoField(client, "aof_buffer_length") === "0");
}

/** The processes whose parent is `pid`. */
export function childrenOf(pid: number): number[] {
  const children: number[] = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readStat(Number(name));
    if (stat !== undefined && Number(stat[1]) === pid) children.push(Number(name));
  }
  return children;
}

/** Whether a process is there and no zombie. */
export function isAlive(pid: number): boolean {
  const stat = readStat(pid);
  return stat !== undefined && stat[0] !== "Z" && stat[0] !== "X";
}

/** The arguments a process shows; empty when it is gone. */
export function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1");
  } catch {
    return "";
  }
}

/** The fields of /proc/pid/stat from the state on. */
function readStat(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}
