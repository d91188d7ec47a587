/**
 * CONFIG: shows and changes the configuration; see lib/config/config.ts for
 * what names and values mean. Names and values are byte strings.
 */

import { byteStringToBytes } from "../base/byte_string.ts";
import { ERR_SYNTAX } from "../resp/errors.ts";
import { type CommandContext } from "./context.ts";
import { type HelpEntries, writeHelp } from "./help.ts";
import { type HandlerTable } from "./spec.ts";

const HELP: HelpEntries = [
  ["GET <pattern> [<pattern> ...]", "Show the directives whose names match a <pattern>, with their values."],
  ["RESETSTAT", "Set the counters that INFO shows back to zero."],
  ["REWRITE", "Write the present values into the configuration file."],
  ["SET <directive> <value> [<directive> <value> ...]", "Change directives, all of them or none."],
];

function bulkOf(c: CommandContext, text: string): void {
  const bytes = byteStringToBytes(text);
  c.out.bulk(bytes, 0, bytes.length);
}

/** `CONFIG GET pattern [pattern …]`. O(number of directives × number of patterns). */
function get(c: CommandContext): void {
  const patterns: string[] = [];
  for (let i = 2; i < c.argc; i++) patterns.push(c.text(i));
  const found = c.server.config.get(patterns);
  c.out.mapHeader(found.length);
  for (const [name, value] of found) {
    bulkOf(c, name);
    bulkOf(c, value);
  }
}

/** `CONFIG SET directive value [directive value …]`: all of them or none. */
function set(c: CommandContext): void {
  if (c.argc % 2 !== 0) return c.out.error(ERR_SYNTAX);
  const pairs: [string, string][] = [];
  for (let i = 2; i < c.argc; i += 2) pairs.push([c.text(i), c.text(i + 1)]);
  const { config, loading, log } = c.server;
  const refused = config.set(pairs, { loading, localClient: c.session.isLocal });
  for (const warning of config.warnings.splice(0)) log.warning(warning);
  if (refused === undefined) c.out.ok();
  else c.out.errorText(refused);
}

/** `CONFIG RESETSTAT`. */
function resetStat(c: CommandContext): void {
  c.server.resetStats();
  c.out.ok();
}

/** `CONFIG REWRITE`. */
function rewrite(c: CommandContext): void {
  const failure = c.server.rewriteConfigFile(false);
  if (failure === undefined) c.out.ok();
  else c.out.errorText(failure);
}

/** The subcommands of CONFIG, by full name. */
export const CONFIG_COMMANDS: HandlerTable = {
  "config|get": get,
  "config|help": (c) => writeHelp(c, "CONFIG", HELP),
  "config|resetstat": resetStat,
  "config|rewrite": rewrite,
  "config|set": set,
};
