/** Server commands, all tables together. */

import { ABOUT_COMMANDS } from "./about.ts";
import { COMMAND_COMMANDS } from "./command.ts";
import { CONFIG_COMMANDS } from "./config.ts";
import { DEBUG_COMMANDS } from "./debug.ts";
import { INFO_COMMANDS } from "./info.ts";
import { LATENCY_COMMANDS } from "./latency_commands.ts";
import { LIFECYCLE_COMMANDS } from "./lifecycle.ts";
import { MEMORY_COMMANDS } from "./memory.ts";
import { SLOWLOG_COMMANDS } from "./slowlog_commands.ts";
import { type HandlerTable } from "./spec.ts";

/** Configuration, figures, introspection, DEBUG, and the life of the server. */
export const SERVER_COMMANDS: HandlerTable = {
  ...ABOUT_COMMANDS,
  ...COMMAND_COMMANDS,
  ...CONFIG_COMMANDS,
  ...DEBUG_COMMANDS,
  ...INFO_COMMANDS,
  ...LATENCY_COMMANDS,
  ...LIFECYCLE_COMMANDS,
  ...MEMORY_COMMANDS,
  ...SLOWLOG_COMMANDS,
};
