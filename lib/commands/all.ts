/** All handlers of the server, family by family; some more families are late commands (late.ts). */

import { CONNECTION_COMMANDS } from "./connection.ts";
import { HASH_COMMANDS } from "./hashes.ts";
import { KEY_COMMANDS } from "./keys.ts";
import { LIST_COMMANDS } from "./lists.ts";
import { MONITOR_COMMANDS } from "./monitor.ts";
import { SERVER_COMMANDS } from "./server_commands.ts";
import { SET_COMMANDS } from "./sets.ts";
import { SORT_COMMANDS } from "./sort.ts";
import { SORTED_SET_COMMANDS } from "./sorted_sets.ts";
import { type HandlerTable } from "./spec.ts";
import { STRING_COMMANDS } from "./strings.ts";
import { TRANSACTION_COMMANDS } from "./transactions.ts";

export const ALL_HANDLERS: HandlerTable = {
  ...STRING_COMMANDS,
  ...HASH_COMMANDS,
  ...LIST_COMMANDS,
  ...SET_COMMANDS,
  ...SORT_COMMANDS,
  ...SORTED_SET_COMMANDS,
  ...KEY_COMMANDS,
  ...CONNECTION_COMMANDS,
  ...TRANSACTION_COMMANDS,
  ...MONITOR_COMMANDS,
  ...SERVER_COMMANDS,
};
