/**
 * Documentation of commands by full name.
 *
 * Importing this costs next to nothing: the tables hold one small function per command, and only calling one
 * builds anything.
 */

import type { CommandDocs, CommandGroup, DocsTable } from "../types.ts";
import { BITMAP_DOCS } from "./bitmap.ts";
import { CONNECTION_DOCS } from "./connection.ts";
import { GENERIC_DOCS } from "./generic.ts";
import { GEO_DOCS } from "./geo.ts";
import { HASH_DOCS } from "./hash.ts";
import { HYPERLOGLOG_DOCS } from "./hyperloglog.ts";
import { LIST_DOCS } from "./list.ts";
import { SERVER_DOCS } from "./server.ts";
import { SET_DOCS } from "./set.ts";
import { SORTED_SET_DOCS } from "./sorted_set.ts";
import { STRING_DOCS } from "./string.ts";
import { TRANSACTIONS_DOCS } from "./transactions.ts";

const TABLES: Readonly<Record<CommandGroup, DocsTable>> = {
  "bitmap": BITMAP_DOCS,
  "connection": CONNECTION_DOCS,
  "generic": GENERIC_DOCS,
  "geo": GEO_DOCS,
  "hash": HASH_DOCS,
  "hyperloglog": HYPERLOGLOG_DOCS,
  "list": LIST_DOCS,
  "server": SERVER_DOCS,
  "set": SET_DOCS,
  "sorted-set": SORTED_SET_DOCS,
  "string": STRING_DOCS,
  "transactions": TRANSACTIONS_DOCS,
};

/**
 * Builds the docs of one command.
 *
 * @param group the group of the command's metadata, which tells the table.
 * @param fullName its full name in lower case.
 * @returns a new object that the caller may keep.
 * @throws if the tables lack the command, which is a bug of theirs.
 */
export function docsOf(group: CommandGroup, fullName: string): CommandDocs {
  const table = TABLES[group];
  if (!Object.hasOwn(table, fullName)) throw new Error(`Cannot find docs of command: it is ${fullName}`);
  return table[fullName]();
}

/** Names of all documented commands of a group, in no special order. */
export function documentedNames(group: CommandGroup): string[] {
  return Object.keys(TABLES[group]);
}
