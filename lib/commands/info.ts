/**
 * INFO: what the server tells about itself, in sections.
 *
 * Without a section the usual ones; `all` adds those that grow with the number
 * of commands, and `everything` would add those of modules.
 */

import { type CommandContext } from "./context.ts";
import { type HandlerTable } from "./spec.ts";

/** Sections in the order in which they are shown. */
const SECTIONS = [
  "server",
  "clients",
  "memory",
  "persistence",
  "stats",
  "replication",
  "cpu",
  "modules",
  "commandstats",
  "errorstats",
  "latencystats",
  "cluster",
  "keyspace",
];
const NOT_BY_DEFAULT = new Set(["commandstats", "latencystats"]);
const DEFAULT_SECTIONS = SECTIONS.filter((name) => !NOT_BY_DEFAULT.has(name));

/** The sections that the arguments ask for. */
function wanted(c: CommandContext): Set<string> {
  const names = new Set<string>(c.argc === 1 ? DEFAULT_SECTIONS : []);
  for (let i = 1; i < c.argc; i++) {
    const name = c.text(i).toLowerCase();
    const several = name === "all" || name === "everything" ? SECTIONS : DEFAULT_SECTIONS;
    if (several === SECTIONS || name === "default") { for (const one of several) names.add(one); }
    else names.add(name === "module_list" ? "modules" : name);
  }
  return names;
}

/** `INFO [section …]`. O(1), but for the figures of commands. */
function info(c: CommandContext): void {
  const names = wanted(c);
  const shown: string[] = [];
  for (const name of [...SECTIONS, "debug"]) {
    const lines = names.has(name) ? c.server.infoSection(name) : undefined;
    if (lines === undefined) continue;
    const title = name === "cpu" ? "CPU" : name[0].toUpperCase() + name.slice(1);
    shown.push(`# ${title}\r\n` + lines.map(([field, value]) => `${field}:${value}\r\n`).join(""));
  }
  c.out.verbatim(shown.join("\r\n"));
}

/** INFO, by name. */
export const INFO_COMMANDS: HandlerTable = { info };
