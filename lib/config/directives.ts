/**
 * Every directive of the configuration, by name.
 *
 * DESIGN. The tables are split by topic; here they become one list, sorted by
 * name (Redis shows its own in an arbitrary order), and an index by name and
 * by alias. A few words are understood in files only: {@link FILE_DIRECTIVES}
 * do something, {@link DROPPED_DIRECTIVES} are accepted and ignored so that old files still load.
 */

import type { Directive } from "./directive.ts";
import { CLUSTER_DIRECTIVES } from "./directives_cluster.ts";
import { DATA_DIRECTIVES } from "./directives_data.ts";
import { MEMORY_DIRECTIVES } from "./directives_memory.ts";
import { NETWORK_DIRECTIVES } from "./directives_network.ts";
import { PERSISTENCE_DIRECTIVES } from "./directives_persistence.ts";
import { REPLICATION_DIRECTIVES } from "./directives_replication.ts";
import { SERVER_DIRECTIVES } from "./directives_server.ts";
import { TLS_DIRECTIVES } from "./directives_tls.ts";

/** All directives, sorted by name. */
export const DIRECTIVES: readonly Directive[] = [
  ...CLUSTER_DIRECTIVES,
  ...DATA_DIRECTIVES,
  ...MEMORY_DIRECTIVES,
  ...NETWORK_DIRECTIVES,
  ...PERSISTENCE_DIRECTIVES,
  ...REPLICATION_DIRECTIVES,
  ...SERVER_DIRECTIVES,
  ...TLS_DIRECTIVES,
].sort((a, b) => a.name < b.name ? -1 : 1);

/** A name by which a directive can be asked for: its own or its alias. */
export interface DirectiveName {
  readonly name: string;
  readonly directive: Directive;
  readonly isAlias: boolean;
}

/** All names, sorted. */
export const DIRECTIVE_NAMES: readonly DirectiveName[] = DIRECTIVES
  .flatMap((directive): DirectiveName[] => {
    const own = { name: directive.name, directive, isAlias: false };
    return directive.alias === undefined ? [own] : [own, { name: directive.alias, directive, isAlias: true }];
  })
  .sort((a, b) => a.name < b.name ? -1 : 1);

const INDEX = new Map(DIRECTIVE_NAMES.map((entry) => [entry.name, entry]));

/** The directive called `name` or aliased so, whatever its case; undefined when there is none. */
export function lookupDirective(name: string): DirectiveName | undefined {
  return INDEX.get(name.toLowerCase());
}

/** Words that mean something in a configuration file but are no directives to CONFIG GET and SET. */
export const FILE_DIRECTIVES: ReadonlySet<string> = new Set([
  "include",
  "rename-command",
  "user",
  "loadmodule",
  "sentinel",
]);

/**
 * Directives of older releases that are accepted with one argument and ignored.
 * gopher-enabled is refused by Redis 7; here it is ignored, so that files of 6.2 load.
 */
export const DROPPED_DIRECTIVES: ReadonlySet<string> = new Set([
  "list-max-ziplist-entries",
  "list-max-ziplist-value",
  "lua-replicate-commands",
  "gopher-enabled",
]);
