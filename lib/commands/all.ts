/** All handlers of the server, family by family; most families are late commands (late.ts). */

import { CONNECTION_COMMANDS } from "./connection.ts";
import { KEY_COMMANDS } from "./keys.ts";
import { MONITOR_COMMANDS } from "./monitor.ts";
import { SERVER_COMMANDS } from "./server_commands.ts";
import { type HandlerTable } from "./spec.ts";
import { STRING_COMMANDS } from "./strings.ts";
import { TRANSACTION_COMMANDS } from "./transactions.ts";

export const ALL_HANDLERS: HandlerTable = {
  ...STRING_COMMANDS,
  ...KEY_COMMANDS,
  ...CONNECTION_COMMANDS,
  ...TRANSACTION_COMMANDS,
  ...MONITOR_COMMANDS,
  ...SERVER_COMMANDS,
};
